"""What may come into a stream: chunks as they are given, made into what is kept of them.

Text goes into a stream of bytes as bytes, and comes out of a stream of text as text, in whatever
encoding each was given: that is all that is here.
"""

from __future__ import annotations

from typing import Protocol

from ..errors import InvalidArgTypeError, StreamNullValuesError, UnknownEncodingError
from .chunks import BYTES_TYPES, Chunk, byte_size
from .encodings import Decoder, encode, is_encoding
from .life import Life

__all__ = ["pushed", "stored", "written"]

_BYTES_OR_TEXT = "of type str or bytes-like (bytes, bytearray, memoryview)"
_CALLBACK_IS_NAMED = "(a callback is given as callback=...)"


class PushedTo(Protocol):
    """What a readable side is to a chunk."""

    @property
    def encoding(self) -> str | None: ...
    @property
    def life(self) -> Life: ...


class WrittenTo(Protocol):
    """What a writable side is to a chunk."""

    @property
    def object_mode(self) -> bool: ...
    @property
    def decode_strings(self) -> bool: ...
    @property
    def default_encoding(self) -> str: ...


def pushed(side: PushedTo, chunk: object, encoding: str, keep: bool = False) -> tuple[Chunk, bool]:
    """A chunk as it goes to the buffer, and whether it is still to be decoded.

    None for what is neither bytes nor text: the stream has failed.

    Args:
        side: where it was pushed.
        chunk: what was pushed.
        encoding: that of `chunk` if it is text.
        keep: take text for a stream of text as it is, whatever its encoding.
    """
    if type(chunk) is str:
        if side.encoding is None:
            return encode(chunk, encoding), True
        if side.encoding != encoding:
            recoded = encode(chunk, encoding)
            return (Decoder(side.encoding).end(recoded), False) if keep else (recoded, True)
        return chunk, False
    if isinstance(chunk, BYTES_TYPES):
        return chunk, True
    side.life.fail(InvalidArgTypeError.given("chunk", _BYTES_OR_TEXT, chunk))
    return None, False


def written(side: WrittenTo, chunk: Chunk, encoding: str | None) -> tuple[Chunk, str | None, int]:
    """What goes to `_write` of a chunk, its encoding, and its size.

    Raises:
        StreamNullValuesError, InvalidArgTypeError, UnknownEncodingError: as `Writable.write`.
    """
    if chunk is None:
        raise StreamNullValuesError
    if callable(encoding):
        # Node takes a callback in this place; here it would be forgotten.
        wanted = f"the name of an encoding {_CALLBACK_IS_NAMED}"
        raise InvalidArgTypeError.given("encoding", wanted, encoding)
    if side.object_mode:
        return chunk, encoding, 1
    if encoding is not None and encoding not in ("", "buffer") and not is_encoding(encoding):
        raise UnknownEncodingError(encoding)
    if type(chunk) is str:
        encoding = encoding or side.default_encoding
        if side.decode_strings:
            chunk, encoding = encode(chunk, encoding), "buffer"
    elif isinstance(chunk, BYTES_TYPES):
        encoding = "buffer"
    elif callable(chunk):
        # Node's end() takes a callback in this place.
        raise InvalidArgTypeError.given("chunk", f"{_BYTES_OR_TEXT} {_CALLBACK_IS_NAMED}", chunk)
    else:
        raise InvalidArgTypeError.given("chunk", _BYTES_OR_TEXT, chunk)
    return chunk, encoding, byte_size(chunk)


def stored(encoding: str) -> str:
    """How Node hands the name of an encoding to `_write`: as given, but for this one."""
    return "utf8" if encoding == "utf-8" else encoding
