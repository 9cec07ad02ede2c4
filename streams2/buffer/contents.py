"""Bytes made, filled, turned into text, compared and searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.chunks import BYTES_TYPES
from ..core.encodings import BytesLike, decode, encode, is_encoding, normalize
from ..errors import InvalidArgTypeError, InvalidArgValueError, UnknownEncodingError
from .arguments import (
    Memory,
    Value,
    as_number,
    expect_bytes,
    expect_length,
    flat,
    pattern_of,
    within,
)

__all__ = [
    *("alloc", "byte_length", "compare", "concat", "equals", "fill", "from_"),
    *("includes", "index_of", "last_index_of", "to_string", "write"),
]


# -- making ---------------------------------------------------------------------------------------


def from_(value: str | BytesLike | Iterable[int], encoding: str = "utf8") -> bytes:
    """Bytes of text, of other bytes (a copy), or of numbers (each modulo 256).

    Args:
        value: what to make bytes of.
        encoding: that of text (default utf8).

    Raises:
        InvalidArgTypeError: `value` is none of these.
        UnknownEncodingError: there is no such encoding.

    Node: Buffer.from
    """
    if isinstance(value, str):
        return encode(value, encoding)
    if isinstance(value, BYTES_TYPES):
        return bytes(value)
    if isinstance(value, Iterable):
        return bytes([as_number(item) & 0xFF for item in value])
    raise InvalidArgTypeError.given("value", "text, bytes or an iterable of numbers", value)


def alloc(size: int, fill: Value = 0, encoding: str = "utf8") -> bytearray:
    """A bytearray of `size` bytes, to be written into.

    Args:
        size: how many bytes.
        fill: what is in it, again and again (default zeros).
        encoding: that of `fill` if it is text.

    Raises:
        InvalidArgTypeError: `size` is no whole number.
        OutOfRangeError: `size` is below 0.
        InvalidArgValueError: `fill` holds no byte.
        UnknownEncodingError: there is no such encoding.

    Node: Buffer.alloc
    """
    made = bytearray(expect_length("size", size))
    _fill(made, fill, 0, size, encoding)
    return made


def fill(
    target: Memory,
    value: Value,
    start: int = 0,
    end: int | None = None,
    encoding: str = "utf8",
) -> Memory:
    """Write `value` again and again from `start` to before `end`. Returns `target`.

    Raises:
        OutOfRangeError: `start` or `end` lies outside.
        InvalidArgValueError: `value` holds no byte, and is not the empty text.
        InvalidArgTypeError, UnknownEncodingError: as for `alloc`.

    Node: buf.fill
    """
    last = len(target) if end is None else end
    if isinstance(value, str) and not is_encoding(encoding):
        raise UnknownEncodingError(encoding)
    expect_length("start", start)
    within("end", last, len(target))
    _fill(target, value, start, last, encoding)
    return target


def _fill(target: Memory, value: Value, start: int, end: int, encoding: str) -> None:
    if start >= end:
        return
    pattern = pattern_of("value", value, encoding)
    if not pattern:
        if value != "":
            raise InvalidArgValueError.given("value", "at least one byte", value)
        pattern = b"\0"
    count = end - start
    target[start:end] = (pattern * (count // len(pattern) + 1))[:count]


def concat(chunks: Sequence[BytesLike], length: int | None = None) -> bytes:
    """All of `chunks`, one after the other.

    Args:
        chunks: the bytes.
        length: how long the result is: what is beyond is cut, what is missing is zeros (default:
            as long as the chunks are).

    Raises:
        InvalidArgTypeError: `chunks` is no list, or one of them is not bytes.
        OutOfRangeError: `length` is no whole number, or below 0.

    Node: Buffer.concat. There, of an empty list comes nothing, whatever the length; here, too.
    """
    if not isinstance(chunks, (list, tuple)):
        raise InvalidArgTypeError.given("chunks", "a list of bytes", chunks)
    for index, chunk in enumerate(chunks):
        expect_bytes(f"chunks[{index}]", chunk)
    joined = b"".join(chunks)
    if length is None or not chunks:
        return joined
    return joined[: expect_length("length", length)].ljust(length, b"\0")


# -- text -----------------------------------------------------------------------------------------


def to_string(
    data: BytesLike, encoding: str = "utf8", start: int = 0, end: int | None = None
) -> str:
    """The text that the bytes from `start` to before `end` spell. Positions outside are moved in.

    Raises:
        InvalidArgTypeError: `data` is not bytes.
        UnknownEncodingError: there is no such encoding.

    Node: buf.toString
    """
    view = flat("data", data)
    first = min(max(start, 0), len(view))
    last = len(view) if end is None else min(max(end, first), len(view))
    return decode(view[first:last], encoding) if first < last else ""


def byte_length(value: str | BytesLike, encoding: str = "utf8") -> int:
    """How many bytes `value` takes.

    Of base64 and hex that is reckoned from the length of the text, as in Node, whether or not all
    of it can be decoded; an encoding that there is not counts as utf8.

    Raises:
        InvalidArgTypeError: `value` is neither text nor bytes.

    Node: Buffer.byteLength
    """
    if not isinstance(value, str):
        return len(flat("value", value))
    name = normalize(encoding) if is_encoding(encoding) else "utf8"
    units = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if name in ("latin1", "ascii"):
        return units
    if name == "utf16le":
        return units * 2
    if name == "hex":
        return units // 2
    if name in ("base64", "base64url"):
        padding = 2 if value.endswith("==") else 1 if value.endswith("=") else 0
        return (units - padding if units > 1 else units) * 3 // 4
    return len(encode(value, name))


def write(
    target: Memory,
    text: str,
    offset: int = 0,
    length: int | None = None,
    encoding: str = "utf8",
) -> int:
    """Write text into `target`, whole characters only. Returns how many bytes were written.

    Args:
        target: what to write into.
        text: what to write.
        offset: where to begin.
        length: how many bytes to write at most (default: as many as there is room for).
        encoding: how to encode it.

    Raises:
        OutOfRangeError: `offset` or `length` lies outside.
        InvalidArgTypeError, UnknownEncodingError: as for `from_`.

    Node: buf.write
    """
    if not isinstance(text, str):
        raise InvalidArgTypeError.given("text", "text", text)
    within("offset", offset, len(target))
    room = len(target) - offset
    if length is not None:
        within("length", length, len(target))
        room = min(room, length)
    data = encode(text, encoding)[:room]
    name = normalize(encoding)
    if name == "utf8" and len(data) == room:
        data = data.decode("utf-8", "ignore").encode() if _is_cut(data) else data
    elif name == "utf16le":
        data = data[: len(data) & ~1]
    target[offset : offset + len(data)] = data
    return len(data)


def _is_cut(data: bytes) -> bool:
    """Whether the last character is only begun."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


