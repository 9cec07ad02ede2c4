"""When a task that never has to wait at a channel pauses, so that the loop turns.

>>> from streams2.channel import Channel
>>> async def main():
...     numbers = Channel(1000)
...     asyncio.get_running_loop().call_soon(print, "somebody else runs")
...     for number in range(1000):
...         await numbers.put(number)
...     print("the last is put")
>>> asyncio.run(main())
somebody else runs
the last is put

The pause comes before an operation, which has then not begun: a task that is cancelled in it has
lost nothing. It is for the task that has been running, and for no other: operations that are each
a task's first are done in the order of the tasks, however many they are.
"""

from __future__ import annotations

import asyncio
import threading

__all__ = ["OPERATIONS_BETWEEN_LOOKS", "pace"]

OPERATIONS_BETWEEN_LOOKS = 32
"""A look at who is running takes as long as half an operation."""

LOOKS_BETWEEN_PAUSES = 2


class _Running(threading.local):
    """What a thread's running task has done since it last waited at a channel."""

    task = 0
    looks = 0


class _Pace:
    """Counts the operations of all, and looks now and then at who does them.

    One count serves all threads, since a thread's own would take as long as half an operation: each
    operation of each thread is as likely as any other to be the one that looks.

    `put`, `take` and `async for` count `left` down themselves: for most operations, that is all.

    Attributes:
        left: how many operations to go until the next look.
    """

    __slots__ = ("_running", "left")

    def __init__(self) -> None:
        self.left = OPERATIONS_BETWEEN_LOOKS
        self._running = _Running()

    def waits(self) -> None:
        """Forget the running task: it waits, so the loop runs."""
        self._running.task = 0

    def counts(self) -> bool:
        """Count an operation; whether to pause before it."""
        self.left = left = self.left - 1
        return left <= 0 and self.is_due()

    def is_due(self) -> bool:
        """Look, when `left` is 0; whether to pause."""
        self.left = OPERATIONS_BETWEEN_LOOKS
        try:
            task = id(asyncio.current_task())
        except RuntimeError:
            return False  # no loop runs that could turn
        running = self._running
        if task != running.task:
            running.task, running.looks = task, 1
            return False
        running.looks += 1
        if running.looks < LOOKS_BETWEEN_PAUSES:
            return False
        running.task = 0
        return True


pace = _Pace()
"""The one there is."""
