"""Assignments, and what else changes a property."""

from __future__ import annotations

from ..core.read_side import ReadSide
from ..core.write_side import WriteSide
from .base import SUM, Py, Unsupported, only
from .members import Members
from .operators import quoted
from .parse import Node

__all__ = ["Assignments"]


class Assignments(Members):
    """Expressions that change something."""

    def initial(self, value: Node, binding: object) -> str:
        """What a name is to stand for."""
        raise NotImplementedError

    def target(self, node: Node) -> str:
        """What stands to the left of ``=`` in a statement."""
        if node.kind == "identifier":
            binding = self.scopes.binding(node)
            if binding is None:
                raise Unsupported(f"nothing declares {node.text}")
            return self.name_of(binding)
        if node.kind == "member_expression":
            return self.property_target(node)
        if node.kind == "subscript_expression":
            owner, symbol = self.expr(node["object"]), self.symbol(node["index"])
            if symbol is not None:
                return f"{owner.atom}.{symbol}"
            return f"{owner.atom}[{self.text_of(node['index'])}]"
        raise Unsupported(f"an assignment to {node.kind.replace('_', ' ')}")

    def property_target(self, node: Node) -> str:
        owner, name = node["object"], node["property"].text
        path = self.api.path(node)
        if path == "process.exitCode":
            return f"{self.js('process')}.exit_code"
        if path is not None:
            raise Unsupported("something of Node's is changed for everybody")
        if name == "prototype":
            raise Unsupported("a prototype is only understood where methods are added to it")
        ours = self.attribute(owner, name)
        if ours is None:
            return ""
        if owner.kind == "member_expression" and not _can_be_set(owner["property"].text, ours):
            raise Unsupported("the state of a stream is read, and not set")
        value = self.expr(owner)
        if name != "length" and only(self.kinds(owner), "list", "str", "bytes"):
            raise Unsupported(f"a list, text and bytes have no property {name} to set")
        if name == "length" and not only(self.kinds(owner), "object") and owner.kind != "this":
            return ""
        if not ours.isidentifier() or (ours == f"{name}_" and owner.kind != "this"):
            return f"{value.atom}[{quoted(name)}]"
        return f"{value.atom}.{ours}"

    def put(self, node: Node, value: str) -> Py:
        """An assignment whose value is asked for, to what is no name."""
        if node.kind == "member_expression":
            ours = self.attribute(node["object"], node["property"].text) or node["property"].text
            if self.api.path(node) is not None:
                raise Unsupported("something of Node's is changed for everybody")
            return self.call_js("put", self.text_of(node["object"]), quoted(ours), value)
        symbol = self.symbol(node["index"])
        key = quoted(symbol) if symbol else self.text_of(node["index"])
        return self.call_js("put", self.text_of(node["object"]), key, value)

    def _expr_assignment_expression(self, node: Node) -> Py:
        left, right = node["left"], node["right"]
        value = self.assigned_value(left, right)
        if left.kind == "identifier":
            return Py(f"({self.target(left)} := {value.text})")
        if left.kind in ("object_pattern", "array_pattern"):
            raise Unsupported("a destructuring assignment whose value is asked for")
        return self.put(left, value.text)

    def assigned_value(self, left: Node, right: Node) -> Py:
        """What is assigned: a function is named after what it is assigned to."""
        if not self.is_function(right):
            value = self.expr(right)
            if left.kind == "identifier" and ".from_(" in value.text:
                return Py(self.initial(right, self.scopes.binding(left)))
            return value
        name = left["property"].text if left.kind == "member_expression" else left.text
        return self.function_value(right, name if name.isidentifier() else "")

    def _expr_augmented_assignment_expression(self, node: Node) -> Py:
        left, value = node["left"], self.augmented(node)
        if left.kind == "identifier":
            return Py(f"({self.target(left)} := {value.text})")
        return self.put(left, value.text)

    def augmented(self, node: Node) -> Py:
        """The value of ``left op right``."""
        left, right, operator = node["left"], node["right"], node.operator[:-1]
        if operator in ("||", "&&", "??"):
            fake = Node("binary_expression", node.text, node.start, node.end, node.line)
            fake.fields = {"left": left, "right": right}
            fake.operator = operator
            return self.expr(fake)
        return self.arithmetic(
            operator, self.expr(left), self.expr(right), self.kinds(left), self.kinds(right), node
        )

    def _expr_update_expression(self, node: Node) -> Py:
        argument = node["argument"]
        prefix = node.text.startswith(("++", "--"))
        step, back = ("+", "-") if node.operator == "++" else ("-", "+")
        if argument.kind == "identifier":
            name = self.target(argument)
            new = f"({name} := {name} {step} 1)"
        else:
            if argument.kind == "member_expression":
                ours = self.attribute(argument["object"], argument["property"].text)
                key = quoted(ours or argument["property"].text)
            else:
                symbol = self.symbol(argument["index"])
                key = quoted(symbol) if symbol else self.text_of(argument["index"])
            extra = [] if step == "+" else ["-1"]
            new = self.call_js("change", self.text_of(argument["object"]), key, *extra).text
        return Py(new) if prefix else Py(f"{new} {back} 1", SUM)

    def deleted(self, node: Node) -> Py:
        if node.kind == "member_expression":
            return self.call_js(
                "delete", self.text_of(node["object"]), quoted(node["property"].text)
            )
        if node.kind == "subscript_expression":
            return self.call_js("delete", self.text_of(node["object"]), self.text_of(node["index"]))
        raise Unsupported("delete of what is no property")


def _can_be_set(state: str, name: str) -> bool:
    """Whether a field of a stream's state can be set from outside."""
    side = {"_readableState": ReadSide, "_writableState": WriteSide}.get(state)
    found = getattr(side, name, None) if side is not None else None
    return not isinstance(found, property) or found.fset is not None
