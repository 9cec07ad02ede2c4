"""The same as first_pipe.py with a channel: the waiting is in the code.

python examples/same_with_a_channel.py
"""

from __future__ import annotations

import asyncio

from streams2 import run
from streams2.channel import Channel


async def count(last: int, channel: Channel[int]) -> None:
    for number in range(1, last + 1):
        # Does not return before there is room.
        await channel.put(number)
    channel.close()


async def print_squares(channel: Channel[int]) -> None:
    async for number in channel:
        print(number * number)
        await asyncio.sleep(0.01)


async def main() -> None:
    channel: Channel[int] = Channel(2)
    await asyncio.gather(count(10, channel), print_squares(channel))
    print("done")


if __name__ == "__main__":
    run(main)
