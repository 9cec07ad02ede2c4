"""Files that are in memory, copied: to nowhere, to another file, into a pipe; and many small ones.

What each has copied is compared byte by byte, outside of the time that is taken.
"""

from __future__ import annotations

import atexit
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable

from .copiers import by_cat, by_cp, many_at_once, peers
from .works import (
    NODE_PROGRAMS,
    Run,
    Work,
    answer_of,
    node,
    node_name,
    not_installed,
    which_node,
    without_node,
)

_PIECE = os.urandom(1 << 20)


class Bench:
    """A directory with the file to copy, made when it is first wanted."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.gettempdir(), f"streams2-benchmarks-{os.getpid()}")
        self.source = self.directory / "in"
        self.copy = self.directory / "out"

    def prepare(self, size: int) -> None:
        """Have a file of `size` bytes, all of it in memory.

        It is read each time: a system may give its memory back, bit by bit, while nobody reads it.
        """
        if not self.source.exists() or self.source.stat().st_size != size:
            if not self.directory.exists():
                self.directory.mkdir()
                atexit.register(shutil.rmtree, self.directory)
            with open(self.source, "wb") as file:
                for start in range(0, size, len(_PIECE)):
                    file.write(_PIECE[: size - start])
        with open(self.source, "rb", buffering=0) as file:
            while file.read(len(_PIECE)):
                pass

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


def piping(bench: Bench) -> dict[str, Run]:
    """Each writes into a pipe that another process reads from: ``wc``, which counts."""

    def of(copy: Callable[[str, str], float | None]) -> Run:
        compared: list[bool] = []

        def run(size: int) -> tuple[float, Any]:
            bench.prepare(size)
            if not compared:
                # Once, and outside of the time: not the count alone, every byte.
                compare = ["cmp", "--", "-", str(bench.source)]
                compared.append(into(compare, str(bench.source), copy)[1] == b"")
            seconds, printed = into(["wc", "-c"], str(bench.source), copy)
            return seconds, int(printed) if compared[0] else -1

        return run

    contestants = {who: of(copy) for who, copy in {**peers(), "GNU cat": by_cat}.items()}
    binary = which_node()
    if binary is not None:
        contestants[node_name(binary)] = of(partial(by_node, binary))
    return contestants


def by_node(binary: str, source: str, destination: str) -> float:
    """The seconds that Node took, by its own clock: they are printed beside the bytes."""
    size = str(os.stat(source).st_size)
    command = [binary, str(NODE_PROGRAMS), "through", size, source]
    with open(destination, "wb") as file:
        answered = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=True)
    return float(json.loads(answered.stderr)[0])


def into(
    reader: list[str], source: str, copy: Callable[[str, str], float | None]
) -> tuple[float, bytes]:
    """Copy `source` into the standard input of `reader`; the seconds, and what it printed."""
    pipe = subprocess.PIPE
    with subprocess.Popen(reader, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as process:
        assert process.stdin is not None
        start = time.perf_counter()
        # A path, so that it is opened by each in its own way.
        own = copy(source, f"/proc/self/fd/{process.stdin.fileno()}")
        process.stdin.close()
        assert process.stdout is not None
        printed = process.stdout.read()
        seconds = time.perf_counter() - start
    return seconds if own is None else own, printed


def small_files() -> Work:
    """A directory of files of a few KiB, each copied into another directory.

    In memory where there is a file system for that: it is not the disk that is compared.
    """

    def of(copy: Callable[[str, str], object]) -> Run:
        def run(count: int) -> tuple[float, Any]:
            where = "/dev/shm" if os.path.isdir("/dev/shm") else None
            with tempfile.TemporaryDirectory("", "streams2-benchmarks-", where) as directory:
                source, destination = Path(directory, "in"), Path(directory, "out")
                source.mkdir()
                names = [f"{number}.bin" for number in range(count)]
                for number, name in enumerate(names):
                    (source / name).write_bytes(_PIECE[number : number + 1024 + number % 4096])
                destination.mkdir()
                start = time.perf_counter()
                own = copy(str(source), str(destination))
                seconds = time.perf_counter() - start
                same, _, _ = filecmp.cmpfiles(source, destination, names, shallow=False)
                return own if isinstance(own, float) else seconds, len(same)

        return run

    contestants = {who: of(copy) for who, copy in many_at_once().items()}
    binary = which_node()
    if binary is not None:
        contestants[node_name(binary)] = of(partial(many_by_node, binary))
    return Work(
        *("small-files", "files of 1 to 5 KiB, 16 at a time", 2_000, 200, "files"),
        *(lambda count: count, contestants, missing()),
        group="files",
    )


def many_by_node(binary: str, source: str, destination: str) -> float:
    seconds, _ = answer_of([binary, str(NODE_PROGRAMS), "files", "0", source, destination])
    return seconds


def is_linux() -> bool:
    return sys.platform.startswith("linux")


def missing() -> list[str]:
    absent = [*without_node(), *not_installed("aiofiles", "anyio")]
    return absent if is_linux() else [*absent, "GNU cat and cp (not on this system)"]


def works() -> list[Work]:
    """What is measured with files."""
    bench = Bench()
    found = []
    for name, to_file in (("cat", False), ("copy", True)):
        by_path = peers()
        if is_linux():
            by_path["GNU cat"] = by_cat
            if to_file:
                by_path["cp"] = by_cp
        contestants = {who: copying(bench, to_file, copy) for who, copy in by_path.items()}
        destination = str(bench.copy) if to_file else os.devnull
        for who, its in node("copy", str(bench.source), destination).items():
            contestants[who] = of_node(bench, to_file, its)
        about = f"a file in memory, to {'another file' if to_file else 'nowhere'}"
        found.append(of_bytes(name, about, contestants))
    if is_linux():
        found.append(of_bytes("through", "a file in memory, into a pipe", piping(bench)))
    return [*found, small_files()]


def of_bytes(name: str, about: str, contestants: dict[str, Run]) -> Work:
    size = 1 << 30
    return Work(
        *(name, about, size, size >> 6, "bytes", lambda size: size, contestants, missing()),
        group="files",
    )


def of_node(bench: Bench, to_file: bool, its: Run) -> Run:
    def run(size: int) -> tuple[float, Any]:
        bench.prepare(size)
        seconds, _ = its(size)
        return seconds, bench.copied(size, to_file)

    return run
