"""What every stream has in common: a life.

A stream is constructed, is open, and is destroyed, once and for good. Whoever destroys it (its
user, an error, or the stream itself when its work is done) goes through the same few steps:

1. `_construct`, if there is one, runs before anything else is asked of the stream.
2. `destroy` ends all use of the stream at once. A stream still constructing is doomed: it finishes
   constructing, so that what it opened is known, and is then torn down.
3. `_destroy` frees what the stream holds, and calls back.
4. ``'error'`` (if there was one, and once only) and ``'close'`` are told on the next tick.
"""

from __future__ import annotations

from typing import Any

from ..errors import MultipleCallbackError, aggregate, as_failure
from ..errors.places import made_here
from ..loop.coroutines import report
from ..loop.ticks import next_tick, require_ticks
from .calling import DoneCallback, present
from .faces import Face, Side, Writing
from .machine import Machine, MachineEvent, State, Table
from .methods import call_method
from .onlookers import Onlookers
from .telling import passed, tell

__all__ = ["LIFECYCLE", "Life", "LifeEvent", "LifeState"]


class LifeState(State):
    """The states of a stream's life."""

    CONSTRUCTING = "constructing"
    OPEN = "open"
    DOOMED = "doomed"
    DESTROYING = "destroying"
    CLOSED = "closed"
    GONE = "gone"


# Members as plain globals: fetching one from its enum costs more than the test it is fetched for.
CONSTRUCTING, OPEN, DOOMED, DESTROYING, CLOSED, GONE = LifeState


class LifeEvent(MachineEvent):
    """What happens in a stream's life."""

    CONSTRUCTED = "constructed"
    CONSTRUCT_FAILED = "construct failed"
    DESTROY = "destroy"
    TORN_DOWN = "torn down"
    CLOSE_TOLD = "close told"


LIFECYCLE: Table[LifeState, LifeEvent] = Table(
    "lifecycle",
    OPEN,
    {
        (CONSTRUCTING, LifeEvent.CONSTRUCTED): (OPEN, "start_work"),
        (CONSTRUCTING, LifeEvent.CONSTRUCT_FAILED): (OPEN, "fail_to_construct"),
        (CONSTRUCTING, LifeEvent.DESTROY): (DOOMED, "remember_doom"),
        (DOOMED, LifeEvent.CONSTRUCTED): (DESTROYING, "tear_down_doomed"),
        (DOOMED, LifeEvent.CONSTRUCT_FAILED): (DESTROYING, "tear_down_doomed"),
        (OPEN, LifeEvent.DESTROY): (DESTROYING, "tear_down"),
        (DESTROYING, LifeEvent.TORN_DOWN): (CLOSED, None),
        (CLOSED, LifeEvent.CLOSE_TOLD): (GONE, "tell_close"),
    },
    notes={
        CONSTRUCTING: "_construct runs; everything waits",
        OPEN: "in use",
        DOOMED: "destroyed, but _construct still runs",
        DESTROYING: "_destroy runs",
        CLOSED: "everything is freed",
        GONE: "'close' has been emitted",
    },
)


