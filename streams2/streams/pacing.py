"""Chunks and time: lists of what comes together, and no more than may come.

>>> async def numbers():
...     for n in range(3):
...         yield n
>>> async def main():
...     return [found async for found in batched(numbers(), 2, None)]
>>> asyncio.run(main())
[[0, 1], [2]]

Nothing here knows a Readable. `stages` has the same as Transforms.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, TypeVar

from ..core.chunks import BYTES_TYPES, byte_size
from ..errors import InvalidArgTypeError, OutOfRangeError, expect_whole
from .operators import reading
from .splitting import LineSplitter

__all__ = ["Pace"]

T = TypeVar("T")


class Pace:
    """When the next chunk may go on.

    Args:
        rate: bytes a second, or chunks.
        counted: whether chunks are counted, whatever they are.

    Attributes:
        due: the time of the loop from which on the next chunk may go on.
    """

    def __init__(self, rate: float, counted: bool) -> None:
        self.rate = rate
        self.counted = counted
        self.due = -math.inf

    def went_on(self, chunk: object, now: float) -> None:
        """A chunk has gone on: the next one waits for as long as this one takes."""
        measured = not self.counted and isinstance(chunk, (str, *BYTES_TYPES))
        size = byte_size(chunk) if measured else 1
        # Time that nobody used is not saved up for a burst.
        self.due = max(now, self.due) + size / self.rate


async def paced(source: AsyncIterable[T], pace: Pace) -> AsyncIterator[T]:
    """The chunks of `source`, no faster than the pace."""
    loop = asyncio.get_running_loop()
    async with reading(source) as chunks:
        async for chunk in chunks:
            wait = pace.due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            pace.went_on(chunk, loop.time())
            yield chunk


async def split(source: AsyncIterable[object], splitter: LineSplitter) -> AsyncIterator[str]:
    """The lines of `source`."""
    async with reading(source) as chunks:
        async for chunk in chunks:
            for line in splitter.feed(chunk):
                yield line
    for line in splitter.end():
        yield line


async def batched(
    source: AsyncIterable[T], count: int, seconds: float | None
) -> AsyncIterator[list[T]]:
    """The chunks of `source`, up to `count` together; none waits longer than `seconds`."""
    loop = asyncio.get_running_loop()
    found: list[T] = []
    due: float | None = None
    async with reading(source) as chunks:
        upcoming: asyncio.Future[T] = asyncio.ensure_future(_next(chunks))
        try:
            while True:
                left = None if due is None else max(0.0, due - loop.time())
                await asyncio.wait([upcoming], timeout=left)
                if upcoming.done():
                    chunk = upcoming.result()
                    if chunk is _END:
                        break
                    upcoming = asyncio.ensure_future(_next(chunks))
                    found.append(chunk)
                    if len(found) == 1 and seconds is not None:
                        due = loop.time() + seconds
                    if len(found) < count:
                        continue
                taken, found, due = found, [], None
                yield taken
        finally:
            upcoming.cancel()
            await asyncio.wait([upcoming])
    if found:
        yield found


_END: Any = object()


async def _next(chunks: AsyncIterator[T]) -> T:
    # A task may not raise StopAsyncIteration.
    async for chunk in chunks:
        return chunk
    end: T = _END
    return end


def check_batch(count: int, seconds: float | None) -> None:
    """Complain of what no batch can be made by."""
    expect_whole("count", count, 1)
    if seconds is not None and not _number("seconds", seconds) >= 0:
        raise OutOfRangeError.given("seconds", "a finite number >= 0", seconds)


def check_rate(rate: float) -> None:
    """Complain of what is no rate."""
    if not _number("rate", rate) > 0:
        raise OutOfRangeError.given("rate", "a finite number > 0", rate)


def _number(name: str, value: object) -> float:
    """A finite number, or what is neither above nor below another."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidArgTypeError.given(name, "a number", value)
    return value if math.isfinite(value) else math.nan


def splitter_of(encoding: str, limit: int | None) -> LineSplitter:
    """A splitter, if there can be such a one."""
    if limit is not None:
        expect_whole("limit", limit, 1)
    return LineSplitter(encoding, limit)
