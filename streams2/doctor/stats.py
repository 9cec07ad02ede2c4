"""How much goes through streams, and how long they wait: figures, while somebody asks for them.

>>> from streams2 import Readable, Writable, run
>>> def main():
...     sink = Writable(object_mode=True, write=lambda self, chunk, encoding, callback: callback())
...     Readable.from_(["a", "b", "c"]).pipe(sink)
>>> with stats() as figures:
...     run(main)
>>> for figure in figures:
...     print(figure.kind, figure.side, figure.chunks_in, figure.chunks_out)
Readable reading 3 3
Writable writing 3 3

Nobody counts before `stats` is called, nor after `Stats.stop`: the methods that count are put in
then, and taken out.
"""

from __future__ import annotations

import functools
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Literal

from ..core.demand import ENDED, REFUSED
from ..core.encodings import encode
from ..core.flow import PAUSED
from ..core.machine import Machine, MachineEvent, State, observe
from ..core.write_side import WriteSide
from ..errors import expect
from ..events.emitter import EventEmitter
from ..streams.readable_base import ReadableBase
from ..streams.stream import Stream
from ..streams.writable import Writable
from .untyped import Untyped

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Figure", "Stats", "stats"]

Side = Literal["reading", "writing"]
_MOST = 10_000


@dataclass(frozen=True)
class Figure:
    """What went through one side of a stream.

    Attributes:
        name: what the stream is called: as it was given to `stats`, or its class and where it was
            made.
        kind: its class.
        side: ``"reading"`` (chunks are pushed, and read) or ``"writing"`` (chunks are written, and
            taken by `_write`).
        state: where it stands: ``"flowing"``, ``"refusing"``, ...; ``"gone"``.
        chunks_in, chunks_out: how many chunks came in, and went out.
        bytes_in, bytes_out: their size, as far as they are bytes or text.
        seconds_waiting: how long it was paused (reading), or owed a ``'drain'`` (writing).
        held, peak, mark: how much it holds, the most it has held, and its high-water mark.
        unit: what these three are in: ``"bytes"`` or ``"objects"``.
    """

    name: str
    kind: str
    side: Side
    state: str
    chunks_in: int
    chunks_out: int
    bytes_in: int
    bytes_out: int
    seconds_waiting: float
    held: int
    peak: int
    mark: int
    unit: Literal["bytes", "objects"]

    def as_dict(self) -> dict[str, object]:
        """The same as a dictionary, for JSON."""
        return asdict(self)


class _Counted:
    """What is counted of one side."""

    def __init__(self, stream: Untyped, side: Side, state: Untyped, name: str) -> None:
        self.stream = weakref.ref(stream)
        self.kind, self.side, self.name = type(stream).__name__, side, name
        self.objects, self.mark = bool(state.object_mode), int(state.high_water_mark)
        self.chunks_in = self.chunks_out = self.bytes_in = self.bytes_out = self.peak = 0
        self.waited, self.since = 0.0, None if not _waits(state) else 0.0
        # The sizes of what was written, and is not yet taken.
        self.sizes: deque[int] = deque()

    def comes_in(self, size: int) -> None:
        self.chunks_in += 1
        self.bytes_in += size

    def goes_out(self, size: int) -> None:
        self.chunks_out += 1
        self.bytes_out += size

    def figure(self, now: float) -> Figure:
        stream: Untyped = self.stream()
        state: Untyped = None
        if stream is not None:
            reading = self.side == "reading"
            state = stream._readable_state if reading else stream._writable_state
        waited = self.waited + (0.0 if self.since is None else now - self.since)
        return Figure(
            name=self.name,
            kind=self.kind,
            side=self.side,
            state="gone" if state is None or stream.destroyed else _state(state),
            chunks_in=self.chunks_in,
            chunks_out=self.chunks_out,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            seconds_waiting=waited,
            held=0 if state is None else _held(state),
            peak=self.peak,
            mark=self.mark if state is None else state.high_water_mark,
            unit="objects" if self.objects else "bytes",
        )


def _state(state: Untyped) -> str:
    machine = state.demand if isinstance(state, WriteSide) else state.flow
    return str(machine.state.value)


def _waits(state: Untyped) -> bool:
    if state.life.destroyed:
        return False
    if isinstance(state, WriteSide):
        return state.demand.state in REFUSED and state.demand.state not in ENDED
    return state.flow.state is PAUSED


