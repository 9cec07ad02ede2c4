"""Looks for programs whose traces differ: many random ones, each shrunk to what matters."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .coverage import Coverage
from .draw import RandomDraw
from .generate import generate
from .language import Program, Trace
from .node import Node
from .runner import run
from .shrink import shrink
from .verdict import first_difference

BATCH = 100


class Difference(NamedTuple):
    """A program, and what it does on streams2 and on Node."""

    program: Program
    ours: Trace
    nodes: Trace

    @property
    def line(self) -> int:
        """The index of the first line that differs."""
        line = first_difference(self.ours, self.nodes)
        return min(len(self.ours), len(self.nodes)) if line is None else line

    @property
    def kind(self) -> str:
        """What sort of difference it is: the first two lines without what names the case."""
        ours, nodes = _line(self.ours, self.line), _line(self.nodes, self.line)
        if ours.startswith("=") and nodes.startswith("="):
            return f"properties: {_properties(ours, nodes)}"
        return f"ours: {_blur(ours)} | Node: {_blur(nodes)}"

    def __str__(self) -> str:
        start = max(0, self.line - 12)
        report = [self.kind, "", dump(self.program), ""]
        report += [f"    {line}" for line in self.nodes[start : self.line]]
        report += [f"N   {line}" for line in self.nodes[self.line : self.line + 8]]
        report += [f"  P {line}" for line in self.ours[self.line : self.line + 8]]
        return "\n".join(report)


def dump(program: Program) -> str:
    """A program as JSON a person can read: a line for each stream and each turn."""
    streams = [
        f"  {json.dumps(name)}: {json.dumps(stream)}" for name, stream in program["streams"].items()
    ]
    turns = [f"  {json.dumps(turn)}" for turn in program["turns"]]
    lines = [",\n".join(part) for part in (streams, turns)]
    beside = [part for part in ("marks", "aborted") if part in program]
    head = "".join(f'"{part}": {json.dumps(program[part])},\n ' for part in beside)
    return '{{{}"streams": {{\n{}}},\n "turns": [\n{}]}}'.format(head, *lines)


def _line(trace: Trace, index: int) -> str:
    return trace[index] if index < len(trace) else "(nothing)"


def _blur(line: str) -> str:
    line = re.sub(r'"(?:[^"\\]|\\.)*"|<[0-9a-f.]*>', "CHUNK", line)
    line = re.sub(r"Error: \w+", "Error", line)
    line = re.sub(r"#?\b(?:cb|[lfp])\d+\b", "#", line)
    line = re.sub(r"\b[rwdtp]\d?\b(?=[. ]|$)", "s", line)
    if line.startswith("="):
        return "= " + " ".join(word.split("=")[0] for word in line.split()[2:])
    return re.sub(r"\b\d+\b", "N", line)


def _properties(ours: str, nodes: str) -> str:
    differing = set(ours.split()[2:]) ^ set(nodes.split()[2:])
    return " ".join(sorted({word.split("=")[0] for word in differing}))


def differences(
    node: Node, programs: Sequence[Program], coverage: Coverage | None = None
) -> list[Difference]:
    """Those of `programs` whose traces differ."""
    answers = node.traces(programs)
    ours = [run(program, coverage) for program in programs]
    return [
        Difference(program, mine, nodes)
        for program, mine, nodes in zip(programs, ours, answers)
        if first_difference(mine, nodes) is not None
    ]


def smallest(node: Node, found: Difference) -> Difference:
    """The same kind of difference, shown by the smallest program there is."""

    def look(program: Program) -> Difference:
        return Difference(program, run(program), node.trace(program))

    def same(program: Program) -> bool:
        difference = look(program)
        differs = first_difference(difference.ours, difference.nodes) is not None
        return differs and difference.kind == found.kind

    return look(shrink(found.program, same))


class Findings:
    """What a hunt has found: how many differences of each kind, and the smallest of each."""

    def __init__(self) -> None:
        self.programs = 0
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, Difference] = {}
        self.coverage = Coverage()

    def add(self, other: Findings) -> None:
        self.programs += other.programs
        self.counts.update(other.counts)
        self.coverage.add(other.coverage)
        for kind, example in other.examples.items():
            known = self.examples.get(kind)
            if known is None or len(dump(example.program)) < len(dump(known.program)):
                self.examples[kind] = example


def hunt(node: Node, seed: object, numbers: range, without: Sequence[str] = ()) -> Findings:
    """Run the programs of `seed` that have these numbers; those with a verb of `without` not."""
    findings = Findings()
    for start in range(numbers.start, numbers.stop, BATCH):
        batch = [
            generate(RandomDraw(f"{seed}/{number}"))
            for number in range(start, min(start + BATCH, numbers.stop))
        ]
        batch = [program for program in batch if not _uses(program, without)]
        findings.programs += len(batch)
        for found in differences(node, batch, findings.coverage):
            findings.counts[found.kind] += 1
            if found.kind not in findings.examples:
                findings.examples[found.kind] = smallest(node, found)
    return findings


def _uses(program: Program, verbs: Sequence[str]) -> bool:
    text = json.dumps(program)
    return any(f'["{verb}"' in text for verb in verbs)
