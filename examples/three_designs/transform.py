"""Transform: each chunk becomes another."""

from __future__ import annotations

import asyncio

from streams2 import Transform, promises
from streams2.channel import Channel, transforms
from streams2.iter import pipe_to

from .stage import MARK, Callback, Stage, chunk_of, numbers_of


def doubled(chunk: bytes) -> bytes:
    return chunk_of(2 * numbers_of(chunk)[0])


async def machine(stage: Stage) -> None:
    def transform(_: object, chunk: bytes, _encoding: str, callback: Callback) -> None:
        callback(None, doubled(chunk))

    double: Transform[bytes, bytes] = Transform(high_water_mark=MARK, transform=transform)
    await promises.pipeline(stage.tap.readable(), double, stage.bucket.writable())


async def channel(stage: Stage) -> None:
    chunks = Channel[bytes, bytes](1, transforms.map(doubled))

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for chunk in chunks:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())


async def iterable(stage: Stage) -> None:
    def double(batch: list[bytes] | None) -> list[bytes]:
        return [doubled(chunk) for chunk in batch or ()]

    await pipe_to(stage.tap.batches(), double, stage.bucket)


async def plain(stage: Stage) -> None:
    async for chunk in stage.tap:
        await stage.bucket.write(doubled(chunk))
