"""cat with trio: two tasks in a nursery, and a memory channel between them.

`send` waits while the channel has as many chunks as it may. The nursery ends when both tasks have;
if one fails, or the caller gives up, it cancels the other. What a task has opened it closes with
`async with`, and a side that is closed ends the loop of the other.

So what copies handles failures, too: there is one form. The caller gets an ExceptionGroup.
"""

from __future__ import annotations

import trio
from trio.abc import ReceiveStream, SendStream


async def cat(source: ReceiveStream, sink: SendStream, slots: int) -> None:
    send, receive = trio.open_memory_channel[bytes](slots)

    async def read() -> None:
        async with source, send:
            async for data in source:
                await send.send(bytes(data))

    async def write() -> None:
        async with sink, receive:
            async for data in receive:
                await sink.send_all(data)

    async with trio.open_nursery() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
