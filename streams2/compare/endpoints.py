"""The two files that the streams' variants copy between: where they read, and the slow disk.

The bytes are real and so are the files. Only the disk's speed is made, by a `TokenBucket`: a chunk
that it cannot pay for yet waits, and the loop goes on meanwhile, as it does for a real slow disk. A
failure is made where the system would report it, and takes the way that such a failure takes.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Callable

from ..core.calling import Callback
from ..core.chunks import Chunk, byte_size
from ..errors import StreamDestroyedError
from ..fs.streams import ReadStream, WriteStream, file_of
from ..loop.ticks import next_tick
from ..streams.writable import Writable
from .failures import disk_full, unreadable
from .pacing import TokenBucket

__all__ = ["InputFile", "SlowFile"]


class InputFile(ReadStream):
    """A file that tells of every chunk that was read from it.

    Args:
        path: the file.
        high_water_mark: how many bytes to hold.
        on_read: called with the size of every chunk, before it goes into the buffer.
        chunk_size: how many bytes to read at a time; by default, up to the mark.
        rate: bytes per second; None for as fast as the disk is.
        fail_after: how many bytes can be read before reading fails; None for all.
    """

    def __init__(
        self,
        path: str,
        *,
        high_water_mark: int,
        on_read: Callable[[int], object],
        chunk_size: int | None = None,
        rate: float | None = None,
        fail_after: int | None = None,
    ) -> None:
        self._bucket = None if rate is None else TokenBucket(rate)
        self._on_chunk_read = on_read
        self._chunk_size = chunk_size or high_water_mark
        self._fail_after = fail_after
        self._file_path = path
        self._timer: asyncio.TimerHandle | None = None
        super().__init__(path, high_water_mark=high_water_mark)

    def _read(self, size: int) -> None:
        if self._fail_after is not None and self.bytes_read >= self._fail_after:
            next_tick(file_of(self).on_read, unreadable(self._file_path), b"")
            return
        delay = 0.0 if self._bucket is None else self._bucket.spend(self._chunk_size)
        if delay > 0:
            self._timer = asyncio.get_running_loop().call_later(delay, self._read_now)
        else:
            self._read_now()

    def _read_now(self) -> None:
        self._timer = None
        super()._read(self._chunk_size)

    def push(self, chunk: Chunk, encoding: str | None = None) -> bool:
        if chunk is not None:
            self._on_chunk_read(byte_size(chunk))
        return super().push(chunk, encoding)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super()._destroy(error, callback)


def _later(delay: float, construct: Callable[[Callback], None], callback: Callback) -> None:
    asyncio.get_running_loop().call_later(delay, construct, callback)


class SlowFile(WriteStream):
    """A file that takes no more than so many bytes a second, one chunk after the other.

    Args:
        path: the file.
        rate: bytes per second; None for as fast as the disk is.
        high_water_mark: the size in bytes from which on `write` answers False.
        on_written: called with the size of every chunk that is in the file.
        start_delay: how many seconds it takes to open.
        fail_after: how many bytes can be written before writing fails; None for all.
    """

    # One chunk at a time, as such a disk would take them, and never the whole buffer at once.
    _writev = Writable._writev

    def __init__(
        self,
        path: str,
        *,
        rate: float | None,
        high_water_mark: int,
        on_written: Callable[[int], object],
        start_delay: float = 0.0,
        fail_after: int | None = None,
    ) -> None:
        self._bucket = None if rate is None else TokenBucket(rate)
        self._on_chunk_written = on_written
        self._fail_after = fail_after
        self._file_path = path
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: Callback | None = None
        super().__init__(path, high_water_mark=high_water_mark)
        if start_delay:
            # The option `construct`, which opens the file, only later.
            self._construct = partial(_later, start_delay, self._construct)  # type: ignore[method-assign]

    def _write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        size = byte_size(chunk)
        if self._fail_after is not None and self.bytes_written + size > self._fail_after:
            next_tick(callback, file_of(self).told(disk_full(self._file_path), "write"))
            return

        def written(error: BaseException | None = None) -> None:
            if error is None:
                self._on_chunk_written(size)
            callback(error)

        delay = 0.0 if self._bucket is None else self._bucket.spend(size)
        if delay > 0:
            self._waiting = callback
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._write_now, chunk, encoding, written)
        else:
            super()._write(chunk, encoding, written)

    def _write_now(self, chunk: object, encoding: str, callback: Callback) -> None:
        self._timer = self._waiting = None
        super()._write(chunk, encoding, callback)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self._timer is not None and self._waiting is not None:
            self._timer.cancel()
            next_tick(self._waiting, error or StreamDestroyedError("write"))
            self._timer = self._waiting = None
        super()._destroy(error, callback)
