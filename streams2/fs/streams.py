"""Files as streams.

    >>> import tempfile, os
    >>> from streams2 import run
    >>> path = os.path.join(tempfile.mkdtemp(), "greeting.txt")
    >>> def main():
    ...     file = create_write_stream(path)
    ...     file.end(b"hello, world")
    ...     file.on("close", read_back)
    >>> def read_back():
    ...     create_read_stream(path, start=7).on("data", print)
    >>> run(main)
    b'world'

A file is opened, read, written and closed in threads: a slow disk never holds up the loop. FIFOs,
sockets and terminals are polled instead, so that no thread is held up by a silent peer. An error is
Python's own (`FileNotFoundError`, ...) and has Node's `code`, `syscall` and `message` as well.

A descriptor that a stream opened is closed at ``'end'``, at ``'finish'`` or by `destroy`; else when
the loop shuts down.

Node: fs
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import stat
from collections.abc import Sequence
from typing import Any, Callable, Union

from ..core.chunks import flat_view
from ..core.demand import WriteRequest
from ..errors import InvalidArgTypeError, OutOfRangeError, StreamDestroyedError
from ..io.handles import Handle
from ..io.offload import in_own_thread, in_pool
from ..io.polled import PolledReader, PolledWriter, can_be_polled
from ..io.system_errors import told
from ..io.threaded import ThreadedDescriptor
from ..loop.ticks import next_tick
from ..streams.finished import finished
from ..streams.readable import Readable
from ..streams.stream import Callback, DoneCallback, Stream
from ..streams.writable import Writable
from .arguments import (
    FilePath,
    check_encoding,
    check_fd,
    check_path,
    check_position,
    parse_flags,
    parse_mode,
)

__all__ = ["ReadStream", "WriteStream", "create_read_stream", "create_write_stream"]

Chunk = Union[bytes, bytearray, memoryview, str]

# How often a destroyed stream tries to wake an `open` that waits for the other end of a FIFO.
_WAKE_EVERY = 0.02

# What Linux calls /dev/null, /dev/zero and /dev/full, none of which ever blocks.
_MEMORY_DEVICES = 1


class _FileStream(Stream):
    """What reading and writing a file have in common.

    Attributes:
        path: what was opened, or None if a descriptor was given.
        flags: how it was opened, or None.
        mode: the permissions asked for should it be created, or None.
        fd: the open descriptor; None before it is open and after it is closed.
        start: the position of the first byte, or None.
    """

    path: str | bytes | None
    flags: str | int | None
    mode: int | str | None
    fd: int | None
    start: int | None
    _Polled: type[PolledReader | PolledWriter]

    def _init_file(
        self,
        path: FilePath | None,
        fd: int | None,
        flags: str | int,
        mode: int | str,
        auto_close: bool,
    ) -> None:
        """Set what is to be opened, or is open; before the stream's life starts."""
        self._io: Any = None
        # A call to the system is under way; what to do when it is over and the stream destroyed.
        self._performing = False
        self._after_performing: Callable[[BaseException | None], None] | None = None
        self._flush_at_close = False
        self._open_may_block = False
        self.fd = check_fd(fd)
        if fd is not None:
            self.path = self.flags = self.mode = None
            self._named: Any = fd
            self._handle = self._handle_of(fd, auto_close)
            with contextlib.suppress(RuntimeError):  # No loop is running yet.
                self._handle.belong_to_loop()
        else:
            self.path = self._named = check_path(path)
            self.flags, self.mode = flags, mode
            self._system_flags = parse_flags(flags)
            self._system_mode = parse_mode(mode)
            self._handle = Handle()

    def _handle_of(self, fd: int, auto_close: bool) -> Handle:
        return Handle(fd, owned=auto_close)

    @property
    def pending(self) -> bool:
        """Whether the file is not open: not yet, or no longer. Node: fs.ReadStream.pending"""
        return self.fd is None

    @property
    def auto_close(self) -> bool:
        """Whether the end or an error closes the file. Node: fs.ReadStream.autoClose"""
        return self._auto_destroy

    @auto_close.setter
    def auto_close(self, value: bool) -> None:
        self._auto_destroy = bool(value)

    # -- opening --------------------------------------------------------------------------------

    def _open(self, callback: Callback) -> None:
        """Becomes `_construct` of a stream that is given a path."""
        arguments = (self.path, self._system_flags, self._system_mode)

        def tried(error: OSError | None, done: bool) -> None:
            if error is None and not done:
                self._open_may_block = True
                in_own_thread(opened, self._handle.open, *arguments)
                self._wake_open()
            else:
                opened(error, None)

        def opened(error: OSError | None, _: None) -> None:
            self._open_may_block = False
            if error is not None:
                callback(told(error, "open", self.path))
                return
            self.fd = self._handle.fd
            if stat.S_ISFIFO(os.fstat(self.fd).st_mode):
                os.set_blocking(self.fd, False)
            callback()
            self.emit("open", self.fd)
            self.emit("ready")

        self._handle.belong_to_loop()
        in_pool(tried, self._handle.open_unless_it_blocks, *arguments)

    def _file(self) -> Any:
        """What reads and writes the open descriptor."""
        if self._io is None:
            self._handle.belong_to_loop()
            self._io = self._how_to_use(self._handle)
        return self._io

    def _how_to_use(self, handle: Handle) -> Any:
        try:
            found = os.fstat(handle.fd)
            if can_be_polled(handle.fd, self._Polled.mode):
                return self._Polled(handle)
        except OSError:
            return ThreadedDescriptor(handle)  # Whatever is asked of it will tell what is wrong.
        may_block = stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) != _MEMORY_DEVICES
        return ThreadedDescriptor(handle, in_own_thread if may_block else in_pool)

    # -- closing --------------------------------------------------------------------------------

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self._performing and not self._give_up():
            self._after_performing = lambda failure: self._close(error or failure, callback)
        else:
            self._close(error, callback)

    def _give_up(self) -> bool:
        """Break off the call under way, if that is possible."""
        self._performing = not self._io.cancel()
        return not self._performing

    def _close(self, error: BaseException | None, callback: Callback) -> None:
        if self.fd is None:
            callback(error)
            return
        file = self._io or ThreadedDescriptor(self._handle)
        self.fd = None

        def closed(failure: OSError | None, _: None) -> None:
            callback(told(failure, "close", self._named) if failure else error)

        def flushed(failure: OSError | None, _: None) -> None:
            nonlocal error
            if failure is not None:
                error = error or told(failure, "fsync", self._named)
            file.close(closed)

        if self._flush_at_close:
            file.flush(flushed)
        else:
            file.close(closed)

    def _told(self, error: OSError, syscall: str) -> OSError:
        return told(error, syscall, self._named)

    def _wake_open(self) -> None:
        """Let a destroyed stream not wait for ever for the other end of a FIFO."""
        if self._open_may_block and self.destroyed:
            self._handle.interrupt()
            # The thread may not have come to its `open` yet.
            asyncio.get_running_loop().call_later(_WAKE_EVERY, self._wake_open)


