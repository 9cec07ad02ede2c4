"""A language for small stream programs, as plain JSON data.

A program, before the words for its parts::

    {"streams": {
        "r": {"kind": "readable", "options": {"highWaterMark": 3},
              "methods": {"read": [[["push", "this", "abc"]], [["push", "this", null]], []]}},
        "w": {"kind": "writable",
              "methods": {"write": [[["later", 1, [["callback"]]]]]}}},
     "turns": [[["pipe", "r", "w"]],
               [["pause", "r"]],
               [["resume", "r"]]]}

The words
---------
A *program* has *streams*, built in the order given, and a *schedule* of *turns*. A turn is a list
of *actions* done one after the other in one turn of the event loop. All ticks run dry before the
next turn begins.

A stream of kind ``"pair"`` is one end of a `duplexPair`; ``"other"`` names the other end. *Signals*
have names, in options and in actions, and are there as soon as they are named. Beside the streams,
``"marks"`` sets the default high-water marks, of bytes and of objects, and ``"aborted"`` lists the
signals that are aborted before any stream is made.

An *action* is a list: a verb, what it is done to, and its arguments. Inside a stream's own methods
and listeners ``"this"`` is that stream. `VERBS` lists every verb with its arguments.

A *script* says what a function of the program does when it is called: a list of *reactions*. The
nth call performs the nth reaction, and every call past the last performs the last one again. An
empty script does nothing. A *reaction* is a list of actions. Scripts stand behind the methods of an
implementer (``"read"`` is ``_read``), behind listeners, and behind callbacks.

``["later", "tick", [...]]`` does actions in the next tick; ``["later", 2, [...]]`` two turns later,
before that turn's own actions. Only inside a method there is ``["callback", {...}]``, which calls
the callback this call of the method was given. Leaving it out never calls it; having it twice calls
it twice. ``["throw", "boom"]`` raises out of the function.

An exception ends the reaction it happens in and passes through the stream's code to whoever called.
In the schedule it ends only its own action.

A *value* is text, a number, true, false or null; ``{"bytes": "6162"}`` are bytes in hex. The rest
is in `VALUES`.

The trace
---------
Running a program gives a *trace*: a list of lines, the same from both runners or there is a bug.

- ``turn 2`` begins a turn; ``= r readableFlowing=true`` is a property that changed during it, from
  what it was at the end of the turn before, and at first from `BASELINE`.
- ``w.write "abc" cb1 -> false`` is an action and what it returned. Where other lines came between,
  the answer has a line of its own. ``threw`` stands there instead of an answer.
- ``w._write <616263> "buffer"`` is a call of an implementer's method; ``w._write.callback none`` is
  its callback being called.
- ``r emit data "abc"`` is an event, heard or not; ``r data#l1`` is listener ``l1`` being called.
- ``cb1 none`` is a callback being called; ``uncaught Error: boom`` is an exception that nobody
  caught.
- ``broken r readableLength=-2``: Node's own bookkeeping has broken down, and the rest of the trace
  is compared with nothing.
- ``TRUNCATED``: the program is still running after `LINES_AT_MOST` lines or `TURNS_AT_MOST` turns,
  or has made a chunk of more than `CHUNK_AT_MOST`.

Names in programs and traces are Node's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Action = list[Any]
Reaction = list[Action]
Script = list[Reaction]
Program = dict[str, Any]
Trace = list[str]

LINES_AT_MOST = 400
TURNS_AT_MOST = 40
#: In a circle, chunks can grow without end: text that is decoded as another encoding does.
CHUNK_AT_MOST = 2**20

#: The kinds of stream and the methods an implementer of each can bring.
METHODS: Mapping[str, tuple[str, ...]] = {
    "readable": ("read", "destroy", "construct"),
    "writable": ("write", "writev", "final", "destroy", "construct"),
    "duplex": ("read", "write", "writev", "final", "destroy", "construct"),
    "transform": ("transform", "flush", "final", "read", "write", "writev", "destroy", "construct"),
    "passthrough": (
        "transform",
        "flush",
        "final",
        "read",
        "write",
        "writev",
        "destroy",
        "construct",
    ),
    "pair": (),
}

_TWO_SIDED = ("duplex", "transform", "passthrough", "pair")
_ALL = ("readable", "writable", *_TWO_SIDED)

#: The default high-water marks, of bytes and of objects.
MARKS = (65536, 16)

READABLE_EVENTS = ("data", "readable", "end", "pause", "resume")
WRITABLE_EVENTS = ("drain", "finish", "prefinish", "pipe", "unpipe")
EVENTS = (*READABLE_EVENTS, *WRITABLE_EVENTS, "error", "close")

#: Options of a constructor, with the kinds of stream they mean something to.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "highWaterMark": _ALL,
    "objectMode": _ALL,
    "emitClose": _ALL,
    "autoDestroy": _ALL,
    "signal": _ALL,
    "encoding": ("readable", *_TWO_SIDED),
    "decodeStrings": ("writable", *_TWO_SIDED),
    "defaultEncoding": _ALL,
    "readableHighWaterMark": _TWO_SIDED,
    "writableHighWaterMark": _TWO_SIDED,
    "readableObjectMode": _TWO_SIDED,
    "writableObjectMode": _TWO_SIDED,
    "allowHalfOpen": _TWO_SIDED,
    "readable": _TWO_SIDED,
    "writable": _TWO_SIDED,
}


class Verb(NamedTuple):
    """The arguments of a verb, in order; those from `required` on may be left out.

    Kinds of argument: stream, value, text, number, flag, event, name (of a listener, a callback or
    a signal), method, script, actions, when, streams, and `{}` with the options it may hold.
    """

    arguments: tuple[str, ...]
    required: int
    options: tuple[str, ...] = ()


VERBS: Mapping[str, Verb] = {
    # Demand
    "write": Verb(("stream", "value"), 2, ("encoding", "callback")),
    "end": Verb(("stream", "value"), 1, ("encoding", "callback")),
    "cork": Verb(("stream",), 1),
    "uncork": Verb(("stream",), 1),
    "setDefaultEncoding": Verb(("stream", "text"), 2),
    # Flow
    "push": Verb(("stream", "value"), 2, ("encoding",)),
    "unshift": Verb(("stream", "value"), 2, ("encoding",)),
    "read": Verb(("stream", "number"), 1),
    "readAll": Verb(("stream", "number"), 1),
    "pause": Verb(("stream",), 1),
    "resume": Verb(("stream",), 1),
    "setEncoding": Verb(("stream", "text"), 2),
    "pipe": Verb(("stream", "stream"), 2, ("end",)),
    "unpipe": Verb(("stream", "stream"), 1),
    # Lifecycle
    "destroy": Verb(("stream", "text"), 1),
    "destroyEarly": Verb(("stream", "text"), 1),
    "abort": Verb(("name", "text"), 1),
    "addAbortSignal": Verb(("stream", "name"), 2),
    "allowHalfOpen": Verb(("stream", "flag"), 2),
    "implement": Verb(("stream", "method", "script"), 3),
    # Events
    "on": Verb(("stream", "event", "name", "script"), 3),
    "once": Verb(("stream", "event", "name", "script"), 3),
    "prepend": Verb(("stream", "event", "name", "script"), 3),
    "prependOnce": Verb(("stream", "event", "name", "script"), 3),
    "off": Verb(("stream", "event", "name"), 3),
    "removeAllListeners": Verb(("stream", "event"), 1),
    "emit": Verb(("stream", "event", "value"), 2),
    # Several streams
    "finished": Verb(("stream", "name"), 2, ("readable", "writable", "error", "signal", "script")),
    "cleanup": Verb(("name",), 1),
    "pipeline": Verb(("streams", "name"), 2, ("end", "signal", "script")),
    # Order
    "later": Verb(("when", "actions"), 2),
    "callback": Verb((), 0, ("error", "value")),
    "throw": Verb(("text",), 1),
}

#: Values that JSON has no word for. `next` counts through the program: aaa, bbb, ccc; or 1, 2, 3.
VALUES: Mapping[str, str] = {
    "bytes": "bytes, from hex (Buffer; bytes)",
    "array": "mutable bytes, from hex (Uint8Array; bytearray)",
    "view": "a view of bytes, from hex (DataView; memoryview)",
    "words": "a view of 16-bit words, from hex (Uint16Array; memoryview of format 'H')",
    "object": "a plain object or list",
    "fill": "a character of text, repeated `size` times",
    "fillBytes": "a byte in hex, repeated `size` times",
    "chunk": "what this call of a method or listener was given first",
    "next": "the program's next letter, repeated so many times",
    "nextBytes": "the same, as bytes",
    "nextNumber": "the program's next number",
}

_LIFECYCLE = ("destroyed", "closed", "errored", "isDisturbed")
_FLOW = (
    "readable",
    "isReadable",
    "readableFlowing",
    "isPaused",
    "readableLength",
    "readableHighWaterMark",
    "readableObjectMode",
    "readableEncoding",
    "readableDidRead",
    "readableEnded",
    "readableAborted",
)
_DEMAND = (
    "writable",
    "isWritable",
    "writableLength",
    "writableNeedDrain",
    "writableHighWaterMark",
    "writableObjectMode",
    "writableCorked",
    "writableEnded",
    "writableFinished",
)

_BOTH = (*_LIFECYCLE, *_FLOW, *_DEMAND, "allowHalfOpen")

#: The public properties in a snapshot, by kind of stream.
PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "readable": (*_LIFECYCLE, *_FLOW),
    "writable": (*_LIFECYCLE, *_DEMAND, "writableAborted"),
    # A Duplex of Node's has no writableAborted.
    "duplex": _BOTH,
    "transform": _BOTH,
    "passthrough": _BOTH,
    "pair": _BOTH,
}

#: Those that are functions: methods, or functions of the module.
METHOD_PROPERTIES = ("isPaused",)
FUNCTION_PROPERTIES = ("isDisturbed", "isReadable", "isWritable")

#: What a property is taken to be before the first snapshot: only what differs is printed.
BASELINE: Mapping[str, str] = {
    "errored": "none",
    "readable": "true",
    "isReadable": "true",
    "readableFlowing": "none",
    "readableLength": "0",
    "readableHighWaterMark": "65536",
    "readableEncoding": "none",
    "writable": "true",
    "isWritable": "true",
    "writableLength": "0",
    "writableHighWaterMark": "65536",
    "writableCorked": "0",
    "allowHalfOpen": "true",
    # every other property: false, and every count of listeners: 0
}


class MalformedError(ValueError):
    """A program that is not one; the message says where."""


def check(program: Program) -> None:
    """Raise `MalformedError` unless `program` follows the language."""
    for name, stream in program["streams"].items():
        if not isinstance(stream, dict):
            raise MalformedError(f"stream {name}: expected a dictionary, not {stream!r}")
        kind = stream.get("kind", "")
        if kind not in METHODS:
            raise MalformedError(
                f"stream {name}: kind must be one of {', '.join(METHODS)}, not {kind}"
            )
        for method, script in stream.get("methods", {}).items():
            if method not in METHODS[kind]:
                raise MalformedError(f"stream {name}: a {kind} has no method {method}")
            _check_script(script, f"{name}._{method}")
        words = {"kind", "options", "methods", "watch"} | ({"other"} if kind == "pair" else set())
        unknown = set(stream) - words
        unknown |= {
            option for option in stream.get("options", {}) if kind not in OPTIONS.get(option, ())
        }
        if unknown:
            raise MalformedError(f"stream {name}: unknown {', '.join(sorted(unknown))}")
        if kind == "pair" and not isinstance(stream.get("other"), str):
            raise MalformedError(f"stream {name}: other must name the other end of the pair")
    marks = program.get("marks", MARKS)
    if len(marks) != 2 or not all(type(mark) is int for mark in marks):
        raise MalformedError(f"marks: expected two numbers, not {marks!r}")
    aborted = program.get("aborted", [])
    if not isinstance(aborted, list) or not all(isinstance(name, str) for name in aborted):
        raise MalformedError(f"aborted: expected names of signals, not {aborted!r}")
    for number, turn in enumerate(program["turns"]):
        _check_actions(turn, f"turn {number}")


def _check_script(script: Script, where: str) -> None:
    if not isinstance(script, list):
        raise MalformedError(f"{where}: a script is a list of reactions, not {script!r}")
    for number, reaction in enumerate(script):
        _check_actions(reaction, f"{where}, call {number + 1}")


def _check_actions(actions: Reaction, where: str) -> None:
    if not isinstance(actions, list):
        raise MalformedError(f"{where}: expected a list of actions, not {actions!r}")
    for action in actions:
        _check_action(action, where)


def _check_action(action: Action, where: str) -> None:
    named = isinstance(action, list) and action and isinstance(action[0], str)
    if not named or action[0] not in VERBS:
        raise MalformedError(f"{where}: expected an action, not {action!r}")
    verb = VERBS[action[0]]
    arguments, options = split(action)
    if not verb.required <= len(arguments) <= len(verb.arguments):
        raise MalformedError(f"{where}: {action[0]} takes {verb.arguments}, not {arguments!r}")
    if set(options) - set(verb.options):
        raise MalformedError(
            f"{where}: {action[0]} has no option {set(options) - set(verb.options)}"
        )
    for kind, argument in zip(verb.arguments, arguments):
        _check_argument(kind, argument, f"{where}, {action[0]}")
    for option, value in options.items():
        if option in _OPTION_KINDS:
            _check_argument(_OPTION_KINDS[option], value, f"{where}, {action[0]}")


_OPTION_KINDS = {"callback": "script", "script": "script", "value": "value"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "stream": (str,),
    "text": (str,),
    "number": (int,),
    "flag": (bool,),
    "name": (str,),
    "method": (str,),
    "when": (int, str),
}


def _check_argument(kind: str, argument: Any, where: str) -> None:
    if kind == "script":
        _check_script(argument, where)
    elif kind == "actions":
        _check_actions(argument, where)
    elif kind == "value":
        _check_value(argument, where)
    elif kind == "event" and argument not in EVENTS:
        raise MalformedError(f"{where}: no event {argument!r}")
    elif kind == "streams" and not (isinstance(argument, list) and len(argument) > 1):
        raise MalformedError(f"{where}: at least two streams make a pipeline, not {argument!r}")
    elif kind == "when" and argument != "tick" and not (type(argument) is int and argument > 0):
        raise MalformedError(f"{where}: expected 'tick' or a number of turns, not {argument!r}")
    elif not isinstance(argument, _TYPES.get(kind, (object,))):
        raise MalformedError(f"{where}: expected a {kind}, not {argument!r}")


def _check_value(value: Any, where: str) -> None:
    if isinstance(value, dict):
        kind = next(iter(value), None)
        sized = kind in ("fill", "fillBytes")
        if kind not in VALUES or set(value) != ({kind, "size"} if sized else {kind}):
            raise MalformedError(f"{where}: expected a value, not {value!r}")
        if kind in ("bytes", "array", "view", "words", "fillBytes"):
            bytes.fromhex(value[kind])
        elif kind in ("next", "nextBytes") and type(value[kind]) is not int:
            raise MalformedError(f"{where}: expected a size, not {value!r}")
    elif isinstance(value, list):
        raise MalformedError(f"{where}: a list as a value is written {{'object': {value!r}}}")


def split(action: Action) -> tuple[list[Any], dict[str, Any]]:
    """The positional arguments and the options of an action; options stand behind all arguments."""
    places = len(VERBS[action[0]].arguments)
    arguments, rest = action[1 : 1 + places], action[1 + places :]
    if len(rest) > 1 or (rest and not isinstance(rest[0], dict)):
        raise MalformedError(
            f"{action[0]} takes {places} arguments and one dictionary, not {action!r}"
        )
    return arguments, rest[0] if rest else {}
