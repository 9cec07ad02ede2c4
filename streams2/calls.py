"""How a user's function is called: with an `AbortSignal` if it asks for one, and awaited if due.

>>> def fetch(url, *, signal): ...
>>> takes_signal(fetch), takes_signal(str.upper)
(True, False)
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from functools import partial
from typing import Any, Callable

from .abort import AbortSignal
from .errors import InvalidArgTypeError

__all__ = ["check_function", "is_awaitable", "takes_signal", "with_signal"]


def check_function(name: str, function: object) -> None:
    """Refuse what cannot be called."""
    if not callable(function):
        raise InvalidArgTypeError.given(name, "a function", function)


def takes_signal(function: Callable[..., Any]) -> bool:
    """Whether `function` has a parameter named ``signal``.

    ``**options`` is none: too many functions have that for other purposes, `json.loads` is one.
    """
    try:
        parameter = inspect.signature(function).parameters.get("signal")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in (
        parameter.KEYWORD_ONLY,
        parameter.POSITIONAL_OR_KEYWORD,
    )


def with_signal(function: Callable[..., Any], signal: AbortSignal | None) -> Callable[..., Any]:
    """`function` with `signal` (or one that never aborts) given to it, if it takes one."""
    if not takes_signal(function):
        return function
    return partial(function, signal=AbortSignal() if signal is None else signal)


def is_awaitable(value: object) -> bool:
    """Whether `value` has to be awaited before it is one."""
    return isinstance(value, Awaitable)
