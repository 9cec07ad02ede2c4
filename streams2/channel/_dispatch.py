"""Whoever waits on a channel, and how word reaches them.

A waiter is anything with `done()` and `set_result(value)`. An `asyncio.Future` is one as it is,
and that is what a task waits with: the common case needs no object of ours. `CallbackWaiter` is one
for `put_callback` and `take_callback`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Callable, Protocol

from ..errors import NoRunningLoopError

__all__ = ["CallbackWaiter", "Waiter", "dispatch", "expect_own_thread", "report"]


class Waiter(Protocol):
    """One that waits to be told a result, once."""

    def done(self) -> bool:
        """Whether it waits no more: it was told, or it was cancelled."""

    def set_result(self, value: Any, /) -> object:
        """Tell the result. Runs no one else's code before the channel is in order again."""


class CallbackWaiter:
    """A waiter that is a function."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def done(self) -> bool:
        return False  # a callback cannot be cancelled, and once told it waits nowhere

    def set_result(self, value: object) -> None:
        dispatch(self._function, value)

    def __repr__(self) -> str:
        return f"<CallbackWaiter {self._function!r}>"


def expect_own_thread(waiter: Waiter) -> None:
    """Refuse to tell one that waits on a loop which runs in another thread: it would not wake up.

    Raises:
        NoRunningLoopError: this is that other thread.
    """
    get_loop = getattr(waiter, "get_loop", None)
    if get_loop is None:
        return
    loop = get_loop()
    try:
        if asyncio.get_running_loop() is loop:
            return
    except RuntimeError:
        pass  # None runs here: then it depends on whether that one runs elsewhere.
    if loop.is_running():
        raise NoRunningLoopError


def dispatch(function: Callable[..., object], *args: object) -> None:
    """Call ``function(*args)`` on the running loop's next turn; where none runs, at once."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        try:
            function(*args)
        except Exception as error:
            # The caller did something else entirely and must not lose its result over this.
            report(error, f"a callback of a channel failed: {function!r}")
    else:
        loop.call_soon(function, *args)


def report(error: BaseException, message: str, **context: object) -> None:
    """Hand an error that no caller waits for to the running loop's exception handler.

    Where no loop runs, to `sys.excepthook`, as Python does with an error nobody caught.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        sys.excepthook(type(error), error, error.__traceback__)
    else:
        loop.call_exception_handler({"message": message, "exception": error, **context})
