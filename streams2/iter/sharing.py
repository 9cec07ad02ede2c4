"""A stream that several read, at the speed of those who ask.

>>> from streams2 import run
>>> from streams2.iter import text
>>> async def main():
...     shared = share(["green ", "tea"])
...     first, second = shared.pull(), shared.pull(lambda batch: batch and [b"!", *batch])
...     return await text(first), await text(second)
>>> run(main)
('green tea', '!green !tea')

The source is read when a reader asks for what nobody has read yet; what others have still to read
is kept. `share_sync` does the same without waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import TypedDict, cast

from typing_extensions import Unpack

from ..errors import InvalidReturnValueError, OutOfRangeError, describe
from ..errors.places import made_here
from ..events.abort import AbortSignal, on_abort
from ..loop.coroutines import failure_of
from ..loop.waking import spawn
from .batches import Batch
from .fan import Fan, Place
from .fan_readers import Cancelled, reader_of
from .policies import SHARED_BUDGET, Policy, PushEvent, checked_budget, overflow_of
from .protocols import method_of
from .signals import checked, close, reason_of
from .sources import Source, from_
from .transforms import Transform

__all__ = ["Share", "ShareOptions", "share"]


class ShareOptions(TypedDict, total=False):
    """The options of `share`."""

    budget: int
    backpressure: Policy
    signal: AbortSignal | None


class Sharing:
    """What is shared: the source, and what some reader has yet to read."""

    def __init__(self, source: AsyncIterable[Batch], budget: int, backpressure: Policy) -> None:
        self.overflow = overflow_of(backpressure)
        self.budget = checked_budget(budget)
        self.fan = Fan()
        self.made_at = made_here(self)
        self.source = source
        self.batches: AsyncIterator[Batch] | None = None
        self.pulling: asyncio.Task[None] | None = None
        # The readers who ask for a batch, and those of them who wait for room.
        self.asking: list[Place] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.ended = False
        self.cancelled = False
        self.error: BaseException | None = None

    def attach(self) -> Place:
        return self.fan.attach()

    async def next(self, place: Place) -> Batch | None:
        """The next batch for one reader; None at the end.

        Raises:
            BaseException: what the source failed with, or the reason of `cancel`.
            OutOfRangeError: the policy is strict, and another reader has not read enough.
        """
        self.asking.append(place)
        try:
            return await self.find(place)
        finally:
            self.asking.remove(place)

    async def find(self, place: Place) -> Batch | None:
        thrown_away = False
        while True:
            if place.over:
                if place.error is not None:
                    raise place.error
                return None
            if self.fan.has(place):
                batch = self.fan.take(place)
                self.made_room()
                return batch
            if self.ended:
                self.leave(place, self.error)
            elif self.fan.size < self.budget:
                await self.pull(True)
            elif any(map(self.fan.has, self.asking)):
                # Another one has what he asked for, and has not come to it.
                await asyncio.sleep(0)
            elif self.overflow is PushEvent.DROP_OLDEST:
                await self.pull(True)
            elif self.overflow is PushEvent.STRICT:
                self.leave(place)
                raise too_much(self.fan.size, self.budget)
            elif self.overflow is PushEvent.DROP_NEWEST and not thrown_away:
                thrown_away = True
                await self.pull(False)
            else:
                await self.room()

    async def pull(self, keep: bool) -> None:
        """Have one batch read, unless that is under way."""
        if self.pulling is None:
            while self.fan.size >= self.budget and self.overflow is PushEvent.DROP_OLDEST:
                self.fan.drop()
            self.pulling = asyncio.ensure_future(self.read(keep))
        # One who goes away does not stop it: others may want it.
        await asyncio.wait([self.pulling])

    async def read(self, keep: bool) -> None:
        if self.batches is None:
            self.batches = self.source.__aiter__()
        try:
            batch = await self.batches.__anext__()
        except StopAsyncIteration:
            self.ended = True
        except (SystemExit, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            if not self.cancelled:
                self.error = failure_of(error)
                self.ended = True
        else:
            if keep and not self.cancelled:
                self.fan.add(batch)
        finally:
            self.pulling = None
        if self.ended:
            self.made_room()

    async def room(self) -> None:
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(told)
        await told

    def made_room(self) -> None:
        """Somebody has read, or left, or it is over: see who can go on."""
        if self.fan.size >= self.budget and not self.ended:
            return
        waiting, self.waiting = self.waiting, []
        for told in waiting:
            if not told.done():
                told.set_result(None)

    def leave(self, place: Place, error: BaseException | None = None) -> None:
        """One reader gets no more. What the last one leaves behind is nobody's."""
        self.fan.detach(place, error)
        if not self.fan.places:
            self.fan.clear()
        self.made_room()

    def cancel(self, reason: BaseException | None) -> None:
        if self.cancelled:
            return
        self.ended = self.cancelled = True
        self.error = reason
        self.fan.dismiss(reason)
        self.fan.clear()
        self.made_room()
        if self.pulling is not None:
            self.pulling.cancel()
        if self.batches is not None:
            spawn(self.close(self.pulling, self.batches), closing=True)

    async def close(
        self, pulling: asyncio.Task[None] | None, batches: AsyncIterator[Batch]
    ) -> None:
        if pulling is not None:
            await asyncio.wait([pulling])
        await close(batches)


