"""What is measured: works, who does them, in turns, and the results checked before the times."""

from __future__ import annotations

import importlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

__all__ = ["Work", "machine", "measure", "node", "optional", "timed", "which_node"]

Run = Callable[[int], "tuple[float, Any]"]
NODE_PROGRAMS = Path(__file__).with_name("programs.js")


class Work(NamedTuple):
    """Something that several do.

    Attributes:
        name: what it is called on the command line.
        about: what is done.
        size, quick_size: how many values, or bytes.
        unit: what `size` counts.
        expected: the result, for a size.
        contestants: by name; each does the work and returns the seconds it took, and its result.
    """

    name: str
    about: str
    size: int
    quick_size: int
    unit: str
    expected: Callable[[int], Any]
    contestants: dict[str, Run]


def timed(work: Callable[[int], Any]) -> Run:
    """A contestant of this process: its time is that of the call."""

    def run(size: int) -> tuple[float, Any]:
        start = time.perf_counter()
        result = work(size)
        return time.perf_counter() - start, result

    return run


def optional(name: str) -> Any:
    """A module that may not be installed: it, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def which_node() -> str | None:
    """The Node to compare with: what STREAMS2_NODE names, or else the one on the PATH."""
    return os.environ.get("STREAMS2_NODE") or shutil.which("node")


def node(program: str, *arguments: str) -> dict[str, Run]:
    """The contestant that is a program of programs.js, if there is a Node: its time is its own."""
    binary = which_node()
    if binary is None:
        return {}

    def run(size: int) -> tuple[float, Any]:
        command = [binary, str(NODE_PROGRAMS), program, str(size), *arguments]
        answered = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, result = json.loads(answered.stdout)
        return seconds, result

    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True)
    return {f"Node {version.stdout.strip().lstrip('v')}": run}


def measure(work: Work, *, rounds: int, quick: bool) -> dict[str, Any]:
    """Have everybody do `work`, in turns.

    Raises:
        AssertionError: somebody did not do it.
    """
    size = work.quick_size if quick else work.size
    expected = work.expected(size)
    times: dict[str, list[float]] = {name: [] for name in work.contestants}
    for _ in range(rounds):
        for name, run in work.contestants.items():
            seconds, result = run(size)
            if result != expected:
                raise AssertionError(f"{work.name}: {name} gave {result!r}, not {expected!r}")
            times[name].append(seconds)
    return {
        "name": work.name,
        "about": work.about,
        "size": size,
        "unit": work.unit,
        "seconds": {name: summary(measured) for name, measured in times.items()},
    }


def summary(times: Sequence[float]) -> dict[str, float]:
    """The median of `times`, and the least and the most."""
    return {"median": statistics.median(times), "least": min(times), "most": max(times)}


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "python": python,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "executable": Path(sys.executable).name,
    }
