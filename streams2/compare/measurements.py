"""What is measured of a variant, and how."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .noise import TOLERANCE, why_busy
from .settings import Settings
from .timeline import Point, Timeline

__all__ = ["SPREAD", "FaultFound", "Gauge", "Measurement", "Run", "Whereabouts", "summarize"]


def _ignore(written: int) -> None:
    pass


def _unknown() -> None:
    return None


@dataclass(frozen=True)
class Whereabouts:
    """Where the bytes were when most were held.

    Attributes:
        source: in the source's buffer.
        way: on their way: in a channel, or in somebody's hands.
        sink: in the sink's buffer.
    """

    source: int
    way: int
    sink: int


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
        holding: tells how many bytes source and sink have in their buffers, of the source None if
            that does not say, which is then thought to have all that the sink has not; or tells
            None if nobody knows. A chunk that is being told of is in neither yet.

    Attributes:
        at_peak: where the bytes of the peak were; None if nobody knows.
        peak: the most that were held at any time.
        total_read: the bytes read so far.
        total_written: the bytes written so far.
        timeline: what was held when, in seconds since the gauge was made.
    """

    def __init__(
        self,
        on_written: Callable[[int], object] = _ignore,
        holding: Callable[[], tuple[int | None, int] | None] = _unknown,
    ) -> None:
        self.peak = 0
        self.total_read = 0
        self.total_written = 0
        self.timeline = Timeline()
        self._started = time.perf_counter()
        self._on_written = on_written
        self._holding = holding
        self.at_peak: Whereabouts | None = None
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
        if held > self.peak:
            self.peak = held
            self.at_peak = self._whereabouts(size)
        self.timeline.add(self.seconds, held)

    def _whereabouts(self, size: int) -> Whereabouts | None:
        known = self._holding()
        if known is None:
            return None
        source, sink = known
        in_source = self.held - sink if source is None else source + size
        return Whereabouts(in_source, self.held - in_source - sink, sink)

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

    @classmethod
    def of(
        cls, kind: str, outcome: str, files_closed: bool | None, bytes_held: int | None
    ) -> FaultFound:
        """What follows from an outcome, and from what was read and not written by then."""
        reached: bool | None = outcome == "raised"
        if kind == "slow-start" and outcome == "completed":
            reached = None
        return cls(kind, outcome, reached, files_closed, 0 if reached else bytes_held)


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
        timeline: what was held when, thinned to a few hundred points.
        at_peak: where the bytes were when most were held; None if nobody knows.
        error: what it failed with, in words; None if it did not.
        fault: how it took the fault, if there was one.
        luck: what of that is luck, in words; None for nothing.
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
    timeline: list[Point] = field(default_factory=list)
    at_peak: Whereabouts | None = None
    error: str | None = None
    fault: FaultFound | None = None
    luck: str | None = None

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
        seconds, cpu_seconds, peak_buffered_bytes, peak_rss_bytes, pauses, drains: as of `Run`.
        lines: lines of code of the form for when all goes well.
        lines_with_failures: of the form that handles failures; None if there is none.
        bytes, sha256: the output's; of the first round that failed, if one did.
        bound_bytes: the most that the variant may hold; None if nothing bounds it.
        rounds: how often it was run.
        seconds_min, seconds_max: the fastest and the slowest round.
        spread: for each name of `SPREAD`, the smallest and the largest value of any round.
        timeline: seconds since the start, and bytes held then, of the round whose
            peak is `peak_buffered_bytes`.
        at_peak: where the bytes of that peak were; None if nobody knows.
        busy: why the times are no result, in words; None if they are one.
        error: what it failed with, in words; None if it never did.
        fault: how it took the fault, at worst; None if there was none.
        luck: what of that is luck, in words; None for nothing.
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
    lines_with_failures: int | None = None
    bound_bytes: int | None = None
    peak_rss_bytes: int | None = None
    cpu_seconds: float = 0.0
    rounds: int = 1
    seconds_min: float = 0.0
    seconds_max: float = 0.0
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    timeline: list[Point] = field(default_factory=list)
    at_peak: Whereabouts | None = None
    busy: str | None = None
    error: str | None = None
    fault: FaultFound | None = None
    luck: str | None = None

    @property
    def throughput(self) -> float:
        """Bytes of output per second."""
        return self.bytes / self.seconds if self.seconds else 0.0

    @property
    def within_bound(self) -> bool:
        """Whether it is bounded, and never held more than it may."""
        worst = self.spread.get("peak_buffered_bytes", (0, self.peak_buffered_bytes))[1]
        return self.bound_bytes is not None and worst <= self.bound_bytes


def summarize(
    name: str,
    model: str,
    bound_bytes: int | None,
    runs: Sequence[Run],
    *,
    lines: tuple[int, int | None] = (0, None),
    settings: Settings | None = None,
    tolerance: float = TOLERANCE,
) -> Measurement:
    """Make one of several `runs` of the variant `name`.

    Args:
        name, model, bound_bytes: as of `Measurement`.
        runs: at least one.
        lines: lines of code, when all goes well and with failures handled.
        settings: how they were run.
        tolerance: which part is no difference between two times.
    """
    peak = statistics.median_low([run.peak_buffered_bytes for run in runs])
    typical = next(run for run in runs if run.peak_buffered_bytes == peak)
    told = next((run for run in runs if not run.ok), runs[0])
    seconds = [run.seconds for run in runs]
    known = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    worst = max(runs, key=_badness)
    # Where something went wrong, no time is one to compare.
    timed = seconds if all(run.ok for run in runs) else []
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
        lines=lines[0],
        lines_with_failures=lines[1],
        bound_bytes=bound_bytes,
        peak_rss_bytes=statistics.median_low(known) if known else None,
        cpu_seconds=statistics.median_low([run.cpu_seconds for run in runs]),
        rounds=len(runs),
        seconds_min=min(seconds),
        seconds_max=max(seconds),
        spread=_spread(runs),
        timeline=typical.timeline,
        at_peak=typical.at_peak,
        busy=why_busy(timed, told.bytes, settings or Settings(), tolerance),
        error=next((run.error for run in runs if run.error is not None), None),
        fault=worst.fault,
        luck=worst.luck,
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


def _badness(run: Run) -> tuple[bool, bool, bool, int]:
    fault = run.fault
    if fault is None:
        return (False, False, False, 0)
    return (
        True,
        fault.error_reached_caller is False,
        fault.files_closed is not True,
        fault.bytes_lost or 0,
    )
