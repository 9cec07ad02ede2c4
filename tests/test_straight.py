"""From file to file, the short way: who can tell, and that nobody can who is not asked."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2 import AbortController, PassThrough, Readable, Writable, doctor, fs, promises, run
from streams2.core.machine import observe
from streams2.fs import file as files
from streams2.fs import straight as straight_module
from streams2.fs.file import FileWriter
from streams2.io import page_cache
from streams2.trace import record

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what waits")
pytestmark = [linux, pytest.mark.host]

CHUNK = 1000
WHOLE = bytes(range(256)) * 400  # 102,400 bytes: chunks of 1000, and one of 400


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system whose disks have nothing to do, and whose files are all in memory."""
    monkeypatch.setattr(page_cache, "_waiting_for_disk", page_cache._WaitingForDisk())
    monkeypatch.setattr(page_cache, "_room_in_memory", lambda: 1 << 30)
    monkeypatch.setattr(page_cache, "_memory_is_limited", lambda: False)
    monkeypatch.setattr(page_cache, "_space_left", lambda _: 1 << 40)
    monkeypatch.setattr(page_cache, "_copies_to_memory", lambda _: True)
    monkeypatch.setattr("streams2.fs.file.lives_in_memory", lambda *_: True)
    monkeypatch.setattr(page_cache, "_places", {})


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of each chunk that went straight."""
    sizes: list[int] = []
    takes = FileWriter.takes_at_once

    def noted(self: FileWriter, chunk: bytes | memoryview) -> bool:
        taken = takes(self, chunk)
        if taken:
            sizes.append(len(chunk))
        return taken

    monkeypatch.setattr(FileWriter, "takes_at_once", noted)
    return sizes


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(WHOLE)
    return path


def reading(source: Path, **options: Any) -> Any:
    return fs.create_read_stream(source, high_water_mark=CHUNK, **options)


def writing(copy: Path | str) -> fs.WriteStream:
    return fs.create_write_stream(copy, high_water_mark=CHUNK)


def ends(source: Path, copy: Path | str, **options: Any) -> tuple[Any, Any]:
    return reading(source, **options), writing(copy)


def copying(source: Path, copy: Path | str) -> None:
    reading(source).pipe(writing(copy))


@pytest.mark.off
def test_nearly_all_of_a_plain_copy_goes_straight(
    straight: list[int], source: Path, tmp_path: Path
) -> None:
    def main() -> None:
        reader, writer = ends(source, tmp_path / "copy")
        reader.pipe(writer)
        writer.on("close", lambda: told.append((reader.bytes_read, writer.bytes_written)))

    told: list[tuple[int, int]] = []
    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert told == [(len(WHOLE), len(WHOLE))]
    assert len(straight) >= 90


@pytest.mark.off
def test_a_pipeline_goes_straight_as_well(
    straight: list[int], source: Path, tmp_path: Path
) -> None:
    async def main() -> None:
        await promises.pipeline(*ends(source, tmp_path / "copy"))

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert len(straight) >= 90


@pytest.mark.off
def test_only_a_chunk_that_is_all_of_what_was_asked_for_changes_no_size(
    straight: list[int], source: Path, tmp_path: Path
) -> None:
    def main() -> None:
        reader, writer = ends(source, tmp_path / "copy", start=7, end=70_006)
        reader.pipe(writer)

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE[7:70_007]
    assert set(straight) == {CHUNK}


# -- those who could tell --


class Counting(fs.ReadStream[bytes]):
    def push(self, *args: Any) -> bool:
        seen.append("push")
        return super().push(*args)


class CountingWriter(fs.WriteStream):
    def write(self, *args: Any, **named: Any) -> bool:
        seen.append("write")
        return super().write(*args, **named)


class OwnWrite(fs.WriteStream):
    def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
        seen.append("_write")
        super()._write(chunk, encoding, callback)


class OwnEmit(fs.WriteStream):
    def emit(self, event: str, *args: Any) -> bool:
        if event == "drain":
            seen.append("drain")
        return super().emit(event, *args)


seen: list[str] = []


def note(*_: object) -> None:
    seen.append("heard")


def patched(stream: Any, name: str) -> None:
    original = getattr(stream, name)

    def method(*args: Any, **named: Any) -> Any:
        seen.append(name)
        return original(*args, **named)

    setattr(stream, name, method)


LOOKERS: dict[str, Callable[[Any, Any], object]] = {
    "data": lambda reader, _: reader.on("data", note),
    "pause": lambda reader, _: reader.on("pause", note),
    "resume": lambda reader, _: reader.on("resume", note),
    "drain": lambda _, writer: writer.on("drain", note),
    "push is replaced": lambda reader, _: patched(reader, "push"),
    "read is replaced": lambda reader, _: patched(reader, "read"),
    "pause is replaced": lambda reader, _: patched(reader, "pause"),
    "resume is replaced": lambda reader, _: patched(reader, "resume"),
    "_read is replaced": lambda reader, _: patched(reader, "_read"),
    "emit is replaced": lambda reader, _: patched(reader, "emit"),
    "write is replaced": lambda _, writer: patched(writer, "write"),
    "_write is replaced": lambda _, writer: patched(writer, "_write"),
    "emit of the sink is replaced": lambda _, writer: patched(writer, "emit"),
}


@pytest.mark.parametrize("who", LOOKERS)
def test_who_listens_to_the_round_trip_hears_of_each_chunk(
    who: str, straight: list[int], source: Path, tmp_path: Path
) -> None:
    seen.clear()

    def main() -> None:
        reader, writer = ends(source, tmp_path / "copy")
        reader.pipe(writer)
        LOOKERS[who](reader, writer)

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert len(seen) >= 100
    assert straight == []


@pytest.mark.parametrize("kind", [CountingWriter, OwnWrite, OwnEmit])
def test_a_method_of_a_subclass_sees_each_chunk(
    kind: type[fs.WriteStream], straight: list[int], source: Path, tmp_path: Path
) -> None:
    seen.clear()

    def main() -> None:
        reading(source).pipe(kind(tmp_path / "copy", high_water_mark=CHUNK))

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert len(seen) >= 100
    assert straight == []


def test_so_does_one_of_a_source(straight: list[int], source: Path, tmp_path: Path) -> None:
    seen.clear()

    def main() -> None:
        reader = Counting(source, high_water_mark=CHUNK)
        reader.pipe(fs.create_write_stream(tmp_path / "copy", high_water_mark=CHUNK))

    run(main)
    assert seen.count("push") == 104
    assert straight == []


@pytest.mark.off
def test_a_subclass_that_changes_nothing_here_goes_straight(
    straight: list[int], source: Path, tmp_path: Path
) -> None:
    class Named(fs.WriteStream):
        def __init__(self, path: Path) -> None:
            super().__init__(path, high_water_mark=CHUNK)
            self.buffer, self.state, self.tried = [], "mine", "twice"

    def main() -> None:
        reading(source).pipe(Named(tmp_path / "copy"))

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert len(straight) >= 90


def test_a_recording_has_every_chunk(straight: list[int], source: Path, tmp_path: Path) -> None:
    with record() as trace:
        run(lambda: copying(source, tmp_path / "copy"))
    assert straight == []
    assert sum("write" in str(event) for event in trace.events) >= 100


def test_so_have_gauges_and_observers(straight: list[int], source: Path, tmp_path: Path) -> None:
    with doctor.stats() as counted:
        run(lambda: copying(source, tmp_path / "copy"))
    assert {figure.bytes_out for figure in counted} == {len(WHOLE)}
    steps: list[object] = []
    with observe(lambda *step: steps.append(step)):
        run(lambda: copying(source, tmp_path / "copy"))
    assert len(steps) >= 300
    assert straight == []


def test_debug_mode_sees_every_chunk(straight: list[int], source: Path, tmp_path: Path) -> None:
    run(lambda: copying(source, tmp_path / "copy"), debug=True)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert straight == []


def test_who_looks_before_files_are_imported_sees_every_chunk_as_well() -> None:
    """As debug mode does that the environment asks for, and a recorder that starts a program."""
    spec = importlib.util.spec_from_file_location("streams2.fs.again", straight_module.__file__)
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    with doctor.debugging(), doctor.stats():
        hooked = Readable.push
        spec.loader.exec_module(again)
    assert hooked is not again._Faces.push
    for name in ("push", "read", "pause", "resume", "emit", "write", "written"):
        assert getattr(again._Faces, name) is getattr(straight_module._Faces, name)


def test_a_second_pipe_gets_every_chunk(straight: list[int], source: Path, tmp_path: Path) -> None:
    def main() -> None:
        reader, writer = ends(source, tmp_path / "copy")
        reader.pipe(writer)
        reader.pipe(fs.create_write_stream(tmp_path / "other"))

    run(main)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    assert (tmp_path / "other").read_bytes() == WHOLE
    assert straight == []


def test_text_and_what_is_not_a_file_go_round(
    straight: list[int], source: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("é" * 30_000, encoding="utf-8")
    chunks: list[bytes] = []

    def main() -> None:
        reader, writer = ends(tmp_path / "text", tmp_path / "copy", encoding="utf8")
        reader.pipe(writer)
        reading(source).pipe(PassThrough()).pipe(
            Writable(write=lambda _, chunk, __, done: (chunks.append(chunk), done()))
        )

    run(main)
    assert (tmp_path / "copy").read_text(encoding="utf-8") == "é" * 30_000
    assert b"".join(chunks) == WHOLE
    assert straight == []


@pytest.mark.parametrize("size", [10, 1000, 5000])
def test_what_is_polled_goes_round(size: int, straight: list[int], tmp_path: Path) -> None:
    """A FIFO gives what is there, and waits for more."""
    fifo, copy = tmp_path / "fifo", tmp_path / "copy"
    os.mkfifo(fifo)
    data = WHOLE[: 20 * size]

    def fill() -> None:
        with open(fifo, "wb", 0) as file:
            for begin in range(0, len(data), size):
                file.write(data[begin : begin + size])

    filler = threading.Thread(target=fill)
    filler.start()
    told: list[tuple[int, int]] = []

    def main() -> None:
        reader, writer = ends(fifo, copy)
        reader.pipe(writer)
        writer.on("close", lambda: told.append((reader.bytes_read, writer.bytes_written)))

    run(main)
    filler.join()
    assert copy.read_bytes() == data
    assert told == [(len(data), len(data))]
    assert straight == []


def test_standard_input_may_be_a_pipe_or_a_file(source: Path, tmp_path: Path) -> None:
    program = (
        "from streams2 import fs, run, stdio; import sys\n"
        "run(lambda: stdio.stdin().pipe(fs.create_write_stream(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program]
    subprocess.run([*command, tmp_path / "one"], input=WHOLE, check=True, timeout=60)
    with open(source, "rb") as file:
        subprocess.run([*command, tmp_path / "two"], stdin=file, check=True, timeout=60)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == WHOLE


# -- what comes in between --


def copied_while(source: Path, copy: Path, act: Callable[[Any, Any], object]) -> list[str]:
    """What both ends told, with `act` done as soon as ten chunks are written."""
    told: list[str] = []

    async def main() -> None:
        reader, writer = ends(source, copy)
        for name, stream in (("source", reader), ("sink", writer)):
            for event in ("end", "finish", "error", "close", "unpipe"):
                stream.on(event, lambda *_, what=f"{name} {event}": told.append(what))
        reader.pipe(writer)
        while writer.bytes_written < 10 * CHUNK:
            await asyncio.sleep(0)
        act(reader, writer)

    run(main)
    return told


@pytest.mark.off
def test_it_stops_where_it_is_told_to(straight: list[int], source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"

    def part(reader: Any, writer: Any) -> None:
        reader.unpipe(writer)
        reader.destroy()
        writer.end()

    told = copied_while(source, copy, part)
    assert told[0] == "sink unpipe"
    assert sorted(told[1:]) == ["sink close", "sink finish", "source close"]
    written = copy.read_bytes()
    assert 10 * CHUNK <= len(written) < len(WHOLE)
    assert WHOLE.startswith(written)
    assert straight


@pytest.mark.off
@pytest.mark.parametrize("end", [0, 1])
def test_either_end_may_be_destroyed(
    end: int, straight: list[int], source: Path, tmp_path: Path
) -> None:
    def give_up(*both: Any) -> None:
        both[end].destroy()
        both[1 - end].destroy()

    told = copied_while(source, tmp_path / "copy", give_up)
    assert {"source close", "sink close"} <= set(told)
    assert "sink error" not in told
    assert straight


def test_a_pause_holds_it_up(straight: list[int], source: Path, tmp_path: Path) -> None:
    at: list[int] = []

    async def look(reader: Any, writer: Any) -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        at.append(writer.bytes_written)
        for _ in range(50):
            await asyncio.sleep(0)
        at.append(writer.bytes_written)
        reader.resume()

    def pause(reader: Any, writer: Any) -> None:
        reader.pause()
        tasks.append(asyncio.ensure_future(look(reader, writer)))

    tasks: list[Any] = []
    copied_while(source, tmp_path / "copy", pause)
    assert at[0] == at[1] < len(WHOLE)
    assert (tmp_path / "copy").read_bytes() == WHOLE


def test_what_is_written_by_others_is_not_overtaken(source: Path, tmp_path: Path) -> None:
    def add(_: Any, writer: Any) -> None:
        writer.write(b"<between>")
        writer.cork()
        writer.write(b"<corked>")
        writer.write(b"<together>")
        asyncio.get_running_loop().call_later(0.001, writer.uncork)

    copied_while(source, tmp_path / "copy", add)
    written = (tmp_path / "copy").read_bytes()
    assert written.index(b"<between>") < written.index(b"<corked><together>")
    for piece in (b"<between>", b"<corked><together>"):
        written = written.replace(piece, b"")
    assert written == WHOLE


@pytest.mark.off
def test_a_signal_ends_it(straight: list[int], source: Path, tmp_path: Path) -> None:
    controller = AbortController()
    (tmp_path / "big").write_bytes(WHOLE * 10)

    async def main() -> None:
        reader, writer = ends(tmp_path / "big", tmp_path / "copy")
        over = asyncio.ensure_future(promises.pipeline(reader, writer, signal=controller.signal))
        while writer.bytes_written < 10 * CHUNK:
            await asyncio.sleep(0)
        controller.abort()
        with pytest.raises(Exception, match="aborted"):
            await over
        assert reader.destroyed
        assert writer.destroyed

    run(main)
    assert straight


# -- what goes wrong --


def failing(at: int, short: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the write number `at` of a chunk fail, or take no more than `short` bytes."""
    count = 0
    write = os.write

    def tried(fd: int, data: Any) -> int:
        nonlocal count
        if len(data) in (CHUNK, 400):
            count += 1
            if count == at and short is not None:
                return write(fd, data[:short])
            if count >= at and short is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data)

    monkeypatch.setattr(os, "write", tried)