class ReadStream(_FileStream, Readable[bytes]):
    """A file being read. Use `create_read_stream`.

    Attributes:
        bytes_read: how many bytes were read from the file so far.
        end: the position of the last byte to read; infinity for all there are.

    Node: fs.ReadStream
    """

    _Polled = PolledReader

    def __init__(
        self,
        path: FilePath | None,
        *,
        flags: str | int = "r",
        encoding: str | None = None,
        fd: int | None = None,
        mode: int | str = 0o666,
        auto_close: bool = True,
        emit_close: bool = True,
        start: int | None = None,
        end: float | None = None,
        high_water_mark: int | None = None,
    ) -> None:
        self.start = None if start is None else check_position("start", start)
        self.end = math.inf if end is None or end == math.inf else check_position("end", end)
        if self.start is not None and self.start > self.end:
            raise OutOfRangeError.given("start", f'<= "end" (here: {end})', start)
        self._position = self.start
        self.bytes_read = 0
        check_encoding(encoding)
        self._init_file(path, fd, flags, mode, bool(auto_close))
        Readable.__init__(
            self,
            high_water_mark=high_water_mark,
            encoding=encoding or None,
            auto_destroy=bool(auto_close),
            emit_close=bool(emit_close),
            construct=_FileStream._open if fd is None else None,
        )

    def _read(self, size: int) -> None:
        done = self.bytes_read if self._position is None else self._position
        wanted = min(size, self.end - done + 1)
        if wanted <= 0 < size:
            self.push(None)
            return
        self._performing = True
        self._file().read(int(wanted), self._position, self._on_read)

    def _on_read(self, error: OSError | None, data: bytes) -> None:
        self._performing = False
        if error is not None:
            error = self._told(error, "read")
        if self._after_performing is not None:
            self._after_performing(error)
        elif error is not None:
            self._error_or_destroy(error)
        elif data:
            self.bytes_read += len(data)
            if self._position is not None:
                self._position += len(data)
            self.push(data)
        else:
            self.push(None)

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> ReadStream:
        """Close the file, whatever is left to read. A second call does nothing.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when the file is closed, with its error.

        Returns:
            The stream.

        Node: stream.Readable.destroy
        """
        super().destroy(error, callback)
        self._wake_open()
        return self

    def close(self, callback: DoneCallback | None = None) -> None:
        """Close the file, whatever is left to read.

        Args:
            callback: called when it is closed: with None if all had been read, else with the error
                or a `StreamPrematureCloseError`.

        Node: fs.ReadStream.close
        """
        if callback is not None:
            finished(self, callback)
        self.destroy()


