"""The supply machine: how a Readable ends.

A source says that nothing more will come by pushing None. That is not yet the end: what is in the
buffer is still to be read, and ``'end'`` is told to whoever has read it all. Between the two, those
who wait for ``'readable'`` must hear of it, or they would wait for ever. So there are two ways to
have ended: either somebody has heard of it, or will in a tick; or nobody was there, and the next
who comes is told.

Node has three flags for it (`ended`, `endEmitted`, and `emittedReadable` standing in for the rest).
"""

from __future__ import annotations

from .machine import MachineEvent, State, Table

__all__ = ["SUPPLY", "Supply", "SupplyEvent"]


class Supply(State):
    """How far the input of a Readable has come."""

    SUPPLYING = "supplying"
    ENDED = "ended"
    ENDED_UNTOLD = "ended untold"
    END_TOLD = "end told"


SUPPLYING, ENDED, ENDED_UNTOLD, END_TOLD = Supply


class SupplyEvent(MachineEvent):
    """What changes it."""

    END = "end"
    END_IN_READ = "end in _read"
    END_UNHEARD = "end unheard"
    LISTEN = "listen"
    READ = "read"
    TELL = "tell"


SUPPLY: Table[Supply, SupplyEvent] = Table(
    "supply",
    SUPPLYING,
    {
        (SUPPLYING, SupplyEvent.END): (ENDED, "emit_readable_at_once"),
        (SUPPLYING, SupplyEvent.END_IN_READ): (ENDED, "emit_readable"),
        (SUPPLYING, SupplyEvent.END_UNHEARD): (ENDED_UNTOLD, None),
        (ENDED_UNTOLD, SupplyEvent.LISTEN): (ENDED, "emit_readable"),
        (ENDED_UNTOLD, SupplyEvent.READ): (ENDED, None),
        (ENDED_UNTOLD, SupplyEvent.TELL): (END_TOLD, "tell_end"),
        (ENDED, SupplyEvent.TELL): (END_TOLD, "tell_end"),
    },
    notes={
        SUPPLYING: "more may be pushed",
        ENDED: "None was pushed; the buffer is read out",
        ENDED_UNTOLD: "None was pushed inside _read, and nobody listened",
        END_TOLD: "all is read: 'end' was emitted",
    },
)
