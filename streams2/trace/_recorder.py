"""What is heard becomes a list of events."""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable, Iterable, Mapping
from types import FrameType
from typing import Any, Callable

from typing_extensions import TypedDict, Unpack

from ..channel import Channel
from ..core.chunks import byte_size
from ..core.machine import Machine, MachineEvent, State
from ..core.pipe import Pipe
from ..core.read_side import ReadSide
from ..core.write_side import WriteSide
from ..streams.readable import Duplex, Readable
from ..streams.stream import Stream
from ..streams.transform import PassThrough, Transform
from ..streams.writable import Writable
from ._events import Chunk, Event, Level, SourceCode, Subject
from ._hooks import NO_CHUNK, hear_writes, unlisten
from ._identity import Identities
from ._lines import Code, LineTracer, outermost, source_of
from ._tasks import Tasks
from ._windows import Line, Window

__all__ = ["Recorder"]

_TAKES = frozenset(["take", "poll", "take_callback", "read"])
_BASES = (Readable, Writable, Duplex, Transform, PassThrough)
_OPTIONAL = ("_construct", "_final", "_flush", "_writev")
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


class _Known:
    """What the recorder remembers of a stream, channel or pipe."""

    def __init__(self, thing: object) -> None:
        self.thing = thing
        self.name: str | None = None
        # The numbers of the chunks that a writable has accepted and not written yet.
        self.accepted = Line()
        # A chunk is leaving it and still counted.
        self.leaving = 0
        # How much each chunk is that it has accepted, in its own unit.
        self.weights: dict[int, int] = {}

    @property
    def kind(self) -> str:
        thing = self.thing
        if isinstance(thing, Readable):
            return "duplex" if isinstance(thing, Writable) else "readable"
        if isinstance(thing, Writable):
            return "writable"
        if isinstance(thing, (Channel, Pipe)):
            return type(thing).__name__.lower()
        return "other"

    @property
    def methods(self) -> tuple[str, ...] | None:
        return _own_methods(self.thing) if isinstance(self.thing, Stream) else None

    @property
    def objects(self) -> bool:
        thing = self.thing
        if isinstance(thing, Readable):
            return thing._readable_state.object_mode
        if isinstance(thing, Writable):
            return thing._writable_state.object_mode
        return True


def _own_methods(stream: Stream) -> tuple[str, ...] | None:
    """Which of a stream's optional methods its program defines; None of a stream of ours."""
    cls = type(stream)
    if cls.__module__.startswith("streams2.") and cls not in _BASES:
        return None
    found = set(_OPTIONAL) & set(vars(stream))
    for base in cls.__mro__:
        if base in _BASES:
            break
        found |= set(_OPTIONAL) & set(vars(base))
    return tuple(sorted(found))