class WriteStream(_FileStream, Writable[Chunk]):
    """A file being written. Use `create_write_stream`.

    Attributes:
        bytes_written: how many bytes were written to the file so far.

    Node: fs.WriteStream
    """

    _Polled = PolledWriter

    def __init__(
        self,
        path: FilePath | None,
        *,
        flags: str | int = "w",
        encoding: str | None = None,
        fd: int | None = None,
        mode: int | str = 0o666,
        auto_close: bool = True,
        emit_close: bool = True,
        start: int | None = None,
        flush: bool = False,
        high_water_mark: int | None = None,
    ) -> None:
        self.start = None if start is None else check_position("start", start)
        self._position = self.start
        self.bytes_written = 0
        self._write_callback: Callback | None = None
        check_encoding(encoding)
        if not isinstance(flush, bool):
            raise InvalidArgTypeError.given("flush", "True or False", flush)
        self._init_file(path, fd, flags, mode, bool(auto_close))
        self._flush_at_close = flush
        Writable.__init__(
            self,
            high_water_mark=high_water_mark,
            default_encoding=encoding or "utf8",
            auto_destroy=bool(auto_close),
            emit_close=bool(emit_close),
            construct=_FileStream._open if fd is None else None,
        )

    def _write(self, chunk: Any, encoding: str, callback: Callback) -> None:
        self._write_buffers([flat_view(chunk)], callback)

    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        self._write_buffers([flat_view(request.chunk) for request in chunks], callback)

    def _write_buffers(self, buffers: list[memoryview], callback: Callback) -> None:
        self._performing = True
        self._write_callback = callback
        self._file().write(buffers, self._position, self._on_written)

    def _on_written(self, error: OSError | None, count: int) -> None:
        self._performing = False
        callback, self._write_callback = self._write_callback, None
        assert callback is not None
        if self._after_performing is not None:
            # The chunk may well be in the file. But a stream destroyed in the middle of a write
            # does not vouch for it.
            failure = self._told(error, "write") if error else StreamDestroyedError("write")
            callback(failure)
            self._after_performing(failure)
            return
        self.bytes_written += count
        if self._position is not None:
            self._position += count
        callback(self._told(error, "write") if error else None)

    def _give_up(self) -> bool:
        if not super()._give_up():
            return False
        callback, self._write_callback = self._write_callback, None
        assert callback is not None
        next_tick(callback, StreamDestroyedError("write"))
        return True

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> WriteStream:
        """Close the file, whatever is left to write. A second call does nothing.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when the file is closed, with its error.

        Returns:
            The stream.

        Node: stream.Writable.destroy
        """
        super().destroy(error, callback)
        self._wake_open()
        return self

    def close(self, callback: DoneCallback | None = None) -> None:
        """Write what is left, then close the file; even one made with ``auto_close=False``.

        Args:
            callback: called with None when it is closed.

        Node: fs.WriteStream.close. There, a stream made with ``autoClose: false`` that is finished
        already stays open, and its callback is never called.
        """
        if callback is not None:
            if self.closed:
                next_tick(callback, None)
            else:
                self.on("close", lambda: callback(None))
        if not self.auto_close:
            if self.writable_finished:
                self.destroy()
                return
            self.on("finish", self.destroy)
        self.end()

    def destroy_soon(
        self,
        chunk: Chunk | None = None,
        encoding: str | None = None,
        callback: DoneCallback | None = None,
    ) -> WriteStream:
        """The same as `end`. Node: fs.WriteStream.destroySoon"""
        self.end(chunk, encoding, callback)
        return self


