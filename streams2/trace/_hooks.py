"""The calls on streams and channels, told while somebody records.

While nobody does, every class is as it was: recording costs nothing before it begins and after it
has ended. While somebody does, the methods below are wrapped where they are defined, so that every
stream and channel of this thread is heard, whoever made it and when.
"""

from __future__ import annotations

import functools
import threading
from typing import Any, Callable, Protocol

from ..channel import Channel
from ..channel._alts import _Operation, _Put, _Take
from ..channel._core import MUST_WAIT
from ..events.emitter import EventEmitter
from ..streams.readable_base import ReadableBase
from ..streams.stream import Stream
from ..streams.writable import Writable

__all__ = ["NO_CHUNK", "Listener", "hear_writes", "listen", "unlisten"]

NO_CHUNK: Any = object()
"""What comes instead of a chunk where there is none."""


class Listener(Protocol):
    """Who is told. `owner` is the stream or channel."""

    thread: int

    def called(self, owner: Any, method: str, chunk: Any) -> None: ...
    def answered(self, owner: Any, method: str, answer: Any) -> None: ...
    def failed(self, owner: Any, method: str, error: BaseException) -> None: ...
    def emitting(self, owner: Any, event: str, args: tuple[Any, ...]) -> None: ...
    def waits(self, owner: Any, method: str, chunk: Any) -> None: ...
    def wrote(self, stream: Any, error: BaseException | None) -> None: ...


_listeners: tuple[Listener, ...] = ()
_originals: list[tuple[type, str, Any]] = []
# What each writable that was seen tells when a chunk is written; held, for an identity is an
# object's own only while it lives.
_on_writes: dict[int, tuple[Any, Any]] = {}


def listen(listener: Listener) -> None:
    """Tell `listener` from now on."""
    global _listeners
    if not _listeners:
        _wrap_all()
    _listeners = (*_listeners, listener)


def unlisten(listener: Listener) -> None:
    """Tell `listener` no more."""
    global _listeners
    _listeners = tuple(other for other in _listeners if other is not listener)
    if not _listeners:
        while _originals:
            cls, name, original = _originals.pop()
            setattr(cls, name, original)
        for state, on_write in _on_writes.values():
            state.on_write = on_write
        _on_writes.clear()


def hear_writes(stream: Any) -> None:
    """Tell the listeners of each chunk that `stream` has written, before the stream knows it.

    A stream hands `_write` the same callback each time: that is what is wrapped, of one stream.
    """
    state = stream._writable_state
    if id(state) in _on_writes:
        return
    on_write = state.on_write

    def wrote(error: BaseException | None = None) -> None:
        for listener in _here():
            listener.wrote(stream, error)
        on_write(error)

    _on_writes[id(state)] = (state, on_write)
    state.on_write = wrote


def _here() -> tuple[Listener, ...]:
    thread = threading.get_ident()
    return tuple(listener for listener in _listeners if listener.thread == thread)


def _wrap_all() -> None:
    _wrap(EventEmitter, "emit", _emitting)
    _wrap(ReadableBase, "push", _calling)
    _wrap(ReadableBase, "read", _reading)
    _wrap(Writable, "write", _calling)
    _wrap(Writable, "end", _ending)
    _wrap(Channel, "put", _awaiting)
    _wrap(Channel, "take", _awaiting)
    _wrap(Channel, "__anext__", _next)
    for name in ("offer", "put_callback"):
        _wrap(Channel, name, _calling)
    for name in ("poll", "close"):
        _wrap(Channel, name, _asking)
    _wrap(Channel, "take_callback", _taking_back)
    for operation in (_Put, _Take):
        _wrap(operation, "attempt", _attempting)
    _wrap(_Operation, "set_result", _told)
    _wrap(Channel, "_add_putter", _waiting("put"))
    _wrap(Channel, "_add_taker", _waiting("take"))


