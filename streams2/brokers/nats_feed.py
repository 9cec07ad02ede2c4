"""What one subscriber takes from a queue at NATS: it asks its lanes as long as there is room."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Callable, NamedTuple, Protocol, cast

from ..loop.waking import spawn
from .engine import Engine, Parcel, Queue
from .nats_library import (
    Connection,
    Delivered,
    Subscription,
    durable_of,
    nanoseconds,
    parcel_of,
    subjects_of,
)
from .patience import persist, stopped

__all__ = ["NatsFeed"]

_ACK, _EXTEND = b"+ACK", b"+WPI"
_LATEST = 1.0  # Seconds after which a request is over though the broker did not say so.
_MARGIN = 50
_NOTHING_CAME = ("404", "408")


class Link(Engine, Protocol):
    """The connection that a feed belongs to."""

    @property
    def is_up(self) -> bool: ...

    def connected(self) -> Connection: ...

    async def make_consumers(self, queue: Queue) -> None: ...

    def forget(self, feed: NatsFeed) -> None: ...


class _Token(NamedTuple):
    lane: int
    sequence: int


class _Request:
    """Messages that a lane was asked for, and that have not come."""

    __slots__ = ("left", "number", "until")

    def __init__(self, number: str, left: int, until: float) -> None:
        self.number = number
        self.left = left
        self.until = until


class NatsFeed:
    """What one subscriber takes from a queue: requests to its lanes, as long as there is room."""

    def __init__(
        self,
        engine: Link,
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
        self._held: dict[_Token, str] = {}
        self._requests: list[deque[_Request]] = [deque() for _ in range(queue.parts)]
        self._asked = 0
        # Of a queue with lanes, those that may be asked: it was not, and nothing of it is here.
        self._idle = dict.fromkeys(range(queue.parts))
        self._lanes = {subject: lane for lane, subject in enumerate(subjects_of(queue))}
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._numbers = itertools.count()
        self._subscription: Subscription | None = None
        self._closing = False
        self._looking: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[None] | None = None
        self._mending: asyncio.Task[None] | None = None
        self._saying: deque[tuple[str, bytes, str]] = deque()
        self._speaker: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._starting is None:
            self._starting = spawn(self._start())

    async def _start(self) -> None:
        async def subscribe() -> None:
            connection = self._engine.connected()
            self._subscription = await connection.subscribe(
                f"{self._inbox}.*",
                cb=self._arrived,
            )

        try:
            await persist(self._engine, subscribe)
            await self._check()
        except Exception as error:
            self._fail(error)
            return
        self._look()

    async def _check(self) -> None:
        """Whether the queue is still there: nobody answers requests to one that is not."""
        await persist(self._engine, lambda: self._engine.find(self._queue.name))

    def resume(self) -> None:
        """The broker is back: what it was asked for before, it does not know."""
        for requests in self._requests:
            requests.clear()
        self._asked = 0
        held = {token.lane for token in self._held}
        self._idle = {lane: None for lane in range(self._queue.parts) if lane not in held}
        if self._subscription is not None and not self._closing:
            spawn(self._resume())

    async def _resume(self) -> None:
        try:
            await self._check()
        except Exception as error:
            self.give_up(error)
        else:
            self._ask()

    async def _mend(self) -> None:
        """Nobody answers: is the queue gone, or only its consumers? `_look` asks again."""
        try:
            await self._check()
            await persist(self._engine, lambda: self._engine.make_consumers(self._queue))
        except Exception as error:
            self.give_up(error)

    def give_up(self, error: BaseException) -> None:
        """The broker does not come back."""
        if not self._closing:
            self._fail(error)

    # -- asking ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """Ask, and once more when the oldest request may be over."""
        if self._closing:
            return
        now = asyncio.get_running_loop().time()
        for lane, requests in enumerate(self._requests):
            while requests and requests[0].until + _LATEST <= now:
                self._forget(lane, requests[0])
        self._ask()
        self._looking = asyncio.get_running_loop().call_later(self._expires, self._look)

    @property
    def _takes_turns(self) -> bool:
        """Whether there are more lanes than may be asked at once."""
        return self._queue.lanes is not None and self._mark < self._queue.lanes

    @property
    def _expires(self) -> float:
        """For how many seconds a lane may be asked.

        It is also how long the others may wait for what is given back at the end: see `_back`.
        """
        return 0.1 if self._takes_turns else 1.0

    def _ask(self) -> None:
        """Ask for as many messages as there is room for."""
        if self._closing or self._subscription is None or not self._engine.is_up:
            return
        room = self._mark - len(self._held) - self._asked
        if self._queue.lanes is None:
            # Not for each message that is done: that would be a request for each.
            if room > 0 and (room * 2 >= self._mark or not self._requests[0]):
                self._request(0, room)
            return
        while room > 0 and self._idle:
            lane = next(iter(self._idle))
            self._request(lane, 1)
            room -= 1

    def _request(self, lane: int, batch: int, done: str | None = None) -> None:
        """Ask a lane; and say in the same breath that the message `done` of it is."""
        number = f"{lane}-{next(self._numbers)}"
        until = asyncio.get_running_loop().time() + self._expires
        self._requests[lane].append(_Request(number, batch, until))
        self._asked += batch
        self._idle.pop(lane, None)
        wanted = json.dumps({"batch": batch, "expires": nanoseconds(int(self._expires * 1000))})
        if done is None:
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._queue.name}.{durable_of(lane)}"
            self._say(subject, wanted.encode(), f"{self._inbox}.{number}")
        else:
            self._say(done, f"+NXT {wanted}".encode(), f"{self._inbox}.{number}")

    def _forget(self, lane: int, request: _Request) -> None:
        """Nothing more comes of a request."""
        self._requests[lane].remove(request)
        self._asked -= request.left
        if not any(token.lane == lane for token in self._held):
            self._idle[lane] = None

    def _say(self, subject: str, data: bytes, reply: str = "") -> None:
        """Send, in the order in which it was said."""
        self._saying.append((subject, data, reply))
        if self._speaker is None or self._speaker.done():
            self._speaker = spawn(self._speak())

    async def _speak(self) -> None:
        """What is lost with a connection need not be said again: the broker gives out anew."""
        while self._saying:
            subject, data, reply = self._saying.popleft()
            try:
                await self._engine.connected().publish(subject, data, reply=reply)
            except Exception:
                self._saying.clear()

    # -- what comes -----------------------------------------------------------------------------

    async def _arrived(self, message: Delivered) -> None:
        if message.subject.startswith(self._inbox):
            self._is_over(message.subject.rpartition(".")[2], (message.headers or {}).get("Status"))
            return
        if self._closing:
            self._say(message.reply, self._back(0))
            return
        lane = self._lanes[message.subject]
        requests = self._requests[lane]
        if requests:
            self._asked -= 1
            requests[0].left -= 1
            if not requests[0].left:
                requests.popleft()
        self._idle.pop(lane, None)
        token = _Token(lane, message.metadata.sequence.stream)
        known = token in self._held
        self._held[token] = message.reply
        if not known:
            self._deliver(parcel_of(token, message))

    def _is_over(self, number: str, status: str | None) -> None:
        """A request has ended before all came that it was for."""
        lane = int(number.partition("-")[0])
        for request in self._requests[lane]:
            if request.number == number:
                self._forget(lane, request)
                break
        if status in _NOTHING_CAME:
            self._ask()
        elif self._mending is None or self._mending.done():
            self._mending = spawn(self._mend())

    # -- what became of messages ----------------------------------------------------------------

    def ack(self, token: object) -> None:
        self._settle(cast(_Token, token), _ACK)

    def nack(self, token: object, delay: int) -> None:
        self._settle(cast(_Token, token), self._back(delay))

    def _back(self, delay: int) -> bytes:
        """What gives a message back.

        The broker (2.9) takes the next message for a request that it then finds to be nobody's any
        more, and gives it to nobody until `ack_wait` is over. So nothing comes back before the
        requests of one that ends are over.
        """
        if self._closing:
            now = asyncio.get_running_loop().time()
            until = max((one.until for requests in self._requests for one in requests), default=0)
            if until > now:
                delay = max(delay, int((until - now) * 1000) + _MARGIN)
        later = json.dumps({"delay": nanoseconds(delay)}) if delay else ""
        return f"-NAK {later}".strip().encode()

    def _settle(self, token: _Token, what: bytes) -> None:
        reply = self._held.pop(token, None)
        if reply is None:
            return
        next_one = what is _ACK and self._queue.lanes is not None and not self._takes_turns
        if next_one and not self._closing:
            self._request(token.lane, 1, done=reply)
            return
        self._say(reply, what)
        self._idle[token.lane] = None
        self._ask()

    def extend(self, tokens: Sequence[object]) -> None:
        for token in cast("Sequence[_Token]", tokens):
            if token in self._held:
                self._say(self._held[token], _EXTEND)

    async def stop(self) -> None:
        self._closing = True
        if self._looking is not None:
            self._looking.cancel()
        if self._starting is not None:
            await stopped(self._starting)

    async def close(self) -> None:
        await self.stop()
        self._engine.forget(self)
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await self._quietly(subscription.unsubscribe)
        if self._speaker is not None:
            await asyncio.wait([self._speaker])
        await self._flush()

    async def _flush(self) -> None:
        await self._quietly(lambda: self._engine.connected().flush(timeout=2))

    async def _quietly(self, call: Callable[[], Awaitable[None]]) -> None:
        """A broker that goes away while we do gives out again what it has not heard of."""
        try:
            await call()
        except Exception:
            self._saying.clear()
