"""Runs a variant that copies from a `Readable` to a `Writable`."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable

from ...events.abort import AbortController
from ...streams.destroy import add_abort_signal
from ...streams.stream import Stream
from ..endpoints import InputFile, SlowFile
from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS
from .loop import Caller
from .record import Record

__all__ = ["observe"]

_SECONDS_TO_CLEAR_AWAY = 5.0


def observe(job: Job, cat: Callable[..., object], on_progress: Callable[[int], object]) -> Observed:
    """Do `job` with the variant `cat`."""
    return asyncio.run(_Copy(job, cat, on_progress).observe())


class _Copy:
    def __init__(
        self, job: Job, cat: Callable[..., object], on_progress: Callable[[int], object]
    ) -> None:
        self._job = job
        self._cat = cat
        self._on_progress = on_progress
        self._given_up = False
        self._pauses = 0
        self._drains = 0

    async def observe(self) -> Observed:
        job, settings = self._job, self._job.settings

        def holding() -> tuple[int, int] | None:
            # What is torn down says no more what it had.
            if source.destroyed or sink.destroyed:
                return None
            return source.readable_length, sink.writable_length

        gauge = Gauge(self._on_written, holding)
        record = Record(job, gauge)
        source = InputFile(
            job.source,
            high_water_mark=settings.high_water_mark,
            on_read=gauge.read,
            chunk_size=settings.chunk_size,
            rate=settings.source_rate,
            fail_after=job.half if settings.fault == "source" else None,
        )
        sink = SlowFile(
            job.sink,
            rate=settings.sink_rate,
            high_water_mark=settings.high_water_mark,
            on_written=gauge.written,
            start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
            fail_after=job.half if settings.fault == "sink" else None,
        )
        source.on("pause", self._count_pause)
        sink.on("drain", self._count_drain)
        closed = asyncio.gather(_first(source, "close"), _first(sink, "close"))
        # One that fails before it is open is closed next.
        opened = asyncio.gather(*(_first(file, "open", "close") for file in (source, sink)))
        self._caller = Caller(gauge, record, job.patience, closed, opened)
        self._source = source
        await self._caller.call(lambda: self._cat(source, sink))
        observed = record.observed(pauses=self._pauses, drains=self._drains)
        await self._clear_away(source, sink, closed)
        return observed

    def _on_written(self, total: int) -> None:
        self._on_progress(total)
        if self._job.settings.fault == "abort" and total >= self._job.half and not self._given_up:
            self._given_up = True
            if not self._caller.give_up():
                # All that the caller has in hand is the source, and Node's way to stop one.
                controller = AbortController()
                add_abort_signal(controller.signal, self._source)
                controller.abort()

    async def _clear_away(self, source: Stream, sink: Stream, closed: asyncio.Future[Any]) -> None:
        await self._caller.clear_away()
        for stream in (source, sink):
            stream.on("error", lambda _: None)
            stream.destroy()
        closed.cancel()
        # Not by 'close': an 'error' that nobody heard may have come in its place.
        give_up_at = time.monotonic() + _SECONDS_TO_CLEAR_AWAY
        while not (source.closed and sink.closed) and time.monotonic() < give_up_at:
            await asyncio.sleep(0.001)

    def _count_pause(self) -> None:
        self._pauses += 1

    def _count_drain(self) -> None:
        self._drains += 1


def _first(stream: Stream, *events: str) -> asyncio.Future[None]:
    """Done when `stream` has emitted one of these. It listens to no error."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(*_: object) -> None:
        if not future.done():
            future.set_result(None)

    for event in events:
        stream.once(event, settle)
    return future
