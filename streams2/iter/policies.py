"""What a writer may do, and what becomes of a write once the budget is used up.

A writer has a budget of bytes. It accepts until what nobody has read reaches the budget; what a
write past it means is the *policy*, which whoever makes the stream chooses:

- *strict*: one write may wait. Another one, made without awaiting that, is refused: its writer
  ignores back-pressure.
- *unbounded*: writes wait, however many.
- *drop-oldest*: what was written first makes room. Nobody waits.
- *drop-newest*: what is written is thrown away. Nobody waits.

So a policy is an event of the machine: the table below is all that it means.
"""

from __future__ import annotations

from typing_extensions import Literal

from ..core.machine import MachineEvent, State, Table
from ..errors import InvalidArgValueError, expect_whole

__all__ = [
    "LEAST_BUDGET",
    "PUSH",
    "SHARED_BUDGET",
    "Policy",
    "Push",
    "PushEvent",
    "checked_budget",
    "overflow_of",
]

Policy = Literal["strict", "unbounded", "drop-oldest", "drop-newest"]

#: The least budget there may be, in bytes; also the usual one of `push`.
LEAST_BUDGET = 16384

#: The usual budget where there are several readers.
SHARED_BUDGET = 65536


class Push(State):
    """What a writer may do."""

    ACCEPTING = "accepting"
    FULL = "full"
    WAITING = "waiting"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"
    LEFT = "left"


ACCEPTING, FULL, WAITING, CLOSING, CLOSED, FAILED, LEFT = Push


class PushEvent(MachineEvent):
    """What changes it. A write past the budget is named by its policy."""

    FILL = "fill"
    STRICT = "write, strict"
    UNBOUNDED = "write, unbounded"
    DROP_OLDEST = "write, drop-oldest"
    DROP_NEWEST = "write, drop-newest"
    LET_IN = "let in"
    ROOM = "room"
    WITHDRAW = "withdraw"
    END = "end"
    READ_OUT = "read out"
    FAIL = "fail"
    LEAVE = "leave"
    CANCEL = "cancel"


PUSH: Table[Push, PushEvent] = Table(
    "push",
    ACCEPTING,
    {
        (ACCEPTING, PushEvent.FILL): (FULL, None),
        (FULL, PushEvent.STRICT): (WAITING, "wait"),
        (WAITING, PushEvent.STRICT): (WAITING, "refuse"),
        (FULL, PushEvent.UNBOUNDED): (WAITING, "wait"),
        (WAITING, PushEvent.UNBOUNDED): (WAITING, "wait"),
        (FULL, PushEvent.DROP_OLDEST): (ACCEPTING, "make_room"),
        (FULL, PushEvent.DROP_NEWEST): (FULL, "throw_away"),
        (FULL, PushEvent.ROOM): (ACCEPTING, "tell_drain"),
        (WAITING, PushEvent.ROOM): (ACCEPTING, "tell_drain"),
        (WAITING, PushEvent.LET_IN): (FULL, None),
        (WAITING, PushEvent.WITHDRAW): (FULL, None),
        (ACCEPTING, PushEvent.END): (CLOSING, "tell_closing"),
        (FULL, PushEvent.END): (CLOSING, "tell_closing"),
        (WAITING, PushEvent.END): (CLOSING, "tell_closing"),
        (CLOSING, PushEvent.READ_OUT): (CLOSED, "tell_ended"),
        (ACCEPTING, PushEvent.FAIL): (FAILED, "tell_failed"),
        (FULL, PushEvent.FAIL): (FAILED, "tell_failed"),
        (WAITING, PushEvent.FAIL): (FAILED, "tell_failed"),
        (CLOSING, PushEvent.FAIL): (FAILED, "tell_failed"),
        (ACCEPTING, PushEvent.LEAVE): (LEFT, "tell_left"),
        (FULL, PushEvent.LEAVE): (LEFT, "tell_left"),
        (WAITING, PushEvent.LEAVE): (LEFT, "tell_left"),
        (CLOSING, PushEvent.LEAVE): (LEFT, "tell_left"),
        (ACCEPTING, PushEvent.CANCEL): (CLOSED, "tell_cancelled"),
        (FULL, PushEvent.CANCEL): (CLOSED, "tell_cancelled"),
        (WAITING, PushEvent.CANCEL): (CLOSED, "tell_cancelled"),
        (CLOSING, PushEvent.CANCEL): (CLOSED, "tell_cancelled"),
    },
    notes={
        ACCEPTING: "less than the budget is unread: a write is done at once",
        FULL: "the budget is used up: the policy says what a write does",
        WAITING: "writes wait for room",
        CLOSING: "end() was called; what was written is still to be read",
        CLOSED: "ended, and all is read; or cancelled by a reader of a broadcast",
        FAILED: "fail() was called, or the signal fired",
        LEFT: "the reader wants no more",
    },
)

OPEN = frozenset([ACCEPTING, FULL, WAITING])
LIVE = OPEN | {CLOSING}

_OVERFLOWS: dict[str, PushEvent] = {
    "strict": PushEvent.STRICT,
    "unbounded": PushEvent.UNBOUNDED,
    "drop-oldest": PushEvent.DROP_OLDEST,
    "drop-newest": PushEvent.DROP_NEWEST,
}


def overflow_of(policy: object) -> PushEvent:
    """What a write past the budget is, under this policy.

    Raises:
        InvalidArgValueError: there is no such policy.
    """
    if isinstance(policy, str) and policy in _OVERFLOWS:
        return _OVERFLOWS[policy]
    raise InvalidArgValueError.given("options.backpressure", f"one of {[*_OVERFLOWS]}", policy)


def checked_budget(budget: int) -> int:
    """`budget` itself, if it can be one.

    Raises:
        InvalidArgTypeError: it is no whole number.
        OutOfRangeError: it is less than `LEAST_BUDGET`.
    """
    return expect_whole("options.budget", budget, LEAST_BUDGET)
