"""Files as iterable streams, as Node 26.10's FileHandle has them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streams2 import errors, fs, run
from streams2 import iter as streams
from streams2.events.abort import AbortSignal

pytestmark = pytest.mark.host


def with_file(path: Path, flags: str, use: Any) -> Any:
    async def main() -> Any:
        async with await fs.promises.open(path, flags) as file:
            return await use(file)

    return run(main)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(bytes(range(250)) * 800)
    return path


def test_a_file_is_pulled_chunk_by_chunk(data):
    async def use(file):
        whole = [[len(chunk) for chunk in batch] async for batch in file.pull()]
        again = await streams.bytes_(file.pull())
        part = await streams.array(file.pull(start=10, limit=100, chunk_size=30))
        return whole, again, part

    whole, again, part = with_file(data, "r", use)
    assert whole == [[131072], [68928]]
    assert again == b""
    assert list(map(len, part)) == [30, 30, 30, 10]
    assert b"".join(part) == bytes(range(10, 110))


def test_nothing_is_read_ahead(data):
    async def use(file):
        stream = file.pull(chunk_size=10).__aiter__()
        await stream.__anext__()
        await stream.aclose()
        first = await streams.bytes_(file.pull(limit=5))
        return first, b"".join(*file.pull_sync(limit=3))

    assert with_file(data, "r", use) == (bytes(range(10, 15)), bytes(range(15, 18)))


def test_transforms_signals_and_closing(data):
    async def use(file):
        text = await streams.text(file.pull(lambda batch: batch and ["T"], limit=5))
        with pytest.raises(KeyError):
            await streams.bytes_(file.pull(signal=AbortSignal.abort(KeyError("pre"))))
        with pytest.raises(errors.InvalidArgTypeError):
            file.pull(5)
        assert len(await streams.bytes_(file.pull(limit=3))) == 3
        return text

    assert with_file(data, "r", use) == "T"

    async def closes(file):
        assert len(await streams.bytes_(file.pull(start=1, limit=9, auto_close=True))) == 9
        assert file.fd == -1
        for make in (file.pull, file.pull_sync, file.writer):
            with pytest.raises(errors.InvalidStateError, match="closed"):
                make()

    with_file(data, "r", closes)


def test_a_file_is_locked_while_it_is_read_or_written(data):
    async def use(file):
        stream = file.pull(limit=5)
        for make in (file.pull, file.pull_sync, file.writer):
            with pytest.raises(errors.InvalidStateError, match="locked"):
                make()
        await streams.bytes_(stream)
        file.writer().end_sync()
        assert len(b"".join(*file.pull_sync(limit=5))) == 5

    with_file(data, "r+", use)


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("start", -1, errors.OutOfRangeError),
        ("limit", 0, errors.OutOfRangeError),
        ("chunk_size", 0, errors.OutOfRangeError),
        ("start", "x", errors.InvalidArgTypeError),
    ],
)
def test_bad_options_are_refused_and_lock_nothing(data, option, value, error):
    async def use(file):
        for make in (file.pull, file.pull_sync, file.writer):
            with pytest.raises(error, match=option):
                make(**{option: value})
        file.writer().end_sync()

    with_file(data, "r+", use)


def test_writes_are_done_in_order(tmp_path):
    async def use(file):
        writer = file.writer()
        writes = [writer.write("a"), writer.write("b"), writer.writev(["c", "d"])]
        assert writer.write_sync("x") is False
        assert writer.end_sync() == -1
        assert await asyncio.gather(*writes, writer.end()) == [None, None, None, 4]
        assert await writer.end() == writer.end_sync() == 4
        with pytest.raises(errors.InvalidStateError):
            await writer.write("late")
        assert streams.ondrain(writer) is None

    with_file(tmp_path / "out", "w", use)
    assert (tmp_path / "out").read_bytes() == b"abcd"


def test_what_can_be_written_at_once_is(tmp_path):
    async def use(file):
        writer = file.writer()
        assert writer.write_sync(b"x" * 131072) is writer.writev_sync(["a", "b"]) is True
        assert writer.write_sync(b"x" * 131073) is False
        assert writer.end_sync() == 131074
        assert writer.write_sync("x") is False

    with_file(tmp_path / "out", "w", use)


def test_a_pipe_to_a_file(tmp_path):
    async def use(file):
        assert await streams.pipe_to(["ab", ["c", "d"]], file.writer(start=3, auto_close=True)) == 4
        assert file.fd == -1

    with_file(tmp_path / "out", "w", use)
    assert (tmp_path / "out").read_bytes() == b"\0\0\0abcd"


def test_a_limit_and_a_failure(tmp_path):
    async def use(file):
        writer = file.writer(limit=5)
        await writer.write("abc")
        assert writer.write_sync("defg") is False
        with pytest.raises(errors.OutOfRangeError, match="<= 2 bytes"):
            await writer.write("defg")
        with pytest.raises(KeyError):
            await writer.write("d", signal=AbortSignal.abort(KeyError("given up")))
        writer.fail(KeyError("f"))
        for later in (writer.write("b"), writer.end()):
            with pytest.raises(KeyError):
                await later
        assert writer.end_sync() == -1
        async with file.writer() as another:
            await another.write("2")
        with pytest.raises(errors.AbortError):
            await another.write("3")

    with_file(tmp_path / "out", "w", use)
    assert (tmp_path / "out").read_bytes() == b"abc2"


def test_what_the_system_says_is_raised(data):
    async def use(file):
        writer = file.writer()
        for _ in range(2):
            with pytest.raises(OSError, match="EBADF") as raised:
                await writer.write("a")
            assert (raised.value.code, raised.value.syscall) == ("EBADF", "write")
        assert await writer.end() == 0

    with_file(data, "r", use)
