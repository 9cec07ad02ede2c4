"""Random programs, run on the real core.async and here: the outcomes are equal."""

from __future__ import annotations

import json

import pytest

from .compare import differs, shrink
from .generator import generate
from .jvm import CoreAsync

PROGRAMS = 300


@pytest.mark.live
@pytest.mark.slow
def test_random_programs_have_equal_outcomes() -> None:
    with CoreAsync() as core_async:
        for seed in range(PROGRAMS):
            program = generate(seed)
            assert not differs(core_async, program), json.dumps(shrink(core_async, program))
