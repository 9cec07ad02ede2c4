"""cat with a channel: nobody is paused, and nobody is told to go on.

A put does not return until its chunk is taken; the next is taken when one is written. So the reader
waits for the writer, and the only state is where each of the two is in its loop.

With failures handled, an error of either side ends both loops, and both sides are closed. In one
line, the bridge does all that: between a stream and a channel, errors and ends cross.
"""

import asyncio

from streams2 import Readable, Writable, promises
from streams2.bridge import channel_from_readable, writable_from_channel
from streams2.channel import Channel


async def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    channel, written = Channel[bytes](), Channel[bool]()

    async def read() -> None:
        async for chunk in source:
            await channel.put(chunk)
        channel.close()

    async def write() -> None:
        while (chunk := await channel.take()) is not None:
            sink.write(chunk, callback=lambda error: written.put_callback(error is None))
            await written.take()
        sink.end()

    await asyncio.gather(read(), write())


async def cat_or_fail(source: Readable[bytes], sink: Writable[bytes]) -> None:
    channel, written = Channel[bytes](), Channel[bool]()

    async def read() -> None:
        async for chunk in source:
            await channel.put(chunk)
        channel.close()

    async def write() -> None:
        while (chunk := await channel.take()) is not None:
            sink.write(chunk, callback=lambda error: written.put_callback(error is None))
            if not await written.take():
                return  # `finished` raises the error
        sink.end()

    work = [asyncio.ensure_future(part) for part in (read(), write(), promises.finished(sink))]
    async with sink:
        try:
            await asyncio.gather(*work)
        finally:
            for part in work:
                part.cancel()
            source.destroy()


def cat_by_bridge(source: Readable[bytes], sink: Writable[bytes]) -> None:
    writable_from_channel(channel_from_readable(source), sink)
