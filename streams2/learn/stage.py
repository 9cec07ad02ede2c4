"""What all programs of the course run between: a tap, which is quick, and a bucket, which is slow.

A tap gives a song, word by word. A bucket has a hole: what is poured in trickles out at the bottom,
one chunk after the other. Both are streams as any others.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence

from ..core.calling import Callback
from ..streams.readable import Readable
from ..streams.writable import Writable

__all__ = ["LARGEST", "MARK", "SONG", "Bucket", "Tap"]

_SONG = b"""\
Row, row, row your boat gently down the stream.
Merrily, merrily, merrily, merrily, life is but a dream.
"""

SONG = tuple(word + b" " for word in _SONG.split())
"""What is copied, a word a chunk."""

LARGEST = max(map(len, SONG))
"""The size of the longest word, in bytes."""

MARK = 12
"""The high-water mark of a tap and of a bucket, in bytes."""


class Tap(Readable[bytes]):
    """A source that gives one chunk after the other, each a moment after it was asked for.

    Args:
        chunks: what it gives.
        seconds: how long it takes for each.
        mark: its high-water mark, in bytes.
        fails_after: how many chunks come before it fails; None for all.
    """

    def __init__(
        self,
        chunks: Sequence[bytes] = SONG,
        *,
        seconds: float = 0.001,
        mark: int = MARK,
        fails_after: int | None = None,
    ) -> None:
        left = list(chunks[:fails_after])
        left.reverse()

        def give() -> None:
            if self.destroyed:
                return
            if not left and fails_after is not None:
                self.destroy(OSError(errno.EIO, "the tap broke"))
            else:
                self.push(left.pop() if left else None)

        def read(_: Readable[bytes], __: int) -> None:
            asyncio.get_running_loop().call_later(seconds, give)

        super().__init__(high_water_mark=mark, read=read)


class Bucket(Writable[bytes]):
    """A sink that takes its time for each chunk.

    Args:
        seconds: how long it takes for each.
        mark: its high-water mark, in bytes.
        fails_after: how many chunks go through before it fails; None for all.

    Attributes:
        got: what has gone through.
    """

    def __init__(
        self, *, seconds: float = 0.004, mark: int = MARK, fails_after: int | None = None
    ) -> None:
        self.got: list[bytes] = []

        def through(chunk: bytes, done: Callback) -> None:
            if self.destroyed:
                return
            if len(self.got) == fails_after:
                done(OSError(errno.ENOSPC, "the bucket broke"))
                return
            self.got.append(chunk)
            done()

        def write(_: Writable[bytes], chunk: bytes, __: str, done: Callback) -> None:
            asyncio.get_running_loop().call_later(seconds, through, chunk, done)

        super().__init__(high_water_mark=mark, write=write)
