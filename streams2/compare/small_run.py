"""A run small enough to watch: a few words, a fast source, a slow sink, and a clock of its own.

What runs is the variant as it is, between ends that are real of their kind. Only the time is not:
it passes when nothing is left to do. Between threads it is the real time.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

from ..trace import Counters, Trace
from .measurements import FaultFound, Whereabouts
from .small_plan import SmallPlan
from .stepped.asyncio_streams import AsyncioEnds
from .stepped.iterables import IterableEnds
from .stepped.loop import watch_on_loop
from .stepped.node import watch_node, why_no_node
from .stepped.streams import StreamEnds
from .stepped.threads import watch_threads
from .stepped.watched import Watched
from .variants import Variant, by_names

__all__ = ["SmallRun", "can_be_stepped", "record_small_runs", "why_not_stepped"]


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


def why_not_stepped(variant: Variant) -> str | None:
    """Why a run of `variant` cannot be recorded here, in words; None if it can."""
    if variant.endpoints == "node":
        return why_no_node()
    if variant.needs is not None and importlib.util.find_spec(variant.needs) is None:
        return f"{variant.needs} is not installed"
    return None


def can_be_stepped(variant: Variant) -> bool:
    """Whether a run of `variant` can be recorded here."""
    return why_not_stepped(variant) is None


def record_small_runs(
    variants: Sequence[Variant] | None = None, plan: SmallPlan | None = None
) -> list[SmallRun]:
    """Run variants on the same small input, and record them.

    Args:
        variants: which, all of which `can_be_stepped`; by default `pipe` and `channel`.
        plan: what is copied, and how.
    """
    chosen = by_names("pipe,channel") if variants is None else variants
    return [_record(variant, plan or SmallPlan()) for variant in chosen]


def _record(variant: Variant, plan: SmallPlan) -> SmallRun:
    function = variant.function_under_fault if plan.fault else variant.function
    seen = _watch(variant._replace(function=function), plan)
    return SmallRun(variant, function, *seen)


def _watch(variant: Variant, plan: SmallPlan) -> Watched:
    if variant.endpoints == "streams":
        return watch_on_loop(variant, plan, StreamEnds)
    if variant.endpoints == "asyncio":
        return watch_on_loop(variant, plan, AsyncioEnds)
    if variant.endpoints == "iter":
        return watch_on_loop(variant, plan, IterableEnds)
    if variant.endpoints == "blocking":
        return watch_threads(variant, plan)
    if variant.endpoints == "node":
        return watch_node(variant, plan)
    # These two are written with what may not be installed.
    if variant.endpoints == "anyio":
        from .stepped.anyio_tasks import AnyioEnds

        return watch_on_loop(variant, plan, AnyioEnds)
    from .stepped.trio_tasks import watch_trio

    return watch_trio(variant, plan)
