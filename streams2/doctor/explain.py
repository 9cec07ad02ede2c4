"""explain: from what stands still, along what each waits for, to what would end it.

>>> from streams2 import Readable, Transform, run
>>> async def main():
...     numbers = Readable.from_(range(100))
...     same = Transform(object_mode=True, transform=lambda self, n, encoding, done: done(None, n))
...     numbers.pipe(same)
...     await asyncio.sleep(0.01)
...     return explain(same)
>>> print(run(main))
`same` (a Transform, made at ...) is full, and nobody reads it: 16 of 16 objects.
What would end it: read it, or pipe it somewhere; `resume()` throws away what it gives.

What there is to say is found while somebody asks: a program that nobody asks about pays for the
line where each thing was made, and for nothing else.
"""

from __future__ import annotations

import asyncio
from types import FrameType

from ..channel import Channel
from ..core.pipe import Pipe
from ..errors.places import Place
from ..loop.run import run
from ..streams.stream import Stream
from .answers import Culprit, Explanation, Sentence, Thing
from .hands import alive_now, at_hand, hearing, owing, parts, told_by
from .names import Names, place_of, users_frames
from .outside import reads_its_input
from .sides import Wait, is_pending, life, reading, writing
from .tasks import Awaited, Steps, awaited_by, line_of, may, name_of, steps_of
from .wakers import Reach, reach_of, wakers_of
from .words import for_now, is_idle_reading, waits_for

__all__ = ["explain"]


def explain(*things: Thing, loop: asyncio.AbstractEventLoop | None = None) -> Explanation:
    """Say why `things` stand still.

    Args:
        things: streams, pipes, channels, tasks; none at all, or `run`, for whatever waits.
        loop: whose tasks to look at (default: the running loop, if there is one).

    Returns:
        The sentences, as text and as data.

    Raises:
        TypeError: one of the things is none of these.
    """
    things = tuple(end for thing in things for end in _asked(thing))
    for thing in things:
        if not isinstance(thing, (Stream, Channel)) and not asyncio.isfuture(thing):
            raise TypeError(f"explain() takes streams, channels and tasks, and got {thing!r}")
    return _Doctor(loop).explain(list(things))


def _asked(thing: Thing) -> tuple[Thing, ...]:
    """What to look at if one asks about `thing`: of a pipe, both ends; of a run, all."""
    if isinstance(thing, Pipe):
        return thing.destination, thing.source
    return () if thing is run else (thing,)


