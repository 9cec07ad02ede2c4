"""Where in a user's program something was made.

>>> class Door:
...     def __init__(self):
...         self.made_at = made_here(self)
>>> def build():
...     return Door()
>>> build().made_at.function
'build'

That is kept of every stream and every channel, whether anybody asks or not: when a program stands
still it is too late to begin. So it must cost next to nothing. A place is looked up by its code and
the instruction that runs, which is quick to learn of a frame (its line is not), and all that is
made at one place shares one `Place`.
"""

from __future__ import annotations

import os
import sys
from asyncio import events
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import NamedTuple

__all__ = ["Place", "is_between", "made_here", "place_of_code", "runs_loop"]


class Place(NamedTuple):
    """A line of a user's program.

    Attributes:
        file: its path, as Python has it.
        line: its number, from 1 on.
        function: the name of the function it is in; ``"<module>"`` for none.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        """The file and the line, as ``app.py:7``: relative to the working directory, if in it."""
        file = self.file
        if os.path.isabs(file):
            here = os.path.join(os.getcwd(), "")
            file = file[len(here) :] if file.startswith(here) else file
        return f"{file}:{self.line}"


# What a file is to one who looks for a user's line.
_USERS, _BETWEEN = False, True
_files: dict[str, bool] = {}
_BETWEEN_US = (
    *("streams2", "asyncio", "contextlib", "functools", "pyee", "typing"),
    *("_contextvars", "_pypy_generic_alias"),  # PyPy's, written in Python.
)
_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_CALLING_BACK = events.Handle.cancel.__code__.co_filename

# How deep in our own calls a thing of each class is made. They are always the same: to look at a
# frame is what costs, and so this looks at no more than one, as a rule.
_depths: dict[type, int] = {}

# Each with its code, so that no other code gets its identity.
_places: dict[tuple[int, int], tuple[Place, CodeType]] = {}
_MOST = 2048


def made_here(thing: object) -> Place | None:
    """Where the user's code is that makes `thing`: to be called from within its `__init__`.

    The code of this package, and what calls on its behalf, is passed over, and so is an `__init__`
    of the thing's own class, for a subclass is made where somebody calls it.

    Returns:
        The place; or None if a loop's callback, and nobody's code, makes it.
    """
    depth = _depths.get(type(thing))
    if depth is None:
        depth = _depth_of(thing, sys._getframe(1))
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        between = _files.get(code.co_filename)
        if between is None:
            between = _look_at(code.co_filename, frame.f_globals.get("__name__", ""))
        if between:
            if code.co_filename == _CALLING_BACK:
                return None
        elif code.co_name != "__init__" or not _makes(frame.f_locals, code, thing):
            key = id(code), frame.f_lasti
            known = _places.get(key)
            return _note_place(key, frame) if known is None else known[0]
        frame = frame.f_back
    return None


def _note_place(key: tuple[int, int], frame: FrameType) -> Place:
    if len(_places) >= _MOST:
        _places.clear()
    code = frame.f_code
    place = Place(code.co_filename, frame.f_lineno, code.co_name)
    _places[key] = place, code
    return place


def _depth_of(thing: object, maker: FrameType) -> int:
    """How many frames from `made_here` on are ours, up from `maker`, and handle `thing`."""
    depth = 2
    frame = maker.f_back
    while frame is not None and is_between(*_whose(frame)) and _handles(frame, thing):
        depth, frame = depth + 1, frame.f_back
    if len(_depths) >= _MOST:
        _depths.clear()
    _depths[type(thing)] = depth
    return depth


def _whose(frame: FrameType) -> tuple[str, str]:
    return frame.f_code.co_filename, frame.f_globals.get("__name__", "")


def _handles(frame: FrameType, thing: object) -> bool:
    if _makes(frame.f_locals, frame.f_code, thing):
        return True
    args = frame.f_locals.get("args")
    return isinstance(args, tuple) and bool(args) and args[0] is thing


def is_between(file: str, module: str = "") -> bool:
    """Whether code in `file`, of `module`, is ours or calls on our behalf, and no user's."""
    known = _files.get(file)
    return _look_at(file, module) if known is None else known


def place_of_code(code: CodeType) -> Place:
    """Where the function that has `code` begins."""
    return Place(code.co_filename, code.co_firstlineno, code.co_name)


def runs_loop(code: CodeType) -> bool:
    """Whether this is a loop calling back: nothing below it is why something happens."""
    return code.co_filename == _CALLING_BACK


def _look_at(file: str, module: str) -> bool:
    # The examples in a docstring are a user's, whatever module they stand in.
    named = module.partition(".")[0] in _BETWEEN_US and not file.startswith("<doctest")
    between = _BETWEEN if named or file.startswith(_PACKAGE) else _USERS
    if module:
        _files[file] = between
    return between


def _makes(local: Mapping[str, object], code: CodeType, thing: object) -> bool:
    names = code.co_varnames
    return bool(names) and local.get(names[0]) is thing
