"""One stream, several readers: each batch is kept until all have read it."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Callable

from ..errors.places import made_here
from .batches import Batch

__all__ = ["Fan", "Place"]


class Place:
    """How far one reader has come.

    Attributes:
        position: the number of the batch that is next.
        over: whether he gets no more, whatever there is.
        error: why, if it went wrong.
        forget: stops listening to his signal.
        made_at: the line of the user's program that made him a reader, or None.
    """

    __slots__ = ("error", "forget", "made_at", "over", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.over = False
        self.error: BaseException | None = None
        self.forget: Callable[[], None] | None = None
        self.made_at = made_here(self)

    def end(self, error: BaseException | None = None) -> None:
        """He gets no more."""
        self.over = True
        self.error = error
        if self.forget is not None:
            self.forget()


class Fan:
    """The batches that some reader has yet to read.

    Attributes:
        size: how many bytes they are.
        places: of the readers that there are.
    """

    def __init__(self) -> None:
        self.size = 0
        self.places: list[Place] = []
        self._first = 0
        self._batches: deque[tuple[Batch, int]] = deque()

    def attach(self) -> Place:
        """One more reader: he gets what is still there, and all that comes."""
        place = Place(self._first)
        self.places.append(place)
        return place

    def detach(self, place: Place, error: BaseException | None = None) -> None:
        """One reader less. What nobody else has to read goes; the last one leaves all there."""
        if place in self.places:
            self.places.remove(place)
            place.end(error)
            self._trim()

    def dismiss(self, error: BaseException | None) -> list[Place]:
        """No readers any more. What is there stays, for those who come later."""
        places, self.places = self.places, []
        for place in places:
            place.end(error)
        return places

    def add(self, batch: Batch) -> None:
        nbytes = sum(map(len, batch))
        self._batches.append((batch, nbytes))
        self.size += nbytes

    def drop(self) -> None:
        """Throw the oldest batch away, read or not."""
        _, nbytes = self._batches.popleft()
        self.size -= nbytes
        self._first += 1

    def has(self, place: Place) -> bool:
        """Whether there is a batch for this reader."""
        return bool(self._batches) and place.position < self._first + len(self._batches)

    def take(self, place: Place) -> Batch | None:
        """The next batch for this reader, if there is one."""
        # What he had still to read may have been thrown away.
        at = max(place.position - self._first, 0)
        if at >= len(self._batches):
            return None
        batch, _ = self._batches[at]
        place.position = self._first + at + 1
        self._trim()
        return batch

    def unread(self, place: Place) -> int:
        """How many bytes this reader has still to read."""
        first = max(place.position - self._first, 0)
        return sum(nbytes for _, nbytes in islice(self._batches, first, None))

    def clear(self) -> None:
        """Throw all away."""
        while self._batches:
            self.drop()

    def _trim(self) -> None:
        if self.places:
            least = min(place.position for place in self.places)
            while self._first < least and self._batches:
                self.drop()
