"""What the programs copy between: taps that give numbered chunks, and buckets that are slow.

A clock stands still while code runs, and jumps to what is due next. So a run is over at once, and
the same everywhere.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Callable

from streams2 import Readable, Writable
from streams2.learn.clock import StandingLoop

CHUNK = 4096
MARK = 4 * CHUNK
"""As many bytes as there may be in a buffer, wherever there is one: four chunks."""
COUNT = 22
TAP_SECONDS = 0.001
BUCKET_SECONDS = 0.004

Callback = Callable[..., object]


def chunk_of(number: int) -> bytes:
    """The chunk with this number."""
    return b"%04d" % number + bytes(CHUNK - 4)


def numbers_of(chunk: bytes) -> tuple[int, ...]:
    """The numbers of the chunks that `chunk` was made of."""
    return tuple(int(chunk[at : at + 4]) for at in range(0, len(chunk), CHUNK))


@contextmanager
def memory_traced() -> Iterator[None]:
    """Have `chunks_in_memory` know. Only CPython knows at all."""
    if sys.implementation.name != "cpython":
        yield
        return
    import tracemalloc

    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def chunks_in_memory() -> int:
    """How many chunks there are; 0 if nobody knows."""
    if sys.implementation.name != "cpython":
        return 0
    import tracemalloc

    here = tracemalloc.Filter(True, __file__, _MADE_IN_LINE)
    traces = tracemalloc.take_snapshot().filter_traces([here]).traces
    return sum(trace.size >= CHUNK for trace in traces)


# The code of `chunk_of`'s last line, which makes all chunks.
_MADE_IN_LINE = inspect.getsourcelines(chunk_of)[1] + 2


class Stage:
    """Taps, buckets, and what is between them.

    Attributes:
        most: the most chunks that were given and not yet taken. One that went to two buckets counts
            until the slower has it.
        on_half: called when the bucket has half of it.
    """

    def __init__(self, *, fails: bool = False, thrown_away: bool = False) -> None:
        self.most = 0
        self.thrown_away = thrown_away
        self.tap = Tap(self, fails=fails)
        self.other_tap = Tap(self, first=COUNT)
        self.bucket = Bucket(self, BUCKET_SECONDS)
        self.other_bucket = Bucket(self, 2 * BUCKET_SECONDS)
        self.on_half: Callable[[], object] | None = None

    def look(self) -> None:
        """Something was given or taken."""
        if self.thrown_away:
            return
        given = self.tap.given + self.other_tap.given
        taken = [bucket.taken for bucket in (self.bucket, self.other_bucket) if bucket.opened]
        self.most = max(self.most, given - min(taken, default=0))
        if self.bucket.taken == COUNT // 2 and self.on_half is not None:
            self.on_half()

    def look_into_memory(self) -> None:
        """Where chunks are thrown away, what is held is what is there."""
        if self.thrown_away:
            self.most = max(self.most, chunks_in_memory())


class Tap:
    """Gives `COUNT` chunks, one each millisecond.

    Attributes:
        given: how many it has given.
        closed: whether it was told that nobody wants more, or has come to its end.
    """

    def __init__(self, stage: Stage, *, first: int = 0, fails: bool = False) -> None:
        self.given = 0
        self.closed = False
        self._stage = stage
        self._first = first
        self._fails = fails

    def __aiter__(self) -> Tap:
        return self

    async def __anext__(self) -> bytes:
        if self.closed:
            raise StopAsyncIteration
        await asyncio.sleep(TAP_SECONDS)
        if self._fails and self.given == COUNT // 2:
            self.closed = True
            raise ValueError("the tap broke")
        if self.given == COUNT:
            self.closed = True
            raise StopAsyncIteration
        self.given += 1
        self._stage.look()
        chunk = chunk_of(self._first + self.given - 1)
        self._stage.look_into_memory()
        return chunk

    async def aclose(self) -> None:
        """Want no more."""
        self.closed = True

    async def batches(self) -> AsyncIterator[list[bytes]]:
        """As an iterable stream: each chunk is a batch."""
        try:
            async for chunk in self:
                yield [chunk]
        finally:
            self.closed = True

    def readable(self) -> Readable[bytes]:
        """As a stream."""

        async def fetch(stream: Readable[bytes]) -> None:
            try:
                stream.push(await anext_or_none(self))
            except ValueError as error:
                stream.destroy(error)

        def read(stream: Readable[bytes], _: int) -> None:
            self._fetching = asyncio.ensure_future(fetch(stream))

        def destroy(_: Readable[bytes], error: Any, callback: Callback) -> None:
            self.closed = True
            callback(error)

        return Readable(high_water_mark=MARK, read=read, destroy=destroy)


class Bucket:
    """Takes a chunk each four milliseconds; a batch of chunks that were joined, as one.

    Attributes:
        got: the numbers of the chunks it has, in order.
        taken: how many chunks these were.
        opened: whether anything was written.
        closed: whether it was told that there is no more.
    """

    def __init__(self, stage: Stage, seconds: float) -> None:
        self.got: list[tuple[int, ...]] = []
        self.taken = 0
        self.opened = self.closed = False
        self._stage = stage
        self._seconds = seconds

    async def write(self, chunk: bytes) -> None:
        """Take a chunk."""
        self.opened = True
        await asyncio.sleep(self._seconds)
        numbers = numbers_of(chunk)
        self.got.append(numbers)
        self.taken += len(numbers)
        self._stage.look()

    def end(self) -> None:
        """There is no more."""
        self.closed = True

    def fail(self, reason: BaseException | None = None) -> None:
        """There is no more, because something broke."""
        self.closed = True

    def writable(self) -> Writable[bytes]:
        """As a stream."""

        async def take(chunk: bytes, callback: Callback) -> None:
            await self.write(chunk)
            callback()

        def write(_: Writable[bytes], chunk: bytes, _encoding: str, callback: Callback) -> None:
            self.opened = True
            self._taking = asyncio.ensure_future(take(chunk, callback))

        def destroy(_: Writable[bytes], error: Any, callback: Callback) -> None:
            self.closed = True
            callback(error)

        return Writable(high_water_mark=MARK, write=write, destroy=destroy)


async def anext_or_none(tap: Tap) -> bytes | None:
    """The next chunk, or None at the end."""
    try:
        return await tap.__anext__()
    except StopAsyncIteration:
        return None


def play(scene: Callable[[], Any]) -> Any:
    """Run a coroutine function on the clock that stands still; what it returns.

    Raises:
        RuntimeError: it waits for what will never happen.
    """
    loop = StandingLoop()
    try:
        task = loop.create_task(scene())
        loop.run_until_quiet()
        if loop.failures:
            raise loop.failures[0]
        if not task.done():
            raise RuntimeError("it waits for what will never happen")
        return task.result()
    finally:
        loop.let_go()
