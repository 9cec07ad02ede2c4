"""Which chunk a method has, counted from the stream's first, and the line that wrote it.

>>> given = Given()
>>> given.comes(0, None), given.begins(1), given.done()
(None, None, None)
>>> given.comes(0, None), given.comes(1, None), given.begins(2)
(None, None, None)
>>> given.first, given.last
(2, 3)

To count costs something for each chunk, and so only debug mode does it.
"""

from __future__ import annotations

from .debug_frames import Place

__all__ = ["Given"]


class Given:
    """What the methods of one stream were given.

    Attributes:
        first, last: the numbers of the chunks that were given last; 0 if none was.
        place: the user's line that wrote the first of them, if it was one.
    """

    def __init__(self) -> None:
        self.first = self.last = 0
        self.place: Place | None = None
        self._places: dict[int, Place | None] = {}
        # A method that calls that of its base class was given one chunk, not two.
        self._busy = False

    def comes(self, waiting: int, place: Place | None) -> None:
        """A chunk is written, while so many wait."""
        self._places[self.last + waiting + 1] = place

    def begins(self, count: int) -> None:
        """A method is given so many chunks."""
        if self._busy:
            return
        self._busy = True
        self.first, self.last = self.last + 1, self.last + count
        places = [self._places.pop(n, None) for n in range(self.first, self.last + 1)]
        self.place = places[0] if places else None

    def done(self) -> None:
        """It has called back."""
        self._busy = False
