"""Runs a variant that copies from an async iterable of batches to a writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Callable, TypeVar

from ...iter.policies import LEAST_BUDGET
from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS, Settings
from ..task_endpoints import TaskInput, TaskOutput
from .loop import Caller
from .record import Record

__all__ = ["AsyncioLibrary", "FileBatches", "FileWriter", "budget_of", "observe"]

T = TypeVar("T")


class AsyncioLibrary:
    """What the files need of asyncio."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def in_thread(self, function: Callable[..., T], *args: object) -> T:
        work = asyncio.get_running_loop().run_in_executor(None, function, *args)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread goes on with the file, which must be open for as long.
            await asyncio.wait([work])
            raise


class FileBatches(AsyncIterator["list[bytes]"]):
    """A file, one chunk a batch: what is gathered ahead would be held beside the budget.

    Attributes:
        closed: done when it is closed.
    """

    def __init__(self, file: TaskInput, chunk_size: int) -> None:
        self._file = file
        self._chunk_size = chunk_size
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __anext__(self) -> list[bytes]:
        try:
            data = await self._file.read(self._chunk_size)
        except BaseException:
            # As of a generator: one that raised is over.
            self.close()
            raise
        if not data:
            self.close()
            raise StopAsyncIteration
        return [data]

    async def aclose(self) -> None:
        """Read no more."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if not self.closed.done():
            self.closed.set_result(None)


class FileWriter:
    """A file to write to.

    Attributes:
        closed: done when it is closed.
    """

    def __init__(self, file: TaskOutput) -> None:
        self._file = file
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def write(self, chunk: bytes) -> None:
        """Write a chunk."""
        await self._file.write(chunk)

    async def writev(self, chunks: list[bytes]) -> None:
        """Write several, one after the other, as fast as they are paid for."""
        for chunk in chunks:
            await self.write(chunk)

    async def end(self) -> None:
        """There is no more: close the file."""
        try:
            await self._file.finish()
        finally:
            self.fail()

    def fail(self, reason: BaseException | None = None) -> None:
        """Close the file, whatever is left to do."""
        self._file.close()
        if not self.closed.done():
            self.closed.set_result(None)


def budget_of(settings: Settings) -> int:
    """The budget: a mark, but no less than there may be."""
    return max(settings.high_water_mark, LEAST_BUDGET)


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
        *(AsyncioLibrary(), job.source, gauge.read, settings.source_rate),
        fail_after=job.half if settings.fault == "source" else None,
    )
    output_file = TaskOutput(
        *(AsyncioLibrary(), job.sink, gauge.written, settings.sink_rate),
        fail_after=job.half if settings.fault == "sink" else None,
        start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
    )
    source, sink = FileBatches(input_file, settings.chunk_size), FileWriter(output_file)
    caller = Caller(gauge, record, job.patience, asyncio.gather(source.closed, sink.closed))
    await caller.call(lambda: cat(source, sink, budget_of(settings)))
    observed = record.observed(pauses=0, drains=0)
    await caller.clear_away()
    source.close()
    sink.fail()
    return observed
