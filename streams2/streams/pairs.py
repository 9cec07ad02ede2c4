"""duplex_pair: two streams, each of which is the other end of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.calling import Callback
from ..core.chunks import Chunk
from ..events.naming import by_name
from ..loop.ticks import next_tick
from .readable import Duplex

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import DuplexOptions

__all__ = ["duplex_pair"]


class _End:
    """One end of a pair: what is written to it is pushed to the other."""

    other: _End
    stream: Duplex[Chunk, Chunk]

    def __init__(self) -> None:
        # The callback of what was pushed to this end, and is still to be read.
        self.unread: Callback | None = None

    def open(self, options: DuplexOptions[Duplex[Chunk, Chunk], Chunk]) -> Duplex[Chunk, Chunk]:
        """Make the stream of this end, which knows the other: a signal may end it at once."""
        methods: DuplexOptions[Duplex[Chunk, Chunk], Chunk] = {
            "read": lambda _, size: self.read(size),
            "write": lambda _, *args: self.write(*args),
            "final": lambda _, *args: self.final(*args),
            "destroy": lambda _, *args: self.destroy(*args),
        }
        methods.update(options)
        self.stream = Duplex(**methods)
        return self.stream

    def read(self, size: int) -> None:
        callback, self.unread = self.unread, None
        if callback is not None:
            callback()

    def write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        if not self.other.stream.writable_object_mode and len(chunk) == 0:
            next_tick(callback)
        else:
            self.other.stream.push(chunk)
            self.other.unread = callback

    def final(self, callback: Callback) -> None:
        self.other.stream.on("end", callback)
        self.other.stream.push(None)

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        next_tick(self.other.follow, error)
        callback(error)

    def follow(self, error: BaseException | None) -> None:
        """The other end is destroyed. Its error is its own, but nothing more can come or go."""
        if self.stream.destroyed:
            return
        if error is not None:
            self.stream.destroy()
        else:
            self.stream.push(None)


@by_name
def duplex_pair(
    **options: Unpack[DuplexOptions[Duplex[Chunk, Chunk], Chunk]],
) -> tuple[Duplex[Chunk, Chunk], Duplex[Chunk, Chunk]]:
    """Make two streams: what is written to one can be read from the other.

    Args:
        options: for both, as for `Duplex`.

    Returns:
        The two streams.

    Node: stream.duplexPair
    """
    one, other = _End(), _End()
    one.other, other.other = other, one
    return one.open(options), other.open(options)
