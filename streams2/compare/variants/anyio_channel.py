"""cat with anyio: two tasks, and a memory object stream between them.

`send` waits while the stream has as many chunks as it may. A task group ends when both tasks have;
if one fails, or the caller gives up, it cancels the other. What a task has opened it closes with
`async with`, and a side that is closed ends the loop of the other.

So what copies handles failures, too: there is one form. The caller gets an ExceptionGroup.
"""

from __future__ import annotations

from anyio import create_memory_object_stream, create_task_group
from anyio.abc import ByteReceiveStream, ByteSendStream


async def cat(source: ByteReceiveStream, sink: ByteSendStream, slots: int) -> None:
    send, receive = create_memory_object_stream[bytes](slots)

    async def read() -> None:
        async with source, send:
            async for data in source:
                await send.send(data)

    async def write() -> None:
        async with sink, receive:
            async for data in receive:
                await sink.send(data)

    async with create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
