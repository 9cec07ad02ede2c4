"""The calls on streams and channels, told while somebody records.

While nobody does, every class is as it was: recording costs nothing before it begins and after it
has ended. While somebody does, the methods below are wrapped where they are defined, so that every
stream and channel of this thread is heard, whoever made it and when.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Awaitable
from typing import Callable, Protocol, cast

from typing_extensions import TypeAlias

from ..channel import Channel
from ..channel.watching import unwatch, watch
from ..events.emitter import EventEmitter
from ..streams.readable_base import ReadableBase
from ..streams.stream import Stream
from ..streams.writable import Writable

__all__ = ["NO_CHUNK", "Listener", "hear_writes", "listen", "listeners_here", "unlisten"]

NO_CHUNK = object()
"""What comes instead of a chunk where there is none."""

Method: TypeAlias = Callable[..., object]
"""A method of a stream or a channel, as its class has it."""


class Listener(Protocol):
    """Who is told. `owner` is the stream or channel, or a `Place`; `thread` None is all threads."""

    thread: int | None

    def made(self, stream: Stream) -> None: ...
    def called(self, owner: object, method: str, chunk: object) -> None: ...
    def answered(self, owner: object, method: str, answer: object) -> None: ...
    def failed(self, owner: object, method: str, error: BaseException) -> None: ...
    def emitting(self, owner: Stream, event: str, args: tuple[object, ...]) -> None: ...
    def waits(self, owner: object, method: str, chunk: object, why: str | None = None) -> None: ...
    def moved(self, owner: object, kind: str, chunk: object) -> None: ...
    def told(self, owner: object, event: str, why: str | None) -> None: ...
    def blocks(self, method: str) -> None: ...
    def goes_on(self) -> None: ...
    def wrote(self, stream: Writable[object], error: BaseException | None) -> None: ...


_listeners: tuple[Listener, ...] = ()
_originals: list[tuple[type, str, Method]] = []
# What takes the bookkeeping off each writable that was seen; the writable is held, for an identity
# is an object's own only while it lives.
_heard: dict[int, Callable[[], None]] = {}


def listen(listener: Listener) -> None:
    """Tell `listener` from now on."""
    global _listeners
    if not _listeners:
        _wrap_all()
        watch(_channels)
    _listeners = (*_listeners, listener)


def unlisten(listener: Listener) -> None:
    """Tell `listener` no more."""
    global _listeners
    if listener not in _listeners:
        return
    _listeners = tuple(other for other in _listeners if other is not listener)
    if not _listeners:
        unwatch(_channels)
        while _originals:
            cls, name, original = _originals.pop()
            setattr(cls, name, original)
        for restore in _heard.values():
            restore()
        _heard.clear()


def hear_writes(stream: Writable[object]) -> None:
    """Tell the listeners of each chunk that `stream` has written, before the stream knows it.

    A stream hands `_write` the same callback each time: that is what is wrapped, of one stream.
    """
    side = stream._writable_state
    if id(side) in _heard:
        return
    on_write = side.on_write

    def wrote(error: BaseException | None = None) -> None:
        for listener in listeners_here():
            listener.wrote(stream, error)
        on_write(error)

    def restore() -> None:
        side.on_write = on_write

    _heard[id(side)] = restore
    side.on_write = wrote


def listeners_here() -> tuple[Listener, ...]:
    """Those who hear this thread."""
    thread = threading.get_ident()
    return tuple(listener for listener in _listeners if listener.thread in (None, thread))


class _ChannelWatcher:
    """What is told of channels otherwise than by the answers of their methods."""

    def waits(self, channel: object, method: str, value: object) -> None:
        for listener in listeners_here():
            listener.waits(channel, method, NO_CHUNK if value is None else value)

    def tried(self, channel: object, method: str, value: object, answer: object) -> None:
        for listener in listeners_here():
            listener.called(channel, method, NO_CHUNK if value is None else value)
            listener.answered(channel, method, answer)

    def chosen(self, channel: object, method: str, answer: object) -> None:
        for listener in listeners_here():
            listener.answered(channel, method, answer)


_channels = _ChannelWatcher()


def _wrap_all() -> None:
    _wrap(EventEmitter, "__init__", _making)
    _wrap(EventEmitter, "emit", _emitting)
    _wrap(ReadableBase, "push", _calling)
    _wrap(ReadableBase, "read", _reading)
    _wrap(Writable, "write", _calling)
    _wrap(Writable, "end", _calling)
    _wrap(Channel, "put", _awaiting)
    _wrap(Channel, "take", _awaiting)
    _wrap(Channel, "__anext__", _next)
    for name in ("offer", "put_callback"):
        _wrap(Channel, name, _calling)
    for name in ("poll", "close"):
        _wrap(Channel, name, _asking)
    _wrap(Channel, "take_callback", _taking_back)


def _wrap(cls: type, name: str, wrapper: Callable[[str, Method], Method]) -> None:
    original = cls.__dict__[name]
    _originals.append((cls, name, original))
    setattr(cls, name, functools.wraps(original)(wrapper(name, original)))


def _tell(owner: object, name: str, chunk: object, call: Callable[[], object]) -> object:
    listeners = listeners_here()
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


@functools.cache
def _first(original: Method) -> Callable[[tuple[object, ...], dict[str, object]], object]:
    """Finds the first argument of a call of the method `original`, however it is given."""
    _, name, *_ = [*inspect.signature(original).parameters, ""]

    def find(args: tuple[object, ...], named: dict[str, object]) -> object:
        return args[0] if args else named.get(name, NO_CHUNK)

    return find


def _calling(name: str, original: Method) -> Method:
    first = _first(original)

    def call(self: object, *args: object, **named: object) -> object:
        return _tell(self, name, first(args, named), lambda: original(self, *args, **named))

    return call


def _asking(name: str, original: Method) -> Method:
    def call(self: object, *args: object, **named: object) -> object:
        return _tell(self, name, NO_CHUNK, lambda: original(self, *args, **named))

    return call


def _reading(name: str, original: Method) -> Method:
    def read(self: ReadableBase[object], size: int | None = None) -> object:
        # A flowing stream reads itself: its 'data' says so. read(0) takes nothing.
        if size == 0 or self.readable_flowing:
            return original(self, size)
        return _tell(self, name, NO_CHUNK, lambda: original(self, size))

    return read


def _making(_: str, original: Method) -> Method:
    def make(self: object, *args: object, **named: object) -> None:
        if isinstance(self, Stream):
            for listener in listeners_here():
                listener.made(self)
        original(self, *args, **named)

    return make


def _emitting(_: str, original: Method) -> Method:
    def emit(self: object, event: str, *args: object) -> object:
        if isinstance(self, Stream):
            for listener in listeners_here():
                listener.emitting(self, event, args)
        return original(self, event, *args)

    return emit


def _awaiting(name: str, original: Method) -> Method:
    first = _first(original)

    async def call(self: object, *args: object, **named: object) -> object:
        listeners = listeners_here()
        for listener in listeners:
            listener.called(self, name, first(args, named))
        try:
            answer = await cast("Awaitable[object]", original(self, *args, **named))
        except BaseException as error:
            for listener in listeners:
                listener.failed(self, name, error)
            raise
        for listener in listeners:
            listener.answered(self, name, answer)
        return answer

    return call


def _next(_: str, __: Method) -> Method:
    async def anext(self: Channel[object, object]) -> object:
        value = await self.take()
        if value is None:
            raise StopAsyncIteration
        return value

    return anext


def _taking_back(name: str, original: Method) -> Method:
    def take_callback(self: object, callback: object, *args: object, **named: object) -> object:
        if not callable(callback):
            return original(self, callback, *args, **named)

        def took(value: object) -> object:
            for listener in listeners_here():
                listener.answered(self, name, value)
            return callback(value)

        for listener in listeners_here():
            listener.called(self, name, NO_CHUNK)
        return original(self, took, *args, **named)

    return take_callback
