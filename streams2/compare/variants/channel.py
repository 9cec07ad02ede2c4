"""cat with a channel: nobody is paused, and nobody is told to go on.

One loop puts chunks; a put does not return until its chunk is taken. The other takes a chunk, and
waits until it is written. So the reader waits for the writer, and there is no state to keep but
where each is in its loop. What fails, or is given up, ends both loops and closes both ends.
"""

import asyncio

from streams2 import Readable, Writable, promises
from streams2.channel import Channel


async def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    channel: Channel[bytes] = Channel()
    written: Channel[bool] = Channel()

    async def read() -> None:
        async for chunk in source:
            await channel.put(chunk)
        channel.close()

    async def write() -> None:
        while (chunk := await channel.take()) is not None:
            sink.write(chunk, callback=lambda error: written.put_callback(error is None))
            await written.take()
        sink.end()

    async with source, sink:
        loops = [asyncio.ensure_future(loop) for loop in (read(), write(), promises.finished(sink))]
        try:
            await asyncio.gather(*loops)
        finally:
            for loop in loops:
                loop.cancel()
