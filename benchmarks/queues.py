"""Numbers from task to task, through channels and through queues of the same size."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Callable

from streams2.channel import Channel, alts

from .chains import chain, merge
from .jvm import MISSING, classpath, core_async
from .libraries import Library, aiochan, libraries
from .works import Work, not_installed, timed


def total(count: int) -> int:
    return count * (count - 1) // 2


def has(library: Library, size: int) -> bool:
    """Whether it has a queue of this size: asyncio's of none has no limit."""
    return size > 0 or library.name != "asyncio.Queue"


def chained(size: int, stages: int) -> dict[str, Any]:
    return {
        f"{library.name}({size})": timed(partial(chain_of, library, size, stages))
        for library in libraries()
        if has(library, size)
    }


def chain_of(library: Library, size: int, stages: int, count: int) -> int:
    return chain(library, count, size, stages)


def merged_by(library: Library, count: int) -> int:
    return merge(library, count, 4)


def chosen(count: int, make: Callable[[], Any], choose: Callable[[Any], Any]) -> int:
    """Four tasks put, and one takes from whichever has a value."""

    async def main() -> int:
        channels = [make() for _ in range(4)]

        async def produce(first: int) -> None:
            for number in range(first, count, 4):
                await channels[first].put(number)

        producing = asyncio.gather(*map(produce, range(4)))
        seen = 0
        for _ in range(count):
            value, _ = await choose(channels)
            seen += value
        await producing
        return seen

    return asyncio.run(main())


def by_alts(count: int) -> int:
    return chosen(count, lambda: Channel(1), alts)


def by_aiochan(count: int) -> int:
    return chosen(count, lambda: aiochan.Chan(1), lambda channels: aiochan.select(*channels))


def alternatives() -> dict[str, Any]:
    found = {"alts": timed(by_alts)}
    for library in libraries()[1:]:
        if library.name != "aiochan":
            found[f"{library.name}(1), four tasks into one"] = timed(partial(merged_by, library))
    if aiochan is not None:
        found["aiochan select"] = timed(by_aiochan)
    return found


def works() -> list[Work]:
    """What is measured with channels."""
    missing = not_installed("anyio", "trio", "aiochan")
    if classpath() is None:
        missing.append(MISSING)

    def of(name: str, about: str, contestants: Any, size: int, absent: Any = ()) -> Work:
        everybody = {**contestants, **core_async(name)}
        without = (*absent, *missing)
        return Work(
            *(name, about, size, size // 50, "numbers", total, everybody, without),
            group="channels",
        )

    # asyncio has no rendezvous: the smallest of its queues has room for one.
    none = ("asyncio.Queue(0) (it has no limit: a queue for one takes part instead)",)
    rendezvous = {**chained(0, 0), "asyncio.Queue(1)": chained(1, 0)["asyncio.Queue(1)"]}
    return [
        of("channel-16", "numbers between two tasks, room for 16", chained(16, 0), 50_000),
        of("channel-1", "numbers between two tasks, room for 1", chained(1, 0), 50_000),
        of("channel-0", "numbers between two tasks, no room", rendezvous, 50_000, none),
        of("alts", "the first of four channels that has a value", alternatives(), 20_000),
        of("pipeline", "four tasks in a row, room for 16 between", chained(16, 4), 10_000),
    ]
