"""One recording as data for the script of a page: where it begins, and what each moment changes.

What a moment leaves as it was is not in it. So a page is as long as what happened, however much is
to be seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ._events import Event
from ._lane import Lane, Moment
from ._windows import since

__all__ = ["lane_data", "units_of"]

V = TypeVar("V")


def lane_data(lane: Lane, moments: Sequence[Moment]) -> dict[str, object]:
    """What the script of the page needs to show `moments` of `lane`."""
    files = {
        file: index
        for index, file in enumerate(dict.fromkeys(source.file for source in lane.sources))
    }
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


def _changes(before: Moment, now: Moment, files: Mapping[str, int]) -> dict[str, object]:
    found: dict[str, object] = {"ms": round(now.seconds * 1000, 3), "log": now.log}
    if now.chunk is not None:
        found["chunk"] = now.chunk
    if now.jumps:
        found["jumps"] = now.jumps
    if now.line != before.line:
        found["line"] = _place(now.line, files)
    if now.last_line != before.last_line:
        found["lastLine"] = _place(now.last_line, files)
    if now.started != before.started:
        found["started"] = now.started
    if now.why != before.why:
        found["why"] = now.why
    if now.waiting != before.waiting:
        found["waiting"] = [[_place((file, line), files), task] for file, line, task in now.waiting]
    # Most moments change one or two of these: what is the same object need not be looked at.
    if now.slots is not before.slots:
        found["slots"] = _slots(before.slots, now.slots)
    if now.levels is not before.levels:
        found["levels"] = _changed(before.levels, now.levels)
    if now.machines is not before.machines:
        found["machines"] = _changed(before.machines, now.machines)
    if now.tasks is not before.tasks:
        found["tasks"] = _changed(before.tasks, now.tasks)
    if now.counters is not before.counters:
        found["counters"] = _changed(_counters(before), _counters(now))
    if now.counts is not before.counts:
        found["counts"] = _changed(before.counts, now.counts)
    return {name: value for name, value in found.items() if value != {}}


def _place(at: tuple[str, int] | None, files: Mapping[str, int]) -> str | None:
    return f"{files[at[0]]}:{at[1]}" if at is not None and at[0] in files else None


def _counters(moment: Moment) -> dict[str, int]:
    return moment.counters._asdict()


def _changed(before: Mapping[str, V], now: Mapping[str, V]) -> dict[str, V]:
    return {key: value for key, value in now.items() if key not in before or before[key] != value}


def _slots(
    before: Mapping[str, Sequence[int]], now: Mapping[str, Sequence[int]]
) -> dict[str, tuple[int, Sequence[int]]]:
    """For each place that has changed: how many have left at the front, and who has come behind."""
    found: dict[str, tuple[int, Sequence[int]]] = {}
    for slot, numbers in now.items():
        left, came = since(before.get(slot, ()), numbers)
        if left or came:
            found[slot] = (left, came)
    return found
