"""Calls: of Node's functions, of JavaScript's methods, of the program's own."""

from __future__ import annotations

import re

from .base import Py, Unsupported, attribute_name, only
from .js.collections import Map, Set
from .js.dates import Date
from .js.methods import buffer_name, has_method
from .js.objects import snake
from .js.urls import URL, URLSearchParams
from .library import EXACT, FUNCTIONS, METHODS, NEW, NO_COUNTERPART
from .operators import quoted
from .options import Options
from .parse import Node
from .scopes import Binding

__all__ = ["Calls"]

_WAITED_FOR = (
    *(
        "stream.promises.",
        "fs.promises.",
        "timers.promises.",
        "stream.consumers.",
        "readline.promises.",
    ),
    *("events.once",),
)
_SHARED = {
    *("push", "unshift", "map", "filter", "forEach", "reduce", "find", "some", "every", "concat"),
    *(
        "slice",
        "indexOf",
        "lastIndexOf",
        "includes",
        "join",
        "split",
        "replace",
        "replaceAll",
        "match",
    ),
    *("shift", "pop", "splice", "sort", "reverse", "fill", "flat", "flatMap", "findIndex", "trim"),
    *(
        "toLowerCase",
        "toUpperCase",
        "startsWith",
        "endsWith",
        "padStart",
        "padEnd",
        "repeat",
        "charAt",
    ),
    *("charCodeAt", "codePointAt", "substring", "substr", "subarray", "copy", "equals", "toFixed"),
    *("trimEnd", "trimStart", "at", "test", "exec", "next"),
}
"""Methods of lists, text and bytes: where a value may be one, the running program decides."""

_ONLY_JAVASCRIPT = {
    *(
        "codePointAt",
        "compare",
        "copyWithin",
        "findLast",
        "findLastIndex",
        "localeCompare",
        "matchAll",
    ),
    *("normalize", "reduceRight", "search", "toExponential", "toPrecision", "toReversed"),
    *("toSorted", "toSpliced", "trimLeft", "trimRight", "with"),
}
"""More of them: nothing of Node's has methods of these names."""

_WITH_PATTERN = {"match", "matchAll", "replace", "replaceAll", "search", "split"}
_CLASSES: dict[str, type] = {
    "date": Date,
    "map": Map,
    "set": Set,
    "url": URL,
    "asked": URLSearchParams,
}
_FINITE = ("nat", "int", "num")

_BUFFER = re.compile(r"(read|write)(Big)?(U?[Ii]nt|Float|Double)\d*(LE|BE)?")
_CALLBACK_LAST = {"write", "end", "destroy", "listen", "connect"}


