"""How an end crosses between a stream and a channel: whoever leaves takes the other along.

`bridge` says how values cross, and this is all that it leaves out.

- **The source ends**: so does the sink, a Writable by `end()`, a channel by `close()`.
- **The source fails**: so does the sink. A channel is closed with the error, which is taken last;
  a Writable is destroyed with it. To be destroyed without an error is to fail, too.
- **The sink leaves early**, closed or destroyed: the source is let go. A Readable is destroyed; a
  channel is abandoned, and the puts that wait there are answered False.

A side may leave at any time: while a put waits, a take or a write. So each is watched, and what
moves the values between them can be stopped. (A stream with ``emit_close=False`` that is destroyed
without an error says so to nobody: that is noticed at the next value only.)

Of a Duplex, one side's good end leaves the other to itself; a failure, or to be let go, ends both.

An error has one who must deal with it. That of a Readable goes down its channel, unless that is
closed; that of a Writable goes to its owner. So the bridge listens for ``'error'`` on both, and
where it was the only one that heard, and has nowhere to send it, the stream fails aloud.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

from ..channel import Channel, Sink, Source
from ..core.calling import Callback
from ..errors import AbortError, StreamPrematureCloseError, expect
from ..loop.ticks import running_loop
from ..loop.waking import spawn
from ..streams.finished import finished, is_errored
from ..streams.iteration import ReadableIterator
from ..streams.readable import Readable
from ..streams.stream import Stream
from ..streams.writable import Writable

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["Chunks", "Writing", "join_readable", "join_writable", "readable_of", "writable_of"]

T = TypeVar("T")

Chunks: TypeAlias = ReadableIterator[T]
"""What is left to be read of a stream."""

Move: TypeAlias = Callable[[], Coroutine[object, None, Optional[BaseException]]]
"""Moves all values from one side to the other, until either ends; returns what failed, if any.

(To raise it would not do: it may be a CancelledError or a KeyboardInterrupt that somebody destroyed
a stream with, and no business of the task or the loop that moves the values.)
"""

Method: TypeAlias = Callable[..., None]
"""What a stream does, given as an option: it is bound to the stream."""

ONE_OBJECT = {"object_mode": True, "high_water_mark": 1}
"""A stream that holds no more than a waiting put or take does."""


def join_readable(
    readable: Readable[T],
    channel: Channel[Any],
    move: Callable[[Chunks[T]], Coroutine[object, None, None]],
) -> None:
    """Run `move` with the chunks of `readable`, and have it, that and `channel` end together."""
    # Of a Duplex whose reading is done, the other side may go on.
    chunks = readable.iterator(destroy_on_return=False)

    def leave(error: BaseException | None, done: bool) -> None:
        # What fails from now on (in being destroyed, or the other side of a Duplex) is not ours.
        unwatch()
        chunks.detach()
        untold = error if channel.closed else None
        channel.close((None if done else AbortError()) if error is None else error)
        if not readable.readable_ended:
            readable.destroy(untold)
        if untold is not None:
            _give_back(readable, untold)

    moving = _Moving(partial(move, chunks), leave)
    # A readable may fail while a put waits, and nobody would read on to find out.
    unwatch = finished(readable, moving.fail, writable=False)
    channel.when_closed(moving.stop)


def join_writable(channel: Source[Any], writable: Writable[Any], move: Move) -> None:
    """Run `move` from `channel` to `writable`, and have all three end together."""

    def leave(error: BaseException | None, done: bool) -> None:
        writable.remove_listener("error", failed)
        channel.abandon()
        if done:
            writable.end()
        elif error is not None or not writable.writable_ended:
            writable.destroy(error)

    def failed(error: BaseException) -> None:
        moving.fail(error)
        writable.remove_listener("error", failed)
        _give_back(writable, error)

    moving = _Moving(move, leave)
    writable.on("error", failed)
    finished(writable, moving.stop, readable=False, error=False)


class Writing(Generic[T]):
    """Writes chunks, each when the one before is done.

    One callback serves all of them: they are called back in order, so that of the last one is as
    late as there were writes. (A new one for each chunk would cost the stream a tick for each.)

    Args:
        writable: where to. Once one chunk has failed, so have all that follow.
    """

    def __init__(self, writable: Writable[T]) -> None:
        self._writable = writable
        self._state = writable._writable_state
        self._called = self._done
        self._outstanding = 0
        self._error: BaseException | None = None
        self._over: asyncio.Future[None] | None = None

    async def write(self, chunk: T) -> BaseException | None:
        """Write a chunk, and wait until that is done; what went wrong with it, if anything did."""
        self._outstanding += 1
        accepted = self._writable.write(chunk, callback=self._called)
        state = self._state
        if accepted and not (state.writing or state.buffer):
            return None  # `_write` has called back already, and that is a turn of the loop less.
        if self._outstanding:
            self._over = running_loop().create_future()
            await self._over
        return self._error

    def _done(self, error: BaseException | None) -> None:
        self._outstanding -= 1
        self._error = error if self._error is None else self._error
        if not self._outstanding and self._over is not None and not self._over.done():
            self._over.set_result(None)


def _give_back(stream: Stream, error: BaseException) -> None:
    """Leave an error to the owner of the stream: it must not pass for heard because we listened."""
    if is_errored(stream) and stream.listener_count("error") == 0:
        stream._life.fail_unheard(error)


class _Moving:
    """What moves the values, as a task, and what is done when it is over.

    A ``finally`` in the work would not do: a task that is cancelled before its first step never
    comes to it.
    """

    def __init__(self, move: Move, leave: Callable[[BaseException | None, bool], None]) -> None:
        self.failure: BaseException | None = None
        self.done = False
        self.leave = leave
        self.task = spawn(self.run(move))
        self.task.add_done_callback(self.over)

    async def run(self, move: Move) -> None:
        try:
            failure = await move()
            self.done = failure is None
        except BaseException as error:
            # What the stream failed with is no task's affair, of whatever kind it is.
            if error is not self.failure and not isinstance(error, Exception):
                raise
            failure = error
        self.failure = failure if self.failure is None else self.failure

    def fail(self, error: BaseException | None) -> None:
        """Stop because of `error`, if there is one."""
        if error is not None:
            self.failure = error if self.failure is None else self.failure
            # A turn later: a value that was just read, before the failure, is still handed on if
            # somebody is there to take it.
            running_loop().call_soon(self.stop)

    def stop(self, _: object = None) -> None:
        self.task.cancel()

    def over(self, _: object) -> None:
        self.leave(self.failure, self.done)


def readable_of(channel: Source[T], read: Method, options: dict[str, Any]) -> Readable[T]:
    """A Readable that leaves its channel when it is destroyed."""
    expect("channel", channel, Channel)

    def destroy(_stream: object, error: BaseException | None, callback: Callback) -> None:
        channel.abandon()
        callback(error)

    return Readable(read=read, destroy=destroy, **{**ONE_OBJECT, **options})


def writable_of(channel: Sink[T], write: Method, options: dict[str, Any]) -> Writable[T]:
    """A Writable whose end is its channel's, and that fails when the channel is closed early."""
    expect("channel", channel, Channel)

    def final(_stream: object, callback: Callback) -> None:
        forget()
        channel.close()
        callback()

    def destroy(_stream: object, error: BaseException | None, callback: Callback) -> None:
        channel.close(AbortError() if error is None else error)
        callback(error)

    writable: Writable[T] = Writable(
        write=write, final=final, destroy=destroy, **{**ONE_OBJECT, **options}
    )
    forget = channel.when_closed(lambda: writable.destroy(StreamPrematureCloseError()))
    return writable
