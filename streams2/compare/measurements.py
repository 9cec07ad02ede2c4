"""What is measured of a variant, and how."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .timeline import Point, Timeline

__all__ = ["SPREAD", "FaultFound", "Gauge", "Measurement", "Run", "summarize"]


def _ignore(written: int) -> None:
    pass


class Gauge:
    """How many bytes a variant holds: read from the source, and not yet in the sink's file.

    Where they are does not matter: in the readable's buffer, in a channel, in the writable's
    buffer, in flight to the disk, or in somebody's hands. Told of every chunk, the gauge misses no
    peak and depends on no clock. Two threads may tell it, one what was read and one what was
    written: neither total is touched by both.

    >>> gauge = Gauge()
    >>> gauge.read(10), gauge.read(10), gauge.written(10), gauge.read(10)
    (None, None, None, None)
    >>> gauge.held, gauge.peak
    (20, 20)

    Args:
        on_written: called with the total of the bytes written, whenever it has grown.

    Attributes:
        peak: the most that were held at any time.
        total_read: the bytes read so far.
        total_written: the bytes written so far.
        timeline: what was held when, in seconds since the gauge was made.
    """

    def __init__(self, on_written: Callable[[int], object] = _ignore) -> None:
        self.peak = 0
        self.total_read = 0
        self.total_written = 0
        self.timeline = Timeline()
        self._started = time.perf_counter()
        self._on_written = on_written
        self.timeline.add(0.0, 0)

    @property
    def held(self) -> int:
        """The bytes held now."""
        return self.total_read - self.total_written

    @property
    def seconds(self) -> float:
        """How long ago the gauge was made."""
        return time.perf_counter() - self._started

    def read(self, size: int) -> None:
        """A chunk of `size` bytes was read from the source."""
        self.total_read += size
        held = self.held
        self.peak = max(self.peak, held)
        self.timeline.add(self.seconds, held)

    def written(self, size: int) -> None:
        """A chunk of `size` bytes is in the sink's file."""
        self.total_written += size
        self.timeline.add(self.seconds, self.held)
        self._on_written(self.total_written)


@dataclass(frozen=True)
class FaultFound:
    """How a variant took a fault.

    Attributes:
        kind: what went wrong, one of `FAULTS`.
        outcome: ``"completed"``, ``"raised"`` to the caller, ``"uncaught"`` (an ``'error'`` that
            nobody listened for, which ends a program), ``"hung"``, or ``"died"`` (its process).
        error_reached_caller: whether whoever awaited or called the variant was told; None if
            there was nothing to tell.
        files_closed: whether the variant left both files closed; None if nobody could look.
        bytes_lost: read from the source, and neither in the output nor accounted for by an error
            that reached the caller; None if nobody could count.
    """

    kind: str
    outcome: str
    error_reached_caller: bool | None
    files_closed: bool | None
    bytes_lost: int | None


@dataclass(frozen=True)
class Run:
    """One run of one variant, in one process.

    Attributes:
        ok: whether the output equals the input.
        seconds: from before the files are opened until they are closed.
        cpu_seconds: the time that the processors worked on it, in all its threads.
        bytes: the size of the output.
        sha256: the SHA-256 of the output, in hexadecimal.
        peak_buffered_bytes: the most that was read and not yet written, at any time.
        peak_rss_bytes: the most memory that its process had; None where it cannot be known.
        pauses: how often the source was paused.
        drains: how often the sink, having been full, asked for more.
        lines: lines of code in the variant.
        timeline: what was held when, thinned to a few hundred points.
        error: what it failed with, in words; None if it did not.
        fault: how it took the fault, if there was one.
    """

    ok: bool
    seconds: float
    cpu_seconds: float
    bytes: int
    sha256: str
    peak_buffered_bytes: int
    peak_rss_bytes: int | None
    pauses: int
    drains: int
    lines: int
    timeline: list[Point] = field(default_factory=list)
    error: str | None = None
    fault: FaultFound | None = None

    @property
    def throughput(self) -> float:
        """Bytes of output per second."""
        return self.bytes / self.seconds if self.seconds else 0.0


