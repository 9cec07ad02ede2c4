"""IncomingMessage: a request that a server got, or the response that a client got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .. import net
from ..core.calling import Callback
from ..loop.ticks import next_tick
from ..streams.readable import Readable
from .headers import distinct, joined
from .parser import Head

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["IncomingMessage", "discard"]


class IncomingMessage(Readable[bytes]):
    """What a peer sent: its head, and its body as a stream.

    Besides a Readable's events it emits ``'aborted'``, and then ``'error'`` if somebody listens,
    when the peer goes away before all of it has come.

    Attributes:
        socket: what it came by.
        method, url: of a request.
        status_code, status_message: of a response.
        http_version: ``"1.1"`` or ``"1.0"``.
        raw_headers, raw_trailers: names and values in turn, as they came.
        complete: whether all of it has come.
        aborted: whether it was cut off.
        req: the request that a response answers.

    Node: http.IncomingMessage
    """

    status_code: int | None
    status_message: str | None
    http_version: str | None
    raw_headers: list[str]
    raw_trailers: list[str]

    def __init__(
        self, socket: net.Socket | None, more: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(high_water_mark=getattr(socket, "readable_high_water_mark", None))
        self._life.own = more
        self.socket = socket
        self.method: str | None = None
        self.url = ""
        self.status_code = None
        self.status_message = None
        self.http_version = None
        self.raw_headers = []
        self.raw_trailers = []
        self.complete = False
        self.aborted = False
        self.req: Any = None

    def _read(self, size: int) -> None:
        self._life.own()

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if not self.readable_ended or not self.complete:
            self.aborted = True
            self.emit("aborted")
        if self.aborted and self.socket is not None and not self.socket.destroyed:
            self.socket.destroy(error)
        next_tick(_tell_if_heard, self, error, callback)

    @property
    def headers(self) -> dict[str, str | list[str]]:
        """The headers by their names in lower case. Node: http.IncomingMessage.headers"""
        return joined(self.raw_headers)

    @property
    def headers_distinct(self) -> dict[str, list[str]]:
        """All values of each header. Node: http.IncomingMessage.headersDistinct"""
        return distinct(self.raw_headers)

    @property
    def trailers(self) -> dict[str, str | list[str]]:
        """The trailers; none before ``'end'``. Node: http.IncomingMessage.trailers"""
        return joined(self.raw_trailers)

    @property
    def trailers_distinct(self) -> dict[str, list[str]]:
        """All values of each trailer. Node: http.IncomingMessage.trailersDistinct"""
        return distinct(self.raw_trailers)

    @property
    def connection(self) -> net.Socket | None:
        """The same as `socket`. Node: http.IncomingMessage.connection"""
        return self.socket

    def set_timeout(self, msecs: float, callback: Callable[[], object] | None = None) -> Self:
        """Set the timeout of the socket. Returns the message.

        Args:
            msecs: how many milliseconds; 0 for none.
            callback: listens to ``'timeout'`` of the message.

        Node: http.IncomingMessage.setTimeout
        """
        if callback is not None:
            self.on("timeout", callback)
        if self.socket is not None:
            self.socket.set_timeout(msecs)
        return self


def _tell_if_heard(message: IncomingMessage, error: BaseException | None, done: Callback) -> None:
    done(error if message.listener_count("error") else None)


def describe(message: IncomingMessage, head: Head) -> None:
    """Say on a message what its head says."""
    message.http_version = head.version
    message.raw_headers = head.raw_headers
    if head.status:
        message.status_code, message.status_message = head.status, head.reason
    else:
        message.method, message.url = head.method, head.target


def discard(message: IncomingMessage) -> None:
    """Let what nobody has begun to read flow to nowhere."""
    if message.readable_flowing is None and not message.listener_count("readable"):
        message.resume()
