"""AES, as streams and call by call, by the extra `cryptography`.

What has a tag (gcm) is authentic only when `final` has said so.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, cast

from ..core.calling import TransformCallback
from ..core.chunks import Chunk
from ..core.encodings import Decoder
from ..errors import InvalidArgTypeError, InvalidArgValueError, is_whole
from ..events.naming import by_name
from ..streams.transform import Transform
from .arguments import Data, Output, StreamOptions, as_bytes
from .errors import (
    BadDecryptError,
    CryptoError,
    InvalidAuthTagError,
    InvalidIvError,
    InvalidKeyLengthError,
    InvalidStateError,
    UnknownCipherError,
    WrongFinalBlockLengthError,
)

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["Cipheriv", "Decipheriv", "create_cipheriv", "create_decipheriv"]

_BLOCK = 16
_KEYS = {"aes-128": 16, "aes-192": 24, "aes-256": 32}
_MODES = ("cbc", "ctr", "gcm")
# OpenSSL's short names.
_SHORT = {"aes128": "aes-128-cbc", "aes192": "aes-192-cbc", "aes256": "aes-256-cbc"}
_LONGEST_GCM_IV = 128
_TAGS = (4, 8, 12, 13, 14, 15, 16)


class Context(Protocol):
    """What `cryptography` encrypts and decrypts with."""

    def update(self, data: bytes) -> bytes: ...

    def finalize(self) -> bytes: ...

    def authenticate_additional_data(self, data: bytes) -> None: ...

    @property
    def tag(self) -> bytes: ...

    def finalize_with_tag(self, tag: bytes) -> bytes: ...


def _library() -> ModuleType:
    try:
        return importlib.import_module("cryptography.hazmat.primitives.ciphers")
    except ImportError as error:
        hint = "Ciphers need cryptography: pip install 'streams2[crypto]'"
        raise ImportError(hint) from error


class Coder:
    """A cipher at work, beneath a stream.

    Args:
        algorithm: Node's name: ``"aes-256-gcm"``.
        key, iv: bytes of the lengths that it takes.
        tag_length: how many bytes a tag has, or None.
        encrypts: which way.
    """

    def __init__(
        self, algorithm: str, key: bytes, iv: bytes, tag_length: int | None, encrypts: bool
    ) -> None:
        name = algorithm.lower()
        family, _, self.mode = _SHORT.get(name, name).rpartition("-")
        if family not in _KEYS or self.mode not in _MODES:
            raise UnknownCipherError
        fits = 0 < len(iv) <= _LONGEST_GCM_IV if self.mode == "gcm" else len(iv) == _BLOCK
        if not fits:
            raise InvalidIvError
        if len(key) != _KEYS[family]:
            raise InvalidKeyLengthError
        if tag_length is not None and not is_whole(tag_length):
            raise InvalidArgValueError.given("auth_tag_length", "a whole number", tag_length)
        if self.mode == "gcm" and tag_length is not None and tag_length not in _TAGS:
            raise InvalidAuthTagError(tag_length)
        self.tag_length = tag_length
        self.encrypts = encrypts
        self.context = self.begin(key, iv)
        self.pads = self.mode == "cbc"
        self.held = b""
        self.begun = self.ended = False
        self.tag: bytes | None = None
        self.decoder: Decoder | None = None

    def begin(self, key: bytes, iv: bytes) -> Context:
        """The library's own cipher."""
        ciphers = _library()
        modes = importlib.import_module("cryptography.hazmat.primitives.ciphers.modes")
        aes = ciphers.algorithms.AES(key)
        if self.mode == "gcm" and len(iv) < 8:
            raise CryptoError("cryptography takes no initialization vector below 8 bytes for gcm")
        if self.mode == "gcm":
            mode = modes.GCM(iv, min_tag_length=min(_TAGS))
        else:
            mode = {"cbc": modes.CBC, "ctr": modes.CTR}[self.mode](iv)
        cipher = ciphers.Cipher(aes, mode)
        return cast(Context, cipher.encryptor() if self.encrypts else cipher.decryptor())

    def update(self, data: bytes) -> bytes:
        """What comes of more data."""
        if self.ended:
            raise CryptoError("Trying to add data in unsupported state")
        self.begun = True
        if self.mode != "cbc":
            return self.context.update(data)
        # The last block stays: only at the end it is known to be the last.
        self.held += data
        whole = len(self.held) // _BLOCK * _BLOCK
        if not self.encrypts and self.pads and whole == len(self.held):
            whole = max(whole - _BLOCK, 0)
        ready, self.held = self.held[:whole], self.held[whole:]
        return self.context.update(ready)

    def final(self) -> bytes:
        """What comes at the end."""
        if self.ended:
            raise InvalidStateError("")
        self.ended = True
        if self.mode == "gcm":
            return self.final_of_gcm()
        if self.mode == "ctr":
            return self.context.finalize()
        if self.encrypts and self.pads:
            lacking = _BLOCK - len(self.held)
            self.held += bytes([lacking]) * lacking
        if len(self.held) % _BLOCK or (self.pads and not self.held):
            raise WrongFinalBlockLengthError
        made = self.context.update(self.held) + self.context.finalize()
        return made if self.encrypts or not self.pads else _without_padding(made)

    def final_of_gcm(self) -> bytes:
        """What comes at the end, if all was authentic."""
        if self.encrypts:
            made = self.context.finalize()
            self.tag = self.context.tag[: self.tag_length]
            return made
        problem = CryptoError("Unsupported state or unable to authenticate data")
        if self.tag is None:
            raise problem
        try:
            return self.context.finalize_with_tag(self.tag)
        except Exception:
            raise problem from None

    def authenticate(self, data: bytes) -> None:
        """Vouch for `data`, which are not encrypted."""
        if self.mode != "gcm" or self.begun or self.ended:
            raise InvalidStateError(" for operation setAAD")
        self.context.authenticate_additional_data(data)

    def take_tag(self, tag: bytes) -> None:
        """Take the tag that all has to be authentic by."""
        if self.mode != "gcm" or self.ended or self.tag is not None:
            raise InvalidStateError(" for operation setAuthTag")
        if len(tag) not in _TAGS or len(tag) != (self.tag_length or _BLOCK):
            raise InvalidAuthTagError(len(tag))
        self.tag = tag

    def text(self, made: bytes, encoding: str | None, is_last: bool) -> Output:
        """`made` in an encoding, which has to be the same each time."""
        if not encoding or encoding == "buffer":
            return made
        if self.decoder is None:
            self.decoder = Decoder(encoding)
        elif self.decoder.encoding != Decoder(encoding).encoding:
            wanted = f"{self.decoder.encoding!r}, as before"
            raise InvalidArgValueError.given("output_encoding", wanted, encoding)
        return self.decoder.end(made) if is_last else self.decoder.write(made)


