"""Ours on another interpreter: ``python -m benchmarks.lane NAME SIZE`` prints [seconds, result].

The first contestant of a work does it; `lane` asks another Python, such as PyPy, for that.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from .every import every_work
from .works import Run, Work, answer_of, leave_alone_what_is_imported

GROUPS = ("objects", "channels", "files")
"""What is measured on the other interpreter, too."""

_HERE = Path(__file__).parent.parent


def with_lane(works: list[Work], given: str | None) -> list[Work]:
    """The works, with PyPy as one more contestant; or named as missing, and why."""
    binary = shutil.which(given or "pypy3")
    if binary is None:
        return [without(work, "not found: give its path with --pypy") for work in works]
    looked = subprocess.run(
        [binary, "-c", _NAMES], cwd=_HERE, stdout=subprocess.PIPE, check=False, text=True
    )
    if looked.returncode != 0:
        return [without(work, "pyee is not installed there") for work in works]
    there = looked.stdout.split()
    return [
        without(work, "what it needs is not installed there")
        if work.name not in there
        else on(work, binary)
        if work.group in GROUPS
        else work
        for work in works
    ]


_NAMES = """
import pyee, typing_extensions
from benchmarks.every import every_work
print(*(work.name for work in every_work()))
"""


def without(work: Work, why: str) -> Work:
    if work.group not in GROUPS:
        return work
    return work._replace(missing=[*work.missing, f"streams2 on PyPy ({why})"])


def on(work: Work, binary: str) -> Work:
    ours, *_ = work.contestants
    return work._replace(contestants={**work.contestants, f"{ours} on PyPy": lane(work, binary)})


def lane(work: Work, binary: str) -> Run:
    def run(size: int) -> tuple[float, Any]:
        return answer_of([binary, "-m", "benchmarks.lane", work.name, str(size)], _HERE)

    return run


def main() -> None:
    """Do a work once, and print what came of it."""
    name, size = sys.argv[1], int(sys.argv[2])
    leave_alone_what_is_imported()
    work = next(work for work in every_work() if work.name == name)
    print(json.dumps(next(iter(work.contestants.values()))(size)))


if __name__ == "__main__":
    main()
