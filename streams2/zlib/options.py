"""The options of compression, and what is said of one that will not do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, TypedDict

from ..core.chunks import BYTES_TYPES, flat_view
from ..core.encodings import BytesLike, encode
from ..errors import InvalidArgTypeError, OutOfRangeError, is_number
from ..events.abort import AbortSignal
from ..events.naming import snake_case
from . import constants
from .errors import BrotliInvalidParamError, ZstdInvalidParamError

__all__ = ["BrotliOptions", "Common", "StreamOptions", "ZlibOptions", "ZstdOptions"]


class StreamOptions(TypedDict, total=False):
    """What can be said of each of these streams.

    Attributes:
        chunk_size: how many bytes of output there are at a time, 64 or more (default 16 KiB).
        flush, finish_flush: what follows each chunk of input, and the last one: the library's
            numbers, in `constants`.
        dictionary: bytes that the data are likely to repeat; to decompress takes the same.
        max_output_length: how many bytes a one-shot function may make (default: any number).
        info: whether a one-shot function returns an `Info` (default False).
        reject_garbage_after_end: whether bytes after the compressed data are an error (default
            False).
        high_water_mark, ...: as for `Transform`.
    """

    chunk_size: int
    flush: int
    finish_flush: int
    dictionary: BytesLike
    max_output_length: int
    info: bool
    reject_garbage_after_end: bool
    high_water_mark: int | None
    readable_high_water_mark: int | None
    writable_high_water_mark: int | None
    default_encoding: str
    emit_close: bool
    auto_destroy: bool
    allow_half_open: bool
    signal: AbortSignal | None
    capture_rejections: bool | None


class ZlibOptions(StreamOptions, total=False):
    """The options of gzip, deflate and raw deflate.

    Attributes:
        level: from 0 (none) and 1 (fast) to 9 (small); -1, the default, is 6.
        mem_level: from 1 to 9 (default 8).
        strategy: from 0 to 4 (default 0).
        window_bits: from 8 to 15 (default 15); to decompress, 0 for what the data say.
    """

    level: int
    mem_level: int
    strategy: int
    window_bits: int


class BrotliOptions(StreamOptions, total=False):
    """The options of Brotli.

    Attributes:
        params: values by the numbers of their parameters, such as
            ``{constants.BROTLI_PARAM_QUALITY: 4}``.
    """

    params: Mapping[int, int] | None


class ZstdOptions(StreamOptions, total=False):
    """The options of Zstandard.

    Attributes:
        params: values by the numbers of their parameters, such as
            ``{constants.ZSTD_c_compressionLevel: 9}``.
        pledged_src_size: how many bytes are to be compressed, if that is known.
    """

    params: Mapping[int, int] | None
    pledged_src_size: int


# How much Node says that there may be at the most.
_LARGEST = 2**53 - 1

_OF_STREAMS = (
    *("high_water_mark", "readable_high_water_mark", "writable_high_water_mark", "signal"),
    *("default_encoding", "emit_close", "auto_destroy", "allow_half_open", "capture_rejections"),
)


class Common(NamedTuple):
    """What every kind has, checked."""

    chunk_size: int
    flush: int
    finish_flush: int
    dictionary: bytes
    max_output_length: float
    info: bool
    reject_garbage_after_end: bool
    of_stream: dict[str, object]


def check_names(name: str, options: Mapping[str, object], known: type) -> None:
    """Refuse an option that there is not, and say how it is called if it has another name here."""
    names: set[str] = set()
    for kind in (known, StreamOptions):
        names.update(kind.__annotations__)
    for option in options:
        if option not in names:
            ours = snake_case(option)
            hint = f". Its name here is {ours!r}" if ours in names else ""
            raise TypeError(f"{name}() got an unexpected keyword argument {option!r}{hint}")


def number(
    options: Mapping[str, object], name: str, least: float, most: float, default: int
) -> int:
    """The number that is given as the option `name`, or `default`."""
    value = options.get(name)
    return default if value is None else checked_number(name, value, least, most, default)


def checked_number(name: str, value: object, least: float, most: float, default: int) -> int:
    """`value` itself, given as `name`, if it is a number from `least` to `most`."""
    if not is_number(value):
        raise InvalidArgTypeError.given(name, "a number", value)
    if math.isnan(value):
        return default
    if math.isinf(value):
        raise OutOfRangeError.given(name, "a finite number", value)
    if not least <= value <= most:
        raise OutOfRangeError.given(name, f">= {least} and <= {most}", value)
    return int(value)


def common(options: Mapping[str, object], most_flush: int, finish: int) -> Common:
    """The options that every kind has.

    Args:
        options: what was given.
        most_flush: the greatest of the library's numbers for a flush.
        finish: the one that ends the data.
    """
    rejects = options.get("reject_garbage_after_end")
    if rejects is not None and not isinstance(rejects, bool):
        raise InvalidArgTypeError.given("reject_garbage_after_end", "a bool", rejects)
    most = number(options, "max_output_length", 1, _LARGEST, 0)
    return Common(
        number(options, "chunk_size", constants.Z_MIN_CHUNK, _LARGEST, constants.Z_DEFAULT_CHUNK),
        number(options, "flush", 0, most_flush, 0),
        number(options, "finish_flush", 0, most_flush, finish),
        _dictionary(options.get("dictionary")),
        most or math.inf,
        bool(options.get("info")),
        bool(rejects),
        {name: options[name] for name in _OF_STREAMS if name in options},
    )


def _dictionary(value: object) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, BYTES_TYPES):
        raise InvalidArgTypeError.given("dictionary", "bytes, a bytearray or a memoryview", value)
    return bytes(flat_view(value))


_UNSET = -1
"""The value of a parameter that is as good as not given, in Node."""


def parameters(options: Mapping[str, object], kind: str) -> dict[int, int]:
    """The option `params`: values by number.

    Args:
        options: what was given.
        kind: how the parameters' names begin in `constants`.
    """
    given = options.get("params")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgTypeError.given("params", "a mapping", given)
    # Node knows the numbers up to the greatest; which of them there are is the library's word.
    greatest = max(value for name, value in vars(constants).items() if name.startswith(kind))
    numbers = range(int(greatest) + 1)
    for parameter, value in given.items():
        if parameter not in numbers or isinstance(parameter, bool):
            raise (ZstdInvalidParamError if "ZSTD" in kind else BrotliInvalidParamError)(parameter)
        if not isinstance(value, (int, float)):
            raise InvalidArgTypeError.given("params[key]", "a number or a bool", value)
    return {parameter: int(value) for parameter, value in given.items() if value != _UNSET}


def input_view(name: str, data: object) -> memoryview:
    """`data`, given as the argument `name`, as bytes in a row: text is UTF-8."""
    if isinstance(data, str):
        return memoryview(encode(data))
    if not isinstance(data, BYTES_TYPES):
        wanted = "text, bytes, a bytearray or a memoryview"
        raise InvalidArgTypeError.given(name, wanted, data)
    return flat_view(data)
