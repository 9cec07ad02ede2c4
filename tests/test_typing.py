"""What type-checks and what must not: the programs of tests/typing, as mypy --strict sees them."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest

from streams2 import Duplex, Readable, Writable
from streams2.streams.options import DuplexOptions, ReadableOptions, WritableOptions

if sys.implementation.name != "cpython":
    pytest.skip("mypy is made for CPython", allow_module_level=True)

from mypy import api

PROGRAMS = Path(__file__).parent / "typing"

pytestmark = pytest.mark.slow


def errors_of(path: Path) -> list[tuple[int, str]]:
    """Where mypy finds an error in a program, and of which kind."""
    said, problems, _ = api.run(["--strict", "--hide-error-context", str(path)])
    assert not problems
    found = re.findall(r"^(.*?):(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
    assert len(found) == said.count(": error: ")
    assert all(Path(name).samefile(path) for name, _, _ in found), said
    return [(int(line), code) for _, line, code in found]


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("accepted*.py")), ids=lambda path: path.stem)
def test_what_must_type_check_does(path: Path) -> None:
    assert errors_of(path) == []


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("refused*.py")), ids=lambda path: path.stem)
def test_what_must_not_type_check_does_not(path: Path) -> None:
    expected = [
        (number, mark.group(1))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (mark := re.search(r"# refused: ([\w-]+)$", line))
    ]
    assert expected
    assert errors_of(path) == expected


@pytest.mark.parametrize(
    ("stream", "options"),
    [(Readable, ReadableOptions), (Writable, WritableOptions), (Duplex, DuplexOptions)],
)
def test_an_editor_completes_every_option(stream: type, options: type) -> None:
    takes = inspect.signature(stream).parameters.keys()
    assert options.__annotations__.keys() == takes
