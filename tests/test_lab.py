"""The laboratory: what the knobs make, and what becomes of it."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from streams2.errors import InvalidArgTypeError, InvalidArgValueError, OutOfRangeError
from streams2.lab import KNOBS, MISTAKES, WAYS, Knobs, program_of, record_program
from streams2.lab.figures import figures_of, told, turned_in_words
from streams2.lab.in_page import Laboratory, menus
from streams2.lab.turning import turn
from streams2.lab.verdicts import checked
from streams2.learn import EXERCISES, check

pytestmark = pytest.mark.slow

CPYTHON = sys.implementation.name == "cpython"
every_way = pytest.mark.parametrize("way", WAYS)
TURNED = {
    "source_mark": 30,
    "sink_mark": 1,
    "source_ms": 6,
    "sink_ms": 0,
    "chunk_size": 7,
    "chunks": 4,
    "sinks": 2,
    "room": 3,
}


def events_of(knobs: Knobs, way: str) -> list[dict[str, object]]:
    recording = record_program(program_of(knobs, way)).recording
    assert recording is not None
    return [event.as_dict() for event in recording.events]


@functools.cache
def what_happens(knobs: Knobs, way: str) -> list[tuple[object, ...]]:
    """The events without the lines of the program, which another program has elsewhere."""
    return [
        (event["seconds"], event["kind"], event["owner"], event["name"], event.get("holds"))
        for event in json.loads(json.dumps(events_of(knobs, way)))
        if event["kind"] not in ("line", "return")
    ]


# -- knobs ----------------------------------------------------------------------------------------


def test_a_knob_has_ends() -> None:
    with pytest.raises(OutOfRangeError, match="sink_mark"):
        Knobs(sink_mark=65)
    with pytest.raises(InvalidArgTypeError, match="chunks"):
        Knobs(chunks=2.5)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgValueError, match="left"):
        Knobs(left="nothing")
    with pytest.raises(InvalidArgValueError, match="mistake"):
        Knobs(mistake="sneeze")
    assert Knobs(right="nothing").halves == ["pipe"]


def test_what_is_no_knob_is_left_out() -> None:
    assert Knobs().turned({"sink_mark": 1, "colour": 3}) == Knobs(sink_mark=1)


@pytest.mark.slow
@pytest.mark.once
@every_way
def test_every_knob_changes_what_happens(way: str) -> None:
    # Only a channel has room.
    for name in (knob.name for knob in KNOBS if way == "channel" or knob.name != "room"):
        check_that_it_changes_what_happens(name, way)


def check_that_it_changes_what_happens(name: str, way: str) -> None:
    turned = replace(Knobs(), **{name: TURNED[name]})
    assert what_happens(turned, way) != what_happens(Knobs(), way)


@pytest.mark.slow
@pytest.mark.once
@every_way
@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one != "none"])
def test_every_mistake_changes_what_happens(way: str, mistake: str) -> None:
    same = what_happens(Knobs(mistake=mistake), way) == what_happens(Knobs(), way)
    # That is what `naive` is: it ignores every False already.
    assert same == (way == "naive" and mistake == "ignore_false")


@pytest.mark.slow
@pytest.mark.once
@every_way
@pytest.mark.parametrize("end", ["least", "most"])
def test_every_knob_can_be_turned_to_its_ends(way: str, end: str) -> None:
    knobs = Knobs(**{knob.name: getattr(knob, end) for knob in KNOBS})
    outcome = record_program(program_of(knobs, way))
    assert outcome.problem is None
    assert figures_of(outcome).written == knobs.chunks * knobs.chunk_size * knobs.sinks


# -- programs -------------------------------------------------------------------------------------


@every_way
def test_without_a_mistake_all_is_copied(way: str) -> None:
    figures = figures_of(record_program(program_of(Knobs(), way)))
    assert figures.written == 45


@every_way
@pytest.mark.parametrize("mistake", ["sink_fails", "source_fails"])
def test_a_failure_reaches_whoever_runs_it(way: str, mistake: str) -> None:
    problem = record_program(program_of(Knobs(mistake=mistake), way)).problem
    assert problem is not None
    assert problem.kind == "OSError"
    assert problem.message.startswith("the disk")


@pytest.mark.parametrize("mistake", ["forget_callback", "second_sink_stalls", "unread_transform"])
def test_a_program_that_stands_still_says_so(mistake: str) -> None:
    outcome = record_program(program_of(Knobs(mistake=mistake), "channel"))
    assert outcome.problem is not None
    assert outcome.problem.kind == "UnsettledError"
    assert "waits" in outcome.problem.message


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize("sinks", [1, 3])
@every_way
def test_it_runs_as_a_file_too(way: str, sinks: int, tmp_path: object) -> None:
    text = program_of(Knobs(source_ms=0, sink_ms=1, sinks=sinks), way)
    ran = subprocess.run([sys.executable, "-"], input=text, text=True, capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.slow
@every_way
def test_it_is_the_same_every_time(way: str) -> None:
    knobs = Knobs(mistake="forget_callback", sinks=2)
    assert events_of(knobs, way) == events_of(knobs, way)


# -- running --------------------------------------------------------------------------------------


def test_a_clock_that_needs_no_waiting() -> None:
    outcome = record_program(
        """