class Life:
    """All that a stream remembers of its life.

    Attributes:
        face: the stream.
        machine: where its life stands.
        read_side, write_side: its sides; None for one that its kind does not have.
        auto_destroy: whether it is destroyed when its work is done, or when it fails.
        emit_close: whether it emits ``'close'``.
        errored: the error that it failed with, or None.
        error_emitted: whether ``'error'`` was emitted.
        healthy: whether it is open and has no error: what every chunk asks, on its way.
        stays_open: whether it outlives a pipe to it: the process's standard output does.
        own: what its kind keeps for itself (a file its descriptor), out of a subclass's way.
        made_at: the line of the user's program that made it, or None.
    """

    __slots__ = (
        *("auto_destroy", "closed_before", "doom", "emit_close", "error_emitted", "errored"),
        *("face", "healthy", "machine", "made_at", "onlookers", "own", "read_side"),
        *("stays_open", "write_side"),
    )

    def __init__(self, face: Face, *, auto_destroy: bool, emit_close: bool) -> None:
        self.face = face
        self.machine: Machine[LifeState, LifeEvent] = Machine(LIFECYCLE, self)
        self.onlookers = Onlookers(self)
        self.read_side: Side | None = None
        self.write_side: Writing | None = None
        self.auto_destroy, self.emit_close = auto_destroy, emit_close
        self.errored: BaseException | None = None
        self.error_emitted = self.stays_open = False
        # Closed once, and then said by its user not to be destroyed.
        self.closed_before = False
        self.healthy = True
        self.own: Any = None
        self.made_at = made_here(face)
        # Of a stream that was destroyed while it constructed: why, and who is to be told.
        self.doom: tuple[BaseException | None, DoneCallback | None] = (None, None)

    # -- construct ------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to construct, if there is something to construct."""
        # A signal may have been aborted before: what is not opened needs no closing.
        if present(self.face._construct) and not self.destroyed:
            self.machine = Machine(LIFECYCLE, self, CONSTRUCTING)
            self.healthy = False
            next_tick(self.construct)

    def construct(self) -> None:
        """Run `_construct`, and hear once how it went."""
        called = False

        def constructed(error: BaseException | None = None) -> None:
            nonlocal called
            if called:
                self.fail(MultipleCallbackError() if error is None else error)
                return
            called = True
            self.healthy = self.errored is None and not self.destroyed
            if error is None:
                self.machine.step(LifeEvent.CONSTRUCTED)
            else:
                self.machine.step(LifeEvent.CONSTRUCT_FAILED, error)

        def callback(error: BaseException | None = None) -> None:
            error = passed(error, "the callback of _construct")
            next_tick(constructed, error)

        try:
            call_method(self.face, "_construct", (callback,), callback)
        except Exception as error:
            next_tick(constructed, error)

    def start_work(self) -> None:
        """Take up the work that waited for `_construct`."""
        for side in (self.read_side, self.write_side):
            if side is not None:
                side.start_work()

    def fail_to_construct(self, error: BaseException) -> None:
        self.fail(error, sync=True)

    # -- destroy --------------------------------------------------------------------------------

    def destroy(self, error: BaseException | None, callback: DoneCallback | None) -> None:
        """End all use of the stream. A second call does nothing but call back."""
        if self.destroyed:
            if callback is not None:
                tell(callback, "the callback of destroy()", None, life=self)
            return
        require_ticks()
        if self.write_side is not None:
            self.write_side.prepare_to_be_destroyed()
        self.note_error(error)
        self.healthy = False
        self.machine.step(LifeEvent.DESTROY, error, callback)
        self.onlookers.tell()

    def remember_doom(self, error: BaseException | None, callback: DoneCallback | None) -> None:
        """Wait for `_construct`, to be torn down then."""
        self.doom = (error, callback)

    def tear_down_doomed(self, construct_error: BaseException | None = None) -> None:
        """Be torn down at last; `_construct` may have failed as well."""
        error, callback = self.doom
        self.tear_down(aggregate(error, construct_error), callback)

    def tear_down(self, reason: BaseException | None, callback: DoneCallback | None) -> None:
        """Run `_destroy`, and tell when it is done."""
        called = False
        machine = self.machine
        # What the user's own callback raised: it is his, and not a failure of `_destroy`.
        his: BaseException | None = None

        def torn_down(error: BaseException | None = None) -> None:
            nonlocal called, his
            if called:
                return
            if error is not reason:
                error = passed(error, "the callback of _destroy")
            called = True
            self.note_error(error)
            machine.step(LifeEvent.TORN_DOWN)
            self.closed_before = machine is not self.machine
            try:
                if callback is not None:
                    tell(callback, "the callback of destroy()", error, life=self)
            except Exception as raised:
                his = raised
                raise
            finally:
                next_tick(self.tell_error_and_close, error, machine)

        try:
            call_method(
                self.face,
                "_destroy",
                (reason, torn_down),
                lambda e: (report if called else torn_down)(e),
            )
        except Exception as raised:
            if raised is his:
                raise
            torn_down(raised)

    # -- telling --------------------------------------------------------------------------------

    def tell_error_and_close(
        self, error: BaseException | None, machine: Machine[LifeState, LifeEvent]
    ) -> None:
        if error is not None:
            self.tell_error(error)
        machine.step(LifeEvent.CLOSE_TOLD)

    def tell_close(self) -> None:
        if self.emit_close:
            self.face.emit("close")
        self.onlookers.tell()

    def tell_error(self, error: BaseException) -> None:
        """Emit ``'error'``, once in a life."""
        if not self.error_emitted:
            self.error_emitted = True
            self.face.emit("error", error)

    def fail_unheard(self, error: BaseException) -> None:
        """Fail with an error that was emitted, and that nobody but a pipe listened for."""
        if self.error_emitted:
            self.face.emit("error", error)
        else:
            self.fail(error)

    def note_error(self, error: BaseException | None) -> None:
        if error is not None and self.errored is None:
            self.errored = error
            self.healthy = False
            self.onlookers.tell()

    def fail(self, error: BaseException, *, sync: bool = False) -> None:
        """Fail: by being destroyed, or where `auto_destroy` is off, by telling the error.

        Args:
            error: what went wrong.
            sync: whether the user's own call is still running, so that the error must wait.
        """
        if self.destroyed:
            return
        error = as_failure(error)
        if self.auto_destroy:
            self.face.destroy(error)
            return
        self.note_error(error)
        if sync:
            next_tick(self.tell_error, error)
        else:
            self.tell_error(error)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def destroyed(self) -> bool:
        """Whether `destroy` was called."""
        state = self.machine.state
        return state is not OPEN and state is not CONSTRUCTING

    @property
    def closed(self) -> bool:
        """Whether the stream was destroyed and `_destroy` is done."""
        state = self.machine.state
        return state is CLOSED or state is GONE or self.closed_before

    @property
    def failed(self) -> bool:
        """Whether the stream failed, or was destroyed."""
        return self.errored is not None or self.destroyed

    @property
    def over(self) -> bool:
        """Whether every side that there is is over."""
        return all(side is None or side.is_over for side in (self.read_side, self.write_side))
