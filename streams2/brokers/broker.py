"""A connection to a broker: what a program declares there, publishes and subscribes to."""

from __future__ import annotations

import asyncio
import re
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING

from ..errors import InvalidArgValueError, OutOfRangeError, expect, is_whole
from ..events.naming import by_name
from .engine import Engine, Queue, QueueInfo
from .errors import BrokerClosedError, QueueDiffersError
from .memory import MemoryEngine
from .nats import NatsEngine
from .patience import persist
from .publisher import Publisher, publisher
from .redis import RedisEngine
from .subscriber import Letters, Subscriber

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Broker", "connect"]

_LOOK_AGAIN = 0.1
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SCHEMES = {
    "nats": "nats",
    "tls": "nats",
    "redis": "redis",
    "rediss": "redis",
    "unix": "redis",
    "memory": "memory",
}


class Broker:
    """A connection to a broker, which `connect` makes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._streams: weakref.WeakSet[Publisher | Subscriber] = weakref.WeakSet()
        self._closed = False

    @property
    def url(self) -> str:
        """Where the broker is."""
        return self._engine.url

    # -- queues ---------------------------------------------------------------------------------

    @by_name
    async def declare(
        self,
        name: str,
        *,
        limit: int = 10_000,
        lanes: int | None = None,
        ack_wait: int = 30_000,
        duplicate_window: int = 120_000,
    ) -> None:
        """Make a queue, if there is none of this name yet.

        A message is for one subscriber of a queue, and is deleted when it is acknowledged.

        Args:
            name: letters, digits, ``-`` and ``_``.
            limit: how many messages it holds. A publisher waits when there are as many.
            lanes: messages of one key keep their order; as many messages as this are worked at in
                all, no two of the same lane. A key's lane is found by its checksum. Default None:
                messages are taken as they come, by whoever asks.
            ack_wait: milliseconds after which a message is given to another subscriber, if whoever
                has it gave no sign of life (default 30,000).
            duplicate_window: milliseconds for which the queue knows the ids of messages, and takes
                none a second time (default 120,000; 0: it takes all).

        Raises:
            QueueDiffersError: it was declared otherwise.
            InvalidArgValueError: the name is none.
            OutOfRangeError: a number is out of its range.
            BrokerLostError: the broker could not be reached.
        """
        if not _NAME.fullmatch(expect("name", name, str)):
            raise InvalidArgValueError.given("name", "must be letters, digits, - and _", name)
        wanted = Queue(
            name,
            _at_least(1, "limit", limit),
            None if lanes is None else _at_least(1, "lanes", lanes),
            _at_least(30, "ack_wait", ack_wait),
            _at_least(0, "duplicate_window", duplicate_window),
        )
        there = await persist(self._open_engine(), lambda: self._engine.declare(wanted))
        for field in ("limit", "lanes", "ack_wait", "duplicate_window"):
            was, asked = getattr(there, field), getattr(wanted, field)
            if was != asked:
                raise QueueDiffersError(name, field, was, asked)

    async def info(self, name: str) -> QueueInfo:
        """What a queue holds at the moment.

        Raises:
            QueueNotFoundError: there is no such queue.
            BrokerLostError: the broker could not be reached.
        """
        engine = self._open_engine()
        queue = await persist(engine, lambda: engine.find(name))
        return await persist(engine, lambda: engine.info(queue))

    async def delete(self, name: str) -> None:
        """Let go of a queue, and of all that it holds.

        Raises:
            QueueNotFoundError: there is no such queue.
            BrokerLostError: the broker could not be reached.
        """
        await persist(self._open_engine(), lambda: self._engine.delete(name))

    # -- streams --------------------------------------------------------------------------------

    @by_name
    def publisher(self, queue: str, *, high_water_mark: int = 64) -> Publisher:
        """A Writable whose chunks the broker keeps in `queue`.

        A chunk is data or a `Message`. It is written, and its callback called, when the broker says
        that it keeps it; a message that came from a broker is acknowledged there then. While the
        queue is at its limit, it waits. A broker that is away for a while is waited for, and what
        it may have lost is sent again.

        Args:
            queue: its name.
            high_water_mark: how many messages may be unacknowledged before `write` answers False
                (default 64).

        Raises:
            InvalidArgTypeError, OutOfRangeError: an argument is wrong.
            BrokerClosedError: the connection is closed.

        The stream fails with a `QueueNotFoundError`, a `BrokerLostError` or a `BrokerRefusedError`.
        """
        mark = _at_least(1, "high_water_mark", high_water_mark)
        stream = publisher(self._open_engine(), expect("queue", queue, str), mark)
        self._streams.add(stream)
        return stream

    @by_name
    def subscriber(
        self,
        queue: str,
        *,
        high_water_mark: int = 64,
        dead_letter: str | None = None,
        max_tries: int = 5,
        retry_delay: int = 1_000,
    ) -> Subscriber:
        """A Readable of the messages of `queue`.

        Args:
            queue: its name.
            high_water_mark: how many messages it has at most that are not settled (default 64).
            dead_letter: the queue for messages that were given out `max_tries` times in vain
                (default None: they are given out for ever).
            max_tries: how often (default 5).
            retry_delay: how many milliseconds a message waits that was given back; twice as many
                each time, up to the queue's `ack_wait` (default 1,000).

        Raises:
            InvalidArgTypeError, OutOfRangeError: an argument is wrong.
            BrokerClosedError: the connection is closed.

        The stream fails with a `QueueNotFoundError`, a `BrokerLostError` or a `BrokerRefusedError`.
        """
        mark = _at_least(1, "high_water_mark", high_water_mark)
        most = _at_least(1, "max_tries", max_tries)
        letters = (
            None if dead_letter is None else Letters(expect("dead_letter", dead_letter, str), most)
        )
        delay = _at_least(0, "retry_delay", retry_delay)
        name = expect("queue", queue, str)
        stream = Subscriber(self._open_engine(), name, mark, letters, delay)
        self._streams.add(stream)
        return stream

    # -- the end --------------------------------------------------------------------------------

    def _open_engine(self) -> Engine:
        if self._closed:
            raise BrokerClosedError(self.url)
        return self._engine

    async def close(self) -> None:
        """Disconnect. Unfinished streams are destroyed; what is not settled is given back."""
        if self._closed:
            return
        self._closed = True
        for stream in list(self._streams):
            loses = isinstance(stream, Publisher) and stream.writable_length > 0
            await _destroyed(stream, BrokerClosedError(self.url) if loses else None)
            if isinstance(stream, Subscriber):
                await stream.give_back()
        await self._engine.close()

    async def __aenter__(self) -> Broker:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()


async def _destroyed(stream: Publisher | Subscriber, error: BaseException | None) -> None:
    if not stream.closed:
        closed = asyncio.get_running_loop().create_future()
        stream.once("close", closed.cancel)
        stream.destroy(error)
        # An error that nobody hears ends the run, and 'close' is never told.
        while not (closed.done() or stream.closed):
            await asyncio.wait([closed], timeout=_LOOK_AGAIN)


class _Connecting:
    """A broker that is being connected to: to be awaited, or entered."""

    def __init__(self, engine: Engine) -> None:
        self._broker = Broker(engine)
        self._engine = engine

    async def _open(self) -> Broker:
        await persist(self._engine, self._engine.open)
        return self._broker

    def __await__(self) -> Generator[object, None, Broker]:
        return self._open().__await__()

    async def __aenter__(self) -> Broker:
        return await self._open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._broker.close()


@by_name
def connect(url: str, *, patience: int = 30_000) -> _Connecting:
    """A connection to a broker: ``await`` it, or use it with ``async with``.

    Args:
        url: ``nats://127.0.0.1:4222`` or ``tls://...`` for NATS with JetStream;
            ``redis://127.0.0.1:6379``, ``rediss://...`` or ``unix://...`` for Redis; ``memory://``
            or ``memory://NAME`` for queues in the process itself, which end with its loop.
        patience: for how many milliseconds the broker may be away, at the beginning or later,
            before what needs it fails with a `BrokerLostError` (default 30,000).

    Raises:
        InvalidArgValueError: the address is of no broker that is known here.
        ImportError: the broker's client is not installed.
        BrokerLostError: (when awaited) it could not be reached.
    """
    scheme, separator, _ = expect("url", url, str).partition("://")
    kind = _SCHEMES.get(scheme) if separator else None
    known = _at_least(0, "patience", patience)
    if kind == "nats":
        return _Connecting(NatsEngine(url, known))
    if kind == "redis":
        return _Connecting(RedisEngine(url, known))
    if kind == "memory":
        return _Connecting(MemoryEngine(url, known))
    raise InvalidArgValueError.given("url", "must begin with nats://, redis:// or memory://", url)


def _at_least(least: int, name: str, number: int) -> int:
    if not is_whole(number) or number < least:
        raise OutOfRangeError.given(name, f">= {least}", number)
    return number
