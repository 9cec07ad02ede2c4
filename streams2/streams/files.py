"""Streams and binary file objects: each as the other.

A file object blocks whoever calls it, and a stream never does: so what a stream reads from a file
or writes to it is read and written in a thread, and a file that stands for a stream is for use in
a thread.

>>> import gzip, io
>>> from streams2 import Readable, run
>>> packed = gzip.compress(b"a line\\nand another\\n")
>>> async def main():
...     def unpack(file):
...         with gzip.open(file, "rt") as lines:
...             return [line.rstrip() for line in lines]
...     file = Readable.from_([packed[:9], packed[9:]]).as_file()
...     return await asyncio.get_running_loop().run_in_executor(None, unpack, file)
>>> run(main)
['a line', 'and another']
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import io
import os
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Callable, TypeVar

from ..core.chunks import BYTES_TYPES, Chunk, byte_size, flat_view
from ..errors import InvalidArgTypeError, StreamPrematureCloseError
from ..loop.ticks import running_loop
from ..loop.waking import Wakeup
from .finished import finished
from .iteration import ReadableIterator

__all__ = ["FileChunks", "FileSink", "ReadableFile", "WritableFile", "as_bytes", "check_file"]

T = TypeVar("T")


def check_file(file: T, method: str) -> T:
    """`file` itself, if it is a binary file object with this method."""
    if isinstance(file, io.TextIOBase) or not callable(getattr(file, method, None)):
        raise InvalidArgTypeError.given("file", f"a binary file object with {method}()", file)
    return file


def as_bytes(chunk: object) -> Any:
    """A chunk as bytes; text becomes UTF-8.

    Raises:
        InvalidArgTypeError: it is neither.
    """
    if isinstance(chunk, str):
        return chunk.encode()
    if not isinstance(chunk, BYTES_TYPES):
        raise InvalidArgTypeError.given("chunk", "text or bytes", chunk)
    return chunk


# -- a stream of a file -------------------------------------------------------------------------


class FileChunks(AsyncIterator[bytes]):
    """The bytes of a file, read in a thread when they are asked for.

    Args:
        file: what to read from.
        size: how many bytes to ask for at a time.
        close: whether to close the file at the end.
    """

    def __init__(self, file: Any, size: int, close: bool) -> None:
        self.file = file
        # What is there already is better than what has to be waited for.
        self.read: Callable[[int], bytes | None] = getattr(file, "read1", file.read)
        self.size = size
        self.close = close

    async def __anext__(self) -> bytes:
        chunk = await _in_thread(self.read, self.size)
        if chunk is None:
            raise BlockingIOError(errno.EAGAIN, "The file is in non-blocking mode")
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Close the file."""
        if self.close:
            await _in_thread(self.file.close)


