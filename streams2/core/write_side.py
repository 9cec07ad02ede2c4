"""The writable side of a stream: what it remembers, and all that it does between two calls.

One chunk at a time is with `_write`; the others wait in the buffer, or go together to `_writev`.
What the stream says to its writers is the state of the *demand* (`demand`). Around it, four
promises are kept:

* Chunks are written in the order they came, and `_write` has one at a time.
* Nobody is called back from inside `_write` or `write`: what there is to tell waits a tick.
* Whoever gave a callback is told how it went, once, and before ``'finish'``.
* ``'drain'`` comes when nothing is left in the buffer, and only to a writer that was refused.
"""

from __future__ import annotations

from typing import Any

from ..errors import (
    MultipleCallbackError,
    StreamAlreadyFinishedError,
    StreamDestroyedError,
    StreamsError,
    StreamWriteAfterEndError,
    UnknownEncodingError,
)
from ..loop.ticks import next_tick
from .calling import Callback, DoneCallback, present
from .chunks import NOTHING_YET, byte_size
from .demand import (
    ACCEPTING,
    DEMAND,
    ENDED,
    ENDING,
    ENDING_REFUSED,
    FINISHED,
    FINISHING,
    REFUSED,
    REFUSING,
    Demand,
    DemandEvent,
)
from .encodings import is_encoding
from .faces import WriteFace
from .intake import stored
from .life import OPEN, Life
from .machine import Machine
from .methods import call_method
from .nodes_fields import InFlight, WriteFields
from .telling import passed, tell_of, why_lost

__all__ = ["WriteSide"]

ONE_OBJECT: InFlight = (1, None)
"""What `_write` has of most: an object that nobody asks after."""


