"""What the core asks of a stream that somebody uses, and a life of its sides.

The core knows no Readable and no Writable. A stream is whatever is a `Face`.
"""

from __future__ import annotations

from typing import Protocol

from ..events.emitter import Listeners
from .calling import Callback, WriteRequest

__all__ = ["Face", "ReadFace", "Side", "WriteFace", "Writing"]


class Face(Protocol):
    """What a life asks of the stream that somebody uses."""

    def emit(self, event: str, *args: object) -> bool: ...
    def destroy(self, error: BaseException | None = None) -> object: ...
    def _construct(self, callback: Callback) -> object: ...
    def _destroy(self, error: BaseException | None, callback: Callback) -> object: ...


class Side(Protocol):
    """What a life asks of a side of its stream."""

    @property
    def is_over(self) -> bool:
        """Whether all has been read, or written; or the stream was made without this side."""

    def start_work(self) -> None:
        """Take up the work that waited for `_construct`."""


class Writing(Side, Protocol):
    """What a life asks of its writable side besides."""

    def prepare_to_be_destroyed(self) -> None:
        """Have those told, in a tick, who wait for what will never be written."""


class ReadFace(Face, Protocol):
    """What the readable side asks of the stream that somebody uses."""

    _events: Listeners

    def read(self, size: int | None = None) -> object: ...
    def resume(self) -> object: ...
    def listener_count(self, event: str) -> int: ...
    def _read(self, size: int) -> object: ...


class WriteFace(Face, Protocol):
    """What the writable side asks of the stream that somebody uses."""

    def _write(self, chunk: object, encoding: str, callback: Callback) -> object: ...
    def _writev(self, chunks: list[WriteRequest], callback: Callback) -> object: ...
    def _final(self, callback: Callback) -> object: ...
