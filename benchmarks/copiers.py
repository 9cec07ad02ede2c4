"""Who copies files, and how: from a path to a path, and all files of a directory."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any, Callable

from streams2 import fs, promises, run

from .works import optional

aiofiles, anyio = optional("aiofiles"), optional("anyio")

_CHUNK = 64 * 1024
_AT_ONCE = 16

Copy = Callable[[str, str], Coroutine[Any, Any, None]]


def by_streams2(source: str, destination: str) -> None:
    def main() -> None:
        fs.create_read_stream(source).pipe(fs.create_write_stream(destination))

    run(main)


def by_shutil(source: str, destination: str) -> None:
    with open(source, "rb") as reader, open(destination, "wb") as writer:
        shutil.copyfileobj(reader, writer)


def by_cat(source: str, destination: str) -> None:
    with open(destination, "wb") as file:
        # To /dev/null itself, GNU cat copies as to any other file.
        subprocess.run(["cat", source], stdout=file, check=True)


def by_cp(source: str, destination: str) -> None:
    subprocess.run(["cp", "--reflink=never", source, destination], check=True)


async def by_aiofiles(source: str, destination: str) -> None:
    async with aiofiles.open(source, "rb") as reader, aiofiles.open(destination, "wb") as writer:
        while chunk := await reader.read(_CHUNK):
            await writer.write(chunk)


async def by_anyio(source: str, destination: str) -> None:
    open_file = anyio.open_file
    async with (
        await open_file(source, "rb") as reader,
        await open_file(destination, "wb") as writer,
    ):
        while chunk := await reader.read(_CHUNK):
            await writer.write(chunk)


def awaited(copy: Callable[[str, str], Coroutine[Any, Any, None]]) -> Callable[[str, str], None]:
    return lambda source, destination: asyncio.run(copy(source, destination))


def peers() -> dict[str, Any]:
    """Who copies from a path to a path, whatever is there."""
    found: dict[str, Any] = {"streams2": by_streams2, "shutil.copyfileobj": by_shutil}
    if aiofiles is not None:
        found["aiofiles"] = awaited(by_aiofiles)
    if anyio is not None:
        found["anyio files"] = awaited(by_anyio)
    return found


async def piped(source: str, destination: str) -> None:
    await promises.pipeline(fs.create_read_stream(source), fs.create_write_stream(destination))


async def each(copy: Copy, source: str, destination: str) -> None:
    """Copy every file of a directory, a few at a time."""
    names = iter(os.listdir(source))

    async def some() -> None:
        for name in names:
            await copy(os.path.join(source, name), os.path.join(destination, name))

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))


def many_by_streams2(source: str, destination: str) -> None:
    run(lambda: each(piped, source, destination))


def many_by_shutil(source: str, destination: str) -> None:
    for name in os.listdir(source):
        shutil.copyfile(os.path.join(source, name), os.path.join(destination, name))


def many_by_cp(source: str, destination: str) -> None:
    subprocess.run(["cp", "--reflink=never", "-r", f"{source}/.", destination], check=True)


def many_by(copy: Copy) -> Callable[[str, str], None]:
    return lambda source, destination: asyncio.run(each(copy, source, destination))


def many_at_once() -> dict[str, Callable[[str, str], None]]:
    """Who copies all files of a directory."""
    found: dict[str, Callable[[str, str], None]] = {"streams2": many_by_streams2}
    found["shutil.copyfile, one by one"] = many_by_shutil
    if aiofiles is not None:
        found["aiofiles"] = many_by(by_aiofiles)
    if anyio is not None:
        found["anyio files"] = many_by(by_anyio)
    if sys.platform.startswith("linux"):
        found["cp -r"] = many_by_cp
    return found
