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

import os
import stat
import sys
from typing import Any

from .core.flow import PAUSED
from .fs.streams import ReadStream, WriteStream, _FileStream
from .io.handles import Borrowed, Handle
from .io.polled import PolledReader, PolledWriter
from .io.system_errors import told
from .loop.belongings import shared_by_loop
from .loop.ticks import next_tick
from .streams.stream import Callback

__all__ = ["StandardInput", "StandardOutput", "stderr", "stdin", "stdout"]

_NAMES = {0: "<stdin>", 1: "<stdout>", 2: "<stderr>"}


class _Standard(_FileStream):
    """A stream of a descriptor that the process was started with."""

    @property
    def is_tty(self) -> bool:
        """Whether it is a terminal. Node: process.stdin.isTTY"""
        return self.fd is not None and os.isatty(self.fd)

    def _handle_of(self, fd: int, auto_close: bool) -> Handle:
        return Borrowed(fd) if fd in _NAMES else Handle(fd)

    def _close(self, error: BaseException | None, callback: Callback) -> None:
        if not isinstance(self._handle, Borrowed):
            super()._close(error, callback)
            return
        self.fd = None
        if self._io is not None:
            self._io.release()
        callback(error)

    def _told(self, error: OSError, syscall: str) -> OSError:
        polled = isinstance(self._io, (PolledReader, PolledWriter))
        return told(error, syscall, self._named, on_socket=polled)


class StandardInput(_Standard, ReadStream):
    """Standard input. Use `stdin`.

    Node: process.stdin
    """

    def __init__(self) -> None:
        fd = _open_or_null(0, os.O_RDONLY)
        kind = os.fstat(fd).st_mode
        is_file = stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISBLK(kind)
        is_tty = os.isatty(fd)
        self._ref = True
        ReadStream.__init__(
            self,
            None,
            fd=fd,
            # A terminal's lines are for whoever asks for them: nothing is read ahead.
            high_water_mark=0 if is_tty else None,
            # As in Node: 'close' tells that the other end is gone, and a file has none.
            auto_close=is_tty or not (is_file or stat.S_ISCHR(kind)),
        )
        self._named = _NAMES[0]

    def ref(self) -> StandardInput:
        """Let the run wait for input, as it does at first. Returns the stream.

        Node: process.stdin.ref
        """
        return self._set_ref(True)

    def unref(self) -> StandardInput:
        """Let the run end even while input is waited for. Returns the stream.

        Node: process.stdin.unref
        """
        return self._set_ref(False)

    def _set_ref(self, ref: bool) -> StandardInput:
        self._ref = ref
        if isinstance(self._io, PolledReader):
            self._io.set_ref(ref)
        return self

    def _how_to_use(self, handle: Handle) -> Any:
        file = super()._how_to_use(handle)
        if isinstance(file, PolledReader):
            file.set_ref(self._ref)
        return file

    # A run does not wait for input that nobody wants: paused, the stream neither listens to its
    # descriptor nor reads ahead, until somebody reads or resumes.

    def pause(self) -> StandardInput:
        """Hold chunks back, and let the run end meanwhile. Returns the stream.

        Node: process.stdin.pause. There, a pipe paused by a ``'data'`` listener keeps the process
        alive, and one paused at any other time does not.
        """
        super().pause()
        # In a tick: a resume that was on its way when the stream was paused still asks for more.
        next_tick(self._stop_reading_if_paused)
        return self

    def _stop_reading_if_paused(self) -> None:
        if isinstance(self._io, PolledReader) and self._readable_state.flow.state is PAUSED:
            self._io.suspend()

    def resume(self) -> StandardInput:
        """Let chunks flow. Returns the stream.

        Node: stream.Readable.resume
        """
        super().resume()
        if isinstance(self._io, PolledReader):
            self._io.restart()
        return self

    def _read_more(self) -> None:
        if isinstance(self._io, PolledReader) and self._io.suspended:
            self._readable_state.reading_more = False
        else:
            super()._read_more()

    def _read(self, size: int) -> None:
        if isinstance(self._io, PolledReader):
            self._io.restart()
        super()._read(size)


class StandardOutput(_Standard, WriteStream):
    """Standard output or error. Use `stdout` or `stderr`.

    A pipe to it does not end it. Ended or destroyed, it emits ``'close'`` and leaves its descriptor
    open.

    Node: process.stdout
    """

    _is_stdio = True

    def __init__(self, fd: int) -> None:
        name = _NAMES[fd]
        fd = _open_or_null(fd, os.O_WRONLY)
        WriteStream.__init__(self, None, fd=fd)
        self._named = name

    def _final(self, callback: Callback) -> None:
        # Not before the next tick, as with Node's pipes.
        next_tick(callback)

    @property
    def columns(self) -> int | None:
        """The width of the terminal in characters, or None. Node: process.stdout.columns"""
        return (
            os.get_terminal_size(self.fd).columns if self.fd is not None and self.is_tty else None
        )

    @property
    def rows(self) -> int | None:
        """The height of the terminal in lines, or None. Node: process.stdout.rows"""
        return os.get_terminal_size(self.fd).lines if self.fd is not None and self.is_tty else None


def _open_or_null(fd: int, mode: int) -> int:
    """`fd`; or if the process was started without one, the device that is always empty."""
    # The number may since have been given to some other file: Python noted what was there.
    at_start = (sys.__stdin__, sys.__stdout__, sys.__stderr__)[fd]
    return fd if at_start is not None else os.open(os.devnull, mode)


def _is_open(stream: _Standard) -> bool:
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
