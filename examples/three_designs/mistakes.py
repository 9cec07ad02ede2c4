"""Mistakes: what each design says to one who does not listen, and to one whose reader has gone.

Each function makes the mistake, and returns what came of it, in words.
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from streams2.channel import Channel, TooManyPendingError
from streams2.iter import push

from .stage import CHUNK, MARK, Stage, chunk_of

MANY = 2000
"""So many chunks are written by one who does not wait."""


async def machine_ignored(stage: Stage) -> str:
    sink = stage.bucket.writable()
    refused = [sink.write(chunk_of(number)) for number in range(MANY)].index(False)
    return f"`False`, from write {refused + 1} on; all {MANY:,} are held"


async def channel_ignored(_: Stage) -> str:
    chunks = Channel[bytes](MARK // CHUNK)
    accepted = 0
    try:
        for number in range(MANY):
            chunks.put_callback(chunk_of(number))
            accepted += 1
    except TooManyPendingError as error:
        return f"`{type(error).__name__}`, from put {accepted + 1:,} on"
    return "nothing"


async def iterable_ignored(_: Stage) -> str:
    writer, _readable = push(budget=MARK)
    writes = [writer.write(chunk_of(number)) for number in range(MANY)]
    errors = [write.exception() if write.done() else None for write in writes]
    first, error = next((n, error) for n, error in enumerate(errors) if error is not None)
    return f"`{getattr(error, 'code', error)}`, from write {first + 1} on"


async def plain_ignored(_: Stage) -> str:
    queue: asyncio.Queue[bytes] = asyncio.Queue(MARK // CHUNK)
    accepted = 0
    try:
        for number in range(MANY):
            queue.put_nowait(chunk_of(number))
            accepted += 1
    except asyncio.QueueFull as error:
        return f"`{type(error).__name__}`, from put {accepted + 1} on"
    return "nothing"


async def machine_left(stage: Stage) -> str:
    sink = stage.bucket.writable()
    sink.on("error", lambda _: None)
    sink.destroy()
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    sink.write(chunk_of(0), callback=told.set_result)
    return _named(await _what(lambda: told))


async def channel_left(_: Stage) -> str:
    chunks = Channel[bytes](MARK // CHUNK)

    async def put_all() -> None:
        for number in range(MANY):
            await chunks.put(chunk_of(number))

    return _named(await _what(put_all))


async def iterable_left(_: Stage) -> str:
    writer, readable = push(budget=MARK)
    writer.write_sync(chunk_of(0))
    batches: Any = readable.__aiter__()
    await batches.__anext__()
    await batches.aclose()
    return _named(await _what(lambda: writer.write(chunk_of(1))))


async def plain_left(_: Stage) -> str:
    queue: asyncio.Queue[bytes] = asyncio.Queue(MARK // CHUNK)

    async def put_all() -> None:
        for number in range(MANY):
            await queue.put(chunk_of(number))

    return _named(await _what(put_all))


async def _what(begin: Callable[[], Any]) -> object:
    """What comes of it, or the error; None if it waits for ever."""
    try:
        return await asyncio.wait_for(begin(), 1) or "nothing"
    except asyncio.TimeoutError:
        return None
    except Exception as error:
        return error


def _named(came: object) -> str:
    if came is None:
        return "nothing: it waits for ever"
    return f"`{getattr(came, 'code', came)}`"
