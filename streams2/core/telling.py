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
from functools import partial
from types import MethodType
from typing import Callable, NoReturn, Protocol

from ..errors import InvalidArgTypeError, StreamDestroyedError, add_note, as_failure
from ..errors.calling import explained
from ..events.listening import CALLED_WITH
from ..loop.coroutines import report, run_returned

__all__ = ["misfit", "passed", "raise_misfit", "tell", "tell_of", "why_lost"]

_PASSED = "This error was not raised, but passed to"
_NOT_USERS = frozenset(["asyncio", "functools", "pyee", "streams2"])


class Failing(Protocol):
    """What a callback that fails asks of the life of its stream."""

    @property
    def destroyed(self) -> bool: ...
    @property
    def errored(self) -> BaseException | None: ...
    def fail(self, error: BaseException) -> None: ...


def tell(
    callback: Callable[..., object],
    role: str,
    *args: object,
    life: Failing | None = None,
) -> None:
    """Call a user's callback. If it is a coroutine function, it runs as a task.

    Args:
        callback: what to call.
        role: what it is, as `CALLED_WITH` has it.
        args: what it is called with.
        life: that of the stream which fails if such a task does. If it is destroyed already, or
            without one, the loop's exception handler is told.

    Raises:
        SignatureError: it does not take `args`.
        Exception: what it raises.
    """
    try:
        result = callback(*args)
        if result is not None:
            run_returned(result, partial(_callback_failed, life))
    except TypeError as error:
        explanation = explained(error, callback, args, role, CALLED_WITH[role][: len(args)])
        if explanation is error:
            raise
        raise explanation from None


def tell_of(life: Failing, callback: Callable[..., object], role: str, *args: object) -> None:
    """Call a callback that was given to the stream that has `life`."""
    tell(callback, role, *args, life=life)


def why_lost(life: Failing, what: str) -> BaseException:
    """Why `what` was asked for, and will not happen any more: the stream was destroyed."""
    return StreamDestroyedError(what) if life.errored is None else life.errored


def _callback_failed(life: Failing | None, error: BaseException) -> None:
    if life is None or life.destroyed:
        report(error)
    else:
        life.fail(error)


def misfit(error: Exception, face: object, name: str, *args: object) -> Exception:
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


def raise_misfit(error: TypeError, face: object, name: str, *args: object) -> NoReturn:
    """Raise the better error that `misfit` makes, or else what is being raised, as it was."""
    explanation = misfit(error, face, name, *args)
    if explanation is error:
        raise
    raise explanation from None


def passed(error: object, to: str) -> BaseException | None:
    """What a user passed as the error of something, if it is one. To be called at once.

    An error that was never raised gets a note that says where it was passed.

    Args:
        error: what was passed.
        to: to what, in words.

    Raises:
        InvalidArgTypeError: it is neither an exception nor None.
    """
    if error is None:
        return None
    if not isinstance(error, BaseException):
        raise InvalidArgTypeError.given("error", f"an exception or None, for {to}", error)
    if error.__traceback__ is not None:
        return as_failure(error)
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_USERS:
        return as_failure(error)
    if not any(note.startswith(_PASSED) for note in getattr(error, "__notes__", ())):
        code = frame.f_code
        place = f'File "{code.co_filename}", line {frame.f_lineno}, in {code.co_name}'
        add_note(error, f"{_PASSED} {to}:\n  {place}")
    return as_failure(error)
