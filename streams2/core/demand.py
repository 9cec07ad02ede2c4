"""The demand machine: what a Writable says to its writers.

It accepts until its buffer has reached the high-water mark, then refuses until it has drained, and
it ends in a few steps once its writer is done. The table below is all that changes it. A chunk on
its way changes no state until a mark is crossed.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from ..streams.stream import DoneCallback
from .machine import Event, Machine, State, Table

__all__ = ["DEMAND", "Demand", "DemandEvent", "WriteRequest", "WriteState"]


class Demand(State):
    """What a writable says to its writers."""

    ACCEPTING = "accepting"
    REFUSING = "refusing"
    ENDING = "ending"
    FINALIZING = "finalizing"
    FLUSHED = "flushed"
    FINISHED = "finished"


ACCEPTING, REFUSING, ENDING, FINALIZING, FLUSHED, FINISHED = Demand


class DemandEvent(Event):
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
        (REFUSING, DemandEvent.DRAIN): (ACCEPTING, "_tell_drain"),
        (ACCEPTING, DemandEvent.END): (ENDING, None),
        (REFUSING, DemandEvent.END): (ENDING, None),
        (ENDING, DemandEvent.FINALIZE): (FINALIZING, "_finalize"),
        (FINALIZING, DemandEvent.FLUSH): (FLUSHED, "_tell_prefinish"),
        (FLUSHED, DemandEvent.FINISH): (FINISHED, "_tell_finish"),
    },
    notes={
        ACCEPTING: "below the high-water mark: write() answers True",
        REFUSING: "write() answered False; 'drain' is owed",
        ENDING: "end() was called; the buffer is written out",
        FINALIZING: "all is written; _final runs",
        FLUSHED: "'prefinish' was emitted",
        FINISHED: "all is done: 'finish'",
    },
)


ENDED = frozenset([ENDING, FINALIZING, FLUSHED, FINISHED])
FINISHING = frozenset([ENDING, FINALIZING, FLUSHED])


class WriteRequest(NamedTuple):
    """One chunk in the buffer; `_writev` gets a list of them."""

    chunk: Any
    encoding: str | None
    callback: DoneCallback | None


class WriteState:
    """All that the writable side of a stream remembers between two calls."""

    __slots__ = (
        "after_write",
        "after_write_due",
        "buffer",
        "callback",
        "corked",
        "decode_strings",
        "default_encoding",
        "demand",
        "drain_owed",
        "enabled",
        "end_callbacks",
        "ended",
        "flushing",
        "high_water_mark",
        "in_flight",
        "length",
        "object_mode",
        "on_write",
        "pending",
        "sync",
        "writing",
    )

    def __init__(self, stream: Any, object_mode: bool, high_water_mark: int) -> None:
        self.object_mode = object_mode
        self.high_water_mark = high_water_mark
        self.decode_strings = True
        self.default_encoding = "utf8"
        self.demand: Machine[Demand, DemandEvent] = Machine(DEMAND, stream)
        # False where a Duplex is made with writable=False.
        self.enabled = True
        # The size of all that was accepted and not yet written, the chunk in flight included.
        self.length = 0
        self.buffer: deque[WriteRequest] = deque()
        self.corked = 0
        # write() has answered False and 'drain' has not come since. Once end() is called it never
        # will; what is left of it then is that the next write is told of a tick later.
        self.drain_owed = False
        # end() has returned.
        self.ended = False
        # A chunk is with _write; its size, and who wants to know how it went.
        self.writing = False
        self.in_flight = 0
        self.callback: DoneCallback | None = None
        # _write has not returned yet: a callback from inside it must not call user code at once.
        self.sync = True
        # The buffer is being emptied: a chunk written meanwhile must not overtake it.
        self.flushing = False
        # Accepted writes whose callbacks are due, plus one for a finish that is scheduled.
        self.pending = 0
        self.end_callbacks: list[DoneCallback] = []
        # Writes that succeeded within one turn and share a callback are told in one tick.
        self.after_write: list[Any] | None = None
        self.after_write_due = False
        self.on_write = stream._on_write
