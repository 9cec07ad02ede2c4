"""Literals and operators."""

from __future__ import annotations

from .base import (
    AND,
    AWAIT,
    BIT_AND,
    BIT_OR,
    COMPARE,
    NOT,
    OR,
    PRODUCT,
    SHIFT,
    SIGN,
    SUM,
    TERNARY,
    Py,
    Unsupported,
    only,
)
from .literals import PLAIN_TRUTH, Literals, quoted
from .nothing import is_nothing
from .parse import Node
from .types import Kinds

__all__ = ["Operators", "quoted"]

_NUMBERS = ("nat", "int", "num")
_ORDERS = {"<": "less", ">": "more", "<=": "at_most", ">=": "at_least"}


class Operators(Literals):
    """Expressions without calls, properties and functions."""

    # -- operators --------------------------------------------------------------------------------

    def _expr_unary_expression(self, node: Node) -> Py:
        operator, argument = node.operator, node["argument"]
        if operator == "!":
            return self._not(self.truth(argument))
        if operator == "typeof":
            if argument.kind == "null":
                return Py('"object"')
            self.told_apart(argument, "undefined")
            return self.call_js("typeof", self.expr(argument).text)
        if operator == "void":
            if argument.kind == "number":
                return Py("None")
            raise Unsupported("void is followed by an expression that does something")
        if operator == "delete":
            return self.deleted(argument)
        value = self.expr(argument)
        if not only(self.kinds(argument), *_NUMBERS):
            value = self.call_js("number", value.text)
            return value if operator == "+" else Py(f"-{value.text}", SIGN)
        if operator == "-" and argument.text == "0":
            return Py("-0.0", SIGN)
        if operator == "~" and not only(self.kinds(argument), "nat", "int"):
            value = self.call_js("int32", value.text)
        if operator == "~":
            return Py(f"~{value.within(SIGN)}", SIGN)
        return value if operator == "+" else Py(f"-{value.within(SIGN)}", SIGN)

    def deleted(self, node: Node) -> Py:
        raise NotImplementedError

    def _expr_binary_expression(self, node: Node) -> Py:
        operator = node.operator
        if operator in ("&&", "||", "??"):
            return self._choice(node)
        if operator in ("===", "!==", "==", "!="):
            return self._equality(node)
        if operator == "in":
            return self.call_js("has", self.text_of(node["left"]), self.text_of(node["right"]))
        if operator == "instanceof":
            return self.instance_of(node)
        for side in (node["left"], node["right"]) if operator in _ORDERS else ():
            if "null" in self.nothing.of(side) and not _is_asked_before(side, node):
                raise Unsupported(f"{side.text} may be null, which is 0 here, and None is not")
        return self.arithmetic(
            operator,
            self.expr(node["left"]),
            self.expr(node["right"]),
            self.kinds(node["left"]),
            self.kinds(node["right"]),
            node,
        )

    def instance_of(self, node: Node) -> Py:
        raise NotImplementedError

    def arithmetic(
        self, operator: str, left: Py, right: Py, of_left: Kinds, of_right: Kinds, node: Node
    ) -> Py:
        """An operator on two numbers, or on texts."""
        numbers = only(of_left, *_NUMBERS) and only(of_right, *_NUMBERS)
        if operator == "+":
            return self._sum(left, right, of_left, of_right, node)
        if operator == "%":
            by = node["right"]
            if only(of_left, "nat") and by.kind == "number" and by.text != "0":
                return Py(f"{left.within(PRODUCT)} % {right.within(PRODUCT + 1)}", PRODUCT)
            return self.call_js("remainder", left.text, right.text)
        if operator in ("&", "|", "^", "<<", ">>", ">>>"):
            return self._bits(operator, left, right, of_left, of_right)
        if operator == "/" and not (numbers and self._divides_plainly(node)):
            return self.call_js("divide", left.text, right.text)
        if operator == "**" and not (only(of_left, "num") or node["right"].text == "2"):
            return self.call_js("power", left.text, right.text)
        if operator == "**":
            return Py(f"{left.within(14)} ** {right.within(13)}", 13)
        if operator in ("<", ">", "<=", ">="):
            return self._order_of(operator, left, right, of_left, of_right)
        if operator == "*" and self._grows(node):
            return self.call_js("times", left.text, right.text)
        strength = SUM if operator == "-" else PRODUCT
        if not only(of_left, *_NUMBERS):
            left = self.call_js("number", left.text)
        if not only(of_right, *_NUMBERS):
            right = self.call_js("number", right.text)
        return Py(f"{left.within(strength)} {operator} {right.within(strength + 1)}", strength)

    def _grows(self, node: Node) -> bool:
        """Whether a product goes into what it is a product of, and may so become inexact."""
        sides = [node["left"], node["right"]]
        if node.kind == "augmented_assignment_expression":
            return node["right"].kind != "number"
        for above in node.above():
            if above.kind == "binary_expression" and above.operator in ("&", "|", "%", ">>>"):
                return False
            if above.kind == "assignment_expression":
                return any(side.text == above["left"].text for side in sides)
            if above.kind not in ("binary_expression", "parenthesized_expression"):
                return False
        return False

    def _divides_plainly(self, node: Node) -> bool:
        """Whether ``/`` is Python's: by a number that is not 0, for more arithmetic or a Math."""
        if not _is_count(node["right"]) and node["right"].text != "1":
            return False
        parent = node.parent
        if parent is None or node.kind != "binary_expression":
            return False
        if parent.kind == "binary_expression" and parent.operator in ("-", "*", "<", ">"):
            return True
        if parent.kind == "member_expression":
            return parent["property"].text == "toFixed"
        around = parent.parent if parent.kind == "arguments" else None
        return around is not None and (self.api.path(around.get("function")) or "")[:5] == "Math."

    def _order_of(self, operator: str, left: Py, right: Py, of_left: Kinds, of_right: Kinds) -> Py:
        """``<`` and its like: nothing is before or after what is not there."""
        numbers = only(of_left, *_NUMBERS) and only(of_right, *_NUMBERS)
        if numbers or (only(of_left, "str") and only(of_right, "str")):
            return Py(f"{left.within(COMPARE + 1)} {operator} {right.within(COMPARE + 1)}", COMPARE)
        return self.call_js(_ORDERS[operator], left.text, right.text)

    def _sum(self, left: Py, right: Py, of_left: Kinds, of_right: Kinds, node: Node) -> Py:
        if only(of_left, *_NUMBERS) and only(of_right, *_NUMBERS):
            return Py(f"{left.within(SUM)} + {right.within(SUM + 1)}", SUM)
        if only(of_left, "str") or only(of_right, "str"):
            if not only(of_left, "str"):
                left = self._as_text(node["left"], left, of_left)
            if not only(of_right, "str"):
                right = self._as_text(node["right"], right, of_right)
            return Py(f"{left.within(SUM)} + {right.within(SUM + 1)}", SUM)
        return self.call_js("add", left.text, right.text)

    def _as_text(self, node: Node, value: Py, kinds: Kinds) -> Py:
        if only(kinds, "nat", "int"):
            return Py(f"str({value.text})")
        none = self.none_of(node, kinds)
        return self.call_js("text", value.text, *([f'none="{none}"'] if none else []))

    def _bits(self, operator: str, left: Py, right: Py, of_left: Kinds, of_right: Kinds) -> Py:
        if operator == ">>>":
            shift = f"{self.js('uint32')}({left.text})"
            if not (right.text.isdecimal() and int(right.text) < 32):
                right = Py(f"{right.within(BIT_AND)} & 31", BIT_AND)
            return Py(shift) if right.text == "0" else Py(f"{shift} >> {right.within(SUM)}", SHIFT)
        if operator in ("<<", ">>") and not (right.text.isdecimal() and int(right.text) < 32):
            right = Py(f"{right.within(BIT_AND)} & 31", BIT_AND)
        small = right.text.lower().startswith("0x") or right.text.isdecimal()
        whole = only(of_left, "nat", "int")
        if operator == "&" and whole and small and int(right.text, 0) < 2**31:
            return Py(f"{left.within(BIT_AND)} & {right.within(BIT_AND + 1)}", BIT_AND)
        if operator == "|" and right.text == "0":
            return self.call_js("int32", left.text)
        if not whole:
            left = self.call_js("int32", left.text)
        if not only(of_right, "nat", "int"):
            right = self.call_js("int32", right.text)
        strength = {"&": BIT_AND, "|": BIT_OR, "^": BIT_OR + 1, "<<": SHIFT, ">>": SHIFT}[operator]
        if operator == ">>":
            return Py(f"{self.js('int32')}({left.text}) >> {right.within(SUM)}", SHIFT)
        inner = f"{left.within(strength)} {operator} {right.within(strength + 1)}"
        return self.call_js("int32", inner)

    # -- equality ---------------------------------------------------------------------------------

    def _equality(self, node: Node) -> Py:
        left, right, operator = node["left"], node["right"], node.operator
        equal = operator in ("===", "==")
        if left.kind in ("null", "undefined") and right.kind not in ("null", "undefined"):
            left, right = right, left
        written = is_nothing(right)
        if written and is_nothing(left):
            same = operator in ("==", "!=") or written == is_nothing(left)
            return Py(str(same is equal))
        if written:
            if operator in ("===", "!=="):
                self.told_apart(left, written)
            return self._is_none(left, equal)
        typed = self._type_question(left, right)
        if typed is not None:
            return typed if equal else self._not(typed)
        of_left, of_right = self.kinds(left), self.kinds(right)
        first, second = self.expr(left), self.expr(right)
        if operator in ("===", "!==") and self._are_two_nothings(left, right):
            raise Unsupported("one may be null, the other undefined, and None is both")
        literal = left.kind in ("number", "string", "true", "false")
        if right.kind in ("true", "false") and operator in ("===", "!==") and not literal:
            word = "is" if equal else "is not"
            return Py(f"{first.within(COMPARE + 1)} {word} {second.text}", COMPARE)
        loose = operator in ("==", "!=")
        counted = any(_is_count(side) for side in (left, right))
        if (counted and not loose) or self._comparable(of_left, of_right, loose):
            word = "==" if equal else "!="
            return Py(f"{first.within(COMPARE + 1)} {word} {second.within(COMPARE + 1)}", COMPARE)
        question = self.call_js("equal" if loose else "same", first.text, second.text)
        return question if equal else Py(f"not {question.text}", NOT)

    def _are_two_nothings(self, left: Node, right: Node) -> bool:
        first, second = self.nothing.of(left), self.nothing.of(right)
        return bool(first and second and first != second)

    def told_apart(self, node: Node, wanted: str) -> None:
        """See that a question for one of null and undefined is none for the other.

        Raises:
            Unsupported: the program may give the other one, and does not ask for both.
        """
        other = "undefined" if wanted == "null" else "null"
        if other in self.nothing.of(node) and not _asks_for_both(node):
            raise Unsupported(f"{node.text} may be {other} too, and None is both")

    def _comparable(self, left: Kinds, right: Kinds, loose: bool) -> bool:
        """Whether Python's ``==`` says the same."""
        numbers = (*_NUMBERS, "none")
        if only(left, *numbers) and only(right, *numbers):
            return True
        if only(left, "str", "none") and only(right, "str", "none"):
            return True
        if loose:
            return False
        return only(left, "str") or only(right, "str")

    def _is_none(self, node: Node, equal: bool) -> Py:
        if node.kind in ("number", "string", "true", "false"):
            return Py(str(not equal))
        value = self.expr(node)
        return Py(f"{value.within(COMPARE + 1)} is {'' if equal else 'not '}None", COMPARE)

    def _type_question(self, left: Node, right: Node) -> Py | None:
        """``typeof x === 'string'``, said in Python."""
        if left.kind != "unary_expression" or left.operator != "typeof" or right.kind != "string":
            return None
        argument, name = left["argument"], right.text[1:-1]
        if argument.kind == "identifier" and self.scopes.binding(argument) is None:
            there = argument.text in (
                "Uint8Array",
                "process",
                "Buffer",
                "Symbol",
                "Promise",
                "setImmediate",
            )
            return Py(str(there if name != "undefined" else not there))
        if argument.kind == "null":
            return Py(str(name == "object"))
        value = self.expr(argument)
        if name in ("undefined", "object"):
            self.told_apart(argument, "undefined")
        if name == "function":
            if only(self.kinds(argument), "func", "none"):
                return Py(f"{value.within(COMPARE + 1)} is not None", COMPARE)
            return Py(f'{self.js("typeof")}({value.text}) == "function"', COMPARE)
        if name == "string":
            return Py(f"isinstance({value.text}, str)")
        if name == "undefined":
            return Py(f"{value.within(COMPARE + 1)} is None", COMPARE)
        return Py(f"{self.js('typeof')}({value.text}) == {quoted(name)}", COMPARE)

    # -- choices ----------------------------------------------------------------------------------

    def _choice(self, node: Node) -> Py:
        left, right, operator = node["left"], node["right"], node.operator
        kinds = self.kinds(left)
        if operator != "??" and kinds and kinds <= PLAIN_TRUTH:
            strength, word = (AND, "and") if operator == "&&" else (OR, "or")
            first, second = self.expr(left), self.in_turn(right)
            return Py(f"{first.within(strength)} {word} {second.within(strength)}", strength)
        first = self.expr(left)
        again = first
        if not self.is_simple(left):
            name = self.fresh("value", node)
            first, again = Py(f"({name} := {first.text})"), Py(name)
        second = self.in_turn(right)
        if operator == "??" and left.kind in ("number", "string", "true", "false"):
            return self.expr(left)
        if operator == "??":
            there = Py(f"{first.within(COMPARE + 1)} is not None", COMPARE)
        else:
            inner = Py(first.text[1:-1]) if first is not again else first
            there = self.truth_of(inner if "any" in kinds or not kinds else first, kinds)
        yes, no = (second, again) if operator == "&&" else (again, second)
        return Py(f"{yes.within(OR)} if {there.within(OR)} else {no.within(TERNARY)}", TERNARY)

    def in_turn(self, node: Node) -> Py:
        """An expression that is asked for only sometimes: nothing of it may come before."""
        return self.expr(node)

    def _expr_ternary_expression(self, node: Node) -> Py:
        condition = self.truth(node["condition"])
        yes, no = self.in_turn(node["consequence"]), self.in_turn(node["alternative"])
        return Py(f"{yes.within(OR)} if {condition.within(OR)} else {no.within(TERNARY)}", TERNARY)

    def _expr_await_expression(self, node: Node) -> Py:
        return Py(f"await {self.awaitable(node.children[0]).atom}", AWAIT)

    def awaitable(self, node: Node) -> Py:
        raise NotImplementedError

    def _expr_yield_expression(self, node: Node) -> Py:
        inner = self.expr(node.children[0]).text if node.children else "None"
        return Py(f"(yield {'from ' if '*' in node.words else ''}{inner})")

    def _expr_sequence_expression(self, node: Node) -> Py:
        parts = [self.expr(child).text for child in node.children]
        return Py(f"({', '.join(parts)})[-1]")


