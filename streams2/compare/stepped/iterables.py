"""A run between an async iterable and a writer, with a budget on the way.

A real budget is 16 KiB at least; here it is to scale with the words. All else of the pair is as it
comes: it is told what is called, and what that comes to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Callable

from ...events.abort import AbortSignal
from ...iter.batches import Batch
from ...iter.policies import ACCEPTING, LEAST_BUDGET, OPEN
from ...iter.pushing import PushBucket, Pushed, PushReadable
from ...iter.writer import Writer
from ...trace import telling
from ...trace.telling import Held, Place
from ..drivers.iterables import AsyncioLibrary, FileBatches, FileWriter
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..variants import iterable
from .loop import Ends
from .swapping import swapped
from .tasks import SmallInput, SmallOutput

__all__ = ["IterableEnds"]


class _Budget(Place):
    """What was pushed and not read, and what waits for room.

    Attributes:
        bucket: where it is, once there is one.
    """

    kind = "channel"
    name = "budget"

    def __init__(self) -> None:
        self.bucket: _HeardBucket | None = None

    def held(self) -> Sequence[Held]:
        bucket = self.bucket
        if bucket is None:
            return []
        unread = list(chain.from_iterable(bucket.batches))
        pending = list(chain.from_iterable(offer.batch for offer in bucket.waiting))
        return [
            Held("values", unread, bucket.size, bucket.budget),
            Held("putting", pending, len(bucket.waiting), None, unit="puts"),
            Held("taking", (), len(bucket.readers), None, unit="takes"),
        ]


class _HeardBucket(PushBucket):
    """Tells what is called.

    Attributes:
        face: whose machine its machine is, to a recording.
    """

    def __init__(self, place: _Budget, budget: int) -> None:
        super().__init__(LEAST_BUDGET, "strict")
        self.budget = budget
        self._place = self.face = place

    def write_at_once(self, batch: Batch) -> bool:
        accepting = self.machine.state is ACCEPTING
        if accepting:
            telling.called(self._place, "send", batch[0])
        accepted = super().write_at_once(batch)
        if accepting:
            telling.answered(self._place, "send", True)
        return accepted

    def write(self, batch: Batch, signal: AbortSignal | None) -> asyncio.Future[None]:
        place = self._place
        telling.called(place, "send", batch[0])
        full = f"`writer.write()` finds the budget used up: {self.size} of {self.budget}."
        told = super().write(batch, signal)
        if told.done():
            _tell(place, told)
            return told
        why = f"{full} It goes on when somebody reads."
        telling.waits(place, "send", batch[0], why)
        told.add_done_callback(lambda done: _tell(place, done))
        return told

    async def next(self) -> Batch | None:
        place = self._place
        telling.called(place, "receive")
        if not self.batches and self.machine.state in OPEN:
            why = "nothing was written. It goes on when something is, or at the end."
            telling.waits(place, "receive", why=why)
        try:
            batch = await super().next()
        except BaseException as error:
            telling.failed(place, "receive", error)
            raise
        if batch is None:
            telling.answered(place, "receive", None)
        for chunk in batch or ():
            telling.answered(place, "receive", chunk)
        return batch

    def end_at_once(self) -> int:
        telling.called(self._place, "close")
        return super().end_at_once()


def _tell(place: _Budget, told: asyncio.Future[None]) -> None:
    """What became of a write."""
    error = asyncio.CancelledError() if told.cancelled() else told.exception()
    if error is None:
        telling.answered(place, "send", True)
    else:
        telling.failed(place, "send", error)


class _Writer(FileWriter):
    """Tells of a whole batch that it is here, as soon as the first of it is written."""

    def __init__(self, file: SmallOutput) -> None:
        super().__init__(file)
        self._small = file

    async def writev(self, chunks: list[bytes]) -> None:
        try:
            for index, chunk in enumerate(chunks):
                self._small.place.next = tuple(chunks[index + 1 :])
                await self.write(chunk)
        finally:
            self._small.place.next = ()


class IterableEnds(Ends):
    """An async iterable of batches and a writer."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._plan = plan
        self._input = SmallInput(AsyncioLibrary(), plan, gauge)
        self._output = SmallOutput(AsyncioLibrary(), plan, gauge)
        self._source = FileBatches(self._input, plan.chunk_size)
        self._sink = _Writer(self._output)
        self._budget = _Budget()
        self.named = {
            "source": self._input.place,
            "budget": self._budget,
            "sink": self._output.place,
        }
        self.closed = asyncio.gather(self._source.closed, self._sink.closed)

    @property
    def output(self) -> bytes:
        return self._output.paper.text

    @property
    def both_closed(self) -> bool:
        return self._input.closed and self._output.closed

    def call(self, cat: Callable[..., object]) -> object:
        return cat(self._source, self._sink, self._plan.high_water_mark)

    def hearing(self) -> AbstractContextManager[None]:
        return swapped(iterable, "push", lambda _: self._push)

    def _push(self, *, budget: int) -> Pushed:
        bucket = self._budget.bucket = _HeardBucket(self._budget, budget)
        readable: AsyncIterable[Batch] = PushReadable(bucket)
        return Pushed(Writer(bucket), readable)

    async def clear_away(self) -> None:
        self._source.close()
        self._sink.fail()
