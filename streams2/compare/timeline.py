"""How much was held, over time, in a few hundred points."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timeline"]

_MOST_CELLS = 256

Point = tuple[float, int]
"""A time in seconds, and how many bytes were held then."""


@dataclass
class _Cell:
    """Neighbouring points, of which only the lowest and the highest are remembered."""

    low: Point
    high: Point
    count: int

    def take(self, other: _Cell) -> None:
        if other.low[1] < self.low[1]:
            self.low = other.low
        if other.high[1] > self.high[1]:
            self.high = other.high
        self.count += other.count

    def points(self) -> list[Point]:
        return [self.low] if self.low == self.high else sorted((self.low, self.high))


class Timeline:
    """Remembers a long series in little memory, and loses neither a peak nor a trough.

    Points share a cell. When there are too many cells, every two neighbours become one, which keeps
    the lower of their lows and the higher of their highs.

    >>> timeline = Timeline(most_cells=2)
    >>> for second, held in enumerate([0, 5, 1, 9, 2, 0, 0, 3]):
    ...     timeline.add(float(second), held)
    >>> timeline.points()
    [(0.0, 0), (3.0, 9), (5.0, 0), (7.0, 3)]

    Args:
        most_cells: half of how many points are kept, and an even number.
    """

    def __init__(self, most_cells: int = _MOST_CELLS) -> None:
        self._most_cells = most_cells
        self._cells: list[_Cell] = []
        self._per_cell = 1

    def add(self, seconds: float, held: int) -> None:
        """`held` bytes were held at `seconds`."""
        point = _Cell((seconds, held), (seconds, held), 1)
        if self._cells and self._cells[-1].count < self._per_cell:
            self._cells[-1].take(point)
            return
        if len(self._cells) == self._most_cells:
            self._merge()
        self._cells.append(point)

    def _merge(self) -> None:
        for left, right in zip(self._cells[::2], self._cells[1::2]):
            left.take(right)
        self._cells = self._cells[::2]
        self._per_cell *= 2

    def points(self) -> list[Point]:
        """The series so far, in the order of time."""
        return [point for cell in self._cells for point in cell.points()]
