"""`streams2 port` where JavaScript and Python part: the draft is right, or says that it is not."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from . import oracles

pytest.importorskip("tree_sitter")

from streams2 import Readable, Writable
from streams2.port import js
from streams2.port.draft import port

PORT = Path(__file__).parent / "port"
_TABLE = [""]
for _file in ("parting.txt", "people.txt"):
    _text = (PORT / _file).read_text("utf-8")
    _TABLE += re.split(r"^// === (\w+): (\w+)\n", _text, flags=re.M)[1:]
PROGRAMS = dict(zip(_TABLE[1::3], _TABLE[3::3]))
OUTCOMES = dict(zip(_TABLE[1::3], _TABLE[2::3]))

pytestmark = [pytest.mark.live, pytest.mark.once, pytest.mark.host]


@cache
def said_by_node() -> dict[str, str]:
    """What each program logs in Node, all in one process."""
    done = subprocess.run(
        [oracles.node(), PORT / "parting.cjs"],
        input=json.dumps(list(PROGRAMS.values())),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(zip(PROGRAMS, json.loads(done.stdout)))


def said_by_draft(text: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "draft.py", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def test_the_table_is_read():
    assert set(OUTCOMES.values()) == {"same", "marked", "stops"}
    assert len(PROGRAMS) > 150


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_draft_is_right_or_says_that_it_is_not(name):
    draft = port(PROGRAMS[name], f"{name}.js")
    assert bool(draft.marks) is (OUTCOMES[name] == "marked"), draft.text
    for _, reason in draft.marks:
        assert f"# PORT: {reason}" in draft.text
    if OUTCOMES[name] == "same":
        assert said_by_draft(draft.text) == said_by_node()[name], draft.text
    elif OUTCOMES[name] == "stops":
        with pytest.raises(js.NotPorted):
            said_by_draft(draft.text)


_HTML = {"big", "blink", "bold", "fixed", "inspect", "italics", "link", "small", "sub", "sup"}
"""Methods that nobody uses any more; a program's own objects may have them."""


def test_every_method_of_javascript_is_known_or_marked():
    """On what nobody knows, too: no draft asks for a method that nothing has here."""
    command = [oracles.node(), PORT / "methods.cjs"]
    names = subprocess.check_output(command, text=True, timeout=60).split()
    made = [js.Map, js.Set, js.Date, js.URL, js.URLSearchParams, js.Promise, Readable, Writable]
    lines = [f"function f{at} (x) {{ return x.{name}(1) }}" for at, name in enumerate(names)]
    text = port("\n".join(lines), "methods.js").text
    asked = re.findall(r"^    return x\.(\w+)\(", text, flags=re.M)
    unknown = {name for name in asked if not any(hasattr(each, name) for each in made)}
    assert len(names) > 200
    assert unknown <= _HTML
