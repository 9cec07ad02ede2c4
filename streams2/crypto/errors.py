"""What goes wrong with digests and ciphers, told as Node tells it."""

from __future__ import annotations

from typing import ClassVar

from ..errors import StreamsError

__all__ = [
    *("BadDecryptError", "CryptoError", "HashFinalizedError", "InvalidAuthTagError"),
    *("InvalidDigestError", "InvalidIvError", "InvalidKeyLengthError", "InvalidStateError"),
    *("NotXofError", "TimingSafeEqualLengthError", "UnknownCipherError"),
    "WrongFinalBlockLengthError",
]


class CryptoError(StreamsError):
    """What Node has no code for: an unknown algorithm of a hash, data that are not authentic."""


class HashFinalizedError(StreamsError):
    """The digest was asked for already, and nothing can be added."""

    code = "ERR_CRYPTO_HASH_FINALIZED"
    template: ClassVar[str] = "Digest already called"


class InvalidDigestError(StreamsError, TypeError):
    """There is no such algorithm for a keyed digest."""

    code = "ERR_CRYPTO_INVALID_DIGEST"
    template: ClassVar[str] = "Invalid digest: {}"


class NotXofError(StreamsError):
    """The digest of this algorithm has one length, and it is another one."""

    code = "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH"
    template: ClassVar[str] = "error:030000B2:digital envelope routines::not XOF or invalid length"


class TimingSafeEqualLengthError(StreamsError, ValueError):
    """What is to be compared is not of one length."""

    code = "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH"
    template: ClassVar[str] = "Input buffers must have the same byte length"


class UnknownCipherError(StreamsError):
    """There is no such cipher here."""

    code = "ERR_CRYPTO_UNKNOWN_CIPHER"
    template: ClassVar[str] = "Unknown cipher"


class InvalidKeyLengthError(StreamsError, ValueError):
    """The key is too short or too long for the cipher."""

    code = "ERR_CRYPTO_INVALID_KEYLEN"
    template: ClassVar[str] = "Invalid key length"


class InvalidIvError(StreamsError, TypeError):
    """The initialization vector is too short or too long for the cipher, or missing."""

    code = "ERR_CRYPTO_INVALID_IV"
    template: ClassVar[str] = "Invalid initialization vector"


class InvalidAuthTagError(StreamsError, TypeError):
    """A tag cannot be so long, or so short."""

    code = "ERR_CRYPTO_INVALID_AUTH_TAG"
    template: ClassVar[str] = "Invalid authentication tag length: {}"


class InvalidStateError(StreamsError):
    """It is too early or too late for this, or the cipher has no such thing."""

    code = "ERR_CRYPTO_INVALID_STATE"
    template: ClassVar[str] = "Invalid state{}"


class WrongFinalBlockLengthError(StreamsError):
    """The data do not fill the last block."""

    code = "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH"
    template: ClassVar[str] = "error:1C80006B:Provider routines::wrong final block length"


class BadDecryptError(StreamsError):
    """The key is another one, or the data were changed."""

    code = "ERR_OSSL_BAD_DECRYPT"
    template: ClassVar[str] = "error:1C800064:Provider routines::bad decrypt"
