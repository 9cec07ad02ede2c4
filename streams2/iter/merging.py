"""Several streams as one: batches as they come.

>>> from streams2 import run
>>> from streams2.iter import push, text
>>> async def main():
...     (one, first), (other, second) = push(), push()
...     reading = asyncio.ensure_future(text(merge(first, second)))
...     await asyncio.sleep(0.01)
...     for writer, word in ((other, "green "), (one, "tea")):
...         await writer.write(word)
...         await asyncio.sleep(0.01)
...         writer.end_sync()
...     return await reading
>>> run(main)
'green tea'
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from ..events.abort import AbortSignal, on_abort
from ..loop.coroutines import failure_of
from .batches import Batch
from .signals import checked, close, reason_of
from .sources import Source, from_

__all__ = ["merge"]


def merge(*sources: Source, signal: AbortSignal | None = None) -> AsyncIterable[Batch]:
    """All of `sources` in one stream, each batch when it is there.

    Args:
        sources: what `from_` takes.
        signal: stops it, for its reason.

    Returns:
        An async iterable of batches. If one source fails, it fails, and the others are closed.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.

    Node: stream/iter.merge
    """
    streams = [from_(source) for source in sources]
    checked(signal)
    return Merged(streams, signal)


class Merged(AsyncIterable[Batch]):
    """What `merge` returns."""

    def __init__(self, streams: Sequence[AsyncIterable[Batch]], signal: AbortSignal | None) -> None:
        self._streams = streams
        self._signal = signal

    def __aiter__(self) -> AsyncIterator[Batch]:
        return Merging(self._streams).run(self._signal)


class Merging:
    """Streams that are read at the same time, and who has something."""

    def __init__(self, streams: Sequence[AsyncIterable[Batch]]) -> None:
        self.streams = streams
        self.reading: dict[asyncio.Task[Batch], AsyncIterator[Batch]] = {}
        self.ready: deque[asyncio.Task[Batch]] = deque()
        self.news: asyncio.Future[None] | None = None

    async def run(self, signal: AbortSignal | None) -> AsyncIterator[Batch]:
        if signal is not None and signal.aborted:
            raise reason_of(signal)
        forget = None if signal is None else on_abort(signal, self.tell)
        iterators = [stream.__aiter__() for stream in self.streams]
        try:
            for batches in iterators:
                self.read(batches)
            while self.reading:
                await self.wait(signal)
                task = self.ready.popleft()
                batches = self.reading.pop(task)
                try:
                    batch = task.result()
                except StopAsyncIteration:
                    continue
                yield batch
                self.read(batches)
        finally:
            if forget is not None:
                forget()
            await self.stop(iterators)

    async def wait(self, signal: AbortSignal | None) -> None:
        """Wait until one has something. Of those that come together, one that failed is first."""
        while not self.ready:
            if signal is not None and signal.aborted:
                raise reason_of(signal)
            self.news = asyncio.get_running_loop().create_future()
            await self.news
            for task in self.ready:
                error = task.exception()
                if error is not None and not isinstance(error, StopAsyncIteration):
                    raise error

    def read(self, batches: AsyncIterator[Batch]) -> None:
        task: asyncio.Task[Batch] = asyncio.ensure_future(_next(batches))
        self.reading[task] = batches
        task.add_done_callback(self.done)

    def done(self, task: asyncio.Task[Batch]) -> None:
        if not task.cancelled():
            self.ready.append(task)
            self.tell()

    def tell(self) -> None:
        if self.news is not None and not self.news.done():
            self.news.set_result(None)

    async def stop(self, iterators: Sequence[AsyncIterator[Batch]]) -> None:
        tasks = [*self.reading]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        for batches in iterators:
            await close(batches)


async def _next(batches: AsyncIterator[Batch]) -> Batch:
    try:
        return await batches.__anext__()
    except asyncio.CancelledError as error:
        # A stream's own, or `stop` has asked for it and looks at no outcome.
        raise failure_of(error) from error
