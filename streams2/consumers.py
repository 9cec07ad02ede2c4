"""All that a stream has, in one piece.

>>> from streams2 import Readable, consumers, run
>>> async def main():
...     return await consumers.json(Readable.from_([b'{"chunks": ', b"2}"]))
>>> run(main)
{'chunks': 2}

Each reads to the end, from a Readable or any other async iterable, and raises what that fails with.
The whole is in memory then: to go through it chunk by chunk, iterate instead.

Node's ``arrayBuffer`` and ``blob`` have no kin here: `bytes` is what bytes are in.

Node: stream/consumers
"""

from __future__ import annotations

import builtins
import codecs
import json as _json
from collections.abc import AsyncIterable, Iterable
from typing import Any, TypeVar, Union

from .core.chunks import BYTES_TYPES, Chunk
from .errors import InvalidArgTypeError

__all__ = ["array", "buffer", "bytes", "json", "text"]

T = TypeVar("T")
AnyIterable = Union[AsyncIterable[T], Iterable[T]]


async def array(stream: AnyIterable[T]) -> list[T]:
    """All chunks, in a list.

    Raises:
        InvalidArgTypeError: `stream` is nothing that can be iterated over.
        Exception: what the stream failed with.

    Node: stream.Readable.toArray
    """
    if isinstance(stream, AsyncIterable):
        return [chunk async for chunk in stream]
    if isinstance(stream, Iterable):
        return list(stream)
    raise InvalidArgTypeError.given("stream", "a Readable or an iterable", stream)


async def text(stream: AnyIterable[object]) -> str:
    """All chunks, as text. Bytes are UTF-8; those that are not become U+FFFD.

    A character may be split across chunks. A byte-order mark at the start is left out.

    Raises:
        InvalidArgTypeError: a chunk is neither text nor bytes.
        Exception: what the stream failed with.

    Node: stream/consumers.text
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    parts = [
        chunk if isinstance(chunk, str) else decoder.decode(_checked(chunk))
        for chunk in await array(stream)
    ]
    return "".join(parts) + decoder.decode(b"", final=True)


async def json(stream: AnyIterable[object]) -> Any:
    """What the JSON means that all chunks make up.

    Raises:
        json.JSONDecodeError: it is no JSON.
        InvalidArgTypeError: a chunk is neither text nor bytes.
        Exception: what the stream failed with.

    Node: stream/consumers.json
    """
    return _json.loads(await text(stream))


async def buffer(stream: AnyIterable[object]) -> builtins.bytes:
    """All chunks, as bytes. Text becomes UTF-8.

    Raises:
        InvalidArgTypeError: a chunk is neither text nor bytes.
        Exception: what the stream failed with.

    Node: stream/consumers.buffer
    """
    return b"".join(
        chunk.encode() if isinstance(chunk, str) else _checked(chunk)
        for chunk in await array(stream)
    )


async def bytes(stream: AnyIterable[object]) -> builtins.bytes:  # noqa: A001
    """The same as `buffer`: Node's two kinds of bytes are one here.

    Node: stream/consumers.bytes
    """
    return await buffer(stream)


def _checked(chunk: Chunk) -> Any:
    if not isinstance(chunk, BYTES_TYPES):
        raise InvalidArgTypeError.given("chunk", "text or bytes", chunk)
    return chunk
