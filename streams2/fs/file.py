"""The file beneath a stream: how it is opened, used by one call at a time, and closed.

A file is opened, read, written and closed in threads, unless the system can do that in memory: a
slow disk never holds up the loop. FIFOs, sockets and terminals are polled instead, so
that no thread is held up by a silent peer.

What a stream of a file keeps is here, and not on the stream: there, a subclass is free to call its
own attributes what it likes.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import stat
import time
from typing import Any, Callable, Union

from ..core.calling import Callback
from ..errors import StreamDestroyedError
from ..events.abort import AbortSignal
from ..io.answers import answer_soon
from ..io.file_systems import lives_in_memory, open_and_remember, opened_at_once
from ..io.handles import Handle
from ..io.offload import in_own_thread
from ..io.page_cache import WritesAtOnce, writes_at_once
from ..io.polled import PolledReader, PolledWriter, can_be_polled
from ..io.system_errors import told
from ..io.threaded import BrokenDescriptor, ThreadedDescriptor
from ..io.worker import in_pool
from ..loop.ticks import next_tick
from ..streams.destroy import add_abort_signal
from .arguments import FilePath, check_fd, check_path, parse_flags, parse_mode
from .opened import OpenFile
from .straight import is_about_to_be_straight, straight_ahead

__all__ = ["FileEnd", "FileReader", "FileWriter"]

Descriptor = Union[PolledReader, PolledWriter, ThreadedDescriptor]

# How often a destroyed stream tries to wake an `open` that waits for the other end of a FIFO.
_WAKE_EVERY = 0.02

# How many chunks, of the usual size, go straight to where they are written before the loop turns.
# A turn lasts no longer than this, in seconds, and one chunk.
_STRAIGHT_ON, _USUAL = 16, 1 << 16
_LONGEST = 0.001

# What Linux calls /dev/null, /dev/zero and /dev/full, none of which ever blocks.
_MEMORY_DEVICES = 1


class FileEnd:
    """A file, and what is under way with it.

    Args:
        path: what to open, if no descriptor is given.
        fd: an open descriptor, or a file that was opened before.
        flags, mode: how to open it.
        owned: whether a given descriptor is to be closed if nobody does.

    Attributes:
        stream: the stream above.
        name: what an error calls the file: its path, descriptor or name.
        performing: a call to the system is under way.
        unwanted: the stream was given up before the file was opened.
        position: where the next call reads or writes; None for where the descriptor stands.
    """

    polled: type[PolledReader | PolledWriter]
    stream: Any

    def __init__(
        self,
        path: FilePath | None,
        fd: int | OpenFile | None,
        flags: str | int,
        mode: int | str,
        owned: bool,
    ) -> None:
        self.io: Any = None
        self.performing = False
        self.unwanted = False
        self.position: int | None = None
        self.flush_at_close = False
        # What to do when the call under way is over, and the stream destroyed.
        self.after_performing: Callable[[BaseException | None], None] | None = None
        self.open_may_block = False
        # What the descriptor was taken from, and is shared with.
        self.opened = fd if isinstance(fd, OpenFile) else None
        fd = fd.fd if isinstance(fd, OpenFile) else fd
        self.fd = check_fd(fd)
        if fd is not None:
            self.path: str | bytes | None = None
            self.name: object = fd
            self.handle = self.opened.handle if self.opened else self.handle_of(fd, owned)
            with contextlib.suppress(RuntimeError):  # No loop is running yet.
                self.handle.belong_to_loop()
        else:
            self.path = self.name = check_path(path)
            self.how_to_open = parse_flags(flags), parse_mode(mode)
            self.handle = Handle()

    def belong_to(self, stream: Any) -> None:
        """Be the file of `stream`, which has its life by now."""
        self.stream = stream
        stream._life.own = self
        if self.opened is not None:
            self.opened.streams.add(stream)

    def heed(self, signal: AbortSignal | None) -> None:
        """Let `signal` destroy the stream. If it was aborted before, the file is not opened."""
        if signal is not None:
            self.unwanted = signal.aborted
            add_abort_signal(signal, self.stream)

    def handle_of(self, fd: int, owned: bool) -> Handle:
        """The handle of a descriptor that was given."""
        return Handle(fd, owned=owned)

    # -- opening --------------------------------------------------------------------------------

    def open(self, callback: Callback) -> None:
        """Open the file: what `_construct` does."""
        if self.unwanted:
            callback()
            return
        assert self.path is not None
        arguments = (self.path, *self.how_to_open)

        def tried(error: Exception | None, done: bool) -> None:
            if error is None and not done:
                self.open_may_block = True
                in_own_thread(opened, self.handle.open, *arguments)
                self.wake_open()
            else:
                opened(error, None)

        def opened(error: Exception | None, _: None) -> None:
            self.open_may_block = False
            if error is not None:
                callback(told(error, "open", self.path))
                return
            # Whatever follows: it is open, and will have to be closed.
            self.fd = self.handle.fd
            failure = self.prepare(self.fd)
            if failure is not None:
                callback(failure)
                return
            callback()
            self.stream.emit("open", self.fd)
            self.stream.emit("ready")

        self.handle.belong_to_loop()
        outcome = opened_at_once(self.handle, *arguments)
        if outcome is not None:
            answer_soon(tried, *outcome)
        else:
            in_pool(tried, open_and_remember, self.handle, *arguments)

    def prepare(self, fd: int) -> OSError | None:
        """Make an open descriptor ready for use; what the system says if it does not want to."""
        syscall = "fstat"
        try:
            is_fifo = stat.S_ISFIFO(os.fstat(fd).st_mode)
            syscall = "fcntl"
            if is_fifo:
                os.set_blocking(fd, False)
        except OSError as error:
            return told(error, syscall, self.path)
        return None

    def wake_open(self) -> None:
        """Let a destroyed stream not wait for ever for the other end of a FIFO."""
        if self.open_may_block and self.stream.destroyed:
            self.handle.interrupt()
            # The thread may not have come to its `open` yet.
            asyncio.get_running_loop().call_later(_WAKE_EVERY, self.wake_open)

    def descriptor(self) -> Any:
        """What reads and writes the open descriptor."""
        if self.io is None:
            if self.path is None:  # One that was opened here does so since then.
                self.handle.belong_to_loop()
            self.io = self.how_to_use(self.handle)
        return self.io

    def how_to_use(self, handle: Handle) -> Descriptor:
        """What suits the kind of file that it is."""
        try:
            found = os.fstat(handle.fd)
            if can_be_polled(handle.fd, self.polled.mode, found):
                return self.polled(handle)
        except OSError as error:
            return BrokenDescriptor(handle, error)
        may_block = stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) != _MEMORY_DEVICES
        return ThreadedDescriptor(
            handle,
            may_block=may_block,
            writes_at_once=self.writes_at_once(found),
            in_memory=lives_in_memory(handle.fd, found.st_dev),
        )

    def writes_at_once(self, found: os.stat_result) -> WritesAtOnce | None:
        """What knows which writes need no thread; None for none."""
        return None

    # -- closing --------------------------------------------------------------------------------

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        """Close the file, when the call under way is over: what `_destroy` does."""
        if self.performing and not self.give_up():
            self.after_performing = lambda failure: self.close(
                failure if error is None else error, callback
            )
        else:
            self.close(error, callback)

    def give_up(self) -> bool:
        """Break off the call under way; whether that was possible."""
        self.performing = not self.io.cancel()
        return not self.performing

    def close(self, error: BaseException | None, callback: Callback) -> None:
        """Close the file."""
        if self.fd is None:
            callback(error)
            return
        file = self.io or ThreadedDescriptor(self.handle)
        self.fd = None

        def closed(failure: Exception | None, _: None) -> None:
            callback(told(failure, "close", self.name) if failure else error)
            if self.opened is not None:
                self.opened.was_closed()

        def flushed(failure: Exception | None, _: None) -> None:
            nonlocal error
            if failure is not None:
                error = told(failure, "fsync", self.name) if error is None else error
            file.close(closed)

        if self.flush_at_close:
            file.flush(flushed)
        else:
            file.close(closed)

    def told(self, error: Exception, syscall: str) -> Exception:
        """The error, as Node tells it."""
        return told(error, syscall, self.name)


class FileReader(FileEnd):
    """A file that is read.

    Attributes:
        last: the position of the last byte to read.
        bytes_read: how many bytes were read so far.
        asked_for: the size that was asked for last.
        was_put_off: the chunk that was read has let an answer to a write go first.
    """

    polled = PolledReader
    last: float = math.inf
    bytes_read = 0
    asked_for = 0
    was_put_off = False

    def read(self, size: int) -> None:
        """Fetch the next chunk: what `_read` does."""
        wanted = self.at_most(size)
        if wanted <= 0 < size:
            self.stream.push(None)
            return
        self.performing = True
        self.asked_for = size
        (self.io or self.descriptor()).read(wanted, self.position, self.on_read)

    def at_most(self, size: int) -> int:
        """How much of `size` there is to be read before the last byte."""
        done = self.bytes_read if self.position is None else self.position
        return int(min(size, self.last - done + 1))

    def on_read(self, error: Exception | None, data: bytes) -> None:
        """A chunk has come, or the end, or an error."""
        self.performing = False
        if error is not None:
            error = self.told(error, "read")
        if self.after_performing is not None:
            self.after_performing(error)
        elif error is not None:
            self.stream._life.fail(error)
        elif data and isinstance(self.io, PolledReader):
            self.account_for(data)
            self.stream.push(data)
        elif data and not self.was_put_off and is_about_to_be_straight(self.stream):
            self.was_put_off = self.performing = True
            answer_soon(self.on_read, None, data)
        elif data:
            self.was_put_off = False
            self.hand_on(data)
        else:
            self.stream.push(None)

    def account_for(self, data: bytes | memoryview) -> None:
        """So much was read."""
        self.bytes_read += len(data)
        if self.position is not None:
            self.position += len(data)

    def hand_on(self, data: bytes | memoryview) -> None:
        """Push a chunk; or as many as it may be, straight to where a pipe would write them."""
        writer = straight_ahead(self.stream)
        left = min(_STRAIGHT_ON, _STRAIGHT_ON * _USUAL // max(self.asked_for, 1))
        enough = time.perf_counter() + _LONGEST
        while True:
            self.account_for(data)
            if writer is None or not writer.takes_at_once(data):
                self.stream.push(bytes(data))
                return
            data = self.io.read_at_once(self.at_most(self.asked_for), self.position)
            if not data:
                self.read(self.asked_for)
                return
            left -= 1
            if left <= 0 or time.perf_counter() > enough:
                self.performing = True
                loop = asyncio.get_running_loop()
                loop.call_soon(answer_soon, self.on_read, None, bytes(data))
                return


class FileWriter(FileEnd):
    """A file that is written.

    Attributes:
        bytes_written: how many bytes were written so far.
    """

    polled = PolledWriter
    bytes_written = 0
    callback: Callback | None = None
    answer_is_due = False
    # How a write went that its stream does not know of yet.
    tried: tuple[Exception | None, int] | None = None

    def writes_at_once(self, found: os.stat_result) -> WritesAtOnce | None:
        # Whoever waits for the disk at the end may find the disk busy before.
        return None if self.flush_at_close else writes_at_once(self.handle.fd, found)

    def write(self, buffers: list[memoryview], callback: Callback) -> None:
        """Write all of `buffers`: what `_write` and `_writev` do."""
        self.performing = True
        self.callback = callback
        tried, self.tried = self.tried, None
        if tried is not None:
            answer_soon(self.on_written, *tried)
            return
        io = self.io or self.descriptor()
        self.answer_is_due = io.write(buffers, self.position, self.on_written)

    def takes_at_once(self, chunk: bytes | memoryview) -> bool:
        """Write `chunk`, if that needs no wait. False: the stream is to be given it, with what
        became of it if that is no success."""
        if self.performing or not isinstance(self.io, ThreadedDescriptor):
            return False
        outcome = self.io.write_at_once([memoryview(chunk)], self.position)
        if outcome is None:
            return False
        error, count = outcome
        if error is not None:
            self.tried = outcome
            return False
        self.bytes_written += count
        if self.position is not None:
            self.position += count
        return True

    def on_written(self, error: Exception | None, count: int) -> None:
        """All is written, or so much before an error."""
        self.performing = self.answer_is_due = False
        callback, self.callback = self.callback, None
        assert callback is not None
        if self.after_performing is not None:
            # The chunk may well be in the file. But a stream destroyed in the middle of a write
            # does not vouch for it.
            failure = self.told(error, "write") if error else StreamDestroyedError("write")
            callback(failure)
            self.after_performing(failure)
            return
        self.bytes_written += count
        if self.position is not None:
            self.position += count
        callback(self.told(error, "write") if error else None)

    def give_up(self) -> bool:
        """Break off the write under way; whether that was possible."""
        if not super().give_up():
            return False
        callback, self.callback = self.callback, None
        assert callback is not None
        next_tick(callback, StreamDestroyedError("write"))
        return True
