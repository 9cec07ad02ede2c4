"""Streams as asyncio's streams and as files, and the other way round."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import tarfile
import threading
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2 import (
    Duplex,
    InvalidArgTypeError,
    NoRunningLoopError,
    Readable,
    Writable,
    consumers,
    promises,
    run,
)

from .support import BoomError, Sink, Source
from .twins import turn

LARGE = bytes(range(256)) * 4096


@asynccontextmanager
async def connection(serve: Any) -> Any:
    """A reader and a writer that are connected to `serve`, over a real socket."""
    serving: list[Any] = []

    async def accept(reader: Any, writer: Any) -> None:
        serving.append(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        try:
            yield reader, writer
        finally:
            writer.close()
            await asyncio.wait(serving)
            await turn()


async def in_thread(function: Any, *args: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *args)


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.001)


# -- a stream of an asyncio reader, into an asyncio writer --------------------------------------


def test_what_a_server_sends_can_be_read() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        writer.write(LARGE)
        writer.close()

    async def main() -> bytes:
        async with connection(serve) as (reader, writer):
            stream = Readable.from_reader(reader)
            assert not stream.readable_object_mode
            got = await consumers.buffer(stream)
            writer.close()
            return got

    assert run(main) == LARGE


def test_what_is_written_reaches_the_server_before_finish() -> None:
    got: list[bytes] = []

    async def main() -> None:
        served = asyncio.get_running_loop().create_future()

        async def serve(reader: Any, writer: Any) -> None:
            got.append(await reader.read())
            writer.close()
            served.set_result(None)

        async with connection(serve) as (_, writer):
            sink = Writable.from_writer(writer)
            await promises.pipeline(Readable.from_([LARGE, b"end"]), sink)
            assert sink.writable_finished
            assert writer.transport.is_closing()
            await served

    run(main)
    assert got == [LARGE + b"end"]


def test_a_pair_of_them_is_a_connection_that_stays_half_open() -> None:
    async def shout(reader: Any, writer: Any) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    async def main() -> str:
        async with connection(shout) as (reader, writer):
            sink = Writable.from_writer(writer, close=False)
            both = Duplex.from_({"readable": Readable.from_reader(reader), "writable": sink})
            both.end("come in")
            answer = await consumers.text(both)
            writer.close()
            return answer

    assert run(main) == "COME IN"


class OneWay(asyncio.Transport):
    """A connection whose two directions can only be closed together, as one over TLS."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []
        self.closing = False

    def write(self, data: Any) -> None:
        self.calls.append(bytes(data))

    def writelines(self, chunks: Any) -> None:
        self.calls.extend(map(bytes, chunks))

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        self.calls.append("eof")

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.calls.append("close")
        self.closing = True


def test_a_connection_that_cannot_be_half_closed_is_not_told_of_the_end() -> None:
    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        transport = OneWay()
        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        sink = Writable.from_writer(
            asyncio.StreamWriter(transport, protocol, None, loop), close=False
        )
        sink.end(b"all")
        await promises.finished(sink)
        assert sink.writable_finished
        calls = [*transport.calls]
        transport.close()
        return calls

    assert run(main) == [b"all"]


def test_back_pressure_reaches_a_slow_server_s_client() -> None:
    async def main() -> tuple[int, int]:
        go = asyncio.Event()
        received = 0

        async def serve(reader: Any, writer: Any) -> None:
            nonlocal received
            await go.wait()
            received = len(await reader.read())
            writer.close()

        async with connection(serve) as (_, writer):
            sink = Writable.from_writer(writer)
            written = 0

            def count() -> Any:
                nonlocal written
                for _ in range(64):
                    written += len(LARGE)
                    yield LARGE

            work = asyncio.ensure_future(promises.pipeline(Readable.from_(count()), sink))
            await until(
                lambda: sink.writable_need_drain and writer.transport.get_write_buffer_size()
            )
            for _ in range(50):
                await turn()
            held_up = written
            go.set()
            await work
        await until(lambda: received)
        return held_up, received

    held_up, received = run(main)
    assert received == 64 * len(LARGE)
    assert held_up < received


def test_a_connection_that_breaks_fails_both_streams() -> None:
    async def hang_up(reader: Any, writer: Any) -> None:
        await reader.read(1)
        writer.transport.abort()

    async def main() -> list[type]:
        async with connection(hang_up) as (reader, writer):
            source, sink = Readable.from_reader(reader), Writable.from_writer(writer)
            failures: list[Any] = []
            sink.on("error", failures.append)
            source.on("error", failures.append)
            source.resume()
            write_on = Readable.from_(iter(lambda: LARGE, None))
            write_on.on("error", lambda error: None)
            write_on.pipe(sink)
            await until(lambda: sink.closed and source.closed)
            write_on.destroy()
            return failures

    failures = run(main)
    assert failures
    assert all(isinstance(error, ConnectionError) for error in failures)


