"""Runs a variant that copies from anyio's `ByteReceiveStream` to its `ByteSendStream`.

On asyncio, as anyio does unless it is told otherwise.
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable

import anyio
import anyio.abc
import anyio.to_thread

from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS
from ..task_endpoints import TaskInput, TaskOutput
from .blocking import slots_of
from .loop import Caller
from .record import Record

__all__ = ["AnyioLibrary", "FileSink", "FileSource", "observe"]


class AnyioLibrary:
    """What the files need of anyio."""

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        return await anyio.to_thread.run_sync(function, *args)


class FileSource(anyio.abc.ByteReceiveStream):
    """A file to receive. Chunks are as large as the comparison says, whatever is asked for.

    Attributes:
        closed: done when it is closed.
    """

    def __init__(self, file: TaskInput, chunk_size: int) -> None:
        self._file = file
        self._chunk_size = chunk_size
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def receive(self, max_bytes: int = 65536) -> bytes:
        data = await self._file.read(self._chunk_size)
        if not data:
            raise anyio.EndOfStream
        return data

    async def aclose(self) -> None:
        self._file.close()
        if not self.closed.done():
            self.closed.set_result(None)


class FileSink(anyio.abc.ByteSendStream):
    """A file to send to.

    Attributes:
        closed: done when it is closed.
    """

    def __init__(self, file: TaskOutput) -> None:
        self._file = file
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def send(self, item: bytes) -> None:
        await self._file.write(item)

    async def aclose(self) -> None:
        try:
            await self._file.finish()
        finally:
            self._file.close()
            if not self.closed.done():
                self.closed.set_result(None)


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

    gauge = Gauge(on_written)
    record = Record(job, gauge)
    input_file = TaskInput(
        *(AnyioLibrary(), job.source, gauge.read, settings.source_rate),
        fail_after=job.half if settings.fault == "source" else None,
    )
    output_file = TaskOutput(
        *(AnyioLibrary(), job.sink, gauge.written, settings.sink_rate),
        fail_after=job.half if settings.fault == "sink" else None,
        start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
    )
    source, sink = FileSource(input_file, settings.chunk_size), FileSink(output_file)
    caller = Caller(gauge, record, job.patience, asyncio.gather(source.closed, sink.closed))
    await caller.call(lambda: cat(source, sink, slots_of(job)))
    observed = record.observed(pauses=0, drains=0)
    await caller.clear_away()
    await source.aclose()
    await sink.aclose()
    return observed
