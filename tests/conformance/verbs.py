"""What the verbs of the language do on streams2. verbs.js is the same on Node."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import streams2
from streams2 import ticks

from .language import Action, Script
from .notation import ScriptedError

if TYPE_CHECKING:
    from .runner import Run

Options = Mapping[str, Any]

NONE: Options = {}
#: Stands for an argument that an action leaves out, where null would mean something.
ABSENT: Any = object()


def snake(name: str) -> str:
    """Python's name for one of Node's: ``highWaterMark`` is ``high_water_mark``."""
    return re.sub("[A-Z]", lambda upper: "_" + upper.group().lower(), name)


class Scope(NamedTuple):
    """Where a reaction happens: what it calls ``this``, and the callback it may call."""

    this: str = ""
    method: str = ""
    callback: Callable[..., None] | None = None
    chunk: Any = None


class Target(NamedTuple):
    """The stream an action is done to."""

    name: str
    stream: Any
    scope: Scope

    @property
    def this(self) -> str:
        """What a callback given to this stream calls ``this``."""
        return self.scope.this or self.name


VALUES: Mapping[str, Callable[[Any, Options, Run, Scope], Any]] = {
    "bytes": lambda content, *_: bytes.fromhex(content),
    "array": lambda content, *_: bytearray.fromhex(content),
    "view": lambda content, *_: memoryview(bytes.fromhex(content)),
    "words": lambda content, *_: memoryview(bytes.fromhex(content)).cast("H"),
    "object": lambda content, *_: content,
    "fill": lambda content, spec, *_: content * spec["size"],
    "fillBytes": lambda content, spec, *_: bytes.fromhex(content) * spec["size"],
    "chunk": lambda _content, _spec, _run, scope: scope.chunk,
    "next": lambda content, _, run, __: run.next_letter() * content,
    "nextBytes": lambda content, _, run, __: (run.next_letter() * content).encode(),
    "nextNumber": lambda _content, _spec, run, _scope: run.next_number(),
}


def make_error(message: str | None) -> ScriptedError | None:
    return None if message is None else ScriptedError(message)


def nothing(_: object) -> None:
    """The answer of a call whose answer is not compared."""


# -- done to no stream, or to several -------------------------------------------------------------


def later(run: Run, scope: Scope, when: Any, actions: list[Action]) -> None:
    def body() -> None:
        for action in actions:
            run.perform(action, scope)

    if when == "tick":
        ticks.next_tick(body)
    else:
        run.due.setdefault(run.turn + when, deque()).append(body)


def call_back(run: Run, scope: Scope, options: Options = NONE) -> None:
    callback = scope.callback
    if callback is None:
        return
    given: list[Any] = []
    if "error" in options or "value" in options:
        given.append(make_error(options.get("error")))
    if "value" in options:
        given.append(run.value(options["value"], scope))
    shown = [run.show(value) for value in given or [None]]
    what = " ".join([f"{scope.this}._{scope.method}.callback", *shown])
    run.recorder.call(what, lambda: nothing(callback(*given)))


def throw(_run: Run, _scope: Scope, message: str) -> None:
    raise ScriptedError(message)


def clean_up(run: Run, _scope: Scope, id_: str) -> None:
    cleanup = run.cleanups.get(id_)
    if cleanup is not None:
        run.recorder.call(f"cleanup {id_}", lambda: nothing(cleanup()))


def abort(run: Run, _scope: Scope, id_: str, message: str | None = None) -> None:
    reason = [] if message is None else [make_error(message)]
    run.recorder.call(
        " ".join(["abort", id_, *map(run.show, reason)]),
        lambda: nothing(run.controller(id_).abort(*reason)),
    )


def show_options(run: Run, options: Options) -> list[str]:
    """How the options of a call are written, without what is the program's own."""
    return [
        f"{name}={value if name == 'signal' else run.show(value)}"
        for name, value in options.items()
        if name != "script"
    ]


def given_options(run: Run, options: Options) -> dict[str, Any]:
    """Options as streams2 takes them: a signal is written by its name."""
    return {
        name: run.controller(value).signal if name == "signal" else value
        for name, value in options.items()
        if name != "script"
    }