class Recorder:
    """Hears of everything in its thread, and writes it down.

    Args:
        names: what to call streams and channels.
        code: what to record line by line.
        clock: what time it is, in seconds.
        most: how many events to write down.

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
    ) -> None:
        self.thread = threading.get_ident()
        self.chunks = Identities()
        self.lines = LineTracer(code, self)
        self._clock = clock
        self._began = clock()
        # Who an event's owner is called is known at last only: with each, who that is; and who the
        # other stream is.
        self._written: list[tuple[object, Event, object]] = []
        self._tasks = Tasks()
        # By identity, and held: an object's identity is its own only while it lives.
        self._known: dict[int, _Known] = {}
        # The streams that were made meanwhile: those that nobody named are numbered in this order.
        self._made: dict[int, Stream] = {}
        self._stopped = False
        self._most = most
        self.complete = True
        self.standing = ""
        for name, thing in names.items():
            self._know(thing).name = name

    def stop(self) -> None:
        """Write nothing more down."""
        self._stopped = True

    # -- what was heard -------------------------------------------------------------------------

    def stepped(self, machine: Machine[Any, Any], before: State, event: MachineEvent) -> None:
        if threading.get_ident() == self.thread:
            # A side's machine is its stream's.
            self._write(
                getattr(machine.owner, "face", machine.owner),
                "step",
                event.value,
                machine=machine.table.name,
                before=before.value,
                after=machine.state.value,
            )

    def made(self, stream: Stream) -> None:
        self._made[id(stream)] = stream

    def called(self, owner: object, method: str, chunk: object) -> None:
        known = self._know(owner)
        number = None
        if chunk is not NO_CHUNK and chunk is not None:
            number = self.chunks.enters(chunk, anew=method == "push")
            if method in ("write", "end"):
                self._write(owner, "call", method, chunk=number)
                if method == "write" and isinstance(owner, Writable) and _takes_chunks(owner):
                    known.accepted.join(number)
                return
        self._write(owner, "call", method, chunk=number)

    def answered(self, owner: object, method: str, answer: object) -> None:
        number = None
        if method in _TAKES:
            value = "None"
            if answer is not None:
                number = self.chunks.leaves(answer, *_places(owner))
                value = self.chunks.chunks[number - 1].preview
        else:
            value = _words(answer)
        self._write(owner, "answer", method, chunk=number, value=value)

    def failed(self, owner: object, method: str, error: BaseException) -> None:
        accepted = self._know(owner).accepted
        if method == "write" and len(accepted):
            accepted.become(accepted.window()[:-1])
        self._write(owner, "error", method, value=f"{type(error).__name__}: {error}")

    def emitting(self, owner: Stream, event: str, args: tuple[object, ...]) -> None:
        if event not in _TOLD:
            return
        number = value = other = None
        if event == "data" and args:
            number = self.chunks.leaves(args[0], _place(owner, "readable"))
        elif event == "error" and args:
            value = f"{type(args[0]).__name__}: {args[0]}"
        elif event in ("pipe", "unpipe") and args and isinstance(args[0], Stream):
            other = args[0]
            self._know(other)
        self._write(owner, "emit", event, other, chunk=number, value=value)

    def waits(self, owner: object, method: str, chunk: object) -> None:
        number = None if chunk is NO_CHUNK else self.chunks.enters(chunk)
        self._write(owner, "wait", method, chunk=number)

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

    # -- which line runs ------------------------------------------------------------------------

    def saw_locals(self, frame: FrameType) -> None:
        """Call what a program's variables hold by the names of these."""
        if not self.complete:
            return
        for name, value in frame.f_locals.items():
            if isinstance(value, (Stream, Channel)) and name != "self":
                known = self._know(value)
                known.name = known.name or name

    def ran_line(self, frame: FrameType) -> None:
        self._write(frame, "line", frame.f_code.co_name)

    def left(self, frame: FrameType, suspended: bool, raised: str | None) -> None:
        kind = "suspend" if suspended else "return"
        self._write(frame, kind, frame.f_code.co_name, value=raised)

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
        task, actor = self._tasks.running(self.lines.running)
        if isinstance(owner, FrameType):
            owner = self._tasks.name_of(owner, self.lines.running)
        else:
            holds = self._holds(self._know(owner))
        seconds = self._clock() - self._began
        running = self.lines.running
        event = Event(
            number=len(self._written),
            seconds=seconds,
            kind=kind,
            owner="",
            name=name,
            holds=holds,
            file=running[-1].f_code.co_filename if running else None,
            line=running[-1].f_lineno if running else None,
            task=task,
            actor=actor,
            **details,
        )
        self._written.append((owner, event, other))

    def _go_without(self, owner: object) -> None:
        """All that is wanted is written down: let the program go on as fast as it can."""
        if self.complete:
            self.complete = False
            unlisten(self)
        # Its lines are still told: who is asked for the time may count them.
        if isinstance(owner, FrameType):
            self._clock()

    def _know(self, thing: object) -> _Known:
        known = self._known.get(id(thing))
        if known is None:
            known = self._known[id(thing)] = _Known(thing)
            if isinstance(thing, Writable):
                hear_writes(thing)
        return known

    def _holds(self, known: _Known) -> tuple[Level, ...]:
        thing = known.thing
        holds: tuple[Level, ...] = ()
        if isinstance(thing, Readable):
            read = thing._readable_state
            numbers = self.chunks.held(read.buffer, _place(thing, "readable"))
            size, mark, unit = read.buffer.size, read.high_water_mark, _unit_to_read(read)
            holds += (Level("readable", size, mark, numbers, unit=unit),)
        if isinstance(thing, Writable):
            holds += (self._holds_to_write(known, thing),)
        if isinstance(thing, Channel):
            holds += self._holds_of_channel(thing)
        return holds

    def _holds_to_write(self, known: _Known, thing: Writable[object]) -> Level:
        state = thing._writable_state
        queued = len(state.buffer)
        if state.in_flight is None and len(known.accepted) > queued:
            # Some were given up, with the stream.
            known.accepted.leave(len(known.accepted) - queued)
        numbers = known.accepted.window()
        length = state.length - known.leaving
        flying = 0 if known.leaving else max(len(numbers) - queued, 0)
        _weigh(known.weights, state, numbers, queued)
        unit = "objects" if state.object_mode else "bytes" if state.decode_strings else "characters"
        return Level("writable", length, state.high_water_mark, numbers, flying, unit)

    def _holds_of_channel(self, channel: Channel[object, object]) -> tuple[Level, ...]:
        size, values, putting, taking = channel.glimpse()
        # First the door: who is no longer at it has gone in.
        at_the_door = self.chunks.held(putting, _place(channel, "door"))
        numbers = self.chunks.held(values, _place(channel))
        return (
            Level("values", channel.buffered, size, numbers, unit="values"),
            Level("putting", len(putting), None, at_the_door, unit="puts"),
            Level("taking", taking, None, unit="takes"),
        )

    def waits_at_last(self) -> bool:
        """Whether anybody waits to put, to take or to write."""
        for known in self._known.values():
            thing = known.thing
            if isinstance(thing, Channel):
                _, _, putting, taking = thing.glimpse()
                if putting or taking:
                    return True
            elif isinstance(thing, Writable) and not thing.destroyed and thing.writable_need_drain:
                return True
        return False

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
            names[key] = _unlike(known.name or _class_name(known.thing), taken)
        for pipe in pipes:
            ends = [names.get(id(end), _class_name(end)) for end in (pipe.source, pipe.destination)]
            names[id(pipe)] = _unlike(f"pipe {ends[0]} to {ends[1]}", taken)
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
            ends = tuple(names.get(id(end), _class_name(end)) for end in both)
        named = known.name is not None
        return Subject(names[key], known.kind, known.objects, ends, named, known.methods)

    def seen_chunks(self) -> list[Chunk]:
        """The chunks, number 1 first."""
        return list(self.chunks.chunks)

    def sources(self) -> list[SourceCode]:
        """The text of the recorded functions that ran; of nested ones, the outermost."""
        found = [source_of(code) for code in self.lines.seen]
        return outermost([source for source in found if source is not None])

    def weights(self) -> dict[str, dict[int, int]]:
        """How much each chunk was in each writable that had it: by name, by number."""
        names = self.names()
        return {names[key]: known.weights for key, known in self._known.items() if known.weights}

    def events(self) -> list[Event]:
        """What was written down."""
        names = self.names()
        return [
            _renamed(
                event,
                owner if isinstance(owner, str) else names[id(owner)],
                event.value if other is None else names[id(other)],
            )
            for owner, event, other in self._written
        ]


