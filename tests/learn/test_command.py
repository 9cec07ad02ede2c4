"""``streams2 learn``, and programs that do not let themselves be checked."""

from __future__ import annotations

import json
import sys

import pytest

from streams2.command.line import main
from streams2.learn import EXERCISES
from streams2.learn.running import check_file

pytestmark = [pytest.mark.host, pytest.mark.once, pytest.mark.slow]


def written(tmp_path, text, name="mine.py"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def outcome_of(tmp_path, text, seconds=60):
    return check_file(3, written(tmp_path, text), seconds=seconds)


def test_the_list(capsys):
    assert main(["learn"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{one.number}  {one.title}\n" in shown for one in EXERCISES)


def test_one_exercise_and_its_solution(capsys):
    assert main(["learn", "3"]) == 0
    assert capsys.readouterr().out == EXERCISES[2].program
    assert main(["learn", "3", "--solution"]) == 0
    assert capsys.readouterr().out == EXERCISES[2].solution


def test_a_program_is_written_mended_and_checked(tmp_path, capsys):
    path = str(tmp_path / "mine.py")
    assert main(["learn", "1", "--write", path]) == 0
    assert main(["learn", "check", "1", path]) == 1
    assert "You had 105 of 12 bytes in hand" in capsys.readouterr().out
    assert main(["learn", "1", "--write", path]) == 1
    assert capsys.readouterr().err == f"streams2 learn: {path}: File exists\n"
    written(tmp_path, EXERCISES[0].solution)
    assert main(["learn", "check", "1", path]) == 0
    assert capsys.readouterr().out.startswith("Right.\n")


def test_a_page_and_json(tmp_path, capsys):
    path = written(tmp_path, f"print('hello')\n{EXERCISES[2].program}")
    page = tmp_path / "seen.html"
    assert main(["learn", "check", "3", path, "--page", str(page), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["exercise"] == 3
    assert not told["passed"]
    assert "wrote after False" in told["sentences"][0]
    assert told["printed"] == "hello\n"
    assert "def cat(source, *sinks)" in page.read_text().replace(
        '<span class="k">def</span>', "def"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["10"],
        ["0"],
        ["three"],
        ["check"],
        ["check", "3"],
        ["check", "x", "y"],
        ["1", "2"],
        ["--write", "x"],
        ["1", "--page", "x"],
        ["check", "1", "x", "--solution"],
    ],
)
def test_what_makes_no_sense(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(["learn", *words])
    assert left.value.code == 2
    assert "streams2 learn: error: " in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys):
    assert main(["learn", "check", "1", "/no/such/file"]) == 1
    assert capsys.readouterr().err == "streams2 learn: /no/such/file: No such file or directory\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import os; os._exit(0)", "ended the process (exit status 0) before the check was over"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL before the check was over"),
        (b"\xff\xfe", "It is no text in Python's encoding: "),
        ("", "There is no function cat(source, *sinks) in it."),
        ("import threading; threading.Thread(target=input).start()", "There is no function cat("),
        ("print('Right.')\nraise SystemExit(0)", "It fails before it is called: SystemExit: 0"),
    ],
)
def test_programs_that_do_not_let_themselves_be_checked(text, says, tmp_path):
    verdict = outcome_of(tmp_path, text).verdict
    assert not verdict.passed
    assert says in verdict.sentences[0]


def test_a_program_that_hangs_is_ended(tmp_path):
    text = "def cat(source, *sinks):\n    while True: pass\n"
    (sentence,) = outcome_of(tmp_path, text, seconds=10).verdict.sentences
    # Whether such a loop comes to a new line is told otherwise from Python to Python.
    assert sentence in (
        "Your program had not come to an end after 10 seconds: it was in line 2.",
        "Your program has no end: it was in line 2 when it was stopped.",
    )


def test_a_program_that_catches_everything_is_ended_all_the_same(tmp_path):
    text = """
import time
def cat(source, *sinks):
    while True:
        try:
            time.sleep(100)
        except BaseException:
            pass
"""
    (sentence,) = outcome_of(tmp_path, text, seconds=5).verdict.sentences
    assert sentence.startswith(
        "Your program had not come to an end after 5 seconds: it was in line 6"
    )


def test_a_program_that_prints_a_lot(tmp_path):
    outcome = outcome_of(tmp_path, f"print('x' * 10_000_000)\n{EXERCISES[2].solution}")
    assert outcome.verdict.passed
    assert outcome.printed == "x" * 2000


def test_a_neighbour_can_be_imported(tmp_path):
    written(tmp_path, EXERCISES[2].solution, "theirs.py")
    text = "import theirs\n\ndef cat(source, *sinks):\n    theirs.cat(source, *sinks)\n"
    assert outcome_of(tmp_path, text).verdict.passed


def test_what_a_program_says_of_itself_counts_for_nothing(tmp_path):
    text = """
import sys
print('{"passed": true, "sentences": []}')
print("Right.", file=sys.stderr)
def cat(source, *sinks):
    print("Right.")
"""
    outcome = outcome_of(tmp_path, text)
    assert not outcome.verdict.passed
    assert "Right.\n" in outcome.printed


def test_the_process_runs_the_same_python(tmp_path):
    assert outcome_of(tmp_path, "import sys; print(sys.version)").printed.strip() == sys.version
