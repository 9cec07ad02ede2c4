"""A run between asyncio's own `StreamReader` and `StreamWriter`.

Both are as they come, and so are the transports of the comparison; what is told to the recording is
told beside what they do.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Sequence
from typing import IO, Any, Callable, Union, cast

from ...trace import telling
from ...trace.telling import Held, Place
from ..asyncio_endpoints import FileReading, FileWriting
from ..measurements import Gauge
from ..small_plan import SmallPlan
from .loop import Ends
from .places import Paper, Words

__all__ = ["AsyncioEnds"]

_MOST_COMMON_ARGUMENTS = 3

Chunk = Union[bytes, bytearray, memoryview]


# -- the source -----------------------------------------------------------------------------------


class _ReaderPlace(Place):
    """What a `StreamReader` has: bytes that came in pieces."""

    kind = "readable"
    name = "source"

    def __init__(self, mark: int) -> None:
        self.pieces: deque[bytes] = deque()
        self._mark = mark

    def keep(self, length: int) -> None:
        """Only so much is left: the rest was read."""
        gone = sum(map(len, self.pieces)) - length
        while gone > 0:
            piece = self.pieces.popleft()
            if len(piece) > gone:
                self.pieces.appendleft(piece[gone:])
            gone -= len(piece)

    def held(self) -> Sequence[Held]:
        return [Held("readable", self.pieces, sum(map(len, self.pieces)), self._mark)]


class _Reader(asyncio.StreamReader):
    def __init__(self, mark: int) -> None:
        # A reader pauses what feeds it above twice its limit, and has it go on at the limit.
        self.mark, self.limit = mark, mark // 2 or 1
        super().__init__(limit=self.limit)
        self.place = _ReaderPlace(mark)

    def look(self) -> None:
        """Something may have been read."""
        # There is no other way to know how much it has.
        self.place.keep(len(self._buffer))  # type: ignore[attr-defined]

    def feed_data(self, data: Any) -> None:
        self.place.pieces.append(data)
        telling.read(self.place, data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        telling.called(self.place, "read")
        if not self.place.pieces and not self.at_eof():
            why = "`source.read()` finds source empty. It goes on when a chunk comes, or the end."
            telling.waits(self.place, "read", why=why)
        try:
            data = await super().read(n)
        except BaseException as error:
            telling.failed(self.place, "read", error)
            raise
        self.look()
        telling.answered(self.place, "read", data or None)
        return data


class _Reading(FileReading):
    def __init__(
        self, plan: SmallPlan, gauge: Gauge, reader: _Reader, protocol: asyncio.Protocol
    ) -> None:
        self._plan = plan
        self._reader = reader
        super().__init__(
            *("source", protocol),
            chunk_size=plan.chunk_size,
            on_read=gauge.read,
            rate=None,
            fail_after=plan.fails_after("source"),
        )
        self.closed.add_done_callback(lambda _: telling.emitted(reader.place, "close", "closed"))

    async def _open(self) -> IO[bytes]:
        return cast("IO[bytes]", Words(self._plan))

    async def _call(self, function: Callable[..., object], *args: object) -> object:
        await asyncio.sleep(self._plan.source_seconds)
        return function(*args)

    def pause_reading(self) -> None:
        super().pause_reading()
        reader = self._reader
        length = reader.place.held()[0].length
        why = f"source has {length} bytes, more than its {reader.mark}."
        end = f" It goes on when source has no more than {reader.limit}."
        telling.emitted(reader.place, "pause", why + end)

    def resume_reading(self) -> None:
        super().resume_reading()
        self._reader.look()
        telling.emitted(self._reader.place, "resume", "there is room")


# -- the sink -------------------------------------------------------------------------------------


class _WriterPlace(Place):
    kind = "writable"
    name = "sink"

    def __init__(self) -> None:
        self.writing: _Writing | None = None

    def held(self) -> Sequence[Held]:
        writing = self.writing
        return [] if writing is None else [writing.held()]


class _Writing(FileWriting):
    def __init__(
        self, plan: SmallPlan, gauge: Gauge, place: _WriterPlace, protocol: asyncio.Protocol
    ) -> None:
        self.paper = Paper()
        self.place = place
        self._plan = plan
        self._gauge = gauge
        self._flying: list[object] = []
        super().__init__(
            *("sink", protocol),
            high_water_mark=plan.high_water_mark,
            on_written=self._wrote,
            rate=None,
            start_delay=plan.start_seconds,
            fail_after=plan.fails_after("sink"),
        )
        place.writing = self
        self.closed.add_done_callback(lambda _: telling.emitted(place, "close", "closed"))

    @property
    def full(self) -> bool:
        """Whether whoever writes is to wait."""
        return self._full

    @property
    def marks(self) -> tuple[int, int]:
        """Above how much it is full, and down to how much it is so then."""
        return self._low, self._high

    def held(self) -> Held:
        """What it holds."""
        flying = len(self._flying)
        return Held("writable", self._buffer, self._size, self._high, in_flight=flying)

    async def _open(self) -> IO[bytes]:
        return cast("IO[bytes]", self.paper)

    async def _call(self, function: Callable[..., object], *args: object) -> object:
        self._flying.append(args[-1])
        await asyncio.sleep(self._plan.sink_seconds)
        return function(*args)

    def _wrote(self, size: int) -> None:
        telling.written(self.place, self._flying.pop())
        self._gauge.written(size)

    def _maybe_resume(self) -> None:
        before = self.drains
        super()._maybe_resume()
        if self.drains > before:
            telling.emitted(self.place, "drain", "there is room")


class _Writer(asyncio.StreamWriter):
    def __init__(
        self, writing: _Writing, protocol: asyncio.StreamReaderProtocol, place: _WriterPlace
    ) -> None:
        super().__init__(writing, protocol, None, asyncio.get_running_loop())
        self._writing = writing
        self._place = place

    def write(self, data: Chunk) -> None:
        telling.called(self._place, "write", data)
        super().write(data)
        telling.answered(self._place, "write", None)

    async def drain(self) -> None:
        telling.called(self._place, "drain")
        if self._writing.full:
            low, high = self._writing.marks
            length = self._writing.get_write_buffer_size()
            why = f"`sink.drain()` finds sink at {length}, above its mark of {high}."
            end = f" It goes on when sink is down to {low}."
            telling.waits(self._place, "drain", why=why + end)
        try:
            await super().drain()
        except BaseException as error:
            telling.failed(self._place, "drain", error)
            raise
        telling.answered(self._place, "drain", None)

    def close(self) -> None:
        telling.called(self._place, "close")
        super().close()


# -- both -----------------------------------------------------------------------------------------


class AsyncioEnds(Ends):
    """A `StreamReader` and a `StreamWriter`."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._plan = plan
        self._reader = _Reader(plan.high_water_mark)
        protocol = asyncio.StreamReaderProtocol(self._reader)
        self._reading = _Reading(plan, gauge, self._reader, protocol)
        place = _WriterPlace()
        # A writer's flow control comes with the protocol of a reader, whether or not one reads.
        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        self._writing = _Writing(plan, gauge, place, protocol)
        self._writer = _Writer(self._writing, protocol, place)
        self.named = {"source": self._reader.place, "sink": place}
        self.closed = asyncio.gather(self._reading.closed, self._writing.closed)

    @property
    def output(self) -> bytes:
        return self._writing.paper.text

    @property
    def both_closed(self) -> bool:
        return self._reading.closed.done() and self._writing.closed.done()

    @property
    def pauses(self) -> int:  # type: ignore[override]
        return self._reading.pauses

    @property
    def drains(self) -> int:  # type: ignore[override]
        return self._writing.drains

    def call(self, cat: Callable[..., object]) -> object:
        # Who closes what feeds the reader has to be given it.
        closing = len(inspect.signature(cat).parameters) > _MOST_COMMON_ARGUMENTS
        more = (self._reading,) if closing else ()
        return cat(self._reader, self._writer, self._plan.chunk_size, *more)

    def holding(self) -> tuple[None, int] | None:
        if self._writing.is_closing():
            return None
        return None, self._writing.get_write_buffer_size()

    async def clear_away(self) -> None:
        self._reading.abort()
        self._writing.abort()
        await asyncio.wait([self._reading.closed, self._writing.closed])
