"""ServerResponse: what a server answers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Callable

from .. import net
from ..core.calling import Callback
from ..errors import InvalidArgTypeError, InvalidArgValueError, is_whole
from .constants import STATUS_CODES
from .errors import (
    HeadersSentError,
    InvalidStatusCodeError,
    SocketAssignedError,
    check_name,
    check_value,
    check_words,
)
from .headers import pairs_of
from .incoming import IncomingMessage
from .outgoing import OutgoingMessage
from .sending import sending_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ServerResponse"]

_LINK = re.compile(r"""<[^>]*>(?:\s*;\s*[^;"\s]+(?:=("?)[^;"\s]*\1)?)*""")


class ServerResponse(OutgoingMessage):
    """The response to a request. A client that goes away closes it: ``'close'`` without
    ``'finish'``.

    Attributes:
        req: the request.
        status_code: what the head will say (default 200).
        status_message: the words beside it (default: those of `STATUS_CODES`).

    Node: http.ServerResponse
    """

    status_code: int
    status_message: str | None

    def __init__(self, req: IncomingMessage) -> None:
        super().__init__()
        self.req = req
        self.status_code = 200
        self.status_message = None
        self.send_date = True
        sending = sending_of(self)
        sending.has_body = req.method != "HEAD"
        if req.http_version == "1.0":
            self.use_chunked_encoding_by_default = "chunked" in str(req.headers.get("te", ""))
        sending.may_have_body = lambda: _may_have_body(self)
        sending.first_line = lambda: _first_line(self)
        sending.after_headers = lambda: _after_headers(self)

    def write_head(
        self, status_code: int, status_message: object = None, headers: object = None
    ) -> Self:
        """Make the head.

        Args:
            status_code: from 100 to 999.
            status_message: the words beside it (default: the usual ones); or the headers.
            headers: a mapping; or a list of pairs, or of names and values in turn, in which a name
                may come more than once.

        Returns:
            The response.

        Raises:
            HeadersSentError: it was made before.
            InvalidStatusCodeError: there is no such code.
            InvalidCharError, InvalidTokenError: a header, or the message, cannot be.

        Node: http.ServerResponse.writeHead
        """
        sending = sending_of(self)
        if sending.head is not None:
            raise HeadersSentError("write")
        if not is_whole(status_code) or not 100 <= status_code <= 999:
            raise InvalidStatusCodeError(status_code)
        if status_message is not None and not isinstance(status_message, str):
            status_message, headers = None, status_message
        self.status_code = status_code
        if status_message is not None:
            self.status_message = str(status_message)
        if isinstance(headers, (list, tuple)):
            sending.headers.add_list(headers)
        else:
            for name, value in pairs_of(headers) if headers is not None else ():
                sending.headers.set(name, value)
        _settle(self)
        sending.make_head()
        return self

    def write_continue(self, callback: Callable[..., object] | None = None) -> None:
        """Tell the client to send the body. Node: http.ServerResponse.writeContinue"""
        _inform(self, "HTTP/1.1 100 Continue\r\n\r\n", callback)

    def write_processing(self, callback: Callable[..., object] | None = None) -> None:
        """Tell the client that work is under way. Node: http.ServerResponse.writeProcessing"""
        _inform(self, "HTTP/1.1 102 Processing\r\n\r\n", callback)

    def write_early_hints(
        self, hints: object, callback: Callable[..., object] | None = None
    ) -> None:
        """Tell the client some headers before the response.

        Args:
            hints: a mapping with ``link``, a text or several, such as ``"</a.css>; rel=preload"``,
                and with other headers. Without a link, nothing is sent.
            callback: called when they are written.

        Raises:
            InvalidArgTypeError: `hints` is no mapping.
            InvalidArgValueError: a link is none.
            InvalidTokenError, InvalidCharError: another header cannot be.

        Node: http.ServerResponse.writeEarlyHints
        """
        if not isinstance(hints, Mapping):
            raise InvalidArgTypeError.given("hints", "a mapping", hints)
        links = _links(hints.get("link"))
        if not links:
            return
        head = f"HTTP/1.1 103 Early Hints\r\nLink: {links}\r\n"
        for name, value in hints.items():
            if name != "link":
                head += f"{check_name(name)}: {check_value(name, value)}\r\n"
        _inform(self, head + "\r\n", callback)

    def assign_socket(self, socket: net.Socket) -> None:
        """Send by `socket`. Node: http.ServerResponse.assignSocket"""
        if sending_of(self).socket is not None:
            raise SocketAssignedError
        sending_of(self).attach(socket)

    def set_timeout(self, msecs: float, callback: Callable[..., object] | None = None) -> Self:
        """Set the timeout of the socket. Returns the response.

        Node: http.ServerResponse.setTimeout
        """
        if callback is not None:
            self.on("timeout", callback)
        if self.socket is not None:
            self.socket.set_timeout(msecs)
        return self

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        socket = sending_of(self).socket
        if not self.writable_finished and socket is not None and not socket.destroyed:
            socket.destroy(error)
        # As in Node, it is the socket's error: the response just closes.
        callback(None)


def _links(given: object) -> str:
    listed = [] if given is None else given if isinstance(given, (list, tuple)) else [given]
    links: list[str] = []
    for link in listed:
        if not isinstance(link, str) or not _LINK.fullmatch(link):
            wanted = 'a text or a list of texts such as "</styles.css>; rel=preload; as=style"'
            raise InvalidArgValueError.given("hints", wanted, given)
        links.append(link)
    return ", ".join(links)


def _settle(response: ServerResponse) -> None:
    if response.status_code in (204, 304) or response.status_code < 200:
        sending_of(response).has_body = False


def _may_have_body(response: ServerResponse) -> bool:
    _settle(response)
    return sending_of(response).has_body


def _first_line(response: ServerResponse) -> str:
    code = response.status_code
    if not is_whole(code) or not 100 <= code <= 999:
        raise InvalidStatusCodeError(code)
    _settle(response)
    if code in (204, 304):
        sending_of(response).headers.named.pop("transfer-encoding", None)
    if response.status_message is None:
        response.status_message = STATUS_CODES.get(code, "unknown")
    words = check_words(response.status_message)
    return f"HTTP/1.1 {code} {words}\r\n"


def _after_headers(response: ServerResponse) -> list[str]:
    sending = sending_of(response)
    headers, lines = sending.headers, []
    if response.send_date and not headers.text("date") and "date" not in sending.left_out:
        lines.append(date_line())
    said = headers.text("connection")
    if said:
        sending.last = "close" in said or sending.last
        return lines
    if "connection" in sending.left_out:
        sending.last = sending.last or not response.should_keep_alive
        return lines
    # As in Node: a length that nobody has said keeps no connection of HTTP/1.0.
    framed = bool(headers.text("content-length")) or response.use_chunked_encoding_by_default
    if sending.last or not response.should_keep_alive or not framed:
        sending.last = True
        return [*lines, "Connection: close\r\n"]
    if sending.is_enough:
        return [*lines, "Connection: close\r\n"]
    lines.append("Connection: keep-alive\r\n")
    if sending.kept_alive:
        most = f", max={sending.most_requests}" if sending.most_requests else ""
        lines.append(f"Keep-Alive: timeout={sending.kept_alive // 1000:.0f}{most}\r\n")
    return lines


def _inform(response: ServerResponse, head: str, callback: Callable[..., object] | None) -> None:
    if response.headers_sent:
        raise HeadersSentError("write")
    socket = sending_of(response).socket
    if socket is not None and socket.writable:
        socket.write(head, "latin1", callback)


def date_line() -> str:
    """The header that says what time it is."""
    return f"Date: {formatdate(time.time(), usegmt=True)}\r\n"
