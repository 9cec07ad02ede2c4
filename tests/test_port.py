"""`streams2 port`: drafts that do what the program did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams2.command import line

from . import oracles

pytest.importorskip("tree_sitter")

from streams2.port.draft import port

PROGRAMS = Path(__file__).parent / "port"


def ported(source: str, name: str = "program.js") -> str:
    """The draft, without what is in front of its first statement."""
    draft = port(source, name)
    compile(draft.text, name, "exec")
    return draft.text


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize("program", sorted(path.name for path in PROGRAMS.glob("*.js")))
def test_a_draft_says_what_the_program_said(program, tmp_path):
    path = PROGRAMS / program
    draft = port(path.read_text("utf-8"), path)
    assert draft.marks == []
    (tmp_path / "draft.py").write_text(draft.text, "utf-8")
    commands = [[oracles.node(), path], [sys.executable, tmp_path / "draft.py"]]
    said = [
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        for command in commands
    ]
    assert said[1].stderr == ""
    assert said[1].stdout == said[0].stdout


# -- the command ----------------------------------------------------------------------------------


def test_the_command_writes_drafts_and_says_what_it_could_not(tmp_path, capsys):
    source = tmp_path / "a-b.js"
    source.write_text("const x = 1\nlet y = x\nwith (y) { z }\n")
    assert line.main(["port", str(source), "--out", str(tmp_path / "out"), "--map"]) == 0
    text = (tmp_path / "out" / "a_b.py").read_text()
    assert "# PORT: with statement has no counterpart" in text
    assert "# PORT: | with (y) { z }" in text
    assert 'raise NotImplementedError("line 3: with statement has no counterpart")' in text
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 of 3 statements ported, 1 marked" in said.err
    assert "line 3: with statement has no counterpart" in said.err
    described = json.loads((tmp_path / "out" / "a_b.py.map").read_text())
    assert described["version"] == 3
    assert described["sources"] == ["../a-b.js"]
    assert len(described["mappings"].split(";")) == len(text.splitlines())


def test_what_is_no_program_is_refused(tmp_path, capsys):
    source = tmp_path / "a.js"
    source.write_text("const = (\n")
    assert line.main(["port", str(source)]) == 1
    assert "line 1" in capsys.readouterr().err
