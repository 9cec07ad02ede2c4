"""What may be given to the functions of this room, as bytes; and what they give, as text."""

from __future__ import annotations

from typing import Union

from typing_extensions import TypedDict

from ..core.chunks import BYTES_TYPES, flat_view
from ..core.encodings import BytesLike, decode, encode, is_encoding
from ..errors import InvalidArgTypeError, InvalidArgValueError
from ..events.abort import AbortSignal

__all__ = ["Data", "Output", "StreamOptions", "as_bytes", "as_output"]

Data = Union[BytesLike, str]
Output = Union[bytes, str]


class StreamOptions(TypedDict, total=False):
    """What can be said of each of these streams, as of any `Transform`."""

    high_water_mark: int | None
    readable_high_water_mark: int | None
    writable_high_water_mark: int | None
    encoding: str | None
    default_encoding: str | None
    decode_strings: bool
    emit_close: bool
    auto_destroy: bool
    allow_half_open: bool
    signal: AbortSignal | None
    capture_rejections: bool | None


def as_bytes(name: str, value: object, encoding: str | None = None) -> bytes:
    """The bytes of `value`, given as the argument `name`; text is in `encoding`, or UTF-8."""
    if isinstance(value, str):
        if encoding and encoding.lower() == "hex" and len(value) % 2:
            wanted = f"one that {name} can be of; this is no whole number of bytes"
            raise InvalidArgValueError.given("encoding", wanted, encoding)
        return encode(value, encoding if encoding and is_encoding(encoding) else "utf8")
    if not isinstance(value, BYTES_TYPES):
        raise InvalidArgTypeError.given(name, "text, bytes, a bytearray or a memoryview", value)
    return bytes(flat_view(value))


def as_output(made: bytes, encoding: str | None) -> Output:
    """`made` as text, if `encoding` is an encoding's name."""
    return decode(made, encoding) if encoding and is_encoding(encoding) else made
