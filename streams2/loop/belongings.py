"""What belongs to a loop and goes with it, when `asyncio.run` or `run` shuts the loop down.

>>> class Door:
...     def abandon(self):
...         print("shut")
>>> door = Door()
>>> async def main():
...     belong_to_running_loop(door)
>>> asyncio.run(main())
shut
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator
from typing import Any, Callable, Protocol, TypeVar

__all__ = ["Belonging", "belong_to_running_loop", "belongings_of", "is_shut_down", "shared_by_loop"]

T = TypeVar("T")


class Belonging(Protocol):
    """What must not outlive its loop, such as an open descriptor."""

    def abandon(self) -> None:
        """Free what is held: the loop is over."""


class _OfLoop:
    """What belongs to one loop and goes with it.

    Attributes:
        belongings: to abandon when the loop shuts down, unless they are collected before.
        shared: streams that are handed out to all who ask on this loop, by name.
    """

    def __init__(self) -> None:
        self.belongings: weakref.WeakSet[Belonging] = weakref.WeakSet()
        self.shared: dict[str, Any] = {}
        self.at_shutdown: AsyncGenerator[None, None] | None = None

    def close(self) -> None:
        # What only a shared stream keeps alive belongs to the loop, too.
        belongings = list(self.belongings)
        self.shared.clear()
        for belonging in belongings:
            belonging.abandon()


_of_loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}
_shut_down: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def _of_running_loop() -> _OfLoop:
    loop = asyncio.get_running_loop()
    mine = _of_loops.get(loop)
    if mine is None:
        _forget_closed_loops()
        mine = _of_loops[loop] = _OfLoop()
        mine.at_shutdown = _close_at_shutdown(loop, mine)
        _start(mine.at_shutdown)
    return mine


async def _close_at_shutdown(
    loop: asyncio.AbstractEventLoop, mine: _OfLoop
) -> AsyncGenerator[None, None]:
    # A loop has no hook for its end but this: it finalizes the async generators begun on it.
    try:
        yield
    finally:
        _of_loops.pop(loop, None)
        _shut_down.add(loop)
        mine.close()


def _start(generator: AsyncGenerator[None, None]) -> None:
    try:
        generator.__anext__().__await__().__next__()
    except StopIteration:
        pass  # How an awaitable says that it is done: the generator stands at its `yield`.


def _forget_closed_loops() -> None:
    # These were closed without having been shut down.
    for loop in [loop for loop in _of_loops if loop.is_closed()]:
        _of_loops.pop(loop).close()


def belong_to_running_loop(belonging: Belonging) -> None:
    """Have `belonging` abandoned when the running loop shuts down, if it still exists then."""
    _of_running_loop().belongings.add(belonging)


def belongings_of(loop: asyncio.AbstractEventLoop) -> list[Belonging]:
    """What will be abandoned when `loop` shuts down."""
    return list(_of_loops[loop].belongings) if loop in _of_loops else []


def is_shut_down(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether what belonged to `loop` was abandoned because it shut down."""
    return loop in _shut_down


def shared_by_loop(name: str, wanted: Callable[[Any], bool], make: Callable[[], T]) -> T:
    """The stream that everybody on the running loop gets who asks for it by `name`.

    Without a running loop, everybody gets a stream of his own.

    Args:
        name: its name.
        wanted: whether the present one will still do.
        make: makes the first one, or one in place of one that will not do.
    """
    try:
        shared = _of_running_loop().shared
    except RuntimeError:
        return make()
    if name not in shared or not wanted(shared[name]):
        shared[name] = make()
    found: T = shared[name]
    return found
