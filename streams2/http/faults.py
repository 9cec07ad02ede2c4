r"""What is wrong with the head of a message, in the words and codes of Node's parser.

>>> fault = fault_in(b"GET / HTPT/1.1\r\n", of_request=True)
>>> fault.code, fault.bytes_parsed
('HPE_INVALID_CONSTANT', 8)
>>> fault_in(b"GET / HTTP/1.1\r\nHost: ", of_request=True)

h11 finds most of it as well, and says it in other words, and not where; what it lets pass (a line
that ends without CR, say) is found here alone.
"""

from __future__ import annotations

import re

from .constants import METHODS
from .errors import ParseError

__all__ = ["fault_in", "fault_in_header", "misplaced", "overflow"]

_METHODS = {name.encode() for name in METHODS}
_BEGINNINGS = {name[:size] for name in _METHODS for size in range(len(name) + 1)}
_PROTOCOL = b"HTTP/"
_SCHEMA = re.compile(rb"[A-Za-z]*")
_SERVER = re.compile(rb"[-A-Za-z0-9._~!$&'()*+,;=:@\[\]%]*")
_PATH = re.compile(rb"[^\x00-\x20\x7f?]*")
_QUERY = re.compile(rb"[^\x00-\x20\x7f]*")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH = re.compile(rb"([0-9]*)[ \t]*")
# Those which Node's parser itself looks into: it says it otherwise where such a name goes on.
_KNOWN = (b"connection", b"content-length", b"proxy-connection", b"transfer-encoding", b"upgrade")
_TOKEN = "HPE_INVALID_HEADER_TOKEN"
_URL = "HPE_INVALID_URL"


def misplaced(code: str, reason: str, at: int) -> ParseError:
    """An error that was found at an index of what is looked at."""
    error = ParseError(code, reason)
    error.bytes_parsed = at
    return error


def fault_in(head: bytes, *, of_request: bool) -> ParseError | None:
    """What is wrong with what is there of a head.

    Args:
        head: its first bytes, or all of it.
        of_request: whether it is a request's, or a response's.

    Returns:
        The error, and in its `bytes_parsed` the index in `head` at which it was found.
    """
    lines = head.split(b"\n")
    line = lines[0] + b"\n" if len(lines) > 1 else lines[0]
    fault = _fault_in_request(line) if of_request else _fault_in_status(line)
    seen: list[bytes] = []
    start = len(line)
    for number, line in enumerate(lines[1:], 2):
        if fault is not None or line == b"\r":
            break
        if line[:1] == b" " and not seen:
            reason = "Unexpected space after start line"
            return misplaced("HPE_UNEXPECTED_SPACE", reason, start + 1)
        line_end = b"\n" if number < len(lines) else b""
        fault = fault_in_header(line + line_end, start, seen, of_request=of_request)
        start += len(line) + 1
    return fault


def overflow(head: bytes, most: int) -> ParseError:
    """A head is too long: Node says so at the end of the part that is too much."""
    line_end = head.find(b"\r\n", most)
    first_end = head.find(b"\r\n")
    end = len(head) if line_end < 0 else line_end + 1
    if 0 <= most < first_end and head[:most].count(b" ") == 1:
        end = head.find(b" ", most)
    return misplaced("HPE_HEADER_OVERFLOW", "Header overflow", end)


# -- the first line -----------------------------------------------------------------------------


def _fault_in_request(line: bytes) -> ParseError | None:
    size = len(line.partition(b" ")[0])
    while line[:size] not in _BEGINNINGS:
        size -= 1
    method = line[:size]
    if method not in _METHODS or line[size : size + 1] not in (b"", b" "):
        if size == len(line):
            return None
        known = method in _METHODS
        reason = "Expected space after method" if known else "Invalid method encountered"
        return misplaced("HPE_INVALID_METHOD", reason, size)
    at = size
    while line[at : at + 1] == b" ":
        at += 1
    found = _fault_in_url(line, at, method == b"CONNECT")
    if isinstance(found, ParseError):
        return found
    at = found
    while line[at : at + 1] == b" ":
        at += 1
    return _fault_in_version(line, at) or _fault_after_version(line, at + 8)


