"""Who has what in hand, and who hears of what."""

from __future__ import annotations

import asyncio
import functools
import gc
from types import FunctionType, MethodType

from ..channel import Channel
from ..streams.stream import Stream
from .answers import Thing
from .wakers import Reach, reach_of

__all__ = ["alive_now", "at_hand", "hearing", "owing", "parts", "told_by"]


def told_by(task: Thing) -> Reach:
    """What hears of the end of a task: the channel of its result."""
    callbacks = [callback for callback, *_ in getattr(task, "_callbacks", None) or ()]
    ours = (functools.partial, FunctionType, MethodType)
    return reach_of(*[callback for callback in callbacks if isinstance(callback, ours)])


def parts(thing: Thing) -> list[Thing]:
    """A stream, its life and its sides."""
    names = ("_life", "_readable_state", "_writable_state")
    return [thing, *(getattr(thing, name, None) for name in names)]


def hearing(stream: Thing) -> Reach:
    """What hears of the events of a stream."""
    listeners = [f for event in stream.event_names() for f in stream.listeners(event)]
    return reach_of(*listeners, *callbacks(stream))


def owing(stream: Thing) -> Reach:
    """What hears of what was written to a stream."""
    return reach_of(*callbacks(stream))


def callbacks(stream: Thing) -> list[Thing]:
    side = getattr(stream, "_writable_state", None)
    if side is None:
        return []
    waiting = [request.callback for request in side.buffer]
    return [*waiting, *side.end_callbacks, *(side.in_flight or ())]


def at_hand(value: Thing) -> list[Thing]:
    """A thing, if it is one that somebody works with; or else those that it has itself."""
    if isinstance(value, (Channel, Stream)) or asyncio.isfuture(value):
        return [value]
    if isinstance(value, (list, tuple)):
        own = list(value)
    else:
        own = list(getattr(value, "__dict__", {}).values())
        slots = getattr(type(value), "__slots__", ())
        own += [getattr(value, name, None) for name in slots if isinstance(name, str)]
    return [one for one in own if isinstance(one, (Channel, Stream)) or asyncio.isfuture(one)]


def alive_now() -> dict[str, list[Thing]]:
    """The streams, channels, child processes and closures that there are."""
    found: dict[str, list[Thing]] = {kind: [] for kind in (*_KINDS, "none")}
    kinds: dict[type, str] = {}
    for one in gc.get_objects():
        kind = kinds.get(type(one))
        if kind is None:
            kind = kinds[type(one)] = _kind_of(type(one))
        if kind != "none" and (kind != "function" or one.__closure__):
            found[kind].append(one)
    return found


_KINDS = ("stream", "channel", "child", "function")


def _kind_of(kind: type) -> str:
    if issubclass(kind, Stream):
        return "stream"
    if issubclass(kind, Channel):
        return "channel"
    if kind is FunctionType:
        return "function"
    return "child" if kind.__name__ == "ChildProcess" else "none"
