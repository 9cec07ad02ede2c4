"""Between streams and channels: the two ways to push back, joined.

>>> from streams2 import Readable, Writable, run
>>> async def main():
...     def write(self, chunk, encoding, done):
...         print(chunk)
...         done()
...     chunks = channel_from_readable(Readable.from_(["take", "write", "wait"]))
...     writable_from_channel(chunks, Writable(object_mode=True, write=write))
>>> run(main)
take
write
wait

What the second has goes to the first, in all four functions, and three promises are kept:

- **back-pressure crosses**: nothing is read before there is room, nothing taken before the last
  value was written;
- **a failure crosses** a channel as its last value, an exception, and is an ``'error'`` among
  streams;
- **an early end crosses**: a stream that is destroyed closes its channel and answers the puts that
  wait False; a channel that is closed early destroys its stream.

The first two join a stream and a channel that are there, and the flow of control is plain: `move`,
below, is a loop that waits. The other two make a stream of a channel, and it is options: what to do
when one asks for a chunk or brings one.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, TypeVar

from .channel import Channel, Sink, Source
from .channel._processes import spawn
from .errors import AbortError, InvalidArgTypeError, StreamPrematureCloseError
from .finished import finished
from .readable import Readable
from .stream import Callback
from .writable import Writable

__all__ = [
    "channel_from_readable",
    "channel_from_writable",
    "readable_from_channel",
    "writable_from_channel",
]

T = TypeVar("T")


def channel_from_readable(readable: Readable[T], channel: Channel[Any] | None = None) -> Source[T]:
    """A channel of the chunks of `readable`: `channel`, or else a new one with no buffer.

    Closed before its end, it destroys the readable. A readable that fails puts its error last.
    """
    _check("readable", readable, Readable)
    out: Channel[Any] = Channel() if channel is None else _check("channel", channel, Channel)
    failure: BaseException | None = None

    async def move() -> None:
        try:
            async for chunk in readable:
                if not await out.put(chunk):
                    break
        except Exception as error:
            fail(error)

    def fail(error: BaseException | None) -> None:
        nonlocal failure
        if error is not None:
            failure = failure or error
            moving.cancel()

    def leave(task: asyncio.Task[None]) -> None:
        told = task.cancelled() and out.put_callback(failure or AbortError())
        out.close()
        if not readable.readable_ended:
            readable.destroy()
        if failure is not None and not told:
            raise failure

    moving = spawn(move())
    moving.add_done_callback(leave)
    # A readable may fail while a put waits, and nobody would read on to find out.
    finished(readable, fail, writable=False)
    out.when_closed(moving.cancel)
    return out


def writable_from_channel(channel: Source[T], writable: Writable[T]) -> Writable[T]:
    """Write the values of `channel` to `writable`, the next one when the last was written.

    At the end of the channel, the writable is ended; an exception that is taken destroys it.
    Returns the writable: `promises.finished(writable)` waits until it is done, or has failed.
    """
    _check("channel", channel, Channel)
    _check("writable", writable, Writable)
    source: Source[Any] = channel

    async def move() -> None:
        try:
            while (chunk := await source.take()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                written: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
                writable.write(chunk, callback=partial(_settle, written))
                if (error := await written) is not None:
                    raise error
            writable.end()
        except Exception as error:
            writable.destroy(error)

    def leave(_: object) -> None:
        source.abandon()
        if not writable.writable_ended:
            writable.destroy()

    moving = spawn(move())
    moving.add_done_callback(leave)
    # Who listens for errors must deal with them: that is left to the writable's owner.
    finished(writable, lambda _: moving.cancel(), readable=False, error=False)
    return writable


def readable_from_channel(channel: Source[T], **options: Any) -> Readable[T]:
    """A Readable of the values of `channel`, as `options` say (objects, one at a time).

    It ends when the channel does, and fails with an exception that it takes. Destroyed, it closes
    the channel.
    """
    _check("channel", channel, Channel)

    def read(stream: Readable[Any], size: int) -> None:  # noqa: ARG001
        channel.take_callback(take)

    def take(value: Any) -> None:
        if isinstance(value, Exception):
            readable.destroy(value)
        else:
            readable.push(value)

    def destroy(stream: object, error: BaseException | None, done: Callback) -> None:  # noqa: ARG001
        channel.abandon()
        done(error)

    options = {"object_mode": True, "high_water_mark": 1, **options}
    readable: Readable[T] = Readable(read=read, destroy=destroy, **options)
    return readable


def channel_from_writable(channel: Sink[T], **options: Any) -> Writable[T]:
    """A Writable whose chunks go to `channel`, as `options` say (objects, one at a time).

    Ended, it closes the channel; destroyed, it puts the error first. It fails when the channel is
    closed early.
    """
    _check("channel", channel, Channel)
    out: Sink[Any] = channel
    ended = False

    def write(stream: object, chunk: Any, encoding: str, done: Callback) -> None:  # noqa: ARG001
        out.put_callback(chunk, lambda ok: done(None if ok else StreamPrematureCloseError()))

    def final(stream: object, done: Callback) -> None:  # noqa: ARG001
        nonlocal ended
        ended = True
        out.close()
        done()

    def destroy(stream: object, error: BaseException | None, done: Callback) -> None:  # noqa: ARG001
        out.put_callback(error or AbortError())
        out.close()
        done(error)

    def closed() -> None:
        if not ended:
            writable.destroy(StreamPrematureCloseError())

    options = {"object_mode": True, "high_water_mark": 1, **options}
    writable: Writable[T] = Writable(write=write, final=final, destroy=destroy, **options)
    out.when_closed(closed)
    return writable


def _settle(future: asyncio.Future[Any], result: object) -> None:
    # Who waited may have left: the writable was destroyed in the middle of a write.
    if not future.done():
        future.set_result(result)


def _check(name: str, given: Any, kind: type) -> Any:
    if not isinstance(given, kind):
        raise InvalidArgTypeError.given(name, f"a {kind.__name__}", given)
    return given
