"""What the doctor says: sentences, from what stands still to what would end it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors.places import Place

__all__ = ["Culprit", "Explanation", "Sentence", "Thing"]

Thing = Any
"""A stream, a channel, a task, or what a frame's variable has: what one can be asked about."""


@dataclass(frozen=True)
class Sentence:
    """One step from what stands still to what would end it.

    Attributes:
        subject: what it is about, as the user knows it.
        place: the line that waits, or where the thing was made.
        reason: why it does not go on.
        figure: how full it is, as ``16 of 16 objects``, or None.
        remedy: what would end it, or None.
        text: all of it.
    """

    subject: str
    place: Place | None
    reason: str
    figure: str | None
    remedy: str | None
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Culprit:
    """What the rest waits for in the end.

    Attributes:
        name: what the user calls it.
        place: where it was made; of a task, the line where it waits.
        method: the method of the user's that owes an answer, or None.
        method_place: where that method begins, or None.
    """

    name: str
    place: Place | None
    method: str | None = None
    method_place: Place | None = None


@dataclass
class Explanation:
    """Why something stands still.

    Attributes:
        sentences: from the symptom to the culprit.
        culprits: what the rest waits for; empty if all moves, or waits for something outside.
        remedies: what would end it.
        moves: whether something that is still to run will go on with it.
        external: what outside of the program it waits for.
    """

    sentences: list[Sentence] = field(default_factory=list)
    culprits: list[Culprit] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)
    moves: bool = False
    external: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The sentences, and what would end it."""
        lines = [sentence.text for sentence in self.sentences]
        if self.remedies and self.culprits:
            said = "; ".join(_small(remedy) for remedy in dict.fromkeys(self.remedies))
            lines.append(f"What would end it: {said}.")
        if self.moves and not self.culprits:
            lines.append("It moves: something is still to run that will go on with it.")
        elif self.external and not self.culprits:
            lines.append(f"It waits for {' and '.join(dict.fromkeys(self.external))}.")
        return "\n".join(lines) or "Nothing stands still."

    def __str__(self) -> str:
        return self.text


def _small(text: str) -> str:
    return text[0].lower() + text[1:]
