"""Copy: all that a tap gives goes into a bucket."""

from __future__ import annotations

import asyncio

from streams2 import promises
from streams2.channel import Channel
from streams2.iter import pipe_to

from .stage import Stage


async def machine(stage: Stage) -> None:
    await promises.pipeline(stage.tap.readable(), stage.bucket.writable())


async def channel(stage: Stage) -> None:
    chunks = Channel[bytes]()

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for chunk in chunks:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())


async def iterable(stage: Stage) -> None:
    await pipe_to(stage.tap.batches(), stage.bucket)


async def plain(stage: Stage) -> None:
    async for chunk in stage.tap:
        await stage.bucket.write(chunk)
