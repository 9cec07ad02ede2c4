"""The event emitter: pyee's, plus what Node's streams need of theirs.

>>> emitter = EventEmitter()
>>> @emitter.on("data")
... def first(chunk):
...     print("first", chunk)
>>> emitter.prepend_listener("data", lambda chunk: print("before it", chunk))
<function <lambda> at ...>
>>> emitter.emit("data", 42)
before it 42
first 42
True

What differs from pyee: the same listener may be there twice, and one removal takes the newest of
them away; a listener that is a coroutine function runs as a task; an emit calls the listeners that
were there when it began.
"""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import (
    Any,
    Callable,
    ClassVar,
    TypeVar,
)

import pyee

from .errors import InvalidArgTypeError, OutOfRangeError, UnhandledError

__all__ = ["EventEmitter", "MaxListenersExceededWarning", "on", "once"]

Listener = Callable[..., Any]
Handler = TypeVar("Handler", bound=Listener)


class MaxListenersExceededWarning(RuntimeWarning):
    """More listeners of one event were added than is likely to be meant."""


class _Once:
    """A listener that takes itself away before its first call, and has no second one."""

    __slots__ = ("emitter", "event", "fired", "listener")

    def __init__(self, emitter: EventEmitter, event: str, listener: Listener) -> None:
        self.emitter = emitter
        self.event = event
        self.listener = listener
        self.fired = False

    def __call__(self, *args: Any) -> Any:
        if self.fired:
            return None
        self.emitter.remove_listener(self.event, self)
        self.fired = True
        return self.listener(*args)


def _original(listener: Listener) -> Listener:
    return listener.listener if type(listener) is _Once else listener


