"""The fields of Node's ``_readableState`` and ``_writableState`` that ports read.

>>> from streams2 import Readable
>>> state = Readable(object_mode=True)._readable_state
>>> state.length, state.object_mode, state.ended, state.pipes
(0, True, False, [])

They are read, not set: what is behind most of them is a machine's state. Two of Node's properties
can be set, and a few ports do; what that means is here as well.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Optional, Union

from ..events.naming import name_as_node
from .calling import DoneCallback, WriteRequest
from .chunks import ChunkQueue
from .demand import ENDED, FINISHED, FLUSHED, REFUSED, Demand, DemandEvent
from .ends import Fan
from .flow import FLOWING, IDLE, PARKED, PAUSED, PULLED
from .life import CONSTRUCTING, DESTROYING, DOOMED, GONE, LIFECYCLE, OPEN, Life
from .machine import Machine
from .supply import END_TOLD, SUPPLYING, Supply, SupplyEvent

__all__ = ["InFlight", "ReadFields", "WriteFields", "set_destroyed", "set_flowing"]

InFlight = Union[tuple[int, Optional[DoneCallback]], tuple[int, Optional[DoneCallback], int]]
"""What a method has of what was written: its size, whom to tell; of `_writev`, how many, too."""


class _Fields:
    """What both states have of the stream's life."""

    __slots__ = ()

    life: Life

    def __init_subclass__(cls) -> None:
        name_as_node(cls)

    @property
    def constructed(self) -> bool:
        """Whether `_construct` is done, or there is none."""
        return self.life.machine.state not in (CONSTRUCTING, DOOMED)

    @property
    def destroyed(self) -> bool:
        """Whether the stream was destroyed."""
        return self.life.destroyed

    @property
    def closed(self) -> bool:
        """Whether `_destroy` is done."""
        return self.life.closed

    @property
    def close_emitted(self) -> bool:
        """Whether ``'close'`` was emitted."""
        return self.life.machine.state is GONE

    @property
    def errored(self) -> BaseException | None:
        """The error that the stream failed with, or None."""
        return self.life.errored

    @property
    def error_emitted(self) -> bool:
        """Whether ``'error'`` was emitted."""
        return self.life.error_emitted

    @property
    def auto_destroy(self) -> bool:
        """Whether the stream is destroyed when its work is done, or when it fails."""
        return self.life.auto_destroy

    @property
    def emit_close(self) -> bool:
        """Whether the stream emits ``'close'``."""
        return self.life.emit_close


name_as_node(_Fields)


class ReadFields(_Fields):
    """Node's ``_readableState``, besides what the side has under the same name."""

    __slots__ = ()

    buffer: ChunkQueue
    fan: Fan
    listened: bool
    supply: Machine[Supply, SupplyEvent]

    @property
    def length(self) -> int:
        """The size of the buffer."""
        return self.buffer.size

    @property
    def ended(self) -> bool:
        """Whether None was pushed."""
        return self.supply.state is not SUPPLYING

    @property
    def end_emitted(self) -> bool:
        """Whether ``'end'`` was emitted."""
        return self.supply.state is END_TOLD

    @property
    def pipes(self) -> list[object]:
        """The destinations that the stream is piped to."""
        return [pipe.destination for pipe in self.fan.pipes]

    @property
    def readable_listening(self) -> bool:
        """Whether there is a ``'readable'`` listener."""
        return self.listened


class WriteFields(_Fields):
    """Node's ``_writableState``, besides what the side has under the same name."""

    __slots__ = ()

    buffer: deque[WriteRequest]
    demand: Machine[Demand, DemandEvent]
    flushing: bool
    in_flight: InFlight | None
    queued: int
    untold: int

    @property
    def length(self) -> int:
        """The size of all that was accepted and is not yet written, what `_write` has included."""
        return self.queued + (0 if self.in_flight is None else self.in_flight[0])

    @property
    def pending(self) -> int:
        """How many callbacks are still to be called, and whether a finish is scheduled."""
        return self.untold + len(self.buffer) + (self.in_flight is not None)

    @property
    def ending(self) -> bool:
        """Whether `end` was called."""
        return self.demand.state in ENDED

    @property
    def finished(self) -> bool:
        """Whether all is written: just before ``'finish'``."""
        return self.demand.state is FINISHED

    @property
    def prefinished(self) -> bool:
        """Whether ``'prefinish'`` was emitted."""
        return self.demand.state is FLUSHED or self.demand.state is FINISHED

    @property
    def need_drain(self) -> bool:
        """Whether ``'drain'`` is owed."""
        return self.demand.state in REFUSED

    @property
    def writing(self) -> bool:
        """Whether `_write` has a chunk."""
        return self.in_flight is not None

    @property
    def buffer_processing(self) -> bool:
        """Whether the buffer is being emptied."""
        return self.flushing

    @property
    def pendingcb(self) -> int:
        """How many callbacks are still to be called."""
        return self.pending


def set_destroyed(life: Life, value: object) -> None:
    """Say of a stream that it was destroyed, or that it was not. Nothing else happens, as in Node.

    One that is said to be destroyed is never torn down, and never closes. One that was destroyed
    and is said not to be is open again, and can be destroyed again.
    """
    if bool(value) == life.destroyed:
        return
    if value:
        state = DOOMED if life.machine.state is CONSTRUCTING else DESTROYING
    else:
        life.closed_before = life.closed
        state = OPEN
    life.machine = Machine(LIFECYCLE, life, state)
    life.healthy = state is OPEN and life.errored is None


def set_flowing(side: Any, value: object) -> None:
    """Say of a stream whether it flows. Nothing is resumed and nothing told by it, as in Node."""
    before = side.flow.state
    held = before is PAUSED or before is PARKED or (before is FLOWING and side.paused_again)
    if value is None:
        state = PARKED if held else IDLE
    elif value:
        state = FLOWING
    else:
        state = PAUSED if held else PULLED
    side.paused_again = held and state is FLOWING
    side.flow = Machine(side.flow.table, side, state)
