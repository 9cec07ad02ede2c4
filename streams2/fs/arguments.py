"""Checks of what `streams2.fs` is given, and the flags of ``open`` by Node's letters."""

from __future__ import annotations

import os
from typing import Any, Union

from ..core.encodings import is_encoding
from ..errors import InvalidArgTypeError, InvalidArgValueError, OutOfRangeError

__all__ = [
    "FilePath",
    "check_encoding",
    "check_fd",
    "check_path",
    "check_position",
    "parse_flags",
    "parse_mode",
]

FilePath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

_LARGEST_POSITION = 2**53 - 1
_LARGEST_FD = 2**31 - 1
_LARGEST_MODE = 2**32 - 1

_READ_SYNC = os.O_RDONLY | getattr(os, "O_SYNC", 0)
_CREATE = os.O_CREAT | os.O_TRUNC
_APPEND = os.O_CREAT | os.O_APPEND
_APPEND_SYNC = _APPEND | getattr(os, "O_SYNC", 0)

_FLAGS = {
    "r": os.O_RDONLY,
    "rs": _READ_SYNC,
    "r+": os.O_RDWR,
    "rs+": os.O_RDWR | _READ_SYNC,
    "w": os.O_WRONLY | _CREATE,
    "wx": os.O_WRONLY | _CREATE | os.O_EXCL,
    "w+": os.O_RDWR | _CREATE,
    "wx+": os.O_RDWR | _CREATE | os.O_EXCL,
    "a": os.O_WRONLY | _APPEND,
    "ax": os.O_WRONLY | _APPEND | os.O_EXCL,
    "as": os.O_WRONLY | _APPEND_SYNC,
    "a+": os.O_RDWR | _APPEND,
    "ax+": os.O_RDWR | _APPEND | os.O_EXCL,
    "as+": os.O_RDWR | _APPEND_SYNC,
}
# Node takes the two letters in either order.
_FLAGS.update(
    {name[1] + name[0] + name[2:]: bits for name, bits in _FLAGS.items() if name[1:2].isalpha()}
)


def check_path(path: Any) -> str | bytes:
    """`path` as the system takes it."""
    try:
        plain: str | bytes = os.fspath(path)
    except TypeError:
        raise InvalidArgTypeError.given("path", "str, bytes or os.PathLike", path) from None
    if (b"\0" if isinstance(plain, bytes) else "\0") in plain:  # type: ignore[operator]
        raise InvalidArgValueError.given("path", "without NUL bytes", path)
    return plain


def check_fd(fd: object) -> int | None:
    """`fd` itself: a number that a descriptor can have, or None."""
    return None if fd is None else _whole("fd", fd, _LARGEST_FD)


def check_position(name: str, position: object) -> int:
    """`position` itself: a place in a file, in bytes from its start."""
    return _whole(name, position, _LARGEST_POSITION)


def _whole(name: str, value: object, largest: int) -> int:
    if isinstance(value, float):
        raise OutOfRangeError.given(name, "a whole number", value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidArgTypeError.given(name, "a whole number", value)
    if not 0 <= value <= largest:
        raise OutOfRangeError.given(name, f">= 0 and <= {largest}", value)
    return value


def check_encoding(encoding: object) -> None:
    """Accept an encoding's name, and nothing at all."""
    if encoding is not None and encoding != "" and not is_encoding(encoding):
        raise InvalidArgValueError.given("encoding", "the name of an encoding", encoding)


def parse_flags(flags: object) -> int:
    """What ``open`` is to be told for Node's letters, such as ``"wx"``."""
    if isinstance(flags, float):
        raise OutOfRangeError.given("flags", "a whole number", flags)
    if isinstance(flags, int) and not isinstance(flags, bool):
        return _whole("flags", flags, _LARGEST_FD) | _BINARY
    bits = _FLAGS.get(flags) if isinstance(flags, str) else None
    if bits is None:
        raise InvalidArgValueError.given("flags", f"one of {', '.join(sorted(_FLAGS))}", flags)
    return bits | _BINARY


# Only Windows tells text from other files.
_BINARY: int = getattr(os, "O_BINARY", 0)


def parse_mode(mode: object) -> int:
    """Permissions from a number, or from a string of octal digits."""
    if isinstance(mode, str):
        if not mode or mode.strip("01234567"):
            raise InvalidArgValueError.given("mode", "octal digits", mode)
        mode = int(mode, 8)
    return _whole("mode", mode, _LARGEST_MODE)
