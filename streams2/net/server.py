"""Server: takes connections, and hands each out as a `Socket`."""

from __future__ import annotations

import asyncio
import errno
import os
import socket as sockets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Callable, Union

from ..errors import (
    InvalidArgTypeError,
    ServerAlreadyListenError,
    ServerNotRunningError,
    expect_function,
    is_whole,
)
from ..events.abort import AbortSignal, on_abort
from ..events.emitter import EventEmitter
from ..events.naming import by_name
from ..io.sockets import Connection, Listener
from ..io.system_errors import told_of_socket
from ..loop.secluded import expect_sockets
from ..loop.ticks import next_tick
from .addresses import AddressInfo, Found, check_port, find, info_of, is_ip, is_ipv6
from .connecting import Where
from .peer import set_keep_alive, set_no_delay
from .socket import Socket, peer_of, socket_over

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Server", "create_server", "desk_of"]

_BACKLOG = 511

Path = Union[str, bytes]


class Desk:
    """What is behind a server: where it listens, and how many connections there are.

    Args:
        server: the server.
        make: makes the socket of a connection.
        paused: leave a new socket unread.
        options: set on the system's socket of each.
    """

    def __init__(
        self,
        server: Server,
        make: Callable[[], Socket],
        paused: bool,
        options: list[tuple[Callable[..., None], tuple[object, ...]]],
    ) -> None:
        self.server = server
        self.make = make
        self.paused = paused
        self.options = options
        self.listening: Listener | None = None
        self.connections = 0
        self.ref = True
        self.path: Path | None = None
        self.opens = 0

    # -- listening ------------------------------------------------------------------------------

    def open(self, make: Callable[[], sockets.socket], where: Where, backlog: int) -> None:
        """Listen at the socket that `make` binds; where not, the error is told in a tick."""
        try:
            sock = make()
            try:
                sock.listen(backlog)
            except OSError:
                sock.close()
                raise
        except OSError as error:
            told = told_of_socket(error, "listen", *where, with_words=True)
            next_tick(self.server.emit, "error", told)
            return
        self.listening = Listener(sock, self._welcome, self._refuse)
        self.listening.set_ref(self.ref)
        next_tick(self._tell_listening)

    def _tell_listening(self) -> None:
        if self.listening is not None:
            self.server.emit("listening")

    def open_path(self, path: Path, backlog: int, readable_all: bool, writable_all: bool) -> None:
        """Listen at a Unix socket."""
        self.open(lambda: _at_path(path, readable_all, writable_all), (path, None), backlog)
        if self.listening is not None:
            self.path = path

    def set_ref(self, ref: bool) -> None:
        """Hold the run open while it listens, or do not."""
        self.ref = ref
        if self.listening is not None:
            self.listening.set_ref(ref)

    def look_up(self, host: str, port: int, backlog: int, flags: dict[str, bool]) -> None:
        """Listen at the first address of `host`."""
        self.opens = turn = self.opens + 1

        def found(error: OSError | None, addresses: list[Found]) -> None:
            if self.opens != turn:
                return
            if error is not None:
                self.server.emit("error", error)
                return
            ip = addresses[0].ip
            self.open(lambda: _bound(ip, port, **flags), (ip, port), backlog)

        if is_ip(host):
            next_tick(found, None, [Found(host, is_ip(host))])
        else:
            find(host, 0, found)

    # -- taking connections ---------------------------------------------------------------------

    def _refuse(self, error: OSError) -> None:
        self.server.emit("error", told_of_socket(error, "accept"))

    def _welcome(self, sock: sockets.socket) -> None:
        server = self.server
        most = server.max_connections
        if most is not None and self.connections >= most:
            dropped = _both_ends(sock)
            sock.close()
            server.emit("drop", dropped)
            return
        for option, args in self.options:
            option(sock, *args)
        socket = self.make()
        peer_of(socket).on_over = self.lose_connection
        self.connections += 1
        socket_over(Connection(sock), socket, paused=self.paused)
        server.emit("connection", socket)

    # -- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Listen no longer; ``'close'`` comes when the last connection is gone."""
        self.opens += 1
        listening, self.listening = self.listening, None
        if listening is not None:
            # Where there are connections, the last of them tells.
            listening.close((lambda: None) if self.connections else self.tell_close_if_done)
            if self.path is not None:
                with suppress(OSError):
                    os.unlink(self.path)
                self.path = None
        else:
            self.tell_close_if_done()

    def lose_connection(self) -> None:
        """One connection is over."""
        self.connections -= 1
        self.tell_close_if_done()

    def tell_close_if_done(self) -> None:
        """Emit ``'close'`` in a tick, if it does not listen and has no connection."""
        if self.listening is None and not self.connections:
            next_tick(self.server.emit, "close")


