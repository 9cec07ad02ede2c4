"""One connection of a server: requests come by it, one after the other, and go on as events.

No request is read while the response to another is awaited: what comes meanwhile waits, and then
stops the socket. Its end is heard of all the same.
"""

from __future__ import annotations

import asyncio
import math
import re
from typing import Callable, Protocol

from .. import net
from ..errors import HangUpError
from ..loop.keepers import unref
from .errors import ParseError, RequestTimeoutError
from .incoming import IncomingMessage, describe, discard
from .parser import End, Head, Parser
from .response import ServerResponse, date_line
from .sending import sending_of

__all__ = ["Connection"]

_CONTINUE = re.compile(r"(?:^|\W)100-continue(?:$|\W)", re.IGNORECASE)
_MOST_HEADERS = 1000
_ANSWERS = {
    "HPE_HEADER_OVERFLOW": "431 Request Header Fields Too Large",
    "HPE_CHUNK_EXTENSIONS_OVERFLOW": "413 Payload Too Large",
    "ERR_HTTP_REQUEST_TIMEOUT": "408 Request Timeout",
}
_NO_BODY = "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


class HttpServer(Protocol):
    """What a connection asks of its server."""

    timeout: float
    keep_alive_timeout: float
    keep_alive_timeout_buffer: float
    headers_timeout: float
    request_timeout: float
    max_headers_count: int | None
    max_requests_per_socket: int
    max_header_size: int
    reject_non_standard_body_writes: bool
    make_response: type[ServerResponse]
    should_upgrade: Callable[[IncomingMessage], object]

    def emit(self, event: str, *args: object) -> bool: ...
    def listener_count(self, event: str) -> int: ...


