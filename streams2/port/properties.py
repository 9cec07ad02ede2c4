"""Properties: what they are called in Python, and which of them only JavaScript has."""

from __future__ import annotations

from collections.abc import Callable

from .base import Py, Unsupported, attribute_name, only
from .js.objects import snake
from .nodes_api import METHODS
from .operators import Operators, quoted
from .parse import Node
from .scopes import FUNCTIONS

__all__ = ["Properties"]

_OF_STREAMS = {
    *("setEncoding", "removeListener", "removeAllListeners", "addListener", "prependListener"),
    *("prependOnceListener", "listenerCount", "eventNames", "setMaxListeners", "getMaxListeners"),
    *("rawListeners", "isPaused", "readableLength", "readableFlowing", "readableEnded"),
    *("readableEncoding", "readableAborted", "readableDidRead", "writableLength", "writableEnded"),
    *("writableFinished", "writableNeedDrain", "writableCorked", "writableAborted"),
    *("setDefaultEncoding", "destroySoon", "_readableState", "_writableState", "setNoDelay"),
    *("setKeepAlive", "writeHead", "setHeader", "getHeader", "removeHeader", "flushHeaders"),
    *("setRawMode", "setPrompt", "toArray", "getAuthTag", "setAuthTag", "setAutoPadding"),
    *("endEmitted", "errorEmitted", "closeEmitted", "needDrain", "throwIfAborted", "headersSent"),
    *("closeAllConnections", "closeIdleConnections", "createReadStream", "createWriteStream"),
    *("emittedReadable", "needReadable", "hasHeader", "getHeaders", "getHeaderNames", "isTTY"),
}
"""Names that only Node's own objects have: ours are the same in snake_case."""

_PERHAPS = {
    *("highWaterMark", "objectMode", "readableHighWaterMark", "writableHighWaterMark"),
    *("readableObjectMode", "writableObjectMode", "autoDestroy", "emitClose", "bytesRead"),
    *("bytesWritten", "remoteAddress", "remotePort", "localAddress", "localPort", "statusCode"),
    *("statusMessage", "httpVersion", "rawHeaders", "exitCode", "signalCode", "allowHalfOpen"),
    *("defaultEncoding", "decodeStrings", "autoClose", "pendingcb", "setTimeout", "hasRef"),
    *("rawTrailers", "readyState", "spawnfile", "remoteFamily"),
}
"""Names that Node's objects have, and a program's own may have too."""

_REMOVING = {"removeListener", "off", "removeEventListener", "unpipe"}
_WITHOUT_PROPERTIES = [frozenset({kind}) for kind in ("list", "str", "bytes", "regex", "nat")]

_PLAIN_OR_ANY = {"any", "str", "list", "bytes", "nat", "int", "num", "bool"}
_TESTING = {"&&", "||", "??", "===", "!==", "==", "!="}


