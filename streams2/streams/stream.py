"""What every stream has in common: a life.

A stream is constructed, is open, and is destroyed, once and for good. Whoever destroys it (its
user, an error, or the stream itself when its work is done) goes through the same few steps:

1. `_construct`, if there is one, runs before anything else is asked of the stream.
2. `destroy` ends all use of the stream at once. A stream still constructing is doomed: it finishes
   constructing, so that what it opened is known, and is then torn down.
3. `_destroy` frees what the stream holds, and calls back.
4. ``'error'`` (if there was one, and once only) and ``'close'`` are told on the next tick.

That is the whole of the table below.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Protocol, TypeVar

from ..core.machine import Event, Machine, State, Table
from ..errors import InvalidArgTypeError, MultipleCallbackError, aggregate
from ..events.emitter import EventEmitter
from ..loop.ticks import next_tick

__all__ = ["LIFECYCLE", "Callback", "Life", "LifeEvent", "Stream"]


class Callback(Protocol):
    """How an implementer's method says that it is done: ``callback()`` or ``callback(error)``."""

    def __call__(self, error: BaseException | None = None) -> None: ...


DoneCallback = Callable[[Optional[BaseException]], object]
"""A user's callback: it gets None, or the error."""

Method = TypeVar("Method", bound=Callable[..., Any])


def optional(method: Method) -> Method:
    """Mark a method that is documented here and exists only where somebody defines it."""
    method.__dict__["absent"] = True
    return method


def present(method: Callable[..., Any]) -> bool:
    """Whether an optional method was defined, by a class or by assignment to the instance."""
    return not getattr(method, "absent", False)


class Life(State):
    """The states of a stream's life."""

    CONSTRUCTING = "constructing"
    OPEN = "open"
    DOOMED = "doomed"
    DESTROYING = "destroying"
    CLOSED = "closed"
    GONE = "gone"


# Members as plain globals: fetching one from its enum costs more than the test it is fetched for.
CONSTRUCTING, OPEN, DOOMED, DESTROYING, CLOSED, GONE = Life


class LifeEvent(Event):
    """What happens in a stream's life."""

    CONSTRUCTED = "constructed"
    CONSTRUCT_FAILED = "construct failed"
    DESTROY = "destroy"
    TORN_DOWN = "torn down"
    CLOSE_TOLD = "close told"


