"""How a stream calls the methods that its user defines, which may be coroutine functions.

A method gets a callback as its last argument, and calls it when it is done. A coroutine function
may do without: it is done when it returns, and what `_transform` or `_flush` returns is output. The
error that `_destroy` was given goes on.

>>> from streams2 import Writable, run
>>> async def write(stream, chunk, encoding):
...     print(await read_slowly(chunk))
>>> async def read_slowly(chunk):
...     return chunk.decode()
>>> async def main():
...     Writable(write=write).end("slowly")
>>> run(main)
slowly

What every chunk goes through calls its method by itself, and asks here only if that answered, or if
it does not take what it was given.
"""

from __future__ import annotations

import asyncio
import inspect
import weakref
from typing import Any, Callable

from ..loop.coroutines import failure_of, is_awaitable, is_coroutine_function, run_returned
from .telling import raise_misfit

__all__ = ["attend", "call_method", "call_otherwise"]

Failed = Callable[[BaseException], object]


def call_method(face: object, name: str, args: tuple[object, ...], failed: Failed) -> None:
    """Call a method of the user's.

    Args:
        face: the stream.
        name: the method.
        args: what it is called with; its callback is the last.
        failed: called with the error if it is a coroutine function and fails.

    Raises:
        SignatureError: it takes neither `args`, nor all but the callback.
        Exception: what it raises.
    """
    try:
        result = getattr(face, name)(*args)
    except asyncio.CancelledError as error:
        raise failure_of(error) from error
    except TypeError as error:
        call_otherwise(error, face, name, args, failed)
    else:
        if result is not None:
            attend(result, face, name, args, failed)


def attend(result: object, face: object, name: str, args: tuple[Any, ...], failed: Failed) -> None:
    """Deal with what a method returned that is not None."""
    if not is_awaitable(result):
        return
    method = getattr(face, name)
    if not _does_without(method, args):
        run_returned(result, failed)
        return
    # A wrapper took whatever it was given, and would hand on one argument too many.
    if asyncio.iscoroutine(result):
        result.close()
    _run_without_callback(name, method(*args[:-1]), args, failed)


def call_otherwise(
    error: TypeError, face: object, name: str, args: tuple[Any, ...], failed: Failed
) -> None:
    """Call a method that raised `error` without its callback, if that is what it does without.

    To be called while `error` is being handled.
    """
    method = getattr(face, name)
    if _does_without(method, args):
        _run_without_callback(name, method(*args[:-1]), args, failed)
    else:
        raise_misfit(error, face, name, *args)


def _does_without(method: Callable[..., object], args: tuple[object, ...]) -> bool:
    """Whether this is a coroutine function that takes all but the callback.

    Any other function that takes one argument less has got its parameters wrong.
    """
    return not _takes(method, args) and _takes(method, args[:-1]) and is_coroutine_function(method)


def _takes(method: Callable[..., object], args: tuple[object, ...]) -> bool:
    """Whether `method` can be called with so many arguments."""
    function = getattr(method, "__func__", method)
    question = function is method, len(args)
    try:
        answers = _answers.setdefault(function, {})
    except TypeError:
        answers = {}  # It is one that cannot be remembered.
    if question not in answers:
        answers[question] = _can_be_bound(method, args)
    return answers[question]


_answers: weakref.WeakKeyDictionary[Any, dict[tuple[bool, int], bool]] = weakref.WeakKeyDictionary()


def _can_be_bound(method: Callable[..., object], args: tuple[object, ...]) -> bool:
    try:
        inspect.signature(method).bind(*args)
    except TypeError:
        return False
    except ValueError:
        pass  # One of C, which does not tell.
    return True


def _run_without_callback(name: str, result: object, args: tuple[Any, ...], failed: Failed) -> None:
    *_, callback = args

    def done(value: object) -> None:
        if name in _WITH_OUTPUT and value is not None:
            callback(None, value)
        elif name == "_destroy":
            # To swallow an error takes a callback: whoever has none has not even that in mind.
            callback(args[0])
        else:
            callback()

    run_returned(result, failed, done)


_WITH_OUTPUT = frozenset(["_flush", "_transform"])
