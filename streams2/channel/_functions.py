"""Functions of a user that are called for their answer, at once: none of them may be a coroutine.

Taken as an answer, a coroutine would be a value nobody awaits, or a condition that is always true.
"""

from __future__ import annotations

from types import CoroutineType
from typing import Callable, TypeVar, cast

from ..errors import InvalidReturnValueError, expect_plain_function
from ..errors.calling import explained, shown

__all__ = ["FOR_COROUTINES", "plain_function"]

R = TypeVar("R")

FOR_COROUTINES = "`pipeline_async`, `map` of a stream, or an `async for` in a `go` process"
"""What does with a coroutine function what a plain one would do here."""


def plain_function(
    name: str, function: Callable[..., R], instead: str = FOR_COROUTINES
) -> Callable[..., R]:
    """`function`, given as the argument `name`, so that no coroutine comes of it unseen.

    Args:
        name: the argument's.
        function: what was given.
        instead: what does the same work with a coroutine function.

    Raises:
        InvalidArgTypeError: it cannot be called, or is a coroutine function. If it turns out to
            return a coroutine, what it is called for raises InvalidReturnValueError; if not to
            take what it is called with, SignatureError.
    """
    expect_plain_function(name, function, instead)

    def checked(*args: object) -> R:
        try:
            answer: object = function(*args)
        except TypeError as error:
            explanation = explained(error, function, args, f"the function {name!r}", shown(args))
            if explanation is error:
                raise
            raise explanation from None
        if type(answer) is CoroutineType:
            answer.close()
            wanted = f"no coroutine (for one, use {instead})"
            raise InvalidReturnValueError(wanted, name, repr(answer))
        return cast(R, answer)

    return checked
