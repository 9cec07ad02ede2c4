"""Files in threads: what is done where the system offers less than Linux does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, promises, run
from streams2.io import threaded as _threaded
from streams2.io import without_waiting
from streams2.io.handles import Handle


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that can only seek, read and write one buffer."""
    for name in ("pread", "pwrite", "writev", "pwritev", "preadv", "sysconf"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(_threaded, "reader_without_waiting", lambda: None)


@pytest.mark.usefixtures("poor")
@pytest.mark.parametrize("start", [None, 2])
def test_what_is_written_is_read_on_a_poor_system(start: int | None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"____")

    async def main() -> bytes:
        sink = fs.create_write_stream(path, flags="r+", start=start)
        sink.cork()
        for letter in b"abcdefghijklmnopqrstuvwxyz":
            sink.write(bytes([letter]))
        sink.end()
        await promises.finished(sink)
        source = fs.create_read_stream(path, start=start, high_water_mark=5)
        return b"".join([chunk async for chunk in source])

    assert run(main) == b"abcdefghijklmnopqrstuvwxyz"
    assert path.read_bytes()[: start or 0] == b"__"[: start or 0]


def test_more_buffers_than_one_call_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[int] = []
    write = _threaded._write_some

    def counted(fd: int, buffers: Any, position: int | None) -> int:
        calls.append(len(buffers))
        return write(fd, buffers, position)

    monkeypatch.setattr(_threaded, "_write_some", counted)
    monkeypatch.setattr(_threaded, "_most_buffers", lambda: 10)

    async def main() -> None:
        sink = fs.create_write_stream(tmp_path / "file")
        sink.cork()
        for _ in range(25):
            sink.write(b"ab")
        sink.end()
        await promises.finished(sink)

    run(main)
    assert calls == [10, 10, 5]
    assert (tmp_path / "file").read_bytes() == b"ab" * 25


def test_flags_can_be_the_systems_own_number(tmp_path: Path) -> None:
    async def main() -> None:
        sink = fs.create_write_stream(tmp_path / "file", flags=os.O_WRONLY | os.O_CREAT)
        sink.end(b"x")
        await promises.finished(sink)

    run(main)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_reader_can_be_closed_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")

    async def main() -> None:
        source = fs.create_read_stream(tmp_path / "file")
        source.close()
        with pytest.raises(Exception, match="Premature close"):
            await promises.finished(source)
        assert source.fd is None

    run(main)


def test_an_open_that_nothing_wakes_is_left_to_itself(tmp_path: Path) -> None:
    """What is waited for is no FIFO by now: there is no other end to open."""
    handle = Handle()
    handle._blocked_open = (str(tmp_path / "gone"), os.O_RDONLY)
    handle.abandon()
    assert handle._blocked_open is not None


def test_where_nothing_reads_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "RWF_NOWAIT", raising=False)
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    monkeypatch.setitem(sys.modules, "cffi", None)
    without_waiting._by_cffi.cache_clear()
    try:
        assert without_waiting.reader_without_waiting() is None
    finally:
        without_waiting._by_cffi.cache_clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can")
def test_the_c_library_is_asked_where_os_does_not_know_how(tmp_path: Path) -> None:
    pytest.importorskip("cffi")
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    read_into = without_waiting._by_cffi()
    assert read_into is not None
    buffer = bytearray(8)
    with open(path, "rb") as file:
        found = [read_into(file.fileno(), memoryview(buffer)[:4], at) for at in (-1, -1, 1, 8, 10)]
        assert (found, bytes(buffer)) == ([4, 4, 4, 2, 0], b"8934\0\0\0\0")
    with pytest.raises(OSError, match="Bad file descriptor"):
        read_into(-1, memoryview(buffer), 0)
