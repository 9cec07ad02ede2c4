"""fs and the operating system: where its calls are made, and that nothing is left open."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams2 import fs, next_tick, once, promises, run
from streams2.io import threaded
from streams2.io.without_waiting import reader_without_waiting

from .test_fs import PROGRAMS, Program, errors_of, names

# Each of them collects all garbage, which PyPy looks for in all that there is: a few, there.
CPYTHON = sys.implementation.name == "cpython"
STEP = 1 if CPYTHON else 5


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- where the calls are made ---------------------------------------------------------------------


class SlowDisk:
    """Makes every call to the system wait until the loop has turned once more.

    Attributes:
        calls: the calls made in threads, by name.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.loop: Any = None
        self.turned = threading.Event()
        for name in ("open", "read", "pread", "write", "pwrite", "fsync", "close"):
            monkeypatch.setattr(os, name, self.slowed(name, getattr(os, name)))
        monkeypatch.setattr(threaded, "reader_without_waiting", lambda: in_no_memory)

    def slowed(self, name: str, original: Any) -> Any:
        def call(*args: Any) -> Any:
            in_thread = threading.current_thread() is not threading.main_thread()
            # Calls on the loop's own thread are not counted, and so are missed by the tests.
            if self.loop is not None and in_thread:
                self.turned.clear()
                self.loop.call_soon_threadsafe(self.turned.set)
                assert self.turned.wait(30), f"os.{name} holds up the loop"
                self.calls.append(name)
            return original(*args)

        return call


def in_no_memory(*_: Any) -> int:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def test_a_slow_disk_does_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in").write_bytes(b"abc" * 1000)
    disk = SlowDisk(monkeypatch)

    def main() -> None:
        disk.loop = asyncio.get_running_loop()
        source = fs.create_read_stream("in", high_water_mark=1000)
        source.pipe(fs.create_write_stream("out", flush=True)).on("close", over)

    def over() -> None:
        disk.loop = None

    run(main)
    assert Path("out").read_bytes() == b"abc" * 1000
    assert sorted(set(disk.calls)) == ["close", "fsync", "open", "read", "write"]
    assert disk.calls.count("read") == 4


def test_what_is_in_memory_in_part_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    read_into = reader_without_waiting()
    if read_into is None:
        pytest.skip("only Linux reads without waiting")

    def in_memory_in_part(fd: int, view: memoryview, position: int) -> int:
        return read_into(fd, view[:7], position)

    monkeypatch.setattr(threaded, "reader_without_waiting", lambda: in_memory_in_part)
    Path("in").write_bytes(bytes(range(100)))
    assert chunks_of("in", high_water_mark=30)[0] == bytes(range(30))
    assert b"".join(chunks_of("in", high_water_mark=30)) == bytes(range(100))
    assert b"".join(chunks_of("in", high_water_mark=30, start=10)) == bytes(range(10, 100))


def chunks_of(path: str, **options: Any) -> list[bytes]:
    chunks: list[bytes] = []
    run(lambda: fs.create_read_stream(path, **options).on("data", chunks.append))
    return chunks


def test_short_writes_are_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    writev, pwritev = getattr(os, "writev", None), getattr(os, "pwritev", None)
    write, pwrite = os.write, os.pwrite
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:3], at))
    if writev is not None and pwritev is not None:
        monkeypatch.setattr(os, "writev", lambda fd, data: writev(fd, [data[0][:2]]))
        monkeypatch.setattr(os, "pwritev", lambda fd, data, at: pwritev(fd, [data[0][:2]], at))
    for start in (None, 5):
        streams: list[fs.WriteStream] = []

        def main(start: int | None = start, streams: list[fs.WriteStream] = streams) -> None:
            stream = fs.create_write_stream("out", start=start)
            streams.append(stream)
            for text in ("abcde", "", "fgh", "i"):
                stream.write(text)
            stream.on("ready", lambda: next_tick(next_tick, stream.end, b"jklmnop"))

        run(main)
        assert Path("out").read_bytes() == b"\0" * (start or 0) + b"abcdefghijklmnop"
        assert streams[0].bytes_written == 16


def test_a_write_that_writes_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda *_: 0)
    monkeypatch.setattr(os, "writev", lambda *_: 0, raising=False)
    (error,) = errors_of(lambda: fs.create_write_stream("out"))
    assert error.code == "EIO"


@pytest.mark.parametrize("start", [None, 3])
def test_more_chunks_than_the_system_takes_at_once(start: int | None) -> None:
    def main() -> None:
        stream = fs.create_write_stream("out", start=start)
        for n in range(3000):
            stream.write(bytes([n % 251]))
        stream.end()

    run(main)
    assert Path("out").read_bytes()[start or 0 :] == bytes(n % 251 for n in range(3000))


