"""A writer, and the stream of what it writes.

>>> from streams2 import run
>>> async def main():
...     writer, readable = push(backpressure="drop-oldest")
...     await writer.write(b"a" * 16384)
...     await writer.write(b"b")
...     writer.end_sync()
...     return [batch async for batch in readable]
>>> run(main)
[[b'b']]

Whoever reads takes all that there is, in one batch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple

from ..errors import InvalidStateError
from ..events.abort import AbortSignal
from .batches import Batch
from .bucket import Bucket, reject, settle
from .policies import CLOSED, FAILED, LEAST_BUDGET, LEFT, LIVE, Policy, PushEvent
from .pulling import OwningPipeline
from .signals import checked, is_current
from .transforms import Transform, plan_of
from .writer import Writer

__all__ = ["Pushed", "push"]


class Pushed(NamedTuple):
    """The two ends of a stream.

    Attributes:
        writer: where one writes.
        readable: an async iterable of batches.
    """

    writer: Writer
    readable: AsyncIterable[Batch]


def push(
    *transforms: Transform,
    budget: int = LEAST_BUDGET,
    backpressure: Policy = "strict",
    signal: AbortSignal | None = None,
) -> Pushed:
    """A writer, and the stream of what it writes.

    Args:
        transforms: what is done to it before it is read: see `pull`.
        budget: how many bytes may be unread; at least 16,384. What is written when fewer are is
            accepted whole, so there may be more.
        backpressure: what becomes of a write once the budget is used up: ``"strict"`` (one may
            wait, another is an error), ``"unbounded"`` (any number wait), ``"drop-oldest"`` or
            ``"drop-newest"``.
        signal: fails the writer with its reason.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there is no such policy.
        OutOfRangeError: the budget is too small.

    Node: stream/iter.push
    """
    bucket = PushBucket(budget, backpressure)
    readable: AsyncIterable[Batch] = PushReadable(bucket)
    if transforms:
        readable = OwningPipeline(readable, plan_of(transforms), checked(signal))
    bucket.obey(signal)
    return Pushed(Writer(bucket), readable)


class PushBucket(Bucket):
    """What was pushed and is unread, for readers who take from it."""

    def __init__(self, budget: int, backpressure: Policy) -> None:
        super().__init__(budget, backpressure)
        self.batches: deque[Batch] = deque()
        self.readers: deque[asyncio.Future[Batch | None]] = deque()
        # What a reader threw, which every later one gets; and whether one has left at all.
        self.thrown: BaseException | None = None
        self.left = False

    def add(self, batch: Batch, nbytes: int) -> None:
        while self.readers:
            reader = self.readers.popleft()
            if not reader.done():
                reader.set_result(batch)
                return
        self.batches.append(batch)
        self.size += nbytes

    def drop(self) -> None:
        self.size -= sum(map(len, self.batches.popleft()))

    def is_read_out(self) -> bool:
        return not self.batches and not self.waiting

    def tell_readers(self) -> None:
        readers, self.readers = self.readers, deque()
        failed = self.machine.state is FAILED and not self.left
        for reader in readers:
            if self.thrown is not None:
                reject(reader, self.thrown)
            elif failed:
                reject(reader, self.error)
            else:
                settle(reader, None)

    async def next(self) -> Batch | None:
        """What there is, as one batch; None at the end.

        Raises:
            BaseException: what the writer failed with, once all before it was read.
        """
        if self.batches:
            return self.take()
        self.look_for_the_end()
        if self.thrown is not None:
            raise self.thrown
        state = self.machine.state
        if self.left or state is CLOSED or state is LEFT:
            return None
        if state is FAILED:
            raise self.error
        reader: asyncio.Future[Batch | None] = asyncio.get_running_loop().create_future()
        self.readers.append(reader)
        try:
            return await reader
        except asyncio.CancelledError:
            self.give_back(reader)
            raise

    def take(self) -> Batch:
        first = self.batches.popleft()
        batch = (
            [*first, *(chunk for more in self.batches for chunk in more)] if self.batches else first
        )
        self.batches.clear()
        self.size = 0
        self.made_room()
        return batch

    def give_back(self, reader: asyncio.Future[Batch | None]) -> None:
        """One who waited was cancelled: what he was handed in the same moment is not lost."""
        if reader.done() and not reader.cancelled() and reader.exception() is None:
            batch = reader.result()
            if batch and not self.left:
                self.batches.appendleft(batch)
                self.size += sum(map(len, batch))

    def leave(self, error: BaseException | None = None) -> None:
        """Nobody reads any more. Node: the iterator's return(), or throw(error)"""
        self.left = True
        if error is not None and self.thrown is None:
            self.thrown = error
        self.batches.clear()
        self.size = 0
        if self.machine.state in LIVE:
            why = InvalidStateError("Stream closed by consumer") if error is None else error
            self.machine.step(PushEvent.LEAVE, why)
            if error is None:
                self.tell_draining(False)
            else:
                self.reject_draining(error)
        self.tell_readers()


class PushReadable(AsyncIterable[Batch]):
    """What is pushed. Those who iterate over it take turns."""

    def __init__(self, bucket: PushBucket) -> None:
        self._bucket = bucket

    def __aiter__(self) -> PushIterator:
        return PushIterator(self._bucket)


class PushIterator(AsyncIterator[Batch]):
    """Takes what is pushed; what ``async for`` uses. To leave it is to close the stream."""

    def __init__(self, bucket: PushBucket) -> None:
        self._bucket = bucket
        self._done = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __anext__(self) -> Batch:
        self._loop = asyncio.get_running_loop()
        try:
            batch = await self._bucket.next()
        except Exception:
            self._done = True
            raise
        if batch is None:
            self._done = True
            raise StopAsyncIteration
        return batch

    async def aclose(self) -> None:
        """Want no more: the writer's writes fail from now on."""
        self.leave(None)

    async def athrow(self, error: BaseException) -> None:
        """Want no more because of `error`: the writer's writes fail with it.

        Raises:
            BaseException: `error`.
        """
        self.leave(error)
        raise error

    def leave(self, error: BaseException | None) -> None:
        """Want no more, maybe because of `error`."""
        self._done = True
        self._bucket.leave(error)

    def __del__(self) -> None:
        # The loop was left: by break, by an exception, by cancellation.
        if not self._done and is_current(self._loop):
            self._bucket.leave()
