"""A queue at a broker as a Writable: a chunk is written when the broker keeps it."""

from __future__ import annotations

import secrets
from itertools import count

from ..streams.sinks import writable_to
from ..streams.writable import Writable
from .engine import Engine, Queue
from .messages import Message, Outgoing, message_of
from .patience import Growing, persist
from .standing import Standing

__all__ = ["Publisher", "publisher"]


class Publisher(Writable[Outgoing]):
    """What `Broker.publisher` gives: a Writable of messages.

    Attributes:
        queue: the name of the queue.
        waits_for_room: whether the queue is at its limit, and it waits for somebody to take some.
    """

    queue: str
    waits_for_room = False
    _sink: _Sink

    def standing(self) -> Standing:
        """What it waits for."""
        return self._sink.standing()


def publisher(engine: Engine, queue: str, high_water_mark: int) -> Publisher:
    """A Publisher over an engine."""
    sink = _Sink(engine, queue)
    options = {"object_mode": True, "high_water_mark": high_water_mark}
    stream: Publisher = writable_to(Publisher, sink, options)
    stream.queue = queue
    sink.stream = stream
    stream._sink = sink
    return stream


class _Sink:
    """Publishes what is written; what the broker keeps is acknowledged where it came from."""

    interrupt = True
    stream: Publisher

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._queue: Queue | None = None
        self._own, self._numbers = secrets.token_hex(6), count()

    async def write(self, chunks: list[Outgoing]) -> None:
        engine = self._engine
        if self._queue is None:
            self._queue = await persist(engine, lambda: engine.find(self._name))
        queue = self._queue
        left = [self._with_id(chunk) for chunk in chunks]

        def kept(message: Message) -> None:
            # By identity, and not by value: a message is most often the first of them.
            del left[next(at for at, other in enumerate(left) if other is message)]
            message.ack()

        pause = Growing()
        while left:
            before = len(left)
            await persist(engine, lambda: engine.publish(queue, list(left), kept))
            self.stream.waits_for_room = bool(left)
            if left:
                if len(left) < before:
                    pause.reset()
                await pause.wait()

    def standing(self) -> Standing:
        limit = None if self._queue is None else self._queue.limit
        waits_for = "room" if self.stream.waits_for_room else "answer"
        mark = self.stream.writable_high_water_mark
        return Standing(waits_for, self._name, self._engine, limit, mark, [])

    def _with_id(self, chunk: object) -> Message:
        """What tells the broker, if it is sent again, that it was sent."""
        message = message_of(chunk)
        if message.id is not None:
            return message
        (sent,) = message.split(Message(message.data, key=message.key, headers=message.headers))
        sent.id = f"{self._own}.{next(self._numbers)}"
        return sent

    async def finish(self) -> None:
        """All that was written is kept already."""

    async def close(self) -> None:
        self.stream.waits_for_room = False