def _fault_in_url(line: bytes, at: int, is_connect: bool) -> ParseError | int:
    """The fault in an URL, or where it ends."""
    first = line[at : at + 1]
    if not first or (first in b"\t\f\r\n"):
        return misplaced(_URL, "Invalid characters in url", at + 1) if first else at
    if not is_connect and first in b"/*":
        return _fault_in_path(line, at)
    if not is_connect:
        end = _end_of(_SCHEMA, line, at)
        if end == at:
            return misplaced(_URL, "Unexpected start char in url", at)
        for expected in (b":", b"/", b"/"):
            char = line[end : end + 1]
            if not char:
                return end
            if char in b" \t\f\r\n":
                return misplaced(_URL, "Invalid characters in url", end + 1)
            if char != expected:
                return misplaced(_URL, "Unexpected char in url schema", end)
            end += 1
        at = end
    end = _end_of(_SERVER, line, at)
    char = line[end : end + 1]
    if char and char in b"/?":
        return _fault_in_path(line, end)
    if char and char not in b" \r\n":
        return misplaced(_URL, "Unexpected char in url server", end)
    return end


def _fault_in_path(line: bytes, at: int) -> ParseError | int:
    end, where = _end_of(_PATH, line, at), "path"
    if line[end : end + 1] == b"?":
        end, where = _end_of(_QUERY, line, end), "query"
    char = line[end : end + 1]
    if not char or char in b" \r\n":
        return end
    if char in b"\t\f":
        return misplaced(_URL, "Invalid characters in url", end + 1)
    return misplaced(_URL, f"Invalid char in url {where}", end)


def _end_of(pattern: re.Pattern[bytes], line: bytes, at: int) -> int:
    found = pattern.match(line, at)
    return found.end() if found is not None else at


def _fault_in_version(line: bytes, at: int) -> ParseError | None:
    """The fault in the eight characters of a version, as far as they are there."""
    given = line[at : at + 8]
    for index, char in enumerate(given[:5]):
        if char != _PROTOCOL[index]:
            reason = "Expected HTTP/, RTSP/ or ICE/"
            return misplaced("HPE_INVALID_CONSTANT", reason, at + index)
    code = "HPE_INVALID_VERSION"
    if len(given) > 5 and not given[5:6].isdigit():
        return misplaced(code, "Invalid major version", at + 5)
    if len(given) > 6 and given[6:7] != b".":
        return misplaced(code, "Expected dot", at + 6)
    if len(given) > 7 and not given[7:8].isdigit():
        return misplaced(code, "Invalid minor version", at + 7)
    if len(given) > 7 and given[5:] not in (b"1.0", b"1.1"):
        return misplaced(code, "Invalid HTTP version", at + 8)
    return None


def _fault_after_version(line: bytes, at: int) -> ParseError | None:
    reason, char = "Expected CRLF after version", line[at : at + 1]
    if char and char != b"\r":
        return misplaced("HPE_INVALID_VERSION", reason, at + (char == b"\n"))
    if line[at + 1 : at + 2] not in (b"", b"\n"):
        return misplaced("HPE_STRICT", reason, at + 1)
    return None


def _fault_in_status(line: bytes) -> ParseError | None:
    fault = _fault_in_version(line, 0)
    if fault is not None or len(line) < 9:
        return fault
    if line[8:9] != b" ":
        return misplaced("HPE_INVALID_VERSION", "Expected space after version", 8)
    for at in range(9, min(12, len(line))):
        if not line[at : at + 1].isdigit() or line[9:10] == b"0":
            return misplaced("HPE_INVALID_STATUS", "Invalid status code", at)
    if line[12:13] not in (b"", b" ", b"\r"):
        reason = "Invalid response status"
        return misplaced("HPE_INVALID_STATUS", reason, 12 + (line[12:13] == b"\n"))
    end = line.find(b"\r")
    if end < 0 and line.endswith(b"\n"):
        reason = "Missing expected CR after response line"
        return misplaced("HPE_CR_EXPECTED", reason, len(line))
    if end >= 0 and line[end + 1 : end + 2] not in (b"", b"\n"):
        return misplaced("HPE_STRICT", "Expected LF after CR", end + 1)
    return None


# -- the others -----------------------------------------------------------------------------------


