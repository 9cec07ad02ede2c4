"""The corpus: random programs, and what came of them on Node.

``python -m tests.iter_judge --record`` draws them and records them anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .compare import Outcome, Program, canonical
from .generator import KINDS, generate
from .node import Node

FILE = Path(__file__).with_name("corpus.jsonl")
OF_EACH_KIND = 40
_LONGEST = 1500


def load() -> list[tuple[Program, Outcome]]:
    """Each program, and its outcome on Node."""
    lines = FILE.read_text("utf-8").splitlines()
    return [(entry["program"], entry["outcome"]) for entry in map(json.loads, lines)]


def record(node: Node) -> int:
    """Draw the programs anew, and run them on Node; how many there are."""
    entries = [
        {"program": program, "outcome": canonical(node.run_program(program))}
        for kind in KINDS
        for program in _drawn(kind)
    ]
    lines = (json.dumps(entry, separators=(",", ":")) for entry in entries)
    FILE.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(entries)


def _drawn(kind: str) -> Iterator[Program]:
    """Programs of one kind, each of which does something else, and none of them long."""
    seen: set[str] = set()
    seed = 0
    while len(seen) < OF_EACH_KIND:
        program: list[Any] = generate(seed, kind)
        written = json.dumps(program)
        if len(written) <= _LONGEST and written not in seen:
            seen.add(written)
            yield program
        seed += 1
