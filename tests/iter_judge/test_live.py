"""Random programs do the same on `streams2.iter` as on a Node that runs beside."""

from __future__ import annotations

import json

import pytest

from ..oracles import node as find_node
from .compare import differences, differs, shrink
from .corpus import load
from .generator import generate
from .node import Node
from .runner import run_program

pytestmark = [pytest.mark.live, pytest.mark.once]

PROGRAMS = 600


def test_random_programs() -> None:
    with Node(find_node()) as node:
        for seed in range(PROGRAMS):
            program = generate(seed)
            if differs(node, program):
                program = shrink(node, program)
                told = differences(run_program(program), node.run_program(program))
                pytest.fail("\n".join([f"seed {seed}", json.dumps(program), *told]))


def test_a_part_of_the_corpus_is_still_what_node_does() -> None:
    with Node(find_node()) as node:
        for program, _ in load()[::5]:
            assert not differs(node, program), json.dumps(program)
