"""A run between two tasks of anyio, on asyncio's loop."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Callable

import anyio

from ..drivers.anyio_tasks import AnyioLibrary, FileSink, FileSource
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..variants import anyio_channel
from .loop import Ends
from .memory import hearing_memory
from .tasks import SmallInput, SmallOutput

__all__ = ["AnyioEnds"]


class AnyioEnds(Ends):
    """A `ByteReceiveStream` and a `ByteSendStream`."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._plan = plan
        self._input = SmallInput(AnyioLibrary(), plan, gauge)
        self._output = SmallOutput(AnyioLibrary(), plan, gauge)
        self._source = FileSource(self._input, plan.chunk_size)
        self._sink = FileSink(self._output)
        self.named = {"source": self._input.place, "sink": self._output.place}
        self.closed = asyncio.gather(self._source.closed, self._sink.closed)

    @property
    def output(self) -> bytes:
        return self._output.paper.text

    @property
    def both_closed(self) -> bool:
        return self._input.closed and self._output.closed

    def call(self, cat: Callable[..., object]) -> object:
        return cat(self._source, self._sink, self._plan.slots)

    def hearing(self) -> AbstractContextManager[object]:
        return hearing_memory(
            *(anyio_channel, "create_memory_object_stream", "stream"),
            block=anyio.WouldBlock,
            end=anyio.EndOfStream,
        )

    async def clear_away(self) -> None:
        await self._source.aclose()
        await self._sink.aclose()