class Server(EventEmitter):
    """Takes connections. Use `create_server`.

    Its events are ``'listening'``, ``'connection'`` (which gives a `Socket`), ``'drop'`` (which
    gives the two addresses of a connection that was turned away), ``'error'`` and ``'close'``.

    Attributes:
        max_connections: from how many connections on to turn new ones away; None for any number.

    Node: net.Server
    """

    # As in Node, where it is so called, too.
    _handle: Desk

    max_connections: int | None

    @by_name
    def __init__(
        self,
        on_connection: Callable[[Socket], object] | None = None,
        *,
        allow_half_open: bool = False,
        pause_on_connect: bool = False,
        high_water_mark: int | None = None,
        no_delay: bool = False,
        keep_alive: bool = False,
        keep_alive_initial_delay: float = 0,
    ) -> None:
        super().__init__()
        self.max_connections = None
        options: list[tuple[Callable[..., None], tuple[object, ...]]] = []
        if no_delay:
            options.append((set_no_delay, (True,)))
        if keep_alive:
            options.append((set_keep_alive, (True, keep_alive_initial_delay)))

        def make() -> Socket:
            return Socket(allow_half_open=allow_half_open, high_water_mark=high_water_mark)

        self._handle = Desk(self, make, bool(pause_on_connect), options)
        if on_connection is not None:
            self.on("connection", expect_function("on_connection", on_connection))

    @by_name
    def listen(
        self,
        port: int | str | None = None,
        host: str | None = None,
        backlog: int | None = None,
        callback: Callable[[], object] | None = None,
        *,
        path: str | bytes | os.PathLike[str] | None = None,
        fd: int | None = None,
        ipv6_only: bool = False,
        reuse_port: bool = False,
        readable_all: bool = False,
        writable_all: bool = False,
        signal: AbortSignal | None = None,
    ) -> Self:
        """Take connections at a port, at a Unix socket, or from a descriptor.

        Args:
            port: the port; 0 or None for any that is free. A text that is no number is a `path`.
            host: the address to listen at, or a name for it (default: all, of IPv6 and IPv4).
            backlog: how many connections may wait to be taken (default 511).
            callback: listens to ``'listening'``, once.
            path: where to make a Unix socket instead. It is removed by `close`.
            fd: the descriptor of a socket that is bound, to use instead.
            ipv6_only: do not listen at IPv4 as well.
            reuse_port: share the port with other sockets that do so.
            readable_all, writable_all: let every user of the machine connect to `path`.
            signal: closes the server when it aborts.

        Returns:
            The server. What goes wrong is its ``'error'``, an `OSError` with Node's `code`.

        Raises:
            ServerAlreadyListenError: it listens already.
            SocketBadPortError: there is no such port.
            InvalidArgTypeError: an argument is of the wrong type.

        Node: net.Server.listen
        """
        expect_sockets(f"{_room_of(self)}.Server.listen")
        desk = desk_of(self)
        if path is None and isinstance(port, str) and not port.strip().isdecimal():
            port, path = None, port
        number = 0 if port is None else check_port("port", port)
        if host is not None and not isinstance(host, str):
            raise InvalidArgTypeError.given("host", "a str", host)
        if backlog is not None and not is_whole(backlog):
            raise InvalidArgTypeError.given("backlog", "a whole number", backlog)
        if desk.listening is not None:
            raise ServerAlreadyListenError
        if callback is not None:
            self.once("listening", expect_function("callback", callback))
        waiting = backlog or _BACKLOG
        if signal is not None:
            close_when_aborted(signal, self)
        if fd is not None:
            desk.open(lambda: _given(fd), (None, None), waiting)
        elif path is not None:
            desk.open_path(os.fspath(path), waiting, readable_all, writable_all)
        elif host:
            desk.look_up(host, number, waiting, {"v6only": ipv6_only, "shared": reuse_port})
        else:
            where = ("::" if sockets.has_ipv6 else "0.0.0.0", number)
            desk.open(lambda: _anywhere(number, ipv6_only, reuse_port), where, waiting)
        return self

    def close(self, callback: Callable[[BaseException | None], object] | None = None) -> Self:
        """Take no more connections. ``'close'`` comes when those that there are have ended.

        Args:
            callback: listens to ``'close'``, once: it gets None, or a `ServerNotRunningError` if
                the server did not listen.

        Returns:
            The server.

        Node: net.Server.close
        """
        desk = desk_of(self)
        if callback is not None:
            expect_function("callback", callback)
            error = ServerNotRunningError() if desk.listening is None else None
            self.once("close", lambda: callback(error))
        desk.close()
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        """Close the server, and wait until it is. Node: net.Server[Symbol.asyncDispose]"""
        if desk_of(self).listening is None:
            return
        closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_closed(_: BaseException | None) -> None:
            if not closed.done():
                closed.set_result(None)

        self.close(on_closed)
        await closed

    def __repr__(self) -> str:
        desk = desk_of(self)
        where = self.address() if desk.listening is not None else None
        if isinstance(where, dict):
            where = f"{where['address']}:{where['port']}"
        state = "not listening" if where is None else f"listening at {where}"
        return f"<{type(self).__name__} {state}, {desk.connections} connections>"

    def address(self) -> AddressInfo | str | None:
        """Where it listens.

        Returns:
            ``{"address": ..., "family": "IPv4", "port": ...}``; the path of a Unix socket; None
            while it does not listen.

        Node: net.Server.address
        """
        desk = desk_of(self)
        if desk.listening is None:
            return None
        if desk.path is not None:
            return os.fsdecode(desk.path)
        return info_of(desk.listening.sock.getsockname())

    def get_connections(self, callback: Callable[[BaseException | None, int], object]) -> Self:
        """Ask how many connections there are.

        Args:
            callback: called in a tick, with None and the number.

        Returns:
            The server.

        Node: net.Server.getConnections
        """
        expect_function("callback", callback)
        next_tick(callback, None, desk_of(self).connections)
        return self

    @property
    def listening(self) -> bool:
        """Whether it takes connections. Node: net.Server.listening"""
        return desk_of(self).listening is not None

    def ref(self) -> Self:
        """Let the run wait for connections, as it does at first. Returns the server.

        Node: net.Server.ref
        """
        desk_of(self).set_ref(True)
        return self

    def unref(self) -> Self:
        """Let the run end although the server listens. Returns the server.

        Node: net.Server.unref
        """
        desk_of(self).set_ref(False)
        return self