class _Doctor:
    """One look at all that is alive."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        running = asyncio._get_running_loop()
        self.loop = running if loop is None else loop
        alive = alive_now()
        self.streams = [one for one in alive["stream"] if "_life" in vars(one)]
        self.channels, self.children = alive["channel"], alive["child"]
        self.tasks: dict[Thing, Steps] = {}
        if self.loop is not None:
            current = asyncio.current_task(running) if running is self.loop else None
            for task in asyncio.all_tasks(self.loop):
                if task is not current:
                    self.tasks[task] = steps_of(task)
        frames: list[FrameType] = [one for step in self.tasks.values() for one in step.frames]
        functions = alive["function"]
        self.names = Names(frames, functions, self.children)
        self.awaited = {task: awaited_by(steps) for task, steps in self.tasks.items()}
        self.reach: Reach = reach_of(*wakers_of(self.loop))
        self.held = {task: self._held_by(steps) for task, steps in self.tasks.items()}
        self.results = {task: told_by(task) for task in self.tasks}
        self.result = Explanation()
        self.path: list[Thing] = []
        self.done: dict[int, bool] = {}
        self.circle: list[Wait] = []
        self.circle_says: Sentence | None = None
        self.said: set[tuple[int, str]] = set()

    def _held_by(self, steps: Steps) -> Reach:
        local = [value for frame in steps.frames for value in frame.f_locals.values()]
        if users_frames(steps.frames):
            return reach_of(*local, *steps.iterators)
        # One of ours has what it works with, and not what that has in turn.
        return Reach([*steps.iterators, *(one for value in local for one in at_hand(value))])

    def explain(self, things: list[Thing]) -> Explanation:
        if not things:
            users = [task for task, steps in self.tasks.items() if users_frames(steps.frames)]
            things = users or list(self.tasks)
            for thing in sorted(things, key=self._order):
                self.follow(thing)
            if not self.result.culprits and not self.result.moves:
                for stream in self.streams:
                    if is_pending(stream):
                        self.follow(stream)
        else:
            for thing in things:
                self.follow(thing)
        if not self.result.culprits and not self.result.moves:
            # Only if nothing else would end it.
            if self.circle_says is not None:
                self.result.sentences.append(self.circle_says)
            for wait in self.circle:
                self._blame(wait)
        return self.result

    def _order(self, task: Thing) -> tuple[int, str]:
        return (0 if name_of(task, self.tasks[task]) == "main" else 1, str(task.get_name()))

    # -- the chain ------------------------------------------------------------------------------

    def follow(self, thing: Thing) -> bool:
        """Say why `thing` waits; whether it moves."""
        if id(thing) in self.done:
            return self.done[id(thing)]
        if any(one is thing for one in self.path):
            self._circle(thing)
            return False
        self.path.append(thing)
        try:
            waits = self._waits_of(thing)
            moves = [self._follow_wait(wait) for wait in waits]
        finally:
            self.path.pop()
        moving = bool(moves) and all(moves)
        self.done[id(thing)] = moving
        return moving

    def _follow_wait(self, wait: Wait) -> bool:
        coming = any(thing in self.reach for thing in wait.needs)
        if wait.reason:
            self._say(wait, coming)
        if isinstance(wait, _Several):
            return self._follow_each(wait.waits, wait.any_of)
        if wait.external is not None:
            self.result.external.append(wait.external)
            inputs = self._inputs_of(wait.thing)
            if inputs:
                return self._follow_each(inputs, any_of=False)
        if coming:
            self.result.moves = True
            return True
        if wait.external is not None:
            return False
        if not wait.on:
            self._blame(wait)
            return False
        if any(one is wait.thing for one in self.path):
            return self._follow_each(wait.on, wait.any_of)
        self.path.append(wait.thing)
        try:
            return self._follow_each(wait.on, wait.any_of)
        finally:
            self.path.pop()

    def _inputs_of(self, output: Thing) -> list[Wait]:
        """What a child waits for, whose output is waited for: its input, if that is open."""
        return [
            Wait(child.stdin, "was never ended, and the child reads it", remedy="Call its `end`")
            for child in self.children
            if output in (child.stdout, child.stderr)
            and child.stdin is not None
            and child.stdin.writable
            and reads_its_input(child.pid)
        ]

    def _follow_each(self, ways: list[Thing], any_of: bool) -> bool:
        before = list(self.result.culprits)
        moves = [
            self._follow_wait(one) if isinstance(one, Wait) else self.follow(one) for one in ways
        ]
        if any_of and any(moves):
            self.result.culprits = before
            return True
        return all(moves)

    def _say(self, wait: Wait, coming: bool) -> None:
        if (id(wait.thing), wait.reason) in self.said:
            return
        self.said.add((id(wait.thing), wait.reason))
        task = wait.thing if asyncio.isfuture(wait.thing) else None
        name = self._name(wait.thing)
        subject = name if task is not None else self.names.introduced(wait.thing)
        place = wait.place if task is not None else place_of(wait.thing)
        reason = for_now(wait.reason) if coming else wait.reason
        text = f"{subject} {reason}{f': {wait.figure}' if wait.figure else ''}."
        remedy = None if coming else wait.remedy
        self.result.sentences.append(
            Sentence(name.strip("`"), place, reason, wait.figure, remedy, text)
        )

    def _name(self, thing: Thing) -> str:
        if thing in self.tasks:
            return f"`{name_of(thing, self.tasks[thing])}`"
        return self.names.of(thing)

    def _blame(self, wait: Wait) -> None:
        thing = wait.thing
        of_task = asyncio.isfuture(thing)
        place = wait.place if of_task else place_of(thing)
        own = None if of_task or wait.method is None else wait.place
        if of_task and place is None and wait not in self.circle:
            # One of ours: what a user can see waits for it, or is waited for by it.
            self.circle.append(wait)
            return
        if wait.remedy is not None:
            self.result.remedies.append(wait.remedy)
        culprit = Culprit(self._name(thing).strip("`"), place, wait.method, own)
        if culprit not in self.result.culprits:
            self.result.culprits.append(culprit)

    def _circle(self, thing: Thing) -> None:
        """Each waits for the next, and the last for the first."""
        start = next(index for index, one in enumerate(self.path) if one is thing)
        round_ = self.path[start:]
        things = [one for one in round_ if not asyncio.isfuture(one)] or round_
        if self.circle_says is not None:
            return
        names = " and ".join(self._name(one) for one in round_)
        text = f"They wait for each other: {names}."
        self.circle_says = Sentence(names, None, text, None, None, text)
        for one in things:
            if one in self.tasks and self.awaited[one].what in ("put", "take"):
                self.circle += [Wait(channel, "") for channel in self.awaited[one].things]
            else:
                place = line_of(self.tasks[one]) if one in self.tasks else None
                self.circle.append(Wait(one, "", place=place))

    # -- what each waits for --------------------------------------------------------------------

    def _waits_of(self, thing: Thing) -> list[Wait]:
        if thing in self.tasks:
            return self._waits_of_task(thing)
        if isinstance(thing, Channel):
            return self._waits_of_channel(thing, "take" if not thing.holdings().putting else "put")
        if isinstance(thing, Stream):
            return self._waits_of_stream(thing)
        return [Wait(thing, "is a future that nobody resolves")] if not thing.done() else []

    def _waits_of_task(self, task: Thing) -> list[Wait]:
        steps, awaited = self.tasks[task], self.awaited[task]
        place = line_of(steps)
        at = f"waits at {place} " if place is not None else "waits "
        if steps.future is not None and steps.future in self.reach and awaited.what in _PLAIN:
            return [Wait(task, f"{at}for what is still to run", place=place, needs=[steps.future])]
        if task in self.reach:
            return [Wait(task, "is about to go on", place=place, needs=[task])]
        what = awaited.what
        if what in ("future", "unknown"):
            return [self._waits_for_future(task, awaited, at, place)]
        if what == "alts":
            things = ", ".join(f"a {how} on {self._name(ch)}" for ch, how in awaited.things)
            waits = [w for ch, how in awaited.things for w in self._waits_of_channel(ch, how)]
            said = Wait(task, f"{at}for one of {things}" if place else "", place=place)
            return [_Several(said, waits)] if waits else [said]
        if what in ("put", "take", "each"):
            return self._waits_for_channels(task, awaited, at, place)
        if what == "task":
            return [
                Wait(task, f"{at}{awaited.words}" if place else "", place=place, on=awaited.things)
            ]
        things = ", ".join(self._name(one) for one in awaited.things)
        said = Wait(task, f"{at}{waits_for(what, awaited, things)}" if place else "", place=place)
        inner = [w for one in awaited.things for w in self._waits_for_stream(one, what)]
        said.needs = [part for one in awaited.things for part in parts(one)]
        return [_Several(said, inner, all_of=True)] if inner else [said]

    def _waits_for_future(
        self, task: Thing, awaited: Awaited, at: str, place: Place | None
    ) -> Wait:
        others = [
            other
            for other in self.tasks
            if other is not task
            and awaited.things
            and (awaited.things[0] in self.held[other] or awaited.things[0] in self.results[other])
            and self.awaited[other].things != awaited.things
        ]
        if awaited.things and not others:
            others = [one for one in self.streams if awaited.things[0] in hearing(one)]
        said = f"{at}{awaited.words}"
        return Wait(task, said, place=place, on=others, any_of=True, needs=awaited.things)

    def _waits_for_channels(
        self, task: Thing, awaited: Awaited, at: str, place: Place | None
    ) -> list[Wait]:
        how = "take" if awaited.what == "take" else "put"
        names = ", ".join(self._name(channel) for channel in awaited.things)
        said = Wait(
            task, f"{at}{'to take from' if how == 'take' else 'to put on'} {names}", place=place
        )
        if place is None:
            said.reason = ""
        inner = [w for ch in awaited.things for w in self._waits_of_channel(ch, how)]
        return [_Several(said, inner, all_of=True)] if inner else [said]

    def _waits_of_channel(self, channel: Channel[Thing, Thing], how: str) -> list[Wait]:
        holdings = channel.holdings()
        other = "put" if how == "take" else "take"
        others = [
            task
            for task in self.tasks
            if not self._does(task, how, channel)
            and (
                (how == "take" and channel in self.results[task])
                or (channel in self.held[task] and may(self.tasks[task], other))
            )
        ]
        if how == "put":
            figure = f"{len(holdings.values)} of {holdings.size} values"
            figure += f", and {len(holdings.putting)} waiting to be put"
            reason = "is full, and nobody takes from it"
            remedy = "Take from it, or close it by `abandon()`"
        else:
            figure = "0 values"
            reason = "is empty, and nobody puts anything on it or closes it"
            remedy = "Put on it, or close it"
        short = "is full" if how == "put" else "is empty"
        if channel in self.reach:
            return [Wait(channel, short, figure, needs=[channel])]
        if others:
            return [Wait(channel, short, figure, on=others, any_of=True)]
        bridged = [one for one in self._linked_streams(channel) if one is not channel]
        if bridged:
            return [Wait(channel, short, figure, on=bridged, any_of=True)]
        return [Wait(channel, reason, figure, remedy=remedy, needs=[channel])]

    def _does(self, task: Thing, how: str, channel: object) -> bool:
        awaited = self.awaited[task]
        if awaited.what == "alts":
            return any(ch is channel and method == how for ch, method in awaited.things)
        mine = "put" if awaited.what == "each" else awaited.what
        return mine == how and any(one is channel for one in awaited.things)

    def _linked_streams(self, channel: object) -> list[Thing]:
        streams = [one for one in self.streams if not one.destroyed and one not in self.path]
        return [one for one in streams if channel in self._links(one) or channel in owing(one)]

    def _links(self, stream: Thing) -> Reach:
        """What the methods of a stream that is made of others know."""
        names = ("_read", "_write", "_final")
        methods = [vars(stream)[name] for name in names if name in vars(stream)]
        # Bound to the stream itself, as an option is, or to who made it.
        owners = [getattr(method, "__self__", None) for method in methods]
        functions = [getattr(method, "__func__", method) for method in methods]
        return reach_of(*functions, *(one for one in owners if one is not stream))

    # -- streams --------------------------------------------------------------------------------

    def _waits_of_stream(self, stream: Thing) -> list[Wait]:
        return self._waits_for_stream(stream, "over")

    def _waits_for_stream(self, stream: Thing, what: str) -> list[Wait]:
        if not isinstance(stream, Stream):
            return [Wait(stream, f"is waited for, {what.replace('event ', 'for ')}")]
        face: Thing = stream
        if what in ("drain", "event drain") and not face.writable_need_drain:
            return [Wait(face, "refused nobody, so its 'drain' will not come", needs=[face])]
        begun = life(face)
        if begun is not None:
            return [self._by_tasks(begun)]
        waits = []
        if what in ("drain", "event drain", "event finish", "over", "pipeline", "event close"):
            waits.append(writing(face, self._sources_of))
        if what not in ("drain", "event drain", "event finish"):
            came = reading(face)
            if came is None and _gives(face) and not waits:
                came = writing(face, self._sources_of)
            waits.append(came)
        found = [self._by_tasks(wait) for wait in waits if wait is not None]
        blamed = [wait for wait in found if not is_idle_reading(wait, found)]
        return blamed or found

    def _sources_of(self, face: Thing) -> list[Thing]:
        return [
            one
            for one in self.streams
            for pipe in getattr(getattr(one, "_readable_state", None), "fan", _NO_FAN).pipes
            if pipe.destination is face
        ]

    def _by_tasks(self, wait: Wait) -> Wait:
        """If a coroutine is to answer, or to read or write: what that waits for."""
        face = wait.thing
        coming = any(thing in self.reach for thing in wait.needs)
        if wait.on or coming or not isinstance(face, Stream):
            return wait
        if wait.method is not None:
            running = self._running(face, wait)
            return wait if not running else _on(wait, running)
        users = [
            task
            for task, steps in self.tasks.items()
            if face in self.held[task]
            and not any(task is one for one in self.path)
            and not any(face is one for one in self.awaited[task].things)
            and (may(steps, "use") or not users_frames(steps.frames))
        ]
        if users:
            wait.reason = wait.reason.partition(", and ")[0]
            return _on(wait, users, any_of=True)
        return wait

    def _inside(self, one: Thing, method: str) -> list[Thing]:
        """Why what a stream is made of does not go on, for a method of that stream."""
        if isinstance(one, Channel):
            return [one]
        writes = getattr(one, "_writable_state", None)
        if method != "_read" and writes is not None and (writes.length or writes.ended):
            wait = writing(one, self._sources_of)
            return [] if wait is None else [self._by_tasks(wait)]
        return self._waits_for_stream(one, "chunk")

    def _running(self, face: Thing, wait: Wait) -> list[Thing]:
        """The tasks that run a method of `face`, and what a stream of ours is made of."""
        code = getattr(
            getattr(getattr(face, wait.method or "", None), "__func__", None), "__code__", None
        )
        tasks = [
            task
            for task, steps in self.tasks.items()
            for frame in steps.frames[:1]
            if frame.f_code is code and any(value is face for value in frame.f_locals.values())
        ]
        if tasks or wait.place is not None or wait.external is not None:
            return tasks
        links = self._links(face)
        inner = [task for task in self.tasks if face in self.held[task] and task not in self.path]
        inner = [task for task in inner if not any(face is t for t in self.awaited[task].things)]
        others = [*self.streams, *self.channels]
        streams = [one for one in others if one in links and one is not face]
        streams = [way for one in streams for way in self._inside(one, wait.method or "")]
        tasks = [task for task in inner if not _is_main(self.tasks[task])]
        return tasks or streams


_PLAIN = ("future", "unknown", "task")


class _NoFan:
    pipes: tuple[Thing, ...] = ()


_NO_FAN = _NoFan()


class _Several(Wait):
    """What a task waits for, together with why each of that does not go on."""

    def __init__(self, said: Wait, waits: list[Wait], all_of: bool = False) -> None:
        super().__init__(said.thing, said.reason, place=said.place)
        self.waits = waits
        self.any_of = not all_of


def _on(wait: Wait, others: list[Thing], any_of: bool = False) -> Wait:
    wait.on, wait.any_of, wait.needs = others, any_of, []
    return wait


def _is_main(steps: Steps) -> bool:
    return any(frame.f_code.co_name == "main" for frame in steps.frames)


def _gives(face: Thing) -> bool:
    return hasattr(face, "_writable_state")
