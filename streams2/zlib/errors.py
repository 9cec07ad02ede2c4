"""What goes wrong with compressed data, told as Node tells it."""

from __future__ import annotations

import re
from typing import ClassVar

from ..errors import StreamsError
from . import constants

__all__ = [
    "BrotliInvalidParamError",
    "BufferTooLargeError",
    "TrailingJunkError",
    "ZlibError",
    "ZlibInitializationFailedError",
    "ZstdInvalidParamError",
]


class ZlibError(StreamsError):
    """The data are not what they should be.

    Attributes:
        code: Node's word: ``"Z_DATA_ERROR"``, ``"ERR__ERROR_FORMAT_PADDING_1"``,
            ``"ZSTD_error_prefix_unknown"``, ...
        errno: the library's number for it.
    """

    def __init__(self, message: str, code: str, errno: int) -> None:
        super().__init__(message, code, errno)
        self.code = code
        self.errno = errno


class BufferTooLargeError(StreamsError, ValueError):
    """A one-shot function made more than `max_output_length`."""

    code = "ERR_BUFFER_TOO_LARGE"
    template: ClassVar[str] = "Cannot create a Buffer larger than {} bytes"


class TrailingJunkError(StreamsError, TypeError):
    """Bytes follow the compressed data, and `reject_garbage_after_end` says that none may."""

    code = "ERR_TRAILING_JUNK_AFTER_STREAM_END"
    template: ClassVar[str] = "Trailing junk found after the end of the compressed stream"


class BrotliInvalidParamError(StreamsError, ValueError):
    """Brotli has no such parameter."""

    code = "ERR_BROTLI_INVALID_PARAM"
    template: ClassVar[str] = "{} is not a valid Brotli parameter"


class ZstdInvalidParamError(StreamsError, ValueError):
    """Zstandard has no such parameter."""

    code = "ERR_ZSTD_INVALID_PARAM"
    template: ClassVar[str] = "{} is not a valid zstd parameter"


class ZlibInitializationFailedError(StreamsError):
    """The library does not take a parameter."""

    code = "ERR_ZLIB_INITIALIZATION_FAILED"
    template: ClassVar[str] = "{}"


_Z_CODES = {
    number: name
    for name, number in vars(constants).items()
    if name in ("Z_NEED_DICT", "Z_ERRNO", "Z_STREAM_ERROR", "Z_DATA_ERROR", "Z_MEM_ERROR")
    or name in ("Z_BUF_ERROR", "Z_VERSION_ERROR")
}

_SAID = re.compile(r"Error (-?\d+) ([^:]*)(?:: (.*))?")


def end_of_file() -> ZlibError:
    """The error for data that are cut off."""
    return z_error(constants.Z_BUF_ERROR, "unexpected end of file")


def z_error(errno: int, message: str) -> ZlibError:
    """The error that zlib has this number for."""
    return ZlibError(message, _Z_CODES.get(errno, "Z_ERRNO"), errno)


def told(error: Exception, has_dictionary: bool) -> ZlibError:
    """What Python's zlib raised, as Node tells it."""
    said = _SAID.match(str(error))
    if said is None and "dictionary" in str(error):
        # PyPy's words.
        return z_error(constants.Z_NEED_DICT, "Bad dictionary")
    if said is None:
        return z_error(constants.Z_STREAM_ERROR, str(error))
    errno, doing, message = int(said[1]), said[2], said[3]
    if "dict" in doing:
        return z_error(constants.Z_NEED_DICT, "Bad dictionary")
    if errno == constants.Z_NEED_DICT:
        return z_error(errno, "Bad dictionary" if has_dictionary else "Missing dictionary")
    return z_error(errno, message or "Zlib error")
