"""`finished`, for an emitter of others that is written to or read from as a stream is.

What such a thing means by its events is a guess; these are Node's. One that can be written to is
over when it has finished, or has ended or closed, unless it says that it is still `writable`. One
that can be read (it has a `pipe`) is over when it has ended.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from ..core.calling import DoneCallback
from ..core.foreign import Foreign, is_emitter
from ..core.telling import tell
from ..errors import StreamPrematureCloseError
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..loop.ticks import next_tick

__all__ = ["ForeignWatch", "is_foreign_stream"]


def is_foreign_stream(thing: object) -> bool:
    """Whether `thing` is an emitter that one can write to, or pipe from."""
    return is_emitter(thing) and (_is_readable(thing) or _is_writable(thing))


def _is_readable(thing: object) -> bool:
    return callable(getattr(thing, "pipe", None))


def _is_writable(thing: object) -> bool:
    return callable(getattr(thing, "write", None))


class ForeignWatch:
    """One call of `finished`: what it listens to, and what it has heard."""

    def __init__(
        self,
        stream: Any,
        callback: DoneCallback,
        readable: bool | None,
        writable: bool | None,
        error: bool,
    ) -> None:
        self.stream = stream
        self.events = Foreign(stream)
        self.callback: DoneCallback | None = callback
        self.readable = _is_readable(stream) if readable is None else readable
        self.writable = _is_writable(stream) if writable is None else writable
        self.error = error
        self.read = False
        self.written = getattr(stream, "writable_finished", False) is True
        self.listeners: list[tuple[str, Callable[..., None]]] = [
            *([("end", self.on_legacy), ("close", self.on_legacy)] if self.writable else []),
            ("end", self.on_end),
            ("finish", self.on_finish),
            *([("error", self.done)] if error else []),
            ("close", self.on_close),
        ]
        self.forget_signal: Callable[[], None] = lambda: None

    def start(self, signal: AbortSignal | None) -> None:
        """Listen, or call back in a tick if it is over already."""
        if signal is not None and signal.aborted:
            next_tick(self.done, aborted_error(signal))
            return
        closed = getattr(self.stream, "closed", False) is True
        if closed or self.is_over_already():
            next_tick(self.on_close if closed else self.done)
            # An error that comes all the same finds a listener.
            self.listeners = [("error", _ignore)] if self.error else []
        elif signal is not None:
            self.forget_signal = on_abort(signal, partial(self.give_up, signal))
        for event, listener in self.listeners:
            self.events.add_listener(event, listener)

    def is_over_already(self) -> bool:
        """Whether nothing is to be waited for."""
        not_writable = getattr(self.stream, "writable", None) is False
        not_readable = getattr(self.stream, "readable", None) is False
        return (not self.readable and (self.written or not_writable)) or (
            not self.writable and not_readable
        )

    def stop(self) -> None:
        """Listen no more."""
        self.callback = None
        self.forget_signal()
        for event, listener in self.listeners:
            self.events.remove_listener(event, listener)

    def done(self, error: BaseException | None = None) -> None:
        """Call back, once."""
        callback, self.callback = self.callback, None
        if callback is not None:
            self.forget_signal()
            tell(callback, "the callback of finished()", error)

    def give_up(self, signal: AbortSignal) -> None:
        """The signal was aborted."""
        callback = self.callback
        self.stop()
        self.callback = callback
        self.done(aborted_error(signal))

    def on_legacy(self, *_: object) -> None:
        """It has ended, or closed: one that has no ``'finish'`` means by it that it is done."""
        if not getattr(self.stream, "writable", False):
            self.on_finish()

    def on_finish(self) -> None:
        """All is written."""
        self.written = True
        if not self.readable or self.read:
            self.done()

    def on_end(self) -> None:
        """All is read."""
        self.read = True
        if not self.writable or self.written:
            self.done()

    def on_close(self, *_: object) -> None:
        """It is over, well or not."""
        short = (self.readable and not self.read) or (self.writable and not self.written)
        self.done(StreamPrematureCloseError() if short else None)


def _ignore(error: BaseException) -> None:
    """Hear an error that comes when everything is over."""
