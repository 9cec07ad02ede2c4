"""How a stream of a broker stands: what it waits for, for whoever asks why nothing comes.

>>> without_secrets("redis://user:secret@127.0.0.1:6379/0")
'redis://127.0.0.1:6379/0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .engine import Engine
    from .messages import Delivery

__all__ = ["Standing", "without_secrets"]


class Standing(NamedTuple):
    """What a publisher or a subscriber waits for.

    Attributes:
        waits_for: ``"room"`` in the queue; a ``"message"``; messages to be ``"settled"``; an
            ``"answer"`` of the broker.
        queue: the name of the queue.
        engine: the connection.
        limit: how many messages the queue holds at most, if that is known.
        mark: how many unsettled messages it may have.
        unsettled: of those that it has and somebody has read, who hears what became of each.
    """

    waits_for: str
    queue: str
    engine: Engine
    limit: int | None
    mark: int
    unsettled: list[Delivery]

    @property
    def url(self) -> str:
        """Where the broker is."""
        return without_secrets(self.engine.url)


def without_secrets(url: str) -> str:
    """An address without the name and the password in it."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
