"""Reading and writing descriptors that are always "ready" and may block all the same: files.

A slow disk holds up a thread, never the loop. What the system has in memory already is read without
one, where the system can promise not to wait (Linux: ``RWF_NOWAIT``), and what it will only copy to
memory is written without one (`page_cache`): the way to a thread and back takes longer than either.
"""

from __future__ import annotations

import errno
import os
from typing import Any, Callable, Optional

from .answers import answer_soon
from .buffers import without
from .file_systems import closes_at_once
from .handles import Borrowed, Handle
from .offload import Answer, in_own_thread, outcome_of
from .page_cache import WritesAtOnce
from .without_waiting import ReadInto, copy_from_memory, reader_without_waiting
from .worker import Worker, in_pool

__all__ = ["BrokenDescriptor", "ThreadedDescriptor"]

WriteAnswer = Callable[[Optional[Exception], int], object]


def _most_buffers() -> int:
    """How many buffers one call can write."""
    try:
        return os.sysconf("SC_IOV_MAX")
    except (AttributeError, ValueError, OSError):
        return 16  # what POSIX grants at the least


_NOTHING = memoryview(b"")

# What may be copied on the loop's time.
_LARGEST_READ_AT_ONCE = 1 << 20


class ThreadedDescriptor:
    """A file. One call at a time; its answer comes on the loop.

    Args:
        handle: an open descriptor.
        may_block: whether a call may block for ever, as that of a device may. Each then has a
            thread of its own, and nothing is tried without one.
        writes_at_once: what knows which writes need no thread; None for none.
        in_memory: whether the file is on no disk at all.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        may_block: bool = False,
        writes_at_once: WritesAtOnce | None = None,
        in_memory: bool = False,
    ) -> None:
        self._handle = handle
        self._may_block = may_block
        self._offload: Callable[..., None] = in_own_thread if may_block else Worker()
        # A small file is read and written by one call: no thread waits for its next one. But what
        # is not ours is written once more at the end (`write_last`), behind whatever goes on.
        self._first_offload = None if may_block or isinstance(handle, Borrowed) else in_pool
        self._offload_once = in_own_thread if may_block else in_pool
        self._read_into = None if may_block else reader_without_waiting()
        self._writes_at_once = writes_at_once
        self._in_memory = in_memory
        self._buffer = _NOTHING

    def read(self, size: int, position: int | None, answer: Answer) -> None:
        """Read up to `size` bytes; none at the end.

        Args:
            size: how many bytes at most.
            position: where, in bytes from the start; None for where the descriptor stands.
            answer: gets the bytes.
        """
        at_once = b""
        read_into = self._read_into
        if read_into is not None and 0 < size <= _LARGEST_READ_AT_ONCE:
            found, is_all = self._fill(read_into, size, position)
            at_once = bytes(self._buffer if found == size else self._buffer[:found])
            if is_all:
                answer_soon(answer, None, at_once)
                return

        def got(error: Exception | None, rest: bytes | None) -> None:
            # An error after some bytes will come again, when the next ones are asked for.
            answer(None if at_once else error, at_once + (rest or b""))

        size -= len(at_once)
        if position is None:
            self._in_thread(got, self._handle.call, os.read, size)
        else:
            self._in_thread(got, self._handle.call, _read_at, size, position + len(at_once))

    def read_at_once(self, size: int, position: int | None) -> memoryview:
        """Some of the next `size` bytes, if there are any that can be read without a thread.

        They are there until the next call. That there are none is no sign of the end.
        """
        read_into = self._read_into
        if read_into is None or not 0 < size <= _LARGEST_READ_AT_ONCE:
            return _NOTHING
        found, _ = self._fill(read_into, size, position)
        return self._buffer if found == size else self._buffer[:found]

    def _fill(self, read_into: ReadInto, size: int, position: int | None) -> tuple[int, bool]:
        """How much is in the buffer now, read without waiting; whether it is all up to the end."""
        view = self._buffer
        if len(view) != size:
            view = self._buffer = memoryview(bytearray(size))
        fd = self._handle.fd
        at = -1 if position is None else position
        found = 0
        try:
            count = found = read_into(fd, view, at)
            while count and found < size:
                count = read_into(fd, view[found:], at if position is None else at + found)
                found += count
        except BlockingIOError:
            return found, False
        except OSError:
            # Not every file system can; and if something else is wrong, the thread will say so.
            self._read_into = None
            if self._in_memory and read_into is not copy_from_memory:
                self._read_into = copy_from_memory
                return self._fill(copy_from_memory, size, position)
            return found, False
        return found, True

    def write(self, buffers: list[memoryview], position: int | None, answer: WriteAnswer) -> bool:
        """Write all of `buffers`. Returns whether that is done, and only the answer is to come.

        Args:
            buffers: flat views, in order.
            position: where, in bytes from the start; None for where the descriptor stands.
            answer: gets the error or None, and how many bytes were written before it.
        """
        outcome = self.write_at_once(buffers, position)
        if outcome is not None:
            answer_soon(answer, *outcome)
            return True

        def written(error: Exception | None, outcome: Any) -> None:
            if error is None:
                error, count = outcome
            answer(error, count if outcome else 0)

        self._in_thread(written, _write_all, self._handle, buffers, position)
        return False

    def _in_thread(self, answer: Answer, function: Callable[..., object], *args: object) -> None:
        """Have a thread make a call: of the first one, any."""
        offload, self._first_offload = self._first_offload or self._offload, None
        offload(answer, function, *args)

    def write_at_once(
        self, buffers: list[memoryview], position: int | None
    ) -> tuple[Exception | None, int] | None:
        """Write all of `buffers` if that needs no thread: the error or None, and how many bytes.

        None: it needs one, and nothing was written.
        """
        at_once = self._writes_at_once
        if at_once is None:
            return None
        size = len(buffers[0]) if len(buffers) == 1 else sum(map(len, buffers))
        if not at_once.takes(size, position):
            return None
        at_once.begin()
        outcome = self._write_now(buffers, size, position)
        at_once.took(outcome[1])
        return outcome

    def write_last(self, buffers: list[memoryview]) -> None:
        """Write `buffers` behind what a thread may be writing. Nobody hears how that went."""
        if buffers:
            self._offload(_ignore, _write_all, self._handle, buffers, None)

    def _write_now(
        self, buffers: list[memoryview], size: int, position: int | None
    ) -> tuple[Exception | None, int]:
        """The same as `_write_all`, in fewer calls for one chunk that the system takes whole."""
        count = 0
        if size and len(buffers) == 1:
            # Not by `Handle.call`: the one who could close the descriptor is the loop, and is here.
            try:
                count = _write_some(self._handle.fd, buffers, position)
            except Exception as error:
                return error, 0
            if count == size:
                return None, count
            buffers = without(buffers, count)
            position = None if position is None else position + count
        failure, rest = _write_all(self._handle, buffers, position)
        return failure, count + rest

    def flush(self, answer: Answer) -> None:
        """Wait until what was written is on the disk."""
        self._offload_once(answer, self._handle.call, os.fsync)

    def cancel(self) -> bool:
        """Give up the call under way. False: it cannot be, and its answer will come."""
        return False

    def release(self) -> None:
        """Have no more to do with the descriptor, and leave it open."""

    def close(self, answer: Answer) -> None:
        """Close the descriptor."""
        if not self._may_block and closes_at_once(self._handle):
            answer_soon(answer, *outcome_of(self._handle.close, ()))
        else:
            self._offload_once(answer, self._handle.close)


class BrokenDescriptor(ThreadedDescriptor):
    """An open descriptor that the system does not even describe. It can be closed, and no more.

    Args:
        handle: the descriptor.
        error: what the system said; what is read or written fails with it.
    """

    def __init__(self, handle: Handle, error: OSError) -> None:
        super().__init__(handle)
        self._error = error

    def read(self, size: int, position: int | None, answer: Answer) -> None:
        """Fail."""
        answer_soon(answer, self._error, None)

    def write(self, buffers: list[memoryview], position: int | None, answer: WriteAnswer) -> bool:
        """Fail."""
        answer_soon(answer, self._error, 0)
        return True


def _write_all(
    handle: Handle, buffers: list[memoryview], position: int | None
) -> tuple[Exception | None, int]:
    total = 0
    left = [buffer for buffer in buffers if buffer]
    most = _most_buffers() if len(left) > 1 else 1
    try:
        while left:
            at = None if position is None else position + total
            count = handle.call(_write_some, left[:most], at)
            if count == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            total += count
            left = without(left, count)
    except Exception as error:
        return error, total
    return None, total


def _ignore(error: Exception | None, outcome: object) -> None:
    """The answer when nobody is left who could be told."""


def _read_at(fd: int, size: int, position: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(fd, size, position)
    os.lseek(fd, position, os.SEEK_SET)
    return os.read(fd, size)


def _write_some(fd: int, buffers: list[memoryview], position: int | None) -> int:
    if len(buffers) > 1 and hasattr(os, "pwritev"):
        return os.writev(fd, buffers) if position is None else os.pwritev(fd, buffers, position)
    first = buffers[0] if len(buffers) == 1 else b"".join(buffers)
    if position is None:
        return os.write(fd, first)
    if hasattr(os, "pwrite"):
        return os.pwrite(fd, first, position)
    os.lseek(fd, position, os.SEEK_SET)
    return os.write(fd, first)
