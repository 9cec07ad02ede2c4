"""What is seen of a small run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...trace import Code, Counters, Trace
from ..measurements import FaultFound, Gauge, Whereabouts
from ..small_plan import SmallPlan
from ..variants import Variant

__all__ = ["Outcome", "Watched", "code_of", "watched"]


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        outcome: as of `FaultFound`.
        closed: whether both sides were closed.
        held: what had been read and not written.
    """

    outcome: str
    closed: bool
    held: int


class Watched(NamedTuple):
    """What is seen of a small run: as of `SmallRun`."""

    trace: Trace
    output: bytes
    counters: Counters
    at_peak: Whereabouts | None
    fault: FaultFound | None


def code_of(variant: Variant) -> Sequence[Code]:
    """The functions of `variant` that are recorded line by line, the one that runs first."""
    return [variant.cat, variant._replace(function="cat").cat]


def watched(
    plan: SmallPlan,
    trace: Trace,
    output: bytes,
    gauge: Gauge,
    outcome: Outcome,
    *,
    pauses: int = 0,
    drains: int = 0,
) -> Watched:
    """From what was counted to what is seen."""
    fault = None
    if plan.fault is not None:
        fault = FaultFound.of(plan.fault, outcome.outcome, outcome.closed, outcome.held)
    counters = Counters(gauge.total_read, gauge.total_written, gauge.peak, pauses, drains)
    return Watched(trace, output, counters, gauge.at_peak, fault)