def _without_padding(made: bytes) -> bytes:
    count = made[-1]
    if not 0 < count <= _BLOCK or made[-count:] != bytes([count]) * count:
        raise BadDecryptError
    return made[:-count]


class CipherBase(Transform[Data, bytes]):
    """What encrypting and decrypting have in common."""

    def __init__(self, coder: Coder, options: StreamOptions | None = None) -> None:
        super().__init__(**(options or {}))
        self._life.own = coder

    def update(
        self,
        data: Data,
        input_encoding: str | None = None,
        output_encoding: str | None = None,
    ) -> Output:
        """What comes of more data.

        Args:
            data: bytes, or text.
            input_encoding: the encoding of the text (default utf8).
            output_encoding: the encoding of what comes of it (default: bytes).

        Raises:
            InvalidArgTypeError: `data` is neither bytes nor text.
            CryptoError: `final` was called before.

        Node: cipher.update
        """
        coder = coder_of(self)
        return coder.text(
            coder.update(as_bytes("data", data, input_encoding)), output_encoding, is_last=False
        )

    def final(self, output_encoding: str | None = None) -> Output:
        """What comes at the end.

        Args:
            output_encoding: as for `update`.

        Raises:
            InvalidStateError: it was called before.
            WrongFinalBlockLengthError: the data do not fill the last block.
            BadDecryptError: the key is another one, or the data were changed.
            CryptoError: the data are not authentic.

        Node: cipher.final
        """
        coder = coder_of(self)
        return coder.text(coder.final(), output_encoding, is_last=True)

    def set_auto_padding(self, auto_padding: bool = True) -> Self:
        """Say whether the last block is filled up, and emptied again (default True).

        Raises:
            InvalidStateError: `final` was called before.

        Node: cipher.setAutoPadding
        """
        coder = coder_of(self)
        if coder.ended:
            raise InvalidStateError(" for operation setAutoPadding")
        coder.pads = bool(auto_padding) and coder.mode == "cbc"
        return self

    def set_aad(self, buffer: Data, encoding: str | None = None) -> Self:
        """Vouch for data that are not encrypted, before anything is.

        Args:
            buffer: bytes, or text.
            encoding: the encoding of the text (default utf8).

        Raises:
            InvalidArgTypeError: `buffer` is neither bytes nor text.
            InvalidStateError: it is too late, or the cipher has no tag.

        Node: cipher.setAAD
        """
        coder_of(self).authenticate(as_bytes("buffer", buffer, encoding))
        return self

    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        callback(None, coder_of(self).update(as_bytes("chunk", chunk, encoding)) or None)

    def _flush(self, callback: TransformCallback) -> None:
        try:
            made = coder_of(self).final()
        except Exception as error:
            callback(error)
        else:
            callback(None, made or None)


