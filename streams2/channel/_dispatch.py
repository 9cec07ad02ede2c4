"""Whoever waits on a channel, how word reaches them, and the tasks that do what they then want.

A waiter is anything with `done()` and `set_result(value)`. `CallbackWaiter` is one for
`put_callback` and `take_callback`; a task that puts or takes is one of its own (`_waiting`), and so
is each operation of an `alts`.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Coroutine
from typing import Any, Callable, Protocol, TypeVar

from ..errors import AbortError, InvalidArgTypeError, NoRunningLoopError
from ..errors.calling import explained, shown

__all__ = ["CallbackWaiter", "Waiter", "call", "dispatch", "expect_own_thread", "report", "spawn"]

T = TypeVar("T")

_running: dict[asyncio.AbstractEventLoop, set[asyncio.Task[object]]] = {}
"""The tasks of each loop: a loop itself holds its tasks only weakly."""


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


def call(function: Callable[..., object], *args: object) -> None:
    """Call a user's ``function(*args)``, and run the coroutine that it may return.

    Raises:
        NoRunningLoopError: it returned one, and no event loop is running.
        SignatureError: it does not take `args`.
    """
    try:
        returned = function(*args)
    except TypeError as error:
        explanation = explained(error, function, args, "the callback of a channel", shown(args))
        if explanation is error:
            raise
        raise explanation from None
    # Of a future, asyncio tells if it fails and nobody asks for its error.
    if returned is None or asyncio.isfuture(returned) or not inspect.isawaitable(returned):
        return
    coroutine = returned if asyncio.iscoroutine(returned) else _awaiting(returned)
    try:
        spawn(coroutine)
    except RuntimeError:
        raise NoRunningLoopError from None


async def _awaiting(awaitable: Awaitable[object]) -> None:
    await awaitable


def dispatch(function: Callable[..., object], *args: object) -> None:
    """`call` ``function(*args)`` on the running loop's next turn; where none runs, at once."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        try:
            call(function, *args)
        except Exception as error:
            # The caller did something else entirely and must not lose its result over this.
            report(error, f"a callback of a channel failed: {function!r}")
    else:
        loop.call_soon(call, function, *args)


def spawn(coroutine: Coroutine[object, None, T]) -> asyncio.Task[T]:
    """Run `coroutine` as a task that is kept, and whose failure is reported."""
    if not inspect.iscoroutine(coroutine):
        raise InvalidArgTypeError.given("coroutine", "a coroutine", coroutine)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        coroutine.close()
        raise
    task = loop.create_task(coroutine)
    _tasks_of(loop).add(task)
    task.add_done_callback(_done)
    return task


def _tasks_of(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[object]]:
    tasks = _running.get(loop)
    if tasks is None:
        for other in [other for other in _running if other.is_closed()]:
            del _running[other]
        tasks = _running[loop] = set()
    return tasks


def _done(task: asyncio.Task[object]) -> None:
    loop = task.get_loop()
    tasks = _running.get(loop, set())
    tasks.discard(task)
    if not tasks:
        _running.pop(loop, None)
    if task.cancelled():
        if _nobody_asked_for(task):
            error = AbortError("A process was cancelled by what it waited for, and nobody asked")
            error.__cause__ = asyncio.CancelledError()
            report(error, f"a process failed: {task.get_name()}", task=task)
        return
    failure = task.exception()
    # The other two have left through the loop already.
    if failure is not None and not isinstance(failure, (SystemExit, KeyboardInterrupt)):
        report(failure, f"a process failed: {task.get_name()}", task=task)


def _nobody_asked_for(task: asyncio.Task[object]) -> bool:
    """Whether a task that was cancelled was so by its own code: by a future that was, say.

    Python 3.9 and 3.10 do not tell.
    """
    asked: Callable[[], int] | None = getattr(task, "cancelling", None)
    return asked is not None and asked() == 0


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
