"""cat with a channel: nobody is paused, and nobody is told to go on.

One task reads a chunk and puts it into the channel; the put does not return until the chunk is
taken. The other takes a chunk, writes it, and waits until it is written before it takes the next.
So the reader waits for the writer, and there is no state to keep but where each of the two is in
its loop.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Writable
from streams2.channel import Channel


async def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    channel: Channel[bytes] = Channel()

    async def read() -> None:
        async for chunk in source:
            await channel.put(chunk)
        channel.close()

    async def write() -> None:
        while (chunk := await channel.take()) is not None:
            written: asyncio.Future[BaseException | None] = asyncio.Future()
            sink.write(chunk, callback=written.set_result)
            error = await written
            if error is not None:
                raise error
        sink.end()

    await asyncio.gather(read(), write())
