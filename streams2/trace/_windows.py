"""Which chunks a tank holds at each moment, in memory that grows only with what happens.

Chunks come at the end and leave at the front. So what a tank holds at a moment is a piece of one
list of all that ever came:

>>> line = Line([1, 2])
>>> before = line.window()
>>> line.leave(1)
[1]
>>> line.join(3)
>>> before, line.window()
((1, 2), (2, 3))
>>> line.window().since(before)
(1, (3,))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

__all__ = ["Line", "Window", "since"]


class Window(Sequence[int]):
    """The numbers of chunks in a row, the first one first: equal to the tuple of them.

    Args:
        numbers: of all that ever came; it may grow, and is not changed otherwise.
        start, stop: which of them.
        last: where each of `numbers` stands, the last time if it is there more than once.
    """

    __slots__ = ("_last", "_numbers", "_start", "_stop")

    def __init__(self, numbers: list[int], start: int, stop: int, last: dict[int, int]) -> None:
        self._numbers = numbers
        self._start = start
        self._stop = stop
        self._last = last

    def since(self, before: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """How many of `before` have left at the front, and which have come at the end."""
        if not isinstance(before, Window):
            return len(before), tuple(self)
        same = self._numbers is before._numbers and self._stop >= before._stop
        if not same or self._start > before._stop:
            return len(before), tuple(self)
        return self._start - before._start, tuple(self._numbers[before._stop : self._stop])

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...
    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        at = self._stop + index if index < 0 else self._start + index
        if not self._start <= at < self._stop:
            raise IndexError(index)
        return self._numbers[at]

    def __contains__(self, number: object) -> bool:
        # Looked at one by one, a tank of thousands would take as long at each of its events.
        last = self._last.get(number, -1)  # type: ignore[call-overload]
        return self._start <= last and (last < self._stop or number in tuple(self))

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers[self._start : self._stop])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Window, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Line:
    """Chunks that stand in line: they join at the end and leave at the front."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self.become(numbers)

    def __len__(self) -> int:
        return len(self._numbers) - self._start

    def window(self) -> Window:
        """Who stands in line now."""
        return Window(self._numbers, self._start, len(self._numbers), self._last)

    def join(self, number: int) -> None:
        """`number` comes to the end."""
        self._last[number] = len(self._numbers)
        self._numbers.append(number)

    def leave(self, many: int) -> list[int]:
        """So many leave at the front: these."""
        gone = self._numbers[self._start : self._start + many]
        self._start += len(gone)
        return gone

    def become(self, numbers: Iterable[int]) -> None:
        """Others stand in line now, whoever they are."""
        self._numbers = list(numbers)
        self._last = {number: index for index, number in enumerate(self._numbers)}
        self._start = 0


def since(before: Sequence[int], now: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """How many of `before` have left at the front, and who of `now` has come at the end."""
    if now is before:
        return 0, ()
    return now.since(before) if isinstance(now, Window) else (len(before), tuple(now))