def _is_asked_before(side: Node, node: Node) -> bool:
    """Whether ``x && x < 1`` asks first: what is not there is not compared."""
    for above in node.above():
        if above.kind == "binary_expression" and above.operator == "&&":
            if any(each.text == side.text for each in _all_of(above["left"])):
                return True
        elif above.kind not in ("binary_expression", "parenthesized_expression"):
            return False
    return False


def _all_of(node: Node) -> list[Node]:
    """What is asked in ``a && b && c``."""
    if node.kind == "binary_expression" and node.operator == "&&":
        return [*_all_of(node["left"]), *_all_of(node["right"])]
    return [node]


def _asks_for_both(node: Node) -> bool:
    """Whether ``x === null || x === undefined`` is asked: then nothing is to be told apart."""
    for around in node.above():
        if around.kind == "binary_expression" and around.operator in ("&&", "||"):
            asked = {
                is_nothing(each["right"])
                for each in around.walk()
                if each.kind == "binary_expression" and each["left"].text == node.text
            }
            if {"null", "undefined"} <= asked:
                return True
        elif around.kind not in ("binary_expression", "unary_expression"):
            return False
    return False


def _is_count(node: Node) -> bool:
    """Whether it is a number that nothing but a number is equal to: true and false are 1 and 0."""
    if node.kind == "unary_expression" and node.operator == "-":
        return node["argument"].kind == "number"
    return node.kind == "number" and node.text not in ("0", "1")
