"""Fan-in: what two taps give goes into one bucket, as it comes."""

from __future__ import annotations

import asyncio

from streams2 import promises
from streams2.channel import Channel
from streams2.channel import merge as merged
from streams2.iter import merge, pipe_to

from .stage import Stage, Tap


async def machine(stage: Stage) -> None:
    sources, sink = (
        [tap.readable() for tap in (stage.tap, stage.other_tap)],
        stage.bucket.writable(),
    )
    for source in sources:
        source.pipe(sink, end=False)
    await asyncio.gather(*map(promises.finished, sources))
    sink.end()
    await promises.finished(sink)


async def channel(stage: Stage) -> None:
    async def read(tap: Tap, chunks: Channel[bytes]) -> None:
        async for chunk in tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for chunk in merged([one, other]):
            await stage.bucket.write(chunk)

    one, other = Channel[bytes](), Channel[bytes]()
    await asyncio.gather(read(stage.tap, one), read(stage.other_tap, other), write())


async def iterable(stage: Stage) -> None:
    await pipe_to(merge(stage.tap.batches(), stage.other_tap.batches()), stage.bucket)


async def plain(stage: Stage) -> None:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def read(tap: Tap) -> None:
        async for chunk in tap:
            await queue.put(chunk)
        await queue.put(None)

    async def write() -> None:
        open_taps = 2
        while open_taps:
            chunk = await queue.get()
            if chunk is None:
                open_taps -= 1
            else:
                await stage.bucket.write(chunk)

    await asyncio.gather(read(stage.tap), read(stage.other_tap), write())
