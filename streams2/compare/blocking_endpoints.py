"""The two files that the threads copy between: what `open` gives, and a slow disk.

As fast as those of the streams, and with the same failures at the same bytes. Only the waiting
differs: here it is the thread that waits.
"""

from __future__ import annotations

import io
import time
from typing import Any, Callable

from .failures import disk_full, unreadable
from .pacing import TokenBucket

__all__ = ["BlockingInput", "BlockingOutput"]


class BlockingInput(io.FileIO):
    """A file that tells of every chunk that was read from it.

    Args:
        path: the file.
        on_read: called with the size of every chunk, before the reader has it.
        rate: bytes per second; None for as fast as the disk is.
        fail_after: how many bytes can be read before reading fails; None for all.
    """

    def __init__(
        self,
        path: str,
        *,
        on_read: Callable[[int], object],
        rate: float | None = None,
        fail_after: int | None = None,
    ) -> None:
        self._bucket = None if rate is None else TokenBucket(rate)
        self._on_chunk_read = on_read
        self._fail_after = fail_after
        self._read_so_far = 0
        super().__init__(path, "rb")

    def read(self, size: int | None = -1, /) -> bytes:
        if self._fail_after is not None and self._read_so_far >= self._fail_after:
            raise unreadable(str(self.name))
        if self._bucket is not None:
            time.sleep(self._bucket.spend(-1 if size is None else size))
        data = super().read(-1 if size is None else size)
        if data:
            self._read_so_far += len(data)
            self._on_chunk_read(len(data))
        return data


class BlockingOutput(io.FileIO):
    """A file that takes no more than so many bytes a second.

    Args:
        path: the file.
        rate: bytes per second; None for as fast as the disk is.
        on_written: called with the size of every chunk that is in the file.
        start_delay: how many seconds the first write waits for the disk.
        fail_after: how many bytes can be written before writing fails; None for all.
    """

    def __init__(
        self,
        path: str,
        *,
        on_written: Callable[[int], object],
        rate: float | None = None,
        start_delay: float = 0.0,
        fail_after: int | None = None,
    ) -> None:
        self._bucket = None if rate is None else TokenBucket(rate)
        self._on_chunk_written = on_written
        self._start_delay = start_delay
        self._fail_after = fail_after
        self._written_so_far = 0
        super().__init__(path, "wb")

    def write(self, data: Any, /) -> int:
        view = memoryview(data)
        if self._fail_after is not None and self._written_so_far + view.nbytes > self._fail_after:
            raise disk_full(str(self.name))
        time.sleep(self._start_delay)
        self._start_delay = 0.0
        if self._bucket is not None:
            time.sleep(self._bucket.spend(view.nbytes))
        written = 0
        while written < view.nbytes:
            written += super().write(view[written:]) or 0
        self._written_so_far += written
        self._on_chunk_written(written)
        return written
