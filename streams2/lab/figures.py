"""What a recording comes to in a few numbers, and how two of them differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import NamedTuple

from .knobs import KNOBS, Knobs
from .mistakes import MISTAKES
from .running import Outcome
from .ways import WAYS

__all__ = ["Figures", "figures_of", "told", "turned_in_words"]


class Figures(NamedTuple):
    """A recording in numbers.

    Attributes:
        pauses: how often a stream was paused.
        refusals: how often `write` answered False.
        waits: how often a put or a take had to wait.
        peak: the most bytes that were read and not yet written.
        written: the bytes that the sinks have written.
        milliseconds: when the last thing happened.
    """

    pauses: int
    refusals: int
    waits: int
    peak: int
    written: int
    milliseconds: float


_UNITS = {"peak": " bytes", "written": " bytes", "milliseconds": " ms"}
_CALLED = {"milliseconds": "ends at"}


def figures_of(outcome: Outcome) -> Figures:
    """The numbers of what became of a program."""
    if outcome.recording is None:
        return Figures(0, 0, 0, 0, 0, 0.0)
    events, counters = outcome.recording.events, outcome.counters
    return Figures(
        pauses=counters.pauses,
        refusals=sum(
            event.kind == "answer" and event.name == "write" and event.value == "False"
            for event in events
        ),
        waits=sum(event.kind == "wait" for event in events),
        peak=counters.peak_buffered_bytes,
        written=counters.bytes_written,
        milliseconds=round(events[-1].seconds * 1000, 3) if events else 0.0,
    )


def told(before: Figures | None, now: Figures) -> str:
    """What has changed, as "pauses 3 → 9, peak 33 → 14 bytes"; at first, what there is."""
    if before is None:
        return (
            ", ".join(_said(name, _number(value)) for name, value in now._asdict().items() if value)
            or "nothing happens"
        )
    changes = [
        _said(name, f"{_number(before._asdict()[name])} → {_number(value)}")
        for name, value in now._asdict().items()
        if value != before._asdict()[name]
    ]
    return ", ".join(changes) or "nothing changes"


def _number(value: float) -> str:
    """As people write it: an hour is 3,600,000 milliseconds."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _said(name: str, value: str) -> str:
    return f"{_CALLED.get(name, name)} {value}{_UNITS.get(name, '')}"


def turned_in_words(before: Knobs, now: Knobs) -> str:
    """What was turned, as "sink's mark 12 → 1"."""
    labels = {knob.name: knob.label for knob in KNOBS}
    choices: dict[str, Mapping[str, str]] = {
        "left": {name: way.label for name, way in WAYS.items()},
        "right": {name: way.label for name, way in WAYS.items()},
        "mistake": MISTAKES,
    }
    old, new = asdict(before), asdict(now)
    said = []
    for field in fields(Knobs):
        one, other = old[field.name], new[field.name]
        if one != other:
            words = choices.get(field.name, {})
            label = "" if field.name == "mistake" else f"{labels.get(field.name, field.name)} "
            said.append(f"{label}{words.get(one, one)} → {words.get(other, other)}")
    return ", ".join(said)
