"""A checksum, and the words for zlib's numbers."""

from __future__ import annotations

import zlib
from typing import Union

from ..core.encodings import BytesLike
from ..errors import InvalidArgTypeError, OutOfRangeError, is_number, is_whole
from . import constants
from .options import input_view

__all__ = ["codes", "crc32"]

_LARGEST = 2**32 - 1
_NAMES = (
    *("Z_OK", "Z_STREAM_END", "Z_NEED_DICT", "Z_ERRNO", "Z_STREAM_ERROR", "Z_DATA_ERROR"),
    *("Z_MEM_ERROR", "Z_BUF_ERROR", "Z_VERSION_ERROR"),
)

codes: dict[Union[str, int], Union[str, int]] = {}  # noqa: UP007
for _name in _NAMES:
    codes[_name] = getattr(constants, _name)
    codes[codes[_name]] = _name


def crc32(data: BytesLike | str, value: int = 0) -> int:
    """The CRC-32 of `data`.

    Args:
        data: bytes, or text, which is encoded as UTF-8.
        value: the CRC of what comes before (default 0).

    Raises:
        InvalidArgTypeError: `data` is neither, or `value` is no number.
        OutOfRangeError: `value` is no whole number of 32 bits.

    Node: zlib.crc32

    >>> crc32(" world", crc32("hello")) == crc32("hello world")
    True
    """
    if not is_number(value):
        raise InvalidArgTypeError.given("value", "a number", value)
    if not is_whole(value) or not 0 <= value <= _LARGEST:
        raise OutOfRangeError.given("value", f"a whole number >= 0 and <= {_LARGEST}", value)
    return zlib.crc32(input_view("data", data), value)
