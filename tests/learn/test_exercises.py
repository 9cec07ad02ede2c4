"""The check of each exercise passes what is right, and says what is wrong with what is wrong."""

from __future__ import annotations

import ast
import sys

import pytest

from streams2.errors import InvalidArgTypeError, OutOfRangeError
from streams2.learn import EXERCISES, check

from . import programs

pytestmark = pytest.mark.slow

every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: str(one.number))


def test_there_are_nine_each_with_a_task():
    assert [exercise.number for exercise in EXERCISES] == [*range(1, 10)]
    assert len({exercise.title for exercise in EXERCISES}) == 9
    assert all(exercise.task for exercise in EXERCISES)


def test_for_each_there_are_two_right_programs_and_three_wrong_ones():
    for number in range(1, 10):
        assert sum(one[0] == number for one in programs.RIGHT.values()) >= 1
        assert sum(one[0] == number for one in programs.WRONG.values()) >= 3


@every_exercise
def test_the_broken_program_is_refused(exercise):
    verdict = check(exercise.number, exercise.program)
    assert not verdict.passed
    assert verdict.trace is not None


@every_exercise
def test_the_solution_passes(exercise):
    verdict = check(exercise.number, exercise.solution)
    assert verdict.passed, verdict
    assert len(verdict.sentences) == 1
    assert verdict.trace is not None
    assert verdict.trace.events


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(("number", "program"), programs.RIGHT.values(), ids=programs.RIGHT)
def test_another_right_program_passes(number, program):
    verdict = check(number, program)
    assert verdict.passed, verdict


@pytest.mark.once
@pytest.mark.parametrize(("number", "says", "program"), programs.WRONG.values(), ids=programs.WRONG)
def test_a_wrong_program_is_told_its_fault(number, says, program):
    verdict = check(number, program)
    assert not verdict.passed
    assert says in str(verdict)
    assert all(sentence.endswith(".") for sentence in verdict.sentences)


@every_exercise
def test_what_is_no_solution_at_all_is_refused(exercise):
    for program in ("", "print('Right.')", "import streams2", "cat = serve = consume = None"):
        (sentence,) = check(exercise.number, program).sentences
        name = ast.parse(exercise.solution).body[-1].name
        assert sentence.startswith(f"There is no function {name}(")


@every_exercise
def test_a_program_that_does_nothing_is_refused(exercise):
    program = "def cat(*_): pass\ndef consume(*_): pass\nasync def serve(*_): pass"
    assert not check(exercise.number, program).passed


FAILING = [
    ("raise KeyError('x')", "Your program failed: KeyError: 'x' (line 2)."),
    ("import sys; sys.exit(0)", "line 2"),
    ("while True:\n        pass", "Your program has no end"),
]


@pytest.mark.once
@pytest.mark.parametrize(
    ("exercise", "line", "says"),
    [
        *((exercise, *FAILING[0]) for exercise in EXERCISES),
        *((exercise, *FAILING[1]) for exercise in EXERCISES),
        (EXERCISES[1], *FAILING[2]),
        *(
            pytest.param(exercise, *FAILING[2], marks=pytest.mark.slow)
            for exercise in EXERCISES
            if exercise.number != 2
        ),
    ],
)
def test_a_program_that_fails_leaves_or_hangs_when_it_is_called(exercise, line, says):
    name = ast.parse(exercise.solution).body[-1].name
    asynchronous = "async " if name == "serve" else ""
    verdict = check(exercise.number, f"{asynchronous}def {name}(*_):\n    {line}")
    assert not verdict.passed
    assert says in str(verdict)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("def cat(:", "Line 1 is no Python: "),
        ("x = 'a\0b'", "It is no Python: "),
        ("raise OSError('no')", "It fails before it is called: OSError: no (line 1)."),
        ("import sys\nsys.exit('bye')", "It fails before it is called: SystemExit: bye (line 2)."),
        ("while 1:\n    pass", "It never comes to its end, not even before it is called."),
        ("import no_such_thing", "It fails before it is called: ModuleNotFoundError: "),
        ("from streams2.learn import check as cat", "There is no function cat("),
    ],
)
def test_a_program_that_cannot_be_loaded(program, says):
    verdict = check(3, program)
    assert not verdict.passed
    assert verdict.sentences[0].startswith(says)


@pytest.mark.slow
@pytest.mark.once
def test_a_circle_of_callbacks_is_stopped():
    program = """
from streams2 import next_tick, timers

def cat(source, sink):
    def again():
        next_tick(again)
    again()
"""
    assert "has no end" in str(check(2, program))
    assert "has no end" in str(
        check(2, "from streams2 import timers\ndef cat(*_):\n    timers.set_interval(print, 5)\n")
    )


def test_what_nobody_listens_for_is_told():
    program = "def cat(source, sink):\n    sink.destroy(OSError('gone'))\n"
    assert check(2, program).sentences[0] == "Your program failed: OSError: gone."


def test_a_coroutine_that_never_ends_is_told():
    program = """
import asyncio
async def cat(source, sink):
    source.pipe(sink)
    await asyncio.Event().wait()
"""
    says = "All is through, and your coroutine waits for something that will never come."
    assert check(2, program).sentences == (says,)


def test_a_program_leaves_nothing_behind():
    before = sys.gettrace()
    check(3, EXERCISES[2].program)
    assert "the_program" not in sys.modules
    assert sys.gettrace() is before


def test_a_recording_has_the_text_of_the_program():
    (source,) = check(2, EXERCISES[1].program).trace.sources
    assert source.function == "cat"
    assert source.lines[0] == "def cat(source, sink):"


def test_a_verdict_can_be_compared_and_printed():
    verdict = check(1, EXERCISES[0].program, file="mine.py")
    assert verdict == check(1, EXERCISES[0].program)
    assert str(verdict).startswith("Not yet.\n- You had 105 of 12 bytes in hand")
    assert str(check(1, EXERCISES[0].solution)).startswith("Right.\nAll 105 bytes came through")


@pytest.mark.parametrize("number", [0, 10, -1, 1.5, "3", None])
def test_there_is_no_such_exercise(number):
    with pytest.raises(OutOfRangeError):
        check(number, "")


def test_a_program_is_text():
    with pytest.raises(InvalidArgTypeError):
        check(1, b"def cat(source, sink): pass")
