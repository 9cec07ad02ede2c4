"""What Node's bridges to web streams are in Python: those to asyncio's streams and to files.

>>> from streams2 import Readable, run
>>> async def main():
...     reader = Readable.from_([b"one li", b"ne\\ntwo"]).as_reader()
...     return [line async for line in reader]
>>> run(main)
[b'one line\\n', b'two']

`from_` something is a stream of it (`to_file`: one into it), and `as_` something is the stream as
that.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from ..loop.ticks import running_loop
from .asyncio_streams import ReaderChunks, WriterSink, reader_of, writer_of
from .files import FileChunks, FileSink, ReadableFile, WritableFile, check_file
from .sinks import writable_to
from .sources import readable_from

if TYPE_CHECKING:
    import asyncio

    from .readable import Readable
    from .writable import Writable

__all__ = ["ReadableInterop", "WritableInterop"]

_READ_SIZE = 64 * 1024


class ReadableInterop:
    """From others to a `Readable`, and back."""

    @classmethod
    def _plain_readable(cls, **options: Any) -> Readable[Any]:
        """A Readable that has these options."""
        raise NotImplementedError

    @classmethod
    def from_reader(cls, reader: asyncio.StreamReader, **options: Any) -> Readable[bytes]:
        """A stream of what comes from an asyncio reader.

        It takes from the reader when it has room. The connection is not its to close: that is the
        business of whoever has the reader's `asyncio.StreamWriter`.

        Args:
            reader: what to read from.
            options: as for `Readable`.

        Raises:
            InvalidArgTypeError: `reader` is none.

        Node: stream.Readable.fromWeb, for what asyncio has instead
        """
        chunks = ReaderChunks(reader, _READ_SIZE)
        stream: Readable[bytes] = _of_chunks(cls, chunks, options)
        return stream

    @classmethod
    def from_file(
        cls,
        file: BinaryIO | io.RawIOBase | io.BufferedIOBase,
        *,
        close: bool = True,
        **options: Any,
    ) -> Readable[bytes]:
        """A stream of what is in a binary file object, read in a thread.

        For a file on a disk, `streams2.fs.create_read_stream` does more, and so it does for a pipe:
        ``create_read_stream(None, fd=file.fileno())``. A thread that reads cannot be interrupted,
        and a stream that is destroyed meanwhile is closed when it has read.

        Args:
            file: an object with a `read` or `read1` that gives bytes.
            close: close the file when the stream ends or is destroyed (default True).
            options: as for `Readable`.

        Raises:
            InvalidArgTypeError: `file` has no such method, or is a text file.
        """
        chunks = FileChunks(check_file(file, "read"), _READ_SIZE, close)
        stream: Readable[bytes] = _of_chunks(cls, chunks, options, interrupt=False)
        return stream

    def as_reader(self, *, limit: int = _READ_SIZE) -> asyncio.StreamReader:
        """This stream as an asyncio reader, with its `readline`, `readexactly` and so on.

        The stream flows from now on, and is paused whenever the reader has more than enough.

        Args:
            limit: how many bytes are enough; the longest line that `readline` reads.

        Returns:
            A reader of the stream's bytes; text becomes UTF-8. It raises what the stream fails
            with.

        Raises:
            NoRunningLoopError: no event loop is running.

        Node: stream.Readable.toWeb, for what asyncio has instead
        """
        return reader_of(self, limit)

    def as_file(self) -> ReadableFile:
        """This stream as a binary file, for a library that wants one.

        A file blocks its reader, so it is for use in another thread than the stream's: with
        `asyncio.loop.run_in_executor`, say. `io.BufferedReader` and `io.TextIOWrapper` make of it
        what many libraries want.

        Returns:
            An `io.RawIOBase` of the stream's bytes; text becomes UTF-8. It raises what the stream
            fails with, and to close it destroys the stream.

        Raises:
            NoRunningLoopError: no event loop is running.
        """
        return ReadableFile(self, running_loop())


def _of_chunks(cls: Any, chunks: Any, options: dict[str, Any], *, interrupt: bool = True) -> Any:
    defaults: dict[str, Any] = {"object_mode": False, "high_water_mark": None}
    make = cls._plain_readable
    return readable_from(make, chunks, {**defaults, **options}, interrupt=interrupt)


class WritableInterop:
    """From others to a `Writable`, and back."""

    @classmethod
    def _plain_writable(cls, **options: Any) -> Writable[Any]:
        """A Writable that has these options."""
        raise NotImplementedError

    @classmethod
    def from_writer(
        cls, writer: asyncio.StreamWriter, *, close: bool = True, **options: Any
    ) -> Writable[Any]:
        """A stream that writes to an asyncio writer.

        A chunk counts as written when the writer's `drain` says that there is room. A stream that
        is destroyed before it has finished aborts the connection.

        Args:
            writer: what to write to.
            close: close the connection when the stream is over, and wait for that before
                ``'finish'`` (default True). With False the end of the stream only closes the
                writing half, where there is one, and the connection can still be read from.
            options: as for `Writable`.

        Raises:
            InvalidArgTypeError: `writer` is none.

        Node: stream.Writable.fromWeb, for what asyncio has instead
        """
        stream: Writable[Any] = _to_sink(cls, WriterSink(writer, close), options)
        return stream

    @classmethod
    def to_file(
        cls,
        file: BinaryIO | io.RawIOBase | io.BufferedIOBase,
        *,
        close: bool = True,
        **options: Any,
    ) -> Writable[Any]:
        """A stream that writes to a binary file object, in a thread.

        For a file on a disk, `streams2.fs.create_write_stream` does more.

        Args:
            file: an object with a `write` that takes bytes.
            close: close the file when the stream has finished or is destroyed (default True).
            options: as for `Writable`.

        Raises:
            InvalidArgTypeError: `file` has no such method, or is a text file.
        """
        sink = FileSink(check_file(file, "write"), close)
        stream: Writable[Any] = _to_sink(cls, sink, options)
        return stream

    def as_writer(self) -> asyncio.StreamWriter:
        """This stream as an asyncio writer.

        Returns:
            A writer whose `drain` waits for the stream's ``'drain'``, whose `close` ends the
            stream, and whose `wait_closed` waits until it is over. Both raise what it fails with.

        Raises:
            NoRunningLoopError: no event loop is running.

        Node: stream.Writable.toWeb, for what asyncio has instead
        """
        return writer_of(self)

    def as_writable_file(self) -> WritableFile:
        """This stream as a binary file, for a library that wants one.

        A file blocks its writer while the stream has no room, so it is for use in another thread
        than the stream's: with `asyncio.loop.run_in_executor`, say.

        Returns:
            An `io.RawIOBase` that raises what the stream fails with. To close it ends the stream,
            and waits until all is written.

        Raises:
            NoRunningLoopError: no event loop is running.
        """
        return WritableFile(self, running_loop())


def _to_sink(cls: Any, sink: Any, options: dict[str, Any]) -> Any:
    return writable_to(cls._plain_writable, sink, options)