def fault_in_header(
    line: bytes, start: int, seen: list[bytes], *, of_request: bool, is_trailer: bool = False
) -> ParseError | None:
    """What is wrong with a header.

    Args:
        line: the line, up to its LF, or as much of it as there is.
        start: its index, which those of faults are counted from.
        seen: the names that came before it; this one is added.
        of_request: whether the message is a request.
        is_trailer: whether it comes behind a chunked body.
    """
    first = line[:1]
    if first in (b" ", b"\t") and seen:
        return misplaced(_TOKEN, "Unexpected whitespace after header value", start)
    if first == b"\n":
        return misplaced(_TOKEN, "Invalid header field char", start + 1)
    if first == b"\r":
        wrong = line[1:2] not in (b"", b"\n")
        return misplaced("HPE_STRICT", "Expected LF after headers", start + 1) if wrong else None
    colon = _end_of(_NAME, line, 0)
    if not colon or line[colon : colon + 1] != b":":
        if colon == len(line):
            return None
        if line[:colon].lower() in _KNOWN:
            return misplaced(_TOKEN, "Invalid header field char", start + colon + 1)
        return misplaced(_TOKEN, "Invalid header token", start + colon)
    name, value = line[:colon].lower(), line[colon + 1 :]
    at = start + colon + 1
    fault = _fault_in_framing(name, value, at, seen, of_request or is_trailer, is_trailer)
    fault = fault or _fault_in_value(value, at)
    seen.append(name)
    return fault


def _fault_in_value(value: bytes, at: int) -> ParseError | None:
    bad = _BAD_VALUE.search(value)
    if bad is None:
        return None
    char, index = bad.group(), bad.start()
    if char == b"\n":
        reason = "Missing expected CR after header value"
        return misplaced("HPE_CR_EXPECTED", reason, at + index)
    if char == b"\r":
        if value[index + 1 : index + 2] in (b"", b"\n"):
            return None
        reason = "Missing expected LF after header value"
        return misplaced("HPE_LF_EXPECTED", reason, at + index + 1)
    return misplaced(_TOKEN, "Invalid header value char", at + index)


def _fault_in_framing(
    name: bytes, value: bytes, at: int, seen: list[bytes], strict: bool, is_trailer: bool
) -> ParseError | None:
    begin = len(value) - len(value.lstrip(b" \t"))
    text, begin, is_empty = value[begin:].rstrip(b"\r\n"), at + begin, value.strip() == b""
    is_empty = is_empty and value.endswith(b"\n")
    if name == b"content-length":
        code = "HPE_INVALID_CONTENT_LENGTH"
        if is_trailer or b"transfer-encoding" in seen:
            reason = "Content-Length can't be present with Transfer-Encoding"
            return misplaced(code, reason, at)
        if name in seen and (text or is_empty):
            reason = "Duplicate Content-Length"
            return misplaced("HPE_UNEXPECTED_CONTENT_LENGTH", reason, begin)
        if is_empty:
            return misplaced(code, "Empty Content-Length", begin + 2)
        return _fault_in_length(text, begin)
    if name != b"transfer-encoding":
        return None
    code = "HPE_INVALID_TRANSFER_ENCODING"
    if b"content-length" in seen:
        reason = "Transfer-Encoding can't be present with Content-Length"
        return misplaced(code, reason, at)
    reason = "Invalid `Transfer-Encoding` header value"
    if strict and is_empty:
        return misplaced(code, "Empty Transfer-Encoding", begin + 2)
    if strict and text and (is_trailer or b"chunked" in seen):
        return misplaced(code, reason, begin + 1)
    if strict and text[:7].lower() == b"chunked":
        seen.append(b"chunked")
        rest = text[7:].lstrip(b" \t")
        if rest:
            return misplaced(code, reason, begin + len(text) - len(rest) + 1)
    return None


def _fault_in_length(text: bytes, at: int) -> ParseError | None:
    code = "HPE_INVALID_CONTENT_LENGTH"
    found = _LENGTH.match(text)
    assert found is not None
    digits = found[1]
    for size in range(20, len(digits) + 1):
        if int(digits[:size]) >= 1 << 64:
            return misplaced(code, "Content-Length overflow", at + size)
    if found.end() < len(text):
        return misplaced(code, "Invalid character in Content-Length", at + found.end())
    return None
