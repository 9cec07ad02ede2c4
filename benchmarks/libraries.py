"""Who has queues between tasks: each library's own way to make one and to run tasks together.

The programs of `chains` are the same for all of them. So no library has a better loop, a larger
batch or a higher mark than another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Callable, NamedTuple

from streams2.channel import Channel

from .works import optional

aiochan, anyio, trio = optional("aiochan"), optional("anyio"), optional("trio")

Put = Callable[[Any], Awaitable[object]]
Take = Callable[[], Awaitable[Any]]
Task = Callable[[], Coroutine[Any, Any, None]]


class Library(NamedTuple):
    """A library of queues.

    Attributes:
        name: what its queue is called.
        run: runs a coroutine function in a loop of its own.
        make: makes a queue with room for so many; its put and its take.
        together: runs tasks at the same time, until all are done.
    """

    name: str
    run: Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]
    make: Callable[[int], tuple[Put, Take]]
    together: Callable[..., Awaitable[None]]


def on_asyncio(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(main())


async def gathered(*tasks: Task) -> None:
    await asyncio.gather(*(task() for task in tasks))


async def grouped_by_anyio(*tasks: Task) -> None:
    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(task)


async def grouped_by_trio(*tasks: Task) -> None:
    async with trio.open_nursery() as nursery:
        for task in tasks:
            nursery.start_soon(task)


def queue(size: int) -> tuple[Put, Take]:
    made: asyncio.Queue[Any] = asyncio.Queue(size)
    return made.put, made.get


def channel(size: int) -> tuple[Put, Take]:
    made: Channel[Any] = Channel(size)
    return made.put, made.take


def anyio_stream(size: int) -> tuple[Put, Take]:
    sender, receiver = anyio.create_memory_object_stream(size)
    # An end that nobody closes warns when it is collected.
    opened.append((sender, receiver))
    return sender.send, receiver.receive


def trio_channel(size: int) -> tuple[Put, Take]:
    sender, receiver = trio.open_memory_channel(size)
    return sender.send, receiver.receive


def aiochan_channel(size: int) -> tuple[Put, Take]:
    made = aiochan.Chan(size or None)
    return made.put, made.get


opened: list[tuple[Any, Any]] = []


def on_asyncio_for_anyio(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def closing() -> Any:
        try:
            return await main()
        finally:
            while opened:
                for end in opened.pop():
                    end.close()

    return asyncio.run(closing())


STREAMS2 = Library("Channel", on_asyncio, channel, gathered)
ASYNCIO = Library("asyncio.Queue", on_asyncio, queue, gathered)


def libraries() -> list[Library]:
    """Ours, and those of the peers that are installed."""
    found = [STREAMS2, ASYNCIO]
    if anyio is not None:
        found.append(Library("anyio stream", on_asyncio_for_anyio, anyio_stream, grouped_by_anyio))
    if trio is not None:
        found.append(Library("trio channel", trio.run, trio_channel, grouped_by_trio))
    if aiochan is not None:
        found.append(Library("aiochan", on_asyncio, aiochan_channel, gathered))
    return found
