"""Runs a variant that copies from trio's `ReceiveStream` to its `SendStream`.

The caller gives up by cancelling the scope in which it calls the variant.
"""

from __future__ import annotations

from typing import Any, Callable

import trio
import trio.abc

from ..job import Job, Observed
from ..measurements import Gauge
from ..settings import SLOW_START_SECONDS
from ..task_endpoints import TaskInput, TaskOutput
from .blocking import slots_of
from .patience import Patience, in_words
from .record import Record

__all__ = ["FileSink", "FileSource", "TrioLibrary", "observe"]


class TrioLibrary:
    """What the files need of trio."""

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)

    async def in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        return await trio.to_thread.run_sync(function, *args)


class FileSource(trio.abc.ReceiveStream):
    """A file to receive. Chunks are as large as the comparison says, whatever is asked for."""

    def __init__(self, file: TaskInput, chunk_size: int) -> None:
        self._file = file
        self._chunk_size = chunk_size

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self._file.read(self._chunk_size)

    async def aclose(self) -> None:
        self._file.close()


class FileSink(trio.abc.SendStream):
    """A file to send to."""

    def __init__(self, file: TaskOutput) -> None:
        self._file = file

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._file.write(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        pass

    async def aclose(self) -> None:
        try:
            await self._file.finish()
        finally:
            self._file.close()


def observe(job: Job, cat: Callable[..., Any], on_progress: Callable[[int], object]) -> Observed:
    """Do `job` with the variant `cat`."""
    return trio.run(_Copy(job, on_progress).observe, cat)


class _Copy:
    def __init__(self, job: Job, on_progress: Callable[[int], object]) -> None:
        self._job = job
        self._on_progress = on_progress
        self._giving_up = trio.CancelScope()
        self._gauge = Gauge(self._on_written)

    async def observe(self, cat: Callable[..., Any]) -> Observed:
        job, settings = self._job, self._job.settings
        record = Record(job, self._gauge)
        input_file = TaskInput(
            *(TrioLibrary(), job.source, self._gauge.read, settings.source_rate),
            fail_after=job.half if settings.fault == "source" else None,
        )
        output_file = TaskOutput(
            *(TrioLibrary(), job.sink, self._gauge.written, settings.sink_rate),
            fail_after=job.half if settings.fault == "sink" else None,
            start_delay=SLOW_START_SECONDS if settings.fault == "slow-start" else 0.0,
        )
        source, sink = FileSource(input_file, settings.chunk_size), FileSink(output_file)
        async with trio.open_nursery() as onlookers:
            onlookers.start_soon(self._watch, record, onlookers.cancel_scope)
            await self._call(lambda: cat(source, sink, slots_of(job)), record)
            onlookers.cancel_scope.cancel()
        record.look_at_files()
        observed = record.observed(pauses=0, drains=0)
        input_file.close()
        output_file.close()
        return observed

    async def _call(self, begin: Callable[[], Any], record: Record) -> None:
        try:
            with self._giving_up:
                await begin()
        except Exception as error:
            record.end("raised", in_words(error))
        else:
            if self._giving_up.cancelled_caught:
                record.end("raised", "Cancelled")
            else:
                record.end("completed")

    async def _watch(self, record: Record, all_of_it: trio.CancelScope) -> None:
        patience = Patience(self._gauge, self._job.patience)
        while not patience.is_exhausted():
            await trio.sleep(patience.look_again_after)
        record.end("hung")
        all_of_it.cancel()

    def _on_written(self, total: int) -> None:
        self._on_progress(total)
        if self._job.settings.fault == "abort" and total >= self._job.half:
            self._giving_up.cancel()
