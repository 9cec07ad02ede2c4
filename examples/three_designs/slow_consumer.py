"""Slow consumer: the tap may run ahead by four chunks, and no further."""

from __future__ import annotations

import asyncio

from streams2 import promises
from streams2.channel import Channel
from streams2.iter import pipe_to, push

from .stage import CHUNK, MARK, Stage


async def machine(stage: Stage) -> None:
    await promises.pipeline(stage.tap.readable(), stage.bucket.writable())


async def channel(stage: Stage) -> None:
    chunks = Channel[bytes](MARK // CHUNK)

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for chunk in chunks:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())


async def iterable(stage: Stage) -> None:
    writer, readable = push(budget=MARK)
    await asyncio.gather(pipe_to(stage.tap.batches(), writer), pipe_to(readable, stage.bucket))


async def plain(stage: Stage) -> None:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(MARK // CHUNK)

    async def read() -> None:
        async for chunk in stage.tap:
            await queue.put(chunk)
        await queue.put(None)

    async def write() -> None:
        while (chunk := await queue.get()) is not None:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())
