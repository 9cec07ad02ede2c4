"""Server: takes encrypted connections, and hands each out as a `TLSSocket`."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Iterable
from typing import Callable

from ..errors import add_note, expect_function, section_of
from ..events.naming import by_name
from ..io.offload import answer_and_tick
from ..loop.keepers import unref
from ..net.server import Server as PlainServer
from ..net.server import desk_of
from ..net.socket import Socket, peer_of
from .connection import SecureConnection
from .context import Pem, check_context, create_secure_context
from .failures import hang_up
from .socket import TLSSocket, remember_name, secure_over

__all__ = ["Server", "create_server", "server_context"]


class Server(PlainServer):
    """Takes encrypted connections. Use `create_server`.

    Its events are those of a `net.Server`, and ``'secureConnection'``, which gives a `TLSSocket`
    whose handshake is done, and ``'tlsClientError'``, which gives the error of one that failed in
    it, and the socket.

    Node: tls.Server
    """

    @by_name
    def __init__(
        self,
        on_secure_connection: Callable[[TLSSocket], object] | None = None,
        *,
        secure_context: ssl.SSLContext,
        handshake_timeout: float = 120_000,
        allow_half_open: bool = False,
        pause_on_connect: bool = False,
        high_water_mark: int | None = None,
        no_delay: bool = False,
        keep_alive: bool = False,
        keep_alive_initial_delay: float = 0,
    ) -> None:
        super().__init__(
            allow_half_open=allow_half_open,
            pause_on_connect=pause_on_connect,
            high_water_mark=high_water_mark,
            no_delay=no_delay,
            keep_alive=keep_alive,
            keep_alive_initial_delay=keep_alive_initial_delay,
        )
        context = check_context(secure_context)

        def make() -> Socket:
            socket = TLSSocket(allow_half_open=allow_half_open, high_water_mark=high_water_mark)
            _shake_hands(self, socket, context, handshake_timeout / 1000)
            return socket

        desk_of(self).make = make
        if on_secure_connection is not None:
            expect_function("on_secure_connection", on_secure_connection)
            self.on("secureConnection", on_secure_connection)


def _shake_hands(
    server: Server, socket: TLSSocket, context: ssl.SSLContext, patience: float
) -> None:
    """Have `server` told of `socket` when its handshake is done, or has failed."""

    is_told = False

    def tell(error: BaseException) -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            server.emit("tlsClientError", error, socket)

    def refuse(error: OSError) -> None:
        # As in Node it is the server's error: the socket just closes, as one that failed.
        peer_of(socket).ends_badly = True
        socket.destroy()
        tell(error)

    def over(*_: object) -> None:
        timer.cancel()
        tell(hang_up(True))

    def on_secure(_: SecureConnection) -> None:
        nonlocal is_told
        is_told = True
        timer.cancel()
        socket.remove_listener("error", tell)
        socket.remove_listener("close", over)
        server.emit("secureConnection", socket)

    def too_late() -> None:
        error = TimeoutError(errno.ETIMEDOUT, "TLS handshake timeout")
        error.__dict__.update(code="ERR_TLS_HANDSHAKE_TIMEOUT", message="TLS handshake timeout")
        add_note(error, section_of("ERR_TLS_HANDSHAKE_TIMEOUT"))
        refuse(error)

    timer = asyncio.get_running_loop().call_later(patience, answer_and_tick, too_late)
    unref(timer)
    socket.on("error", tell)
    socket.once("close", over)
    secure_over(
        socket,
        context,
        server_side=True,
        server_name=None,
        on_secure=on_secure,
        refuse=refuse,
    )


def server_context(
    *,
    cert: Pem | None,
    key: Pem | None,
    passphrase: str | bytes | None,
    ca: Pem | Iterable[Pem] | None,
    request_cert: bool,
    reject_unauthorized: bool,
    alpn_protocols: Iterable[str | bytes] | None,
    ciphers: str | None,
    min_version: str | None,
    max_version: str | None,
) -> ssl.SSLContext:
    """The context of a server with these options of `create_server`."""
    context = create_secure_context(
        ca=ca,
        cert=cert,
        key=key,
        passphrase=passphrase,
        ciphers=ciphers,
        min_version=min_version,
        max_version=max_version,
        alpn_protocols=alpn_protocols,
        server_side=True,
    )
    # Python tells a server nowhere else which name it was asked for.
    context.sni_callback = remember_name
    if request_cert:
        context.verify_mode = ssl.CERT_REQUIRED if reject_unauthorized else ssl.CERT_OPTIONAL
    return context


@by_name
def create_server(
    on_secure_connection: Callable[[TLSSocket], object] | None = None,
    *,
    cert: Pem | None = None,
    key: Pem | None = None,
    passphrase: str | bytes | None = None,
    ca: Pem | Iterable[Pem] | None = None,
    request_cert: bool = False,
    reject_unauthorized: bool = True,
    alpn_protocols: Iterable[str | bytes] | None = None,
    ciphers: str | None = None,
    min_version: str | None = None,
    max_version: str | None = None,
    secure_context: ssl.SSLContext | None = None,
    handshake_timeout: float = 120_000,
    allow_half_open: bool = False,
    pause_on_connect: bool = False,
    high_water_mark: int | None = None,
    no_delay: bool = False,
    keep_alive: bool = False,
    keep_alive_initial_delay: float = 0,
) -> Server:
    """Make a server of encrypted connections; `Server.listen` lets it take them.

    Args:
        on_secure_connection: listens to ``'secureConnection'``: it gets the `TLSSocket` of each.
        cert, key, passphrase, ciphers, min_version, max_version, alpn_protocols: as for
            `create_secure_context`.
        ca: whose certificates clients may have, if they are asked for one.
        request_cert: ask clients for a certificate, and turn away a bad one (default False).
        reject_unauthorized: turn away those without one, too (default True).
        secure_context: an `ssl.SSLContext` to use instead of making one.
        handshake_timeout: how many milliseconds a client has for the handshake (default 120,000).
        allow_half_open, pause_on_connect, high_water_mark, no_delay, keep_alive,
            keep_alive_initial_delay: as for `net.create_server`.

    Returns:
        The server.

    Raises:
        InvalidArgTypeError, InvalidArgValueError: an argument will not do.
        ssl.SSLError: a certificate or key cannot be used.

    Node: tls.createServer
    """
    if secure_context is None:
        secure_context = server_context(
            cert=cert,
            key=key,
            passphrase=passphrase,
            ca=ca,
            request_cert=request_cert,
            reject_unauthorized=reject_unauthorized,
            alpn_protocols=alpn_protocols,
            ciphers=ciphers,
            min_version=min_version,
            max_version=max_version,
        )
    return Server(
        on_secure_connection,
        secure_context=secure_context,
        handshake_timeout=handshake_timeout,
        allow_half_open=allow_half_open,
        pause_on_connect=pause_on_connect,
        high_water_mark=high_water_mark,
        no_delay=no_delay,
        keep_alive=keep_alive,
        keep_alive_initial_delay=keep_alive_initial_delay,
    )