class Calls(Options):
    """Expressions that call something."""

    def _expr_call_expression(self, node: Node) -> Py:
        callee = node["function"]
        if node["arguments"].kind == "template_string":
            raise Unsupported("a tagged template")
        if callee.kind == "import":
            raise Unsupported("an import that is decided when the program runs")
        if node.get("optional_chain") or (
            callee.kind == "member_expression" and callee.get("optional_chain")
        ):
            return self._optional_call(node)
        path = self.api.path(callee)
        if path is not None:
            return self._waited(node, path, self.api_call(path, node))
        if callee.kind == "super":
            return self.super_call(node)
        if callee.kind == "member_expression":
            return self._method_call(node)
        return self._plain_call(node)

    def _optional_call(self, node: Node) -> Py:
        callee = node["function"]
        if callee.kind == "member_expression" and callee.get("optional_chain"):
            owner = self.expr(callee["object"])
            again = owner
            if not self.is_simple(callee["object"]):
                name = self.fresh("value", node)
                owner, again = Py(f"({name} := {owner.text})"), Py(name)
            call = self.method_on(again, callee["object"], callee["property"].text, node)
            return self.asked(f"{owner.text} is not None", call)
        function = self.expr(callee)
        arguments = ", ".join(self.spread_list(node["arguments"].children))
        call = Py(f"{function.atom}({arguments})")
        return self.asked(f"{function.text} is not None", call)

    def _waited(self, node: Node, path: str, call: Py) -> Py:
        """A coroutine that nobody awaits here begins at once, as a promise."""
        waits = path.startswith(_WAITED_FOR) and not path.endswith(
            ("setInterval", "createInterface", "events.on")
        )
        return self.promised(node, call) if waits else call

    def promised(self, node: Node, call: Py) -> Py:
        """What a call of an async function gives."""
        parent = node.parent
        assert parent is not None
        if parent.kind == "await_expression":
            return call
        if parent.kind == "expression_statement":
            return self.call_js("spawn", call.text)
        return Py(f"{self.js('Promise')}.resolve({call.text})")

    def awaitable(self, node: Node) -> Py:
        value = self.expr(node)
        if node.kind == "call_expression":
            path = self.api.path(node["function"]) or ""
            binding = self.scopes.binding(node["function"])
            if path.startswith((*_WAITED_FOR, "Promise.")) or (
                binding is not None and self.is_async(binding)
            ):
                return value
        if node.kind == "new_expression" and self.api.path(node["constructor"]) == "Promise":
            return value
        return self.call_js("awaited", value.text)

    def is_async(self, binding: Binding) -> bool:
        """Whether a name is that of an async function, and no generator."""
        node: Node | None = binding.node
        if node is not None and node.kind == "variable_declarator" and binding.fixed:
            node = node.get("value")
        return (
            node is not None and "async" in node.words and "*" not in node.words and binding.fixed
        )

    # -- Node's and JavaScript's functions --------------------------------------------------------

    def api_call(self, path: str, node: Node) -> Py:
        given = node["arguments"].children
        if path in ("console.log", "console.info", "console.debug"):
            return self._log(given)
        if path == "require":
            raise Unsupported("a module whose name is computed")
        if path in ("util.inherits",):
            raise Unsupported("inherits() of what is no class here")
        if path == "process.stdout.write" or path.startswith(("process.stdin.", "process.std")):
            callee = node["function"]
            return self.method_on(
                self.expr(callee["object"]), callee["object"], path.rpartition(".")[2], node
            )
        if path.startswith("stream.") and ".prototype." in path:
            return self._of_prototype(path, node)
        if path.rpartition(".")[2] in ("call", "apply", "bind") and path not in FUNCTIONS:
            return self._reflected(node["function"], path.rpartition(".")[2], node)
        if path in EXACT and not all(only(self.kinds(each), "nat", "int") for each in given):
            sure = path not in ("Math.max", "Math.min") and all(
                only(self.kinds(each), *_FINITE) for each in given
            )
            if not sure:
                return self.from_table({-1: EXACT[path]}, None, given, path)
        if path in FUNCTIONS:
            return self.from_table(FUNCTIONS[path], None, given, path)
        return self.nodes_call(path, node)

    def _log(self, given: list[Node]) -> Py:
        shown = []
        for each in given:
            kinds = self.kinds(each)
            value = (
                self.text_of(each)
                if each.kind != "spread_element"
                else f"*{self.text_of(each.children[0])}"
            )
            if only(kinds, "list", "object") and "undefined" in self.nothing.inside(each):
                raise Unsupported("what is shown may have undefined in it, or null: None is both")
            none = self.none_of(each, kinds)
            if none and not only(
                kinds, "str", "nat", "int", "num", "bool", "list", "object", "bytes"
            ):
                value = (
                    quoted(none) if value == "None" else f'{self.js("shown")}({value}, "{none}")'
                )
            shown.append(value)
        if self.uses_stdout:
            stdout = f"{self.imports.part('streams2', 'stdio')}.stdout()"
            return Py(f'{stdout}.write({self.js("format_")}({", ".join(shown)}) + "\\n")')
        literal = not given or (len(given) == 1 and only(self.kinds(given[0]), "str", "nat", "int"))
        if literal and "%" not in (given[0].text if given else ""):
            return Py(f"print({', '.join([*shown, 'flush=True'])})")
        return self.call_js("log", *shown)

    def _of_prototype(self, path: str, node: Node) -> Py:
        """``stream.Writable.prototype.end.call(this, cb)``."""
        parts = path.split(".")
        if len(parts) != 5 or parts[-1] not in ("call", "apply"):
            raise Unsupported("a method of a prototype that is not called")
        given = node["arguments"].children
        owner = self.api_value(".".join(parts[:2])).text
        if parts[-1] == "apply":
            rest = [f"*{self.expr(given[1]).atom}"] if len(given) > 1 else []
        else:
            rest = self.method_arguments(parts[3], given[1:])
        return Py(f"{owner}.{snake(parts[3])}({', '.join([self.text_of(given[0]), *rest])})")

    # -- new --------------------------------------------------------------------------------------

    def _expr_new_expression(self, node: Node) -> Py:
        maker = node["constructor"]
        arguments = node.get("arguments")
        given = arguments.children if arguments is not None else []
        path = self.api.path(maker)
        if path is None:
            return Py(f"{self.expr(maker).atom}({', '.join(self.own_arguments(maker, given))})")
        if path in NEW:
            return self.from_table(NEW[path], None, given, f"new {path}")
        return self.nodes_call(path, node, new=True)

    # -- the program's own functions --------------------------------------------------------------

    def _plain_call(self, node: Node) -> Py:
        callee = node["function"]
        given = node["arguments"].children
        if self.is_function(callee):
            function = self.function_value(callee, "main")
            arguments = [
                *(
                    [self.this_of(node)]
                    if self.uses_this(callee) and callee.kind != "arrow_function"
                    else []
                ),
                *self.spread_list(given),
            ]
            call = Py(f"{function.atom}({', '.join(arguments)})")
            return (
                self.promised(node, call)
                if "async" in callee.words and "*" not in callee.words
                else call
            )
        binding = self.scopes.binding(callee)
        arguments = self.own_arguments(callee, given)
        call = Py(f"{self.expr(callee).atom}({', '.join(arguments)})")
        return self.promised(node, call) if binding is not None and self.is_async(binding) else call

    def own_arguments(self, callee: Node, given: list[Node]) -> list[str]:
        """Arguments of a function of the program: those that it does not take are left out."""
        binding = self.scopes.binding(callee)
        room = None if binding is None else self.room_of(binding)
        spread = any(each.kind == "spread_element" for each in given)
        if room is not None and not spread:
            if any(not self.is_simple(each) for each in given[room:]):
                raise Unsupported("an argument is computed that the function does not take")
            given = given[:room]
        shown = self.spread_list(given)
        first = ["None"] if binding is not None and self.takes_this(binding) else []
        return [*first, *shown]

    def room_of(self, binding: Binding) -> int | None:
        """How many arguments a function of the program takes; None if that is not sure."""
        raise NotImplementedError

    def takes_this(self, binding: Binding) -> bool:
        """Whether a function of the program has ``this`` as its first parameter."""
        raise NotImplementedError

    def super_call(self, node: Node) -> Py:
        raise NotImplementedError

    # -- methods ----------------------------------------------------------------------------------

    def _method_call(self, node: Node) -> Py:
        callee = node["function"]
        owner, name = callee["object"], callee["property"].text
        if name in ("call", "apply", "bind"):
            return self._reflected(callee, name, node)
        if owner.kind == "super":
            ours = self.attribute(Node("this", "this", 0, 0, 0), name) or name
            arguments = self.method_arguments(name, node["arguments"].children)
            return Py(f"super().{ours}({', '.join(arguments)})")
        return self.rest_of_chain(
            owner, self.expr(owner), lambda value: self.method_on(value, owner, name, node)
        )

    def _reflected(self, callee: Node, how: str, node: Node) -> Py:
        """``f.call(x, a)``, ``f.apply(x, args)`` and ``f.bind(x)``."""
        function, given = callee["object"], node["arguments"].children
        binding = self.scopes.binding(function)
        this = [self.text_of(given[0])] if given else ["None"]
        rest = self.spread_list(given[1:])
        if how == "apply":
            rest = (
                [f"*{self.expr(given[1]).atom}"]
                if len(given) > 1 and given[1].kind != "null"
                else []
            )
        if function.kind == "member_expression":
            return self._borrowed(function, how, given, rest)
        value = self.expr(function)
        if how == "bind":
            return self.call_js("bind", value.text, *this, *rest)
        if binding is not None and self.takes_this(binding):
            return Py(f"{value.atom}({', '.join([*this, *rest])})")
        return self.call_js("call", value.text, *this, *rest)

    def _borrowed(self, function: Node, how: str, given: list[Node], rest: list[str]) -> Py:
        """A method that is called on something: on its own owner, it is an ordinary call."""
        owner, name = function["object"], function["property"].text
        path = self.api.path(function)
        if path is not None and how == "bind" and len(given) == 1:
            return self.api_value(path)
        if given and given[0].text == owner.text:
            method = f"{self.expr(owner).atom}.{self.attribute(owner, name) or name}"
            if how != "bind":
                if name == "push" and only(self.kinds(owner), "list"):
                    return Py(f"{self.expr(owner).atom}.extend({rest[0].lstrip('*')})")
                return Py(f"{method}({', '.join(rest)})")
            return (
                Py(method)
                if not rest
                else Py(f"{self.imports.module('functools')}.partial({', '.join([method, *rest])})")
            )
        this = [self.text_of(given[0])] if given else ["None"]
        attribute = attribute_name(self.attribute(owner, name) or name)
        if owner.kind == "member_expression" and owner["property"].text == "prototype":
            unbound = f"{self.expr(owner['object']).atom}.{attribute}"
        elif any(each.kind == "method_definition" for each in self.types.assigned(name)):
            unbound = f"type({self.expr(owner).text}).{attribute}"
        else:
            unbound = ""
        if unbound and how != "bind":
            return Py(f"{unbound}({', '.join([*this, *rest])})")
        value = Py(unbound) if unbound else self.expr(function)
        return self.call_js(how if how != "apply" else "call", value.text, *this, *rest)

    def method_on(self, owner: Py, node: Node, name: str, call: Node) -> Py:
        """``owner.name(...)``."""
        given = call["arguments"].children
        kinds = self.kinds(node)
        if name == "hasOwnProperty":
            return self.call_js("has_own", self.text_of(given[0]), owner.text)
        for kind in ("str", "list", "bytes", "regex", "nat"):
            accepted = ("nat", "int", "num") if kind == "nat" else (kind,)
            if kinds - {"none"} and only(kinds, *accepted, "none"):
                found = self.known_method(kind, owner, node, name, given)
                if found is not None:
                    return found
        for kind, made in _CLASSES.items():
            if only(kinds, kind, "none") and kind in kinds and not hasattr(made, name):
                raise Unsupported(f"{made.__name__}.{name}() has no counterpart")
        if name in _WITH_PATTERN and given and self._is_pattern(given[0]):
            found = self.known_method("str", owner, node, name, given)
            if found is not None:
                return found
        if (kinds == {"list"} or kinds == {"str"}) and not self.types.assigned(name):
            kind = next(iter(kinds))
            if not METHODS[kind].get(name) and not has_method(kind, name):
                raise Unsupported(f"{name}() of a {kind} has no counterpart")
        if name == "toString":
            return self.to_string(owner, node, given)
        if _BUFFER.fullmatch(name) and not only(kinds, "stream", "object"):
            ours = f"{self.imports.part('streams2', 'buffer')}.{buffer_name(name)}"
            return Py(f"{ours}({', '.join([owner.text, *self.spread_list(given)])})")
        if name in ("then", "catch", "finally"):
            ours = "finally_" if name == "finally" else name
            base = (
                owner.atom
                if "Promise" in owner.text
                else f"{self.js('Promise')}.resolve({owner.text})"
            )
            if "await" not in owner.text and node.kind == "new_expression":
                base = owner.atom
            return Py(f"{base}.{ours}({', '.join(self.spread_list(given))})")
        if name in _SHARED and not self._is_own_method(node, name, kinds):
            return self.call_js("invoke", owner.text, quoted(name), *self.spread_list(given))
        return self._attribute_call(owner, node, name, given, call)

    def _is_pattern(self, node: Node) -> bool:
        return node.kind == "regex" or only(self.kinds(node), "regex")

    def _is_own_method(self, node: Node, name: str, kinds: frozenset[str]) -> bool:
        if only(kinds, "stream", "emitter", "map", "set", "hash", "none"):
            return True
        return node.kind in ("this", "super")

    def _attribute_call(
        self, owner: Py, node: Node, name: str, given: list[Node], call: Node
    ) -> Py:
        if not self.types.assigned(name):
            if name in NO_COUNTERPART:
                raise Unsupported(f"{name}() has no counterpart")
            if name in _ONLY_JAVASCRIPT and not self._is_own_method(node, name, self.kinds(node)):
                return self.call_js("invoke", owner.text, quoted(name), *self.spread_list(given))
        ours = self.attribute(node, name)
        if ours is None:
            return self.call_js("invoke", owner.text, quoted(name), *self.spread_list(given))
        kinds = self.kinds(node)
        if ours != attribute_name(ours) and kinds != {"object"}:
            ours = attribute_name(ours)
        if only(kinds, "stream", "emitter", "hash", "decoder"):
            ours = snake(name) if not self.types.assigned(name) else ours
        elif (
            not only(kinds, "map", "set", "object")
            and not self.types.assigned(name)
            and name in _NODES_ONLY
        ):
            ours = snake(name)
        arguments = self.method_arguments(name, given)
        target = f"{owner.atom}.{ours}" if ours.isidentifier() else f"{owner.atom}[{quoted(name)}]"
        written = Py(f"{target}({', '.join(arguments)})")
        return self.promised(call, written) if self._is_async_method(node, name) else written

    def _is_async_method(self, node: Node, name: str) -> bool:
        found = [
            each
            for each in self.types.assigned(name)
            if each.kind in ("method_definition", "arrow_function")
        ]
        return bool(found) and all(
            "async" in each.words and "*" not in each.words for each in found
        )

    def method_arguments(self, name: str, given: list[Node]) -> list[str]:
        """Arguments of a method that a stream may have: options and callbacks by name."""
        places: list[str] = []
        named: list[str] = []
        for index, each in enumerate(given):
            if name in ("writeHead", "setHeaders") and index and not only(self.kinds(each), "str"):
                named.append(f"headers={self.mapping_of(each)}")
            elif each.kind == "object" and name in (
                "pipe",
                "compose",
                "iterator",
                "listen",
                "connect",
            ):
                named += self.options_of(each)
            elif name in _CALLBACK_LAST and self._is_callback(each) and index == len(given) - 1:
                named.append(f"callback={self.argument(each).text}")
            elif each.kind == "spread_element":
                places.append(f"*{self.expr(each.children[0]).atom}")
            else:
                places.append(self.argument(each).text)
        return places + named

    def _is_callback(self, node: Node) -> bool:
        return self.is_function(node) or (
            only(self.kinds(node), "func", "none") and "func" in self.kinds(node)
        )


_NODES_ONLY = {
    "nextTick",
    "setImmediate",
    "closeAllConnections",
    "closeIdleConnections",
    "removeAllListeners",
}
