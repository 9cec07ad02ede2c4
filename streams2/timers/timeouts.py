"""Timers: calls that are made after a time, once or again and again. Node: timers.setTimeout"""

from __future__ import annotations

import math
import warnings
import weakref
from itertools import count
from typing import TYPE_CHECKING, Callable

from ..errors import InvalidArgTypeError, expect_function
from ..events.naming import name_as_node
from .lists import Entry
from .phases import Job, Phases, WaitingTimer, phases_here

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Timeout",
    "TimeoutNaNWarning",
    "TimeoutNegativeWarning",
    "TimeoutOverflowWarning",
    "clear_interval",
    "clear_timeout",
    "set_interval",
    "set_timeout",
]

LONGEST = 2**31 - 1

_ids = count(1)
_by_id: weakref.WeakValueDictionary[int, Timeout] = weakref.WeakValueDictionary()


class TimeoutOverflowWarning(RuntimeWarning):
    """A delay is longer than 2**31 - 1 ms, some 25 days: 1 ms was taken for it, as in Node."""


class TimeoutNegativeWarning(RuntimeWarning):
    """A delay is below 0: 1 ms was taken for it, as in Node."""


class TimeoutNaNWarning(RuntimeWarning):
    """A delay is no number: 1 ms was taken for it, as in Node."""


class Timeout:
    """What `set_timeout` and `set_interval` give: to clear, to begin anew, to let the run end.

    In a `with` it is cleared at the end of the block. ``int(timeout)`` is a number that
    `clear_timeout` takes as well. Node: Timeout
    """

    __slots__ = ("__weakref__", "_cleared", "_entry", "_id", "_job", "_phases", "_refed", "_waits")

    def __init__(self, job: Job, duration: int, repeats: bool, phases: Phases) -> None:
        self._job = job
        self._phases = phases
        self._entry: Entry[WaitingTimer] = Entry(_Interval(self) if repeats else self, duration)
        self._refed = True
        self._cleared = False
        self._id: int | None = None
        # Whether it counts: it waits, or its call is being made.
        self._waits = False
        self._begin(phases.now())

    def ref(self) -> Self:
        """Hold the run open until it has run, as it does by itself. Node: timeout.ref"""
        if not self._refed:
            self._refed = True
            if self._waits:
                self._phases.ref(1)
        return self

    def unref(self) -> Self:
        """Let the run end without it. Node: timeout.unref"""
        if self._refed:
            self._refed = False
            if self._waits:
                self._phases.ref(-1)
        return self

    def has_ref(self) -> bool:
        """Whether it holds the run open while it waits. Node: timeout.hasRef"""
        return self._refed

    def refresh(self) -> Self:
        """Begin to wait anew, also if it has run; not if it was cleared. Node: timeout.refresh"""
        if not self._cleared:
            self._begin(self._phases.now())
        return self

    def close(self) -> Self:
        """Make no more calls: the same as `clear_timeout`. Node: timeout.close"""
        self._cleared = True
        self._phases.lists.remove(self._entry)
        self._rest()
        return self

    def run(self) -> None:
        """Make the call: what the loop does. Not for users."""
        try:
            self._job.call()
        finally:
            if self._entry.waits_in is None:
                self._rest()

    def run_again(self) -> None:
        """Make the call of an interval, and wait from its beginning on. Not for users."""
        start = self._phases.now()
        try:
            self._job.call()
        finally:
            if not self._cleared:
                self._begin(start)

    def _begin(self, start: int) -> None:
        if not self._waits:
            self._waits = True
            if self._refed:
                self._phases.ref(1)
        self._phases.add_timer(self._entry, start)

    def _rest(self) -> None:
        if self._waits:
            self._waits = False
            if self._refed:
                self._phases.ref(-1)

    def __int__(self) -> int:
        if self._id is None:
            self._id = next(_ids)
            _by_id[self._id] = self
        return self._id

    def __repr__(self) -> str:
        state = "cleared" if self._cleared else "waits" if self._waits else "done"
        held = "" if self._refed else ", holds no run"
        return f"<Timeout of {self._entry.duration} ms: {state}{held}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


name_as_node(Timeout)


class _Interval:
    """A timer that repeats."""

    __slots__ = ("_timeout",)

    def __init__(self, timeout: Timeout) -> None:
        self._timeout = timeout

    def run(self) -> None:
        self._timeout.run_again()


def set_timeout(
    callback: Callable[..., object], delay: float | None = None, *args: object
) -> Timeout:
    """Call ``callback(*args)`` after a time.

    Timers that are due at once run in the order they are due. After each, the ticks run that it
    asked for. A coroutine function runs as a task.

    Args:
        callback: what to call. What it raises ends the run.
        delay: how long to wait, in milliseconds; parts of one do not count. The default, and what
            is below 1, no number or above 2**31 - 1, is 1.
        args: what it is called with.

    Returns:
        A handle, to clear it by.

    Raises:
        InvalidArgTypeError: `callback` is no function, or `delay` no number.
        NoRunningLoopError: no loop is running in this thread.

    Warns:
        TimeoutOverflowWarning, TimeoutNegativeWarning, TimeoutNaNWarning: 1 was taken for `delay`.

    Node: timers.setTimeout
    """
    expect_function("callback", callback)
    return Timeout(Job(callback, args), milliseconds(delay), False, phases_here())


def set_interval(
    callback: Callable[..., object], delay: float | None = None, *args: object
) -> Timeout:
    """Call ``callback(*args)`` again and again, until it is cleared.

    Each call is due `delay` after the one before it began. What took longer than that is followed
    by the next on the loop's next turn; none is made up for.

    Args, Returns, Raises and Warns are as for `set_timeout`. Node: timers.setInterval
    """
    expect_function("callback", callback)
    return Timeout(Job(callback, args), milliseconds(delay), True, phases_here())


def clear_timeout(timeout: object) -> None:
    """Have `timeout` make no more calls.

    Args:
        timeout: what `set_timeout` or `set_interval` gave, or its number (``int(timeout)``), also
            as text. Anything else, None for one, is passed over.

    Node: timers.clearTimeout
    """
    found = timeout
    if isinstance(timeout, str):
        found = _by_id.get(int(timeout)) if timeout.isdecimal() else None
    elif isinstance(timeout, int):
        found = _by_id.get(timeout)
    if isinstance(found, Timeout):
        found.close()


def clear_interval(interval: object) -> None:
    """The same as `clear_timeout`. Node: timers.clearInterval"""
    clear_timeout(interval)


def milliseconds(delay: object) -> int:
    """A delay as Node takes it: a whole number from 1 to 2**31 - 1.

    Raises:
        InvalidArgTypeError: `delay` is no number.
    """
    if delay is None:
        return 1
    if not isinstance(delay, (int, float)):
        raise InvalidArgTypeError.given("delay", "a number of milliseconds", delay)
    if delay > LONGEST:
        _warn(TimeoutOverflowWarning, f"{delay} does not fit into a 32-bit signed integer")
    elif delay < 0:
        _warn(TimeoutNegativeWarning, f"{delay} is a negative number")
    elif math.isnan(delay):
        _warn(TimeoutNaNWarning, f"{delay} is not a number")
    return int(delay) if 1 <= delay <= LONGEST else 1


def _warn(kind: type[Warning], what: str) -> None:
    # Of the line that asked for the timer: set_timeout and its kin are one frame below it.
    warnings.warn(f"{what}. The delay was set to 1 ms", kind, stacklevel=4)
