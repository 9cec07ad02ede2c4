"""The end of a stream that one writes to.

>>> from streams2 import run
>>> from streams2.iter import push, text
>>> async def main():
...     writer, readable = push()
...     await writer.write("green ")
...     await writer.writev(["t", "ea"])
...     writer.end_sync()
...     return await text(readable)
>>> run(main)
'green tea'

A write is made when it is called, awaited or not; to await it is to wait until there was room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from types import TracebackType
from typing import Protocol

from ..errors import InvalidArgTypeError
from ..events.abort import AbortSignal
from .batches import Batch, ByteChunk, encode, is_chunk
from .bucket import Bucket
from .policies import CLOSING

__all__ = ["Writer", "WriterLike"]


class WriterLike(Protocol):
    """What can be written to. `write` is all that must be there.

    `pipe_to` uses what else it finds of the methods of `Writer`, under these names.
    """

    def write(self, chunk: bytes) -> object:
        """Write; if what is returned can be awaited, the next write waits for it."""


class Writer:
    """Writes to a stream that `push`, `duplex` or `broadcast` made.

    In an ``async with``, it fails at the end of the block unless it has been ended.

    Node: stream/iter's Writer
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @property
    def can_write(self) -> bool | None:
        """Whether there is room; None once it is ended, has failed, or nobody reads.

        Node: Writer.canWrite
        """
        return self._bucket.can_write

    def write(self, chunk: ByteChunk, *, signal: AbortSignal | None = None) -> asyncio.Future[None]:
        """Write one chunk.

        Args:
            chunk: text or bytes. An empty one does nothing.
            signal: gives the write up while it waits.

        Returns:
            A future, done when there was room. It fails with what the writer failed with; with an
            `InvalidStateError` if the writer was ended, if nobody reads any more, or if the policy
            is strict and another write waits already; and with the signal's reason.

        Raises:
            InvalidArgTypeError: `chunk` is neither text nor bytes, or `signal` is no signal.
            RuntimeError: no event loop is running.

        Node: Writer.write
        """
        return self._bucket.write([encode(chunk)], signal)

    def writev(
        self, chunks: Iterable[ByteChunk], *, signal: AbortSignal | None = None
    ) -> asyncio.Future[None]:
        """Write several chunks, which stay together.

        Args:
            chunks: text or bytes.
            signal: gives the write up while it waits.

        Returns:
            The same as of `write`.

        Raises:
            InvalidArgTypeError: `chunks` is no iterable of chunks, or `signal` is no signal.
            RuntimeError: no event loop is running.

        Node: Writer.writev
        """
        return self._bucket.write(_batch(chunks), signal)

    def write_sync(self, chunk: ByteChunk) -> bool:
        """Write one chunk if that can be done without waiting.

        Returns:
            Whether it was accepted. A policy that drops accepts what it throws away.

        Raises:
            InvalidArgTypeError: `chunk` is neither text nor bytes.

        Node: Writer.writeSync
        """
        return self._bucket.write_at_once([encode(chunk)])

    def writev_sync(self, chunks: Iterable[ByteChunk]) -> bool:
        """Write several chunks if that can be done without waiting.

        Returns:
            Whether they were accepted.

        Raises:
            InvalidArgTypeError: `chunks` is no iterable of chunks.

        Node: Writer.writevSync
        """
        return self._bucket.write_at_once(_batch(chunks))

    def end(self, *, signal: AbortSignal | None = None) -> asyncio.Future[int]:
        """Say that there is no more.

        Args:
            signal: gives up to wait. The writer is ended all the same.

        Returns:
            A future of the number of bytes written, done when the reader has seen the end.

        Raises:
            InvalidArgTypeError: `signal` is no signal.
            RuntimeError: no event loop is running.

        Node: Writer.end
        """
        return self._bucket.end(signal)

    def end_sync(self) -> int:
        """Say that there is no more.

        Returns:
            The number of bytes written; -1 if not all is read yet, or the writer failed. It is
            ended all the same.

        Node: Writer.endSync
        """
        return self._bucket.end_at_once()

    def fail(self, reason: BaseException | None = None) -> None:
        """Say that it went wrong. After the end, and a second time, it does nothing.

        Args:
            reason: what readers, and those who wait, get; an `AbortError` if not given.

        Raises:
            InvalidArgTypeError: it is no exception.

        Node: Writer.fail
        """
        self._bucket.fail(reason)

    def drainable_protocol(self) -> asyncio.Future[bool] | None:
        """What `ondrain` asks.

        Node: Stream.drainableProtocol
        """
        return self._bucket.drain()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.fail(error)

    async def __aenter__(self) -> Writer:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None and self._bucket.machine.state is CLOSING:
            await self.end()
        else:
            self.fail(error)


def _batch(chunks: Iterable[ByteChunk]) -> Batch:
    if is_chunk(chunks) or not isinstance(chunks, Iterable):
        raise InvalidArgTypeError.given("chunks", "a list of text or bytes", chunks)
    return [encode(chunk) for chunk in chunks]


def ondrain(writer: object) -> Awaitable[bool] | None:
    """Wait until a writer has room.

    Args:
        writer: a `Writer`, or any object with a method `drainable_protocol`.

    Returns:
        What is to be awaited: True once there is room, which may be now, or False if the writer
        ends, or its reader leaves, before. None if nobody can write any more, or `writer` knows no
        such thing.

    Raises:
        BaseException: when awaited, what the writer failed with.

    Node: stream/iter.ondrain
    """
    asked = None if isinstance(writer, type) else getattr(writer, "drainable_protocol", None)
    answer: Awaitable[bool] | None = asked() if callable(asked) else None
    return answer
