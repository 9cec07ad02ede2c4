"""Coroutines that come of calling a user's function: they run as tasks, and nobody loses them.

>>> async def listener():
...     print("awaited")
>>> async def main():
...     print(run_returned("anything else"), run_returned(listener()))
...     await asyncio.sleep(0)
>>> asyncio.run(main())
False True
awaited

Whoever calls a user's function looks at what it returns: None, as a rule, and then that is all.
This is the one place that knows what else it may be.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Awaitable
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .. import errors
from ..errors import AbortError, NoRunningLoopError
from .belongings import is_shut_down

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

__all__ = [
    "asyncio_run_ends",
    "end_task",
    "failure_of",
    "hear_of",
    "is_awaitable",
    "is_being_cancelled",
    "is_coroutine_function",
    "outcome_of",
    "report",
    "run_returned",
]

T = TypeVar("T")

Failed = Callable[[BaseException], object]
Done = Callable[[Any], object]

# The loop keeps only weak references to its tasks.
_running: set[asyncio.Future[object]] = set()
_ended: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()


def is_awaitable(returned: object) -> TypeGuard[Awaitable[object]]:
    """Whether a user's function returned something to be awaited."""
    # Bools are what such functions return most, after None.
    return (
        returned is not None
        and returned is not True
        and returned is not False
        and isinstance(returned, Awaitable)
    )


def is_coroutine_function(function: object) -> bool:
    """Whether to call `function` makes a coroutine, however it is wrapped.

    >>> import functools
    >>> is_coroutine_function(functools.partial(asyncio.sleep, 1))
    True
    """
    return errors.is_coroutine_function(function, behind_wrappers=True)


def run_returned(returned: object, failed: Failed | None = None, done: Done | None = None) -> bool:
    """Run what a user's function returned, if it is to be awaited.

    Args:
        returned: what it returned, whatever that is.
        failed: called with the error if it fails. Without it, the loop's exception handler is told;
            of a future, that is left to asyncio, which tells it if nobody asks for the error.
        done: called with its value if it does not.

    Returns:
        Whether it is to be awaited.

    Raises:
        NoRunningLoopError: it is, and no event loop is running.
    """
    if not is_awaitable(returned):
        return False
    if asyncio.isfuture(returned):
        future = returned
        if failed is None:
            return True
    else:
        future = _task_of(returned)

    def over(future: asyncio.Future[object]) -> None:
        _running.discard(future)
        error = _failure_of_future(future)
        if error is not None:
            (failed if failed and isinstance(error, Exception) else report)(error)
        elif done is not None and not future.cancelled():
            done(future.result())

    _running.add(future)
    future.add_done_callback(over)
    return True


def _task_of(returned: Awaitable[object]) -> asyncio.Future[object]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        if asyncio.iscoroutine(returned):
            returned.close()
        raise NoRunningLoopError from None
    return loop.create_task(returned if asyncio.iscoroutine(returned) else _awaiting(returned))


async def _awaiting(awaitable: Awaitable[object]) -> object:
    return await awaitable


def _failure_of_future(future: asyncio.Future[object]) -> BaseException | None:
    if not future.cancelled():
        error = future.exception()
        # The other two have left through the loop already.
        return None if isinstance(error, (SystemExit, KeyboardInterrupt)) else error
    if _is_ending(future.get_loop(), future):
        return None
    return _aborted_by(asyncio.CancelledError())


def hear_of(task: asyncio.Future[Any]) -> bool:
    """Hear how `task` ended, so that asyncio does not complain if nobody else asks.

    An error that is no `Exception` (that of ``pytest.fail``, say) is none that a program handles.
    It fails no stream, and no task may keep it to itself: it ends the run.

    Returns:
        Whether the task failed, or was cancelled.
    """
    if task.cancelled():
        return True
    error = task.exception()
    # These two have left through the loop already.
    if not isinstance(error, (Exception, SystemExit, KeyboardInterrupt, type(None))):
        report(error)
    return error is not None


def failure_of(error: BaseException) -> BaseException:
    """What a stream fails with if a user's coroutine raised `error`, which is being handled.

    A cancellation that nobody here has asked for is an `AbortError`, with it as the cause. Where
    everything is cancelled, because the loop shuts down, it is raised on.
    """
    if isinstance(error, asyncio.CancelledError):
        if _is_ending(asyncio.get_running_loop(), asyncio.current_task()):
            raise error
        return _aborted_by(error)
    return error


def _aborted_by(cancelled: asyncio.CancelledError) -> AbortError:
    error = AbortError()
    error.__cause__ = cancelled
    return error


def _is_ending(loop: asyncio.AbstractEventLoop, cancelled: object) -> bool:
    """Whether the loop shuts down, which cancels every task, `cancelled` among them."""
    if hasattr(loop, "ending"):
        return bool(loop.ending)
    if is_shut_down(loop):
        return True
    # asyncio.run does not say so. (Before Python 3.11, neither do its tasks.)
    if getattr(cancelled, "cancelling", lambda: 1)() == 0:
        return False  # What it awaited was cancelled, and not the task.
    if not hasattr(asyncio.Task, "cancelling"):
        return asyncio_run_ends()
    return all(task.cancelling() for task in asyncio.all_tasks(loop))


def end_task(task: asyncio.Task[Any]) -> None:
    """Cancel `task` because its program ends, unless it is being cancelled already.

    Where asyncio.run ends, it has cancelled them all. (Before Python 3.11 no task says so.)
    """
    if not (hasattr(task, "cancelling") and is_being_cancelled(task)):
        _ended.add(task)
        task.cancel()


def is_being_cancelled(task: asyncio.Task[Any] | None) -> bool:
    """Whether somebody has cancelled `task` already: once more would be in the middle of its end.

    Before Python 3.11 a task does not say so, and this tells only of those that we have ended.
    """
    if task is None:
        return False
    cancelling = getattr(task, "cancelling", None)
    return task in _ended if cancelling is None else bool(cancelling())


def asyncio_run_ends() -> bool:
    """Whether this is called from within the end of `asyncio.run`, as its frames tell."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_cancel_all_tasks":
        frame = frame.f_back
    return frame is not None


async def outcome_of(awaitable: Awaitable[T]) -> T:
    """Await what a user's function returned, where whoever asked for it awaits this.

    If what asks is cancelled, so is what it awaits, and that goes on. If what it awaits is
    cancelled by itself, it has failed.

    Raises:
        AbortError: it was cancelled, and nobody here has asked for that.
        BaseException: what it raised.
    """
    future = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:
        future.cancel()
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # Nobody asks for it any more.
        raise
    try:
        return future.result()
    except asyncio.CancelledError as error:
        raise failure_of(error) from error


def report(error: BaseException) -> None:
    """Tell the loop's exception handler, which ends a run."""
    asyncio.get_running_loop().call_exception_handler(
        {"message": "a coroutine that nobody waits for failed", "exception": error}
    )
