"""One source, several sinks, and a decision for the one that is too slow.

>>> from streams2 import Readable, Writable, run
>>> def sink(name):
...     def write(self, chunk, encoding, done):
...         print(name, chunk)
...         done()
...     return Writable(object_mode=True, write=write)
>>> async def main():
...     await broadcast(Readable.from_([1, 2]), sink("left"), sink("right"))
>>> run(main)
left 1
right 1
left 2
right 2
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from functools import partial
from typing import TypeVar

from ..core.chunks import Chunk
from ..errors import (
    InvalidArgTypeError,
    InvalidArgValueError,
    MissingArgsError,
    StreamPrematureCloseError,
    StreamSlowConsumerError,
    StreamUnableToPipeError,
)
from ..loop.ticks import running_loop
from .destroy import destroy_early
from .finished import finished, has_writable_side, is_writable
from .readable import Readable
from .writable import Writable

__all__ = ["Broadcast", "broadcast"]

T = TypeVar("T")

_WAYS = ("wait", "drop", "disconnect")


class Broadcast:
    """A source and its sinks, while they are connected. What `broadcast` returns.

    It can be awaited: until the source has ended and all sinks that are left have finished.

    Attributes:
        source: what is read.
        sinks: those that are still connected.
        dropped: how many chunks each sink has missed, with ``slow="drop"``.
        errors: why each sink left that did.
    """

    def __init__(self, source: Readable[T], sinks: tuple[Writable[T], ...], slow: str) -> None:
        self.source = source
        self.sinks: list[Writable[Chunk]] = list(sinks)
        self.dropped: dict[Writable[Chunk], int] = dict.fromkeys(sinks, 0)
        self.errors: dict[Writable[Chunk], BaseException] = {}
        self._slow = slow
        self._ended = False
        self._full: set[Writable[Chunk]] = set()
        self._unfinished = set(sinks)
        self._outcome: BaseException | None = None
        # Where nobody awaits it, a failure is heard of when this is collected.
        self._settled: asyncio.Future[Broadcast] = running_loop().create_future()

    def __await__(self) -> Generator[object, None, Broadcast]:
        """Wait until all is over.

        Returns:
            The broadcast, which knows what was dropped, and who has left.

        Raises:
            Exception: what the source failed with; or if no sink is left, why the last one left.
        """
        # Whoever gives up waiting leaves it to the others.
        return (yield from asyncio.shield(self._settled).__await__())

    def __repr__(self) -> str:
        state = "over" if self._settled.done() else f"slow={self._slow!r}"
        full = f", {len(self._full)} of them full" if self._full else ""
        return f"<Broadcast {state}: {self.source!r} to {len(self.sinks)} sinks{full}>"

    def _connect(self) -> None:
        for sink in self.sinks:
            sink.on("drain", partial(self._drained, sink))
            finished(sink, partial(self._sink_is_over, sink), readable=False)
            if self._slow == "wait" and sink.writable_need_drain:
                self._full.add(sink)
        finished(self.source, self._source_is_over, writable=False)
        self.source.on("data", self._write)
        if self._full:
            self.source.pause()

    def _write(self, chunk: Chunk) -> None:
        for sink in list(self.sinks):
            if self._slow != "wait" and sink.writable_need_drain:
                self._is_too_slow(sink)
            elif not sink.write(chunk) and self._slow == "wait" and sink in self._unfinished:
                self._full.add(sink)
        if self._full:
            self.source.pause()

    def _is_too_slow(self, sink: Writable[Chunk]) -> None:
        if self._slow == "drop":
            self.dropped[sink] += 1
        else:
            destroy_early(sink, StreamSlowConsumerError())

    def _drained(self, sink: Writable[Chunk]) -> None:
        if sink in self._full:
            self._full.discard(sink)
            if not self._full:
                self.source.resume()

    def _source_is_over(self, error: BaseException | None) -> None:
        self._ended = True
        if error is not None:
            self._outcome = self._outcome or error
        for sink in list(self.sinks):
            if error is None:
                sink.end()
            else:
                destroy_early(sink, error)
        self._settle_if_over()

    def _sink_is_over(self, sink: Writable[Chunk], error: BaseException | None) -> None:
        self._unfinished.discard(sink)
        if error is None and not self._ended:
            # Somebody else has ended it.
            error = StreamPrematureCloseError()
        if error is not None:
            self.sinks.remove(sink)
            self.errors[sink] = error
            if not self.sinks and self._outcome is None:
                self._outcome = error
                destroy_early(self.source)
        self._drained(sink)
        self._settle_if_over()

    def _settle_if_over(self) -> None:
        if not self._ended or self._unfinished or self._settled.done():
            return
        if self._outcome is not None:
            self._settled.set_exception(self._outcome)
        else:
            self._settled.set_result(self)


def broadcast(source: Readable[T], *sinks: Writable[T], slow: str = "wait") -> Broadcast:
    """Write every chunk of `source` to every one of `sinks`.

    A sink that fails, or that somebody else ends, leaves; the others go on. When none is left, the
    source is destroyed. When the source ends, the sinks are ended; when it fails, they are
    destroyed with its error.

    Back-pressure: with ``"wait"``, the slowest sink sets the pace, and each holds its own
    high-water mark and one chunk. With the others the source is never held up: a sink holds no more
    than that, and what it has no room for, it misses, or it goes.

    Args:
        source: a `Readable`, or any iterable or async iterable.
        sinks: one or more streams to be written to.
        slow: what becomes of a sink that has no room when a chunk comes. ``"wait"`` (the default):
            the source waits for it. ``"drop"``: it misses the chunk. ``"disconnect"``: it is
            destroyed, with a `StreamSlowConsumerError`.

    Returns:
        The `Broadcast`: to be awaited, and to be asked what was dropped and who has left.

    Raises:
        MissingArgsError: there are no sinks.
        InvalidArgTypeError: one of them cannot be written to, or `source` cannot be read.
        InvalidArgValueError: `slow` is none of the three, or a sink is given twice.
        StreamUnableToPipeError: a sink is ended or destroyed already.
    """
    if slow not in _WAYS:
        raise InvalidArgValueError.given("slow", "'wait', 'drop' or 'disconnect'", slow)
    if not sinks:
        raise MissingArgsError("sinks")
    for index, sink in enumerate(sinks):
        if not has_writable_side(sink):
            raise InvalidArgTypeError.given(f"sinks[{index}]", "a Writable", sink)
        if not is_writable(sink):
            raise StreamUnableToPipeError
        if sink in sinks[:index]:
            raise InvalidArgValueError.given(f"sinks[{index}]", "given once only", sink)
    made = Broadcast(
        source if isinstance(source, Readable) else Readable.from_(source), sinks, slow
    )
    made._connect()
    return made
