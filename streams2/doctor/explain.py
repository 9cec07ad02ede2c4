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

from ..loop.run import run
from .answers import Culprit, Explanation, Sentence, Thing
from .asked import asked_about
from .names import place_of, users_frames
from .scene import Scene
from .sides import Asked, Wait, is_pending
from .tasks import name_of
from .waiting import Several, Waits
from .words import for_now

__all__ = ["explain", "explain_interrupted"]


def explain(*things: Thing, loop: asyncio.AbstractEventLoop | None = None) -> Explanation:
    """Say why `things` stand still.

    Args:
        things: streams, pipes, channels, tasks, what `streams2.iter` makes (writers, readers, what
            is shared), a `mult`, `pub` or `mix`, an interface of `readline`, a broker, a server, a
            child; none at all, or `run`, for whatever waits.
        loop: whose tasks to look at (default: the running loop, if there is one).

    Returns:
        The sentences, as text and as data.

    Raises:
        TypeError: one of the things is none of these.
    """
    named = [thing for thing in things if thing is not run]
    asked = [end for thing in named for end in asked_about(thing)]
    return _Doctor(loop).explain(asked if named else None)


def explain_interrupted(loop: asyncio.AbstractEventLoop | None) -> Explanation:
    """Say why what waits on `loop` does, at a signal, which comes at any line of the program."""
    return _Doctor(loop, interrupted=True).explain(None)


class _Doctor:
    """Follows what waits, from one to the next, and notes what there is to say."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop | None, *, interrupted: bool = False
    ) -> None:
        self.scene = Scene(loop, interrupted=interrupted)
        self.waits = Waits(self.scene)
        self.result = Explanation()
        self.done: dict[tuple[int, str], bool] = {}
        self.circle: list[Wait] = []
        self.circle_says: Sentence | None = None
        self.said: set[tuple[int, str]] = set()

    def explain(self, things: list[Thing] | None) -> Explanation:
        if things is None:
            tasks = self.scene.tasks
            things = [one for one in tasks if users_frames(tasks[one].frames)] or list(tasks)
            for thing in sorted(things, key=self._order):
                self.follow(thing)
            if not (self.result.culprits or self.result.moves or self.circle):
                for stream in self.scene.streams:
                    if is_pending(stream):
                        self.follow(stream)
        else:
            for thing in things:
                self._follow_one(thing)
        if not self.result.culprits and not self.result.moves:
            # Only if nothing else would end it.
            if self.circle_says is not None:
                self.result.sentences.append(self.circle_says)
            for wait in self.circle:
                self._blame(wait)
        return self.result

    def _order(self, task: Thing) -> tuple[int, str]:
        return (0 if name_of(task, self.scene.tasks[task]) == "main" else 1, str(task.get_name()))

    # -- the chain ------------------------------------------------------------------------------

    def follow(self, thing: Thing, what: str = "over") -> bool:
        """Say why `thing` waits; whether it moves."""
        key = id(thing), what
        if key in self.done:
            return self.done[key]
        if self.scene.is_on_path(thing):
            self._circle(thing)
            return False
        self.scene.path.append(thing)
        try:
            waits = self.waits.of(thing, what)
            moves = [self._follow_wait(wait) for wait in waits]
        finally:
            self.scene.path.pop()
        moving = bool(moves) and all(moves)
        self.done[key] = moving
        return moving

    def _follow_wait(self, wait: Wait) -> bool:
        coming = self.scene.is_coming(wait)
        if wait.reason:
            self._say(wait, coming)
        if isinstance(wait, Several):
            return self._follow_each(wait.waits, wait.any_of)
        if wait.external is not None:
            self.result.external.append(wait.external)
            if wait.on:
                return self._follow_each(wait.on, wait.any_of)
        if coming:
            self.result.moves = True
            return True
        if wait.external is not None:
            return False
        if not wait.on:
            self._blame(wait)
            return False
        if self.scene.is_on_path(wait.thing):
            return self._follow_each(wait.on, wait.any_of)
        self.scene.path.append(wait.thing)
        try:
            return self._follow_each(wait.on, wait.any_of)
        finally:
            self.scene.path.pop()

    def _follow_one(self, way: Thing) -> bool:
        if isinstance(way, Wait):
            return self._follow_wait(way)
        return self.follow(*way) if isinstance(way, Asked) else self.follow(way)

    def _follow_each(self, ways: list[Thing], any_of: bool) -> bool:
        before = list(self.result.culprits)
        moves = [self._follow_one(one) for one in ways]
        if any_of and any(moves):
            self.result.culprits = before
            return True
        return all(moves)

    def _say(self, wait: Wait, coming: bool) -> None:
        if (id(wait.thing), wait.reason) in self.said:
            return
        self.said.add((id(wait.thing), wait.reason))
        task = wait.thing if asyncio.isfuture(wait.thing) else None
        name = self.scene.name(wait.thing)
        subject = name if task is not None else self.scene.names.introduced(wait.thing)
        place = wait.place if task is not None else place_of(wait.thing)
        reason = for_now(wait.reason) if coming else wait.reason
        text = f"{subject} {reason}{f': {wait.figure}' if wait.figure else ''}."
        remedy = None if coming else wait.remedy
        self.result.sentences.append(
            Sentence(name.strip("`"), place, reason, wait.figure, remedy, text)
        )

    def _blame(self, wait: Wait) -> None:
        thing = wait.thing
        of_task = asyncio.isfuture(thing)
        place = wait.place if of_task else place_of(thing)
        own = None if of_task or wait.method is None else wait.place
        if of_task and place is None and wait not in self.circle:
            # One of ours: what a user can see waits for it, or is waited for by it.
            self.circle.append(self._nearest(wait.remedy) or wait)
            return
        if wait.remedy is not None:
            self.result.remedies.append(wait.remedy)
        culprit = Culprit(self.scene.name(thing).strip("`"), place, wait.method, own)
        if culprit not in self.result.culprits:
            self.result.culprits.append(culprit)

    def _nearest(self, remedy: str | None) -> Wait | None:
        """The last of what is followed that a line of the user's has made, or that waits there."""
        for thing in reversed(self.scene.path):
            place = self.scene.line(thing) if thing in self.scene.tasks else place_of(thing)
            if place is not None:
                return Wait(thing, "", place=place, remedy=remedy)
        return None

    def _circle(self, thing: Thing) -> None:
        """Each waits for the next, and the last for the first."""
        start = next(index for index, one in enumerate(self.scene.path) if one is thing)
        round_ = self.scene.path[start:]
        tasks = self.scene.tasks
        things = [one for one in round_ if not asyncio.isfuture(one)] or round_
        # What the program has no name for is a part of something that it has one for.
        things = [one for one in things if self.scene.names.has(one)] or things
        if self.circle_says is not None:
            return
        names = " and ".join(self.scene.name(one) for one in round_)
        text = f"They wait for each other: {names}."
        self.circle_says = Sentence(names, None, text, None, None, text)
        for one in things:
            if one not in tasks:
                self.circle.append(Wait(one, ""))
            elif self.scene.awaited[one].what in ("put", "take"):
                self.circle += [Wait(channel, "") for channel in self.scene.awaited[one].things]
            else:
                self.circle.append(Wait(one, "", place=self.scene.line(one)))
