"""Literals, text, and what is true."""

from __future__ import annotations

from .base import (
    AND,
    ATOM,
    COMPARE,
    NOT,
    OR,
    SUM,
    Base,
    Py,
    Unsupported,
    only,
)
from .js.regexes import flags_of, python_pattern
from .nothing import is_nothing
from .parse import Node
from .types import Kinds

__all__ = ["PLAIN_TRUTH", "Literals", "quoted", "unescaped"]

PLAIN_TRUTH = {
    *(
        "str",
        "nat",
        "int",
        "bool",
        "none",
        "func",
        "error",
        "stream",
        "emitter",
        "class",
        "promise",
    ),
    *("object", "map", "set", "regex", "match", "date", "hash", "decoder", "controller", "symbol"),
}
_ALWAYS_TRUE = {"list", "bytes"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def quoted(text: str) -> str:
    """Text as a literal of Python, in double quotes where that is tidy."""
    shown = repr(text)
    if shown.startswith("'") and '"' not in text:
        return f'"{shown[1:-1]}"'
    return shown


def unescaped(text: str) -> str:
    """What a literal of JavaScript says, without its quotes."""
    pieces, index = [], 0
    while index < len(text):
        if text[index] != "\\":
            pieces.append(text[index])
            index += 1
            continue
        mark = text[index + 1]
        if mark == "x":
            pieces.append(chr(int(text[index + 2 : index + 4], 16)))
            index += 4
        elif mark == "u" and text[index + 2] == "{":
            end = text.index("}", index)
            pieces.append(chr(int(text[index + 3 : end], 16)))
            index = end + 1
        elif mark == "u":
            pieces.append(chr(int(text[index + 2 : index + 6], 16)))
            index += 6
        else:
            pieces.append(_ESCAPES.get(mark, mark))
            index += 2
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


class Literals(Base):
    """What is written as it is, and what is taken for true."""

    def expr(self, node: Node) -> Py:
        writer = getattr(self, f"_expr_{node.kind}", None)
        if writer is None:
            raise Unsupported(f"{node.kind.replace('_', ' ')} has no counterpart")
        written: Py = writer(node)
        return written

    def text_of(self, node: Node) -> str:
        return self.expr(node).text

    # -- literals ---------------------------------------------------------------------------------

    def _expr_string(self, node: Node) -> Py:
        return Py(quoted(unescaped(node.text[1:-1])))

    def _expr_number(self, node: Node) -> Py:
        text = node.text.replace("_", "").lower()
        if text.endswith("n") and not text.startswith("0x"):
            raise Unsupported("a BigInt: Python's int is one, but divides and compares otherwise")
        if text[:2] in ("0x", "0b", "0o"):
            return Py(text)
        if "e" in text or "." in text:
            value = float(text)
            return Py(str(int(value)) if value.is_integer() and value < 2**53 else repr(value))
        if text.isdecimal() and int(text) > 2**53:
            return Py(repr(float(text)))
        return Py(
            str(int(text, 8)) if text[0] == "0" and text.isdecimal() and text != "0" else text
        )

    def _expr_true(self, node: Node) -> Py:
        return Py("True")

    def _expr_false(self, node: Node) -> Py:
        return Py("False")

    def _expr_null(self, node: Node) -> Py:
        return Py("None")

    _expr_undefined = _expr_null

    def _expr_hole(self, node: Node) -> Py:
        raise Unsupported("a list with holes")

    def _expr_regex(self, node: Node) -> Py:
        flags = node["flags"].text if node.get("flags") else ""
        try:
            pattern = python_pattern(node["pattern"].text, flags)
        except ValueError as error:
            raise Unsupported(str(error)) from None
        names = [f"{self.imports.module('re')}.{flag}" for flag in flags_of(flags, pattern)]
        shown = (
            f'r"{pattern}"' if '"' not in pattern and not pattern.endswith("\\") else repr(pattern)
        )
        arguments = [shown, *([" | ".join(names)] if names else [])]
        return Py(f"{self.imports.module('re')}.compile({', '.join(arguments)})")

    def _expr_template_string(self, node: Node) -> Py:
        pieces: list[str | Py] = [
            self.shown(child.children[0])
            if child.kind == "template_substitution"
            else unescaped(child.text)
            for child in node.children
        ]
        codes = [piece for piece in pieces if isinstance(piece, Py)]
        if not codes:
            return Py(quoted("".join(map(str, pieces))))
        if any(mark in code.text for code in codes for mark in '"\\{:!'):
            parts = [
                self._as_term(piece) if isinstance(piece, Py) else quoted(piece) for piece in pieces
            ]
            return Py(" + ".join(parts), SUM if len(parts) > 1 else ATOM)
        shown = "".join(
            f"{{{piece.text}}}" if isinstance(piece, Py) else _in_f_string(piece)
            for piece in pieces
        )
        return Py(f'f"{shown}"')

    def _as_term(self, code: Py) -> str:
        """A value as text in a sum of texts."""
        if code.text.startswith(f"{self.js('text')}(") and code.strength == ATOM:
            return code.text
        return f"str({code.text})"

    def shown(self, node: Node) -> Py:
        """An expression as it is put into a text: what is text or whole already stays as it is."""
        kinds = self.kinds(node)
        value = self.expr(node)
        if only(kinds, "str", "nat", "int"):
            return value
        none = self.none_of(node, kinds)
        return self.call_js("text", value.text, *([f'none="{none}"'] if none else []))

    def none_of(self, node: Node, kinds: Kinds) -> str:
        """What a None is, if it is one: ``null`` or ``undefined``; nothing if that is not known."""
        if node.kind == "null":
            return "null"
        if is_nothing(node):
            return "undefined"
        if node.kind == "ternary_expression":
            return self._none_of_either(node["consequence"], node["alternative"])
        if node.kind == "call_expression":
            name = node["function"].get("property")
            if name is not None and name.text in ("read", "exec", "match", "getHeader"):
                return "undefined" if name.text == "getHeader" else "null"
            if name is not None and name.text == "get" and self._is_asked(node):
                return "null"
            if name is not None and name.text in ("shift", "pop", "find", "get"):
                return "undefined"
            return "undefined" if only(kinds, "none") else ""
        if self._is_of_json(node):
            return ""
        if node.kind == "member_expression":
            name = node["property"]
            if name.text in (
                "errored",
                "readableFlowing",
                "readableEncoding",
                "signalCode",
                "exitCode",
            ):
                return "undefined" if self.api.path(node) == "process.exitCode" else "null"
            given = self.types.assigned(name.text)
            if given and not any(each.kind == "null" for each in given):
                return "undefined"
            return "undefined" if not given and not self._is_of_node(node) else ""
        if node.kind == "subscript_expression":
            return "undefined"
        if node.kind == "identifier":
            return self._none_of_name(node)
        return ""

    def _is_asked(self, call: Node) -> bool:
        """Whether it asks ``URLSearchParams``: what is not there is null."""
        owner = call["function"]["object"]
        named = owner.kind == "member_expression" and owner["property"].text == "searchParams"
        return named or self.kinds(owner) == {"asked"}

    def _is_of_json(self, node: Node) -> bool:
        """Whether it may be a part of what ``JSON.parse`` read, where null is written out."""
        if node.kind not in ("member_expression", "subscript_expression"):
            return False
        while node.get("object") is not None:
            node = node["object"]
        binding = self.scopes.binding(node)
        values = [] if binding is None else binding.values
        return "JSON.parse" in self.tree.text and not (
            values
            and all(value is not None and value.kind in ("object", "array") for value in values)
        )

    def _none_of_either(self, *nodes: Node) -> str:
        """What a None is that comes from one of several expressions."""
        perhaps = [node for node in nodes if self.kinds(node) & {"any", "none"}]
        found = {self.none_of(node, self.kinds(node)) for node in perhaps}
        return found.pop() if len(found) == 1 else ""

    def _is_of_node(self, node: Node) -> bool:
        return only(self.kinds(node["object"]), "stream", "emitter")

    def _none_of_name(self, node: Node) -> str:
        binding = self.scopes.binding(node)
        if binding is None:
            return ""
        if binding.kind == "parameter":
            function = self.scopes.function_around(binding.node)
            told = self.types.told_parameters(function)
            call = function.parent.parent if function.parent is not None else None
            if told and call is not None and call.kind == "call_expression":
                name = call["function"].text.rpartition(".")[2]
                if name in ("pipeline", "finished"):
                    return "undefined"
                if name in ("on", "once"):
                    return "null"
        given = [value for value in binding.values if value is not None]
        if any(value.kind == "null" for value in given) and binding.node.get("value") is not None:
            declared_none = binding.node.kind == "variable_declarator"
            return "null" if declared_none else ""
        if binding.kind != "parameter" and len(given) == 1 and given[0].kind != "identifier":
            return self.none_of(given[0], self.kinds(given[0]))
        if binding.kind in ("let", "var") and binding.node.get("value") is None:
            return "" if any(value.kind == "null" for value in given) else "undefined"
        return ""

    # -- truth ------------------------------------------------------------------------------------

    def truth(self, node: Node) -> Py:
        if node.kind == "unary_expression" and node.operator == "!":
            return self._not(self.truth_of_argument(node))
        if node.kind == "binary_expression" and node.operator in ("&&", "||"):
            strength, word = (AND, "and") if node.operator == "&&" else (OR, "or")
            left, right = self.truth(node["left"]), self.truth_in_turn(node["right"])
            return Py(f"{left.within(strength)} {word} {right.within(strength)}", strength)
        kinds = self.kinds(node)
        value = self.expr(node)
        return self.truth_of(value, kinds)

    def truth_in_turn(self, node: Node) -> Py:
        """What is asked only if what stands before it asks for it."""
        return self.truth(node)

    def truth_of_argument(self, node: Node) -> Py:
        return self.truth(node["argument"])

    def truth_of(self, value: Py, kinds: Kinds) -> Py:
        """The truth of a value of these kinds."""
        if kinds and kinds <= PLAIN_TRUTH:
            return value
        if kinds and kinds <= {*_ALWAYS_TRUE, "none", "object", "func", "stream"}:
            return Py(f"{value.within(COMPARE)} is not None", COMPARE)
        return self.call_js("truthy", value.text)

    def _not(self, value: Py) -> Py:
        if value.strength == COMPARE:
            for there, other in ((" is not None", " is None"), (" is None", " is not None")):
                if value.text.endswith(there) and value.text.count(" is ") == 1:
                    return Py(value.text[: -len(there)] + other, COMPARE)
        if value.text.startswith("not ") and value.strength == NOT:
            inner = value.text[4:]
            return Py(inner, COMPARE if " " in inner else 15)
        return Py(f"not {value.within(NOT)}", NOT)


def _in_f_string(text: str) -> str:
    """Text between the quotes of an f-string."""
    shown = [
        "\\" + letter if letter in '"\\' else letter if letter == "'" else repr(letter)[1:-1]
        for letter in text
    ]
    return "".join(shown).replace("{", "{{").replace("}", "}}")
