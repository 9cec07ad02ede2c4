"""Channels beside asyncio.Queue: ``python -m benchmarks.channels [VALUES]``."""

from __future__ import annotations

import asyncio
import sys

from streams2.channel import Channel

from .pipe import through_a_queue
from .side_by_side import Contestant, compare, report


def through_a_channel(size: int, count: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(size)

        async def produce() -> None:
            for value in range(1, count + 1):
                await channel.put(value)
            channel.close()

        producer = asyncio.ensure_future(produce())
        while await channel.take() is not None:
            pass
        await producer

    asyncio.run(main())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    contestants = [
        Contestant("asyncio.Queue(16)", through_a_queue),
        Contestant("Channel(16)", lambda count: through_a_channel(16, count)),
        Contestant("Channel(1)", lambda count: through_a_channel(1, count)),
        Contestant("Channel(), a rendezvous", lambda count: through_a_channel(0, count)),
    ]
    report(f"{count:,} numbers from one task to another", compare(contestants, count))


if __name__ == "__main__":
    main()
