"""Socket: one end of a connection, as a Duplex."""

from __future__ import annotations

import errno
import math
import os
import socket as sockets
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable, Union

from ..core.calling import Callback, DoneCallback, WriteRequest
from ..core.chunks import flat_view
from ..core.reviving import revive
from ..errors import (
    InvalidArgTypeError,
    InvalidFdTypeError,
    InvalidHandleTypeError,
    MissingArgsError,
    OutOfRangeError,
    SocketClosedError,
    add_note,
    expect_function,
    is_number,
    is_whole,
    section_of,
)
from ..events.abort import AbortSignal
from ..events.naming import by_name
from ..io.sockets import Connection
from ..loop.secluded import expect_sockets
from ..loop.ticks import next_tick
from ..streams.destroy import add_abort_signal
from ..streams.readable import Duplex
from .addresses import AddressInfo
from .connecting import Target
from .listening import Listen
from .peer import Peer, set_keep_alive, set_no_delay

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Chunk", "ConnectListener", "Socket", "peer_of", "socket_over"]

Chunk = Union[bytes, bytearray, memoryview, str]
ConnectListener = Callable[[], object]

_LARGEST_FD = 2**31 - 1


class Socket(Duplex[Chunk, bytes]):
    """One end of a connection. `connect` makes one, and so does a `Server` for each client.

    Its events are those of a `Duplex`, and ``'lookup'``, ``'connectionAttempt'``,
    ``'connectionAttemptFailed'``, ``'connectionAttemptTimeout'``, ``'connect'``, ``'ready'`` and
    ``'timeout'``. ``'close'`` gives whether the socket failed.

    Args:
        fd: an open descriptor of a connected socket to use.
        allow_half_open: keep the writable side open when the peer has ended its own
            (default False).
        readable, writable: whether `fd` is read, and written (default: both).
        signal: destroys the socket, with an `AbortError`, when it aborts.
        high_water_mark, readable_high_water_mark, writable_high_water_mark: as for `Duplex`.
        no_delay, keep_alive, keep_alive_initial_delay: see `set_no_delay` and `set_keep_alive`.

    Raises:
        OutOfRangeError: `fd` is no number that a descriptor can have.
        InvalidFdTypeError: `fd` is no socket.

    Node: net.Socket
    """

    if TYPE_CHECKING:

        @property
        def on(self) -> Listen[Self]: ...  # type: ignore[override]
        @property
        def once(self) -> Listen[Self]: ...  # type: ignore[override]
        @property
        def prepend_listener(self) -> Listen[Self]: ...  # type: ignore[override]
        @property
        def prepend_once_listener(self) -> Listen[Self]: ...  # type: ignore[override]

    @by_name
    def __init__(
        self,
        *,
        fd: int | None = None,
        allow_half_open: bool = False,
        readable: bool = True,
        writable: bool = True,
        signal: AbortSignal | None = None,
        high_water_mark: int | None = None,
        readable_high_water_mark: int | None = None,
        writable_high_water_mark: int | None = None,
        no_delay: bool = False,
        keep_alive: bool = False,
        keep_alive_initial_delay: float = 0,
    ) -> None:
        given = None if fd is None else _socket_of(fd)
        super().__init__(
            high_water_mark=high_water_mark,
            readable_high_water_mark=readable_high_water_mark,
            writable_high_water_mark=writable_high_water_mark,
            allow_half_open=bool(allow_half_open),
            readable=given is None or readable,
            writable=given is None or writable,
            # 'close' comes when the system has closed the connection, and says how that went.
            emit_close=False,
        )
        peer = Peer(self)
        if no_delay:
            peer.set_option(set_no_delay, True)
        if keep_alive:
            peer.set_option(set_keep_alive, True, keep_alive_initial_delay)
        self.on("end", lambda: _refuse_writes(self))
        if given is not None:
            peer.adopt(Connection(given))
            if readable:
                self.read(0)
        if signal is not None:
            add_abort_signal(signal, self)

    # -- connecting -----------------------------------------------------------------------------

    @by_name
    def connect(
        self,
        port: int | str | None = None,
        host: str | None = None,
        callback: ConnectListener | None = None,
        *,
        path: str | bytes | os.PathLike[str] | None = None,
        local_address: str | None = None,
        local_port: int | None = None,
        family: int | None = None,
        auto_select_family: bool | None = None,
        auto_select_family_attempt_timeout: float | None = None,
        no_delay: bool | None = None,
        keep_alive: bool | None = None,
        keep_alive_initial_delay: float = 0,
        timeout: float | None = None,
    ) -> Self:
        """Connect to a port of a host, or to a Unix socket.

        What is written before is sent when the connection is there. A socket that was destroyed
        may be connected again.

        Args:
            port: the port; a text that is no number is a `path`.
            host: its name or address (default ``"localhost"``).
            callback: listens to ``'connect'``, once.
            path: a Unix socket to connect to instead.
            local_address, local_port: where to connect from.
            family: 4 or 6 for such addresses of the host alone; 0 for all.
            auto_select_family: try the host's addresses one after the other (default True).
            auto_select_family_attempt_timeout: how many milliseconds each has (default 500).
            no_delay, keep_alive, keep_alive_initial_delay: see `set_no_delay` and
                `set_keep_alive`.
            timeout: see `set_timeout`.

        Returns:
            The socket. What goes wrong is its ``'error'``, an `OSError` with Node's `code`.

        Raises:
            MissingArgsError: neither `port` nor `path` is given.
            SocketBadPortError: there is no such port.
            InvalidIpAddressError: `local_address` is no IP address.
            InvalidArgTypeError, InvalidArgValueError, OutOfRangeError: an argument will not do.

        Node: net.Socket.connect
        """
        expect_sockets("net.Socket.connect")
        port, path = _port_or_path(port, path)
        target = Target.of(
            path,
            port,
            host,
            family,
            local_address,
            local_port,
            auto_select_family,
            auto_select_family_attempt_timeout,
        )
        if callback is not None:
            expect_function("callback", callback)
        if no_delay is not None:
            self.set_no_delay(no_delay)
        if keep_alive is not None:
            self.set_keep_alive(keep_alive, keep_alive_initial_delay)
        if timeout is not None:
            self.set_timeout(timeout)
        if callback is not None:
            self.once("connect", callback)
        # As in Node: one that was destroyed may be connected again.
        self.__dict__.pop("write", None)
        if self.destroyed:
            revive(self._life)
        peer_of(self).begin(target)
        return self

    # -- what a Duplex asks of it ---------------------------------------------------------------

    def _read(self, size: int) -> None:
        peer_of(self).read(size)

    def _write(self, chunk: bytes, encoding: str, callback: Callback) -> None:
        peer_of(self).write([flat_view(chunk)], callback)

    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        peer_of(self).write([flat_view(request.chunk) for request in chunks], callback)

    def _final(self, callback: Callback) -> None:
        peer_of(self).finish(callback)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        peer_of(self).destroy(error, callback)

    # -- ending ---------------------------------------------------------------------------------

    def destroy_soon(self) -> None:
        """Write what is left, then destroy the socket.

        Node: net.Socket.destroySoon
        """
        if self.writable:
            self.end()
        if self.writable_finished:
            self.destroy()
        else:
            self.once("finish", self.destroy)

    def reset_and_destroy(self) -> Self:
        """Break the connection off: the peer gets ``ECONNRESET``. One on its way is, once it is
        there; a socket without any fails with ``ERR_SOCKET_CLOSED``.

        Returns:
            The socket.

        Raises:
            InvalidHandleTypeError: it is no TCP socket, or TLS is between.

        Node: net.Socket.resetAndDestroy
        """
        peer = peer_of(self)
        if not peer.is_of_tcp():
            raise InvalidHandleTypeError
        if peer.connecting:
            self.once("connect", lambda: _reset(self))
        elif peer.connection is None:
            self.destroy(SocketClosedError())
        else:
            _reset(self)
        return self

    # -- options --------------------------------------------------------------------------------

    def set_timeout(self, msecs: float, callback: Callable[[], object] | None = None) -> Self:
        """Emit ``'timeout'`` when nothing has come or gone for so long. It ends nothing.

        Args:
            msecs: how many milliseconds; 0 for never, as it is at first.
            callback: listens to ``'timeout'``, once; with 0 it no longer does.

        Returns:
            The socket.

        Raises:
            InvalidArgTypeError: `msecs` is no number, or `callback` no function.
            OutOfRangeError: `msecs` is below 0, or no finite number.

        Node: net.Socket.setTimeout
        """
        if self.destroyed:
            return self
        if not is_number(msecs):
            raise InvalidArgTypeError.given("msecs", "a number", msecs)
        if not 0 <= msecs < math.inf:
            raise OutOfRangeError.given("msecs", "a non-negative finite number", msecs)
        if callback is not None:
            expect_function("callback", callback)
        peer = peer_of(self)
        peer.timeout = msecs
        peer.idle.set(msecs)
        if callback is not None and msecs:
            self.once("timeout", callback)
        elif callback is not None:
            self.remove_listener("timeout", callback)
        return self

    def set_no_delay(self, no_delay: bool = True) -> Self:
        """Send small chunks at once, and do not wait to send them together.

        Args:
            no_delay: whether (default True).

        Returns:
            The socket.

        Node: net.Socket.setNoDelay
        """
        peer_of(self).set_option(set_no_delay, bool(no_delay))
        return self

    def set_keep_alive(self, enable: bool = False, initial_delay: float = 0) -> Self:
        """Let the system ask a silent peer whether it is still there.

        Args:
            enable: whether (default False).
            initial_delay: after how many milliseconds of silence first (default 0: the system's).

        Returns:
            The socket.

        Node: net.Socket.setKeepAlive
        """
        peer_of(self).set_option(set_keep_alive, bool(enable), initial_delay)
        return self

    def ref(self) -> Self:
        """Let the run wait for this socket, as it does at first. Returns the socket.

        Node: net.Socket.ref
        """
        peer_of(self).set_ref(True)
        return self

    def unref(self) -> Self:
        """Let the run end although this socket is open. Returns the socket.

        Node: net.Socket.unref
        """
        peer_of(self).set_ref(False)
        return self

    # -- asking ---------------------------------------------------------------------------------

    def address(self) -> AddressInfo:
        """This end's address, as ``{"address": ..., "family": "IPv4", "port": ...}``.

        Returns:
            It, or an empty dict while there is none.

        Node: net.Socket.address
        """
        return peer_of(self).sockname()

    @property
    def connecting(self) -> bool:
        """Whether it is on the way to be connected. Node: net.Socket.connecting"""
        return peer_of(self).connecting

    @property
    def pending(self) -> bool:
        """Whether it is not connected: not yet, or no longer. Node: net.Socket.pending"""
        peer = peer_of(self)
        return peer.connecting or peer.connection is None

    @property
    def ready_state(self) -> str:
        """``"opening"``, ``"open"``, ``"readOnly"``, ``"writeOnly"`` or ``"closed"``.

        Node: net.Socket.readyState
        """
        if self.connecting:
            return "opening"
        if self.readable:
            return "open" if self.writable else "readOnly"
        return "writeOnly" if self.writable else "closed"

    @property
    def timeout(self) -> float | None:
        """The milliseconds that `set_timeout` was given, or None. Node: net.Socket.timeout"""
        return peer_of(self).timeout

    @property
    def bytes_read(self) -> int:
        """How many bytes have come. Node: net.Socket.bytesRead"""
        return peer_of(self).bytes_read

    @property
    def bytes_written(self) -> int:
        """How many bytes were written, those that wait included. Node: net.Socket.bytesWritten"""
        return peer_of(self).bytes_written

    @property
    def local_address(self) -> str | None:
        """This end's IP address, or None. Node: net.Socket.localAddress"""
        return peer_of(self).sockname().get("address")

    @property
    def local_port(self) -> int | None:
        """This end's port, or None. Node: net.Socket.localPort"""
        return peer_of(self).sockname().get("port")

    @property
    def local_family(self) -> str | None:
        """``"IPv4"`` or ``"IPv6"``, or None. Node: net.Socket.localFamily"""
        return peer_of(self).sockname().get("family")

    @property
    def remote_address(self) -> str | None:
        """The other end's IP address, or None. Node: net.Socket.remoteAddress"""
        return peer_of(self).peername().get("address")

    @property
    def remote_port(self) -> int | None:
        """The other end's port, or None. Node: net.Socket.remotePort"""
        return peer_of(self).peername().get("port")

    @property
    def remote_family(self) -> str | None:
        """``"IPv4"`` or ``"IPv6"``, or None. Node: net.Socket.remoteFamily"""
        return peer_of(self).peername().get("family")


