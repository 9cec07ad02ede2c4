"""pipe: a source, a destination, and the machine between them."""

from __future__ import annotations

from typing import TypeVar

from ..core.ends import PipeDestination, PipeSource
from ..core.foreign import as_destination
from ..core.pipe import Pipe
from ..errors import InvalidArgTypeError
from ..events.naming import by_name
from ..loop.ticks import require_ticks

__all__ = ["pipe"]

T = TypeVar("T")


@by_name
def pipe(
    source: PipeSource[T], destination: PipeDestination[T, object], *, end: bool = True
) -> Pipe:
    """Write all that `source` emits to `destination`, no faster than it takes it.

    Args:
        source: a `Readable`, or any `PipeSource`.
        destination: a `Writable`, or any emitter with `write` and `end`.
        end: call the destination's `end` at the source's ``'end'`` (default True).

    Returns:
        The `Pipe`, with its `state` and its `unpipe`.

    Raises:
        InvalidArgTypeError: an end is neither. Nothing is connected.

    Node: stream.Readable.pipe
    """
    if not hasattr(source, "_readable_state"):
        raise InvalidArgTypeError.given("source", "a Readable", source)
    as_destination(destination)
    if hasattr(source, "_life"):
        require_ticks()
    return Pipe(source, destination, end=end)
