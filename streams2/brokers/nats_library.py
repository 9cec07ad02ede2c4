"""What is used of NATS's own client, and what things are called at the broker."""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Callable, Protocol, TypedDict

from .engine import Parcel, Queue

if TYPE_CHECKING:
    from .messages import Message

__all__ = [
    "Answer",
    "Connection",
    "Delivered",
    "Subscription",
    "durable_of",
    "headers_of",
    "library",
    "nanoseconds",
    "parcel_of",
    "subjects_of",
]

_KEY, _HEADERS = "Streams2-Key", "Streams2-Headers"
# The broker looks at the first one.
_ID, _UNWATCHED_ID = "Nats-Msg-Id", "Streams2-Id"


class Fault(TypedDict):
    """Why the broker did not do something."""

    err_code: int
    description: str


class StreamConfig(TypedDict):
    """What a stream was made with."""

    description: str
    subjects: list[str]
    max_msgs: int


class StreamState(TypedDict):
    """What a stream holds."""

    messages: int


class ConsumerInfo(TypedDict):
    """What a consumer holds."""

    num_ack_pending: int


class Answer(TypedDict, total=False):
    """What the broker answers: a fault, or something of the rest."""

    error: Fault
    config: StreamConfig
    state: StreamState
    consumers: list[ConsumerInfo] | None
    total: int


class Sequence(Protocol):
    """The number of a message in its stream."""

    @property
    def stream(self) -> int: ...


class Metadata(Protocol):
    """What the broker knows of a message."""

    @property
    def num_delivered(self) -> int: ...

    @property
    def sequence(self) -> Sequence: ...


class Delivered(Protocol):
    """A message of the client's."""

    subject: str
    reply: str
    data: bytes

    @property
    def headers(self) -> Mapping[str, str] | None: ...

    @property
    def metadata(self) -> Metadata: ...


class Subscription(Protocol):
    """What gets the messages of a subject."""

    async def unsubscribe(self) -> None: ...


class Connection(Protocol):
    """The client."""

    @property
    def is_connected(self) -> bool: ...

    async def publish(
        self, subject: str, payload: bytes, reply: str = "", headers: dict[str, str] | None = None
    ) -> None: ...

    async def subscribe(
        self,
        subject: str,
        *,
        cb: Callable[[Delivered], Awaitable[None]],
        pending_msgs_limit: int = -1,
        pending_bytes_limit: int = -1,
    ) -> Subscription: ...

    async def flush(self, timeout: float) -> None: ...

    async def close(self) -> None: ...


def library() -> ModuleType:
    """The client's module.

    Raises:
        ImportError: it is not installed.
    """
    try:
        importlib.import_module("nats.errors")
        return importlib.import_module("nats")
    except ImportError as error:
        hint = "Queues on NATS need nats-py: pip install 'streams2[nats]'"
        raise ImportError(hint) from error


def nanoseconds(milliseconds: int) -> int:
    """The broker's unit of time."""
    return milliseconds * 1_000_000


def subjects_of(queue: Queue) -> list[str]:
    """A subject for each lane."""
    if queue.lanes is None:
        return [queue.name]
    return [f"{queue.name}.{lane}" for lane in range(queue.lanes)]


def durable_of(lane: int) -> str:
    """The consumer of a lane."""
    return f"lane-{lane}"


def headers_of(message: Message, queue: Queue) -> dict[str, str] | None:
    """What travels beside the data."""
    headers = {}
    if message.id is not None:
        headers[_ID if queue.duplicate_window else _UNWATCHED_ID] = message.id
    if message.key is not None:
        headers[_KEY] = json.dumps(message.key)
    if message.headers:
        headers[_HEADERS] = json.dumps(message.headers)
    return headers or None


def parcel_of(token: object, message: Delivered) -> Parcel:
    """A message, as an engine hands it on."""
    said = message.headers or {}
    key = json.loads(said[_KEY]) if _KEY in said else None
    headers = json.loads(said[_HEADERS]) if _HEADERS in said else {}
    known = said.get(_ID) or said.get(_UNWATCHED_ID)
    return Parcel(token, message.data, key, known, headers, message.metadata.num_delivered)
