"""cat with asyncio's own streams: a reader, a writer, and `drain`.

`writer.write` never refuses and never waits. `await writer.drain()` waits if the buffer is above
its mark, and does nothing otherwise: forget it, and this is `naive`. The reader pauses whatever
feeds it by itself.

A writer is closed here, whatever happens. A reader has no `close`. With failures handled, the
transport that feeds it is asked for, too, and is closed.
"""

from __future__ import annotations

import asyncio


async def cat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunk: int) -> None:
    try:
        while data := await reader.read(chunk):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()


async def cat_or_fail(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    chunk: int,
    transport: asyncio.ReadTransport,
) -> None:
    try:
        await cat(reader, writer, chunk)
    finally:
        transport.close()
