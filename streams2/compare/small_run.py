"""A run small enough to watch: a few words, a fast source, a slow sink, and a clock of its own.

The streams are real, and what runs between them is the variant as it is. Only the time is not: the
loop's clock stands still while code runs, and jumps to the next timer when nothing is left to do.
So a run is over at once, and is the same on every machine.
"""

from __future__ import annotations

import asyncio
import inspect
import selectors
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, TypedDict

from ..core.calling import Callback
from ..core.pipe import Pipe
from ..events.abort import AbortController
from ..loop.waking import Wakeup
from ..streams.destroy import add_abort_signal
from ..streams.readable import Readable
from ..streams.stream import Stream
from ..streams.writable import Writable
from ..trace import Code, Counters, Trace, record
from .failures import disk_full, unreadable
from .measurements import FaultFound, Gauge, Whereabouts
from .small_plan import SmallPlan
from .variants import Variant, by_names

__all__ = ["SmallRun", "can_be_stepped", "record_small_runs"]

_SLOW_START_CHUNKS = 4
"""How long a sink that is slow to start takes to open, in chunks that it would have written."""


class _StandingSelector(selectors.DefaultSelector):
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
        self._standing = _StandingSelector()
        super().__init__(self._standing)

    def time(self) -> float:
        # Whole microseconds: sums of delays come to the same whatever their order.
        return round(self._standing.now, 6)

    def when_idle(self, call: Callable[[], object] | None) -> None:
        """Have `call` called when nothing is left that could happen; None: that is an error."""
        self._standing.on_idle = call


class _Opening(TypedDict, total=False):
    construct: Callable[[Stream, Callback], None]


def _opening(plan: SmallPlan, seconds: float) -> _Opening:
    """An option to open as a file does. Only where something goes wrong is that worth a look."""
    if plan.fault is None:
        return {}

    def construct(_stream: Stream, callback: Callback) -> None:
        asyncio.get_running_loop().call_later(seconds, callback)

    return {"construct": construct}


