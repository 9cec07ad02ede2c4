"""What is under a `Socket`: its connection, and what is under way with it.

It is kept beside the stream and not on it, so that a subclass may call its own attributes what it
likes.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Callable, Protocol

from ..core.calling import Callback
from ..core.chunks import byte_size
from ..errors import SocketClosedBeforeConnectionError, SocketClosedError
from ..io.sockets import Connection, Done, soon
from ..io.system_errors import told_of_socket
from ..loop.ticks import next_tick
from .addresses import AddressInfo, info_of
from .connecting import Connecting, Target
from .idle import Idle

__all__ = ["Line", "Peer", "set_keep_alive", "set_no_delay"]


class Line(Protocol):
    """What a socket asks of its connection: a `Connection`, or what encrypts one."""

    sock: socket.socket
    on_read: Callable[[OSError | None, bytes], object]
    on_sent: Callable[[], object]
    bytes_read: int

    def start_reading(self) -> None: ...
    def stop_reading(self) -> None: ...
    def write(self, buffers: Sequence[memoryview], done: Done) -> bool: ...
    def shut_down(self, done: Done) -> None: ...
    def set_ref(self, ref: bool) -> None: ...
    def close(self, on_closed: Callable[[], object], *, reset: bool = False) -> None: ...


def _told(error: OSError, syscall: str) -> OSError:
    """The error as Node tells it. What has a `code` is told already."""
    return error if hasattr(error, "code") else told_of_socket(error, syscall)


class Peer:
    """The other end of a socket, as the socket knows it.

    Args:
        stream: the socket.

    Attributes:
        connection: what is connected; None before and after.
        connecting: on the way to be connected.
        on_over: called when the connection is over.
        resets: it is to be broken off, not closed.
        ends_badly: ``'close'`` is to say that it failed, though it was destroyed without an error.
        timeout: the milliseconds that `set_timeout` was given, or None.
        ref: whether it holds the run open.
        wrap: makes what is between the socket and its connection: TLS, say; or None.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.connection: Line | None = None
        self.wrap: Callable[[Connection], Line] | None = None
        self.connecting = False
        self.on_over: Callable[[], object] = lambda: None
        self.resets = self.ends_badly = False
        self.ref = True
        self.timeout: float | None = None
        self.idle = Idle(lambda: stream.emit("timeout"))
        self._attempt: Connecting | None = None
        self._has_begun = self._goes_by_tcp = False
        self._options: dict[Callable[..., None], tuple[object, ...]] = {}
        self._bytes_read = 0
        self._bytes_sent = 0
        self._unsent: list[memoryview] = []
        self._peername: AddressInfo = {}
        stream._life.own = self

    # -- connecting -----------------------------------------------------------------------------

    def begin(self, target: Target) -> None:
        """Be connected to `target`."""
        self.connecting = self._has_begun = True
        self._goes_by_tcp = target.path is None and self.wrap is None
        self._peername = {}
        self._attempt = Connecting(self, target)
        self.idle.touch()
        self._attempt.start()

    def adopt(self, inner: Connection) -> None:
        """Be at the other end of a connection, or of what `wrap` makes of it."""
        self.connection = connection = inner if self.wrap is None else self.wrap(inner)
        self._has_begun = True
        connection.on_read = self._on_read
        connection.on_sent = self.idle.touch
        connection.set_ref(self.ref)
        for option, args in self._options.items():
            option(connection.sock, *args)

    def is_of_tcp(self) -> bool:
        """Whether what it is connected by, or is about to be, is TCP and no more."""
        if self.connection is not None:
            is_plain = isinstance(self.connection, Connection)
            return is_plain and self.connection.sock.family in _OF_TCP
        return not self.connecting or self._goes_by_tcp

    def tell(self, event: str, *args: object) -> None:
        self.stream.emit(event, *args)

    def connected(self, connection: Connection) -> None:
        """The connection is there."""
        stream = self.stream
        self.connecting, self._attempt = False, None
        self.adopt(connection)
        self.idle.touch()
        stream.emit("connect")
        stream.emit("ready")
        if stream.readable and not stream.is_paused():
            stream.read(0)

    def failed(self, error: BaseException) -> None:
        """There will be no connection."""
        self.connecting = False
        self.stream.destroy(error)

    # -- reading --------------------------------------------------------------------------------

    def read(self, size: int) -> None:
        """Let what comes be handed on: what `_read` does."""
        if self.connection is None or self.connecting:
            stream = self.stream
            stream.once("connect", lambda: stream._read(size))
        else:
            self.connection.start_reading()

    def _on_read(self, error: OSError | None, data: bytes) -> None:
        stream = self.stream
        self.idle.touch()
        if error is not None:
            stream.destroy(_told(error, "read"))
        elif data:
            if not stream.push(data) and self.connection is not None:
                self.connection.stop_reading()
        else:
            stream.push(None)
            stream.read(0)

    # -- writing --------------------------------------------------------------------------------

    def write(self, buffers: Sequence[memoryview], callback: Callback) -> None:
        """Write all of `buffers`: what `_write` and `_writev` do."""
        if self.connecting:
            self._write_when_connected(list(buffers), callback)
            return
        self.idle.touch()
        connection = self.connection
        if connection is None:
            callback(SocketClosedError())
            return

        def written(error: OSError | None) -> None:
            self.idle.touch()
            callback(error and _told(error, "write"))

        self._bytes_sent += len(buffers[0]) if len(buffers) == 1 else sum(map(len, buffers))
        try:
            done = connection.write(buffers, written)
        except OSError as error:
            callback(_told(error, "write"))
            return
        if done:
            callback()

    def _write_when_connected(self, buffers: list[memoryview], callback: Callback) -> None:
        stream = self.stream

        def on_connect() -> None:
            stream.remove_listener("close", on_close)
            self._unsent = []
            self.write(buffers, callback)

        def on_close(*_: object) -> None:
            callback(SocketClosedBeforeConnectionError())

        self._unsent = buffers
        stream.once("connect", on_connect)
        stream.once("close", on_close)

    def finish(self, callback: Callback) -> None:
        """Tell the peer that this was all: what `_final` does."""
        stream = self.stream
        if self.connecting:
            stream.once("connect", lambda: stream._final(callback))
        elif self.connection is None:
            callback()
        else:
            self.connection.shut_down(lambda error: callback(error and _told(error, "shutdown")))

    # -- the end --------------------------------------------------------------------------------

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        """Close the connection: what `_destroy` does."""
        self.connecting = False
        self.idle.stop()
        connection, self.connection = self.connection, None
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.give_up()
        failed = error is not None or self.ends_badly

        def closed() -> None:
            self.stream.emit("close", failed)

        if connection is not None:
            self._bytes_read = connection.bytes_read
            connection.close(closed, reset=self.resets)
        elif self._has_begun:
            soon(closed)
        callback(error)
        if not self._has_begun:
            next_tick(self.stream.emit, "close", False)
        self.on_over()
        self.on_over = lambda: None

    # -- what is told of it ---------------------------------------------------------------------

    @property
    def bytes_read(self) -> int:
        return self._bytes_read if self.connection is None else self.connection.bytes_read

    @property
    def bytes_written(self) -> int:
        waiting = sum(byte_size(each.chunk) for each in self.stream._writable_state.buffer)
        return self._bytes_sent + sum(map(len, self._unsent)) + waiting

    def sockname(self) -> AddressInfo:
        """The address of this end, if there is one."""
        if self.connection is None:
            return {}
        with suppress(OSError):
            return info_of(self.connection.sock.getsockname())
        return {}

    def peername(self) -> AddressInfo:
        """The address of the other end, as it was when it was first asked for."""
        if not self._peername and self.connection is not None:
            with suppress(OSError):
                self._peername = info_of(self.connection.sock.getpeername())
        return self._peername

    # -- options --------------------------------------------------------------------------------

    def set_option(self, option: Callable[..., None], *args: object) -> None:
        """Set an option of the system's socket, now or once there is one."""
        self._options[option] = args
        if self.connection is not None:
            option(self.connection.sock, *args)

    def set_ref(self, ref: bool) -> None:
        """Hold the run open while something is to come, or do not."""
        self.ref = ref
        if self.connection is not None:
            self.connection.set_ref(ref)


_OF_TCP = (socket.AF_INET, socket.AF_INET6)


def set_no_delay(sock: socket.socket, on: bool) -> None:
    """Send small chunks at once, or collect them."""
    if sock.family in _OF_TCP:
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, on)


def set_keep_alive(sock: socket.socket, on: bool, delay: float) -> None:
    """Ask the peer now and then whether it is still there."""
    if sock.family not in _OF_TCP:
        return
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, on)
        seconds = int(delay // 1000)
        idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))
        if on and seconds and idle is not None:
            sock.setsockopt(socket.IPPROTO_TCP, idle, seconds)
