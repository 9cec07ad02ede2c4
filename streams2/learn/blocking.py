"""The tap and the bucket of the first chapter: files that let one wait.

>>> def cat(source, sink):
...     sink.write(source.read())
>>> ledger = watch_files(cat, chunks=[b"one ", b"two"])
>>> print(ledger)
 ms  held
1.0     7  read() gives 7 bytes
4.5     0  write() has written 7 bytes
The most that was held: 7 of 7 bytes.
>>> ledger.got
b'one two'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, NamedTuple

from .clock import TooLong
from .stage import SONG
from .telling import aligned

__all__ = ["Entry", "Ledger", "OpenBucket", "OpenTap", "watch_files"]

_MOST_ENTRIES = 2_000


class Entry(NamedTuple):
    """A call that has returned.

    Attributes:
        seconds: when.
        what: ``"read"`` or ``"write"``.
        size: of what was read or written, in bytes.
        held: what has been read and not yet written.
    """

    seconds: float
    what: str
    size: int
    held: int


class Ledger:
    """What a tap and a bucket have done, on one clock that stands while code runs.

    Attributes:
        entries: the calls, in order.
        got: what is through.
        total: how much there was to copy, in bytes.
    """

    def __init__(self, total: int) -> None:
        self.entries: list[Entry] = []
        self.got = b""
        self.total = total
        self._now = 0.0

    def add(self, what: str, seconds: float, size: int) -> None:
        """Something is done, and took its time.

        Raises:
            TooLong: there is no end to it.
        """
        if len(self.entries) >= _MOST_ENTRIES:
            raise TooLong
        self._now += seconds
        held = self.entries[-1].held if self.entries else 0
        held += size if what == "read" else -size
        self.entries.append(Entry(round(self._now, 6), what, size, held))

    @property
    def peak(self) -> Entry:
        """The first of the calls after which the most was held."""
        return max(self.entries, key=lambda entry: entry.held)

    def __str__(self) -> str:
        rows = [["ms", "held", ""]]
        for entry in self.entries:
            did = "gives" if entry.what == "read" else "has written"
            text = f"{entry.what}() {did} {entry.size} bytes"
            rows.append([f"{entry.seconds * 1000:.1f}", str(entry.held), text])
        return f"{aligned(rows)}\nThe most that was held: {self.peak.held} of {self.total} bytes."


class OpenTap:
    """An open file to read from. Reading takes a millisecond."""

    def __init__(self, chunks: Sequence[bytes], *, ledger: Ledger) -> None:
        self._ledger = ledger
        self._left = b"".join(chunks)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or all there are; none at the end."""
        size = len(self._left) if size is None or size < 0 else size
        data, self._left = self._left[:size], self._left[size:]
        self._ledger.add("read", 0.001, len(data))
        return data


class OpenBucket:
    """An open file to write to. Writing returns when all is through: half a millisecond a byte."""

    def __init__(self, *, ledger: Ledger) -> None:
        self._ledger = ledger

    def write(self, data: bytes) -> int:
        """Write all of `data`, and return how much that was."""
        self._ledger.add("write", 0.0005 * len(data), len(data))
        self._ledger.got += data
        return len(data)


def watch_files(cat: Callable[..., object], chunks: Sequence[bytes] = SONG) -> Ledger:
    """Run ``cat(source, sink)`` between two open files that let it wait.

    Args:
        cat: a function that copies what it reads.
        chunks: what there is to read, in one piece.
    """
    ledger = Ledger(sum(map(len, chunks)))
    cat(OpenTap(chunks, ledger=ledger), OpenBucket(ledger=ledger))
    return ledger