def _renamed(event: Event, owner: str, value: str | None) -> Event:
    """`event` with these. To make one anew, by its class, takes seven times as long."""
    renamed = object.__new__(Event)
    renamed.__dict__.update(event.__dict__, owner=owner, value=value)
    return renamed


def _takes_chunks(stream: Writable[object]) -> bool:
    return not stream.destroyed and not stream.writable_ended and not stream.errored


def _place(owner: object, side: str = "") -> tuple[int, str]:
    return (id(owner), side)


def _places(owner: object) -> tuple[Hashable, ...]:
    """Where what a take or a read answers may have been."""
    if isinstance(owner, Channel):
        return (_place(owner), _place(owner, "door"))
    return ()


def _weigh(weights: dict[int, int], state: WriteSide, numbers: Window, queued: int) -> None:
    """Note how much the newest chunk is where it is now: text becomes bytes, or one object."""
    if not len(numbers):
        return
    if queued:
        chunk = state.buffer[-1].chunk
        weights[numbers[-1]] = 1 if state.object_mode else byte_size(chunk)
    elif state.in_flight is not None and len(numbers) == 1:
        weights[numbers[-1]] = state.in_flight[0]


def _unit_to_read(side: ReadSide) -> str:
    if side.object_mode:
        return "objects"
    return "bytes" if side.decoder is None else "characters"


def _words(answer: object) -> str:
    if answer is None or isinstance(answer, (bool, int)):
        return repr(answer)
    return type(answer).__name__


def _class_name(thing: object) -> str:
    return type(thing).__name__.lstrip("_").lower()


def _unlike(name: str, taken: set[str]) -> str:
    """`name`, with a number if it is taken."""
    unlike, number = name, 1
    while unlike in taken:
        number += 1
        unlike = f"{name} {number}"
    taken.add(unlike)
    return unlike
