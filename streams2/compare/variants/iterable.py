"""cat with iterable streams: no events, and a budget between two pipes.

The first pipe reads from the source and writes to `push`; the second takes what was written, and
writes it to the sink. A writer accepts until its budget is used up. One more write may wait, and
the first pipe waits for it. To write a second without waiting would be an error, not a climb.

A pipe that fails tells its writer, and leaves its source. So an error reaches both files by itself;
but the caller hears of it first. With failures handled, both pipes are over when the caller is
told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

from streams2.iter import WriterLike, pipe_to, push


async def cat(source: AsyncIterable[list[bytes]], sink: WriterLike, budget: int) -> None:
    writer, readable = push(budget=budget)
    await asyncio.gather(pipe_to(source, writer), pipe_to(readable, sink))


async def cat_or_fail(source: AsyncIterable[list[bytes]], sink: WriterLike, budget: int) -> None:
    writer, readable = push(budget=budget)
    pipes = (pipe_to(source, writer), pipe_to(readable, sink))
    work = [asyncio.ensure_future(pipe) for pipe in pipes]
    try:
        await asyncio.gather(*work)
    finally:
        for pipe in work:
            pipe.cancel()
        await asyncio.wait(work)
