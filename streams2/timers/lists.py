"""Which timers are due, and in which order: one list for each duration, and a queue of the lists.

>>> lists = TimerLists()
>>> for name, duration in [("a", 20), ("b", 10), ("c", 20)]:
...     lists.add(Entry(name, duration), now=0)
>>> lists.run(now=20, call=lambda entry: print(entry.item))
b
a
c

Timers of one duration that begin one after the other are due one after the other: a list needs no
sorting. Only whole lists are sorted, by when their first timer is due; of two that are due at the
same time, the one that has been waiting for it longer is first. Two timers that are due in one pass
may so run in another order than they are due: all of a list that are due run before the next list.
That is Node's order.

Times are whole milliseconds. Nothing here knows a loop.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from itertools import count
from typing import Callable, Generic, TypeVar

__all__ = ["Entry", "TimerLists"]

T = TypeVar("T")


class Entry(Generic[T]):
    """A timer, as far as its order goes.

    Attributes:
        item: what it is the entry of.
        duration: how long it waits.
        start: when it began to.
        waits_in: the list that it waits in, or None.
    """

    __slots__ = ("duration", "item", "start", "waits_in")

    def __init__(self, item: T, duration: int) -> None:
        self.item = item
        self.duration = duration
        self.start = 0
        self.waits_in: _List[T] | None = None


class _List(Generic[T]):
    """The timers of one duration, in the order they began.

    Attributes:
        place: when the list is to be looked at, and its number among those of that time.
    """

    __slots__ = ("duration", "entries", "place")

    def __init__(self, duration: int, place: tuple[int, int]) -> None:
        self.duration = duration
        self.place = place
        self.entries: OrderedDict[Entry[T], None] = OrderedDict()


class TimerLists(Generic[T]):
    """All timers of one loop."""

    def __init__(self) -> None:
        self._lists: dict[int, _List[T]] = {}
        # An entry that has not its list's present place is out of date: it is passed over.
        self._queue: list[tuple[tuple[int, int], _List[T]]] = []
        self._numbers = count()

    def add(self, entry: Entry[T], now: int) -> None:
        """Have `entry` wait from `now` on, whether it waits already or not."""
        if entry.waits_in is not None:
            del entry.waits_in.entries[entry]
        entry.start = now
        waiting = self._lists.get(entry.duration)
        if waiting is None:
            place = (now + entry.duration, next(self._numbers))
            waiting = self._lists[entry.duration] = _List(entry.duration, place)
            heapq.heappush(self._queue, (place, waiting))
        waiting.entries[entry] = None
        entry.waits_in = waiting

    def remove(self, entry: Entry[T]) -> None:
        """Have `entry` wait no more. One that does not wait is none."""
        if entry.waits_in is not None:
            del entry.waits_in.entries[entry]
            entry.waits_in = None
        # Also if it did not wait, because it runs just now: the next timer of this duration begins
        # a list of its own, with a number of its own.
        waiting = self._lists.get(entry.duration)
        if waiting is not None and not waiting.entries:
            del self._lists[entry.duration]

    def next_due(self) -> int | None:
        """When to look again; None for never. It may turn out to be too early."""
        first = self._first()
        return None if first is None else first.place[0]

    def run(self, now: int, call: Callable[[Entry[T]], object]) -> None:
        """Call `call` with each entry that is due. What it raises is let out; run again then."""
        first = self._first()
        while first is not None and first.place[0] <= now:
            self._run_list(first, now, call)
            first = self._first()

    def _run_list(self, due: _List[T], now: int, call: Callable[[Entry[T]], object]) -> None:
        while due.entries:
            entry = next(iter(due.entries))
            at = entry.start + due.duration
            if at > now:
                due.place = (at, next(self._numbers))
                heapq.heappush(self._queue, (due.place, due))
                return
            del due.entries[entry]
            entry.waits_in = None
            call(entry)
        if self._lists.get(due.duration) is due:
            del self._lists[due.duration]

    def _first(self) -> _List[T] | None:
        queue = self._queue
        while queue:
            place, waiting = queue[0]
            if waiting.place == place and self._lists.get(waiting.duration) is waiting:
                return waiting
            heapq.heappop(queue)
        return None
