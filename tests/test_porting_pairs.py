"""The pairs of examples/porting: a program for Node and its port do the same."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from . import oracles
from .porting.cases import PAIRS, Case, cases_of, pairs
from .porting.playing import node_command, play_both, python_command

AT_A_TIME = max(2, os.cpu_count() or 1)


def unlike(folder: Path, cases: list[Case], tmp_path: Path) -> list[str]:
    """Where the two programs of a pair differ."""
    commands = [node_command(oracles.node(), folder), python_command(folder)]

    async def play_all() -> list[str]:
        at_a_time = asyncio.Semaphore(AT_A_TIME)
        played = (play_both(case, commands, tmp_path, at_a_time) for case in cases)
        return [one for found in await asyncio.gather(*played) for one in found]

    return asyncio.run(play_all())


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize("pair", pairs())
def test_a_program_and_its_port_do_the_same(pair: str, tmp_path: Path) -> None:
    found = unlike(PAIRS / pair, cases_of(PAIRS / pair), tmp_path)
    assert not found, "\n".join([f"{pair}:", *found])


@pytest.mark.parametrize("pair", pairs())
def test_a_pair_has_cases_a_page_and_a_row(pair: str) -> None:
    cases = cases_of(PAIRS / pair)
    assert len(cases) >= 2
    assert any(case.fault for case in cases)
    page = (PAIRS / pair / "README.md").read_text("utf-8")
    assert f"node examples/porting/{pair}/node.js" in page
    assert f"python examples/porting/{pair}/port.py" in page
    assert 10 <= len(page.splitlines()) <= 30
    assert f"]({pair})" in (PAIRS / "README.md").read_text("utf-8")


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize(
    ("node", "python", "difference"),
    [
        ("console.log('a')", "print('a')", None),
        ("console.log('a')", "print('b')", "stdout"),
        ("process.exitCode = 3", "raise SystemExit(4)", "status"),
        ("console.error('a')", "pass", "stderr"),
        ("throw new Error('a')", "raise Exception('a')", None),
        ("throw new Error('a')", "raise Exception('b')", "crash"),
        ("require('fs').writeFileSync('f', 'a')", "pass", "file f"),
        ("process.stdin.pipe(process.stdout)", "print(input() + '!')", "stdout"),
    ],
)
def test_a_difference_is_found(
    node: str, python: str, difference: str | None, tmp_path: Path
) -> None:
    folder = tmp_path / "pair"
    folder.mkdir()
    (folder / "node.js").write_text(node)
    (folder / "port.py").write_text(python)
    found = unlike(folder, [Case("pair", "one", stdin=b"text\n")], tmp_path)
    assert [one.split(":")[1].strip() for one in found] == ([difference] if difference else [])


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="mypy is made for CPython")
def test_every_port_type_checks(tmp_path: Path) -> None:
    """All at once: they have one name, and their folders are no packages."""
    from mypy import api

    for pair in pairs():
        name = f"port_{pair.replace('-', '_')}.py"
        shutil.copy(PAIRS / pair / "port.py", tmp_path / name)
    said, problems, status = api.run(["--strict", str(tmp_path)])
    assert not problems
    assert status == 0, re.sub(r".*/port_", "port_", said)
