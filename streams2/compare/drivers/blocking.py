"""Runs a variant that blocks: it reads and writes files, and returns when it is done.

The caller calls it in a thread, so that somebody is left to look. Nothing that blocks can be
cancelled; to give up, the caller closes the source under it.
"""

from __future__ import annotations

import threading
from typing import Callable

from ..blocking_endpoints import BlockingInput, BlockingOutput
from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS
from .patience import Patience, in_words
from .record import Record

__all__ = ["observe", "slots_of"]


def observe(job: Job, cat: Callable[..., object], on_progress: Callable[[int], object]) -> Observed:
    """Do `job` with the variant `cat`. If that hangs, its threads are left behind."""
    settings = job.settings
    # A reader and a writer tell the gauge, each from a thread of its own.
    lock = threading.Lock()

    def on_written(total: int) -> None:
        on_progress(total)
        if settings.fault == "abort" and total >= job.half:
            source.close()

    gauge = Gauge(on_written)
    record = Record(job, gauge)
    source = BlockingInput(
        job.source,
        on_read=_locked(lock, gauge.read),
        rate=settings.source_rate,
        fail_after=job.half if settings.fault == "source" else None,
    )
    sink = BlockingOutput(
        job.sink,
        on_written=_locked(lock, gauge.written),
        rate=settings.sink_rate,
        start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
        fail_after=job.half if settings.fault == "sink" else None,
    )
    call = _Call(lambda: cat(source, sink, settings.chunk_size, slots_of(job)))
    if not call.wait(Patience(gauge, job.patience)):
        record.end("hung")
    elif call.error is not None:
        record.end("raised", in_words(call.error))
    else:
        record.end("completed")
    record.look_at_files()
    return record.observed(pauses=0, drains=0)


def slots_of(job: Job) -> int:
    """How many chunks the queue may have, so that as much is held as by two marks and a chunk.

    One more is in the reader's hands, and one in the writer's.
    """
    marks = -(-job.settings.high_water_mark // job.settings.chunk_size)
    return 2 * marks - 1


def _locked(lock: threading.Lock, function: Callable[[int], None]) -> Callable[[int], None]:
    def call(size: int) -> None:
        with lock:
            function(size)

    return call


class _Call:
    """A call in a thread of its own, which nobody need wait for."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self._function = function
        self._over = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._function()
        except BaseException as error:
            self.error = error
        self._over.set()

    def wait(self, patience: Patience) -> bool:
        """Wait until it is over; False if nothing moved any more."""
        while not patience.is_exhausted():
            if self._over.wait(patience.look_again_after):
                return True
        return False
