"""A trace played: what there is to see after each event, from what there was before.

Nothing here looks ahead or back. What does not change is not copied, so that many moments take
little more memory than their events.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._diagrams import OVER, RUNNING, Await
from ._events import Counters, Event, Level
from ._lane import Lane, Moment
from ._methods import PUTS, TAKES, WRITES
from ._why import Reasons
from ._windows import Line
from ._words import add_words, ended_as

__all__ = ["Player"]

_TANKS = ("readable", "writable", "values")
_ENTERS = PUTS | WRITES | {"push"}
_PUT = ("True", "None")
"""What a put answers that has put."""


class Player:
    """Plays the events of `lane`."""

    def __init__(self, lane: Lane) -> None:
        self._chunks = lane.chunks
        self._weights = lane.weights
        self._subjects = {subject.name: subject for subject in lane.subjects}
        self._awaits = lane.awaits
        self._undrawn = lane.undrawn
        self._reasons = Reasons(lane.chunks, self._subjects, lane.weights)
        self._one_pipe = sum(subject.kind == "pipe" for subject in lane.subjects) < 2
        self._counters = Counters()
        self._counts: dict[str, int] = {}
        self._slots: dict[str, Sequence[int]] = {}
        self._levels: dict[str, tuple[int, int | None, int]] = {}
        self._machines: dict[str, tuple[str, str | None, str | None]] = {}
        self._waiting: dict[str, tuple[str, int, str]] = {}
        self._done: dict[str, Line] = {}
        # The slot in which a chunk is in nobody's buffer, if it is in one.
        self._in_hand: dict[int, str] = {}
        # The chunk that each task is putting into a channel.
        self._put: dict[tuple[str, int], int] = {}
        self._texts = {
            (source.file, source.first_line + index): line.strip()
            for source in lane.sources
            for index, line in enumerate(source.lines)
        }
        self._prepare(lane)

    def _prepare(self, lane: Lane) -> None:
        for event in lane.events:
            if event.machine is not None and event.before is not None:
                self._machines.setdefault(
                    f"{event.owner}|{event.machine}", (event.before, None, None)
                )
            for hold in event.holds:
                if event.owner not in self._undrawn:
                    self._levels.setdefault(f"{event.owner}|{hold.side}", (0, hold.mark, 0))
                    if hold.side in _TANKS:
                        self._counts.setdefault(f"held {hold.unit}", 0)
        self._tasks = dict.fromkeys(self._awaits, "")

    def start(self) -> Moment:
        """Before anything happens."""
        return Moment(
            0.0,
            ["Nothing has happened yet"],
            levels=self._levels,
            machines=self._machines,
            tasks=self._tasks,
            counts=self._counts,
        )

    def play(self, group: Sequence[Event]) -> Moment | None:
        """The moment when all of `group` has happened; None if there is nothing to see in it."""
        if any(arrow for _, arrow, _ in self._machines.values()):
            self._machines = {key: (at, None, None) for key, (at, _, _) in self._machines.items()}
        moment = Moment(group[-1].seconds, [])
        jumps: dict[str, None] = {}
        for event in group:
            if event.owner in self._undrawn:
                continue
            self._happen(event)
            add_words(moment.log, event, self._chunks, one_pipe=self._one_pipe)
            moment.chunk = event.chunk or moment.chunk
            jumps.update(dict.fromkeys(_jumps(event)))
        last = group[0] if group[0].kind == "line" else group[-1]
        if last.file is not None and last.line is not None:
            moment.line = (last.file, last.line)
        if not moment.log and moment.line is not None:
            text = self._texts.get(moment.line, "")
            moment.log += [text] if text else []
        moment.jumps = tuple(jumps)
        self.show(moment, group[-1])
        return moment if moment.log else None

    def show(self, moment: Moment, last: Event) -> None:
        """Have `moment` show what there is to see after `last`."""
        moment.event = last.number
        moment.waiting = list(self._waiting.values())
        moment.slots = self._slots
        moment.levels = self._levels
        moment.machines = self._machines
        moment.tasks = self._tasks
        moment.counters = self._counters
        moment.counts = self._counts
        moment.why = self._reasons.last

    # -- an event -------------------------------------------------------------------------------

    def _happen(self, event: Event) -> None:
        self._counters = self._counters.after(event, self._subjects, self._size(event))
        self._reasons.after(event)
        self._count(event)
        self._hold(event)
        self._carry(event)
        if event.machine is not None and event.after is not None:
            key = f"{event.owner}|{event.machine}"
            arrow = f"{event.before}|{event.after}"
            self._machines = {**self._machines, key: (event.after, arrow, event.name)}
        self._follow_task(event)

    def _size(self, event: Event) -> int:
        if event.chunk is None:
            return 0
        size = self._chunks[event.chunk - 1].size
        if event.kind != "written":
            return size
        return self._weights.get(event.owner, {}).get(event.chunk, size)

    def _count(self, event: Event) -> None:
        what = ""
        if event.kind == "wait":
            what = "waits"
        elif event.kind == "answer" and event.name in PUTS and event.value in _PUT:
            what = "puts"
        elif event.kind == "answer" and event.name in TAKES and event.chunk is not None:
            what = "takes"
        elif event.kind == "answer" and event.name == "write" and event.value == "False":
            what = "refusals"
        subject = self._subjects[event.owner]
        if subject.objects and subject.kind != "channel" and event.chunk is not None:
            if event.kind == "call" and event.name == "push" and subject.kind == "readable":
                what = "read objects"
            elif event.kind == "written" and subject.kind == "writable":
                what = "written objects"
        if what:
            self._counts = {**self._counts, what: self._counts.get(what, 0) + 1}

    def _hold(self, event: Event) -> None:
        for hold in event.holds:
            slot = f"{event.owner}|{hold.side}"
            before = self._levels.get(slot, (0, None, 0))
            level = (hold.length, hold.mark, hold.in_flight)
            if level != before:
                self._levels = {**self._levels, slot: level}
                self._count_held(hold, before[0])
            self._put_into(slot, hold.chunks)
        for chunk in self._slots.get(f"{event.owner}|in", ()):
            if any(_at_an_end(chunk, hold.chunks) for hold in event.holds):
                self._drop(chunk)

    def _count_held(self, hold: Level, before: int) -> None:
        if hold.side in _TANKS and hold.length != before:
            key = f"held {hold.unit}"
            held = self._counts.get(key, 0) + hold.length - before
            peak = max(self._counts.get(f"peak {hold.unit}", 0), held)
            self._counts = {**self._counts, key: held, f"peak {hold.unit}": peak}

    def _put_into(self, slot: str, numbers: Sequence[int]) -> None:
        if not numbers and slot not in self._slots:
            return
        if self._slots.get(slot) is not numbers:
            self._slots = {**self._slots, slot: numbers}

    # -- chunks that are in nobody's buffer -----------------------------------------------------

    def _carry(self, event: Event) -> None:
        chunk, owner = event.chunk, event.owner
        if event.kind in ("call", "wait") and chunk is not None and event.name in _ENTERS:
            self._drop(chunk)
            if not any(_at_an_end(chunk, hold.chunks) for hold in event.holds):
                self._hand(chunk, f"{owner}|in")
        elif event.kind in ("answer", "error") and event.name in _ENTERS:
            self._clear(f"{owner}|in")
        self._follow_put(event)
        if chunk is None:
            return
        if event.kind == "written":
            self._clear(f"{owner}|in")
            line = self._done.setdefault(owner, Line())
            line.join(chunk)
            self._put_into(f"{owner}|done", line.window())
        elif event.kind in ("emit", "answer"):
            self._hand(chunk, f"{owner}|out")

    def _hand(self, chunk: int, slot: str) -> None:
        """One hand has one chunk: what was in it is somebody else's."""
        self._drop(chunk)
        for other in self._slots.get(slot, ()):
            self._in_hand.pop(other, None)
        self._in_hand[chunk] = slot
        self._put_into(slot, (chunk,))

    def _drop(self, chunk: int) -> None:
        slot = self._in_hand.pop(chunk, None)
        if slot is not None:
            self._put_into(slot, ())

    def _clear(self, slot: str) -> None:
        for chunk in self._slots.get(slot, ()):
            self._drop(chunk)

    def _follow_put(self, event: Event) -> None:
        """A value that a waiting take gets is in no buffer on its way."""
        if event.name not in PUTS:
            return
        key = (event.owner, event.actor)
        if event.kind in ("call", "wait") and event.chunk is not None:
            self._put[key] = event.chunk
        elif event.kind in ("answer", "error") and key in self._put:
            chunk = self._put.pop(key)
            inside = any(
                chunk in hold.chunks for hold in event.holds if hold.side in ("values", "putting")
            )
            if event.value in _PUT and not inside and chunk not in self._in_hand:
                self._hand(chunk, f"{event.owner}|out")

    # -- tasks ----------------------------------------------------------------------------------

    def _follow_task(self, event: Event) -> None:
        task = event.task
        if task is None:
            return
        if event.kind == "suspend" and event.file is not None and event.line is not None:
            self._waiting[task] = (event.file, event.line, task)
        elif event.kind in ("line", "resume") or (event.kind == "return" and event.owner == task):
            self._waiting.pop(task, None)
        if task not in self._awaits:
            return
        state = RUNNING
        if event.kind == "suspend":
            state = _where(event.line or 0, self._awaits[task])
        elif event.kind == "return" and event.owner == task:
            state = ended_as(event.value)
        elif event.kind not in ("line", "resume") and self._tasks[task] in OVER:
            return
        if self._tasks[task] != state:
            self._tasks = {**self._tasks, task: state}


def _at_an_end(chunk: int, numbers: Sequence[int]) -> bool:
    """Whether `chunk`, if it has just come, is among `numbers`."""
    return len(numbers) > 0 and chunk in (numbers[0], numbers[-1])


def _where(line: int, awaits: Sequence[Await]) -> str:
    for one in reversed(awaits):
        if one.first_line <= line <= one.last_line:
            return one.text
    return RUNNING


def _jumps(event: Event) -> tuple[str, ...]:
    if event.kind == "wait":
        return ("wait",)
    if event.kind == "emit" and event.name in ("pause", "drain"):
        return (event.name,)
    if event.kind == "answer" and event.name == "write" and event.value == "False":
        return ("refusal",)
    return ()
