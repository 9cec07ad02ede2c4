"""Batching: four chunks are written as one, and what is left at the end is, too."""

from __future__ import annotations

import asyncio

from streams2 import Transform, promises
from streams2.channel import Channel, transforms
from streams2.iter import pipe_to

from .stage import MARK, Callback, Stage

TOGETHER = 4


async def machine(stage: Stage) -> None:
    kept: list[bytes] = []

    def joined() -> bytes:
        chunk = b"".join(kept)
        kept.clear()
        return chunk

    def transform(_: object, chunk: bytes, _encoding: str, callback: Callback) -> None:
        kept.append(chunk)
        callback(None, joined() if len(kept) == TOGETHER else None)

    def flush(_: object, callback: Callback) -> None:
        callback(None, joined() if kept else None)

    join: Transform[bytes, bytes] = Transform(
        high_water_mark=MARK, transform=transform, flush=flush
    )
    await promises.pipeline(stage.tap.readable(), join, stage.bucket.writable())


async def channel(stage: Stage) -> None:
    chunks = Channel[list[bytes], bytes](1, transforms.partition_all(TOGETHER))

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for several in chunks:
            await stage.bucket.write(b"".join(several))

    await asyncio.gather(read(), write())


async def iterable(stage: Stage) -> None:
    kept: list[bytes] = []

    def join(batch: list[bytes] | None) -> bytes | None:
        kept.extend(batch or ())
        if not kept or (batch is not None and len(kept) < TOGETHER):
            return None
        chunk = b"".join(kept)
        kept.clear()
        return chunk

    await pipe_to(stage.tap.batches(), join, stage.bucket)


async def plain(stage: Stage) -> None:
    kept: list[bytes] = []
    async for chunk in stage.tap:
        kept.append(chunk)
        if len(kept) == TOGETHER:
            await stage.bucket.write(b"".join(kept))
            kept.clear()
    if kept:
        await stage.bucket.write(b"".join(kept))