# -- comparing and finding ------------------------------------------------------------------------


def compare(one: BytesLike, other: BytesLike) -> int:
    """-1, 0 or 1: whether `one` comes before `other`, is equal to it, or comes after it.

    Raises:
        InvalidArgTypeError: one of them is not bytes.

    Node: Buffer.compare
    """
    left, right = bytes(expect_bytes("one", one)), bytes(expect_bytes("other", other))
    return (left > right) - (left < right)


def equals(one: BytesLike, other: BytesLike) -> bool:
    """Whether the two hold the same bytes. Node: buf.equals

    Raises:
        InvalidArgTypeError: one of them is not bytes.
    """
    return compare(one, other) == 0


def index_of(data: BytesLike, value: Value, offset: int = 0, encoding: str = "utf8") -> int:
    """Where `value` first begins, from `offset` on; -1 if nowhere.

    Args:
        data: where to look.
        value: what to look for.
        offset: where to begin; below 0, from the end.
        encoding: that of `value` if it is text.

    Raises:
        InvalidArgTypeError: `data` is not bytes, or `value` nothing that can be in it.
        UnknownEncodingError: there is no such encoding.

    Node: buf.indexOf
    """
    return _search(data, value, offset, encoding, forward=True)


def _search(
    data: BytesLike, value: Value, offset: int | None, encoding: str, *, forward: bool
) -> int:
    whole = bytes(flat("data", data))
    pattern = pattern_of("value", value, encoding)
    # Text of 16-bit units, and bytes that are said to be such, are found where a unit begins.
    wide = not isinstance(value, int) and normalize(encoding) == "utf16le"
    if wide and isinstance(value, str):
        whole = whole[: len(whole) & ~1]
    first = len(whole) if offset is None else offset
    if first < 0:
        first += len(whole)
        if first < 0 and pattern and not forward:
            return -1
    first = min(max(first, 0), len(whole))
    if wide:
        whole = whole[: len(whole) & ~1]
    if not pattern:
        return min(first, len(whole))
    if forward and first + len(pattern) > len(whole):
        return -1
    if wide:
        pattern, first = pattern[: len(pattern) & ~1], first & ~1
        if not pattern:
            return -1
    step = 2 if wide else 1
    while True:
        if forward:
            found = whole.find(pattern, first)
            first = found + 1
        else:
            found = whole.rfind(pattern, 0, first + len(pattern))
            first = found - 1
        if found == -1 or found % step == 0:
            return found


def last_index_of(
    data: BytesLike, value: Value, offset: int | None = None, encoding: str = "utf8"
) -> int:
    """Where `value` last begins, at `offset` or before; -1 if nowhere. Node: buf.lastIndexOf

    Raises:
        InvalidArgTypeError, UnknownEncodingError: as for `index_of`.
    """
    return _search(data, value, offset, encoding, forward=False)


def includes(data: BytesLike, value: Value, offset: int = 0, encoding: str = "utf8") -> bool:
    """Whether `value` is in `data`, from `offset` on. Node: buf.includes

    Raises:
        InvalidArgTypeError, UnknownEncodingError: as for `index_of`.
    """
    return index_of(data, value, offset, encoding) != -1
