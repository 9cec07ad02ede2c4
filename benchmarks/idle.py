"""Piped pairs that have nothing to do: what they hold, and how long it takes to make them.

``python -m benchmarks.idle held COUNT`` and ``python -m benchmarks.idle seconds COUNT`` print a
figure and the result of the work.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

from streams2 import Readable, Writable, run

from .works import Run, Work, answer_of, node, without_node


class Source(Readable[bytes]):
    def _read(self, size: int) -> None: ...


class Sink(Writable[bytes]):
    def _write(self, chunk: bytes, encoding: Any, callback: Any) -> None:
        callback()


def status(field: str) -> int:
    """A figure of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def pairs(count: int) -> tuple[float, float, int]:
    """Seconds and resident bytes for all of them, and how many there are."""
    kept: list[tuple[Source, Sink]] = []
    figures: list[float] = []

    def main() -> None:
        gc.collect()
        before = status("VmRSS")
        start = time.perf_counter()
        for _ in range(count):
            source, sink = Source(), Sink()
            source.pipe(sink)
            kept.append((source, sink))
        figures.append(time.perf_counter() - start)
        gc.collect()
        figures.append(status("VmRSS") - before)

    run(main)
    return figures[0], figures[1], len(kept)


def main() -> None:
    """Do one of them, and print what came of it."""
    what, size = sys.argv[1], int(sys.argv[2])
    seconds, held, made = pairs(size)
    print(json.dumps([seconds if what == "seconds" else held / size, made]))


def ours(what: str) -> Run:
    return lambda size: answer_of([sys.executable, "-m", "benchmarks.idle", what, str(size)])


def works() -> list[Work]:
    """What is measured with memory."""
    if not Path("/proc/self/status").exists():
        return []
    missing = without_node()
    found = []
    for count in (10_000, 100_000):
        for name, what, unit, about in (
            ("idle", "held", "bytes a pair", "held by an idle piped pair"),
            ("pairs", "seconds", "seconds", "a source and a sink made and piped"),
        ):
            theirs = node(what, options=("--expose-gc",))
            found.append(
                Work(
                    *(f"{name}-{count}", about, count, 2_000, "pairs"),
                    *(lambda size: size, {"streams2": ours(what), **theirs}, missing, unit),
                    group="memory",
                )
            )
    return found


if __name__ == "__main__":
    main()