def test_a_destroyed_writable_aborts_its_connection() -> None:
    async def main() -> tuple[bool, Any]:
        lost = asyncio.get_running_loop().create_future()

        async def serve(reader: Any, writer: Any) -> None:
            try:
                while await reader.read(1024):
                    pass
            finally:
                writer.close()
                lost.set_result(None)

        async with connection(serve) as (_, writer):
            sink = Writable.from_writer(writer)
            sink.write(LARGE * 16)
            await turn()
            told: list[Any] = []
            sink.on("error", told.append)
            sink.destroy(BoomError("boom"))
            await until(lambda: sink.closed)
            await asyncio.wait([lost])
            lost.exception()
            return writer.transport.is_closing(), told

    closing, told = run(main)
    assert closing
    assert [str(error) for error in told] == ["boom"]


def test_a_destroyed_readable_leaves_the_connection_to_its_owner() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        writer.write(b"first")
        writer.write(await reader.read(1))
        writer.close()

    async def main() -> bytes:
        async with connection(serve) as (reader, writer):
            stream = Readable.from_reader(reader)
            stream.once("data", lambda chunk: stream.destroy())
            await until(lambda: stream.closed)
            writer.write(b"2")
            rest: bytes = await reader.read()
            writer.close()
            return rest

    assert run(main) == b"2"


@pytest.mark.parametrize("make", [Readable.from_reader, Writable.from_writer])
def test_what_is_no_asyncio_stream_is_refused(make: Any) -> None:
    for wrong in (None, io.BytesIO(), Source()):
        with pytest.raises(InvalidArgTypeError, match=r"reader|writer"):
            make(wrong)


# -- an asyncio reader of a stream, an asyncio writer into one ----------------------------------


def test_a_reader_reads_lines_and_exact_numbers_of_bytes() -> None:
    async def main() -> list[Any]:
        source = Source()
        reader = source.as_reader()
        for chunk in ("four", "one\n", "two", "\nthree", None):
            source.push(chunk)
        return [await reader.readexactly(4), *[line async for line in reader], reader.at_eof()]

    assert run(main) == [b"four", b"one\n", b"two\n", b"three", True]


def test_a_reader_pauses_its_stream_when_it_has_enough() -> None:
    async def main() -> tuple[int, bytes]:
        made = 0

        def count() -> Any:
            nonlocal made
            while made < 1000:
                made += 1
                yield b"x" * 100

        reader = Readable.from_(count()).as_reader(limit=500)
        for _ in range(200):
            await turn()
        return made, await reader.read(-1)

    made, everything = run(main)
    assert made < 20
    assert len(everything) == 100_000


def test_a_reader_raises_what_its_stream_failed_with() -> None:
    async def main() -> None:
        source = Source()
        reader = source.as_reader()
        waiting = asyncio.ensure_future(reader.read(100))
        await turn()
        source.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await waiting

    run(main)


def test_a_reader_takes_no_objects() -> None:
    async def main() -> None:
        reader = Readable.from_([5]).as_reader()
        with pytest.raises(InvalidArgTypeError, match="chunk"):
            await reader.read()

    run(main)


def test_a_writer_waits_for_drain_and_for_the_end() -> None:
    async def main() -> list[Any]:
        held: list[Any] = []
        sink = Sink(high_water_mark=4, finish=held.append)
        writer = sink.as_writer()
        writer.write(b"abc")
        await writer.drain()
        writer.write(bytearray(b"d"))
        writer.write(b"e")
        assert writer.can_write_eof()
        drained = asyncio.ensure_future(writer.drain())
        await turn()
        waits = drained.done()
        assert writer.transport.get_write_buffer_size() == 5
        held.pop()()
        for _ in range(2):
            await turn()
            held.pop()()
        await drained
        writer.write_eof()
        writer.close()
        await writer.wait_closed()
        return [waits, sink.got, writer.is_closing(), sink.writable_finished]

    assert run(main) == [False, [b"abc", b"d", b"e"], True, True]


def test_a_writer_that_is_closed_ends_its_stream() -> None:
    async def main() -> list[Any]:
        sink = Sink()
        writer = sink.as_writer()
        writer.write(b"abc")
        assert not writer.is_closing()
        writer.close()
        assert writer.is_closing()
        writer.close()
        await writer.wait_closed()
        return [sink.got, sink.writable_finished]

    assert run(main) == [[b"abc"], True]


