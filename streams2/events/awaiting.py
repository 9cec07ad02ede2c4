"""Events to be awaited: the next one with `once`, all of them with `on`.

>>> async def main():
...     emitter = EventEmitter()
...     asyncio.get_running_loop().call_soon(emitter.emit, "drain")
...     return await once(emitter, "drain")
>>> asyncio.run(main())
[]

Both listen from the call on, not from the ``await`` on: nothing is missed in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pyee

from ..errors import (
    InvalidArgTypeError,
    OutOfRangeError,
    UnhandledError,
    as_failure,
    expect,
    is_number,
    is_whole,
)
from .abort import AbortSignal, aborted_error, on_abort
from .emitter import EventEmitter, Listener
from .naming import by_name

__all__ = ["EventIterator", "on", "once"]

Given = list[Any]
"""What an event gave its listeners: the arguments of `emit`, which are the emitter's business."""


@by_name
def once(
    emitter: pyee.EventEmitter, event: str, *, signal: AbortSignal | None = None
) -> asyncio.Future[Given]:
    """Wait for the next `event`. Cancelled, it stops listening.

    Args:
        emitter: whom to listen to.
        event: the event's name.
        signal: gives up waiting, with an `AbortError`.

    Returns:
        A future of the event's arguments. It fails if ``"error"`` is emitted first; and if the
        emitter is a stream that will never emit `event`: ``"drain"`` once it was ended or
        destroyed, or anything once it has closed. Node's then waits for ever.

    Raises:
        InvalidArgTypeError: `emitter` is no emitter, or `signal` no signal.
        RuntimeError: no event loop is running.

    Node: events.once
    """
    _expect_emitter(emitter)
    if signal is not None:
        expect("signal", signal, AbortSignal)
    future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
    if signal is not None and signal.aborted:
        future.set_exception(aborted_error(signal))
        return future
    _NextEvent(emitter, event, future, signal)
    return future


class _NextEvent:
    """What `once` listens to, until one thing has happened."""

    def __init__(
        self,
        emitter: pyee.EventEmitter,
        event: str,
        future: asyncio.Future[Given],
        signal: AbortSignal | None,
    ) -> None:
        self.emitter = emitter
        self.future = future
        self.signal = signal
        self.listening: list[tuple[str, Listener]] = [(event, self.happened)]
        if event != "error":
            self.listening.append(("error", self.failed))
        for name, listener in self.listening:
            emitter.add_listener(name, listener)
        self.event = event
        # A stream knows what it will not do any more.
        self.life: Any = getattr(emitter, "_life", None)
        self.forget_life = _nothing
        if self.life is not None:
            self.forget_life = self.life.onlookers.add(self.look)
        self.forget_signal = on_abort(signal, self.aborted) if signal else _nothing
        future.add_done_callback(self.stop)
        if self.life is not None:
            self.look()

    def look(self) -> None:
        """See whether the event may still come."""
        reason = self.life.onlookers.why_never(self.event)
        if reason is not None and not self.future.done():
            self.future.set_exception(reason)
            # Of several that somebody waits for, one comes, and he does not ask for the others.
            self.future.exception()
            self.stop()

    def happened(self, *args: object) -> None:
        if not self.future.done():
            self.future.set_result(list(args))
        self.stop()

    def failed(self, error: object = None) -> None:
        if not self.future.done():
            self.future.set_exception(_as_exception(error))
        self.stop()

    def aborted(self) -> None:
        assert self.signal is not None
        if not self.future.done():
            self.future.set_exception(aborted_error(self.signal))
        self.stop()

    def stop(self, _: object = None) -> None:
        for name, listener in self.listening:
            _discard_listener(self.emitter, name, listener)
        self.listening.clear()
        self.forget_signal()
        self.forget_life()


def _nothing() -> None:
    pass


def _as_exception(error: object) -> BaseException:
    return as_failure(error) if isinstance(error, BaseException) else UnhandledError(repr(error))


def _discard_listener(emitter: pyee.EventEmitter, event: str, listener: Listener) -> None:
    # A plain pyee emitter raises for a listener that it does not have.
    if isinstance(emitter, EventEmitter) or listener in emitter.listeners(event):
        emitter.remove_listener(event, listener)


