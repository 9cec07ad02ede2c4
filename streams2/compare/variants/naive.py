"""cat that does not listen.

`write` answers False when the sink has enough. Nobody looks at the answer, so the source reads as
fast as it can, and what the sink cannot take yet piles up in memory: for a large file and a slow
sink, all of the file.

With failures handled, both sides are closed and the caller is told. It piles up as before.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Writable, promises


def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    @source.on("data")
    def copy(chunk: bytes) -> None:
        sink.write(chunk)  # answers False when there is enough

    source.on("end", sink.end)


async def cat_or_fail(source: Readable[bytes], sink: Writable[bytes]) -> None:
    async with source, sink:
        cat(source, sink)
        await asyncio.gather(promises.finished(source), promises.finished(sink))
