"""A trace cut into the moments that a page shows, each with all there is to see in it.

A moment is one thing that happens, together with what belongs to it: the line that does it, the
answer that it gets at once, the event that tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ._diagrams import DONE, RUNNING, Await, awaits_of
from ._events import Chunk, Counters, Event, SourceCode, Subject

__all__ = ["Lane", "Moment", "clock", "moments"]


@dataclass(frozen=True)
class Lane:
    """One recording on a page.

    Attributes:
        name: what it is called.
        model: ``"state machine"``, ``"channel"``, or anything else: its colour.
        subtitle: what it is, in a few words.
        events, chunks, subjects, sources: as of `Trace`.
        tasks: the functions to show as tasks, or None for all coroutines.
        machines: the machines to show, each as ``"owner|machine"``, or None for all but lifecycles.
        tanks: whose buffers to show, or None for all.
    """

    name: str
    model: str
    subtitle: str
    events: Sequence[Event]
    chunks: Sequence[Chunk]
    subjects: Sequence[Subject]
    sources: Sequence[SourceCode]
    tasks: Sequence[str] | None = None
    machines: Sequence[str] | None = None
    tanks: Sequence[str] | None = None

    @property
    def awaits(self) -> dict[str, list[Await]]:
        """Where each of the shown tasks can wait."""
        names = dict.fromkeys(event.task for event in self.events if event.task)
        return {
            name: awaits_of(name, self.sources)
            for name in names
            if name and (self.tasks is None or name in self.tasks)
        }


@dataclass
class Moment:
    """All there is to see at one moment.

    Attributes:
        seconds: when.
        log: what happens, in words.
        line: file and number of the line that is running, or None.
        last_line: the same of the shown line that ran last: this one, an earlier one, or, before
            any ran, the first of the function that will; None where nothing is shown.
        started: whether a shown line has run.
        waiting: file, number and task of the lines where tasks wait.
        places: for each chunk on the way or arrived: owner, slot, and its place in the slot.
        levels: for each owner and side: length, mark, and how many chunks are with `_write`.
        machines: for each owner and machine: its state, and the arrow it took just now, and
            for which event.
        tasks: for each task, what it does.
        counters: so far.
        chunk: the chunk that moves, or None.
        event: the number of the last event that belongs to it; -1 for the start.
    """

    seconds: float
    log: list[str]
    line: tuple[str, int] | None = None
    last_line: tuple[str, int] | None = None
    started: bool = False
    waiting: list[tuple[str, int, str]] = field(default_factory=list)
    places: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    levels: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    machines: dict[str, tuple[str, str | None, str | None]] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    chunk: int | None = None
    event: int = -1


def moments(lane: Lane) -> list[Moment]:
    """The moments of a recording, in order; the first is before anything happens."""
    player = _Player(lane)
    shown = [player.start(), *(player.play(group) for group in _grouped(lane.events))]
    _follow_lines(shown, lane.sources)
    return shown


def _follow_lines(shown: Sequence[Moment], sources: Sequence[SourceCode]) -> None:
    begins = {
        (source.file, source.first_line + index): (source.file, source.first_line)
        for source in sources
        for index in range(len(source.lines))
    }
    ran = [moment.line for moment in shown if moment.line in begins]
    last = begins[ran[0]] if ran and ran[0] else next(iter(begins), None)
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
    shown = [0] * len(lanes)
    ticks = [tuple(shown)]
    for time in times:
        new = [sum(moment.seconds == time for moment in lane[1:]) for lane in lanes]
        start = list(shown)
        for step in range(1, max(new) + 1):
            shown = [first + min(step, count) for first, count in zip(start, new)]
            ticks.append(tuple(shown))
    return ticks


# -- which events are one moment ------------------------------------------------------------------


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
    if abs(event.seconds - last.seconds) > 1e-9:
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


# -- what is to see then --------------------------------------------------------------------------


class _Player:
    def __init__(self, lane: Lane) -> None:
        self._chunks = lane.chunks
        self._subjects = {subject.name: subject for subject in lane.subjects}
        self._awaits = lane.awaits
        self._counters = Counters()
        self._places: dict[int, tuple[str, str, int]] = {}
        self._levels: dict[str, tuple[int, int | None, int]] = {}
        self._machines: dict[str, tuple[str, str | None, str | None]] = {}
        self._waiting: dict[str, tuple[str, int, str]] = {}
        self._arrived: dict[str, int] = {}
        # Where a chunk was when it was put into a channel, for as long as the put goes on.
        self._put: dict[tuple[str, str | None], tuple[int, object]] = {}
        self._texts = {
            (source.file, source.first_line + index): line.strip()
            for source in lane.sources
            for index, line in enumerate(source.lines)
        }
        for event in lane.events:
            if event.machine is not None and event.before is not None:
                self._machines.setdefault(
                    f"{event.owner}|{event.machine}", (event.before, None, None)
                )
            for hold in event.holds:
                self._levels.setdefault(f"{event.owner}|{hold.side}", (0, hold.mark, 0))
        self._tasks = dict.fromkeys(self._awaits, "")

    def start(self) -> Moment:
        """Before anything happens."""
        return Moment(
            0.0,
            ["Nothing has happened yet"],
            levels=dict(self._levels),
            machines=dict(self._machines),
            tasks=dict(self._tasks),
        )

    def play(self, group: Sequence[Event]) -> Moment:
        self._machines = {key: (state, None, None) for key, (state, _, _) in self._machines.items()}
        moment = Moment(group[-1].seconds, [], event=group[-1].number)
        for event in group:
            self._happen(event)
            self._describe(event, group, moment.log)
            moment.chunk = event.chunk or moment.chunk
        last = group[0] if group[0].kind == "line" else group[-1]
        if last.file is not None and last.line is not None:
            moment.line = (last.file, last.line)
        moment.waiting = list(self._waiting.values())
        moment.places = dict(self._places)
        moment.levels = dict(self._levels)
        moment.machines = dict(self._machines)
        moment.tasks = dict(self._tasks)
        moment.counters = self._counters
        if not moment.log and moment.line is not None:
            moment.log.append(self._texts.get(moment.line, ""))
        return moment

    def _describe(self, event: Event, group: Sequence[Event], log: list[str]) -> None:
        text = _in_words(event, self._chunks)
        if event.kind in ("answer", "wait"):
            call = f"{event.owner}.{event.name}("
            if log and log[-1].startswith(call):
                log[-1] += f" → {_answer(event)}" if event.kind == "answer" else " has to wait"
                return
            # Long after the call, that there is room for more is no news.
            if event.name == "push":
                return
        if event.kind == "emit" and event.name == "data" and log:
            return
        if text:
            log.append(text)

    def _happen(self, event: Event) -> None:
        size = self._chunks[event.chunk - 1].size if event.chunk else 0
        self._counters = self._counters.after(event, self._subjects, size)
        self._move(event)
        if event.machine is not None and event.after is not None:
            key = f"{event.owner}|{event.machine}"
            arrow = f"{event.before}|{event.after}"
            self._machines[key] = (event.after, arrow, event.name)
        self._follow_task(event)

    def _move(self, event: Event) -> None:
        chunk, owner = event.chunk, event.owner
        if chunk is not None and event.kind == "call" and chunk not in self._places:
            self._places[chunk] = (owner, "in", 0)
        for hold in event.holds:
            slot = f"{owner}|{hold.side}"
            self._levels[slot] = (hold.length, hold.mark, hold.in_flight)
            for number, (at, side, _) in list(self._places.items()):
                if at == owner and side == hold.side and number not in hold.chunks:
                    self._places[number] = (owner, "out", 0)
            for index, number in enumerate(hold.chunks):
                self._places[number] = (owner, hold.side, index)
        self._follow_put(event)
        if chunk is None:
            return
        if event.kind == "written":
            self._arrived[owner] = self._arrived.get(owner, 0) + 1
            self._places[chunk] = (owner, "done", self._arrived[owner])
        elif event.kind in ("emit", "answer"):
            self._places[chunk] = (owner, "out", 0)

    def _follow_put(self, event: Event) -> None:
        """A value that a waiting take gets is in no buffer on its way."""
        if event.name not in ("put", "offer", "put_callback"):
            return
        key = (event.owner, event.task)
        if event.kind == "call" and event.chunk is not None:
            self._put[key] = (event.chunk, self._places.get(event.chunk))
        elif event.kind == "answer" and key in self._put:
            chunk, place = self._put.pop(key)
            if event.value == "True" and self._places.get(chunk) == place:
                self._places[chunk] = (event.owner, "out", 0)

    def _follow_task(self, event: Event) -> None:
        task = event.task
        if task is None:
            return
        if event.kind == "suspend" and event.file is not None and event.line is not None:
            self._waiting[task] = (event.file, event.line, task)
        elif event.kind in ("line", "resume"):
            self._waiting.pop(task, None)
        if task in self._awaits:
            self._tasks[task] = RUNNING
            if event.kind == "suspend":
                self._tasks[task] = _where(event.line or 0, self._awaits[task])
            elif event.kind == "return" and event.owner == task:
                self._tasks[task] = DONE


def _where(line: int, awaits: Sequence[Await]) -> str:
    for one in reversed(awaits):
        if one.first_line <= line <= one.last_line:
            return one.text
    return RUNNING


def _answer(event: Event) -> str:
    return _quoted(event.value or "") if event.chunk else f"{event.value}"


def _quoted(text: str) -> str:
    # A space at the end is no place to break the line.
    return f"“{text}”".replace(" ", "\u00a0")


def _in_words(event: Event, chunks: Sequence[Chunk]) -> str:
    given = _quoted(chunks[event.chunk - 1].preview) if event.chunk else ""
    owner, name = event.owner, event.name
    if event.kind == "call":
        if name == "push" and event.chunk is None:
            given = "None"
        return f"{owner}.{name}({given})"
    if event.kind == "answer":
        return f"{owner}.{name} answers {_answer(event)}"
    if event.kind == "wait":
        return f"{owner}.{name}({given}) has to wait"
    if event.kind == "emit":
        return f"{owner} emits '{name}' {event.value or given}".rstrip()
    if event.kind == "written":
        return f"{owner} has written {given}"
    if event.kind == "error":
        return f"{owner}.{name} fails: {event.value}"
    if event.kind == "step":
        which = event.machine if owner.startswith("pipe ") else f"{owner} {event.machine}"
        if event.before == event.after:
            return f"{which}: still {event.after} ({name})"
        return f"{which}: {event.before} → {event.after} ({name})"
    if event.kind == "return" and owner == event.task:
        return f"{owner}() is done"
    return ""
