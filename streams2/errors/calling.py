"""What is said of a function that cannot be called with what it is given.

>>> def on_end(chunk):
...     pass
>>> try:
...     on_end()
... except TypeError as error:
...     print(explained(error, on_end, (), "the listener of 'end'", ()))
The listener of 'end', on_end (<doctest ...>, line 1), is called with nothing, and it takes (chunk)

JavaScript drops surplus arguments, Python does not: it is the first thing that goes wrong when a
program is ported. Python's own error names neither the event nor the place of the listener.
"""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Sequence
from typing import Any, Callable

from . import SignatureError

__all__ = ["call", "explained", "place_of", "shown"]


def call(function: Callable[..., object], role: str, gives: Sequence[str], *args: object) -> Any:
    """Call a user's function; if it does not take what it is given, say so, and of whom.

    Args:
        function: what to call.
        role: what it is, such as ``"the callback of write()"``.
        gives: what it is called with, in words.
        args: what it is called with.

    Raises:
        SignatureError: it does not take `args`.
    """
    try:
        return function(*args)
    except TypeError as error:
        explanation = explained(error, function, args, role, gives)
        if explanation is error:
            raise
        raise explanation from None


def shown(args: Sequence[object]) -> list[str]:
    """What a function is called with, where there are no better words for it than the values."""
    return [reprlib.repr(argument) for argument in args]


def explained(
    error: TypeError,
    function: Callable[..., object],
    args: tuple[object, ...],
    role: str,
    gives: Sequence[str],
) -> TypeError:
    """A better error for `error`, if it came of calling `function` with `args`; or else itself."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is not None and not _is_ours(traceback.tb_frame.f_globals.get("__name__", "")):
        return error
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return error  # One of C, which does not tell.
    try:
        signature.bind(*args)
    except TypeError:
        given = ", ".join(gives) or "nothing"
        who = f"{role[0].upper()}{role[1:]}, {place_of(function)},"
        return SignatureError(who, given, str(signature))
    return error


def place_of(function: Callable[..., object]) -> str:
    """The name of a function, and where it is to be found."""
    inner: object = inspect.unwrap(function)
    while hasattr(inner, "func"):
        inner = inner.func
    inner = getattr(inner, "__func__", inner)
    name = getattr(inner, "__qualname__", None) or type(inner).__qualname__
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    if code is None or not hasattr(code, "co_filename"):  # One of C, or of RPython.
        return str(name)
    return f"{name} ({code.co_filename}, line {code.co_firstlineno})"


def _is_ours(module: str) -> bool:
    return module.startswith("streams2.")
