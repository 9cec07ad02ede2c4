"""The flow machine: how chunks leave a Readable's buffer.

A ``'data'`` listener makes a stream flow: chunks are emitted as they come. A ``'readable'``
listener holds them back, to be taken with `read`. `pause` holds them back, too. Which of these it
is, is the state of the flow, and the table below is all that changes it.

Node has one flag for it, `readableFlowing`, which is null, true or false. False stands for three
different things there, and what happens next depends on which: here they are three states.

A table holds modes: what a stream does until something happens. What is under way (a tick that is
scheduled, a `_read` that has not pushed) is a flag, on the side that looks after it.
"""

from __future__ import annotations

from .machine import MachineEvent, State, Table

__all__ = ["FLOW", "Flow", "FlowEvent"]


class Flow(State):
    """How chunks leave the buffer."""

    IDLE = "idle"
    FLOWING = "flowing"
    PAUSED = "paused"
    PULLED = "pulled"
    PARKED = "parked"


IDLE, FLOWING, PAUSED, PULLED, PARKED = Flow


class FlowEvent(MachineEvent):
    """What changes it."""

    RESUME = "resume"
    PAUSE = "pause"
    LISTEN = "listen"
    PULL = "pull"
    RELEASE = "release"


FLOW: Table[Flow, FlowEvent] = Table(
    "flow",
    IDLE,
    {
        (IDLE, FlowEvent.RESUME): (FLOWING, "schedule_resume"),
        (IDLE, FlowEvent.PULL): (PULLED, "schedule_resume"),
        (IDLE, FlowEvent.PAUSE): (PAUSED, "tell_pause"),
        (IDLE, FlowEvent.LISTEN): (PULLED, None),
        (IDLE, FlowEvent.RELEASE): (IDLE, None),
        (FLOWING, FlowEvent.RESUME): (FLOWING, None),
        (FLOWING, FlowEvent.PULL): (FLOWING, None),
        (FLOWING, FlowEvent.PAUSE): (PAUSED, "tell_pause"),
        (FLOWING, FlowEvent.LISTEN): (PULLED, None),
        (FLOWING, FlowEvent.RELEASE): (IDLE, None),
        (PAUSED, FlowEvent.RESUME): (FLOWING, "schedule_resume"),
        (PAUSED, FlowEvent.PULL): (PULLED, "schedule_resume"),
        (PAUSED, FlowEvent.PAUSE): (PAUSED, None),
        (PAUSED, FlowEvent.LISTEN): (PAUSED, None),
        (PAUSED, FlowEvent.RELEASE): (PARKED, None),
        (PULLED, FlowEvent.RESUME): (FLOWING, "schedule_resume"),
        (PULLED, FlowEvent.PULL): (PULLED, "schedule_resume"),
        (PULLED, FlowEvent.PAUSE): (PAUSED, None),
        (PULLED, FlowEvent.LISTEN): (PULLED, None),
        (PULLED, FlowEvent.RELEASE): (IDLE, None),
        (PARKED, FlowEvent.RESUME): (FLOWING, "schedule_resume"),
        (PARKED, FlowEvent.PULL): (PULLED, "schedule_resume"),
        (PARKED, FlowEvent.PAUSE): (PAUSED, "tell_pause"),
        (PARKED, FlowEvent.LISTEN): (PAUSED, None),
        (PARKED, FlowEvent.RELEASE): (PARKED, None),
    },
    notes={
        IDLE: "nobody has asked for chunks yet",
        FLOWING: "chunks are emitted as they come",
        PAUSED: "pause() holds chunks back",
        PULLED: "a 'readable' listener takes chunks with read()",
        PARKED: "paused, and its 'readable' listeners are gone",
    },
)
