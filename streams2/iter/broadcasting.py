"""A writer, and any number who read all that it writes.

>>> from streams2 import run
>>> from streams2.iter import text
>>> async def main():
...     writer, channel = broadcast()
...     first, second = channel.push(), channel.push(lambda batch: batch and [b"!", *batch])
...     writer.write("tea")
...     writer.end_sync()
...     return await text(first), await text(second)
>>> run(main)
('tea', '!tea')

The slowest reader decides: what he has not read counts against the budget.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from typing import NamedTuple, TypedDict, cast

from typing_extensions import Unpack

from ..errors import InvalidReturnValueError, describe
from ..events.abort import AbortSignal
from ..loop.coroutines import failure_of, report
from .batches import Batch
from .bucket import Bucket, reject, settle
from .fan import Fan, Place
from .fan_readers import Cancelled, reader_of
from .policies import (
    CLOSED,
    CLOSING,
    FAILED,
    LIVE,
    SHARED_BUDGET,
    Policy,
    PushEvent,
)
from .protocols import method_of
from .signals import close
from .sources import Source, from_
from .transforms import Transform
from .writer import Writer

__all__ = ["Broadcast", "BroadcastOptions", "Broadcasting", "broadcast"]


class BroadcastOptions(TypedDict, total=False):
    """The options of `broadcast`."""

    budget: int
    backpressure: Policy
    signal: AbortSignal | None


class BroadcastBucket(Bucket):
    """What is broadcast, and who reads it."""

    def __init__(self, budget: int, backpressure: Policy) -> None:
        super().__init__(budget, backpressure)
        self.fan = Fan()
        self.readers: dict[Place, deque[asyncio.Future[Batch | None]]] = {}
        # What one was handed who was cancelled in the same moment.
        self.kept: dict[Place, deque[Batch]] = {}
        self.cancelled = False
        self.reason: BaseException | None = None
        self.pump: asyncio.Task[None] | None = None

    def attach(self) -> Place:
        place = self.fan.attach()
        self.readers[place] = deque()
        return place

    def add(self, batch: Batch, nbytes: int) -> None:
        self.fan.add(batch)
        for place in [*self.fan.places]:
            self.hand_over(place)
        self.size = self.fan.size

    def hand_over(self, place: Place) -> None:
        """Give one who waits what there is for him."""
        readers = self.readers[place]
        while readers and self.fan.has(place):
            reader = readers.popleft()
            if not reader.done():
                reader.set_result(self.fan.take(place))

    def drop(self) -> None:
        self.fan.drop()
        self.size = self.fan.size

    def is_read_out(self) -> bool:
        return not self.fan.places and not self.waiting

    def made_room(self) -> None:
        if self.size < self.budget:
            self.tell_drain()
        super().made_room()

    async def next(self, place: Place) -> Batch | None:
        """The next batch for one reader; None at the end.

        Raises:
            BaseException: what the writer failed with, or the reason of `cancel`.
        """
        if place.over:
            if place.error is not None:
                raise place.error
            return None
        kept = self.kept.get(place)
        if kept:
            return kept.popleft()
        batch = self.fan.take(place)
        if batch is not None:
            self.size = self.fan.size
            self.made_room()
            return batch
        state = self.machine.state
        if state is FAILED or state is CLOSED or (state is CLOSING and not self.waiting):
            failed = state is FAILED and self.reason is None
            self.leave(place, self.error if failed else self.reason)
            return await self.next(place)
        reader: asyncio.Future[Batch | None] = asyncio.get_running_loop().create_future()
        self.readers[place].append(reader)
        try:
            return await reader
        except asyncio.CancelledError:
            if reader.done() and not reader.cancelled() and reader.exception() is None:
                self.give_back(place, reader.result())
            raise

    def give_back(self, place: Place, batch: Batch | None) -> None:
        """A reader was cancelled in the moment in which he was handed a batch."""
        if batch is not None and not place.over:
            self.kept.setdefault(place, deque()).append(batch)

    def leave(self, place: Place, error: BaseException | None = None) -> None:
        """One reader gets no more."""
        self.fan.detach(place, error)
        self.tell(place)
        self.size = self.fan.size
        self.made_room()
        self.look_for_the_end()

    def tell(self, place: Place) -> None:
        for reader in self.readers.pop(place, ()):
            if place.error is not None:
                reject(reader, place.error)
            else:
                settle(reader, None)

    def tell_closing(self) -> None:
        self.tell_draining(False)
        self.tell_the_end()

    def withdrawn(self) -> None:
        self.tell_the_end()

    def tell_the_end(self) -> None:
        """Who waits has read all, if no write waits."""
        if self.machine.state is CLOSING and not self.waiting:
            for place in [*self.fan.places]:
                if self.readers[place]:
                    self.leave(place)
            self.look_for_the_end()

    def tell_readers(self) -> None:
        if self.machine.state is FAILED:
            self.dismiss(self.error)

    def dismiss(self, error: BaseException | None) -> None:
        """All readers get no more. What is there stays, for those who come later."""
        for place in self.fan.dismiss(error):
            self.tell(place)

    def cancel(self, reason: BaseException | None) -> None:
        if self.cancelled:
            return
        self.cancelled = True
        self.forget_signal()
        self.reason = reason
        if self.machine.state in LIVE:
            self.machine.step(PushEvent.CANCEL, reason)
        else:
            self.dismiss(reason)

    def let_go(self) -> None:
        """The signal cancels it even now: some may have to read what was written."""

    def tell_cancelled(self, reason: BaseException | None) -> None:
        super().tell_cancelled(reason)
        self.dismiss(reason)
        if self.pump is not None:
            self.pump.cancel()

    def stop(self, reason: BaseException) -> None:
        self.cancel(reason)


class Broadcast(Cancelled):
    """What is written once and read by many; made by `broadcast` or `Broadcast.from_`.

    In a ``with``, it is cancelled at the end of the block.

    Node: stream/iter's Broadcast
    """

    def __init__(self, bucket: BroadcastBucket, backpressure: Policy) -> None:
        self._bucket = bucket
        self._policy = backpressure

    @property
    def consumer_count(self) -> int:
        """How many read. Node: Broadcast.consumerCount"""
        return len(self._bucket.fan.places)

    @property
    def backpressure_policy(self) -> Policy:
        """What becomes of a write past the budget. Node: Broadcast.backpressurePolicy"""
        return self._policy

    def push(
        self, *transforms: Transform, signal: AbortSignal | None = None
    ) -> AsyncIterable[Batch]:
        """One more reader, who counts from now on.

        Args:
            transforms: what is done to his batches: see `pull`.
            signal: he wants no more once it fires; its reason is raised.

        Returns:
            An async iterable of batches: of what some reader has yet to read, or was written before
            there was any, and of all that is written from now on.

        Raises:
            InvalidArgTypeError: an argument is of the wrong type.

        Node: Broadcast.push
        """
        return reader_of(self._bucket, transforms, signal)

    def cancel(self, reason: BaseException | None = None) -> None:
        """Nobody reads any more, and the writer is closed.

        Args:
            reason: what readers get; if not given, they are at their end.

        Node: Broadcast.cancel
        """
        self._bucket.cancel(reason)

    @staticmethod
    def from_(source: Source, **options: Unpack[BroadcastOptions]) -> Broadcasting:
        """Broadcast what there is in a stream.

        Args:
            source: what `from_` takes, or an object with `broadcast_protocol`.
            options: those of `broadcast`.

        Raises:
            InvalidArgTypeError: `source` is nothing of the kind.
            RuntimeError: no event loop is running.

        Node: Broadcast.from
        """
        protocol = method_of(source, "broadcast_protocol")
        if protocol is not None:
            made = protocol(options)
            if made is None:
                raise InvalidReturnValueError("a broadcast", "broadcast_protocol", describe(made))
            return cast(Broadcasting, made)
        batches = from_(source)
        made_here = broadcast(**options)
        bucket = made_here.broadcast._bucket
        if bucket.machine.state in LIVE:
            bucket.pump = asyncio.ensure_future(_pumped(batches, bucket, made_here.writer))
        return made_here


class Broadcasting(NamedTuple):
    """The two ends of a broadcast.

    Attributes:
        writer: where one writes.
        broadcast: whose `push` makes readers.
    """

    writer: Writer
    broadcast: Broadcast


def broadcast(
    *,
    budget: int = SHARED_BUDGET,
    backpressure: Policy = "strict",
    signal: AbortSignal | None = None,
) -> Broadcasting:
    """A writer, and any number who read all that it writes.

    Args:
        budget: how many bytes the slowest reader may have to read still; at least 16,384.
        backpressure: what becomes of a write once the budget is used up: see `push`.
        signal: cancels it, with its reason.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there is no such policy.
        OutOfRangeError: the budget is too small.

    Node: stream/iter.broadcast
    """
    bucket = BroadcastBucket(budget, backpressure)
    bucket.obey(signal)
    return Broadcasting(Writer(bucket), Broadcast(bucket, backpressure))


async def _pumped(source: AsyncIterable[Batch], bucket: BroadcastBucket, writer: Writer) -> None:
    batches = source.__aiter__()
    try:
        async for batch in batches:
            await writer.writev(batch)
        writer.end_sync()
    except (SystemExit, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        if not isinstance(error, (Exception, asyncio.CancelledError)):
            report(error)  # Before readers hear of it: they get an AbortError.
        if not bucket.cancelled:
            writer.fail(failure_of(error))
    finally:
        await close(batches)
