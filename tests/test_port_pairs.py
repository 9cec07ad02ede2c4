"""`streams2 port` on the programs for Node of examples/porting."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from . import oracles
from .porting.cases import PAIRS, cases_of, pairs
from .porting.playing import node_command, play_both, python_command

pytest.importorskip("tree_sitter")

from streams2.port.draft import port

MARKED = {"34-database-cursor-to-csv"}
"""What asks for a module that streams2 has not: a mark says so."""

UNEDITED = [pair for pair in pairs() if pair not in MARKED]
"""Those whose drafts run as they are."""


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.off  # They leave streams as their originals do, which debug mode tells of.
@pytest.mark.parametrize("pair", UNEDITED)
def test_a_draft_does_what_its_program_does(pair, tmp_path):
    folder = tmp_path / pair
    shutil.copytree(PAIRS / pair, folder)
    path = PAIRS / pair / "node.js"
    (folder / "port.py").write_text(port(path.read_text("utf-8"), path).text, "utf-8")
    commands = [node_command(oracles.node(), folder), python_command(folder)]

    async def play_all():
        at_a_time = asyncio.Semaphore(max(2, os.cpu_count() or 1))
        # One that goes well and one that fails: the ports themselves are tried with all.
        cases = cases_of(PAIRS / pair)
        cases = [*cases[:1], *(case for case in cases[1:] if case.fault)][:2]
        played = (play_both(case, commands, tmp_path, at_a_time) for case in cases)
        return [one for found in await asyncio.gather(*played) for one in found]

    assert asyncio.run(play_all()) == []


@pytest.mark.once
@pytest.mark.parametrize("pair", pairs())
def test_what_is_not_ported_is_marked_and_stops_the_draft(pair):
    path = PAIRS / pair / "node.js"
    draft = port(path.read_text("utf-8"), path)
    compile(draft.text, str(path), "exec")
    stops = draft.text.count("raise js.NotPorted(")
    assert (
        stops == len(draft.marks) == sum(f"line {line}: " in draft.text for line, _ in draft.marks)
    )
