"""Runs stream programs on streams2. The language is in language.py; runner.js is the same on Node.

Its turns are those of a loop that runs ticks and coroutines in Node's order: see turns.py.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Callable

import streams2
from streams2.events import MaxListenersExceededWarning

from . import language
from .coverage import Coverage
from .language import Action, Program, Reaction, Script, Trace
from .notation import Recorder, js_length, show, show_error
from .turns import run_turns
from .verbs import PLAIN_VERBS, STREAM_VERBS, VALUES, Scope, Target, snake

KINDS: Mapping[str, Callable[..., Any]] = {
    "readable": streams2.Readable,
    "writable": streams2.Writable,
    "duplex": streams2.Duplex,
    "transform": streams2.Transform,
    "passthrough": streams2.PassThrough,
}


def run(program: Program, coverage: Coverage | None = None) -> Trace:
    """The trace of `program` on streams2; `coverage` counts what it does to what."""
    with warnings.catch_warnings():
        # A program that adds an eleventh listener goes on, as it does on Node.
        warnings.simplefilter("ignore", MaxListenersExceededWarning)
        running = Run(program, coverage)
        try:
            run_turns(running.step, running.guard)
        finally:
            set_default_marks(language.MARKS)
    return running.recorder.lines


SNAKE = {
    name: snake(name)
    for names in (language.OPTIONS, *language.PROPERTIES.values(), language.METHODS)
    for name in names
}


def set_default_marks(marks: Sequence[int]) -> None:
    """Set the default high-water marks, of bytes and of objects."""
    for object_mode, mark in zip((False, True), marks):
        streams2.set_default_high_water_mark(object_mode, mark)


class Reactions:
    """A script, and how often it was called."""

    def __init__(self, script: Script | None) -> None:
        self.script = script or []
        self.calls = 0

    def next(self) -> Reaction:
        if not self.script:
            return []
        reaction = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        return reaction


class Run:
    """One program at work."""

    def __init__(self, program: Program, coverage: Coverage | None) -> None:
        self.program = program
        self.coverage = coverage
        self.recorder = Recorder(language.LINES_AT_MOST)
        self.streams: dict[str, Any] = {}
        self.specs: dict[str, Mapping[str, Any]] = {}
        self.names: dict[int, str] = {}
        self.snapshots: dict[str, dict[str, str]] = {}
        self.listeners: dict[str, Callable[..., None]] = {}
        self.controllers: dict[str, streams2.AbortController] = {}
        self.cleanups: dict[str, Callable[[], None]] = {}
        self.callbacks = 0
        self.nexts = 0
        self.turn = 0
        self.turn_begun = False
        self.actions_done = False
        self.due: dict[int, deque[Callable[[], None]]] = {}

    # -- the schedule ---------------------------------------------------------------------------

    def step(self) -> bool:
        """Do one macrotask. False when nothing is left to do."""
        turns = self.program["turns"]
        while not self.recorder.full:
            if self.due.get(self.turn):
                self._begin_turn()
                self.guard(self.due[self.turn].popleft())
                return True
            if self.turn < len(turns) and not self.actions_done:
                self._do_turn(turns[self.turn])
                return True
            self._snapshot()
            self.due.pop(self.turn, None)
            self.turn += 1
            self.turn_begun = self.actions_done = False
            if self.turn >= len(turns) and not self.due:
                return False
            if self.turn >= language.TURNS_AT_MOST:
                self.recorder.truncate()
        return False

    def _begin_turn(self) -> None:
        if not self.turn_begun:
            self.turn_begun = True
            self.recorder.write(f"turn {self.turn}")

    def _do_turn(self, actions: list[Action]) -> None:
        self._begin_turn()
        self.actions_done = True
        if self.turn == 0:
            self._build()
        for action in actions:
            # The recorder has the exception: in the schedule it ends only its own action.
            with suppress(Exception):
                self.perform(action, Scope())

    def guard(self, task: Callable[[], object]) -> None:
        """Do `task` as a loop does: its exception is reported, and the loop goes on."""
        try:
            task()
        except Exception as error:
            self.recorder.write(f"uncaught {show_error(error)}")

    def _snapshot(self) -> None:
        for name, stream in self.streams.items():
            before = self.snapshots[name]
            changes = []
            for prop, value in self._properties(name, stream):
                known = before.get(prop)
                if known is None:
                    initial = "0" if prop.startswith("on:") else "false"
                    known = language.BASELINE.get(prop, initial)
                if value != known:
                    changes.append(f"{prop}={value}")
                before[prop] = value
            if changes:
                self.recorder.write(f"= {name} {' '.join(changes)}")

    def _properties(self, name: str, stream: Any) -> Iterator[Any]:
        for prop in language.PROPERTIES[self.specs[name]["kind"]]:
            yield prop, self.show(property_of(stream, prop))
        for event in language.EVENTS:
            yield f"on:{event}", str(stream.listener_count(event))

    # -- streams --------------------------------------------------------------------------------

    def _build(self) -> None:
        set_default_marks(self.program.get("marks", language.MARKS))
        for name in self.program.get("aborted", []):
            self.controller(name).abort()
        for name, spec in self.program["streams"].items():
            # The recorder has the exception; actions on a stream that is not there do nothing.
            with suppress(Exception):
                self.recorder.call(f"new {name}", partial(self._build_stream, name, spec))

    def _build_stream(self, name: str, spec: Mapping[str, Any]) -> None:
        options = {SNAKE[option]: value for option, value in spec.get("options", {}).items()}
        for method, script in spec.get("methods", {}).items():
            options[method] = self.method(name, method, script)
        if "signal" in options:
            options["signal"] = self.controller(options["signal"]).signal
        if spec["kind"] == "pair":
            one, other = streams2.duplex_pair(**options)
            self._enter(name, spec, one)
            self._enter(spec["other"], spec, other)
        else:
            self._enter(name, spec, KINDS[spec["kind"]](**options))

    def _enter(self, name: str, spec: Mapping[str, Any], made: Any) -> None:
        if spec.get("watch") is not False:
            self._watch(name, made)
        self.streams[name] = made
        self.specs[name] = spec
        self.names[id(made)] = name
        self.snapshots[name] = {}

    def _watch(self, name: str, stream: Any) -> None:
        emit = stream.emit

        def watched(event: str, *values: Any) -> bool:
            if event == "data" and js_length(values[0]) > language.CHUNK_AT_MOST:
                self.recorder.truncate()
            # Past the end of the trace, streams piped in a circle would go on for ever.
            if self.recorder.full:
                return False
            if event not in ("new_listener", "remove_listener"):
                self.write(f"{name} emit {event}", *event_values(event, values))
            return bool(emit(event, *values))

        stream.emit = watched

    def controller(self, name: str) -> streams2.AbortController:
        if name not in self.controllers:
            self.controllers[name] = streams2.AbortController()
        return self.controllers[name]

    def method(self, name: str, method: str, script: Script) -> Callable[..., None]:
        reactions = Reactions(script)

        def called(_: Any, *values: Any) -> None:
            callback = None
            if method != "read":
                *values, callback = values  # type: ignore[assignment]
            shown = [
                self.show_batch(value) if method == "writev" else self.show(value)
                for value in values
            ]
            self.recorder.write(" ".join([f"{name}._{method}", *shown]))
            chunk = None if method == "writev" or not values else values[0]
            self.react(reactions, Scope(name, method, callback, chunk))

        return called

    def listener(self, name: str, event: str, id_: str, script: Script) -> Callable[..., None]:
        reactions = Reactions(script)
        watched = self.specs[name].get("watch") is not False

        def called(*values: Any) -> None:
            shown = () if watched else event_values(event, values)
            self.write(f"{name} {event}#{id_}", *shown)
            self.react(reactions, Scope(name, chunk=values[0] if values else None))

        return called

    def callback(self, label: str, script: Script, this: str) -> Callable[..., None]:
        reactions = Reactions(script)

        def called(error: Any = None, *_: Any) -> None:
            self.write(label, error)
            self.react(reactions, Scope(this))

        return called

    # -- scripts --------------------------------------------------------------------------------

    def react(self, reactions: Reactions, scope: Scope) -> None:
        if self.recorder.full:
            return
        for action in reactions.next():
            self.perform(action, scope)

    def perform(self, action: Action, scope: Scope) -> None:
        if self.recorder.full:
            return
        verb, *rest = action
        if verb in PLAIN_VERBS:
            PLAIN_VERBS[verb](self, scope, *rest)
            return
        named, *values = rest
        name = scope.this if named == "this" else named
        stream = self.streams.get(name)
        if stream is not None:
            self.note(verb, stream)
            STREAM_VERBS[verb](self, Target(name, stream, scope), *values)

    def note(self, verb: str, stream: Any) -> None:
        """Count what is done to a stream in its state."""
        if self.coverage is not None:
            self.coverage.note(verb, stream)

    def stream(self, name: str, scope: Scope) -> Any:
        return self.streams.get(scope.this if name == "this" else name)

    def value(self, spec: Any, scope: Scope) -> Any:
        if not isinstance(spec, dict):
            return spec
        kind, content = next(iter(spec.items()))
        return VALUES[kind](content, spec, self, scope)

    def next_letter(self) -> str:
        letter = chr(97 + self.nexts % 26)
        self.nexts += 1
        return letter

    def next_number(self) -> int:
        self.nexts += 1
        return self.nexts

    # -- writing --------------------------------------------------------------------------------

    def show(self, value: Any) -> str:
        return show(value, self.names)

    def show_batch(self, entries: Any) -> str:
        shown = [f"{self.show(entry.chunk)}/{entry.encoding or 'none'}" for entry in entries]
        return f"[{', '.join(shown)}]"

    def write(self, what: str, *values: Any) -> None:
        self.recorder.write(" ".join([what, *map(self.show, values)]))

    def answer(self, value: Any) -> str | None:
        return None if value is None else self.show(value)


def property_of(stream: Any, prop: str) -> Any:
    """A property of a stream, by Node's name."""
    if prop in language.FUNCTION_PROPERTIES:
        return getattr(streams2, SNAKE[prop])(stream)
    value = getattr(stream, SNAKE[prop])
    return value() if prop in language.METHOD_PROPERTIES else value


def event_values(event: str, values: Sequence[Any]) -> Sequence[Any]:
    """What of an event's arguments is traced: the second of 'unpipe' is Node's private business."""
    return values[:1] if event == "unpipe" else values
