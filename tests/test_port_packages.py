"""`streams2 port` on packages of npm: their drafts, mended in a few places, do the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import oracles

pytest.importorskip("tree_sitter")

from streams2.port.draft import port

PROGRAMS = Path(__file__).parent / "port" / "packages"
VERSIONS = {
    "block-stream2": "2.1.0",
    "byline": "5.0.0",
    "concat-stream": "2.0.0",
    "csv-parser": "3.2.1",
    "duplexify": "4.1.3",
    "flush-write-stream": "2.0.0",
    "from2": "2.3.0",
    "length-prefixed-stream": "2.0.0",
    "merge2": "1.4.1",
    "multistream": "4.1.0",
    "ndjson": "2.0.0",
    "peek-stream": "1.1.3",
    "pump": "3.0.4",
    "pumpify": "2.0.1",
    "split2": "4.2.0",
    "stream-meter": "1.0.4",
    "tar-stream": "3.2.2",
    "through2": "5.0.12",
}

STATE = 'raise js.NotPorted("line {}: the state of a stream is read, and not set")'
EITHER = 'raise js.NotPorted("line {}: {} may be undefined too, and None is both")'
SET_NEITHER = "if {0} is None or {0} is False:\n            self.{1}\n            return"
ONCE = (
    "emit, said = self.emit, set()\n"
    "                self.emit = lambda name, *given: name in said or (\n"
    "                    emit(name, *given), said.add(name if name == 'prefinish' else None)\n"
    "                )[0]"
)
"""A stream whose ``prefinish`` is heard once."""


def duplexify(*lines: int) -> list[tuple[str, str, str]]:
    """What is mended in duplexify, of either of its versions."""
    pairs = (("writable", "end()"), ("readable", "push(None)\n            self.resume()"))
    mends = [
        ("duplexify", EITHER.format(line, name), SET_NEITHER.format(name, end))
        for line, (name, end) in zip(lines, pairs)
    ]
    return [*mends, ("duplexify", STATE.format(lines[2]), ONCE)]


MENDS: dict[str, list[tuple[str, str, str]]] = {
    "csv-parser": [
        (
            "csv_parser",
            "        if isinstance(data, str):\n            data = buffer_.from_(data)\n",
            "        data = bytearray(buffer_.from_(data))\n",
        )
    ],
    "duplexify": duplexify(90, 126, 222),
    "split2": [("split2", STATE.format(134), "pass")],
}
"""What is mended by hand in a package: the module, what is there, and what is meant."""

PASSING = {
    *("block-stream2", "byline", "concat-stream", "csv-parser", "duplexify"),
    *("flush-write-stream", "from2"),
    *("length-prefixed-stream", "merge2", "multistream", "ndjson", "pump", "split2"),
    *("stream-meter", "through2"),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with all packages in it."""
    folder = tmp_path_factory.mktemp("npm")
    names = [f"{name}@{version}" for name, version in VERSIONS.items()]
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *names]
    subprocess.run(command, check=True, timeout=200)
    return folder


def drafted(program: Path, folder: Path, mends: list[tuple[str, str, str]]) -> Path:
    """Drafts of a program, and of all that it requires; the one of the program."""
    todo, done = [program], set()
    while todo:
        path = todo.pop()
        if path in done:
            continue
        done.add(path)
        draft = port(path.read_text("utf-8"), path)
        text = draft.text
        for module, there, meant in mends:
            if module == draft.name:
                assert text.count(there) == 1, f"{module} has no {there!r}"
                text = text.replace(there, meant)
        (folder / f"{draft.name}.py").write_text(text, "utf-8")
        todo += draft.requires
    return folder / f"{program.stem}.py"


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize("package", sorted(PASSING))
def test_a_package_does_what_it_does_in_node(package, installed, tmp_path):
    program = installed / f"try_{package.replace('-', '_')}.js"
    shutil.copy(PROGRAMS / f"{package}.js", program)
    mends = MENDS.get(package, [])
    assert len(mends) <= 5
    draft = drafted(program, tmp_path, mends)
    said = [
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        for command in ([oracles.node(), program], [sys.executable, draft])
    ]
    assert said[1].stdout == said[0].stdout, said[1].stderr


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
def test_every_package_is_translated(installed):
    assert sorted(VERSIONS) == sorted(path.stem for path in PROGRAMS.glob("*.js"))
    assert len(PASSING) >= 12
    for package in VERSIONS:
        folder = installed / "node_modules" / package
        for path in [*folder.glob("*.js"), *folder.glob("lib/*.js")]:
            draft = port(path.read_text("utf-8"), path)
            for _, reason in draft.marks:
                assert f"# PORT: {reason}" in draft.text
