"""The options of the streams, as type checkers and editors know them.

Functions given as options become methods, so that their first argument is the stream itself:

>>> from streams2 import Callback, Writable, run
>>> def write(self: Writable[bytes], chunk: bytes, encoding: str, callback: Callback) -> None:
...     print(chunk)
...     callback()
>>> run(lambda: Writable(write=write).end(b"hello").writable_ended)
b'hello'
True

`Readable`, `Writable` and `Duplex` spell their options out; whoever hands options on
has them as `ReadableOptions`, `WritableOptions` and `DuplexOptions`.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Sequence
from typing import Callable, Generic, Optional, TypeVar, Union

from ..core.calling import Callback, TransformCallback, WriteRequest
from ..events.abort import AbortSignal

# Python's own is generic from 3.11 on, and costs no import.
if sys.version_info >= (3, 11):
    from typing import TypedDict
else:
    from typing_extensions import TypedDict

__all__ = [
    "CallbackMethod",
    "DestroyMethod",
    "DuplexOptions",
    "FlushMethod",
    "ReadMethod",
    "ReadableOptions",
    "TransformMethod",
    "WritableOptions",
    "WriteMethod",
    "WritevMethod",
]

S = TypeVar("S")
In = TypeVar("In")

# Each takes its callback, or is awaited. Both are a Callable: of a Protocol beside a Callable, mypy
# does not always find the chunks of a function whose `self` may be anything.
ReadMethod = Callable[[S, int], object]
"""What `_read` is: it is given the stream, and how much would be welcome."""

WriteMethod = Union[
    Callable[[S, In, str, Callback], object], Callable[[S, In, str], Awaitable[object]]
]
"""What `_write` is: it is given the stream, a chunk, its encoding and the callback."""

WritevMethod = Union[
    Callable[[S, Sequence[WriteRequest], Callback], object],
    Callable[[S, Sequence[WriteRequest]], Awaitable[object]],
]
"""What `_writev` is: it is given the stream, the chunks and the callback."""

CallbackMethod = Union[Callable[[S, Callback], object], Callable[[S], Awaitable[object]]]
"""What `_construct` and `_final` are: given the stream and the callback."""

DestroyMethod = Union[
    Callable[[S, Optional[Exception], Callback], object],
    Callable[[S, Optional[Exception]], Awaitable[object]],
]
"""What `_destroy` is: it is given the stream, the error or None, and the callback."""

TransformMethod = Union[
    Callable[[S, In, str, TransformCallback], object], Callable[[S, In, str], Awaitable[object]]
]
"""What `_transform` is: it is given the stream, a chunk, its encoding and the callback."""

FlushMethod = Union[Callable[[S, TransformCallback], object], Callable[[S], Awaitable[object]]]
"""What `_flush` is: it is given the stream and the callback."""


class LifeOptions(TypedDict, Generic[S], total=False):
    """What can be said of every stream `S`."""

    high_water_mark: int | None
    object_mode: bool
    default_encoding: str | None
    emit_close: bool
    auto_destroy: bool
    signal: AbortSignal | None
    capture_rejections: bool | None
    construct: CallbackMethod[S] | None
    destroy: DestroyMethod[S] | None


class ReadableOptions(LifeOptions[S], Generic[S], total=False):
    """The options of a Readable `S`."""

    encoding: str | None
    read: ReadMethod[S] | None


class WritableOptions(LifeOptions[S], Generic[S, In], total=False):
    """The options of a Writable `S` of chunks `In`."""

    decode_strings: bool
    write: WriteMethod[S, In] | None
    writev: WritevMethod[S] | None
    final: CallbackMethod[S] | None


class DuplexOptions(WritableOptions[S, In], Generic[S, In], total=False):
    """The options of a Duplex `S` that is written chunks `In`."""

    encoding: str | None
    read: ReadMethod[S] | None
    readable_high_water_mark: int | None
    writable_high_water_mark: int | None
    readable_object_mode: bool
    writable_object_mode: bool
    allow_half_open: bool
    readable: bool
    writable: bool
