"""The laboratory: turn a knob or edit a program, and step through what the library did.

>>> from streams2.lab import Knobs, program_of, record_program
>>> outcome = record_program(program_of(Knobs(sink_mark=1), "pipe"))
>>> outcome.counters.pauses
9

- `knobs`: what there is to turn; `mistakes`: what there is to do wrong.
- `programs`: the program that the knobs make; `ways`: what its two halves run.
- `running`: a program is run on a clock that needs no waiting, recorded, and stopped if it has no
  end; `imports`: what `import time` gives it; `printing`: what it prints.
- `turning`: one turn of a knob: two recordings, their page, and what has changed; `words`: said.
- `verdicts`: the check of an exercise of the course. `in_page`: what the page asks of Python.
- `building`: the static files; `fetching`: what of them npm brings; `serving`; `command`.

Not here: the recorder and the page of a recording (`trace`), which know nothing of a laboratory.
"""

from .knobs import KNOBS, Knob, Knobs
from .mistakes import MISTAKES
from .programs import program_of
from .running import Outcome, Problem, record_program
from .ways import WAYS

__all__ = [
    "KNOBS",
    "MISTAKES",
    "WAYS",
    "Knob",
    "Knobs",
    "Outcome",
    "Problem",
    "program_of",
    "record_program",
]
