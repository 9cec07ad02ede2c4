"""Redis Streams as an engine of queues.

Redis tells a program what became of its command when it has done it in memory. Whether it is on a
disk then is the server's setting: ``appendonly yes`` and ``appendfsync always``.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Awaitable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Callable, NamedTuple, Protocol, TypeVar, cast

from ..loop.waking import Wakeup, spawn
from .engine import Lost, Parcel, Queue, QueueInfo, lane_of
from .errors import BrokerClosedError, BrokerRefusedError, QueueNotFoundError
from .patience import persist
from .redis_scripts import DECLARE, DELETE, GONE, INFO, PUBLISH, SETTLE, TAKE, keys_of

if TYPE_CHECKING:
    from .messages import Message

__all__ = ["RedisEngine"]

T = TypeVar("T")

# Seconds after which a feed looks around though nobody rang: somebody may have fallen silent.
_LONGEST_LOOK = 1.0
_MOST_MESSAGES = 1000
_ANSWER_WITHIN = 5.0


Fields = dict[bytes, bytes]
_Taken = tuple[int, int, bytes, bytes, bytes, bytes, bytes]

if TYPE_CHECKING:

    class Script(Protocol):
        """A script that the server knows, or is told."""

        async def __call__(self, keys: list[str], args: Sequence[object]) -> object: ...

    class Pool(Protocol):
        """The client's connections."""

        async def disconnect(self) -> None: ...

    class Client(Protocol):
        """What is used of the library's client."""

        connection_pool: Pool

        def register_script(self, script: str) -> Script: ...

        async def ping(self) -> object: ...

        async def hgetall(self, name: str) -> Fields: ...

        async def xread(self, streams: dict[str, bytes | str], block: int) -> Heard: ...

    Heard = list[tuple[bytes, list[tuple[bytes, Fields]]]]


class _Token(NamedTuple):
    lane: int
    entry: bytes


def _library() -> ModuleType:
    try:
        importlib.import_module("redis.asyncio.retry")
        importlib.import_module("redis.backoff")
        return importlib.import_module("redis")
    except ImportError as error:
        hint = "Queues on Redis need redis: pip install 'streams2[redis]'"
        raise ImportError(hint) from error


