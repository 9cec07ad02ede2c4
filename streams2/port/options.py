"""Node's functions that streams2 has: options are keyword arguments there."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import cast

from .base import Py, Unsupported, attribute_name, only
from .js.objects import snake
from .methods import Methods
from .nodes_api import STREAM_CLASSES, python_of
from .operators import quoted
from .parse import Node

__all__ = ["Options", "object_of"]

_OPTIONS_AT = {
    **dict.fromkeys((f"stream.{name}" for name in STREAM_CLASSES), 0),
    **dict.fromkeys(("fs.createReadStream", "fs.createWriteStream", "stream.finished"), 1),
    **dict.fromkeys(("stream.promises.finished", "stream.Readable.from"), 1),
    **dict.fromkeys(("net.createServer", "http.createServer", "readline.createInterface"), 0),
    **dict.fromkeys(("child_process.spawn", "child_process.execFile"), 2),
    "child_process.exec": 1,
}
_ASKING = {"http.get", "http.request", "https.get", "https.request"}
_METHOD_OPTIONS = {"read", "write", "writev", "final", "construct", "destroy", "transform", "flush"}


class Options(Methods):
    """Calls of what is Node's, with its options."""

    def nodes_call(self, path: str, node: Node, new: bool = False) -> Py:
        """A call of what streams2 has too: options are keyword arguments there."""
        found = python_of(path)
        if found is None:
            raise Unsupported(f"streams2 has no {path}")
        module, name, rest = found
        target = self.imports.part(module, name) + rest
        arguments = node.get("arguments")
        given = arguments.children if arguments is not None else []
        return Py(f"{target}({', '.join(self.nodes_arguments(path, given, object_of(found)))})")

    def nodes_arguments(self, path: str, given: list[Node], target: object) -> list[str]:
        """Arguments as streams2 takes them: first by place, then by name."""
        places: list[str] = []
        named: list[str] = []
        last = path.rpartition(".")[2]
        for index, each in enumerate(given):
            if each.kind == "object":
                named += self.options_of(each)
            elif each.kind == "spread_element":
                places.append(f"*{self.expr(each.children[0]).atom}")
            elif index == 0 and path in _ASKING and not only(self.kinds(each), "str"):
                places.append(self.call_js("address", self.text_of(each)).text)
            elif _OPTIONS_AT.get(path) == index and not self._is_no_options(each):
                named.append(f"**{self.call_options(path, each)}")
            elif last in ("createReadStream", "createWriteStream") and index == 1:
                named.append(f"encoding={self.text_of(each)}")
            elif only(self.kinds(each), "func", "none") and index == len(given) - 1:
                keyword = _callback_of(target)
                value = self.argument(each).text
                by_name = keyword is not None and (
                    bool(named) or _place(target, keyword) != len(places)
                )
                (named if by_name else places).append(f"{keyword}={value}" if by_name else value)
            else:
                places.append(self.argument(each).text)
        return places + named

    def _is_no_options(self, node: Node) -> bool:
        return (
            node.kind in ("string", "array", "null", "undefined")
            or self.is_function(node)
            or (
                only(self.kinds(node), "func", "str", "list", "func", "none")
                and not only(self.kinds(node), "none")
            )
        )

    def call_options(self, path: str, node: Node) -> str:
        streams = path.rpartition(".")[2] in STREAM_CLASSES
        extra = "" if streams else ", only=()"
        return f"{self.js('options')}({self.text_of(node)}{extra})"

    def options_of(self, node: Node) -> list[str]:
        """An object literal as keyword arguments."""
        named = []
        for child in node.children:
            if child.kind == "spread_element":
                named.append(f"**{self.js('options')}({self.text_of(child.children[0])})")
                continue
            name, value = self.option(child)
            if value != "None":
                named.append(f"{name}={value}")
        return named

    def option(self, node: Node) -> tuple[str, str]:
        if node.kind == "pair" and node["key"].kind == "computed_property_name":
            raise Unsupported("an option whose name is computed")
        key = (
            node
            if node.kind == "shorthand_property_identifier"
            else node.get("key") or node["name"]
        )
        name = key.text.strip("'\"")
        ours = attribute_name(snake(name))
        if node.kind == "method_definition":
            return ours, self.option_function(node, name).text
        value = node if node.kind == "shorthand_property_identifier" else node["value"]
        if self.is_function(value):
            return ours, self.option_function(value, name).text
        if name in ("env", "headers"):
            return ours, self.mapping_of(value)
        kinds = self.kinds(value)
        if name in _METHOD_OPTIONS and not only(kinds, "nat", "bool", "str"):
            return ours, f"{self.js('as_option')}({self.text_of(value)})"
        return ours, self.text_of(value)

    def mapping_of(self, node: Node) -> str:
        """Headers, or an environment, as a dict."""
        if node.kind in ("null", "undefined"):
            return "None"
        if node.kind != "object":
            return f"{self.js('mapping')}({self.text_of(node)})"
        shown = []
        for name, value in (self.pair(child) for child in node.children):
            key = name if name.startswith("(") else quoted(name)
            shown.append(f"{key}: {value}" if name else f"**{self.js('mapping')}({value})")
        return f"{{{', '.join(shown)}}}"

    def option_function(self, node: Node, name: str) -> Py:
        """A function given as an option: streams2 calls a stream's with the stream first."""
        raise NotImplementedError


def object_of(found: Sequence[str]) -> object:
    """The thing itself that is imported from somewhere."""
    module, name, rest = found
    target: object = getattr(importlib.import_module(module), name)
    for part in rest.split(".")[1:]:
        target = getattr(target, part)
    return target


def _callback_of(target: object) -> str | None:
    """The name of the parameter that is a callback or a listener."""
    try:
        parameters = inspect.signature(target).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    found = [name for name in parameters if "callback" in name or "listener" in name]
    return found[-1] if found else None


def _place(target: object, keyword: str) -> int:
    """At which place an argument of this name is taken."""
    taken = list(inspect.signature(cast("Callable[..., object]", target)).parameters.values())
    named = next((one for one in taken if one.name == keyword), None)
    return -1 if named is None or named.kind is named.KEYWORD_ONLY else taken.index(named)
