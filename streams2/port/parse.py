"""JavaScript and TypeScript read into a tree, by tree-sitter."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, cast

__all__ = ["Comment", "Node", "parse"]

_WRAPPERS = {
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "type_assertion",
}
"""What stands around an expression, and changes nothing of its value."""

_WORDS = {"async", "static", "get", "set", "await", "of", "in", "*", "var", "let", "const"}
"""Words without a node of their own that decide what a node means."""

_HELP = "streams2 port needs tree-sitter: pip install 'streams2[port]'"


@dataclass(frozen=True)
class Comment:
    """A comment: where it begins and ends, and what it says without its marks."""

    start: int
    end: int
    line: int
    alone: bool
    lines: tuple[str, ...]


@dataclass(eq=False)
class Node:
    """A part of the program.

    Args:
        kind: what tree-sitter calls it.
        text: its source.
        start: where it begins, in bytes.
        end: where it ends.
        line: its first line, from 1.
    """

    kind: str
    text: str
    start: int
    end: int
    line: int
    children: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    operator: str = ""
    parent: Node | None = None
    faulty: bool = False

    def get(self, name: str) -> Node | None:
        """The child that has this name in the grammar, or None."""
        return self.fields.get(name)

    def __getitem__(self, name: str) -> Node:
        return self.fields[name]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the source."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.children))

    def above(self) -> Iterator[Node]:
        """All nodes around this one, from the inside out."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


class _Raw(Protocol):
    """What is used of a node of tree-sitter."""

    @property
    def type(self) -> str: ...
    @property
    def children(self) -> list[_Raw]: ...
    @property
    def named_children(self) -> list[_Raw]: ...
    @property
    def start_byte(self) -> int: ...
    @property
    def end_byte(self) -> int: ...
    @property
    def start_point(self) -> tuple[int, int]: ...
    @property
    def has_error(self) -> bool: ...
    @property
    def is_error(self) -> bool: ...
    @property
    def is_missing(self) -> bool: ...
    @property
    def is_named(self) -> bool: ...
    def field_name_for_child(self, index: int, /) -> str | None: ...


class _Tree(Protocol):
    @property
    def root_node(self) -> _Raw: ...


class _Parser(Protocol):
    def parse(self, source: bytes, /) -> _Tree: ...


class _Reader:
    """Makes nodes of tree-sitter's, and keeps the comments apart."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.comments: list[Comment] = []

    def read(self, raw: _Raw) -> Node:
        if raw.type in _WRAPPERS:
            inner = [child for child in raw.named_children if child.type != "comment"]
            self._keep_comments(raw)
            return self.read(inner[-1 if raw.type == "type_assertion" else 0])
        node = Node(
            raw.type,
            self.source[raw.start_byte : raw.end_byte].decode("utf-8", "replace"),
            raw.start_byte,
            raw.end_byte,
            raw.start_point[0] + 1,
            faulty=raw.has_error and (raw.is_error or raw.is_missing),
        )
        words = set()
        holes = raw.type in ("array", "array_pattern")
        empty = True
        for index, child in enumerate(raw.children):
            name = raw.field_name_for_child(index)
            if child.type == "comment":
                self._keep(child)
            elif child.is_named:
                self._add(node, name, child)
                empty = False
            elif holes and child.type == ",":
                if empty:
                    node.children.append(
                        Node("hole", "", child.start_byte, child.start_byte, node.line, parent=node)
                    )
                empty = True
            elif child.type in _WORDS:
                words.add(child.type)
                if name == "operator":
                    node.operator = node.operator or child.type
            elif name == "operator":
                node.operator = child.type
        node.words = frozenset(words)
        return node

    def _add(self, node: Node, name: str | None, raw: _Raw) -> None:
        child = self.read(raw)
        child.parent = node
        node.children.append(child)
        if name is not None and name not in node.fields:
            node.fields[name] = child

    def _keep_comments(self, raw: _Raw) -> None:
        for child in raw.named_children:
            if child.type == "comment":
                self._keep(child)

    def _keep(self, raw: _Raw) -> None:
        text = self.source[raw.start_byte : raw.end_byte].decode("utf-8", "replace")
        before = self.source.rfind(b"\n", 0, raw.start_byte) + 1
        alone = not self.source[before : raw.start_byte].strip()
        self.comments.append(
            Comment(raw.start_byte, raw.end_byte, raw.start_point[0] + 1, alone, _inside(text))
        )


def _inside(text: str) -> tuple[str, ...]:
    """The lines of a comment without slashes and stars."""
    if text.startswith("//"):
        return (text[2:].strip(),)
    lines = [line.strip() for line in text[2:-2].splitlines()]
    lines = [line.lstrip("*").strip() if line.startswith("*") else line for line in lines]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def parse(source: str, typescript: bool = False) -> tuple[Node, list[Comment]]:
    """Read a program.

    Args:
        source: its text.
        typescript: whether it is TypeScript (default: JavaScript).

    Returns:
        The tree, and the comments in their order.

    Raises:
        SyntaxError: it is not a program; the message names the line.
        ImportError: tree-sitter is not installed.
    """
    raw = source.encode()
    parser = _parser(typescript)
    reader = _Reader(raw)
    reader.read(parser.parse(raw).root_node)
    comments, plain = reader.comments, bytearray(raw)
    for comment in comments:
        for index in range(comment.start, comment.end):
            if plain[index] not in b"\r\n":
                plain[index] = 0x20
    root = parser.parse(bytes(plain)).root_node
    tree = _Reader(bytes(plain)).read(root)
    if root.has_error:
        wrong = next((node for node in tree.walk() if node.faulty), tree)
        shown = wrong.text.strip().split("\n")[0][:60]
        raise SyntaxError(f"line {wrong.line}: this is no program: {shown}")
    return tree, sorted(comments, key=lambda comment: comment.start)


def _parser(typescript: bool) -> _Parser:
    try:
        import tree_sitter
    except ImportError as error:
        raise ImportError(_HELP) from error
    name = "tree_sitter_typescript" if typescript else "tree_sitter_javascript"
    try:
        grammar = importlib.import_module(name)
    except ImportError as error:
        raise ImportError(_HELP) from error
    language = grammar.language_typescript() if typescript else grammar.language()
    return cast("_Parser", tree_sitter.Parser(tree_sitter.Language(language)))
