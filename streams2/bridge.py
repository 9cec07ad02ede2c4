"""Between streams and channels: the two ways to push back, joined.

>>> from streams2 import Readable, Writable, run
>>> async def main():
...     channel = Channel(2)
...     def write(self, chunk, encoding, done):
...         print(chunk)
...         done()
...     sink = Writable(object_mode=True, write=write)
...     await asyncio.gather(
...         channel_from_readable(Readable.from_(["take", "write", "wait"]), channel),
...         writable_from_channel(channel, sink),
...     )
>>> _ = run(main)
take
write
wait

Back-pressure needs no code of its own here: a put waits for room, a write is waited for, and that
is all. A failure crosses the channel as its last value, an exception, as is the custom among
channels; who takes it raises it. Whoever leaves early closes the channel, and the other side sees
that.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from .channel import Channel
from .errors import AbortError
from .finished import finished
from .readable import Readable
from .writable import Writable

__all__ = ["channel_from_readable", "writable_from_channel"]

T = TypeVar("T")


async def channel_from_readable(readable: Readable[T], channel: Channel[Any]) -> None:
    """Put every chunk of `readable` into `channel`, and close it at the end.

    If the readable fails, its error is put as the last value. If the channel is closed early, the
    readable is destroyed.

    Raises:
        Exception: the readable failed, and the channel was closed already.
    """
    chunks = readable.iterator()
    try:
        async for chunk in chunks:
            if not await channel.put(chunk):
                break
    except Exception as error:
        if not channel.put_callback(error):
            raise
    except asyncio.CancelledError:
        channel.put_callback(AbortError())
        raise
    finally:
        channel.close()
        await chunks.aclose()


async def writable_from_channel(channel: Channel[Any], writable: Writable[Any]) -> None:
    """Write every value of `channel` to `writable`, one at a time, and end it at the close.

    If anything fails, the writable is destroyed and the channel closed.

    Raises:
        Exception: the writable failed, or an exception came through the channel.
    """
    over = _Outcome()
    finished(writable, over.settle)
    over.future.add_done_callback(lambda _: channel.close())
    try:
        while (chunk := await channel.take()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            written = _Outcome()
            writable.write(chunk, callback=written.settle)
            await written.wait()
        writable.end()
        await over.wait()
    except BaseException as error:
        channel.close()
        # Puts that wait are accepted, closed or not: they are let go, or nobody ever would.
        while channel.poll() is not None:
            pass
        writable.destroy(error if isinstance(error, Exception) else AbortError())
        await over.future
        raise


class _Outcome:
    """A callback that can be waited for."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.future: asyncio.Future[BaseException | None] = loop.create_future()

    def settle(self, error: BaseException | None) -> None:
        if not self.future.done():
            self.future.set_result(error)

    async def wait(self) -> None:
        error = await self.future
        if error is not None:
            raise error
