"""Drop: the tap cannot wait; what is old is thrown away, and the last chunk is not."""

from __future__ import annotations

import asyncio
from collections import deque

from streams2 import promises
from streams2.channel import Channel, sliding_buffer
from streams2.iter import pipe_to, push

from .stage import CHUNK, MARK, Stage


async def machine(stage: Stage) -> None:
    source, sink = stage.tap.readable(), stage.bucket.writable()
    newest: deque[bytes] = deque(maxlen=MARK // CHUNK)

    def write_on() -> None:
        while newest and not sink.writable_need_drain:
            sink.write(newest.popleft())
        if source.readable_ended and not newest:
            sink.end()

    def keep(chunk: bytes) -> None:
        newest.append(chunk)
        write_on()

    source.on("data", keep)
    source.on("end", write_on)
    sink.on("drain", write_on)
    await promises.finished(sink)


async def channel(stage: Stage) -> None:
    chunks = Channel[bytes](sliding_buffer(MARK // CHUNK))

    async def read() -> None:
        async for chunk in stage.tap:
            await chunks.put(chunk)
        chunks.close()

    async def write() -> None:
        async for chunk in chunks:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())


async def iterable(stage: Stage) -> None:
    writer, readable = push(budget=MARK, backpressure="drop-oldest")
    await asyncio.gather(pipe_to(stage.tap.batches(), writer), pipe_to(readable, stage.bucket))


async def plain(stage: Stage) -> None:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(MARK // CHUNK)

    async def read() -> None:
        async for chunk in stage.tap:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(chunk)
        await queue.put(None)

    async def write() -> None:
        while (chunk := await queue.get()) is not None:
            await stage.bucket.write(chunk)

    await asyncio.gather(read(), write())