def create_read_stream(
    path: FilePath | None,
    *,
    flags: str | int = "r",
    encoding: str | None = None,
    fd: int | None = None,
    mode: int | str = 0o666,
    auto_close: bool = True,
    emit_close: bool = True,
    start: int | None = None,
    end: float | None = None,
    high_water_mark: int | None = None,
) -> ReadStream:
    """Read a file.

    It emits ``'open'`` with the descriptor, ``'ready'``, then what every `Readable` emits. Nothing
    is read before somebody asks.

    Args:
        path: the file; ignored if `fd` is given.
        flags: how to open it (default ``"r"``): Node's letters, or `os.open`'s bits.
        encoding: hand out text, decoded by this encoding (default: bytes).
        fd: an open descriptor to read instead. It is read from where it stands, and closed as if
            the stream had opened it. There is no ``'open'``.
        mode: permissions, if `flags` create the file (default ``0o666``, less the umask).
        auto_close: close the file at the end or after an error (default True).
        emit_close: emit ``'close'`` (default True).
        start: the position of the first byte to read, from 0.
        end: the position of the last byte to read: it is read, too (default: all there are).
        high_water_mark: how many bytes to read at a time and to hold (default 64 KiB).

    Returns:
        The stream. A file that is missing or cannot be read is its ``'error'``, an `OSError`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there are no such `flags`, `mode` or `encoding`; `path` has a NUL.
        OutOfRangeError: `start`, `end` or `fd` is too small or too large.

    Node: fs.createReadStream
    """
    return ReadStream(
        path,
        flags=flags,
        encoding=encoding,
        fd=fd,
        mode=mode,
        auto_close=auto_close,
        emit_close=emit_close,
        start=start,
        end=end,
        high_water_mark=high_water_mark,
    )


def create_write_stream(
    path: FilePath | None,
    *,
    flags: str | int = "w",
    encoding: str | None = None,
    fd: int | None = None,
    mode: int | str = 0o666,
    auto_close: bool = True,
    emit_close: bool = True,
    start: int | None = None,
    flush: bool = False,
    high_water_mark: int | None = None,
) -> WriteStream:
    """Write a file.

    It emits ``'open'`` with the descriptor, ``'ready'``, then what every `Writable` emits. The file
    is created, or emptied, at once.

    Args:
        path: the file; ignored if `fd` is given.
        flags: how to open it (default ``"w"``): Node's letters (``"a"`` to append, ``"r+"`` to
            change what is there, ``"wx"`` to fail if it exists), or `os.open`'s bits.
        encoding: the encoding of text written without one (default ``"utf8"``).
        fd: an open descriptor to write instead. It is written where it stands, and closed as if the
            stream had opened it. There is no ``'open'``.
        mode: permissions, if the file is created (default ``0o666``, less the umask).
        auto_close: close the file when all is written or after an error (default True).
        emit_close: emit ``'close'`` (default True).
        start: the position of the first byte to write, from 0. Usually with ``flags="r+"``: the
            default empties the file.
        flush: wait before closing until all is on the disk (default False).
        high_water_mark: the size from which on `write` answers False (default 64 KiB).

    Returns:
        The stream. A file that cannot be written is its ``'error'``, an `OSError`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there are no such `flags`, `mode` or `encoding`; `path` has a NUL.
        OutOfRangeError: `start` or `fd` is too small or too large.

    Node: fs.createWriteStream
    """
    return WriteStream(
        path,
        flags=flags,
        encoding=encoding,
        fd=fd,
        mode=mode,
        auto_close=auto_close,
        emit_close=emit_close,
        start=start,
        flush=flush,
        high_water_mark=high_water_mark,
    )
