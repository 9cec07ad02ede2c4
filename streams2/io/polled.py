"""Reading and writing descriptors that can say when they are ready: pipes, sockets, terminals.

No thread is held up by a peer that says nothing. The trouble is a descriptor that other processes
share, such as standard output: the switch that keeps a call from blocking (``O_NONBLOCK``) is
shared as well, and a terminal left that way confuses the shell. So it is never touched. A *port*
finds another way in, from the best to the last resort:

* a pipe or terminal is opened a second time, and the switch of that opening is ours alone;
* a socket takes "do not block" with each call;
* else, the port waits until the descriptor is ready, and then asks for no more than is safe.
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import socket
import stat
import sys
from typing import ClassVar, Protocol

from ..loop.keepers import Hold, hold
from ..loop.secluded import is_secluded
from ..loop.ticks import next_tick
from .buffers import portion, without
from .handles import Handle
from .offload import Answer, answer_and_tick
from .threaded import WriteAnswer
from .worker import in_pool

if sys.platform != "win32":
    import fcntl

__all__ = ["PolledReader", "PolledWriter", "can_be_polled"]

_LEAST_READ = 64 * 1024


class Port(Protocol):
    """A way to read and write without ever blocking."""

    fd: int
    """The descriptor to watch."""
    eager: bool
    """Whether to try before the descriptor was seen to be ready."""

    def read(self, size: int) -> bytes: ...
    def write(self, buffers: list[memoryview]) -> int: ...
    def close(self) -> None: ...


class _NonBlocking:
    """A descriptor whose own switch is set, or one opened a second time."""

    eager = True

    def __init__(self, handle: Handle, fd: int) -> None:
        self._second = None
        self.fd = fd
        if fd != handle.fd:
            self._second = Handle(fd)
            self._second.belong_to_loop()

    def read(self, size: int) -> bytes:
        return os.read(self.fd, size)

    def write(self, buffers: list[memoryview]) -> int:
        taken = portion(buffers)
        if len(taken) == 1 or not hasattr(os, "writev"):
            return os.write(self.fd, taken[0])
        return os.writev(self.fd, taken)

    def close(self) -> None:
        if self._second is not None:
            self._second.close()


class _SocketHandle(Handle):
    """A second descriptor of a socket, with the object that Python wants for its calls."""

    __slots__ = ("socket",)

    def __init__(self, fd: int) -> None:
        super().__init__(os.dup(fd))
        try:
            self.socket = socket.socket(fileno=self.fd)
        except OSError:
            super()._close_now()
            raise

    def _close_now(self) -> None:
        self.fd = -1
        self.socket.close()


class _Socket:
    """A socket, told with each call not to block."""

    eager = True

    def __init__(self, fd: int) -> None:
        self._handle = _SocketHandle(fd)
        self._handle.belong_to_loop()
        self.fd = self._handle.fd

    def read(self, size: int) -> bytes:
        return self._handle.socket.recv(size, socket.MSG_DONTWAIT)

    def write(self, buffers: list[memoryview]) -> int:
        taken = portion(buffers)
        if len(taken) == 1 or not hasattr(self._handle.socket, "sendmsg"):
            return self._handle.socket.send(taken[0], socket.MSG_DONTWAIT)
        return self._handle.socket.sendmsg(taken, [], socket.MSG_DONTWAIT)

    def close(self) -> None:
        self._handle.close()


class _Careful:
    """A descriptor that blocks, used only when it is ready, and no more than it is sure to take."""

    eager = False

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def read(self, size: int) -> bytes:
        return os.read(self.fd, size)

    def write(self, buffers: list[memoryview]) -> int:
        return os.write(self.fd, buffers[0][: select.PIPE_BUF])

    def close(self) -> None:
        pass


def _port(handle: Handle, mode: int) -> Port:
    fd = handle.fd
    if not os.get_blocking(fd):
        return _NonBlocking(handle, fd)
    kind = os.fstat(fd).st_mode
    if stat.S_ISSOCK(kind) and hasattr(socket, "MSG_DONTWAIT"):
        return _Socket(fd)
    if stat.S_ISFIFO(kind) or _is_terminal(fd):
        try:
            return _NonBlocking(handle, _open_again(fd, mode))
        except OSError:
            pass  # No /proc, another user's, or nobody at the other end: then with care.
    return _Careful(fd)


def _is_terminal(fd: int) -> bool:
    if not os.isatty(fd):
        return False
    # The master side of a pseudo-terminal is no second door: to open it again makes another one.
    device = os.fstat(fd).st_rdev
    return (os.major(device), os.minor(device)) != (5, 2)


def _open_again(fd: int, mode: int) -> int:
    return os.open(f"/proc/self/fd/{fd}", mode | os.O_NONBLOCK | os.O_NOCTTY)


def can_be_polled(fd: int, mode: int, found: os.stat_result | None = None) -> bool:
    """Whether the running loop can tell when `fd` is ready to be read or written.

    Of files, none can. Nor can the wrong end of a pipe, which would never be ready.

    Args:
        fd: an open descriptor.
        mode: ``os.O_RDONLY`` or ``os.O_WRONLY``.
        found: what `os.fstat` says of it, if that was asked already.
    """
    if sys.platform == "win32" or is_secluded():
        return False
    kind = (found or os.fstat(fd)).st_mode
    if stat.S_ISREG(kind):
        return False
    access = fcntl.fcntl(fd, fcntl.F_GETFL) & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    if access not in (mode, os.O_RDWR):
        return False
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or os.isatty(fd):
        return True
    return stat.S_ISCHR(kind) and _takes_a_watcher(fd)


def _takes_a_watcher(fd: int) -> bool:
    loop = asyncio.get_running_loop()
    try:
        loop.add_reader(fd, int)
        loop.remove_reader(fd)
    except OSError:
        return False  # /dev/null, for one.
    return True


class _Polled:
    """What reading and writing have in common.

    Args:
        handle: an open descriptor.

    Attributes:
        mode: ``os.O_RDONLY`` or ``os.O_WRONLY``.
    """

    mode: ClassVar[int]

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._port = _port(handle, self.mode)
        self._held: Hold | None = None
        self._ref = True

    def _hold(self) -> None:
        if self._held is None and self._ref:
            self._held = hold()

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def cancel(self) -> bool:
        """Give up the call under way: it will have no answer."""
        raise NotImplementedError

    def flush(self, answer: Answer) -> None:
        """Wait until what was written is on the disk: which no pipe can."""
        in_pool(answer, self._handle.call, os.fsync)

    def release(self) -> None:
        """Have no more to do with the descriptor, and leave it open."""
        self.cancel()
        self._port.close()

    def close(self, answer: Answer) -> None:
        """Close the descriptor, and the second one if there is one."""
        self.release()
        in_pool(answer, self._handle.close)


class PolledReader(_Polled):
    """Reads what there is, when there is something.

    Attributes:
        suspended: neither reading nor keeping the run open.
    """

    mode = os.O_RDONLY

    def __init__(self, handle: Handle) -> None:
        super().__init__(handle)
        self._asked: tuple[int, Answer] | None = None
        self._watching = False
        self.suspended = False

    def read(self, size: int, position: int | None, answer: Answer) -> None:
        """Read what is there, up to `size` bytes or 64 KiB; no bytes at the end.

        Args:
            size: how many bytes at most; 64 KiB if that is less than one byte.
            position: for files only.
            answer: gets the bytes.
        """
        self._asked = (size or _LEAST_READ, answer)
        if not self.suspended:
            self._wait_or_fail()

    def _wait_or_fail(self) -> None:
        try:
            self._wait()
        except OSError as error:
            # The loop cannot watch it.
            next_tick(self._fail, error)

    def _fail(self, error: OSError) -> None:
        asked, self._asked = self._asked, None
        self._stop_waiting()
        if asked is not None:
            asked[1](error, None)

    def _wait(self) -> None:
        self._hold()
        if not self._watching:
            asyncio.get_running_loop().add_reader(self._port.fd, self._on_ready)
            self._watching = True

    def _stop_waiting(self) -> None:
        self._let_go()
        if self._watching:
            self._watching = False
            asyncio.get_running_loop().remove_reader(self._port.fd)

    def _on_ready(self) -> None:
        if self._asked is None:
            # Nobody has asked since the last bytes. Watching until now costs less than to stop and
            # start with every read, since most are followed by another.
            self._stop_waiting()
            return
        if self._read_now() and self._asked is not None and self._has_hung_up():
            # As in Node, the end comes with the last bytes, whatever else is due at that time.
            self._read_now()

    def _read_now(self) -> bool:
        """Read what was asked for; whether there was less, so that the end may be next."""
        assert self._asked is not None
        size, answer = self._asked
        error, data = None, b""
        try:
            data = self._port.read(size)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as raised:
            # A terminal whose other side hung up has ended.
            if raised.errno != errno.EIO or not os.isatty(self._port.fd):
                error = raised
        self._asked = None
        self._let_go()
        if not data:
            self._stop_waiting()
        answer_and_tick(answer, error, data)
        return 0 < len(data) < size

    def _has_hung_up(self) -> bool:
        if self.suspended:
            return False
        poll = select.poll()
        poll.register(self._port.fd, 0)
        return bool(poll.poll(0))

    def suspend(self) -> None:
        """Neither read nor keep the run open until `restart`: what was asked for stays asked."""
        self.suspended = True
        self._stop_waiting()

    def restart(self) -> None:
        """Undo `suspend`."""
        self.suspended = False
        if self._asked is not None:
            self._wait_or_fail()

    def set_ref(self, ref: bool) -> None:
        """Say whether a read that waits keeps the run open, as it does at first."""
        self._ref = ref
        if not ref:
            self._let_go()
        elif self._asked is not None and not self.suspended:
            self._hold()

    def cancel(self) -> bool:
        """Give up the read under way: it will have no answer."""
        self._asked = None
        self._stop_waiting()
        return True


class PolledWriter(_Polled):
    """Writes what there is room for, when there is room."""

    mode = os.O_WRONLY

    def __init__(self, handle: Handle) -> None:
        super().__init__(handle)
        self._buffers: list[memoryview] = []
        self._written = 0
        self._answer: WriteAnswer | None = None
        self._watching = False

    def write(self, buffers: list[memoryview], position: int | None, answer: WriteAnswer) -> bool:
        """Write all of `buffers`. Returns False: the answer may be long in coming.

        Args:
            buffers: flat views, in order.
            position: for files only.
            answer: gets the error or None, and how many bytes were written before it.
        """
        self._buffers = [buffer for buffer in buffers if buffer]
        self._written = 0
        self._answer = answer
        if self._port.eager:
            self._write_on()
        else:
            self._wait_or_fail()
        return False

    def write_last(self, buffers: list[memoryview]) -> None:
        """Write what is left of the write under way, and `buffers`, however long that takes.

        By the descriptor that was given: the second one may be closed by now.

        Raises:
            OSError: not all was written.
        """
        left = [*self._buffers, *(buffer for buffer in buffers if buffer)]
        self._buffers = []
        while left:
            # Somebody may have switched it to non-blocking.
            select.select([], [self._handle.fd], [])
            left = without(left, os.write(self._handle.fd, left[0]))

    def _write_on(self) -> None:
        error = None
        try:
            while self._buffers:
                count = self._port.write(self._buffers)
                self._written += count
                self._buffers = without(self._buffers, count)
                if self._buffers and not self._port.eager:
                    return self._wait_or_fail()
        except (BlockingIOError, InterruptedError):
            return self._wait_or_fail()
        except OSError as raised:
            error = raised
        return self._finish(error)

    def _wait_or_fail(self) -> None:
        try:
            self._wait()
        except OSError as error:
            # The loop cannot watch it.
            self._finish(error)

    def _wait(self) -> None:
        self._hold()
        if not self._watching:
            asyncio.get_running_loop().add_writer(self._port.fd, self._write_on)
            self._watching = True

    def _stop_waiting(self) -> None:
        self._let_go()
        if self._watching:
            self._watching = False
            asyncio.get_running_loop().remove_writer(self._port.fd)

    def set_ref(self, ref: bool) -> None:
        """Say whether a write that waits keeps the run open, as it does at first."""
        self._ref = ref
        if not ref:
            self._let_go()
        elif self._watching:
            self._hold()

    def _finish(self, error: OSError | None) -> None:
        self._stop_waiting()
        self._buffers = []
        # In a tick even where all was written at once: `write` calls nobody back from inside.
        next_tick(self._tell, error)

    def _tell(self, error: OSError | None) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(error, self._written)

    def cancel(self) -> bool:
        """Give up the write under way: it will have no answer."""
        self._answer = None
        self._buffers = []
        self._stop_waiting()
        return True
