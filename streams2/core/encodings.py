"""Text to bytes and back by Node's encoding names, whole or chunk by chunk.

    >>> encode("€", "utf8")
    b'\\xe2\\x82\\xac'
    >>> decode(b"\\xe2\\x82\\xac", "base64")
    '4oKs'
    >>> decoder = Decoder("utf8")
    >>> decoder.write(b"\\xe2\\x82"), decoder.write(b"\\xac"), decoder.end()
    ('', '€', '')

JavaScript text is a row of 16-bit units, Python text a row of code points. `encode` sees the
text as JavaScript would: a character above U+FFFF is two units, and two lone surrogates that
make a pair are that character. `decode` joins every pair into its character and keeps a
surrogate that has no partner as a lone code point, which only utf16le can produce.
"""

from __future__ import annotations

import binascii
from typing import Callable, Literal, Union

from ..errors import InvalidArgTypeError, UnknownEncodingError

__all__ = ["BytesLike", "Decoder", "Encoding", "decode", "encode", "is_encoding", "normalize"]

BytesLike = Union[bytes, bytearray, memoryview]

Encoding = Union[
    Literal[
        "utf8",
        "utf16le",
        "latin1",
        "ascii",
        "base64",
        "base64url",
        "hex",
        "buffer",
    ],
    str,
]
"""The name of an encoding; what `_write` is told of bytes is ``"buffer"``. Any case will do, and so
do Node's other names (``"utf-8"``, ``"binary"``, ``"ucs2"``, ...): it is text to a type checker."""

_CANONICAL: dict[str, str] = {
    "utf8": "utf8",
    "utf-8": "utf8",
    "ucs2": "utf16le",
    "ucs-2": "utf16le",
    "utf16le": "utf16le",
    "utf-16le": "utf16le",
    "latin1": "latin1",
    "binary": "latin1",
    "ascii": "ascii",
    "base64": "base64",
    "base64url": "base64url",
    "hex": "hex",
}

_BASE64_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64_CHARACTERS))
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


def is_encoding(name: object) -> bool:
    """Whether `name` names an encoding, in upper or lower case.

    Args:
        name: anything; only a non-empty string can be an encoding's name.

    Returns:
        True when `encode` and `decode` know the encoding.

    Node: `Buffer.isEncoding`.

    >>> is_encoding("UTF-8"), is_encoding("utf16be"), is_encoding(8)
    (True, False, False)
    """
    return isinstance(name, str) and name.lower() in _CANONICAL


def normalize(name: str) -> str:
    """The one name Node reports for an encoding that has several.

    Args:
        name: an encoding's name in upper or lower case; `""` means utf8.

    Returns:
        `"utf8"`, `"utf16le"`, `"latin1"`, `"ascii"`, `"base64"`, `"base64url"` or `"hex"`.

    Raises:
        UnknownEncodingError: no encoding has this name.

    Node: `string_decoder.StringDecoder.encoding`, `readable.readableEncoding`.

    >>> normalize("Binary"), normalize("ucs2")
    ('latin1', 'utf16le')
    """
    return _canonical(name) if name != "" else "utf8"


def encode(text: str, encoding: str = "utf8") -> bytes:
    """The bytes of `text`.

    Args:
        text: what to encode. Nothing in it is an error: a lone surrogate becomes U+FFFD in
            utf8; latin1 and ascii keep each unit's low byte; base64 and base64url accept both
            alphabets, skip what is in neither and stop at the first `=`; hex stops before the
            first pair that is not two hexadecimal digits.
        encoding: an encoding's name, utf8 by default.

    Returns:
        The encoded text.

    Raises:
        InvalidArgTypeError: `text` is not a string.
        UnknownEncodingError: no encoding has this name.

    Node: `Buffer.from(text, encoding)`.

    >>> encode("aGk gdGhlcmU=", "base64"), encode("c0ffee!", "hex")
    (b'hi there', b'\\xc0\\xff\\xee')
    """
    if not isinstance(text, str):
        raise InvalidArgTypeError.given("text", "a string", text)
    return _ENCODERS[normalize(encoding)](text)


def decode(data: BytesLike, encoding: str = "utf8") -> str:
    """The text that `data` spells.

    Args:
        data: bytes, or a bytearray or memoryview of any shape and item format.
        encoding: an encoding's name, utf8 by default.

    Returns:
        The text. Nothing in `data` is an error: each longest run of bytes that begins a
        character in utf8 and does not finish it becomes one U+FFFD; ascii drops the high bit;
        an odd last byte of utf16le is dropped.

    Raises:
        InvalidArgTypeError: `data` is not bytes.
        UnknownEncodingError: no encoding has this name, `""` included.

    Node: `buffer.toString(encoding)`.

    >>> decode(b"caf\\xc3"), decode(b"caf\\xe9", "latin1"), decode(b"\\xfb\\xff", "base64url")
    ('caf\ufffd', 'café', '-_8')
    """
    return _DECODERS[_canonical(encoding)](_flat(data))


