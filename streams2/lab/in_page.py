"""What the page asks of Python, and what it is answered: both are JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..learn import EXERCISES
from .knobs import KNOBS, NOTHING, Knobs
from .mistakes import MISTAKES
from .programs import program_of
from .running import record_program
from .turning import Half, Turn, turn
from .verdicts import checked
from .ways import WAYS

__all__ = ["Laboratory", "menus"]


def menus() -> dict[str, Any]:
    """What there is to turn, for the page to show before Python is there."""
    ways = {name: way.label for name, way in WAYS.items()}
    return {
        "numbers": [knob._asdict() for knob in KNOBS],
        "left": ways,
        "right": {**ways, NOTHING: NOTHING},
        "mistake": MISTAKES,
        "standing": asdict(Knobs()),
        "exercises": [
            {name: getattr(one, name) for name in ("number", "title", "program", "solution")}
            for one in EXERCISES
        ],
    }


class Laboratory:
    """Answers one page, and remembers what it showed last."""

    def __init__(self) -> None:
        self._shown = turn(Knobs())

    def turn(self, request: str) -> str:
        """Turn knobs, or run what was edited.

        Args:
            request: an object with ``knobs``, by name; ``programs``, a text or null for each half;
                ``step``, where the reader is in the page; and ``exact``, whether that is where he
                wants to be in the new one, too.

        Returns:
            An object with ``knobs``; ``halves``; ``page``, as HTML, or null if no half is Python;
            ``said``, what has changed; and ``step``, where the reader is now.
        """
        asked = json.loads(request)
        before = self._shown
        now = turn(Knobs().turned(asked["knobs"]), asked.get("programs", ()), before=before)
        step, kept = self._moved(now, asked.get("step", 0), asked.get("exact", False))
        answer = {
            "knobs": asdict(now.knobs),
            "halves": [_half(half) for half in now.halves],
            "said": now.since(before),
            "page": now.page() if now.lanes else None,
            "step": step,
            "kept": kept,
        }
        if now.lanes:
            self._shown = now
        return json.dumps(answer)

    def check(self, request: str) -> str:
        """Check the program of an exercise.

        Args:
            request: an object with the ``number`` of the exercise, and the ``program``.

        Returns:
            An object with ``passed``; ``sentences``, what was seen; ``printed``; ``problem``, the
            line that the first of them is about, or null; and ``page``, the recording as HTML, or
            null.
        """
        asked = json.loads(request)
        return json.dumps(checked(asked["number"], asked["program"]))

    def events(self, request: str = "null") -> str:
        """What happened, for each half.

        Args:
            request: null for the last turn; or an object with ``knobs``, to run what they make
                without showing it.
        """
        asked = json.loads(request)
        outcomes = [half.outcome for half in self._shown.halves]
        if asked is not None:
            knobs = Knobs().turned(asked["knobs"])
            outcomes = [record_program(program_of(knobs, way)) for way in knobs.halves]
        recordings = [outcome.recording for outcome in outcomes]
        return json.dumps(
            [[event.as_dict() for event in one.events] for one in recordings if one is not None]
        )

    def _moved(self, now: Turn, step: int, exact: bool) -> tuple[int, str | None]:
        before = self._shown.landmarks
        if now.landmarks is None or before is None:
            return 0, None
        if exact:
            return min(step, now.landmarks.last), None
        there, landmark = before.moved(step, now.landmarks)
        return there, str(landmark) if landmark is not None else None


def _half(half: Half) -> Mapping[str, object]:
    problem = half.outcome.problem
    return {
        "way": half.way,
        "name": half.name,
        "program": half.program,
        "edited": half.edited,
        "printed": half.outcome.printed,
        "problem": None if problem is None else asdict(problem),
        "figures": half.figures._asdict(),
    }
