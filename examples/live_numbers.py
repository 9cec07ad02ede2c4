"""A sensor that is faster than one of its two readers: Node's iterable streams.

python examples/live_numbers.py

The log must have every number, and the display only the last ones. So the log's reader is what the
sensor waits for; the display has a stream of its own, which drops what is old.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from streams2 import run
from streams2.iter import Batch, Writer, broadcast, pipe_to, push

# As large as the least budget allows: a number, and what a real sensor would send with it.
RECORD = 4096


async def sensor() -> AsyncIterator[bytes]:
    for number in range(1, 41):
        yield f"{number}".encode().rjust(RECORD)


def numbers(batch: Batch) -> list[int]:
    return [int(chunk) for chunk in batch]


async def log(stream: AsyncIterable[Batch], found: list[int]) -> None:
    async for batch in stream:
        found += numbers(batch)


async def display(stream: AsyncIterable[Batch], found: list[int]) -> None:
    async for batch in stream:
        found += numbers(batch)
        await asyncio.sleep(0.05)  # A slow one.


async def main() -> None:
    sender, channel = broadcast(budget=16384)
    screen, shown_to = push(backpressure="drop-oldest")
    logged: list[int] = []
    shown: list[int] = []
    await asyncio.gather(
        pipe_to(sensor(), sender),
        log(channel.push(), logged),
        relay(channel.push(), screen),
        display(shown_to, shown),
    )
    print("logged", len(logged), "of 40")
    print("shown", "fewer, and the last:", len(shown) < 40 and shown[-1] == 40)


async def relay(stream: AsyncIterable[Batch], screen: Writer) -> None:
    await pipe_to(stream, screen)


if __name__ == "__main__":
    run(main)
