"""Random programs do the same on streams2 as on a Node that runs beside.

They are the same programs each time, so that no change is blamed for what it did not do. New ones
are what ``python -m tests.conformance --seed WORD`` is for.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..oracles import node as find_node
from . import language
from .draw import HypothesisDraw
from .generate import generate
from .hunt import Difference
from .language import Program
from .node import Node
from .runner import run
from .verdict import first_difference


@st.composite
def programs(draw: st.DrawFn) -> Program:
    return generate(HypothesisDraw(draw))


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with Node(find_node()) as running:
        yield running


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@settings(
    max_examples=1200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(program=programs())
def test_random_programs(node: Node, program: Program) -> None:
    language.check(program)
    answer = node.traces([program])
    ours = run(program)
    nodes = next(answer)
    differs = first_difference(ours, nodes) is not None
    assert not differs, f"\n{Difference(program, ours, nodes)}"
