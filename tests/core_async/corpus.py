"""The corpus: named programs, each with the reason it is there and core.async's outcome.

A file of `corpus/` is a theme. `python -m tests.core_async --record` writes the outcomes anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from .compare import Program, canonical
from .jvm import CoreAsync
from .runner import Outcome

FOLDER = Path(__file__).with_name("corpus")


class Case(NamedTuple):
    """A program that is in the corpus for a reason."""

    name: str
    reason: str
    program: Program
    outcome: Outcome


def load(path: Path) -> list[Case]:
    """The cases of one theme."""
    return [
        Case(entry["name"], entry["reason"], entry["program"], entry.get("outcome", []))
        for entry in json.loads(path.read_text("utf8"))
    ]


def themes() -> list[Path]:
    """The files of the corpus."""
    return sorted(FOLDER.glob("*.json"))


def save(path: Path, cases: list[Case]) -> None:
    """Write a theme so that a person can read it: an operation on each line, an outcome beside."""
    path.write_text("[\n{}\n]\n".format(",\n".join(map(_written, cases))), "utf8")


def _written(case: Case) -> str:
    program, outcome = (
        ",\n".join(f"  {json.dumps(line)}" for line in lines)
        for lines in (case.program, case.outcome)
    )
    return (
        f'{{"name": {json.dumps(case.name)},\n'
        f' "reason": {json.dumps(case.reason)},\n'
        f' "program": [\n{program}],\n'
        f' "outcome": [\n{outcome}]}}'
    )


def recorded(core_async: CoreAsync, cases: list[Case]) -> list[Case]:
    """The cases with the outcomes that core.async has now."""
    return [
        case._replace(outcome=canonical(core_async.run_program(case.program))) for case in cases
    ]


def record(core_async: CoreAsync) -> int:
    """Take every outcome anew from core.async; answer how many changed."""
    changed = 0
    for path in themes():
        cases = load(path)
        fresh = recorded(core_async, cases)
        changed += sum(old.outcome != new.outcome for old, new in zip(cases, fresh))
        save(path, fresh)
    return changed
