"""A recording as a page shows it, and what there is to see at one moment of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ._diagrams import Await, awaits_of
from ._events import Chunk, Counters, Event, SourceCode, Subject
from ._methods import PUTS, TAKES

__all__ = ["JUMPS", "Lane", "Moment", "function_of"]

JUMPS = ("pause", "refusal", "drain", "wait")
"""What one can jump to."""


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
        weights: how much each chunk is in a writable, by name and number, where that is not its
            size: as of `Trace`.
        standing: why it stands still at its end, if it does.
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
    weights: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    standing: str = ""

    @cached_property
    def awaits(self) -> dict[str, list[Await]]:
        """Where each of the shown tasks can wait."""
        # Of each task, the lines in which it was seen to wait, and for what if it is a thread.
        names: dict[str, dict[tuple[int, str], None]] = {}
        for event in self.events:
            if event.task:
                blocked = names.setdefault(event.task, {})
                if event.kind == "suspend" and event.value and event.line:
                    blocked[event.line, event.value] = None
        shown = [name for name in names if self.tasks is None or function_of(name) in self.tasks]
        if self.tasks is not None:
            order = [*self.tasks]
            shown.sort(key=lambda name: order.index(function_of(name)))
        return {name: awaits_of(function_of(name), self.sources, names[name]) for name in shown}

    @cached_property
    def undrawn(self) -> set[str]:
        """The channels that nobody named and nobody waits on: what `go` returned, mostly."""
        waited = {event.owner for event in self.events if event.name in _WAITING}
        return {
            subject.name
            for subject in self.subjects
            if subject.kind == "channel" and not subject.named and subject.name not in waited
        }


_WAITING = (PUTS | TAKES) - {"put_callback"}


def function_of(task: str) -> str:
    """The function of the task called so: ``"tick"`` of ``"tick 2"``."""
    return task.partition(" ")[0]


@dataclass
class Moment:
    """All there is to see at one moment.

    What did not change from one moment to the next is the same object in both.

    Attributes:
        seconds: when.
        log: what happens, in words.
        line: file and number of the line that is running, or None.
        last_line: the same of the shown line that ran last: this one, an earlier one, or, before
            any ran, the first of the function that will; None where nothing is shown.
        started: whether a shown line has run.
        waiting: file, number and task of the lines where tasks wait.
        slots: the chunks in each place, as ``"owner|side"``: those of a tank, the one ``"in"`` that
            is being handed over, the one ``"out"`` that has just left, all that are ``"done"``.
        levels: for each owner and side: length, mark, and how many chunks are with `_write`.
        machines: for each owner and machine: its state, and the arrow it took just now, and
            for which event.
        tasks: for each task, what it does.
        counters: so far.
        counts: what else is counted: ``"puts"``, ``"takes"``, ``"waits"``, and what is read,
            written and held of each unit.
        chunk: the chunk that moves, or None.
        event: the number of the last event that belongs to it; -1 for the start.
        why: why something waits now, and what ends that; empty where nothing does.
        jumps: which of `JUMPS` happen.
    """

    seconds: float
    log: list[str]
    line: tuple[str, int] | None = None
    last_line: tuple[str, int] | None = None
    started: bool = False
    waiting: list[tuple[str, int, str]] = field(default_factory=list)
    slots: dict[str, Sequence[int]] = field(default_factory=dict)
    levels: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    machines: dict[str, tuple[str, str | None, str | None]] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    counts: dict[str, int] = field(default_factory=dict)
    chunk: int | None = None
    event: int = -1
    why: str = ""
    jumps: tuple[str, ...] = ()
