"""A run between two tasks of trio, on its own clock for tests: one that jumps while all wait."""

from __future__ import annotations

import trio
import trio.testing

from ...trace import record
from ..drivers.trio_tasks import FileSink, FileSource, TrioLibrary
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..variants import Variant
from .memory import hearing_memory
from .tasks import SmallInput, SmallOutput
from .watched import Outcome, Watched, code_of, watched

__all__ = ["watch_trio"]

_FOREVER = 3600.0
"""Whoever takes as long, on a clock that jumps, waits for what will never come."""


def watch_trio(variant: Variant, plan: SmallPlan) -> Watched:
    """Run `variant` once, and record it."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    return trio.run(_Watch(variant, plan).record, clock=clock)


class _Watch:
    """One run, and who looks at it."""

    def __init__(self, variant: Variant, plan: SmallPlan) -> None:
        self._variant = variant
        self._plan = plan
        self._giving_up = trio.CancelScope()
        self._gauge = Gauge(self._on_written)

    async def record(self) -> Watched:
        plan = self._plan
        source = SmallInput(TrioLibrary(), plan, self._gauge)
        sink = SmallOutput(TrioLibrary(), plan, self._gauge)
        heard = hearing_memory(
            *(trio, "open_memory_channel", "channel"),
            block=trio.WouldBlock,
            end=trio.EndOfChannel,
        )
        began = trio.current_time()
        with (
            record(
                code=code_of(self._variant),
                # Whole microseconds: sums of delays come to the same whatever their order.
                clock=lambda: round(trio.current_time() - began, 6),
                source=source.place,
                sink=sink.place,
            ) as trace,
            heard,
        ):
            outcome = await self._call(source, sink)
        ended = Outcome(outcome, source.closed and sink.closed, self._gauge.held)
        source.close()
        sink.close()
        return watched(plan, trace, sink.paper.text, self._gauge, ended)

    async def _call(self, source: SmallInput, sink: SmallOutput) -> str:
        ends = FileSource(source, self._plan.chunk_size), FileSink(sink)
        with trio.move_on_after(_FOREVER):
            try:
                with self._giving_up:
                    await self._variant.cat(*ends, self._plan.slots)  # type: ignore[misc]
            except Exception:
                return "raised"
            return "raised" if self._giving_up.cancelled_caught else "completed"
        return "hung"

    def _on_written(self, total: int) -> None:
        if self._plan.fault == "abort" and total >= self._plan.half:
            self._giving_up.cancel()
