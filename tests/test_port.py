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


TYPED = {
    "stages": "> 1:a\n> 2:none\nx 3 y\n0 5 6 High red 3\n2 3 > \n",
    "guards": "true false\nset 2\na 1 a\nok 3\n",
    "lines": "a\nbc\nd\n",
    "parser": "abc\nd\n",
    "mapper": "4\ntoo many\n",
}
"""What typed programs log: Node strips types, and runs neither enums nor parameter properties."""


@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize("name", sorted(path.stem for path in (PROGRAMS / "typed").glob("*.ts")))
def test_a_typed_program_does_what_it_says(name, tmp_path):
    path = PROGRAMS / "typed" / f"{name}.ts"
    draft = port(path.read_text("utf-8"), path)
    assert draft.marks == []
    (tmp_path / "draft.py").write_text(draft.text, "utf-8")
    command = [sys.executable, tmp_path / "draft.py"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (said.stderr, said.stdout) == ("", TYPED[name])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("namespace N { export const a = 1 }", "internal module has no counterpart"),
        ("class A { @log m () {} }", "a decorator"),
        ("enum E { A = f() }", "an enum with values that are computed"),
        (
            "class A { static n = 1; static m () { return this.n } }",
            "a static method that asks for this",
        ),
    ],
)
def test_what_typescript_adds_and_python_lacks_is_marked(source, reason):
    assert port(source, "a.ts").marks == [(1, reason)]


# -- the command ----------------------------------------------------------------------------------


def test_the_command_writes_drafts_and_says_what_it_could_not(tmp_path, capsys):
    source = tmp_path / "a-b.js"
    source.write_text("const x = 1\nlet y = x\nwith (y) { z }\n")
    assert line.main(["port", str(source), "--out", str(tmp_path / "out"), "--map"]) == 0
    text = (tmp_path / "out" / "a_b.py").read_text()
    assert "# PORT: with statement has no counterpart" in text
    assert "# PORT: | with (y) { z }" in text
    assert 'raise js.NotPorted("line 3: with statement has no counterpart")' in text
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


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.host
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="mypy is made for CPython")
def test_drafts_are_checked_against_the_types_of_streams2(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MYPYPATH", raising=False)
    good, bad = tmp_path / "good.js", tmp_path / "bad.js"
    good.write_text("const { PassThrough } = require('stream')\nnew PassThrough().resume()\n")
    bad.write_text("const { PassThrough } = require('stream')\nnew PassThrough().nothing('a')\n")
    assert line.main(["port", str(good), "--out", "drafts", "--check"]) == 0
    assert "Success: no issues found" in capfd.readouterr().out
    assert line.main(["port", str(bad), "--out", "drafts", "--check"]) == 1
    assert 'has no attribute "nothing"' in capfd.readouterr().out
