"""What is heard becomes a list of events."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any, Callable

from typing_extensions import Concatenate, ParamSpec, TypedDict, Unpack

from ..channel import Channel
from ..core.machine import Machine, MachineEvent, State
from ..core.pipe import Pipe
from ..errors import UnsettledError
from ..streams.readable import Readable
from ..streams.stream import Stream
from ..streams.writable import Writable
from ._events import PLAIN, Chunk, Event, Level, SourceCode, Subject, event_of
from ._hooks import NO_CHUNK, hear_writes, unlisten
from ._identity import Identities
from ._known import (
    Known,
    class_name,
    in_words,
    place_of,
    places_of,
    side_of,
    takes_chunks,
    unit_to_read,
    unlike,
    weigh,
)
from ._lines import Code, LineTracer, outermost, source_of
from ._methods import PUTS, TAKES, WRITES
from ._tasks import Tasks
from .telling import Place

__all__ = ["Recorder"]

P = ParamSpec("P")

_TAKES = TAKES | {"read"}
_TOLD = frozenset(
    {
        *("data", "end", "readable", "pause", "resume", "close", "error"),
        *("drain", "finish", "prefinish", "pipe", "unpipe"),
    }
)


class Details(TypedDict, total=False):
    """What an event has besides what all have: as of `Event`."""

    chunk: int | None
    value: str | None
    machine: str
    before: str
    after: str


def _one_at_a_time(
    method: Callable[Concatenate[Recorder, P], None],
) -> Callable[Concatenate[Recorder, P], None]:
    """Of two threads the second waits until what the first has told is written down."""

    @functools.wraps(method)
    def call(self: Recorder, /, *args: P.args, **named: P.kwargs) -> None:
        with self.lock:
            method(self, *args, **named)

    return call


class Recorder:
    """Hears of everything in its thread, and writes it down, one thing at a time.

    Args:
        names: what to call streams and channels.
        code: what to record line by line.
        clock: what time it is, in seconds.
        most: how many events to write down.
        threads: whether to hear all threads, too.

    Attributes:
        chunks: the chunks, and where they are.
        lines: which lines run.
        standing: why the program stands still at the end, if it does.
        complete: whether all that happened was written down, and not only the most that was wanted.
    """

    def __init__(
        self,
        names: Mapping[str, object],
        code: Iterable[Code],
        clock: Callable[[], float],
        most: float = math.inf,
        threads: bool = False,
    ) -> None:
        here = threading.get_ident()
        self.thread = None if threads else here
        self.lock = threading.RLock()
        self.chunks = Identities()
        self.lines = LineTracer(code, self, threads)
        self._clock = clock
        self._began = clock()
        # Who an event's owner is called is known at last only: with each, who that is; and who the
        # other stream is.
        self._written: list[tuple[object, dict[str, Any], object]] = []
        self._tasks = Tasks(here if threads else None)
        # By identity, and held: an object's identity is its own only while it lives.
        self._known: dict[int, Known] = {}
        # The streams that were made meanwhile: those that nobody named are numbered in this order.
        self._made: dict[int, Stream] = {}
        self._stopped = False
        # What was written down with the names that are known at last, once it has been asked for.
        self._told: list[Event] | None = None
        self._most = most
        self.complete = True
        self.standing = ""
        # What said that the program can never go on, and how much had happened then.
        self._unsettled = ("", 0)
        for name, thing in names.items():
            self._know(thing).name = name

    def stop(self) -> None:
        """Write nothing more down."""
        self._stopped = True

    # -- what was heard -------------------------------------------------------------------------

    @_one_at_a_time
    def stepped(self, machine: Machine[Any, Any], before: State, event: MachineEvent) -> None:
        if self.thread in (None, threading.get_ident()):
            # A side's machine is its stream's.
            self._write(
                getattr(machine.owner, "face", machine.owner),
                "step",
                event.value,
                machine=machine.table.name,
                before=before.value,
                after=machine.state.value,
            )

    @_one_at_a_time
    def made(self, stream: Stream) -> None:
        self._made[id(stream)] = stream

    @_one_at_a_time
    def called(self, owner: object, method: str, chunk: object) -> None:
        known = self._know(owner)
        number = None
        if chunk is not NO_CHUNK and chunk is not None:
            actor = self._actor() if method in PUTS else 0
            number = self.chunks.enters(chunk, anew=method == "push", actor=actor)
            if method in WRITES:
                self._write(owner, "call", method, chunk=number)
                if method == "write" and isinstance(owner, Writable) and takes_chunks(owner):
                    known.accepted.join(number)
                return
        self._write(owner, "call", method, chunk=number)

    @_one_at_a_time
    def answered(self, owner: object, method: str, answer: object) -> None:
        number = None
        if method in _TAKES:
            value = "None"
            if answer is not None:
                actor = self._actor() if method in TAKES else 0
                number = self.chunks.leaves(answer, *places_of(owner), actor=actor)
                value = self.chunks.chunks[number - 1].preview
        else:
            value = in_words(answer)
        self._write(owner, "answer", method, chunk=number, value=value)

    @_one_at_a_time
    def failed(self, owner: object, method: str, error: BaseException) -> None:
        accepted = self._know(owner).accepted
        if method == "write" and len(accepted):
            accepted.become(accepted.window()[:-1])
        self._write(owner, "error", method, value=f"{type(error).__name__}: {error}")

    @_one_at_a_time
    def emitting(self, owner: Stream, event: str, args: tuple[object, ...]) -> None:
        if event not in _TOLD:
            return
        number = value = other = None
        if event == "data" and args:
            number = self.chunks.leaves(args[0], place_of(owner, "readable"))
        elif event == "error" and args:
            value = f"{type(args[0]).__name__}: {args[0]}"
        elif event in ("pipe", "unpipe") and args and isinstance(args[0], Stream):
            other = args[0]
            self._know(other)
        self._write(owner, "emit", event, other, chunk=number, value=value)

    @_one_at_a_time
    def waits(self, owner: object, method: str, chunk: object, why: str | None = None) -> None:
        number = None if chunk is NO_CHUNK else self.chunks.enters(chunk)
        self._write(owner, "wait", method, chunk=number, value=why)

    @_one_at_a_time
    def moved(self, owner: object, kind: str, chunk: object) -> None:
        """A chunk has come from outside of what is recorded, or has left for it: of a `Place`."""
        if kind == "read":
            number = self.chunks.enters(chunk, anew=True)
            self._write(owner, kind, kind, chunk=number)
        else:
            number = self.chunks.leaves(chunk, place_of(owner, "writable"))
            self._write(owner, kind, kind, chunk=number)
            self.chunks.gone(number)

    @_one_at_a_time
    def told(self, owner: object, event: str, why: str | None) -> None:
        self._write(owner, "emit", event, value=why)

    @_one_at_a_time
    def blocks(self, method: str) -> None:
        if self.lines.running:
            frame = self.lines.running[-1]
            self._write(frame, "suspend", frame.f_code.co_name, value=method)

    @_one_at_a_time
    def goes_on(self) -> None:
        if self.lines.running:
            self.came_back(self.lines.running[-1])

    @_one_at_a_time
    def wrote(self, stream: Writable[object], error: BaseException | None) -> None:
        known, state = self._know(stream), stream._writable_state
        if state.in_flight is None:
            return
        numbers = known.accepted.leave(len(known.accepted) - len(state.buffer))
        known.leaving = state.in_flight[0]
        for number in numbers:
            if error is None:
                self._write(known.thing, "written", "written", chunk=number)
            else:
                self._write(
                    known.thing,
                    "error",
                    "written",
                    chunk=number,
                    value=f"{type(error).__name__}: {error}",
                )
            self.chunks.gone(number)
        known.leaving = 0

    def saw_raised(self, error: BaseException) -> None:
        """What says that a program can never go on says why, whoever catches it."""
        if isinstance(error, UnsettledError):
            self._unsettled = (str(error), len(self._written))

    @property
    def unsettled(self) -> str:
        """What was raised because the program can never go on; empty if it went on all the same."""
        text, at = self._unsettled
        went_on = any(
            event["kind"] in ("call", "emit", "step") for _, event, _ in self._written[at:]
        )
        return "" if went_on else text

    def _actor(self) -> int:
        return self._tasks.running(self.lines.running)[1]

    # -- which line runs ------------------------------------------------------------------------

    @_one_at_a_time
    def saw_locals(self, frame: FrameType) -> None:
        """Call what a program's variables hold by the names of these."""
        if not self.complete:
            return
        # Without lines, a function is seen at its end: before the one that called it with a stream.
        code = frame.f_code
        count = 0 if self.lines.lines else code.co_argcount + code.co_kwonlyargcount
        unnamed = ("self", *code.co_varnames[:count])
        for name, value in frame.f_locals.items():
            if isinstance(value, (Stream, Channel)) and name not in unnamed:
                known = self._know(value)
                known.name = known.name or name

    @_one_at_a_time
    def ran_line(self, frame: FrameType) -> None:
        self._write(frame, "line", frame.f_code.co_name)

    @_one_at_a_time
    def left(self, frame: FrameType, suspended: bool, raised: str | None) -> None:
        kind = "suspend" if suspended else "return"
        self._write(frame, kind, frame.f_code.co_name, value=raised)

    @_one_at_a_time
    def came_back(self, frame: FrameType) -> None:
        self._write(frame, "resume", frame.f_code.co_name)

    # -- writing it down ------------------------------------------------------------------------

    def _write(
        self,
        owner: object,
        kind: str,
        name: str,
        other: object = None,
        **details: Unpack[Details],
    ) -> None:
        if self._stopped:
            return
        if len(self._written) >= self._most:
            self._go_without(owner)
            return
        holds: tuple[Level, ...] = ()
        running = self.lines.running
        task, actor = self._tasks.running(running)
        if isinstance(owner, FrameType):
            owner = self._tasks.name_of(owner, running)
        else:
            holds = self._holds(self._know(owner))
        frame = running[-1] if running else None
        event = {
            **PLAIN,
            "number": len(self._written),
            "seconds": self._clock() - self._began,
            "kind": kind,
            "name": name,
            "holds": holds,
            "file": frame and frame.f_code.co_filename,
            "line": frame and frame.f_lineno,
            "task": task,
            "actor": actor,
            **details,
        }
        self._written.append((owner, event, other))

    def _go_without(self, owner: object) -> None:
        """All that is wanted is written down: let the program go on as fast as it can."""
        if self.complete:
            self.complete = False
            unlisten(self)
        # Its lines are still told: who is asked for the time may count them.
        if isinstance(owner, FrameType):
            self._clock()

    def _know(self, thing: object) -> Known:
        known = self._known.get(id(thing))
        if known is None:
            known = self._known[id(thing)] = Known(thing)
            if isinstance(thing, Writable):
                hear_writes(thing)
        return known

    def _holds(self, known: Known) -> tuple[Level, ...]:
        thing = known.thing
        holds: tuple[Level, ...] = ()
        if isinstance(thing, Readable):
            read = thing._readable_state
            numbers = self.chunks.held(read.buffer, place_of(thing, "readable"))
            size, mark, unit = read.buffer.size, read.high_water_mark, unit_to_read(read)
            holds += (Level("readable", size, mark, numbers, unit=unit),)
        if isinstance(thing, Writable):
            holds += (self._holds_to_write(known, thing),)
        if isinstance(thing, Channel):
            holds += self._holds_of_channel(thing)
        if isinstance(thing, Place):
            holds += self._holds_of_place(thing)
        return holds

    def _holds_of_place(self, place: Place) -> tuple[Level, ...]:
        # First the door, as of a channel.
        sides = sorted(place.held(), key=lambda held: held.side != "putting")
        levels = [
            Level(
                *(held.side, held.length, held.mark),
                self.chunks.held(held.row, side_of(place, held.side)),
                held.in_flight,
                held.unit,
            )
            for held in sides
        ]
        order = ("readable", "writable", "values", "putting", "taking")
        return tuple(sorted(levels, key=lambda level: order.index(level.side)))

    def _holds_to_write(self, known: Known, thing: Writable[object]) -> Level:
        state = thing._writable_state
        queued = len(state.buffer)
        if state.in_flight is None and len(known.accepted) > queued:
            # Some were given up, with the stream.
            known.accepted.leave(len(known.accepted) - queued)
        numbers = known.accepted.window()
        length = state.length - known.leaving
        flying = 0 if known.leaving else max(len(numbers) - queued, 0)
        weigh(known.weights, state, numbers, queued)
        unit = "objects" if state.object_mode else "bytes" if state.decode_strings else "characters"
        return Level("writable", length, state.high_water_mark, numbers, flying, unit)

    def _holds_of_channel(self, channel: Channel[object, object]) -> tuple[Level, ...]:
        size, values, putting, taking = channel.glimpse()
        # First the door: who is no longer at it has gone in.
        at_the_door = self.chunks.held(putting, place_of(channel, "door"))
        numbers = self.chunks.held(values, place_of(channel))
        return (
            Level("values", channel.buffered, size, numbers, unit="values"),
            Level("putting", len(putting), None, at_the_door, unit="puts"),
            Level("taking", taking, None, unit="takes"),
        )

    def waits_at_last(self) -> list[object]:
        """What somebody waits for, to put, to take or to write."""
        found: list[object] = []
        for known in self._known.values():
            thing = known.thing
            if isinstance(thing, Channel):
                _, _, putting, taking = thing.glimpse()
                found += [thing] if putting or taking else []
            elif isinstance(thing, Writable) and not thing.destroyed and thing.writable_need_drain:
                found.append(thing)
        return found

    # -- reading it back ------------------------------------------------------------------------

    def _in_order(self) -> list[int]:
        """Everything that was seen, in the order in which it was; streams as they were made."""
        made = [key for key in self._made if key in self._known]
        in_turn = iter(made)
        known = set(made)
        return [next(in_turn) if key in known else key for key in self._known]

    def names(self) -> dict[int, str]:
        """A name for everything that was seen, by identity; no two are the same."""
        names: dict[int, str] = {}
        taken: set[str] = set()
        pipes: list[Pipe] = []
        for key in self._in_order():
            known = self._known[key]
            if isinstance(known.thing, Pipe) and known.name is None:
                pipes.append(known.thing)
                continue
            names[key] = unlike(known.name or class_name(known.thing), taken)
        for pipe in pipes:
            ends = [names.get(id(end), class_name(end)) for end in (pipe.source, pipe.destination)]
            names[id(pipe)] = unlike(f"pipe {ends[0]} to {ends[1]}", taken)
        return names

    def subjects(self) -> list[Subject]:
        """All that was seen."""
        names = self.names()
        found = {names[key]: self._subject(names, key) for key in self._in_order()}
        functions = [*(code.co_name for code in self.lines.seen), *self._tasks.names]
        for name in functions:
            found.setdefault(name, Subject(name, "function"))
        return list(found.values())

    def _subject(self, names: Mapping[int, str], key: int) -> Subject:
        known = self._known[key]
        ends: tuple[str, ...] = ()
        if isinstance(known.thing, Pipe):
            both = (known.thing.source, known.thing.destination)
            ends = tuple(names.get(id(end), class_name(end)) for end in both)
        named = known.name is not None
        return Subject(names[key], known.kind, known.objects, ends, named, known.methods)

    def seen_chunks(self) -> list[Chunk]:
        """The chunks, number 1 first."""
        return list(self.chunks.chunks)

    def sources(self) -> list[SourceCode]:
        """The text of the recorded functions that ran; of nested ones, the outermost."""
        seen = self.lines.seen
        whole = {code.co_filename for code in seen if code.co_name == "<module>"}
        found = [
            source_of(code)
            for code in seen
            if code.co_name == "<module>" or code.co_filename not in whole
        ]
        return outermost([source for source in found if source is not None])

    def weights(self) -> dict[str, dict[int, int]]:
        """How much each chunk was in each writable that had it: by name, by number."""
        names = self.names()
        return {names[key]: known.weights for key, known in self._known.items() if known.weights}

    def events(self) -> list[Event]:
        """What was written down."""
        if self._told is not None:
            return [*self._told]
        names = self.names()
        told = [
            event_of(
                event,
                owner if isinstance(owner, str) else names[id(owner)],
                event["value"] if other is None else names[id(other)],
            )
            for owner, event, other in self._written
        ]
        if self._stopped:
            self._told = told
        return [*told]
