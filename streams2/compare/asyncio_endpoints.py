"""The two files that the asyncio variant copies between: a `StreamReader` and a `StreamWriter`.

asyncio has these for sockets and pipes. Here their transports read and write a file, in the same
thread pool, in the same chunks and at the same speed as the streams' files do. What asyncio itself
does is untouched: a `StreamReader` pauses its transport when it holds more than twice its limit; a
transport pauses the writing when its buffer is above the mark, and resumes it at a quarter of that.
So the limit is half the mark here, and both sides push back above the mark.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import IO, Any, Callable

from .failures import disk_full, unreadable
from .pacing import TokenBucket

__all__ = ["FileReading", "FileWriting", "open_reader", "open_writer"]


class _FileTransport(asyncio.BaseTransport):
    """What reading and writing have in common: a file opened, pumped and closed by one task."""

    _mode: str

    def __init__(self, path: str, protocol: asyncio.Protocol, rate: float | None) -> None:
        super().__init__()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._path = path
        self._protocol = protocol
        self._bucket = None if rate is None else TokenBucket(rate)
        self._closing = False
        self._may_go_on = asyncio.Event()
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        error: BaseException | None = None
        try:
            await self._prepare()
            file = await self._open()
            try:
                await self._pump(file)
            finally:
                file.close()
        except OSError as failure:
            error = failure
        except asyncio.CancelledError:
            pass  # By `abort`, which is told as a loss without an error.
        finally:
            self._closing = True
            self.closed.set_result(None)
            self._protocol.connection_lost(error)  # type: ignore[arg-type]  # an OSError

    async def _prepare(self) -> None:
        pass

    async def _open(self) -> IO[bytes]:
        file: IO[bytes] = await self._call(open, self._path, self._mode, 0)
        return file

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Have somebody else wait for the disk."""
        return await asyncio.get_running_loop().run_in_executor(None, function, *args)

    async def _pump(self, file: IO[bytes]) -> None:
        raise NotImplementedError

    async def _pace(self, size: int) -> None:
        delay = 0.0 if self._bucket is None else self._bucket.spend(size)
        if delay > 0:
            await asyncio.sleep(delay)

    def is_closing(self) -> bool:
        return self._closing

    def abort(self) -> None:
        """Close the file, whatever is left to do."""
        self._closing = True
        self._task.cancel()


class FileReading(_FileTransport, asyncio.ReadTransport):
    """Feeds a protocol with a file.

    Attributes:
        pauses: how often the protocol paused it.
        closed: done when the file is closed.
    """

    _mode = "rb"

    def __init__(
        self,
        path: str,
        protocol: asyncio.Protocol,
        *,
        chunk_size: int,
        on_read: Callable[[int], object],
        rate: float | None,
        fail_after: int | None,
    ) -> None:
        self.pauses = 0
        self._chunk_size = chunk_size
        self._on_read = on_read
        self._fail_after = fail_after
        super().__init__(path, protocol, rate)
        self._may_go_on.set()
        protocol.connection_made(self)

    async def _pump(self, file: IO[bytes]) -> None:
        done = 0
        while True:
            await self._may_go_on.wait()
            if self._fail_after is not None and done >= self._fail_after:
                raise unreadable(self._path)
            await self._pace(self._chunk_size)
            data = await self._call(file.read, self._chunk_size)
            if not data:
                self._protocol.eof_received()
                return
            done += len(data)
            self._on_read(len(data))
            self._protocol.data_received(data)

    def is_reading(self) -> bool:
        return self._may_go_on.is_set() and not self._closing

    def pause_reading(self) -> None:
        self.pauses += 1
        self._may_go_on.clear()

    def resume_reading(self) -> None:
        self._may_go_on.set()

    def close(self) -> None:
        self.abort()


class FileWriting(_FileTransport, asyncio.WriteTransport):
    """Writes a file.

    Attributes:
        drains: how often it asked for more, having been full.
        closed: done when the file is closed.
    """

    _mode = "wb"

    def __init__(
        self,
        path: str,
        protocol: asyncio.Protocol,
        *,
        high_water_mark: int,
        on_written: Callable[[int], object],
        rate: float | None,
        start_delay: float,
        fail_after: int | None,
    ) -> None:
        self.drains = 0
        self._on_written = on_written
        self._start_delay = start_delay
        self._fail_after = fail_after
        self._buffer: deque[bytes] = deque()
        self._size = 0
        self._full = False
        self.set_write_buffer_limits(high_water_mark)
        super().__init__(path, protocol, rate)
        protocol.connection_made(self)

    async def _prepare(self) -> None:
        await asyncio.sleep(self._start_delay)

    async def _pump(self, file: IO[bytes]) -> None:
        done = 0
        while True:
            await self._may_go_on.wait()
            while self._buffer:
                data = self._buffer[0]
                if self._fail_after is not None and done + len(data) > self._fail_after:
                    raise disk_full(self._path)
                await self._pace(len(data))
                await self._call(_write_all, file, data)
                self._buffer.popleft()
                self._size -= len(data)
                done += len(data)
                self._on_written(len(data))
                self._maybe_resume()
            if self._closing:
                return
            self._may_go_on.clear()

    def write(self, data: Any) -> None:
        if self._closing or not data:
            return
        self._buffer.append(bytes(data))
        self._size += len(data)
        self._may_go_on.set()
        if self._size > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def _maybe_resume(self) -> None:
        if self._full and self._size <= self._low:
            self._full = False
            self.drains += 1
            self._protocol.resume_writing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = 64 * 1024 if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        return self._size

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self._closing = True
        self._may_go_on.set()


def open_reader(
    path: str, *, high_water_mark: int, **options: Any
) -> tuple[asyncio.StreamReader, FileReading]:
    """A reader of the file at `path`. The options are `FileReading`'s."""
    reader = asyncio.StreamReader(limit=high_water_mark // 2 or 1)
    return reader, FileReading(path, asyncio.StreamReaderProtocol(reader), **options)


def open_writer(
    path: str, *, high_water_mark: int, **options: Any
) -> tuple[asyncio.StreamWriter, FileWriting]:
    """A writer of the file at `path`. The options are `FileWriting`'s."""
    loop = asyncio.get_running_loop()
    # A writer's flow control comes with the protocol of a reader, whether or not one reads.
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport = FileWriting(path, protocol, high_water_mark=high_water_mark, **options)
    return asyncio.StreamWriter(transport, protocol, None, loop), transport


def _write_all(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
