"""Whose code it is that calls a stream.

>>> import sys
>>> from streams2 import PassThrough
>>> caller_of(PassThrough(), sys._getframe()).place.file
'<doctest ...>'
"""

from __future__ import annotations

import asyncio
import os
from types import CodeType, FrameType
from typing import NamedTuple

from ..errors.places import Place, place_of_code, runs_loop
from ..events.emitter import EventEmitter

__all__ = ["Caller", "Place", "caller_of", "is_ours", "place_here", "place_of_code", "places_here"]

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_STDLIB = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
_SITE = f"{os.sep}site-packages{os.sep}"
# They stand between a caller and what he calls.
_WRAPPERS = tuple(os.path.join(_PACKAGE, room, "") for room in ("doctor", "trace"))
_EMIT = EventEmitter.emit.__code__
_DEEPEST = 40


class Caller(NamedTuple):
    """A user's code that calls a stream.

    Attributes:
        place: where; None if it is no code of his that calls, but a loop or an emitter.
        who: tells one who writes from another: what waits for the one need not wait for the other.
    """

    place: Place | None
    who: tuple[object, ...]


def is_ours(code: CodeType | None) -> bool:
    """Whether code is of this package. Of what is written in C nobody knows."""
    return code is None or code.co_filename.startswith(_PACKAGE)


def _is_librarys(code: CodeType) -> bool:
    return code.co_filename.startswith(("<frozen", _STDLIB)) and _SITE not in code.co_filename


def caller_of(stream: object, frame: FrameType | None) -> Caller | None:
    """Who calls a method of `stream`: whoever he is, he gets its answer. None: this package does.

    The stream's own methods hand an answer on; so does the standard library, to whoever called it.

    Args:
        stream: the stream.
        frame: the frame that called.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_WRAPPERS):
            pass
        elif is_ours(code):
            if code is _EMIT:
                # A method of the stream's that listens: nobody hears its answer.
                return Caller(None, (id(frame.f_locals.get("self")),))
            if code.co_name == "end" or not _is_method_of(stream, frame):
                return None
        elif runs_loop(code):
            return Caller(None, ())
        elif not _is_librarys(code) and not (
            code.co_name in ("write", "push") and _is_method_of(stream, frame)
        ):
            return Caller(Place(code.co_filename, frame.f_lineno, code.co_name), _who(frame))
        frame = frame.f_back
    return Caller(None, ())


def _is_method_of(stream: object, frame: FrameType) -> bool:
    names = frame.f_code.co_varnames
    return bool(frame.f_code.co_argcount and names) and frame.f_locals.get(names[0]) is stream


def _who(frame: FrameType) -> tuple[object, ...]:
    """The task or the emitter that the code works for, the function, and whose method it is."""
    code = frame.f_code
    has_self = code.co_argcount > 0 and code.co_varnames[0] == "self"
    himself = id(frame.f_locals.get("self")) if has_self else None
    return _on_behalf_of(frame), code, himself


def _on_behalf_of(frame: FrameType) -> object:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    if task is not None:
        return id(task)
    above: FrameType | None = frame
    for _ in range(_DEEPEST):
        if above is None:
            return None
        if above.f_code is _EMIT:
            return id(above.f_locals.get("self"))
        above = above.f_back
    return None


def place_here(frame: FrameType | None) -> Place | None:
    """The first line of a user's code, from `frame` on upwards; None if there is none."""
    return next(iter(places_here(frame, most=1)), None)


def places_here(frame: FrameType | None, most: int = 3) -> list[Place]:
    """The lines of a user's code, from `frame` on upwards to the loop: a few, innermost first."""
    places: list[Place] = []
    while frame is not None and len(places) < most and not runs_loop(frame.f_code):
        code = frame.f_code
        if not is_ours(code) and not _is_librarys(code):
            places.append(Place(code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return places
