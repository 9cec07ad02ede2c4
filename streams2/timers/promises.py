"""Timers to be awaited.

>>> from streams2 import run
>>> async def main():
...     print(await set_timeout(5, "after 5 ms"))
...     async for number in set_interval(5, "again"):
...         print(number)
...         break
>>> run(main)
after 5 ms
again

Node: timers/promises
"""

from __future__ import annotations

import asyncio
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, overload

from ..errors import InvalidArgTypeError, expect, is_number
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..events.naming import by_name, of_module
from ..loop.ticks import running_loop
from .immediates import Immediate
from .immediates import set_immediate as call_immediately
from .timeouts import Timeout
from .timeouts import set_interval as call_again
from .timeouts import set_timeout as call_later

__all__ = ["Interval", "Scheduler", "scheduler", "set_immediate", "set_interval", "set_timeout"]

T = TypeVar("T")


def _check(delay: object, ref: object, signal: object) -> None:
    if delay is not None and not is_number(delay):
        raise InvalidArgTypeError.given("delay", "a number of milliseconds", delay)
    if signal is not None:
        expect("signal", signal, AbortSignal)
    if not isinstance(ref, bool):
        raise InvalidArgTypeError.given("ref", "a bool", ref)


async def _called(
    ask: Callable[[Callable[[], None]], Timeout | Immediate], ref: bool, signal: AbortSignal | None
) -> None:
    if signal is not None and signal.aborted:
        raise aborted_error(signal)
    future: asyncio.Future[None] = running_loop().create_future()

    def done() -> None:
        if not future.done():
            future.set_result(None)

    def abort() -> None:
        if signal is not None and not future.done():
            future.set_exception(aborted_error(signal))

    handle = ask(done)
    if not ref:
        handle.unref()
    forget = None if signal is None else on_abort(signal, abort)
    try:
        with handle:
            await future
    finally:
        if forget is not None:
            forget()


@overload
async def set_timeout(
    delay: float | None = ..., *, ref: bool = ..., signal: AbortSignal | None = ...
) -> None: ...
@overload
async def set_timeout(
    delay: float | None, value: T, *, ref: bool = ..., signal: AbortSignal | None = ...
) -> T: ...
@by_name
async def set_timeout(
    delay: float | None = None,
    value: object = None,
    *,
    ref: bool = True,
    signal: AbortSignal | None = None,
) -> object:
    """Wait for a time.

    Args:
        delay: how long, in milliseconds, as for `timers.set_timeout` (default 1).
        value: what to return.
        ref: whether to hold the run open (default True). A task that awaits does so by itself.
        signal: gives the waiting up.

    Returns:
        `value`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        AbortError: the signal was aborted; its reason is the cause.

    Node: timersPromises.setTimeout
    """
    _check(delay, ref, signal)
    await _called(lambda done: call_later(done, delay), ref, signal)
    return value


@overload
async def set_immediate(*, ref: bool = ..., signal: AbortSignal | None = ...) -> None: ...
@overload
async def set_immediate(value: T, *, ref: bool = ..., signal: AbortSignal | None = ...) -> T: ...
@by_name
async def set_immediate(
    value: object = None, *, ref: bool = True, signal: AbortSignal | None = None
) -> object:
    """Wait until the loop has looked for news.

    Args, Returns and Raises are as for `set_timeout`. Node: timersPromises.setImmediate
    """
    _check(None, ref, signal)
    await _called(call_immediately, ref, signal)
    return value


class Interval(Generic[T]):
    """What `set_interval` gives: ``async for`` reads it. Left, it stops; so it does with `aclose`.

    The calls are counted while nobody waits for one: a slow reader finds them all.
    """

    def __init__(
        self, delay: float | None, value: T, ref: bool, signal: AbortSignal | None
    ) -> None:
        _check(delay, ref, signal)
        self._delay = delay
        self._value = value
        self._ref = ref
        self._signal = signal
        self._due = 0
        self._over = False
        self._timeout: Timeout | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._forget: Callable[[], None] = lambda: None

    def __aiter__(self) -> Interval[T]:
        return self

    async def __anext__(self) -> T:
        if self._over:
            raise StopAsyncIteration
        if self._timeout is None:
            self._begin()
        timeout, signal = self._timeout, self._signal
        assert timeout is not None
        while not self._due:
            if signal is not None and signal.aborted:
                await self.aclose()
                raise aborted_error(signal)
            self._waiter = running_loop().create_future()
            # While it is waited for, and no longer: a loop that was left leaves nothing behind.
            if self._ref:
                timeout.ref()
            try:
                await self._waiter
            finally:
                self._waiter = None
                timeout.unref()
            if self._over:
                raise StopAsyncIteration
        self._due -= 1
        return self._value

    async def aclose(self) -> None:
        """Stop. What waits for a call gets none."""
        self._over = True
        self._forget()
        if self._timeout is not None:
            self._timeout.close()
        self._wake()

    def _begin(self) -> None:
        # Weakly: nobody tells a loop that an `async for` was left, but that its iterator is gone.
        me = weakref.ref(self)
        self._timeout = call_again(partial(_call, me), self._delay).unref()
        if self._signal is not None:
            self._forget = on_abort(self._signal, partial(_wake, me))

    def _call(self) -> None:
        self._due += 1
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __del__(self) -> None:
        timeout = getattr(self, "_timeout", None)  # None, too, if it was refused.
        if timeout is not None:
            timeout.close()
            self._forget()


def _call(interval: weakref.ref[Interval[T]]) -> None:
    found = interval()
    if found is not None:
        found._call()


def _wake(interval: weakref.ref[Interval[T]]) -> None:
    found = interval()
    if found is not None:
        found._wake()


@overload
def set_interval(
    delay: float | None = ..., *, ref: bool = ..., signal: AbortSignal | None = ...
) -> Interval[None]: ...
@overload
def set_interval(
    delay: float | None, value: T, *, ref: bool = ..., signal: AbortSignal | None = ...
) -> Interval[T]: ...
@by_name
def set_interval(
    delay: float | None = None,
    value: object = None,
    *,
    ref: bool = True,
    signal: AbortSignal | None = None,
) -> Interval[Any]:
    """Give `value` again and again, to ``async for``. The interval begins with its first step.

    Args, Raises as for `set_timeout`; `signal` ends it with an `AbortError`, when all was given
    that was due before.

    Node: timersPromises.setInterval
    """
    return Interval(delay, value, ref, signal)


class Scheduler:
    """Waiting, under the names of the web. Use `scheduler`. Node: timersPromises.scheduler"""

    @by_name
    async def wait(
        self, delay: float | None = None, *, ref: bool = True, signal: AbortSignal | None = None
    ) -> None:
        """Wait for a time: `set_timeout` without a value. Node: scheduler.wait"""
        await set_timeout(delay, ref=ref, signal=signal)

    async def yield_(self) -> None:
        """Wait until the loop has looked for news: `set_immediate`. Node: scheduler.yield"""
        await set_immediate()


scheduler = Scheduler()
"""``await scheduler.wait(ms)`` and ``await scheduler.yield_()``. Node: timersPromises.scheduler"""


if not TYPE_CHECKING:
    __getattr__ = of_module(__name__)
