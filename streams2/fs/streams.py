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

A file is opened, read, written and closed in threads, unless the system can do that in memory: a
slow disk never holds up the loop. FIFOs, sockets and terminals are polled instead, so
that no thread is held up by a silent peer. An error is
Python's own (`FileNotFoundError`, ...) and has Node's `code`, `syscall` and `message` as well.

A descriptor that a stream opened is closed at ``'end'``, at ``'finish'`` or by `destroy`; else when
the loop shuts down.

Node: fs
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union, overload

from ..core.calling import Callback, DoneCallback, WriteRequest
from ..core.chunks import Chunk, flat_view
from ..errors import InvalidArgTypeError, OutOfRangeError, expect
from ..events.abort import AbortSignal
from ..events.naming import by_name
from ..loop.ticks import next_tick
from ..streams.finished import finished
from ..streams.readable import Readable
from ..streams.stream import Stream
from ..streams.writable import Writable
from .arguments import FilePath, check_encoding, check_position
from .file import FileEnd, FileReader, FileWriter
from .opened import OpenFile
from .straight import spelled_out

if TYPE_CHECKING:
    from typing_extensions import Self
    from typing_extensions import TypeVar as TypeVarWithDefault

    Chunk_co = TypeVarWithDefault("Chunk_co", covariant=True, default=bytes)
else:
    Chunk_co = TypeVar("Chunk_co", covariant=True)

__all__ = ["ReadStream", "WriteStream", "create_read_stream", "create_write_stream"]

FileChunk = Union[bytes, bytearray, memoryview, str]


class FileStream(Stream):
    """What reading and writing a file have in common.

    Attributes:
        path: what was opened, or None if a descriptor was given.
        flags: how it was opened, or None.
        mode: the permissions asked for should it be created, or None.
        start: the position of the first byte, or None.
    """

    path: str | bytes | None
    flags: str | int | None
    mode: int | str | None
    start: int | None

    @property
    def fd(self) -> int | None:
        """The open descriptor; None before it is open and after it is closed."""
        fd: int | None = file_of(self).fd
        return fd

    @property
    def pending(self) -> bool:
        """Whether the file is not open: not yet, or no longer. Node: fs.ReadStream.pending"""
        return self.fd is None

    @property
    def auto_close(self) -> bool:
        """Whether the end or an error closes the file. Node: fs.ReadStream.autoClose"""
        return self._life.auto_destroy

    @auto_close.setter
    def auto_close(self, value: bool) -> None:
        self._life.auto_destroy = bool(value)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        file_of(self).destroy(error, callback)

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> Self:
        """Close the file, whatever is left to read or write. A second call does nothing.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when the file is closed, with its error.

        Returns:
            The stream.

        Node: stream.destroy
        """
        super().destroy(error, callback)
        file_of(self).wake_open()
        return self


def file_of(stream: Stream) -> Any:
    """The file beneath a stream."""
    return stream._life.own


def describe(stream: FileStream, file: FileEnd, flags: str | int, mode: int | str) -> None:
    """Say on a stream how its file was opened, if it was not open already."""
    stream.path = file.path
    stream.flags, stream.mode = (None, None) if file.fd is not None else (flags, mode)


def constructor(file: FileEnd) -> Callable[..., None] | None:
    """The option `construct` of the stream above `file`."""
    return None if file.fd is not None else lambda _stream, callback: file.open(callback)


