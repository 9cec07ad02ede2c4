"""Descriptors that are polled: the ways in, from the best to the last resort."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from typing import Any, Callable

import pytest

from streams2 import fs, promises, run
from streams2.io import buffers
from streams2.io import polled as _polled
from streams2.io.buffers import portion, without
from streams2.io.handles import Handle
from streams2.io.polled import PolledReader, PolledWriter, can_be_polled

pty = pytest.importorskip("pty", reason="polls Unix's descriptors only")

LONG = b"0123456789" * 50_000


@pytest.fixture(params=["opened again", "no second door", "not blocking"])
def door(request: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """How the descriptors of a test can be used; call it with each."""

    def refuse(fd: int, mode: int) -> int:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    if request.param == "no second door":
        monkeypatch.setattr(_polled, "_open_again", refuse)
    return lambda fd: os.set_blocking(fd, request.param != "not blocking")


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def write_all(fd: int, data: bytes) -> None:
    with open(fd, "wb") as file:
        file.write(data)


def test_a_pipe_is_read_to_its_end(door: Any) -> None:
    ours, theirs = os.pipe()
    door(ours)
    writer = in_a_thread(lambda: write_all(theirs, LONG))

    async def main() -> bytes:
        return b"".join([chunk async for chunk in fs.create_read_stream(None, fd=ours)])

    assert run(main) == LONG
    writer.join()


def test_a_pipe_is_written_however_slowly_it_is_read(door: Any) -> None:
    theirs, ours = os.pipe()
    door(ours)
    read: list[bytes] = []

    def read_all() -> None:
        with open(theirs, "rb") as file:
            read.append(file.read())

    async def main() -> None:
        stream = fs.create_write_stream(None, fd=ours)
        stream.cork()
        for start in range(0, len(LONG), 100_000):
            stream.write(LONG[start : start + 100_000])
        stream.end()
        reader = in_a_thread(read_all)
        await promises.finished(stream)
        assert stream.bytes_written == len(LONG)
        reader.join()

    run(main)
    assert read == [LONG]


def test_a_pipe_that_nobody_reads_is_an_error(door: Any) -> None:
    theirs, ours = os.pipe()
    door(ours)
    os.close(theirs)

    async def main() -> None:
        stream = fs.create_write_stream(None, fd=ours)
        stream.write(b"x")
        with pytest.raises(BrokenPipeError) as raised:
            await promises.finished(stream)
        assert getattr(raised.value, "code", None) == "EPIPE"

    run(main)


def test_a_write_given_up_is_told_and_the_pipe_is_closed(door: Any) -> None:
    theirs, ours = os.pipe()
    door(ours)
    told: list[Any] = []

    async def main() -> None:
        stream = fs.create_write_stream(None, fd=ours, high_water_mark=1)
        stream.write(LONG, callback=told.append)
        await asyncio.sleep(0)
        stream.destroy()
        while not stream.closed:
            await asyncio.sleep(0)

    run(main)
    assert [error.code for error in told] == ["ERR_STREAM_DESTROYED"]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(ours)
    os.close(theirs)


def test_both_ends_of_a_socket(door: Any) -> None:
    one, other = socket.socketpair()
    for end in (one, other):
        door(end.fileno())

    async def main() -> bytes:
        source = fs.create_read_stream(None, fd=one.detach())
        sink = fs.create_write_stream(None, fd=other.detach())
        sink.end(LONG)
        return b"".join([chunk async for chunk in source])

    assert run(main) == LONG


def test_a_terminal_and_the_one_who_holds_it(door: Any) -> None:
    master, slave = pty.openpty()
    for fd in (master, slave):
        door(fd)

    async def main() -> tuple[bytes, bytes]:
        terminal = fs.create_read_stream(None, fd=slave)
        screen = fs.create_read_stream(None, fd=master)
        keyboard = fs.create_write_stream(None, fd=os.dup(master))
        keyboard.write(b"typed\n")
        echoed = await screen.iterator(destroy_on_return=False).__anext__()
        typed = await terminal.iterator(destroy_on_return=False).__anext__()
        for stream in (terminal, screen, keyboard):
            stream.destroy()
            await promises.finished(stream, error=False) if not stream.destroyed else None
        return typed, echoed

    assert run(main) == (b"typed\n", b"typed\r\n")


@pytest.mark.parametrize("end", ["read", "write"])
def test_the_wrong_end_of_a_pipe_is_an_error(end: str) -> None:
    """It would never be ready, and a stream that waits for that would wait for ever."""
    ends = dict(zip(("write", "read"), os.pipe()))

    async def main() -> None:
        if end == "read":
            stream: Any = fs.create_read_stream(None, fd=ends.pop("read"))
            stream.resume()
        else:
            stream = fs.create_write_stream(None, fd=ends.pop("write"))
            stream.write(b"x")
        with pytest.raises(OSError, match="Bad file descriptor") as raised:
            await promises.finished(stream)
        assert (raised.value.code, raised.value.syscall) == ("EBADF", end)  # type: ignore[attr-defined]

    run(main)
    for left in ends.values():
        os.close(left)


def test_a_pipe_cannot_be_flushed() -> None:
    theirs, ours = os.pipe()

    async def main() -> None:
        stream = fs.create_write_stream(None, fd=ours, flush=True)
        stream.end(b"x")
        with pytest.raises(OSError, match="Invalid argument"):
            await promises.finished(stream)

    run(main)
    assert os.read(theirs, 9) == b"x"
    os.close(theirs)


def test_files_and_dev_null_cannot_be_polled() -> None:
    async def pollable(path: str) -> bool:
        fd = os.open(path, os.O_RDONLY)
        try:
            return can_be_polled(fd, os.O_RDONLY)
        finally:
            os.close(fd)

    assert not asyncio.run(pollable(__file__))
    assert not asyncio.run(pollable("/dev/null"))


def test_a_reader_can_be_held_up_let_go_and_left_unwatched() -> None:
    """A run ends although a read waits, unless the read is worth waiting for."""
    ours, theirs = os.pipe()
    read: list[bytes] = []

    def main() -> PolledReader:
        reader = PolledReader(Handle(ours, owned=False))
        reader.suspend()
        reader.read(3, None, lambda error, data: read.append(data))
        reader.set_ref(False)
        reader.restart()
        reader.set_ref(True)
        os.write(theirs, b"abcdef")
        return reader

    run(main)
    assert read == [b"abc"]

    async def again() -> None:
        reader = PolledReader(Handle(ours, owned=False))
        reader.set_ref(False)
        # As much as there is, up to 64 KiB, where less than one byte is asked for.
        reader.read(0, None, lambda error, data: read.append(data))
        while len(read) < 2:
            await asyncio.sleep(0)
        reader.read(1, None, lambda error, data: read.append(data))

    run(again)
    assert read == [b"abc", b"def"]
    os.close(ours)
    os.close(theirs)


def test_a_writer_told_to_stop_has_no_answer() -> None:
    theirs, ours = os.pipe()
    answers: list[Any] = []

    def main() -> None:
        writer = PolledWriter(Handle(ours, owned=False))
        writer.write([memoryview(b"x")], None, lambda error, count: answers.append(count))
        writer.release()

    run(main)
    assert answers == []
    assert os.read(theirs, 9) == b"x"
    os.close(ours)
    os.close(theirs)


def test_a_device_that_can_be_polled_is_read_with_care() -> None:
    async def main() -> bytes:
        source = fs.create_read_stream("/dev/random", end=9)
        return b"".join([chunk async for chunk in source])

    assert len(run(main)) == 10


def test_the_terminal_has_ended_when_the_other_side_has_hung_up(door: Any) -> None:
    master, slave = pty.openpty()
    door(master)
    os.write(slave, b"last words")

    async def main() -> bytes:
        chunks = []
        async for chunk in fs.create_read_stream(None, fd=master):
            chunks.append(chunk)
            os.close(slave)
        return b"".join(chunks)

    assert run(main) == b"last words"


def test_a_peer_that_goes_without_having_read_is_an_error(door: Any) -> None:
    one, other = socket.socketpair()
    door(one.fileno())
    one.send(b"never read")
    other.close()

    async def main() -> None:
        stream = fs.create_read_stream(None, fd=one.detach())
        with pytest.raises(ConnectionResetError) as raised:
            await stream.iterator().__anext__()
        assert raised.value.code == "ECONNRESET"  # type: ignore[attr-defined]

    run(main)


def test_of_two_readers_the_one_who_comes_late_waits_on() -> None:
    ours, theirs = os.pipe()
    read: list[tuple[str, bytes]] = []

    def main() -> list[PolledReader]:
        readers = [PolledReader(Handle(ours, owned=False)) for _ in range(2)]

        def got(name: str, data: bytes) -> None:
            read.append((name, data))
            if len(read) == 1:
                # Both were told that there is something; it is gone when the other one looks.
                asyncio.get_running_loop().call_later(0, os.write, theirs, b"two")

        for name, reader in zip("ab", readers):
            reader.read(9, None, lambda error, data, name=name: got(name, data))
        os.write(theirs, b"one")
        return readers

    run(main)
    assert sorted(name for name, _ in read) == ["a", "b"]
    assert [data for _, data in read] == [b"one", b"two"]
    for fd in (ours, theirs):
        os.close(fd)


def test_a_call_is_handed_a_portion_of_what_is_to_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views = [memoryview(letter * 100) for letter in (b"a", b"b", b"c")] * 30
    assert portion(views[:2]) == views[:2]
    assert portion(views) == views[:64]
    # Where it would be copied, only so much as may well be taken.
    monkeypatch.setattr(buffers, "_COPIES", True)
    monkeypatch.setattr(buffers, "_MOST_COPIED", 150)
    assert portion(views) == [views[0], views[1][:50]]
    assert portion(views[:1]) == views[:1]
    assert portion([views[0][:0], views[1]]) == [b"", views[1]]
    assert without(views[:3], 150) == [views[1][50:], views[2]]


def test_more_is_written_into_a_pipe_than_a_call_is_handed(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffers, "_COPIES", True)
    ours, theirs = os.pipe()
    data = os.urandom(1_000_001)
    read: list[bytes] = []

    def read_all() -> None:
        while chunk := os.read(ours, 50_000):
            read.append(chunk)

    thread = in_a_thread(read_all)
    run(lambda: fs.create_write_stream(None, fd=theirs).end(data))
    thread.join(30)
    os.close(ours)
    assert b"".join(read) == data
