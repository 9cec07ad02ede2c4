"""How long a copy holds up the loop: ``python -m benchmarks.stalls FROM TO``.

While a file is copied, a task sleeps for a millisecond at a time and notes by how much it is woken
too late. The same copy follows with threads alone: no read and no write on the loop's own time.
Choose a TO that is worth it: a slow disk, or one that has much to do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any, Callable

from streams2 import fs, promises
from streams2.io.threaded import ThreadedDescriptor

_BEAT = 0.001  # seconds


async def copy(source: str, destination: str, *, threads_only: bool) -> tuple[float, list[float]]:
    """Copy a file; the seconds it took, and how late each beat was, in order of size."""
    late: list[float] = []
    reader = fs.create_read_stream(source)
    writer = fs.create_write_stream(destination)
    if threads_only:
        reader.on("ready", lambda: leave_to_threads(reader))
        writer.on("ready", lambda: leave_to_threads(writer))

    async def beat() -> None:
        with processor_awaited() as awaited:
            while True:
                due, before = time.perf_counter() + _BEAT, awaited()
                await asyncio.sleep(_BEAT)
                late.append(max(0.0, time.perf_counter() - due - (awaited() - before)))

    heart = asyncio.ensure_future(beat())
    start = time.perf_counter()
    reader.pipe(writer)
    await promises.finished(writer)
    seconds = time.perf_counter() - start
    heart.cancel()
    return seconds, sorted(late)


@contextlib.contextmanager
def processor_awaited() -> Iterator[Callable[[], float]]:
    """How long this thread could have run, and other programs had the processor; in seconds.

    What only Linux tells; elsewhere, it counts as lateness.
    """
    try:
        file = open("/proc/thread-self/schedstat", "rb", buffering=0)  # noqa: SIM115
    except OSError:
        yield lambda: 0.0
        return
    with file:
        yield lambda: int(os.pread(file.fileno(), 100, 0).split()[1]) / 1e9


def leave_to_threads(stream: Any) -> None:
    """Have nothing of `stream` done on the loop's time."""
    file = stream._life.own
    file.io = ThreadedDescriptor(file.handle)
    file.io._read_into = None


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say what was found."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("source", metavar="FROM")
    parser.add_argument("destination", metavar="TO")
    options = parser.parse_args(arguments)
    print(f"{'':16}{'seconds':>10}{'beats':>8}{'median ms':>11}{'99%':>8}{'99.9%':>8}{'most':>8}")
    for name, threads_only in (("streams2", False), ("threads alone", True)):
        copying = copy(options.source, options.destination, threads_only=threads_only)
        seconds, late = asyncio.run(copying)
        parts = (0.5, 0.99, 0.999, 1) if late else ()
        shown = [late[min(len(late) - 1, int(part * len(late)))] * 1000 for part in parts]
        figures = "".join(f"{value:{width}.1f}" for value, width in zip(shown, (11, 8, 8, 8)))
        print(f"{name:16}{seconds:10.2f}{len(late):8}{figures}")


if __name__ == "__main__":
    main()
