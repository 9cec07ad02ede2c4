"""ClientRequest: what a client asks; `request` and `get` make one."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable, TypedDict, cast
from urllib.parse import unquote, urlsplit

from .. import net
from ..core.calling import Callback
from ..errors import (
    HangUpError,
    InvalidArgTypeError,
    OutOfRangeError,
    expect,
    expect_function,
    expect_whole,
    is_number,
)
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..events.naming import by_name
from ..loop.ticks import next_tick
from ..net.addresses import check_port
from .agent import Agent, Where, global_agent
from .constants import MAX_HEADER_SIZE
from .errors import (
    TOKEN,
    InvalidProtocolError,
    InvalidTokenError,
    InvalidUrlError,
    UnescapedCharactersError,
)
from .exchange import Exchange
from .headers import pairs_of
from .incoming import IncomingMessage
from .outgoing import OutgoingMessage
from .sending import sending_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["ClientRequest", "CreateConnection", "RequestOptions", "get", "request"]

_BARE = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
_UNESCAPED = re.compile(r"[^\x21-\xff]")

ResponseListener = Callable[[IncomingMessage], object]
CreateConnection = Callable[[Where], net.Socket]


class RequestOptions(TypedDict, total=False):
    """What `request` and `get` are told."""

    method: str | None
    protocol: str | None
    host: str | None
    hostname: str | None
    port: int | str | None
    path: str | None
    headers: object
    auth: str | None
    agent: Agent | bool | None
    create_connection: CreateConnection | None
    timeout: float | None
    set_host: bool
    socket_path: str | None
    local_address: str | None
    family: int | None
    max_header_size: int
    signal: AbortSignal | None


class ClientRequest(OutgoingMessage):
    """A request on its way. Use `request` or `get`.

    Besides a Writable's events it emits ``'socket'``, ``'response'``, ``'information'``,
    ``'continue'``, ``'connect'`` and ``'upgrade'`` (the response, the socket, what came behind
    it), ``'timeout'`` and ``'abort'``. Nobody who listens to ``'response'``: it is discarded.

    Attributes:
        method, path, host, protocol: what is asked of whom.
        res: the response, once its head is there.
        reused_socket: whether the connection served another request before.
        aborted: whether `abort` was called.
        agent: where its connection comes from, if from an agent.

    Node: http.ClientRequest
    """

    reused_socket: bool

    @by_name
    def __init__(
        self,
        url: str | None = None,
        callback: ResponseListener | None = None,
        *,
        method: str | None = None,
        protocol: str | None = None,
        host: str | None = None,
        hostname: str | None = None,
        port: int | str | None = None,
        path: str | None = None,
        headers: object = None,
        auth: str | None = None,
        agent: Agent | bool | None = None,
        default_agent: Agent | None = None,
        create_connection: CreateConnection | None = None,
        connect_options: Where | None = None,
        timeout: float | None = None,
        set_host: bool = True,
        socket_path: str | None = None,
        local_address: str | None = None,
        family: int | None = None,
        max_header_size: int = MAX_HEADER_SIZE,
        signal: AbortSignal | None = None,
    ) -> None:
        target = _target_of(url)
        method = _text("method", method, "GET")
        if not TOKEN.fullmatch(method):
            raise InvalidTokenError("Method", method)
        default_agent = default_agent or global_agent()
        self.agent = _agent_of(agent, default_agent, create_connection)
        asked = self.agent or default_agent
        protocol = protocol or target.get("protocol")  # type: ignore[assignment]
        self.protocol = _text("protocol", protocol, default_agent.protocol)
        if self.protocol != asked.protocol:
            raise InvalidProtocolError(self.protocol, asked.protocol)
        self.path = _text("path", path if path is not None else target.get("path"), "/")
        if _UNESCAPED.search(self.path):
            raise UnescapedCharactersError("Request path")
        auth = _text("auth", auth, "")
        hostname = _text("hostname", hostname, "")
        host = _text("host", host, "")
        self.host = hostname or host or str(target.get("host") or "localhost")
        super().__init__(auto_destroy=False)
        self.method = method.upper()
        self.aborted = self.reused_socket = False
        self.res: IncomingMessage | None = None
        self.timeout = None if timeout is None else _check_msecs("timeout", timeout)
        if self.agent is not None and self.agent.timeout is not None:
            _check_msecs("msecs", self.agent.timeout)
        # As in Node, who may have few connections uses them again for who waits.
        self.should_keep_alive = self.agent is not None and (
            self.agent.keep_alive or self.agent.max_sockets < math.inf
        )
        self.use_chunked_encoding_by_default = self.method not in _BARE
        port = port or target.get("port") or asked.default_port  # type: ignore[assignment]
        check_port("port", port)
        expect_whole("max_header_size", max_header_size, 0)
        if callback is not None:
            self.once("response", expect_function("callback", callback))
        is_default = str(port) == str(asked.default_port)
        _set_up(self, headers, auth or target.get("auth"), None if is_default else port, set_host)
        if signal is not None:
            _abort_with(signal, self)
        where: Where = {"path": socket_path} if socket_path else {"port": port, "host": self.host}
        where.update({"local_address": local_address} if local_address else {})
        where.update({"family": family} if family is not None else {}, **(connect_options or {}))
        _connect(self, asked, where, create_connection, max_header_size)

    def abort(self) -> None:
        """Give up: `destroy`, and ``'abort'``. Node: http.ClientRequest.abort"""
        if self.aborted:
            return
        self.aborted = True
        if self.socket is None:
            # Before there is a socket, that is all that is told of it.
            self.destroy()
            next_tick(self.emit, "abort")
        else:
            next_tick(self.emit, "abort")
            self.destroy()

    def close(self) -> None:
        """Be over: the response is read, and the connection somebody else's."""
        sending_of(self).socket = None
        self.destroy()

    def set_timeout(self, msecs: float, callback: Callable[[], object] | None = None) -> Self:
        """Emit ``'timeout'`` when nothing has come or gone for so long. It ends nothing.

        Args:
            msecs: how many milliseconds; 0 for never.
            callback: listens to ``'timeout'``, once.

        Returns:
            The request.

        Node: http.ClientRequest.setTimeout
        """
        _check_msecs("msecs", msecs)
        if callback is not None:
            self.once("timeout", expect_function("callback", callback))
        self.timeout = msecs
        if self.socket is not None:
            self.socket.set_timeout(msecs)
        return self

    def set_no_delay(self, no_delay: bool = True) -> None:
        """As `net.Socket.set_no_delay`, once there is a socket."""
        _with_socket(self, lambda socket: socket.set_no_delay(no_delay))

    def set_socket_keep_alive(self, enable: bool = False, initial_delay: float = 0) -> None:
        """As `net.Socket.set_keep_alive`, once there is a socket."""
        _with_socket(self, lambda socket: socket.set_keep_alive(enable, initial_delay))

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        socket, response = sending_of(self).socket, self.res
        if response is None and error is None and not (self.aborted and socket is None):
            error = HangUpError()
        if response is not None and not response.complete and not response.destroyed:
            response.destroy(HangUpError("aborted"))
        if socket is not None and not socket.destroyed:
            socket.destroy()
        callback(error)


