"""Who is told that something is still to do: a loop of `run`, or a program of `run_async`.

>>> keeper_here() is None
True

A program of `run_async` shares its loop with others, so what belongs to it is told by the context
that its calls run in, which `asyncio` hands on from each call to those that it asks for.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from types import FunctionType
from typing import Any, Callable, Protocol

from .belongings import Belonging

__all__ = [
    "Hold",
    "Keeper",
    "calls_are_due",
    "hold",
    "is_for_itself",
    "keeper_here",
    "program",
    "unref",
]


class Keeper(Protocol):
    """What goes on for as long as something is held, and looks around when something is let go.

    Attributes:
        looking: it will look around: a call that is due, and that no program waits for.
        beginning: the main function runs, up to where it first waits.
    """

    holds: set[Belonging]
    looking: bool
    beginning: bool

    def look_around(self) -> None:
        """See on the next turn whether anything is left to do."""

    def anything_left(self) -> bool:
        """Whether a hold, a timer or a task keeps it going."""

    def forget_timer(self, timer: asyncio.TimerHandle) -> None:
        """Do not wait for `timer`."""


program: ContextVar[Any] = ContextVar("program", default=None)
"""The program of `run_async` that the running code is part of."""


def keeper_here() -> Keeper | None:
    """Who must be told of what the running code sets going, if anybody must."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    of_context = program.get()
    if of_context is not None and of_context.loop is loop and not of_context.is_over:
        keeper: Keeper = of_context
        return keeper
    of_run: Keeper | None = loop if hasattr(loop, "look_around") else None  # type: ignore[assignment]
    return of_run


class Hold:
    """What an endpoint has while it is open for business: it keeps the run going.

    Args:
        abandon: called if the run is over all the same, because something else failed.
    """

    __slots__ = ("_abandon", "_keeper")

    def __init__(self, keeper: Keeper | None, abandon: Callable[[], None] | None) -> None:
        self._keeper = keeper
        self._abandon = abandon
        if keeper is not None:
            keeper.holds.add(self)

    def release(self) -> None:
        """Let the run end. A second call does nothing."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.holds.discard(self)
            keeper.look_around()

    def abandon(self) -> None:
        """Free what the endpoint holds: the run is over."""
        self._keeper = None
        if self._abandon is not None:
            self._abandon()


def hold(abandon: Callable[[], None] | None = None) -> Hold:
    """Keep the run going until the hold is released.

    Outside of `run` and `run_async`, it does nothing.

    Args:
        abandon: called if the run ends all the same, because something failed.
    """
    return Hold(keeper_here(), abandon)


def unref(timer: asyncio.TimerHandle) -> None:
    """Let the run end although `timer` is still to come. Node: timeout.unref"""
    keeper = keeper_here()
    if keeper is not None:
        keeper.forget_timer(timer)


def calls_are_due(loop: asyncio.AbstractEventLoop) -> Callable[[], bool]:
    """What tells whether the running `loop` has anything to call.

    Of a loop that does not say, it is assumed.
    """
    due = getattr(loop, "_ready", None)
    keeper = keeper_here()

    def are_due() -> bool:
        if due is None or len(due) > 1 or getattr(due, "next", None) is not None:
            return True
        return bool(due) and (keeper is None or not keeper.looking)

    return are_due


def is_for_itself(callback: object, args: tuple[object, ...]) -> bool:
    """Whether a call is a program's own, and no task hangs on it: neither a step of one, nor what
    has to do with a future, on which `gather`, `sleep` and their like wait.
    """
    return type(callback) is FunctionType and not any(map(asyncio.isfuture, args))
