"""Stages of a pipeline that people ask for: lines, batches, and a pace.

>>> from streams2 import Readable, Writable, pipeline, run
>>> def main():
...     sink = Writable(object_mode=True, write=lambda self, found, enc, done: done(print(found)))
...     source = Readable.from_([b"one\\ntw", b"o\\nthree"])
...     pipeline(source, lines(), batch(2), sink, callback=lambda error: print(error))
>>> run(main)
['one', 'two']
['three']
None

Each is also a method of a `Readable`, which then takes a chunk only when its own reader asks.
"""

from __future__ import annotations

import asyncio
from typing import Union

from ..core.calling import Callback
from ..core.chunks import Chunk
from ..core.encodings import BytesLike
from ..loop.ticks import running_loop
from .pacing import Pace, check_batch, check_rate, splitter_of
from .transform import Transform, TransformCallback

__all__ = ["batch", "lines", "throttle"]


class _Lines(Transform[Union[str, BytesLike], str]):
    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        _push_all(self, self._life.own.feed(chunk))
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        _push_all(self, self._life.own.end())
        callback()


def _push_all(stream: Transform[Chunk, str], found: list[str]) -> None:
    for line in found:
        stream.push(line)


def lines(
    *, encoding: str = "utf8", limit: int | None = None, high_water_mark: int | None = None
) -> Transform[str | BytesLike, str]:
    """A Transform from bytes or text to lines, without their ends.

    A line ends with a line feed, a carriage return, or both; the last one may end with nothing. A
    byte order mark at the beginning is left out. A character may be cut between two chunks.

    Back-pressure: it takes no further chunk while `high_water_mark` lines wait. All lines of one
    chunk are there at once, so it holds those, and one line that has not ended: `limit` bounds
    that.

    Args:
        encoding: of the bytes (default ``"utf8"``).
        limit: the longest line, in characters (default None: any).
        high_water_mark: how many lines to read ahead (default 16).

    Raises:
        UnknownEncodingError: there is no such encoding.
        InvalidArgTypeError: `limit` is no whole number. The stream fails with it when a chunk is
            neither bytes nor text.
        OutOfRangeError: `limit` is below 1. The stream fails with it when a line is longer.
    """
    splitter = splitter_of(encoding, limit)
    stream = _Lines(object_mode=True, readable_high_water_mark=high_water_mark)
    stream._life.own = splitter
    return stream


class _Collected:
    """The batch that is not full yet, and the timer that does not wait for it."""

    def __init__(self, count: int, seconds: float | None) -> None:
        self.count = count
        self.seconds = seconds
        self.chunks: list[object] = []
        self.timer: asyncio.TimerHandle | None = None

    def take(self) -> list[object]:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        taken, self.chunks = self.chunks, []
        return taken


class _Batch(Transform[Chunk, "list[Chunk]"]):
    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        collected: _Collected = self._life.own
        collected.chunks.append(chunk)
        if len(collected.chunks) >= collected.count:
            callback(None, collected.take())
            return
        if collected.timer is None and collected.seconds is not None:
            timer = running_loop().call_later(collected.seconds, _push_collected, self)
            collected.timer = timer
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        callback(None, self._life.own.take() or None)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        self._life.own.take()
        callback(error)


def _push_collected(stream: _Batch) -> None:
    stream.push(stream._life.own.take())


def batch(
    count: int, seconds: float | None = None, *, high_water_mark: int | None = None
) -> Transform[Chunk, list[Chunk]]:
    """A Transform from chunks to lists of them.

    A list goes on when it has `count` chunks, when `seconds` have passed since its first one came,
    or at the end. No list is empty.

    Back-pressure: it takes no further chunk while `high_water_mark` lists wait. It holds those, one
    more that was due by the clock, and one that is not full.

    Args:
        count: how many chunks a list has, at most.
        seconds: how long a chunk waits for others, at most (default None: until there are `count`).
        high_water_mark: how many lists to read ahead (default 16).

    Raises:
        InvalidArgTypeError: `count` is no whole number, or `seconds` no number.
        OutOfRangeError: `count` is below 1, or `seconds` below 0 or not finite.
    """
    check_batch(count, seconds)
    stream = _Batch(object_mode=True, readable_high_water_mark=high_water_mark)
    stream._life.own = _Collected(count, seconds)
    return stream


class _Paced:
    """The pace of a stream, and the timer of the chunk that waits."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.timer: asyncio.TimerHandle | None = None


class _Throttle(Transform[Chunk, Chunk]):
    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        paced: _Paced = self._life.own
        loop = running_loop()
        wait = paced.pace.due - loop.time()
        if wait > 0:
            paced.timer = loop.call_later(wait, _go_on, paced, chunk, callback)
        else:
            _go_on(paced, chunk, callback)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        timer = self._life.own.timer
        if timer is not None:
            timer.cancel()
        callback(error)


def _go_on(paced: _Paced, chunk: object, callback: TransformCallback) -> None:
    paced.timer = None
    paced.pace.went_on(chunk, running_loop().time())
    callback(None, chunk)


def throttle(
    rate: float, *, object_mode: bool = False, high_water_mark: int | None = None
) -> Transform[Chunk, Chunk]:
    """A Transform that hands chunks on no faster than `rate`.

    The first one goes on at once, and each of the others when the time of the one before is over: a
    chunk of 500 bytes, at a rate of 1000, takes half a second. Chunks are not cut up, and time in
    which none came is not saved up.

    Back-pressure: one chunk waits for its time; those behind it fill the buffer up to
    `high_water_mark`, and then the source is held up.

    Args:
        rate: bytes a second; with `object_mode`, chunks a second.
        object_mode: chunks are any objects, and are counted (default False: bytes are).
        high_water_mark: how much to hold on either side, in bytes (default 64 KiB) or in objects
            (default 16).

    Raises:
        InvalidArgTypeError: `rate` is no number.
        OutOfRangeError: `rate` is not above 0, or not finite.
    """
    check_rate(rate)
    stream = _Throttle(object_mode=object_mode, high_water_mark=high_water_mark)
    stream._life.own = _Paced(Pace(rate, object_mode))
    return stream