import asyncio, time
from streams2 import run
from streams2.timers import set_timeout

async def main():
    await asyncio.sleep(100)
    print(time.monotonic())

asyncio.run(main())
time.sleep(50)
run(main)
run(lambda: set_timeout(lambda: print(time.time()), 500))
"""
    )
    assert (outcome.printed, outcome.problem) == ("100.0\n250.0\n250.5\n", None)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x = 1\ndef f(:\n", 2, 7),
        ("x = 1\n\ny = 1 / 0\n", 3, None),
        ("import nothing_here", 1, None),
    ],
)
def test_an_error_is_of_a_line(text: str, line: int, column: int | None) -> None:
    problem = record_program(text).problem
    assert problem is not None
    assert problem.line == line
    # PyPy points at the sign before.
    assert problem.column in ((column,) if CPYTHON or column is None else (column - 1, column))
    assert f'File "program.py", line {line}' in problem.traceback


@pytest.mark.parametrize(
    "text",
    [
        "while True:\n    x = 1\n",
        "from streams2 import run, timers\nrun(lambda: timers.set_interval(lambda: None, 1))\n",
        "import asyncio\nasync def f():\n while 1:\n  await asyncio.sleep(0)\nasyncio.run(f())\n",
        "import time\nwhile True: time.sleep(60)\n",
        "while True:\n    try:\n        g = 1\n    except Exception:\n        pass\n",
    ],
)
def test_a_program_without_end_is_stopped(text: str) -> None:
    outcome = record_program(text, most_events=200, most_steps=300)
    assert outcome.problem is not None
    assert outcome.problem.kind == "Stopped"
    assert outcome.recording is not None
    assert "had not come to an end after" in outcome.problem.message
    assert len(outcome.recording.events) <= 200


def test_a_program_that_takes_too_long_is_stopped() -> None:
    text = "while True: x = 1\n"
    outcome = record_program(text, most_events=100, most_steps=10**9, patience=0)
    assert outcome.problem is not None
    said = "it had not come to an end after 100 events and 0 seconds, and was stopped"
    assert outcome.problem.message == said
    assert outcome.recording is not None
    assert len(outcome.recording.events) == 100


@pytest.mark.once
def test_of_a_long_program_the_first_events_are_recorded_and_it_goes_on() -> None:
    text = program_of(Knobs(source_ms=0, sink_ms=0), "pipe").replace("CHUNKS = 9", "CHUNKS = 2_000")
    outcome = record_program(f"{text}print('done')\n", patience=1000)
    assert (outcome.problem, outcome.printed) == (None, "done\n")
    assert outcome.recording is not None
    assert len(outcome.recording.events) == 4000
    assert not outcome.recording.complete
    assert len(outcome.recording.chunks) < 1000
    short = record_program(text.replace("2_000", "400"), patience=1000).recording
    assert short is not None
    assert outcome.recording.events == short.events
    said = turn(Knobs(right="nothing"), [text]).since(None)
    assert said.endswith("(in its first 4,000 events: more are not recorded)")


def test_leaving_is_no_problem() -> None:
    assert record_program("raise SystemExit").problem is None
    problem = record_program("import sys\nsys.exit('usage')").problem
    assert problem is not None
    assert problem.message == "usage"


def test_what_a_program_leaves_is_not_recorded_in_the_next() -> None:
    alone = record_program(program_of(Knobs(), "pipe")).recording
    record_program(program_of(Knobs(mistake="forget_callback"), "async_for"))
    after = record_program(program_of(Knobs(), "pipe")).recording
    assert alone is not None
    assert after is not None
    assert alone.events == after.events


# -- turning --------------------------------------------------------------------------------------


def test_what_a_turn_has_changed_is_said() -> None:
    before, now = turn(Knobs(right="nothing")), turn(Knobs(right="nothing", sink_mark=1))
    said = now.since(before)
    assert said.startswith("sink's mark 12 → 1:\npipe: pauses 3 → 9, refusals 3 → 9, peak 30 → 20")
    assert now.since(now) == "pipe: nothing changes"
    assert turned_in_words(Knobs(), Knobs(mistake="sink_fails", left="naive")) == (
        "left pipe → naive, no mistake → sink fails half way"
    )
    assert told(None, now.halves[0].figures).startswith("pauses 9, refusals 9, peak 20 bytes")


def test_a_half_that_the_knobs_made_before_does_not_run_again() -> None:
    """What they make does the same each time; what somebody has written may not."""
    written = "import random\nprint(random.random())\n"
    before = turn(Knobs(), [written])
    now = turn(Knobs(), [written], before=before)
    assert now.halves[1] is before.halves[1]
    assert now.halves[0].outcome.printed != before.halves[0].outcome.printed
    turned = turn(Knobs(room=3), before=turn(Knobs()))
    assert turned.page() == turn(Knobs(room=3)).page()


def test_numbers_are_said_as_people_write_them() -> None:
    sleeps = "import asyncio\nasyncio.run(asyncio.sleep(1800.5))\n"
    (half, _) = turn(Knobs(), [sleeps]).halves
    assert "ends at 1,800,500 ms" in half.told(None)
    (half, _) = turn(Knobs(), ["x = 1\n"]).halves
    assert half.told(half.figures) == "pipe, edited: nothing changes"
    assert half.told(None) == "pipe, edited: nothing happens"


def test_what_is_no_python_did_not_run() -> None:
    (half, _) = turn(Knobs(), ["def f(:"]).halves
    assert half.told(turn(Knobs()).halves[0].figures) == (
        "pipe, edited: this is no Python, and did not run"
    )


def ask(lab: Laboratory, **request: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(lab.turn(json.dumps({"knobs": {}, **request})))
    return answer


def test_a_reader_stays_where_he_is() -> None:
    lab = Laboratory()
    first = turn(Knobs()).landmarks
    assert first is not None
    ask(lab)
    for landmark, step in first.steps.items():
        if str(landmark) == "first pause":
            answer = ask(lab, knobs={"sink_mark": 1}, step=step)
            there = turn(Knobs(sink_mark=1)).landmarks
            assert there is not None
            assert (answer["step"], answer["kept"]) == (there.steps[landmark], "first pause")
            break
    else:
        pytest.fail("there is no pause")


def test_what_is_no_python_leaves_the_page_as_it_was() -> None:
    lab = Laboratory()
    ask(lab)
    wrong = ask(lab, programs=["def f(:", "def f(:"])
    assert wrong["page"] is None
    half = ask(lab, programs=["def f(:", None])
    assert isinstance(half["page"], str)
    right = ask(lab, programs=["print(1)\n", None], step=10)
    assert right["halves"][0]["printed"] == "1\n"  # type: ignore[index]
    assert right["halves"][0]["name"] == "pipe, edited"  # type: ignore[index]
    assert [len(events) > 0 for events in json.loads(lab.events())] == [True, True]


@pytest.mark.once
@pytest.mark.parametrize("number", [2, 7])
def test_an_exercise_is_checked_as_on_the_command_line(number: int) -> None:
    exercise = EXERCISES[number - 1]
    for program in (exercise.program, exercise.solution):
        text = f"print(5)\n{program}"
        answer, verdict = checked(number, text), check(number, text)
        assert answer["passed"] == verdict.passed == (program == exercise.solution)
        assert answer["sentences"] == verdict.sentences
        assert answer["printed"] == "5\n"
        assert str(answer["page"]).startswith("<!DOCTYPE html>")


@pytest.mark.once
@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("def cat(:", 1),
        ("def cat(source, sink):\n    source.nothing()", 2),
        (EXERCISES[1].program, 14),
        ("", None),
        (EXERCISES[1].solution, None),
    ],
)
def test_the_line_that_a_verdict_names_is_marked(program: str, line: int | None) -> None:
    problem = checked(2, program)["problem"]
    assert (problem and problem["line"]) == line  # type: ignore[index]


def test_the_menus_are_all_that_there_is_to_turn() -> None:
    shown = menus()
    names = {knob["name"] for knob in shown["numbers"]} | {"left", "right", "mistake"}
    assert names == {field.name for field in fields(Knobs)} == set(shown["standing"])
    assert set(shown["right"]) == {*WAYS, "nothing"}
    assert [one["number"] for one in shown["exercises"]] == [*range(1, 10)]