def coder_of(stream: CipherBase) -> Coder:
    """The cipher at work beneath a stream."""
    coder: Coder = stream._life.own
    return coder


class Cipheriv(CipherBase):
    """Encrypts. Use `create_cipheriv`. Node: crypto.Cipheriv"""

    def get_auth_tag(self) -> bytes:
        """What all has to be authentic by, once `final` was called.

        Raises:
            InvalidStateError: it was not, or the cipher has no tag.

        Node: cipher.getAuthTag
        """
        tag = coder_of(self).tag
        if tag is None:
            raise InvalidStateError(" for operation getAuthTag")
        return tag


class Decipheriv(CipherBase):
    """Decrypts. Use `create_decipheriv`. Node: crypto.Decipheriv"""

    def set_auth_tag(self, buffer: Data, encoding: str | None = None) -> Self:
        """Give the tag, before `final`.

        Args:
            buffer: bytes, or text.
            encoding: the encoding of the text (default utf8).

        Raises:
            InvalidArgTypeError: `buffer` is neither bytes nor text.
            InvalidAuthTagError: no tag is so long, or so short.
            InvalidStateError: it was given before, or the cipher has no tag.

        Node: decipher.setAuthTag
        """
        coder_of(self).take_tag(as_bytes("buffer", buffer, encoding))
        return self


def _coder(algorithm: str, key: Data, iv: Data | None, length: int | None, way: bool) -> Coder:
    if not isinstance(algorithm, str):
        raise InvalidArgTypeError.given("cipher", "text", algorithm)
    secret = as_bytes("key", key)
    return Coder(algorithm, secret, b"" if iv is None else as_bytes("iv", iv), length, way)


@by_name
def create_cipheriv(
    algorithm: str,
    key: Data,
    iv: Data | None,
    *,
    auth_tag_length: int | None = None,
    **options: Unpack[StreamOptions],
) -> Cipheriv:
    """A stream that encrypts. Needs ``streams2[crypto]``.

    Args:
        algorithm: ``"aes-128-cbc"``, ...: 128, 192 or 256, and cbc, ctr or gcm.
        key: bytes, or text: 16, 24 or 32 bytes, as the algorithm says.
        iv: bytes, or text: 16 bytes; for gcm from 8 to 128, as a rule 12. Never the same again.
        auth_tag_length: how many bytes the tag of gcm has (default 16).
        options: those of a `Transform`: `high_water_mark`, `encoding`, ...

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        UnknownCipherError: there is no such algorithm here.
        InvalidKeyLengthError: the key is too short or too long.
        InvalidIvError: the vector is.
        InvalidAuthTagError: the tag would be.
        ImportError: `cryptography` is not installed.

    Node: crypto.createCipheriv
    """
    return Cipheriv(_coder(algorithm, key, iv, auth_tag_length, True), options)


@by_name
def create_decipheriv(
    algorithm: str,
    key: Data,
    iv: Data | None,
    *,
    auth_tag_length: int | None = None,
    **options: Unpack[StreamOptions],
) -> Decipheriv:
    """A stream that decrypts. Needs ``streams2[crypto]``.

    Args:
        algorithm, key, iv, auth_tag_length: what the data were encrypted with.
        options: those of a `Transform`: `high_water_mark`, `encoding`, ...

    Raises:
        Exception: as for `create_cipheriv`.

    Node: crypto.createDecipheriv
    """
    return Decipheriv(_coder(algorithm, key, iv, auth_tag_length, False), options)
