"""What is done about a broker that is away: try again, for as long as patience lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Callable, TypeVar

from .engine import Engine, Lost
from .errors import BrokerLostError

__all__ = ["Growing", "persist", "stopped"]

T = TypeVar("T")

_ONCE_MORE = 0.1  # seconds


class Growing:
    """A wait that is longer each time, from `first` to `longest` seconds."""

    def __init__(self, first: float = 0.01, longest: float = 0.25) -> None:
        self._first, self._longest = first, longest
        self._next = first

    async def wait(self) -> None:
        """Wait, and longer the next time."""
        delay, self._next = self._next, min(self._next * 2, self._longest)
        await asyncio.sleep(delay)

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._next = self._first


async def persist(engine: Engine, call: Callable[[], Awaitable[T]]) -> T:
    """What `call` comes to, which is made again while the broker is away.

    Raises:
        BrokerLostError: it was away for longer than the engine has patience.
    """
    clock = asyncio.get_running_loop().time
    pause, lost_at = Growing(), None
    while True:
        try:
            answer = await call()
        except Lost as error:
            lost_at = clock() if lost_at is None else lost_at
            engine.away_since = lost_at
            if (clock() - lost_at) * 1000 >= engine.patience:
                cause = error.__cause__ or error
                raise BrokerLostError(engine.url, engine.patience, cause) from cause
        else:
            engine.away_since = None
            return answer
        await pause.wait()


async def stopped(task: asyncio.Task[T]) -> None:
    """Cancel `task`, and again until it is over.

    Before Python 3.12, `asyncio.wait_for` forgets that it is cancelled if what it waits for has
    just failed. A library that tries again whatever fails would then do so for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_ONCE_MORE)
