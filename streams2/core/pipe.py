"""The pause/resume machine between a source and a destination.

A pipe writes each chunk that its source emits. When the destination refuses more (`write` answers
False), the pipe pauses the source and waits; when the destination has drained, the pipe resumes
the source. All the rest is what can come in between:

* **One source, several pipes.** The source flows again when no pipe of it still waits. Whether a
  pipe waits is a *state*, not a count: a destination may refuse twice before it drains once (its
  own `write` pushed another chunk, or somebody resumed the source by hand), and it drains once all
  the same.
* **Somebody resumes the source.** A chunk that comes while a pipe waits voids the old refusal: the
  destination is asked again with that very chunk, and answers anew.
* **The destination leaves while it is waited for.** It will never drain. So a pipe that goes away
  while it waits counts as drained, or the other destinations would starve.
* **The destination leaves in the middle of its own refusal.** It must not pause a source that it no
  longer has to do with.
* **The destination is full before the first chunk.** Then the pipe begins by waiting.

Nothing here knows a Readable or a Writable. A source is whatever is a `PipeSource`, a destination
whatever is a `PipeDestination` (`ends`).
"""

from __future__ import annotations

from asyncio import CancelledError
from typing import TypeVar

from ..loop.coroutines import failure_of
from ..loop.ticks import next_tick
from .ends import PipeDestination, PipeSource
from .foreign import as_destination
from .machine import Machine, MachineEvent, State, Table
from .nesting import raise_if_too_deep

__all__ = ["PIPE", "Pipe", "PipeEvent", "PipeState"]

T = TypeVar("T")


class PipeState(State):
    """The states of a pipe."""

    FLOWING = "flowing"
    AWAITING_DRAIN = "awaiting drain"
    UNPIPED = "unpiped"


FLOWING, AWAITING_DRAIN, UNPIPED = PipeState


class PipeEvent(MachineEvent):
    """What happens to a pipe."""

    REFUSED = "refused"
    EMITTED = "emitted"
    DRAINED = "drained"
    UNPIPE = "unpipe"


PIPE: Table[PipeState, PipeEvent] = Table(
    "pipe",
    FLOWING,
    {
        (FLOWING, PipeEvent.REFUSED): (AWAITING_DRAIN, "pause_source"),
        (FLOWING, PipeEvent.DRAINED): (FLOWING, "resume_source"),
        (FLOWING, PipeEvent.UNPIPE): (UNPIPED, "leave"),
        (AWAITING_DRAIN, PipeEvent.REFUSED): (AWAITING_DRAIN, "pause_source"),
        (AWAITING_DRAIN, PipeEvent.EMITTED): (FLOWING, "stop_awaiting"),
        (AWAITING_DRAIN, PipeEvent.DRAINED): (FLOWING, "resume_source"),
        (AWAITING_DRAIN, PipeEvent.UNPIPE): (UNPIPED, "leave_awaited"),
        (UNPIPED, PipeEvent.REFUSED): (UNPIPED, "listen_for_drain"),
        (UNPIPED, PipeEvent.DRAINED): (UNPIPED, "resume_source"),
    },
    notes={
        FLOWING: "each chunk is written as it comes",
        AWAITING_DRAIN: "write() answered False; the source is paused",
        UNPIPED: "the pipe is gone",
    },
)


