"""gzip, zlib and raw deflate, by Python's zlib."""

from __future__ import annotations

import zlib
from typing import Callable

from .constants import (
    Z_BUF_ERROR,
    Z_FINISH,
    Z_FULL_FLUSH,
    Z_HUFFMAN_ONLY,
    Z_STREAM_ERROR,
    Z_SYNC_FLUSH,
)
from .engine import SLICE, Engine, Squeezer
from .errors import end_of_file, told, z_error

__all__ = ["Deflater", "Inflater"]

_GZIP_MAGIC = b"\x1f\x8b"


class Deflater(Squeezer):
    """Compresses.

    The frame around the raw blocks is written here: only so can other parameters be used from the
    middle on, for which Python's zlib has no call. A new compressor goes on, and is told what came
    before.

    Args:
        frame: ``"gzip"``, ``"zlib"`` or ``"raw"``.
        level, window_bits, mem_level, strategy: zlib's.
        dictionary: what the data are likely to repeat; gzip has none.
    """

    def __init__(
        self,
        frame: str,
        level: int,
        window_bits: int,
        mem_level: int,
        strategy: int,
        dictionary: bytes,
    ) -> None:
        super().__init__()
        self.frame = frame
        self.level, self.strategy = level, strategy
        # Smaller ones are zlib's to decompress alone.
        self.window_bits = max(window_bits, 9)
        self.mem_level = mem_level
        self.dictionary = dictionary if frame != "gzip" else b""
        self.checksum: Callable[[memoryview, int], int]
        self.checksum = zlib.crc32 if frame == "gzip" else zlib.adler32
        self.reset()

    def reset(self) -> None:
        self.made.clear()
        self.window = bytearray(self.dictionary)
        self.begun = self.ended = False
        self.size = 0
        self.sum = 0 if self.frame == "gzip" else 1
        self.begin()

    def begin(self) -> None:
        """Go on with a new compressor, which knows what came before."""
        options = self.level, zlib.DEFLATED, -self.window_bits, self.mem_level, self.strategy
        if self.window:
            before = bytes(self.window[-(1 << self.window_bits) :])
            self.deflate = zlib.compressobj(*options, before)
        else:
            self.deflate = zlib.compressobj(*options)

    def params(self, level: int, strategy: int) -> None:
        """Compress what follows with another level and strategy."""
        if self.ended:
            raise z_error(Z_STREAM_ERROR, "stream error")
        self.made += self.deflate.flush(Z_SYNC_FLUSH)
        self.level, self.strategy = level, strategy
        self.begin()

    def compress(self, piece: memoryview) -> bytes:
        if self.ended:
            if self.flush == Z_FINISH:
                raise z_error(Z_BUF_ERROR, "buffer error")
            raise z_error(Z_STREAM_ERROR, "stream error")
        if self.frame != "raw":
            self.sum = self.checksum(piece, self.sum)
        self.size += len(piece)
        self.remember(piece)
        return self.header() + self.deflate.compress(piece)

    def remember(self, piece: memoryview) -> None:
        """Keep of what came before as much as a compressor looks back at, or somewhat more."""
        reach = 1 << self.window_bits
        if len(piece) >= reach:
            self.window[:] = piece[-reach:]
            return
        self.window += piece
        if len(self.window) > 4 * reach:
            del self.window[:-reach]

    def finish(self, flush: int) -> bytes:
        if self.ended:
            if flush != Z_FINISH:
                raise z_error(Z_STREAM_ERROR, "stream error")
            return b""
        made = self.header() + self.deflate.flush(flush)
        if flush == Z_FULL_FLUSH:
            self.window.clear()
        elif flush == Z_FINISH:
            self.ended = True
            made += self.trailer()
        return made

    def header(self) -> bytes:
        """What comes before the first block."""
        if self.begun:
            return b""
        self.begun = True
        level = 6 if self.level == -1 else self.level
        fast = self.strategy >= Z_HUFFMAN_ONLY or level < 2
        if self.frame == "gzip":
            hint = 2 if level == 9 else 4 if fast else 0
            return _GZIP_MAGIC + bytes([8, 0, 0, 0, 0, 0, hint, 3])
        if self.frame == "raw":
            return b""
        hint = 0 if fast else 1 if level < 6 else 2 if level == 6 else 3
        head = (8 | (self.window_bits - 8) << 4) << 8 | hint << 6 | bool(self.dictionary) << 5
        head += 31 - head % 31
        of_dictionary = zlib.adler32(self.dictionary).to_bytes(4, "big") if self.dictionary else b""
        return head.to_bytes(2, "big") + of_dictionary

    def trailer(self) -> bytes:
        """What comes after the last block."""
        if self.frame == "gzip":
            return self.sum.to_bytes(4, "little") + (self.size & 0xFFFFFFFF).to_bytes(4, "little")
        return self.sum.to_bytes(4, "big") if self.frame == "zlib" else b""


class Inflater(Engine):
    """Decompresses.

    Args:
        window_bits: zlib's, with what it says of the frame: negative for none, 16 more for gzip,
            32 more for either.
        dictionary: what the data were compressed with.
        one_member: whether what follows the first member of a gzip file is junk.
    """

    def __init__(self, window_bits: int, dictionary: bytes, one_member: bool) -> None:
        super().__init__()
        self.window_bits = window_bits
        self.dictionary = dictionary
        self.one_member = one_member
        self.reset()

    def reset(self) -> None:
        # Of either frame, the first two bytes tell which one it is.
        self.head = b"" if self.window_bits >= 32 else None
        self.is_gzip = 16 <= self.window_bits < 32
        self.begin()

    def begin(self) -> None:
        """Begin with a member."""
        if self.dictionary:
            self.inflate = zlib.decompressobj(self.window_bits, self.dictionary)
        else:
            self.inflate = zlib.decompressobj(self.window_bits)

    def take(self, room: int) -> bytes:
        pieces = []
        wanted = room
        while not self.cancelled:
            if self.inflate.eof:
                if not self.another_member():
                    break
                self.begin()
            piece = self.decompress(wanted)
            pieces.append(piece)
            wanted -= len(piece)
            if not wanted or not (self.left or self.inflate.eof):
                break
        if wanted and not self.inflate.eof and self.flush == Z_FINISH and not self.cancelled:
            raise end_of_file()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def another_member(self) -> bool:
        """Whether another member follows. Zeros are padding, in files as `tar` writes them."""
        more = self.is_gzip and not self.one_member and self.left > 0
        return more and self.view[self.position] != 0

    def decompress(self, wanted: int) -> bytes:
        """The next output of this member."""
        piece = self.view[self.position : self.position + SLICE]
        if self.head is not None:
            self.head += bytes(piece[: 2 - len(self.head)])
            if len(self.head) == 2:
                self.is_gzip = self.head == _GZIP_MAGIC
                self.head = None
        try:
            made = self.inflate.decompress(piece, wanted)
        except zlib.error as error:
            raise told(error, bool(self.dictionary)) from None
        rest = self.inflate.unused_data if self.inflate.eof else self.inflate.unconsumed_tail
        self.use(len(piece) - len(rest))
        return made
