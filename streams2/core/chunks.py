"""Chunks at rest: a FIFO measured in bytes or in objects, and the marks it is measured against.

>>> queue = ChunkQueue(object_mode=False)
>>> for chunk in (b"back-", b"press", b"ure"):
...     queue.push(chunk)
>>> queue.size
13
>>> queue.take(7), queue.size
(b'back-pr', 6)
>>> queue.shift(), queue.shift()
(b'ess', b'ure')

A high-water mark is not a limit. It is the size from which on a stream says "enough for now".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ..errors import InvalidArgTypeError, InvalidArgValueError, OutOfRangeError, is_number
from .encodings import BytesLike, decode

__all__ = [
    "BytesLike",
    "ChunkQueue",
    "byte_size",
    "flat_view",
    "get_default_high_water_mark",
    "set_default_high_water_mark",
]

BYTES_TYPES = (bytes, bytearray, memoryview)

_LARGEST_MARK = 1 << 30

_default_marks = {False: 64 * 1024, True: 16}


def get_default_high_water_mark(object_mode: bool) -> int:
    """The high-water mark of a stream that is made without one, in bytes or in objects.

    Node: stream.getDefaultHighWaterMark
    """
    return _default_marks[bool(object_mode)]


def set_default_high_water_mark(object_mode: bool, value: int) -> None:
    """Set the high-water mark of streams made from now on without one.

    Args:
        object_mode: whether `value` is for streams of objects, or for streams of bytes.
        value: a whole number of objects or of bytes, 0 or more.

    Raises:
        InvalidArgTypeError: `value` is no number.
        OutOfRangeError: `value` is no such number.

    Node: stream.setDefaultHighWaterMark
    """
    if not is_number(value):
        raise InvalidArgTypeError.given("value", "a whole number", value)
    if not _is_mark(value):
        raise OutOfRangeError.given("value", "a whole number >= 0", value)
    _default_marks[bool(object_mode)] = int(value)


def resolve_mark(name: str, value: int | None, object_mode: bool) -> int:
    """The mark to use for the option `name` given as `value`: the default one for None."""
    if value is None:
        return get_default_high_water_mark(object_mode)
    if not _is_mark(value):
        raise InvalidArgValueError.given(name, "a whole number >= 0", value)
    return value


def _is_mark(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def raised_mark(mark: int, size: object) -> int:
    """The mark of a stream of which somebody wants `size` at once: at least so much.

    Raises:
        InvalidArgTypeError: `size` is no whole number.
        OutOfRangeError: `size` is above 1 GiB.
    """
    if not isinstance(size, int):
        raise InvalidArgTypeError.given("size", "a whole number or None", size)
    if size <= mark:
        return mark
    if size > _LARGEST_MARK:
        raise OutOfRangeError.given("size", "<= 1 GiB", size)
    return 1 << (size - 1).bit_length()


Chunk = Any
"""What a stream hands on: bytes or text; in object mode anything. The sides do not look into it: of
what type the chunks of a stream are is said by its face."""


def byte_size(chunk: Chunk) -> int:
    """How long a chunk of bytes or text is: in bytes, or in characters."""
    return chunk.nbytes if type(chunk) is memoryview else len(chunk)


def flat_view(chunk: BytesLike) -> memoryview:
    """The bytes of a chunk, one after the other."""
    view = memoryview(chunk)
    if type(chunk) is bytes:
        return view  # As it is with most.
    if view.format == "B" and view.ndim == 1 and view.c_contiguous:
        return view  # As it is: what PyPy is given cast, it hands to the system byte by byte.
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())


NOTHING_YET: Any = ()
"""In the place of a deque, until something is put into it: most streams of a program that has many
hold nothing, and an empty deque takes as much memory as half a stream."""


class ChunkQueue:
    """A first-in, first-out queue of chunks that knows its size.

    Args:
        object_mode: whether a chunk counts as one object, or by its length.

    Attributes:
        chunks: what is in the queue, first chunk first.
        size: the sum of the chunks' sizes, in objects, bytes or characters.
    """

    __slots__ = ("chunks", "object_mode", "size")

    def __init__(self, object_mode: bool) -> None:
        self.chunks: deque[Chunk] = NOTHING_YET
        self.size = 0
        self.object_mode = object_mode

    def prepare(self) -> None:
        """Be ready for chunks."""
        if self.chunks is NOTHING_YET:
            self.chunks = deque()

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self.chunks)

    def __getitem__(self, index: int) -> Chunk:
        return self.chunks[index]

    def push(self, chunk: Chunk) -> None:
        """Put `chunk` at the end."""
        if self.chunks is NOTHING_YET:
            self.prepare()
        self.chunks.append(chunk)
        if type(chunk) is bytes and not self.object_mode:
            self.size += len(chunk)  # As it is with most.
        else:
            self.size += 1 if self.object_mode else byte_size(chunk)

    def unshift(self, chunk: Chunk) -> None:
        """Put `chunk` at the front."""
        self.prepare()
        self.chunks.appendleft(chunk)
        self.size += 1 if self.object_mode else byte_size(chunk)

    def shift(self) -> Chunk:
        """Take the first chunk, whole."""
        chunk = self.chunks.popleft()
        if self.chunks:
            self.size -= 1 if self.object_mode else byte_size(chunk)
        else:
            self.size = 0
        return chunk

    def take_all(self, text: bool = False) -> Chunk:
        """Take everything, joined into one chunk; as text, if `text`."""
        chunks = list(self.chunks)
        self.clear()
        return _join_text(chunks) if text else _join(chunks)

    def take(self, size: int) -> Chunk:
        """Take exactly `size` bytes or characters, of the `size` or more that there are.

        A chunk is copied only where it must be cut or joined.
        """
        taken: list[Chunk] = []
        wanted = size
        while wanted > 0:
            length = byte_size(self.chunks[0])
            if length > wanted:
                first = self.chunks[0]
                if type(first) is memoryview:
                    first = first.cast("B")
                taken.append(first[:wanted])
                self.chunks[0] = first[wanted:]
                self.size -= wanted
                break
            taken.append(self.shift())
            wanted -= length
        return _join(taken)

    def clear(self) -> None:
        """Forget everything."""
        if self.chunks:
            self.chunks.clear()
        self.size = 0


def _join(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    if any(isinstance(chunk, str) for chunk in chunks):
        return _join_text(chunks)
    return b"".join(chunks)


def _join_text(chunks: list[Chunk]) -> str:
    # Bytes that were put back into a stream of text stay bytes until they are read.
    return "".join([chunk if isinstance(chunk, str) else decode(chunk) for chunk in chunks])
