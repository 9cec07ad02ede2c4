"""``streams2 learn``: the exercises of the course."""

from __future__ import annotations

import argparse
import json
import sys

from .exercises import EXERCISES, Exercise
from .running import check_file

__all__ = ["EXAMPLES", "SUMMARY", "add_arguments", "run"]

SUMMARY = "list the exercises of the course, show one, check a program"

EXAMPLES = """\
examples:
  streams2 learn                          the exercises
  streams2 learn 3                        what to do, and the program to mend
  streams2 learn 3 --write mine.py
  streams2 learn check 3 mine.py          run it under the recorder, and hear what is wrong
  streams2 learn check 3 mine.py --page seen.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be typed after ``streams2 learn``."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="N | check N FILE",
        help="an exercise; or check, one, and a file",
    )
    parser.add_argument("--write", metavar="FILE", help="write the program to mend into a new file")
    parser.add_argument("--solution", action="store_true", help="show a program that is right")
    parser.add_argument(
        "--page", metavar="FILE", help="check: write a page to step through the recording"
    )
    parser.add_argument("--json", action="store_true", help="check: say it as JSON")


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Do what was typed.

    Returns:
        The exit status: 1 if a program is not right, or a file cannot be read or written.
    """
    words = options.words
    checking = words[:1] == ["check"]
    if checking != (len(words) == 3) or (len(words) > 1 and not checking):
        parser.error("give nothing, the number of an exercise, or: check NUMBER FILE")
    if not checking and (options.page is not None or options.json):
        parser.error("--page and --json go with check")
    if (checking or not words) and (options.write is not None or options.solution):
        parser.error("--write and --solution go with the number of an exercise")
    try:
        if not words:
            print(_all_of_them())
            return 0
        exercise = _exercise(words[1 if checking else 0], parser)
        return _check(exercise, words[2], options) if checking else _show(exercise, options)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"streams2 learn: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1


def _exercise(word: str, parser: argparse.ArgumentParser) -> Exercise:
    numbers = {str(exercise.number): exercise for exercise in EXERCISES}
    if word not in numbers:
        parser.error(f"{word!r} is no exercise. There are 1 to {len(EXERCISES)}")
    return numbers[word]


def _all_of_them() -> str:
    rows = (f"{exercise.number:>3}  {exercise.title}" for exercise in EXERCISES)
    return "\n".join([*rows, "", "Show one: streams2 learn 3. The chapters are in docs/learn."])


def _show(exercise: Exercise, options: argparse.Namespace) -> int:
    if options.write is not None:
        with open(options.write, "x", encoding="utf-8") as file:
            file.write(exercise.program)
        print(f"Mend {options.write}, then: streams2 learn check {exercise.number} {options.write}")
    else:
        print(exercise.solution if options.solution else exercise.program, end="")
    return 0


def _check(exercise: Exercise, path: str, options: argparse.Namespace) -> int:
    outcome = check_file(exercise.number, path, page=options.page)
    verdict = outcome.verdict
    if options.json:
        told = {
            "exercise": verdict.exercise,
            "passed": verdict.passed,
            "sentences": verdict.sentences,
            "printed": outcome.printed,
        }
        print(json.dumps(told))
    else:
        if outcome.printed:
            print(f"{outcome.printed.rstrip()}\n--- That is what your program printed.")
        print(verdict)
    return 0 if verdict.passed else 1
