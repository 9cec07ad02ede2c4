r"""Where a line ends: at ``\n``, ``\r\n``, ``\r``, or one of Unicode's two separators.

>>> lines = LineSplitter(100)
>>> lines.take("one\r\ntwo\rthr"), lines.take("ee\u2028"), lines.rest
(['one', 'two'], ['three'], '')
"""

from __future__ import annotations

import re
import time

from ..string_decoder import StringDecoder

__all__ = ["LineSplitter"]

_END = re.compile("\r\n|[\n\r\u2028\u2029]")


class LineSplitter:
    r"""Cuts text that comes in chunks into lines.

    Args:
        delay: for how many milliseconds after a ``\r`` at the end of a chunk a ``\n`` belongs to
            it, and does not end another line.

    Attributes:
        rest: the line that has no end yet.
    """

    def __init__(self, delay: float) -> None:
        self.rest = ""
        self._delay = delay / 1000
        self._decoder = StringDecoder("utf8")
        self._return_at: float | None = None

    def take(self, chunk: str | bytes | bytearray | memoryview) -> list[str]:
        """The lines that end in `chunk`."""
        text = chunk if isinstance(chunk, str) else self._decoder.write(chunk)
        if not text:
            return []
        if text[0] == "\n" and self._follows_a_return():
            text = text[1:]
        self._return_at = time.monotonic() if text.endswith("\r") else None
        *lines, self.rest = _END.split(self.rest + text)
        return lines

    def _follows_a_return(self) -> bool:
        return self._return_at is not None and time.monotonic() - self._return_at <= self._delay

    def take_rest(self) -> str:
        """The line that has no end, when there is no more."""
        rest, self.rest = self.rest, ""
        return rest
