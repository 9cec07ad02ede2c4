"""Sockets that the running loop watches: connected ones, and one that is being connected.

A socket is read while somebody wants what comes, and no longer: then the system's own buffers fill,
and the peer has to wait. What is written goes to the system at once, or as soon as it takes it; who
wrote is told when the system has all of it.

It is closed once: by its stream, or when its loop shuts down.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import struct
from collections.abc import Sequence
from typing import Callable, Optional, Union

from ..loop.belongings import belong_to_running_loop
from ..loop.keepers import Hold, hold
from ..loop.ticks import current_queue
from .buffers import portion, without
from .offload import answer_and_tick

__all__ = [
    *("Address", "Connection", "Done", "Listener", "WatchedSocket", "open_sockets", "soon"),
]

# An address as the system takes it: a host and a port, or a path.
Address = Union["tuple[object, ...]", str, bytes]
Done = Callable[[Optional[OSError]], object]

_READ_SIZE = 64 * 1024
# How often a socket is read in one turn, while it always has as much as was asked for.
_MOST_READS = 32
_SENDS_SEVERAL = hasattr(socket.socket, "sendmsg")
# How many connections are taken in one turn.
_MOST_ACCEPTS = 64
# No lingering: what is not sent yet is thrown away, and the peer is told.
_RESET = struct.pack("ii", 1, 0)

# The loop has no reference to a socket that it does not watch: one that is paused, say.
_open: set[WatchedSocket] = set()


def open_sockets() -> list[WatchedSocket]:
    """All there are, of all loops."""
    return list(_open)


def soon(callback: Callable[..., object], *args: object) -> None:
    """Call ``callback(*args)`` on the loop's next turn, and hold the run open until then."""
    held = hold()

    def called() -> None:
        held.release()
        answer_and_tick(callback, *args)

    asyncio.get_running_loop().call_soon(called)


