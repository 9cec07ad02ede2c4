r"""What is wrong with a chunked body, in the words and codes of Node's parser.

>>> body = ChunkedBody(of_request=True)
>>> body.look_at(b"2\r\nab\r\n"), body.look_at(b"zz")
(None, ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size'))

h11 takes the body apart. It waits for the end of a line before it finds a fault in it, says it in
other words, and does not say where; so the frame of the body is looked at here before.
"""

from __future__ import annotations

import re

from .errors import ParseError
from .faults import fault_in_header, misplaced

__all__ = ["ChunkedBody"]

_MOST_EXTENSIONS = 1 << 14
_HEX = re.compile(rb"[0-9A-Fa-f]*")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_QUOTED = re.compile(rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*')
_SIZE, _DATA, _AFTER, _TRAILER, _OVER = range(5)


class ChunkedBody:
    """The frame of a body: sizes of chunks, what ends them, and trailers.

    Args:
        of_request: whether it is a request's, or a response's.
    """

    def __init__(self, *, of_request: bool) -> None:
        self.of_request = of_request
        self.state = _SIZE
        # How much of a chunk is to come; what has come of a line; and what came before a fault.
        self.left = 0
        self.line = b""
        self.right = 0
        self.seen: list[bytes] = []

    def look_at(self, data: bytes) -> ParseError | None:
        """The first fault in what comes next, with the index in `data` at which it was found.

        What is `right` then is all before the line that has the fault.
        """
        at = 0
        while at < len(data) and self.state != _OVER:
            if self.state == _DATA:
                step = min(self.left, len(data) - at)
                self.left -= step
                at += step
                if not self.left:
                    self.state = _AFTER
                continue
            end = data.find(b"\n", at) + 1 or len(data)
            if self.state == _AFTER:
                end = min(end, at + 2 - len(self.line))
            start = at - len(self.line)
            self.line += data[at:end]
            at = end
            fault = self._fault_in_line(start)
            if fault is not None:
                self.state, self.right = _OVER, max(0, start)
                return fault
            if self.line.endswith(b"\n"):
                self._go_on()
        return None

    def _fault_in_line(self, start: int) -> ParseError | None:
        if self.state == _SIZE:
            return _fault_in_size(self.line, start)
        if self.state == _AFTER:
            return _fault_after_data(self.line, start)
        whole = self.line.endswith(b"\n")
        # Of a line that is not whole, its name is not known yet.
        seen = self.seen if whole else [*self.seen]
        return fault_in_header(self.line, start, seen, of_request=self.of_request, is_trailer=True)

    def _go_on(self) -> None:
        line, self.line = self.line, b""
        if self.state == _SIZE:
            found = _HEX.match(line)
            assert found is not None
            self.left = int(found.group(), 16)
            self.state = _DATA if self.left else _TRAILER
        elif self.state == _AFTER:
            self.state = _SIZE
        elif line == b"\r\n":
            self.state = _OVER


def _fault_in_size(line: bytes, start: int) -> ParseError | None:
    found = _HEX.match(line)
    assert found is not None
    digits, size = found.group(), found.end()
    zeros = len(digits) - len(digits.lstrip(b"0"))
    code = "HPE_INVALID_CHUNK_SIZE"
    if size - zeros > 16:
        return misplaced(code, "Chunk size overflow", start + zeros + 17)
    after = line[size : size + 1]
    if not after and size:
        return None
    if after == b"\n" and size:
        reason = "Missing expected CR after chunk size"
        return misplaced("HPE_CR_EXPECTED", reason, start + size + 1)
    if after == b"\r" and size:
        return _fault_after_cr(line, size, start)
    if after == b";" and size:
        return _fault_in_extensions(line, size + 1, start)
    at = start + size + (size > 0 and after in (b" ", b"\t"))
    return misplaced(code, "Invalid character in chunk size", at)


def _fault_after_cr(line: bytes, at: int, start: int) -> ParseError | None:
    if line[at + 1 : at + 2] in (b"", b"\n"):
        return None
    return misplaced("HPE_STRICT", "Expected LF after chunk size", start + at + 1)


def _fault_in_extensions(line: bytes, at: int, start: int) -> ParseError | None:
    if len(line) > _MOST_EXTENSIONS:
        code, reason = "HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow"
        return misplaced(code, reason, start + len(line))
    what = "name"
    while at < len(line):
        char = line[at : at + 1]
        if what == "name" and char in b" \r\n":
            reason = "Invalid character in chunk extensions"
            return misplaced("HPE_STRICT", reason, start + at + 1)
        pattern = _QUOTED if what == "value" and char == b'"' else _TOKEN
        found = pattern.match(line, at)
        at = at if found is None else found.end()
        kind = what
        if pattern is _QUOTED and line[at : at + 1] == b'"':
            at += 1
        elif pattern is _QUOTED:
            kind = "quoted value"
        char = line[at : at + 1]
        if not char:
            return None
        if kind != "quoted value" and char == b"\r":
            return _fault_after_cr(line, at, start)
        if kind != "quoted value" and char == b"\n":
            reason = f"Missing expected CR after chunk extension {kind}"
            return misplaced("HPE_CR_EXPECTED", reason, start + at)
        if (char == b"=" and kind == "name") or (char == b";" and kind != "quoted value"):
            what = "value" if char == b"=" else "name"
            at += 1
            continue
        reason = f"Invalid character in chunk extensions {kind}"
        return misplaced("HPE_STRICT", reason, start + at + 1)
    return None


def _fault_after_data(line: bytes, start: int) -> ParseError | None:
    if line[:1] == b"\n":
        reason = "Missing expected CR after chunk data"
        return misplaced("HPE_CR_EXPECTED", reason, start + 1)
    wrong = 0 if line[:1] != b"\r" else 1 if line[1:2] not in (b"", b"\n") else None
    if wrong is None:
        return None
    return misplaced("HPE_STRICT", "Expected LF after chunk data", start + wrong)
