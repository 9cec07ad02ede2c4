"""What it means for two runs of a program to be equal, and how to make a difference small."""

from __future__ import annotations

import math
import re
from typing import Any

from .jvm import CoreAsync
from .runner import NAMED, NAMED_STAGES, PLAIN, InvalidProgramError, run_program

Program = list[Any]


def canonical(outcome: list[Any]) -> list[Any]:
    """An outcome without what may differ: the order of events that no one waits for."""
    return [
        [answer, sorted(inline, key=repr), sorted(later, key=repr)]
        for answer, inline, later in outcome
    ]


def outcomes(core_async: CoreAsync, program: Program) -> dict[str, list[Any]]:
    """The outcomes of a program on core.async, and on streams2 in each way it can be written."""
    expected = canonical(core_async.run_program(program))
    found = {"core.async": expected, "streams2": outcome(program, NAMED, expected)}
    if plain_applies(program):
        found["plain"] = outcome(program, PLAIN, expected)
    return found


def outcome(program: Program, transforms_as: str, expected: list[Any]) -> list[Any]:
    """What streams2 does.

    A process that never has to wait pauses now and then, and another takes the next value instead
    (docs/channels.md, 11). What is equal but for that is equal.
    """
    pausing = canonical(run_program(program, transforms_as))
    if pausing == expected:
        return pausing
    return canonical(run_program(program, transforms_as, looks=math.inf))


def plain_applies(program: Program) -> bool:
    """Whether transforms written as one generator should be equal too.

    An exception ends a whole generator, whatever stages it is nested of, so not if one may fail.
    And what it keeps back when it ends early comes along with the value that ended it, not after
    those who wait were served, so not if a buffer may drop it.
    """
    text = repr(program)
    stages = (repr(kind) for kind in NAMED_STAGES if kind != "take")
    if "fail3" in text or "nil2" in text or not any(kind in text for kind in stages):
        return False
    ends_early = re.search(r"\['take', \d|'take-while'", text)
    return not (ends_early and re.search("'(dropping|sliding|promise)'", text))


def differs(core_async: CoreAsync, program: Program) -> bool:
    """Whether streams2 does anything but what core.async does."""
    expected, *others = outcomes(core_async, program).values()
    return any(other != expected for other in others)


def shrink(core_async: CoreAsync, program: Program) -> Program:
    """A shortest part of `program` that still differs, found by leaving out operations."""
    index = len(program) - 1
    while index >= 0:
        shorter = program[:index] + program[index + 1 :]
        try:
            if differs(core_async, shorter):
                program = shorter
        except InvalidProgramError:
            pass
        index = min(index, len(program)) - 1
    return program
