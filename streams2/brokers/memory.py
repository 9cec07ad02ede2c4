"""Queues in the process itself: to try things out, to test, to run without a broker.

>>> from streams2 import Readable, brokers, promises, run
>>> async def main():
...     async with brokers.connect("memory://") as broker:
...         await broker.declare("words", limit=10)
...         await promises.pipeline(Readable.from_(["take", "write"]), broker.publisher("words"))
...         async for message in broker.subscriber("words").take(2):
...             print(message.data)
>>> run(main)
b'take'
b'write'

They behave as at a broker, and are lost with the loop that they were made on.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable, cast

from .engine import Parcel, Queue, QueueInfo, lane_of
from .errors import BrokerRefusedError, QueueNotFoundError

if TYPE_CHECKING:
    from .messages import Message

__all__ = ["MemoryEngine"]

_LARGEST = 1024 * 1024

_shelves: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, dict[str, _Kept]]]
_shelves = weakref.WeakKeyDictionary()


class _Entry:
    """A message that a queue keeps."""

    __slots__ = ("lane", "message", "tries", "until")

    def __init__(self, lane: int, message: Message) -> None:
        self.lane = lane
        self.message = message
        self.tries = 0
        self.until = 0.0
        """Until when whoever has it may be silent, or it waits."""

    def parcel(self) -> Parcel:
        message = self.message
        headers = dict(message.headers)
        return Parcel(self, message.data, message.key, message.id, headers, self.tries)


class _Kept:
    """A queue and what it holds.

    Attributes:
        fresh: what was given to nobody, in order: for each lane of its own.
        given: what is in somebody's hands, or waits to be given out again; by lane if they keep
            order.
    """

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.fresh: list[deque[_Entry]] = [deque() for _ in range(queue.parts)]
        self.given: dict[_Entry, None] = {}
        self.busy: set[int] = set()
        self.backlog = 0
        self.ids: OrderedDict[str, float] = OrderedDict()
        self.feeds: list[MemoryFeed] = []

    def keep(self, message: Message, now: float) -> bool:
        """Whether there was room for a message, or it is here already."""
        while self.ids and next(iter(self.ids.values())) <= now:
            self.ids.popitem(last=False)
        if message.id in self.ids:
            return True
        if self.backlog >= self.queue.limit:
            return False
        self.backlog += 1
        entry = _Entry(lane_of(message, self.queue.parts), message)
        self.fresh[entry.lane].append(entry)
        if self.queue.duplicate_window and message.id is not None:
            self.ids[message.id] = now + self.queue.duplicate_window / 1000
        return True

    def take(self, most: int, now: float) -> list[_Entry]:
        """Give out at most so many, those first that were given out before."""
        taken = [entry for entry in self.given if entry.until <= now][:most]
        for lane, fresh in enumerate(self.fresh):
            if self.queue.lanes is not None:
                if fresh and lane not in self.busy and len(taken) < most:
                    self.busy.add(lane)
                    taken.append(fresh.popleft())
            else:
                taken += [fresh.popleft() for _ in range(min(most - len(taken), len(fresh)))]
        until = now + self.queue.ack_wait / 1000
        for entry in taken:
            entry.tries += 1
            entry.until = until
            self.given[entry] = None
        return taken

    def done(self, entry: _Entry) -> None:
        """Keep a message no longer."""
        if entry in self.given:
            del self.given[entry]
            self.busy.discard(entry.lane)
            self.backlog -= 1

    def ring(self) -> None:
        """There may be something to take: first for whoever has waited longest."""
        for feed in self.feeds:
            feed.ring()


class MemoryEngine:
    """A connection to nothing but the process's own memory."""

    def __init__(self, url: str, patience: int) -> None:
        self.url = url
        self.patience = patience
        self.away_since: float | None = None
        self._queues: dict[str, _Kept] = {}

    async def open(self) -> None:
        of_loop = _shelves.setdefault(asyncio.get_running_loop(), {})
        self._queues = of_loop.setdefault(self.url.partition("://")[2], {})

    async def close(self) -> None:
        self._queues = {}

    async def declare(self, queue: Queue) -> Queue:
        return self._queues.setdefault(queue.name, _Kept(queue)).queue

    def _of(self, name: str) -> _Kept:
        kept = self._queues.get(name)
        if kept is None:
            raise QueueNotFoundError(name, self.url)
        return kept

    async def find(self, name: str) -> Queue:
        return self._of(name).queue

    async def info(self, queue: Queue) -> QueueInfo:
        kept, now = self._of(queue.name), asyncio.get_running_loop().time()
        held = sum(entry.until > now for entry in kept.given)
        return QueueInfo(kept.backlog, held, queue.limit)

    async def delete(self, name: str) -> None:
        kept = self._of(name)
        del self._queues[name]
        for feed in list(kept.feeds):
            feed.fail(QueueNotFoundError(name, self.url))

    async def publish(
        self, queue: Queue, messages: Sequence[Message], kept: Callable[[Message], None]
    ) -> None:
        where, now = self._of(queue.name), asyncio.get_running_loop().time()
        for message in messages:
            if len(message.data) > _LARGEST:
                said = f"a message of {len(message.data)} bytes, where {_LARGEST} are the most"
                raise BrokerRefusedError(self.url, said)
            if not where.keep(message, now):
                break
            kept(message)
        where.ring()

    def feed(
        self,
        queue: Queue,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> MemoryFeed:
        return MemoryFeed(self._of(queue.name), mark, deliver, fail)


class MemoryFeed:
    """What one subscriber takes from a queue."""

    def __init__(
        self,
        kept: _Kept,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._kept = kept
        self._mark = mark
        self._deliver = deliver
        self.fail = fail
        self._held: set[_Entry] = set()
        self._loop = asyncio.get_running_loop()
        self._ringing: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._kept.feeds.append(self)
        self.ring()

    def ring(self) -> None:
        """Look on the next turn whether there is anything to take."""
        if self._ringing is None and self in self._kept.feeds:
            self._ringing = self._loop.call_soon(self._take)

    def _take(self) -> None:
        self._ringing = None
        now = self._loop.time()
        # What is here, and of which nobody heard for too long, is not taken twice.
        for entry in self._kept.take(self._mark - len(self._held), now):
            if entry not in self._held:
                self._held.add(entry)
                self._deliver(entry.parcel())
        self._look_later(now)

    def _look_later(self, now: float) -> None:
        """Look again when something that others have, or that waits, may be taken."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        until = [entry.until for entry in self._kept.given if entry not in self._held]
        if until and len(self._held) < self._mark:
            self._later = self._loop.call_at(max(min(until), now), self.ring)

    def ack(self, token: object) -> None:
        entry = cast(_Entry, token)
        self._held.discard(entry)
        self._kept.done(entry)
        self._kept.ring()

    def nack(self, token: object, delay: int) -> None:
        entry = cast(_Entry, token)
        self._held.discard(entry)
        entry.until = self._loop.time() + delay / 1000
        self._kept.ring()

    def extend(self, tokens: Sequence[object]) -> None:
        until = self._loop.time() + self._kept.queue.ack_wait / 1000
        for entry in cast("Sequence[_Entry]", tokens):
            if entry in self._held:
                entry.until = until

    async def stop(self) -> None:
        if self in self._kept.feeds:
            self._kept.feeds.remove(self)
        for handle in (self._ringing, self._later):
            if handle is not None:
                handle.cancel()
        self._kept.ring()

    async def close(self) -> None:
        await self.stop()
