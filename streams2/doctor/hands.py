"""Who has what in hand, and who hears of what."""

from __future__ import annotations

import asyncio
import functools
import gc
from types import FunctionType, MethodType

from ..channel import Channel
from ..iter.bucket import Bucket
from ..iter.sharing import Sharing
from ..iter.writer import Writer
from ..streams.stream import Stream
from .answers import Thing
from .outside import rooms_of
from .wakers import CODE, Reach, reach_of

__all__ = [
    *("LOCKS", "alive_now", "at_hand", "guards", "hearing", "hears", "leaves", "methods_reach"),
    *("owing", "parts", "told_by"),
]


def told_by(task: Thing) -> Reach:
    """What hears of the end of a task: the channel of its result."""
    callbacks = [callback for callback, *_ in getattr(task, "_callbacks", None) or ()]
    ours = (functools.partial, FunctionType, MethodType)
    return reach_of(*[one for one in callbacks if isinstance(one, ours)], closed=CODE)


LOCKS = (asyncio.Lock, asyncio.Semaphore)
"""What one has while one is in a block."""


def guards(thing: object, lock: object) -> bool:
    """Whether `thing` is a lock, or a condition with that lock."""
    return thing is lock or (isinstance(thing, asyncio.Condition) and thing._lock is lock)  # type: ignore[attr-defined]


def leaves(in_hand: list[Thing], lock: object) -> int:
    """How many blocks of ``async with`` a task is in that have to do with a lock."""
    exits = [one for one in in_hand if getattr(one, "__name__", None) == "__aexit__"]
    return sum(guards(getattr(one, "__self__", None), lock) for one in exits)


def parts(thing: Thing) -> list[Thing]:
    """A stream, its life and its sides."""
    names = ("_life", "_readable_state", "_writable_state")
    return [thing, *(getattr(thing, name, None) for name in names)]


def hearing(stream: Thing) -> Reach:
    """What hears of the events of a stream."""
    listeners = [f for event in stream.event_names() for f in stream.listeners(event)]
    own = _unless_its_own(stream, listeners)
    return reach_of(*listeners, *callbacks(stream), closed=CODE, but=own)


def hears(stream: Thing, event: str) -> Reach:
    """What hears of one event of a stream."""
    listeners = stream.listeners(event)
    return reach_of(*listeners, closed=CODE, but=_unless_its_own(stream, listeners))


def _unless_its_own(stream: Thing, listeners: list[Thing]) -> Thing:
    """The stream, which whoever listens to it knows; but not if its own methods listen."""
    return None if any(getattr(f, "__self__", None) is stream for f in listeners) else stream


def methods_reach(stream: Thing) -> Reach:
    """What the methods of a stream that is made of others know."""
    names = ("_read", "_write", "_final")
    methods = [vars(stream)[name] for name in names if name in vars(stream)]
    # Bound to the stream itself, as an option is, or to who made it.
    owners = [getattr(method, "__self__", None) for method in methods]
    functions = [getattr(method, "__func__", method) for method in methods]
    if not methods and "brokers" in rooms_of(stream)[:1]:
        functions = list(vars(stream).values())  # A stage of ours.
    return reach_of(*functions, *(one for one in owners if one is not stream))


def owing(stream: Thing) -> Reach:
    """What hears of what was written to a stream."""
    return reach_of(*callbacks(stream))


def callbacks(stream: Thing) -> list[Thing]:
    """What is to be called when what was written to a stream is done, or all of it."""
    side = getattr(stream, "_writable_state", None)
    if side is None:
        return []
    waiting = [request.callback for request in side.buffer]
    return [*waiting, *side.end_callbacks, *(side.in_flight or ())]


def at_hand(value: Thing) -> list[Thing]:
    """A thing, if it is one that somebody works with; or else those that it has itself."""
    if _is_worked_with(value):
        return [value]
    if isinstance(value, (list, tuple, dict)):
        own = _flat(value)
    else:
        own = list(getattr(value, "__dict__", {}).values())
        slots = getattr(type(value), "__slots__", ())
        own += [getattr(value, name, None) for name in slots if isinstance(name, str)]
    own = [inner for one in own for inner in _flat(one)]
    return [inner for one in own for inner in _flat(one) if _is_worked_with(inner)]


def _is_worked_with(value: Thing) -> bool:
    return isinstance(value, (Channel, Stream)) or asyncio.isfuture(value)


def _flat(value: Thing) -> list[Thing]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def alive_now() -> dict[str, list[Thing]]:
    """The streams, channels, writers and what is behind them, child processes and closures."""
    found: dict[str, list[Thing]] = {kind: [] for kind in (*_KINDS, "none")}
    kinds: dict[type, str] = {}
    for one in gc.get_objects():
        kind = kinds.get(type(one))
        if kind is None:
            kind = kinds[type(one)] = _kind_of(type(one))
        if kind != "none" and (kind != "function" or one.__closure__):
            found[kind].append(one)
    return found


_KINDS = ("stream", "channel", "bucket", "writer", "child", "function")


def _kind_of(kind: type) -> str:
    if issubclass(kind, Stream):
        return "stream"
    if issubclass(kind, Channel):
        return "channel"
    if issubclass(kind, (Bucket, Sharing)):
        return "bucket"
    if issubclass(kind, Writer):
        return "writer"
    if kind is FunctionType:
        return "function"
    return "child" if kind.__name__ == "ChildProcess" else "none"
