"""Which of ``null`` and ``undefined`` a value may be: Python has one None for both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

from .nodes_api import Api
from .parse import Node
from .scopes import DECLARED_FUNCTIONS, FUNCTIONS, Binding, Scopes, parameters_of
from .types import Types

__all__ = ["Nothing", "is_nothing"]

Nothings = frozenset[str]
_NO: Nothings = frozenset()
_NULL: Nothings = frozenset({"null"})
_UNDEFINED: Nothings = frozenset({"undefined"})
_GIVING_NULL = {"read", "exec", "match"}
_GIVING_UNDEFINED = {"shift", "pop", "find", "get", "at", "getHeader"}
_HEARING = {"on", "once", "addListener", "prependListener", "prependOnceListener"}
_OF_LISTS = {"map", "filter", "forEach", "some", "every", "find", "findIndex", "flatMap"}


def is_nothing(node: Node) -> str:
    """``"null"`` or ``"undefined"`` if a node is written so; else nothing."""
    if node.kind == "null":
        return "null"
    plain = node.kind == "undefined" or node.text in ("undefined", "void 0")
    return "undefined" if plain else ""


def asked_for(node: Node, kind: str) -> bool:
    """Whether a choice is ``typeof x === 'number' ? x : other``: the first is there then."""
    condition = node["condition"]
    while condition.kind == "parenthesized_expression":
        condition = condition.children[0]
    if condition.kind != "binary_expression" or condition.operator != "===":
        return False
    left, right = condition["left"], condition["right"]
    return (
        left.kind == "unary_expression"
        and left.operator == "typeof"
        and right.text[1:-1] == kind
        and left["argument"].text == node["consequence"].text
    )


class Nothing:
    """Follows the nulls and undefineds that a program writes to where they may arrive.

    What comes from outside of the program is not seen; what is seen may be too much.

    Args:
        scopes: the names of the program.
        api: Node's names in it.
        types: what is given to properties.
    """

    def __init__(self, scopes: Scopes, api: Api, types: Types) -> None:
        self.scopes = scopes
        self.api = api
        self.types = types
        self._known: dict[object, Nothings] = {}
        self._final: dict[object, Nothings] = {}
        self._round: set[object] | None = None
        self._learnt = False
        self._calls: list[Node] = [
            node
            for node in scopes.program.node.walk()
            if node.kind in ("call_expression", "new_expression") and node.get("arguments")
        ]

    def of(self, node: Node | None) -> Nothings:
        """Which of the two an expression may be."""
        if node is None:
            return _NO
        written = is_nothing(node)
        if written:
            return frozenset({written})
        finder: Callable[[Node], Nothings] | None = getattr(self, f"_of_{node.kind}", None)
        return _NO if finder is None else self._follow(node, lambda: finder(node))

    def inside(self, node: Node) -> Nothings:
        """Which of the two a list or an object may have in it, as far as it is written down."""
        return self._follow(("inside", node), lambda: self._inside(node))

    def _inside(self, node: Node) -> Nothings:
        found = self.items_of(node)
        binding = self.scopes.binding(node)
        written = [node] if binding is None else [value for value in binding.values if value]
        for each in written:
            values = [child.get("value") or child for child in each.children]
            if each.kind == "object":
                found |= self._all(values)
            if each.kind in ("object", "array"):
                found = found.union(*(self.inside(value) for value in values))
        return found

    # -- where it is followed ---------------------------------------------------------------------

    def _follow(self, key: object, find: Callable[[], Nothings]) -> Nothings:
        """What `find` comes to, where what it asks for may in turn ask for it.

        Each is found once in a round, from what the round before knew of those that are being
        found; a round that learns nothing new was the last, and what it found holds for good.
        """
        if key in self._final:
            return self._final[key]
        if self._round is not None:
            return self._find_once(key, find)
        while True:
            self._round, self._learnt = set(), False
            found = self._find_once(key, find)
            if not self._learnt:
                break
        self._final.update((each, self._known.get(each, _NO)) for each in self._round)
        self._round = None
        return found

    def _find_once(self, key: object, find: Callable[[], Nothings]) -> Nothings:
        assert self._round is not None
        before = self._known.get(key, _NO)
        if key in self._round:
            return before
        self._round.add(key)
        found = before | find()
        if found != before:
            self._known[key] = found
            self._learnt = True
        return found

    def _all(self, nodes: Iterable[Node | None]) -> Nothings:
        return _NO.union(*(self.of(node) for node in nodes))

    # -- parts of expressions ---------------------------------------------------------------------

    def _of_ternary_expression(self, node: Node) -> Nothings:
        if asked_for(node, "number") or asked_for(node, "string"):
            return self.of(node["alternative"])
        return self._all([node["consequence"], node["alternative"]])

    def _of_binary_expression(self, node: Node) -> Nothings:
        if node.operator in ("||", "??"):
            return self.of(node["right"])
        return self._all([node["left"], node["right"]]) if node.operator == "&&" else _NO

    def _of_assignment_expression(self, node: Node) -> Nothings:
        return self.of(node["right"])

    def _of_await_expression(self, node: Node) -> Nothings:
        return self.of(node.children[0])

    def _of_member_expression(self, node: Node) -> Nothings:
        found = self._all(self.types.assigned(node["property"].text))
        return found | _UNDEFINED if node.get("optional_chain") else found

    def _of_subscript_expression(self, node: Node) -> Nothings:
        if node["index"].kind == "string":
            return self._all(self.types.assigned(node["index"].text[1:-1]))
        return self.items_of(node["object"])

    def items_of(self, node: Node) -> Nothings:
        """What may be in a list."""
        if node.kind == "array":
            return self._all(node.children)
        binding = self.scopes.binding(node)
        if binding is None:
            return _NO
        found = [value for value in binding.values if value is not None and value.kind == "array"]
        items = [each for value in found for each in value.children]
        for use in binding.uses:
            method = use.parent
            call = None if method is None else method.parent
            if call is not None and call.kind == "call_expression" and call["function"] is method:
                name = call["function"].get("property")
                if name is not None and name.text in ("push", "unshift"):
                    items += call["arguments"].children
        return self._all(items)

    def _of_call_expression(self, node: Node) -> Nothings:
        callee = node["function"]
        name = callee.get("property")
        if name is not None:
            owner = self.types.of(callee["object"])
            if name.text == "read" and owner == {"stream"}:
                return _NULL
            if name.text in _GIVING_NULL and not self.types.assigned(name.text):
                return _NULL
            if owner == {"asked"} and name.text == "get":
                return _NULL
            if name.text in _GIVING_UNDEFINED and not self.types.assigned(name.text):
                return _UNDEFINED
            functions = self.types.assigned(name.text)
        else:
            binding = self.scopes.binding(callee)
            functions = [] if binding is None else _functions(binding)
        return _NO.union(*(self._result(each) for each in functions if each.kind in FUNCTIONS))

    def _result(self, function: Node) -> Nothings:
        if function["body"].kind != "statement_block":
            return self.of(function["body"])
        returns = [
            each
            for each in function["body"].walk()
            if each.kind == "return_statement" and self.scopes.function_around(each) is function
        ]
        values = [each.children[0] if each.children else None for each in returns]
        bare = not values or None in values
        return self._all(values) | (_UNDEFINED if bare else _NO)

    # -- names ------------------------------------------------------------------------------------

    def _of_identifier(self, node: Node) -> Nothings:
        binding = self.scopes.binding(node)
        return _NO if binding is None else self.of_binding(binding)

    _of_shorthand_property_identifier = _of_identifier

    def of_binding(self, binding: Binding) -> Nothings:
        """Which of the two a name may stand for."""
        return self._follow(binding, lambda: self._of_binding(binding))

    def _of_binding(self, binding: Binding) -> Nothings:
        found = self._all(binding.values)
        declared = binding.node
        if binding.kind in ("let", "var") and declared.kind == "variable_declarator":  # noqa: SIM102
            if declared.get("value") is None:
                found |= _UNDEFINED
        if binding.kind == "parameter":
            found |= self._given(binding)
        elif None in binding.values and binding.identifier is not None:
            found |= self._taken(binding)
        return found

    def _taken(self, binding: Binding) -> Nothings:
        """What is taken out of an object, by its name there; or out of a list."""
        around = binding.node.parent
        if around is not None and around.kind == "for_in_statement":
            return self.items_of(around["right"])
        return self._all(self.types.assigned(binding.name))

    def _given(self, binding: Binding) -> Nothings:
        function = self.scopes.function_around(binding.node)
        parameters = parameters_of(function)
        for index, each in enumerate(parameters):
            if binding.identifier is each or each.get("left") is binding.identifier:
                return self.given(function, index)
            if each.get("pattern") is binding.identifier and each.kind != "rest_pattern":
                return self.given(function, index)
        return self._all(self.types.assigned(binding.name))

    def given(self, function: Node, index: int) -> Nothings:
        """What callers may give a function in one place."""
        if self.types.told_parameters(function) is not None:
            return _NO
        found = _NO
        call = _handed_to(function)
        if call is not None and self.api.path(call.get("function")) is not None:
            return _NO
        method = None if call is None else call.get("function")
        name = None if method is None else method.get("property")
        if call is not None and name is not None and name.text in _HEARING:
            return self._emitted(call["arguments"].children[0], index)
        for call in self._calls:
            if not self._may_call(call, function):
                continue
            arguments = call["arguments"].children
            callee = call.get("function")
            name = None if callee is None else callee.get("property")
            place = index + 1 if name is not None and name.text == "call" else index
            if place < len(arguments):
                found |= self.of(arguments[place])
            elif not any(each.kind == "spread_element" for each in arguments):
                found |= _UNDEFINED
        if method is not None and name is not None and name.text in _OF_LISTS and index == 0:
            found |= self.items_of(method["object"])
        return found

    def _emitted(self, event: Node, index: int) -> Nothings:
        """What comes with an event, where the program emits it itself."""
        found = _NO
        for call in self._calls:
            callee, given = call.get("function"), call["arguments"].children
            name = None if callee is None else callee.get("property")
            if name is None or name.text != "emit" or not given or given[0].text != event.text:
                continue
            found |= self.of(given[index + 1]) if index + 1 < len(given) else _UNDEFINED
        return found

    def _may_call(self, call: Node, function: Node) -> bool:
        """Whether a call may be one of this function, as far as its name says."""
        callee = call.get("function") or call["constructor"]
        if self.api.path(callee) is not None:
            return False
        names = _names_of(function)
        if callee.kind == "member_expression":
            name = callee["property"].text
            return name in names or (
                name in ("call", "apply") and self._may_be(callee["object"], function)
            )
        return self._may_be(callee, function) or (
            call.kind == "new_expression" and "constructor" in names
        )

    def _may_be(self, callee: Node, function: Node) -> bool:
        if callee is function:
            return True
        binding = self.scopes.binding(callee)
        if binding is None:
            return callee.kind == "member_expression" and callee["property"].text in _names_of(
                function
            )
        known = _functions(binding)
        if known and binding.kind != "parameter":
            return function in known
        return binding.kind == "parameter" and function.kind not in DECLARED_FUNCTIONS | {
            "method_definition"
        }


def _handed_to(function: Node) -> Node | None:
    """The call that a function is an argument of."""
    parent = function.parent
    return parent.parent if parent is not None and parent.kind == "arguments" else None


def _functions(binding: Binding) -> list[Node]:
    """The functions that a name is given."""
    nodes = [binding.node, *(value for value in binding.values if value is not None)]
    return [node for node in nodes if node.kind in FUNCTIONS]


def _names_of(function: Node) -> set[str]:
    """The names that a function is known by."""
    names = {function["name"].text} if function.get("name") else set()
    parent = function.parent
    if parent is None:
        return names
    if parent.kind == "pair":
        names.add(parent["key"].text)
    elif parent.kind == "assignment_expression" and parent["left"].kind == "member_expression":
        names.add(parent["left"]["property"].text)
    elif parent.kind in ("variable_declarator", "public_field_definition", "field_definition"):
        name = parent.get("name") or parent.get("property")
        names |= {name.text} if name is not None else set()
    return names
