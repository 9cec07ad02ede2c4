"""Rendezvous: the tap gives the next chunk when somebody has taken the last one, not before."""

from __future__ import annotations

import asyncio

from streams2.channel import Channel
from streams2.iter import pipe_to

from .stage import Stage


async def machine(stage: Stage) -> None:
    sink, written = stage.bucket.writable(), asyncio.Event()
    async for chunk in stage.tap:
        written.clear()
        sink.write(chunk, callback=lambda _: written.set())
        await written.wait()
    sink.end()


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
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read() -> None:
        async for chunk in stage.tap:
            queue.put_nowait(chunk)
            await queue.join()
        queue.put_nowait(None)

    async def write() -> None:
        while (chunk := await queue.get()) is not None:
            await stage.bucket.write(chunk)
            queue.task_done()

    await asyncio.gather(read(), write())
