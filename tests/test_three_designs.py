"""docs/three-designs.md: forty programs run, agree, and hold what the page says."""

from __future__ import annotations

from functools import partial

import pytest

from examples.three_designs import mistakes
from examples.three_designs.stage import COUNT, Stage, play
from examples.three_designs.table import DESIGNS, PAGE, PROGRAMS, filled, run_program

ALL = tuple((number,) for number in range(COUNT))
EXPECTED: dict[str, object] = {
    "copying": (list(ALL), []),
    "transform": ([(2 * number,) for (number,) in ALL], []),
    "fan_out": (list(ALL), list(ALL)),
    "fan_in": [(number,) for number in range(2 * COUNT)],
    "failure": (True, True),
    "cancel": (True, True),
    "slow_consumer": (list(ALL), []),
    "drop": ((COUNT - 1,), True, True),
    "rendezvous": (list(ALL), []),
    "batching": (
        [tuple(range(first, min(first + 4, COUNT))) for first in range(0, COUNT, 4)],
        [],
    ),
}
ENDS = {"failure": "ValueError", "cancel": "CancelledError"}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_four_designs_do_the_same(program: str, design: str) -> None:
    seen = run_program(program, design)
    assert (seen.ended, seen.outcome) == (ENDS.get(program, "returned"), EXPECTED[program])
    # Nobody holds all of it: each of them pushes back.
    assert seen.most < COUNT


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@pytest.mark.once
def test_the_page_shows_what_runs_and_says_what_it_holds() -> None:
    """If not: python -m examples.three_designs writes it anew."""
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page
    assert page.count("```python\n") == len(PROGRAMS) * len(DESIGNS)


def test_who_waits_for_the_other_holds_one_chunk_or_two() -> None:
    assert {run_program("rendezvous", design).most for design in DESIGNS} <= {1, 2}


def test_each_design_says_something_else_to_one_who_does_not_listen() -> None:
    said = [play(partial(getattr(mistakes, f"{design}_ignored"), Stage())) for design in DESIGNS]
    assert said == [
        "`False`, from write 4 on; all 2,000 are held",
        "`TooManyPendingError`, from put 1,029 on",
        "`ERR_INVALID_STATE`, from write 6 on",
        "`QueueFull`, from put 5 on",
    ]
