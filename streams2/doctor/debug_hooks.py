"""How debug mode hears of things: methods are replaced while it is on, and put back after."""

from __future__ import annotations

from functools import partial, wraps
from typing import Callable

from ..core import object_flow, telling
from ..core.life import Life
from ..core.telling import passed
from ..core.write_side import WriteSide
from ..events import emitter
from ..events.emitter import EventEmitter
from ..streams import readable, readable_base, stream, transform, writable
from ..streams.readable import Readable
from ..streams.readable_base import ReadableBase
from ..streams.sources import AsyncPump, SyncPump
from ..streams.stream import Stream
from ..streams.transform import Transform
from ..streams.writable import Writable
from .debug_calls import hook_calls
from .debug_methods import methods_of, place_of_running, run_timed, watched
from .debug_watch import Watch
from .untyped import Untyped

__all__ = ["Hooks"]

_BINDING = (stream, readable_base, readable, writable, transform)
"""The modules that make methods of the functions given as options."""

_CALLING = (emitter, object_flow, readable_base, telling)
"""The modules that run the coroutines of listeners and of callbacks."""

_USES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (Writable, ("cork", "end", "set_default_encoding", "uncork")),
    (ReadableBase, ("pause", "pipe", "resume", "unpipe", "unshift")),
    (Readable, ("set_encoding",)),
    (Stream, ("destroy",)),
    (EventEmitter, ("add_listener", "on", "once", "prepend_listener", "prepend_once_listener")),
    (EventEmitter, ("off", "remove_listener")),
)
"""What uses a stream besides `write`, `push`, `read` and `emit`."""


class Hooks:
    """What is replaced, and by what.

    Args:
        watch: who is told.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._originals: list[tuple[object, str, object]] = []
        self._seen: dict[tuple[type, str], object] = {}

    def put_in(self) -> None:
        """Hear of everything from now on."""
        for name in ("write", "push"):
            self._swap(Writable if name == "write" else ReadableBase, name, self._coming_in)
        self._swap(ReadableBase, "read", self._reading)
        for owner, names in _USES:
            for name in names:
                self._swap(owner, name, self._using)
        self._swap(EventEmitter, "emit", self._emitting)
        self._swap(WriteSide, "written", self._writing)
        # What a transform is given it may hand on, to one who changes it at once.
        self._swap(Transform, "_write", self._handing)
        self._swap(Life, "start", self._starting)
        self._swap(Life, "fail", self._failing)
        for module in _BINDING:
            self._swap(module, "bind", self._binding)
        for module in _CALLING:
            self._swap(module, "run_returned", self._running)
        self._swap(SyncPump, "start", self._iterating)
        self._swap(AsyncPump, "push_all", self._iterating_later)
        hook_calls(self._swap, self._watch)

    def take_out(self) -> None:
        """Leave everything as it was."""
        while self._originals:
            owner, name, original = self._originals.pop()
            setattr(owner, name, original)
        self._seen.clear()

    def _swap(self, owner: Untyped, name: str, wrap: Callable[[str, Untyped], Untyped]) -> None:
        original = vars(owner)[name]
        self._originals.append((owner, name, original))
        setattr(owner, name, wraps(original)(wrap(name, original)))

    # -- by what --------------------------------------------------------------------------------

    def _coming_in(self, name: str, original: Untyped) -> Untyped:
        hear = self._watch.write if name == "write" else self._watch.push

        def call(self: object, *args: object, **named: object) -> object:
            return hear(self, original, args, named)

        return call

    def _reading(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def read(self: object, size: int | None = None) -> object:
            watch.reading(self, size)
            return original(self, size)

        return read

    def _using(self, name: str, original: Untyped) -> Untyped:
        watch = self._watch

        def call(self: object, *args: object, **named: object) -> object:
            if isinstance(self, Stream):
                watch.used(self, name)
            if name == "destroy" and args and isinstance(args[0], BaseException):
                # It is told where it was passed: two frames up from there.
                passed(args[0], "destroy()")
            return original(self, *args, **named)

        return call

    def _emitting(self, _: str, original: Untyped) -> Untyped:
        watch, clock = self._watch, self._watch.clock

        def emit(self: EventEmitter, event: str, *args: object) -> object:
            if isinstance(self, Stream):
                watch.used(self, "emit")
            with clock.measure(partial(watch.emitted, self, event)):
                return original(self, event, *args)

        return emit

    def _writing(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def written(self: object, error: BaseException | None = None) -> object:
            watch.written(self)
            return original(self, error)

        return written

    def _handing(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def write(self: Untyped, *args: object) -> object:
            watch.given_to_ours(self)
            answer = original(self, *args)
            watch.waits(self, "_write", args)
            return answer

        return write

    def _failing(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def fail(self: Life, error: BaseException, *, sync: bool = False) -> object:
            watch.failing(self, error)
            return original(self, error, sync=sync)

        return fail

    def _starting(self, _: str, original: Untyped) -> Untyped:
        watch, watch_class = self._watch, self._watch_class

        def start(self: Life) -> object:
            watch_class(type(self.face))
            watch.made(self)
            return original(self)

        return start

    def _binding(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def bind(owner: Stream, name: str, function: Untyped) -> object:
            if callable(function):
                function = watched(function, name, watch, watch.clock)
            return original(owner, name, function)

        return bind

    def _running(self, _: str, original: Untyped) -> Untyped:
        """Coroutines that listeners and callbacks return."""
        watch = self._watch

        def run_returned(returned: Untyped, *then: object) -> object:
            place = place_of_running(returned)
            if place is not None:
                took = partial(watch.kept, "a coroutine", place)
                returned = run_timed(returned, watch.clock, took)
            return original(returned, *then)

        return run_returned

    def _iterating(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        def start(self: Untyped) -> object:
            place = place_of_running(self.iterator)
            if place is None:
                return original(self)
            with watch.clock.measure(partial(watch.kept, "the generator read from", place)):
                return original(self)

        return start

    def _iterating_later(self, _: str, original: Untyped) -> Untyped:
        watch = self._watch

        async def push_all(self: Untyped, *begun: object) -> object:
            place = place_of_running(self.iterator)
            if place is None:
                return await original(self, *begun)
            took = partial(watch.kept, "the generator read from", place)
            return await run_timed(original(self, *begun), watch.clock, took)

        return push_all

    def _watch_class(self, cls: type) -> None:
        """Have the methods that users define in `cls` and its bases watched."""
        for base, name, function in list(methods_of(cls)):
            if self._seen.get((base, name)) is not function:
                watcher = watched(function, name, self._watch, self._watch.clock)
                self._originals.append((base, name, function))
                self._seen[base, name] = watcher
                setattr(base, name, watcher)