class Connection:
    """What a server has of one of its sockets.

    Args:
        server: the server.
        socket: the socket.
        gone: called when the socket has closed.

    Attributes:
        request, response: those that are under way; None between two.
        requests: how many there were.
    """

    def __init__(
        self, server: HttpServer, socket: net.Socket, gone: Callable[[Connection], object]
    ) -> None:
        self.server, self.socket, self.gone = server, socket, gone
        self.parser = Parser(of_requests=True, max_header_size=server.max_header_size)
        self.request: IncomingMessage | None = None
        self.response: ServerResponse | None = None
        self.requests = 0
        self.over = self.kept_alive = self.advancing = False
        # The request asks for another protocol, and nobody listens: what comes with it is not HTTP.
        self.unheard = False
        self.timers: list[asyncio.TimerHandle] = []
        self.listeners: dict[str, Callable[..., object]] = {
            "data": self.on_data,
            "end": self.on_end,
            "close": self.on_close,
            "error": self.fail,
            "timeout": self.on_timeout,
        }
        for event, listener in self.listeners.items():
            socket.on(event, listener)
        if server.timeout:
            socket.set_timeout(server.timeout)
        self.expect_request()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self.response is None and not self.parser.in_head and not self.parser.in_body

    @property
    def busy(self) -> bool:
        """Whether the next request has to wait."""
        return self.response is not None and not self.parser.in_body

    # -- time -----------------------------------------------------------------------------------

    def expect_request(self) -> None:
        """Wait for a request, and not for ever."""
        self.forget_timers()
        loop = asyncio.get_running_loop()
        for msecs in (self.server.headers_timeout, self.server.request_timeout):
            if msecs:
                timer = loop.call_later(msecs / 1000, self.fail, RequestTimeoutError())
                unref(timer)
                self.timers.append(timer)

    def forget_timers(self, keep: int = 0) -> None:
        while len(self.timers) > keep:
            self.timers.pop(0).cancel()

    def on_timeout(self) -> None:
        request, response, socket = self.request, self.response, self.socket
        heard = False
        if request is not None and not request.complete:
            heard = request.emit("timeout", socket)
        if response is not None:
            heard = response.emit("timeout", socket) or heard
        heard = self.server.emit("timeout", socket) or heard
        if not heard:
            socket.destroy()

    # -- what comes -----------------------------------------------------------------------------

    def on_data(self, chunk: bytes) -> None:
        if self.over:
            return
        if self.kept_alive:
            self.kept_alive = False
            self.socket.set_timeout(self.server.timeout or 0)
        if self.idle:
            self.expect_request()
        self.parser.feed(chunk)
        if self.busy:
            self.socket.pause()
        else:
            self.advance()

    def advance(self) -> None:
        """Take what is there, up to the end of a request that has to be responded to first."""
        if self.advancing:
            return
        self.advancing = True
        try:
            while not self.over and not self.busy:
                part = self.parser.next_part()
                if part is None:
                    break
                if isinstance(part, Head):
                    self.begin(part)
                elif isinstance(part, End):
                    self.complete(part)
                elif self.request is not None and not self.request.push(part):
                    self.socket.pause()
        except ParseError as error:
            self.fail(error)
        finally:
            self.advancing = False

    def more(self) -> None:
        """The body is read, and more of it is wanted."""
        if not self.over and not self.busy:
            self.socket.resume()

    def complete(self, end: End) -> None:
        self.forget_timers()
        request = self.request
        if request is not None:
            request.complete = True
            request.raw_trailers = end.trailers
            request.push(None)
        if self.unheard:
            self.unheard, self.parser.rest = False, b""
        if self.busy and self.parser.rest:
            self.socket.pause()

    # -- a request ------------------------------------------------------------------------------

    def begin(self, head: Head) -> None:
        """A request is there: hand it on."""
        most = self.server.max_headers_count
        if len(head.raw_headers) // 2 > (_MOST_HEADERS if most is None else most or math.inf):
            raise ParseError("HPE_HEADER_OVERFLOW", "Header overflow")
        # The head is there in time; what is left is the time for all of it.
        self.forget_timers(keep=1 if self.server.request_timeout else 0)
        request = self.request = IncomingMessage(self.socket, self.more)
        describe(request, head)
        said = str(request.headers.get("connection", "")).lower()
        if self.hand_over(request, said):
            return
        response = self.server.make_response(request)
        self.response = response
        keep = "close" not in said and (head.version != "1.0" or "keep-alive" in said)
        response.should_keep_alive = keep
        sending = sending_of(response)
        sending.kept_alive = self.server.keep_alive_timeout
        sending.refuses_bodies = self.server.reject_non_standard_body_writes
        response.on("finish", lambda: self.release(response))
        response.assign_socket(self.socket)
        self.requests += 1
        self.dispatch(request, response)

    def dispatch(self, request: IncomingMessage, response: ServerResponse) -> None:
        server, most = self.server, self.server.max_requests_per_socket
        sending = sending_of(response)
        sending.most_requests, sending.is_enough = most, bool(most) and self.requests >= most
        expected = str(request.headers.get("expect", ""))
        if most and self.requests > most:
            server.emit("dropRequest", request, self.socket)
            response.write_head(503).end()
        elif not expected or request.http_version == "1.0":
            server.emit("request", request, response)
        elif _CONTINUE.search(expected):
            if not server.emit("checkContinue", request, response):
                response.write_continue()
                server.emit("request", request, response)
        elif not server.emit("checkExpectation", request, response):
            response.write_head(417).end()

    def hand_over(self, request: IncomingMessage, said: str) -> bool:
        """Give the socket away, if the request asks for another protocol and somebody listens."""
        connects = request.method == "CONNECT"
        upgrades = "upgrade" in said and "upgrade" in request.headers
        if not connects and not (upgrades and self.server.should_upgrade(request)):
            self.unheard = upgrades
            return False
        while isinstance(part := self.parser.next_part(), bytes):
            request.push(part)
        if isinstance(part, End):
            self.complete(part)
        self.leave()
        event = "connect" if connects else "upgrade"
        if not self.server.emit(event, request, self.socket, self.parser.rest):
            self.socket.destroy()
        return True

    def leave(self) -> None:
        """Have nothing to do with the socket any more."""
        self.over = True
        self.forget_timers()
        for event, listener in self.listeners.items():
            self.socket.remove_listener(event, listener)
        self.gone(self)

    def release(self, response: ServerResponse) -> None:
        """The response is sent: go on with the next request, or close."""
        if response is not self.response:
            return
        sending, request = sending_of(response), self.request
        self.response = sending.socket = None
        if request is not None:
            discard(request)
        if self.over:
            return
        if sending.last:
            self.socket.destroy_soon()
            return
        if not self.parser.in_body:
            self.request = None
            if self.server.keep_alive_timeout and not self.parser.in_head:
                self.kept_alive = True
                longer = self.server.keep_alive_timeout_buffer
                self.socket.set_timeout(self.server.keep_alive_timeout + longer)
        self.advance()
        if not self.busy and not self.socket.destroyed:
            self.socket.resume()

    # -- how it ends ----------------------------------------------------------------------------

    def on_end(self) -> None:
        if self.over:
            return
        self.parser.feed(b"")
        self.advance()
        if not self.over:
            self.socket.end()

    def fail(self, error: BaseException) -> None:
        """What came is no HTTP, or comes too slowly; or the socket failed."""
        if self.over:
            return
        self.forget_timers()
        socket, server = self.socket, self.server
        code = str(getattr(error, "code", ""))
        if code == "ERR_HTTP_REQUEST_TIMEOUT" and server.listener_count("clientError"):
            # Whoever listens may wait for longer: what still comes is read.
            server.emit("clientError", error, socket)
            return
        self.over = True
        socket.resume()
        if code != "ERR_HTTP_REQUIRE_HOST" and server.emit("clientError", error, socket):
            return
        response = self.response
        if socket.writable and not (response is not None and sending_of(response).sent):
            head = f"HTTP/1.1 {_ANSWERS.get(code, '400 Bad Request')}\r\nConnection: close\r\n"
            # The only one that Node's parser lets pass, so that a response answers it.
            without_host = code == "ERR_HTTP_REQUIRE_HOST"
            rest = f"{date_line()}{_NO_BODY}" if without_host else "\r\n"
            socket.write(f"{head}{rest}", "latin1")
        socket.destroy_soon()

    def abort(self, request: IncomingMessage | None) -> None:
        """The client is gone: say so to whoever reads what it was to send."""
        if request is not None and not request.destroyed:
            request.destroy(HangUpError("aborted"))

    def on_close(self, _: bool) -> None:
        self.over = True
        self.forget_timers()
        request, response = self.request, self.response
        self.gone(self)
        self.abort(request)
        if response is not None:
            response.destroy()