class WriteSide(WriteFields):
    """All that the writable side of a stream remembers between two calls.

    Attributes:
        enabled: False where a Duplex is made with ``writable=False``.
        buffer: the writes that were accepted and are not with `_write` yet.
        queued: the size of the buffer.
        high_water_mark: the size from which on a writer is refused.
        demand: what is said to writers.
        in_flight: what `_write` has: its size, and whom to tell; what `_writev` has: how many, too.
        output_awaited: a Transform's write whose output has filled its readable side: it counts
            as written when that is read.
    """

    __slots__ = (
        *("after_write", "after_write_due", "buffer", "corked", "decode_strings"),
        *("default_encoding", "demand", "dropped", "enabled", "end_callbacks", "ended", "face"),
        *("flushing", "high_water_mark", "in_flight", "life", "object_mode"),
        *("on_write", "output_awaited", "queued", "sync", "turned_away", "untold"),
    )

    def __init__(
        self,
        face: WriteFace,
        life: Life,
        high_water_mark: int,
        *,
        object_mode: bool,
        decode_strings: bool,
        default_encoding: str,
    ) -> None:
        if default_encoding != "utf8" and not is_encoding(default_encoding):
            raise UnknownEncodingError(default_encoding)
        self.face = face
        self.life = life
        life.write_side = self
        self.object_mode = object_mode
        self.high_water_mark = high_water_mark
        self.decode_strings = decode_strings
        self.default_encoding = stored(default_encoding)
        self.demand: Machine[Demand, DemandEvent] = Machine(DEMAND, self)
        self.enabled = True
        self.queued = 0
        self.buffer = NOTHING_YET
        self.in_flight: InFlight | None = None
        self.output_awaited: Callback | None = None
        # How many uncork() calls it takes to let the buffer go.
        self.corked = 0
        # Rule: whoever asks from inside end(), as `_final` may, finds the stream not yet done. It
        # is end() that has returned, where the state says that it was called.
        self.ended = False
        # Rule: nobody is called back from inside _write, which has not returned yet.
        self.sync = True
        # Rule: order. The buffer is being emptied: a chunk written meanwhile must not overtake it.
        self.flushing = False
        # Rule: callbacks before 'finish'. Writes that are over, their callbacks due, plus one for a
        # finish that is scheduled.
        self.untold = 0
        self.end_callbacks: tuple[DoneCallback, ...] = ()
        # Rule: no loss without an error. The stream was destroyed, and a chunk that it had accepted
        # will never be written; or one came too late to be accepted.
        self.dropped = self.turned_away = False
        # Rule: writes that succeed within one turn and share a callback are told in one tick.
        self.after_write: list[Any] | None = None
        self.after_write_due = False
        # What `_write` is handed. Bound once: it is the same for every chunk.
        self.on_write = self.written

    def disable(self) -> None:
        """Be a side that is not there."""
        self.enabled = False
        self.demand = Machine(DEMAND, self, FINISHED)
        self.ended = True

    # -- a chunk comes in -----------------------------------------------------------------------

    def refusal(self) -> StreamsError | None:
        """Why nothing more can be written, if so."""
        if self.demand.state in ENDED:
            return StreamWriteAfterEndError()
        if self.life.destroyed:
            self.turned_away = True
            return StreamDestroyedError("write")
        return None

    def refuse_write(self, error: StreamsError, callback: DoneCallback | None) -> bool:
        """Tell everybody that a chunk is not accepted. Returns False."""
        if callback is not None:
            next_tick(tell_of, self.life, callback, "the callback of write()", error)
        self.life.fail(error, sync=True)
        return False

    def take_back(self) -> None:
        """A write was refused after all: no loop is running. It has changed nothing."""
        self.untold -= self.in_flight is None and self.untold > 0
        self.in_flight, self.after_write, self.after_write_due, self.sync = None, None, False, True

    def refuse_more(self) -> bool:
        """The mark is reached: tell the writer to wait. Returns False."""
        if self.demand.state is ACCEPTING or self.demand.state is ENDING:
            self.demand.step(DemandEvent.REFUSE)
        return False

    # -- a chunk is written ---------------------------------------------------------------------

    def written(self, error: BaseException | None = None) -> None:
        """The chunk that `_write` had is written, or could not be."""
        in_flight = self.in_flight
        if in_flight is None:
            self.life.fail(MultipleCallbackError())
            return
        sync = self.sync
        if sync and in_flight is ONE_OBJECT and self.after_write_due and error is None:
            demand = self.demand.state
            if not self.buffer and (demand is ACCEPTING or demand is REFUSING):
                # The same as what follows, for an object that nobody asks after.
                self.in_flight = None
                return
        if error is not None:
            error = passed(error, "the callback of _write")
        self.in_flight = None
        self.untold += 1
        callback = in_flight[1]
        if error is not None:
            self.life.note_error(error)
            if sync:
                next_tick(self.write_failed, error, callback)
            else:
                self.write_failed(error, callback)
            return
        if self.buffer:
            self.flush()
        if callback is not None:
            if sync:
                self.schedule_after_write(callback)
            else:
                self.tell_written(1, callback)
        elif not sync and (self.is_drained() or self.life.destroyed):
            self.tell_written(1, None)
        elif sync and not self.after_write_due and self.is_drained():
            self.after_write_due = True
            next_tick(self.tell_written, 1, None)
        else:
            self.untold -= 1
            demand = self.demand.state
            if demand is not ACCEPTING and demand is not REFUSING:
                self.finish_if_done(sync=True)

    def is_drained(self) -> bool:
        """Whether writers are to be looked after: of objects, they always are, as in Node."""
        return self.object_mode or (self.demand.state in REFUSED and not self.length)

    def schedule_after_write(self, callback: DoneCallback) -> None:
        """Tell `callback` in a tick; if it was to be told already, in the same one."""
        if self.after_write is not None and self.after_write[1] == callback:
            self.after_write[0] += 1
        else:
            self.after_write = [1, callback]
            next_tick(self.tell_written_together, self.after_write)
        self.after_write_due = True

    def tell_written_together(self, group: list[Any]) -> None:
        self.after_write = None
        self.tell_written(*group)

    def tell_written(self, count: int, callback: DoneCallback | None) -> None:
        """Tell the writers that there is room, then whoever wrote that it is written."""
        self.after_write_due = False
        life, demand = self.life, self.demand
        if demand.state is REFUSING and (life.healthy or not life.destroyed) and not self.length:
            demand.step(DemandEvent.DRAIN)
        for _ in range(count):
            self.untold -= 1
            if callback is not None:
                tell_of(self.life, callback, "the callback of write()", None)
        if not life.healthy and life.destroyed:
            self.fail_buffered()
        if demand.state in FINISHING:
            self.finish_if_done(sync=True)

    def tell_drain(self) -> None:
        self.face.emit("drain")
        self.life.onlookers.tell()

    def write_failed(self, error: BaseException, callback: DoneCallback | None) -> None:
        """A chunk could not be written: tell its writer, give up the rest, and fail."""
        self.untold -= 1
        if callback is not None:
            tell_of(self.life, callback, "the callback of write()", error)
        self.fail_buffered()
        self.life.fail(error)

    def fail_buffered(self) -> None:
        """Tell everybody who still waits for a write, or for the end, that it will not happen."""
        if self.in_flight is not None:
            return
        while self.buffer:
            self.dropped = True
            request = self.buffer.popleft()
            self.queued -= self.size_of(request.chunk)
            self.untold += 1
            if request.callback is not None:
                error = why_lost(self.life, "write")
                tell_of(self.life, request.callback, "the callback of write()", error)
        self.call_end_callbacks(why_lost(self.life, "end"))

    def call_end_callbacks(self, error: BaseException | None) -> None:
        callbacks, self.end_callbacks = self.end_callbacks, ()
        for callback in callbacks:
            tell_of(self.life, callback, "the callback of end()", error)

    def size_of(self, chunk: object) -> int:
        return 1 if self.object_mode else byte_size(chunk)

    def method_failed(self, error: BaseException) -> None:
        """A method that is a coroutine failed, before it called back or after that."""
        (self.life.fail if self.in_flight is None else self.written)(error)

    # -- the buffer -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits in the buffer, one by one or all at once."""
        buffer = self.buffer
        if self.corked or self.flushing or not buffer or self.life.machine.state is not OPEN:
            return
        self.flushing = True
        if len(buffer) > 1 and present(self.face._writev):
            self.flush_together()
        else:
            while buffer and self.in_flight is None:
                chunk, encoding, callback = buffer.popleft()
                size = self.size_of(chunk)
                self.queued -= size
                self.in_flight = size, callback
                self.sync = True
                if self.life.destroyed:
                    # By the write before.
                    self.on_write(StreamDestroyedError("write"))
                else:
                    args = chunk, encoding, self.on_write
                    call_method(self.face, "_write", args, self.method_failed)
                self.sync = False
        self.flushing = False

    def flush_together(self) -> None:
        """Hand all that waits to `_writev`: it becomes one write, with one callback."""
        requests = list(self.buffer)
        self.buffer.clear()

        def callback(error: BaseException | None) -> None:
            for request in requests:
                if request.callback is not None:
                    tell_of(self.life, request.callback, "the callback of write()", error)

        told = callback if any(request.callback is not None for request in requests) else None
        self.in_flight, self.queued = (self.queued, told, len(requests)), 0
        self.sync = True
        call_method(self.face, "_writev", (requests, self.on_write), self.method_failed)
        self.sync = False

    def start_work(self) -> None:
        """Write what came before the stream was constructed."""
        self.flush()
        self.finish_if_done()

    # -- the end --------------------------------------------------------------------------------

    def end(self, error: BaseException | None) -> BaseException | None:
        """Nothing more will be written. What is wrong with that, if anything is.

        Args:
            error: why a last chunk was not accepted.
        """
        if error is not None:
            return error
        if self.life.errored is None and self.demand.state not in ENDED:
            self.demand.step(DemandEvent.END)
            self.finish_if_done(sync=True)
            self.ended = True
            self.life.onlookers.tell()
        elif self.demand.state is FINISHED:
            return StreamAlreadyFinishedError("end")
        elif self.life.destroyed:
            return StreamDestroyedError("end")
        return None

    def tell_ended(self, error: BaseException | None, callback: DoneCallback) -> None:
        """Call back when all is written; or in a tick, if it never will be."""
        error = self.life.errored if error is None else error
        if error is not None:
            next_tick(tell_of, self.life, callback, "the callback of end()", error)
        else:
            self.end_callbacks = (*self.end_callbacks, callback)

    def all_is_written(self) -> bool:
        """Whether the stream may finish."""
        life = self.life
        return (
            self.demand.state in FINISHING
            and not self.buffer
            and not self.flushing
            and self.in_flight is None
            and life.machine.state is OPEN
            and life.errored is None
            and not life.error_emitted
        )

    def finish_if_done(self, *, sync: bool = False) -> None:
        """Take the next step towards ``'finish'``, if all is written."""
        if not self.all_is_written():
            return
        if self.demand.state is ENDING or self.demand.state is ENDING_REFUSED:
            self.demand.step(DemandEvent.FINALIZE)
        if not self.pending:
            if sync:
                self.untold += 1
                next_tick(self.finish_later)
            elif self.all_is_written():
                self.untold += 1
                self.finish()

    def finish_later(self) -> None:
        """Finish, unless something has come in between."""
        if self.all_is_written():
            self.finish()
        else:
            self.untold -= 1

    def finalize(self) -> None:
        """Run `_final`, if there is one."""
        if present(self.face._final) and not self.life.destroyed:
            self.run_final()
        else:
            self.demand.step(DemandEvent.FLUSH)

    def run_final(self) -> None:
        """Run `_final`, and hear once how it went."""
        called = failed = False

        def finalized(error: BaseException | None = None) -> None:
            nonlocal called, failed
            if called:
                # Of one that has failed, Node hears nothing more.
                if not failed:
                    self.life.fail(MultipleCallbackError() if error is None else error)
                return
            error = passed(error, "the callback of _final")
            called, failed = True, error is not None
            self.untold -= 1
            if error is not None:
                self.call_end_callbacks(error)
                self.life.fail(error, sync=self.sync)
            elif self.all_is_written():
                self.demand.step(DemandEvent.FLUSH)
                # Some time may pass before the tick, and it must not finish twice meanwhile.
                self.untold += 1
                next_tick(self.finish)

        self.sync = True
        self.untold += 1
        try:
            call_method(self.face, "_final", (finalized,), finalized)
        except Exception as error:
            finalized(error)
        self.sync = False

    def tell_prefinish(self) -> None:
        self.face.emit("prefinish")

    def finish(self) -> None:
        self.untold -= 1
        self.demand.step(DemandEvent.FINISH)

    def tell_finish(self) -> None:
        """Emit ``'finish'``; then the stream goes, if its other side, if any, is done too."""
        self.call_end_callbacks(None)
        self.face.emit("finish")
        self.life.onlookers.tell()
        if self.life.auto_destroy and self.life.over:
            self.face.destroy()

    # -- life -----------------------------------------------------------------------------------

    def prepare_to_be_destroyed(self) -> None:
        """Have those told, in a tick, who wait for what will never be written."""
        if self.buffer or self.flushing or self.end_callbacks:
            next_tick(self.fail_buffered)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be written."""
        return self.demand.state is FINISHED or not self.enabled
