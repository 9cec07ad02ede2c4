"""From what was seen of a run to what is said of it."""

from __future__ import annotations

import time

from ..job import Job, Observed
from ..measurements import Gauge
from ..resources import any_open, peak_rss_bytes

__all__ = ["Record"]


class Record:
    """The clocks of a run, and its ending.

    Make it before the files are opened, `end` it when the outcome is known, and ask for
    `observed` at last.
    """

    def __init__(self, job: Job, gauge: Gauge) -> None:
        self._job = job
        self._gauge = gauge
        self._cpu_started = time.process_time()
        self._outcome = "completed"
        self._error: str | None = None
        self._held = 0
        self._read = 0
        self.stop_clocks()

    def end(self, outcome: str, error: str | None = None) -> None:
        """The variant's outcome is known, and what it holds now is what it still held."""
        self._outcome = outcome
        self._error = error
        self._held = self._gauge.held
        self._read = self._gauge.total_read
        self.stop_clocks()

    def stop_clocks(self) -> None:
        """Something that belongs to the run has just ended."""
        self._seconds = self._gauge.seconds
        self._cpu_seconds = time.process_time() - self._cpu_started

    def look_at_files(self) -> None:
        """The variant has had its time to close them."""
        self._files_closed = not any_open([self._job.source, self._job.sink])

    def observed(self, *, pauses: int, drains: int) -> Observed:
        """All of it."""
        return Observed(
            outcome=self._outcome,
            error=self._error,
            files_closed=self._files_closed,
            bytes_held=self._held,
            seconds=self._seconds,
            cpu_seconds=self._cpu_seconds,
            peak_buffered_bytes=self._gauge.peak,
            peak_rss_bytes=peak_rss_bytes(),
            pauses=pauses,
            drains=drains,
            timeline=self._gauge.timeline.points(),
            bytes_read=self._read,
            at_peak=self._gauge.at_peak,
        )