class _Words(Readable[bytes]):
    """Gives one chunk after the other, each a moment after it was asked for."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        super().__init__(high_water_mark=plan.high_water_mark, **_opening(plan, 0))
        self._plan = plan
        self._chunks = iter(plan.chunks)
        self._gauge = gauge

    def _read(self, size: int) -> None:
        asyncio.get_running_loop().call_later(self._plan.source_seconds, self._give)

    def _give(self) -> None:
        if self._plan.fault == "source" and self._gauge.total_read >= self._plan.size // 2:
            self.destroy(unreadable("source"))
            return
        chunk = next(self._chunks, None)
        if chunk is not None and not self.destroyed:
            self._gauge.read(len(chunk))
        self.push(chunk)


class _SlowPaper(Writable[bytes]):
    """Takes its time for each chunk."""

    def __init__(self, plan: SmallPlan, gauge: Gauge) -> None:
        self._plan = plan
        self._gauge = gauge
        self.written = b""
        slow = plan.fault == "slow-start"
        opening = _opening(plan, _SLOW_START_CHUNKS * plan.sink_seconds if slow else 0)
        super().__init__(high_water_mark=plan.high_water_mark, **opening)

    def _write(self, chunk: bytes, encoding: str | None, callback: Callback) -> None:
        delay = self._plan.sink_seconds
        asyncio.get_running_loop().call_later(delay, self._wrote, chunk, callback)

    def _wrote(self, chunk: bytes, callback: Callback) -> None:
        if self.destroyed:
            callback()
            return
        if self._plan.fault == "sink" and len(self.written + chunk) > self._plan.size // 2:
            callback(disk_full("sink"))
            return
        self.written += chunk
        self._gauge.written(len(chunk))
        callback()


@dataclass(frozen=True)
class SmallRun:
    """One variant's run.

    Attributes:
        variant: what ran.
        function: which of its functions.
        trace: what was recorded.
        output: what was written.
        counters: what it comes to, counted by those who took part and not from the trace.
        at_peak: where the bytes were when most were held.
        fault: how it took the fault, if there was one.
    """

    variant: Variant
    function: str
    trace: Trace
    output: bytes
    counters: Counters
    at_peak: Whereabouts | None
    fault: FaultFound | None


def can_be_stepped(variant: Variant) -> bool:
    """Whether a run of `variant` can be recorded: it must be one of streams or channels of ours."""
    return variant.endpoints == "streams"


def record_small_runs(
    variants: Sequence[Variant] | None = None, plan: SmallPlan | None = None
) -> list[SmallRun]:
    """Run variants on the same small input, and record them.

    Args:
        variants: which, all of which `can_be_stepped`; by default `pipe` and `channel`.
        plan: what is copied, and how.
    """
    chosen = by_names("pipe,channel") if variants is None else variants
    return [_Watch(variant, plan or SmallPlan()).record() for variant in chosen]


class _Watch:
    """One run, and who looks at it."""

    def __init__(self, variant: Variant, plan: SmallPlan) -> None:
        self._variant = variant
        self._plan = plan
        self._function = variant.function_under_fault if plan.fault else variant.function
        self._loop = StandingLoop()
        self._gauge = Gauge(self._on_written, self._holding)
        self._counted = {"pauses": 0, "drains": 0}
        self._task: asyncio.Future[object] | None = None
        self._given_up = False

    def record(self) -> SmallRun:
        try:
            return self._loop.run_until_complete(self._record())
        finally:
            self._loop.close()

    async def _record(self) -> SmallRun:
        source, sink = _Words(self._plan, self._gauge), _SlowPaper(self._plan, self._gauge)
        self._source, self._sink = source, sink
        source.on("pause", lambda: self._count("pauses"))
        sink.on("drain", lambda: self._count("drains"))
        self._closed = asyncio.gather(_over(source), _over(sink))
        self._idle: asyncio.Future[None] = self._loop.create_future()
        self._uncaught: asyncio.Future[object] = self._loop.create_future()
        self._loop.set_exception_handler(self._on_uncaught)
        self._loop.when_idle(lambda: self._idle.set_result(None))
        with record(code=self._code(), source=source, sink=sink) as trace:
            outcome, held = await self._see_through()
        closed, fault = source.closed and sink.closed, self._plan.fault
        counters = Counters(
            self._gauge.total_read, self._gauge.total_written, self._gauge.peak, **self._counted
        )
        run = SmallRun(
            variant=self._variant,
            function=self._function,
            trace=trace,
            output=sink.written,
            counters=counters,
            at_peak=self._gauge.at_peak,
            fault=None if fault is None else FaultFound.of(fault, outcome, closed, held),
        )
        await self._clear_away()
        return run

    def _code(self) -> list[Code]:
        cat = self._variant._replace(function=self._function).cat
        return [cat, self._variant.cat, *Pipe.reactions]

    async def _see_through(self) -> tuple[str, int]:
        """Call the variant, and wait for what comes of it; the outcome, and what was held then."""
        going = self._variant._replace(function=self._function).cat(self._source, self._sink)
        if inspect.isawaitable(going):
            self._task = asyncio.ensure_future(going)
        outcome = await self._end_of(self._task or self._closed)
        held = self._gauge.held
        if outcome == "completed" and self._task is not None:
            raised = self._task.cancelled() or self._task.exception() is not None
            after = await self._end_of(self._closed)
            if raised and after != "uncaught":
                after = "raised"
            outcome = after
            held = held if raised else self._gauge.held
        return outcome, held

    async def _end_of(self, happening: asyncio.Future[Any]) -> str:
        await asyncio.wait(
            {happening, self._uncaught, self._idle}, return_when=asyncio.FIRST_COMPLETED
        )
        if self._uncaught.done():
            return "uncaught"
        return "completed" if happening.done() else "hung"

    def _on_uncaught(self, _loop: object, context: dict[str, Any]) -> None:
        if not self._uncaught.done():
            self._uncaught.set_result(context.get("exception") or context["message"])

    def _on_written(self, total: int) -> None:
        if self._plan.fault == "abort" and total >= self._plan.size // 2 and not self._given_up:
            self._given_up = True
            if self._task is not None:
                self._task.cancel()
            else:
                controller = AbortController()
                add_abort_signal(controller.signal, self._source)
                controller.abort()

    def _holding(self) -> tuple[int, int] | None:
        # What is torn down says no more what it had.
        if self._source.destroyed or self._sink.destroyed:
            return None
        return self._source.readable_length, self._sink.writable_length

    def _count(self, what: str) -> None:
        self._counted[what] += 1

    async def _clear_away(self) -> None:
        for stream in (self._source, self._sink):
            stream.on("error", lambda _: None)
            stream.destroy()
        self._closed.cancel()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)


def _over(stream: Stream) -> asyncio.Future[None]:
    over = Wakeup()
    stream.on("close", over.wake)
    return over.wait()
