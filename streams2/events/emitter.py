"""The event emitter: pyee's, plus what Node's streams need of theirs.

>>> emitter = EventEmitter()
>>> @emitter.on("data")
... def first(chunk):
...     print("first", chunk)
>>> emitter.prepend_listener("data", lambda chunk: print("before it", chunk))
<EventEmitter>
>>> emitter.emit("data", 42)
before it 42
first 42
True

What differs from pyee: the same listener may be there twice, and one removal takes the newest of
them away; a listener that is a coroutine function runs as a task; an emit calls the listeners that
were there when it began.

One module, because it is one class: each of pyee's methods, with what Node's does besides.
"""

from __future__ import annotations

import sys
import warnings
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Final,
    TypeVar,
    overload,
)

import pyee

from ..errors import (
    InvalidArgTypeError,
    OutOfRangeError,
    UnhandledError,
    add_note,
    expect,
    expect_function,
    is_number,
)
from ..errors.calling import explained
from ..loop.coroutines import report, run_returned
from ..loop.ticks import next_tick
from .listening import GIVES
from .naming import by_name, is_nodes_name, name_as_node

if TYPE_CHECKING:
    from typing_extensions import Self

_OURS = __name__.partition(".")[0] + "."

__all__ = [
    "EventEmitter",
    "MaxListenersExceededWarning",
    "error_monitor",
    "get_event_listeners",
    "get_max_listeners",
    "listener_count",
    "set_max_listeners",
]

error_monitor: Final = "events.errorMonitor"
"""The event to listen to for every ``'error'``, before its listeners, and without being one.

An ``'error'`` that only monitors hear is still unheard. Node: events.errorMonitor
"""

Listener = Callable[..., object]
Handler = TypeVar("Handler", bound=Listener)


class MaxListenersExceededWarning(RuntimeWarning):
    """More listeners of one event were added than is likely to be meant."""


class _OnceListener:
    """A listener that takes itself away before its first call, and has no second one."""

    __slots__ = ("emitter", "event", "fired", "listener")

    def __init__(self, emitter: EventEmitter, event: str, listener: Listener) -> None:
        self.emitter = emitter
        self.event = event
        self.listener = listener
        self.fired = False

    def __call__(self, *args: object) -> object:
        if self.fired:
            return None
        self.emitter.remove_listener(self.event, self)
        self.fired = True
        return self.listener(*args)


def _original(listener: Listener) -> Listener:
    return listener.listener if type(listener) is _OnceListener else listener


# Node's "newListener", for those who know pyee.
_PYEES_NEW_LISTENER = "new_listener"

# One for all: Python makes a new one each time that it is asked.
_NONE: frozenset[str] = frozenset()


class Listeners:
    """All that an emitter remembers: who listens, and what to do when too many do, or one fails.

    Attributes:
        handlers: the listeners of each event, in the order they are called.
        limit: how many of one event there may be before a warning; None for the class's default.
        capture: whether the failure of a coroutine that listens is the emitter's ``'error'``.
        changed: called after each change, with nothing.
    """

    __slots__ = ("capture", "changed", "handlers", "limit", "warned")

    def __init__(self, capture: bool) -> None:
        self.handlers: dict[str, tuple[Listener, ...]] = {}
        self.limit: float | None = None
        self.warned = _NONE
        self.capture = capture
        self.changed: Callable[[], None] | None = None

    def of(self, event: str) -> tuple[Listener, ...]:
        """The listeners of `event`, with what `once` wrapped around them."""
        return self.handlers.get(event, ())

    def keep(self, event: str, handlers: tuple[Listener, ...]) -> None:
        """Let `handlers` be those of `event`."""
        if handlers:
            self.handlers[event] = handlers
        else:
            self.handlers.pop(event, None)
        if self.changed is not None:
            self.changed()


