"""What code that waits still comes to: the names in it from there on, and what they stand for.

>>> async def work(first, second):
...     print(first)
...     await waits_for_ever()
...     print(second)
>>> def lists_in(coroutine):
...     values = values_later(coroutine, coroutine.cr_frame)
...     return [value for value in values if isinstance(value, list)]
>>> class waits_for_ever:
...     def __await__(self):
...         yield
>>> working = work(["a"], ["b"])
>>> lists_in(working)
[['a'], ['b']]
>>> working.send(None)
['a']
>>> ["b"] in lists_in(working)
True
>>> working.close()

What a variable has that is named no more, the code can do nothing with.
"""

from __future__ import annotations

import dis
import functools
import gc
import inspect
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import CellType, CodeType, FrameType, FunctionType

from .answers import Thing
from .names import is_library

__all__ = ["in_hand", "may", "names_in", "values_later"]

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
_PYPY = sys.implementation.name == "pypy"
_MOST = 200
_OF_OTHERS = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_CONST")


def may(frames: Iterable[FrameType], what: str) -> bool:
    """Whether the code that is still to run has words for that: a guess, and a good one.

    Args:
        frames: those of a task.
        what: ``"put"`` or ``"take"``, of a channel; ``"use"``, of a stream; ``"queue"``,
            ``"event"`` or ``"future"``, of asyncio's; ``"any"`` where no word is needed.
    """
    wanted = _WORDS.get(what)
    if wanted is None:
        return True
    for frame in frames:
        names = set(_words_later(frame.f_code, frame.f_lasti))
        for called in _called_later(frame):
            names |= _words_in(called)
        if names & wanted or (what != "put" and "GET_ANEXT" in names):
            return True
    return False


def values_later(awaiting: object, frame: FrameType) -> list[Thing]:
    """What the code of `frame` has in hand, or in a variable that it names from here on.

    Args:
        awaiting: the coroutine or generator that the frame is of.
        frame: the frame.
    """
    local = frame.f_locals
    if _PYPY:
        return [*local.values(), *in_hand(awaiting, frame)]
    names = _variables_later(frame.f_code, frame.f_lasti)
    named = [local[name] for name in local if name in names]
    given = frame.f_globals
    named += [given[name] for name in sorted(names) if name not in local and name in given]
    return named + in_hand(awaiting, frame)


def in_hand(awaiting: object, frame: FrameType) -> list[Thing]:
    """What an expression that waits half-way has: what its frame has besides its variables."""
    held, local = gc.get_referents(awaiting), frame.f_locals
    if _PYPY:
        # Its collector does not tell them apart: all that is looped over, and may be a variable's.
        return [one for one in held if hasattr(type(one), "__anext__")]
    if any(one is frame for one in held):
        # Before Python 3.11, a coroutine has its frame, and that has the rest.
        held += gc.get_referents(frame)
    code = frame.f_code
    plain = [name for name in code.co_varnames if name in local and name not in code.co_cellvars]
    variables = Counter(id(local[name]) for name in plain)
    others = []
    for one in held:
        if variables[id(one)]:
            variables[id(one)] -= 1
        elif not isinstance(one, (CellType, CodeType, FrameType, dict)) and not (
            isinstance(one, FunctionType) and one.__code__ is code
        ):
            others.append(one)
    return others


def names_in(code: CodeType) -> frozenset[str]:
    """The names that code has which are not its own variables, and what is defined in it has."""
    return _names_in(code)


@functools.lru_cache(maxsize=1024)
def _names_in(code: CodeType) -> frozenset[str]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return frozenset(code.co_names).union(*map(_names_in, inner))


@functools.lru_cache(maxsize=1024)
def _words_later(code: CodeType, last: int) -> frozenset[str]:
    """The names that code uses from an instruction on, and its ways to loop."""
    words: set[str] = set()
    for one in _still_to_run(code, last):
        words.add(one.opname)
        if isinstance(one.argval, CodeType):
            words |= _words_in(one.argval)
        elif one.opname.startswith("LOAD_"):
            words.add(str(one.argval))
    return frozenset(words)


def _words_in(code: CodeType) -> frozenset[str]:
    return _words_later(code, -1)


def _called_later(frame: FrameType) -> Iterator[CodeType]:
    """The user's functions that the code of `frame` names from here on, and what they name."""
    local = frame.f_locals
    classes = {type(one) for one in local.values()}
    names = _words_later(frame.f_code, frame.f_lasti)
    todo = [_function_called(name, local, frame.f_globals, classes) for name in names]
    seen: set[CodeType] = {frame.f_code}
    while todo and len(seen) < _MOST:
        function = todo.pop()
        code = None if function is None else function.__code__
        if function is None or code is None or code in seen or is_library(code.co_filename):
            continue
        seen.add(code)
        yield code
        given = function.__globals__
        todo += [_function_called(name, {}, given, classes) for name in _words_in(code)]


def _function_called(
    name: str, local: Mapping[str, object], given: Mapping[str, object], classes: set[type]
) -> FunctionType | None:
    """What a user's code may mean by `name`: a function, or a method of what it has."""
    found: Thing = local.get(name, given.get(name))
    if found is None:
        of_class = (inspect.getattr_static(one, name, None) for one in classes)
        found = next((one for one in of_class if _has_code(one)), None)
    found = getattr(found, "__func__", found)
    return found if _has_code(found) else None


def _has_code(thing: Thing) -> bool:
    """Whether something is a function of Python's: in PyPy, those of its own look like them."""
    return isinstance(thing, FunctionType) and isinstance(thing.__code__, CodeType)


@functools.lru_cache(maxsize=1024)
def _variables_later(code: CodeType, last: int) -> frozenset[str]:
    """The variables that code reads from an instruction on, its own and others."""
    found: set[str] = set()
    for one in _still_to_run(code, last):
        if "LOAD_" in one.opname and not one.opname.startswith(_OF_OTHERS):
            # One instruction may load two.
            found.update(one.argval if isinstance(one.argval, tuple) else [str(one.argval)])
    return frozenset(found)


def _still_to_run(code: CodeType, last: int) -> list[dis.Instruction]:
    instructions = list(dis.get_instructions(code))
    start = last
    for before, one in reversed(list(zip(instructions, instructions[1:]))):
        # What an await does when something is thrown into it, is at the end of the code, all of it.
        throws = before.opname == "CLEANUP_THROW"
        if one.offset > start and "JUMP" in one.opname and isinstance(one.argval, int):
            start = start if throws else min(start, one.argval)
    return [one for one in instructions if one.offset >= start]
