"""What a stream is made of: batches, each a list of `bytes`.

>>> batch_of("tea", "value")
[b'tea']
>>> batch_of([b"a", ["b", [b"c"]]], "value")
[b'a', b'b', b'c']

Text becomes UTF-8, and any other kind of bytes becomes `bytes`. A list of nothing but `bytes` is a
batch as it is: it is not copied.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Iterable
from typing import Union

from ..errors import InvalidArgTypeError
from .protocols import async_streamable_of, streamable_of

__all__ = ["Batch", "ByteChunk", "async_batch_of", "batch_of", "encode", "is_batch", "is_chunk"]

Batch = list[bytes]
ByteChunk = Union[str, bytes, bytearray, memoryview]

_CHUNKS = (str, bytes, bytearray, memoryview)
_WANTED = "text, bytes, or an iterable of them"
_WANTED_ASYNC = "text, bytes, or an iterable or async iterable of them"


def is_chunk(value: object) -> bool:
    """Whether `value` is text or bytes."""
    return isinstance(value, _CHUNKS)


def encode(value: ByteChunk) -> bytes:
    """A chunk as `bytes`.

    Raises:
        InvalidArgTypeError: it is neither text nor bytes.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise InvalidArgTypeError.given("chunk", "text or bytes", value)


def is_batch(value: object) -> bool:
    """Whether `value` is a list of `bytes`, and can be handed on as it is."""
    if not isinstance(value, list):
        return False
    return all(isinstance(chunk, bytes) for chunk in value)


def batch_of(value: object, name: str) -> Batch:
    """All chunks of `value`, however deep, as one batch.

    Raises:
        InvalidArgTypeError: there is something in it that is neither text nor bytes.
    """
    if isinstance(value, list) and is_batch(value):
        return value
    found: Batch = []
    _gather(value, name, found)
    return found


def _gather(value: object, name: str, found: Batch) -> None:
    if isinstance(value, _CHUNKS):
        found.append(encode(value))
    elif (streamable := streamable_of(value)) is not None:
        _gather(streamable(), name, found)
    elif isinstance(value, Iterable):
        for part in value:
            _gather(part, "value", found)
    else:
        raise InvalidArgTypeError.given(name, _WANTED, value)


async def async_batch_of(value: object, name: str) -> Batch:
    """The same of what may have to be awaited: awaitables and async iterables.

    Raises:
        InvalidArgTypeError: there is something in it that is neither text nor bytes.
    """
    if isinstance(value, list) and is_batch(value):
        return value
    found: Batch = []
    await _gather_async(value, name, found)
    return found


async def _gather_async(value: object, name: str, found: Batch) -> None:
    if isinstance(value, _CHUNKS):
        found.append(encode(value))
    elif inspect.isawaitable(value):
        await _gather_async(await value, name, found)
    elif (async_streamable := async_streamable_of(value)) is not None:
        await _gather_async(async_streamable(), name, found)
    elif (streamable := streamable_of(value)) is not None:
        await _gather_async(streamable(), name, found)
    elif isinstance(value, AsyncIterable):
        async for part in value:
            await _gather_async(part, "value", found)
    elif isinstance(value, Iterable):
        for part in value:
            await _gather_async(part, "value", found)
    else:
        raise InvalidArgTypeError.given(name, _WANTED_ASYNC, value)
