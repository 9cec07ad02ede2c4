"""What may be given to the functions of this room, and what is said of what may not."""

from __future__ import annotations

import math
from typing import Union

from ..core.chunks import BYTES_TYPES, flat_view
from ..core.encodings import BytesLike, encode
from ..errors import BufferOutOfBoundsError, InvalidArgTypeError, OutOfRangeError, is_whole

__all__ = ["Memory", "Value"]

Value = Union[str, BytesLike, int]
"""What is looked for, or filled in: text, bytes, or one byte as a number."""

Memory = Union[bytearray, memoryview]
"""What can be written into."""

# How far a number in JavaScript is exact; Node takes no size and no length beyond it.
_LARGEST = 2**53 - 1


def expect_bytes(name: str, value: BytesLike) -> BytesLike:
    """`value` itself, given as the argument `name`, if it is bytes."""
    if not isinstance(value, BYTES_TYPES):
        raise InvalidArgTypeError.given(name, "bytes, a bytearray or a memoryview", value)
    return value


def flat(name: str, value: BytesLike) -> memoryview:
    """The bytes of `value`, one after the other."""
    return flat_view(expect_bytes(name, value))


def as_number(value: object) -> int:
    """A number of JavaScript's as a byte is made of it: what is behind the point is dropped."""
    if not isinstance(value, (int, float)) or value != value or value in (math.inf, -math.inf):
        raise InvalidArgTypeError.given("value", "an iterable of numbers", value)
    return int(value)


def pattern_of(name: str, value: Value, encoding: str) -> bytes:
    """The bytes that `value` stands for, where it is looked for or filled in."""
    if isinstance(value, str):
        return encode(value, encoding)
    if isinstance(value, BYTES_TYPES):
        return bytes(value)
    if isinstance(value, (int, float)):
        return bytes([as_number(value) & 0xFF])
    raise InvalidArgTypeError.given(name, "text, bytes or a number", value)


def expect_length(name: str, value: int) -> int:
    """`value` itself, if it is a whole number that a size or a length can be."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InvalidArgTypeError.given(name, "a whole number", value)
    if not is_whole(value) or not 0 <= value <= _LARGEST:
        raise OutOfRangeError.given(name, "a whole number >= 0", value)
    return value


def within(name: str, value: int, most: int) -> None:
    """Check that `value` is a position from 0 to `most`."""
    between(name, value, 0, most)


def between(name: str, value: int, least: int, most: int) -> None:
    """Check that `value` is a whole number from `least` to `most`."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InvalidArgTypeError.given(name, "a whole number", value)
    if not is_whole(value):
        raise OutOfRangeError.given(name, "a whole number", value)
    if not least <= value <= most:
        raise OutOfRangeError.given(name, f">= {least} and <= {most}", value)


def fits(data: BytesLike, offset: int, size: int) -> None:
    """Check that `size` bytes at `offset` lie within `data`."""
    room = len(flat("data", data)) - size
    if is_whole(offset) and room < 0:
        raise BufferOutOfBoundsError
    between("offset", offset, 0, max(room, 0))
