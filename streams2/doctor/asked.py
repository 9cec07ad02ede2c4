"""What there is to look at if one asks about a thing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from types import AsyncGeneratorType, FunctionType
from weakref import WeakSet

from ..brokers.broker import Broker
from ..channel import Channel, Mix, Mult, Pub
from ..core.pipe import Pipe
from ..events.emitter import EventEmitter
from ..iter.sharing_sync import SyncShare
from ..streams.stream import Stream
from .answers import Thing
from .iterables import OF_ITER
from .outside import rooms_of
from .sides import Asked
from .streamables import known_as, parts_of
from .tasks import Steps

__all__ = ["OF_CHANNELS", "asked_about", "is_child", "is_server", "tasks_of"]

OF_CHANNELS = (Mix, Mult, Pub)
"""What a task of ours works for."""

_WHAT = (
    "streams, pipes, channels, tasks, what streams2.iter, mult, pub and mix make,"
    " interfaces, brokers, servers and children"
)


def asked_about(thing: Thing) -> list[Thing]:
    """The streams, channels, tasks and so on that tell why `thing` does not go on.

    Raises:
        TypeError: nothing can be said of it.
    """
    if isinstance(thing, (Stream, Channel, *OF_CHANNELS, *OF_ITER)) or asyncio.isfuture(thing):
        return [thing]
    if isinstance(thing, Pipe):
        return [thing.destination, thing.source]
    parts = parts_of(thing)
    if parts:
        return [end for part in parts for end in asked_about(getattr(thing, part))]
    if isinstance(thing, Broker):
        (streams,) = (one for one in vars(thing).values() if isinstance(one, WeakSet))
        return list(streams)
    if isinstance(thing, SyncShare):
        return []
    if isinstance(thing, EventEmitter):
        if "readline" in rooms_of(thing):
            return _lines_of(thing)
        if is_server(thing) or is_child(thing):
            return [thing]
    ends = _read_or_written(thing) if "iter" in rooms_of(thing) else []
    if not ends:
        raise TypeError(f"explain() takes {_WHAT}, and got {thing!r}")
    return ends


def _read_or_written(stream: Thing) -> list[Thing]:
    """What an iterable stream reads in the end, or writes to: it may be made of others."""
    ends: list[Thing] = []
    seen: dict[int, Thing] = {}
    todo = deque([stream])
    while todo:
        one = todo.popleft()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        end = one if isinstance(one, (Stream, Channel, *OF_ITER)) else known_as(one)
        if end is None:
            todo += _parts_of(one)
        elif end not in ends:
            ends.append(end)
    return ends


def _parts_of(one: Thing) -> list[Thing]:
    if isinstance(one, FunctionType):
        return [cell.cell_contents for cell in one.__closure__ or ()]
    if isinstance(one, AsyncGeneratorType):
        return [] if one.ag_frame is None else list(one.ag_frame.f_locals.values())
    if isinstance(one, (list, tuple)):
        return list(one)
    return list(vars(one).values()) if "iter" in rooms_of(one)[:1] else []


def _lines_of(interface: Thing) -> list[Thing]:
    return [] if interface.closed else [Asked(interface.input, "chunk")]


def tasks_of(thing: Thing, tasks: Mapping[Thing, Steps]) -> list[Thing]:
    """The tasks that work for what is made of channels."""
    workers = [thing]
    if isinstance(thing, Pub):
        topics = (one for one in vars(thing).values() if isinstance(one, dict))
        workers += [mult for each in topics for _, mult in each.values()]
    return [
        task
        for task, steps in tasks.items()
        if any(frame.f_locals.get("self") is one for frame in steps.frames for one in workers)
    ]


def is_server(thing: Thing) -> bool:
    """Whether it is one of a socket, or of what is built upon."""
    return hasattr(thing, "listening") and "net" in rooms_of(thing)


def is_child(thing: Thing) -> bool:
    """Whether it is a process that this one has started."""
    return type(thing).__name__ == "ChildProcess"