@pytest.mark.parametrize("at", [1, 2, 3, 17, 18, 19, 50, 103])
def test_a_full_disk_is_told_once_with_what_was_written(
    at: int, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(at, None, monkeypatch)
    told: list[Any] = []

    async def main() -> None:
        reader, writer = ends(source, tmp_path / "copy")
        writer.on("error", lambda error: told.append((error.code, error.syscall)))
        try:
            await promises.pipeline(reader, writer)
        except OSError as error:
            told.append(error.errno)
        told.append((reader.closed, writer.closed, writer.bytes_written))

    run(main)
    before = (at - 1) * CHUNK
    assert told == [("ENOSPC", "write"), errno.ENOSPC, (True, True, before)]
    assert (tmp_path / "copy").read_bytes() == WHOLE[:before]


@pytest.mark.parametrize("at", [1, 2, 3, 17, 18, 19, 50, 103])
def test_a_write_that_is_cut_short_goes_on(
    at: int, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(at, 123, monkeypatch)
    run(lambda: copying(source, tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == WHOLE


def test_dev_full_says_so(source: Path) -> None:
    with pytest.raises(OSError, match="ENOSPC"):
        run(lambda: copying(source, "/dev/full"))


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.floats(0, 60),
    chunk=st.integers(1, 1000),
    mark=st.integers(0, 5000),
    start=st.integers(0, 50),
    end=st.one_of(st.none(), st.integers(60, 45_000)),
    row=st.sampled_from([1, 2, 16]),
    loud=st.booleans(),
)
def test_any_copy_is_the_same_either_way(
    chunks: float,
    chunk: int,
    mark: int,
    start: int,
    end: int | None,
    row: int,
    loud: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    data = WHOLE[: int(chunks * chunk)]
    (folder / "source").write_bytes(data)
    told: list[str] = []

    def main() -> None:
        reader = fs.create_read_stream(
            folder / "source", high_water_mark=chunk, start=start, end=end
        )
        writer = fs.create_write_stream(folder / "copy", high_water_mark=mark)
        if loud:
            reader.on("pause", lambda: None)
        for name, stream in (("source", reader), ("sink", writer)):
            for event in ("end", "finish", "close", "unpipe", "error"):
                stream.on(event, lambda *_, what=f"{name} {event}": told.append(what))
        reader.pipe(writer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_STRAIGHT_ON", row)
        run(main)
    assert (folder / "copy").read_bytes() == data[start : None if end is None else end + 1]
    # A sink that opens late is not waited for by a source that has been read.
    by_end = [[what for what in told if what.startswith(end)] for end in ("source", "sink")]
    assert by_end == [
        ["source end", "source close"],
        ["sink finish", "sink unpipe", "sink close"],
    ]