class Decoder:
    """Decodes a text that arrives in chunks, cut anywhere.

    A character, a surrogate pair or a group of three bytes in base64 that a chunk leaves
    unfinished is held back until the next chunk finishes it or `end` gives it up.

    Args:
        encoding: an encoding's name in upper or lower case, utf8 by default.

    Raises:
        UnknownEncodingError: no encoding has this name.

    Node: `string_decoder.StringDecoder`. One difference: Node lets the halves of a surrogate
    pair out in two strings when a chunk ends between the bytes of a unit. Joined again they are
    the character in JavaScript, but never in Python, so here a pair stays whole.

    >>> decoder = Decoder("base64")
    >>> decoder.write(b"ab"), decoder.write(b"cd"), decoder.end()
    ('', 'YWJj', 'ZA==')
    """

    __slots__ = ("_decode", "_held", "_unfinished", "encoding")

    def __init__(self, encoding: str = "utf8") -> None:
        self.encoding = normalize(encoding)
        self._decode = _DECODERS[self.encoding]
        self._unfinished = _UNFINISHED.get(self.encoding)
        self._held = b""

    def write(self, data: BytesLike | str) -> str:
        """Decode the next chunk.

        Args:
            data: the chunk. A string is already text and comes back as it is.

        Returns:
            The text that is complete so far and was not returned before, possibly empty.

        Raises:
            InvalidArgTypeError: `data` is neither bytes nor a string.

        Node: `stringDecoder.write`.
        """
        if isinstance(data, str):
            return data
        chunk = _flat(data)
        if self._held:
            chunk = self._held + chunk
        unfinished = self._unfinished(chunk) if self._unfinished else 0
        if not unfinished:
            self._held = b""
            return self._decode(chunk)
        complete = len(chunk) - unfinished
        self._held = bytes(chunk[complete:])
        return self._decode(chunk[:complete])

    def end(self, data: BytesLike | str | None = None) -> str:
        """Decode the last chunk and whatever was held back; the decoder is then as new.

        Args:
            data: the last chunk, or None when it was already written.

        Returns:
            The rest of the text: U+FFFD for an unfinished utf8 character, the padded group of
            an unfinished base64 one, the lone surrogate of an unfinished pair.

        Raises:
            InvalidArgTypeError: `data` is neither bytes, a string nor None.

        Node: `stringDecoder.end`.
        """
        text = "" if data is None else self.write(data)
        held, self._held = self._held, b""
        return text + self._decode(held) if held else text


def _canonical(name: str) -> str:
    canonical = _CANONICAL.get(name.lower()) if isinstance(name, str) else None
    if canonical is None:
        raise UnknownEncodingError(name)
    return canonical


def _flat(data: BytesLike) -> BytesLike:
    """`data` as a row of single bytes, uncopied unless its layout forbids it."""
    if isinstance(data, (bytes, bytearray)):
        return data
    if isinstance(data, memoryview):
        plain = data.format == "B" and data.ndim == 1 and data.c_contiguous
        return data if plain else data.tobytes()
    raise InvalidArgTypeError.given("data", "bytes, a bytearray or a memoryview", data)


def _utf16_units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _low_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return _utf16_units(text)[::2]


def _encode_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _utf16_units(text).decode("utf-16-le", "replace").encode()


def _encode_base64(text: str) -> bytes:
    digits = _low_bytes(text).partition(b"=")[0].translate(_FROM_URL_SAFE, _NOT_BASE64)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _encode_hex(text: str) -> bytes:
    digits = _low_bytes(text)
    first_bad = len(digits) - len(digits.lstrip(_HEX_DIGITS))
    return bytes.fromhex(digits[: first_bad & ~1].decode("ascii"))


def _decode_utf8(data: BytesLike) -> str:
    return str(data, "utf-8", "replace")


def _decode_utf16(data: BytesLike) -> str:
    even = len(data) & ~1
    return str(data if even == len(data) else data[:even], "utf-16-le", "surrogatepass")


def _decode_latin1(data: BytesLike) -> str:
    return str(data, "latin-1")


def _decode_ascii(data: BytesLike) -> str:
    return bytes(data).translate(_SEVEN_BITS).decode("ascii")


def _decode_base64(data: BytesLike) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _decode_base64url(data: BytesLike) -> str:
    padded = binascii.b2a_base64(data, newline=False)
    return padded.translate(_TO_URL_SAFE).rstrip(b"=").decode("ascii")


def _decode_hex(data: BytesLike) -> str:
    return data.hex()


def _unfinished_utf8(data: BytesLike) -> int:
    """How many bytes at the end begin a character whose length they do not reach.

    Only the first byte's promise of a length counts, as in Node: bytes that no continuation
    could make valid are held back all the same, and spelt as U+FFFD one chunk later.
    """
    for back in range(1, min(len(data), 3) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            promised = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
            return back if 0xC0 <= byte < 0xF8 and promised > back else 0
    return 0


def _unfinished_utf16(data: BytesLike) -> int:
    odd = len(data) & 1
    even = len(data) - odd
    ends_with_high_surrogate = even and data[even - 1] & 0xFC == 0xD8
    return odd + 2 if ends_with_high_surrogate else odd


def _unfinished_base64(data: BytesLike) -> int:
    return len(data) % 3


_ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf8": _encode_utf8,
    "utf16le": _utf16_units,
    "latin1": _low_bytes,
    "ascii": _low_bytes,
    "base64": _encode_base64,
    "base64url": _encode_base64,
    "hex": _encode_hex,
}

_DECODERS: dict[str, Callable[[BytesLike], str]] = {
    "utf8": _decode_utf8,
    "utf16le": _decode_utf16,
    "latin1": _decode_latin1,
    "ascii": _decode_ascii,
    "base64": _decode_base64,
    "base64url": _decode_base64url,
    "hex": _decode_hex,
}

_UNFINISHED: dict[str, Callable[[BytesLike], int]] = {
    "utf8": _unfinished_utf8,
    "utf16le": _unfinished_utf16,
    "base64": _unfinished_base64,
    "base64url": _unfinished_base64,
}
