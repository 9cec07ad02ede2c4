"""What compresses or decompresses, a piece at a time, and knows no stream.

An engine is given input, and is asked for output until there is less than was asked for. So whoever
asks decides how much there is at once: a few bytes that mean gigabytes do not fill the memory.
"""

from __future__ import annotations

from .errors import BufferTooLargeError, TrailingJunkError

__all__ = ["Engine", "Squeezer"]

# What a decompressor leaves of its input is copied each time; what is copied is not more than this.
SLICE = 1 << 14

# How much is compressed before it is asked whether it is still wanted.
_COMPRESSED = 1 << 16


class Engine:
    """The base of all.

    Attributes:
        view, position: the input, and how much of it is used up.
        flush: what is to follow the input: one of the library's own numbers.
        consumed: how many bytes of input were used up in all.
        cancelled: nobody wants the output any more; the work under way may stop.
    """

    def __init__(self) -> None:
        self.view = memoryview(b"")
        self.position = 0
        self.flush = 0
        self.consumed = 0
        self.cancelled = False

    @property
    def left(self) -> int:
        """How many bytes of the input are not used up."""
        return len(self.view) - self.position

    def give(self, view: memoryview, flush: int) -> None:
        """Give the next input, when the last one is used up or of no use.

        Args:
            view: bytes, in a row.
            flush: what is to follow.
        """
        self.view, self.position, self.flush = view, 0, flush

    def use(self, count: int) -> None:
        """Count `count` more bytes of the input as used up."""
        self.position += count
        self.consumed += count

    def take(self, room: int) -> bytes:
        """The next output.

        Args:
            room: how many bytes are wanted at most.

        Returns:
            So many bytes, if there may be more; fewer when the input has given all it can.

        Raises:
            ZlibError: the input is wrong.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Begin again, as if nothing had been given."""
        raise NotImplementedError

    def whole(self, view: memoryview, flush: int, most: float, junk_is_an_error: bool) -> bytes:
        """All that comes of one input, and of no more.

        Args:
            view, flush: as for `give`.
            most: how many bytes there may be.
            junk_is_an_error: whether all of the input must be of use.
        """
        self.give(view, flush)
        pieces, size, room = [], 0, 1 << 14
        while not self.cancelled:
            piece = self.take(room)
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise BufferTooLargeError(most)
            if len(piece) < room:
                break
            room = min(2 * room, 1 << 20)
        if self.left and junk_is_an_error:
            raise TrailingJunkError
        return b"".join(pieces)


class Squeezer(Engine):
    """What compresses: a library gives as much as it likes, and it is handed out by the piece."""

    def __init__(self) -> None:
        super().__init__()
        self.made = bytearray()
        self.flushed = True

    def compress(self, piece: memoryview) -> bytes:
        """Compress a slice of the input."""
        raise NotImplementedError

    def finish(self, flush: int) -> bytes:
        """What is left to give for a flush."""
        raise NotImplementedError

    def give(self, view: memoryview, flush: int) -> None:
        super().give(view, flush)
        self.flushed = False

    def take(self, room: int) -> bytes:
        made = self.made
        while len(made) < room and self.left and not self.cancelled:
            piece = self.view[self.position : self.position + _COMPRESSED]
            made += self.compress(piece)
            self.use(len(piece))
        if len(made) < room and not self.flushed and not self.left:
            self.flushed = True
            made += self.finish(self.flush)
        taken = bytes(made[:room])
        del made[:room]
        return taken
