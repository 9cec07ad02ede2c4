"""The process's own standard input, output and error, as streams.

    >>> import asyncio
    >>> async def main():
    ...     return stdin().fd, stdout().fd, stderr().fd
    >>> asyncio.run(main())
    (0, 1, 2)

What is behind a descriptor decides how it is used: files in threads, pipes, sockets and terminals
when they are ready. Nothing that other processes see is changed on the way: the descriptors are
never closed, and never switched to non-blocking. One that was closed when the process started is
like ``/dev/null``.

They work beneath `sys.stdin` and `sys.stdout`, and know nothing of what these have in their own
buffers.

Node: process.stdin, process.stdout, process.stderr
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
import sys

from .core.calling import Callback
from .core.chunks import flat_view
from .core.flow import PAUSED
from .fs.file import Descriptor, FileEnd, FileReader, FileWriter
from .fs.streams import (
    FileStream,
    ReadStream,
    WriteStream,
    begin_reading,
    begin_writing,
    describe,
    file_of,
)
from .io.handles import Borrowed, Handle
from .io.polled import PolledReader, PolledWriter
from .io.system_errors import told
from .loop.belongings import belong_to_running_loop, shared_by_loop
from .loop.ticks import next_tick

__all__ = ["StandardInput", "StandardOutput", "stderr", "stdin", "stdout"]

_NAMES = {0: "<stdin>", 1: "<stdout>", 2: "<stderr>"}


class StandardStream(FileStream):
    """A stream of a descriptor that the process was started with."""

    @property
    def is_tty(self) -> bool:
        """Whether it is a terminal. Node: process.stdin.isTTY"""
        return self.fd is not None and os.isatty(self.fd)


class _StandardFile(FileEnd):
    """A descriptor that the process was started with: it is not ours to close."""

    def __init__(self, name: str, fd: int, owned: bool = True) -> None:
        super().__init__(None, fd, 0, 0, owned)
        self.name = name

    def handle_of(self, fd: int, owned: bool) -> Handle:
        return Borrowed(fd) if fd in _NAMES else Handle(fd)

    def close(self, error: BaseException | None, callback: Callback) -> None:
        if not isinstance(self.handle, Borrowed):
            super().close(error, callback)
            return
        self.fd = None
        if self.io is not None:
            self.io.release()
        callback(error)

    def told(self, error: Exception, syscall: str) -> Exception:
        polled = isinstance(self.io, (PolledReader, PolledWriter))
        return told(error, syscall, self.name, on_socket=polled)


class _Input(_StandardFile, FileReader):
    """Standard input, which holds a run open for as long as somebody wants it."""

    ref = True

    def polled_reader(self) -> PolledReader | None:
        """What reads it, if it is polled."""
        return self.io if isinstance(self.io, PolledReader) else None

    def how_to_use(self, handle: Handle) -> Descriptor:
        io = super().how_to_use(handle)
        if isinstance(io, PolledReader):
            io.set_ref(self.ref)
        return io

    def set_ref(self, ref: bool) -> None:
        """Hold the run open while input is waited for, or do not."""
        self.ref = ref
        if (reader := self.polled_reader()) is not None:
            reader.set_ref(ref)

    # A run does not wait for input that nobody wants: paused, the stream neither listens to its
    # descriptor nor reads ahead, until somebody reads or resumes.

    def suspend_if_paused(self) -> None:
        """Stop listening, unless somebody has resumed the stream meanwhile."""
        side = self.stream._readable_state
        if (reader := self.polled_reader()) is not None and side.flow.state is PAUSED:
            reader.suspend()
            side.reads_ahead = False

    def restart(self) -> None:
        """Listen again."""
        if (reader := self.polled_reader()) is not None:
            reader.restart()
            self.stream._readable_state.reads_ahead = True

    def read(self, size: int) -> None:
        self.restart()
        super().read(size)


class _Output(_StandardFile, FileWriter):
    """Standard output, or standard error."""

    def belong_to(self, stream: StandardOutput) -> None:
        super().belong_to(stream)
        with contextlib.suppress(RuntimeError):  # No loop is running yet.
            belong_to_running_loop(self)

    def abandon(self) -> None:
        """Write what was accepted: the loop is over.

        In Node all of it is written by now, whatever ends the program: there, `write` waits.
        """
        side = self.stream._writable_state
        if self.fd is None or self.stream.destroyed or side.corked or self.io is None:
            return
        with contextlib.suppress(OSError):  # Nobody is left who could be told.
            self.io.write_last([flat_view(request.chunk) for request in side.buffer])


class StandardInput(StandardStream, ReadStream):
    """Standard input. Use `stdin`.

    Node: process.stdin
    """

    def __init__(self) -> None:
        fd = _open_or_null(0, os.O_RDONLY)
        kind = os.fstat(fd).st_mode
        is_file = stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISBLK(kind)
        is_tty = os.isatty(fd)
        file = _Input(_NAMES[0], fd)
        self.start, self.end = None, math.inf
        describe(self, file, 0, 0)
        begin_reading(
            self,
            file,
            None,
            # As in Node: 'close' tells that the other end is gone, and a file has none.
            is_tty or not (is_file or stat.S_ISCHR(kind)),
            True,
            # A terminal's lines are for whoever asks for them: nothing is read ahead.
            0 if is_tty else None,
        )

    def ref(self) -> StandardInput:
        """Let the run wait for input, as it does at first. Returns the stream.

        Node: process.stdin.ref
        """
        file_of(self).set_ref(True)
        return self

    def unref(self) -> StandardInput:
        """Let the run end even while input is waited for. Returns the stream.

        Node: process.stdin.unref
        """
        file_of(self).set_ref(False)
        return self

    def pause(self) -> StandardInput:
        """Hold chunks back, and let the run end meanwhile. Returns the stream.

        Node: process.stdin.pause. There, a pipe paused by a ``'data'`` listener keeps the process
        alive, and one paused at any other time does not.
        """
        super().pause()
        # In a tick: a resume that was on its way when the stream was paused still asks for more.
        next_tick(file_of(self).suspend_if_paused)
        return self

    def resume(self) -> StandardInput:
        """Let chunks flow. Returns the stream.

        Node: stream.Readable.resume
        """
        super().resume()
        file_of(self).restart()
        return self


class StandardOutput(StandardStream, WriteStream):
    """Standard output or error. Use `stdout` or `stderr`.

    A pipe to it does not end it. Ended or destroyed, it emits ``'close'`` and leaves its descriptor
    open.

    Node: process.stdout
    """

    def __init__(self, fd: int) -> None:
        file = _Output(_NAMES[fd], _open_or_null(fd, os.O_WRONLY))
        self.start = None
        describe(self, file, 0, 0)
        begin_writing(self, file, None, True, True, None)
        self._life.stays_open = True

    def _final(self, callback: Callback) -> None:
        # Not before the next tick, as with Node's pipes.
        next_tick(callback)

    @property
    def columns(self) -> int | None:
        """The width of the terminal in characters, or None. Node: process.stdout.columns"""
        return os.get_terminal_size(fd).columns if (fd := _terminal(self)) is not None else None

    @property
    def rows(self) -> int | None:
        """The height of the terminal in lines, or None. Node: process.stdout.rows"""
        return os.get_terminal_size(fd).lines if (fd := _terminal(self)) is not None else None


def _terminal(stream: StandardStream) -> int | None:
    return stream.fd if stream.is_tty else None


def _open_or_null(fd: int, mode: int) -> int:
    """`fd`; or if the process was started without one, the device that is always empty."""
    # The number may since have been given to some other file: Python noted what was there.
    at_start = (sys.__stdin__, sys.__stdout__, sys.__stderr__)[fd]
    return fd if at_start is not None else os.open(os.devnull, mode)


def _is_open(stream: StandardStream) -> bool:
    return not stream.destroyed


def stdin() -> StandardInput:
    """Standard input.

    Returns:
        A stream, the same one for every call while a loop runs, until it is destroyed. It reads
        nothing, and keeps no run open, before somebody asks for chunks. At its end it emits
        ``'close'``, unless it is a file or a device. It reads 64 KiB ahead; a terminal, nothing.

    Node: process.stdin
    """
    return shared_by_loop("stdin", _is_open, StandardInput)


def stdout() -> StandardOutput:
    """Standard output.

    Returns:
        A stream, the same one for every call while a loop runs, until it is ended or destroyed. A
        full disk or a closed pipe is its ``'error'``, once.

    Node: process.stdout
    """
    return shared_by_loop("stdout", _is_open, lambda: StandardOutput(1))


def stderr() -> StandardOutput:
    """Standard error. See `stdout`.

    Node: process.stderr
    """
    return shared_by_loop("stderr", _is_open, lambda: StandardOutput(2))
