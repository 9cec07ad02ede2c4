"""Processes that talk over channels, and time.

A process is an asyncio task. It lives until it is done or its loop ends, whoever still holds the
channels it works with. What it raises is never dropped: the loop's exception handler is told.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Callable, TypeVar, overload

from ..errors import InvalidArgTypeError, expect_plain_function
from ._core import AnyChannel, Channel
from ._dispatch import Waiter, spawn

__all__ = ["go", "thread", "timeout"]

T = TypeVar("T")


@overload
def go(coroutine: Coroutine[object, object, None]) -> AnyChannel: ...


@overload
def go(coroutine: Coroutine[object, None, T | None]) -> Channel[T]: ...


def go(coroutine: Coroutine[object, None, object]) -> AnyChannel:
    """Run `coroutine` as a process of its own, and return a channel for its result.

    >>> async def answer():
    ...     return 42
    >>> async def main():
    ...     return await go(answer()).take()
    >>> asyncio.run(main())
    42

    Args:
        coroutine: a coroutine, that is, a call of an ``async def`` function.

    Returns:
        A channel that gives the result, unless it is None, and closes. If the coroutine raises,
        the channel closes without a value, and the loop's exception handler is told.

    Raises:
        InvalidArgTypeError: the argument is no coroutine.
        RuntimeError: no event loop is running.

    core.async: go
    """
    result: AnyChannel = Channel(1)
    spawn(coroutine).add_done_callback(functools.partial(_pass_on, result))
    return result


def _pass_on(result: Channel[T], task: asyncio.Task[T | None]) -> None:
    if not task.cancelled() and task.exception() is None:
        value = task.result()
        if value is not None:
            result.offer(value)
    result.close()


@overload
def thread(function: Callable[..., None], *args: object) -> AnyChannel: ...


@overload
def thread(function: Callable[..., T | None], *args: object) -> Channel[T]: ...


def thread(function: Callable[..., object], *args: object) -> AnyChannel:
    """Call ``function(*args)`` in a thread, and return a channel for its result.

    Returns:
        A channel that gives the result, unless it is None, and closes. If the function raises,
        the channel closes without a value, and the loop's exception handler is told.

    Raises:
        InvalidArgTypeError: the function cannot be called, or is a coroutine function.
        RuntimeError: no event loop is running.

    core.async: thread
    """
    expect_plain_function("function", function, "`go`")
    loop = asyncio.get_running_loop()

    async def call() -> object:
        return await loop.run_in_executor(None, functools.partial(function, *args))

    return go(call())


def timeout(seconds: float) -> AnyChannel:
    """A channel that closes by itself.

    >>> from streams2.channel import alts
    >>> async def main():
    ...     never, limit = Channel(), timeout(0.001)
    ...     value, port = await alts([never, limit])
    ...     return port is limit
    >>> asyncio.run(main())
    True

    It keeps time only for those who wait for it: a `streams2.run` does not stay open for a timeout
    that nobody waits for any more, and one that is dropped leaves nothing behind.

    Args:
        seconds: after how long; on the loop's next turn, for 0 or less.

    Raises:
        InvalidArgTypeError: not a number.
        RuntimeError: no event loop is running.

    core.async: timeout (in milliseconds)
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds != seconds:
        raise InvalidArgTypeError.given("seconds", "a number of seconds", seconds)
    if seconds > 0:
        return _Timeout(seconds)
    channel: AnyChannel = Channel()
    asyncio.get_running_loop().call_soon(channel.close)
    return channel


class _Timeout(AnyChannel):
    """A channel that has closed when its time is up, whenever one looks.

    There is a timer only while somebody waits. Else, whoever uses the channel looks at the clock.
    """

    __slots__ = ("_due", "_loop", "_timer")

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + seconds
        self._timer: asyncio.TimerHandle | None = None

    def close(self, error: BaseException | None = None) -> None:
        super().close(error)
        self._keep_time()

    @property
    def closed(self) -> bool:
        self._look_at_clock()
        return self._closed

    def when_closed(self, callback: Callable[[], object]) -> Callable[[], None]:
        self._look_at_clock()
        forget_callback = super().when_closed(callback)
        self._keep_time()

        def forget() -> None:
            forget_callback()
            self._keep_time()

        return forget

    def _try_put(self, value: object) -> bool | None:
        self._look_at_clock()
        accepted = super()._try_put(value)
        self._keep_time()
        return accepted

    def _try_take(self) -> object:
        self._look_at_clock()
        return super()._try_take()

    def _add_taker(self, waiter: Waiter) -> None:
        super()._add_taker(waiter)
        self._keep_time()

    def _forget_taker(self, waiter: Waiter) -> None:
        super()._forget_taker(waiter)
        self._keep_time()

    def _look_at_clock(self) -> None:
        if not self._closed and self._loop.time() >= self._due:
            self.close()

    def _keep_time(self) -> None:
        """Have a timer if somebody waits, and none if not."""
        awaited = not self._closed and bool(self._takers or self._on_close)
        if awaited and self._timer is None:
            self._timer = self._loop.call_at(self._due, self.close)
        elif not awaited and self._timer is not None:
            self._timer.cancel()
            self._timer = None
