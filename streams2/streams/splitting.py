"""Text as lines, wherever it is cut into chunks.

>>> splitter = LineSplitter("utf8", None)
>>> splitter.feed(b"caf\\xc3"), splitter.feed(b"\\xa9\\r"), splitter.feed(b"\\nbar"), splitter.end()
([], ['café'], [], ['bar'])

A line ends with a line feed, a carriage return, or both, as in a file that Python opens as text and
in Node's readline. The end of the last one may be missing.
"""

from __future__ import annotations

from ..core.chunks import BYTES_TYPES
from ..core.encodings import Decoder
from ..errors import InvalidArgTypeError, OutOfRangeError

__all__ = ["LineSplitter"]

_BOM = "\ufeff"


class LineSplitter:
    """Cuts text into lines, and keeps what is no whole line yet.

    Args:
        encoding: of the bytes.
        limit: the longest line, in characters; None for any.
    """

    def __init__(self, encoding: str, limit: int | None) -> None:
        self._decoder = Decoder(encoding)
        self._limit = limit
        self._begun = False
        # The last chunk ended with a carriage return: a line feed now belongs to it.
        self._after_return = False
        # The pieces of a line that has not ended: joined once, when it has.
        self._rest: list[str] = []
        self._length = 0

    def feed(self, chunk: object) -> list[str]:
        """The lines that end in `chunk`.

        Raises:
            InvalidArgTypeError: it is neither bytes nor text.
            OutOfRangeError: a line is longer than the limit.
        """
        if isinstance(chunk, str):
            return self._split(chunk)
        if not isinstance(chunk, BYTES_TYPES):
            raise InvalidArgTypeError.given("chunk", "bytes or text", chunk)
        return self._split(self._decoder.write(chunk))

    def end(self) -> list[str]:
        """What is left at the end: a last line that nothing ends, if there is one."""
        found = self._split(self._decoder.end())
        rest = "".join(self._rest)
        return [*found, rest] if rest else found

    def _split(self, text: str) -> list[str]:
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text[1:] if text.startswith(_BOM) else text
        if self._after_return and text.startswith("\n"):
            text = text[1:]
            self._after_return = False
            if not text:
                return []
        if text:
            self._after_return = text.endswith("\r")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, *others = text.split("\n")
        self._keep(first)
        if not others:
            return []
        found = ["".join(self._rest), *others[:-1]]
        self._rest.clear()
        self._length = 0
        for line in found[1:]:
            self._check(len(line))
        self._keep(others[-1])
        return found

    def _keep(self, piece: str) -> None:
        if piece:
            self._rest.append(piece)
            self._length += len(piece)
            self._check(self._length)

    def _check(self, length: int) -> None:
        if self._limit is not None and length > self._limit:
            raise OutOfRangeError.given("line", f"of at most {self._limit} characters", length)
