"""Bytes by chance, and a comparison that takes as long whatever it compares."""

from __future__ import annotations

import hmac
import os
from typing import Callable, Optional, overload

from ..core.chunks import BYTES_TYPES, flat_view
from ..core.encodings import BytesLike
from ..errors import InvalidArgTypeError, OutOfRangeError, expect_function, is_number
from ..io.answers import answer_soon
from .errors import TimingSafeEqualLengthError

__all__ = ["random_bytes", "timing_safe_equal"]

_MOST = 2**31 - 1

RandomCallback = Callable[[Optional[BaseException], bytes], object]


@overload
def random_bytes(size: int, callback: None = ...) -> bytes: ...


@overload
def random_bytes(size: int, callback: RandomCallback) -> None: ...


def random_bytes(size: int, callback: RandomCallback | None = None) -> bytes | None:
    """Bytes that nobody can foresee.

    Args:
        size: how many.
        callback: called with None and the bytes, when the loop turns.

    Returns:
        The bytes, or with a callback nothing.

    Raises:
        InvalidArgTypeError: `size` is no number, or the callback cannot be called.
        OutOfRangeError: there cannot be so many.

    Node: crypto.randomBytes

    >>> len(random_bytes(16))
    16
    """
    if not is_number(size):
        raise InvalidArgTypeError.given("size", "a number", size)
    if not 0 <= size <= _MOST:
        raise OutOfRangeError.given("size", f">= 0 and <= {_MOST}", size)
    if callback is None:
        return os.urandom(int(size))
    answer_soon(expect_function("callback", callback), None, os.urandom(int(size)))
    return None


def timing_safe_equal(buf1: BytesLike, buf2: BytesLike) -> bool:
    """Whether both are the same; how long that takes tells nobody where they differ.

    Raises:
        InvalidArgTypeError: one of them is not bytes.
        TimingSafeEqualLengthError: one is longer.

    Node: crypto.timingSafeEqual
    """
    for name, value in (("buf1", buf1), ("buf2", buf2)):
        if not isinstance(value, BYTES_TYPES):
            raise InvalidArgTypeError.given(name, "bytes, a bytearray or a memoryview", value)
    one, other = flat_view(buf1), flat_view(buf2)
    if len(one) != len(other):
        raise TimingSafeEqualLengthError
    return hmac.compare_digest(one, other)
