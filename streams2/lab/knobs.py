"""What there is to turn, between which ends, and what it says where nobody has turned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from ..errors import InvalidArgTypeError, InvalidArgValueError, OutOfRangeError
from .mistakes import MISTAKES
from .ways import WAYS

__all__ = ["KNOBS", "Knob", "Knobs"]

NOTHING = "nothing"
"""What the second half may run, too."""


class Knob(NamedTuple):
    """A number that can be turned.

    Attributes:
        name: as of `Knobs`.
        label: what the page calls it.
        unit: of what it counts.
        least, most: its ends.
    """

    name: str
    label: str
    unit: str
    least: int
    most: int


KNOBS = (
    Knob("source_mark", "source's mark", "bytes", 0, 64),
    Knob("sink_mark", "sink's mark", "bytes", 0, 64),
    Knob("source_ms", "source takes", "ms", 0, 20),
    Knob("sink_ms", "sink takes", "ms", 0, 20),
    Knob("chunk_size", "chunk size", "bytes", 1, 16),
    Knob("chunks", "chunks", "", 1, 30),
    Knob("sinks", "sinks", "", 1, 3),
    Knob("room", "channel's room", "chunks", 0, 8),
)
"""All that are numbers, in the page's order."""


@dataclass(frozen=True)
class Knobs:
    """How all knobs stand.

    Args:
        source_mark, sink_mark: the high-water marks, in bytes.
        source_ms, sink_ms: how long the source and the sink take for a chunk, in milliseconds; at
            0 they are done at once.
        chunk_size: the size of a chunk, in bytes.
        chunks: how many there are.
        sinks: how many sinks.
        room: how many chunks a channel has room for.
        left, right: what the two halves run: a name of `WAYS`; the right one may run ``"nothing"``.
        mistake: a name of `MISTAKES`.

    Raises:
        InvalidArgTypeError: a number is no whole number.
        OutOfRangeError: it is beyond its ends.
        InvalidArgValueError: there is no such way or mistake.
    """

    source_mark: int = 12
    sink_mark: int = 12
    source_ms: int = 1
    sink_ms: int = 4
    chunk_size: int = 5
    chunks: int = 9
    sinks: int = 1
    room: int = 0
    left: str = "pipe"
    right: str = "channel"
    mistake: str = "none"

    def __post_init__(self) -> None:
        for knob in KNOBS:
            value = getattr(self, knob.name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InvalidArgTypeError.given(knob.name, "a whole number", value)
            if not knob.least <= value <= knob.most:
                ends = f">= {knob.least} and <= {knob.most}"
                raise OutOfRangeError.given(knob.name, ends, value)
        choices: list[tuple[str, Mapping[str, object]]] = [
            ("left", WAYS),
            ("right", {**WAYS, NOTHING: None}),
            ("mistake", MISTAKES),
        ]
        for name, known in choices:
            value = getattr(self, name)
            if value not in known:
                raise InvalidArgValueError.given(name, f"one of {', '.join(known)}", value)

    @property
    def halves(self) -> list[str]:
        """The ways that run, left first."""
        return [way for way in (self.left, self.right) if way != NOTHING]

    def turned(self, to: Mapping[str, int | str]) -> Knobs:
        """These knobs with some turned.

        Args:
            to: the new values, by name. What is no knob is left out: a link may be older than
                this program, or newer.
        """
        known = {field.name for field in fields(self)}
        return replace(self, **{name: value for name, value in to.items() if name in known})  # type: ignore[arg-type]
