"""The system says no where it hardly ever does: that is told, and all is closed."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import Readable, StreamPrematureCloseError, Writable, fs, promises, run
from streams2.io.handles import Handle
from streams2.io.polled import PolledReader, PolledWriter

from .test_interop import connection

if not hasattr(os, "mkfifo"):
    pytest.skip("has no FIFOs", allow_module_level=True)


def refuse(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def after(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which fails from so many calls on."""
    made = 0

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal made
        made += 1
        return function(*args, **kwargs) if made <= calls else refuse()

    return counted


def open_descriptors() -> set[str]:
    return set(os.listdir("/dev/fd"))


@pytest.fixture(params=["file", "FIFO"])
def path(request: Any, tmp_path: Path) -> Iterator[Path]:
    """A file to be read or written; a FIFO with something in it."""
    made = tmp_path / "it"
    if request.param == "file":
        made.write_bytes(b"content")
        yield made
        return
    os.mkfifo(made)
    other_end = os.open(made, os.O_RDWR)
    os.write(other_end, b"content")
    yield made
    os.close(other_end)


async def settled(stream: Any) -> BaseException | None:
    """What the stream failed with, if it did, before long."""
    if isinstance(stream, Readable):
        stream.resume()
    else:
        stream.end(b"x")
    try:
        await asyncio.wait_for(promises.finished(stream), 5)
    except StreamPrematureCloseError:
        return None
    except OSError as error:
        return error
    return None


@pytest.mark.parametrize("name", ["fstat", "set_blocking", "get_blocking"])
@pytest.mark.parametrize("calls", [0, 1, 2])
@pytest.mark.parametrize("make", [fs.create_read_stream, fs.create_write_stream])
def test_a_call_after_the_open_that_fails(
    name: str, calls: int, make: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        stream = make(path, flags="r+") if path.is_fifo() else make(path)
        if path.is_fifo() and isinstance(stream, Readable):
            # Its other end stays open, so that it would never end of itself.
            stream.once("data", lambda chunk: stream.destroy())
        error = await settled(stream)
        assert stream.closed
        if error is not None:
            assert (error.errno, error.code) == (errno.EIO, "EIO")
            assert stream.errored is error

    before = open_descriptors()
    monkeypatch.setattr(os, name, after(calls, getattr(os, name)))
    run(main)
    monkeypatch.undo()
    assert open_descriptors() == before


def test_a_descriptor_that_is_none_says_so_as_in_node() -> None:
    async def main() -> Any:
        return await settled(fs.create_read_stream(None, fd=987, auto_close=False))

    error = run(main)
    assert (error.code, error.syscall) == ("EBADF", "read")


@pytest.mark.parametrize("make", [fs.create_read_stream, fs.create_write_stream])
@pytest.mark.parametrize("kind", ["file", "device"])
def test_no_thread_can_be_started(
    make: Any, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    path = tmp_path / "file"
    path.write_bytes(b"content")

    async def main() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            stream = make("/dev/tty" if kind == "device" else path)
            stream.on("error", lambda error: None)
            with pytest.raises((RuntimeError, OSError)):
                await asyncio.wait_for(promises.finished(stream), 5)
            assert stream.closed

    run(main)


def test_a_failure_in_a_thread_that_is_no_oserror_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*args: Any) -> Any:
        raise MemoryError

    path = tmp_path / "file"
    path.write_bytes(b"content")
    monkeypatch.setattr("streams2.io.threaded._read_at", no_memory)
    monkeypatch.setattr("streams2.io.threaded._write_some", no_memory)
    monkeypatch.setattr("streams2.io.threaded.reader_without_waiting", lambda: None)

    async def main() -> None:
        for stream in (fs.create_read_stream(path, start=0), fs.create_write_stream(path)):
            if isinstance(stream, Readable):
                stream.resume()
            else:
                stream.end(b"x")
            with pytest.raises(MemoryError):
                await asyncio.wait_for(promises.finished(stream), 5)
            assert stream.closed

    run(main)


@pytest.mark.parametrize("side", ["read", "write"])
def test_a_loop_that_cannot_watch_a_descriptor(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "add_reader", refuse)
        monkeypatch.setattr(loop, "add_writer", refuse)
        answered = loop.create_future()

        def answer(*answer: Any) -> None:
            answered.set_result(answer)

        handle = Handle(ours if side == "read" else theirs, owned=False)
        if side == "read":
            PolledReader(handle).read(10, None, answer)
        else:
            PolledWriter(handle).write([memoryview(bytes(1 << 20))], None, answer)
        error, *_ = await asyncio.wait_for(answered, 5)
        return error

    error = run(main)
    assert error.errno == errno.EIO
    for fd in (ours, theirs):
        os.close(fd)


# -- asyncio's connections ----------------------------------------------------------------------


async def closing(stream: Any) -> None:
    closed = asyncio.Event()
    stream.on("close", closed.set)
    if not stream.closed:
        await asyncio.wait_for(closed.wait(), 5)


@pytest.mark.parametrize("size", [0, 10_000_000])
@pytest.mark.parametrize("wait", [0, 0.05])
def test_a_writer_destroyed_while_it_closes(size: int, wait: float) -> None:
    async def main() -> None:
        over = asyncio.Event()

        async def serve(reader: Any, writer: Any) -> None:
            await over.wait()

        async with connection(serve) as (_, writer):
            stream: Any = Writable.from_writer(writer)
            stream.on("error", ignore)
            waiting = asyncio.ensure_future(writer.wait_closed())
            stream.end(bytes(size))
            await asyncio.sleep(wait)
            stream.destroy()
            await closing(stream)
            await asyncio.wait([waiting], timeout=5)
            assert waiting.done()
            assert not waiting.cancelled()
            over.set()

    asyncio.run(main())


def test_somebody_else_who_waited_for_the_close_is_cancelled() -> None:
    async def main() -> None:
        over = asyncio.Event()

        async def serve(reader: Any, writer: Any) -> None:
            await over.wait()

        async with connection(serve) as (_, writer):
            stream: Any = Writable.from_writer(writer)
            stream.on("error", ignore)
            waiting = asyncio.ensure_future(writer.wait_closed())
            stream.end(bytes(10_000_000))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.sleep(0.05)
            stream.destroy()
            await closing(stream)
            over.set()

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
def test_the_errors_of_a_connection_have_codes() -> None:
    async def main() -> list[Any]:
        over = asyncio.Event()
        heard: list[Any] = []

        async def serve(reader: Any, writer: Any) -> None:
            await over.wait()
            writer.transport.abort()

        async with connection(serve) as (reader, writer):
            source, sink = Readable.from_reader(reader), Writable.from_writer(writer)
            for stream in (source, sink):
                stream.on("error", heard.append)
            source.resume()
            for _ in range(100):
                sink.write(bytes(100_000))
            await asyncio.sleep(0.05)
            over.set()
            await closing(sink)
            await closing(source)
        return heard

    errors = asyncio.run(main())
    assert errors
    for error in errors:
        assert isinstance(error, ConnectionError)
        assert error.code in ("ECONNRESET", "EPIPE")
        assert error.message == f"{error.syscall} {error.code}"
    syscalls = [error.syscall for error in errors]
    assert sorted(syscalls) == sorted({*syscalls})


def ignore(error: BaseException) -> None:
    """Hear an error that another part of the test looks at."""