class Pipe:
    """One source, one destination, and the machine between them.

    Args:
        source: what to read.
        destination: where to write.
        end: call the destination's `end` at the source's ``'end'``.

    Node: stream.Readable.pipe
    """

    def __init__(
        self, source: PipeSource[T], destination: PipeDestination[T, object], *, end: bool = True
    ) -> None:
        self.source = source
        self.destination = destination
        self._sink = as_destination(destination)
        self.machine: Machine[PipeState, PipeEvent] = Machine(PIPE, self)
        self.listens_for_drain = False
        self._at_end = self._end_destination if end else self._unpipe
        fan = source._readable_state.fan
        fan.branched = fan.branched or len(fan.pipes) == 1
        fan.pipes.append(self)
        self._connect()

    @property
    def state(self) -> PipeState:
        """Where the pipe's machine is."""
        return self.machine.state

    def emitting(self) -> None:
        """The source is about to emit a chunk: an earlier refusal is void."""
        self.machine.step(PipeEvent.EMITTED)

    def unpipe(self) -> None:
        """Take the pipe away. The streams stay as they are; a source without pipes is paused."""
        if self.state is not UNPIPED:
            self.source.unpipe(self.destination)

    # -- the ends -------------------------------------------------------------------------------

    def _connect(self) -> None:
        source, destination = self.source, self._sink
        if source.readable_ended:
            next_tick(self._at_end)
        else:
            source.once("end", self._at_end)
        destination.add_listener("unpipe", self._on_unpipe)
        source.add_listener("data", self._on_data)
        destination.prepend_listener("error", self._on_error)
        destination.once("close", self._on_close)
        destination.once("finish", self._on_finish)
        destination.emit("pipe", source)
        if destination.writable_need_drain:
            self.machine.step(PipeEvent.REFUSED)
        elif not source.readable_flowing:
            source.resume()

    def _disconnect(self) -> None:
        source, destination = self.source, self._sink
        destination.remove_listener("close", self._on_close)
        destination.remove_listener("finish", self._on_finish)
        if self.listens_for_drain:
            destination.remove_listener("drain", self._on_drain)
        destination.remove_listener("error", self._on_error)
        destination.remove_listener("unpipe", self._on_unpipe)
        source.remove_listener("end", self._at_end)
        source.remove_listener("data", self._on_data)

    def _on_data(self, chunk: object) -> None:
        try:
            if self._sink.write(chunk) is False:
                self.machine.step(PipeEvent.REFUSED)
        except (Exception, CancelledError) as error:
            raise_if_too_deep(error)
            self._sink.destroy(failure_of(error))

    def _on_drain(self) -> None:
        self.machine.step(PipeEvent.DRAINED)

    def _on_unpipe(self, source: object) -> None:
        fan = self.source._readable_state.fan
        if source is self.source and fan.leaving:
            fan.leaving = False
            if self.state is not UNPIPED:
                self.machine.step(PipeEvent.UNPIPE)

    def _on_error(self, error: BaseException) -> None:
        self._unpipe()
        self._sink.remove_listener("error", self._on_error)
        if self._sink.listener_count("error") == 0:
            self._sink._life.fail_unheard(error)

    def _on_close(self, *_: object) -> None:
        self._sink.remove_listener("finish", self._on_finish)
        self._unpipe()

    def _on_finish(self) -> None:
        self._sink.remove_listener("close", self._on_close)
        self._unpipe()

    def _end_destination(self) -> None:
        self._sink.end()

    def _unpipe(self) -> None:
        self.source.unpipe(self.destination)

    # What there is to see of a pipe while it works: one that is recorded shows these.
    reactions = (_on_data, _on_drain, _end_destination)

    # -- what the table does --------------------------------------------------------------------

    def pause_source(self) -> None:
        fan = self.source._readable_state.fan
        if self in fan.pipes:
            if self not in fan.awaiting:
                fan.awaiting.append(self)
            fan.branched = len(fan.pipes) > 1
        self.source.pause()
        self.listen_for_drain()

    def listen_for_drain(self) -> None:
        if not self.listens_for_drain:
            self.listens_for_drain = True
            self._sink.add_listener("drain", self._on_drain)

    def stop_awaiting(self) -> None:
        fan = self.source._readable_state.fan
        if self in fan.awaiting:
            fan.awaiting.remove(self)

    def resume_source(self) -> None:
        self.stop_awaiting()
        outlet = self.source._readable_state
        awaiting = outlet.fan.awaiting
        for pipe in list(awaiting):
            # A second pipe to the same destination waits for the same drain.
            if pipe.destination is self.destination:
                pipe.emitting()
        if not awaiting and outlet.data_listened:
            self.source.resume()

    def leave(self) -> None:
        self._disconnect()
        if self.listens_for_drain and self.source._readable_state.fan.branched:
            self.resume_source()

    def leave_awaited(self) -> None:
        self._disconnect()
        if self.listens_for_drain:
            self.resume_source()
        else:
            self.stop_awaiting()
