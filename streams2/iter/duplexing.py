"""Two ends that talk to each other.

>>> from streams2 import run
>>> async def main():
...     client, server = duplex()
...     await client.writer.write("tea?")
...     async for batch in server.readable:
...         return batch
>>> run(main)
[b'tea?']
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from types import TracebackType
from typing import TypedDict

from ..errors import InvalidArgTypeError
from ..events.abort import AbortSignal
from .batches import Batch
from .bucket import reject, settle
from .policies import LEAST_BUDGET, LEFT, Policy
from .pushing import PushBucket, PushReadable
from .writer import Writer

__all__ = ["DuplexEnd", "EndOptions", "duplex"]


class EndOptions(TypedDict, total=False):
    """What may be said of one end's writer: see `duplex`."""

    budget: int
    backpressure: Policy


class DuplexEnd:
    """One of two ends. In an ``async with``, it is closed at the end of the block.

    Attributes:
        writer: what the other end reads.
        readable: an async iterable of the batches that the other end writes.
    """

    def __init__(self, written: PushBucket, read: PushBucket) -> None:
        self.writer = Writer(written)
        self.readable: AsyncIterable[Batch] = PushReadable(read)
        self._written = written
        self._read = read

    def close(self) -> asyncio.Future[None]:
        """End the writer, and want nothing more of the other.

        Returns:
            A future, done when the other end has read all, or is closed. It fails with what the
            writer failed with.

        Raises:
            RuntimeError: no event loop is running.
        """
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._read.leave()
        if self._written.machine.state is LEFT:
            told.set_result(None)
        else:
            self._written.end(None).add_done_callback(lambda ended: self._closed(ended, told))
        return told

    def _closed(self, ended: asyncio.Future[int], told: asyncio.Future[None]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if error is None or self._written.machine.state is LEFT:
            settle(told, None)
        else:
            reject(told, error)

    async def __aenter__(self) -> DuplexEnd:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def duplex(
    *,
    budget: int = LEAST_BUDGET,
    backpressure: Policy = "strict",
    signal: AbortSignal | None = None,
    a: EndOptions | None = None,
    b: EndOptions | None = None,
) -> tuple[DuplexEnd, DuplexEnd]:
    """Two ends: what is written at one is read at the other.

    Args:
        budget: how many bytes may be unread, each way; at least 16,384.
        backpressure: what becomes of a write past that: see `push`.
        signal: fails both writers with its reason.
        a: the first end's own budget and backpressure.
        b: the second end's.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: there is no such policy.
        OutOfRangeError: a budget is too small.

    Node: stream/iter.duplex
    """
    usual: EndOptions = {"budget": budget, "backpressure": backpressure}
    first, second = _bucket("a", usual, a), _bucket("b", usual, b)
    for bucket in (first, second):
        bucket.obey(signal)
    return DuplexEnd(first, second), DuplexEnd(second, first)


def _bucket(name: str, usual: EndOptions, own: EndOptions | None) -> PushBucket:
    if own is not None and not isinstance(own, dict):
        raise InvalidArgTypeError.given(f"options.{name}", "a dict of options", own)
    options: EndOptions = {**usual, **(own or {})}
    return PushBucket(**options)
