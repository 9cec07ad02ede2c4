"""What there is while somebody asks: streams, channels, tasks, and who has and hears what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import FrameType

from ..channel import Channel
from ..errors.places import Place
from . import hands
from .answers import Thing
from .budgets import Budgets
from .ends import Ends
from .hands import LOCKS, hearing, hears, methods_reach, owing
from .later import may
from .names import Names, users_frames
from .outside import outside_of
from .running import called_by_loop, frames_at_work, methods_at_work, steps_at_work
from .sides import Asked, Wait
from .tasks import Steps, awaited_by, line_of, name_of, steps_of
from .wakers import CODE, Reach, reach_of, wakers_of

__all__ = ["Scene"]


_BY = {"data": "chunk", "readable": "chunk", "end": "chunk", "drain": "drain", "close": "over"}
"""What is waited for, by the event that tells of it."""


class Scene:
    """One look at all that is alive.

    Args:
        loop: whose tasks to look at; None for those of the running one, if any.
        interrupted: whether a signal asks, and whatever runs now will go on by itself.

    Attributes:
        running: the task that a signal has interrupted, or None.
        path: what is being followed: from what stands still to what it waits for.
        reach: what can be reached by something that is still to run.
        held: what each task has in hand.
        results: what hears of the end of each task.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop | None, *, interrupted: bool = False
    ) -> None:
        running = asyncio._get_running_loop()
        loop = running if loop is None else loop
        at_work = frames_at_work()
        self._at_work = methods_at_work(at_work)
        alive = hands.alive_now()
        self.streams = [one for one in alive["stream"] if "_life" in vars(one)]
        self.channels, self.children = alive["channel"], alive["child"]
        self.tasks: dict[Thing, Steps] = {}
        self.running: Thing = None
        if loop is not None:
            current = asyncio.current_task(running) if running is loop else None
            self.running = current if interrupted else None
            for task in asyncio.all_tasks(loop):
                if task is not current:
                    self.tasks[task] = steps_of(task)
            if self.running is not None:
                self.tasks[self.running] = steps_at_work(at_work)
        frames: list[FrameType] = [one for step in self.tasks.values() for one in step.frames]
        self.names = Names(frames, alive["function"], self.children)
        self.awaited = {task: awaited_by(steps) for task, steps in self.tasks.items()}
        self.budgets = Budgets(alive["bucket"], alive["writer"])
        self.ends = Ends(self.streams, self.children)
        self.reach: Reach = reach_of(*wakers_of(loop, self.ends.is_silent))
        if interrupted:
            self._count_in(called_by_loop(at_work))
        # Somebody else may still connect: that tells who waits for it, and drives no flow there is.
        called = reach_of(*self.ends.idle_servers)
        told = [steps.future for steps in self.tasks.values()]
        self.reach.ids |= {id(one) for one in [*told, *self.channels] if one in called}
        self.held = {task: self._held_by(steps) for task, steps in self.tasks.items()}
        self.results = {task: hands.told_by(task) for task in self.tasks}
        self.path: list[Thing] = []

    @staticmethod
    def _held_by(steps: Steps) -> Reach:
        if users_frames(steps.frames):
            return reach_of(*steps.known, closed=CODE)
        # One of ours has what it works with, and not what that has in turn.
        local = [value for frame in steps.frames for value in frame.f_locals.values()]
        loops = [one for one in steps.in_hand if hasattr(type(one), "__anext__")]
        return Reach([*loops, *(one for value in local for one in hands.at_hand(value))])

    def _count_in(self, at_work: list[Thing]) -> None:
        """Let what a signal has interrupted be a way on: a task, or what the loop has called."""
        own = self.tasks[self.running].frames if self.running in self.tasks else []
        self.reach.ids |= reach_of(*(one for one in at_work if one not in own), closed=CODE).ids
        self.reach.ids.add(id(self.running))

    # -- words ----------------------------------------------------------------------------------

    def name(self, thing: Thing) -> str:
        """What the user calls it, in backquotes."""
        if thing in self.tasks:
            return f"`{name_of(thing, self.tasks[thing])}`"
        return self.names.of(thing)

    def line(self, task: Thing) -> Place | None:
        """Where a task waits, in the user's code."""
        return line_of(self.tasks[task])

    def is_coming(self, wait: Wait) -> bool:
        """Whether something that is still to run can go on with it."""
        return (id(wait.thing), wait.method) in self._at_work or any(
            thing in self.reach for thing in wait.needs
        )

    def is_on_path(self, thing: object) -> bool:
        """Whether it is being followed already."""
        return any(one is thing for one in self.path)

    # -- who could end it -----------------------------------------------------------------------

    def who_tells(self, task: object, future: object) -> list[Thing]:
        """Who may set what a task waits for: those that are not being followed yet come first."""
        holders = self._holders_of(future) if isinstance(future, LOCKS) else []
        if holders:
            return [one for one in holders if one is not task] or holders
        others = [
            other
            for other, steps in self.tasks.items()
            if other is not task
            and not any(one is future for one in self.awaited[other].things)
            and (
                future in self.results[other]
                or (future in self.held[other] and may(steps.frames, _may_tell(future)))
            )
        ]
        others.sort(key=self.is_on_path)
        return others or [Asked(*found) for found in self._tellers(future)]

    def _tellers(self, future: object) -> Iterator[tuple[Thing, str]]:
        """The streams that would set a future, and by what."""
        for stream in self.streams:
            if future not in hearing(stream):
                continue
            events = [str(e) for e in stream.event_names() if future in hears(stream, e)]
            found = {_BY.get(event, f"event {event}") for event in events if event != "error"}
            is_one = len(found) == 1 and future not in owing(stream)
            yield stream, found.pop() if is_one else "over"

    def _holders_of(self, lock: Thing) -> list[Thing]:
        """The tasks that are in a block of ``async with`` of a lock, or of a condition with it."""
        return [
            task
            for task, steps in self.tasks.items()
            if hands.leaves(steps.in_hand, lock) > _enters(steps, lock)
        ]

    def who_serves(self, channel: Channel[Thing, Thing], how: str) -> list[Thing]:
        """The tasks that may do the other part, where one does `how` (``"put"``, ``"take"``)."""
        other = "put" if how == "take" else "take"
        return [
            task
            for task in self.tasks
            if not self._does(task, how, channel)
            and (
                (how == "take" and channel in self.results[task])
                or (channel in self.held[task] and may(self.tasks[task].frames, other))
            )
        ]

    def _does(self, task: Thing, how: str, channel: object) -> bool:
        awaited = self.awaited[task]
        if awaited.what == "alts":
            return any(ch is channel and method == how for ch, method in awaited.things)
        mine = "put" if awaited.what == "each" else awaited.what
        return mine == how and any(one is channel for one in awaited.things)

    def who_holds(self, thing: object, bucket: object) -> list[Thing]:
        """The tasks that have a writer or a reader, `thing`, and wait for something else."""
        return [
            other
            for other, steps in self.tasks.items()
            if thing in self.held[other]
            and not self.is_on_path(other)
            and not self._waits_there(steps.future, bucket)
        ]

    def _waits_there(self, future: object, bucket: object) -> bool:
        its = self.budgets.of(future)
        return its is not None and its.bucket is bucket

    def users_of(self, face: Thing) -> list[Thing]:
        """The tasks that may still read or write a stream, and do not wait for it."""
        return [
            task
            for task, steps in self.tasks.items()
            if face in self.held[task]
            and not self.is_on_path(task)
            and not any(face is one for one in self.awaited[task].things)
            and (may(steps.frames, "use") or not users_frames(steps.frames))
        ]

    def bridged_to(self, channel: object) -> list[Thing]:
        """The streams that a bridge has joined to a channel."""
        streams = [one for one in self.streams if not one.destroyed and one not in self.path]
        return [one for one in streams if channel in methods_reach(one) or channel in owing(one)]

    def sources_of(self, face: Thing) -> list[Thing]:
        """The streams that are piped into another, or whose ``'data'`` is written to it."""
        return [
            one
            for one in self.streams
            if one is not face
            and (
                any(pipe.destination is face for pipe in _pipes(one))
                or (not one.destroyed and not _is_read(one) and self._is_heard_by(one, face))
            )
        ]

    @staticmethod
    def _is_heard_by(one: Thing, face: Thing) -> bool:
        """Whether what a stream gives is written to another."""
        # Ours read what is a message, or the output of a child.
        listeners = [f for f in one.listeners("data") if outside_of(f) is None]
        return face in reach_of(*listeners, closed=CODE)

    def resumers_of(self, face: Thing) -> list[Thing]:
        """The streams on which a paused one waits: those that are full, and would resume it."""
        return [
            one
            for one in self.streams
            if one is not face
            and getattr(one, "writable_need_drain", False)
            and face in hears(one, "drain")
        ]

    def made_of(self, face: Thing) -> list[Thing]:
        """The streams that read another one, as a part of theirs, and are full."""
        return [
            one
            for one in self.streams
            if one is not face
            and not one.destroyed
            and getattr(one, "_readable_state", None) is not None
            and one._readable_state.length
            and face in methods_reach(one)
        ]


def _may_tell(future: object) -> str:
    """With what words a task sets what others wait for; a lock is let go without any."""
    kind = type(future).__name__
    return {"Queue": "queue", "Event": "event", "Future": "future"}.get(kind, "any")


def _enters(steps: Steps, lock: object) -> bool:
    """Whether a task waits to get into a block of ``async with``, or within one for a condition."""
    return any(
        frame.f_code.co_name in ("__aenter__", "wait")
        and hands.guards(frame.f_locals.get("self"), lock)
        for frame in steps.frames
    )


class _NoFan:
    pipes: tuple[Thing, ...] = ()


def _pipes(one: Thing) -> Thing:
    return getattr(getattr(one, "_readable_state", None), "fan", _NoFan).pipes


def _is_read(one: Thing) -> bool:
    """Whether its end was told: whoever heard it writes no more."""
    side = getattr(one, "_readable_state", None)
    return side is None or bool(side.end_emitted)
