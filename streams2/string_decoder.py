"""Text that arrives as bytes, cut anywhere.

>>> decoder = StringDecoder("utf8")
>>> decoder.write(b"\\xe2\\x82"), decoder.write(b"\\xac"), decoder.end()
('', '€', '')

Node: node:string_decoder
"""

from __future__ import annotations

from .core.encodings import BytesLike, Decoder

__all__ = ["StringDecoder"]


class StringDecoder(Decoder):
    """Decodes chunk by chunk; what a chunk leaves unfinished is held back.

    Args:
        encoding: an encoding's name (default utf8).

    Attributes:
        encoding: the one name that the encoding has here.
        last_need: how many bytes would finish what is held back; 0 if nothing is.
        last_total: how many bytes that is then in all; 0 if nothing is held back.
        last_char: four bytes: of the last character that was cut, as much as has come, first.

    Raises:
        UnknownEncodingError: there is no such encoding.

    Node: string_decoder.StringDecoder. There, the halves of a surrogate pair may come out apart; in
    Python, a character is one.
    """

    __slots__ = ("_char",)

    def __init__(self, encoding: str = "utf8") -> None:
        super().__init__(encoding)
        self._char = bytearray(4)

    def write(self, data: BytesLike | str) -> str:
        """Decode the next chunk. As `Decoder.write`. Node: stringDecoder.write"""
        held, need = self._held, self.last_need
        text = super().write(data)
        if held and not isinstance(data, str):
            came = memoryview(data).cast("B")[:need].tobytes()
            self._remember(held + _continuing(came, self.encoding))
        self._remember(self._held)
        return text

    def text(self, data: BytesLike, offset: int = 0) -> str:
        """Forget what was held back, and decode the rest of a chunk.

        Args:
            data: the chunk.
            offset: how many of its bytes to leave out.

        Raises:
            InvalidArgTypeError: `data` is not bytes.

        Node: stringDecoder.text
        """
        self._held = b""
        return self.write(data if isinstance(data, str) else memoryview(data).cast("B")[offset:])

    def _remember(self, part: bytes) -> None:
        self._char[: len(part)] = part

    @property
    def last_need(self) -> int:
        """How many bytes would finish what is held back. Node: stringDecoder.lastNeed"""
        return self.last_total - len(self._held)

    @property
    def last_total(self) -> int:
        """How long what is held back is when it is whole. Node: stringDecoder.lastTotal"""
        held = self._held
        if not held:
            return 0
        if self.encoding == "utf8":
            return 4 if held[0] >= 0xF0 else 3 if held[0] >= 0xE0 else 2
        if self.encoding == "utf16le":
            return 4 if len(held) > 1 else 2
        return 3

    @property
    def last_char(self) -> bytes:
        """The bytes of what was cut last, and zeros. Node: stringDecoder.lastChar"""
        return bytes(self._char)


def _continuing(data: bytes, encoding: str) -> bytes:
    """Those at the beginning that can go on with a character."""
    if encoding != "utf8":
        return data
    for place, byte in enumerate(data):
        if byte & 0xC0 != 0x80:
            return data[:place]
    return data
