"""Every program of the corpus comes out here as it came out on Node."""

from __future__ import annotations

import json

import pytest

from .compare import canonical, differences
from .corpus import load
from .generator import KINDS
from .runner import run_program

CASES = load()
SLICES = 8


@pytest.mark.parametrize("part", range(SLICES))
def test_recorded_programs(part: int) -> None:
    for program, outcome in CASES[part::SLICES]:
        ours = canonical(json.loads(json.dumps(run_program(program))))
        assert ours == outcome, "\n".join([json.dumps(program), *differences(ours, outcome)])


@pytest.mark.once
def test_the_corpus_has_hundreds_of_programs_of_every_kind() -> None:
    assert len(CASES) >= 30 * len(KINDS)
    assert len({json.dumps(program) for program, _ in CASES}) == len(CASES)
