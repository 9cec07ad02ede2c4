"""Runs on a loop whose clock stands still while code runs, and jumps when nothing is left to do.

So a run is over at once, and is the same on every machine.
"""

from __future__ import annotations

import asyncio
import inspect
import selectors
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Callable, Protocol

from ...core.pipe import Pipe
from ...trace import record
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..variants import Variant
from .watched import Outcome, Watched, code_of, watched

__all__ = ["Ends", "StandingLoop", "watch_on_loop"]


class _Selector(selectors.DefaultSelector):
    """Lets no time pass: its loop's clock jumps instead of waiting.

    Attributes:
        now: what time it is, in seconds.
        on_idle: called, once, when nothing is left to happen; None for nobody.
    """

    now = 0.0
    on_idle: Callable[[], object] | None = None

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            on_idle, self.on_idle = self.on_idle, None
            if on_idle is None:
                raise RuntimeError("the run waits for something that will never happen")
            on_idle()
            return super().select(0)
        self.now += max(timeout, 0.0)
        return super().select(0)


class StandingLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only when nothing is left to do."""

    def __init__(self) -> None:
        self._standing = _Selector()
        super().__init__(self._standing)

    def time(self) -> float:
        # Whole microseconds: sums of delays come to the same whatever their order.
        return round(self._standing.now, 6)

    def when_idle(self, call: Callable[[], object] | None) -> None:
        """Have `call` called when nothing is left that could happen; None: that is an error."""
        self._standing.on_idle = call


class Ends:
    """The source and the sink of one run.

    Attributes:
        named: what to call them.
        closed: done when both are closed.
        pauses, drains: how often the source was paused, and the sink, having been full, was empty.
    """

    named: Mapping[str, object]
    closed: asyncio.Future[tuple[None, None]]
    pauses = 0
    drains = 0

    @property
    def output(self) -> bytes:
        """What was written."""
        raise NotImplementedError

    @property
    def both_closed(self) -> bool:
        """Whether both are closed now."""
        raise NotImplementedError

    def call(self, cat: Callable[..., object]) -> object:
        """Call the variant."""
        raise NotImplementedError

    def hearing(self) -> AbstractContextManager[object]:
        """While it runs: what hears that which is between source and sink."""
        return nullcontext()

    def holding(self) -> tuple[int | None, int] | None:
        """As `Gauge` asks it."""
        return None

    def stop(self) -> None:
        """Give up, where there is no task that could be cancelled."""

    async def clear_away(self) -> None:
        """Close what is open still, and have nobody complain."""


class MakeEnds(Protocol):
    """Makes the source and the sink, within the loop."""

    def __call__(self, plan: SmallPlan, gauge: Gauge) -> Ends: ...


def watch_on_loop(variant: Variant, plan: SmallPlan, make: MakeEnds) -> Watched:
    """Run `variant` once, on a loop of its own, and record it."""
    loop = StandingLoop()
    try:
        return loop.run_until_complete(_Watch(variant, plan, loop).record(make))
    finally:
        loop.close()


class _Watch:
    """One run, and who looks at it."""

    def __init__(self, variant: Variant, plan: SmallPlan, loop: StandingLoop) -> None:
        self._variant = variant
        self._plan = plan
        self._loop = loop
        self._gauge = Gauge(self._on_written, self._holding)
        self._task: asyncio.Future[object] | None = None
        self._given_up = False

    async def record(self, make: MakeEnds) -> Watched:
        ends = self._ends = make(self._plan, self._gauge)
        self._idle: asyncio.Future[None] = self._loop.create_future()
        self._uncaught: asyncio.Future[object] = self._loop.create_future()
        self._loop.set_exception_handler(self._on_uncaught)
        self._loop.when_idle(lambda: self._idle.set_result(None))
        code = [*code_of(self._variant), *Pipe.reactions]
        with record(code=code, clock=None, most=None, **ends.named) as trace, ends.hearing():
            outcome, held = await self._see_through()
        seen = watched(
            *(self._plan, trace, ends.output, self._gauge),
            Outcome(outcome, ends.both_closed, held),
            pauses=ends.pauses,
            drains=ends.drains,
        )
        await self._clear_away()
        return seen

    async def _see_through(self) -> tuple[str, int]:
        """Call the variant, and wait for what comes of it; the outcome, and what was held then."""
        going = self._ends.call(self._variant.cat)
        if inspect.isawaitable(going):
            self._task = asyncio.ensure_future(going)
        outcome = await self._end_of(self._task or self._ends.closed)
        held = self._gauge.held
        if outcome == "completed" and self._task is not None:
            raised = self._task.cancelled() or self._task.exception() is not None
            after = await self._end_of(self._ends.closed)
            if raised and after != "uncaught":
                after = "raised"
            outcome = after
            held = held if raised else self._gauge.held
        return outcome, held

    async def _end_of(
        self, happening: asyncio.Future[object] | asyncio.Future[tuple[None, None]]
    ) -> str:
        await asyncio.wait(
            {happening, self._uncaught, self._idle}, return_when=asyncio.FIRST_COMPLETED
        )
        if self._uncaught.done():
            return "uncaught"
        return "completed" if happening.done() else "hung"

    def _on_uncaught(self, _loop: object, context: dict[str, object]) -> None:
        if not self._uncaught.done():
            self._uncaught.set_result(context.get("exception") or context["message"])

    def _on_written(self, total: int) -> None:
        if self._plan.fault == "abort" and total >= self._plan.size // 2 and not self._given_up:
            self._given_up = True
            if self._task is not None:
                self._task.cancel()
            else:
                self._ends.stop()

    def _holding(self) -> tuple[int | None, int] | None:
        return self._ends.holding()

    async def _clear_away(self) -> None:
        await self._ends.clear_away()
        self._ends.closed.cancel()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)
