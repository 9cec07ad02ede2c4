"""What is measured: works, who does them, in turns, and the results checked before the times."""

from __future__ import annotations

import gc
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

LONG = 6.0
"""Seconds; who has taken so long for a work has done with three rounds of it."""

VERY_LONG = 15.0
"""Seconds; who has taken so long for a round of it has done with that one."""


class Work(NamedTuple):
    """Something that several do.

    Attributes:
        name: what it is called on the command line.
        about: what is done.
        size, quick_size: how many values, or bytes.
        unit: what `size` counts.
        expected: the result, for a size.
        contestants: by name; each does the work and returns the seconds it took, and its result.
        missing: peers that cannot take part here, each with the reason.
        measured: what the contestants' figures are: ``"seconds"``, or bytes of some kind.
        group: the picture that it is part of.
    """

    name: str
    about: str
    size: int
    quick_size: int
    unit: str
    expected: Callable[[int], Any]
    contestants: dict[str, Run]
    missing: Sequence[str] = ()
    measured: str = "seconds"
    group: str = "objects"


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


def not_installed(*names: str) -> list[str]:
    """Those of the modules `names` that are not there, as they are named beside the figures."""
    return [f"{name} (not installed)" for name in names if optional(name) is None]


def which_node() -> str | None:
    """The Node to compare with: what STREAMS2_NODE names, or else the one on the PATH."""
    return os.environ.get("STREAMS2_NODE") or shutil.which("node")


def without_node() -> list[str]:
    """What is said where there is no Node."""
    return [] if which_node() else ["Node (not found: set STREAMS2_NODE to its path)"]


def node(program: str, *arguments: str, options: Sequence[str] = ()) -> dict[str, Run]:
    """The contestant that is a program of programs.js, if there is a Node: its time is its own."""
    binary = which_node()
    if binary is None:
        return {}

    def run(size: int) -> tuple[float, Any]:
        command = [binary, *options, str(NODE_PROGRAMS), program, str(size), *arguments]
        return answer_of(command)

    return {node_name(binary): run}


def node_name(binary: str) -> str:
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True)
    return f"Node {version.stdout.strip().lstrip('v')}"


def answer_of(command: Sequence[str], here: Path | None = None) -> tuple[float, Any]:
    """Run a program that prints ``[figure, result]`` as its last line."""
    answered = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=here)
    figure, result = json.loads(answered.stdout.splitlines()[-1])
    return figure, result


def measure(work: Work, *, rounds: int, quick: bool) -> dict[str, Any]:
    """Have everybody do `work`, in turns.

    Raises:
        AssertionError: somebody did not do it.
    """
    size = work.quick_size if quick else work.size
    expected = work.expected(size)
    times: dict[str, list[float]] = {name: [] for name in work.contestants}
    spent = dict.fromkeys(work.contestants, 0.0)
    for _ in range(rounds):
        for name, run in work.contestants.items():
            done = len(times[name])
            if done and spent[name] > (LONG if done >= 3 else done * VERY_LONG):
                continue
            start = time.perf_counter()
            figure, result = run(size)
            spent[name] += time.perf_counter() - start
            if result != expected:
                raise AssertionError(f"{work.name}: {name} gave {result!r}, not {expected!r}")
            times[name].append(figure)
    return {
        "name": work.name,
        "about": work.about,
        "group": work.group,
        "size": size,
        "unit": work.unit,
        "measured": work.measured,
        "missing": list(work.missing),
        "seconds" if work.measured == "seconds" else "bytes": {
            name: summary(measured) for name, measured in times.items()
        },
    }


def figures_of(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What was measured of a work, by contestant: seconds, or bytes."""
    figures: dict[str, dict[str, float]] = found.get("seconds") or found["bytes"]
    return figures


def summary(times: Sequence[float]) -> dict[str, float]:
    """The median of `times`, the least and the most, and how many there are."""
    middle = statistics.median(times)
    return {"median": middle, "least": min(times), "most": max(times), "rounds": len(times)}


def leave_alone_what_is_imported() -> None:
    """Have no contestant's collection of garbage look at modules: they are nobody's garbage."""
    gc.collect()
    getattr(gc, "freeze", gc.collect)()


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "python": python,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": processor(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "executable": Path(sys.executable).name,
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()
