"""The programs of all test modules, and what they say in the Node that is here."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .. import oracles
from . import Twins
from .records import Record

TESTS = Path(__file__).parent.parent
RUNNER = Path(__file__).with_name("runner.js")


def modules() -> list[str]:
    """The names of the test modules that have programs."""
    return [
        ".".join(["tests", *path.relative_to(TESTS).with_suffix("").parts])
        for path in sorted(TESTS.rglob("test_*.py"))
        if "= Twins()" in path.read_text("utf8")
    ]


def sources(module: str) -> dict[str, str]:
    """The programs of a test module, by their names."""
    found: dict[str, str] = {}
    for value in vars(importlib.import_module(module)).values():
        if isinstance(value, Twins):
            found.update(value.sources)
    return found


def answers(module: str) -> Iterator[Record]:
    """What each program of a test module says in Node."""
    programs = sources(module)
    answered = subprocess.run(
        [oracles.node(), "--no-warnings", str(RUNNER)],
        input=json.dumps(programs).encode(),
        capture_output=True,
        check=True,
    )
    said = json.loads(answered.stdout)
    for name, source in programs.items():
        yield Record.of(name, source, said[name])
