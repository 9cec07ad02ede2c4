"""The corpus: named programs, each with the reason it is there and the trace recorded from Node.

A file of `corpus/` is a theme. `python -m tests.conformance record` writes the traces anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from . import language
from .hunt import dump
from .language import Program, Trace
from .node import Node

FOLDER = Path(__file__).with_name("corpus")


class Case(NamedTuple):
    """A program that is in the corpus for a reason."""

    name: str
    reason: str
    program: Program
    trace: Trace


def load(path: Path) -> list[Case]:
    """The cases of one theme."""
    return [
        Case(entry["name"], entry["reason"], entry["program"], entry.get("trace", []))
        for entry in json.loads(path.read_text("utf8"))
    ]


def themes() -> list[Path]:
    """The files of the corpus."""
    return sorted(FOLDER.glob("*.json"))


def save(path: Path, cases: list[Case]) -> None:
    """Write a theme so that a person can read it, and a change is a change of few lines."""
    path.write_text("[\n{}\n]\n".format(",\n".join(map(_written, cases))), "utf8")


def _written(case: Case) -> str:
    trace = ",\n".join(f"  {json.dumps(line)}" for line in case.trace)
    return (
        f'{{"name": {json.dumps(case.name)},\n'
        f' "reason": {json.dumps(case.reason)},\n'
        f' "program": {dump(case.program)},\n'
        f' "trace": [\n{trace}]}}'
    )


def record(node: Node) -> int:
    """Take every trace anew from Node; answer how many changed."""
    changed = 0
    for path in themes():
        cases = load(path)
        for case in cases:
            language.check(case.program)
        traces = node.traces([case.program for case in cases])
        fresh = [case._replace(trace=trace) for case, trace in zip(cases, traces)]
        changed += sum(old.trace != new.trace for old, new in zip(cases, fresh))
        save(path, fresh)
    return changed
