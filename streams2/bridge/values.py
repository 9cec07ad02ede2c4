"""Between streams and channels: the two ways to push back, joined.

>>> from streams2 import Readable, run
>>> async def main():
...     words = channel_from_readable(Readable.from_(["take", "write", "wait"]))
...     return await readable_from_channel(words).map(str.upper).to_array()
>>> run(main)
['TAKE', 'WRITE', 'WAIT']

In each name, what the second has goes to the first; an exception is a failure (see `ends`).
"""

from __future__ import annotations

from typing import TypeVar

from ..channel import Channel, Sink, Source
from ..core.calling import Callback
from ..errors import StreamPrematureCloseError, expect
from ..streams.readable import Readable
from ..streams.writable import Writable
from .ends import Chunks, Writing, join_readable, join_writable, readable_of, writable_of

__all__ = [
    "channel_from_readable",
    "channel_from_writable",
    "readable_from_channel",
    "writable_from_channel",
]

T = TypeVar("T")


def channel_from_readable(readable: Readable[T], channel: Sink[T] | None = None) -> Source[T]:
    """A channel of the chunks of `readable`: `channel`, or else a new one with no buffer."""
    out = Channel() if channel is None else expect("channel", channel, Channel)

    async def move(chunks: Chunks[T]) -> None:
        async for chunk in chunks:
            if not await out.put(chunk):
                break

    join_readable(expect("readable", readable, Readable), out, move)
    return out


def writable_from_channel(channel: Source[T], writable: Writable[T]) -> Writable[T]:
    """The writable, to which the values of `channel` are written, each after the one before."""

    async def move() -> BaseException | None:
        write = Writing(writable).write
        async for chunk in channel:
            if isinstance(chunk, BaseException):
                return chunk
            if (error := await write(chunk)) is not None:
                return error
        return None

    join_writable(expect("channel", channel, Channel), expect("writable", writable, Writable), move)
    return writable


def readable_from_channel(channel: Source[T], **options: object) -> Readable[T]:
    """A Readable of the values of `channel`, with `options` (default: objects, one at a time)."""

    def read(_stream: object, _size: int) -> None:
        channel.take_callback(take)

    def take(value: object) -> None:
        if isinstance(value, BaseException):
            readable.destroy(value)
        elif not readable.destroyed:
            readable.push(value)

    readable = readable_of(channel, read, options)
    return readable


def channel_from_writable(channel: Sink[T], **options: object) -> Writable[T]:
    """A Writable whose chunks go to `channel`, with `options` (default: objects, one at a time)."""

    def write(_stream: object, chunk: T, _encoding: str, done: Callback) -> None:
        channel.put_callback(chunk, lambda ok: done(None if ok else StreamPrematureCloseError()))

    return writable_of(channel, write, options)
