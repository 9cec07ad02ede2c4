"""What a value is known to be: enough to write ``len(x)`` or ``if x:`` where that is right."""

from __future__ import annotations

from collections.abc import Sequence

from .kinds import (
    ANY,
    AWAITED,
    BY_NAME,
    COMPARING,
    LITERALS,
    NEW,
    NONE,
    OF_METHODS,
    RETURNS,
    Kinds,
    only,
)
from .nodes_api import CALLBACKS, EVENTS, METHODS, STREAM_CLASSES, Api
from .parse import Node
from .scopes import Binding, Scopes, parameters_of

__all__ = ["ANY", "Kinds", "Types", "only"]


class Types:
    """Finds what expressions are; of what is not sure, it says ``any``.

    Args:
        scopes: the names of the program.
        api: Node's names in it.
    """

    def __init__(self, scopes: Scopes, api: Api) -> None:
        self.scopes = scopes
        self.api = api
        self._busy: set[object] = set()
        self._of_bindings: dict[Binding, Kinds] = {}
        self._properties: dict[str, list[Node]] = {}
        self._of_properties: dict[str, Kinds] = {}
        self._collect(scopes.program.node)

    def _collect(self, program: Node) -> None:
        """Every value that is given to a property of some name."""
        for node in program.walk():
            if node.kind in ("assignment_expression", "augmented_assignment_expression"):
                left = node["left"]
                given = node["right"] if node.kind == "assignment_expression" else node
                if left.kind == "member_expression":
                    self._properties.setdefault(left["property"].text, []).append(given)
                elif left.kind == "subscript_expression" and left["index"].kind == "identifier":
                    self._properties.setdefault(f"[{left['index'].text}]", []).append(given)
            elif node.kind == "update_expression" and node["argument"].kind == "member_expression":
                name = node["argument"]["property"].text
                self._properties.setdefault(name, []).append(node)
            elif node.kind == "pair":
                self._properties.setdefault(node["key"].text, []).append(node["value"])
            elif node.kind == "shorthand_property_identifier":
                self._properties.setdefault(node.text, []).append(node)
            elif node.kind in ("field_definition", "public_field_definition") and node.get("value"):
                name_node = node.get("property") or node.get("name")
                assert name_node is not None
                self._properties.setdefault(name_node.text, []).append(node["value"])
            elif node.kind == "method_definition":
                self._properties.setdefault(node["name"].text, []).append(node)

    def assigned(self, name: str) -> list[Node]:
        """All that the program gives to properties of this name."""
        return self._properties.get(name, [])

    def of(self, node: Node | None) -> Kinds:
        """What an expression is known to be."""
        if node is None:
            return ANY
        if node.kind in LITERALS:
            return frozenset(LITERALS[node.kind].split("|"))
        if node.kind == "number":
            return frozenset({"nat" if node.text.isdecimal() or node.text[:2] == "0x" else "num"})
        finder = getattr(self, f"_of_{node.kind}", None)
        found: Kinds = ANY if finder is None else finder(node)
        return found

    # -- names ------------------------------------------------------------------------------------

    def _of_identifier(self, node: Node) -> Kinds:
        binding = self.scopes.binding(node)
        if binding is None:
            return frozenset({"num"}) if node.text in ("NaN", "Infinity") else self._of_global(node)
        return self.of_binding(binding)

    _of_shorthand_property_identifier = _of_identifier

    def _of_global(self, node: Node) -> Kinds:
        return frozenset({"list"}) if node.text == "arguments" else ANY

    def of_binding(self, binding: Binding) -> Kinds:
        """What a name stands for, whenever it is asked."""
        if binding in self._of_bindings:
            return self._of_bindings[binding]
        if binding in self._busy:
            return frozenset()
        self._busy.add(binding)
        kinds = self._of_values(binding)
        self._busy.discard(binding)
        if not self._busy:
            self._of_bindings[binding] = kinds
        return kinds

    def _of_values(self, binding: Binding) -> Kinds:
        path = self.api.of_binding(binding)
        if path is not None:
            return frozenset({"class" if path.rpartition(".")[2][:1].isupper() else "func"})
        if binding.kind in ("function", "class"):
            base = frozenset({"func" if binding.kind == "function" else "class"})
        elif binding.kind == "parameter":
            base = self.of_parameter(binding)
        elif binding.kind == "catch":
            base = frozenset({"error"})
        elif binding.kind == "import" or None in binding.values:
            base = self._of_loop(binding)
        else:
            base = frozenset()
            declared = binding.node
            if declared.kind == "variable_declarator" and declared.get("value") is None:
                base = NONE
        base = self._together(base, binding.values)
        if only(base, "none") and binding.changes:
            return ANY
        return ANY if "any" in base else base

    def _of_loop(self, binding: Binding) -> Kinds:
        """What is taken out of something: a key of ``for (const key in x)`` is text."""
        name = binding.identifier
        if name is not None and name.parent is not None and name.parent.kind == "rest_pattern":
            pattern = name.parent.parent
            array = pattern is not None and pattern.kind == "array_pattern"
            return frozenset({"list" if array else "object"})
        if name is not None and name.kind.startswith("shorthand") and self._is_headers(name.text):
            return frozenset({"dict"})
        around = binding.node.parent
        source = None if around is None else around.get("right")
        called = None if source is None else source.get("function")
        if called is not None and called.text.endswith(".matchAll"):
            return frozenset({"match"})
        if around is not None and around.kind == "for_in_statement" and around.operator == "in":
            return frozenset({"str"}) if binding.node is around["left"] else ANY
        return ANY

    def of_parameter(self, binding: Binding) -> Kinds:
        """What a function is called with, as far as anybody says."""
        node = binding.node
        function = self.scopes.function_around(node)
        default: Node | None = None
        top = node
        while top.parent is not None and top.parent is not function.get("parameters"):
            if top.parent is function:
                break
            top = top.parent
        if top.kind == "assignment_pattern" and top["left"] is node:
            default = top["right"]
        elif top.kind in ("required_parameter", "optional_parameter"):
            default = top.get("value")
        elif top is not node:
            return frozenset({"list"}) if top.kind == "rest_pattern" else ANY
        parameters = parameters_of(function)
        index = parameters.index(top) if top in parameters else -1
        told = self.told_parameters(function)
        if told is not None and 0 <= index < len(told):
            return frozenset(told[index].partition(":")[2].split("|"))
        called = self._of_calls(function, index)
        if "any" in called and binding.name in BY_NAME:
            return frozenset(BY_NAME[binding.name].split("|"))
        return called | self.of(default) if default is not None else called

    def _of_calls(self, function: Node, index: int) -> Kinds:
        """The union of what is given at every call, if all calls are known."""
        binding = self.scopes.binding(function.get("name"))
        if binding is None and function.parent is not None:  # noqa: SIM102
            if function.parent.kind == "variable_declarator":
                binding = self.scopes.binding(function.parent["name"])
        if binding is None or not binding.uses:
            return ANY
        kinds: Kinds = frozenset()
        for use in binding.uses:
            call = use.parent
            if call is None or call.kind != "call_expression" or call["function"] is not use:
                return ANY
            given = call["arguments"].children
            if any(each.kind == "spread_element" for each in given):
                return ANY
            kinds |= self.of(given[index]) if index < len(given) else NONE
            if "any" in kinds:
                return ANY
        return kinds

    def told_parameters(self, function: Node) -> tuple[str, ...] | None:
        """What Node calls a function with that is given to it; None if that is not known."""
        parent = function.parent
        if parent is None:
            return None
        if function.kind == "method_definition":
            return self._told_method(function["name"].text, parent)
        if parent.kind == "pair":
            return self._told_method(parent["key"].text, parent.parent)
        if parent.kind == "assignment_expression" and parent["left"].kind == "member_expression":
            name = parent["left"]["property"].text
            return METHODS.get(name[1:]) if name.startswith("_") else None
        if parent.kind == "arguments" and parent.parent is not None:
            return self._told_argument(function, parent.parent)
        return None

    def _told_method(self, name: str, owner: Node | None) -> tuple[str, ...] | None:
        if owner is not None and owner.kind == "class_body":
            if not self._may_be_stream(owner.parent):
                return None
            return METHODS.get(name[1:]) if name.startswith("_") else None
        return METHODS.get(name)

    def _may_be_stream(self, made: Node | None) -> bool:
        """Whether a class may have a stream's methods: it extends something, and no emitter."""
        children = [] if made is None else made.children
        heritage = next((each for each in children if each.kind == "class_heritage"), None)
        path = None if heritage is None else self.api.path(heritage.children[0])
        return heritage is not None and (path is None or path.startswith("stream"))

    def _told_argument(self, function: Node, call: Node) -> tuple[str, ...] | None:
        callee = call.get("function") or call.get("constructor")
        given = call["arguments"].children
        path = self.api.path(callee)
        if path == "Promise":
            return ("resolve:func", "reject:func")
        if path in CALLBACKS:
            return CALLBACKS[path]
        if callee is None or callee.kind != "member_expression" or path is not None:
            return None
        name = callee["property"].text
        if (name, given.index(function)) in (("catch", 0), ("then", 1)):
            return ("error:error",)
        if name in ("on", "once", "addListener", "prependListener", "prependOnceListener"):
            return EVENTS.get(given[0].text[1:-1]) if given[0].kind == "string" else None
        if name in ("write", "end", "destroy") and given[-1] is function:
            return ("error:error|none",)
        return None

    # -- what has parts ---------------------------------------------------------------------------

    def _of_member_expression(self, node: Node) -> Kinds:
        name = node["property"].text
        path = self.api.path(node)
        if path is not None:
            if path in ("process.stdin", "process.stdout", "process.stderr"):
                return frozenset({"stream"})
            if path == "process.argv":
                return frozenset({"list"})
            if path.startswith(("process.env.", "Number.", "Math.")):
                return frozenset({"str", "none"} if path.startswith("process.env.") else {"num"})
        if name in ("length", "byteLength", "size", "bytesRead", "bytesWritten"):
            return frozenset({"nat"})
        if name == "searchParams" and not self._properties.get(name):
            return frozenset({"asked"})
        if name in ("message",) and only(self.of(node["object"]), "error", "none"):
            return frozenset({"str"})
        if self._is_headers(name):
            return frozenset({"dict"})
        if name in ("stdin", "stdout", "stderr"):
            return frozenset({"stream"})
        if name in ("destroyed", "readableEnded", "writableEnded", "writableNeedDrain", "aborted"):
            return frozenset({"bool"})
        return self.of_property(name)

    def _is_headers(self, name: str) -> bool:
        """Whether a property is what Node calls so, and none of the program's own."""
        return name == "headers" and not self._properties.get(name)

    def _of_subscript_expression(self, node: Node) -> Kinds:
        index = node["index"]
        if index.kind == "identifier" and only(self.of(index), "symbol"):
            return self.of_property(f"[{index.text}]")
        if only(self.of(node["object"]), "bytes"):
            return frozenset({"nat", "none"})
        return frozenset({"str", "none"}) if only(self.of(node["object"]), "str") else ANY

    def _together(self, kinds: Kinds, values: Sequence[Node | None]) -> Kinds:
        """What all of them are; text that something is added to stays text."""
        plain = [value for value in values if value is not None]
        added = [value for value in plain if _adds(value)]
        for value in plain:
            if value not in added and "any" not in kinds:
                kinds |= self.of(value)
        if kinds and only(kinds, "str", "none"):
            added = []
        for value in added:
            if "any" not in kinds:
                kinds |= self.of(value)
        return ANY if "any" in kinds else kinds

    def of_property(self, name: str) -> Kinds:
        """What the program gives to properties of this name."""
        if name in self._of_properties:
            return self._of_properties[name]
        if ("property", name) in self._busy:
            return frozenset()
        given = self._properties.get(name)
        if not given:
            return ANY
        self._busy.add(("property", name))
        kinds = self._together(frozenset(), given)
        self._busy.discard(("property", name))
        if not self._busy:
            self._of_properties[name] = kinds
        return kinds

    def _of_call_expression(self, node: Node) -> Kinds:
        callee = node["function"]
        path = self.api.path(callee)
        if path is not None:
            if path in RETURNS:
                return frozenset(RETURNS[path].split("|"))
            last = path.rpartition(".")[2]
            if last.startswith("create") and path.startswith(("zlib.", "tls.")):
                return frozenset({"stream"})
            if last in STREAM_CLASSES:
                return frozenset({"stream"})
            return ANY
        if callee.kind == "member_expression":
            name, owner = callee["property"].text, self.of(callee["object"])
            for kind, methods in OF_METHODS.items():
                if only(owner, kind) and name in methods:
                    return frozenset(methods[name].split("|"))
            if name in ("address", "getHeaders"):
                return frozenset({"dict"})
            if name == "toString" or name == "toFixed":
                return frozenset({"str"})
            if name == "pipe":
                return self.of(node["arguments"].children[0]) if node["arguments"].children else ANY
            if name in ("on", "once") and not only(owner, "any"):
                return owner
            if name == "write" and only(owner, "stream"):
                return frozenset({"bool"})
        binding = self.scopes.binding(callee) if callee.kind == "identifier" else None
        if binding is not None and binding.fixed and binding.kind == "function":
            return self._of_result(binding.node)
        return ANY

    def _of_result(self, function: Node) -> Kinds:
        """What a function of the program returns."""
        if function.words & {"async", "*"} or function in self._busy:
            return ANY if function not in self._busy else frozenset()
        if function.kind == "generator_function_declaration":
            return ANY
        self._busy.add(function)
        kinds: Kinds = frozenset()
        for node in function.walk():
            if node.kind == "return_statement" and self.scopes.function_around(node) is function:
                kinds |= self.of(node.children[0]) if node.children else NONE
        self._busy.discard(function)
        return kinds or NONE

    def _of_await_expression(self, node: Node) -> Kinds:
        inner = node.children[0]
        path = self.api.path(inner["function"]) if inner.kind == "call_expression" else None
        return frozenset(AWAITED[path].split("|")) if path in AWAITED else ANY

    def _of_new_expression(self, node: Node) -> Kinds:
        path = self.api.path(node["constructor"])
        if path is not None:
            if path in NEW:
                return frozenset({NEW[path]})
            if path.rpartition(".")[2] in STREAM_CLASSES:
                return frozenset({"stream"})
        return ANY

    # -- operators --------------------------------------------------------------------------------

    def _of_binary_expression(self, node: Node) -> Kinds:
        operator = node.operator
        if operator in COMPARING:
            return frozenset({"bool"})
        left, right = self.of(node["left"]), self.of(node["right"])
        if operator in ("||", "??", "&&"):
            kept = left - {"none"} if operator != "&&" else left
            return ANY if "any" in kept | right else kept | right
        if operator == "+" and "str" in left | right and (only(left, "str") or only(right, "str")):
            return frozenset({"str"})
        numbers = only(left, "nat", "int", "num") and only(right, "nat", "int", "num")
        if operator == "+" and not numbers:
            return ANY
        if operator in ("+", "*", "%") and only(left | right, "nat"):
            return frozenset({"nat"})
        if operator in ("+", "-", "*", "%") and only(left | right, "nat", "int"):
            return frozenset({"int"})
        if operator == ">>>":
            return frozenset({"nat"})
        if operator in ("&", "|", "^", "<<", ">>"):
            return frozenset({"nat" if operator == "&" and only(right, "nat") else "int"})
        return frozenset({"num"})

    def _of_augmented_assignment_expression(self, node: Node) -> Kinds:
        if node.operator in ("||=", "&&=", "??="):
            return self.of(node["left"]) | self.of(node["right"])
        left, right = self.of(node["left"]), self.of(node["right"])
        if node.operator == "+=":
            if only(left, "str") or only(right, "str"):
                return frozenset({"str"})
            together = left | right
            if (
                only(together, "nat")
                or only(together, "nat", "int")
                or only(together, "nat", "int", "num")
            ):
                return together
            return ANY if "any" in together or not together else together
        if node.operator in ("-=", "*=") and only(left | right, "nat", "int"):
            return frozenset({"int"})
        return frozenset({"num"})

    def _of_update_expression(self, node: Node) -> Kinds:
        return frozenset({"nat" if node.operator == "++" else "int"})

    def _of_assignment_expression(self, node: Node) -> Kinds:
        return self.of(node["right"])

    def _of_unary_expression(self, node: Node) -> Kinds:
        if node.operator in ("!", "delete"):
            return frozenset({"bool"})
        if node.operator == "typeof":
            return frozenset({"str"})
        if node.operator == "void":
            return NONE
        inner = self.of(node["argument"])
        if node["argument"].text == "0":
            return frozenset({"num"})
        return frozenset({"int" if only(inner, "nat", "int") else "num"})

    def _of_ternary_expression(self, node: Node) -> Kinds:
        kinds = self.of(node["consequence"]) | self.of(node["alternative"])
        return ANY if "any" in kinds else kinds


def _adds(node: Node) -> bool:
    return node.kind == "augmented_assignment_expression" and node.operator == "+="
