"""What may still happen by itself, and what that could reach: a timer, a thread, a descriptor.

A callback that is owed is forgotten only if nothing that is still to run can reach it. So this goes
from all that is to run along whatever it refers to, up to the streams and channels, and no further:
for a timer that knows a stream cannot call what only that stream knows.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Callable

from ..brokers.memory import MemoryEngine
from ..brokers.messages import Delivery
from ..brokers.nats import NatsEngine
from ..brokers.redis import RedisEngine
from ..brokers.subscriber import Subscriber
from ..channel import Channel
from ..core.life import Life
from ..core.machine import Machine
from ..core.read_side import ReadSide
from ..core.write_side import WriteSide
from ..events.emitter import EventEmitter
from ..iter.bucket import Bucket
from ..iter.fan import Place
from ..iter.sharing import Sharing
from ..iter.writer import Writer
from ..loop.run_async import Program
from ..streams.stream import Stream
from .answers import Thing
from .debug_methods import Call, Clock
from .debug_watch import Watch
from .later import names_in, values_later
from .names import is_library
from .tasks import looks_once_more

__all__ = ["CODE", "Reach", "knows_flows", "reach_of", "wakers_of"]

CODE = (asyncio.Task, CoroutineType, GeneratorType, AsyncGeneratorType)
"""What runs by itself: who knows it can do no more than wait for it."""

_OF_ITER = (Bucket, Place, Sharing, Writer)
_OF_BROKERS = (Delivery, MemoryEngine, NatsEngine, RedisEngine)
_ENDS = (*_OF_ITER, *_OF_BROKERS, Channel, Life, ReadSide, WriteSide, Machine)
_SHARED = (asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Queue)
_NEVER = (
    ModuleType,
    CodeType,
    type,
    str,
    bytes,
    int,
    float,
    threading.Thread,
    asyncio.AbstractEventLoop,
    # It knows all that it has under way, and goes on with none of it.
    Program,
    # Debug mode has a part in every method, and knows everything.
    Clock,
    Watch,
)
_OURS = frozenset(["_readable_state", "_writable_state", "_life", *vars(EventEmitter())])
_MOST = 20_000
# What ends a request that takes too long.
_LIMITS = (("streams2.http.connection", "fail"),)
# What says that somebody is still there.
_SIGNS_OF_LIFE = (("streams2.brokers.subscriber", "beat"),)
# From a function to its closure, to what is in it, to its attributes, and to one of those.
_NEAR = 4
_LONG = 2_000


class Reach:
    """What can be reached.

    Attributes:
        ids: the identities of the streams, their sides and lives, channels, tasks and futures.
    """

    def __init__(self, things: Iterable[object] = ()) -> None:
        self.ids = {id(thing) for thing in things}

    def __contains__(self, thing: object) -> bool:
        return id(thing) in self.ids


def reach_of(*begin: object, closed: tuple[type, ...] = (), but: object = None) -> Reach:
    """Whatever can be reached from `begin`.

    Args:
        begin: where to start.
        closed: what is not looked into. Who only knows a task can do no more than wait for it.
        but: a stream whose attributes are not looked at.
    """
    reach = Reach()
    # By their identities, which are theirs for as long as they are kept.
    seen: dict[int, object] = {}
    todo: deque[Thing] = deque(begin)
    while todo and len(seen) < _MOST:
        thing = todo.popleft()
        if id(thing) in seen or thing is None or issubclass(type(thing), _NEVER):
            continue
        seen[id(thing)] = thing
        if issubclass(type(thing), Stream):
            reach.ids.add(id(thing))
            # A subscriber can do nothing with the messages that it has given out.
            if type(thing) is not Subscriber and thing is not but:
                todo.extend(value for name, value in vars(thing).items() if name not in _OURS)
        elif issubclass(type(thing), _ENDS):
            reach.ids.add(id(thing))
        else:
            if asyncio.isfuture(thing) or issubclass(type(thing), _SHARED):
                reach.ids.add(id(thing))
            if not issubclass(type(thing), closed):
                todo.extend(_next(thing))
            elif asyncio.isfuture(thing):
                todo.extend(_callbacks_of(thing))
    return reach


def knows_flows(function: object) -> bool:
    """Whether a function names a loop, or what waits on one, or has it in an object that it names.

    What is further off is not looked for: an object of a test, say, knows everything in the end.
    """
    found = (*_ENDS, *_SHARED, Stream, asyncio.AbstractEventLoop, asyncio.Future)
    things: list[object] = [function]
    for _ in range(_NEAR):
        if any(issubclass(type(thing), found) for thing in things):
            return True
        near = (thing for thing in things if not issubclass(type(thing), _NEVER))
        things = [inner for thing in near for inner in _next(thing)]
    return any(issubclass(type(thing), found) for thing in things)


def _may_hold(thing: object) -> bool:
    """Whether the collector looks into `thing`. PyPy's does not say: there it looks into all."""
    is_tracked = getattr(gc, "is_tracked", None)
    return is_tracked is None or bool(is_tracked(thing))


