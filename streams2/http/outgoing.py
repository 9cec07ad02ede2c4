"""OutgoingMessage: what a response of a server and a request of a client have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import net
from ..core.calling import Callback, DoneCallback, WriteRequest
from ..core.chunks import Chunk, flat_view
from ..core.intake import written
from ..errors import StreamWriteAfterEndError
from ..loop.ticks import next_tick
from ..streams.writable import Writable
from .errors import (
    BodyNotAllowedError,
    ContentLengthMismatchError,
    HeadersSentError,
    check_name,
    check_value,
)
from .headers import HeaderList, HeaderValues, pairs_of
from .sending import Sending, sending_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["OutgoingMessage"]


class OutgoingMessage(Writable[Chunk]):
    """A message that is sent: its head first, and what is written to it as its body.

    Attributes:
        send_date: whether a response says when it was made (default True).
        should_keep_alive: whether the connection may be used again.
        use_chunked_encoding_by_default: whether a body of unknown length goes in chunks.
        strict_content_length: a body that is longer or shorter than its Content-Length is an error
            (default False).

    Node: http.OutgoingMessage
    """

    send_date: bool
    should_keep_alive: bool
    use_chunked_encoding_by_default: bool
    strict_content_length: bool

    def __init__(self, *, auto_destroy: bool = True) -> None:
        super().__init__(auto_destroy=auto_destroy)
        Sending(self)
        self.send_date = False
        self.should_keep_alive = True
        self.use_chunked_encoding_by_default = True
        self.strict_content_length = False

    # -- headers --------------------------------------------------------------------------------

    def set_header(self, name: str, value: HeaderValues) -> Self:
        """Set a header; whatever it was before.

        Args:
            name: its name.
            value: a text, a number, or a list for as many headers.

        Returns:
            The message.

        Raises:
            HeadersSentError: the head is made.
            InvalidTokenError: there can be no such name.
            InvalidHeaderValueError, InvalidCharError: there can be no such value.

        Node: http.OutgoingMessage.setHeader
        """
        _changeable(self, "set").set(name, value)
        return self

    def append_header(self, name: str, value: HeaderValues) -> Self:
        """Add a value to those that a header has. As `set_header`.

        Node: http.OutgoingMessage.appendHeader
        """
        _changeable(self, "append").append(name, value)
        return self

    def set_headers(self, headers: object) -> Self:
        """Set all headers of a mapping, or of pairs. As `set_header`.

        Node: http.OutgoingMessage.setHeaders
        """
        target = _changeable(self, "set")
        for name, value in pairs_of(headers):
            target.set(name, value)
        return self

    def get_header(self, name: str) -> str | list[str] | None:
        """What a header was set to, or None. Node: http.OutgoingMessage.getHeader"""
        return sending_of(self).headers.get(name)

    def get_headers(self) -> dict[str, str | list[str]]:
        """All headers by their names in lower case. Node: http.OutgoingMessage.getHeaders"""
        return {name: value for name, (_, value) in sending_of(self).headers.named.items()}

    def get_header_names(self) -> list[str]:
        """The names in lower case. Node: http.OutgoingMessage.getHeaderNames"""
        return list(sending_of(self).headers.named)

    def get_raw_header_names(self) -> list[str]:
        """The names as they were set. Node: http.OutgoingMessage.getRawHeaderNames"""
        return [name for name, _ in sending_of(self).headers.named.values()]

    def has_header(self, name: str) -> bool:
        """Whether a header was set. Node: http.OutgoingMessage.hasHeader"""
        return name.lower() in sending_of(self).headers.named

    def remove_header(self, name: str) -> None:
        """Forget a header. One that would be sent of itself is not: ``"Date"``, ``"Connection"``,
        ``"Content-Length"`` or ``"Transfer-Encoding"``.

        Raises:
            HeadersSentError: the head is made.

        Node: http.OutgoingMessage.removeHeader
        """
        _changeable(self, "remove").named.pop(name.lower(), None)
        sending_of(self).left_out.add(name.lower())

    def flush_headers(self) -> None:
        """Send the head now, and not with the first chunk.

        Node: http.OutgoingMessage.flushHeaders
        """
        sending_of(self).flush_head()

    def add_trailers(self, headers: object) -> None:
        """Send these headers behind the body, if it goes in chunks; and none that were before.

        Raises:
            InvalidTokenError, InvalidCharError: there can be no such name, or value.

        Node: http.OutgoingMessage.addTrailers
        """
        trailers = ""
        for name, value in pairs_of(headers):
            check_name(name, "Trailer name")
            text = check_value(name, value, "trailer content")
            trailers += f"{name}: {text}\r\n"
        sending_of(self).trailers = trailers

    # -- the body -------------------------------------------------------------------------------

    def write(
        self, chunk: Chunk, encoding: str | None = None, callback: DoneCallback | None = None
    ) -> bool:
        """Send a part of the body; the first one sends the head. As `Writable.write`.

        Raises:
            ContentLengthMismatchError: that is more than the Content-Length says, and
                `strict_content_length` is set.
            BodyNotAllowedError: the response has no body, and its server was made with
                `reject_non_standard_body_writes`; or the head of a request such as GET was sent
                before, and says nothing of a body.
            InvalidStatusCodeError, InvalidCharError, TrailerInvalidError: there can be no such
                head.

        Node: http.OutgoingMessage.write
        """
        if self.writable_ended and not self.destroyed:
            next_tick(_tell_too_late, self, callback)
            return False
        _check_body(self, chunk, encoding)
        if self.strict_content_length and chunk is not None:
            _check_length(self, chunk, encoding, False)
        if chunk is not None and not self.destroyed:
            sending_of(self).make_head()
        return super().write(chunk, encoding, callback)

    def end(
        self,
        chunk: Chunk | None = None,
        encoding: str | None = None,
        callback: DoneCallback | None = None,
    ) -> Self:
        """Send the last part, and end the message. As `Writable.end`.

        A message that is sent with one call has a Content-Length.

        Raises:
            ContentLengthMismatchError: the body is not as long as the Content-Length says, and
                `strict_content_length` is set.
            BodyNotAllowedError: as for `write`.

        Node: http.OutgoingMessage.end
        """
        sending = sending_of(self)
        if self.writable_ended and chunk is not None and not self.destroyed:
            next_tick(_tell_too_late, self, callback)
            return self
        _check_body(self, chunk, encoding)
        if self.strict_content_length and not self.writable_ended:
            _check_length(self, chunk, encoding, True)
        if sending.head is None and not self.writable_ended and not self.writable_length:
            sending.length = _size_of(self, chunk, encoding)
        if not self.writable_ended and not self.destroyed:
            # What cannot be in a head is told to whoever calls.
            sending.make_head()
        return super().end(chunk, encoding, callback)

    def _write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        sending_of(self).write([flat_view(chunk)], callback)

    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        sending_of(self).write([flat_view(request.chunk) for request in chunks], callback)

    def _final(self, callback: Callback) -> None:
        sending_of(self).finish(callback)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def headers_sent(self) -> bool:
        """Whether the head is made. Node: http.OutgoingMessage.headersSent"""
        return sending_of(self).head is not None

    @property
    def chunked_encoding(self) -> bool:
        """Whether the body goes in chunks. Node: http.OutgoingMessage.chunkedEncoding"""
        return sending_of(self).chunked

    @property
    def finished(self) -> bool:
        """Whether `end` was called. Node: http.OutgoingMessage.finished"""
        return self.writable_ended

    @property
    def socket(self) -> net.Socket | None:
        """What it is sent by, or None. Node: http.OutgoingMessage.socket"""
        return sending_of(self).socket

    @property
    def connection(self) -> net.Socket | None:
        """The same as `socket`. Node: http.OutgoingMessage.connection"""
        return sending_of(self).socket


def _changeable(message: OutgoingMessage, verb: str) -> HeaderList:
    sending = sending_of(message)
    if sending.head is not None:
        raise HeadersSentError(verb)
    return sending.headers


def _tell_too_late(message: OutgoingMessage, callback: DoneCallback | None) -> None:
    # What was written before is sent all the same: the message is not destroyed.
    error = StreamWriteAfterEndError()
    if callback is not None:
        callback(error)
    message.emit("error", error)


def _size_of(message: OutgoingMessage, chunk: Chunk, encoding: str | None) -> int:
    if chunk is None:
        return 0
    return int(written(message._writable_state, chunk, encoding)[2])


def _check_body(message: OutgoingMessage, chunk: Chunk | None, encoding: str | None) -> None:
    sending = sending_of(message)
    if sending.refuses_bodies and chunk is not None and not sending.may_have_body():
        raise BodyNotAllowedError
    if sending.is_bare and _size_of(message, chunk, encoding):
        if sending.head is not None:
            # The head says nothing of a body: a server would take it for the next request.
            raise BodyNotAllowedError
        sending.is_bare, message.use_chunked_encoding_by_default = False, True


def _check_length(message: OutgoingMessage, chunk: Chunk, encoding: str | None, end: bool) -> None:
    sending = sending_of(message)
    said = sending.headers.text("content-length")
    if not said or not sending.has_body:
        return
    total = sending.written + message._writable_state.length - _in_flight(message)
    total += _size_of(message, chunk, encoding)
    if total > int(said) or (end and total != int(said)):
        raise ContentLengthMismatchError(total, said)


def _in_flight(message: OutgoingMessage) -> int:
    # It is counted as written already.
    in_flight = message._writable_state.in_flight
    return in_flight[0] if in_flight is not None else 0