# -- how it is made -----------------------------------------------------------------------------


def _text(name: str, value: object, otherwise: str) -> str:
    if value is None:
        return otherwise
    if not isinstance(value, str):
        raise InvalidArgTypeError.given(name, "a str", value)
    return value or otherwise


def _check_msecs(name: str, value: object) -> float:
    if not is_number(value):
        raise InvalidArgTypeError.given(name, "a number", value)
    if not 0 <= value < math.inf:
        raise OutOfRangeError.given(name, "a non-negative finite number", value)
    return value


def _target_of(url: str | Mapping[str, object] | None) -> dict[str, object]:
    """What an URL says, by the names of options."""
    if url is None:
        return {}
    if not isinstance(url, str):
        raise InvalidArgTypeError.given("url", "a str", url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidUrlError from None
    if not parts.scheme or not parts.hostname:
        raise InvalidUrlError
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found: dict[str, object] = {"protocol": f"{parts.scheme}:", "path": path, "port": port}
    if parts.username is not None:
        found["auth"] = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {**found, "host": parts.hostname}


def _agent_of(
    agent: Agent | bool | None, default: Agent, create: CreateConnection | None
) -> Agent | None:
    """The agent of a request; False is for a connection of its own."""
    if agent is False:
        return type(default)()
    if agent is None:
        return default if create is None else None
    if not isinstance(agent, Agent):
        raise InvalidArgTypeError.given("agent", "an Agent or False", agent)
    return agent


def _set_up(
    request: ClientRequest, headers: object, auth: object, port: object, host: bool
) -> None:
    sending = sending_of(request)
    if isinstance(headers, (list, tuple)):
        sending.headers.add_list(headers)
        host, auth = False, None
    else:
        for name, value in pairs_of(headers) if headers is not None else ():
            sending.headers.set(name, value)
    if host and request.method == "CONNECT" and not request.has_header("host"):
        sending.headers.set("Host", request.path)
    elif host and not request.has_header("host"):
        name = f"[{request.host}]" if ":" in request.host else request.host
        sending.headers.set("Host", name if port is None else f"{name}:{port}")
    if auth and not request.has_header("authorization"):
        token = base64.b64encode(str(auth).encode()).decode()
        sending.headers.set("Authorization", f"Basic {token}")
    sending.first_line = lambda: f"{request.method} {request.path} HTTP/1.1\r\n"
    sending.after_headers = lambda: _after_headers(request)
    if request.method in _BARE:
        sending.is_bare = not (
            sending.headers.text("content-length") or sending.headers.text("transfer-encoding")
        )
    if sending.headers.text("expect"):
        sending.flush_head()
    elif isinstance(headers, (list, tuple)):
        # As in Node, a list is the whole head: there is no Host in it that is not listed.
        sending.make_head()


def _abort_with(signal: AbortSignal, request: ClientRequest) -> None:
    # Not `add_abort_signal`: that is done when all is sent, and a request waits for its response.
    expect("signal", signal, AbortSignal)
    forget = on_abort(signal, lambda: request.destroy(aborted_error(signal)))
    request.once("close", forget)


def _after_headers(request: ClientRequest) -> list[str]:
    said = sending_of(request).headers.text("connection")
    if said:
        request.should_keep_alive = "close" not in said
        return []
    if "connection" in sending_of(request).left_out:
        return []
    return [f"Connection: {'keep-alive' if request.should_keep_alive else 'close'}\r\n"]


def _connect(
    request: ClientRequest,
    asked: Agent,
    where: Where,
    create: CreateConnection | None,
    max_header_size: int,
) -> None:
    """Get a socket: from the request's agent, or as it is told to."""
    where = asked.where(where, str(request.get_header("host") or ""))

    def begin(socket: net.Socket, used: bool) -> None:
        _begin(request, where, socket, used, max_header_size)

    if request.agent is not None:
        request.agent.get(where, begin)
    elif create is not None:
        next_tick(begin, create(where), False)


def _begin(
    request: ClientRequest,
    where: Where,
    socket: net.Socket,
    used: bool,
    max_header_size: int,
) -> None:
    """There is a socket: send what waits, and read what comes."""
    agent = request.agent
    if request.destroyed:
        if agent is not None and not socket.connecting:
            agent.free(where, socket, None)
        else:
            socket.destroy()
        return

    def done(socket: net.Socket, msecs: float | None) -> None:
        if agent is not None:
            next_tick(agent.free, where, socket, msecs)
        else:
            socket.destroy()

    request.reused_socket = used
    Exchange(request, socket, done, max_header_size)
    of_agent = agent.timeout if agent is not None else None
    socket.set_timeout(request.timeout or of_agent or 0)
    sending_of(request).attach(socket)
    request.emit("socket", socket)


def _with_socket(request: ClientRequest, do: Callable[[net.Socket], object]) -> None:
    if request.socket is not None:
        do(request.socket)
    else:
        request.once("socket", do)


# -- request and get ----------------------------------------------------------------------------


@by_name
def request(
    url: str | Mapping[str, object] | None = None,
    callback: ResponseListener | None = None,
    **options: Unpack[RequestOptions],
) -> ClientRequest:
    """Ask a server. Whoever asks ends the request: ``request(...).end()``.

    Args:
        url: whom, and for what; or options in a mapping.
        callback: listens to ``'response'``, once: it gets the `IncomingMessage`.
        options: `method` (default ``"GET"``), `host` or `hostname` (default ``"localhost"``),
            `port` (default 80), `path` (default ``"/"``), `headers`, `auth` (``"user:password"``),
            `agent` (default `global_agent`; False for one of its own), `create_connection` (makes
            the socket instead of an agent), `timeout` in milliseconds, `set_host` (default True),
            `socket_path`, `local_address`, `family`, `max_header_size`, `signal`, `protocol`
            (``"http:"``, or that of the agent).

    Returns:
        The request. What goes wrong is its ``'error'``: an `OSError` with Node's `code`; a
        `HangUpError` where the server closes before it has answered.

    Raises:
        InvalidUrlError, InvalidProtocolError: `url` is none, or of another protocol.
        InvalidTokenError, InvalidCharError, UnescapedCharactersError: there can be no such method,
            header, or path.
        InvalidArgTypeError: an argument is of the wrong type.
        ImportError: h11 is not installed; ``pip install streams2[http]`` does.
        FeatureUnavailableOnPlatformError: there are no sockets: in a browser, say.

    Node: http.request
    """
    if isinstance(url, Mapping):
        options = cast("RequestOptions", {**url, **options})
        url = None
    return ClientRequest(url, callback, **options)


@by_name
def get(
    url: str | Mapping[str, object] | None = None,
    callback: ResponseListener | None = None,
    **options: Unpack[RequestOptions],
) -> ClientRequest:
    """Ask a server, and end the request. As `request`.

    Node: http.get
    """
    asked = request(url, callback, **options)
    asked.end()
    return asked
