"""What values are known to be: the words for it, and what is known of names and functions."""

from __future__ import annotations

from .scopes import FUNCTIONS

__all__ = [
    "ANY",
    "AWAITED",
    "BY_NAME",
    "COMPARING",
    "LITERALS",
    "NEW",
    "NONE",
    "OF_METHODS",
    "RETURNS",
    "Kinds",
    "only",
]

Kinds = frozenset[str]
ANY: Kinds = frozenset({"any"})
NONE: Kinds = frozenset({"none"})

BY_NAME = {
    **dict.fromkeys(("cb", "callback", "done", "next", "fn", "resolve", "reject"), "func|none"),
    **dict.fromkeys(("err", "error", "er"), "error|none"),
    **dict.fromkeys(("enc", "encoding"), "str|none"),
}
"""What a parameter most probably is that nobody says anything of."""

LITERALS = {
    "string": "str",
    "template_string": "str",
    "true": "bool",
    "false": "bool",
    "null": "none",
    "undefined": "none",
    "regex": "regex",
    "array": "list",
    "object": "object",
    "class": "class",
    "class_declaration": "class",
    **dict.fromkeys(FUNCTIONS, "func"),
}
OF_METHODS = {
    "str": {
        **dict.fromkeys(
            (
                *(
                    "trim",
                    "trimStart",
                    "trimEnd",
                    "toLowerCase",
                    "toUpperCase",
                    "slice",
                    "substring",
                ),
                *("padStart", "padEnd", "repeat", "replace", "replaceAll", "charAt", "concat"),
                *("toString", "substr"),
            ),
            "str",
        ),
        "split": "list",
        **dict.fromkeys(("indexOf", "lastIndexOf"), "int"),
        **dict.fromkeys(("includes", "startsWith", "endsWith"), "bool"),
        "charCodeAt": "nat",
        "match": "match|none",
    },
    "list": {
        **dict.fromkeys(
            ("slice", "map", "filter", "concat", "splice", "sort", "reverse", "flat", "flatMap"),
            "list",
        ),
        "join": "str",
        **dict.fromkeys(("indexOf", "findIndex"), "int"),
        **dict.fromkeys(("includes", "some", "every"), "bool"),
        **dict.fromkeys(("push", "unshift"), "nat"),
    },
    "bytes": {
        **dict.fromkeys(("slice", "subarray"), "bytes"),
        "toString": "str",
        **dict.fromkeys(("indexOf", "lastIndexOf"), "int"),
        **dict.fromkeys(("includes", "equals"), "bool"),
        "copy": "nat",
    },
    "regex": {"test": "bool", "exec": "match|none"},
    "map": {"has": "bool", "delete": "bool"},
    "set": {"has": "bool", "delete": "bool"},
    "hash": {"update": "hash", "digest": "any"},
    "decoder": {"write": "str", "end": "str"},
}
RETURNS = {
    **dict.fromkeys(
        (
            "String",
            "encodeURIComponent",
            "decodeURIComponent",
            "JSON.stringify",
            "path.join",
            "path.basename",
            "path.resolve",
            "path.dirname",
        ),
        "str",
    ),
    **dict.fromkeys(("encodeURIComponent", "decodeURIComponent", "encodeURI"), "str"),
    **dict.fromkeys(("path.extname", "util.inspect", "util.format", "os.tmpdir"), "str"),
    **dict.fromkeys(("Math.max", "Math.min", "Date.UTC", "Date.parse"), "num"),
    **dict.fromkeys(("Number", "parseInt", "parseFloat", "Math.random"), "num"),
    **dict.fromkeys(("Math.floor", "Math.ceil", "Math.round", "Math.trunc"), "int"),
    **dict.fromkeys(("Date.now", "Buffer.byteLength", "performance.now", "process.uptime"), "nat"),
    **dict.fromkeys(("Buffer.from", "Buffer.concat", "crypto.randomBytes"), "bytes"),
    **dict.fromkeys(("Buffer.alloc", "Buffer.allocUnsafe", "Buffer.allocUnsafeSlow"), "bytes"),
    **dict.fromkeys(("zlib.gzipSync", "zlib.gunzipSync", "zlib.deflateSync"), "bytes"),
    **dict.fromkeys(("Object.keys", "Object.entries", "Object.values", "Array.from"), "list"),
    **dict.fromkeys(("Array.isArray", "Buffer.isBuffer", "isNaN", "Number.isInteger"), "bool"),
    **dict.fromkeys(("Boolean", "Number.isNaN", "Number.isFinite"), "bool"),
    **dict.fromkeys(
        ("fs.createReadStream", "fs.createWriteStream", "net.connect", "net.createConnection"),
        "stream",
    ),
    **dict.fromkeys(("stream.Readable.from", "stream.pipeline", "stream.compose"), "stream"),
    **dict.fromkeys(("net.createServer", "http.createServer", "child_process.spawn"), "emitter"),
    **dict.fromkeys(("readline.createInterface", "http.request", "http.get"), "emitter"),
    **dict.fromkeys(("crypto.createHash", "crypto.createHmac"), "hash"),
    **dict.fromkeys(("crypto.createCipheriv", "crypto.createDecipheriv"), "stream"),
    **dict.fromkeys(("fs.statSync", "fs.fstatSync", "fs.lstatSync"), "object"),
    "fs.readdirSync": "list",
    "Object.assign": "object",
    "Symbol": "symbol",
    "stream.finished": "func",
}
AWAITED = {
    "fs.promises.readdir": "list",
    "fs.promises.stat": "object",
    "fs.promises.mkdtemp": "str",
    "stream.consumers.text": "str",
    "stream.consumers.buffer": "bytes",
    "Promise.all": "list",
    "Promise.allSettled": "list",
}
NEW = {
    "Map": "map",
    "Set": "set",
    "Array": "list",
    "Promise": "promise",
    "Date": "date",
    "URL": "url",
    "URLSearchParams": "asked",
    "RegExp": "regex",
    "Object": "object",
    "Buffer": "bytes",
    "Uint8Array": "bytes",
    **dict.fromkeys(("Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError"), "error"),
    "string_decoder.StringDecoder": "decoder",
    "AbortController": "controller",
    "events.EventEmitter": "emitter",
    "events": "emitter",
}
COMPARING = {"===", "!==", "==", "!=", "<", ">", "<=", ">=", "instanceof", "in"}


def only(kinds: Kinds, *names: str) -> bool:
    """Whether a value is known, and is nothing but one of these."""
    return bool(kinds) and kinds <= set(names)
