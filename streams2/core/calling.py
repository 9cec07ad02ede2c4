"""How a stream calls what its user defines, and how that calls back."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Protocol

__all__ = [
    "Callback",
    "DoneCallback",
    "TransformCallback",
    "WriteRequest",
    "optional",
    "present",
]


class Callback(Protocol):
    """How an implementer's method says that it is done: ``callback()`` or ``callback(error)``."""

    def __call__(self, error: BaseException | None = None) -> None: ...


class TransformCallback(Protocol):
    """How `_transform` says that it is done: ``callback(error)`` or ``callback(None, output)``."""

    def __call__(self, error: BaseException | None = None, output: object = None) -> None: ...


DoneCallback = Callable[[Optional[BaseException]], object]
"""A user's callback: it gets None, or the error."""


class WriteRequest(NamedTuple):
    """One chunk in the buffer; `_writev` gets a list of them."""

    chunk: Any
    encoding: str | None
    callback: DoneCallback | None


def implementable(method: Callable[..., object]) -> Callable[..., Any]:
    """Mark a method that is for implementers to replace.

    They may do so with the callback, or by a coroutine function without it: to a type checker, any
    signature will do.
    """
    return method


def optional(method: Callable[..., object]) -> Callable[..., Any]:
    """Mark one that is documented here and exists only where somebody defines it."""
    method.__dict__["absent"] = True
    return method


def present(method: Callable[..., object]) -> bool:
    """Whether an optional method was defined, by a class or by assignment to the instance."""
    return not getattr(method, "absent", False)