class EventEmitter(pyee.EventEmitter):
    """An object that others can listen to.

    Args:
        capture_rejections: what to do when a coroutine that listens fails, or the task or future
            that a listener returns: emit ``'error'``, or,
            if not (the default), tell the loop's exception handler.

    Attributes:
        default_max_listeners: how many listeners of one event an emitter may have before it warns;
            0 for any number. Node: events.defaultMaxListeners
        capture_rejections: what an emitter does that is made without saying.
            Node: events.captureRejections

    Raises:
        InvalidArgTypeError: `capture_rejections` is no bool.

    Node: events.EventEmitter
    """

    default_max_listeners: ClassVar[float] = 10
    capture_rejections: ClassVar[bool] = False

    @by_name
    def __init__(self, *, capture_rejections: bool | None = None) -> None:
        if capture_rejections is None:
            capture_rejections = EventEmitter.capture_rejections
        elif not isinstance(capture_rejections, bool):
            raise InvalidArgTypeError.given("capture_rejections", "a bool", capture_rejections)
        # The one name of ours on an emitter, and it is pyee's and Node's too: a subclass is free to
        # call its own what it likes. What is in it is not pyee's: there, listeners are keyed by
        # themselves, so none can be there twice, and a lock is taken at each emit, which costs
        # more than the rest of a chunk's way.
        self._events: Listeners = Listeners(capture_rejections)  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, object]:
        return dict(self.__dict__)

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)

    # -- emitting -------------------------------------------------------------------------------

    def emit(self, event: str, *args: object) -> bool:
        """Call the listeners of `event` with `args`, in the order they were added.

        Listeners added or removed meanwhile count from the next emit on.

        Args:
            event: the event's name.
            args: what each listener is called with.

        Returns:
            Whether there was a listener.

        Raises:
            Exception: `event` is ``"error"`` and nobody listens: the error itself, or
                `UnhandledError` if it is no exception. And whatever a listener raises.

        Node: emitter.emit
        """
        listeners = self._events.handlers
        if event == "error" and error_monitor in listeners:
            self.emit(error_monitor, *args)
        handlers = listeners.get(event)
        if handlers is not None:
            try:
                for handler in handlers:
                    result = handler(*args)
                    if result is not None:
                        run_listener(self, result, event, args)
            except TypeError as error:
                explanation = misfit(error, handler, event, args)
                if explanation is error:
                    raise
                raise explanation from None
            return True
        if event == "error":
            raise _unheard(self, args[0] if args else None)
        return False

    def __rejection__(self, error: Exception, event: str, *args: object) -> None:
        """Deal with the failure of a coroutine that listened to `event`. Yours to replace.

        It is called where `capture_rejections` is on. Node: emitter[captureRejectionSymbol]
        """
        self._events.capture = False
        try:
            self.emit("error", error)
        finally:
            self._events.capture = True

    # -- adding ---------------------------------------------------------------------------------

    def _add_event_handler(self, event: str, k: Listener, v: Listener) -> None:
        # pyee's listens_to and all that follows here come through this.
        insert(self, event, v)

    @overload  # type: ignore[override]
    def on(self, event: str, f: Listener) -> Self: ...
    @overload
    def on(self, event: str, f: None = None) -> Callable[[Handler], Handler]: ...
    def on(self, event: str, f: Listener | None = None) -> Any:
        """Listen to `event`.

        >>> emitter = EventEmitter()
        >>> emitter.on("open", lambda: print("open")).on("close", lambda: print("closed"))
        <EventEmitter>
        >>> @emitter.on("open")
        ... def second():
        ...     print("a second one")
        >>> emitter.emit("open")
        open
        a second one
        True

        Args:
            event: the event's name.
            f: called with what the event gives; it may be there already. Without it, this is a
                decorator.

        Returns:
            The emitter. A decorator returns the function that it decorates.

        Raises:
            InvalidArgTypeError: `f` is no function.

        Node: emitter.on
        """
        if f is None:
            return _decorating(self.on, event)
        self._add_event_handler(event, f, f)
        return self

    @overload  # type: ignore[override]
    def add_listener(self, event: str, f: Listener) -> Self: ...
    @overload
    def add_listener(self, event: str, f: None = None) -> Callable[[Handler], Handler]: ...
    def add_listener(self, event: str, f: Listener | None = None) -> Any:
        """The same as `on`. Node: emitter.addListener"""
        if f is None:
            return _decorating(self.add_listener, event)
        self._add_event_handler(event, f, f)
        return self

    @overload  # type: ignore[override]
    def once(self, event: str, f: Listener) -> Self: ...
    @overload
    def once(self, event: str, f: None = None) -> Callable[[Handler], Handler]: ...
    def once(self, event: str, f: Listener | None = None) -> Any:
        """Listen to the next `event` only.

        Args, Returns and Raises are as for `on`. Node: emitter.once
        """
        if f is None:
            return _decorating(self.once, event)
        if not callable(f):
            expect_function("listener", f)
        self._add_event_handler(event, f, _OnceListener(self, event, f))
        return self

    @overload
    def prepend_listener(self, event: str, f: Listener) -> Self: ...
    @overload
    def prepend_listener(self, event: str, f: None = None) -> Callable[[Handler], Handler]: ...
    def prepend_listener(self, event: str, f: Listener | None = None) -> Any:
        """Listen to `event` before all who listen now.

        Args, Returns and Raises are as for `on`. Node: emitter.prependListener
        """
        if f is None:
            return _decorating(self.prepend_listener, event)
        insert(self, event, f, prepend=True)
        return self

    @overload
    def prepend_once_listener(self, event: str, f: Listener) -> Self: ...
    @overload
    def prepend_once_listener(self, event: str, f: None = None) -> Callable[[Handler], Handler]: ...
    def prepend_once_listener(self, event: str, f: Listener | None = None) -> Any:
        """Listen to the next `event` only, before all who listen now.

        Args, Returns and Raises are as for `on`. Node: emitter.prependOnceListener
        """
        if f is None:
            return _decorating(self.prepend_once_listener, event)
        insert(self, event, _only_once(self, event, f), prepend=True)
        return self

    # -- removing -------------------------------------------------------------------------------

    def remove_listener(self, event: str, f: Listener) -> Self:  # type: ignore[override]
        """Take one `f` away, the newest if it was added more than once. None there is no error.

        Returns:
            The emitter.

        Raises:
            InvalidArgTypeError: `f` is no function.

        Node: emitter.removeListener
        """
        if not callable(f):
            expect_function("listener", f)
        listeners = self._events
        handlers = listeners.handlers.get(event, ())
        for index in range(len(handlers) - 1, -1, -1):
            handler = handlers[index]
            original = handler.listener if type(handler) is _OnceListener else handler
            # Bound methods are made anew at each look-up, so identity would never find them.
            if handler == f or original == f:
                listeners.keep(event, handlers[:index] + handlers[index + 1 :])
                if "removeListener" in listeners.handlers:
                    self.emit("removeListener", event, original)
                break
        return self

    def off(self, event: str, f: Listener) -> Self:
        """The same as `remove_listener`. Node: emitter.off"""
        return self.remove_listener(event, f)

    def remove_all_listeners(self, event: str | None = None) -> Self:  # type: ignore[override]
        """Take every listener away, or every listener of `event`. Returns the emitter.

        Node: emitter.removeAllListeners
        """
        listeners = self._events
        if "removeListener" not in listeners.handlers:
            for name in list(listeners.handlers) if event is None else [event]:
                listeners.keep(name, ())
        elif event is None:
            for name in [name for name in listeners.handlers if name != "removeListener"]:
                self.remove_all_listeners(name)
            listeners.keep("removeListener", ())
        else:
            for handler in reversed(listeners.of(event)):
                self.remove_listener(event, handler)
        return self

    # -- asking ---------------------------------------------------------------------------------

    def listeners(self, event: str) -> list[Listener]:
        """The listeners of `event`, as they were given. Node: emitter.listeners"""
        return [_original(handler) for handler in self._events.of(event)]

    def raw_listeners(self, event: str) -> list[Listener]:
        """The listeners of `event`, with what `once` wrapped around them.

        Node: emitter.rawListeners
        """
        return list(self._events.of(event))

    def listener_count(self, event: str, f: Listener | None = None) -> int:
        """How many listeners `event` has, or how often `f` is among them.

        Node: emitter.listenerCount
        """
        if f is None:
            return len(self._events.of(event))
        return self.listeners(event).count(f)

    def event_names(self) -> list[str]:  # type: ignore[override]
        """The events that somebody listens to, in the order they were first listened to.

        Node: emitter.eventNames
        """
        return list(self._events.handlers)

    def set_max_listeners(self, n: float) -> Self:
        """Warn from more than `n` listeners of one event on; 0 or ``math.inf`` for never.

        Returns:
            The emitter.

        Raises:
            InvalidArgTypeError: `n` is no number.
            OutOfRangeError: `n` is below 0.

        Node: emitter.setMaxListeners
        """
        self._events.limit = _check_limit(n)
        return self

    def get_max_listeners(self) -> float:
        """The limit in force. Node: emitter.getMaxListeners"""
        limit = self._events.limit
        return self.default_max_listeners if limit is None else limit

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not is_nodes_name(type(self), name)]

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if cls.__module__.startswith(_OURS):
            name_as_node(cls)


