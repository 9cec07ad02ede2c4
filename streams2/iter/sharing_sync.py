"""A stream that several read, without waiting.

>>> from streams2.iter import text_sync
>>> shared = share_sync(["green ", "tea"])
>>> first, second = shared.pull(), shared.pull()
>>> text_sync(first), text_sync(second)
('green tea', 'green tea')
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypedDict, cast

from typing_extensions import Unpack

from ..errors import InvalidArgValueError, InvalidReturnValueError, describe
from .batches import Batch
from .fan import Fan, Place
from .fan_readers import Cancelled
from .policies import SHARED_BUDGET, Policy, PushEvent, checked_budget, overflow_of
from .protocols import method_of
from .pulling import pull_sync
from .sharing import too_much
from .signals import close_sync
from .sources import SyncSource, from_sync
from .transforms import Transform

__all__ = ["ShareSyncOptions", "SyncShare", "share_sync"]


class ShareSyncOptions(TypedDict, total=False):
    """The options of `share_sync`."""

    budget: int
    backpressure: Policy


class SyncSharing:
    """What is shared: the source, and what some reader has yet to read."""

    def __init__(self, source: Iterable[Batch], budget: int, backpressure: Policy) -> None:
        self.overflow = overflow_of(backpressure)
        self.budget = checked_budget(budget)
        self.fan = Fan()
        self.source = source
        self.batches: Iterator[Batch] | None = None
        self.ended = self.cancelled = False
        self.error: BaseException | None = None

    def next(self, place: Place) -> Batch | None:
        """The next batch for one reader; None at the end, or if it was thrown away."""
        if not place.over:
            if self.error is not None:
                self.fan.detach(place, self.error)
            elif self.fan.has(place):
                return self.fan.take(place)
            else:
                kept = self.ended or self.read()
                if self.fan.has(place) and self.error is None:
                    return self.fan.take(place)
                if not kept:
                    return None
                self.fan.detach(place, self.error)
        if place.error is not None:
            raise place.error
        return None

    def read(self) -> bool:
        """Read a batch from the source; whether it is kept."""
        keep = True
        if self.fan.size >= self.budget:
            if self.overflow is PushEvent.STRICT:
                raise too_much(self.fan.size, self.budget)
            keep = self.overflow is PushEvent.DROP_OLDEST
            while keep and self.fan.size >= self.budget:
                self.fan.drop()
        if self.batches is None:
            self.batches = iter(self.source)
        try:
            batch = next(self.batches)
        except StopIteration:
            self.ended = True
            return True
        except Exception as error:
            self.ended = True
            self.error = error
            return True
        if keep:
            self.fan.add(batch)
        return keep

    def leave(self, place: Place) -> None:
        self.fan.detach(place)
        if not self.fan.places:
            self.fan.clear()

    def cancel(self, reason: BaseException | None) -> None:
        if self.cancelled:
            return
        self.ended = self.cancelled = True
        self.error = self.error if reason is None else reason
        self.fan.dismiss(reason)
        self.fan.clear()
        if self.batches is not None:
            close_sync(self.batches)


class SyncShare(Cancelled):
    """A stream that several read without waiting; made by `share_sync`.

    In a ``with``, it is cancelled at the end of the block.

    Node: stream/iter's SyncShare
    """

    def __init__(self, sharing: SyncSharing) -> None:
        self._sharing = sharing

    @property
    def consumer_count(self) -> int:
        """How many read. Node: SyncShare.consumerCount"""
        return len(self._sharing.fan.places)

    def pull(self, *transforms: Transform) -> Iterable[Batch]:
        """One more reader, who counts from now on.

        Args:
            transforms: what is done to his batches: see `pull_sync`.

        Returns:
            An iterable of batches: of what some reader has yet to read, and all after it.

        Node: SyncShare.pull
        """
        readable: Iterable[Batch] = SyncShareReadable(self._sharing, self._sharing.fan.attach())
        return pull_sync(readable, *transforms) if transforms else readable

    def cancel(self, reason: BaseException | None = None) -> None:
        """Nobody reads any more; the source is closed.

        Args:
            reason: what readers get; if not given, they are at their end.

        Node: SyncShare.cancel
        """
        self._sharing.cancel(reason)

    @staticmethod
    def from_sync(source: SyncSource, **options: Unpack[ShareSyncOptions]) -> SyncShare:
        """Share a stream, or what says how to.

        Args:
            source: what `from_sync` takes, or an object with `share_sync_protocol`.
            options: those of `share_sync`.

        Raises:
            InvalidArgTypeError: `source` is nothing of the kind.
            InvalidReturnValueError: `share_sync_protocol` returned nothing.

        Node: SyncShare.fromSync
        """
        protocol = method_of(source, "share_sync_protocol")
        if protocol is None:
            return share_sync(source, **options)
        made = protocol(options)
        if not hasattr(made, "pull"):
            raise InvalidReturnValueError("a share", "share_sync_protocol", describe(made))
        return cast(SyncShare, made)


def share_sync(
    source: SyncSource, *, budget: int = SHARED_BUDGET, backpressure: Policy = "strict"
) -> SyncShare:
    """Let several read one stream, without waiting.

    Args:
        source: what `from_sync` takes.
        budget: how many bytes the slowest reader may have to read still; at least 16,384.
        backpressure: what becomes of a reader who would go on when the budget is used up:
            ``"strict"`` (it is an error), ``"drop-oldest"`` (the slow ones lose what they have not
            read) or ``"drop-newest"`` (what is read is thrown away, and he is told there is no
            more). None can wait.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there is no such policy, or it is ``"unbounded"``.
        OutOfRangeError: the budget is too small.

    Node: stream/iter.shareSync
    """
    batches = from_sync(source)
    if overflow_of(backpressure) is PushEvent.UNBOUNDED:
        wanted = "one that waits for nothing"
        raise InvalidArgValueError.given("options.backpressure", wanted, backpressure)
    return SyncShare(SyncSharing(batches, budget, backpressure))


class SyncShareReadable(Iterable[Batch]):
    """One reader. Those who iterate over it take turns."""

    def __init__(self, sharing: SyncSharing, place: Place) -> None:
        self._sharing = sharing
        self._place = place

    def __iter__(self) -> Iterator[Batch]:
        return SyncShareIterator(self._sharing, self._place)


class SyncShareIterator(Iterator[Batch]):
    """Reads what is shared. To leave it is to be a reader no more."""

    def __init__(self, sharing: SyncSharing, place: Place) -> None:
        self._sharing = sharing
        self._place = place
        self._begun = False

    def __next__(self) -> Batch:
        # A loop that ends of itself, or fails, has not been left.
        self._begun = False
        batch = self._sharing.next(self._place)
        if batch is None:
            raise StopIteration
        self._begun = True
        return batch

    def close(self) -> None:
        """Want no more."""
        self._sharing.leave(self._place)

    def __del__(self) -> None:
        # The loop was left.
        if self._begun and not self._place.over:
            self.close()
