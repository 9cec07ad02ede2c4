"""What is wrong with a message, in Node's codes.

>>> str(InvalidTokenError("Header name", "a b"))
'Header name must be a valid HTTP token ["a b"]'
"""

from __future__ import annotations

import re

from ..errors import InvalidArgTypeError, StreamsError

__all__ = [
    "BodyNotAllowedError",
    "ContentLengthMismatchError",
    "HeadersSentError",
    "InvalidCharError",
    "InvalidHeaderValueError",
    "InvalidProtocolError",
    "InvalidStatusCodeError",
    "InvalidTokenError",
    "InvalidUrlError",
    "ParseError",
    "RequestTimeoutError",
    "SocketAssignedError",
    "TrailerInvalidError",
    "UnescapedCharactersError",
    "check_name",
    "check_value",
    "check_words",
]


class BodyNotAllowedError(StreamsError):
    """A response that has no body was given one, and is to refuse it."""

    code = "ERR_HTTP_BODY_NOT_ALLOWED"
    template = "Adding content for this request method or response status is not allowed."


class ContentLengthMismatchError(StreamsError):
    """More or less was written than the Content-Length says."""

    code = "ERR_HTTP_CONTENT_LENGTH_MISMATCH"
    template = "Response body's content-length of {} byte(s) does not match the content-length of {} byte(s) set in header"  # noqa: E501


class HeadersSentError(StreamsError):
    """A head was to be changed that is on its way."""

    code = "ERR_HTTP_HEADERS_SENT"
    template = "Cannot {} headers after they are sent to the client"


class InvalidCharError(StreamsError, TypeError):
    """There is a character in a header that no header may have."""

    code = "ERR_INVALID_CHAR"
    template = "Invalid character in {}"


class InvalidHeaderValueError(StreamsError, TypeError):
    """A header has no value."""

    code = "ERR_HTTP_INVALID_HEADER_VALUE"
    template = 'Invalid value "{}" for header "{}"'


class InvalidProtocolError(StreamsError, TypeError):
    """The URL is of another protocol."""

    code = "ERR_INVALID_PROTOCOL"
    template = 'Protocol "{}" not supported. Expected "{}"'


class InvalidStatusCodeError(StreamsError, ValueError):
    """A status code is no number from 100 to 999."""

    code = "ERR_HTTP_INVALID_STATUS_CODE"
    template = "Invalid status code: {}"


class InvalidTokenError(StreamsError, TypeError):
    """A name has a character that no name may have."""

    code = "ERR_INVALID_HTTP_TOKEN"
    template = '{} must be a valid HTTP token ["{}"]'


class InvalidUrlError(StreamsError, TypeError):
    """A URL is none."""

    code = "ERR_INVALID_URL"
    template = "Invalid URL"


class ParseError(StreamsError):
    """What a peer sent is no HTTP.

    Attributes:
        code: what is wrong, as Node's parser calls it: ``"HPE_INVALID_METHOD"``, say.
        reason: the same in words.
        raw_packet: the bytes in which it was found; None if it is their end.
        bytes_parsed: how many of them were right, as Node's parser counts.
    """

    template = "Parse Error: {1}"

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.raw_packet: bytes | None = None
        self.bytes_parsed = 0

    def __str__(self) -> str:
        return super().__str__() if self.reason else "Parse Error"


class RequestTimeoutError(StreamsError):
    """A request took too long to come."""

    code = "ERR_HTTP_REQUEST_TIMEOUT"
    template = "Request timeout"


class SocketAssignedError(StreamsError):
    """A response has a socket already."""

    code = "ERR_HTTP_SOCKET_ASSIGNED"
    template = "ServerResponse has an already assigned socket"


class TrailerInvalidError(StreamsError):
    """Trailers were announced in a message whose body is not chunked."""

    code = "ERR_HTTP_TRAILER_INVALID"
    template = "Trailers are invalid with this transfer encoding"


class UnescapedCharactersError(StreamsError, TypeError):
    """There is a character in the path of a request that has to be escaped."""

    code = "ERR_UNESCAPED_CHARACTERS"
    template = "{} contains unescaped characters"


TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


def check_name(name: object, what: str = "Header name") -> str:
    """`name` itself, if it can be the name of a header.

    Raises:
        InvalidTokenError: it cannot.
    """
    if not isinstance(name, str) or not TOKEN.fullmatch(name):
        raise InvalidTokenError(what, name)
    return name


def check_words(words: object) -> str:
    """`words` as what stands beside a status code.

    Raises:
        InvalidCharError: they have a character that they may not have.
    """
    if _NO_VALUE.search(str(words)):
        raise InvalidCharError("statusMessage")
    return str(words)


def check_value(name: str, value: object, what: str = "header content") -> str:
    """`value` as the text of a header.

    Raises:
        InvalidHeaderValueError: there is no value.
        InvalidCharError: it has a character that no header may have.
    """
    if value is None:
        raise InvalidHeaderValueError(value, name)
    if isinstance(value, (bytes, bytearray)):
        value = value.decode("latin-1")
    elif not isinstance(value, (str, int, float)):
        raise InvalidArgTypeError.given("value", "text or a number", value)
    text = str(value)
    if _NO_VALUE.search(text):
        raise InvalidCharError(f'{what} ["{name}"]')
    return text
