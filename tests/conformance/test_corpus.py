"""Every program of the corpus does on streams2 what it did on Node, line for line."""

from __future__ import annotations

import pytest

from ..oracles import node as find_node
from . import language
from .corpus import Case, load, themes
from .node import Node
from .runner import run

CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}") for path in themes() for case in load(path)
]


@pytest.mark.parametrize("case", CASES)
def test_replay(case: Case) -> None:
    assert run(case.program) == case.trace, case.reason


def test_every_program_is_well_formed_named_once_and_there_for_a_reason() -> None:
    for path in themes():
        cases = load(path)
        for case in cases:
            language.check(case.program)
            assert case.reason, case.name
        assert len({case.name for case in cases}) == len(cases), path


def test_no_recorded_trace_is_cut_short() -> None:
    endless = {"endless source", "endless circle of ticks", "a circle in which chunks grow"}
    for path in themes():
        for case in load(path):
            assert ("TRUNCATED" in case.trace) == (case.name in endless), case.name


@pytest.mark.live
@pytest.mark.once
def test_recorded_traces_are_still_nodes() -> None:
    with Node(find_node()) as node:
        for path in themes():
            cases = load(path)
            for case, trace in zip(cases, node.traces([case.program for case in cases])):
                assert trace == case.trace, case.name
