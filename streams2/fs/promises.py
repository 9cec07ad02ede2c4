"""Files that are opened first, and made streams of then. Node: fs/promises

>>> import os, tempfile
>>> from streams2 import run
>>> path = os.path.join(tempfile.mkdtemp(), "greeting.txt")
>>> async def main():
...     async with await open(path, "w+") as file:
...         file.create_write_stream(auto_close=False).end("hello, world")
...     async with await open(path) as file:
...         return [chunk async for chunk in file.create_read_stream(start=7)]
>>> run(main)
[b'world']

Not here: what else Node's handles and `fs/promises` can do. `pathlib.Path` reads, writes, lists and
removes files, and `asyncio.to_thread` does it beside the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Callable, TypedDict, TypeVar, overload

from ..events.abort import AbortSignal
from ..events.naming import by_name
from ..io.file_systems import open_and_remember
from ..io.handles import Handle
from ..io.offload import in_own_thread
from ..io.system_errors import told
from ..io.worker import in_pool
from ..iter import Batch
from ..iter.pulling import Pipeline, SyncPipeline
from ..iter.signals import checked
from ..iter.transforms import Transform, plan_of
from ..loop.ticks import running_loop
from ..streams.finished import settled
from .arguments import FilePath, check_path, parse_flags, parse_mode
from .iterable import CHUNK_SIZE, FilePulls, FileWriter
from .opened import OpenFile
from .streams import ReadStream, WriteStream

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["FileHandle", "open"]

T = TypeVar("T")


class _Options(TypedDict, total=False):
    auto_close: bool
    emit_close: bool
    start: int | None
    high_water_mark: int | None
    signal: AbortSignal | None


class _ReadOptions(_Options, total=False):
    end: float | None


class _WriteOptions(_Options, total=False):
    encoding: str | None
    flush: bool


class FileHandle(OpenFile):
    """An open file. Use `open`.

    It is closed by `close`, at the end of an ``async with``, or by a stream made of it that is not
    told ``auto_close=False``; then it emits ``'close'``, and its `fd` is -1.

    Node: FileHandle
    """

    @overload
    def create_read_stream(
        self, *, encoding: None = ..., **options: Unpack[_ReadOptions]
    ) -> ReadStream[bytes]: ...
    @overload
    def create_read_stream(
        self, *, encoding: str, **options: Unpack[_ReadOptions]
    ) -> ReadStream[str]: ...
    @by_name
    def create_read_stream(
        self, *, encoding: str | None = None, **options: Unpack[_ReadOptions]
    ) -> ReadStream[bytes] | ReadStream[str]:
        """Read the file: from where it stands, or from `start` on.

        Args:
            encoding, options: as for `fs.create_read_stream`: `auto_close`, `emit_close`, `start`,
                `end`, `high_water_mark`, `signal`.

        Raises:
            OutOfRangeError: the file is closed; or an option is too small or too large.
            InvalidArgTypeError: an option is of the wrong type.

        Node: filehandle.createReadStream
        """
        return ReadStream(None, fd=self, encoding=encoding, **options)

    @by_name
    def create_write_stream(self, **options: Unpack[_WriteOptions]) -> WriteStream:
        """Write the file: where it stands, or from `start` on.

        Args:
            options: as for `fs.create_write_stream`: `encoding`, `auto_close`, `emit_close`,
                `start`, `flush`, `high_water_mark`, `signal`.

        Raises:
            OutOfRangeError, InvalidArgTypeError: as for `create_read_stream`.

        Node: filehandle.createWriteStream
        """
        return WriteStream(None, fd=self, **options)

    def pull(
        self,
        *transforms: Transform,
        start: int | None = None,
        limit: int | None = None,
        chunk_size: int = CHUNK_SIZE,
        auto_close: bool = False,
        signal: AbortSignal | None = None,
    ) -> AsyncIterable[Batch]:
        """Read the file as an iterable stream: nothing is read before it is asked for.

        The file is locked until all is read, or the reader leaves.

        Args:
            transforms: what is done to it: see `streams2.iter.pull`.
            start: where to begin; None for where the file stands.
            limit: how many bytes to read at most; None for all.
            chunk_size: how many to read at a time (default 131,072).
            auto_close: whether to close the file afterwards.
            signal: stops it, for its reason.

        Returns:
            An async iterable of batches.

        Raises:
            InvalidStateError: the file is closed, or locked.
            InvalidArgTypeError: an argument is of the wrong type.
            OutOfRangeError: a number is too small.

        Node: filehandle.pull
        """
        plan = plan_of(transforms)
        checked(signal)
        pulls = FilePulls(self, start, limit, chunk_size)
        if signal is not None and signal.aborted:
            self.locked = False
        return Pipeline(pulls.batches(auto_close), plan, signal)

    def pull_sync(
        self,
        *transforms: Transform,
        start: int | None = None,
        limit: int | None = None,
        chunk_size: int = CHUNK_SIZE,
        auto_close: bool = False,
    ) -> Iterable[Batch]:
        """The same, without waiting.

        Args:
            transforms: what is done to it: see `streams2.iter.pull_sync`.
            start: where to begin; None for where the file stands.
            limit: how many bytes to read at most; None for all.
            chunk_size: how many to read at a time (default 131,072).
            auto_close: whether to close the file afterwards.

        Returns:
            An iterable of batches.

        Raises:
            InvalidStateError, InvalidArgTypeError, OutOfRangeError: as for `pull`.

        Node: filehandle.pullSync
        """
        plan = plan_of(transforms)
        pulls = FilePulls(self, start, limit, chunk_size)
        return SyncPipeline(pulls.batches_sync(auto_close), plan)

    def writer(
        self,
        *,
        start: int | None = None,
        limit: int | None = None,
        chunk_size: int = CHUNK_SIZE,
        auto_close: bool = False,
    ) -> FileWriter:
        """A writer of the file, for `streams2.iter.pipe_to` or to be used by hand.

        The file is locked until the writer is ended, or fails.

        Args:
            start: where to begin; None for where the file stands.
            limit: how many bytes may be written; None for any number.
            chunk_size: not used yet, as in Node.
            auto_close: whether to close the file afterwards.

        Raises:
            InvalidStateError: the file is closed, or locked.
            InvalidArgTypeError: an argument is of the wrong type.
            OutOfRangeError: a number is too small.

        Node: filehandle.writer
        """
        return FileWriter(self, start, limit, chunk_size, auto_close)

    async def close(self) -> None:
        """Close the file. What was accepted by a stream that writes it is written before.

        A stream that reads it is destroyed; in Node it is waited for. A second call does nothing.

        Raises:
            OSError: what the system says to it.

        Node: filehandle.close
        """
        for stream in list(self.streams):
            if not stream.destroyed:
                await _end(stream)
        await _answer_of(self.handle.close)
        self.was_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()


async def _answer_of(function: Callable[..., T], *args: object, own_thread: bool = False) -> T:
    """What `function` answers in a thread: one of its own, if it may block for ever."""
    future: asyncio.Future[T] = running_loop().create_future()

    def answered(error: Exception | None, result: T) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    (in_own_thread if own_thread else in_pool)(answered, function, *args)
    return await future


async def _end(stream: object) -> None:
    if isinstance(stream, WriteStream):
        if not stream.writable_ended:
            stream.end()
        # Its error is its own: it has been emitted.
        await settled(stream, cleanup=True)
    elif isinstance(stream, ReadStream):
        stream.destroy()
        await settled(stream, cleanup=True)


@by_name
async def open(  # noqa: A001  # it is called so in Node
    path: FilePath, flags: str | int = "r", mode: int | str = 0o666
) -> FileHandle:
    """Open a file.

    Args:
        path: the file.
        flags: how to open it (default ``"r"``): Node's letters, or `os.open`'s bits.
        mode: permissions, if it is created (default ``0o666``, less the umask).

    Returns:
        The open file. Close it: nobody else does, unless a stream is made of it.

    Raises:
        InvalidArgTypeError, InvalidArgValueError, OutOfRangeError: an argument will not do.
        OSError: it cannot be opened; the error has Node's `code` and `syscall` as well.

    Node: fsPromises.open
    """
    plain, bits, permissions = check_path(path), parse_flags(flags), parse_mode(mode)
    handle = Handle()
    handle.belong_to_loop()
    try:
        if not await _answer_of(open_and_remember, handle, plain, bits, permissions):
            await _answer_of(handle.open, plain, bits, permissions, own_thread=True)
    except OSError as error:
        raise told(error, "open", plain) from None
    except asyncio.CancelledError:
        handle.interrupt()
        handle.close()
        raise
    return FileHandle(handle)
