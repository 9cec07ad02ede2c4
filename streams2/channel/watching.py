"""For those who watch channels: what one holds, and word of what no method's answer tells.

>>> from streams2.channel import Channel
>>> letters = Channel(1)
>>> letters.offer("a"), letters.put_callback("b")
(True, True)
>>> letters.holdings()
Holdings(size=1, values=('a',), putting=('b',), taking=0)

Calls of a channel's methods can be heard by wrapping these. What cannot be heard so is that an
operation has to wait, and what an `alts` does with the channels it was given: a `Watcher` is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, TypeVar

from ._waiting import a_turn

__all__ = [
    "FIRST_TURN",
    "Glimpse",
    "Holdings",
    "Watcher",
    "made_of",
    "unwatch",
    "watch",
    "watchers",
]


T = TypeVar("T")

FIRST_TURN = a_turn.__code__
"""Where a task is that has begun to wait, and looks once more when its turn comes.

Whoever runs this has a variable `waiter`, which is `done()` if it has been told something."""


class Holdings(NamedTuple):
    """What a channel holds at a moment.

    Attributes:
        size: how many values it has room for; None where its buffer has no such number.
        values: what a take would find, the next one first; without what a buffer of the user's own
            or one that lasts has, for these do not show it.
        putting: the values of the puts that wait, the one that has waited longest first.
        taking: how many takes wait.
    """

    size: int | None
    values: tuple[object, ...]
    putting: tuple[object, ...]
    taking: int


class Glimpse(NamedTuple):
    """What a channel holds just now: as `Holdings`, but true only until the channel moves on.

    Nothing is copied: one can look after each event of a channel that holds thousands.
    """

    size: int | None
    values: Sequence[object]
    putting: Sequence[object]
    taking: int


class Watcher(Protocol):
    """Who is told, of the channels of all threads."""

    def waits(self, channel: object, method: Literal["put", "take"], value: object) -> None:
        """A put of `value`, or a take (then that is None), has to wait."""

    def tried(
        self, channel: object, method: Literal["put", "take"], value: object, answer: object
    ) -> None:
        """An `alts` did this at once."""

    def chosen(self, channel: object, method: Literal["put", "take"], answer: object) -> None:
        """An `alts` that waited has its answer from this."""


watchers: list[Watcher] = []
"""Who is told. It is empty but while somebody watches."""


def made_of(transform: T) -> T:
    """What a channel transforms its values by: the transform that it was given."""
    return transform


def watch(watcher: Watcher) -> None:
    """Tell `watcher` from now on."""
    watchers.append(watcher)


def unwatch(watcher: Watcher) -> None:
    """Tell `watcher` no more."""
    watchers.remove(watcher)
