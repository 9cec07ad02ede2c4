"""One coroutine that waits, and whoever wakes it; and tasks that nobody else keeps.

>>> async def main():
...     news = Wakeup()
...     asyncio.get_running_loop().call_soon(news.wake)
...     await news.wait()
...     return "woken"
>>> asyncio.run(main())
'woken'
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import weakref
from collections.abc import Coroutine
from types import FrameType
from typing import Callable, TypeVar

from ..errors import NoRunningLoopError
from .coroutines import asyncio_run_ends, end_task, hear_of
from .due import DueCalls
from .ticks import running_loop

__all__ = ["Pace", "Wakeup", "end_tasks", "has_not_waited", "spawn"]

T = TypeVar("T")

# How many steps a coroutine may take before others have their turn. No time is asked for: the same
# program takes the same steps each time, or a recording of it would not.
_MOST_STEPS = 32


class Wakeup:
    """What one coroutine waits for.

    A wake-up that comes while nobody waits is forgotten: look before you wait.
    """

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None

    @property
    def awaited(self) -> bool:
        """Whether somebody waits, and was not woken yet."""
        return self._waiter is not None and not self._waiter.done()

    def wait(self) -> asyncio.Future[None]:
        """Be woken by the next `wake` from now on, even if the future is awaited only later."""
        self._waiter = running_loop().create_future()
        return self._waiter

    def wake(self) -> None:
        """Wake who waits, if somebody does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Pace:
    """Lets the loop turn, now and then, for a coroutine that always finds what it wants.

    >>> async def main():
    ...     pace, turns = Pace(), 0
    ...     for _ in range(100):
    ...         turns += pace.is_due()
    ...     return turns
    >>> asyncio.run(main()) >= 3
    True
    """

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """The loop has just turned."""
        self._steps = 0

    def is_due(self) -> bool:
        """Take a step; whether the loop is to turn before it. If so, the next count begins."""
        self._steps += 1
        if self._steps <= _MOST_STEPS:
            return False
        self.begin()
        return True


def has_not_waited() -> bool:
    """Whether the running task has not waited for anything yet, as the loop's frame tells.

    Node runs such code inside of the callback that calls the function, and what comes after an
    ``await`` as a job of a promise: ticks come before the one's next step, and after the other's.
    No task says which it is in. (``sleep(0)`` is no waiting: it awaits nothing.)
    """
    frame: FrameType | None = sys._getframe(1)
    # The frame of the handle that the loop runs, or of the ticks that it left.
    while frame is not None and frame.f_globals.get("__name__") != asyncio.Handle.__module__:
        if frame.f_code is DueCalls.run_next.__code__:
            return True
        frame = frame.f_back
    if frame is None:
        return False  # A loop that is not written in Python.
    callback: object = frame.f_locals["self"]._callback
    name = getattr(callback, "__name__", None) or type(callback).__name__
    return "wakeup" not in name.lower()


# The loop keeps only weak references to its tasks.
_kept: set[asyncio.Task[object]] = set()
_closing: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()


def spawn(coroutine: Coroutine[object, object, T], *, closing: bool = False) -> asyncio.Task[T]:
    """Run `coroutine` as a task that lives until it is done, whoever has it.

    Args:
        coroutine: what to run.
        closing: it brings something to its end: if it begins while the loop shuts down, that is
            waited for.

    Raises:
        NoRunningLoopError: no event loop is running.
    """
    try:
        task = running_loop().create_task(coroutine)
    except NoRunningLoopError:
        coroutine.close()
        raise
    _kept.add(task)
    task.add_done_callback(_done)
    if closing:
        _closing.add(task)
    return task


async def end_tasks(left: Callable[[], set[asyncio.Task[object]]]) -> None:
    """Bring the tasks of a program to their end, with what they begin in order to end.

    A reader that is cancelled destroys its stream, and the generator behind that may have something
    to wait for in its ``finally``.

    Args:
        left: those that are not done. (The one that calls is none of them.)
    """
    before, me = _that_close(), asyncio.current_task()
    # asyncio.run has cancelled all that it found: what brings something to its end has begun since.
    # And a task that is cancelled before its first line never comes to it.
    is_over = asyncio_run_ends()
    begun_since = {task for task in before - {me} if is_over or not _has_begun(task)}
    for task in sorted(left() - {me} - begun_since, key=_age):
        end_task(task)
    tasks = left() - {me} | begun_since
    while tasks:
        await asyncio.gather(*tasks, return_exceptions=True)
        tasks = _that_close() - before


def _has_begun(task: asyncio.Task[object]) -> bool:
    coroutine = task.get_coro()
    return not inspect.iscoroutine(coroutine) or (
        inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED
    )


def _that_close() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() & set(_closing)


def _age(task: asyncio.Task[object]) -> tuple[int, str]:
    # asyncio counts tasks in their names. A set has no order, or another one each time.
    return len(task.get_name()), task.get_name()


def _done(task: asyncio.Task[object]) -> None:
    _kept.discard(task)
    if task.cancelled():
        return
    if not isinstance(task._exception, Exception):
        hear_of(task)