class FileSink:
    """Writes to a file, in a thread."""

    # A call in a thread cannot be given up; the file is closed after it.
    interrupt = False

    def __init__(self, file: Any, close: bool) -> None:
        self.file = file
        self.close_file = close

    async def write(self, chunks: list[Chunk]) -> None:
        """Write all of `chunks`."""
        await _in_thread(self._write_all, chunks)

    def _write_all(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            rest = flat_view(chunk)
            while rest:
                count = self.file.write(rest)
                if count is None:
                    raise BlockingIOError(errno.EAGAIN, "The file is in non-blocking mode")
                rest = rest[count:]

    async def finish(self) -> None:
        """All is written."""
        if hasattr(self.file, "flush"):
            await _in_thread(self.file.flush)

    async def close(self) -> None:
        """Close the file."""
        if self.close_file:
            await _in_thread(self.file.close)


async def _in_thread(function: Callable[..., T], *args: object) -> T:
    return await running_loop().run_in_executor(None, function, *args)


# -- a file of a stream -------------------------------------------------------------------------


class _StreamFile(io.RawIOBase):
    """What the two kinds of files have in common: the way from a thread to the stream's loop."""

    def __init__(self, stream: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._stream = stream

    def _raise_if_closed(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def _on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _wait_for(self, work: Callable[..., Coroutine[object, object, T]], *args: object) -> T:
        """What `work` returns, or raises, on the loop."""
        if self._on_loop():
            raise RuntimeError(
                "This file would block the event loop that its stream runs on. Use it in a thread, "
                "as with loop.run_in_executor()"
            )
        coroutine = work(*args)
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError as error:
            coroutine.close()
            raise _loop_has_gone() from error
        try:
            return future.result()
        except (asyncio.CancelledError, concurrent.futures.CancelledError) as error:
            raise _loop_has_gone() from error

    def _tell(self, function: Callable[..., object], *args: object) -> None:
        """Call a function on the loop, and do not wait for it."""
        if self._on_loop():
            function(*args)
            return
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            pass  # The loop was closed, and the stream ended with it.


def _loop_has_gone() -> OSError:
    return OSError(errno.ECANCELED, os.strerror(errno.ECANCELED))


class ReadableFile(_StreamFile):
    """A Readable as a file that can be read, in another thread than the stream's.

    A chunk is taken from the stream when the file is read. To close the file destroys the stream.

    Args:
        stream: a Readable of bytes or text.
        loop: the one that the stream runs on.
    """

    def __init__(self, stream: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(stream, loop)
        self._chunks: ReadableIterator[Chunk] = ReadableIterator(stream)
        self._rest = memoryview(b"")
        # Whoever reads hears of a failure, however long it takes a thread to begin.
        finished(stream, _ignore, writable=False)

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is, waiting if there is nothing.

        Returns:
            How many bytes; 0 at the end of the stream.

        Raises:
            ValueError: the file is closed.
            RuntimeError: it was called in the thread of the stream.
            OSError: the stream's loop has gone.
            Exception: what the stream failed with.
        """
        self._raise_if_closed()
        target = memoryview(buffer).cast("B")
        while not self._rest and len(target):
            chunk = self._wait_for(self._next)
            if chunk is None:
                return 0
            self._rest = flat_view(chunk)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    async def _next(self) -> Chunk:
        async for chunk in self._chunks:
            return as_bytes(chunk)
        return None

    def close(self) -> None:
        """Destroy the stream, unless it has come to its end."""
        if not self.closed:
            super().close()
            self._tell(self._stream.destroy)


def _ignore(error: BaseException | None) -> None:
    pass


class WritableFile(_StreamFile):
    """A Writable as a file that can be written, in another thread than the stream's.

    Args:
        stream: a Writable of bytes.
        loop: the one that the stream runs on.
    """

    def __init__(self, stream: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(stream, loop)
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._room = Wakeup()
        stream.on("drain", self._room.wake)
        finished(stream, self._ended, readable=False)

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any) -> int:
        """Write `data`; wait if the stream has no room for more.

        Returns:
            How many bytes that is: all.

        Raises:
            ValueError: the file is closed.
            RuntimeError: it was called in the thread of the stream.
            OSError: the stream's loop has gone.
            Exception: what the stream failed with.
        """
        self._raise_if_closed()
        # A copy: the caller may use its buffer again as soon as this returns.
        self._wait_for(self._write, bytes(data))
        return byte_size(data)

    async def _write(self, data: bytes) -> None:
        self._raise_if_over()
        if not self._stream.write(data):
            await self._room.wait()
            self._raise_if_over()

    def close(self) -> None:
        """End the stream, and wait until all is written.

        Called in the thread of the stream, it does not wait.

        Raises:
            Exception: what the stream failed with.
        """
        if self.closed:
            return
        super().close()
        if self._on_loop():
            self._stream.end()
        else:
            self._wait_for(self._end)

    async def _end(self) -> None:
        if not self._over.done():
            self._stream.end()
        await asyncio.shield(self._over)

    def _ended(self, error: BaseException | None) -> None:
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)
            # Raised by the next call; one that nobody makes is no error of its own.
            self._over.exception()
        self._room.wake()

    def _raise_if_over(self) -> None:
        if self._over.done():
            self._over.result()
            raise StreamPrematureCloseError
