"""The two files that tasks of anyio and of trio copy between.

Both libraries have a word for a stream of bytes to read and for one to write, and the same ways to
sleep and to let a thread do the work. So the files are the same; only these two are handed in. As
fast as those of the others, and with the same failures at the same bytes.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import IO, Any, Callable, Protocol

from .failures import disk_full, unreadable
from .pacing import TokenBucket

__all__ = ["Library", "TaskInput", "TaskOutput"]


class Library(Protocol):
    """What the files need of anyio or of trio."""

    def sleep(self, seconds: float) -> Awaitable[object]:
        """Wait."""

    def in_thread(self, function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        """Call `function` in a thread, and wait for what it returns."""


class _File:
    _mode: str

    def __init__(
        self,
        library: Library,
        path: str,
        told: Callable[[int], object],
        rate: float | None,
        fail_after: int | None,
    ) -> None:
        self._library = library
        self._path = path
        self._told = told
        self._bucket = None if rate is None else TokenBucket(rate)
        self._fail_after = fail_after
        self._done = 0
        self._file: IO[bytes] | None = None

    async def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = await self._open()
        return self._file

    async def _open(self) -> IO[bytes]:
        file: IO[bytes] = await self._library.in_thread(open, self._path, self._mode, 0)
        return file

    async def _pace(self, size: int) -> None:
        delay = 0.0 if self._bucket is None else self._bucket.spend(size)
        if delay > 0:
            await self._library.sleep(delay)

    def _tell(self, size: int) -> None:
        self._done += size
        self._told(size)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._file is not None:
            self._file.close()


class TaskInput(_File):
    """A file that tells of every chunk that was read from it.

    Args:
        library: how to wait.
        path: the file.
        told: called with the size of every chunk, before the reader has it.
        rate: bytes per second; None for as fast as the disk is.
        fail_after: how many bytes can be read before reading fails; None for all.
    """

    _mode = "rb"

    async def read(self, size: int) -> bytes:
        """The next chunk; of no bytes, at the end."""
        if self._fail_after is not None and self._done >= self._fail_after:
            raise unreadable(self._path)
        file = await self._opened()
        await self._pace(size)
        data: bytes = await self._library.in_thread(file.read, size)
        if data:
            self._tell(len(data))
        return data


class TaskOutput(_File):
    """A file that takes no more than so many bytes a second.

    Args:
        library: how to wait.
        path: the file.
        told: called with the size of every chunk that is in the file.
        rate: bytes per second; None for as fast as the disk is.
        fail_after: how many bytes can be written before writing fails; None for all.
        start_delay: how many seconds the first write waits for the disk.
    """

    _mode = "wb"

    def __init__(self, *args: Any, start_delay: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._start_delay = start_delay

    async def write(self, data: bytes) -> None:
        """Write a chunk."""
        if self._fail_after is not None and self._done + len(data) > self._fail_after:
            raise disk_full(self._path)
        file = await self._opened()
        if self._start_delay:
            await self._library.sleep(self._start_delay)
            self._start_delay = 0.0
        await self._pace(len(data))
        await self._library.in_thread(_write_all, file, data)
        self._tell(len(data))

    async def finish(self) -> None:
        """Close the file. If nothing was written, an empty one is left."""
        await self._opened()
        self.close()


def _write_all(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
