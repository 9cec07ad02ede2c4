"""What a task waits for: from its coroutine down to the line that awaits, and what that awaits.

A coroutine says what it awaits (`cr_await`), and so on; of the few awaitables that do not, the
collector knows what they refer to.
"""

from __future__ import annotations

import asyncio
import dis
import gc
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import NamedTuple

from ..channel import Channel, Mix
from ..errors.places import Place
from ..streams.stream import Stream
from .answers import Thing
from .debug_methods import Timed
from .names import users_frames

__all__ = ["Awaited", "Steps", "awaited_by", "line_of", "may", "name_of", "steps_of"]


class Steps(NamedTuple):
    """How a task has come to where it waits.

    Attributes:
        frames: of its coroutine, of what that awaits, and so on.
        iterators: what is looped over on the way by ``async for``, which no variable has.
        future: what the last of them waits for, if it is known.
    """

    frames: list[FrameType]
    iterators: list[Thing]
    future: asyncio.Future[Thing] | None


class Awaited(NamedTuple):
    """What a task waits for.

    Attributes:
        what: how it waits: ``"put"``, ``"take"``, ``"alts"``, ``"chunk"``, ``"over"``, ``"drain"``,
            ``"event"``, ``"task"``, ``"future"``.
        things: the streams, channels or tasks that it waits for.
        words: in words.
    """

    what: str
    things: list[Thing]
    words: str


def steps_of(task: Thing) -> Steps:
    """Follow `task` down to what it waits for."""
    frames: list[FrameType] = []
    iterators: list[Thing] = []
    seen: set[int] = set()
    awaiting: Thing = task.get_coro() if hasattr(task, "get_coro") else None
    while awaiting is not None and id(awaiting) not in seen and not asyncio.isfuture(awaiting):
        seen.add(id(awaiting))
        frame, following = _step(awaiting)
        if frame is not None:
            frames.append(frame)
            held = gc.get_referents(awaiting)
            iterators += [one for one in held if hasattr(type(one), "__anext__")]
        awaiting = following
    waiter = getattr(task, "_fut_waiter", None)
    if waiter is None and asyncio.isfuture(awaiting):
        waiter = awaiting
    return Steps(frames, iterators, waiter)


def _step(awaiting: Thing) -> tuple[FrameType | None, Thing]:
    if isinstance(awaiting, CoroutineType):
        return awaiting.cr_frame, awaiting.cr_await
    if isinstance(awaiting, GeneratorType):
        watched = _watched(awaiting)
        if watched is not None:
            return None, watched
        return awaiting.gi_frame, awaiting.gi_yieldfrom
    if isinstance(awaiting, AsyncGeneratorType):
        return awaiting.ag_frame, awaiting.ag_await
    for other in gc.get_referents(awaiting):
        if isinstance(other, (CoroutineType, GeneratorType, AsyncGeneratorType)):
            return None, other
        if asyncio.isfuture(other):
            return None, other
    return None, None


def _watched(generator: GeneratorType[Thing, Thing, Thing]) -> Thing:
    """What debug mode steps through, of a method that is a coroutine."""
    frame = generator.gi_frame
    itself = None if frame is None else frame.f_locals.get("self")
    return itself.coroutine if isinstance(itself, Timed) else None


def name_of(task: Thing, steps: Steps) -> str:
    """The function that waits, in the user's own code if it is anywhere there."""
    users = users_frames(steps.frames)
    if users:
        return users[-1].f_code.co_name
    return steps.frames[0].f_code.co_name if steps.frames else str(task)


def line_of(steps: Steps) -> Place | None:
    """The user's line that waits."""
    users = users_frames(steps.frames)
    if not users:
        return None
    frame = users[-1]
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def awaited_by(steps: Steps) -> Awaited:
    """What `task` waits for, as far as one can know it."""
    for frame in reversed(steps.frames):
        found = _by_frame(frame)
        if found is not None:
            return found if found.what != "alts" else _in_mix(found, steps)
    return _by_future(steps.future)


def _by_frame(frame: FrameType) -> Awaited | None:
    name, local = frame.f_code.co_name, frame.f_locals
    itself = local.get("self")
    if isinstance(itself, Channel):
        what = "put" if name == "put" else "take"
        return Awaited(what, [itself], "for room" if what == "put" else "for a value")
    if "operations" in local and "chosen" in local:
        operations = local["operations"]
        return Awaited("alts", [(one.channel, one.method) for one in operations], "for one of them")
    if name == "put_on_each":
        full = [ch for ch in _waited_channels(local) if ch.holdings().putting]
        return Awaited("each", full, "for each of them to take a value")
    if name == "settled" and isinstance(local.get("stream"), Stream):
        return Awaited("over", [local["stream"]], "to be over")
    if name == "drained" and isinstance(itself, Stream):
        return Awaited("drain", [itself], "to drain")
    stream = getattr(itself, "stream", None)
    if name == "next" and isinstance(stream, Stream):
        return Awaited("chunk", [stream], "for its next chunk")
    destination = getattr(itself, "destination", None)
    if name in ("wait", "wait_for_drain") and isinstance(destination, Stream):
        what = "over" if destination.writable_ended else "drain"  # type: ignore[attr-defined]
        return Awaited(what, [destination], "to take more")
    if name == "pipeline" and "streams" in local and "work" in local:
        streams = [one for one in _flat(local["streams"]) if isinstance(one, Stream)]
        return Awaited("pipeline", streams, "for the pipeline to be done")
    return _by_asyncio(frame)


