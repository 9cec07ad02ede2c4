"""Run a program on both, and make one that differs as small as it can be."""

from __future__ import annotations

from typing import Any

from .node import Node
from .runner import run_program

Program = list[Any]
Outcome = dict[str, Any]


def differs(node: Node, program: Program) -> bool:
    node.begin(program)
    try:
        ours = canonical(run_program(program))
    finally:
        nodes = canonical(node.finish())
    return ours != nodes


def canonical(outcome: Outcome) -> Outcome:
    """An outcome without what the queue of microtasks makes of it.

    Of several calls of a writer that are told in one turn, which is told first.
    """
    return {
        party: sorted(told, key=lambda one: one[:2])
        if party.endswith(("write", "drain", "end"))
        else told
        for party, told in outcome.items()
    }


def differences(ours: Outcome, nodes: Outcome) -> list[str]:
    """What each party was told, where that is not equal."""
    return [
        f"{party}\n    node     {nodes.get(party)}\n    streams2 {ours.get(party)}"
        for party in sorted({*ours, *nodes})
        if ours.get(party) != nodes.get(party)
    ]


def shrink(node: Node, program: Program) -> Program:
    """A smaller program that differs: one operation after the other is left out if it may be."""
    again = True
    while again:
        again = False
        for place in reversed(range(len(program))):
            for smaller in _smaller(program, place):
                try:
                    found = differs(node, smaller)
                except Exception:  # What is left makes no sense.
                    continue
                if found:
                    program, again = smaller, True
                    break
    return program


def _smaller(program: Program, place: int) -> list[Program]:
    before, operation, after = program[:place], program[place], program[place + 1 :]
    found = [[*before, *after]]
    if operation[0] == "burst":
        found += [
            [*before, ["burst", [*operation[1][:i], *operation[1][i + 1 :]]], *after]
            for i in range(len(operation[1]))
        ]
    for i, part in enumerate(operation):
        if isinstance(part, list) and part and operation[0] != "burst" and i > 1:
            found += [
                [
                    *before,
                    [*operation[:i], [*part[:k], *part[k + 1 :]], *operation[i + 1 :]],
                    *after,
                ]
                for k in range(len(part))
                if operation[0] not in ("write", "writev", "writeSync", "writevSync")
            ]
    return found
