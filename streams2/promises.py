"""`finished` and `pipeline` to be awaited.

>>> from streams2 import Readable, Writable, promises, run
>>> async def main():
...     sink = Writable(object_mode=True, write=lambda self, chunk, encoding, done: done())
...     await promises.pipeline(Readable.from_([1, 2, 3]), sink)
...     return sink.writable_finished
>>> run(main)
True

Node: stream/promises
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable, TypeVar, overload

from .errors import AbortError, InvalidArgTypeError, as_failure
from .events.abort import AbortSignal
from .events.naming import by_name
from .streams.finished import settled
from .streams.pipeline import start_pipeline
from .streams.stream import Stream

__all__ = ["finished", "pipeline"]

R = TypeVar("R")


@by_name
async def finished(
    stream: Stream,
    *,
    readable: bool | None = None,
    writable: bool | None = None,
    error: bool = True,
    cleanup: bool = False,
    signal: AbortSignal | None = None,
) -> None:
    """Wait until `stream` is over.

    Args:
        cleanup: stop listening then, so that a later ``'error'`` is not silently swallowed
            (default False).
        stream, readable, writable, error, signal: as for `streams2.finished`.

    Raises:
        InvalidArgTypeError: `cleanup` is no bool, or what `streams2.finished` says.
        StreamPrematureCloseError: it closed before it ended or finished.
        Exception: the error that it failed with.

    Node: stream/promises.finished
    """
    if cleanup is not None and not isinstance(cleanup, bool):
        raise InvalidArgTypeError.given("cleanup", "a bool", cleanup)
    failure = await settled(
        stream, cleanup=cleanup, readable=readable, writable=writable, error=error, signal=signal
    )
    if failure is not None:
        raise failure


@overload
async def pipeline(
    source: object,
    last: Callable[..., Awaitable[R]],
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> R: ...


@overload
async def pipeline(
    source: object,
    second: object,
    last: Callable[..., Awaitable[R]],
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> R: ...


@overload
async def pipeline(
    source: object,
    second: object,
    third: object,
    last: Callable[..., Awaitable[R]],
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> R: ...


@overload
async def pipeline(
    source: object,
    last: Stream,
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> None: ...


@overload
async def pipeline(
    source: object,
    second: object,
    last: Stream,
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> None: ...


@overload
async def pipeline(
    source: object,
    second: object,
    third: object,
    last: Stream,
    /,
    *,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> None: ...


@overload
async def pipeline(
    *streams: object,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> Any: ...


@by_name
async def pipeline(*streams: object, signal: AbortSignal | None = None, end: bool = True) -> Any:
    """Pipe `streams` one into the next, and wait until all are done.

    Cancelled, it destroys every stream in it, and waits until that is done.

    Args:
        streams, signal, end: as for `streams2.pipeline`.

    Returns:
        What a coroutine function at the end returned, or None.

    Raises:
        Exception: the first error. Every stream is destroyed by then.

    Node: stream/promises.pipeline
    """
    over: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    work, _ = start_pipeline(streams, _settle(over), signal, end)
    try:
        return await over
    except asyncio.CancelledError:
        await work.give_up(AbortError())
        raise


def _settle(over: asyncio.Future[Any]) -> Callable[..., None]:
    def settle(error: BaseException | None, value: object = None) -> None:
        if over.done():
            return
        if error is not None:
            over.set_exception(as_failure(error))
        else:
            over.set_result(value)

    return settle
