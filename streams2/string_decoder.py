"""Text that arrives as bytes, cut anywhere.

>>> decoder = StringDecoder("utf8")
>>> decoder.write(b"\\xe2\\x82"), decoder.write(b"\\xac"), decoder.end()
('', '€', '')

Node: node:string_decoder
"""

from __future__ import annotations

from .core.encodings import Decoder

__all__ = ["StringDecoder"]


class StringDecoder(Decoder):
    """Decodes chunk by chunk; what a chunk leaves unfinished is held back.

    Args:
        encoding: an encoding's name (default utf8).

    Attributes:
        encoding: the one name that the encoding has here.

    Raises:
        UnknownEncodingError: there is no such encoding.

    Node: string_decoder.StringDecoder. There, the halves of a surrogate pair may come out apart; in
    Python, a character is one.
    """

    __slots__ = ()
