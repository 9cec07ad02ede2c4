"""What a publisher or a subscriber waits for: its broker, room in a queue, or whoever settles."""

from __future__ import annotations

import asyncio

from ..brokers.publisher import Publisher
from ..brokers.standing import Standing
from ..brokers.subscriber import Subscriber
from .answers import Thing
from .scene import Scene
from .sides import Asked, Wait

__all__ = ["of_a_queue"]


def of_a_queue(face: Publisher | Subscriber, wait: Wait, scene: Scene) -> Wait:
    """Why a stream of a broker does not go on.

    Args:
        face: the stream.
        wait: what is known of it: that a method of ours has not answered.
        scene: what else there is.
    """
    return _Asking(face, scene).wait(wait.figure)


class _Asking:
    def __init__(self, face: Publisher | Subscriber, scene: Scene) -> None:
        self.face = face
        self.scene = scene
        self.standing: Standing = face.standing()
        self.where = f"queue `{self.standing.queue}` at {self.standing.url}"
        # Whatever happens to a queue in memory, happens in this program.
        self.is_here = self.standing.url.startswith("memory:")

    def wait(self, figure: str | None) -> Wait:
        standing = self.standing
        away = _away_for(standing)
        if away is not None:
            patience = f"{standing.engine.patience / 1000:g} s"
            reason = f"waits for the broker, away for {away:.1f} s of {patience} at most"
            return Wait(self.face, reason, figure, external=f"the broker at {standing.url}")
        if standing.waits_for == "settled":
            return self._of_unsettled()
        if standing.waits_for == "room":
            return self._of_room(figure)
        if standing.waits_for == "message":
            return self._of_messages()
        external = f"the broker at {standing.url} to answer"
        return Wait(self.face, f"waits for {external}", figure, external=external)

    # -- whoever has messages -------------------------------------------------------------------

    def _of_unsettled(self) -> Wait:
        """It has as many as it may have: until those are settled, it takes no more."""
        face, owed = self.face, self.standing.unsettled
        held = face.unacknowledged if isinstance(face, Subscriber) else 0
        figure = f"{held} of {self.standing.mark} messages are not acknowledged"
        others = self._at_work_on_them()
        if others:
            return Wait(face, "takes no more messages", figure, on=others)
        return Wait(
            face,
            "takes no more messages, and nobody settles those that it gave out",
            figure,
            remedy="Call `ack` or `nack` of each message",
            needs=list(owed),
        )

    def _at_work_on_them(self) -> list[Thing]:
        """The streams that what was given out has come to, and the tasks that have it."""
        found: list[Thing] = []
        todo, seen = [self.face], {id(self.face)}
        while todo:
            for one in _destinations(todo.pop()):
                if id(one) not in seen and not one.destroyed:
                    seen.add(id(one))
                    todo.append(one)
                    if one.writable_length or getattr(one, "readable_length", 0):
                        found.append(Asked(one, "over"))
        return found + self._others_that_have({id(one) for one in self.standing.unsettled})

    def _others_that_have(self, ids: set[int]) -> list[Thing]:
        scene = self.scene
        return [
            task
            for task in scene.tasks
            if scene.held[task].ids & ids
            and not scene.is_on_path(task)
            and not any(one is self.face for one in scene.awaited[task].things)
        ]

    # -- whoever takes, and whoever publishes ---------------------------------------------------

    def _of_room(self, figure: str | None) -> Wait:
        limit = self.standing.limit
        reason = f"waits for room in {self.where}, which is at its limit of {limit} messages"
        takers = [one for one in self.scene.streams if self._is_other(one, Subscriber)]
        if takers:
            on: list[Thing] = [_Asking(one, self.scene)._of_taking() for one in takers]
            return Wait(self.face, reason, figure, on=on, any_of=True)
        if not self.is_here:
            external = f"whoever takes from {self.where}"
            return Wait(self.face, reason, figure, external=external)
        others = self._others_that_have({id(self.standing.engine)})
        if others:
            return Wait(self.face, reason, figure, on=others, any_of=True)
        remedy = "Subscribe to the queue, or declare it with a larger limit"
        return Wait(self.face, f"{reason}, and nobody takes from it", figure, remedy=remedy)

    def _of_taking(self) -> Wait:
        """Why a subscriber makes no room in its queue."""
        face = self.face
        held = face.unacknowledged if isinstance(face, Subscriber) else 0
        if held:
            return self._of_unsettled()
        users = self.scene.users_of(face)
        if users:
            return Wait(face, "is not read", on=users, any_of=True)
        return Wait(
            face,
            "takes no messages, for nobody reads it",
            f"0 of {self.standing.mark} messages are not acknowledged",
            remedy="Read it, or pipe it somewhere",
            needs=[face],
        )

    def _of_messages(self) -> Wait:
        face = self.face
        held = face.unacknowledged if isinstance(face, Subscriber) else 0
        figure = f"{held} of {self.standing.mark} messages are not acknowledged"
        reason = f"waits for a message of {self.where}"
        if not self.is_here:
            external = f"whoever publishes to {self.where}"
            return Wait(face, reason, figure, external=external)
        publishers = [one for one in self.scene.streams if self._is_other(one, Publisher)]
        open_ = [one for one in publishers if not one.writable_ended]
        users = [task for one in open_ for task in self.scene.users_of(one)]
        users += self._others_that_have({id(self.standing.engine)})
        if users:
            return Wait(face, reason, figure, on=users, any_of=True)
        needs = [face, self.standing.engine, *open_]
        reason = f"{reason}, and nobody publishes any"
        return Wait(face, reason, figure, remedy="Publish one, or call its `stop`", needs=needs)

    def _is_other(self, one: Thing, kind: type) -> bool:
        if not isinstance(one, kind) or one.destroyed:  # type: ignore[attr-defined]
            return False
        its: Standing = one.standing()  # type: ignore[attr-defined]
        return (its.queue, its.url) == (self.standing.queue, self.standing.url)


def _away_for(standing: Standing) -> float | None:
    since = standing.engine.away_since
    return None if since is None else asyncio.get_event_loop().time() - since


def _destinations(one: Thing) -> list[Thing]:
    side = getattr(one, "_readable_state", None)
    return [] if side is None else [pipe.destination for pipe in side.fan.pipes]
