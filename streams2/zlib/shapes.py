"""What the one-shot functions are made of, and how a type checker sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    NamedTuple,
    Optional,
    Protocol,
    Union,
    cast,
    overload,
)

from ..core.encodings import BytesLike
from ..errors import expect_function
from ..events.naming import by_name
from ..io.answers import answer_soon
from ..io.offload import outcome_of
from ..io.worker import in_pool
from .options import BrotliOptions, ZlibOptions, ZstdOptions, input_view
from .streams import ZlibBase, work_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    *("Asked", "AskedOfBrotli", "AskedOfZstd", "Info", "ResultCallback", "Sync"),
    *("SyncOfBrotli", "SyncOfZstd", "in_time", "now"),
]

Data = Union[BytesLike, str]


class Info(NamedTuple):
    """What a one-shot function returns if it is asked for ``info=True``.

    Attributes:
        buffer: the output.
        engine: the stream that would have made it: its `bytes_written` is how much of the input was
            used.
    """

    buffer: bytes
    engine: ZlibBase


ResultCallback = Callable[[Optional[BaseException], Any], object]
"""A one-shot function's callback: it gets the error and None, or None and the output."""


class Sync(Protocol):
    """A one-shot function of zlib, here and now."""

    def __call__(self, data: Data, **options: Unpack[ZlibOptions]) -> bytes: ...


class Asked(Protocol):
    """A one-shot function of zlib: awaited, or with a callback."""

    @overload
    def __call__(
        self, data: Data, callback: None = ..., **options: Unpack[ZlibOptions]
    ) -> Awaitable[bytes]: ...

    @overload
    def __call__(
        self, data: Data, callback: ResultCallback, **options: Unpack[ZlibOptions]
    ) -> None: ...


class SyncOfBrotli(Protocol):
    """A one-shot function of Brotli, here and now."""

    def __call__(self, data: Data, **options: Unpack[BrotliOptions]) -> bytes: ...


class AskedOfBrotli(Protocol):
    """A one-shot function of Brotli: awaited, or with a callback."""

    @overload
    def __call__(
        self, data: Data, callback: None = ..., **options: Unpack[BrotliOptions]
    ) -> Awaitable[bytes]: ...

    @overload
    def __call__(
        self, data: Data, callback: ResultCallback, **options: Unpack[BrotliOptions]
    ) -> None: ...


class SyncOfZstd(Protocol):
    """A one-shot function of Zstandard, here and now."""

    def __call__(self, data: Data, **options: Unpack[ZstdOptions]) -> bytes: ...


class AskedOfZstd(Protocol):
    """A one-shot function of Zstandard: awaited, or with a callback."""

    @overload
    def __call__(
        self, data: Data, callback: None = ..., **options: Unpack[ZstdOptions]
    ) -> Awaitable[bytes]: ...

    @overload
    def __call__(
        self, data: Data, callback: ResultCallback, **options: Unpack[ZstdOptions]
    ) -> None: ...


class AnySync(Protocol):
    """A one-shot function, whatever options it takes."""

    def __call__(self, data: Data, **options: object) -> bytes: ...


class AnyAsked(Protocol):
    """The same, awaited, or with a callback."""

    @overload
    def __call__(self, data: Data, callback: None = ..., **options: object) -> Awaitable[bytes]: ...

    @overload
    def __call__(self, data: Data, callback: ResultCallback, **options: object) -> None: ...


_DOCS = """{what}

    Args:
        data: bytes, or text, which is encoded as UTF-8.{callback}
        options: those of `create_{plain}`; with ``info=True``, the output comes in an `Info`.

    Returns:
        {returns}

    Raises:
        InvalidArgTypeError: `data` or an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.
        ZlibError: the data are not what they should be.
        BufferTooLargeError: there would be more output than `max_output_length`.

    Node: zlib.{node}
    """
_CALLBACK = """
        callback: called with None and the output, or with the error and None. Without one, the
            call is to be awaited."""


def now(kind: Callable[..., ZlibBase], name: str, what: str, node: str) -> AnySync:
    """The one-shot function that does what the stream `kind` does, here and now."""

    def function(data: Data, **options: object) -> object:
        stream = kind(**options)
        return _whole(stream, input_view("data", data))

    plain = name[: -len("_sync")]
    _name(function, name, what=what, callback="", plain=plain, returns="The output.", node=node)
    return cast(AnySync, by_name(function))


def in_time(kind: Callable[..., ZlibBase], name: str, what: str, node: str) -> AnyAsked:
    """The one-shot function that does so off the loop, if there is much to do."""

    def function(data: Data, callback: ResultCallback | None = None, **options: object) -> object:
        stream = kind(**options)
        view = input_view("data", data)
        if callback is None:
            return _awaited(stream, view)
        _ask(stream, view, expect_function("callback", callback))
        return None

    returns = "Nothing, or without a callback what to await: the output."
    _name(function, name, what=what, callback=_CALLBACK, plain=name, returns=returns, node=node)
    return cast(AnyAsked, by_name(function))


def _name(function: Callable[..., object], name: str, **words: str) -> None:
    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__.replace("shapes", "at_once")
    function.__doc__ = _DOCS.format(**words)


def _whole(stream: ZlibBase, view: memoryview) -> bytes | Info:
    work = work_of(stream)
    options = work.options
    made = work.engine.whole(
        view, options.finish_flush, options.max_output_length, options.reject_garbage_after_end
    )
    work.bytes_written = work.engine.consumed
    return Info(made, stream) if options.info else made


def _ask(stream: ZlibBase, view: memoryview, answer: ResultCallback) -> None:
    if len(view) <= work_of(stream).at_once >> 3:
        answer_soon(answer, *outcome_of(_whole, (stream, view)))
    else:
        in_pool(answer, _whole, stream, view)


async def _awaited(stream: ZlibBase, view: memoryview) -> bytes | Info:
    future: asyncio.Future[bytes | Info] = asyncio.get_running_loop().create_future()

    def answered(error: BaseException | None, made: bytes | Info) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(made)

    _ask(stream, view, answered)
    try:
        return await future
    finally:
        work_of(stream).abandon()
