"""Node's API: which name is whose, what it is in streams2, and what it gives."""

from __future__ import annotations

import importlib

from .js.objects import snake
from .parse import Node
from .scopes import Binding, Scopes

__all__ = ["EVENTS", "METHODS", "Api", "module_path", "python_of"]

_MODULES = {
    "stream": "streams2",
    "events": "streams2",
    "stream.promises": "streams2.promises",
    "stream.consumers": "streams2.consumers",
    "timers.promises": "streams2.timers.promises",
    "fs.promises": "streams2.fs.promises",
    "readline.promises": "streams2.readline.promises",
    **{
        name: f"streams2.{name}"
        for name in (
            *("fs", "net", "tls", "zlib", "http", "https", "child_process", "readline"),
            *("crypto", "buffer", "string_decoder", "timers"),
        )
    },
}
"""Node's modules that streams2 has."""

_SAME = {
    "readable-stream": "stream",
    "readable-stream/transform": "stream.Transform",
    "readable-stream/readable": "stream.Readable",
    "readable-stream/writable": "stream.Writable",
    "readable-stream/duplex": "stream.Duplex",
    "readable-stream/passthrough": "stream.PassThrough",
    "inherits": "util.inherits",
    "safe-buffer": "buffer",
    "buffer-from": "Buffer.from",
    "string_decoder/": "string_decoder",
}
"""Packages that are Node's own modules under another name."""

_OTHERS = {"util", "path", "os", "assert", "process", "url", "perf_hooks", "worker_threads"}

GLOBALS = {
    *("Array", "Boolean", "Buffer", "Date", "Error", "Function", "Infinity", "JSON", "Map", "Math"),
    *("NaN", "Number", "Object", "Promise", "RangeError", "ReferenceError", "RegExp", "Set"),
    *("String", "Symbol", "SyntaxError", "TypeError", "Uint8Array", "clearImmediate", "BigInt"),
    *("clearInterval", "clearTimeout", "console", "isNaN", "parseFloat", "parseInt", "process"),
    *("queueMicrotask", "setImmediate", "setInterval", "setTimeout", "isFinite", "WeakMap"),
    *("WeakSet", "AbortController", "AbortSignal", "structuredClone", "global", "globalThis"),
    *("URLSearchParams", "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent"),
    *("performance", "URL", "TextDecoder", "TextEncoder", "__dirname", "__filename", "Reflect"),
}

_VALUES = {"process.argv", "process.stdin", "process.stdout", "process.stderr", "os.EOL"}
"""What is asked of these is asked of an object, and no name of Node's."""


EVENTS = {
    "data": ("chunk:any",),
    "error": ("error:error",),
    "pipe": ("source:stream",),
    "unpipe": ("source:stream",),
    "open": ("fd:nat",),
    "line": ("line:str",),
    "exit": ("exit_code:num|none", "signal_code:str|none"),
    "connection": ("socket:stream",),
    "secureConnection": ("socket:stream",),
    "request": ("request:stream", "response:stream"),
    "response": ("response:stream",),
    "socket": ("socket:stream",),
    **dict.fromkeys(
        (
            *("readable", "end", "pause", "resume", "drain", "finish", "prefinish"),
            *("ready", "abort", "spawn", "listening", "connect", "secureConnect", "continue"),
            *("aborted", "SIGINT"),
        ),
        (),
    ),
}
"""What events give (docs/events.md): names, and what is known of them."""

METHODS = {
    "construct": ("callback:func",),
    "read": ("size:nat",),
    "write": ("chunk:any", "encoding:str", "callback:func"),
    "writev": ("chunks:list", "callback:func"),
    "final": ("callback:func",),
    "destroy": ("error:error|none", "callback:func"),
    "transform": ("chunk:any", "encoding:str", "callback:func"),
    "flush": ("callback:func",),
}
"""What an implementer's methods are called with; as options, they have no ``_``."""

CALLBACKS = {
    **dict.fromkeys(("stream.pipeline", "stream.finished"), ("error:error|none",)),
    **dict.fromkeys(("net.createServer", "tls.createServer"), ("socket:stream",)),
    **dict.fromkeys(
        ("http.createServer", "https.createServer"), ("request:stream", "response:stream")
    ),
    **dict.fromkeys(
        ("http.get", "http.request", "https.get", "https.request"), ("response:stream",)
    ),
    **dict.fromkeys(("net.connect", "net.createConnection", "tls.connect"), ()),
    **dict.fromkeys(
        ("child_process.exec", "child_process.execFile"),
        ("error:error|none", "stdout:any", "stderr:any"),
    ),
    **dict.fromkeys(
        ("zlib.gzip", "zlib.gunzip", "zlib.deflate", "zlib.inflate"),
        ("error:error|none", "result:any"),
    ),
    "crypto.randomBytes": ("error:error|none", "bytes:bytes"),
}
"""What the callbacks of functions give."""