name_as_node(EventEmitter)


def _decorating(
    listen: Callable[[str, Listener], object], event: str
) -> Callable[[Handler], Handler]:
    """A decorator that has a function listen, and returns it."""

    def decorator(function: Handler) -> Handler:
        listen(event, function)
        return function

    return decorator


def _only_once(emitter: EventEmitter, event: str, listener: Listener) -> _OnceListener:
    return _OnceListener(emitter, event, expect_function("listener", listener))


def insert(emitter: EventEmitter, event: str, handler: Listener, *, prepend: bool = False) -> None:
    """Have `handler` listen to `event`: behind all who do so now, or before them."""
    if not callable(handler):
        expect_function("listener", handler)
    listeners = emitter._events
    handlers = listeners.handlers
    if "newListener" in handlers:
        emitter.emit("newListener", event, _original(handler))
    if _PYEES_NEW_LISTENER in handlers:
        emitter.emit(_PYEES_NEW_LISTENER, event, _original(handler))
    present = handlers.get(event, ())
    if not present:
        handlers[event] = (handler,)
    else:
        handlers[event] = (handler, *present) if prepend else (*present, handler)
    if listeners.changed is not None:
        listeners.changed()
    limit = listeners.limit
    if limit is None:
        limit = emitter.default_max_listeners
    if 0 < limit < len(present) + 1 and event not in listeners.warned:
        listeners.warned |= {event}
        warnings.warn(
            f"Possible memory leak: {len(present) + 1} {event!r} listeners were added to "
            f"{type(emitter).__name__}. set_max_listeners() raises the limit of {limit}",
            MaxListenersExceededWarning,
            stacklevel=_frames_of_ours() + 1,
        )


