"""Expressions that stand alone: assignments, calls, and choices between them."""

from __future__ import annotations

from .base import Line, Lines, Py, Unsupported, only
from .classes import Classes
from .loops import Loops
from .parse import Node

__all__ = ["Effects"]

_ADDED = {"+=": "+", "-=": "-", "*=": "*"}


class Effects(Loops, Classes):
    """Statements that are an expression."""

    # -- expressions ------------------------------------------------------------------------------

    def _write_expression_statement(self, node: Node) -> Lines:
        return self.effect(node.children[0])

    def effect(self, node: Node) -> Lines:
        """An expression of which only the effect counts."""
        kind = node.kind
        if kind == "string":
            return []
        if kind == "assignment_expression":
            return self._assignment(node)
        if kind == "augmented_assignment_expression":
            return self._augmented(node)
        if kind == "update_expression":
            return self._updated(node)
        if kind == "sequence_expression":
            return [line for each in node.children for line in self.effect(each)]
        if kind == "binary_expression" and node.operator in ("&&", "||"):
            condition = self.truth(node["left"])
            if node.operator == "||":
                condition = self._not(condition)
            inner = self.effect(node["right"])
            return [self.line(node, f"if {condition.text}:"), *_further(inner)]
        if kind == "ternary_expression":
            condition = self.truth(node["condition"])
            yes, no = self.effect(node["consequence"]), self.effect(node["alternative"])
            return [
                self.line(node, f"if {condition.text}:"),
                *_further(yes),
                self.line(node, "else:"),
                *_further(no),
            ]
        delegates = kind == "yield_expression" and "*" in node.words
        if delegates and "async" in self.nearest_def(node).words:
            name = self.fresh("item", node)
            items = self.text_of(node.children[0])
            known = only(self.kinds(node.children[0]), "list", "str", "map", "set")
            word = "for" if known or self._is_list_by_type(node.children[0]) else "async for"
            loop = self.line(node, f"{word} {name} in {items}:")
            return [loop, Line(1, f"yield {name}", node.line)]
        if kind == "yield_expression":
            return [self.line(node, self.expr(node).text[1:-1])]
        if kind == "unary_expression" and node.operator in ("void", "!"):
            return self.effect(node["argument"])
        return self._called(node)

    def _is_list_by_type(self, node: Node) -> bool:
        """TypeScript: whether a name is declared as ``T[]``."""
        binding = self.scopes.binding(node)
        declared = None if binding is None else binding.node.get("type")
        return declared is not None and declared.text.endswith("[]")

    def _called(self, node: Node) -> Lines:
        based = self.base_called(node)
        if based is not None:
            return [self.line(node, based.text)]
        exported = self.exported_effect(node)
        if exported is not None:
            return exported
        looped = self._for_each(node)
        if looped is not None:
            return looped
        self.is_statement = node.kind == "call_expression"
        value = self.expr(node)
        self.is_statement = False
        text = value.text
        if (
            text.startswith("(")
            and text.endswith(" else None)")
            and " is not None else " in text
            and " := " not in text
        ):
            inner, _, condition = text[1:-11].rpartition(" if ")
            return [self.line(node, f"if {condition}:"), Line(1, inner, node.line)]
        return [self.line(node, text)]

    def exported_effect(self, node: Node) -> Lines | None:
        return None

    def _for_each(self, node: Node) -> Lines | None:
        """``items.forEach(function)``, as a loop."""
        callee = node.get("function")
        if node.kind != "call_expression" or callee is None or callee.kind != "member_expression":
            return None
        given = node["arguments"].children
        if (
            callee["property"].text != "forEach"
            or len(given) != 1
            or not only(self.kinds(callee["object"]), "list")
        ):
            return None
        items = self.text_of(callee["object"])
        function = self.argument(given[0])
        each = self.fresh("each", node)
        if self._takes_index(given[0]):
            index = self.fresh("index", node)
            return [
                self.line(node, f"for {index}, {each} in enumerate({items}):"),
                Line(1, f"{function.atom}({each}, {index})", node.line),
            ]
        if not self.is_function(given[0]):
            return [self.line(node, self.call_js("invoke", items, '"forEach"', function.text).text)]
        return [
            self.line(node, f"for {each} in {items}:"),
            Line(1, f"{function.atom}({each})", node.line),
        ]

    def _takes_index(self, node: Node) -> bool:
        parameters = node.get("parameters")
        return parameters is not None and len(parameters.children) == 2

    def _assignment(self, node: Node) -> Lines:
        left, right = node["left"], node["right"]
        exported = self.exported_effect(node)
        if exported is not None:
            return exported
        if left.kind in ("object_pattern", "array_pattern"):
            value = (
                self._held(right, node)
                if left.kind == "object_pattern"
                else self._list_held(right, node)
            )
            return [self.line(node, text) for text in self.taken_apart(left, value)]
        if right.kind == "assignment_expression" and self.is_simple(right["left"]):
            first = self._assignment(right)
            return [*first, *self._set(left, self.expr(right["left"]), node)]
        if left.kind == "identifier" and self.is_function(right):
            return self.named_function(right, self.target(left))
        return self._set(left, self.assigned_value(left, right), node)

    def _held(self, value: Node, node: Node) -> Py:
        """A value that is asked several times."""
        shown = self.expr(value)
        if self.is_simple(value):
            return shown
        name = self.fresh("found", node)
        self.before.append(self.line(node, f"{name} = {shown.text}"))
        return Py(name)

    def _list_held(self, value: Node, node: Node) -> Py:
        shown = self.expr(value)
        if value.kind == "identifier":
            return shown
        name = self.fresh("items", node)
        self.before.append(self.line(node, f"{name} = {shown.text}"))
        return Py(name)

    def _set(self, left: Node, value: Py, node: Node) -> Lines:
        if left.kind == "identifier":
            return [self.line(node, f"{self.target(left)} = {value.text}")]
        if self._has_an_order(left):
            return [self.line(node, self.put(left, value.text).text)]
        if left.kind == "member_expression":
            if left["property"].text == "length" and only(self.kinds(left["object"]), "list"):
                if value.text != "0":
                    shown = self.call_js("resize", self.text_of(left["object"]), value.text)
                    return [self.line(node, shown.text)]
                return [self.line(node, f"del {self.expr(left['object']).atom}[:]")]
            target = self.property_target(left)
            right = node.get("right")
            if self._needs_binding(left, right):
                value = self.call_js("method", value.text, self.text_of(left["object"]))
            if target:
                return [self.line(node, f"{target} = {value.text}")]
            return [self.line(node, self.put(left, value.text).text)]
        if left.kind == "subscript_expression":
            sure = self.symbol(left["index"]) or only(self.kinds(left["object"]), "object")
            if sure or (
                self._is_inside(left["object"], left["index"])
                and only(self.kinds(left["object"]), "list")
            ):
                return [self.line(node, f"{self.target(left)} = {value.text}")]
            return [self.line(node, self.put(left, value.text).text)]
        raise Unsupported(f"an assignment to {left.kind.replace('_', ' ')}")

    def _has_an_order(self, left: Node) -> bool:
        """Whether something is done to find what is assigned to: JavaScript does that first."""
        asked = [left["object"], *([left["index"]] if left.get("index") else [])]
        doing = ("call_expression", "update_expression", "assignment_expression")
        return any(each.kind in doing for part in asked for each in part.walk())

    def _called_methods(self) -> set[str]:
        """The names of properties that the program calls."""
        if self._methods is None:
            callees = [n["function"] for n in self.tree.walk() if n.kind == "call_expression"]
            self._methods = {
                each["property"].text for each in callees if each.kind == "member_expression"
            }
        return self._methods

    _methods: set[str] | None = None

    def _needs_binding(self, left: Node, right: Node | None) -> bool:
        """Whether a function that is handed on may ask for ``this``."""
        if (
            right is None
            or right.kind != "identifier"
            or only(self.kinds(left["object"]), "object")
        ):
            return False
        kinds = self.kinds(right)
        name = left["property"].text
        called = name[1:] in _HANDED or name in self._called_methods()
        if "func" not in kinds:
            return bool("any" in kinds and called)
        binding = self.scopes.binding(right)
        if binding in self.made:
            return False
        function = None if binding is None else self.constructor_of(binding)
        if function is None:
            return called
        return function.kind != "arrow_function" and self.uses_this(function)

    def _augmented(self, node: Node) -> Lines:
        left, right, operator = node["left"], node["right"], node.operator
        of_left, of_right = self.kinds(left), self.kinds(right)
        numbers = ("nat", "int", "num")
        plain = only(of_left, *numbers) and only(of_right, *numbers)
        text = operator == "+=" and only(of_left, "str")
        if (
            operator in _ADDED
            and (plain or text)
            and left.kind in ("identifier", "member_expression")
        ):
            target = self.target(left)
            if target:
                value = (
                    self.expr(right)
                    if plain or only(of_right, "str")
                    else self._as_text(right, self.expr(right), of_right)
                )
                return [self.line(node, f"{target} {operator} {value.text}")]
        return self._set(left, self.augmented(node), node)

    def _updated(self, node: Node) -> Lines:
        argument = node["argument"]
        step = "+= 1" if node.operator == "++" else "-= 1"
        if argument.kind in ("identifier", "member_expression"):
            target = self.target(argument)
            if target:
                return [self.line(node, f"{target} {step}")]
        return [self.line(node, self.expr(node).text.partition(" - ")[0])]


_HANDED = {"read", "write", "writev", "final", "construct", "destroy", "transform", "flush"}


def _further(lines: Lines) -> Lines:
    return [Line(line.indent + 1, line.text, line.source) for line in lines or [Line(0, "pass")]]
