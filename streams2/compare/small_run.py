"""A run small enough to watch: a few words, a fast source, a slow sink, and a clock of its own.

The streams are real, and what runs between them is the variant as it is. Only the time is not: the
loop's clock stands still while code runs, and jumps to the next timer when nothing is left to do.
So a run is over at once, and is the same on every machine.
"""

from __future__ import annotations

import asyncio
import inspect
import selectors
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core.calling import Callback
from ..core.pipe import Pipe
from ..loop.waking import Wakeup
from ..streams.readable import Readable
from ..streams.stream import Stream
from ..streams.writable import Writable
from ..trace import Code, Counters, Trace, record
from .measurements import Gauge
from .variants import Variant, by_names

__all__ = ["CHUNKS", "HIGH_WATER_MARK", "SmallRun", "record_small_runs"]

CHUNKS = (
    b"Row, ",
    b"row, ",
    b"row ",
    b"your ",
    b"boat ",
    b"gently ",
    b"down ",
    b"the ",
    b"stream.",
)
"""What is copied."""

HIGH_WATER_MARK = 12
"""The mark of the source and of the sink, in bytes."""

SOURCE_SECONDS = 0.001
"""How long the source takes for a chunk."""

SINK_SECONDS = 0.004
"""How long the sink takes for a chunk."""


class _StandingSelector(selectors.DefaultSelector):
    """Lets no time pass: its loop's clock jumps instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("the run waits for something that will never happen")
        self.now += max(timeout, 0.0)
        return super().select(0)


class StandingLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only when nothing is left to do."""

    def __init__(self) -> None:
        self._standing = _StandingSelector()
        super().__init__(self._standing)

    def time(self) -> float:
        # Whole microseconds: sums of delays come to the same whatever their order.
        return round(self._standing.now, 6)


class _Words(Readable[bytes]):
    """Gives one chunk after the other, each a moment after it was asked for."""

    def __init__(self, chunks: Iterable[bytes], gauge: Gauge) -> None:
        super().__init__(high_water_mark=HIGH_WATER_MARK)
        self._chunks = iter(chunks)
        self._gauge = gauge

    def _read(self, size: int) -> None:
        asyncio.get_running_loop().call_later(SOURCE_SECONDS, self._give)

    def _give(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is not None:
            self._gauge.read(len(chunk))
        self.push(chunk)


class _SlowPaper(Writable[bytes]):
    """Takes its time for each chunk."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__(high_water_mark=HIGH_WATER_MARK)
        self._gauge = gauge
        self.written = b""

    def _write(self, chunk: bytes, encoding: str | None, callback: Callback) -> None:
        asyncio.get_running_loop().call_later(SINK_SECONDS, self._wrote, chunk, callback)

    def _wrote(self, chunk: bytes, callback: Callback) -> None:
        self.written += chunk
        self._gauge.written(len(chunk))
        callback()


@dataclass(frozen=True)
class SmallRun:
    """One variant's run.

    Attributes:
        variant: what ran.
        trace: what was recorded.
        output: what was written.
        counters: what it comes to, counted by those who took part and not from the trace.
    """

    variant: Variant
    trace: Trace
    output: bytes
    counters: Counters


def record_small_runs() -> list[SmallRun]:
    """Run `pipe` and `channel` on the same small input, and record both."""
    pipe, channel = by_names("pipe,channel")
    return [
        _run(pipe, [pipe.cat, *Pipe.reactions]),
        _run(channel, [channel.cat]),
    ]


def _run(variant: Variant, code: list[Code]) -> SmallRun:
    loop = StandingLoop()
    gauge = Gauge()
    counted = {"pauses": 0, "drains": 0}

    def count(what: str) -> None:
        counted[what] += 1

    async def main() -> tuple[Trace, bytes]:
        source, sink = _Words(CHUNKS, gauge), _SlowPaper(gauge)
        source.on("pause", lambda: count("pauses"))
        sink.on("drain", lambda: count("drains"))
        over = asyncio.gather(_over(source), _over(sink))
        with record(code=code, source=source, sink=sink) as trace:
            going = variant.cat(source, sink)
            if inspect.isawaitable(going):
                await going
            await over
        return trace, sink.written

    try:
        trace, output = loop.run_until_complete(main())
    finally:
        loop.close()
    counters = Counters(gauge.total_read, gauge.total_written, gauge.peak, **counted)
    return SmallRun(variant, trace, output, counters)


def _over(stream: Stream) -> asyncio.Future[None]:
    over = Wakeup()
    stream.on("close", over.wake)
    return over.wait()
