"""Functions that know ``this``, and take as many arguments as they are given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache

__all__ = ["Function", "bind", "call", "function", "method"]


class Function:
    """A function whose first parameter is ``this``. Called as it is, ``this`` is None.

    >>> @function
    ... def add(this, a=0, b=0):
    ...     return this, a + b
    >>> add(1, 2)
    (None, 3)
    >>> call(add, "me", 1, 2)
    ('me', 3)
    """

    def __init__(self, given: Callable[..., object], this: object = None) -> None:
        self.given = given
        self.this = this
        self.bound = this is not None
        self.__name__ = getattr(given, "__name__", "")

    def __call__(self, *arguments: object) -> object:
        return self.given(self.this, *fitting(self.given, arguments, 1))

    def call(self, this: object, *arguments: object) -> object:
        """Call it with this `this`; one that is bound keeps its own."""
        return self.given(self.this if self.bound else this, *fitting(self.given, arguments, 1))

    def bind(self, this: object) -> Function:
        """The same function, with a `this` of its own."""
        return self if self.bound else Function(self.given, this)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Function):
            return NotImplemented
        return self.given is other.given and self.this is other.this

    def __hash__(self) -> int:
        return hash(self.given)


def function(given: Callable[..., object]) -> Function:
    """A decorator: the function's first parameter is ``this``."""
    return Function(given)


@cache
def _room(given: Callable[..., object]) -> int | None:
    """How many arguments fit in; None if any number does."""
    try:
        parameters = inspect.signature(given).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    return sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters)


def fitting(
    given: Callable[..., object], arguments: tuple[object, ...], taken: int = 0
) -> tuple[object, ...]:
    """The arguments that the function takes: JavaScript drops the others."""
    room = _room(given)
    return arguments if room is None else arguments[: max(room - taken, 0)]


def call(given: object, this: object, *arguments: object) -> object:
    """``given.call(this, ...arguments)``: `this` reaches a function that asks for it."""
    if isinstance(given, Function):
        return given.call(this, *arguments)
    if not callable(given):
        raise TypeError(f"{given!r} is not a function")
    return given(*fitting(given, arguments))


def bind(given: object, this: object, *arguments: object) -> Callable[..., object]:
    """``given.bind(this, ...arguments)``."""
    if not callable(given):
        raise TypeError(f"{given!r} is not a function")
    if isinstance(given, Function) and not arguments:
        return given.bind(this)
    return lambda *more: call(given, this, *arguments, *more)


def method(given: object, this: object) -> object:
    """A value that becomes a property of `this`: a function that asks for ``this`` gets it."""
    if getattr(type(this), "binds_functions", False):
        return given
    if isinstance(given, Function):
        return given.bind(this)
    if callable(given) and not isinstance(given, type):
        return lambda *arguments: call(given, this, *arguments)
    return given
