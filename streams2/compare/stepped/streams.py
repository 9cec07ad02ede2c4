"""A run between two streams: a fast one that gives words, and a slow one that takes them.

The streams are real, and what runs between them is the variant as it is.
"""

from __future__ import annotations

import asyncio
from typing import Callable, TypedDict

from ...core.calling import Callback
from ...events.abort import AbortController
from ...loop.waking import Wakeup
from ...streams.destroy import add_abort_signal
from ...streams.readable import Readable
from ...streams.stream import Stream
from ...streams.writable import Writable
from ..failures import disk_full, unreadable
from ..measurements import Gauge
from ..small_plan import SLOW_START_CHUNKS, SmallPlan
from .loop import Ends

__all__ = ["StreamEnds"]


class _Opening(TypedDict, total=False):
    construct: Callable[[Stream, Callback], None]


def _opening(plan: SmallPlan, seconds: float) -> _Opening:
    """An option to open as a file does. Only where something goes wrong is that worth a look."""
    if plan.fault is None:
        return {}

    def construct(_stream: Stream, callback: Callback) -> None:
        asyncio.get_running_loop().call_later(seconds, callback)

    return {"construct": construct}


class _Words(Readable[bytes]):
    """Gives one chunk after the other, each a moment after it was asked for."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        super().__init__(high_water_mark=plan.high_water_mark, **_opening(plan, 0))
        self._plan = plan
        self._chunks = iter(plan.chunks)
        self._gauge = gauge

    def _read(self, size: int) -> None:
        asyncio.get_running_loop().call_later(self._plan.source_seconds, self._give)

    def _give(self) -> None:
        if self._plan.fault == "source" and self._gauge.total_read >= self._plan.size // 2:
            self.destroy(unreadable("source"))
            return
        chunk = next(self._chunks, None)
        if chunk is not None and not self.destroyed:
            self._gauge.read(len(chunk))
        self.push(chunk)


class _SlowPaper(Writable[bytes]):
    """Takes its time for each chunk."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._plan = plan
        self._gauge = gauge
        self.written = b""
        slow = plan.fault == "slow-start"
        opening = _opening(plan, SLOW_START_CHUNKS * plan.sink_seconds if slow else 0)
        super().__init__(high_water_mark=plan.high_water_mark, **opening)

    def _write(self, chunk: bytes, encoding: str | None, callback: Callback) -> None:
        delay = self._plan.sink_seconds
        asyncio.get_running_loop().call_later(delay, self._wrote, chunk, callback)

    def _wrote(self, chunk: bytes, callback: Callback) -> None:
        if self.destroyed:
            callback()
            return
        if self._plan.fault == "sink" and len(self.written + chunk) > self._plan.size // 2:
            callback(disk_full("sink"))
            return
        self.written += chunk
        self._gauge.written(len(chunk))
        callback()


class StreamEnds(Ends):
    """A `Readable` and a `Writable`."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._source, self._sink = _Words(plan, gauge), _SlowPaper(plan, gauge)
        self.named = {"source": self._source, "sink": self._sink}
        self._source.on("pause", self._count_pause)
        self._sink.on("drain", self._count_drain)
        self.closed = asyncio.gather(_over(self._source), _over(self._sink))

    @property
    def output(self) -> bytes:
        return self._sink.written

    @property
    def both_closed(self) -> bool:
        return self._source.closed and self._sink.closed

    def call(self, cat: Callable[..., object]) -> object:
        return cat(self._source, self._sink)

    def holding(self) -> tuple[int, int] | None:
        # What is torn down says no more what it had.
        if self._source.destroyed or self._sink.destroyed:
            return None
        return self._source.readable_length, self._sink.writable_length

    def stop(self) -> None:
        controller = AbortController()
        add_abort_signal(controller.signal, self._source)
        controller.abort()

    async def clear_away(self) -> None:
        for stream in (self._source, self._sink):
            stream.on("error", lambda _: None)
            stream.destroy()

    def _count_pause(self) -> None:
        self.pauses += 1

    def _count_drain(self) -> None:
        self.drains += 1


def _over(stream: Stream) -> asyncio.Future[None]:
    over = Wakeup()
    stream.on("close", over.wake)
    return over.wait()
