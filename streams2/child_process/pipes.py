"""Our ends of the pipes to a child, as streams.

A child's standard input is a `Writable`, its output a `Readable`; from its fourth descriptor on,
what is piped goes both ways. What the streams keep is on a `PipeEnd`, and not on them: a subclass
is free to call its own attributes what it likes.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from ..core.calling import Callback, WriteRequest
from ..core.chunks import flat_view
from ..core.encodings import BytesLike
from ..errors import StreamDestroyedError
from ..io.handles import Handle
from ..io.polled import PolledReader, PolledWriter
from ..io.system_errors import told
from ..loop.ticks import next_tick
from ..streams.readable import Duplex, Readable
from ..streams.stream import Stream
from ..streams.writable import Writable

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "ChildDuplex",
    "ChildReadable",
    "ChildStream",
    "ChildWritable",
    "Pipe",
    "open_pipe",
    "stream_of",
]

Chunk = Union[bytes, bytearray, memoryview, str]

_AT_A_TIME = 64 * 1024  # bytes


class PipeEnd:
    """A descriptor of ours, and what is under way with it.

    Args:
        fd: the descriptor, which does not block.
        stream: the stream of it.

    Attributes:
        bytes_read, bytes_written: how many bytes went through so far.
    """

    def __init__(self, fd: int, stream: ChildStream) -> None:
        self.handle = Handle(fd)
        self.handle.belong_to_loop()
        self.stream: Any = stream
        self.reader: PolledReader | None = None
        self.writer: PolledWriter | None = None
        self.bytes_read = self.bytes_written = 0
        self._on_all_written: Callback | None = None
        self._read_asked = False

    @property
    def fd(self) -> int | None:
        """The descriptor; None once it is closed."""
        return self.handle.fd if self.handle.fd >= 0 else None

    def set_ref(self, ref: bool) -> None:
        """Say whether what waits for the child keeps the run open, as it does at first."""
        for side in (self.reader, self.writer):
            if side is not None:
                side.set_ref(ref)

    # -- reading ----------------------------------------------------------------------------------

    def read(self) -> None:
        """Fetch what there is: what `_read` does."""
        if self.reader is not None and not self._read_asked:
            self._read_asked = True
            self.reader.read(_AT_A_TIME, None, self._on_read)

    def _on_read(self, error: Exception | None, data: bytes) -> None:
        self._read_asked = False
        if error is not None:
            self.stream.destroy(told(error, "read", on_socket=True))
        elif data:
            self.bytes_read += len(data)
            self.stream.push(data)
        else:
            self.stream.push(None)

    # -- writing ----------------------------------------------------------------------------------

    def write(self, buffers: list[memoryview], callback: Callback) -> None:
        """Write all of `buffers`: what `_write` and `_writev` do."""
        assert self.writer is not None
        # As in Node, what the system takes at once is written when `write` returns.
        rest = buffers
        if len(buffers) == 1:
            try:
                count = os.write(self.handle.fd, buffers[0])
            except OSError:
                count = 0  # It is full, or fails again below, where there is time to tell.
            self.bytes_written += count
            if count == len(buffers[0]):
                callback()
                return
            rest = [buffers[0][count:]]
        self._on_all_written = callback
        self.writer.write(rest, None, self._on_written)

    def _on_written(self, error: Exception | None, count: int) -> None:
        self.bytes_written += count
        callback, self._on_all_written = self._on_all_written, None
        assert callback is not None
        callback(told(error, "write", on_socket=True) if error else None)

    def shut_down(self, callback: Callback) -> None:
        """Say that no more will be written: what `_final` does."""
        if self.reader is not None:
            sock = socket.socket(fileno=self.handle.fd)
            try:
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # The child is gone, which its end tells.
            finally:
                sock.detach()
        next_tick(callback)

    # -- closing ----------------------------------------------------------------------------------

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        """Close the descriptor, whatever is under way: what `_destroy` does."""
        for side in (self.reader, self.writer):
            if side is not None:
                side.release()
        pending, self._on_all_written = self._on_all_written, None
        if pending is not None:
            next_tick(pending, StreamDestroyedError("write"))
        self.handle.abandon()
        if error is not None:
            callback(error)
            return
        # Node's loop tells of what was closed when it has told of all that was ready.
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, callback, error)


def end_of(stream: ChildStream) -> PipeEnd:
    """Our end of the pipe beneath a stream."""
    end: PipeEnd = stream._life.own
    return end


class ChildStream(Stream):
    """What the streams of a child have in common."""

    @property
    def fd(self) -> int | None:
        """The descriptor; None once it is closed."""
        return end_of(self).fd

    def ref(self) -> Self:
        """Let the run wait for what the child reads or writes, as at first. Returns the stream.

        Node: net.Socket.ref
        """
        end_of(self).set_ref(True)
        return self

    def unref(self) -> Self:
        """Let the run end although the child may read or write more. Returns the stream.

        Node: net.Socket.unref
        """
        end_of(self).set_ref(False)
        return self

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        end_of(self).destroy(error, callback)


class _Reading(ChildStream):
    """A stream of what a child writes."""

    @property
    def bytes_read(self) -> int:
        """How many bytes came from the child so far. Node: net.Socket.bytesRead"""
        return end_of(self).bytes_read

    def _read(self, size: int) -> None:
        end_of(self).read()


class _Writing(ChildStream):
    """A stream of what a child reads."""

    @property
    def bytes_written(self) -> int:
        """How many bytes the system took for the child so far. Node: net.Socket.bytesWritten"""
        return end_of(self).bytes_written

    def _write(self, chunk: BytesLike, encoding: str, callback: Callback) -> None:
        end_of(self).write([flat_view(chunk)], callback)

    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        end_of(self).write([flat_view(request.chunk) for request in chunks], callback)

    def _final(self, callback: Callback) -> None:
        end_of(self).shut_down(callback)


class ChildReadable(_Reading, Readable[bytes]):
    """What a child writes. Reading begins at once, and ends with the high-water mark.

    Node: child.stdout
    """

    def __init__(self, fd: int) -> None:
        Readable.__init__(self)
        end = self._life.own = PipeEnd(fd, self)
        end.reader = PolledReader(end.handle)
        self.read(0)


class ChildWritable(_Writing, Writable[Chunk]):
    """What a child reads. Node: child.stdin"""

    def __init__(self, fd: int) -> None:
        Writable.__init__(self)
        end = self._life.own = PipeEnd(fd, self)
        end.writer = PolledWriter(end.handle)


class ChildDuplex(_Reading, _Writing, Duplex[Chunk, bytes]):
    """A pipe to a child that goes both ways. Node: child.stdio[3]"""

    def __init__(self, fd: int) -> None:
        Duplex.__init__(self, allow_half_open=False)
        end = self._life.own = PipeEnd(fd, self)
        end.reader = PolledReader(end.handle)
        end.writer = PolledWriter(end.handle)
        self.read(0)


Pipe = Union[ChildWritable, ChildReadable, ChildDuplex]


def open_pipe(number: int) -> tuple[int, int]:
    """A pipe for the descriptor `number` of a child: our end, which does not block, and its end."""
    if number == 0:
        theirs, ours = os.pipe()
    elif number < 3:
        ours, theirs = os.pipe()
    else:
        left, right = socket.socketpair()
        ours, theirs = left.detach(), right.detach()
    os.set_blocking(ours, False)
    return ours, theirs


def stream_of(number: int, fd: int) -> Pipe:
    """The stream of our end of such a pipe."""
    if number == 0:
        return ChildWritable(fd)
    return ChildReadable(fd) if number < 3 else ChildDuplex(fd)