class RedisEngine:
    """A connection to Redis."""

    def __init__(self, url: str, patience: int) -> None:
        self.url = url
        self.patience = patience
        self.away_since: float | None = None
        self._redis = _library()
        self._client: Client | None = None
        self._scripts: dict[str, Script] = {}

    async def open(self) -> None:
        # Who tries again is `persist`, and nobody besides.
        never = self._redis.asyncio.retry.Retry(self._redis.backoff.NoBackoff(), 0)
        # A host that was cut off hears of it when a command is not answered.
        within = {"socket_timeout": _ANSWER_WITHIN, "socket_connect_timeout": _ANSWER_WITHIN}
        options = {"retry": never, "protocol": 2, **within}
        self._client = self._redis.asyncio.Redis.from_url(self.url, **options)
        await self.call(self.client().ping)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.connection_pool.disconnect()

    async def call(self, command: Callable[..., Awaitable[T]], *args: object, **named: object) -> T:
        """What a command comes to."""
        errors = self._redis.exceptions
        try:
            return await command(*args, **named)
        except (errors.ConnectionError, errors.TimeoutError, errors.BusyLoadingError) as error:
            raise Lost(str(error)) from error
        except OSError as error:
            raise Lost(str(error)) from error
        except errors.RedisError as error:
            raise BrokerRefusedError(self.url, error) from error

    async def script(self, text: str, queue: str, parts: int, *args: object) -> object:
        """What a script comes to that is run on the keys of a queue."""
        script = self._scripts.get(text)
        if script is None:
            script = self._scripts[text] = self.client().register_script(text)
        try:
            return await self.call(script, keys=keys_of(queue, parts), args=args)
        except BrokerRefusedError as error:
            if GONE in str(error.__cause__):
                raise QueueNotFoundError(queue, self.url) from None
            raise

    def client(self) -> Client:
        """The library's own client."""
        if self._client is None:
            raise BrokerClosedError(self.url)
        return self._client

    # -- queues ---------------------------------------------------------------------------------

    async def declare(self, queue: Queue) -> Queue:
        fields = [queue.limit, queue.lanes or 0, queue.ack_wait, queue.duplicate_window]
        args = [item for pair in zip(_FIELDS, fields) for item in pair]
        there = cast("list[bytes]", await self.script(DECLARE, queue.name, queue.parts, *args))
        return _queue_of(queue.name, dict(zip(there[::2], there[1::2])))

    async def find(self, name: str) -> Queue:
        fields = await self.call(self.client().hgetall, keys_of(name, 0)[0])
        if not fields:
            raise QueueNotFoundError(name, self.url)
        return _queue_of(name, fields)

    async def info(self, queue: Queue) -> QueueInfo:
        holds = await self.script(INFO, queue.name, queue.parts)
        backlog, held = cast("tuple[int, int]", holds)
        return QueueInfo(backlog, held, queue.limit)

    async def delete(self, name: str) -> None:
        queue = await self.find(name)
        await self.script(DELETE, name, queue.parts)

    # -- messages -------------------------------------------------------------------------------

    async def publish(
        self, queue: Queue, messages: Sequence[Message], kept: Callable[[Message], None]
    ) -> None:
        for first in range(0, len(messages), _MOST_MESSAGES):
            batch = messages[first : first + _MOST_MESSAGES]
            args: list[object] = [queue.limit, queue.duplicate_window]
            for message in batch:
                key = "" if message.key is None else f"={message.key}"
                headers = json.dumps(message.headers) if message.headers else ""
                lane = lane_of(message, queue.parts)
                args += [lane, message.id or "", message.data, key, headers]
            taken = cast(int, await self.script(PUBLISH, queue.name, queue.parts, *args))
            for message in batch[:taken]:
                kept(message)
            if taken < len(batch):
                return

    def feed(
        self,
        queue: Queue,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> RedisFeed:
        return RedisFeed(self, queue, mark, deliver, fail)


_FIELDS = ("limit", "lanes", "ack_wait", "duplicate_window")


def _queue_of(name: str, fields: dict[bytes, bytes]) -> Queue:
    limit, lanes, ack_wait, window = (int(fields[field.encode()]) for field in _FIELDS)
    return Queue(name, limit, lanes or None, ack_wait, window)


class RedisFeed:
    """What one subscriber takes from a queue: two coroutines.

    One says what became of messages and takes others, in one round trip; the other one waits for
    the queue's bell.
    """

    def __init__(
        self,
        engine: RedisEngine,
        queue: Queue,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._engine = engine
        self._queue = queue
        self._mark = mark
        self._deliver = deliver
        self._fail = fail
        self._held: set[_Token] = set()
        self._settled: dict[_Token, tuple[str, int]] = {}
        self._something = Wakeup()
        self._rung = True
        self._stopped = self._closing = False
        # Held while messages are taken: who stops waits for those that are on their way.
        self._taking = asyncio.Lock()
        self._lane = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if not self._tasks:
            self._tasks = [spawn(self._guarded(work)) for work in (self._work, self._listen)]

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            self._fail(error)

    # -- what became of messages ----------------------------------------------------------------

    def ack(self, token: object) -> None:
        self._settle(token, "ack", 0)

    def nack(self, token: object, delay: int) -> None:
        self._settle(token, "nack", delay)

    def _settle(self, token: object, what: str, delay: int) -> None:
        of = cast(_Token, token)
        self._held.discard(of)
        self._settled[of] = (what, delay)
        self._something.wake()

    def extend(self, tokens: Sequence[object]) -> None:
        for token in cast("Sequence[_Token]", tokens):
            self._settled.setdefault(token, ("extend", 0))
        self._something.wake()

    async def _tell(self) -> None:
        """Say what became of messages. What could not be said is kept."""
        telling = self._settled
        if not telling:
            return
        self._settled = {}
        args: list[object] = [self._queue.ack_wait]
        for token, (what, delay) in telling.items():
            args += [token.lane, token.entry, what, delay]
        try:
            await self._engine.script(SETTLE, self._queue.name, self._queue.parts, *args)
        except Lost:
            self._settled = {**telling, **self._settled}
            raise

    # -- taking ---------------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._closing:
            await persist(self._engine, self._tell)
            # A lane that was freed may have the next one, and so may a queue that rang.
            async with self._taking:
                if self._room():
                    await persist(self._engine, self._take)
            while not (self._settled or self._closing or (self._rung and self._room())):
                await self._something.wait()

    def _room(self) -> int:
        if self._stopped:
            return 0
        # What the broker has not heard of is still in our hands to it.
        unsaid = sum(token not in self._held for token in self._settled)
        return max(0, self._mark - len(self._held) - unsaid)

    async def _take(self) -> None:
        self._rung = False
        queue, room = self._queue, self._room()
        self._lane = (self._lane + 1) % queue.parts
        args = [room, queue.ack_wait, self._lane, int(queue.lanes is not None)]
        taken = await self._engine.script(TAKE, queue.name, queue.parts, *args)
        for seven in zip(*[iter(cast("list[object]", taken))] * 7):
            self._hand_over(*cast(_Taken, seven))

    def _hand_over(
        self, lane: int, tries: int, entry: bytes, own: bytes, data: bytes, key: bytes, said: bytes
    ) -> None:
        token = _Token(lane, entry)
        if token in self._held:
            # Nobody heard of it for too long; but it is still in our hands.
            return
        self._held.add(token)
        headers = json.loads(said) if said else {}
        known = key[1:].decode() if key else None
        self._deliver(Parcel(token, data, known, own.decode() or None, headers, tries))

    async def _listen(self) -> None:
        """Wait for the bell, and look around when nobody has rung for long."""
        bell = keys_of(self._queue.name, 0)[1]
        # Not from now on: somebody may have rung since the first look.
        last: bytes | str = "0"
        longest = int(1000 * min(_LONGEST_LOOK, self._queue.ack_wait / 3000))

        async def listen() -> None:
            nonlocal last
            client = self._engine.client()
            heard = await self._engine.call(client.xread, {bell: last}, block=max(longest, 10))
            if heard:
                last = heard[0][1][-1][0]

        while not self._stopped:
            await persist(self._engine, listen)
            self._rung = True
            self._something.wake()

    async def stop(self) -> None:
        if self._tasks and not self._stopped:
            # It waits for the bell. Once: a second time might hit it while it clears up.
            self._tasks[-1].cancel()
        self._stopped = True
        if self._tasks:
            await asyncio.wait(self._tasks[-1:])
            async with self._taking:
                pass

    async def close(self) -> None:
        await self.stop()
        self._closing = True
        self._something.wake()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await persist(self._engine, self._tell)
