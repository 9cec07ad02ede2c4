"""Objects that flow, the short way.

>>> from streams2 import Readable, run
>>> def main():
...     letters = iter("abc")
...     stream = Readable(object_mode=True, read=lambda self, size: self.push(next(letters, None)))
...     stream.on("data", print)
>>> run(main)
a
b
c

Beside the path: all that is done here, `ReadSide.let_flow` would do by calling the stream's own
`read` again and again. Most streams of objects stand like this whenever they flow: some wait, more
will come, and nothing is wrong. Then most of what `read` asks is known, and to ask it for each
object takes a quarter of an object's time through a pipe.
"""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, Callable, Protocol, TypeVar

from ..errors import NoRunningLoopError
from ..events.emitter import EventEmitter, Listener
from ..loop.coroutines import failure_of, run_returned
from .flow import FLOWING
from .life import GONE
from .nesting import raise_if_too_deep
from .pipe import Pipe
from .supply import SUPPLYING
from .telling import misfit

if TYPE_CHECKING:
    from .chunks import ChunkQueue
    from .ends import Fan
    from .faces import ReadFace
    from .flow import Flow, FlowEvent
    from .life import Life
    from .machine import Machine
    from .supply import Supply, SupplyEvent

__all__ = ["let_objects_flow", "read_failed", "spelled_out"]

F = TypeVar("F", bound=Callable[..., object])

# As they are made, should somebody replace them.
_EMIT, _ON_DATA = EventEmitter.emit, Pipe._on_data


class ObjectSide(Protocol):
    """The readable side of a stream, as far as it is asked here."""

    buffer: ChunkQueue
    data_emitted: bool
    emitted_readable: bool
    face: ReadFace
    fan: Fan
    flow: Machine[Flow, FlowEvent]
    high_water_mark: int
    life: Life
    need_readable: bool
    reading: bool
    supply: Machine[Supply, SupplyEvent]
    sync: bool

    def end_soon(self) -> None: ...


class _Faces:
    """What is known here of the streams: the `read` that they have unless somebody replaced it."""

    read: object = None


def spelled_out(read: F) -> F:
    """Say which `read` it is that is spelled out here. A decorator."""
    _Faces.read = read
    return read


def let_objects_flow(side: ObjectSide) -> None:
    """Do the same as the stream's `read`, for as long as it would take an object that waits."""
    face, life, buffer, fan = side.face, side.life, side.buffer, side.fan
    if getattr(face.read, "__func__", None) is not _Faces.read:
        return
    chunks = buffer.chunks
    emits_plainly = getattr(face.emit, "__func__", None) is _EMIT
    listeners, heard, take = face._events.handlers, None, None
    # Not `while (...)`: CPython 3.11 never warms up to a loop that jumps back on a condition.
    while True:
        if not (
            side.flow.state is FLOWING
            and buffer.size
            and not side.reading
            and side.supply.state is SUPPLYING
            and life.healthy
        ):
            return
        side.emitted_readable = False
        if buffer.size <= side.high_water_mark or side.need_readable:
            side.reading = side.sync = True
            try:
                result = face._read(side.high_water_mark)
                if result is not None:
                    run_returned(result, life.fail)
            except (Exception, CancelledError) as error:
                read_failed(side, error)
            side.sync = False
            if not buffer.size:
                # Somebody has read it from within.
                side.need_readable = True
                if side.supply.state is not SUPPLYING:
                    side.end_soon()
                return
        chunk = chunks.popleft()
        buffer.size = left = buffer.size - 1
        if fan.awaiting:
            fan.emitted()
        if not left:
            if side.supply.state is SUPPLYING:
                side.need_readable = True
            else:
                side.end_soon()
        if life.healthy or not (life.error_emitted or life.machine.state is GONE):
            side.data_emitted = True
            now = listeners.get("data")
            if now is not heard:
                heard, take = now, _pipe_among(now) if emits_plainly else None
            if take is None:
                face.emit("data", chunk)
            else:
                # The same, for a pipe that listens alone: it answers nothing, and takes a chunk.
                take(chunk)


def _pipe_among(listeners: tuple[Listener, ...] | None) -> Listener | None:
    """The one that takes a pipe's chunks, if no other listens."""
    first = listeners[0] if listeners and len(listeners) == 1 else None
    return first if getattr(first, "__func__", None) is _ON_DATA else None


def read_failed(side: ObjectSide, error: Exception | CancelledError) -> None:
    """`_read` has raised `error`: the stream fails, unless nothing has come of the call."""
    if isinstance(error, CancelledError):
        side.life.fail(failure_of(error))
        return
    if isinstance(error, NoRunningLoopError):
        side.reading = False
        raise error
    raise_if_too_deep(error)
    side.life.fail(misfit(error, side.face, "_read", side.high_water_mark))
