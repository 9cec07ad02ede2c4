"""What travels between machines: data, a key, an id; and whom to tell what became of it.

>>> message = Message("hello", key="user-7", id="order-1")
>>> message.data, message.key, message.id
(b'hello', 'user-7', 'order-1')

A broker gives a message out again unless it hears that its work is done. So a message that came
from a broker takes the way back with it, and what is made of it gets it: the message is
acknowledged when all that was made of it is written.

>>> parcel = Delivery(lambda error, delay: print("settled:", error))
>>> first, second = received("a b", parcel).split("a", "b")
>>> first.ack()
>>> second.ack()
settled: None
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Callable, Optional, Union

from ..errors import InvalidArgTypeError, expect

__all__ = ["Data", "Delivery", "Message", "Outgoing", "as_bytes", "join", "message_of", "received"]

Data = Union[bytes, bytearray, memoryview, str]

Settle = Callable[[Optional[BaseException], Optional[int]], None]


class Delivery:
    """A message in the hands of one subscriber, until all that was made of it has been heard of.

    Args:
        settle: told once what became of it: nothing if it is done; or what went wrong, and after
            how many milliseconds it should be given out again (None: as the subscriber likes).
    """

    __slots__ = ("_open", "_settle")

    def __init__(self, settle: Settle) -> None:
        self._settle: Settle | None = settle
        self._open = 1

    @property
    def settled(self) -> bool:
        """Whether it is known what became of it."""
        return self._settle is None

    def split(self, parts: int) -> None:
        """Where one was to be heard of, there are `parts` now."""
        self._open += parts - 1
        if not self._open:
            self.fail(None)

    def done(self) -> None:
        """One part of it is written."""
        self._open -= 1
        if not self._open:
            self.fail(None)

    def fail(self, error: BaseException | None, delay: int | None = None) -> None:
        """A part of it will not be written: all of it is to be given out again."""
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(error, delay)


class Message:
    """Data on its way through a broker.

    Args:
        data: bytes, or text, which becomes UTF-8.
        key: messages of one key keep their order in a queue that has lanes (default None: a key
            of its own).
        id: what tells that a message was sent before: a queue takes each id once in its
            `duplicate_window` (default: the publisher gives it one).
        headers: names and values, of text (default none).

    Attributes:
        tries: how often it was given out by the broker, this time included; 0 if it was not.

    Raises:
        InvalidArgTypeError: an argument is of another type.
    """

    __slots__ = ("_deliveries", "data", "headers", "id", "key", "tries")

    def __init__(
        self,
        data: Data,
        *,
        key: str | None = None,
        id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.data = as_bytes("data", data)
        self.key = None if key is None else expect("key", key, str)
        self.id = None if id is None else expect("id", id, str)
        self.headers = dict(headers or {})
        self.tries = 0
        self._deliveries: tuple[Delivery, ...] = ()

    def __repr__(self) -> str:
        known = [f"{name}={getattr(self, name)!r}" for name in ("key", "id") if getattr(self, name)]
        return f"Message({', '.join([repr(self.data), *known])})"

    @property
    def settled(self) -> bool:
        """Whether nobody waits to hear what becomes of it: it came from no broker, or has been
        acknowledged, given back, or made into something else.
        """
        return all(delivery.settled for delivery in self._deliveries)

    def replace(self, data: Data) -> Message:
        """What was made of it: a message of the same key, id and headers, with other data.

        The broker hears of this one when that one is written.
        """
        return self.split(data)[0]

    def split(self, *parts: Data | Message) -> list[Message]:
        """All that was made of it: the broker hears of this one when each of `parts` is written.

        Without parts, it is acknowledged at once. Several parts that are not messages themselves
        get ids of their own, ``"order-1/0"``, ``"order-1/1"``: the same ones the next time, if
        there is one.
        """
        made = [self._part(part, number, len(parts)) for number, part in enumerate(parts)]
        for delivery in self._deliveries:
            delivery.split(len(made))
        for message in made:
            message._deliveries += self._deliveries
        self._deliveries = ()
        return made

    def _part(self, part: Data | Message, number: int, of: int) -> Message:
        if isinstance(part, Message):
            return part
        own = self.id if self.id is None or of == 1 else f"{self.id}/{number}"
        return Message(part, key=self.key, id=own, headers=self.headers)

    def ack(self) -> None:
        """It is done: the broker need not keep it. Only the first word on a message counts."""
        deliveries, self._deliveries = self._deliveries, ()
        for delivery in deliveries:
            delivery.done()

    def nack(self, error: BaseException | None = None, delay: int | None = None) -> None:
        """It could not be done: the broker shall give it out again, to this subscriber or another.

        Args:
            error: why. It is told in the headers of a dead letter.
            delay: after how many milliseconds, at most the queue's `ack_wait` (default: longer
                each time, from the subscriber's `retry_delay` on).
        """
        deliveries, self._deliveries = self._deliveries, ()
        for delivery in deliveries:
            delivery.fail(GivenBack() if error is None else error, delay)


Outgoing = Union[Data, Message]


class GivenBack(Exception):  # noqa: N818 - it names what happened
    """A message was given back, and no reason was said."""

    def __str__(self) -> str:
        return "It was given back"


def received(data: Data, delivery: Delivery, tries: int = 1, **known: object) -> Message:
    """A message as a broker has given it out."""
    message = Message(data, **known)  # type: ignore[arg-type]
    message.tries = tries
    message._deliveries = (delivery,)
    return message


def join(messages: Iterable[Message], data: Data, **known: object) -> Message:
    """One message made of many, which are acknowledged when it is written.

    Args:
        messages: what it was made of.
        data: what it has.
        known: its `key`, `id` and `headers`, as of any other message.
    """
    made = Message(data, **known)  # type: ignore[arg-type]
    for message in messages:
        made._deliveries += expect("message", message, Message)._deliveries
        message._deliveries = ()
    return made


def message_of(chunk: object) -> Message:
    """What is written to a broker, as a message."""
    return chunk if isinstance(chunk, Message) else Message(chunk)  # type: ignore[arg-type]


def as_bytes(name: str, data: object) -> bytes:
    """Data as bytes of its own."""
    if isinstance(data, str):
        return data.encode("utf-8", "surrogatepass")
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise InvalidArgTypeError.given(name, "bytes or text", data)
