"""Fan-out: each chunk goes into two buckets, one of them slower."""

from __future__ import annotations

import asyncio

from streams2 import promises
from streams2.channel import Channel, mult
from streams2.iter import pipe_to, share

from .stage import MARK, Bucket, Stage


async def machine(stage: Stage) -> None:
    source = stage.tap.readable()
    sinks = [source.pipe(bucket.writable()) for bucket in (stage.bucket, stage.other_bucket)]
    await asyncio.gather(*map(promises.finished, sinks))


async def channel(stage: Stage) -> None:
    chunks = Channel[bytes]()
    copies = mult(chunks)

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write(mine: Channel[bytes], bucket: Bucket) -> None:
        async for chunk in mine:
            await bucket.write(chunk)

    writing = []
    for bucket in (stage.bucket, stage.other_bucket):
        mine = Channel[bytes]()
        copies.tap(mine)
        writing.append(write(mine, bucket))
    await asyncio.gather(read(), *writing)


async def iterable(stage: Stage) -> None:
    shared = share(stage.tap.batches(), budget=MARK, backpressure="unbounded")
    buckets = (stage.bucket, stage.other_bucket)
    await asyncio.gather(*(pipe_to(shared.pull(), bucket) for bucket in buckets))


async def plain(stage: Stage) -> None:
    async for chunk in stage.tap:
        await asyncio.gather(stage.bucket.write(chunk), stage.other_bucket.write(chunk))