def _next(thing: Thing) -> Iterator[object]:
    if isinstance(thing, BuiltinFunctionType):
        yield thing.__self__
    elif isinstance(thing, FunctionType):
        yield from thing.__closure__ or ()
        yield from thing.__defaults__ or ()
        yield from (thing.__kwdefaults__ or {}).values()
        yield from _globals_of(thing.__code__, thing.__globals__)
    elif isinstance(thing, MethodType):
        yield thing.__self__
        yield thing.__func__
        yield from _siblings_of(thing)
    elif isinstance(thing, CellType):
        try:
            yield thing.cell_contents
        except ValueError:
            return
    elif isinstance(thing, FrameType):
        yield from _known(thing.f_locals.values())
        yield from _globals_of(thing.f_code, thing.f_globals)
    elif isinstance(thing, Call):
        yield thing.callback  # And not the stream, nor who watches.
    elif isinstance(thing, functools.partial):
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif isinstance(thing, (CoroutineType, GeneratorType, AsyncGeneratorType)):
        frame = (
            getattr(thing, "cr_frame", None)
            or getattr(thing, "gi_frame", None)
            or getattr(thing, "ag_frame", None)
        )
        if frame is not None:
            yield from _known(values_later(thing, frame))
    elif isinstance(thing, asyncio.Handle):
        yield from (getattr(thing, "_callback", None), *(getattr(thing, "_args", None) or ()))
    elif isinstance(thing, asyncio.Task):
        yield thing.get_coro()
        yield from _callbacks_of(thing)
    elif asyncio.isfuture(thing):
        yield from _callbacks_of(thing)
    elif isinstance(thing, asyncio.StreamReaderProtocol):
        # It has its reader weakly: whose it is, may keep it.
        reader = getattr(thing, "_stream_reader_wr", None)
        yield from (*gc.get_referents(thing), None if reader is None else reader())
    elif type(thing).__name__ == "Timeout" and type(thing).__module__ == "asyncio.timeouts":
        return  # It ends what waits too long: that is no way to go on.
    elif isinstance(thing, (list, tuple, set, frozenset, deque, dict)):
        if len(thing) < _LONG:
            yield from gc.get_referents(thing)
    elif _may_hold(thing):
        yield from gc.get_referents(thing)


def _globals_of(code: Thing, given: Mapping[str, object]) -> Iterator[object]:
    """The global variables that a user's code names. Some of PyPy's has no file."""
    if isinstance(code, CodeType) and not is_library(code.co_filename):
        yield from (given[name] for name in names_in(code) if name in given)


def _siblings_of(method: MethodType) -> Iterator[object]:
    """The methods that a user's method names, of the same object: it may call them."""
    code = getattr(method.__func__, "__code__", None)
    if isinstance(code, CodeType) and not is_library(code.co_filename):
        for name in names_in(code):
            function = inspect.getattr_static(type(method.__self__), name, None)
            if isinstance(function, FunctionType):
                yield MethodType(function, method.__self__)


def _known(things: Iterable[object]) -> Iterator[object]:
    """What code knows, and may do something with: a task that it knows, it can only wait for."""
    return (one for one in things if not isinstance(one, asyncio.Task))


def _callbacks_of(future: Thing) -> Iterator[object]:
    for callback, *_ in getattr(future, "_callbacks", None) or ():
        yield callback


def wakers_of(loop: Thing, is_silent: Callable[[Thing, Thing], bool]) -> list[object]:
    """What is still to run: calls and timers of `loop`, its descriptors, and threads.

    Args:
        loop: the loop.
        is_silent: says of a descriptor, and of whom the loop tells, that nothing comes by itself.
    """
    wakers: list[object] = []
    if loop is not None:
        timers = getattr(loop, "_scheduled", ()) if _waits_for_timers(loop) else ()
        due = getattr(loop, "_ready", ())
        # The ticks of a `run` are no call of its loop.
        wakers += [getattr(due, "next", None), *filter(_is_due, [*timers, *due])]
        registered = getattr(getattr(loop, "_selector", None), "get_map", dict)
        keys: Iterable[Thing] = (registered() or {}).values()
        own = getattr(loop, "_ssock", None)
        for key in keys:
            if key.fileobj is not own and key.fileobj != getattr(own, "fileno", int)():
                wakers += [one for one in key.data if one and not is_silent(key, _owner_of(one))]
        wakers += list(getattr(loop, "holds", ()))
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.ident in frames:
            wakers += _stack(frames[thread.ident])
    return wakers


def _owner_of(handle: Thing) -> Thing:
    return getattr(getattr(handle, "_callback", None), "__self__", None)


def _waits_for_timers(loop: Thing) -> bool:
    """Whether timers are waited for: a run ends where none of them holds it."""
    if not getattr(loop, "raises_when_stuck", False):
        return True
    return bool(loop.is_held())


def _is_due(handle: Thing) -> bool:
    if handle.cancelled():
        return False
    callback = getattr(handle, "_callback", None)
    # That of a loop of `run` keeps the one that was asked for in its closure.
    # A call of a program's is made by the program.
    if isinstance(getattr(callback, "__self__", None), Program):
        callbacks: list[Thing] = list(handle._args)[:1]
    else:
        callbacks = [callback]
    # That of a loop of `run` keeps the one that was asked for in its closure.
    callbacks += [
        one
        for callback in callbacks
        if isinstance(callback, FunctionType)
        for one in _next(callback)
    ]
    callbacks += [inner for one in callbacks if isinstance(one, CellType) for inner in _next(one)]
    return not any(_is_no_way_on(one) for one in callbacks)


def _is_no_way_on(callback: Thing) -> bool:
    """Whether this only asks, or ends what waits too long."""
    if isinstance(getattr(callback, "__self__", None), Call):
        return False
    module = getattr(callback, "__module__", None) or ""
    name = getattr(callback, "__name__", None) or ""
    return (
        module.startswith(str(__package__))
        or (module, name) in (*_LIMITS, *_SIGNS_OF_LIFE)
        or module == "asyncio.timeouts"
        or (module == "asyncio.tasks" and name.endswith("release_waiter"))
        or looks_once_more(getattr(callback, "__self__", None))
    )


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
