"""docs/errors.md has a section for each code, and its program fails with that code and no other."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import streams2
from streams2 import errors, run
from streams2.errors import add_note, section_of

pytestmark = pytest.mark.once

ROOT = Path(streams2.__file__).parent
PAGE = ROOT.parent / "docs" / "errors.md"
KEYS = Path(__file__).parent / "data" / "tls"

SECTIONS: dict[str, str] = dict(
    re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S)
)
CODES = {code: heading for heading in SECTIONS for code in heading.split(", ")}

# What a server answers with 400, and tells nobody of.
ONLY_ANSWERED = {"ERR_HTTP_REQUIRE_HOST"}
# A last part of codes, and a family of them that the system brings.
OF_ZSTANDARD, OF_THE_SYSTEM = "GENERIC", {"E*", "EAI_*", "EADDRINUSE", "EEXIST", "EISDIR", "ENOENT"}
# Where one looks at a code as such, whatever its letters.
OF_TABLES = {
    "tls/failures.py": "_CODES",
    "io/system_errors.py": "_CODES",
    "zlib/errors.py": "_Z_CODES",
}
NODES_WORD = re.compile(r"(ERR|HPE|CERT)_[A-Z0-9_]+")
NEEDS = {
    "brotli": "brotlicffi",
    "zstd": "backports.zstd",
    "cipher": "cryptography",
    "http": "h11",
    "redis": "redis",
}


# -- the codes that there are ---------------------------------------------------------------------


def raised_in(path: Path) -> Iterator[str]:
    """The codes that a module gives to errors; of one that is put together, its beginning."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    table = OF_TABLES.get(path.relative_to(ROOT).as_posix())
    looked_up: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            looked_up.update(key for key in node.keys if key is not None)
        elif isinstance(node, ast.Compare):
            looked_up.update((node.left, *node.comparators))
        elif isinstance(node, ast.Assign):
            name = ast.unparse(node.targets[0])
            if name == "code":
                yield from texts(node.value)
            elif name == table:
                yield from (text for text in texts(node.value) if text.isupper())
        elif isinstance(node, ast.keyword) and node.arg == "code":
            yield from texts(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in looked_up:
            if isinstance(node.value, str) and NODES_WORD.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            beginning = str(node.values[0].value)
            if re.fullmatch(r"ERR_\w*|HPE_\w*", beginning):
                yield f"{beginning}*"


def texts(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


RAISED = sorted(
    {
        code
        for path in ROOT.rglob("*.py")
        for code in raised_in(path)
        if re.fullmatch(r"[A-Z][A-Za-z0-9_]+\*?", code) and code != OF_ZSTANDARD
    }
)


def fits(code: str, name: str) -> bool:
    """Whether the section called `name` is that of `code`."""
    return code.startswith(name[:-1]) if name.endswith("*") else code == name


def test_codes_are_found() -> None:
    found = {"ABORT_ERR", "ERR_STREAM_DESTROYED", "HPE_INVALID_METHOD", "CERT_REVOKED", "EPIPE"}
    assert found | {"ERR_SSL_*", "Z_DATA_ERROR", "ECONNREFUSED"} <= set(RAISED)


@pytest.mark.once
def test_every_code_has_a_section() -> None:
    missing = [code for code in RAISED if not any(fits(code, name) for name in CODES)]
    missing = [code for code in missing if code not in ONLY_ANSWERED]
    assert missing == []


@pytest.mark.once
def test_every_section_has_a_code() -> None:
    empty = [
        name
        for name in set(CODES) - OF_THE_SYSTEM
        if not any(fits(code, name) or fits(name, code) for code in RAISED)
    ]
    assert empty == []
    headings = re.findall(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(CODES) == sum(heading.count(",") + 1 for heading in headings)


# -- the programs ---------------------------------------------------------------------------------


def program_of(heading: str) -> str:
    (program,) = re.findall(r"```python\n(.*?)```", SECTIONS[heading], re.S)
    return str(program)


@pytest.mark.host
@pytest.mark.parametrize("heading", SECTIONS)
def test_its_program_fails_with_it(
    heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word, module in NEEDS.items():
        if word in program_of(heading) and not (word == "zstd" and _has_zstd()):
            pytest.importorskip(module)
    for file in KEYS.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises((errors.StreamsError, OSError)) as caught:
        exec(compile(program_of(heading), heading, "exec"), {"__name__": "__main__"})
    error = caught.value
    code = getattr(error, "code", None)
    assert isinstance(code, str)
    assert any(fits(code, name) for name in heading.split(", ")), code
    named = re.search(r"`(?:ssl\.|socket\.)?(\w+)`", SECTIONS[heading])
    assert named is not None
    assert named[1] in [kind.__name__ for kind in type(error).__mro__]
    assert printed_notes(error)[-1] == f"docs/errors.md: {code}"


def printed_notes(error: BaseException) -> list[str]:
    """What a traceback shows after the message, from Python 3.11 on."""
    notes = eval("error.__notes__", {"__name__": "traceback", "error": error})
    return list(notes)


def _has_zstd() -> bool:
    try:
        import compression.zstd  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.once
@pytest.mark.parametrize("heading", SECTIONS)
def test_it_says_what_it_means_and_what_to_do(heading: str) -> None:
    before, after = re.split(r"```python\n.*?```", SECTIONS[heading], flags=re.S)
    assert re.fullmatch(r"\n`[\w.]+`[.;] .+[.)]\n\n", before, re.S)
    assert re.fullmatch(r"\n\n.+[.:)]\n+", after, re.S)


# -- how it is shown ------------------------------------------------------------------------------


def test_the_message_stays_nodes_and_the_section_is_a_note() -> None:
    error = errors.StreamDestroyedError("write")
    assert str(error) == "Cannot call write after a stream was destroyed"
    assert printed_notes(error) == ["docs/errors.md: ERR_STREAM_DESTROYED"]
    shown = traceback.format_exception_only(type(error), error)
    if hasattr(BaseException, "add_note"):
        assert shown[-1] == "docs/errors.md: ERR_STREAM_DESTROYED\n"


def test_nothing_is_kept_of_it() -> None:
    error = errors.StreamDestroyedError("write")
    assert printed_notes(error)
    assert vars(error) == {}
    assert error.__notes__ == []


@pytest.mark.parametrize(
    "make", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_the_section_comes_last_whoever_adds_what(make) -> None:
    error = errors.StreamWriteAfterEndError()
    section = section_of("ERR_STREAM_WRITE_AFTER_END")
    add_note(error, "first")
    error.add_note("second")
    assert printed_notes(error) == ["first", "second", section]
    other = make(error)
    other.add_note("third")
    assert printed_notes(other) == ["first", "second", "third", section]
    assert printed_notes(error) == ["first", "second", section]
    other.__notes__ = error.__notes__
    assert other.__notes__ == error.__notes__


def test_a_note_is_text() -> None:
    with pytest.raises(TypeError, match="note"):
        errors.AbortError().add_note(5)  # type: ignore[arg-type]


def test_what_has_no_code_has_no_section() -> None:
    failed = errors.CommandFailedError("x", code=1, killed=False, signal=None)
    assert printed_notes(failed) == []
    assert printed_notes(errors.StreamsError("of a kind of its own")) == []


def test_an_error_that_is_told_twice_names_its_section_once() -> None:
    from streams2.io.system_errors import told

    error = told(told(FileNotFoundError(2, "none"), "open", "x"), "stat", "x")
    assert printed_notes(error) == ["docs/errors.md: ENOENT"]


def test_a_class_of_ones_own_may_have_a_code() -> None:
    class Mine(errors.StreamsError):
        code = "ERR_MINE"

    assert str(Mine("mine")) == "mine"


def test_whoever_adds_to_an_error_of_the_systems_leaves_the_section_last() -> None:
    from streams2.io.system_errors import told

    error = told(FileNotFoundError(2, "none"), "open", "x")
    add_note(error, "whose it is")
    add_note(error, "whose it is")
    assert printed_notes(error) == ["whose it is", "docs/errors.md: ENOENT"]


def test_run_lets_it_through() -> None:
    def main() -> None:
        streams2.PassThrough().write(None)

    with pytest.raises(errors.StreamNullValuesError) as caught:
        run(main)
    assert printed_notes(caught.value) == ["docs/errors.md: ERR_STREAM_NULL_VALUES"]


def test_a_pattern_may_still_end_with_the_message() -> None:
    """pytest looks for it in the notes, too."""
    with pytest.raises(errors.StreamWriteAfterEndError, match=r"^write after end$"):
        raise errors.StreamWriteAfterEndError


@pytest.mark.host
@pytest.mark.skipif(not hasattr(BaseException, "add_note"), reason="Python prints no notes")
@pytest.mark.parametrize(
    "program",
    [
        "run(main)",
        "import threading; t = threading.Thread(target=run, args=(main,)); t.start(); t.join()",
        "import asyncio; f = lambda: asyncio.run(run_async(main)); f()",
        "import logging\ntry: run(main)\nexcept Exception: logging.exception('it')",
    ],
)
def test_whatever_prints_it_prints_the_section(program: str) -> None:
    text = "from streams2 import *\ndef main(): PassThrough().write(None)\n" + program
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.stderr.endswith("\ndocs/errors.md: ERR_STREAM_NULL_VALUES\n")
