"""Programs of tasks with queues between them, for any of `libraries`."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from .libraries import Library, Put, Take


def chain(
    library: Library,
    count: int,
    size: int,
    stages: int = 0,
    later: bool = False,
    step: Callable[[int], int] | None = None,
) -> int:
    """Numbers through `stages` tasks with queues for `size` values between them; their sum.

    `later`: the last one lets the loop turn for each number. `step`: what the tasks between make of
    a number; without it they hand it on.
    """
    total = 0

    async def main() -> int:
        queues = [library.make(size) for _ in range(stages + 1)]

        async def produce() -> None:
            put = queues[0][0]
            for number in range(count):
                await put(number)

        def stage(take: Take, put: Put) -> Any:
            async def hand_on() -> None:
                for _ in range(count):
                    value = await take()
                    await put(value if step is None else step(value))

            return hand_on

        async def consume() -> None:
            nonlocal total
            take = queues[-1][1]
            for _ in range(count):
                value = await take()
                total += value
                if later:
                    await asyncio.sleep(0)

        between = [stage(queues[n][1], queues[n + 1][0]) for n in range(stages)]
        await library.together(produce, *between, consume)
        return total

    return int(library.run(main))


def fan_out(library: Library, count: int, size: int, width: int) -> int:
    """Each number to `width` tasks, through a queue for each; the sum of all they got."""
    total = 0

    async def main() -> int:
        queues = [library.make(size) for _ in range(width)]

        async def produce() -> None:
            for number in range(count):
                for put, _ in queues:
                    await put(number)

        def consumer(take: Take) -> Any:
            async def consume() -> None:
                nonlocal total
                for _ in range(count):
                    value = await take()
                    total += value

            return consume

        await library.together(produce, *(consumer(take) for _, take in queues))
        return total

    return int(library.run(main))


def merge(library: Library, count: int, width: int) -> int:
    """A quarter of the numbers from each of four tasks, by tasks that hand on into one queue."""
    total = 0

    async def main() -> int:
        queues = [library.make(1) for _ in range(width)]
        put_all, take_any = library.make(1)
        share = count // width

        def producer(first: int, put: Put) -> Any:
            async def produce() -> None:
                for number in range(first, count, width):
                    await put(number)

            return produce

        def forwarder(take: Take) -> Any:
            async def forward() -> None:
                for _ in range(share):
                    await put_all(await take())

            return forward

        async def consume() -> None:
            nonlocal total
            for _ in range(count):
                value = await take_any()
                total += value

        producers = [producer(first, put) for first, (put, _) in enumerate(queues)]
        await library.together(*producers, *(forwarder(take) for _, take in queues), consume)
        return total

    return int(library.run(main))