def test_chunks_of_every_kind_of_bytes() -> None:
    def main() -> None:
        stream = fs.create_write_stream("out")
        stream.write(b"ab")
        stream.write(bytearray(b"cd"))
        stream.write(memoryview(b"efgh").cast("I"))
        stream.write(memoryview(b"i.j.")[::2])
        stream.write(memoryview(b"klmn").cast("B", (2, 2)))
        stream.end("\u20ac")

    run(main)
    assert Path("out").read_text("utf-8") == "abcdefghijklmn\u20ac"


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.binary(max_size=40), max_size=12),
    st.integers(1, 50),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_what_is_written_is_read(chunks: list[bytes], mark: int, start: int, length: int) -> None:
    read: list[bytes] = []

    async def main() -> None:
        stream = fs.create_write_stream("out", high_water_mark=mark)
        for chunk in chunks:
            stream.write(chunk)
        stream.end()
        await promises.finished(stream)
        end = start + length
        source = fs.create_read_stream("out", start=start, end=end, high_water_mark=mark)
        source.on("data", read.append)
        await promises.finished(source)
        assert source.bytes_read == len(b"".join(read))

    # Not `run`, which collects all garbage at its end: of a test run, that takes long.
    asyncio.run(main())
    assert b"".join(read) == b"".join(chunks)[start : start + length + 1]
    assert all(len(chunk) <= mark for chunk in read)


# -- nothing is left open -------------------------------------------------------------------------


def open_descriptors() -> list[int]:
    def is_open(fd: int) -> bool:
        try:
            os.fstat(fd)
        except OSError:
            return False
        return True

    return [fd for fd in range(256) if is_open(fd)]


_pipes: list[int] = []


def pipe_ends() -> tuple[int, int]:
    ends = os.pipe()
    _pipes.extend(ends)
    return ends


def flowing(stream: fs.ReadStream) -> fs.ReadStream:
    stream.on("data", lambda _: None)
    return stream


def endless(stream: fs.WriteStream) -> fs.WriteStream:
    def more(error: object = None) -> None:
        if error is None and not stream.destroyed:
            stream.write(b"x" * 70_000, callback=more)

    more()
    return stream


LIVES = {
    "idle reader": lambda: fs.create_read_stream("file"),
    "idle writer": lambda: fs.create_write_stream("out"),
    "busy reader": lambda: flowing(fs.create_read_stream("/dev/zero")),
    "busy writer": lambda: endless(fs.create_write_stream("/dev/null")),
    "reader of a FIFO without writer": lambda: flowing(fs.create_read_stream("fifo")),
    "writer to a FIFO without reader": lambda: endless(fs.create_write_stream("fifo")),
    "reader of a silent pipe": lambda: flowing(fs.create_read_stream(None, fd=pipe_ends()[0])),
    "writer to a full pipe": lambda: endless(fs.create_write_stream(None, fd=pipe_ends()[1])),
}


def let_threads_end() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith(("asyncio_", "streams2")):
            thread.join(30)
            assert not thread.is_alive(), thread.name


@pytest.fixture(scope="module")
def before() -> list[int]:
    """What was open before the first test of this module."""
    gc.collect()
    return open_descriptors()


@pytest.fixture(autouse=True)
def _nothing_left(before: list[int]) -> Iterator[None]:
    yield
    gc.collect()
    let_threads_end()
    while _pipes:
        with contextlib.suppress(OSError):  # one of the two was the stream's, and is closed
            os.close(_pipes.pop())
    assert open_descriptors() == before


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20, 200] if CPYTHON else [0, 5, 200])
class TestEveryDescriptorIsClosed:
    @pytest.fixture(autouse=True)
    def _files(self) -> None:
        Path("file").write_bytes(b"abc")
        os.mkfifo("fifo")

    def test_when_the_loop_shuts_down(self, life: Any, turns: int) -> None:
        kept: list[Any] = []

        async def main() -> None:
            kept.append(life())
            await turned(turns)

        asyncio.run(main())

    def test_when_a_run_fails(self, life: Any, turns: int) -> None:
        kept: list[Any] = []

        async def main() -> None:
            kept.append(life())
            await turned(turns)
            raise KeyError("failed")

        with pytest.raises(KeyError):
            run(main)

    def test_when_the_stream_is_destroyed(self, life: Any, turns: int) -> None:
        events: list[str] = []

        async def main() -> None:
            stream = life()
            stream.on("close", lambda: events.append("close"))
            stream.on("error", lambda _: events.append("error"))
            await turned(turns)
            stream.destroy()
            await close_of(stream)
            assert stream.fd is None
            assert stream.closed

        run(main)
        assert events in (["close"], ["error", "close"])

    def test_when_a_task_is_cancelled(self, life: Any, turns: int) -> None:
        async def work() -> None:
            async with life():
                await asyncio.get_running_loop().create_future()

        async def main() -> None:
            task = asyncio.ensure_future(work())
            await turned(turns + 1)
            task.cancel()
            await asyncio.wait([task])

        asyncio.run(main())

    def test_when_the_loop_is_closed_without_a_word(self, life: Any, turns: int) -> None:
        kept: list[Any] = []

        async def main() -> None:
            kept.append(life())
            await turned(turns)

        async def next_user_of_files() -> None:
            fs.create_read_stream("file").destroy()

        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
        asyncio.run(next_user_of_files())


