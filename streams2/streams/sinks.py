"""Writables over something that is awaited: it is written to, finished and closed by coroutines.

One coroutine runs at a time, and a chunk counts as written when its coroutine is done: that is how
back-pressure gets from there into the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Callable, Protocol

from ..core.calling import Callback, WriteRequest
from ..core.chunks import Chunk
from ..loop.coroutines import failure_of
from ..loop.ticks import next_tick
from ..loop.waking import spawn

__all__ = ["AwaitedSink", "writable_to"]


class AwaitedSink(Protocol):
    """What is written to.

    Attributes:
        interrupt: whether what it is doing is cancelled when the stream is destroyed; if not, it
            is closed when that is done.
    """

    interrupt: bool

    async def write(self, chunks: list[Chunk]) -> None:
        """Write all of `chunks`, in order."""

    async def finish(self) -> None:
        """Nothing more is written."""

    async def close(self) -> None:
        """Let go of what is held, written or not."""


def writable_to(make: Callable[..., Any], sink: AwaitedSink, options: Mapping[str, object]) -> Any:
    """A Writable that writes to `sink`, made by `make`."""
    stream = make(**options)
    driver = _SinkDriver(sink)
    stream._write, stream._writev = driver.write, driver.writev
    stream._final, stream._destroy = driver.final, driver.destroy
    return stream


class _SinkDriver:
    """Runs the coroutines of a sink, one at a time."""

    def __init__(self, sink: AwaitedSink) -> None:
        self.sink = sink
        self.work: asyncio.Task[None] | None = None

    def write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        self.run(self.sink.write([chunk]), callback)

    def writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        self.run(self.sink.write([entry.chunk for entry in chunks]), callback)

    def final(self, callback: Callback) -> None:
        self.run(self.sink.finish(), callback)

    def run(self, coroutine: Coroutine[object, object, None], callback: Callback) -> None:
        self.work = spawn(_tell(coroutine, callback))
        # A program that ends before the first step of it leaves it out, and that is no fault.
        self.work.add_done_callback(lambda _: coroutine.close())

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        spawn(self.close(error, callback), closing=True)

    async def close(self, error: BaseException | None, callback: Callback) -> None:
        outcome = error
        try:
            if self.work is not None and not self.work.done():
                if self.sink.interrupt:
                    self.work.cancel()
                await asyncio.wait([self.work])
            await self.sink.close()
        except (Exception, asyncio.CancelledError) as raised:
            failure = failure_of(raised)
            outcome = failure if error is None else error
        next_tick(callback, outcome)


async def _tell(coroutine: Coroutine[object, object, None], callback: Callback) -> None:
    try:
        await coroutine
    except (Exception, asyncio.CancelledError) as error:
        next_tick(callback, failure_of(error))
    else:
        next_tick(callback)
