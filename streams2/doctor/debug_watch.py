"""What debug mode looks for, and what it says of what it finds."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Callable

from ..core.demand import ENDED
from ..core.flow import IDLE
from ..core.life import CONSTRUCTING, OPEN, Life
from ..core.write_side import WriteSide
from ..errors import MultipleCallbackError, add_note
from ..errors.warnings import (
    BackpressureWarning,
    CallbackWarning,
    ChunkChangedWarning,
    SlowMethodWarning,
    ThreadWarning,
    UnusedStreamWarning,
)
from ..loop.keepers import unref
from .debug_chunks import Entry, Held, can_change, said_of
from .debug_frames import Caller, Place, caller_of, is_ours, place_here, place_of_code
from .debug_given import Given
from .debug_marks import Answers, is_too_much
from .debug_methods import Call, Clock, code_of
from .debug_telling import Teller, named
from .outside import rooms_of
from .untyped import Untyped

__all__ = ["Settings", "Watch"]

Original = Callable[..., object]
_GIVEN = ("_write", "_writev", "_transform")


class Settings:
    """When debug mode says something.

    Args:
        marks: how many high-water marks, and answers of False, a caller may go past.
        patience: how many seconds a method may take to call its callback.
        blocked: how many seconds a method may keep the loop.
        now: what time it is, in seconds.
    """

    def __init__(
        self,
        marks: int = 8,
        patience: float = 5.0,
        blocked: float = 0.05,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.marks, self.patience, self.blocked, self.now = marks, patience, blocked, now


class _Record:
    """What is remembered of one stream."""

    def __init__(self) -> None:
        self.writes, self.pushes = Answers(), Answers()
        self.written, self.pushed = Held(), Held()
        # How many of its methods have a callback to call: what is pushed meanwhile answers a write.
        self.working = 0
        self.loop: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self.thread = 0
        self.used = False
        self.twice: str | None = None
        # What its method was given, and has handed on by now.
        self.handed_on: list[object] = []
        self.given, self.from_its_first = Given(), False


class Watch:
    """Hears of what is done with streams, from when debug mode is turned on until it is off."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(settings.now)
        self.teller = Teller()
        self._records: dict[int, tuple[weakref.ref[Untyped], _Record]] = {}
        self._open: dict[Call, asyncio.AbstractEventLoop | None] = {}
        self._timers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.TimerHandle] = (
            weakref.WeakKeyDictionary()
        )

    def stop(self) -> None:
        """Say nothing more."""
        self.teller.silent = True
        self._open.clear()
        for timer in self._timers.values():
            timer.cancel()

    def _record(self, stream: object) -> _Record:
        key = id(stream)
        known = self._records.get(key)
        if known is not None and known[0]() is stream:
            return known[1]
        record = _Record()
        side = getattr(stream, "_writable_state", None)
        if isinstance(side, WriteSide) and id(getattr(side.on_write, "__self__", None)) == id(side):
            # It was bound before debug mode was on.
            side.on_write = side.written
        forget = weakref.ref(stream, lambda ref: self._forget(key, ref))
        self._records[key] = forget, record
        return record

    def _forget(self, key: int, ref: weakref.ref[Untyped]) -> None:
        if key in self._records and self._records[key][0] is ref:
            del self._records[key]

    # -- a stream is made -----------------------------------------------------------------------

    def made(self, life: Life) -> None:
        """A stream begins to live."""
        look = _LeftBehind(life, self.teller).look
        life.onlookers.add(look)
        record, loop = self._record(life.face), asyncio._get_running_loop()
        record.from_its_first = True
        if loop is not None:
            record.loop, record.thread = weakref.ref(loop), threading.get_ident()

    def given(self, stream: object) -> Given | None:
        """Which chunk a method of a stream was given last, if all were counted."""
        key = id(stream)
        known = self._records.get(key)
        if known is None or known[0]() is not stream or not known[1].from_its_first:
            return None
        return known[1].given if known[1].given.last else None

    # -- chunks come in -------------------------------------------------------------------------

    def write(
        self, stream: Untyped, original: Original, args: Sequence[Untyped], named_args: Untyped
    ) -> object:
        """`write` is called."""
        state, record = stream._writable_state, self._record(stream)
        self.used(stream, "write")
        caller = caller_of(stream, sys._getframe(2))
        chunk = args[0] if args else named_args.get("chunk")
        changeable, before = can_change(chunk), state.length
        record.given.comes(len(state.buffer), None if caller is None else caller.place)
        if changeable:
            record.written.add(chunk, None if caller is None else caller.place)
        try:
            answer = original(stream, *args, **named_args)
        finally:
            if changeable and state.in_flight is None:
                record.written.forget_gone(request.chunk for request in state.buffer)
        if caller is not None and not state.corked and not state.life.failed:
            mark = state.high_water_mark
            ignored = record.writes.ignored(
                caller.who, before=before, after=state.length, mark=mark, welcome=bool(answer)
            )
            waiting = stream.listener_count("drain")
            if is_too_much(ignored, waiting, state.length, mark, self.settings.marks):
                self._ignored(stream, "write", caller, state.length, mark, state.object_mode)
        return answer

    def push(
        self, stream: Untyped, original: Original, args: Sequence[Untyped], named_args: Untyped
    ) -> Untyped:
        """`push` is called."""
        state, record = stream._readable_state, self._record(stream)
        self.used(stream, "push")
        caller = caller_of(stream, sys._getframe(2))
        chunk = args[0] if args else named_args.get("chunk")
        before, changeable = state.buffer.size, can_change(chunk)
        if state.reading:
            # It was asked for: by `_read`, since the last one.
            record.pushes.forget()
        if changeable:
            record.written.hand_on(chunk)
            record.handed_on.append(chunk)
            record.pushed.add(chunk, None if caller is None else caller.place)
        try:
            answer = original(stream, *args, **named_args)
        finally:
            if changeable:
                record.pushed.forget_gone(state.buffer.chunks)
        if caller is not None and chunk is not None and not record.working:
            held, mark = state.buffer.size, state.high_water_mark
            ignored = record.pushes.ignored(
                caller.who, before=before, after=held, mark=mark, welcome=bool(answer)
            )
            if not state.life.failed and is_too_much(ignored, 0, held, mark, self.settings.marks):
                self._ignored(stream, "push", caller, held, mark, state.object_mode)
        return answer

    def _ignored(
        self, stream: Untyped, method: str, caller: Caller, held: int, mark: int, objects: bool
    ) -> None:
        place = caller.place or stream._life.made_at
        if self.teller.knows(BackpressureWarning, place):
            return
        who = str(caller.place) if caller.place else "who called it from the loop or as a listener"
        unit = "objects" if objects else "bytes"
        wait = {
            "write": "Wait for 'drain' (`await stream.drained()`), or use a pipe",
            "push": "Push no more until `_read` is called",
        }
        self.teller.warn(
            BackpressureWarning,
            place,
            f"{method}() answered False, and {who} went on: {named(stream, stream._life)} holds "
            f"{held:,} {unit}, {held - mark:,} over its mark of {mark:,}. {wait[method]}",
        )

    # -- chunks go out --------------------------------------------------------------------------

    def reading(self, stream: Untyped, size: object) -> None:
        """`read` is called."""
        self.used(stream, "read")
        record = self._record(stream)
        if size != 0:
            chunks = stream._readable_state.buffer.chunks
            entry = record.pushed.first_is_changed(chunks)
            if entry is not None:
                self._changed(stream, entry, "pushed")
            record.pushed.forget_gone(list(chunks)[1:] if entry is not None else chunks)

    def written(self, side: Untyped) -> None:
        """A chunk is written, or could not be."""
        self.leaves(side)
        self._record(side.face).given.done()

    def leaves(self, side: Untyped) -> None:
        """A chunk is held no longer."""
        record = self._record(side.face)
        held = record.written.leaving([request.chunk for request in side.buffer])
        for entry in held:
            if not side.life.failed:
                self._changed(side.face, entry, "written")

    def _changed(self, stream: Untyped, entry: Entry, how: str) -> None:
        self.teller.warn(
            ChunkChangedWarning,
            entry.place or stream._life.made_at,
            f"{said_of(entry)} was changed after it was {how} to "
            f"{named(stream, stream._life)}, and before that had done with it. It is passed on as "
            "it is, and not copied: write bytes(chunk), or a new one each time",
        )

    # -- methods that users define --------------------------------------------------------------

    def begins(self, face: Untyped, name: str, args: tuple[Untyped, ...]) -> None:
        """A method is called."""
        if name in _GIVEN:
            self.leaves(face._writable_state)
            record = self._record(face)
            record.handed_on.clear()
            record.given.begins(len(args[0]) if name == "_writev" else 1)

    def given_to_ours(self, face: Untyped) -> None:
        """A method of this package is given a chunk."""
        self.leaves(face._writable_state)
        self._record(face).handed_on.clear()

    def waits(self, face: Untyped, name: str, args: tuple[Untyped, ...]) -> None:
        """A method waits: what it was given is nobody's to change until it goes on."""
        if name not in _GIVEN or face._writable_state.in_flight is None:
            return
        record = self._record(face)
        chunks = [one.chunk for one in args[0]] if name == "_writev" else [args[0]]
        for chunk in reversed(chunks):
            if can_change(chunk) and not any(one is chunk for one in record.handed_on):
                record.written.keep_first(chunk, record.given.place)

    def goes_on(self, face: Untyped, name: str) -> None:
        """A method goes on, and may change what it was given."""
        if name in _GIVEN:
            self.leaves(face._writable_state)

    def calls(self, call: Call) -> None:
        """A method is called, and given a callback."""
        self._record(call.face).working += 1
        loop = asyncio._get_running_loop()
        self._open[call] = loop
        if loop is not None and not self.teller.silent and loop not in self._timers:
            self._timers[loop] = timer = loop.call_later(self.settings.patience, self.look, loop)
            unref(timer)

    def called_back(self, call: Call) -> None:
        """The callback was called."""
        self.goes_on(call.face, call.name)
        self.given_up(call)

    def given_up(self, call: Call) -> None:
        """It will not be called."""
        self._record(call.face).working -= 1
        self._open.pop(call, None)

    def called_twice(self, call: Call, second: Sequence[Place]) -> None:
        """The callback is called a second time."""
        first, again = _told_apart(call.first, second)
        self._record(call.face).twice = (
            f"The callback of {call.name} ({call.place}) was called first {first}, "
            f"and again {again}"
        )

    def called_on(self, call: Call) -> None:
        """It was, and no error came of it at once."""
        record = self._record(call.face)
        text = record.twice
        if text is not None and call.name != "_construct":
            record.twice = None
            self.teller.warn(CallbackWarning, call.place, f"{text}. Nothing else tells of it")

    def failing(self, life: Life, error: object) -> None:
        """A stream fails."""
        record = self._record(life.face)
        if isinstance(error, MultipleCallbackError) and record.twice is not None:
            text, record.twice = record.twice, None
            if life.destroyed:
                # That of `_construct` is found out in a later tick: nobody hears of it by now.
                self.teller.warn(CallbackWarning, life.made_at, f"{text}. Nothing else tells of it")
            else:
                add_note(error, text)

    def took(self, face: Untyped, name: str, place: Place, seconds: float) -> None:
        """A method has run for so long."""
        if seconds > self.settings.blocked:
            self.teller.warn(
                SlowMethodWarning,
                place,
                f"{name} of {named(face, face._life)} kept the loop for {seconds * 1000:.0f} ms, "
                "and with it everything else. Do such work in a thread",
            )

    def kept(self, what: str, place: Place, seconds: float) -> None:
        """A function or a generator of the user's has run for so long."""
        if seconds > self.settings.blocked:
            self.teller.warn(
                SlowMethodWarning,
                place,
                f"{what} ({place}) kept the loop for {seconds * 1000:.0f} ms, and with it "
                "everything else. Do such work in a thread",
            )

    def emitted(self, stream: Untyped, event: str, seconds: float) -> None:
        """The listeners of an event have taken so long."""
        if seconds <= self.settings.blocked:
            return
        codes = [code_of(listener) for listener in stream.listeners(event)]
        places = [place_of_code(code) for code in codes if code is not None and not is_ours(code)]
        if places:
            self.teller.warn(
                SlowMethodWarning,
                places[0],
                f"what listens to {event!r} ({', '.join(map(str, places))}) of "
                f"{_named(stream)} kept the loop for {seconds * 1000:.0f} ms, and "
                "with it everything else. Do such work in a thread",
            )

    # -- callbacks that do not come -------------------------------------------------------------

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Warn of callbacks that have not been called for long."""
        self._timers.pop(loop, None)
        now, patience = self.settings.now(), self.settings.patience
        mine = [call for call, its in self._open.items() if its is loop]
        late = [call for call in mine if now - call.begun >= patience]
        for call in late:
            self._open.pop(call)
            self._late(call, f"has not called its callback for {now - call.begun:.0f} s")
        if len(mine) > len(late):
            self._timers[loop] = timer = loop.call_later(patience, self.look, loop)
            unref(timer)

    def look_back(self) -> None:
        """Warn of callbacks that were never called in a run that is over."""
        for call, loop in list(self._open.items()):
            if loop is not None and loop.is_closed():
                self._open.pop(call)
                if call.name == "_destroy" or not call.face.destroyed:
                    self._late(call, "never called its callback, and the run is over")

    def _late(self, call: Call, what: str) -> None:
        self.teller.warn(
            CallbackWarning,
            call.place,
            f"{call.name} ({call.place}) of {named(call.face, call.face._life)} {what}",
        )

    # -- threads --------------------------------------------------------------------------------

    def used(self, stream: Untyped, method: str) -> None:
        """A method of a stream is called: in the thread of its loop?"""
        record, loop, thread = (
            self._record(stream),
            asyncio._get_running_loop(),
            threading.get_ident(),
        )
        its = None if record.loop is None else record.loop()
        over = its is None or its.is_closed() or not its.is_running()
        # It belongs where it is first used; if no loop runs there, where it was made.
        if over or (loop is not None and not record.used):
            if loop is not None:
                record.loop, record.thread, record.used = weakref.ref(loop), thread, True
        elif loop is not its and thread != record.thread:
            place = place_here(sys._getframe(1))
            self.teller.warn(
                ThreadWarning,
                place,
                f"{method}() of {named(stream, stream._life)} was called in the thread "
                f"{threading.current_thread().name!r}, and the stream belongs to the thread of its "
                "loop. Use loop.call_soon_threadsafe",
            )


def _named(emitter: Untyped) -> str:
    life = getattr(emitter, "_life", None)
    return f"a {type(emitter).__name__}" if life is None else named(emitter, life)


def _told_apart(first: Sequence[Place], again: Sequence[Place]) -> tuple[str, str]:
    """Where two calls were made, in words: if a wrapper made both, also who called that."""
    differ = [depth for depth, (one, other) in enumerate(zip(first, again)) if one != other]
    depth = differ[0] if differ else 0
    return _in_words(first, depth), _in_words(again, depth)


def _in_words(places: Sequence[Place], depth: int) -> str:
    if not places:
        return "by the loop"
    return f"at {places[0]} (from {places[depth]})" if depth else f"at {places[0]}"


class _LeftBehind:
    """Goes with a stream, and looks what became of it."""

    def __init__(self, life: Life, teller: Teller) -> None:
        self._life, self._teller = life, teller

    def look(self) -> None:
        """It is enough to be held by the stream."""

    def __del__(self) -> None:
        if sys.is_finalizing() or self._teller.silent or not _was_left(self._life):
            return
        life = self._life
        self._teller.warn(
            UnusedStreamWarning,
            life.made_at,
            f"{named(life.face, life)} was never {_never(life)}",
        )


def _was_left(life: Untyped) -> bool:
    if life.machine.state not in (OPEN, CONSTRUCTING) or life.errored or life.stays_open:
        return False
    if "crypto" in rooms_of(life.face):
        # By `update` and `digest` it is done with, and as a stream it was never used.
        return False
    reading, writing = life.read_side, life.write_side
    if writing is not None and writing.enabled and writing.demand.state in ENDED:
        return False
    if reading is not None and reading.enabled:
        return reading.flow.state is IDLE and not reading.data_emitted
    return True


def _never(life: Untyped) -> str:
    can = [
        word
        for word, side in (("read", life.read_side), ("ended", life.write_side))
        if side is not None and side.enabled
    ]
    return ", ".join((*can, "destroyed"))
