"""What streams are made from: anything that holds text or bytes.

>>> from streams2 import run
>>> async def main():
...     async for batch in from_(["green ", [b"t", "ea"]]):
...         print(batch)
>>> run(main)
[b'green ']
[b't', b'ea']

Chunks that come one by one from an iterable are read ahead, up to 128 a batch: to wait for each
would cost more than to work on it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from typing import Callable, Union, cast

from ..errors import InvalidArgTypeError
from ..streams.readable_base import ReadableBase
from .batches import Batch, ByteChunk, async_batch_of, batch_of, encode, is_batch, is_chunk
from .from_classic import from_readable
from .protocols import ToAsyncStreamable, ToStreamable, async_streamable_of, streamable_of
from .signals import close, close_sync

__all__ = ["Source", "SyncSource", "from_", "from_sync"]

#: What `from_sync` takes. What is in an iterable may be nested.
SyncSource = Union[ByteChunk, Iterable[object], ToStreamable]
#: What `from_` takes.
Source = Union[SyncSource, AsyncIterable[object], ToAsyncStreamable]

_AT_MOST = 128
_BYTES = (bytes, bytearray, memoryview)
_WANTED_SYNC = "text, bytes, an iterable, or an object with to_streamable()"
_WANTED = (
    "text, bytes, an iterable or async iterable, "
    "or an object with to_streamable() or to_async_streamable()"
)


class Batches(AsyncIterable[Batch]):
    """A stream.

    Args:
        begin: gives what iterates over it, each time somebody does. What was made of an iterable
            gives the same again: there is one stream of it, which goes on where it was left.
    """

    def __init__(self, begin: Callable[[], AsyncIterator[Batch]]) -> None:
        self._begin = begin

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self._begin()


class SyncBatches(Iterable[Batch]):
    """The same, of one that waits for nothing."""

    def __init__(self, source: object) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Batch]:
        source = self._source
        if is_chunk(source):
            return _once_sync([encode(cast(ByteChunk, source))])
        return _gathered(cast("Iterable[object]", source))


def from_(source: Source) -> AsyncIterable[Batch]:
    """A stream of what there is in `source`.

    Args:
        source: text, bytes, an iterable or async iterable of them or of batches, nested as one
            likes; or an object with `to_async_streamable` or `to_streamable`. Nothing is read
            before somebody iterates.

    Returns:
        An async iterable of batches. One can go through it once, unless `source` is text, bytes, a
        list of bytes, or makes a new stream each time it is asked to.

    Raises:
        InvalidArgTypeError: it is nothing of the kind. What is inside is found out while reading.

    Node: stream/iter.from
    """
    _refuse_none(source)
    if isinstance(source, Batches):
        return source
    if is_chunk(source):
        batch = [encode(cast(ByteChunk, source))]
        return Batches(lambda: _once(batch))
    if (async_streamable := async_streamable_of(source)) is not None:
        return Batches(lambda: _from_protocol(async_streamable))
    if (streamable := streamable_of(source)) is not None:
        return from_(cast(Source, streamable()))
    if isinstance(source, ReadableBase):
        return Batches(from_readable(source).__aiter__)
    if isinstance(source, AsyncIterable):
        batches = _from_async(source)
    elif not isinstance(source, Iterable):
        raise InvalidArgTypeError.given("input", _WANTED, source)
    elif isinstance(source, (list, tuple)) and all(isinstance(one, _BYTES) for one in source):
        return Batches(lambda: _from_iterable(source))
    else:
        batches = _from_iterable(source)
    return Batches(lambda: batches)


def from_sync(source: SyncSource) -> Iterable[Batch]:
    """A stream that waits for nothing.

    Args:
        source: text, bytes, an iterable of them or of batches, nested as one likes; or an object
            with `to_streamable`.

    Returns:
        An iterable of batches.

    Raises:
        InvalidArgTypeError: it is nothing of the kind. What is inside is found out while reading.

    Node: stream/iter.fromSync
    """
    _refuse_none(source)
    if isinstance(source, SyncBatches):
        return source
    if not is_chunk(source):
        if (streamable := streamable_of(source)) is not None:
            return from_sync(cast(SyncSource, streamable()))
        if inspect.isawaitable(source):
            raise InvalidArgTypeError.given("input", "there without being awaited", source)
        if not isinstance(source, Iterable):
            raise InvalidArgTypeError.given("input", _WANTED_SYNC, source)
    return SyncBatches(source)


def _refuse_none(source: object) -> None:
    if source is None:
        raise InvalidArgTypeError.given("input", "something other than None", source)


async def _once(batch: Batch) -> AsyncIterator[Batch]:
    yield batch


def _once_sync(batch: Batch) -> Iterator[Batch]:
    yield batch


async def _from_protocol(make: Callable[[], object]) -> AsyncIterator[Batch]:
    made = make()
    batches = from_(cast(Source, await made if inspect.isawaitable(made) else made)).__aiter__()
    try:
        async for batch in batches:
            yield batch
    finally:
        await close(batches)


async def _from_async(source: AsyncIterable[object]) -> AsyncIterator[Batch]:
    values = source.__aiter__()
    try:
        async for value in values:
            batch = cast(Batch, value) if is_batch(value) else await async_batch_of(value, "value")
            if batch:
                yield batch
    finally:
        await close(values)


async def _from_iterable(source: Iterable[object]) -> AsyncIterator[Batch]:
    parts = _parts(source)
    try:
        for part in parts:
            batch = (
                cast(Batch, part)
                if is_batch(part)
                else batch_of(await part if inspect.isawaitable(part) else part, "value")
            )
            if batch:
                yield batch
    finally:
        parts.close()


def _gathered(source: Iterable[object]) -> Iterator[Batch]:
    parts = _parts(source)
    try:
        for part in parts:
            batch = cast(Batch, part) if is_batch(part) else batch_of(part, "value")
            if batch:
                yield batch
    finally:
        parts.close()


def _parts(source: Iterable[object]) -> Generator[object, None, None]:
    """What there is in `source`; of bytes that follow each other, a batch."""
    ahead: Batch = []
    values = iter(source)
    for value in values:
        is_bytes = isinstance(value, _BYTES)
        if is_bytes:
            ahead.append(encode(cast(ByteChunk, value)))
        try:
            if ahead and (not is_bytes or len(ahead) == _AT_MOST):
                yield ahead
                ahead = []
            if not is_bytes:
                yield value
        except GeneratorExit:
            # One that has come to its end, or has failed, is not closed.
            close_sync(values)
            raise
    if ahead:
        yield ahead
