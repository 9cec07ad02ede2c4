"""What all parts of the translator share: the program, its names, and pieces of Python."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field

from .nodes_api import Api
from .nothing import Nothing
from .parse import Comment, Node
from .scopes import FUNCTIONS, Binding, Scope, Scopes
from .types import Kinds, Types, only

__all__ = [
    "ATOM",
    "Base",
    "Imports",
    "Line",
    "Lines",
    "Py",
    "Unsupported",
    "attribute_name",
    "legal",
]

# How tightly the parts of a piece of Python hold together, from loose to tight.
(
    LAMBDA,
    TERNARY,
    OR,
    AND,
    NOT,
    COMPARE,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    SHIFT,
    SUM,
    PRODUCT,
    SIGN,
    POWER,
    AWAIT,
    ATOM,
) = range(16)


class Unsupported(Exception):  # noqa: N818
    """There is no way to say this in Python that is surely right; the message says why."""


@dataclass(frozen=True)
class Py:
    """An expression in Python, and how tightly it holds together."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """As part of an expression that needs it to be as strong: with parentheses if it is not."""
        return self.text if self.strength >= strength else f"({self.text})"

    def __format__(self, how: str) -> str:
        """In a template: bare, or as part of an atom, a sum, a product or a comparison."""
        if how == "a":
            return self.atom
        return (
            self.within({"c": COMPARE + 1, "s": SUM, "p": PRODUCT + 1}[how]) if how else self.text
        )

    @property
    def atom(self) -> str:
        """As what is asked for an attribute, or called."""
        bare = self.text.isdecimal()
        return f"({self.text})" if bare else self.within(ATOM)


@dataclass
class Line:
    """A line of the draft, and the line of the program that it comes from."""

    indent: int
    text: str
    source: int = 0


Lines = list[Line]


def legal(name: str, taken: Iterable[str] = ()) -> str:
    """A name of the program as Python allows it: the same, unless it means something there."""
    name = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    if not name or name[0].isdigit():
        name = f"_{name}"
    if keyword.iskeyword(name) or name in _BUILTINS or name == "cls":
        name += "_"
    while name in taken:
        name += "_"
    return name


def attribute_name(name: str) -> str:
    """The name of a property as Python allows it."""
    name = name.replace("$", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


_BUILTINS = {name for name in dir(builtins) if name[0].islower()} | {
    name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning"))
}


@dataclass
class Imports:
    """What the draft imports, under names that the program leaves free."""

    taken: set[str]
    whole: dict[str, str] = field(default_factory=dict)
    parts: dict[tuple[str, str], str] = field(default_factory=dict)

    def module(self, name: str) -> str:
        """``import name``, and how to call it then."""
        if name not in self.whole:
            self.whole[name] = self._free(name)
        return self.whole[name]

    def part(self, module: str, name: str) -> str:
        """``from module import name``, and how to call it then."""
        if (module, name) not in self.parts:
            self.parts[module, name] = self._free(name)
        return self.parts[module, name]

    def _free(self, name: str) -> str:
        short = name
        while short in self.taken:
            short += "_"
        self.taken.add(short)
        return short

    def lines(self) -> list[str]:
        """The lines that import it all."""
        lines = sorted(
            f"import {name}" + (f" as {short}" if short != name else "")
            for name, short in self.whole.items()
        )
        of_modules: dict[str, list[str]] = {}
        for (module, name), short in sorted(self.parts.items()):
            named = name if short == name else f"{name} as {short}"
            of_modules.setdefault(module, []).append(named)
        froms = [f"from {module} import {', '.join(names)}" for module, names in of_modules.items()]
        standard = [line for line in froms if not line.startswith(("from streams2", "from ."))]
        lines += sorted(standard)
        ours = sorted(line for line in froms if line.startswith("from streams2"))
        local = sorted(line for line in froms if line.startswith("from ."))
        for group in (ours, local):
            if group:
                lines += [*([""] if lines else []), *group]
        return lines


class Base:
    """The program and what is known of it; the parts of the translator are made on top of it.

    Args:
        tree: the program.
        comments: its comments.
        scopes: its names.
        api: Node's names in it.
        types: what its values are known to be.
    """

    def __init__(
        self, tree: Node, comments: list[Comment], scopes: Scopes, api: Api, types: Types
    ) -> None:
        self.tree = tree
        self.comments = comments
        self.scopes = scopes
        self.api = api
        self.types = types
        self.nothing = Nothing(scopes, api, types)
        self.imports = Imports(set())
        self.names: dict[Binding, str] = {}
        self.taken: dict[Node, set[str]] = {}
        self.module_names: set[Binding] = set()
        self.chains: dict[str, tuple[str, Py]] = {}
        """Optional chains that were written: what is asked, and what is then there."""
        self.before: Lines = []
        """What must come before the statement that is being written."""
        self.ported = 0
        self.marks: list[tuple[int, str]] = []
        self.uses_stdout = False
        self.refused: set[int] = set()
        """Lines that came out as no Python: they are marked."""
        self._lambdas = 0

    # -- helpers ----------------------------------------------------------------------------------

    def js(self, name: str) -> str:
        """A name of the module that does what JavaScript does."""
        return f"{self.imports.part('streams2.port', 'js')}.{name}"

    def call_js(self, name: str, *arguments: str) -> Py:
        return Py(f"{self.js(name)}({', '.join(arguments)})")

    def name_of(self, binding: Binding) -> str:
        """The name of a binding in Python."""
        return self.names[binding]

    def fresh(self, wanted: str, node: Node) -> str:
        """A name that is free in the function that a node is in."""
        function = self.scopes.function_around(node)
        taken = self.taken.setdefault(function, set())
        around = {self.names[b] for b in self.names} | self.imports.taken | taken
        name, number = legal(wanted), 2
        while name in around:
            name = f"{legal(wanted)}_{number}"
            number += 1
        taken.add(name)
        return name

    def kinds(self, node: Node | None) -> Kinds:
        return self.types.of(node)

    def is_simple(self, node: Node) -> bool:
        """Whether asking twice does no harm."""
        if node.kind in (
            "identifier",
            "this",
            "string",
            "number",
            "true",
            "false",
            "null",
            "undefined",
        ):
            return True
        return node.kind == "member_expression" and self.is_simple(node["object"])

    def uses_this(self, function: Node) -> bool:
        """Whether a function asks for ``this`` of its own."""
        return any(True for _ in self.own(function, {"this", "super"}))

    def own(self, function: Node, kinds: set[str]) -> Iterable[Node]:
        """What stands in a function itself: in arrows too, but in no other function in it."""
        todo = list(reversed(function.children))
        while todo:
            node = todo.pop()
            if node.kind in kinds:
                yield node
            if node.kind in FUNCTIONS and node.kind != "arrow_function":
                continue
            if node.kind in ("class_body",):
                continue
            todo.extend(reversed(node.children))

    def is_within(self, node: Node, around: Node) -> bool:
        return any(above is around for above in node.above())

    def statement_around(self, node: Node) -> Node:
        """The statement that a node is part of."""
        current = node
        for above in node.above():
            if above.kind in ("statement_block", "program", "switch_case", "switch_default"):
                return current
            current = above
        return current

    # -- what the parts above add -----------------------------------------------------------------

    def expr(self, node: Node) -> Py:
        """An expression in Python."""
        raise NotImplementedError

    def truth(self, node: Node) -> Py:
        """An expression where only its truth counts."""
        raise NotImplementedError

    def function_value(self, node: Node, wanted: str = "") -> Py:
        """A function where a value is asked for."""
        raise NotImplementedError

    def scope_of(self, node: Node) -> Scope:
        return self.scopes.around(node)


__all__ += ["FUNCTIONS", "only"]
__all__ += [
    *("AND", "AWAIT", "BIT_AND", "BIT_OR", "BIT_XOR", "COMPARE", "LAMBDA", "NOT", "OR"),
    *("POWER", "PRODUCT", "SHIFT", "SIGN", "SUM", "TERNARY"),
]