class ReadStream(FileStream, Readable[Chunk_co]):
    """A file being read. Use `create_read_stream`.

    To a type checker it is a `ReadStream[bytes]`, or of text if it has an encoding a
    `ReadStream[str]`.

    Attributes:
        end: the position of the last byte to read; infinity for all there are.

    Node: fs.ReadStream
    """

    @by_name
    def __init__(
        self,
        path: FilePath | None,
        *,
        flags: str | int = "r",
        encoding: str | None = None,
        fd: int | OpenFile | None = None,
        mode: int | str = 0o666,
        auto_close: bool = True,
        emit_close: bool = True,
        start: int | None = None,
        end: float | None = None,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        self.start = None if start is None else check_position("start", start)
        self.end = math.inf if end is None or end == math.inf else check_position("end", end)
        if self.start is not None and self.start > self.end:
            raise OutOfRangeError.given("start", f'<= "end" (here: {end})', start)
        check_encoding(encoding)
        if signal is not None:
            expect("signal", signal, AbortSignal)
        file = FileReader(path, fd, flags, mode, bool(auto_close))
        describe(self, file, flags, mode)
        begin_reading(self, file, encoding, bool(auto_close), bool(emit_close), high_water_mark)
        file.position, file.last = self.start, self.end
        file.heed(signal)

    @property
    def bytes_read(self) -> int:
        """How many bytes were read from the file so far. Node: fs.ReadStream.bytesRead"""
        return int(file_of(self).bytes_read)

    @spelled_out
    def _read(self, size: int) -> None:
        self._life.own.read(size)

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


def begin_reading(
    stream: ReadStream[Any],
    file: FileReader,
    encoding: str | None,
    auto_close: bool,
    emit_close: bool,
    high_water_mark: int | None,
) -> None:
    """Let `stream` be a Readable of `file`."""
    Readable.__init__(
        stream,
        high_water_mark=high_water_mark,
        encoding=encoding or None,
        auto_destroy=auto_close,
        emit_close=emit_close,
        construct=constructor(file),
    )
    file.belong_to(stream)


class WriteStream(FileStream, Writable[FileChunk]):
    """A file being written. Use `create_write_stream`.

    Node: fs.WriteStream
    """

    @by_name
    def __init__(
        self,
        path: FilePath | None,
        *,
        flags: str | int = "w",
        encoding: str | None = None,
        fd: int | OpenFile | None = None,
        mode: int | str = 0o666,
        auto_close: bool = True,
        emit_close: bool = True,
        start: int | None = None,
        flush: bool = False,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        self.start = None if start is None else check_position("start", start)
        check_encoding(encoding)
        if signal is not None:
            expect("signal", signal, AbortSignal)
        if not isinstance(flush, bool):
            raise InvalidArgTypeError.given("flush", "True or False", flush)
        file = FileWriter(path, fd, flags, mode, bool(auto_close))
        describe(self, file, flags, mode)
        begin_writing(self, file, encoding, bool(auto_close), bool(emit_close), high_water_mark)
        file.position, file.flush_at_close = self.start, flush
        file.heed(signal)

    @property
    def bytes_written(self) -> int:
        """How many bytes were written to the file so far. Node: fs.WriteStream.bytesWritten"""
        return int(file_of(self).bytes_written)

    @spelled_out
    def _write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        self._life.own.write([flat_view(chunk)], callback)

    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        file_of(self).write([flat_view(request.chunk) for request in chunks], callback)

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
        chunk: FileChunk | None = None,
        encoding: str | None = None,
        callback: DoneCallback | None = None,
    ) -> WriteStream:
        """The same as `end`. Node: fs.WriteStream.destroySoon"""
        self.end(chunk, encoding, callback)
        return self


def begin_writing(
    stream: WriteStream,
    file: FileWriter,
    encoding: str | None,
    auto_close: bool,
    emit_close: bool,
    high_water_mark: int | None,
) -> None:
    """Let `stream` be a Writable to `file`."""
    Writable.__init__(
        stream,
        high_water_mark=high_water_mark,
        default_encoding=encoding or "utf8",
        auto_destroy=auto_close,
        emit_close=emit_close,
        construct=constructor(file),
    )
    file.belong_to(stream)


@overload
def create_read_stream(
    path: FilePath | None,
    *,
    flags: str | int = ...,
    encoding: None = ...,
    fd: int | OpenFile | None = ...,
    mode: int | str = ...,
    auto_close: bool = ...,
    emit_close: bool = ...,
    start: int | None = ...,
    end: float | None = ...,
    high_water_mark: int | None = ...,
    signal: AbortSignal | None = ...,
) -> ReadStream[bytes]: ...


@overload
def create_read_stream(
    path: FilePath | None,
    *,
    flags: str | int = ...,
    encoding: str,
    fd: int | OpenFile | None = ...,
    mode: int | str = ...,
    auto_close: bool = ...,
    emit_close: bool = ...,
    start: int | None = ...,
    end: float | None = ...,
    high_water_mark: int | None = ...,
    signal: AbortSignal | None = ...,
) -> ReadStream[str]: ...


@overload
def create_read_stream(
    path: FilePath | None,
    *,
    flags: str | int = ...,
    encoding: str | None,
    fd: int | OpenFile | None = ...,
    mode: int | str = ...,
    auto_close: bool = ...,
    emit_close: bool = ...,
    start: int | None = ...,
    end: float | None = ...,
    high_water_mark: int | None = ...,
    signal: AbortSignal | None = ...,
) -> ReadStream[bytes] | ReadStream[str]: ...


@by_name
def create_read_stream(
    path: FilePath | None,
    *,
    flags: str | int = "r",
    encoding: str | None = None,
    fd: int | OpenFile | None = None,
    mode: int | str = 0o666,
    auto_close: bool = True,
    emit_close: bool = True,
    start: int | None = None,
    end: float | None = None,
    high_water_mark: int | None = None,
    signal: AbortSignal | None = None,
) -> ReadStream[bytes] | ReadStream[str]:
    """Read a file.

    It emits ``'open'`` with the descriptor, ``'ready'``, then what every `Readable` emits. Nothing
    is read before somebody asks.

    Args:
        path: the file; ignored if `fd` is given.
        flags: how to open it (default ``"r"``): Node's letters, or `os.open`'s bits.
        encoding: hand out text, decoded by this encoding (default: bytes).
        fd: an open descriptor, or what `promises.open` gave, to read instead. It is read from where
            it stands, and closed as if the stream had opened it. There is no ``'open'``.
        mode: permissions, if `flags` create the file (default ``0o666``, less the umask).
        auto_close: close the file at the end or after an error (default True).
        emit_close: emit ``'close'`` (default True).
        start: the position of the first byte to read, from 0.
        end: the position of the last byte to read: it is read, too (default: all there are).
        high_water_mark: how many bytes to read at a time and to hold (default 64 KiB).
        signal: destroys the stream, with an `AbortError`, when it aborts. If it has already,
            nothing is opened.

    Returns:
        The stream. A file that is missing or cannot be read is its ``'error'``, an `OSError`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there are no such `flags`, `mode` or `encoding`; `path` has a NUL.
        OutOfRangeError: `start`, `end` or `fd` is too small or too large.

    Node: fs.createReadStream
    """
    stream: ReadStream[Any] = ReadStream(
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
        signal=signal,
    )
    return stream


@by_name
def create_write_stream(
    path: FilePath | None,
    *,
    flags: str | int = "w",
    encoding: str | None = None,
    fd: int | OpenFile | None = None,
    mode: int | str = 0o666,
    auto_close: bool = True,
    emit_close: bool = True,
    start: int | None = None,
    flush: bool = False,
    high_water_mark: int | None = None,
    signal: AbortSignal | None = None,
) -> WriteStream:
    """Write a file.

    It emits ``'open'`` with the descriptor, ``'ready'``, then what every `Writable` emits. The file
    is created, or emptied, at once.

    Args:
        path: the file; ignored if `fd` is given.
        flags: how to open it (default ``"w"``): Node's letters (``"a"`` to append, ``"r+"`` to
            change what is there, ``"wx"`` to fail if it exists), or `os.open`'s bits.
        encoding: the encoding of text written without one (default ``"utf8"``).
        fd: an open descriptor, or what `promises.open` gave, to write instead. It is written where
            it stands, and closed as if the stream had opened it. There is no ``'open'``.
        mode: permissions, if the file is created (default ``0o666``, less the umask).
        auto_close: close the file when all is written or after an error (default True).
        emit_close: emit ``'close'`` (default True).
        start: the position of the first byte to write, from 0. Usually with ``flags="r+"``: the
            default empties the file.
        flush: wait before closing until all is on the disk (default False).
        high_water_mark: the size from which on `write` answers False (default 64 KiB).
        signal: destroys the stream, with an `AbortError`, when it aborts. If it has already,
            nothing is opened, created or emptied.

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
        signal=signal,
    )
