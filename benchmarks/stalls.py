"""How long a copy holds up the loop: ``python -m benchmarks.stalls FROM TO``.

While a file is copied, a task sleeps for a millisecond at a time and notes by how much it is woken
too late. The same copy follows with threads alone: no read and no write on the loop's own time.
Choose a TO that is worth it: a slow disk, or one that has much to do.

What a machine does besides makes every program late. So another process, with a loop that has
nothing else to do, notes the same beside each copy: the control. Nothing is subtracted. But it is
counted how many beats were more than 10 ms late while the control was on time: these alone are the
copy's own. With ``--into FIGURES.json`` what is found is kept, for the page of those figures.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from streams2 import fs, promises

_BEAT = 0.001  # seconds
_LATE = 0.010  # seconds: what a copy may not make of it
_ON_TIME = 0.002  # seconds: a control that is later than this was held up, too

Beat = tuple[float, float]
"""When a task was to be woken, and when it was; by a clock that all processes share."""


async def heart(beats: list[Beat]) -> None:
    """Sleep for a millisecond at a time, and note when that was over."""
    while True:
        due = time.monotonic() + _BEAT
        await asyncio.sleep(_BEAT)
        beats.append((due, time.monotonic()))


async def copy(source: str, destination: str, *, threads_only: bool) -> tuple[float, list[Beat]]:
    """Copy a file; the seconds it took, and the beats meanwhile."""
    beats: list[Beat] = []
    reader = fs.create_read_stream(source)
    writer = fs.create_write_stream(destination)
    if threads_only:
        reader.on("ready", lambda: leave_to_threads(reader))
        writer.on("ready", lambda: leave_to_threads(writer))
    beating = asyncio.ensure_future(heart(beats))
    start = time.perf_counter()
    reader.pipe(writer)
    await promises.finished(writer)
    seconds = time.perf_counter() - start
    beating.cancel()
    return seconds, beats


def leave_to_threads(stream: Any) -> None:
    """Have nothing of `stream` done on the loop's time."""
    io = stream._life.own.descriptor()
    io._writes_at_once = io._read_into = None


async def control() -> None:
    """Beat beside a copy until the input ends, and print the beats."""
    beats: list[Beat] = []
    beating = asyncio.ensure_future(heart(beats))
    print("beating", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    beating.cancel()
    print(written(beats), end="")


def written(beats: list[Beat]) -> str:
    """Beats as the control prints them: a copy may be over before there is one."""
    return "".join(f"{due} {woken}\n" for due, woken in beats)


def read(text: str) -> list[Beat]:
    """What `written` made."""
    return [(float(due), float(woken)) for due, woken in map(str.split, text.splitlines())]


def beside_control(work: Any) -> tuple[Any, list[Beat]]:
    """Run a coroutine; what it returns, and the control's beats meanwhile."""
    command = [sys.executable, "-m", "benchmarks.stalls", "--control"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        result = asyncio.run(work)
        return result, read(process.communicate()[0])


def own(beats: list[Beat], others: list[Beat]) -> int:
    """How many of `beats` were late while the control, whose beats are `others`, was on time."""
    woken = [each for _, each in others]

    def was_on_time(due: float, until: float) -> bool:
        first = bisect.bisect_left(woken, due)
        held_up = [late for late in others[first:] if late[0] < until]
        return bool(held_up) and all(end - begin < _ON_TIME for begin, end in held_up)

    return sum(end - due > _LATE and was_on_time(due, end) for due, end in beats)


def found(name: str, seconds: float, beats: list[Beat], alone: int | None) -> dict[str, Any]:
    """What is told of a copy, or of its control: by how many milliseconds beats were late."""
    late = sorted(max(0.0, woken - due) * 1000 for due, woken in beats) or [0.0]
    median, most_of, nearly_all = (late[int(part * len(late))] for part in (0.5, 0.99, 0.999))
    parts = {"median": median, "99%": most_of, "99.9%": nearly_all, "most": late[-1]}
    return {"who": name, "seconds": seconds, "beats": len(beats), **parts, "own": alone}


def row(told: dict[str, Any]) -> str:
    late = (told["median"], told["99%"], told["99.9%"], told["most"])
    figures = "".join(f"{value:{width}.1f}" for value, width in zip(late, (11, 8, 8, 8)))
    alone = "" if told["own"] is None else told["own"]
    return f"{told['who']:16}{told['seconds']:10.2f}{told['beats']:8}{figures}{alone:>8}"


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say what was found."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("source", metavar="FROM")
    parser.add_argument("destination", metavar="TO")
    parser.add_argument("--into", metavar="F", type=Path, help="the figures to keep it with")
    parser.add_argument("--on", metavar="TEXT", default="", help="what TO is on, kept with it")
    options = parser.parse_args(arguments)
    figures = {} if options.into is None else json.loads(options.into.read_text("utf-8"))
    columns = f"{'median ms':>11}{'99%':>8}{'99.9%':>8}{'most':>8}{'own':>8}"
    print(f"{'':16}{'seconds':>10}{'beats':>8}{columns}")
    rows = []
    for name, threads_only in (("streams2", False), ("threads alone", True)):
        copying = copy(options.source, options.destination, threads_only=threads_only)
        (seconds, beats), others = beside_control(copying)
        rows.append(found(name, seconds, beats, own(beats, others)))
        rows.append(found("  the control", seconds, others, None))
        print("\n".join(map(row, rows[-2:])))
    if options.into is not None:
        size = Path(options.source).stat().st_size
        figures["stalls"] = {"on": options.on, "size": size, "rows": rows}
        options.into.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--control"]:
        asyncio.run(control())
    else:
        main()
