"""Every program of the corpus comes out on streams2 as it came out on core.async."""

from __future__ import annotations

import pytest

from .compare import canonical, plain_applies
from .corpus import Case, load, recorded, themes
from .jvm import CoreAsync
from .runner import NAMED, PLAIN, run_program

CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}") for path in themes() for case in load(path)
]


@pytest.mark.parametrize("case", CASES)
def test_replay(case: Case) -> None:
    assert canonical(run_program(case.program, NAMED)) == case.outcome, case.reason


@pytest.mark.host  # a generator that is no coroutine runs in a thread
@pytest.mark.parametrize("case", [case for case in CASES if plain_applies(case.values[0].program)])
def test_replay_with_plain_transforms(case: Case) -> None:
    assert canonical(run_program(case.program, PLAIN)) == case.outcome, case.reason


def test_every_program_is_named_once_and_there_for_a_reason() -> None:
    cases = [case for path in themes() for case in load(path)]
    assert len(cases) >= 80
    assert all(case.reason for case in cases)
    assert len({case.name for case in cases}) == len(cases)
    assert len({str(case.program) for case in cases}) == len(cases)


@pytest.mark.live
@pytest.mark.once
def test_recorded_outcomes_are_still_core_asyncs() -> None:
    with CoreAsync() as core_async:
        for path in themes():
            cases = load(path)
            for case, now in zip(cases, recorded(core_async, cases)):
                assert now.outcome == case.outcome, case.name