def _wrap(cls: type, name: str, wrapper: Callable[[Any], Any]) -> None:
    original = cls.__dict__[name]
    _originals.append((cls, name, original))
    setattr(cls, name, functools.wraps(original)(wrapper(original)))


def _tell(owner: Any, name: str, chunk: Any, call: Callable[[], Any]) -> Any:
    listeners = _here()
    for listener in listeners:
        listener.called(owner, name, chunk)
    try:
        answer = call()
    except BaseException as error:
        for listener in listeners:
            listener.failed(owner, name, error)
        raise
    for listener in listeners:
        listener.answered(owner, name, answer)
    return answer


def _calling(original: Any) -> Any:
    def call(self: Any, chunk: Any, *args: Any, **named: Any) -> Any:
        return _tell(self, original.__name__, chunk, lambda: original(self, chunk, *args, **named))

    return call


def _asking(original: Any) -> Any:
    def call(self: Any) -> Any:
        return _tell(self, original.__name__, NO_CHUNK, lambda: original(self))

    return call


def _ending(original: Any) -> Any:
    def end(self: Any, chunk: Any = None, *args: Any, **named: Any) -> Any:
        given = NO_CHUNK if chunk is None else chunk
        return _tell(self, "end", given, lambda: original(self, chunk, *args, **named))

    return end


def _reading(original: Any) -> Any:
    def read(self: Any, size: Any = None) -> Any:
        # A flowing stream reads itself: its 'data' says so. read(0) takes nothing.
        if size == 0 or self.readable_flowing:
            return original(self, size)
        return _tell(self, "read", NO_CHUNK, lambda: original(self, size))

    return read


def _emitting(original: Any) -> Any:
    def emit(self: Any, event: str, *args: Any) -> Any:
        if isinstance(self, Stream):
            for listener in _here():
                listener.emitting(self, event, args)
        return original(self, event, *args)

    return emit


def _awaiting(original: Any) -> Any:
    name = original.__name__

    async def call(self: Any, *args: Any) -> Any:
        listeners = _here()
        for listener in listeners:
            listener.called(self, name, args[0] if args else NO_CHUNK)
        try:
            answer = await original(self, *args)
        except BaseException as error:
            for listener in listeners:
                listener.failed(self, name, error)
            raise
        for listener in listeners:
            listener.answered(self, name, answer)
        return answer

    return call


def _next(_: Any) -> Any:
    async def anext(self: Any) -> Any:
        value = await self.take()
        if value is None:
            raise StopAsyncIteration
        return value

    return anext


def _taking_back(original: Any) -> Any:
    def take_callback(self: Any, callback: Any, *args: Any, **named: Any) -> Any:
        if not callable(callback):
            return original(self, callback, *args, **named)

        def took(value: Any) -> Any:
            for listener in _here():
                listener.answered(self, "take_callback", value)
            return callback(value)

        for listener in _here():
            listener.called(self, "take_callback", NO_CHUNK)
        return original(self, took, *args, **named)

    return take_callback


def _attempting(original: Any) -> Any:
    def attempt(self: Any) -> Any:
        answer = original(self)
        if answer is not MUST_WAIT:
            name, chunk = _operation(self)
            for listener in _here():
                listener.called(self.channel, name, chunk)
                listener.answered(self.channel, name, answer)
        return answer

    return attempt


def _told(original: Any) -> Any:
    def set_result(self: Any, answer: Any) -> None:
        original(self, answer)
        for listener in _here():
            listener.answered(self.channel, _operation(self)[0], answer)

    return set_result


def _operation(operation: Any) -> tuple[str, Any]:
    return ("put", operation._value) if isinstance(operation, _Put) else ("take", NO_CHUNK)


def _waiting(name: str) -> Callable[[Any], Any]:
    def wrapper(original: Any) -> Any:
        def add(self: Any, waiter: Any, *value: Any) -> Any:
            answer = original(self, waiter, *value)
            for listener in _here():
                listener.waits(self, name, value[0] if value else NO_CHUNK)
            return answer

        return add

    return wrapper