def run_listener(
    emitter: EventEmitter, returned: object, event: str, args: tuple[object, ...]
) -> None:
    """Run what a listener returned, if it is awaited; its failure is the emitter's, or the loop's.

    Where the emitter captures failures, that goes for a task or a future as well.
    """
    # Asked now, and not when it fails: the listeners of a captured error are not captured.
    if not emitter._events.capture:
        run_returned(returned)
        return

    def failed(error: BaseException) -> None:
        if isinstance(error, Exception):
            next_tick(emitter.__rejection__, error, event, *args)
        else:
            report(error)

    run_returned(returned, failed)


def _frames_of_ours() -> int:
    """How many frames up the stack the code is that is neither ours nor pyee's."""
    level = 0
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("streams2.", "pyee.")):
        level += 1
        frame = frame.f_back
    return level


def misfit(error: TypeError, handler: Listener, event: str, args: tuple[object, ...]) -> TypeError:
    """A better error, if `error` came of calling a listener with what `event` gives."""
    gives = GIVES.get(event, ())
    if len(gives) != len(args):
        gives = tuple(type(arg).__name__ for arg in args)
    return explained(error, _original(handler), args, f"the listener of {event!r}", gives)


def _unheard(emitter: EventEmitter, error: object) -> BaseException:
    raised = error if isinstance(error, BaseException) else UnhandledError(repr(error))
    add_note(raised, f"It is the 'error' of {emitter!r}, and nobody listened for it.")
    return raised


def get_event_listeners(emitter: EventEmitter, event: str) -> list[Listener]:
    """The listeners of `event`, as they were given. Node: events.getEventListeners"""
    return expect("emitter", emitter, EventEmitter).listeners(event)


def listener_count(emitter: EventEmitter, event: str) -> int:
    """How many listeners `event` has. Node: events.listenerCount"""
    return expect("emitter", emitter, EventEmitter).listener_count(event)


def get_max_listeners(emitter: EventEmitter) -> float:
    """From how many listeners of one event on `emitter` warns. Node: events.getMaxListeners"""
    return expect("emitter", emitter, EventEmitter).get_max_listeners()


def set_max_listeners(n: float, *emitters: EventEmitter) -> None:
    """Have `emitters` warn from more than `n` listeners of one event on.

    Args:
        n: how many; 0 or ``math.inf`` for never.
        emitters: for whom. For none, for all emitters to which nothing else was said.

    Raises:
        InvalidArgTypeError: `n` is no number.
        OutOfRangeError: `n` is below 0.

    Node: events.setMaxListeners
    """
    _check_limit(n)
    if not emitters:
        EventEmitter.default_max_listeners = n
    for emitter in emitters:
        expect("emitter", emitter, EventEmitter).set_max_listeners(n)


def _check_limit(n: float) -> float:
    if not is_number(n):
        raise InvalidArgTypeError.given("n", "a number, or math.inf", n)
    if not n >= 0:
        raise OutOfRangeError.given("n", "a number >= 0, or math.inf", n)
    return n