async def close_of(stream: Any) -> None:
    """Wait for a stream to be closed, with or without an error."""
    if not stream.closed:
        closed = asyncio.get_running_loop().create_future()
        stream.on("close", lambda: closed.set_result(None))
        await closed


async def turned(turns: int) -> None:
    """Wait for the loop to turn so often, now and then with a moment for the threads."""
    for turn in range(turns):
        await asyncio.sleep(0.001 if turn % 50 == 49 else 0)


@pytest.mark.parametrize("program", PROGRAMS[::STEP], ids=names()[::STEP])
def test_no_program_leaves_a_descriptor(program: Any, tmp_path: Path) -> None:
    Program(program, tmp_path).run()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stream_that_nobody_holds_is_closed_with_a_warning() -> None:
    Path("file").write_bytes(b"abc")

    async def collected(warned: Any) -> None:
        await once(fs.create_read_stream("file"), "ready")
        # The thread that opened it may hold it a moment longer.
        for _ in range(5000):
            gc.collect()
            if len(warned):
                break
            await asyncio.sleep(0.001)

    async def main() -> None:
        with pytest.warns(ResourceWarning, match="unclosed descriptor") as warned:
            await collected(warned)

    asyncio.run(main())


@pytest.mark.parametrize("turns", range(5))
def test_a_file_that_was_opened_for_a_run_that_failed_meanwhile(turns: int) -> None:
    class FailureError(Exception):
        pass

    async def reading() -> None:
        stream = fs.create_read_stream(__file__)
        await once(stream, "ready")
        await once(stream, "close")

    async def failing(pool: ThreadPoolExecutor) -> None:
        # The file was opened before this is called: the loop is yet to hear of it.
        pool.submit(lambda: None).result()
        for _ in range(turns):
            await asyncio.sleep(0)
        raise FailureError

    async def main() -> None:
        pool = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(pool)
        await asyncio.gather(reading(), failing(pool))

    with pytest.raises(FailureError):
        run(main)


def test_silent_peers_hold_up_nobody_else() -> None:
    Path("file").write_bytes(b"abc")
    seen: list[bytes] = []

    async def main() -> None:
        fifos = []
        for n in range(64):
            os.mkfifo(f"fifo{n}")
            fifos.append(flowing(fs.create_read_stream(f"fifo{n}")))
        fds = [pipe_ends()[0] for _ in range(64)]
        fifos += [flowing(fs.create_read_stream(None, fd=fd)) for fd in fds]
        await turned(20)
        file = fs.create_read_stream("file")
        file.on("data", seen.append)
        await close_of(file)
        for stream in fifos:
            stream.destroy()

    run(main)
    assert seen == [b"abc"]


def test_close_closes_a_finished_stream_that_does_not_close_itself() -> None:
    events: list[str] = []

    def main() -> None:
        stream = fs.create_write_stream("out", auto_close=False)
        for event in ("finish", "close"):
            stream.on(event, lambda event=event: events.append(event))
        stream.on("finish", lambda: next_tick(stream.close, lambda _: events.append("called")))
        stream.end(b"x")

    run(main)
    assert events == ["finish", "close", "called"]


def test_a_descriptor_that_the_user_goes_on_with_outlives_the_loop() -> None:
    fd = os.open("out", os.O_WRONLY | os.O_CREAT)

    def main() -> None:
        fs.create_write_stream(None, fd=fd, auto_close=False).end(b"one")

    run(main)
    gc.collect()
    os.write(fd, b", two")
    os.close(fd)
    assert Path("out").read_bytes() == b"one, two"


def test_no_run_waits_for_an_idle_file() -> None:
    Path("file").write_bytes(b"abc")
    streams: list[Any] = []

    def main() -> None:
        streams.extend([fs.create_read_stream("file"), fs.create_write_stream("out")])

    run(main)
    assert [stream.destroyed for stream in streams] == [False, False]


@pytest.mark.parametrize("leave_after", [1, 3, 99])
def test_iteration_closes_the_file(leave_after: int) -> None:
    Path("file").write_bytes(b"abcdefgh")

    async def main() -> tuple[list[bytes], bool]:
        chunks: list[bytes] = []
        stream = fs.create_read_stream("file", high_water_mark=3)
        async for chunk in stream:
            chunks.append(chunk)
            if len(chunks) == leave_after:
                break
        gc.collect()  # Where the interpreter counts no references, this is when the loop is left.
        await close_of(stream)
        return chunks, stream.fd is None

    assert asyncio.run(main()) == ([b"abc", b"def", b"gh"][:leave_after], True)
