"""Classes, in all the ways that JavaScript has to make them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .base import Line, Lines, Py, Unsupported, attribute_name
from .functions import Functions
from .nodes_api import METHODS, STREAM_CLASSES, python_of
from .options import object_of
from .parse import Node
from .scopes import FUNCTIONS, Binding

__all__ = ["PUBLIC", "Classes", "Made", "find_constructors", "names_of_public"]

PUBLIC = {
    "write": ("chunk", "encoding", "callback"),
    "end": ("chunk", "encoding", "callback"),
    "destroy": ("error", "callback"),
    "push": ("chunk", "encoding"),
    "pipe": ("destination",),
    "read": ("size",),
}
"""Methods of streams that a class may replace, and what streams2 calls their parameters."""

_ERRORS = {"Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError"}


@dataclass
class Made:
    """A class that is made of a function: its constructor, its base, and its methods."""

    binding: Binding
    function: Node
    base: Node | None = None
    methods: list[tuple[Node, Node]] = field(default_factory=list)
    """The key of each, and its value."""
    statements: set[Node] = field(default_factory=set)
    """What made it a class, and has nothing else to say."""


def find_constructors(program: Node, classes: Classes) -> dict[Binding, Made]:
    """All functions that are classes: things inherit from them, or have their methods."""
    made: dict[Binding, Made] = {}

    def of(node: Node | None) -> Made | None:
        binding = classes.scopes.binding(node)
        if binding is None:
            return None
        function: Node | None = binding.node
        if function is not None and function.kind == "variable_declarator":
            function = function.get("value")
        if function is None or function.kind not in ("function_declaration", "function_expression"):
            return None
        return made.setdefault(binding, Made(binding, function))

    for node in program.walk():
        if node.kind == "call_expression":
            _inherits(node, of, classes)
        elif node.kind == "assignment_expression":
            _prototype(node, of)
        elif node.kind == "new_expression" and node["constructor"].kind == "identifier":
            binding = classes.scopes.binding(node["constructor"])
            function = None if binding is None else classes.constructor_of(binding)
            if function is not None and classes.uses_this(function):
                of(node["constructor"])
    return made


def _inherits(node: Node, of: object, classes: Classes) -> None:
    path = classes.api.path(node["function"])
    given = node["arguments"].children
    if path == "util.inherits" and len(given) == 2 and callable(of):
        made = of(given[0])
        if made is not None and node.parent is not None:
            made.base = given[1]
            made.statements.add(node.parent)
    elif (
        path == "Object.setPrototypeOf"
        and len(given) == 2
        and callable(of)
        and all(
            each.kind == "member_expression" and each["property"].text == "prototype"
            for each in given
        )
    ):
        made = of(given[0]["object"])
        if made is not None and node.parent is not None:
            made.base = given[1]["object"]
            made.statements.add(node.parent)


def _prototype(node: Node, of: object) -> None:
    left, right = node["left"], node["right"]
    statement = node.parent
    if left.kind != "member_expression" or statement is None or not callable(of):
        return
    owner = left["object"]
    if left["property"].text == "prototype":
        made = of(owner)
        base = _created_from(right)
        if made is not None and base is not None:
            made.base = base
            made.statements.add(statement)
    elif owner.kind == "member_expression" and owner["property"].text == "prototype":
        made = of(owner["object"])
        if made is not None:
            made.statements.add(statement)
            if left["property"].text not in ("constructor", "__proto__"):
                made.methods.append((left["property"], right))


def _created_from(node: Node) -> Node | None:
    """The ``B`` of ``Object.create(B.prototype)``."""
    if node.kind != "call_expression" or node["function"].text != "Object.create":
        return None
    first = node["arguments"].children[0]
    return first["object"] if first.kind == "member_expression" else None


class Classes(Functions):
    """Classes as statements, and what only stands in them."""

    made: dict[Binding, Made]
    bases: list[tuple[Node | None, Node]]
    """The classes around what is being written: the base of each, and its constructor."""

    @property
    def in_class(self) -> bool:
        return bool(self.bases)

    def constructor_of(self, binding: Binding) -> Node | None:
        """The function that a name stands for."""
        node: Node | None = binding.node
        if node is not None and node.kind == "variable_declarator" and binding.fixed:
            node = node.get("value")
        return node if node is not None and node.kind in FUNCTIONS else None

    # -- made of functions ------------------------------------------------------------------------

    def class_of(self, made: Made) -> Lines:
        name = self.name_of(made.binding)
        lines = [Line(0, self._head(name, made.base), made.function.line)]
        self.bases.append((made.base, made.function))
        fields = self._late_fields(made.function, [value for _, value in made.methods])
        lines += [Line(1, f"{each} = None", made.function.line) for each in fields]
        body = self._method(made.function, "__init__")
        lines += body
        for key, value in made.methods:
            lines.append(Line(1, ""))
            if self.is_function(value):
                lines += self._method(value, key.text)
                continue
            name = self._attribute_name(key.text)
            lines.append(
                Line(1, f"{name} = {self.js('as_option')}({self.text_of(value)})", key.line)
            )
        self.bases.pop()
        return lines

    def _attribute_name(self, name: str) -> str:
        this = Node("this", "this", 0, 0, 0)
        return self.attribute(this, name) or name

    def _head(self, name: str, base: Node | None) -> str:
        if base is None:
            return f"class {name}:"
        return f"class {name}({self.expr(base).text}):"

    def _late_fields(self, constructor: Node | None, others: list[Node]) -> list[str]:
        """Properties that are set after the constructor is done: until then, they are undefined."""
        early: set[str] = set()
        if constructor is not None:
            early = {name for name, _ in self._fields_set(constructor)}
        late: list[str] = []
        methods = {each["name"].text for each in others if each.kind == "method_definition"}
        for other in others:
            for name, node in self._fields_set(other):
                ours = self.attribute(node["object"], name)
                if (
                    name in early
                    or name in methods
                    or ours is None
                    or ours in late
                    or name[1:] in METHODS
                ):
                    continue
                if ours == attribute_name(name) or ours == f"_{name[1:]}":
                    late.append(ours)
        return late

    def _fields_set(self, function: Node) -> list[tuple[str, Node]]:
        found = []
        for node in function.walk():
            if node.kind in ("assignment_expression", "augmented_assignment_expression"):
                left = node["left"]
                if left.kind == "member_expression" and left["object"].kind == "this":
                    found.append((left["property"].text, left))
        return found

    def _method(self, node: Node, name: str) -> Lines:
        self.this_names[node] = "self"
        name = self._attribute_name(name) if name != "__init__" else name
        lines = self.definition(node, name, "self")
        if name == "__init__":
            lines = self._super_first(lines)
        return [Line(line.indent + 1, line.text, line.source) for line in lines]

    def _super_first(self, lines: Lines) -> Lines:
        """The base comes before what is set on a stream, which has no place for it earlier."""
        at = next(
            (i for i, line in enumerate(lines) if line.text.startswith("super().__init__(")), -1
        )
        if at < 0 or lines[at].indent != 1:
            return lines
        first = at
        while first > 1 and lines[first - 1].indent == 1 and _sets_a_literal(lines[first - 1].text):
            first -= 1
        call = lines.pop(at)
        lines.insert(first, call)
        return lines

    def is_guard(self, node: Node) -> bool:
        """``if (!(this instanceof F)) return new F(...)``: a class of Python is called anyway."""
        if node.kind != "if_statement" or node.get("alternative") or not self.bases:
            return False
        condition = node["condition"]
        if condition.kind != "unary_expression" or condition.operator != "!":
            return False
        inner = condition["argument"]
        return (
            inner.kind == "binary_expression"
            and inner.operator == "instanceof"
            and inner["left"].kind == "this"
        )

    # -- written as classes -----------------------------------------------------------------------

    def class_statement(self, node: Node, name: str) -> Lines:
        """``class X extends Y { ... }``."""
        base = self._base_of(node)
        members = node["body"].children
        if any(each.kind == "decorator" for each in (*node.children, *members)):
            raise Unsupported("a decorator")
        methods = [each for each in members if each.kind == "method_definition"]
        constructor = next((each for each in methods if each["name"].text == "constructor"), None)
        fields = [
            each for each in members if each.kind in ("field_definition", "public_field_definition")
        ]
        lines = [Line(0, self._head(name, base), node.line)]
        before, self.before = self.before, []
        self.bases.append((base, constructor or node))
        late = self._late_fields(constructor, [each for each in methods if each is not constructor])
        for each in fields:
            key = each.get("property") or each["name"]
            if key.kind not in ("property_identifier", "private_property_identifier"):
                raise Unsupported("a field whose name is no word")
        names = {self._attribute_name(_name_of_field(each)) for each in fields}
        lines += [Line(1, f"{each} = None", node.line) for each in late if each not in names]
        for each in fields:
            if "static" in each.words:
                shown = self.text_of(each["value"]) if each.get("value") else "None"
                lines.append(
                    Line(1, f"{self._attribute_name(_name_of_field(each))} = {shown}", each.line)
                )
        lines += self._constructor(
            node, constructor, base, [each for each in fields if "static" not in each.words]
        )
        for each in methods:
            if each is not constructor:
                lines += [Line(1, ""), *self.comment_lines(each, 1), *self._written_method(each)]
        self.bases.pop()
        for stray in self.before:
            raise Unsupported(f"a class needs a function before it: {stray.text}")
        self.before = before
        if len(lines) == 1:
            lines.append(Line(1, "pass", node.line))
        return lines

    def comment_lines(self, node: Node, indent: int) -> Lines:
        """The comments in front of a node."""
        raise NotImplementedError

    def _base_of(self, node: Node) -> Node | None:
        heritage = next((each for each in node.children if each.kind == "class_heritage"), None)
        if heritage is None:
            return None
        first = heritage.children[0]
        if first.kind == "extends_clause":
            return first.get("value")
        return None if first.kind == "implements_clause" else first

    def _constructor(
        self, node: Node, constructor: Node | None, base: Node | None, fields: list[Node]
    ) -> Lines:
        if constructor is not None:
            lines = self._method(constructor, "__init__")
        elif self._is_stream_class(base):
            options = f"super().__init__(**{self.js('options')}(options))"
            lines = [
                Line(1, "def __init__(self, options=None):", node.line),
                Line(2, options, node.line),
            ]
        elif fields:
            lines = [
                Line(1, "def __init__(self, *arguments):", node.line),
                Line(2, "super().__init__(*arguments)", node.line),
            ]
        else:
            return []
        at = next(
            (i + 1 for i, line in enumerate(lines) if line.text.startswith("super().__init__(")), 1
        )
        for each in fields:
            self.this_names[each] = "self"
            value = each.get("value")
            name = self._attribute_name(_name_of_field(each))
            before, self.before = self.before, []
            shown = (
                "None"
                if value is None
                else self.function_value(value, name).text
                if self.is_function(value)
                else self.text_of(value)
            )
            own = [Line(line.indent + 2, line.text, line.source) for line in self.before]
            self.before = before
            lines[at:at] = [*own, Line(2, f"self.{name} = {shown}", each.line)]
            at += 1 + len(own)
        return lines

    def _is_stream_class(self, base: Node | None) -> bool:
        path = self.api.path(base) or ""
        return path.startswith("stream") and (
            path.rpartition(".")[2] in STREAM_CLASSES or path == "stream"
        )

    def _written_method(self, node: Node) -> Lines:
        key = node["name"]
        name = key.text
        if key.kind == "computed_property_name":
            symbol = self.symbol(key.children[0])
            if symbol is None:
                raise Unsupported("a method whose name is computed")
            name = symbol
        if "static" in node.words and node.words & {"get", "set"}:
            raise Unsupported("a static getter or setter")
        lines = self._method(node, name)
        decorator = ""
        if "get" in node.words:
            decorator = "@property"
        elif "set" in node.words:
            decorator = f"@{self._attribute_name(name)}.setter"
        elif "static" in node.words:
            lines[0] = Line(
                1, lines[0].text.replace("(self, ", "(").replace("(self)", "()"), node.line
            )
            if any(True for _ in self.own(node, {"this"})):
                raise Unsupported("a static method that asks for this")
            decorator = "@staticmethod"
        return [*([Line(1, decorator, node.line)] if decorator else []), *lines]

    # -- the base ---------------------------------------------------------------------------------

    def super_call(self, node: Node) -> Py:
        """``super(...)``."""
        base = self.bases[-1][0] if self.bases else None
        return self.base_call(base, node["arguments"].children)

    def base_call(self, base: Node | None, given: list[Node]) -> Py:
        path = self.api.path(base)
        if path is None or path in _ERRORS:
            return Py(f"super().__init__({', '.join(self.spread_list(given))})")
        found = python_of(path)
        target = None if found is None else object_of(found)
        return Py(f"super().__init__({', '.join(self.nodes_arguments(path, given, target))})")

    def base_called(self, node: Node) -> Py | None:
        """``Base.call(this, options)`` in a constructor."""
        if not self.bases or node.kind != "call_expression":
            return None
        base, constructor = self.bases[-1]
        callee = node["function"]
        if (
            base is None
            or callee.kind != "member_expression"
            or callee["property"].text not in ("call", "apply")
        ):
            return None
        if callee["object"].text != base.text and self.api.path(callee["object"]) != (
            self.api.path(base) or ""
        ):
            return None
        given = node["arguments"].children
        if not given or given[0].kind != "this" or not self.is_within(node, constructor):
            return None
        if callee["property"].text == "apply":
            return Py(f"super().__init__(*{self.text_of(given[1])})")
        return self.base_call(base, given[1:])


def _name_of_field(node: Node) -> str:
    name = node.get("property") or node["name"]
    return name.text


def _sets_a_literal(text: str) -> bool:
    """Whether a line is ``self.x = 1``, which can as well come later."""
    target, equals, value = text.partition(" = ")
    if not equals or not target.startswith("self."):
        return False
    simple = value.replace(".", "").replace("_", "").replace('"', "").isalnum()
    return simple or value in ("[]", '""')


def names_of_public(node: Node) -> tuple[str, ...]:
    """What streams2 calls the parameters of a method that replaces one of its own."""
    parent = node.parent
    if node.kind == "method_definition":
        return PUBLIC.get(node["name"].text, ())
    if parent is not None and parent.kind == "assignment_expression" and parent["right"] is node:
        left = parent["left"]
        if left.kind == "member_expression":
            return PUBLIC.get(left["property"].text, ())
    return ()
