"""Work on several values at once, results in the order of the values.

>>> async def main():
...     async def double(value):
...         await asyncio.sleep((3 - value) / 1000)
...         return value * 2
...     async def values():
...         for value in (1, 2, 3):
...             yield value
...     results = map_in_order(values(), double, concurrency=3)
...     return [result async for result in results]
>>> asyncio.run(main())
[2, 4, 6]

Two numbers bound what goes on. `concurrency` is how many values are being worked on. Those whose
work is done but whose turn has not come wait in a queue, and `high_water_mark` is how many may,
besides those being worked on: one slow value holds up the others only when it is full.

Nothing here knows a stream. When the results are closed early, what is still being worked on is
cancelled, and waited for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Callable, Final

from .calls import is_awaitable

__all__ = ["SKIP", "close_iterator", "map_in_order"]

SKIP: Final = object()
"""A result that is left out."""

_END: Final = object()


async def close_iterator(iterator: AsyncIterator[Any]) -> None:
    """Close an async iterator that can be closed."""
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()


def map_in_order(
    values: AsyncIterator[Any],
    work: Callable[[Any], Any],
    *,
    concurrency: int = 1,
    high_water_mark: int | None = None,
    check: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Any, None]:
    """The results of ``work(value)``, awaited where they are awaitable, in the order of `values`.

    Args:
        values: closed at the end, however it comes.
        work: a function or a coroutine function. A result that is `SKIP` is left out.
        concurrency: how many values are worked on at once.
        high_water_mark: how many more may wait for their turn (default `concurrency` - 1).
        check: called before each piece of work and after it; raises to give up.

    Node: stream.Readable.map
    """
    ahead = concurrency - 1 if high_water_mark is None else high_water_mark
    if concurrency + ahead == 1:
        return _one_by_one(values, work, check)
    return _Crew(values, work, check, concurrency, concurrency + ahead).results()


async def _one_by_one(
    values: AsyncIterator[Any], work: Callable[[Any], Any], check: Callable[[], None]
) -> AsyncGenerator[Any, None]:
    try:
        async for value in values:
            check()
            result = work(value)
            if is_awaitable(result):
                result = await result
            check()
            if result is not SKIP:
                yield result
    finally:
        await close_iterator(values)


class _Crew:
    """The values being worked on, and those that are done and wait for their turn."""

    def __init__(
        self,
        values: AsyncIterator[Any],
        work: Callable[[Any], Any],
        check: Callable[[], None],
        concurrency: int,
        limit: int,
    ) -> None:
        self.values = values
        self.work = work
        self.check = check
        self.concurrency = concurrency
        self.limit = limit
        self.working = 0
        # Of each value taken and not yet told, in order; its result, or what went wrong.
        self.queue: deque[asyncio.Future[Any]] = deque()
        self.room: asyncio.Future[None] | None = None
        self.arrival: asyncio.Future[None] | None = None

    async def results(self) -> AsyncGenerator[Any, None]:
        hands = asyncio.ensure_future(self.take_values())
        try:
            while True:
                while not self.queue:
                    self.arrival = asyncio.get_running_loop().create_future()
                    await self.arrival
                result = await self.queue[0]
                if result is _END:
                    return
                self.check()
                if result is not SKIP:
                    yield result
                self.queue.popleft()
                self.make_room()
        finally:
            await self.stop(hands)

    async def take_values(self) -> None:
        try:
            async for value in self.values:
                self.check()
                self.enqueue(self.start(value))
                while len(self.queue) >= self.limit or self.working >= self.concurrency:
                    self.room = asyncio.get_running_loop().create_future()
                    await self.room
            self.enqueue(_settled(_END))
        except Exception as error:
            self.enqueue(_failed(error))
        finally:
            await close_iterator(self.values)

    def start(self, value: Any) -> asyncio.Future[Any]:
        try:
            result = self.work(value)
        except Exception as error:
            return _failed(error)
        if not is_awaitable(result):
            return _settled(result)
        self.working += 1
        working: asyncio.Future[Any] = asyncio.ensure_future(result)
        working.add_done_callback(self.worked)
        return working

    def enqueue(self, result: asyncio.Future[Any]) -> None:
        self.queue.append(result)
        _wake(self.arrival)

    def worked(self, _: asyncio.Future[Any]) -> None:
        self.working -= 1
        self.make_room()

    def make_room(self) -> None:
        if self.working < self.concurrency and len(self.queue) < self.limit:
            _wake(self.room)

    async def stop(self, hands: asyncio.Future[None]) -> None:
        for unfinished in (hands, *self.queue):
            unfinished.cancel()
        # Waited for, so that none outlives the results; failures that come too late are dropped.
        await asyncio.gather(hands, *self.queue, return_exceptions=True)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _settled(result: Any) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future


def _failed(error: Exception) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_exception(error)
    return future
