"""An event loop without sockets, on a clock of its own choice.

In a browser Python has no sockets and no threads, and asyncio's loops cannot be made there. This
one does what they do, but where they ask the system for news, it waits. How long a wait takes is
its clock's affair: on a `StandingClock` it takes no time at all.

>>> clock = StandingClock()
>>> loop = QuietLoop(clock)
>>> loop.run_until_complete(asyncio.sleep(3600))
>>> clock.time()
3600.0
>>> loop.close()
"""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Protocol

from .secluded import IN_BROWSER, Secluded

__all__ = [
    "AnyLoop",
    "BaseLoop",
    "Clock",
    "QuietLoop",
    "StandingClock",
    "clock_in_use",
    "loop_with",
    "set_page_aside",
    "use_clock",
]


class Clock(Protocol):
    """What a loop asks for the time, and how it waits."""

    def time(self) -> float:
        """What time it is, in seconds."""

    def wait(self, seconds: float) -> None:
        """Return when so much time has passed."""


class MachineClock:
    """The machine's own time."""

    def time(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class StandingClock:
    """A clock that stands while code runs, and jumps where a program waits.

    A program of timers is over at once on it, and is the same on every machine.
    """

    def __init__(self) -> None:
        self._now = 0.0

    def time(self) -> float:
        """What time it is, in seconds."""
        # Whole microseconds: sums of delays come to the same whatever their order.
        return round(self._now, 6)

    def wait(self, seconds: float) -> None:
        """Let so much time pass, at once."""
        self._now += max(seconds, 0.0)


class _Waiting:
    """A selector of nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def select(self, seconds: float | None) -> list[Any]:
        if seconds is None:
            raise RuntimeError("the program waits for something that will never happen")
        if seconds > 0:
            self._clock.wait(seconds)
        return []

    def get_map(self) -> dict[int, Any]:
        return {}


class QuietLoop(Secluded, asyncio.BaseEventLoop):
    """asyncio's loop without what needs a socket or a thread.

    What is to run in a thread runs on the loop, a turn later.

    Args:
        clock: what time it is, and how to wait; None is the machine's.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or MachineClock()
        # Names that asyncio's other loops have: who asks why a run stands still looks there.
        vars(self).update(_selector=_Waiting(self._clock), _signal_handlers={})

    def time(self) -> float:
        """What time it is, in seconds."""
        return self._clock.time()

    def run_in_executor(  # type: ignore[override]  # typeshed's TypeVarTuple is newer than Python 3.9
        self, executor: object, func: Callable[..., object], *args: object
    ) -> asyncio.Future[object]:
        """Call ``func(*args)`` on the next turn of the loop. The `executor` is not asked."""
        future: asyncio.Future[object] = self.create_future()

        def work() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except Exception as error:
                future.set_exception(error)

        self.call_soon(work)
        return future

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass  # there is no other thread to wake it from


class _Here(threading.local):
    clock: Clock | None = None


_here = _Here()


def clock_in_use() -> Clock | None:
    """The clock that `run` has to go by in this thread, or None for the machine's."""
    return _here.clock


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Have `run` go by `clock` in this thread, on a `QuietLoop`.

    >>> from streams2 import run
    >>> clock = StandingClock()
    >>> with use_clock(clock):
    ...     run(lambda: asyncio.sleep(60))
    >>> clock.time()
    60.0

    Args:
        clock: what time it is, and how to wait.
    """
    outer, _here.clock = _here.clock, clock
    try:
        yield
    finally:
        _here.clock = outer


AnyLoop: Any = object
"""What is mixed into a loop has this for its base."""

BaseLoop: Any
"""The loop of this platform."""

if IN_BROWSER:
    BaseLoop = QuietLoop
elif sys.platform == "win32":
    BaseLoop = asyncio.ProactorEventLoop
else:
    BaseLoop = asyncio.SelectorEventLoop


def loop_with(mixed_in: type) -> Any:
    """A loop with something mixed in: the platform's, or one that goes by the clock in use."""
    clock = clock_in_use()
    base, given = (BaseLoop, ()) if clock is None else (QuietLoop, (clock,))
    return _kind(mixed_in, base)(*given)


@functools.cache
def _kind(mixed_in: type, base: type) -> type:
    return type(mixed_in.__name__, (mixed_in, base), {})


def set_page_aside() -> Callable[[], None]:
    """In a browser, have the page's own loop not run for now. Elsewhere, nothing.

    Returns:
        What has it run again.
    """
    page: Any = asyncio._get_running_loop() if IN_BROWSER else None
    if page is None or type(page).__module__ != "pyodide.webloop":
        return lambda: None
    # The page's loop counts as running all the time: it turns when Python has returned to it.
    tasks: Any = asyncio.tasks
    task = tasks._swap_current_task(page, None)
    asyncio._set_running_loop(None)

    def back() -> None:
        asyncio._set_running_loop(page)
        tasks._swap_current_task(page, task)
        asyncio.set_event_loop(page)

    return back
