"""cat with the state machine written out by hand.

Two states: flowing, and waiting for the sink. When `write` answers False, the source is paused.
When the sink has drained, the source is resumed. What to do is spread over three callbacks, and
which of them may come next is nowhere written down.

With failures handled: whichever side fails, or if the caller gives up, both are destroyed.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Writable, promises


def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    @source.on("data")
    def copy(chunk: bytes) -> None:
        if not sink.write(chunk):
            source.pause()

    sink.on("drain", source.resume)
    source.on("end", sink.end)


async def cat_or_fail(source: Readable[bytes], sink: Writable[bytes]) -> None:
    async with source, sink:
        cat(source, sink)
        await asyncio.gather(promises.finished(source), promises.finished(sink))
