r"""Messages out of bytes: what h11 makes of them, one message at a time.

>>> parser = Parser(of_requests=True)
>>> parser.feed(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET")
>>> parser.next_part().target, parser.next_part(), parser.next_part(), parser.rest
('/', b'hi', End(trailers=[]), b'GET')

Each message has an h11 connection of its own, and what comes behind it stays in `rest`: who reads
decides when the next one begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Union

from .chunked import ChunkedBody
from .constants import MAX_HEADER_SIZE
from .errors import ParseError
from .faults import fault_in, misplaced, overflow

if TYPE_CHECKING:
    import h11

__all__ = ["End", "Head", "Parser", "Part"]

_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked[ \t]*\r", re.IGNORECASE)
_BARE = re.compile(rb"\S+ (1..|204|304)")
_NEEDED = "HTTP needs h11: pip install 'streams2[http]'"


class Head(NamedTuple):
    """How a message begins. Of a request `status` is 0; of a response `method` is empty."""

    method: str
    target: str
    status: int
    reason: str
    version: str
    raw_headers: list[str]


class End(NamedTuple):
    """How it ends: with names and values in turn, if there are any."""

    trailers: list[str]


Part = Union[Head, bytes, End]


class Parser:
    """Takes bytes, and gives the parts of messages.

    Args:
        of_requests: what comes are requests, or responses.
        max_header_size: how many bytes a head may have.
        method: of the request that is answered.

    Attributes:
        rest: what came and is no part of the message so far.
    """

    def __init__(
        self,
        *,
        of_requests: bool,
        max_header_size: int = MAX_HEADER_SIZE,
        method: str = "GET",
    ) -> None:
        try:
            import h11
        except ImportError as error:
            raise ImportError(_NEEDED) from error
        self.h11 = h11
        self.of_requests = of_requests
        self.max_header_size = max_header_size
        self.method = method
        self.rest = b""
        self.connection: h11.Connection | None = None
        self.ended = False
        self.packet = b""
        self.head_ends = 0
        # The frame of a chunked body, and what is wrong with it behind what is right.
        self.frame: ChunkedBody | None = None
        self.fault: ParseError | None = None

    @property
    def in_head(self) -> bool:
        """Whether a head has begun to come."""
        return self.connection is None and bool(self.rest)

    @property
    def in_body(self) -> bool:
        """Whether a head is there, and its body is not over."""
        return self.connection is not None

    def feed(self, data: bytes) -> None:
        """Take what came; nothing, if that was all."""
        self.ended = self.ended or not data
        self.packet = data
        if self.connection is None:
            self.rest += data
        else:
            self._give(self.connection, data, 0)

    def next_part(self) -> Part | None:
        """The next part, or None if more has to come first.

        Raises:
            ParseError: what came is no HTTP.
        """
        try:
            return self._next_part()
        except ParseError as error:
            error.raw_packet = self.packet or None
            raise

    def check_rest(self, was_last: bool) -> None:
        """See whether what comes behind a message could be another.

        Args:
            was_last: whether the message said that nothing comes.

        Raises:
            ParseError: it could not.
        """
        self.rest = self.rest.lstrip(b"\r\n")
        fault = None
        if self.rest and was_last:
            fault = misplaced("HPE_CLOSED_CONNECTION", "Data after `Connection: close`", 1)
        elif self.rest:
            fault = fault_in(self.rest, of_request=self.of_requests)
        if fault is not None:
            fault.bytes_parsed = self._in_packet(fault.bytes_parsed)
            fault.raw_packet = self.packet or None
            raise fault

    def _in_packet(self, index: int) -> int:
        """Where in the last packet it is that has an index in `rest`, which ends with that."""
        return max(0, len(self.packet) - len(self.rest) + index)

    def _give(self, connection: h11.Connection, data: bytes, offset: int) -> None:
        """Give h11 what is there of a body, up to what is wrong with it."""
        if self.fault is not None:
            return
        if self.frame is not None and data:
            self.fault = self.frame.look_at(data)
            if self.fault is not None:
                data = data[: self.frame.right]
                self.fault.bytes_parsed = max(0, self.fault.bytes_parsed + offset)
                if not data:
                    return
        connection.receive_data(data)

    def _next_part(self) -> Part | None:
        if self.connection is None and not self._begin():
            return None
        connection, h11 = self.connection, self.h11
        assert connection is not None
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise self._told(error) from error
        if isinstance(event, (h11.Request, h11.Response, h11.InformationalResponse)):
            head = _head_of(event)
            if (not self.of_requests and head.status < 200) or (
                self.method == "CONNECT" and head.status // 100 == 2
            ):
                self._leave(connection)
            return head
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            self._leave(connection)
            return End(_flat(event.headers.raw_items()))
        if self.fault is not None:
            raise self.fault
        return None

    def _leave(self, connection: h11.Connection) -> None:
        self.rest = connection.trailing_data[0]
        self.connection = None

    def _begin(self) -> bool:
        """Begin a message, if its head is there."""
        # What RFC 9112 lets stand in front of a request, and Node's parser in front of any message.
        self.rest = self.rest.lstrip(b"\r\n")
        end = self.rest.find(b"\r\n\r\n")
        head = self.rest if end < 0 else self.rest[: end + 4]
        if not head:
            return False
        fault = fault_in(head, of_request=self.of_requests)
        if fault is None and len(head) > self.max_header_size:
            fault = overflow(head, self.max_header_size)
        if fault is not None:
            fault.bytes_parsed = self._in_packet(fault.bytes_parsed)
            raise fault
        if end < 0:
            if self.ended:
                raise ParseError("HPE_INVALID_EOF_STATE", "Invalid EOF state")
            return False
        self._connect(head, self.rest[end + 4 :])
        return True

    def _connect(self, head: bytes, body: bytes) -> None:
        """Let h11 read a head, and what there is of the body."""
        h11 = self.h11
        self.connection = h11.Connection(
            h11.SERVER if self.of_requests else h11.CLIENT,
            max_incomplete_event_size=max(self.max_header_size, 64 * 1024),
        )
        if not self.of_requests:
            _pretend_request(self.connection, self.method)
        self.head_ends = self._in_packet(len(head))
        offset = self._in_packet(len(self.rest)) - len(body)
        self.rest = b""
        first = head.find(b"\r\n")
        if self.of_requests and b"  " in head[:first]:
            # Node's parser takes several spaces for one, and h11 does not.
            head = re.sub(rb" +", b" ", head[:first]) + head[first:]
        self.connection.receive_data(head)
        chunked = _CHUNKED.search(head) is not None
        self.fault = None
        bare = not self.of_requests and (self.method == "HEAD" or _BARE.match(head))
        of_request = self.of_requests
        self.frame = ChunkedBody(of_request=of_request) if chunked and not bare else None
        if body:
            self._give(self.connection, body, offset)
        if self.ended:
            self.connection.receive_data(b"")

    def _told(self, error: Exception) -> ParseError:
        """h11's error in Node's words."""
        words = str(error)
        if self.ended and "without sending complete" in words:
            return ParseError("HPE_INVALID_EOF_STATE", "Invalid EOF state")
        if "Missing mandatory Host" in words:
            return ParseError("ERR_HTTP_REQUIRE_HOST", words)
        if "Transfer-Encoding" in words:
            reason = "Request has invalid `Transfer-Encoding`"
            return misplaced("HPE_INVALID_TRANSFER_ENCODING", reason, self.head_ends)
        if "chunk footer" in words:
            return ParseError("HPE_STRICT", "Expected LF after chunk data")
        if "chunk" in words:
            return ParseError("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size")
        if "Receive buffer too long" in words:
            return ParseError("HPE_HEADER_OVERFLOW", "Header overflow")
        return ParseError("HPE_INVALID_HEADER_TOKEN", words)


def _pretend_request(connection: h11.Connection, method: str) -> None:
    # h11 reads a response as one to a request that it has seen.
    from h11 import EndOfMessage, Request

    # As in Node, a server may change the protocol although nobody has asked it to.
    headers = [("Host", "x"), ("Connection", "upgrade"), ("Upgrade", "x")]
    connection.send(Request(method=method, target="/", headers=headers))
    connection.send(EndOfMessage())


def _head_of(event: h11.Request | h11.Response | h11.InformationalResponse) -> Head:
    import h11

    raw = _flat(event.headers.raw_items())
    version = event.http_version.decode()
    if isinstance(event, h11.Request):
        return Head(event.method.decode(), event.target.decode("latin-1"), 0, "", version, raw)
    return Head("", "", event.status_code, event.reason.decode("latin-1"), version, raw)


def _flat(items: object) -> list[str]:
    found: list[str] = []
    for name, value in items:  # type: ignore[attr-defined]
        found += [name.decode("latin-1"), value.decode("latin-1")]
    return found
