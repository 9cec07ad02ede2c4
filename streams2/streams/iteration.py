"""``async for`` over a Readable.

>>> from streams2 import Readable, run
>>> async def main():
...     async for chunk in Readable.from_(["a", "b"]):
...         print(chunk)
>>> run(main)
a
b

Leaving the loop early destroys the stream: nobody else is going to read the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import TypeVar

from ..core.chunks import Chunk
from ..loop.ticks import current_queue
from ..loop.waking import Pace, Wakeup, has_not_waited
from .destroy import destroy_early
from .finished import finished
from .readable_base import ReadableBase

__all__ = ["ReadableIterator"]

T_co = TypeVar("T_co", covariant=True)

#: Whether what runs reads for a stream that is made of what it reads, and not for itself.
reads_for_stream: ContextVar[bool] = ContextVar("reads_for_stream", default=False)


class _Cursor:
    """What listens to the stream. Nothing here knows the iterator: dropped, it is collected."""

    def __init__(self, stream: ReadableBase[Chunk], destroy_on_return: bool) -> None:
        self.stream = stream
        self.destroy_on_return = destroy_on_return
        self.over = False
        self.error: BaseException | None = None
        self.closed = False
        self.news = Wakeup()
        self.pace = Pace()
        # Rule: ticks that wait when a loop is begun run before its first chunk, as in Node, unless
        # it is begun after something was awaited. (One who keeps the stream loses no chunk by being
        # cancelled meanwhile: he gets it at once.)
        self.ticks_first = destroy_on_return and bool(len(current_queue())) and has_not_waited()
        stream.on("readable", self.wake)
        self.forget = finished(stream, self.on_over, writable=False)

    def wake(self) -> None:
        """Something happened to the stream."""
        state = self.stream._readable_state
        all_is_read = state.ended and not state.buffer.size and not self.stream.destroyed
        if self.news.awaited and all_is_read:
            # The stream may tell its end before whoever waits here comes to it.
            self.stream.read()
        self.news.wake()

    def on_over(self, error: BaseException | None) -> None:
        self.over = True
        self.error = error
        self.news.wake()

    async def next(self, chunk: Chunk) -> Chunk:
        """The next chunk; None at the end.

        Args:
            chunk: what was read already, if anything was.
        """
        while chunk is None:
            self.ticks_first = False
            if self.error is not None:
                raise self.error
            if self.over:
                return None
            await self.news.wait()
            self.pace.begin()
            chunk = None if self.stream.destroyed else self.stream.read()
        if self.ticks_first:
            self.ticks_first = False
            await asyncio.sleep(0)
        return chunk

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        unwanted = self.error is not None or self.destroy_on_return
        if unwanted and (not self.over or self.stream._life.auto_destroy):
            ends = self.stream._life.own
            if hasattr(ends, "left_by_reader") and not reads_for_stream.get():
                ends.left_by_reader = True
            destroy_early(self.stream)
        else:
            self.unlisten()

    def unlisten(self) -> None:
        self.stream.remove_listener("readable", self.wake)
        self.forget()


class ReadableIterator(AsyncIterator[T_co]):
    """Iterates over the chunks of a Readable; what ``async for`` and `Readable.iterator` use.

    It begins to listen at its first step, and raises the error that the stream fails with.
    """

    def __init__(self, stream: ReadableBase[T_co], *, destroy_on_return: bool = True) -> None:
        self._stream = stream
        self._destroy_on_return = destroy_on_return
        self._cursor: _Cursor | None = None
        self._done = False

    def begin(self) -> _Cursor:
        """Begin to listen, if it has not yet."""
        if self._cursor is None:
            self._cursor = _Cursor(self._stream, self._destroy_on_return)
        return self._cursor

    async def __anext__(self) -> T_co:
        if self._done:
            raise StopAsyncIteration
        cursor = self._cursor or self.begin()
        try:
            # Before a chunk is taken: one who is cancelled here loses none.
            if cursor.pace.is_due():
                await asyncio.sleep(0)
            chunk = None if cursor.stream.destroyed else cursor.stream.read()
            if chunk is None or cursor.ticks_first:
                chunk = await cursor.next(chunk)
        except BaseException as error:
            # To be cancelled is to leave the loop, as by break.
            if cursor.error is None and isinstance(error, Exception):
                cursor.error = error
            await self.aclose()
            raise
        if chunk is None:
            await self.aclose()
            raise StopAsyncIteration
        result: T_co = chunk
        return result

    async def aclose(self) -> None:
        """Stop iterating; destroy the stream unless told otherwise."""
        self._close()

    def _close(self) -> None:
        self._done = True
        if self._cursor is not None:
            self._cursor.close()

    def detach(self) -> None:
        """Stop iterating, and leave the stream and all of its errors to its owner."""
        self._done = True
        if self._cursor is not None:
            self._cursor.closed = True
            self._cursor.unlisten()

    def __del__(self) -> None:
        # The loop was left: by break, by an exception, by cancellation.
        if self._cursor is None or self._cursor.closed:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        self._close()
