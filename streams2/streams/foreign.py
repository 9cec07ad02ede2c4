"""`finished`, and a stage of a pipeline, for an emitter of others that is used as a stream is.

What such a thing means by its events is a guess; these are Node's. One that can be written to is
over when it has finished, or has ended or closed, unless it says that it is still `writable`. One
that can be read (it has a `pipe`) is over when it has ended.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, Callable

from ..core.calling import DoneCallback
from ..core.foreign import Foreign, can, is_emitter
from ..core.telling import tell
from ..errors import AbortError, InvalidArgTypeError, StreamPrematureCloseError
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..loop.ticks import next_tick
from .stream import Stream

__all__ = ["ForeignWatch", "OldStage", "as_stage", "is_foreign_stream", "itself"]


def is_foreign_stream(thing: object) -> bool:
    """Whether `thing` is an emitter that one can write to, or pipe from."""
    return is_emitter(thing) and (_is_readable(thing) or _is_writable(thing))


def _is_readable(thing: object) -> bool:
    return can(thing, "pipe")


def _is_writable(thing: object) -> bool:
    return can(thing, "write")


def _asks(thing: object) -> bool:
    """Whether it is a request of HTTP, as old clients have it."""
    return can(thing, "set_header", "abort")


class OldStage(Foreign):
    """An old-style stream, or an emitter of others, with what a pipeline asks of its stages.

    It has no state that tells how far it is: its events alone do.
    """

    errored: BaseException | None = None
    readable_ended = False

    @property
    def destroyed(self) -> bool:
        """Whether it says that it was destroyed."""
        return bool(getattr(self.emitter, "destroyed", False))

    @property
    def closed(self) -> bool:
        """Whether it says that it is closed."""
        return getattr(self.emitter, "closed", False) is True

    @property
    def readable(self) -> bool:
        """Whether it can be read, and says so."""
        return _is_readable(self.emitter) and getattr(self.emitter, "readable", None) is True

    @property
    def can_be_piped(self) -> bool:
        """Whether it has a `pipe`."""
        return _is_readable(self.emitter)

    @property
    def writable(self) -> bool:
        """Whether it can be written to, and says so."""
        return _is_writable(self.emitter) and getattr(self.emitter, "writable", None) is True

    def write(self, chunk: object, encoding: object = None) -> bool:
        """Write: old-style streams take a chunk, and nothing else."""
        return super().write(chunk)

    def on(self, event: str, f: Callable[..., object]) -> None:
        """Listen."""
        self.add_listener(event, f)

    def once(self, event: str, f: Callable[..., object]) -> None:
        """Listen, for one time."""

        def called(*args: object) -> None:
            self.remove_listener(event, called)
            f(*args)

        self.add_listener(event, called)

    def pipe(self, destination: object, *, end: bool) -> None:
        """Write what it emits to `destination`, in its own way."""
        pipe = getattr(self.emitter, "pipe", None)
        if not callable(pipe):
            raise InvalidArgTypeError.given("source", "something with pipe()", self.emitter)
        # Not all of them are to be told: in JavaScript, what is not asked for is dropped.
        options = {"end": end} if _takes(pipe, "end") else {}
        pipe(destination, **options)

    def destroy(self, error: BaseException | None = None) -> None:
        """Give it up, in the way it has for that."""
        if error is None and (self.readable or self.writable):
            error = AbortError()
        how = "abort" if _asks(self.emitter) else "destroy"
        if can(self.emitter, how):
            getattr(self.emitter, how)(*((error,) if how == "destroy" else ()))
        elif can(self.emitter, "close"):
            self.emitter.close()


def as_stage(given: object) -> object:
    """What is given, or an `OldStage` of it if it is an old-style stream."""
    is_old = not isinstance(given, Stream) and is_foreign_stream(given)
    return OldStage(given) if is_old else given


def itself(stage: Any) -> Any:
    """What was given to `as_stage`."""
    return stage.emitter if isinstance(stage, OldStage) else stage


def _takes(function: Callable[..., object], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


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
            *([("complete", self.on_finish), ("abort", self.on_close)] if _asks(stream) else []),
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
        # One that cannot be paused may have had nothing to read, or no word for its end.
        unread = self.readable and not self.read and can(self.stream, "pipe", "pause", "resume")
        short = unread or (self.writable and not self.written)
        self.done(StreamPrematureCloseError() if short else None)


def _ignore(error: BaseException) -> None:
    """Hear an error that comes when everything is over."""
