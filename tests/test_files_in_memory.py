"""Files that are opened and closed without a thread, in memory and on a disk; and which are not."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, promises, run
from streams2.io import cached, file_systems

pytestmark = [
    pytest.mark.host,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what is memory"),
]


needs_opener = pytest.mark.skipif(
    cached.opener_without_waiting() is None, reason="nothing opens without waiting here"
)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What kind of file system all files seem to be on."""
    kinds = {"": "tmpfs"}
    monkeypatch.setattr(file_systems, "file_system_of", lambda fd: (kinds[""], set()))
    monkeypatch.setattr(file_systems, "_devices", {})
    monkeypatch.setattr(file_systems, "_directories", {})
    monkeypatch.setattr(file_systems, "_REMEMBERED", 1000.0)
    return kinds


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Of each file in the directory that was opened or closed: which, and ``+`` for the loop."""
    seen: list[str] = []
    known: dict[int, str] = {}
    real_open, real_close = os.open, os.close
    real_cached = cached.opener_without_waiting()

    def here() -> str:
        return "+" if threading.current_thread() is threading.main_thread() else ""

    def noting_open(path: Any, flags: int, *mode: int) -> int:
        fd = real_open(path, flags, *mode)
        name = os.path.basename(os.fsdecode(path))
        if not flags & os.O_DIRECTORY and "." in name:
            known[fd] = name
            seen.append(f"{here()}open {name}")
        return fd

    def noting_cached(path: Any, device: int) -> int:
        assert real_cached is not None
        fd = real_cached(path, device)
        known[fd] = os.path.basename(os.fsdecode(path))
        seen.append(f"{here()}open {known[fd]}")
        return fd

    def noting_close(fd: int) -> None:
        name = known.pop(fd, None)
        if name is not None:
            seen.append(f"{here()}close {name}")
        real_close(fd)

    monkeypatch.setattr(os, "open", noting_open)
    monkeypatch.setattr(os, "close", noting_close)
    monkeypatch.setattr(
        file_systems, "opener_without_waiting", lambda: real_cached and noting_cached
    )
    yield seen
    monkeypatch.undo()


async def written(path: Any, data: bytes = b"content", **options: Any) -> None:
    sink = fs.create_write_stream(path, **options)
    sink.end(data)
    await promises.finished(sink)


async def was_read(path: Any) -> bytes:
    return b"".join([chunk async for chunk in fs.create_read_stream(path)])


def test_all_but_the_first(threads: list[str], tmp_path: Path) -> None:
    async def main() -> list[bytes]:
        await written(tmp_path / "a.x")
        await written(tmp_path / "b.x")
        return [await was_read(tmp_path / name) for name in ("a.x", "b.x")]

    assert run(main) == [b"content", b"content"]
    assert threads == [
        *("open a.x", "+close a.x", "+open b.x", "+close b.x"),
        *("+open a.x", "+close a.x", "+open b.x", "+close b.x"),
    ]


@pytest.mark.parametrize("kind", ["nfs4", "fuse.sshfs", ""])
def test_none_elsewhere(
    kind: str, threads: list[str], kinds: dict[str, str], tmp_path: Path
) -> None:
    async def main() -> None:
        kinds[""] = kind
        await written(tmp_path / "a.x")
        assert await was_read(tmp_path / "a.x") == b"content"

    run(main)
    assert threads == ["open a.x", "close a.x"] * 2


def test_on_a_disk_what_is_new_and_small_is_closed_at_once(
    threads: list[str], kinds: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_systems, "_LARGEST", 100)

    async def main() -> None:
        kinds[""] = "ext4"
        await written(tmp_path / "a.x")
        await written(tmp_path / "a.x")  # Emptied first.
        await written(tmp_path / "a.x", flags="a")
        await written(tmp_path / "large.x", bytes(200))
        sink = fs.create_write_stream(tmp_path / "gone.x")
        sink.on("ready", (tmp_path / "gone.x").unlink)
        await promises.finished(sink.end())

    run(main)
    assert threads == [
        *("open a.x", "+close a.x", "open a.x", "close a.x", "open a.x", "close a.x"),
        *("open large.x", "close large.x", "open gone.x", "close gone.x"),
    ]


@needs_opener
def test_on_a_disk_what_is_cached_is_opened_at_once_to_be_read(
    threads: list[str], kinds: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "link.x").symlink_to(tmp_path / "a.x")
    (tmp_path / "a.x").write_bytes(b"content")
    (tmp_path / "b.x").write_bytes(b"b")
    os.mkfifo(tmp_path / "fifo.x")

    async def main() -> None:
        kinds[""] = "ext4"
        for name in ("a.x", "a.x", "link.x"):
            assert await was_read(tmp_path / name) == b"content"
        reading = fs.create_read_stream(tmp_path / "fifo.x")
        await written(tmp_path / "fifo.x", b"through")
        assert [chunk async for chunk in reading] == [b"through"]
        with pytest.raises(FileNotFoundError):
            await was_read(tmp_path / "none.x")
        sink = fs.create_write_stream(tmp_path / "b.x", flags="r+")
        await promises.finished(sink.end(b"c"))

    run(main)
    assert threads[:6] == [
        *("open a.x", "+close a.x", "+open a.x", "+close a.x", "open link.x", "+close link.x"),
    ]
    assert "+open fifo.x" not in threads
    assert threads[-2:] == ["open b.x", "close b.x"]


@needs_opener
def test_what_is_opened_at_once_is_told_of_in_nodes_order(
    kinds: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "a.x").write_bytes(b"content")

    def seen() -> Any:
        heard: list[str] = []
        stream = fs.create_read_stream(tmp_path / "a.x")
        for event in ("open", "ready", "data", "end", "close"):
            stream.on(event, lambda *_, event=event: heard.append(event))
        heard.append("made")
        return stream, heard

    async def main() -> None:
        kinds[""] = "ext4"
        for _ in range(2):
            stream, heard = seen()
            await promises.finished(stream)
            assert heard == ["made", "open", "ready", "data", "end", "close"]

    run(main)


@needs_opener
def test_a_disk_that_something_else_is_mounted_on(
    threads: list[str], kinds: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "a.x").write_bytes(b"content")

    async def main() -> None:
        kinds[""] = "ext4"
        await was_read(tmp_path / "a.x")
        ((since, device, kind),) = file_systems._directories.values()
        file_systems._directories[str(tmp_path)] = since, device + 1, kind
        await was_read(tmp_path / "a.x")

    run(main)
    assert [each for each in threads if "open" in each] == ["open a.x", "open a.x"]


def test_a_system_that_does_not_open_so(
    threads: list[str], kinds: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_systems, "opener_without_waiting", lambda: None)
    (tmp_path / "a.x").write_bytes(b"content")

    async def main() -> None:
        kinds[""] = "ext4"
        for _ in range(2):
            assert await was_read(tmp_path / "a.x") == b"content"

    run(main)
    assert [each for each in threads if "open" in each] == ["open a.x"] * 2


def test_what_is_known_is_not_known_for_long(
    threads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        await written(tmp_path / "a.x")
        monkeypatch.setattr(file_systems, "_REMEMBERED", 0.0)
        await written(tmp_path / "b.x")

    run(main)
    assert [each for each in threads if "open" in each] == ["open a.x", "open b.x"]


@pytest.mark.parametrize("kind", [str, os.fsencode])
def test_a_relative_path(
    kind: Any, threads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        await written(kind("a.x"))
        await written(kind("b.x"))
        monkeypatch.chdir(elsewhere)
        await written(kind("c.x"))

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    run(main)
    assert [each for each in threads if "open" in each] == ["open a.x", "+open b.x", "open c.x"]


def test_what_leads_elsewhere(threads: list[str], tmp_path: Path) -> None:
    (tmp_path / "link.x").symlink_to(tmp_path / "a.x")
    (tmp_path / "to-null.x").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "fifo.x")

    async def main() -> None:
        await written(tmp_path / "a.x")
        assert await was_read(tmp_path / "link.x") == b"content"
        assert await was_read(tmp_path / "to-null.x") == b""
        reading = fs.create_read_stream(tmp_path / "fifo.x")
        await written(tmp_path / "fifo.x", b"through")
        assert [chunk async for chunk in reading] == [b"through"]

    run(main)
    opened = [each for each in threads if "open" in each]
    assert opened[:3] == ["open a.x", "open link.x", "open to-null.x"]
    assert opened[3:] == ["open fifo.x", "open fifo.x"]


def test_a_link_that_was_none_a_moment_ago(
    threads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link.x").symlink_to(tmp_path / "a.x")

    async def main() -> bytes:
        await written(tmp_path / "a.x")
        monkeypatch.setattr(os, "lstat", os.stat)
        return await was_read(tmp_path / "link.x")

    assert run(main) == b"content"
    assert threads[2] == "open link.x"


def test_a_link_to_memory_makes_no_directory_of_memory(
    threads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "a.x").write_bytes(b"in memory")
    (tmp_path / "link.x").symlink_to(tmp_path / "memory" / "a.x")
    (tmp_path / "on-disk.x").write_bytes(b"on disk")
    memory = str(tmp_path / "memory")

    def kind_of(fd: int, device: int) -> str:
        return "tmpfs" if os.readlink(f"/proc/self/fd/{fd}").startswith(memory) else "nfs"

    monkeypatch.setattr(file_systems, "_kind_of", kind_of)

    async def main() -> list[bytes]:
        return [await was_read(tmp_path / name) for name in ("link.x", "on-disk.x")]

    assert run(main) == [b"in memory", b"on disk"]
    assert [each for each in threads if "open" in each] == ["open link.x", "open on-disk.x"]


def test_a_file_that_is_mounted_from_elsewhere(threads: list[str], tmp_path: Path) -> None:
    async def main() -> None:
        await written(tmp_path / "a.x")
        ((since, device, kind),) = file_systems._directories.values()
        file_systems._directories[str(tmp_path)] = since, device + 1, kind
        await was_read(tmp_path / "a.x")

    run(main)
    assert [each for each in threads if "open" in each] == ["open a.x", "open a.x"]


def test_where_much_memory_is_given_back(
    threads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_systems, "_LARGEST", 100)

    async def main() -> None:
        await written(tmp_path / "a.x", bytes(200))
        await written(tmp_path / "a.x", bytes(200))  # Emptied first.
        await written(tmp_path / "a.x", bytes(200), flags="a")
        for size in (50, 200):
            sink = fs.create_write_stream(tmp_path / "gone.x", flags="w")
            sink.write(bytes(size))
            sink.on("ready", (tmp_path / "gone.x").unlink)
            await promises.finished(sink.end())

    run(main)
    assert threads == [
        *("open a.x", "+close a.x", "open a.x", "+close a.x", "+open a.x", "+close a.x"),
        *("+open gone.x", "+close gone.x", "+open gone.x", "close gone.x"),
    ]


@pytest.mark.parametrize(
    ("flags", "name", "code"), [("r", "b.x", "ENOENT"), ("wx", "a.x", "EEXIST")]
)
def test_a_failure(flags: str, name: str, code: str, tmp_path: Path) -> None:
    async def main() -> tuple[Any, ...]:
        await written(tmp_path / "a.x")
        make = fs.create_read_stream if flags == "r" else fs.create_write_stream
        stream: Any = make(tmp_path / name, flags=flags)
        with pytest.raises(OSError, match=code) as caught:
            await promises.finished(stream)
        error: Any = caught.value
        assert stream.errored is error
        return error.code, error.syscall, error.filename

    assert run(main) == (code, "open", str(tmp_path / name))


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_nothing_is_told_in_another_order(kind: str, kinds: dict[str, str], tmp_path: Path) -> None:
    kinds[""] = kind
    told: list[str] = []

    def note(name: str, stream: Any) -> Any:
        for event in ("open", "ready", "data", "end", "finish", "close"):
            stream.on(event, lambda *_, event=event: told.append(f"{name} {event}"))
        return stream

    async def main() -> None:
        await written(tmp_path / "a.x")
        source = note("source", fs.create_read_stream(tmp_path / "a.x"))
        told.append(f"pending {source.pending}")
        await promises.pipeline(source, note("sink", fs.create_write_stream(tmp_path / "b.x")))

    run(main)
    assert told[0] == "pending True"
    for name, events in (
        ("source", ["open", "ready", "data", "end", "close"]),
        ("sink", ["open", "ready", "finish", "close"]),
    ):
        own = [each.split()[1] for each in told if each.startswith(name)]
        assert own == events


def test_a_stream_that_is_destroyed_at_once(threads: list[str], tmp_path: Path) -> None:
    async def main() -> None:
        await written(tmp_path / "a.x")
        stream = fs.create_read_stream(tmp_path / "a.x")
        stream.destroy()
        assert not [chunk async for chunk in stream] if stream.readable else True
        other = fs.create_read_stream(tmp_path / "a.x")
        other.on("open", lambda _: other.destroy())
        await promises.finished(other, error=False, readable=False)

    run(main)
    opened = [each.lstrip("+").split()[0] for each in threads]
    assert opened.count("open") == opened.count("close")
