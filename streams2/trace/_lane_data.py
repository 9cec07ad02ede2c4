"""One recording as data for the script of a page: where it begins, and what each moment changes.

What a moment leaves as it was is not in it. So a page is as long as what happened, however much is
to be seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ._events import Event
from ._lane import Lane, Moment
from ._windows import Window

__all__ = ["lane_data", "units_of"]

V = TypeVar("V")


def lane_data(lane: Lane, moments: Sequence[Moment]) -> dict[str, object]:
    """What the script of the page needs to show `moments` of `lane`."""
    files = list(dict.fromkeys(source.file for source in lane.sources))
    first = moments[0]
    nothing = Moment(0.0, [])
    return {
        "name": lane.name,
        "chunks": [[chunk.size, chunk.preview] for chunk in lane.chunks],
        "weights": _weights(lane),
        "units": units_of(lane.events),
        "moments": [
            _changes(before, moment, files)
            for before, moment in zip([nothing, *moments], [first, *moments[1:]])
        ],
    }


def units_of(events: Sequence[Event]) -> dict[str, str]:
    """What each tank is measured in; text that is put back into a stream of bytes is bytes."""
    return {f"{event.owner}|{hold.side}": hold.unit for event in events for hold in event.holds}


def _weights(lane: Lane) -> dict[str, dict[int, int]]:
    """What a chunk is in a writable, where that is not its size."""
    found = {}
    for owner, weights in lane.weights.items():
        other = {
            number: weight
            for number, weight in weights.items()
            if weight != lane.chunks[number - 1].size
        }
        if other:
            found[f"{owner}|writable"] = other
    return found


def _changes(before: Moment, now: Moment, files: Sequence[str]) -> dict[str, object]:
    def place(at: tuple[str, int] | None) -> str | None:
        return f"{files.index(at[0])}:{at[1]}" if at is not None and at[0] in files else None

    found: dict[str, object] = {"ms": round(now.seconds * 1000, 3), "log": now.log}
    if now.chunk is not None:
        found["chunk"] = now.chunk
    if now.jumps:
        found["jumps"] = now.jumps
    scalars = {
        "line": place(now.line),
        "lastLine": place(now.last_line),
        "started": now.started,
        "why": now.why,
        "waiting": [[place((file, line)), task] for file, line, task in now.waiting],
    }
    old = {
        "line": place(before.line),
        "lastLine": place(before.last_line),
        "started": before.started,
        "why": before.why,
        "waiting": [[place((file, line)), task] for file, line, task in before.waiting],
    }
    found.update({name: value for name, value in scalars.items() if value != old[name]})
    parts = {
        "slots": _slots(before.slots, now.slots),
        "levels": _changed(before.levels, now.levels),
        "machines": _changed(before.machines, now.machines),
        "tasks": _changed(before.tasks, now.tasks),
        "counters": _changed(_counters(before), _counters(now)),
        "counts": _changed(before.counts, now.counts),
    }
    found.update({name: part for name, part in parts.items() if part})
    return found


def _counters(moment: Moment) -> dict[str, int]:
    return moment.counters._asdict()


def _changed(before: Mapping[str, V], now: Mapping[str, V]) -> dict[str, V]:
    if before is now:
        return {}
    return {key: value for key, value in now.items() if key not in before or before[key] != value}


def _slots(
    before: Mapping[str, Sequence[int]], now: Mapping[str, Sequence[int]]
) -> dict[str, tuple[int, Sequence[int]]]:
    """For each place that has changed: how many have left at the front, and who has come behind."""
    if before is now:
        return {}
    found: dict[str, tuple[int, Sequence[int]]] = {}
    for slot, numbers in now.items():
        old = before.get(slot, ())
        if numbers is old:
            continue
        left, came = len(old), tuple(numbers)
        if isinstance(numbers, Window) and isinstance(old, Window):
            left, came = numbers.since(old)
        if left or came:
            found[slot] = (left, came)
    return found
