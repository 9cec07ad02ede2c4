"""One run of one variant, in a process of its own.

The job comes as a line of JSON on standard input. On standard output, every line is a JSON object:
``{"written": 65536}`` now and then, and at last ``{"observed": {...}}``.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from typing import Any, Callable

from .job import Job, Observed

__all__ = ["main", "observe"]

_SECONDS_BETWEEN_REPORTS = 0.05

_DRIVERS = {
    "streams": "streams2.compare.drivers.streams",
    "asyncio": "streams2.compare.drivers.asyncio_streams",
    "iter": "streams2.compare.drivers.iterables",
    "blocking": "streams2.compare.drivers.blocking",
    "anyio": "streams2.compare.drivers.anyio_tasks",
    "trio": "streams2.compare.drivers.trio_tasks",
}


def observe(job: Job, on_progress: Callable[[int], object]) -> Observed:
    """Do `job` here. Only what it needs is imported: its memory is measured.

    Args:
        job: what to do.
        on_progress: called with the total of the bytes written so far.
    """
    cat = getattr(importlib.import_module(job.module), job.function)
    driver: Any = importlib.import_module(_DRIVERS[job.endpoints])
    observed: Observed = driver.observe(job, cat, on_progress)
    return observed


def _tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Do the job that standard input tells, and leave."""
    # Ctrl-C is for the process that started this one. It ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job = Job.from_json(sys.stdin.readline())
    told_at = 0.0

    def on_progress(written: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if written == job.size or now - told_at > _SECONDS_BETWEEN_REPORTS:
            told_at = now
            _tell(written=written)

    observed = observe(job, on_progress)
    _tell(observed=asdict(observed))
    # Without waiting for threads: one that hangs would be waited for for ever.
    os._exit(0)
