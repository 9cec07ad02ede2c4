"""What a broker must be able to do, and what a queue is: the same for each of them.

An engine moves messages; `Publisher` and `Subscriber` are streams over it. `nats` and `redis` are
the two that there are.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Protocol

from .messages import Message

__all__ = ["Engine", "Feed", "Lost", "Parcel", "Queue", "QueueInfo", "lane_of"]


@dataclass(frozen=True)
class Queue:
    """A queue, as it was declared.

    Attributes:
        name: letters, digits, ``-`` and ``_``.
        limit: how many messages it holds at most.
        lanes: how many messages may be worked at while the order of each key is kept; None if it
            is not kept.
        ack_wait: after how many milliseconds without a sign of life from whoever has a message it
            is given to another.
        duplicate_window: for how many milliseconds an id is known.
    """

    name: str
    limit: int
    lanes: int | None
    ack_wait: int
    duplicate_window: int

    @property
    def parts(self) -> int:
        """In how many parts a broker keeps it."""
        return self.lanes or 1


@dataclass(frozen=True)
class QueueInfo:
    """What a queue holds at the moment.

    Attributes:
        backlog: how many messages, those that are not acknowledged included.
        unacknowledged: how many somebody works at, or has given back and nobody has taken since.
        limit: how many it may hold.
    """

    backlog: int
    unacknowledged: int
    limit: int


@dataclass
class Parcel:
    """A message as it comes out of an engine.

    Attributes:
        token: what the engine knows it by.
        tries: how often it was given out.
    """

    token: object
    data: bytes
    key: str | None
    id: str | None
    headers: dict[str, str]
    tries: int


class Lost(Exception):  # noqa: N818 - it is told to nobody outside
    """The broker cannot be reached, at the moment."""


class Feed(Protocol):
    """What one subscriber takes from a queue."""

    def start(self) -> None:
        """Take messages, as many as are wanted, from now on."""

    def ack(self, token: object) -> None:
        """A message is done."""

    def nack(self, token: object, delay: int) -> None:
        """A message shall be given out again after `delay` milliseconds."""

    def extend(self, tokens: Sequence[object]) -> None:
        """Somebody still works at these."""

    async def stop(self) -> None:
        """Take no more: what is given back goes to another."""

    async def close(self) -> None:
        """Take no more. What was said of messages reaches the broker first."""


class Engine(Protocol):
    """A connection to a broker.

    Each coroutine raises `Lost` where the broker cannot be reached; a feed tries again by itself.

    Attributes:
        url: where it is.
        patience: for how many milliseconds it may be away.
        away_since: the loop's time at which it was first missed; None while it is there.
    """

    url: str
    patience: int
    away_since: float | None

    async def open(self) -> None:
        """Connect."""

    async def declare(self, queue: Queue) -> Queue:
        """Make a queue if there is none of its name; as what it is there."""

    async def find(self, name: str) -> Queue:
        """A queue that was declared.

        Raises:
            QueueNotFoundError: none was.
        """

    async def info(self, queue: Queue) -> QueueInfo:
        """What a queue holds."""

    async def delete(self, name: str) -> None:
        """Let go of a queue and of all that it holds."""

    async def publish(
        self, queue: Queue, messages: Sequence[Message], kept: Callable[[Message], None]
    ) -> None:
        """Have the broker keep messages. `kept` is told of each that it does; for others there was
        no room.
        """

    def feed(
        self,
        queue: Queue,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> Feed:
        """What takes from a queue for one subscriber.

        Args:
            mark: how many messages it may have at once.
            deliver: is given each of them.
            fail: is told why no more come.
        """

    async def close(self) -> None:
        """Disconnect."""


def lane_of(message: Message, lanes: int) -> int:
    """The lane of a message: the same for each message of a key, in every process."""
    told_apart_by = message.id if message.key is None else message.key
    return zlib.crc32((told_apart_by or "").encode()) % lanes
