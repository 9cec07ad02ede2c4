"""One request of a client on its socket, and the response that comes back."""

from __future__ import annotations

import re
from typing import Callable, Protocol

from .. import net
from ..core.life import Life
from ..errors import HangUpError
from .errors import ParseError
from .incoming import IncomingMessage, describe, discard
from .parser import End, Head, Parser

__all__ = ["Exchange"]


class Asking(Protocol):
    """What is asked of the request."""

    method: str
    aborted: bool
    should_keep_alive: bool
    res: IncomingMessage | None

    @property
    def _life(self) -> Life: ...
    @property
    def writable_finished(self) -> bool: ...
    def emit(self, event: str, *args: object) -> bool: ...
    def once(self, event: str, listener: Callable[..., object]) -> object: ...
    def destroy(self, error: BaseException | None = None) -> object: ...
    def close(self) -> None: ...


class Exchange:
    """What goes on between a request and its response.

    Args:
        request: the request.
        socket: the socket, which may still be connecting.
        done: called with the socket, and how long it is kept, when it is free again.
        max_header_size: how many bytes the head of the response may have.
    """

    def __init__(
        self,
        request: Asking,
        socket: net.Socket,
        done: Callable[[net.Socket, float | None], object],
        max_header_size: int,
    ) -> None:
        self.request, self.socket, self.done = request, socket, done
        self.parser = Parser(
            of_requests=False,
            max_header_size=max_header_size,
            method=request.method,
        )
        self.response: IncomingMessage | None = None
        self.keeps = self.is_last = self.over = self.refused = False
        self.kept: float | None = None
        self.listeners: dict[str, Callable[..., object]] = {
            "data": self.on_data,
            "end": self.on_end,
            "close": self.on_close,
            "error": self.fail,
            "timeout": self.on_timeout,
        }
        for event, listener in self.listeners.items():
            socket.on(event, listener)

    def leave(self) -> None:
        """Have nothing to do with the socket any more."""
        self.over = True
        for event, listener in self.listeners.items():
            self.socket.remove_listener(event, listener)

    def on_timeout(self) -> None:
        self.request.emit("timeout")

    # -- what comes -----------------------------------------------------------------------------

    def on_data(self, chunk: bytes) -> None:
        self.parser.feed(chunk)
        self.advance()

    def advance(self) -> None:
        try:
            while not self.over:
                response = self.response
                if response is not None and response.complete:
                    self.check_rest()
                    return
                part = self.parser.next_part()
                if part is None:
                    return
                if isinstance(part, Head):
                    self.begin(part)
                elif isinstance(part, End):
                    self.complete(part)
                elif response is not None and not response.push(part):
                    self.socket.pause()
        except ParseError as error:
            self.refuse(error)

    def check_rest(self) -> None:
        """Behind the response, nothing may come: the connection is of no use any more."""
        if self.parser.rest:
            # A body longer than its Content-Length, say. The response itself is whole.
            self.parser.check_rest(self.is_last)
            self.keeps = False

    def begin(self, head: Head) -> None:
        request = self.request
        response = IncomingMessage(self.socket, self.more)
        describe(response, head)
        response.req = request
        if head.status == 101 or (request.method == "CONNECT" and head.status < 300):
            self.hand_over(response)
            return
        if head.status < 200:
            if head.status == 100:
                request.emit("continue")
            request.emit("information", response)
            return
        self.response = request.res = response
        said = str(response.headers.get("connection", "")).lower()
        keeps = "close" not in said and (head.version != "1.0" or "keep-alive" in said)
        self.is_last = not keeps
        self.keeps = keeps and request.should_keep_alive and self.has_an_end(response)
        if found := re.search(r"timeout=(\d+)", str(response.headers.get("keep-alive", ""))):
            # A second less: the server closes on its own clock.
            self.kept = max(0, int(found[1]) * 1000 - 1000)
        response.on("end", self.on_response_end)
        if request.aborted or not request.emit("response", response):
            discard(response)

    def has_an_end(self, response: IncomingMessage) -> bool:
        """Whether the response ends before the connection does."""
        headers = response.headers
        bare = self.request.method == "HEAD" or response.status_code in (204, 304)
        chunked = "chunked" in str(headers.get("transfer-encoding", ""))
        return bare or chunked or "content-length" in headers

    def hand_over(self, response: IncomingMessage) -> None:
        """The socket speaks another protocol from now on."""
        request = self.request
        event = "connect" if request.method == "CONNECT" else "upgrade"
        response.complete = True
        response.push(None)
        self.leave()
        request.res = response
        if not request.emit(event, response, self.socket, self.parser.rest):
            self.socket.destroy()
        request.close()

    def more(self) -> None:
        if not self.over:
            self.socket.resume()

    def complete(self, end: End) -> None:
        response = self.response
        assert response is not None
        response.complete = True
        response.raw_trailers = end.trailers
        response.push(None)

    # -- how it ends ----------------------------------------------------------------------------

    def on_response_end(self) -> None:
        """The response is read: the connection is free when the request is sent as well."""
        if self.over:
            return
        if not self.keeps:
            if self.socket.writable:
                self.socket.destroy_soon()
        elif self.request.writable_finished:
            self.free()
        else:
            self.request.once("finish", self.free)

    def free(self) -> None:
        if self.over:
            return
        self.leave()
        if self.response is not None:
            # As in Node: it is somebody else's from now on.
            self.response.socket = None
        self.socket.resume()
        self.request.close()
        self.done(self.socket, self.kept)

    def on_end(self) -> None:
        self.parser.feed(b"")
        if self.response is None:
            self.fail(HangUpError())
        elif not self.response.complete:
            self.advance()

    def fail(self, error: BaseException) -> None:
        """The connection failed, or what came is no HTTP."""
        if self.over:
            return
        if getattr(error, "code", "") == "HPE_INVALID_EOF_STATE" and self.response is not None:
            # It was cut off, which the response says.
            self.socket.destroy()
            return
        self.leave()
        self.socket.on("error", lambda _: None)
        self.abort_response()
        self.request.destroy(error)
        self.socket.destroy()

    def refuse(self, error: ParseError) -> None:
        """What came is no HTTP: tell so at once. All else is told when the socket has closed."""
        if error.code == "HPE_INVALID_EOF_STATE" or self.over:
            self.fail(error)
            return
        self.refused = True
        for event in ("data", "end"):
            self.socket.remove_listener(event, self.listeners[event])
        self.socket.destroy()
        self.request._life.fail(error)

    def abort_response(self) -> None:
        response = self.response
        if response is not None and not response.complete:
            response.destroy(HangUpError("aborted"))

    def on_close(self, _: bool) -> None:
        if self.over:
            return
        self.leave()
        if self.response is None and not self.refused:
            self.request.destroy(HangUpError())
            return
        self.abort_response()
        self.request.close()
