"""A pipe of objects beside asyncio.Queue: ``python -m benchmarks.pipe [VALUES]``.

The source pushes at once, the sink calls back at once, so that what is measured is the way between
them. The queue moves the same values from one task to another.
"""

from __future__ import annotations

import asyncio
from typing import Any

from streams2 import Readable, Writable, run
from streams2.core.calling import Callback

from .side_by_side import Contestant, compare, report, values


class Count(Readable[int]):
    def __init__(self, count: int) -> None:
        super().__init__(object_mode=True)
        self.values = iter(range(count))

    def _read(self, size: int) -> None:
        self.push(next(self.values, None))


class Swallow(Writable[int]):
    def _write(self, chunk: int, encoding: Any, callback: Callback) -> None:
        callback()


def through_a_pipe(count: int) -> None:
    sink = Swallow(object_mode=True)

    def main() -> None:
        Count(count).pipe(sink)

    run(main)
    assert sink.writable_finished


def through_a_queue(count: int) -> None:
    async def main() -> None:
        queue: asyncio.Queue[int | None] = asyncio.Queue(16)

        async def produce() -> None:
            for value in range(count):
                await queue.put(value)
            await queue.put(None)

        producer = asyncio.ensure_future(produce())
        while await queue.get() is not None:
            pass
        await producer

    asyncio.run(main())


def main() -> None:
    count = values(__doc__, 1_000_000)
    contestants = [
        Contestant("asyncio.Queue(16)", through_a_queue),
        Contestant("pipe, object mode", through_a_pipe),
    ]
    report(f"{count:,} small objects", compare(contestants, count))


if __name__ == "__main__":
    main()
