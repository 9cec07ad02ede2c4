"""A file as an iterable stream: what `FileHandle.pull`, `pull_sync` and `writer` do."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Callable, TypeVar

from ..errors import InvalidArgTypeError, InvalidStateError, OutOfRangeError, expect, expect_whole
from ..events.abort import AbortSignal
from ..io.offload import in_own_thread
from ..io.system_errors import told
from ..io.worker import in_pool
from ..iter import Batch, ByteChunk
from ..iter.batches import encode, is_chunk
from ..iter.signals import checked, failure_of, reason_of
from ..loop.ticks import running_loop
from ..loop.waking import spawn
from .opened import OpenFile

__all__ = ["CHUNK_SIZE", "FilePulls", "FileWriter"]

T = TypeVar("T")

#: How many bytes are read at a time, if nothing else is said.
CHUNK_SIZE = 131072

# How much is written on the loop: the rest is a thread's work.
_AT_ONCE = 131072


class FilePulls:
    """A part of a file, to be read as it is asked for. It locks the file until all is read.

    Args:
        file: an open file.
        start: where to begin; None for where the file stands.
        limit: how many bytes to read at most; None for all.
        chunk_size: how many to read at a time.
    """

    def __init__(
        self, file: OpenFile, start: int | None, limit: int | None, chunk_size: int
    ) -> None:
        _lock(file)
        try:
            _check(start, limit, chunk_size)
        except Exception:
            file.locked = False
            raise
        self.file = file
        self.position = start
        self.left = limit
        self.chunk_size = chunk_size

    def _next_read(self) -> Callable[[], bytes] | None:
        size = self.chunk_size if self.left is None else min(self.left, self.chunk_size)
        if not size:
            return None
        if self.position is None:
            return partial(os.read, self.file.fd, size)
        return partial(os.pread, self.file.fd, size, self.position)

    def _has_read(self, chunk: bytes) -> None:
        if self.position is not None:
            self.position += len(chunk)
        if self.left is not None:
            self.left -= len(chunk)

    async def batches(self, auto_close: bool) -> AsyncIterator[Batch]:
        """What there is, one chunk a batch."""
        try:
            while read := self._next_read():
                chunk = await _answer_of(self.file, read)
                if not chunk:
                    return
                self._has_read(chunk)
                yield [chunk]
        except OSError as error:
            raise told(error, "read") from None
        finally:
            self.file.locked = False
            if auto_close:
                await _answer_of(self.file, self.file.handle.close)
                self.file.was_closed()

    def batches_sync(self, auto_close: bool) -> Iterator[Batch]:
        """The same, here and now."""
        try:
            while (read := self._next_read()) and (chunk := read()):
                self._has_read(chunk)
                yield [chunk]
        except OSError as error:
            raise told(error, "read") from None
        finally:
            self.file.locked = False
            if auto_close:
                self.file.handle.close()
                self.file.was_closed()


class FileWriter:
    """Writes a file, one write after the other; what `FileHandle.writer` returns.

    It locks the file until it is ended, or fails. In an ``async with``, it fails at the end of the
    block unless it has been ended.
    """

    def __init__(
        self,
        file: OpenFile,
        start: int | None,
        limit: int | None,
        chunk_size: int,
        auto_close: bool,
    ) -> None:
        _lock(file)
        try:
            _check(start, limit, chunk_size)
        except Exception:
            file.locked = False
            raise
        self._file = file
        self._position = start
        self._left = limit
        self._auto_close = auto_close
        self._total = 0
        self._pending = 0
        self._last: asyncio.Future[None] | None = None
        self._ended = False
        self._error: BaseException | None = None

    def write(self, chunk: ByteChunk, *, signal: AbortSignal | None = None) -> asyncio.Future[None]:
        """Write one chunk; what is returned says when it is written.

        Raises:
            InvalidArgTypeError: `chunk` is neither text nor bytes, or `signal` is no signal.
        """
        return self._write([encode(chunk)], signal)

    def writev(
        self, chunks: Iterable[ByteChunk], *, signal: AbortSignal | None = None
    ) -> asyncio.Future[None]:
        """Write several chunks.

        Raises:
            InvalidArgTypeError: one is neither text nor bytes, or `signal` is no signal.
        """
        return self._write(_batch(chunks), signal)

    def write_sync(self, chunk: ByteChunk) -> bool:
        """Write one chunk of up to 128 KiB here and now: whether it was, as no write was under way.

        Raises:
            InvalidArgTypeError: `chunk` is neither text nor bytes.
            OSError: what the system says to it.
        """
        return self._write_sync([encode(chunk)])

    def writev_sync(self, chunks: Iterable[ByteChunk]) -> bool:
        """Write several chunks here and now: whether they were.

        Raises:
            InvalidArgTypeError: one is neither text nor bytes.
            OSError: what the system says to it.
        """
        return self._write_sync(_batch(chunks))

    def end(self, *, signal: AbortSignal | None = None) -> asyncio.Future[int]:
        """End; what is returned comes when all is written: how many bytes.

        Raises:
            InvalidArgTypeError: `signal` is no signal.
        """
        checked(signal)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._error is not None:
            answer.set_exception(self._error)
        elif signal is not None and signal.aborted and not self._ended:
            answer.set_exception(reason_of(signal))
        else:
            self._ended = True
            spawn(self._end(answer))
        return answer

    def end_sync(self) -> int:
        """End: how many bytes were written, or -1 if a write is under way, or it failed."""
        if self._error is not None or self._pending:
            return -1
        if not self._ended:
            self._ended = True
            self._let_go()
        return self._total

    def fail(self, reason: BaseException | None = None) -> None:
        """Write no more: later calls fail with `reason`, or an `AbortError`.

        Raises:
            InvalidArgTypeError: it is no exception.
        """
        if reason is not None:
            expect("reason", reason, BaseException)
        if self._error is None and not self._ended:
            self._error = failure_of(reason)
            self._let_go()

    async def __aenter__(self) -> FileWriter:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.fail(error)

    # -- the work ---------------------------------------------------------------------------------

    def _write(self, batch: Batch, signal: AbortSignal | None) -> asyncio.Future[None]:
        checked(signal)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        size = sum(map(len, batch))
        refusal = self._refusal(size, signal)
        if refusal is not None:
            answer.set_exception(refusal)
            return answer
        self._pending += 1
        self._count(size)
        spawn(self._write_after(self._last, b"".join(batch), answer))
        self._last = answer
        return answer

    def _refusal(self, size: int, signal: AbortSignal | None) -> BaseException | None:
        if self._error is not None:
            return self._error
        if self._ended:
            return InvalidStateError("The writer is closed")
        if signal is not None and signal.aborted:
            return reason_of(signal)
        if self._left is not None and size > self._left:
            return OutOfRangeError("write", f"<= {self._left} bytes", size)
        return None

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size

    async def _write_after(
        self, before: asyncio.Future[None] | None, data: bytes, answer: asyncio.Future[None]
    ) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        try:
            await _answer_of(self._file, partial(self._put, data))
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(None)
        finally:
            self._pending -= 1

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                if self._position is None:
                    written = os.write(self._file.fd, view)
                else:
                    written = os.pwrite(self._file.fd, view, self._position)
                    self._position += written
                self._total += written
                view = view[written:]
        except OSError as error:
            raise told(error, "write") from None

    def _write_sync(self, batch: Batch) -> bool:
        size = sum(map(len, batch))
        if self._pending or size > _AT_ONCE or self._refusal(size, None) is not None:
            return False
        self._count(size)
        self._put(b"".join(batch))
        return True

    async def _end(self, answer: asyncio.Future[int]) -> None:
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])
        self._let_go()
        if not answer.done():
            answer.set_result(self._total)

    def _let_go(self) -> None:
        self._file.locked = False
        if self._auto_close and self._file.fd >= 0:
            self._file.handle.close()
            self._file.was_closed()


def _lock(file: OpenFile) -> None:
    if file.fd < 0:
        raise InvalidStateError("The FileHandle is closed")
    if file.locked:
        raise InvalidStateError("The FileHandle is locked")
    file.locked = True


def _check(start: int | None, limit: int | None, chunk_size: int) -> None:
    if start is not None:
        expect_whole("options.start", start, 0)
    if limit is not None:
        expect_whole("options.limit", limit, 1)
    expect_whole("options.chunk_size", chunk_size, 1)


def _batch(chunks: Iterable[ByteChunk]) -> Batch:
    if is_chunk(chunks) or not isinstance(chunks, Iterable):
        raise InvalidArgTypeError.given("chunks", "a list of text or bytes", chunks)
    return [encode(chunk) for chunk in chunks]


async def _answer_of(file: OpenFile, function: Callable[[], T]) -> T:
    """What `function` answers in a thread: one of its own, if it may block for ever."""
    future: asyncio.Future[T] = running_loop().create_future()

    def answered(error: Exception | None, result: T) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    may_block = file.fd >= 0 and not stat.S_ISREG(os.fstat(file.fd).st_mode)
    (in_own_thread if may_block else in_pool)(answered, function)
    return await future
