"""fs.promises.open: a file that is opened first, and made streams of then."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, once, promises, run
from streams2.errors import InvalidArgTypeError, InvalidArgValueError, OutOfRangeError

pytestmark = pytest.mark.host


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "greeting.txt"
    path.write_bytes(b"hello world")
    return path


def test_a_stream_of_an_open_file_closes_it(path: Path) -> None:
    heard: list[Any] = []

    async def main() -> str:
        file = await fs.promises.open(path)
        file.on("close", lambda: heard.append(("handle", file.fd)))
        stream = file.create_read_stream(start=6, encoding="utf8")
        for event in ("open", "ready"):
            stream.on(event, lambda *_: heard.append("never"))
        stream.on("close", lambda: heard.append("stream"))
        assert (stream.fd, stream.path, stream.flags, stream.pending) == (
            file.fd,
            None,
            None,
            False,
        )
        text = "".join([chunk async for chunk in stream])
        await promises.finished(stream)
        await asyncio.sleep(0)
        assert stream.fd is None
        with pytest.raises(OutOfRangeError, match="fd"):
            file.create_read_stream()
        await file.close()
        return text

    assert run(main) == "world"
    assert sorted(map(str, heard)) == ["('handle', -1)", "stream"]


def test_a_file_serves_several_streams_that_do_not_close_it(path: Path) -> None:
    async def main() -> bytes:
        async with await fs.promises.open(path, "r+") as file:
            sink = file.create_write_stream(start=0, auto_close=False)
            sink.end("J")
            await promises.finished(sink)
            source = fs.create_read_stream(None, fd=file, start=0, auto_close=False)
            data = b"".join([chunk async for chunk in source])
            assert file.fd >= 0
        assert file.fd == -1
        return data

    assert asyncio.run(main()) == b"Jello world"


def test_close_writes_what_was_accepted_and_leaves_what_is_read(path: Path) -> None:
    async def main() -> None:
        async with await fs.promises.open(path, "w") as file:
            sink = file.create_write_stream(high_water_mark=1)
            for _ in range(5):
                sink.write(b"x" * 10_000)
        assert sink.writable_finished
        async with await fs.promises.open(path) as file:
            source = file.create_read_stream(high_water_mark=10)
        assert source.destroyed
        await file.close()

    run(main)
    assert path.read_bytes() == b"x" * 50_000


def test_what_cannot_be_opened(path: Path) -> None:
    async def arguments() -> None:
        with pytest.raises(FileNotFoundError) as missing:
            await fs.promises.open(path.parent / "missing")
        assert (missing.value.code, missing.value.syscall) == ("ENOENT", "open")  # type: ignore[attr-defined]
        with pytest.raises(InvalidArgTypeError):
            await fs.promises.open(5)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgValueError):
            await fs.promises.open(path, "zz")
        with pytest.raises(InvalidArgValueError):
            await fs.promises.open(path, "w", "9")

    run(arguments)


def test_what_a_file_says_of_itself(path: Path) -> None:
    async def main() -> None:
        file = await fs.promises.open(path, "r+")
        reader = file.create_read_stream(auto_close=False)
        assert os.fstat(file.fd).st_size == path.stat().st_size
        assert (reader.pending, reader.auto_close) == (False, False)
        reader.auto_close = True
        closed: list[Any] = []
        reader.close(closed.append)
        writer = fs.create_write_stream(path)
        assert (writer.pending, writer.auto_close) == (True, True)
        writer.auto_close = False
        writer.auto_close = True
        writer.destroy_soon()
        await once(writer, "close")
        assert not writer.pending or writer.fd is None
        another = fs.create_write_stream(path)
        another.close(closed.append)
        await once(another, "close")
        if len(closed) < 2:
            await once(reader, "close")
        # What was not read to its end was closed too early.
        codes = {getattr(error, "code", None) for error in closed}
        assert codes == {"ERR_STREAM_PREMATURE_CLOSE", None}

    run(main)
