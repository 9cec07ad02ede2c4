"""A file that is in memory, copied: to nowhere, and to another file.

What each has copied is compared byte by byte, outside of the time that is taken.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

from streams2 import fs, run

from .works import Run, Work, node

_PIECE = os.urandom(1 << 20)


class Bench:
    """A directory with the file to copy, made when it is first wanted."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="streams2-benchmarks-")
        self.source = Path(self._directory.name, "in")
        self.copy = Path(self._directory.name, "out")

    def prepare(self, size: int) -> None:
        """Have a file of `size` bytes, all of it in memory."""
        if not self.source.exists() or self.source.stat().st_size != size:
            with open(self.source, "wb") as file:
                for start in range(0, size, len(_PIECE)):
                    file.write(_PIECE[: size - start])

    def copied(self, size: int, to_file: bool) -> int:
        """How many bytes arrived as they were; then forget them."""
        if not to_file:
            return size
        same = filecmp.cmp(self.source, self.copy, shallow=False)
        self.copy.unlink()
        return size if same else -1


def copying(bench: Bench, to_file: bool, copy: Callable[[str, str], float | None]) -> Run:
    def run(size: int) -> tuple[float, Any]:
        bench.prepare(size)
        start = time.perf_counter()
        own = copy(str(bench.source), str(bench.copy) if to_file else os.devnull)
        seconds = time.perf_counter() - start if own is None else own
        return seconds, bench.copied(size, to_file)

    return run


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


def works() -> list[Work]:
    """What is measured with files."""
    bench = Bench()
    found = []
    for name, to_file in (("cat", False), ("copy", True)):
        peers: dict[str, Any] = {"streams2": by_streams2, "shutil.copyfileobj": by_shutil}
        if sys.platform.startswith("linux"):
            peers["GNU cat"] = by_cat
            if to_file:
                peers["cp"] = by_cp
        contestants = {who: copying(bench, to_file, copy) for who, copy in peers.items()}
        destination = str(bench.copy) if to_file else os.devnull
        for who, its in node("copy", str(bench.source), destination).items():
            contestants[who] = of_node(bench, to_file, its)
        about = f"a file in memory, to {'another file' if to_file else 'nowhere'}"
        size = 1 << 30
        found.append(Work(name, about, size, size >> 6, "bytes", lambda size: size, contestants))
    return found


def of_node(bench: Bench, to_file: bool, its: Run) -> Run:
    def run(size: int) -> tuple[float, Any]:
        bench.prepare(size)
        seconds, _ = its(size)
        return seconds, bench.copied(size, to_file)

    return run
