"""The demand machine: what a Writable says to its writers.

It accepts until its buffer has reached the high-water mark, then refuses until it has drained, and
it ends in a few steps once its writer is done. The table below is all that changes it. A chunk on
its way changes no state until a mark is crossed.

A writer that ends while it was refused is owed nothing any more: its 'drain' never comes. What is
left of the refusal is that the last write is looked after a tick later. So there are two states for
a stream that is ending.

A table holds modes: what a stream does until something happens. What is under way (a chunk that is
with `_write`, a tick that is scheduled) is a flag, on the side that looks after it.
"""

from __future__ import annotations

from .machine import MachineEvent, State, Table

__all__ = ["DEMAND", "Demand", "DemandEvent"]


class Demand(State):
    """What a writable says to its writers."""

    ACCEPTING = "accepting"
    REFUSING = "refusing"
    ENDING = "ending"
    ENDING_REFUSED = "ending refused"
    FINALIZING = "finalizing"
    FLUSHED = "flushed"
    FINISHED = "finished"


ACCEPTING, REFUSING, ENDING, ENDING_REFUSED, FINALIZING, FLUSHED, FINISHED = Demand


class DemandEvent(MachineEvent):
    """What changes it."""

    REFUSE = "refuse"
    DRAIN = "drain"
    END = "end"
    FINALIZE = "finalize"
    FLUSH = "flush"
    FINISH = "finish"


DEMAND: Table[Demand, DemandEvent] = Table(
    "demand",
    ACCEPTING,
    {
        (ACCEPTING, DemandEvent.REFUSE): (REFUSING, None),
        (REFUSING, DemandEvent.DRAIN): (ACCEPTING, "tell_drain"),
        (ACCEPTING, DemandEvent.END): (ENDING, None),
        (REFUSING, DemandEvent.END): (ENDING_REFUSED, None),
        (ENDING, DemandEvent.REFUSE): (ENDING_REFUSED, None),
        (ENDING, DemandEvent.FINALIZE): (FINALIZING, "finalize"),
        (ENDING_REFUSED, DemandEvent.FINALIZE): (FINALIZING, "finalize"),
        (FINALIZING, DemandEvent.FLUSH): (FLUSHED, "tell_prefinish"),
        (FLUSHED, DemandEvent.FINISH): (FINISHED, "tell_finish"),
    },
    notes={
        ACCEPTING: "below the high-water mark: write() answers True",
        REFUSING: "write() answered False; 'drain' is owed",
        ENDING: "end() was called; the buffer is written out",
        ENDING_REFUSED: "the same, of a stream that was full: its 'drain' never comes",
        FINALIZING: "all is written; _final runs",
        FLUSHED: "'prefinish' was emitted",
        FINISHED: "all is done: 'finish'",
    },
)


REFUSED = frozenset([REFUSING, ENDING_REFUSED])
FINISHING = frozenset([ENDING, ENDING_REFUSED, FINALIZING, FLUSHED])
ENDED = FINISHING | {FINISHED}