SPREAD = (
    "seconds",
    "throughput",
    "cpu_seconds",
    "peak_rss_bytes",
    "peak_buffered_bytes",
    "pauses",
    "drains",
)
"""What differs from round to round."""


@dataclass(frozen=True)
class Measurement:
    """All rounds of one variant. Numbers are medians: of two in the middle, the lower one.

    Attributes:
        name: the variant's name.
        model: what keeps its producer from running ahead.
        ok: whether the output equals the input, every time.
        seconds, cpu_seconds, peak_buffered_bytes, peak_rss_bytes, pauses, drains, lines: as of
            `Run`.
        bytes, sha256: the output's; of the first round that failed, if one did.
        bound_bytes: the most that the variant may hold; None if nothing bounds it.
        rounds: how often it was run.
        seconds_min, seconds_max: the fastest and the slowest round.
        spread: for each name of `SPREAD`, the smallest and the largest value of any round.
        timeline: seconds since the start, and bytes held then, of the round whose
            peak is `peak_buffered_bytes`.
        error: what it failed with, in words; None if it never did.
        fault: how it took the fault, at worst; None if there was none.
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
    bound_bytes: int | None = None
    peak_rss_bytes: int | None = None
    cpu_seconds: float = 0.0
    rounds: int = 1
    seconds_min: float = 0.0
    seconds_max: float = 0.0
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    timeline: list[Point] = field(default_factory=list)
    error: str | None = None
    fault: FaultFound | None = None

    @property
    def throughput(self) -> float:
        """Bytes of output per second."""
        return self.bytes / self.seconds if self.seconds else 0.0

    @property
    def within_bound(self) -> bool:
        """Whether it is bounded, and never held more than it may."""
        worst = self.spread.get("peak_buffered_bytes", (0, self.peak_buffered_bytes))[1]
        return self.bound_bytes is not None and worst <= self.bound_bytes


def summarize(name: str, model: str, bound_bytes: int | None, runs: Sequence[Run]) -> Measurement:
    """Make one of several `runs` of the variant `name`."""
    peak = statistics.median_low([run.peak_buffered_bytes for run in runs])
    typical = next(run for run in runs if run.peak_buffered_bytes == peak)
    told = next((run for run in runs if not run.ok), runs[0])
    seconds = [run.seconds for run in runs]
    known = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    return Measurement(
        name=name,
        model=model,
        ok=all(run.ok for run in runs),
        seconds=statistics.median_low(seconds),
        bytes=told.bytes,
        sha256=told.sha256,
        peak_buffered_bytes=peak,
        pauses=statistics.median_low([run.pauses for run in runs]),
        drains=statistics.median_low([run.drains for run in runs]),
        lines=told.lines,
        bound_bytes=bound_bytes,
        peak_rss_bytes=statistics.median_low(known) if known else None,
        cpu_seconds=statistics.median_low([run.cpu_seconds for run in runs]),
        rounds=len(runs),
        seconds_min=min(seconds),
        seconds_max=max(seconds),
        spread=_spread(runs),
        timeline=typical.timeline,
        error=next((run.error for run in runs if run.error is not None), None),
        fault=_worst([run.fault for run in runs if run.fault is not None]),
    )


def _spread(runs: Sequence[Run]) -> dict[str, tuple[float, float]]:
    spread = {}
    for name in SPREAD:
        values: list[Any] = [
            run.throughput if name == "throughput" else getattr(run, name) for run in runs
        ]
        known = [value for value in values if value is not None]
        if known:
            spread[name] = (min(known), max(known))
    return spread


def _worst(found: Sequence[FaultFound]) -> FaultFound | None:
    def badness(fault: FaultFound) -> tuple[bool, bool, int]:
        return (
            fault.error_reached_caller is False,
            fault.files_closed is not True,
            fault.bytes_lost or 0,
        )

    return max(found, key=badness, default=None)
