"""What one subscriber takes from a queue at NATS: it asks its lanes as long as there is room."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import deque
from collections.abc import Sequence
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
from .patience import persist

__all__ = ["NatsFeed"]

_ACK, _EXTEND, _BACK = b"+ACK", b"+WPI", b"-NAK"
_NOTHING_CAME = ("404", "408")


class Link(Engine, Protocol):
    """The connection that a feed belongs to."""

    @property
    def is_up(self) -> bool: ...

    def connected(self) -> Connection: ...

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
        self._order = deque(range(queue.parts))
        self._lanes = {subject: lane for lane, subject in enumerate(subjects_of(queue))}
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._numbers = itertools.count()
        self._subscription: Subscription | None = None
        self._closing = False
        self._looking: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[None] | None = None
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
        if self._subscription is not None and not self._closing:
            spawn(self._resume())

    async def _resume(self, ask: bool = True) -> None:
        try:
            await self._check()
        except Exception as error:
            self.give_up(error)
        else:
            if ask:
                self._ask()

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
        for requests in self._requests:
            while requests and requests[0].until <= now:
                requests.popleft()
        self._ask()
        self._looking = asyncio.get_running_loop().call_later(self._expires, self._look)

    @property
    def _expires(self) -> float:
        """For how many seconds a lane may be asked. They take turns where there are too many."""
        return 2.0 if self._mark >= self._queue.parts else 0.1

    def _ask(self) -> None:
        """Ask as many lanes as there is room for messages."""
        if self._closing or self._subscription is None or not self._engine.is_up:
            return
        asked = sum(request.left for requests in self._requests for request in requests)
        room = self._mark - len(self._held) - asked
        busy = {token.lane for token in self._held} if self._queue.lanes is not None else set()
        for _ in range(self._queue.parts):
            if room <= 0:
                return
            lane = self._order[0]
            self._order.rotate(-1)
            if self._queue.lanes is None:
                # Not for each message that is done: that would be a request for each.
                if room * 2 >= self._mark or not self._requests[lane]:
                    self._request(lane, room)
                return
            if lane not in busy and not self._requests[lane]:
                self._request(lane, 1)
                room -= 1

    def _request(self, lane: int, batch: int) -> None:
        number = f"{lane}-{next(self._numbers)}"
        until = asyncio.get_running_loop().time() + self._expires + 1
        self._requests[lane].append(_Request(number, batch, until))
        body = json.dumps({"batch": batch, "expires": nanoseconds(int(self._expires * 1000))})
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._queue.name}.{durable_of(lane)}"
        self._say(subject, body.encode(), f"{self._inbox}.{number}")

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
            self._say(message.reply, _BACK)
            return
        metadata = message.metadata
        lane = self._lanes[message.subject]
        requests = self._requests[lane]
        if requests:
            requests[0].left -= 1
            if requests[0].left <= 0:
                requests.popleft()
        token = _Token(lane, metadata.sequence.stream)
        known = token in self._held
        self._held[token] = message.reply
        if not known:
            self._deliver(parcel_of(token, message))

    def _is_over(self, number: str, status: str | None) -> None:
        """A request has ended before all came that it was for."""
        requests = self._requests[int(number.partition("-")[0])]
        for request in requests:
            if request.number == number:
                requests.remove(request)
                break
        if status in _NOTHING_CAME:
            self._ask()
        else:
            # Nobody answers, or the consumer is gone. `_look` asks again if they are there.
            spawn(self._resume(ask=False))

    # -- what became of messages ----------------------------------------------------------------

    def ack(self, token: object) -> None:
        self._settle(token, _ACK)

    def nack(self, token: object, delay: int) -> None:
        later = json.dumps({"delay": nanoseconds(delay)}) if delay else ""
        self._settle(token, f"-NAK {later}".strip().encode())

    def _settle(self, token: object, what: bytes) -> None:
        reply = self._held.pop(cast(_Token, token), None)
        if reply is not None:
            self._say(reply, what)
        self._ask()

    def extend(self, tokens: Sequence[object]) -> None:
        for token in cast("Sequence[_Token]", tokens):
            if token in self._held:
                self._say(self._held[token], _EXTEND)

    async def close(self) -> None:
        self._closing = True
        self._engine.forget(self)
        if self._looking is not None:
            self._looking.cancel()
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting])
        subscription, self._subscription = self._subscription, None
        if self._speaker is not None:
            await asyncio.wait([self._speaker])
        try:
            connection = self._engine.connected()
            if subscription is not None:
                await subscription.unsubscribe()
            await connection.flush(timeout=2)
        except Exception:
            pass  # It went away while we did: it gives out again what it has not heard of.
