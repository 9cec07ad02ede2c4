"""One turn of a knob, or one edit: the programs run anew, and what that has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..trace import Lane, Moment, moments, page
from .figures import Figures, figures_of, told, turned_in_words
from .knobs import Knobs
from .places import Landmarks
from .programs import program_of
from .running import Outcome, record_program
from .ways import WAYS

__all__ = ["Half", "Turn", "turn"]


@dataclass(frozen=True)
class Half:
    """One of the two halves.

    Attributes:
        way: what it runs.
        program: the text.
        edited: whether that is another than what the knobs make.
        outcome: what became of it.
        figures: in numbers.
    """

    way: str
    program: str
    edited: bool
    outcome: Outcome
    figures: Figures

    @property
    def name(self) -> str:
        """What the page calls it."""
        label = WAYS[self.way].label
        return f"{label}, edited" if self.edited else label

    def told(self, before: Figures | None) -> str:
        """What has changed, or what there is at first, in words."""
        recording = self.outcome.recording
        if recording is None:
            return f"{self.name}: this is no Python, and did not run"
        said = f"{self.name}: {told(before, self.figures)}"
        if recording.complete:
            return said
        return f"{said} (in its first {len(recording.events):,} events: more are not recorded)"

    @cached_property
    def lane(self) -> Lane | None:
        """What the page shows of it; None of what is no Python."""
        recording, way = self.outcome.recording, WAYS[self.way]
        if recording is None:
            return None
        events, chunks, subjects, sources = recording[:4]
        said = "Your program." if self.edited else way.says
        problem = self.outcome.problem
        standing = problem.message if problem and problem.kind == "UnsettledError" else ""
        lane = Lane(self.name, way.model, said, events, chunks, subjects, sources)
        return replace(lane, standing=standing)

    @cached_property
    def moments(self) -> list[Moment]:
        """What there is to see of it, moment by moment; nothing of what is no Python."""
        return [] if self.lane is None else moments(self.lane)


class Turn:
    """How the laboratory stands after a turn.

    Attributes:
        knobs: how the knobs stand.
        halves: what runs.
        lanes: the recordings that the page shows.
        landmarks: where in the page what is.
    """

    def __init__(self, knobs: Knobs, halves: Sequence[Half]) -> None:
        self.knobs = knobs
        self.halves = list(halves)
        self.lanes = [half.lane for half in halves if half.lane is not None]
        self._shown = [half.moments for half in halves if half.lane is not None]
        self.landmarks = Landmarks(self._shown) if self.lanes else None

    def page(self) -> str:
        """The page of the recordings: it needs nothing else."""
        return page(" and ".join(lane.name for lane in self.lanes), self.lanes, shown=self._shown)

    def since(self, before: Turn | None) -> str:
        """What has changed, in words: a line for what was turned, and one for each half."""
        if before is None:
            return "\n".join(half.told(None) for half in self.halves)
        turned = turned_in_words(before.knobs, self.knobs)
        said = []
        for index, half in enumerate(self.halves):
            same = before.halves[index] if index < len(before.halves) else None
            comparable = same is not None and same.outcome.recording is not None
            figures = same.figures if same is not None and comparable else None
            said.append(half.told(figures))
        return "\n".join([f"{turned}:", *said] if turned else said)


def turn(knobs: Knobs, programs: Sequence[str | None] = (), *, before: Turn | None = None) -> Turn:
    """Run what the knobs make, or what somebody has made of it.

    Args:
        knobs: how they stand.
        programs: for each half, a text to run instead; None for what the knobs make.
        before: how it stood. What the knobs make does the same each time: a half whose program
            they have made before need not run again.
    """
    halves = []
    made_before = {
        (half.way, half.program): half
        for half in (before.halves if before else [])
        if not half.edited
    }
    for index, way in enumerate(knobs.halves):
        made = program_of(knobs, way)
        given = programs[index] if index < len(programs) else None
        text = made if given is None else given
        half = made_before.get((way, text))
        if half is None or text != made:
            outcome = record_program(text)
            half = Half(way, text, text != made, outcome, figures_of(outcome))
        halves.append(half)
    return Turn(knobs, halves)
