"""Runs a variant that copies from an `asyncio.StreamReader` to an `asyncio.StreamWriter`."""

from __future__ import annotations

import asyncio
import inspect
from typing import Callable

from ..asyncio_endpoints import open_reader, open_writer
from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS
from .loop import Caller
from .record import Record

__all__ = ["observe"]

_MOST_COMMON_ARGUMENTS = 3


def observe(job: Job, cat: Callable[..., object], on_progress: Callable[[int], object]) -> Observed:
    """Do `job` with the variant `cat`."""
    return asyncio.run(_observe(job, cat, on_progress))


async def _observe(
    job: Job, cat: Callable[..., object], on_progress: Callable[[int], object]
) -> Observed:
    settings = job.settings
    given_up = False

    def on_written(total: int) -> None:
        nonlocal given_up
        on_progress(total)
        if settings.fault == "abort" and total >= job.half and not given_up:
            given_up = True
            caller.give_up()

    def holding() -> tuple[None, int] | None:
        # What a StreamReader holds, it does not say.
        return None if writing.is_closing() else (None, writing.get_write_buffer_size())

    gauge = Gauge(on_written, holding)
    record = Record(job, gauge)
    reader, reading = open_reader(
        job.source,
        high_water_mark=settings.high_water_mark,
        chunk_size=settings.chunk_size,
        on_read=gauge.read,
        rate=settings.source_rate,
        fail_after=job.half if settings.fault == "source" else None,
    )
    writer, writing = open_writer(
        job.sink,
        high_water_mark=settings.high_water_mark,
        on_written=gauge.written,
        rate=settings.sink_rate,
        start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
        fail_after=job.half if settings.fault == "sink" else None,
    )
    closed = asyncio.gather(reading.closed, writing.closed)
    caller = Caller(gauge, record, job.patience, closed)
    # Who closes what feeds the reader has to be given it.
    closing = len(inspect.signature(cat).parameters) > _MOST_COMMON_ARGUMENTS
    more = (reading,) if closing else ()
    await caller.call(lambda: cat(reader, writer, settings.chunk_size, *more))
    observed = record.observed(pauses=reading.pauses, drains=writing.drains)
    await caller.clear_away()
    reading.abort()
    writing.abort()
    await closed
    return observed