class EventIterator(AsyncIterator[Given]):
    """The events of one name, each as the list of its arguments; what `on` returns.

    Attributes:
        emitter: who emits them.
        event: their name.
    """

    def __init__(
        self,
        emitter: Any,
        event: str,
        close: Iterable[str],
        high_water_mark: int | None,
        low_water_mark: int,
    ) -> None:
        self.emitter, self.event = emitter, event
        self._seen: deque[Given] = deque()
        self._error: BaseException | None = None
        self._done = False
        self._waiter: asyncio.Future[None] | None = None
        self._high = high_water_mark
        self._low = low_water_mark
        self._paused = False
        self._forget_signal = _nothing
        self._listening: list[tuple[str, Listener]] = [(event, self._happened)]
        if event != "error":
            self._listening.append(("error", self._failed))
        self._listening.extend((name, self._closed) for name in close)
        for name, listener in self._listening:
            emitter.add_listener(name, listener)

    def _give_up_on(self, signal: AbortSignal) -> None:
        self._forget_signal = on_abort(signal, lambda: self._failed(aborted_error(signal)))

    def _happened(self, *args: object) -> None:
        self._seen.append(list(args))
        if self._waiter is not None and not self._waiter.done():
            # Somebody waits, so that nothing is held.
            self._waiter.set_result(None)
        elif self._high is not None and len(self._seen) > self._high and not self._paused:
            self._paused = True
            self.emitter.pause()

    def _failed(self, error: object = None) -> None:
        self._error = _as_exception(error)
        self._stop()

    def _closed(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._done = True
        for name, listener in self._listening:
            _discard_listener(self.emitter, name, listener)
        self._listening.clear()
        self._forget_signal()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def __anext__(self) -> Given:
        while not self._seen:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._done:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        args = self._seen.popleft()
        if self._paused and not self._done and len(self._seen) < self._low:
            self._paused = False
            self.emitter.resume()
        return args

    async def aclose(self) -> None:
        """Stop listening. What was not yet taken is forgotten."""
        self._seen.clear()
        self._error = None
        self._stop()


@by_name
def on(
    emitter: pyee.EventEmitter,
    event: str,
    *,
    close: Iterable[str] = (),
    signal: AbortSignal | None = None,
    high_water_mark: int | None = None,
    low_water_mark: int = 1,
) -> EventIterator:
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
        signal: ends it, with an `AbortError`.
        high_water_mark: call the emitter's `pause` when more events than this wait to be taken
            (default: never).
        low_water_mark: call its `resume` when fewer than this do (default 1).

    Returns:
        An async iterator of lists of arguments. It raises the error if ``"error"`` is emitted,
        after the events that came before it.

    Raises:
        AbortError: `signal` is aborted already.
        InvalidArgTypeError: `emitter` is no emitter, or one that cannot be paused; `signal` is no
            signal, or a mark no number.
        OutOfRangeError: a mark is no whole number, or below 1.

    Node: events.on
    """
    if high_water_mark is not None:
        _check_mark("high_water_mark", high_water_mark)
        if not (hasattr(emitter, "pause") and hasattr(emitter, "resume")):
            raise InvalidArgTypeError.given("emitter", "one with pause() and resume()", emitter)
    _check_mark("low_water_mark", low_water_mark)
    _expect_emitter(emitter)
    if isinstance(close, str) or not isinstance(close, Iterable):
        raise InvalidArgTypeError.given("close", "an iterable of names of events", close)
    if signal is not None and expect("signal", signal, AbortSignal).aborted:
        raise aborted_error(signal)
    iterator = EventIterator(emitter, event, close, high_water_mark, low_water_mark)
    if signal is not None:
        iterator._give_up_on(signal)
    return iterator


def _expect_emitter(emitter: object) -> None:
    if not hasattr(emitter, "add_listener") or not hasattr(emitter, "remove_listener"):
        raise InvalidArgTypeError.given("emitter", "an emitter", emitter)


def _check_mark(name: str, mark: object) -> None:
    if not is_number(mark):
        raise InvalidArgTypeError.given(name, "a whole number", mark)
    if not is_whole(mark) or mark < 1:
        raise OutOfRangeError.given(name, "a whole number >= 1", mark)
