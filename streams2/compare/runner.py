"""Run the variants, one after the other, on the same input and into the same kind of sink."""

from __future__ import annotations

import asyncio
import inspect
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ..finished import finished
from ..run import run
from ..stream import Stream
from .code_lines import code_lines
from .endpoints import InputFile, SlowFile
from .inputs import Digest, Input, digest
from .measurements import Gauge, Measurement
from .variants import VARIANTS, Variant

__all__ = ["HIGH_WATER_MARK", "compare", "memory_bound"]

HIGH_WATER_MARK = 64 * 1024
"""The mark of the source and of the sink, and the size of a chunk, in bytes."""

OnProgress = Callable[[str, int], object]
"""Called with a variant's name and how many bytes it has written."""


def memory_bound() -> int:
    """The most that a variant with back-pressure holds: both marks and one chunk, in bytes."""
    return 3 * HIGH_WATER_MARK


def compare(
    source: Input,
    *,
    sink_rate: float | None,
    on_progress: OnProgress,
    variants: Sequence[Variant] = VARIANTS,
) -> list[Measurement]:
    """Copy `source` once with each of `variants`.

    Args:
        source: what to copy.
        sink_rate: how many bytes a second the sink takes; None for as many as the disk does.
        on_progress: called with a variant's name and how many bytes it has written so far.
        variants: what to run, in this order.

    Returns:
        What was measured, in the order of `variants`. A variant that fails is measured as well.

    Raises:
        OSError: there is no place for the copies.
    """
    results = []
    for variant in variants:
        with tempfile.TemporaryDirectory(prefix="streams2-") as directory:
            copy = _Copy(variant, source, os.path.join(directory, "output"), sink_rate)
            results.append(copy.measure(on_progress))
    return results


@dataclass
class _Copy:
    """One run of one variant."""

    variant: Variant
    source: Input
    output: str
    sink_rate: float | None
    pauses: int = 0
    drains: int = 0
    seconds: float = 0.0

    def measure(self, on_progress: OnProgress) -> Measurement:
        name = self.variant.name
        gauge = Gauge(lambda total: on_progress(name, total))
        error = None
        try:
            run(partial(self._copy, gauge))
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
        found = digest(self.output) if os.path.exists(self.output) else Digest(0, "")
        return Measurement(
            name=name,
            model=self.variant.model,
            ok=error is None and found == self.source.digest,
            seconds=self.seconds,
            bytes=found.bytes,
            sha256=found.sha256,
            peak_buffered_bytes=gauge.peak,
            pauses=self.pauses,
            drains=self.drains,
            lines=code_lines(self.variant.cat),
            error=error,
        )

    async def _copy(self, gauge: Gauge) -> None:
        """Do as the variant does until both files are closed."""
        started = time.perf_counter()
        source = InputFile(self.source.path, high_water_mark=HIGH_WATER_MARK, on_read=gauge.read)
        sink = SlowFile(
            self.output,
            rate=self.sink_rate,
            high_water_mark=HIGH_WATER_MARK,
            on_written=gauge.written,
        )
        source.on("pause", self._count_pause)
        sink.on("drain", self._count_drain)
        parts = [_over(source), _over(sink)]
        try:
            going = self.variant.cat(source, sink)
            if inspect.isawaitable(going):
                parts.append(asyncio.ensure_future(going))
            await asyncio.gather(*parts)
        finally:
            source.destroy()
            sink.destroy()
            await asyncio.gather(*parts, return_exceptions=True)
            self.seconds = time.perf_counter() - started

    def _count_pause(self) -> None:
        self.pauses += 1

    def _count_drain(self) -> None:
        self.drains += 1


def _over(stream: Stream) -> asyncio.Future[Any]:
    """A future of the end of `stream`. It listens at once, before anything can have happened."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def settle(error: BaseException | None) -> None:
        if future.done():
            return  # The run was given up, and this future cancelled with it.
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    finished(stream, settle)
    return future