def test_a_drain_of_what_others_wrote_does_not_concern_a_writer() -> None:
    async def main() -> list[Any]:
        held: list[Any] = []
        sink = Sink(high_water_mark=4, finish=held.append)
        writer = sink.as_writer()
        drains: list[Any] = []
        sink.on("drain", lambda: drains.append(len(sink.got)))
        sink.write(b"others")
        held.pop()()
        await turn()
        writer.write(b"ours")
        drained = asyncio.ensure_future(writer.drain())
        await turn()
        waits = not drained.done()
        held.pop()()
        await drained
        writer.close()
        await writer.wait_closed()
        return [drains, waits, sink.got]

    assert run(main) == [[1, 2], True, [b"others", b"ours"]]


def test_a_writer_raises_what_its_stream_failed_with() -> None:
    async def main() -> None:
        sink = Sink(high_water_mark=1, finish=lambda done: None)
        writer = sink.as_writer()
        writer.write(b"abc")
        waiting = asyncio.ensure_future(writer.drain())
        await turn()
        sink.destroy(BoomError("boom"))
        with pytest.raises((BoomError, ConnectionResetError)):
            await waiting
        with pytest.raises(BoomError):
            await writer.wait_closed()

    run(main)


def test_an_aborted_writer_destroys_its_stream() -> None:
    async def main() -> bool:
        sink = Sink(finish=lambda done: None)
        writer = sink.as_writer()
        writer.write(b"abc")
        writer.transport.abort()
        with pytest.raises(Exception, match="Premature"):
            await writer.wait_closed()
        return sink.destroyed

    assert run(main)


# -- a stream of a file, into a file ------------------------------------------------------------


def test_a_file_is_read_and_closed(tmp_path: Any) -> None:
    path = tmp_path / "data"
    path.write_bytes(LARGE)
    with path.open("rb", buffering=0) as file, path.open("rb") as kept:
        assert run(lambda: consumers.buffer(Readable.from_file(file))) == LARGE
        assert file.closed
        assert run(lambda: consumers.buffer(Readable.from_file(kept, close=False))) == LARGE
        assert not kept.closed


class Blocking(io.RawIOBase):
    """A file whose reads wait until they are let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()
        self.threads: set[str] = set()
        self.open_while_reading = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.threads.add(threading.current_thread().name)
        self.asked.set()
        self.go.wait()
        self.open_while_reading = not self.closed
        return b"late"


def test_a_slow_file_does_not_block_the_loop_and_is_closed_after_its_read() -> None:
    async def main() -> Blocking:
        file = Blocking()
        stream = Readable.from_file(file).resume()
        await until(file.asked.is_set)
        stream.on("error", lambda error: None)
        stream.destroy()
        await turn()
        assert not stream.closed
        file.go.set()
        await until(lambda: stream.closed)
        return file

    file = run(main)
    assert threading.current_thread().name not in file.threads
    assert file.open_while_reading
    assert file.closed


class BlockingWrite(io.RawIOBase):
    """A file whose write takes until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()
        self.open_while_writing = False

    def write(self, data: Any) -> int:
        self.asked.set()
        self.go.wait()
        self.open_while_writing = not self.closed
        return len(data)


def test_a_file_is_closed_after_a_slow_write_when_its_stream_is_destroyed() -> None:
    async def main() -> BlockingWrite:
        file = BlockingWrite()
        stream = Writable.to_file(file)
        stream.write(b"slow")
        await until(file.asked.is_set)
        stream.destroy()
        await turn()
        assert not stream.closed
        file.go.set()
        await until(lambda: stream.closed)
        return file

    file = run(main)
    assert file.open_while_writing
    assert file.closed


def test_a_file_that_is_not_ours_to_close_stays_open() -> None:
    with io.BytesIO() as file:
        run(
            lambda: promises.pipeline(
                Readable.from_(["a", "b"]), Writable.to_file(file, close=False)
            )
        )
        assert file.getvalue() == b"ab"


class BareFile:
    """Nothing but a `write`."""

    def __init__(self) -> None:
        self.got = b""

    def write(self, data: Any) -> int:
        self.got += bytes(data)
        return len(data)


def test_a_file_needs_no_more_than_to_be_written() -> None:
    file: Any = BareFile()
    run(lambda: promises.pipeline(Readable.from_(["a", "b"]), Writable.to_file(file, close=False)))
    assert file.got == b"ab"


def test_an_error_of_the_file_is_the_stream_s() -> None:
    async def main() -> None:
        broken = gzip.GzipFile(fileobj=io.BytesIO(b"this is no gzip"))
        with pytest.raises(OSError, match="gzip"):
            await consumers.buffer(Readable.from_file(broken))
        assert broken.closed

    run(main)