STREAM_CLASSES = {"Readable", "Writable", "Duplex", "Transform", "PassThrough", "Stream"}


def module_path(name: str) -> str | None:
    """The path of one of Node's modules; None if it is another's."""
    if name in _SAME:
        return _SAME[name]
    path = name[5:] if name.startswith("node:") else name
    path = path.replace("/", ".")
    return path if path in _MODULES or path in _OTHERS else None


def python_of(path: str) -> tuple[str, str, str] | None:
    """Where streams2 has what Node has: what to import from where, and what to ask of it.

    >>> python_of("stream.Transform"), python_of("fs.createReadStream")
    (('streams2', 'Transform', ''), ('streams2', 'fs', '.create_read_stream'))
    """
    if path in ("stream", "events"):
        return "streams2", "Stream" if path == "stream" else "EventEmitter", ""
    for size in range(path.count(".") + 1, 0, -1):
        parts = path.split(".")
        module, rest = ".".join(parts[:size]), parts[size:]
        if module in _MODULES:
            return _inside(_MODULES[module], rest)
    return None


def _inside(module: str, names: list[str]) -> tuple[str, str, str] | None:
    found: object = importlib.import_module(module)
    asked = []
    for name in names:
        ours = _name_in(found, name)
        if ours is None:
            return None
        asked.append(ours)
        found = getattr(found, ours)
    if module == "streams2":
        return module, asked[0], "".join(f".{name}" for name in asked[1:])
    parent, _, room = module.partition(".")
    first, *inner = room.split(".")
    return parent, first, "".join(f".{name}" for name in [*inner, *asked])


def _name_in(owner: object, name: str) -> str | None:
    if name == "EventEmitter" and not hasattr(owner, name):
        return None
    for ours in (name if name[:1].isupper() else snake(name), snake(name), f"{snake(name)}_"):
        if hasattr(owner, ours):
            return ours
    return None


class Api:
    """Says of an expression whether it is something of Node's or of JavaScript's.

    Args:
        scopes: the names of the program.
    """

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self._known: dict[Binding, str | None] = {}
        self.imported: dict[Binding, str] = {}
        """What an ``import`` gives a name to."""

    def path(self, node: Node | None) -> str | None:
        """``fs.createReadStream`` for whatever names it; None if it is the program's own."""
        if node is None:
            return None
        if node.kind in ("identifier", "shorthand_property_identifier"):
            binding = self.scopes.binding(node)
            if binding is not None:
                return self.of_binding(binding)
            return node.text if node.text in GLOBALS else None
        if node.kind == "member_expression":
            owner = self.path(node["object"])
            if (
                owner is None
                or owner in _VALUES
                or owner.startswith(("process.env.", "missing."))
                or node["property"].kind != "property_identifier"
            ):
                return None
            return _joined(owner, node["property"].text)
        if node.kind == "call_expression":
            module = required(node)
            return None if module is None else module_path(module)
        return None

    def of_binding(self, binding: Binding) -> str | None:
        """The path that a name stands for."""
        if binding in self.imported:
            return self.imported[binding]
        if binding not in self._known:
            self._known[binding] = None
            self._known[binding] = self._of_declaration(binding)
        return self._known[binding]

    def _of_declaration(self, binding: Binding) -> str | None:
        node = binding.node
        if not binding.fixed or node.kind != "variable_declarator":
            return None
        owner = self.path(node.get("value"))
        if owner is None or node["name"].kind == "identifier":
            return owner
        if node["name"].kind != "object_pattern":
            return None
        for child in node["name"].children:
            if child.kind == "shorthand_property_identifier_pattern" and child.text == binding.name:
                return _joined(owner, child.text)
            if child.kind == "pair_pattern" and child["value"].text == binding.name:
                return _joined(owner, child["key"].text)
        return None


def _joined(owner: str, name: str) -> str:
    if owner in ("global", "globalThis"):
        return name if name in GLOBALS else f"missing.{name}"
    if owner == "stream" and name == "Stream":
        return "stream"
    if owner == "process" and name == "process":
        return "process"
    if owner == "buffer" and name == "Buffer":
        return "Buffer"
    return f"{owner}.{name}"


def required(node: Node | None) -> str | None:
    """The module that ``require('x')`` names."""
    if node is None or node.kind != "call_expression" or node["function"].text != "require":
        return None
    given = node["arguments"].children
    if len(given) != 1 or given[0].kind != "string":
        return None
    return given[0].text[1:-1]
