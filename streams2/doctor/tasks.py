"""What a task waits for: from its coroutine down to the line that awaits, and what that awaits.

A coroutine says what it awaits (`cr_await`), and so on; of the few awaitables that do not, the
collector knows what they refer to.
"""

from __future__ import annotations

import asyncio
import gc
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import NamedTuple

from ..channel import Channel, Mix
from ..channel.watching import FIRST_TURN
from ..errors.places import Place
from ..events.emitter import EventEmitter
from ..iter.merging import Merging
from ..iter.sharing import Sharing
from ..loop.run_async import Program
from ..streams.stream import Stream
from .answers import Thing
from .debug_methods import Timed, TimedStep
from .later import in_hand, values_later
from .names import users_frames
from .outside import room_of

__all__ = ["Awaited", "Steps", "awaited_by", "line_of", "looks_once_more", "name_of", "steps_of"]


class Steps(NamedTuple):
    """How a task has come to where it waits.

    Attributes:
        frames: of its coroutine, of what that awaits, and so on.
        in_hand: what they have besides their variables, such as what ``async for`` loops over.
        known: what the code of these frames may still do something with.
        future: what the last of them waits for, if it is known.
    """

    frames: list[FrameType]
    in_hand: list[Thing]
    known: list[Thing]
    future: asyncio.Future[Thing] | None


class Awaited(NamedTuple):
    """What a task waits for.

    Attributes:
        what: how it waits: ``"put"``, ``"take"``, ``"alts"``, ``"chunk"``, ``"over"``, ``"drain"``,
            ``"event"``, ``"task"``, ``"future"``.
        things: the streams, channels or tasks that it waits for.
        words: in words.
        remedy: what would end it.
    """

    what: str
    things: list[Thing]
    words: str
    remedy: str | None = None


def steps_of(task: Thing) -> Steps:
    """Follow `task` down to what it waits for."""
    frames: list[FrameType] = []
    held: list[Thing] = []
    known: list[Thing] = []
    seen: set[int] = set()
    awaiting: Thing = task.get_coro() if hasattr(task, "get_coro") else None
    while awaiting is not None and id(awaiting) not in seen and not asyncio.isfuture(awaiting):
        seen.add(id(awaiting))
        frame, following = _step(awaiting)
        if frame is not None:
            frames.append(frame)
            held += in_hand(awaiting, frame)
            known += values_later(awaiting, frame)
        awaiting = following
    waiter = getattr(task, "_fut_waiter", None)
    if waiter is None and asyncio.isfuture(awaiting):
        waiter = awaiting
    return Steps(frames, held, known, waiter)


def looks_once_more(task: Thing) -> bool:
    """Whether `task` runs soon, but only to see that a channel has told it nothing yet."""
    if not isinstance(task, asyncio.Task) or task.done():
        return False
    *_, above, last = [None, None, *steps_of(task).frames]
    if above is None or last is None or last.f_code is not FIRST_TURN:
        return False
    return not above.f_locals["waiter"].done()


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
    if isinstance(awaiting, TimedStep):
        return None, awaiting.step
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
        shared = _by_iter(frame.f_code.co_name, frame.f_locals.get("self"))
        if shared is not None:
            return shared
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
    if name == "run" and isinstance(itself, Program):
        return Awaited("program", [*itself.tasks()], "for what it has under way")
    if "operations" in local and "chosen" in local:
        operations = local["operations"]
        return Awaited("alts", [(one.channel, one.method) for one in operations], "for one of them")
    if name == "__aexit__" and isinstance(itself, EventEmitter) and room_of(itself) is not None:
        return _of_event(itself, "close")
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
    emitter, event = getattr(itself, "emitter", None), getattr(itself, "event", None)
    if name == "__anext__" and emitter is not None and isinstance(event, str):
        return _of_event(emitter, event)
    if name in ("wait", "wait_for_drain") and isinstance(destination, Stream):
        what = "over" if destination.writable_ended else "drain"  # type: ignore[attr-defined]
        return Awaited(what, [destination], "to take more")
    if name == "pipeline" and "streams" in local and "work" in local:
        streams = [one for one in _flat(local["streams"]) if isinstance(one, Stream)]
        return Awaited("pipeline", streams, "for the pipeline to be done")
    return _by_asyncio(frame)


def _by_iter(name: str, itself: Thing) -> Awaited | None:
    """What a reader waits for whose batches a task of ours brings."""
    if name == "pull" and isinstance(itself, Sharing) and itself.pulling is not None:
        return Awaited("task", [itself.pulling], "for the next batch of what is shared")
    if name == "wait" and isinstance(itself, Merging):
        return Awaited("any task", list(itself.reading), "for the next batch of what is merged")
    return None


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


_RESOLVE = "Give the future a result, an error, or `cancel` it"
_KINDS = {
    ("Queue", "get"): ("an asyncio.Queue that nobody puts anything on", "Put on the queue"),
    ("Queue", "put"): ("room in an asyncio.Queue that nobody takes from", "Get from the queue"),
    ("Queue", "join"): (
        "an asyncio.Queue to be worked off",
        "Call its `task_done` as often as something was put on it",
    ),
    ("Lock", "acquire"): ("a lock that is held", "Call its `release`"),
    ("Semaphore", "acquire"): ("a semaphore that is used up", "Call its `release`"),
    ("Event", "wait"): ("an asyncio event that nobody sets", "Call its `set`"),
    ("Condition", "wait"): ("a condition that nobody notifies", "Call its `notify`"),
    ("Barrier", "wait"): ("others to come to a barrier", "Call its `wait` as often as it asks for"),
}


def _by_asyncio(frame: FrameType) -> Awaited | None:
    module = str(frame.f_globals.get("__name__"))
    name, local = frame.f_code.co_name, frame.f_locals
    if module in ("asyncio.locks", "asyncio.queues"):
        itself = local.get("self")
        for kind in type(itself).__mro__:
            words, remedy = _KINDS.get((kind.__name__, name), ("", ""))
            if words:
                return Awaited("future", [itself], f"for {words}", remedy)
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
            return _of_event(emitter, event)
    return Awaited("future", [future], "for a future that nobody resolves", _RESOLVE)


def _of_event(emitter: Thing, event: str) -> Awaited:
    what = event if isinstance(emitter, Stream) else "emitter"
    return Awaited(f"event {what}", [emitter], f"for {event!r}", f"Emit {event!r}")
