"""Who declares a name, who uses it, and who assigns it: scopes as JavaScript has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .parse import Node

__all__ = [
    *("DECLARED_FUNCTIONS", "FUNCTIONS", "LOOPS", "Binding", "Scope", "Scopes"),
    *("names_in_pattern", "parameters_of"),
]

FUNCTIONS = {
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "arrow_function",
    "method_definition",
}
DECLARED_FUNCTIONS = {"function_declaration", "generator_function_declaration"}
LOOPS = {"for_statement", "for_in_statement", "while_statement", "do_statement"}

_BLOCKS = {
    "statement_block",
    "for_statement",
    "for_in_statement",
    "switch_body",
    "catch_clause",
    "class_body",
    "class_static_block",
}
_NAMES = {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}


@dataclass(eq=False)
class Binding:
    """A name that a program declares.

    Args:
        name: as the program has it.
        kind: ``var``, ``let``, ``const``, ``function``, ``class``, ``parameter`` and so on.
        scope: where it holds.
        node: what declares it.
    """

    name: str
    kind: str
    scope: Scope
    node: Node
    identifier: Node | None = None
    """Where its name stands in its declaration."""
    values: list[Node | None] = field(default_factory=list)
    """What is assigned to it; None where that is not an expression of its own."""
    uses: list[Node] = field(default_factory=list)
    changes: list[Node] = field(default_factory=list)
    """Identifiers in assignments to it, but for its declaration."""

    @property
    def fixed(self) -> bool:
        """Whether nothing is assigned to it after its declaration."""
        return not self.changes


@dataclass(eq=False)
class Scope:
    """A stretch of program in which names are declared."""

    node: Node
    parent: Scope | None
    names: dict[str, Binding] = field(default_factory=dict)

    @property
    def function(self) -> Scope:
        """The scope of the function, or of the program, that this one is in."""
        scope = self
        while scope.parent is not None and scope.node.kind not in FUNCTIONS:
            scope = scope.parent
        return scope

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None


def names_in_pattern(node: Node | None) -> Iterator[Node]:
    """The identifiers that a declaration, a parameter or a destructuring gives a value to."""
    if node is None:
        return
    if node.kind in ("identifier", "shorthand_property_identifier_pattern"):
        yield node
    elif node.kind in ("assignment_pattern", "object_assignment_pattern"):
        yield from names_in_pattern(node["left"])
    elif node.kind == "pair_pattern":
        yield from names_in_pattern(node["value"])
    elif node.kind in ("required_parameter", "optional_parameter"):
        yield from names_in_pattern(node.get("pattern"))
    elif node.kind in ("object_pattern", "array_pattern", "rest_pattern"):
        for child in node.children:
            yield from names_in_pattern(child)


class Scopes:
    """All scopes of a program, and what each identifier in it means.

    Args:
        program: the tree.
    """

    def __init__(self, program: Node) -> None:
        self.program = Scope(program, None)
        self.of_node: dict[Node, Scope] = {program: self.program}
        self.binding_of: dict[Node, Binding] = {}
        self.free: set[str] = set()
        self._declare(program, self.program)
        self._resolve(program)

    def around(self, node: Node) -> Scope:
        """The scope that a node stands in."""
        if node in self.of_node:
            return self.of_node[node]
        for above in node.above():
            if above in self.of_node:
                return self.of_node[above]
        return self.program

    def function_around(self, node: Node) -> Node:
        """The function that a node is in, or the program."""
        for above in node.above():
            if above.kind in FUNCTIONS or above.kind in ("field_definition", "program"):
                return above
        return self.program.node

    def binding(self, node: Node | None) -> Binding | None:
        """What an identifier means; None if it is JavaScript's or Node's."""
        return None if node is None else self.binding_of.get(node)

    # -- declarations -----------------------------------------------------------------------------

    def _declare(self, node: Node, scope: Scope) -> None:
        for child in node.children:
            inner = scope
            if child.kind in FUNCTIONS or child.kind in _BLOCKS:
                is_body = child.kind == "statement_block" and node.kind in FUNCTIONS
                if not is_body:
                    inner = Scope(child, scope)
                self.of_node[child] = inner
            self._declare_names(child, scope, inner)
            self._declare(child, inner)

    def _declare_names(self, node: Node, outer: Scope, inner: Scope) -> None:
        kind = node.kind
        if kind in DECLARED_FUNCTIONS:
            self._add(node["name"], "function", outer, node, node)
        elif kind in ("class_declaration", "abstract_class_declaration"):
            self._add(node["name"], "class", outer, node, node)
        elif kind in ("function_expression", "generator_function", "class") and node.get("name"):
            self._add(node["name"], "function", inner, node, node)
        elif kind == "enum_declaration":
            self._add(node["name"], "class", outer, node, node)
        if kind in FUNCTIONS:
            for parameter in parameters_of(node):
                for name in names_in_pattern(parameter):
                    self._add(name, "parameter", inner, None)
        elif kind == "variable_declarator":
            self._declare_variable(node, outer)
        elif kind == "for_in_statement" and (word := _declaring_word(node)):
            target = inner.function if word == "var" else inner
            for name in names_in_pattern(node["left"]):
                self._add(name, word, target, None)
        elif kind == "catch_clause":
            for name in names_in_pattern(node.get("parameter")):
                self._add(name, "catch", inner, None)
        elif kind == "import_require_clause":
            self._add(node.children[0], "import", self.program, None)
        elif kind == "import_clause":
            self._declare_imports(node)

    def _declare_variable(self, node: Node, scope: Scope) -> None:
        declaration = node.parent
        assert declaration is not None
        word = "var" if declaration.kind == "variable_declaration" else _declaring_word(declaration)
        target = scope.function if word == "var" else scope
        plain = node["name"].kind == "identifier"
        for name in names_in_pattern(node["name"]):
            self._add(name, word or "let", target, node.get("value") if plain else None, node)

    def _declare_imports(self, node: Node) -> None:
        for child in node.children:
            if child.kind == "identifier":
                self._add(child, "import", self.program, None)
            elif child.kind == "namespace_import":
                self._add(child.children[0], "import", self.program, None)
            elif child.kind == "named_imports":
                for specifier in child.children:
                    name = specifier.get("alias") or specifier["name"]
                    self._add(name, "import", self.program, None)

    def _add(
        self, name: Node, kind: str, scope: Scope, value: Node | None, declaring: Node | None = None
    ) -> None:
        known = scope.names.get(name.text)
        if known is None:
            known = scope.names[name.text] = Binding(
                name.text, kind, scope, declaring or name, name
            )
        else:
            known.changes.append(name)
        if value is not None or declaring is None or declaring.get("value"):
            known.values.append(value)
        self.binding_of[name] = known

    # -- uses -------------------------------------------------------------------------------------

    def _resolve(self, program: Node) -> None:
        for node in program.walk():
            if node.kind in _NAMES and node not in self.binding_of and _is_a_use(node):
                binding = self.around(node).find(node.text)
                if binding is None:
                    self.free.add(node.text)
                    continue
                self.binding_of[node] = binding
                binding.uses.append(node)
        for node in program.walk():
            if node.kind == "assignment_expression":
                self._assigned(node["left"], node["right"])
            elif node.kind == "augmented_assignment_expression":
                self._assigned(node["left"], node)
            elif node.kind == "update_expression":
                self._assigned(node["argument"], node)
            elif node.kind == "for_in_statement" and not node.words & {"var", "let", "const"}:
                self._assigned(node["left"], None)

    def _assigned(self, target: Node, value: Node | None) -> None:
        if target.kind == "identifier":
            names = [target]
        else:
            value = None
            names = [node for node in names_in_pattern(target) if node.kind != "member_expression"]
        for name in names:
            binding = self.binding_of.get(name)
            if binding is not None:
                binding.values.append(value)
                binding.changes.append(name)


def parameters_of(function: Node) -> list[Node]:
    """The parameters of a function, in whatever way they are written."""
    single = function.get("parameter")
    if single is not None:
        return [single]
    parameters = function.get("parameters")
    return (
        []
        if parameters is None
        else [p for p in parameters.children if p.text.partition(":")[0].strip() != "this"]
    )


def _is_a_use(node: Node) -> bool:
    """Whether an identifier stands for a value: not as a label, or in a type."""
    parent = node.parent
    return parent is not None and parent.kind not in (
        "import_specifier",
        "namespace_import",
        "type_annotation",
        "labeled_statement",
        "export_specifier" if parent.get("name") is not node else "",
    )


def _declaring_word(node: Node) -> str:
    return next((word for word in ("var", "let", "const") if word in node.words), "")
