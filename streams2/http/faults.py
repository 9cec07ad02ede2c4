r"""What is wrong with the head of a message, in the words and codes of Node's parser.

>>> fault_in(b"GET / HTPT/1.1\r\n", of_request=True).code
'HPE_INVALID_CONSTANT'
>>> fault_in(b"GET / HTTP/1.1\r\nHost: ", of_request=True)

h11 finds most of it as well, and says it in other words; what it lets pass (a line that ends
without CR, say) is found here alone.
"""

from __future__ import annotations

import re

from .constants import METHODS
from .errors import ParseError

__all__ = ["fault_in"]

_METHODS = {name.encode() for name in METHODS}
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_URL = re.compile(rb"[\x00-\x20\x7f]")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_URL = re.compile(rb"/|\*|[A-Za-z][A-Za-z0-9+.-]*:")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")


def fault_in(head: bytes, *, of_request: bool) -> ParseError | None:
    """What is wrong with those lines of a head that are there in full.

    Args:
        head: its first bytes, or all of it.
        of_request: whether it is a request's, or a response's.
    """
    lines = head.split(b"\n")
    first = _fault_in_request if of_request else _fault_in_status
    fault = first(lines[0], len(lines) > 1)
    seen: list[bytes] = []
    for line in lines[1:-1]:
        if fault is not None or line == b"\r":
            break
        fault = _fault_in_header(line, seen)
    return fault


def _fault_in_request(line: bytes, whole: bool) -> ParseError | None:
    method, space, rest = line.partition(b" ")
    known = any(name == method if space else name.startswith(method) for name in _METHODS)
    if not known and not (whole and line in (b"", b"\r")):
        return ParseError("HPE_INVALID_METHOD", "Invalid method encountered")
    if not whole:
        return None
    url, _, version = rest.partition(b" ")
    if not url.rstrip(b"\r"):
        return ParseError("HPE_INVALID_URL", "Unexpected start char in url")
    if _BAD_URL.search(url.rstrip(b"\r")):
        return ParseError("HPE_INVALID_URL", "Invalid char in url path")
    if method != b"CONNECT" and not _URL.match(url):
        return ParseError("HPE_INVALID_URL", "Invalid characters in url")
    return _fault_in_version(version)


def _fault_in_version(version: bytes) -> ParseError | None:
    if not version.startswith(b"HTTP/"):
        return ParseError("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/")
    if version[:8] not in _VERSIONS:
        return ParseError("HPE_INVALID_VERSION", "Invalid HTTP version")
    if version[8:] != b"\r":
        return ParseError("HPE_INVALID_VERSION", "Expected CRLF after version")
    return None


def _fault_in_status(line: bytes, whole: bool) -> ParseError | None:
    if not b"HTTP/".startswith(line[:5]):
        return ParseError("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/")
    if not whole:
        return None
    version, _, rest = line.partition(b" ")
    if version not in _VERSIONS:
        return ParseError("HPE_INVALID_VERSION", "Invalid HTTP version")
    if not re.fullmatch(rb"[1-9][0-9]{2}( [^\r\n]*)?\r?", rest):
        return ParseError("HPE_INVALID_STATUS", "Invalid status code")
    if not rest.endswith(b"\r"):
        return ParseError("HPE_CR_EXPECTED", "Missing expected CR after response line")
    return None


def _fault_in_header(line: bytes, seen: list[bytes]) -> ParseError | None:
    token = "HPE_INVALID_HEADER_TOKEN"
    if line[:1] in (b" ", b"\t"):
        return ParseError(token, "Unexpected whitespace after header value")
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        return ParseError(token, "Invalid header token")
    if not line.endswith(b"\r"):
        return ParseError("HPE_CR_EXPECTED", "Missing expected CR after header value")
    value = value[:-1]
    if b"\r" in value:
        return ParseError("HPE_LF_EXPECTED", "Missing expected LF after header value")
    if _BAD_VALUE.search(value):
        return ParseError(token, "Invalid header value char")
    name = name.lower()
    fault = _fault_in_framing(name, value.strip(b" \t"), seen)
    seen.append(name)
    return fault


def _fault_in_framing(name: bytes, value: bytes, seen: list[bytes]) -> ParseError | None:
    if name == b"content-length":
        if b"transfer-encoding" in seen:
            words = "Content-Length can't be present with Transfer-Encoding"
            return ParseError("HPE_INVALID_CONTENT_LENGTH", words)
        if name in seen:
            return ParseError("HPE_UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length")
        if not value:
            return ParseError("HPE_INVALID_CONTENT_LENGTH", "Empty Content-Length")
        if not re.fullmatch(rb"[0-9]+", value):
            words = "Invalid character in Content-Length"
            return ParseError("HPE_INVALID_CONTENT_LENGTH", words)
        if len(value.lstrip(b"0")) > 19:
            return ParseError("HPE_INVALID_CONTENT_LENGTH", "Content-Length overflow")
    elif name == b"transfer-encoding" and b"content-length" in seen:
        words = "Transfer-Encoding can't be present with Content-Length"
        return ParseError("HPE_INVALID_TRANSFER_ENCODING", words)
    return None