def too_much(size: int, budget: int) -> OutOfRangeError:
    """The error of a reader who is further ahead of another than the budget allows."""
    return OutOfRangeError("buffered bytes", f"< {budget}", size)


class Share(Cancelled):
    """A stream that several read; made by `share` or `Share.from_`.

    In a ``with``, it is cancelled at the end of the block.

    Node: stream/iter's Share
    """

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing

    @property
    def consumer_count(self) -> int:
        """How many read. Node: Share.consumerCount"""
        return len(self._sharing.fan.places)

    def pull(
        self, *transforms: Transform, signal: AbortSignal | None = None
    ) -> AsyncIterable[Batch]:
        """One more reader, who counts from now on.

        Args:
            transforms: what is done to his batches: see `pull`.
            signal: he wants no more once it fires; its reason is raised.

        Returns:
            An async iterable of batches: of what some reader has yet to read, and all after it.

        Raises:
            InvalidArgTypeError: an argument is of the wrong type.

        Node: Share.pull
        """
        return reader_of(self._sharing, transforms, signal)

    def cancel(self, reason: BaseException | None = None) -> None:
        """Nobody reads any more; the source is closed.

        Args:
            reason: what readers get; if not given, they are at their end.

        Node: Share.cancel
        """
        self._sharing.cancel(reason)

    @staticmethod
    def from_(source: Source, **options: Unpack[ShareOptions]) -> Share:
        """Share a stream, or what says how to.

        Args:
            source: what `from_` takes, or an object with `share_protocol`.
            options: those of `share`.

        Raises:
            InvalidArgTypeError: `source` is nothing of the kind.
            InvalidReturnValueError: `share_protocol` returned nothing.

        Node: Share.from
        """
        protocol = method_of(source, "share_protocol")
        if protocol is None:
            return share(source, **options)
        made = protocol(options)
        if not hasattr(made, "pull"):
            raise InvalidReturnValueError("a share", "share_protocol", describe(made))
        return cast(Share, made)


def share(
    source: Source,
    *,
    budget: int = SHARED_BUDGET,
    backpressure: Policy = "strict",
    signal: AbortSignal | None = None,
) -> Share:
    """Let several read one stream.

    Args:
        source: what `from_` takes.
        budget: how many bytes the slowest reader may have to read still; at least 16,384.
        backpressure: what becomes of a reader who would go on when the budget is used up:
            ``"strict"`` (it is an error), ``"unbounded"`` (he waits), ``"drop-oldest"`` (the slow
            ones lose what they have not read) or ``"drop-newest"`` (what is read is thrown away).
        signal: cancels it, with its reason.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there is no such policy.
        OutOfRangeError: the budget is too small.

    Node: stream/iter.share
    """
    sharing = Sharing(from_(source), budget, backpressure)
    if checked(signal) is not None and signal is not None:
        on_abort(signal, lambda: sharing.cancel(reason_of(signal)))
    return Share(sharing)
