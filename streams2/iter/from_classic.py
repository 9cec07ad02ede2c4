"""`Readable` as a stream of batches, and `Writable` as a writer.

>>> from streams2 import Readable, run
>>> from streams2.iter import text
>>> run(lambda: text(from_readable(Readable.from_(["green ", "tea"]))))
'green tea'
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Iterable

from ..errors import (
    AbortError,
    InvalidArgTypeError,
    InvalidArgValueError,
    InvalidStateError,
    StreamWriteAfterEndError,
    expect,
)
from ..events.abort import AbortSignal
from ..loop.waking import Wakeup
from ..streams.finished import finished
from ..streams.readable_base import ReadableBase
from ..streams.writable import Writable
from .batches import Batch, ByteChunk, async_batch_of, encode, is_chunk
from .bucket import reject, settle
from .policies import Policy, PushEvent, overflow_of
from .signals import checked, failure_of

__all__ = ["ClassicWriter", "from_readable", "from_writable"]

_AT_MOST = 128


def from_readable(readable: ReadableBase[object]) -> AsyncIterable[Batch]:
    """What a `Readable` gives, in batches: all that it has, up to 128 chunks, is one.

    To leave it early destroys the stream.

    Args:
        readable: a `Readable`. What a stream of objects gives is taken as `from_` takes it.

    Raises:
        InvalidArgTypeError: it is none.

    Node: stream/iter.fromReadable
    """
    if not isinstance(readable, ReadableBase):
        raise InvalidArgTypeError.given("readable", "a Readable", readable)
    return FromReadable(readable)


class FromReadable(AsyncIterable[Batch]):
    """What `from_readable` returns."""

    def __init__(self, readable: ReadableBase[object]) -> None:
        self._readable = readable

    def __aiter__(self) -> AsyncIterator[Batch]:
        return _Reading(self._readable).run()


class _Reading:
    """One who reads a `Readable` until it is over."""

    def __init__(self, readable: ReadableBase[object]) -> None:
        self.readable = readable
        self.news = Wakeup()
        self.over = False
        self.error: BaseException | None = None

    async def run(self) -> AsyncIterator[Batch]:
        readable = self.readable
        readable.on("readable", self.news.wake)
        forget = finished(readable, self.on_over, writable=False)
        try:
            while True:
                batch = await self.batch()
                if batch:
                    yield batch
                elif self.error is not None:
                    raise self.error
                elif self.over:
                    return
                else:
                    await self.news.wait()
        except BaseException as error:
            readable.destroy(error if isinstance(error, Exception) else AbortError())
            raise
        finally:
            readable.remove_listener("readable", self.news.wake)
            if self.over:
                forget()

    async def batch(self) -> Batch:
        """What there is."""
        found: Batch = []
        while len(found) < _AT_MOST and not self.readable.destroyed:
            chunk: object = self.readable.read()
            if chunk is None:
                break
            if is_chunk(chunk):
                found.append(encode(chunk))  # type: ignore[arg-type]
            else:
                found += await async_batch_of(chunk, "value")
        return found

    def on_over(self, error: BaseException | None) -> None:
        self.over = True
        self.error = error
        self.news.wake()


_writers: weakref.WeakValueDictionary[tuple[int, PushEvent], ClassicWriter] = (
    weakref.WeakValueDictionary()
)


def from_writable(writable: Writable[bytes], *, backpressure: Policy = "strict") -> ClassicWriter:
    """A writer that writes to a `Writable`; of the same stream, the same one.

    Args:
        writable: a `Writable` of bytes.
        backpressure: what a write is once the stream has answered False: ``"strict"`` (an error:
            ask `ondrain` first), ``"unbounded"`` (it is written, and waits for ``'drain'``) or
            ``"drop-newest"`` (it is thrown away).

    Raises:
        InvalidArgTypeError: it is no `Writable`.
        InvalidArgValueError: there is no such policy, or it is ``"drop-oldest"``.
        InvalidStateError: it is a stream of objects.

    Node: stream/iter.fromWritable
    """
    if not isinstance(writable, Writable):
        raise InvalidArgTypeError.given("writable", "a Writable", writable)
    overflow = overflow_of(backpressure)
    if overflow is PushEvent.DROP_OLDEST:
        wanted = "one that leaves what is written where it is"
        raise InvalidArgValueError.given("options.backpressure", wanted, backpressure)
    if writable.writable_object_mode:
        raise InvalidStateError("Cannot create a writer from a Writable of objects")
    writer = _writers.get((id(writable), overflow))
    if writer is None:
        writer = _writers[id(writable), overflow] = ClassicWriter(writable, overflow)
    return writer


class ClassicWriter:
    """Writes to a `Writable`; what `from_writable` returns. Its methods are those of `Writer`."""

    def __init__(self, writable: Writable[bytes], overflow: PushEvent) -> None:
        self._writable = writable
        self._overflow = overflow
        self._total = 0
        self._failure: BaseException | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._draining: list[asyncio.Future[bool]] = []
        self._ending: list[asyncio.Future[int]] = []
        writable.on("drain", self._drained)
        finished(writable, self._over, readable=False)

    @property
    def can_write(self) -> bool | None:
        """Whether there is room; None once it is ended or destroyed."""
        return not self._writable.writable_need_drain if self._writable.writable else None

    def write(self, chunk: ByteChunk, *, signal: AbortSignal | None = None) -> asyncio.Future[None]:
        """Write one chunk; what is returned says when there was room.

        Raises:
            InvalidArgTypeError: `chunk` is neither text nor bytes, or `signal` is no signal.
        """
        return self.writev([chunk], signal=signal)

    def writev(
        self, chunks: Iterable[ByteChunk], *, signal: AbortSignal | None = None
    ) -> asyncio.Future[None]:
        """Write several chunks, which go to the stream's `_writev` together if it has one.

        Raises:
            InvalidArgTypeError: one is neither text nor bytes, or `signal` is no signal.
        """
        checked(signal)
        batch = [encode(chunk) for chunk in chunks]
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        full = self._writable.writable_need_drain
        if not self._writable.writable:
            reject(told, self._failure or StreamWriteAfterEndError())
        elif full and self._overflow is PushEvent.STRICT:
            reject(
                told, InvalidStateError("The stream is full. Wait for ondrain() before you write")
            )
        else:
            self._total += sum(map(len, batch))
            if full and self._overflow is PushEvent.DROP_NEWEST:
                told.set_result(None)
            else:
                self._hand_over(batch, told)
        return told

    def _hand_over(self, batch: Batch, told: asyncio.Future[None]) -> None:
        writable = self._writable
        writable.cork()
        for chunk in batch:
            writable.write(chunk)
        writable.uncork()
        if self._overflow is PushEvent.UNBOUNDED and writable.writable_need_drain:
            self._waiting.append(told)
        else:
            settle(told, None)

    def write_sync(self, chunk: ByteChunk) -> bool:
        """Nothing: a `Writable` does not say whether it has written. Always False."""
        return False

    def writev_sync(self, chunks: Iterable[ByteChunk]) -> bool:
        """Nothing: a `Writable` does not say whether it has written. Always False."""
        return False

    def end(self, *, signal: AbortSignal | None = None) -> asyncio.Future[int]:
        """End the stream; what is returned comes when it has finished: how many bytes there were.

        Raises:
            InvalidArgTypeError: `signal` is no signal.
        """
        checked(signal)
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        writable = self._writable
        if self._failure is not None:
            reject(told, self._failure)
        elif writable.destroyed or writable.writable_finished:
            settle(told, self._total)
        else:
            self._ending.append(told)
            if not writable.writable_ended:
                writable.end()
                self._give_up(AbortError(), None)
        return told

    def end_sync(self) -> int:
        """Nothing: a `Writable` takes its time to end. Always -1."""
        return -1

    def fail(self, reason: BaseException | None = None) -> None:
        """Destroy the stream with `reason`, or with an `AbortError`.

        Raises:
            InvalidArgTypeError: it is no exception.
        """
        if reason is not None:
            expect("reason", reason, BaseException)
        if not self._writable.destroyed:
            self._failure = failure_of(reason)
            self._writable.destroy(self._failure)

    def drainable_protocol(self) -> asyncio.Future[bool] | None:
        """What `ondrain` asks."""
        room = self.can_write
        if room is None:
            return None
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if room:
            told.set_result(True)
        else:
            self._draining.append(told)
        return told

    def _drained(self) -> None:
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            settle(told, None)
        draining, self._draining = self._draining, []
        for drained in draining:
            settle(drained, True)

    def _give_up(self, error: BaseException, drained: BaseException | None) -> None:
        """Nobody is told of room any more."""
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            reject(told, error)
        draining, self._draining = self._draining, []
        for draining_ in draining:
            if drained is None:
                settle(draining_, False)
            else:
                reject(draining_, drained)

    def _over(self, error: BaseException | None) -> None:
        ending, self._ending = self._ending, []
        for told in ending:
            if error is None:
                settle(told, self._total)
            else:
                reject(told, error)
        if error is not None:
            self._give_up(error, error)
