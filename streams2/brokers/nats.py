"""NATS JetStream as an engine of queues.

A queue is a stream with the retention of work queues: what is acknowledged is deleted. Each lane
is a subject with a durable consumer; one of a queue that keeps the order of keys gives out one
message at a time, whoever asks.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable, cast

from .engine import Lost, Parcel, Queue, QueueInfo, lane_of
from .errors import BrokerLostError, BrokerRefusedError, QueueNotFoundError
from .nats_feed import NatsFeed
from .nats_library import (
    Answer,
    Connection,
    Delivered,
    durable_of,
    headers_of,
    library,
    nanoseconds,
    subjects_of,
)
from .patience import stopped

if TYPE_CHECKING:
    from .messages import Message

__all__ = ["NatsEngine"]

_FULL = 10077  # "maximum messages exceeded"
_NO_STREAM = (10059, 10003)  # It is not there; nobody answers for its subjects.
_ANSWER_WITHIN = 5.0
_CONNECTED_WITHIN = 2.5


class NatsEngine:
    """A connection to NATS."""

    def __init__(self, url: str, patience: int) -> None:
        self.url = url
        self.patience = patience
        self.away_since: float | None = None
        self._nats = library()
        self._connection: Connection | None = None
        self._inbox = ""
        self._numbers = itertools.count()
        self._answers: dict[str, asyncio.Future[Delivered]] = {}
        self._feeds: set[NatsFeed] = set()
        self._waiting: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        options = {
            "max_reconnect_attempts": -1,
            "reconnect_time_wait": 0.1,
            "allow_reconnect": True,
            "disconnected_cb": self._lost,
            "reconnected_cb": self._found,
            "error_cb": _said_otherwise,
            # A host that was cut off hears of it when a question is not answered.
            "ping_interval": 3,
            "max_outstanding_pings": 2,
            # Messages wait where they came from, and not in the library.
            "pending_size": 64 * 1024 * 1024,
        }
        connecting = self._nats.connect(self.url, connect_timeout=2, **options)
        task = asyncio.get_running_loop().create_task(connecting)
        try:
            await asyncio.wait([task], timeout=_CONNECTED_WITHIN)
        except asyncio.CancelledError:
            await _given_up(task)
            raise
        await stopped(task)
        if task.cancelled():
            raise Lost("nobody answers")
        try:
            # It may have come to an end, good or bad, while it was being stopped.
            self._connection = task.result()
        except (OSError, self._nats.errors.Error) as error:
            raise Lost(str(error)) from error
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        await self._connection.subscribe(f"{self._inbox}.*", cb=self._answered)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if self._waiting is not None:
            self._waiting.cancel()
        if connection is not None:
            try:
                if connection.is_connected:
                    await connection.flush(timeout=2)
            except (OSError, self._nats.errors.Error, asyncio.TimeoutError):
                pass  # It went away while we did.
            await connection.close()

    # -- a broker that goes away, and comes back ------------------------------------------------

    async def _lost(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost("the connection was lost"))
        if self._waiting is None and self._connection is not None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.call_later(self.patience / 1000, self._give_up)

    async def _found(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        for feed in list(self._feeds):
            feed.resume()

    def _give_up(self) -> None:
        for feed in list(self._feeds):
            feed.give_up(BrokerLostError(self.url, self.patience, "it is away"))

    @property
    def is_up(self) -> bool:
        """Whether the broker is there."""
        return self._connection is not None and bool(self._connection.is_connected)

    def connected(self) -> Connection:
        """The library's own connection.

        Raises:
            Lost: there is none, at the moment.
        """
        if self._connection is None or not self.is_up:
            raise Lost("there is no connection")
        return self._connection

    # -- questions and answers ------------------------------------------------------------------

    async def _answered(self, message: Delivered) -> None:
        answer = self._answers.get(message.subject.rpartition(".")[2])
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def ask(self, subject: str, data: bytes, headers: dict[str, str] | None = None) -> Answer:
        """What the broker answers: an object of JSON."""
        connection = self.connected()
        number = str(next(self._numbers))
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            reply = f"{self._inbox}.{number}"
            try:
                await connection.publish(subject, data, reply=reply, headers=headers)
            except self._nats.errors.MaxPayloadError as error:
                raise BrokerRefusedError(self.url, error) from error
            except (OSError, self._nats.errors.Error) as error:
                raise Lost(str(error)) from error
            message = await asyncio.wait_for(answer, _ANSWER_WITHIN)
        except asyncio.TimeoutError:
            raise Lost("it does not answer") from None
        finally:
            del self._answers[number]
        if not message.data:
            return {"error": {"err_code": _NO_STREAM[1], "description": "nobody answers"}}
        return cast("Answer", json.loads(message.data))

    async def _ask_for(self, name: str, what: str, body: object = None) -> Answer:
        """What the broker's interface answers about a queue."""
        answer = await self.ask(
            f"$JS.API.{what}", b"" if body is None else json.dumps(body).encode()
        )
        error = answer.get("error")
        if error is None:
            return answer
        if error.get("err_code") == _NO_STREAM[1]:
            # It is there, and JetStream is not, or not yet.
            raise Lost("JetStream does not answer")
        if error.get("err_code") == _NO_STREAM[0]:
            raise QueueNotFoundError(name, self.url)
        raise BrokerRefusedError(self.url, error.get("description"))

    # -- queues ---------------------------------------------------------------------------------

    async def declare(self, queue: Queue) -> Queue:
        try:
            return await self.find(queue.name)
        except QueueNotFoundError:
            pass
        stream = {
            "name": queue.name,
            "subjects": subjects_of(queue),
            "retention": "workqueue",
            "discard": "new",
            "max_msgs": queue.limit,
            "storage": "file",
            "num_replicas": 1,
            "duplicate_window": nanoseconds(max(queue.duplicate_window, 100)),
            "description": json.dumps([queue.ack_wait, queue.duplicate_window]),
        }
        await self._ask_for(queue.name, f"STREAM.CREATE.{queue.name}", stream)
        await self.make_consumers(queue)
        return queue

    async def make_consumers(self, queue: Queue) -> None:
        """Make the consumer of each lane, where it is not there: of a queue that is new, or whose
        broker was killed before it had written them down.
        """
        for lane, subject in enumerate(subjects_of(queue)):
            consumer = {
                "durable_name": durable_of(lane),
                "filter_subject": subject,
                "ack_policy": "explicit",
                "ack_wait": nanoseconds(queue.ack_wait),
                "max_ack_pending": 1 if queue.lanes is not None else -1,
                "deliver_policy": "all",
                "replay_policy": "instant",
                "max_deliver": -1,
            }
            body = {"stream_name": queue.name, "config": consumer}
            what = f"CONSUMER.DURABLE.CREATE.{queue.name}.{durable_of(lane)}"
            await self._ask_for(queue.name, what, body)

    async def find(self, name: str) -> Queue:
        answer = await self._ask_for(name, f"STREAM.INFO.{name}")
        config = answer["config"]
        try:
            ack_wait, window = json.loads(config.get("description", ""))
        except ValueError:
            raise BrokerRefusedError(self.url, f"{name} is no queue of streams2") from None
        subjects = config["subjects"]
        lanes = None if subjects == [name] else len(subjects)
        return Queue(name, config["max_msgs"], lanes, ack_wait, window)

    async def info(self, queue: Queue) -> QueueInfo:
        answer = await self._ask_for(queue.name, f"STREAM.INFO.{queue.name}")
        held = 0
        asked = {"offset": 0}
        while True:
            page = await self._ask_for(queue.name, f"CONSUMER.LIST.{queue.name}", asked)
            consumers = page.get("consumers") or []
            held += sum(consumer["num_ack_pending"] for consumer in consumers)
            asked = {"offset": asked["offset"] + len(consumers)}
            if not consumers or asked["offset"] >= page["total"]:
                return QueueInfo(answer["state"]["messages"], held, queue.limit)

    async def delete(self, name: str) -> None:
        await self._ask_for(name, f"STREAM.DELETE.{name}")

    # -- messages -------------------------------------------------------------------------------

    async def publish(
        self, queue: Queue, messages: Sequence[Message], kept: Callable[[Message], None]
    ) -> None:
        """All at once; but of a lane one after the other, or one for which there was no room would
        come behind the next.
        """
        subjects = subjects_of(queue)
        if queue.lanes is None:
            runs = [[message] for message in messages]
        else:
            by_lane: dict[int, list[Message]] = {}
            for message in messages:
                by_lane.setdefault(lane_of(message, queue.parts), []).append(message)
            runs = list(by_lane.values())
        work = [self._publish_run(queue, subjects, run, kept) for run in runs]
        outcomes = await asyncio.gather(*work, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _publish_run(
        self,
        queue: Queue,
        subjects: list[str],
        run: list[Message],
        kept: Callable[[Message], None],
    ) -> None:
        for message in run:
            subject = subjects[lane_of(message, queue.parts) if queue.lanes is not None else 0]
            answer = await self.ask(subject, message.data, headers_of(message, queue))
            error = answer.get("error")
            if error is None:
                kept(message)
            elif error.get("err_code") == _FULL:
                return
            elif error.get("err_code") == _NO_STREAM[1]:
                # Is the queue gone, or JetStream away?
                await self.find(queue.name)
                raise Lost("JetStream does not answer")
            else:
                raise BrokerRefusedError(self.url, error.get("description"))

    def feed(
        self,
        queue: Queue,
        mark: int,
        deliver: Callable[[Parcel], None],
        fail: Callable[[BaseException], None],
    ) -> NatsFeed:
        feed = NatsFeed(self, queue, mark, deliver, fail)
        self._feeds.add(feed)
        return feed

    def forget(self, feed: NatsFeed) -> None:
        """A feed is closed."""
        self._feeds.discard(feed)


async def _said_otherwise(error: Exception) -> None:
    """What the library would print: the engine hears of it where it matters."""


async def _given_up(connecting: asyncio.Task[Connection]) -> None:
    """Leave nothing of a connection that nobody wants any more, were it there in the end."""
    await stopped(connecting)
    if not connecting.cancelled() and connecting.exception() is None:
        await connecting.result().close()
