"""A recording as a sequence diagram in Mermaid, which GitHub and most documentation tools draw."""

from __future__ import annotations

from ..errors import OutOfRangeError
from ._lane import Lane
from ._messages import Message, messages, participants

__all__ = ["sequence_diagram"]

_LONGEST = 50_000
"""Mermaid draws no text that is longer, unless it is told to."""


def sequence_diagram(lane: Lane) -> str:
    """`lane` as Mermaid text.

    Raises:
        OutOfRangeError: it is longer than what Mermaid draws.
    """
    ids = {name: f"p{number}" for number, name in enumerate(participants(lane), 1)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {key} as {_escaped(name)}" for name, key in ids.items()]
    lines += [f"    {_line(message, ids)}" for message in messages(lane)]
    text = "\n".join(lines) + "\n"
    if len(text) > _LONGEST:
        raise OutOfRangeError(
            "the diagram's length",
            f"at most {_LONGEST:,} characters, or Mermaid does not draw it; record less",
            f"{len(text):,}",
        )
    return text


def _line(message: Message, ids: dict[str, str]) -> str:
    giver, getter, text = ids[message.giver], ids[message.getter], _escaped(message.text)
    if giver == getter:
        return f"Note over {giver}: {text}"
    return f"{giver}{'-->>' if message.answer else '->>'}{getter}: {text}"


def _escaped(text: str) -> str:
    """`text` with nothing in it that Mermaid reads as its own: such a letter as its number."""
    return "".join(
        one if one.isalnum() or one in " .,()'“”…_-→" else f"#{ord(one)};"
        for one in text.replace("\u00a0", " ")
    )
