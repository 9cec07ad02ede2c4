"""How users are told, and how it is said where something of theirs went wrong.

>>> def main():
...     try:
...         tell(lambda: None, "the callback of write()", None)
...     except TypeError as error:
...         print(error)
>>> main()
The callback of write(), main.<locals>.<lambda> (<doctest ...>, line 3), is called with error or \
None, and it takes ()

An error that is raised says by itself where. One that is passed to a callback does not: it gets a
note that says where it was passed.
"""

from __future__ import annotations

import sys
from types import MethodType
from typing import Any, Callable, NoReturn

from ..errors import add_note
from ..events.calling import explained
from ..events.listening import CALLED_WITH

__all__ = ["misfit", "note_where_passed", "raise_misfit", "tell"]

_PASSED = "This error was not raised, but passed to"
_NOT_USERS = frozenset(["asyncio", "functools", "pyee", "streams2"])


def tell(callback: Callable[..., object], role: str, *args: Any) -> None:
    """Call a user's callback.

    Args:
        callback: what to call.
        role: what it is, as `CALLED_WITH` has it.
        args: what it is called with.

    Raises:
        SignatureError: it does not take `args`.
        Exception: what it raises.
    """
    try:
        callback(*args)
    except TypeError as error:
        explanation = explained(error, callback, args, role, CALLED_WITH[role][: len(args)])
        if explanation is error:
            raise
        raise explanation from None


def misfit(error: Exception, face: Any, name: str, *args: Any) -> Exception:
    """A better error, if `error` came of calling a method of the user's with `args`.

    Args:
        error: what was raised.
        face: the stream.
        name: the method, as `CALLED_WITH` has it.
        args: what it was called with.
    """
    if not isinstance(error, TypeError):
        return error
    method = getattr(face, name)
    gives = CALLED_WITH[name]
    if type(method) is MethodType and name in vars(face):
        # Given as an option: whoever reads the error has written all of its parameters.
        function, args, gives = method.__func__, (face, *args), ("the stream", *gives)
        return explained(error, function, args, f"the option {name[1:]!r}", gives)
    return explained(error, method, args, f"the method {name!r}", gives)


def raise_misfit(error: TypeError, face: Any, name: str, *args: Any) -> NoReturn:
    """Raise the better error that `misfit` makes, or else what is being raised, as it was."""
    explanation = misfit(error, face, name, *args)
    if explanation is error:
        raise
    raise explanation from None


def note_where_passed(error: object, to: str) -> None:
    """Note on an error that was never raised where a user passed it. To be called at once.

    Args:
        error: what was passed.
        to: to what, in words.
    """
    if not isinstance(error, BaseException) or error.__traceback__ is not None:
        return
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_USERS:
        return
    if any(note.startswith(_PASSED) for note in getattr(error, "__notes__", ())):
        return
    code = frame.f_code
    place = f'File "{code.co_filename}", line {frame.f_lineno}, in {code.co_name}'
    add_note(error, f"{_PASSED} {to}:\n  {place}")
