"""What runs at this very moment, beneath whoever asks: nobody knows yet what it leaves undone.

Two kinds of asking differ. A line of the user's that calls `explain` is part of what it asks about:
the program goes on behind it as it is written, and that is not to be guessed. But of a method of a
stream that is still at work it is known that it has not forgotten anything. A signal comes at any
line, of the user's or of ours: there, all that it has interrupted is a way on.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import FrameType

from ..errors.places import Place
from ..streams.stream import Stream
from .answers import Thing
from .names import is_library, is_users
from .outside import code_of
from .tasks import Steps

__all__ = [
    *("called_by_loop", "frames_at_work", "methods_at_work", "steps_at_work", "users_line"),
]

_METHODS = (
    "_construct",
    "_read",
    "_write",
    "_writev",
    "_transform",
    "_flush",
    "_final",
    "_destroy",
)
_TURNS = frozenset(["_run_once", "run_forever", "run_until_complete", "run"])
"""What turns a loop, or runs it: uvloop's own turns have no frame."""
_AWAITS = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE | inspect.CO_ASYNC_GENERATOR
_LOOPS = ("asyncio.", "streams2.loop.")
_ASKING = ("streams2.doctor.", "streams2.loop.stuck")


def frames_at_work() -> list[FrameType]:
    """What runs in this thread, beneath whoever asks, the last call first: up to the loop.

    All where no loop runs.
    """
    frames: list[FrameType] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _turns_loop(frame):
        if not _module(frame).startswith(_ASKING):
            frames.append(frame)
        frame = frame.f_back
    return frames


def called_by_loop(frames: list[FrameType]) -> list[Thing]:
    """The same, if it is a loop that has called the first of them, and what it is about to call."""
    turn = frames[-1].f_back if frames else _turn()
    if turn is None:
        return []
    about_to = turn.f_locals.get("handle") or turn.f_locals.get("event_list")
    return [*frames, about_to] if about_to else [*frames]


def _turn() -> FrameType | None:
    """The turn of the loop that asks between two calls."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _turns_loop(frame):
        frame = frame.f_back
    return frame


def steps_at_work(frames: list[FrameType]) -> Steps:
    """How the task that runs has come to where it is: a coroutine that runs does not say."""
    own = [frame for frame in reversed(frames) if frame.f_code.co_flags & _AWAITS]
    return Steps(own, [], [value for frame in own for value in frame.f_locals.values()], None)


def users_line(at_work: list[Thing]) -> Place | None:
    """The user's line that is at work."""
    for frame in at_work:
        if not isinstance(frame, FrameType):
            continue
        code = frame.f_code
        if is_users(frame) and not is_library(code.co_filename):
            return Place(code.co_filename, frame.f_lineno, code.co_name)
    return None


def methods_at_work(frames: list[FrameType]) -> set[tuple[int, str]]:
    """The methods of streams that have not returned: the identity of each stream, and the name."""
    return {found for frame in frames for found in _methods_of(frame)}


def _methods_of(frame: FrameType) -> Iterator[tuple[int, str]]:
    code = frame.f_code
    stream = _first_argument(frame)
    if isinstance(stream, Stream):
        for name in _METHODS:
            method = getattr(stream, name, None)
            if method is not None and code_of(method) is code:
                yield id(stream), name


def _first_argument(frame: FrameType) -> Thing:
    code = frame.f_code
    names = code.co_varnames
    if code.co_argcount:
        return frame.f_locals.get(names[0])
    if code.co_flags & inspect.CO_VARARGS:
        return next(iter(frame.f_locals.get(names[code.co_kwonlyargcount], ())), None)
    return None


def _turns_loop(frame: FrameType) -> bool:
    return frame.f_code.co_name in _TURNS and _module(frame).startswith(_LOOPS)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
