"""What an object may offer to take part: methods with Node's names for them.

>>> from streams2.iter import text_sync
>>> class Tea:
...     def to_streamable(self):
...         return ["green ", "tea"]
>>> text_sync(Tea())
'green tea'

Node has symbols for the names of these methods. Here they are methods like any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import Callable, Protocol

__all__ = [
    "BroadcastProtocol",
    "DrainableProtocol",
    "ShareProtocol",
    "ShareSyncProtocol",
    "ToAsyncStreamable",
    "ToStreamable",
    "async_streamable_of",
    "method_of",
    "streamable_of",
]


class ToStreamable(Protocol):
    """Can be made a stream, without waiting. Node: Stream.toStreamable"""

    def to_streamable(self) -> object:
        """Text, bytes, or an iterable of them."""


class ToAsyncStreamable(Protocol):
    """Can be made a stream that one waits for. Node: Stream.toAsyncStreamable"""

    def to_async_streamable(self) -> object:
        """What `from_` takes, or an awaitable of it."""


class DrainableProtocol(Protocol):
    """Can say when there is room again; what `ondrain` asks. Node: Stream.drainableProtocol"""

    def drainable_protocol(self) -> Awaitable[bool] | None:
        """True once there is room, False if there will be none; None if nobody can write."""


class BroadcastProtocol(Protocol):
    """Can be made a broadcast; what `Broadcast.from_` asks. Node: Stream.broadcastProtocol"""

    def broadcast_protocol(self, options: object) -> object:
        """The writer and the broadcast."""


class ShareProtocol(Protocol):
    """Can be shared; what `Share.from_` asks. Node: Stream.shareProtocol"""

    def share_protocol(self, options: object) -> object:
        """The share."""


class ShareSyncProtocol(Protocol):
    """Can be shared without waiting; what `SyncShare.from_sync` asks.

    Node: Stream.shareSyncProtocol
    """

    def share_sync_protocol(self, options: object) -> object:
        """The share."""


def method_of(value: object, name: str) -> Callable[..., object] | None:
    """The method of this name, if `value` has one: of a class, its instances have it."""
    found: object = None if isinstance(value, type) else getattr(value, name, None)
    return found if callable(found) else None


def streamable_of(value: object) -> Callable[[], object] | None:
    """How to make `value` a stream, if it says so."""
    return method_of(value, "to_streamable")


def async_streamable_of(value: object) -> Callable[[], object] | None:
    """How to make `value` a stream that one waits for, if it says so."""
    return method_of(value, "to_async_streamable")


def takes_options(function: Callable[..., object]) -> bool:
    """Whether `function` wants a second argument: it needs one, or calls it ``options``."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False  # One of C, which does not tell.
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(places) > 1:
        return places[1].default is places[1].empty or places[1].name == "options"
    return any(p.kind is p.VAR_POSITIONAL for p in parameters)


def wants_signal(function: Callable[..., object]) -> bool:
    """Whether `function` has a parameter ``signal``, to be given by name."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return (
        "signal" in parameters
        and parameters["signal"].kind is not inspect.Parameter.POSITIONAL_ONLY
    )