def _room_of(server: Server) -> str:
    """Which module's server it is: ``"net"``, ``"http"``, ..."""
    names = (kind.__module__.split(".") for kind in type(server).__mro__)
    return next(parts[1] for parts in names if parts[0] == "streams2")


def desk_of(server: Server) -> Desk:
    """What is behind a server."""
    return server._handle


def close_when_aborted(signal: AbortSignal, server: Server) -> None:
    """Close `server` when `signal` aborts, or in a tick if it has."""
    if signal.aborted:
        next_tick(server.close)
        return
    forget = on_abort(signal, server.close)
    server.once("close", forget)


# -- what the system is asked for ---------------------------------------------------------------


def _bound(ip: str, port: int, v6only: bool = False, shared: bool = False) -> sockets.socket:
    family = sockets.AF_INET6 if is_ipv6(ip) else sockets.AF_INET
    sock = sockets.socket(family, sockets.SOCK_STREAM)
    try:
        if os.name == "posix":
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
        if family == sockets.AF_INET6:
            sock.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, v6only)
        sock.bind((ip, port))
    except OSError:
        sock.close()
        raise
    return sock


def _anywhere(port: int, v6only: bool, shared: bool) -> sockets.socket:
    """A socket for IPv6 and IPv4; for IPv4 where the system has no other."""
    try:
        return _bound("::", port, v6only, shared)
    except OSError as error:
        if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EINVAL):
            raise
    return _bound("0.0.0.0", port, shared=shared)


def _at_path(path: Path, readable_all: bool, writable_all: bool) -> sockets.socket:
    sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    try:
        sock.bind(path)
        if readable_all or writable_all:
            more = (stat.S_IRGRP | stat.S_IROTH if readable_all else 0) | (
                stat.S_IWGRP | stat.S_IWOTH if writable_all else 0
            )
            os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) | more)
    except OSError:
        sock.close()
        raise
    return sock


def _given(fd: int) -> sockets.socket:
    return sockets.socket(fileno=fd)


def _both_ends(sock: sockets.socket) -> dict[str, object]:
    found: dict[str, object] = {}
    for side, ask in (("local", sock.getsockname), ("remote", sock.getpeername)):
        with suppress(OSError):
            info = info_of(ask())
            found.update({f"{side}_{name}": value for name, value in info.items()})
    return found


@by_name
def create_server(
    on_connection: Callable[[Socket], object] | None = None,
    *,
    allow_half_open: bool = False,
    pause_on_connect: bool = False,
    high_water_mark: int | None = None,
    no_delay: bool = False,
    keep_alive: bool = False,
    keep_alive_initial_delay: float = 0,
) -> Server:
    """Make a server; `Server.listen` lets it take connections.

    Args:
        on_connection: listens to ``'connection'``: it gets the `Socket` of each.
        allow_half_open: keep the writable side of a socket open when its peer has ended its own
            (default False).
        pause_on_connect: read nothing from a socket before somebody asks (default False).
        high_water_mark: of each socket, in bytes (default 64 KiB).
        no_delay, keep_alive, keep_alive_initial_delay: of each socket: see `Socket.set_no_delay`
            and `Socket.set_keep_alive`.

    Returns:
        The server.

    Node: net.createServer
    """
    return Server(
        on_connection,
        allow_half_open=allow_half_open,
        pause_on_connect=pause_on_connect,
        high_water_mark=high_water_mark,
        no_delay=no_delay,
        keep_alive=keep_alive,
        keep_alive_initial_delay=keep_alive_initial_delay,
    )