class Properties(Operators):
    """Expressions that ask for a property."""

    @property
    def in_class(self) -> bool:
        """Whether ``this`` is an instance of a class of the program."""
        return False

    def api_value(self, path: str) -> Py:
        """Something of Node's, where it is not called."""
        raise NotImplementedError

    def chain(self, node: Node) -> Py:
        """``a?.b``: None if there is no ``a``."""
        raise NotImplementedError

    def rest_of_chain(self, node: Node, owner: Py, write: Callable[[Py], Py]) -> Py:
        """What follows in ``a?.b.c``: nothing of it is asked for if there is no ``a``."""
        raise NotImplementedError

    def _expr_member_expression(self, node: Node) -> Py:
        path = self.api.path(node)
        if path is not None and not path.endswith(".length"):
            return self.api_value(path)
        if node.get("optional_chain"):
            return self.chain(node)
        owner, name = node["object"], node["property"].text
        if name == "prototype":
            raise Unsupported("a prototype is only understood where methods are added to it")
        if self._is_taken_away(node):
            raise Unsupported(f"{node.text} does not know its object any more where it is called")
        tested = self._is_tested(node)
        return self.rest_of_chain(
            owner, self.expr(owner), lambda value: self.property_of(value, owner, name, tested)
        )

    def _is_taken_away(self, node: Node) -> bool:
        """Whether a method that asks for ``this`` is handed to somebody who has no such object."""
        given = self.types.assigned(node["property"].text)
        parent = node.parent
        if parent is None or not given:
            return False
        if any(
            each.kind != "method_definition"
            or each.words & {"get", "set", "static"}
            or not self.uses_this(each)
            for each in given
        ):
            return False
        if parent.kind == "arguments":
            call = parent.parent
            callee = None if call is None else call.get("function")
            named = callee is not None and callee.kind == "member_expression"
            removes = named and callee is not None and callee["property"].text in _REMOVING
            return not removes and parent.children[-1].text != node["object"].text
        return parent.kind == "variable_declarator" and parent.get("value") is node

    def property_of(self, owner: Py, node: Node, name: str, tested: bool = False) -> Py:
        """``owner.name``, read."""
        kinds = self.kinds(node)
        special = self._special_property(owner, node, name)
        if special is not None:
            return special
        ours = self.attribute(node, name)
        if ours is None:
            return self.call_js("get", owner.text, quoted(name))
        if not ours.isidentifier() or (ours != name and ours == f"{name}_" and node.kind != "this"):
            return Py(f"{owner.atom}[{quoted(name)}]")
        own = bool(self.types.assigned(name))
        sure = (self.in_class and node.kind == "this" and bool(self.types.assigned(name))) or only(
            kinds, "object"
        )
        known = only(kinds, "stream", "emitter") and (name in _OF_STREAMS or not tested)
        is_error = only(kinds, "error", "none") and "error" in kinds
        if is_error or (tested and name.startswith("#")):
            return Py(f"getattr({owner.text}, {quoted(ours)}, None)")
        if not own and name not in _OF_STREAMS and self._may_be_plain(node):
            return self.call_js("item", owner.text, quoted(name))
        if tested and not sure and not known:
            return self.call_js("get", owner.text, quoted(name))
        return Py(f"{owner.atom}.{ours}")

    def _may_be_plain(self, node: Node) -> bool:
        """Whether a property is asked for of what may be text, say, where nobody would be told."""
        kinds = self.kinds(node)
        if node.kind == "this" or (kinds and kinds.isdisjoint(_PLAIN_OR_ANY)):
            return False
        binding = self.scopes.binding(node)
        values = [] if binding is None else [each for each in binding.values if each is not None]
        if any(
            each.kind == "call_expression" and self.api.path(each["function"]) == "Object"
            for each in values
        ):
            return True
        inner = node
        for above in node.above():
            if above.kind in FUNCTIONS:
                return False
            if above.kind == "try_statement":
                return above.get("handler") is not None and above["body"] is inner
            inner = above
        return False

    def _special_property(self, owner: Py, node: Node, name: str) -> Py | None:
        kinds = self.kinds(node)
        if only(kinds, "dict"):
            return Py(f"{owner.atom}.get({quoted(name)})")
        own = bool(self.types.assigned(name))
        if name in ("length", "byteLength") and not (own and node.kind == "this"):
            if only(kinds, "func", "match", "none"):
                return self.call_js("length", owner.text)
            plain = only(kinds, "list", "str", "bytes")
            if only(kinds, "object") or self._has_more(node) or (own and not plain):
                return self.call_js("get", owner.text, quoted(name))
            return Py(f"len({owner.text})")
        if name == "message" and node.kind != "this" and not only(kinds, "object"):
            return self.call_js("message", owner.text)
        if name == "lastIndex" and not own:
            raise Unsupported("Python's regular expressions have no lastIndex")
        if (
            name in ("index", "input")
            and not own
            and node.kind == "identifier"
            and not kinds - {"any"}
        ):
            return self.call_js("get", owner.text, quoted(name))
        if name == "name" and only(kinds, "func", "class"):
            raise Unsupported("functions and classes may have other names here")
        if kinds in _WITHOUT_PROPERTIES and not own:
            kind = next(iter(kinds))
            raise Unsupported(f"{name} of a {kind} has no counterpart")
        if name == "stack" and node.kind != "this" and not own:
            return self.call_js("text", owner.text)
        if name == "name" and only(kinds, "error", "none"):
            return self.call_js("name", owner.text)
        if only(kinds, "match", "none") and name in ("index", "input"):
            return Py(f"{owner.atom}.{'start()' if name == 'index' else 'string'}")
        if node.kind == "member_expression" and node["property"].text == "groups":  # noqa: SIM102
            if only(self.kinds(node["object"]), "match", "none"):
                return Py(f"{self.expr(node['object']).atom}[{quoted(name)}]")
        if name == "groups" and only(kinds, "match", "none"):
            return Py(f"{self.js('Object')}(**{owner.atom}.groupdict())")
        return None

    def _has_more(self, node: Node) -> bool:
        """Whether a name is asked for properties that no list, text or bytes have."""
        binding = self.scopes.binding(node) if node.kind == "identifier" else None
        if binding is None or only(self.kinds(node), "list", "str", "bytes", "none"):
            return False
        asked = [use.parent for use in binding.uses if use.parent is not None]
        return any(
            each.kind == "member_expression"
            and each.get("object") in binding.uses
            and each["property"].text in ("buffer", "head", "size", "ended", "objectMode")
            for each in asked
        )

    def attribute(self, owner: Node, name: str) -> str | None:
        """What a property is called in Python; None if only the running program knows."""
        if name.startswith("#"):
            return f"_{name[1:]}"
        if name in _OF_STREAMS:
            return "is_tty" if name == "isTTY" else snake(name)
        if name in _PERHAPS:
            kinds = self.kinds(owner)
            if owner.kind == "this" or only(kinds, "stream", "emitter", "hash"):
                return snake(name)
            if owner.kind == "member_expression" and owner["property"].text in (
                "_readableState",
                "_writableState",
            ):
                return snake(name)
            return name if only(kinds, "object") else None
        if owner.kind == "this" and name.startswith("_") and name[1:] in METHODS:
            return name
        return attribute_name(name)

    def _is_tested(self, node: Node) -> bool:
        """Whether a property may be missing here: somebody asks whether it is there."""
        parent = node.parent
        if parent is None:
            return False
        if parent.kind in ("if_statement", "unary_expression", "while_statement"):
            return parent.kind != "unary_expression" or parent.operator in ("!", "typeof")
        if parent.kind == "ternary_expression":
            return parent.get("condition") is node
        if parent.kind == "binary_expression" and parent.operator in _TESTING:
            return True
        return parent.kind == "variable_declarator" or (
            parent.kind == "assignment_expression" and parent["right"] is node
        )
