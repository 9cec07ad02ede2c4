"""What is measured of a variant, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

__all__ = ["Gauge", "Measurement"]


def _ignore(written: int) -> None:
    pass


class Gauge:
    """How many bytes a variant holds: read from the source, and not yet in the sink's file.

    Where they are does not matter: in the readable's buffer, in a channel, in the writable's
    buffer, in flight to the disk, or in somebody's hands. Told of every chunk, the gauge misses no
    peak and depends on no clock.

    >>> gauge = Gauge()
    >>> gauge.read(10), gauge.read(10), gauge.written(10), gauge.read(10)
    (None, None, None, None)
    >>> gauge.held, gauge.peak
    (20, 20)

    Args:
        on_written: called with the total of the bytes written, whenever it has grown.

    Attributes:
        held: the bytes held now.
        peak: the most that were held at any time.
        total_written: the bytes written so far.
    """

    def __init__(self, on_written: Callable[[int], object] = _ignore) -> None:
        self.held = 0
        self.peak = 0
        self.total_written = 0
        self._on_written = on_written

    def read(self, size: int) -> None:
        """A chunk of `size` bytes was read from the source."""
        self.held += size
        self.peak = max(self.peak, self.held)

    def written(self, size: int) -> None:
        """A chunk of `size` bytes is in the sink's file."""
        self.held -= size
        self.total_written += size
        self._on_written(self.total_written)


@dataclass(frozen=True)
class Measurement:
    """One run of one variant.

    Attributes:
        name: the variant's name.
        model: what keeps its producer from running ahead.
        ok: whether the output equals the input.
        seconds: from before the files are opened until they are closed.
        bytes: the size of the output.
        sha256: the SHA-256 of the output, in hexadecimal.
        peak_buffered_bytes: the most that was read and not yet written, at any time.
        pauses: how often the source was paused.
        drains: how often the sink emitted ``'drain'``.
        lines: lines of code in the variant.
        error: what it failed with, in words; None if it did not.
    """

    name: str
    model: str
    ok: bool
    seconds: float
    bytes: int
    sha256: str
    peak_buffered_bytes: int
    pauses: int
    drains: int
    lines: int
    error: str | None = None

    @property
    def throughput(self) -> float:
        """Bytes of output per second."""
        return self.bytes / self.seconds
