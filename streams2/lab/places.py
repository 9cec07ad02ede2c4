"""Where a reader is in a page, in words that hold for another recording, too: "the first pause"."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from ..trace import Moment, clock

__all__ = ["Landmark", "Landmarks"]


class Landmark(NamedTuple):
    """A place that one looks for.

    Attributes:
        half: of which half: 0 is the left one.
        kind: ``"pause"``, ``"refusal"``, ``"drain"`` or ``"wait"``: what the page jumps to.
        nth: the how many-th of these it is, from 1.
    """

    half: int
    kind: str
    nth: int

    def __str__(self) -> str:
        order = {1: "first", 2: "second", 3: "third"}.get(self.nth, f"{self.nth}th")
        return f"{order} {self.kind}"


class Landmarks:
    """The landmarks of a page.

    Args:
        shown: the moments of each of its lanes.

    Attributes:
        last: the number of its last step.
        steps: at which step each landmark is.
    """

    def __init__(self, shown: Sequence[Sequence[Moment]]) -> None:
        ticks = clock(shown)
        self.last = len(ticks) - 1
        self.steps: dict[Landmark, int] = {}
        for half, each in enumerate(shown):
            at = [tick[half] for tick in ticks]
            counts: dict[str, int] = {}
            for index, moment in enumerate(each):
                for kind in moment.jumps:
                    counts[kind] = counts.get(kind, 0) + 1
                    self.steps[Landmark(half, kind, counts[kind])] = bisect_left(at, index)
        self._order = sorted(self.steps.items(), key=lambda item: item[1])

    def moved(self, step: int, to: Landmarks) -> tuple[int, Landmark | None]:
        """Where a reader who is at `step` here is in another page.

        Returns:
            The step there, and the landmark that he stays at, if he is at one.
        """
        at = bisect_right([number for _, number in self._order], step) - 1
        for landmark, number in self._order[at::-1] if at >= 0 else []:
            if landmark in to.steps:
                there = to.steps[landmark] + step - number
                return min(there, to.last), landmark if step == number else None
        return min(step, to.last), None