def pipeline(run: Run, scope: Scope, names: list[str], id_: str, options: Options = NONE) -> None:
    found = [run.stream(name, scope) for name in names]
    if None in found:
        return
    for source, destination in zip(found, found[1:]):
        run.note("pipeline from", source)
        run.note("pipeline into", destination)
    callback = run.callback(id_, options.get("script", []), scope.this)
    given = given_options(run, options)

    def begin() -> str | None:
        if not given:
            return run.show(streams2.pipeline(*found, callback=callback))
        # Only Node's pipeline of promises has options: its callback waits for a promise.
        settle = partial(asyncio.get_running_loop().call_soon, callback)
        try:
            streams2.pipeline(*found, callback=settle, **given)
        except Exception as error:
            settle(error)
        return None

    run.recorder.call(" ".join(["pipeline", *names, id_, *show_options(run, options)]), begin)


PLAIN_VERBS: Mapping[str, Callable[..., None]] = {
    "later": later,
    "callback": call_back,
    "throw": throw,
    "cleanup": clean_up,
    "abort": abort,
    "pipeline": pipeline,
}


# -- done to one stream ---------------------------------------------------------------------------

Doing = Callable[..., None]


def simple(verb: str, *, takes_stream: bool = False) -> Doing:
    """A verb that passes its arguments on and whose answer is shown."""
    method = snake(verb)

    def do(run: Run, target: Target, *values: Any) -> None:
        if takes_stream:
            given = [run.stream(value, target.scope) for value in values]
            if None in given:
                return
        else:
            given = [run.value(value, target.scope) for value in values]
        what = " ".join([f"{target.name}.{verb}", *map(run.show, given)])
        run.recorder.call(what, lambda: run.answer(getattr(target.stream, method)(*given)))

    return do


def sending(verb: str) -> Doing:
    """`write` or `end`."""

    def do(run: Run, target: Target, value: Any = ABSENT, options: Options = NONE) -> None:
        label, callback = "", None
        if "callback" in options:
            run.callbacks += 1
            label = f"cb{run.callbacks}"
            callback = run.callback(label, options["callback"], target.this)
        chunk = None if value is ABSENT else run.value(value, target.scope)
        words = [f"{target.name}.{verb}"]
        if value is not ABSENT:
            words.append(run.show(chunk))
        encoding = options.get("encoding")
        words += [word for word in (encoding, label) if word]
        method = getattr(target.stream, verb)
        run.recorder.call(" ".join(words), lambda: run.answer(method(chunk, encoding, callback)))

    return do


def pushing(verb: str) -> Doing:
    """`push` or `unshift`."""

    def do(run: Run, target: Target, value: Any, options: Options = NONE) -> None:
        chunk = run.value(value, target.scope)
        words = [f"{target.name}.{verb}", run.show(chunk)]
        encoding = options.get("encoding")
        if encoding:
            words.append(encoding)
        method = getattr(target.stream, verb)
        run.recorder.call(" ".join(words), lambda: run.answer(method(chunk, encoding)))

    return do


def listening(verb: str, method: str) -> Doing:
    """`on` and its like."""

    def do(run: Run, target: Target, event: str, id_: str, script: Script | None = None) -> None:
        listener = run.listener(target.name, event, id_, script or [])
        run.listeners[f"{target.name} {event} {id_}"] = listener
        run.recorder.call(
            f"{target.name}.{verb} {event} {id_}",
            lambda: nothing(getattr(target.stream, method)(event, listener)),
        )

    return do


def read(run: Run, target: Target, *size: int) -> Any:
    """Read once; answer the chunk."""
    chunks: list[Any] = []

    def read_one() -> str:
        chunks.append(target.stream.read(*size))
        return run.show(chunks[0])

    run.recorder.call(" ".join([f"{target.name}.read", *map(str, size)]), read_one)
    return chunks[0]


def read_all(run: Run, target: Target, *size: int) -> None:
    while read(run, target, *size) is not None and not run.recorder.full:
        pass