def _in_mix(found: Awaited, steps: Steps) -> Awaited:
    """Of the `alts` of a mix: its inputs; if it has none, what it puts on."""
    selves = [frame.f_locals.get("self") for frame in steps.frames]
    itself = next((one for one in selves if isinstance(one, Mix)), None)
    if itself is None:
        return found
    own = [one for one in vars(itself).values() if isinstance(one, Channel)]
    inputs = [(channel, how) for channel, how in found.things if channel not in own]
    if inputs:
        return Awaited("alts", inputs, found.words)
    listened = [channel for channel, _ in found.things]
    return Awaited("mix", [one for one in own if one not in listened], found.words)


def _flat(streams: Thing) -> list[Thing]:
    if len(streams) == 1 and isinstance(streams[0], (list, tuple)):
        return list(streams[0])
    return list(streams)


def _waited_channels(local: Thing) -> list[Channel[Thing, Thing]]:
    channels = local.get("channels") or ()
    return [one for one in channels if isinstance(one, Channel)]


_KINDS = {
    ("asyncio.queues", "get"): "an asyncio.Queue that nobody puts anything on",
    ("asyncio.queues", "put"): "room in an asyncio.Queue that nobody takes from",
    ("asyncio.queues", "join"): "an asyncio.Queue to be worked off",
    ("asyncio.locks", "acquire"): "a lock that is held",
    ("asyncio.locks", "wait"): "an asyncio event that nobody sets",
}


def _by_asyncio(frame: FrameType) -> Awaited | None:
    module = str(frame.f_globals.get("__name__"))
    name, local = frame.f_code.co_name, frame.f_locals
    if (module, name) in _KINDS:
        return Awaited("future", [local.get("self")], f"for {_KINDS[module, name]}")
    if module == "asyncio.tasks" and name == "wait_for" and asyncio.isfuture(local.get("fut")):
        return Awaited("task", [local["fut"]], "for another task")
    if module == "asyncio.tasks" and name.strip("_") == "wait" and "fs" in local:
        return Awaited("task", [one for one in local["fs"] if not one.done()], "for other tasks")
    return None


def _by_future(future: Thing) -> Awaited:
    if future is None:
        return Awaited("unknown", [], "for something that does not say what it is")
    if hasattr(future, "get_coro"):
        return Awaited("task", [future], "for another task")
    children = [one for one in getattr(future, "_children", None) or () if not one.done()]
    if children:
        return Awaited("task", children, "for other tasks")
    for callback, *_ in getattr(future, "_callbacks", None) or ():
        waiting = getattr(callback, "__self__", None)
        emitter, event = getattr(waiting, "emitter", None), getattr(waiting, "event", None)
        if emitter is not None and isinstance(event, str):
            what = event if isinstance(emitter, Stream) else "emitter"
            return Awaited(f"event {what}", [emitter], f"for {event!r}")
    return Awaited("future", [future], "for a future that nobody resolves")


# -- what it may still come to --------------------------------------------------------------------

_PUTS = frozenset(["put", "offer", "put_callback", "close", "alts", "put_on_each"])
_TAKES = frozenset(["take", "poll", "take_callback", "alts", "abandon", "into"])
_USES = frozenset(
    ["read", "resume", "pipe", "write", "end", "push", "uncork", "destroy", "to_array"]
)
_WORDS = {
    "put": _PUTS,
    "take": _TAKES,
    "use": _USES,
    "queue": frozenset(["put", "put_nowait", "get", "get_nowait", "task_done"]),
    "event": frozenset(["set"]),
    "future": frozenset(["set_result", "set_exception", "cancel"]),
}


def may(steps: Steps, what: str) -> bool:
    """Whether the code that a task has before it has words for that: a guess, and a good one.

    Args:
        steps: those of the task.
        what: ``"put"`` or ``"take"``, of a channel; ``"use"``, of a stream; ``"queue"``,
            ``"event"`` or ``"future"``, of asyncio's; ``"any"`` where no word is needed.
    """
    wanted = _WORDS.get(what)
    if wanted is None:
        return True
    for frame in steps.frames:
        names = _still_to_run(frame)
        if names & wanted or (what != "put" and "GET_ANEXT" in names):
            return True
    return False


def _still_to_run(frame: FrameType) -> set[str]:
    """The names that the code of `frame` uses from here on, and its ways to loop."""
    instructions = list(dis.get_instructions(frame.f_code))
    start = frame.f_lasti
    for before, one in reversed(list(zip(instructions, instructions[1:]))):
        # What an await does when something is thrown into it, is at the end of the code, all of it.
        throws = before.opname == "CLEANUP_THROW"
        if one.offset > start and "JUMP" in one.opname and isinstance(one.argval, int):
            start = start if throws else min(start, one.argval)
    later = [one for one in instructions if one.offset >= start]
    return {str(one.argval) for one in later if one.opname.startswith("LOAD_")} | {
        one.opname for one in later
    }
