"""A recording as JSON, and back.

What an event holds is told as what has changed since the owner's last event: so many have left at
the front, and these have come at the end. So the text is as long as what happened, however much is
held meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

from ..errors import InvalidArgValueError
from ._events import Chunk, Counters, Event, Level, SourceCode, Subject
from ._windows import Line, since

__all__ = ["VERSION", "Recording", "Stored", "as_dict", "as_json"]

VERSION = 1
"""Of the form: another number is another form."""

Json = Mapping[str, Any]


class Recording(Protocol):
    """What a trace is read from: who records, or what was stored."""

    @property
    def standing(self) -> str:
        """Why the program stands still at the end, if it does."""

    @property
    def complete(self) -> bool:
        """Whether all that happened was written down, and not only the most that was wanted."""

    def events(self) -> list[Event]:
        """All that happened, in order."""

    def seen_chunks(self) -> list[Chunk]:
        """The chunks, number 1 first."""

    def subjects(self) -> list[Subject]:
        """The streams, channels, pipes and functions."""

    def sources(self) -> list[SourceCode]:
        """The text of the recorded functions."""

    def weights(self) -> dict[str, dict[int, int]]:
        """How much each chunk was in each writable that had it: by name, by number."""


# -- there ----------------------------------------------------------------------------------------


def as_dict(recording: Recording, counters: Counters) -> dict[str, object]:
    """The recording as plain dicts and lists: see `docs/trace.md`."""
    chunks = recording.seen_chunks()
    return {
        "version": VERSION,
        "subjects": [subject.as_dict() for subject in recording.subjects()],
        "chunks": [chunk.as_dict() for chunk in chunks],
        "weights": _unlike_sizes(recording.weights(), chunks),
        "sources": [{**vars(source), "lines": [*source.lines]} for source in recording.sources()],
        "counters": counters._asdict(),
        "standing": recording.standing,
        "complete": recording.complete,
        "events": list(_events(recording.events())),
    }


def as_json(found: Json) -> str:
    """`found`, of `as_dict`, as JSON with a line for each event."""
    lines = [
        f" {json.dumps(name)}: {json.dumps(found[name])}," for name in found if name != "events"
    ]
    events = ",\n  ".join(map(json.dumps, found["events"]))
    return "\n".join(["{", *lines, f' "events": [\n  {events}\n ]', "}"])


def _unlike_sizes(
    weights: Mapping[str, Mapping[int, int]], chunks: Sequence[Chunk]
) -> dict[str, dict[str, int]]:
    found = {
        owner: {str(key): size for key, size in each.items() if size != chunks[key - 1].size}
        for owner, each in weights.items()
    }
    return {owner: each for owner, each in found.items() if each}


def _events(events: Iterable[Event]) -> Iterator[dict[str, object]]:
    before: dict[tuple[str, str], Sequence[int]] = {}
    for event in events:
        found = event.as_dict(holds=False)
        if event.holds:
            found["holds"] = [_hold(event.owner, hold, before) for hold in event.holds]
        yield found


def _hold(
    owner: str, hold: Level, before: dict[tuple[str, str], Sequence[int]]
) -> dict[str, object]:
    key = (owner, hold.side)
    left, came = since(before.get(key, ()), hold.chunks)
    before[key] = hold.chunks
    found: dict[str, object] = {"side": hold.side, "length": hold.length, "mark": hold.mark}
    found["unit"] = hold.unit
    if hold.in_flight:
        found["in_flight"] = hold.in_flight
    if left:
        found["left"] = left
    if came:
        found["came"] = [*came]
    return found


# -- and back -------------------------------------------------------------------------------------


class Stored:
    """A recording that was stored as JSON.

    Args:
        text: the JSON.

    Raises:
        InvalidArgValueError: it is no recording, or one of another version.
    """

    def __init__(self, text: str) -> None:
        try:
            found = json.loads(text)
            version = found["version"]
        except (ValueError, TypeError, KeyError):
            raise InvalidArgValueError("text", "is no recording as JSON", text[:40]) from None
        if version != VERSION:
            raise InvalidArgValueError(
                "text", f"is a recording of another version than {VERSION}", version
            )
        self.standing: str = found.get("standing", "")
        self.complete: bool = found.get("complete", True)
        self._found: Json = found
        self._lines: dict[tuple[str, str], Line] = {}

    def events(self) -> list[Event]:
        self._lines.clear()
        known = {one.name for one in fields(Event)}
        return [
            Event(
                **{
                    **{name: value for name, value in event.items() if name in known},
                    "holds": self._holds(event["owner"], event.get("holds", ())),
                }
            )
            for event in self._found["events"]
        ]

    def _holds(self, owner: str, holds: Iterable[Json]) -> tuple[Level, ...]:
        found = []
        for hold in holds:
            line = self._lines.setdefault((owner, hold["side"]), Line())
            line.leave(hold.get("left", 0))
            for number in hold.get("came", ()):
                line.join(number)
            level = (hold["length"], hold["mark"], line.window(), hold.get("in_flight", 0))
            found.append(Level(hold["side"], *level, hold["unit"]))
        return tuple(found)

    def seen_chunks(self) -> list[Chunk]:
        return [
            Chunk(
                one["number"],
                one["size"],
                one["preview"],
                one.get("text", True),
                one.get("kind", ""),
                one.get("crc"),
            )
            for one in self._found["chunks"]
        ]

    def subjects(self) -> list[Subject]:
        return [
            Subject(
                one["name"],
                one["kind"],
                one.get("objects", False),
                tuple(one.get("ends", ())),
                one.get("named", True),
                tuple(one["methods"]) if "methods" in one else None,
            )
            for one in self._found["subjects"]
        ]

    def sources(self) -> list[SourceCode]:
        return [
            SourceCode(one["file"], one["function"], one["first_line"], tuple(one["lines"]))
            for one in self._found.get("sources", ())
        ]

    def weights(self) -> dict[str, dict[int, int]]:
        return {
            owner: {int(key): size for key, size in each.items()}
            for owner, each in self._found.get("weights", {}).items()
        }