def pipe(run: Run, target: Target, to: str, options: Options = NONE) -> None:
    dest = run.stream(to, target.scope)
    if dest is None:
        return
    run.note("pipe into", dest)
    words = [f"{target.name}.pipe", run.show(dest)]
    if "end" in options:
        words.append(f"end={run.show(options['end'])}")
    run.recorder.call(" ".join(words), lambda: run.answer(target.stream.pipe(dest, **options)))


def destroy(run: Run, target: Target, message: str | None = None) -> None:
    errors = [] if message is None else [make_error(message)]
    what = " ".join([f"{target.name}.destroy", *map(run.show, errors)])
    run.recorder.call(what, lambda: run.answer(target.stream.destroy(*errors)))


def destroy_early(run: Run, target: Target, message: str | None = None) -> None:
    errors = [] if message is None else [make_error(message)]
    what = " ".join([f"stream.destroy {target.name}", *map(run.show, errors)])
    run.recorder.call(what, lambda: nothing(streams2.destroy(target.stream, *errors)))


def add_abort_signal(run: Run, target: Target, id_: str) -> None:
    run.recorder.call(
        f"stream.addAbortSignal {id_} {target.name}",
        lambda: run.show(streams2.add_abort_signal(run.controller(id_).signal, target.stream)),
    )


def allow_half_open(run: Run, target: Target, flag: bool) -> None:
    def assign() -> None:
        target.stream.allow_half_open = flag

    run.recorder.call(f"{target.name}.allowHalfOpen={run.show(flag)}", assign)


def implement(run: Run, target: Target, method: str, script: Script) -> None:
    called = run.method(target.name, method, script)

    def assign() -> None:
        setattr(target.stream, f"_{method}", lambda *values: called(target.stream, *values))

    run.recorder.call(f"{target.name}._{method}=", assign)


def off(run: Run, target: Target, event: str, id_: str) -> None:
    listener = run.listeners.get(f"{target.name} {event} {id_}")
    if listener is not None:
        run.recorder.call(
            f"{target.name}.off {event} {id_}",
            lambda: nothing(target.stream.off(event, listener)),
        )


def remove_all_listeners(run: Run, target: Target, *event: str) -> None:
    run.recorder.call(
        " ".join([f"{target.name}.removeAllListeners", *event]),
        lambda: nothing(target.stream.remove_all_listeners(*event)),
    )


def emit(run: Run, target: Target, event: str, value: Any = ABSENT) -> None:
    values: list[Any] = []
    if value is not ABSENT:
        values.append(make_error(value) if event == "error" else run.value(value, target.scope))
    what = " ".join([f"{target.name}.emit", event, *map(run.show, values)])
    run.recorder.call(what, lambda: run.answer(target.stream.emit(event, *values)))


def finished(run: Run, target: Target, id_: str, options: Options = NONE) -> None:
    words = [f"{target.name}.finished", id_, *show_options(run, options)]

    def watch() -> None:
        callback = run.callback(id_, options.get("script", []), target.this)
        run.cleanups[id_] = streams2.finished(
            target.stream, callback, **given_options(run, options)
        )

    run.recorder.call(" ".join(words), watch)


STREAM_VERBS: Mapping[str, Doing] = {
    "write": sending("write"),
    "end": sending("end"),
    "cork": simple("cork"),
    "uncork": simple("uncork"),
    "setDefaultEncoding": simple("setDefaultEncoding"),
    "push": pushing("push"),
    "unshift": pushing("unshift"),
    "read": read,
    "readAll": read_all,
    "pause": simple("pause"),
    "resume": simple("resume"),
    "setEncoding": simple("setEncoding"),
    "pipe": pipe,
    "unpipe": simple("unpipe", takes_stream=True),
    "destroy": destroy,
    "destroyEarly": destroy_early,
    "addAbortSignal": add_abort_signal,
    "allowHalfOpen": allow_half_open,
    "implement": implement,
    "on": listening("on", "on"),
    "once": listening("once", "once"),
    "prepend": listening("prepend", "prepend_listener"),
    "prependOnce": listening("prependOnce", "prepend_once_listener"),
    "off": off,
    "removeAllListeners": remove_all_listeners,
    "emit": emit,
    "finished": finished,
}
