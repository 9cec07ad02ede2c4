"""A whole program as a draft: its names, what is at the top, and what is in ``main``."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .base import Line, Lines
from .classes import find_constructors, names_of_public
from .modules import Modules, module_name, shape_of
from .naming import give_names
from .nodes_api import Api, module_path
from .parse import Node, parse
from .scopes import Binding, Scopes
from .types import Types

__all__ = ["Draft", "port"]

_LITERALS = {"number", "string", "true", "false", "null", "regex"}


@dataclass
class Draft:
    """What came of a file.

    Args:
        name: the name of the module.
        text: the program in Python.
        lines: for each line of it, the line of the original, or 0.
        ported: how many statements were ported.
        marks: the lines that were not, with the reasons.
        requires: the files that it needs drafts of.
    """

    name: str
    text: str
    lines: list[int] = field(default_factory=list)
    ported: int = 0
    marks: list[tuple[int, str]] = field(default_factory=list)
    requires: list[Path] = field(default_factory=list)


class _Writer(Modules):
    """The translator, with what it knows of the program as a whole."""

    def __init__(self, source: str, path: Path) -> None:
        tree, comments = parse(source, path.suffix in (".ts", ".mts", ".cts"))
        scopes = Scopes(tree)
        api = Api(scopes)
        _import_names(tree, scopes, api)
        super().__init__(tree, comments, scopes, api, Types(scopes, api))
        self.path = path
        self.this_names = {}
        self.bases = []
        self.around = []
        self.own_scopes = set()
        self.used_comments = set()
        self.required = {}
        self.exports = shape_of(tree, scopes)
        self.made = {}
        self.made = find_constructors(tree, self)
        self.names = give_names(scopes, api, names_of_public)
        self._set_aside()
        own = {name for each, name in self.names.items() if api.of_binding(each) is None}
        self.imports.taken |= own | {"main", "program"}
        self.uses_stdout = "process.stdout" in source

    def _set_aside(self) -> None:
        """Give another name to what has the name of an export, and is not what is exported."""
        for name, value in self.exports.given.items():
            binding = self.scopes.program.names.get(name)
            if binding is None or self.scopes.binding(value) is binding:
                continue
            if binding not in (
                self.binding_of_function(value),
                self.scopes.binding(value.get("name")),
            ):
                self.names[binding] += "_"

    def written(self) -> Lines:
        if self.exports.any:
            self.module_names = set(self.scopes.program.names.values())
            return self.statements(self.tree.children, 0) + self._comments(0, self.tree.end + 1)
        top = self._top_level()
        self.module_names = {
            each for each in self.scopes.program.names.values() if each in self._top
        }
        first = [node for node in self.tree.children if node in top]
        rest = [node for node in self.tree.children if node not in top]
        lines = self.statements(first, 0) if first else []
        return lines + self._main(rest)

    def _main(self, rest: list[Node]) -> Lines:
        body = (
            self._hoisted(self.tree)
            + self.statements(rest, 0)
            + self._comments(0, self.tree.end + 1)
        )
        if all(line.text.startswith("#") or not line.text for line in body):
            body.append(Line(0, "pass"))
        waits = any(True for _ in self._awaits_at_top())
        entry = "program" if "main" in self.names.values() else "main"
        lines = [Line(0, f"async def {entry}():" if waits else f"def {entry}():")]
        assigned = [self.names[each] for each in self.module_names if each.changes]
        lines += [Line(1, f"global {name}") for name in assigned]
        lines += [Line(line.indent + 1, line.text, line.source) for line in body]
        ours = any(
            name in self.tree.text for name in ("process.exit", "process.on", "process.once")
        )
        runner = self.js("run") if ours else self.imports.part("streams2", "run")
        return [*lines, Line(0, 'if __name__ == "__main__":'), Line(1, f"{runner}({entry})")]

    def _awaits_at_top(self) -> list[Node]:
        found = list(self.own(self.tree, {"await_expression", "for_in_statement"}))
        return [
            each
            for each in found
            if (each.kind == "await_expression" or "await" in each.words)
            and self.nearest_def(each) is self.tree
        ]

    # -- what needs nothing of main's -------------------------------------------------------------

    def _top_level(self) -> set[Node]:
        """Statements that may stand at the top: functions, classes and constants."""
        candidates: dict[Node, list[Binding]] = {}
        for node in self.tree.children:
            bindings = self._declared_at_top(node)
            if bindings:
                candidates[node] = bindings
        changed = True
        while changed:
            changed = False
            known = {binding for bindings in candidates.values() for binding in bindings}
            for node in list(candidates):
                if not self._needed(node) <= known | set(candidates[node]):
                    del candidates[node]
                    changed = True
        self._top = {binding for bindings in candidates.values() for binding in bindings}
        made = {each: self.made[each].statements for each in self._top if each in self.made}
        return set(candidates) | {node for statements in made.values() for node in statements}

    _top: set[Binding]

    def _declared_at_top(self, node: Node) -> list[Binding]:
        names: list[Node] = []
        if node.kind in (
            "function_declaration",
            "generator_function_declaration",
            "class_declaration",
            "abstract_class_declaration",
        ):
            names = [node["name"]]
        elif node.kind in ("lexical_declaration", "variable_declaration"):
            for each in node.children:
                value = each.get("value")
                if value is None or each["name"].kind != "identifier":
                    return []
                if not (
                    self.is_function(value) or value.kind in _LITERALS or value.kind == "class"
                ):
                    return []
                names.append(each["name"])
        found = [self.scopes.binding(name) for name in names]
        if node.kind == "variable_declaration" and any(
            use.start < node.start for each in found if each is not None for use in each.uses
        ):
            return []
        return (
            [each for each in found if each is not None and each.fixed]
            if all(each is not None and each.fixed for each in found)
            else []
        )

    def _needed(self, node: Node) -> set[Binding]:
        """The names of the program that a statement needs."""
        found = set()
        todo = [node]
        binding = self.scopes.binding(node.get("name"))
        if binding in self.made:
            todo += [value for _, value in self.made[binding].methods]
            base = self.made[binding].base
            todo += [base] if base is not None else []
        for start in todo:
            for each in start.walk():
                used = self.scopes.binding(each)
                if (
                    used is not None
                    and used.scope is self.scopes.program
                    and self.api.of_binding(used) is None
                ):
                    found.add(used)
        return found


def _import_names(tree: Node, scopes: Scopes, api: Api) -> None:
    """What ``import { a as b } from 'fs'`` gives names to."""
    for node in tree.children:
        if node.kind != "import_statement":
            continue
        required = node.get("source") is None and node.children[0].kind == "import_require_clause"
        if required and len(node.children[0].children) == 2:
            binding = scopes.binding(node.children[0].children[0])
            path = module_path(node.children[0]["source"].text[1:-1])
            if binding is not None and path is not None:
                api.imported[binding] = path
        if node.get("source") is None:
            continue
        path = module_path(node["source"].text[1:-1])
        clause = next((each for each in node.children if each.kind == "import_clause"), None)
        if path is None or clause is None:
            continue
        for child in clause.children:
            if child.kind == "named_imports":
                for each in child.children:
                    binding = scopes.binding(each.get("alias") or each["name"])
                    name = each["name"].text
                    if binding is not None:
                        api.imported[binding] = path if name == "default" else _named(path, name)
            else:
                binding = scopes.binding(child if child.kind == "identifier" else child.children[0])
                if binding is not None:
                    api.imported[binding] = path


def _named(path: str, name: str) -> str:
    return "Buffer" if (path, name) == ("buffer", "Buffer") else f"{path}.{name}"


def port(source: str, path: Path | str = "program.js") -> Draft:
    """Write a draft in Python of a program in JavaScript or TypeScript.

    Args:
        source: the program.
        path: where it is, for what it requires beside it; ``.ts`` is TypeScript.

    Returns:
        The draft: it always parses. What could not be ported is in ``# PORT:`` comments.

    Raises:
        SyntaxError: it is no program.
        ImportError: tree-sitter is not installed.
    """
    refused: set[int] = set()
    while True:
        writer = _Writer(source, Path(path))
        writer.refused = refused
        lines = _all_lines(writer, Path(path))
        raw = (
            "\n".join("    " * each.indent + each.text if each.text else "" for each in lines)
            + "\n"
        )
        sources = [line.source for line in lines]
        try:
            compile(raw, str(path), "exec")
        except SyntaxError as error:
            fault = sources[min(error.lineno or 1, len(sources)) - 1]
            if not fault or fault in refused:
                raise
            refused.add(fault)
        else:
            break
    text = _formatted(raw)
    if text != raw:
        sources = _moved(raw, text, sources)
    needed = list(writer.required)
    return Draft(module_name(Path(path)), text, sources, writer.ported, writer.marks, needed)


def _all_lines(writer: _Writer, path: Path) -> Lines:
    """The whole draft: what it is, what it imports, and the program."""
    body = writer.written()
    title = f'"""A draft of {path.name}, by ``streams2 port``."""'
    head = [title, "", *writer.imports.lines(), ""]
    return [Line(0, text) for text in head] + _spaced(body)


def _spaced(body: Lines) -> Lines:
    """With the empty lines that Python's style asks for."""
    lines: Lines = []
    for index, line in enumerate(body):
        starts = line.text.startswith(
            ("def ", "class ", "async def ", "@")
        ) or line.text.startswith("if __name__")
        previous = body[index - 1] if index else None
        opened = (
            previous is None
            or previous.indent < line.indent
            or previous.text.startswith(("@", "#"))
        )
        if starts and not opened:
            lines += [Line(0, "")] * (2 if line.indent == 0 else 1)
        elif previous is not None and line.indent == 0 and previous.indent > 0 and not starts:  # noqa: SIM102
            if not line.text.startswith(("else", "elif", "except", "finally")):
                lines.append(Line(0, ""))
        lines.append(line)
    return lines


def _formatted(text: str) -> str:
    """As ruff prints it, if ruff is there."""
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        return text
    command = [ruff, "format", "--isolated", "--line-length", "100", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else text


def _moved(old: str, new: str, sources: list[int]) -> list[int]:
    """The lines of the original for a draft that was printed anew: its statements are the same."""
    moved = [0] * new.count("\n")
    pairs = zip(_statements(old), _statements(new))
    for before, after in pairs:
        source = sources[before.lineno - 1]
        last = after.end_lineno or after.lineno
        for line in range(after.lineno, last + 1):
            moved[line - 1] = source or moved[line - 1]
    return moved


def _statements(text: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
