"""Check a learner's program: run it under the recorder, and say what was seen.

>>> verdict = check(2, "def cat(source, sink):\\n    source.on('data', sink.write)")
>>> verdict.passed
False
>>> print(verdict)
Not yet.
- Your sink held 86 of 12 bytes at step 61 (18 ms): you wrote after False.
- Your sink got everything, and was never told that this is all: nobody called sink.end().

Nothing is needed but streams2: no process, no thread, no socket, and no time. So it runs in a
browser, too. Who does not trust the program runs `running.check_file`, which does the same in a
process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InvalidArgTypeError, OutOfRangeError
from ..trace import Trace
from . import judges
from .exercises import EXERCISES
from .programs import Faulty, loading

__all__ = ["Verdict", "check"]


@dataclass(frozen=True)
class Verdict:
    """What a check comes to.

    Attributes:
        exercise: its number.
        passed: whether the program is right.
        sentences: what was seen: the faults, worst first; or what a right program did.
        trace: the recording of the run that the first sentence is about, if there is one.
    """

    exercise: int
    passed: bool
    sentences: tuple[str, ...]
    trace: Trace | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        if self.passed:
            return "\n".join(["Right.", *self.sentences])
        return "\n".join(["Not yet.", *(f"- {sentence}" for sentence in self.sentences)])


def check(number: int, source: str, *, file: str = "your_program.py") -> Verdict:
    """Run a program under the recorder, and judge it.

    What the program prints is printed.

    Args:
        number: of the exercise, from 1.
        source: the text of the program.
        file: what to call it, where lines are named.

    Raises:
        InvalidArgTypeError: `source` is no text.
        OutOfRangeError: there is no such exercise.
    """
    if not isinstance(source, str):
        raise InvalidArgTypeError.given("source", "a str", source)
    if number not in range(1, len(EXERCISES) + 1):
        raise OutOfRangeError.given("number", f">= 1 and <= {len(EXERCISES)}", number)
    try:
        with loading(source, file) as program:
            found = judges.JUDGES[number - 1](program)
    except Faulty as fault:
        return Verdict(number, False, (str(fault),))
    return Verdict(number, found.passed, tuple(found.sentences), found.trace)
