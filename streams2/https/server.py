"""Server: takes encrypted connections, and tells of the requests that come by them."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import tls
from ..events.naming import by_name
from ..http.constants import MAX_HEADER_SIZE
from ..http.response import ServerResponse
from ..http.server import (
    HEADERS_TIMEOUT,
    KEEP_ALIVE_TIMEOUT,
    KEEP_ALIVE_TIMEOUT_BUFFER,
    REQUEST_TIMEOUT,
    RequestListener,
    Serving,
    ShouldUpgrade,
    begin_serving,
)
from ..tls.context import Pem
from ..tls.server import server_context
from .options import ServerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Server", "create_server"]


class Server(Serving, tls.Server):
    """A server of HTTP/1.1 over TLS. Use `create_server`.

    Its events are those of an `http.Server` and of a `tls.Server`. A handshake that fails is
    ``'clientError'``, too.

    Node: https.Server
    """

    @by_name
    def __init__(
        self,
        on_request: RequestListener | None = None,
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
        timeout: float = 0,
        keep_alive_timeout: float = KEEP_ALIVE_TIMEOUT,
        keep_alive_timeout_buffer: float = KEEP_ALIVE_TIMEOUT_BUFFER,
        headers_timeout: float = HEADERS_TIMEOUT,
        request_timeout: float = REQUEST_TIMEOUT,
        max_headers_count: int | None = None,
        max_requests_per_socket: int = 0,
        max_header_size: int = MAX_HEADER_SIZE,
        reject_non_standard_body_writes: bool = False,
        high_water_mark: int | None = None,
        no_delay: bool = True,
        keep_alive: bool = False,
        keep_alive_initial_delay: float = 0,
        server_response: type[ServerResponse] = ServerResponse,
        should_upgrade_callback: ShouldUpgrade | None = None,
    ) -> None:
        context = secure_context or server_context(
            cert=cert,
            key=key,
            passphrase=passphrase,
            ca=ca,
            request_cert=request_cert,
            reject_unauthorized=reject_unauthorized,
            alpn_protocols=["http/1.1"] if alpn_protocols is None else alpn_protocols,
            ciphers=ciphers,
            min_version=min_version,
            max_version=max_version,
        )
        super().__init__(
            secure_context=context,
            handshake_timeout=handshake_timeout,
            allow_half_open=True,
            high_water_mark=high_water_mark,
            no_delay=no_delay,
            keep_alive=keep_alive,
            keep_alive_initial_delay=keep_alive_initial_delay,
        )
        begin_serving(
            self,
            "secureConnection",
            on_request,
            timeout=timeout,
            keep_alive_timeout=keep_alive_timeout,
            keep_alive_timeout_buffer=keep_alive_timeout_buffer,
            headers_timeout=headers_timeout,
            request_timeout=request_timeout,
            max_headers_count=max_headers_count,
            max_requests_per_socket=max_requests_per_socket,
            max_header_size=max_header_size,
            reject_non_standard_body_writes=reject_non_standard_body_writes,
            server_response=server_response,
            should_upgrade_callback=should_upgrade_callback,
        )
        self.on("tlsClientError", lambda error, socket: self.emit("clientError", error, socket))


@by_name
def create_server(
    on_request: RequestListener | None = None, **options: Unpack[ServerOptions]
) -> Server:
    """Make a server; `Server.listen` lets it take connections.

    Args:
        on_request: listens to ``'request'``: it gets the request and the response.
        options: those of `http.create_server`; and of `tls.create_server` `cert`, `key`,
            `passphrase`, `ca`, `request_cert`, `reject_unauthorized`, `alpn_protocols` (default:
            ``["http/1.1"]``), `ciphers`, `min_version`, `max_version`, `handshake_timeout` and
            `secure_context`, an `ssl.SSLContext` to use instead of making one.

    Returns:
        The server.

    Raises:
        InvalidArgTypeError, InvalidArgValueError, OutOfRangeError: an argument will not do.
        ssl.SSLError: a certificate or key cannot be used.
        ImportError: h11 is not installed; ``pip install streams2[http]`` does.

    Node: https.createServer
    """
    return Server(on_request, **options)
