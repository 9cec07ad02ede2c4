"""A trace cut into the moments that a page shows.

A moment is one thing that happens, together with what belongs to it: the line that does it, the
answer that it gets at once, the event that tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._events import Event, SourceCode
from ._lane import Lane, Moment
from ._player import Player

__all__ = ["Lane", "Moment", "clock", "moments"]


def moments(lane: Lane) -> list[Moment]:
    """The moments of a recording, in order; the first is before anything happens."""
    player = Player(lane)
    shown = [player.start()]
    for group in _grouped(lane.events):
        moment = player.play(group)
        if moment is not None:
            shown.append(moment)
        elif len(shown) > 1:
            player.show(shown[-1], group[-1])
    if lane.standing:
        shown[-1].why = lane.standing
    _follow_lines(shown, lane.sources)
    return shown


def _follow_lines(shown: Sequence[Moment], sources: Sequence[SourceCode]) -> None:
    begins = {
        (source.file, source.first_line + index): (source.file, source.first_line)
        for source in sources
        for index in range(len(source.lines))
    }
    ran = [moment.line for moment in shown if moment.line in begins]
    # Where no line was recorded, as in JavaScript, none is marked.
    last = begins[ran[0]] if ran and ran[0] else None
    started = False
    for moment in shown:
        if moment.line in begins:
            last, started = moment.line, True
        moment.last_line, moment.started = last, started


def clock(lanes: Sequence[Sequence[Moment]]) -> list[tuple[int, ...]]:
    """One clock for several recordings: for each of its ticks, which moment each of them shows.

    What happens at the same time in several recordings happens side by side.
    """
    times = sorted({moment.seconds for lane in lanes for moment in lane[1:]})
    numbers = [_by_time(lane[1:]) for lane in lanes]
    shown = [0] * len(lanes)
    ticks = [tuple(shown)]
    for time in times:
        new = [number.get(time, 0) for number in numbers]
        start = list(shown)
        for step in range(1, max(new) + 1):
            shown = [first + min(step, count) for first, count in zip(start, new)]
            ticks.append(tuple(shown))
    return ticks


def _by_time(lane: Sequence[Moment]) -> dict[float, int]:
    number: dict[float, int] = {}
    for moment in lane:
        number[moment.seconds] = number.get(moment.seconds, 0) + 1
    return number


# -- which events are one moment ------------------------------------------------------------------


_AT_ONCE = 5e-4
"""By a clock that goes on while code runs, what is done at once still takes its time."""


def _grouped(events: Sequence[Event]) -> list[list[Event]]:
    groups: list[list[Event]] = []
    for event in events:
        if groups and _belongs(event, groups[-1]):
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


_QUIET = frozenset(["pipe", "unpipe", "readable", "resume", "prefinish"])
"""Stream events that tell of nothing new to see."""


def _belongs(event: Event, group: list[Event]) -> bool:
    last = group[-1]
    if last.kind in ("line", "resume"):
        return event.kind not in ("line", "resume") and event.task == last.task
    if abs(event.seconds - last.seconds) > _AT_ONCE:
        return False
    same = last.owner == event.owner
    if event.kind == "answer":
        # That write() answers False is what all this is about.
        asked = last.kind == "call" and same
        return asked or not (event.name == "write" and event.value == "False")
    if event.kind == "emit" and event.chunk is None:
        return event.name in _QUIET or (last.kind == "step" and same)
    if event.kind in ("emit", "wait"):
        return last.kind == "call" and same and last.name in ("read", event.name)
    return event.kind == "return" or (event.kind == "suspend" and event.task == last.task)
