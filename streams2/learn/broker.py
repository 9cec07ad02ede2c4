"""A broker, for chapter 8: it sends what it has, and keeps what was not acknowledged."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Callable

from .stage import SONG

__all__ = ["Broker", "Message"]

_NETWORK = 0.0005


class Message:
    """A message on its way.

    Attributes:
        body: what it says.
        acknowledged: whether the broker may forget it.
    """

    def __init__(self, body: bytes, broker: Broker) -> None:
        self.body = body
        self.acknowledged = False
        self._broker = broker

    def ack(self) -> None:
        """Let the broker forget it, and send another."""
        if not self.acknowledged:
            self.acknowledged = True
            self._broker.acknowledged(self)


class Broker:
    """Sends messages, each half a millisecond after the one before.

    Args:
        bodies: what they say.

    Attributes:
        sent: the messages that were sent.
        kept: the messages that were sent and not acknowledged: it would send them again.
    """

    def __init__(self, bodies: Sequence[bytes] = SONG) -> None:
        self.sent: list[Message] = []
        self.kept: list[Message] = []
        self._waiting = deque(bodies)
        self._take: Callable[[Message], object] | None = None
        self._prefetch: int | None = None
        self._on_its_way = False

    def consume(self, take: Callable[[Message], object], prefetch: int | None = None) -> None:
        """Have messages sent.

        Args:
            take: called with each message.
            prefetch: how many may be unacknowledged at a time; None for any number.
        """
        self._take, self._prefetch = take, prefetch
        self._go_on()

    def acknowledged(self, message: Message) -> None:
        """Forget a message."""
        self.kept.remove(message)
        self._go_on()

    def _go_on(self) -> None:
        room = self._prefetch is None or len(self.kept) < self._prefetch
        if self._waiting and room and not self._on_its_way:
            self._on_its_way = True
            asyncio.get_running_loop().call_later(_NETWORK, self._send)

    def _send(self) -> None:
        self._on_its_way = False
        message = Message(self._waiting.popleft(), self)
        self.sent.append(message)
        self.kept.append(message)
        if self._take is not None:
            self._take(message)
        self._go_on()