LIFECYCLE: Table[Life, LifeEvent] = Table(
    "lifecycle",
    OPEN,
    {
        (CONSTRUCTING, LifeEvent.CONSTRUCTED): (OPEN, "_constructed"),
        (CONSTRUCTING, LifeEvent.CONSTRUCT_FAILED): (OPEN, "_construct_failed"),
        (CONSTRUCTING, LifeEvent.DESTROY): (DOOMED, "_doom"),
        (DOOMED, LifeEvent.CONSTRUCTED): (DESTROYING, "_tear_down_doomed"),
        (DOOMED, LifeEvent.CONSTRUCT_FAILED): (DESTROYING, "_tear_down_doomed"),
        (OPEN, LifeEvent.DESTROY): (DESTROYING, "_tear_down"),
        (DESTROYING, LifeEvent.TORN_DOWN): (CLOSED, None),
        (CLOSED, LifeEvent.CLOSE_TOLD): (GONE, "_tell_close"),
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


class Stream(EventEmitter):
    """The base of all streams: an emitter with a life. Use `Readable`, `Writable` and their kin.

    Node: stream.Stream
    """

    _auto_destroy: bool
    # Standard output stays open when a pipe to it is done.
    _is_stdio = False
    _emit_close: bool

    def _init_stream(
        self,
        *,
        auto_destroy: bool,
        emit_close: bool,
        construct: Callable[..., None] | None,
        destroy: Callable[..., None] | None,
        capture_rejections: bool | None,
    ) -> None:
        EventEmitter.__init__(self, capture_rejections=capture_rejections)
        self._auto_destroy = auto_destroy
        self._emit_close = emit_close
        self._errored: BaseException | None = None
        self._error_emitted = False
        # Open, and without an error: what every chunk asks, and asks three times on its way.
        self._healthy = True
        self._bind("_construct", construct)
        self._bind("_destroy", destroy)
        self._life: Machine[Life, LifeEvent] = Machine(LIFECYCLE, self)

    def _bind(self, name: str, function: Callable[..., Any] | None) -> None:
        """Make a function given as an option a method of this one stream."""
        if function is None:
            return
        if not callable(function):
            raise InvalidArgTypeError.given(name[1:], "a function", function)
        setattr(self, name, function.__get__(self, type(self)))

    # -- construct ------------------------------------------------------------------------------

    def _start_life(self) -> None:
        # A signal may have been aborted before: what is not opened needs no closing.
        if present(self._construct) and not self.destroyed:
            self._life = Machine(LIFECYCLE, self, CONSTRUCTING)
            self._healthy = False
            next_tick(self._run_construct)

    def _run_construct(self) -> None:
        called = False

        def constructed(error: BaseException | None = None) -> None:
            nonlocal called
            if called:
                self._error_or_destroy(error or MultipleCallbackError())
                return
            called = True
            self._healthy = self._errored is None and not self.destroyed
            if error is None:
                self._life.step(LifeEvent.CONSTRUCTED)
            else:
                self._life.step(LifeEvent.CONSTRUCT_FAILED, error)

        def callback(error: BaseException | None = None) -> None:
            next_tick(constructed, error)

        try:
            self._construct(callback)
        except Exception as error:
            next_tick(constructed, error)

    @optional
    def _construct(self, callback: Callback) -> None:
        """Prepare the stream, then call back; everything else waits for it. Yours to define.

        Node: stream._construct
        """

    def _constructed(self) -> None:
        """Take up the work that waited for `_construct`."""

    def _construct_failed(self, error: BaseException) -> None:
        self._error_or_destroy(error, sync=True)

    # -- destroy --------------------------------------------------------------------------------

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> Stream:
        """End all use of the stream and free what it holds. A second call does nothing.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when `_destroy` is done, with its error.

        Returns:
            The stream.

        Node: stream.destroy
        """
        if self.destroyed:
            if callback is not None:
                callback(None)
            return self
        self._note_error(error)
        self._healthy = False
        self._life.step(LifeEvent.DESTROY, error, callback)
        return self

    def _doom(self, error: BaseException | None, callback: DoneCallback | None) -> None:
        self._doom_reason = (error, callback)

    def _tear_down_doomed(self, construct_error: BaseException | None = None) -> None:
        error, callback = self._doom_reason
        self._tear_down(aggregate(error, construct_error), callback)

    def _tear_down(self, error: BaseException | None, callback: DoneCallback | None) -> None:
        called = False

        def torn_down(error: BaseException | None = None) -> None:
            nonlocal called
            if called:
                return
            called = True
            self._note_error(error)
            self._life.step(LifeEvent.TORN_DOWN)
            if callback is not None:
                callback(error)
            next_tick(self._tell_error_and_close, error)

        try:
            self._destroy(error, torn_down)
        except Exception as raised:
            torn_down(raised)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        """Free what the stream holds, then call back with `error`. Yours to replace.

        Node: stream._destroy
        """
        callback(error)

    # -- telling --------------------------------------------------------------------------------

    def _tell_error_and_close(self, error: BaseException | None) -> None:
        if error is not None:
            self._tell_error(error)
        self._life.step(LifeEvent.CLOSE_TOLD)

    def _tell_close(self) -> None:
        if self._emit_close:
            self.emit("close")

    def _tell_error(self, error: BaseException) -> None:
        if not self._error_emitted:
            self._error_emitted = True
            self.emit("error", error)

    def _fail_unheard(self, error: BaseException) -> None:
        """Fail with an error that was emitted, and that nobody but a pipe listened for."""
        if self._error_emitted:
            self.emit("error", error)
        else:
            self._error_or_destroy(error)

    def _note_error(self, error: BaseException | None) -> None:
        if error is not None and self._errored is None:
            self._errored = error
            self._healthy = False

    def _rejection(self, error: Exception, event: str, *args: Any) -> None:
        self.destroy(error)

    def _error_or_destroy(self, error: BaseException, *, sync: bool = False) -> None:
        """Fail: by being destroyed, or where `auto_destroy` is off, by telling the error.

        Args:
            error: what went wrong.
            sync: whether the user's own call is still running, so that the error must wait.
        """
        if self.destroyed:
            return
        if self._auto_destroy:
            self.destroy(error)
            return
        self._note_error(error)
        if sync:
            next_tick(self._tell_error, error)
        else:
            self._tell_error(error)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def destroyed(self) -> bool:
        """Whether `destroy` was called. Node: stream.destroyed"""
        state = self._life.state
        return state is not OPEN and state is not CONSTRUCTING

    @property
    def closed(self) -> bool:
        """Whether the stream was destroyed and `_destroy` is done. Node: stream.closed"""
        state = self._life.state
        return state is CLOSED or state is GONE

    @property
    def errored(self) -> BaseException | None:
        """The error that the stream failed with, or None. Node: stream.errored"""
        return self._errored
