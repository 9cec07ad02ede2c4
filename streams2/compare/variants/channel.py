"""cat with a channel: nobody is paused, and nobody is told to go on.

One task reads a chunk and puts it into the channel; the put does not return until the chunk is
taken. The other takes a chunk, writes it, and waits until it is written before it takes the next.
So the reader waits for the writer, and there is no state to keep but where each of the two is in
its loop.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Writable
from streams2.bridge import channel_from_readable, writable_from_channel
from streams2.channel import Channel


async def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    channel: Channel[bytes] = Channel()
    await asyncio.gather(
        channel_from_readable(source, channel),
        writable_from_channel(channel, sink),
    )
