"""cat with `async for`: one loop, and one place to wait.

The loop asks for a chunk when it is ready for one, so the source need not be paused. What is left
of the state machine is a single question: was that enough? Then the loop waits for the drain.

An error of the source comes out of the loop, and one of the sink out of the waiting. What the loop
does not do is to close the other side when one fails, or to hear of a sink that fails while it
waits for the source. With failures handled, it does both.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Writable, once, promises


async def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    async for chunk in source:
        if not sink.write(chunk):
            await once(sink, "drain")
    sink.end()
    await once(sink, "finish")


async def cat_or_fail(source: Readable[bytes], sink: Writable[bytes]) -> None:
    async with source, sink:
        copying = asyncio.ensure_future(cat(source, sink))
        try:
            await asyncio.gather(copying, promises.finished(sink))
        finally:
            copying.cancel()
