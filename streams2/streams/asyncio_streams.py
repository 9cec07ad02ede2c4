"""Streams and asyncio's own: a StreamReader as a Readable, and so on, each as the other.

The back-pressure of the one becomes that of the other. A Readable asks a `asyncio.StreamReader` for
bytes when it has room for them, and the reader pauses its transport when it has too many. A
Writable has written a chunk when `asyncio.StreamWriter.drain` says so. The other way round, a
stream stands where asyncio has its transport: the thing that is paused and resumed.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import AsyncIterator, Awaitable
from typing import Any, cast

from ..core.chunks import Chunk
from ..errors import InvalidArgTypeError, expect_whole
from ..io.system_errors import told
from ..loop.ticks import running_loop
from .files import as_bytes
from .finished import finished
from .readable_base import ReadableBase

__all__ = ["ReaderChunks", "WriterSink", "reader_of", "writer_of"]


class ReaderChunks(AsyncIterator[bytes]):
    """The bytes that a StreamReader has, as they come.

    Args:
        reader: what to read from.
        size: how many bytes to take at a time, at most.
    """

    def __init__(self, reader: asyncio.StreamReader, size: int) -> None:
        if not inspect.iscoroutinefunction(getattr(reader, "read", None)):
            raise InvalidArgTypeError.given("reader", "an asyncio.StreamReader", reader)
        self.reader = reader
        self.size = size

    async def __anext__(self) -> bytes:
        try:
            chunk = await self.reader.read(self.size)
        except OSError as error:
            raise _told(error, "read") from error
        if not chunk:
            raise StopAsyncIteration
        return chunk


def _told(error: OSError, syscall: str) -> OSError:
    # asyncio gives one and the same error to the reader and the writer of a connection.
    return told(copy.copy(error), syscall, on_socket=True)


class WriterSink:
    """Writes to a StreamWriter.

    Args:
        writer: what to write to.
        close: whether to close it at the end. If not, the end is told (EOF) where it can be.
    """

    interrupt = True

    def __init__(self, writer: asyncio.StreamWriter, close: bool) -> None:
        if not inspect.iscoroutinefunction(getattr(writer, "drain", None)):
            raise InvalidArgTypeError.given("writer", "an asyncio.StreamWriter", writer)
        self.writer = writer
        self.close_writer = close
        self.finished = False

    async def write(self, chunks: list[Chunk]) -> None:
        """Write all of `chunks`, and wait until there is room for more."""
        # Not writelines: that of Python 3.12 and 3.13 never makes drain wait.
        for chunk in chunks:
            self.writer.write(chunk)
        await self._tell(self.writer.drain())

    async def finish(self) -> None:
        """Wait until all is sent; close the connection, or its writing half."""
        await self._tell(self.writer.drain())
        if self.close_writer:
            self.writer.close()
            await self._tell(self._wait_closed())
        elif self.writer.can_write_eof():
            self.writer.write_eof()
        self.finished = True

    async def close(self) -> None:
        """Close the connection. What is not sent yet never will be."""
        if self.close_writer and not self.finished:
            transport = self.writer.transport
            # Only unsent bytes hold a close up, and one that is closed already may not be aborted.
            if transport.get_write_buffer_size():
                transport.abort()
            else:
                transport.close()
            await self._tell(self._wait_closed())

    async def _wait_closed(self) -> None:
        # All who wait for a connection to close wait for one and the same future of asyncio's:
        # whoever is cancelled while he does would cancel the others.
        closing = asyncio.ensure_future(self.writer.wait_closed())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            if not closing.cancelled():
                raise
            # Somebody else was cancelled, and took us with him. It closes all the same.

    async def _tell(self, work: Awaitable[None]) -> None:
        try:
            await work
        except OSError as error:
            raise _told(error, "write") from error


# -- the other way round ------------------------------------------------------------------------


class _ReadableTransport(asyncio.ReadTransport):
    """A Readable, as the reader that is fed by it knows it."""

    def __init__(self, stream: ReadableBase[Chunk], reader: asyncio.StreamReader) -> None:
        super().__init__()
        self.stream = stream
        self.reader = reader
        stream.on("data", self.feed)
        finished(stream, self.over, writable=False)

    def feed(self, chunk: Chunk) -> None:
        try:
            data = as_bytes(chunk)
        except InvalidArgTypeError as error:
            self.stream.destroy(error)
        else:
            self.reader.feed_data(data)

    def over(self, error: BaseException | None) -> None:
        if error is None:
            self.reader.feed_eof()
        else:
            # asyncio's types want an Exception, and that is what streams fail with.
            self.reader.set_exception(cast(Exception, error))

    def pause_reading(self) -> None:
        self.stream.pause()

    def resume_reading(self) -> None:
        self.stream.resume()


class _Reader(asyncio.StreamReader):
    """A StreamReader that says what to do about a line that is longer than it reads."""

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        try:
            return await super().readuntil(separator)
        except asyncio.LimitOverrunError as error:
            limit: int = self._limit  # type: ignore[attr-defined]  # asyncio's stubs leave it out
            message = f"a line is longer than {limit} bytes: as_reader(limit=...) reads longer ones"
            raise asyncio.LimitOverrunError(message, error.consumed) from error


def reader_of(stream: ReadableBase[Chunk], limit: int) -> asyncio.StreamReader:
    """A StreamReader that is fed by a Readable."""
    reader = _Reader(limit=expect_whole("limit", limit, least=1), loop=running_loop())
    reader.set_transport(_ReadableTransport(stream, reader))
    return reader


class _WritableTransport(asyncio.WriteTransport):
    """A Writable, as the writer in front of it knows it."""

    def __init__(self, stream: Any, protocol: asyncio.StreamReaderProtocol) -> None:
        super().__init__()
        self.stream = stream
        self.protocol = protocol
        self.paused = False
        stream.on("drain", self.resume)
        finished(stream, self.over, readable=False)

    def write(self, data: Any) -> None:
        # A copy: the caller may use its buffer again as soon as this returns.
        if not self.stream.write(bytes(data)) and not self.paused:
            self.paused = True
            self.protocol.pause_writing()

    def resume(self) -> None:
        if self.paused:
            self.paused = False
            self.protocol.resume_writing()

    def over(self, error: BaseException | None) -> None:
        self.protocol.connection_lost(cast("Exception | None", error))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.stream.end()

    def get_write_buffer_size(self) -> int:
        return int(self.stream.writable_length)

    def is_closing(self) -> bool:
        return not self.stream.writable

    def close(self) -> None:
        if self.stream.writable:
            self.stream.end()

    def abort(self) -> None:
        self.stream.destroy()


def writer_of(stream: Any) -> asyncio.StreamWriter:
    """A StreamWriter that writes to a Writable."""
    loop = running_loop()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop)
    transport = _WritableTransport(stream, protocol)
    return asyncio.StreamWriter(transport, protocol, None, loop)