class WatchedSocket:
    """A socket, and what the loop watches it for.

    Args:
        sock: the socket. It is this object's to close from now on.

    Attributes:
        closed: whether it is closed.
        active: whether something is to come from it: then it holds the run open.
        ref: whether it does so.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.fd = sock.fileno()
        self.loop = asyncio.get_running_loop()
        self.closed = False
        self.active = False
        self.ref = True
        self._held: Hold | None = None
        _open.add(self)
        belong_to_running_loop(self)

    def set_ref(self, ref: bool) -> None:
        """Hold the run open while it is active, as it does at first; or do not."""
        self.ref = ref
        self._hold_or_let_go()

    def watch(self, on_readable: Callable[[], None]) -> None:
        """Have `on_readable` called whenever something has come."""
        if not self.active:
            self.active = True
            self.loop.add_reader(self.fd, on_readable)
            self._hold_or_let_go()

    def unwatch(self) -> None:
        """Leave in the system what comes."""
        if self.active:
            self.active = False
            self.loop.remove_reader(self.fd)
            self._hold_or_let_go()

    def _hold_or_let_go(self) -> None:
        if self.active and self.ref:
            if self._held is None:
                self._held = hold()
        elif self._held is not None:
            self._held.release()
            self._held = None

    def close(self, on_closed: Callable[[], object], *, reset: bool = False) -> None:
        """Close it.

        Args:
            on_closed: called from the loop when it is done.
            reset: tell the peer that the connection was broken off.
        """
        self.unwatch()
        if reset:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._close_now()
        soon(on_closed)

    def _close_now(self) -> None:
        self.closed = True
        _open.discard(self)
        with contextlib.suppress(OSError):
            # Of a peer that is gone, the system may have something to say: who asked knows.
            self.sock.close()

    def abandon(self) -> None:
        """Close it: the loop is over."""
        if self.closed:
            return
        with contextlib.suppress(RuntimeError):  # The loop was closed without being shut down.
            self.loop.remove_reader(self.fd)
            self.loop.remove_writer(self.fd)
        self._close_now()


class Connection(WatchedSocket):
    """A socket with a peer, or one that is getting it.

    Attributes:
        on_read: called with an error or None, and the bytes that came; none at the end.
        on_sent: called when the system has taken some of what waited for it.
        bytes_read: how many bytes have come.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.on_read: Callable[[OSError | None, bytes], object] = lambda *_: None
        self.on_sent: Callable[[], object] = lambda: None
        self.bytes_read = 0
        # asyncio's own loops say again and again that there is more. uvloop does not, behind a
        # reset: all that is there has to be read when it says so.
        self._is_told_again = isinstance(self.loop, asyncio.BaseEventLoop)
        self._is_shut = False
        self._buffers: list[memoryview] = []
        # Who waits for the system: to be connected, or to have all written.
        self._waiting: Done | None = None
        self._request: Hold | None = None

    # -- connecting -----------------------------------------------------------------------------

    def connect(self, address: Address, done: Done) -> None:
        """Connect to `address`; `done` is called from the loop.

        Raises:
            OSError: the system will not even try.
        """
        number = self.sock.connect_ex(address)
        if number == errno.EINPROGRESS:
            self._wait(self._on_connected, done)
            return
        error = OSError(number, os.strerror(number)) if number else None
        is_local = isinstance(address, (str, bytes))
        if error is not None and number != errno.ECONNREFUSED and not is_local:
            raise error
        self._waiting = done
        soon(self._answer, error)

    def _on_connected(self) -> None:
        number = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        error = OSError(number, os.strerror(number)) if number else None
        self._stop_waiting()
        answer_and_tick(self._answer, error)

    # -- reading --------------------------------------------------------------------------------

    def start_reading(self) -> None:
        """Hand on what comes, until `stop_reading`."""
        if not self.active:
            self.watch(self._on_readable)

    def stop_reading(self) -> None:
        """Leave in the system what comes."""
        self.unwatch()

    def _on_readable(self) -> None:
        if not self.active:
            return
        # The same as `answer_and_tick`, for what is done for each chunk.
        answer = current_queue().call
        for _ in range(_MOST_READS):
            try:
                data = self.sock.recv(_READ_SIZE)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self.unwatch()
                answer(self.on_read, error, b"")
                return
            self.bytes_read += len(data)
            if not data:
                self.unwatch()
            answer(self.on_read, None, data)
            # As in Node, the end comes with the last bytes, once nothing can be sent either.
            is_all = len(data) < _READ_SIZE and self._is_told_again and not self._is_shut
            if is_all or not self.active:
                return
        if not self._is_told_again:
            self.loop.call_soon(self._on_readable)

    # -- writing --------------------------------------------------------------------------------

    def write(self, buffers: Sequence[memoryview], done: Done) -> bool:
        """Write all of `buffers`.

        Args:
            buffers: flat views, in order.
            done: called from the loop when the system has all of it, or with the error; but not if
                that is known at once.

        Returns:
            Whether all is written.

        Raises:
            OSError: it could not be.
        """
        if len(buffers) == 1 and len(buffers[0]) <= _READ_SIZE:
            # The same as what follows, for one chunk that the system takes whole: most are.
            try:
                count = self.sock.send(buffers[0])
            except (BlockingIOError, InterruptedError):
                count = 0
            if count == len(buffers[0]):
                return True
            buffers = without(list(buffers), count)
        self._buffers = list(filter(len, buffers))
        if self._write_on():
            return True
        self._wait(self._on_writable, done)
        return False

    def _write_on(self) -> bool:
        """Write what the system takes; whether that was all."""
        try:
            while self._buffers:
                taken = portion(self._buffers)
                is_one = len(taken) == 1 or not _SENDS_SEVERAL
                count = self.sock.send(taken[0]) if is_one else self.sock.sendmsg(taken)
                self._buffers = without(self._buffers, count)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._buffers = []
            raise
        return True

    def _on_writable(self) -> None:
        failure: OSError | None = None
        self.on_sent()
        try:
            if not self._write_on():
                return
        except OSError as error:
            failure = error
        self._stop_waiting()
        answer_and_tick(self._answer, failure)

    def shut_down(self, done: Done) -> None:
        """Tell the peer that nothing more will come; `done` is called from the loop."""
        self._waiting = done
        soon(self._shut_down_now)

    def _shut_down_now(self) -> None:
        if self.closed:
            return
        failure: OSError | None = None
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            # The peer may have gone first.
            failure = None if error.errno == errno.ENOTCONN else error
        self._is_shut = True
        self._answer(failure)

    # -- waiting --------------------------------------------------------------------------------

    def _wait(self, on_ready: Callable[[], None], done: Done) -> None:
        self._waiting = done
        self._request = hold()
        self.loop.add_writer(self.fd, on_ready)

    def _stop_waiting(self) -> None:
        if self._request is not None:
            self._request.release()
            self._request = None
            self.loop.remove_writer(self.fd)

    def _answer(self, error: OSError | None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting(error)

    def close(self, on_closed: Callable[[], object], *, reset: bool = False) -> None:
        self._stop_waiting()
        if self._buffers:
            # Whoever waits for a write hears that it will not happen.
            self._buffers = []
            soon(self._answer, OSError(errno.ECANCELED, os.strerror(errno.ECANCELED)))
        else:
            self._waiting = None
        super().close(on_closed, reset=reset)


class Listener(WatchedSocket):
    """A socket that takes connections.

    Args:
        sock: the socket, which listens.
        on_connection: called with each connection's socket, and its ticks run before the next.
        on_error: called with what the system says where it will not give one.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_connection: Callable[[socket.socket], object],
        on_error: Callable[[OSError], object],
    ) -> None:
        super().__init__(sock)
        self._on_connection = on_connection
        self._on_error = on_error
        # Given up for a moment when there are no descriptors left, to turn somebody away.
        self._spare = os.open(os.devnull, os.O_RDONLY)
        self.watch(self._accept)

    def _accept(self) -> None:
        for _ in range(_MOST_ACCEPTS):
            if self.closed:
                return
            try:
                sock, _address = self.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE) or not self._turn_away():
                    answer_and_tick(self._on_error, error)
                return
            answer_and_tick(self._on_connection, sock)

    def _turn_away(self) -> bool:
        """Close the connections that wait, so that nobody waits for ever; whether that was done."""
        if self._spare < 0:
            return False
        os.close(self._spare)
        self._spare = -1
        with contextlib.suppress(OSError):
            while True:
                self.sock.accept()[0].close()
        with contextlib.suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)
        return True

    def _close_now(self) -> None:
        spare, self._spare = self._spare, -1
        if spare >= 0:
            os.close(spare)
        super()._close_now()