def peer_of(socket: Socket) -> Peer:
    """What is under a socket."""
    peer: Peer = socket._life.own
    return peer


def _reset(socket: Socket) -> None:
    peer_of(socket).resets = True
    socket.destroy()


def _refuse_writes(socket: Socket) -> None:
    """The peer has ended its side, and so this one's is over, too."""
    if not socket.allow_half_open:
        socket.__dict__["write"] = lambda *args, **options: _write_after_end(
            socket, *args, **options
        )


def _write_after_end(
    socket: Socket,
    chunk: Chunk,
    encoding: str | None = None,
    callback: DoneCallback | None = None,
) -> bool:
    if not socket.writable_ended:
        return Duplex.write(socket, chunk, encoding, callback)
    message = "This socket has been ended by the other party"
    error = BrokenPipeError(errno.EPIPE, message)
    error.__dict__.update(code="EPIPE", message=message)
    add_note(error, section_of("EPIPE"))
    if callback is not None:
        next_tick(callback, error)
    socket.destroy(error)
    return False


def _port_or_path(
    port: int | str | None, path: str | bytes | os.PathLike[str] | None
) -> tuple[int | str | None, str | bytes | os.PathLike[str] | None]:
    """Which of the two is meant: as in Node, a port that is no number is a path."""
    if port is None and path is None:
        raise MissingArgsError('port" or "path')
    if path is None and isinstance(port, str) and not port.strip().isdecimal():
        return None, port
    return port, path


def _socket_of(fd: int) -> sockets.socket:
    """The connected socket whose descriptor is `fd`."""
    if not is_whole(fd):
        raise InvalidArgTypeError.given("fd", "a whole number", fd)
    if not 0 <= fd <= _LARGEST_FD:
        raise OutOfRangeError.given("fd", f">= 0 and <= {_LARGEST_FD}", fd)
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            raise InvalidFdTypeError("no socket")
        return sockets.socket(fileno=fd)
    except OSError:
        raise InvalidFdTypeError("UNKNOWN") from None


def socket_over(connection: Connection, socket: Socket, *, paused: bool) -> Socket:
    """`socket`, at this end of a `connection` that is there.

    Args:
        connection: the connection.
        socket: a new one.
        paused: read nothing before somebody asks.
    """
    peer_of(socket).adopt(connection)
    if paused:
        socket.pause()
    else:
        socket.read(0)
    return socket
