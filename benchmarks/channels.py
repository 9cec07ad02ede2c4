"""Channels beside other queues of the same size: ``python -m benchmarks.channels [VALUES]``.

One task puts numbers and another takes as many. All contestants are the same two loops; only the
names of put and take differ. anyio and aiochan take part where they are installed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable

from streams2.channel import Channel

from .side_by_side import Contestant, compare, report, values

try:
    import anyio
except ImportError:
    anyio = None  # type: ignore[assignment]
try:
    import aiochan
except ImportError:
    aiochan = None


async def move(
    count: int,
    put: Callable[[int], Awaitable[object]],
    take: Callable[[], Awaitable[object]],
) -> None:
    """Put numbers in one task and take them in this one."""

    async def produce() -> None:
        for number in range(count):
            await put(number)

    producer = asyncio.ensure_future(produce())
    for _ in range(count):
        await take()
    await producer


def of_asyncio(size: int) -> Contestant:
    async def main(count: int) -> None:
        queue: asyncio.Queue[int] = asyncio.Queue(size)
        await move(count, queue.put, queue.get)

    return Contestant(f"asyncio.Queue({size})", lambda count: asyncio.run(main(count)))


def of_streams2(size: int) -> Contestant:
    async def main(count: int) -> None:
        channel: Channel[int] = Channel(size)
        await move(count, channel.put, channel.take)

    return Contestant(f"Channel({size})", lambda count: asyncio.run(main(count)))


def of_anyio(size: int) -> Contestant:
    async def main(count: int) -> None:
        sender, receiver = anyio.create_memory_object_stream[int](size)
        with sender, receiver:
            await move(count, sender.send, receiver.receive)

    return Contestant(f"anyio({size})", lambda count: asyncio.run(main(count)))


def of_aiochan(size: int) -> Contestant:
    async def main(count: int) -> None:
        channel: Any = aiochan.Chan(size)
        await move(count, channel.put, channel.get)

    return Contestant(f"aiochan({size})", lambda count: asyncio.run(main(count)))


def groups() -> dict[str, list[Contestant]]:
    """Who is compared with whom, by what they have in common."""
    by_title = {
        "room for 16": [of_asyncio(16), of_streams2(16)],
        "room for 1": [of_asyncio(1), of_streams2(1)],
        "no room: a rendezvous (ratios to the queue of one)": [of_asyncio(1), of_streams2(0)],
    }
    sixteen, _, none = by_title.values()
    if anyio is not None:
        sixteen.append(of_anyio(16))
        none.append(of_anyio(0))
    if aiochan is not None:
        sixteen.append(of_aiochan(16))
    return by_title


def main() -> None:
    count = values(__doc__, 200_000)
    for title, contestants in groups().items():
        report(f"{count:,} numbers between two tasks, {title}", compare(contestants, count))
    missing = [name for name, module in (("anyio", anyio), ("aiochan", aiochan)) if module is None]
    if missing:
        print(f"Without {' and '.join(missing)}: pip install 'streams2[benchmarks]' brings them.")


if __name__ == "__main__":
    main()
