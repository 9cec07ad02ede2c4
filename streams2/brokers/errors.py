"""What goes wrong between a program and a broker.

>>> str(QueueDiffersError("work", "limit", 100, 10))
"The queue 'work' was declared with limit=100, not 10"
"""

from __future__ import annotations

from ..errors import StreamsError

__all__ = [
    "BrokerClosedError",
    "BrokerLostError",
    "BrokerRefusedError",
    "QueueDiffersError",
    "QueueNotFoundError",
]


class BrokerLostError(StreamsError):
    """A broker could not be reached for as long as the program's patience lasts."""

    code = "ERR_BROKER_LOST"
    template = "The broker at {} could not be reached for {} ms: {}"


class BrokerClosedError(StreamsError):
    """The connection to a broker was closed by the program that still works with it."""

    code = "ERR_BROKER_CLOSED"
    template = "The connection to the broker at {} was closed"


class BrokerRefusedError(StreamsError):
    """A broker will not take a message, or do what it was asked for."""

    code = "ERR_BROKER_REFUSED"
    template = "The broker at {} refused: {}"


class QueueNotFoundError(StreamsError, LookupError):
    """There is no queue of a name at a broker."""

    code = "ERR_QUEUE_NOT_FOUND"
    template = "There is no queue {!r} at {}: it was not declared, or the broker has lost it"


class QueueDiffersError(StreamsError, ValueError):
    """A queue was declared before, and otherwise."""

    code = "ERR_QUEUE_DIFFERS"
    template = "The queue {!r} was declared with {}={}, not {}"
