"""Failure: the tap breaks half way; both are closed, and the caller is told."""

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

    work = [asyncio.ensure_future(part) for part in (read(), write())]
    try:
        await asyncio.gather(*work)
    finally:
        for part in work:
            part.cancel()
        await stage.tap.aclose()
        stage.bucket.end()


async def iterable(stage: Stage) -> None:
    await pipe_to(stage.tap.batches(), stage.bucket)


async def plain(stage: Stage) -> None:
    try:
        async for chunk in stage.tap:
            await stage.bucket.write(chunk)
    finally:
        await stage.tap.aclose()
        stage.bucket.end()
