"""finished: be told once when a stream is over, well or badly.

>>> from streams2 import Writable, run
>>> def main():
...     drain = Writable(write=lambda self, chunk, encoding, done: done())
...     finished(drain, lambda error: print("over:", error))
...     drain.end(b"last words")
>>> run(main)
over: None

A stream can be over in many ways: its events come in different orders, some never come, and some
came before anybody asked. This is the one place that knows them all.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Callable

from ..core.calling import DoneCallback
from ..core.foreign import EmitterOfOthers
from ..core.telling import tell
from ..errors import StreamPrematureCloseError, expect, expect_function
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..events.naming import by_name
from ..loop.ticks import next_tick, running_loop
from .foreign import ForeignWatch, is_foreign_stream
from .stream import Stream

__all__ = [
    "finished",
    "has_readable_side",
    "has_writable_side",
    "is_destroyed",
    "is_disturbed",
    "is_errored",
    "is_readable",
    "is_writable",
]


def has_readable_side(stream: object) -> bool:
    """Whether this is a Readable, or a Duplex that was not made with ``readable=False``."""
    state = getattr(stream, "_readable_state", None)
    return state is not None and (state.enabled or not hasattr(stream, "_writable_state"))


def has_writable_side(stream: object) -> bool:
    """Whether this is a Writable, or a Duplex that was not made with ``writable=False``."""
    state = getattr(stream, "_writable_state", None)
    return state is not None and (state.enabled or not hasattr(stream, "_readable_state"))


def is_readable(stream: object) -> bool:
    """Whether there may still be something to read. Node: stream.isReadable"""
    return has_readable_side(stream) and bool(getattr(stream, "readable", False))


def is_writable(stream: object) -> bool:
    """Whether something may still be written. Node: stream.isWritable"""
    return has_writable_side(stream) and bool(getattr(stream, "writable", False))


def is_errored(stream: object) -> bool:
    """Whether the stream has failed and said so: ``'error'`` was emitted. Node: stream.isErrored"""
    return isinstance(stream, Stream) and stream._life.error_emitted


def is_destroyed(stream: object) -> bool:
    """Whether the stream was destroyed. Node: stream.isDestroyed"""
    return bool(getattr(stream, "destroyed", False))


def is_disturbed(stream: object) -> bool:
    """Whether the stream was read from, failed or was destroyed. Node: stream.isDisturbed"""
    return bool(getattr(stream, "readable_did_read", False)) or (
        hasattr(stream, "_readable_state") and bool(getattr(stream, "readable_aborted", False))
    )


def reading_is_done(stream: Any) -> bool:
    """Whether all was read, even if ``'end'`` is still to be emitted."""
    if not has_readable_side(stream) or stream.errored is not None:
        return False
    state = stream._readable_state
    return bool(state.end_emitted or (state.ended and state.buffer.size == 0))


def writing_is_done(stream: Any) -> bool:
    """Whether all was written, even if ``'finish'`` is still to be emitted."""
    if not has_writable_side(stream):
        return False
    state = stream._writable_state
    if stream.writable_finished:
        return True
    return bool(stream.errored is None and state.ended and state.length == 0 and not state.dropped)


def nothing_is_pending(stream: Any) -> bool:
    """Whether every write was told of, and no ``'finish'`` is on its way."""
    state = getattr(stream, "_writable_state", None)
    return state is None or state.pending == 0


class _Watch:
    """One call of `finished`: what it listens to, and what it has heard."""

    def __init__(
        self, stream: Stream, callback: DoneCallback, readable: bool, writable: bool, error: bool
    ) -> None:
        self.stream = stream
        self.callback: DoneCallback | None = callback
        self.readable = readable
        self.writable = writable
        life = stream._life
        # If 'close' will come after the other events, it is the one to wait for.
        self.close_will_come = (
            life.auto_destroy
            and life.emit_close
            and not life.closed
            and has_readable_side(stream) == readable
            and has_writable_side(stream) == writable
        )
        self.read = reading_is_done(stream)
        self.written = writing_is_done(stream)
        self.error = error
        self.listeners: list[tuple[str, Callable[..., None]]] = []
        self.forget_signal: Callable[[], None] | None = None

    def start(self, signal: AbortSignal | None) -> None:
        stream = self.stream
        if stream.closed:
            self.settle_soon(self.closing_error())
        elif (stream._life.error_emitted and not self.close_will_come) or self._is_over_already():
            self.settle_soon(stream.errored)
        elif signal is not None and signal.aborted:
            next_tick(self.done, aborted_error(signal))
        else:
            if self.writable and not hasattr(stream, "_writable_state"):
                # No writable side to finish: its end, or its close, stands for that.
                self.listen("end", self.on_legacy_finish)
                self.listen("close", self.on_legacy_finish)
            self.listen("end", self.on_end)
            self.listen("finish", self.on_finish)
            if self.error:
                self.listen("error", self.done)
            self.listen("close", self.on_close)
            if signal is not None:
                self.forget_signal = on_abort(signal, partial(self.give_up, signal))

    def settle_soon(self, error: BaseException | None) -> None:
        """The stream is over: call back in a tick, and hear errors that come all the same."""
        if self.error:
            self.listen("error", _ignore)
        next_tick(self.done, error)

    def listen(self, event: str, listener: Callable[..., None]) -> None:
        self.listeners.append((event, listener))
        self.stream.on(event, listener)

    def _is_over_already(self) -> bool:
        # A side that was never there is over, as one that is not any more.
        stream = self.stream
        wants_no_reading = not self.readable and (not self.close_will_come or is_readable(stream))
        wants_no_writing = not self.writable and (not self.close_will_come or is_writable(stream))
        return (
            wants_no_reading
            and (self.written or (hasattr(stream, "_writable_state") and not is_writable(stream)))
            and nothing_is_pending(stream)
        ) or (
            wants_no_writing
            and (self.read or (hasattr(stream, "_readable_state") and not is_readable(stream)))
        )

    def stop(self) -> None:
        self.callback = None
        if self.forget_signal is not None:
            self.forget_signal()
        self.unlisten()

    def unlisten(self) -> None:
        for event, listener in self.listeners:
            self.stream.remove_listener(event, listener)

    def done(self, error: BaseException | None = None) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            if self.forget_signal is not None:
                self.forget_signal()
            tell(callback, "the callback of finished()", error)

    def give_up(self, signal: AbortSignal) -> None:
        self.unlisten()
        self.done(aborted_error(signal))

    def on_finish(self) -> None:
        self.written = True
        if self.stream.destroyed:
            self.close_will_come = False
        if self.close_will_come:
            return
        if not self.readable or self.read:
            self.done()

    def on_legacy_finish(self, *_: object) -> None:
        if not getattr(self.stream, "writable", False):
            self.on_finish()

    def on_end(self) -> None:
        self.read = True
        if self.stream.destroyed:
            self.close_will_come = False
        if self.close_will_come:
            return
        if not self.writable or self.written:
            self.done()

    def on_close(self, *_: object) -> None:
        self.done(self.closing_error())

    def closing_error(self) -> BaseException | None:
        """What is wrong with a stream that closes now."""
        stream = self.stream
        if stream.errored is not None:
            return stream.errored
        unread = (
            self.readable
            and not self.read
            and has_readable_side(stream)
            and not reading_is_done(stream)
        )
        unwritten = self.writable and not self.written and not writing_is_done(stream)
        return StreamPrematureCloseError() if unread or unwritten else None


async def settled(stream: Stream, *, cleanup: bool = False, **options: Any) -> BaseException | None:
    """Wait until `stream` is over; what it failed with, if it did.

    Args:
        stream, options: as for `finished`.
        cleanup: stop listening then (default False). One who is cancelled does in any case.
    """
    over: asyncio.Future[BaseException | None] = running_loop().create_future()

    def settle(error: BaseException | None) -> None:
        if not over.done():
            over.set_result(error)

    stop = finished(stream, settle, **options)
    try:
        return await over
    finally:
        if cleanup or over.cancelled():
            stop()


def _ignore(error: BaseException) -> None:
    """Hear an error that comes when everything is over."""


@by_name
def finished(
    stream: Stream | EmitterOfOthers,
    callback: DoneCallback,
    *,
    readable: bool | None = None,
    writable: bool | None = None,
    error: bool = True,
    signal: AbortSignal | None = None,
) -> Callable[[], None]:
    """Call `callback` once when `stream` is over: ended, finished, failed or closed too early.

    Args:
        stream: any stream; it may be over already. An emitter with `write` or `pipe` will do.
        callback: called with None, or with the error.
        readable: wait for the readable side (default: if there is one).
        writable: wait for the writable side (default: if there is one).
        error: an ``'error'`` makes the stream over (default True).
        signal: gives up waiting, with an `AbortError`; the stream lives on.

    Returns:
        A function that stops listening. Until it is called, an ``'error'`` that comes later finds a
        listener and does not end the program.

    Raises:
        InvalidArgTypeError: `stream` is no stream, or `callback` no function.

    Node: stream.finished
    """
    if not (isinstance(stream, Stream) or is_foreign_stream(stream)):
        expect("stream", stream, Stream)
    expect_function("callback", callback)
    if signal is not None:
        expect("signal", signal, AbortSignal)
    if not isinstance(stream, Stream):
        other = ForeignWatch(stream, callback, readable, writable, error)
        other.start(signal)
        return other.stop
    watch = _Watch(
        stream,
        callback,
        has_readable_side(stream) if readable is None else readable,
        has_writable_side(stream) if writable is None else writable,
        error,
    )
    watch.start(signal)
    return watch.stop
