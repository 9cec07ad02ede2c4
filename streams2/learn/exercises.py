"""The exercises: one for each chapter, each a program to mend.

>>> print(EXERCISES[2].title)
Write the machine by hand
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["EXERCISES", "Exercise"]

_HOW_MANY = 9


@dataclass(frozen=True)
class Exercise:
    """A program to mend.

    Attributes:
        number: of its chapter, from 1.
        title: what it is about, in a few words.
        task: what to do.
        program: the text of the broken program; its docstring is title and task.
        solution: the text of one that is right. There are others.
    """

    number: int
    title: str
    task: str
    program: str
    solution: str


def _exercise(number: int) -> Exercise:
    assets = files(__package__) / "assets"
    program = (assets / f"{number}.broken.txt").read_text(encoding="utf-8")
    solution = (assets / f"{number}.solution.txt").read_text(encoding="utf-8")
    title, _, task = (ast.get_docstring(ast.parse(program)) or "").partition("\n")
    return Exercise(number, title.rstrip("."), task.strip(), program, solution)


EXERCISES = tuple(_exercise(number) for number in range(1, _HOW_MANY + 1))
"""All of them, in order."""
