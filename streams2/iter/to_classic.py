"""Streams of batches as `Readable`, and writers as `Writable`.

>>> from streams2 import pipeline, run, Transform
>>> from streams2.iter import from_, push, text, to_readable, to_writable
>>> async def main():
...     writer, readable = push()
...     shout = Transform(transform=lambda self, chunk, encoding, done: done(None, chunk.upper()))
...     source, sink = to_readable(from_("tea")), to_writable(writer)
...     pipeline(source, shout, sink, callback=lambda error: None)
...     return await text(readable)
>>> run(main)
'TEA'
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Sequence
from functools import partial
from typing import Callable, cast

from ..core.calling import Callback, WriteRequest
from ..errors import InvalidArgTypeError, expect_whole
from ..events.abort import AbortSignal
from ..loop.coroutines import failure_of, hear_of
from ..loop.ticks import next_tick
from ..loop.waking import spawn
from ..streams.readable import Readable
from ..streams.writable import Writable
from .batches import Batch, ByteChunk, encode
from .protocols import method_of
from .signals import close
from .sources import from_sync
from .writer import WriterLike

__all__ = ["to_readable", "to_readable_sync", "to_writable"]

_USUAL = 65536
# A writer keeps what it has to: the stream before it holds nothing back.
_NO_MARK = (1 << 53) - 1

Method = Callable[..., object]


def to_readable(
    source: AsyncIterable[Batch],
    *,
    high_water_mark: int = _USUAL,
    signal: AbortSignal | None = None,
) -> Readable[bytes]:
    """A `Readable` of what there is in a stream of batches.

    Args:
        source: an async iterable of batches.
        high_water_mark: how many bytes are read ahead (default 65,536).
        signal: destroys it.

    Raises:
        InvalidArgTypeError: `source` is no async iterable, or the mark no whole number.
        OutOfRangeError: the mark is below 0.

    Node: stream/iter.toReadable
    """
    if not isinstance(source, AsyncIterable):
        raise InvalidArgTypeError.given("source", "an async iterable", source)
    return _readable(source, high_water_mark, signal)


def to_readable_sync(source: Iterable[object], *, high_water_mark: int = _USUAL) -> Readable[bytes]:
    """A `Readable` of what there is in a stream of batches that waits for nothing.

    Args:
        source: an iterable of batches.
        high_water_mark: how many bytes are read ahead (default 65,536).

    Raises:
        InvalidArgTypeError: `source` is no iterable, or the mark no whole number.
        OutOfRangeError: the mark is below 0.

    Node: stream/iter.toReadableSync
    """
    if not isinstance(source, Iterable):
        raise InvalidArgTypeError.given("source", "an iterable", source)
    return _readable(_in_turn(from_sync(source)), high_water_mark, None)


async def _in_turn(batches: Iterable[Batch]) -> AsyncIterator[Batch]:
    iterator = iter(batches)
    try:
        for batch in iterator:
            yield batch
    finally:
        closing = getattr(iterator, "close", None)
        if closing is not None:
            closing()


def _readable(
    source: AsyncIterable[Batch], high_water_mark: int, signal: AbortSignal | None
) -> Readable[bytes]:
    expect_whole("options.high_water_mark", high_water_mark, 0)
    pump = _Pump(source)
    return Readable(
        high_water_mark=high_water_mark,
        signal=signal,
        read=lambda stream, _: pump.read(stream),
        destroy=lambda _, error, done: pump.destroy(error, done),
    )


class _Pump:
    """Reads batches, and pushes their chunks for as long as they are welcome."""

    def __init__(self, source: AsyncIterable[Batch]) -> None:
        self.source = source
        self.batches: AsyncIterator[Batch] | None = None
        self.chunks: deque[bytes] = deque()
        self.reading: asyncio.Task[None] | None = None

    def read(self, stream: Readable[bytes]) -> None:
        while self.chunks:
            if not stream.push(self.chunks.popleft()):
                return
        if self.reading is None:
            self.reading = asyncio.ensure_future(self.fetch(stream))
            self.reading.add_done_callback(hear_of)

    async def fetch(self, stream: Readable[bytes]) -> None:
        if self.batches is None:
            self.batches = self.source.__aiter__()
        try:
            welcome = True
            while welcome:
                self.chunks.extend(map(encode, await self.batches.__anext__()))
                while self.chunks and welcome:
                    welcome = stream.push(self.chunks.popleft())
        except StopAsyncIteration:
            self.reading = None
            stream.push(None)
        except (Exception, asyncio.CancelledError) as error:
            self.reading = None
            stream.destroy(failure_of(error))
        finally:
            self.reading = None

    def destroy(self, error: Exception | None, callback: Callback) -> None:
        _tell(self.close, lambda failure=None: callback(error or failure), closing=True)

    async def close(self) -> None:
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.wait([self.reading])
        if self.batches is not None:
            await close(self.batches)


def to_writable(writer: WriterLike) -> Writable[ByteChunk]:
    """A `Writable` that hands what it is given to a writer, one at a time.

    Args:
        writer: any object with a method `write`. What else it has of the methods of `Writer` is
            used.

    Raises:
        InvalidArgTypeError: it has no such method.

    Node: stream/iter.toWritable
    """
    if method_of(writer, "write") is None:
        raise InvalidArgTypeError.given("writer", "an object with a method write", writer)
    drain = _Drain(writer)
    many = None if drain.many is None else (lambda _, chunks, done: drain.writev(chunks, done))
    return Writable(
        high_water_mark=_NO_MARK,
        write=lambda _, chunk, __, done: drain.write(chunk, done),
        writev=many,
        final=lambda _, done: drain.final(done),
        destroy=lambda _, error, done: drain.destroy(error, done),
    )


class _Drain:
    """A writer, and what of it can be used."""

    def __init__(self, writer: object) -> None:
        self.one = cast(Method, method_of(writer, "write"))
        self.one_sync = method_of(writer, "write_sync")
        self.many = method_of(writer, "writev")
        self.many_sync = method_of(writer, "writev_sync")
        self.closing = method_of(writer, "end")
        self.closing_sync = method_of(writer, "end_sync")
        self.failing = method_of(writer, "fail")

    def write(self, chunk: ByteChunk, callback: Callback) -> None:
        _hand_over(encode(chunk), self.one_sync, self.one, callback)

    def writev(self, requests: Sequence[WriteRequest], callback: Callback) -> None:
        chunks = [encode(request.chunk) for request in requests]
        _hand_over(chunks, self.many_sync, cast(Method, self.many), callback)

    def final(self, callback: Callback) -> None:
        if self.closing_sync is not None and cast(int, self.closing_sync()) >= 0:
            next_tick(callback)
        elif self.closing is not None:
            _tell(partial(_settled, self.closing()), callback)
        else:
            next_tick(callback)

    def destroy(self, error: Exception | None, callback: Callback) -> None:
        if error is not None and self.failing is not None:
            self.failing(error)
        callback(error)


def _hand_over(value: object, sync: Method | None, waits: Method, callback: Callback) -> None:
    try:
        if sync is not None and sync(value):
            next_tick(callback)
            return
        answer = waits(value)
    except Exception as error:
        callback(error)
    else:
        _tell(partial(_settled, answer), callback)


async def _settled(answer: object) -> None:
    if inspect.isawaitable(answer):
        await answer


def _tell(
    work: Callable[[], Awaitable[None]], callback: Callback, *, closing: bool = False
) -> None:
    """Call back when some work is done, or has failed; `closing` as in `spawn`."""

    async def tell() -> None:
        try:
            await work()
        except (Exception, asyncio.CancelledError) as error:
            callback(failure_of(error))
        else:
            callback()

    spawn(tell(), closing=closing)