class EventEmitter(pyee.EventEmitter):
    """An object that others can listen to.

    Attributes:
        default_max_listeners: how many listeners of one event an emitter may have before it warns;
            0 for any number. Node: events.defaultMaxListeners

    Node: events.EventEmitter
    """

    default_max_listeners: ClassVar[int] = 10

    def __init__(self) -> None:
        # Deliberately not pyee's: its listeners are keyed by themselves, so none can be there
        # twice, and a lock taken at each emit costs more than the rest of a chunk's way.
        self._handlers: dict[str, tuple[Listener, ...]] = {}
        self._max_listeners: int | None = None
        self._warned: set[str] = set()

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)

    # -- emitting -------------------------------------------------------------------------------

    def emit(self, event: str, *args: Any) -> bool:
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
        handlers = self._handlers.get(event)
        if handlers is None:
            if event == "error":
                _raise_unheard(args[0] if args else None)
            return False
        for handler in handlers:
            result = handler(*args)
            if result is not None and asyncio.iscoroutine(result):
                self._run_listener(result)
        return True

    def _run_listener(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        _running.add(task)
        task.add_done_callback(_report_failure)

    # -- adding ---------------------------------------------------------------------------------

    def _add_event_handler(self, event: str, k: Listener, v: Listener) -> None:
        # pyee's on, add_listener, listens_to and once all come through here.
        self._insert(event, v, prepend=False)

    def _insert(self, event: str, handler: Listener, *, prepend: bool) -> None:
        if not callable(handler):
            raise InvalidArgTypeError.given("listener", "a function", handler)
        for announcement in ("newListener", "new_listener"):
            if announcement in self._handlers:
                self.emit(announcement, event, _original(handler))
        present = self._handlers.get(event, ())
        self._handlers[event] = (handler, *present) if prepend else (*present, handler)
        limit = self.get_max_listeners()
        if 0 < limit < len(present) + 1 and event not in self._warned:
            self._warned.add(event)
            warnings.warn(
                f"Possible memory leak: {len(present) + 1} {event!r} listeners were added to "
                f"{type(self).__name__}. set_max_listeners() raises the limit of {limit}",
                MaxListenersExceededWarning,
                stacklevel=4,
            )

    def once(self, event: str, f: Listener | None = None) -> Listener:
        """Listen to the next `event` only. Without `f`, a decorator.

        Returns:
            `f` itself.

        Node: emitter.once
        """

        def listen(listener: Listener) -> Listener:
            self._add_event_handler(event, listener, self._once(event, listener))
            return listener

        return listen if f is None else listen(f)

    def prepend_listener(self, event: str, f: Handler) -> Handler:
        """Listen to `event` before all who listen now. Returns `f`.

        Node: emitter.prependListener
        """
        self._insert(event, f, prepend=True)
        return f

    def prepend_once_listener(self, event: str, f: Handler) -> Handler:
        """Listen to the next `event` only, before all who listen now. Returns `f`.

        Node: emitter.prependOnceListener
        """
        self._insert(event, self._once(event, f), prepend=True)
        return f

    def _once(self, event: str, listener: Listener) -> _Once:
        if not callable(listener):
            raise InvalidArgTypeError.given("listener", "a function", listener)
        return _Once(self, event, listener)

    # -- removing -------------------------------------------------------------------------------

    def remove_listener(self, event: str, f: Listener) -> None:
        """Take one `f` away, the newest if it was added more than once. None there is no error.

        Node: emitter.removeListener
        """
        handlers = self._handlers.get(event, ())
        for index in range(len(handlers) - 1, -1, -1):
            handler = handlers[index]
            # Bound methods are made anew at each look-up, so identity would never find them.
            if handler == f or _original(handler) == f:
                self._keep(event, handlers[:index] + handlers[index + 1 :])
                if "removeListener" in self._handlers:
                    self.emit("removeListener", event, _original(handler))
                return

    def off(self, event: str, f: Listener) -> None:
        """The same as `remove_listener`. Node: emitter.off"""
        self.remove_listener(event, f)

    def remove_all_listeners(self, event: str | None = None) -> None:
        """Take every listener away, or every listener of `event`.

        Node: emitter.removeAllListeners
        """
        if "removeListener" not in self._handlers:
            if event is None:
                self._handlers.clear()
            else:
                self._keep(event, ())
        elif event is None:
            for name in [name for name in self._handlers if name != "removeListener"]:
                self.remove_all_listeners(name)
            self._handlers.clear()
        else:
            for handler in reversed(self._handlers.get(event, ())):
                self.remove_listener(event, handler)

    def _keep(self, event: str, handlers: tuple[Listener, ...]) -> None:
        if handlers:
            self._handlers[event] = handlers
        else:
            self._handlers.pop(event, None)

    # -- asking ---------------------------------------------------------------------------------

    def listeners(self, event: str) -> list[Listener]:
        """The listeners of `event`, as they were given. Node: emitter.listeners"""
        return [_original(handler) for handler in self._handlers.get(event, ())]

    def raw_listeners(self, event: str) -> list[Listener]:
        """The listeners of `event`, with what `once` wrapped around them.

        Node: emitter.rawListeners
        """
        return list(self._handlers.get(event, ()))

    def listener_count(self, event: str, f: Listener | None = None) -> int:
        """How many listeners `event` has, or how often `f` is among them.

        Node: emitter.listenerCount
        """
        if f is None:
            return len(self._handlers.get(event, ()))
        return self.listeners(event).count(f)

    def event_names(self) -> set[str]:
        """The events that somebody listens to. Node: emitter.eventNames"""
        return set(self._handlers)

    def set_max_listeners(self, n: int) -> None:
        """Warn from more than `n` listeners of one event on; 0 for never.

        Node: emitter.setMaxListeners
        """
        if not isinstance(n, int) or n < 0:
            raise OutOfRangeError.given("n", "a whole number >= 0", n)
        self._max_listeners = n

    def get_max_listeners(self) -> int:
        """The limit in force. Node: emitter.getMaxListeners"""
        return self.default_max_listeners if self._max_listeners is None else self._max_listeners


def _raise_unheard(error: object) -> None:
    if isinstance(error, BaseException):
        raise error
    raise UnhandledError(repr(error))


_running: set[asyncio.Task[Any]] = set()


def _report_failure(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and task.exception() is not None:
        task.get_loop().call_exception_handler(
            {
                "message": "a coroutine that listens to an event failed",
                "exception": task.exception(),
                "task": task,
            }
        )


def once(emitter: pyee.EventEmitter, event: str) -> asyncio.Future[list[Any]]:
    """Wait for the next `event`.

    >>> async def main():
    ...     emitter = EventEmitter()
    ...     asyncio.get_running_loop().call_soon(emitter.emit, "drain")
    ...     return await once(emitter, "drain")
    >>> asyncio.run(main())
    []

    It listens from the call on, not from the ``await`` on. Cancelled, it stops listening.

    Returns:
        A future of the event's arguments. It fails if ``"error"`` is emitted first.

    Raises:
        RuntimeError: no event loop is running.

    Node: events.once
    """
    future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

    def happened(*args: Any) -> None:
        if not future.done():
            future.set_result(list(args))
        forget(future)

    def failed(error: Any = None) -> None:
        if not future.done():
            future.set_exception(_as_exception(error))
        forget(future)

    def forget(_: object) -> None:
        _discard_listener(emitter, event, happened)
        if event != "error":
            _discard_listener(emitter, "error", failed)

    emitter.add_listener(event, happened)
    if event != "error":
        emitter.add_listener("error", failed)
    future.add_done_callback(forget)
    return future


def _as_exception(error: object) -> BaseException:
    return error if isinstance(error, BaseException) else UnhandledError(repr(error))


def _discard_listener(emitter: pyee.EventEmitter, event: str, listener: Listener) -> None:
    if isinstance(emitter, EventEmitter) or listener in emitter.listeners(event):
        emitter.remove_listener(event, listener)


class EventIterator(AsyncIterator[list[Any]]):
    """The events of one name, each as the list of its arguments; what `on` returns."""

    def __init__(self, emitter: pyee.EventEmitter, event: str, close: Iterable[str]) -> None:
        self._emitter = emitter
        self._seen: deque[list[Any]] = deque()
        self._error: BaseException | None = None
        self._done = False
        self._waiter: asyncio.Future[None] | None = None
        self._listening: list[tuple[str, Listener]] = [(event, self._happened)]
        if event != "error":
            self._listening.append(("error", self._failed))
        self._listening.extend((name, self._closed) for name in close)
        for name, listener in self._listening:
            emitter.add_listener(name, listener)

    def _happened(self, *args: Any) -> None:
        self._seen.append(list(args))
        self._wake()

    def _failed(self, error: Any = None) -> None:
        self._error = _as_exception(error)
        self._stop()

    def _closed(self, *_: Any) -> None:
        self._stop()

    def _stop(self) -> None:
        self._done = True
        for name, listener in self._listening:
            _discard_listener(self._emitter, name, listener)
        self._listening.clear()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def __anext__(self) -> list[Any]:
        while not self._seen:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._done:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._seen.popleft()

    async def aclose(self) -> None:
        """Stop listening. What was not yet taken is forgotten."""
        self._seen.clear()
        self._error = None
        self._stop()


def on(emitter: pyee.EventEmitter, event: str, *, close: Iterable[str] = ()) -> EventIterator:
    """Iterate over every `event` from the call on, none missed between two steps.

    >>> async def main():
    ...     emitter = EventEmitter()
    ...     events = on(emitter, "data", close=["end"])
    ...     for n in range(3):
    ...         emitter.emit("data", n)
    ...     emitter.emit("end")
    ...     return [args async for args in events]
    >>> asyncio.run(main())
    [[0], [1], [2]]

    Args:
        emitter: whom to listen to.
        event: the event's name.
        close: names of events that end the iteration.

    Returns:
        An async iterator of lists of arguments. It raises the error if ``"error"`` is emitted,
        after the events that came before it.

    Node: events.on
    """
    return EventIterator(emitter, event, close)