def test_a_file_is_written_in_order_and_closed(tmp_path: Any) -> None:
    path = tmp_path / "data"
    with path.open("wb", buffering=0) as file:
        chunks = [b"ab", memoryview(b"cdef")[::2], "é", LARGE]
        run(lambda: promises.pipeline(Readable.from_(chunks), Writable.to_file(file)))
        assert file.closed
    assert path.read_bytes() == b"abce" + "é".encode() + LARGE


def test_a_file_that_cannot_be_written_fails_its_stream(tmp_path: Any) -> None:
    path = tmp_path / "data"
    path.touch()
    with path.open("rb", buffering=0) as file, pytest.raises(OSError, match="not open for writing"):
        run(lambda: promises.pipeline(Readable.from_(["a"]), Writable.to_file(file)))


class NotReady(io.RawIOBase):
    def read(self, size: int = -1) -> None:
        return None

    def write(self, data: Any) -> None:
        return None


def test_a_file_that_does_not_block_is_refused() -> None:
    with pytest.raises(BlockingIOError):
        run(lambda: consumers.buffer(Readable.from_file(NotReady())))
    with pytest.raises(BlockingIOError):
        run(lambda: promises.pipeline(Readable.from_(["a"]), Writable.to_file(NotReady())))


@pytest.mark.parametrize("wrong", [None, io.StringIO("text"), b"bytes"])
def test_what_is_no_binary_file_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgTypeError, match="file"):
        Readable.from_file(wrong)
    with pytest.raises(InvalidArgTypeError, match="file"):
        Writable.to_file(wrong)


# -- a file of a stream -------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(st.binary(max_size=20), max_size=10), st.integers(1, 30))
def test_whatever_the_chunks_the_file_has_all_bytes(chunks: list[bytes], size: int) -> None:
    async def main() -> bytes:
        def read(file: Any) -> bytes:
            return b"".join(iter(lambda: file.read(size), b""))

        return await in_thread(read, Readable.from_(chunks).as_file())  # type: ignore[no-any-return]

    assert run(main) == b"".join(chunks)


