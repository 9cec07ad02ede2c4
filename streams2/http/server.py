"""Server: takes connections, and tells of the requests that come by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, TypedDict
from weakref import WeakKeyDictionary

from .. import net
from ..errors import OutOfRangeError, expect_function, expect_whole, is_number
from ..events.naming import by_name
from .connection import Connection
from .constants import MAX_HEADER_SIZE
from .incoming import IncomingMessage
from .response import ServerResponse

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = [
    *("HttpOptions", "RequestListener", "Server", "Serving", "begin_serving", "create_server"),
    *("HEADERS_TIMEOUT", "KEEP_ALIVE_TIMEOUT", "KEEP_ALIVE_TIMEOUT_BUFFER", "REQUEST_TIMEOUT"),
    "ShouldUpgrade",
]

KEEP_ALIVE_TIMEOUT, KEEP_ALIVE_TIMEOUT_BUFFER = 5000, 1000
HEADERS_TIMEOUT, REQUEST_TIMEOUT = 60_000, 300_000
"""In milliseconds, as in Node."""

RequestListener = Callable[[IncomingMessage, ServerResponse], object]
ShouldUpgrade = Callable[[IncomingMessage], object]

_connections: WeakKeyDictionary[net.Server, dict[Connection, None]] = WeakKeyDictionary()


class Serving(net.Server):
    """A server of HTTP/1.1, whatever its connections are: `Server`, and that of HTTPS.

    Its events are those of a `net.Server`, and ``'request'`` and ``'checkContinue'`` and
    ``'checkExpectation'`` (the request, the response), ``'connect'`` and ``'upgrade'`` (the
    request, the socket, what came behind it), ``'clientError'`` (the error, the socket),
    ``'dropRequest'`` (the request, the socket) and ``'timeout'`` (the socket).

    Attributes:
        timeout: milliseconds of silence until ``'timeout'``; 0 for none.
        keep_alive_timeout: how many milliseconds to wait for another request, as the client is
            told.
        keep_alive_timeout_buffer: how many milliseconds longer to wait than the client is told.
        headers_timeout, request_timeout: how many milliseconds a head, and a whole request, may
            take to come; 0 for any.
        max_headers_count: how many headers a request may have; None for 1000, 0 for any number.
        max_requests_per_socket: how many requests a connection may bring; 0 for any number.
        max_header_size: how many bytes the head of a request may have.
        reject_non_standard_body_writes: whether to write a body that may not be is an error.
    """

    timeout: float
    keep_alive_timeout: float
    keep_alive_timeout_buffer: float
    request_timeout: float
    headers_timeout: float
    max_headers_count: int | None
    max_requests_per_socket: int

    max_header_size: int
    reject_non_standard_body_writes: bool
    make_response: type[ServerResponse]
    should_upgrade: Callable[[IncomingMessage], object]

    def close(self, callback: Callable[[BaseException | None], object] | None = None) -> Self:
        """Take no more connections, and close those on which nothing is under way.

        Args:
            callback: as for `net.Server.close`.

        Returns:
            The server.

        Node: http.Server.close
        """
        self.close_idle_connections()
        return super().close(callback)

    def close_all_connections(self) -> None:
        """Close all connections, whatever is under way. Node: http.Server.closeAllConnections"""
        for connection in list(_connections[self]):
            connection.socket.destroy()

    def close_idle_connections(self) -> None:
        """Close those on which nothing is under way. Node: http.Server.closeIdleConnections"""
        for connection in list(_connections[self]):
            if connection.idle and connection.requests:
                connection.socket.destroy()

    def set_timeout(
        self, msecs: float = 0, callback: Callable[[net.Socket], object] | None = None
    ) -> Self:
        """Set the `timeout` of connections to come.

        Args:
            msecs: how many milliseconds; 0 for none.
            callback: listens to ``'timeout'``. Without a listener, the socket is closed.

        Returns:
            The server.

        Node: http.Server.setTimeout
        """
        self.timeout = _msecs("msecs", msecs)
        if callback is not None:
            self.on("timeout", expect_function("callback", callback))
        return self


def begin_serving(
    server: Serving,
    event: str,
    on_request: RequestListener | None,
    *,
    timeout: float,
    keep_alive_timeout: float,
    keep_alive_timeout_buffer: float,
    headers_timeout: float,
    request_timeout: float,
    max_headers_count: int | None,
    max_requests_per_socket: int,
    max_header_size: int,
    reject_non_standard_body_writes: bool,
    server_response: type[ServerResponse],
    should_upgrade_callback: ShouldUpgrade | None,
) -> None:
    """Let a new `server` speak HTTP on each socket that `event` tells of."""
    server.timeout = _msecs("timeout", timeout)
    server.keep_alive_timeout = _msecs("keep_alive_timeout", keep_alive_timeout)
    server.keep_alive_timeout_buffer = _msecs(
        "keep_alive_timeout_buffer", keep_alive_timeout_buffer
    )
    server.request_timeout = _msecs("request_timeout", request_timeout)
    server.headers_timeout = _msecs("headers_timeout", headers_timeout)
    if request_timeout and headers_timeout > request_timeout:
        if headers_timeout != HEADERS_TIMEOUT:
            wanted = f"<= request_timeout ({request_timeout})"
            raise OutOfRangeError.given("headers_timeout", wanted, headers_timeout)
        server.headers_timeout = request_timeout
    server.max_headers_count = max_headers_count
    server.max_requests_per_socket = max_requests_per_socket
    server.max_header_size = expect_whole("max_header_size", max_header_size, 0)
    server.reject_non_standard_body_writes = reject_non_standard_body_writes
    server.make_response = server_response
    if should_upgrade_callback is not None:
        expect_function("should_upgrade_callback", should_upgrade_callback)
    server.should_upgrade = should_upgrade_callback or (
        lambda _: server.listener_count("upgrade") > 0
    )
    _connections[server] = {}
    server.on(event, lambda socket: _serve(server, socket))
    if on_request is not None:
        server.on("request", expect_function("on_request", on_request))


def _msecs(name: str, value: object) -> float:
    if not is_number(value) or value < 0:
        raise OutOfRangeError.given(name, "a number of milliseconds >= 0", value)
    return value


def _serve(server: Serving, socket: net.Socket) -> None:
    connections = _connections[server]
    connection = Connection(server, socket, lambda one: connections.pop(one, None))
    connections[connection] = None


class Server(Serving):
    """A server of HTTP/1.1. Use `create_server`.

    Node: http.Server
    """

    @by_name
    def __init__(
        self,
        on_request: RequestListener | None = None,
        *,
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
        super().__init__(
            allow_half_open=True,
            high_water_mark=high_water_mark,
            no_delay=no_delay,
            keep_alive=keep_alive,
            keep_alive_initial_delay=keep_alive_initial_delay,
        )
        begin_serving(
            self,
            "connection",
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


class HttpOptions(TypedDict, total=False):
    """What every server of HTTP is told."""

    timeout: float
    keep_alive_timeout: float
    keep_alive_timeout_buffer: float
    headers_timeout: float
    request_timeout: float
    max_headers_count: int | None
    max_requests_per_socket: int
    max_header_size: int
    reject_non_standard_body_writes: bool
    high_water_mark: int | None
    no_delay: bool
    keep_alive: bool
    keep_alive_initial_delay: float
    server_response: type[ServerResponse]
    should_upgrade_callback: ShouldUpgrade | None


@by_name
def create_server(
    on_request: RequestListener | None = None, **options: Unpack[HttpOptions]
) -> Server:
    """Make a server; `Server.listen` lets it take connections.

    Args:
        on_request: listens to ``'request'``: it gets the request and the response.
        options: `timeout`, milliseconds of silence until ``'timeout'`` (default 0: none);
            `keep_alive_timeout`, how many milliseconds to wait for another request (default 5000),
            and `keep_alive_timeout_buffer`, how many more than the client is told (default 1000);
            `headers_timeout`, how many a head may take to come (default 60 000), and
            `request_timeout`, a whole request (default 300 000); 0 for any; `max_headers_count`,
            how many headers a request may have (default 1000; 0 for any number);
            `max_requests_per_socket`, how many requests a connection may bring (default 0: any
            number); `max_header_size`, how many bytes the head of a request may have (default
            16 KiB);
            `reject_non_standard_body_writes`, whether it is an error to write to a response that
            has no body, as to HEAD (default False: it is left out); `server_response`, a
            subclass of `ServerResponse` to make responses of; `should_upgrade_callback`, a function
            that gets a request with ``Upgrade`` and says whether it is ``'upgrade'`` or an ordinary
            one (default: whether somebody listens to ``'upgrade'``); `high_water_mark`, `no_delay`
            (default True), `keep_alive`, `keep_alive_initial_delay`, as for `net.create_server`.

    Returns:
        The server.

    Raises:
        OutOfRangeError: a number is out of range.
        ImportError: h11 is not installed; ``pip install streams2[http]`` does.

    Node: http.createServer
    """
    return Server(on_request, **options)
