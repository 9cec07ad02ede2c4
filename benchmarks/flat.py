"""Copies of much, and the most that they hold: ``python -m benchmarks.flat WAY BYTES``.

A WAY is ``nowhere`` (a file is read), ``pipe`` (a file, through a pipe, into a file) or ``gzip`` (a
file is compressed and decompressed again). Each needs a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Callable

from streams2 import Writable, fs, promises, run, zlib

from .idle import status
from .works import Run, Work, answer_of, node, without_node


class Counting(Writable[bytes]):
    """Counts the bytes that come.

    Attributes:
        seen: how many there were.
    """

    seen = 0

    def _write(self, chunk: bytes, encoding: str, callback: Callable[[], object]) -> None:
        self.seen += len(chunk)
        callback()


async def nowhere(source: Path) -> int:
    """How many bytes of a file were read."""
    sink = Counting()
    await promises.pipeline(fs.create_read_stream(source), sink)
    return sink.seen


async def pipe(source: Path) -> int:
    """How many bytes of a file have come through a pipe into another file."""
    theirs, ours = os.pipe()
    copy = source.with_name("copy")
    await asyncio.gather(
        promises.pipeline(fs.create_read_stream(source), fs.create_write_stream(None, fd=ours)),
        promises.pipeline(fs.create_read_stream(None, fd=theirs), fs.create_write_stream(copy)),
    )
    return copy.stat().st_size


async def gzip(source: Path) -> int:
    """How many bytes of a file were compressed and decompressed."""
    sink = Counting()
    await promises.pipeline(
        fs.create_read_stream(source), zlib.create_gzip(level=1), zlib.create_gunzip(), sink
    )
    return sink.seen


WAYS = {way.__name__: way for way in (nowhere, pipe, gzip)}


def copy(way: str, size: int) -> tuple[float, int]:
    """The most that was resident, and how many bytes have arrived."""
    seen: list[int] = []
    with tempfile.TemporaryDirectory(prefix="streams2-benchmarks-") as directory:
        source = Path(directory, "in")
        source.touch()
        os.truncate(source, size)

        async def main() -> None:
            seen.append(await WAYS[way](source))

        run(main)
    return float(status("VmHWM")), seen[0]


def ours(way: str) -> Run:
    return lambda size: answer_of([sys.executable, "-m", "benchmarks.flat", way, str(size)])


def of_size(copy: Run, size: int, quick_size: int) -> Run:
    """Copies `size` whatever is asked for; the result is that all of it was copied."""

    def sized(asked: int) -> tuple[float, int]:
        given = quick_size if asked == 1 else size
        held, seen = copy(given)
        return held, asked if seen == given else -1

    return sized


SIZES = (("64 MiB", 1 << 26), ("1 GiB", 1 << 30), ("4 GiB", 1 << 32))

ABOUT = {
    "nowhere": ("flat", "the most that is held while a file is read"),
    "pipe": ("flat-pipe", "the most that is held by file, pipe, file"),
    "gzip": ("flat-gzip", "the most that is held by gzip and back"),
}


def works() -> list[Work]:
    """What is measured with much to copy."""
    if not Path("/proc/self/status").exists():
        return []
    found = []
    for way, (name, about) in ABOUT.items():
        copying = {"streams2": ours(way), **(node("held-by-copy") if way == "nowhere" else {})}
        missing = without_node() if way == "nowhere" else []
        # Through more than one stream, a GiB is enough: 4 take minutes.
        sizes = SIZES if way == "nowhere" else SIZES[:2]
        contestants = {
            f"{who}, {label}": of_size(each, size, size >> 8)
            for who, each in copying.items()
            for label, size in sizes
        }
        # Of the sizes, each is copied whatever `size` says: it counts them.
        found.append(
            Work(
                *(name, about, len(sizes), 1, "sizes"),
                *(lambda size: size, contestants, missing, "bytes"),
                group="memory",
            )
        )
    return found


if __name__ == "__main__":
    print(json.dumps(copy(sys.argv[1], int(sys.argv[2]))))
