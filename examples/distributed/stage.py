"""The stage in the middle: the same in one process, in several, and on several hosts."""

from __future__ import annotations

from streams2 import Transform, brokers
from streams2.brokers import Message

__all__ = ["stage"]


def square(message: Message) -> Message:
    return message.replace(str(int(message.data) ** 2))


def stage() -> Transform[Message, Message]:
    """Squares what comes, eight numbers at once."""
    return brokers.work(square, concurrency=8)