def _held(state: Untyped) -> int:
    return int(state.length if isinstance(state, WriteSide) else state.buffer.size)


def _size(chunk: object, encoding: object = None) -> int:
    if isinstance(chunk, str):
        return len(encode(chunk, encoding if isinstance(encoding, str) and encoding else "utf8"))
    if isinstance(chunk, (bytes, bytearray)):
        return len(chunk)
    return chunk.nbytes if isinstance(chunk, memoryview) else 0


class Stats(AbstractContextManager["Stats"]):
    """Counts, from when it is made until `stop`. Iterate over it for the figures.

    Args:
        names: what to call streams; the others are called by their class and where they were made.
        only_these: count no others.
        clock: what time it is, in seconds.
    """

    def __init__(
        self,
        names: Mapping[str, Stream],
        *,
        only_these: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._names = {id(stream): (name, weakref.ref(stream)) for name, stream in names.items()}
        self._only = only_these
        self._counted: dict[tuple[int, Side], _Counted] = {}
        self._lock = threading.Lock()
        self._running = True
        _listen(self)
        for stream in names.values():
            for side in ("_readable_state", "_writable_state"):
                state = getattr(stream, side, None)
                if state is not None and state.enabled:
                    self._of(stream, "reading" if side == "_readable_state" else "writing")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Count no more. The figures stay."""
        if self._running:
            self._running = False
            _unlisten(self)

    def __iter__(self) -> Iterator[Figure]:
        """The figures as they are now: one for each side of each stream, in the order they came."""
        with self._lock:
            counted = list(self._counted.values())
        now = self._clock()
        return iter([each.figure(now) for each in counted])

    def of(self, stream: Stream) -> tuple[Figure, ...]:
        """The figures of one stream: its reading side first, if it has both.

        Raises:
            InvalidArgTypeError: `stream` is no stream.
        """
        expect("stream", stream, Stream)
        now = self._clock()
        sides: tuple[Side, ...] = ("reading", "writing")
        found = (self._counted.get((id(stream), side)) for side in sides)
        return tuple(c.figure(now) for c in found if c is not None and c.stream() is stream)

    # -- what is heard --------------------------------------------------------------------------

    def _of(self, stream: Untyped, side: Side) -> _Counted | None:
        key = id(stream), side
        known = self._counted.get(key)
        if known is not None and known.stream() is stream:
            return known
        name, named = self._names.get(id(stream), ("", lambda: None))
        if named() is not stream:
            if self._only:
                return None
            place = stream._life.made_at
            name = f"{type(stream).__name__} at {place}" if place else type(stream).__name__
        state: Untyped = stream._readable_state if side == "reading" else stream._writable_state
        made = _Counted(stream, side, state, name)
        if isinstance(state, WriteSide) and id(getattr(state.on_write, "__self__", None)) == id(
            state
        ):
            # It was bound before there was anything to count.
            state.on_write = state.written
        if made.since is not None:
            made.since = self._clock()
        with self._lock:
            if known is not None:
                # Another one lived there before: its figures stay.
                self._counted[-len(self._counted) - 1, side] = self._counted.pop(key)
            while len(self._counted) >= _MOST:
                del self._counted[next(iter(self._counted))]
            self._counted[key] = made
        return made

    def _pushing(self, stream: Untyped, chunk: object, encoding: object) -> Callable[[], None]:
        counted = None if chunk is None else self._of(stream, "reading")
        if counted is None:
            return lambda: None
        counted.comes_in(_size(chunk, encoding))
        return lambda: self._peak(counted, stream._readable_state)

    def _writing(self, stream: Untyped, chunk: object, encoding: object) -> Callable[[], None]:
        state = stream._writable_state
        counted = self._of(stream, "writing")
        if counted is None or chunk is None or state.life.failed or state.demand.state in ENDED:
            return lambda: None
        size = _size(chunk, encoding or state.default_encoding)
        counted.comes_in(size)
        counted.sizes.append(size)
        return lambda: self._peak(counted, state)

    @staticmethod
    def _peak(counted: _Counted, state: Untyped) -> None:
        counted.peak = max(counted.peak, _held(state))

    def _written(self, side: Untyped, failed: bool) -> None:
        counted = self._of(side.face, "writing")
        if counted is None or side.in_flight is None:
            return
        self._peak(counted, side)
        for _ in range(len(counted.sizes) - len(side.buffer)):
            size = counted.sizes.popleft()
            if not failed:
                counted.goes_out(size)

    def _data(self, stream: Untyped, chunk: object) -> None:
        counted = self._of(stream, "reading")
        if counted is not None:
            counted.goes_out(_size(chunk))

    def _stepped(self, machine: Machine[Untyped, Untyped], _: State, __: MachineEvent) -> None:
        owner: Untyped = machine.owner
        if machine.table.name in ("flow", "demand"):
            self._looks_at(owner)
        elif machine.table.name == "lifecycle":
            self._looks_at(owner.read_side)
            self._looks_at(owner.write_side)

    def _looks_at(self, side: Untyped) -> None:
        face = getattr(side, "face", None)
        if not isinstance(face, Stream) or not side.enabled:
            return
        counted = self._of(face, "writing" if isinstance(side, WriteSide) else "reading")
        if counted is None:
            return
        waits, now = _waits(side), self._clock()
        if waits and counted.since is None:
            counted.since = now
        elif not waits and counted.since is not None:
            counted.waited += now - counted.since
            counted.since = None


def stats(
    *streams: Stream, clock: Callable[[], float] = time.perf_counter, **names: Stream
) -> Stats:
    """Count what goes through streams, from now on.

    Args:
        streams: count these, and those in `names`. Without any: all streams.
        clock: what time it is, in seconds.
        names: streams, by what they are to be called.

    Returns:
        What counts: iterate over it for the figures, `stop` it or leave its ``with`` block to end.

    Raises:
        InvalidArgTypeError: one of them is no stream.
    """
    given = {f"{type(stream).__name__} {n}": stream for n, stream in enumerate(streams, 1)}
    given.update(names)
    for name, stream in given.items():
        expect(name, stream, Stream)
    return Stats(given, only_these=bool(given), clock=clock)


# -- how it is heard ------------------------------------------------------------------------------

_listening: tuple[Untyped, ...] = ()
_originals: list[tuple[type, str, Untyped]] = []
_observing: list[Untyped] = []


def _listen(counter: Stats) -> None:
    global _listening
    if not _listening:
        _swap(ReadableBase, "push", _incoming("_pushing"))
        _swap(Writable, "write", _incoming("_writing"))
        _swap(WriteSide, "written", _writes)
        _swap(EventEmitter, "emit", _emits)
        seeing = observe(_steps)
        seeing.__enter__()
        _observing.append(seeing)
    _listening = (*_listening, counter)


def _unlisten(counter: Stats) -> None:
    global _listening
    _listening = tuple(other for other in _listening if other is not counter)
    if not _listening:
        while _originals:
            owner, name, original = _originals.pop()
            setattr(owner, name, original)
        _observing.pop().__exit__(None, None, None)


def _swap(owner: type, name: str, wrap: Callable[[Untyped], Untyped]) -> None:
    original = vars(owner)[name]
    _originals.append((owner, name, original))
    setattr(owner, name, functools.wraps(original)(wrap(original)))


def _incoming(method: str) -> Callable[[Untyped], Untyped]:
    def wrap(original: Untyped) -> Untyped:
        def call(
            self: Untyped,
            chunk: Untyped,
            encoding: Untyped = None,
            *args: Untyped,
            **named: Untyped,
        ) -> Untyped:
            ends = [getattr(counter, method)(self, chunk, encoding) for counter in _listening]
            try:
                return original(self, chunk, encoding, *args, **named)
            finally:
                for end in ends:
                    end()

        return call

    return wrap


def _writes(original: Untyped) -> Untyped:
    def written(self: Untyped, error: BaseException | None = None) -> Untyped:
        for counter in _listening:
            counter._written(self, error is not None)
        return original(self, error)

    return written


def _emits(original: Untyped) -> Untyped:
    def emit(self: Untyped, event: str, *args: Untyped) -> Untyped:
        if event == "data" and args and isinstance(self, ReadableBase):
            for counter in _listening:
                counter._data(self, args[0])
        return original(self, event, *args)

    return emit


def _steps(machine: Machine[Untyped, Untyped], before: State, event: MachineEvent) -> None:
    for counter in _listening:
        counter._stepped(machine, before, event)
