"""What a signal means to a stream: why it stops, and that nobody waits for it any longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from ..errors import AbortError, as_failure, expect
from ..events.abort import AbortSignal, on_abort

__all__ = [
    "checked",
    "close",
    "close_sync",
    "failure_of",
    "is_current",
    "next_or_abort",
    "reason_of",
]

T = TypeVar("T")


def checked(signal: AbortSignal | None) -> AbortSignal | None:
    """`signal` itself, if it is one or None.

    Raises:
        InvalidArgTypeError: it is neither.
    """
    return signal if signal is None else expect("options.signal", signal, AbortSignal)


def reason_of(signal: AbortSignal) -> BaseException:
    """Why a signal was aborted, as what can be raised."""
    reason: object = signal.reason
    return failure_of(reason) if isinstance(reason, BaseException) else AbortError(str(reason))


def failure_of(error: BaseException | None) -> BaseException:
    """What a stream fails with because of `error`: where no other reason is given, an AbortError.

    One who was cancelled gave up; whoever reads from him is not cancelled by that.
    """
    if isinstance(error, Exception):
        return as_failure(error)
    failure = AbortError()
    failure.__cause__ = error
    return failure


async def next_or_abort(batches: AsyncIterator[T], signal: AbortSignal | None) -> T:
    """The next of `batches`.

    Raises:
        BaseException: the signal's reason, if it aborts before that.
    """
    if signal is None:
        return await batches.__anext__()
    if signal.aborted:
        raise reason_of(signal)
    coming: asyncio.Future[T] = asyncio.ensure_future(batches.__anext__())
    forget = on_abort(signal, coming.cancel)
    try:
        return await coming
    except asyncio.CancelledError:
        if signal.aborted and coming.cancelled():
            raise reason_of(signal) from None
        raise
    finally:
        forget()


def is_current(loop: asyncio.AbstractEventLoop | None) -> bool:
    """Whether it is this loop that runs, in this thread."""
    try:
        return loop is asyncio.get_running_loop()
    except RuntimeError:
        return False


async def close(batches: AsyncIterator[object]) -> None:
    """Tell an iterator that nobody asks it any more, if it can be told."""
    aclose = getattr(batches, "aclose", None)
    if aclose is not None:
        await aclose()


def close_sync(batches: Iterator[object]) -> None:
    """The same, of one that waits for nothing."""
    closing = getattr(batches, "close", None)
    if closing is not None:
        closing()