def test_a_tar_file_is_read_from_a_stream() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        content = "name,count\nä,1\nb,2\n".encode()
        member = tarfile.TarInfo("table.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))

    def rows(file: Any) -> Any:
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            member = archive.next()
            assert member is not None
            table: Any = archive.extractfile(member)
            return list(csv.reader(table.read().decode().splitlines()))

    async def main() -> Any:
        whole = packed.getvalue()
        chunks = [whole[at : at + 7] for at in range(0, len(whole), 7)]
        return await in_thread(rows, Readable.from_(chunks).as_file())

    assert run(main) == [["name", "count"], ["ä", "1"], ["b", "2"]]


def test_text_is_read_line_by_line_from_a_stream() -> None:
    def rows(file: Any) -> Any:
        lines = io.TextIOWrapper(io.BufferedReader(file), "utf-8", newline="")
        return list(csv.reader(lines))

    async def main() -> Any:
        return await in_thread(rows, Readable.from_(["name,co", "unt\nä", ",1"]).as_file())

    assert run(main) == [["name", "count"], ["ä", "1"]]


def test_no_more_is_taken_from_the_stream_than_is_read() -> None:
    async def main() -> int:
        taken = 0

        def count() -> Any:
            nonlocal taken
            while True:
                taken += 1
                yield b"ab"

        file = Readable.from_(count()).as_file()
        assert await in_thread(file.read, 2) == b"ab"
        for _ in range(50):
            await turn()
        await in_thread(file.close)
        return taken

    assert run(main) < 6


def test_an_error_of_the_stream_is_raised_by_the_file() -> None:
    async def main() -> None:
        source = Source()
        file = source.as_file()
        source.push(b"ab")
        assert await in_thread(file.read, 2) == b"ab"
        waiting = asyncio.ensure_future(in_thread(file.read, 2))
        await turn()
        source.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await waiting

    run(main)


def test_a_stream_that_fails_before_the_file_is_read_still_tells_it() -> None:
    async def main() -> None:
        source = Source()
        file = source.as_file()
        source.destroy(BoomError("boom"))
        await turn()
        with pytest.raises(BoomError):
            await in_thread(file.read)

    run(main)


def test_to_close_the_file_destroys_the_stream() -> None:
    async def main() -> bool:
        source = Source()
        file = source.as_file()
        source.push(b"ab")
        await in_thread(file.close)
        file.close()
        await turn()
        with pytest.raises(ValueError, match="closed"):
            file.read(1)
        return source.destroyed

    assert run(main)


def test_a_file_says_what_it_is() -> None:
    async def main() -> list[bool]:
        readable, writable = Source().as_file(), Sink().as_writable_file()
        answers = [
            *(readable.readable(), readable.writable(), readable.seekable()),
            *(writable.readable(), writable.writable(), writable.seekable()),
        ]
        readable.close()
        writable.close()
        return answers

    assert run(main) == [True, False, False, False, True, False]


def test_in_the_thread_of_its_stream_a_file_refuses_to_block() -> None:
    async def main() -> None:
        for file, use in [(Source().as_file(), "read"), (Sink().as_writable_file(), "write")]:
            with pytest.raises(RuntimeError, match="thread"):
                getattr(file, use)(b"" if use == "write" else 1)
            file.close()

    run(main)


def test_when_the_loop_has_gone_a_file_says_so() -> None:
    async def main() -> Any:
        return Source().as_file(), Sink().as_writable_file()

    source, sink = run(main)
    with pytest.raises(OSError, match="ancel"):
        source.read(1)
    with pytest.raises(OSError, match="ancel"):
        sink.write(b"a")
    source.close()
    with pytest.raises(OSError, match="ancel"):
        sink.close()


def test_a_loop_that_ends_lets_go_of_a_thread_that_waits() -> None:
    failures: list[BaseException] = []

    def read(file: Any) -> None:
        try:
            file.read(1)
        except OSError as error:
            failures.append(error)

    async def main() -> threading.Thread:
        source = Source()
        thread = threading.Thread(target=read, args=(source.as_file(),))
        thread.start()
        await until(lambda: source.listener_count("readable"))
        return thread

    asyncio.run(main()).join()
    assert len(failures) == 1


def test_a_stream_needs_a_loop_to_be_a_file() -> None:
    with pytest.raises(NoRunningLoopError):
        Source().as_file()
    with pytest.raises(NoRunningLoopError):
        Source().as_reader()


def test_a_library_writes_to_a_stream() -> None:
    def pack(file: Any) -> None:
        with file, gzip.open(file, "wt", encoding="utf-8") as lines:
            csv.writer(lines, lineterminator="\n").writerows([["ä", 1], ["b", 2]])

    async def main() -> tuple[bytes, bool]:
        sink = Sink()
        await in_thread(pack, sink.as_writable_file())
        return b"".join(map(bytes, sink.got)), sink.writable_finished

    packed, finished = run(main)
    assert gzip.decompress(packed).decode() == "ä,1\nb,2\n"
    assert finished


def test_a_writing_thread_waits_for_room() -> None:
    async def main() -> tuple[int, list[Any]]:
        held: list[Any] = []
        sink = Sink(high_water_mark=2, finish=held.append)
        file = sink.as_writable_file()
        written: list[int] = []

        def write() -> None:
            for letter in (b"a", b"b", b"c"):
                written.append(file.write(letter))
            file.close()

        work = asyncio.ensure_future(in_thread(write))
        await until(lambda: sink.writable_need_drain)
        for _ in range(50):
            await turn()
        early = len(written)
        while not work.done():
            if held:
                held.pop()()
            await asyncio.sleep(0)
        return early, sink.got

    early, got = run(main)
    assert early == 1
    assert got == [b"a", b"b", b"c"]


def test_a_file_that_is_closed_twice_ends_its_stream_once() -> None:
    async def main() -> int:
        sink = Sink()
        ends: list[Any] = []
        end = sink.end
        sink.end = lambda *args, **options: (ends.append(args), end(*args, **options))[1]
        file = sink.as_writable_file()
        await in_thread(file.close)
        assert sink.writable_finished
        await in_thread(file.close)
        file.close()
        return len(ends)

    assert run(main) == 1


def test_a_failed_stream_fails_the_thread_that_writes() -> None:
    async def main() -> None:
        sink = Sink(high_water_mark=1, finish=lambda done: None)
        file = sink.as_writable_file()
        waiting = asyncio.ensure_future(in_thread(file.write, b"abc"))
        await until(lambda: sink.writable_need_drain)
        sink.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await waiting
        with pytest.raises(BoomError):
            await in_thread(file.write, b"more")
        with pytest.raises(BoomError):
            await in_thread(file.close)

    run(main)


def test_a_stream_that_ended_elsewhere_takes_no_more() -> None:
    async def main() -> None:
        sink = Sink()
        file = sink.as_writable_file()
        sink.end()
        await until(lambda: sink.closed)
        with pytest.raises(Exception, match="Premature"):
            await in_thread(file.write, b"more")
        await in_thread(file.close)

    run(main)
