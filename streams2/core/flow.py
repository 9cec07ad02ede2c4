"""The flow machine: how chunks leave a Readable's buffer.

A ``'data'`` listener makes a stream flow: chunks are emitted as they come. A ``'readable'``
listener holds them back, to be taken with `read`. `pause` holds them back, too. Which of these it
is, is the state of the flow, and the table below is all that changes it.

Node has one flag for it, `readableFlowing`, which is null, true or false. False stands for three
different things there, and what happens next depends on which: here they are three states.
"""

from __future__ import annotations

from typing import Any

from .chunks import ChunkQueue
from .encodings import Decoder
from .machine import Event, Machine, State, Table
from .pipe import Fan

__all__ = ["FLOW", "Flow", "FlowEvent", "ReadState"]


class Flow(State):
    """How chunks leave the buffer."""

    IDLE = "idle"
    FLOWING = "flowing"
    PAUSED = "paused"
    PULLED = "pulled"
    PARKED = "parked"


IDLE, FLOWING, PAUSED, PULLED, PARKED = Flow


class FlowEvent(Event):
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
        (IDLE, FlowEvent.RESUME): (FLOWING, "_schedule_resume"),
        (IDLE, FlowEvent.PULL): (PULLED, "_schedule_resume"),
        (IDLE, FlowEvent.PAUSE): (PAUSED, "_tell_pause"),
        (IDLE, FlowEvent.LISTEN): (PULLED, None),
        (IDLE, FlowEvent.RELEASE): (IDLE, None),
        (FLOWING, FlowEvent.RESUME): (FLOWING, None),
        (FLOWING, FlowEvent.PULL): (FLOWING, None),
        (FLOWING, FlowEvent.PAUSE): (PAUSED, "_tell_pause"),
        (FLOWING, FlowEvent.LISTEN): (PULLED, None),
        (FLOWING, FlowEvent.RELEASE): (IDLE, None),
        (PAUSED, FlowEvent.RESUME): (FLOWING, "_schedule_resume"),
        (PAUSED, FlowEvent.PULL): (PULLED, "_schedule_resume"),
        (PAUSED, FlowEvent.PAUSE): (PAUSED, None),
        (PAUSED, FlowEvent.LISTEN): (PAUSED, None),
        (PAUSED, FlowEvent.RELEASE): (PARKED, None),
        (PULLED, FlowEvent.RESUME): (FLOWING, "_schedule_resume"),
        (PULLED, FlowEvent.PULL): (PULLED, "_schedule_resume"),
        (PULLED, FlowEvent.PAUSE): (PAUSED, None),
        (PULLED, FlowEvent.LISTEN): (PULLED, None),
        (PULLED, FlowEvent.RELEASE): (IDLE, None),
        (PARKED, FlowEvent.RESUME): (FLOWING, "_schedule_resume"),
        (PARKED, FlowEvent.PULL): (PULLED, "_schedule_resume"),
        (PARKED, FlowEvent.PAUSE): (PAUSED, "_tell_pause"),
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


class ReadState:
    """All that the readable side of a stream remembers between two calls."""

    __slots__ = (
        "buffer",
        "data_emitted",
        "data_listened",
        "decoder",
        "default_encoding",
        "emitted_readable",
        "enabled",
        "encoding",
        "end_emitted",
        "end_untold",
        "ended",
        "fan",
        "flow",
        "high_water_mark",
        "listened",
        "need_readable",
        "object_mode",
        "paused_again",
        "plain_objects",
        "reading",
        "reading_more",
        "resume_scheduled",
        "sync",
    )

    def __init__(self, stream: Any, object_mode: bool, high_water_mark: int) -> None:
        self.object_mode = object_mode
        self.high_water_mark = high_water_mark
        self.default_encoding = "utf8"
        self.decoder: Decoder | None = None
        # Objects that are handed on as they are.
        self.plain_objects = object_mode
        self.encoding: str | None = None
        self.buffer = ChunkQueue(object_mode)
        self.flow: Machine[Flow, FlowEvent] = Machine(FLOW, stream)
        self.fan = Fan()
        # False where a Duplex is made with readable=False.
        self.enabled = True
        # None was pushed; no 'readable' told of it, for nobody listened; 'end' was emitted.
        self.ended = False
        self.end_untold = False
        self.end_emitted = False
        # _read was called and has not pushed yet: it is not called again.
        self.reading = False
        # _read has not returned yet: what it pushes goes to the buffer, never straight to 'data'.
        self.sync = True
        # Someone found too little in the buffer: the next chunk is worth a 'readable'...
        self.need_readable = False
        # ...and that 'readable' is already on its way.
        self.emitted_readable = False
        # A tick that reads ahead to the high-water mark is scheduled.
        self.reading_more = False
        self.resume_scheduled = False
        # A listener of 'pause' resumed the stream. For Node it counts as paused, and flows.
        self.paused_again = False
        # There is a 'readable' listener, as far as the flow knows: it hears of a removal late.
        self.listened = False
        # A 'data' listener was added, and they were not all taken away one by one.
        self.data_listened = False
        self.data_emitted = False
