"""Hashes and keyed hashes, as streams and call by call.

>>> create_hash("sha256").update("hello").digest("hex")[:16]
'2cf24dba5fb0a30e'
>>> create_hmac("sha256", "key").update("hello").digest("base64")[:16]
'kwezuRXvtRcf8U2M'

What is written to one as a stream comes out as its digest, at the end.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload

from ..core.calling import TransformCallback
from ..core.chunks import Chunk
from ..errors import InvalidArgTypeError, OutOfRangeError, is_whole
from ..events.naming import by_name
from ..streams.transform import Transform
from .arguments import Data, Output, StreamOptions, as_bytes, as_output
from .errors import CryptoError, HashFinalizedError, InvalidDigestError, NotXofError

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["Hash", "Hmac", "create_hash", "create_hmac", "get_hashes", "hash_"]


class Digest(Protocol):
    """What `hashlib` and `hmac` make."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...

    def copy(self) -> Digest: ...


class OfAnyLength(Protocol):
    """What `hashlib` makes for shake128 and shake256."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self, length: int, /) -> bytes: ...

    def copy(self) -> OfAnyLength: ...


class Xof(NamedTuple):
    """A digest that is as long as it is asked to be."""

    state: OfAnyLength
    length: int
    usual: int

    def update(self, data: bytes, /) -> None:
        """Add `data`."""
        self.state.update(data)

    def digest(self) -> bytes:
        """So many bytes."""
        return self.state.digest(self.length)

    def copy(self) -> Xof:
        """Another one that has seen the same."""
        return Xof(self.state.copy(), self.length, self.usual)


#: How Node calls algorithms that hashlib calls otherwise; more than one name may mean one.
_OTHER_NAMES = {
    "blake2b512": "blake2b",
    "blake2b-512": "blake2b",
    "blake2s256": "blake2s",
    "blake2s-256": "blake2s",
    "rmd160": "ripemd160",
    "ripemd": "ripemd160",
    "ripemd-160": "ripemd160",
    "ssl3-md5": "md5",
    "ssl3-sha1": "sha1",
    "shake-128": "shake_128",
    "shake128": "shake_128",
    "shake-256": "shake_256",
    "shake256": "shake_256",
    "sha512-224": "sha512_224",
    "sha512/224": "sha512_224",
    "sha512-256": "sha512_256",
    "sha512/256": "sha512_256",
}
_XOF_LENGTHS = {"shake_128": 16, "shake_256": 32}


def _name_of(algorithm: str) -> str | None:
    """How hashlib calls an algorithm; None for one that it does not have."""
    name = algorithm.lower()
    if name.startswith("rsa-"):
        name = name[len("rsa-") :]
    if name.startswith("sha3-"):
        name = name.replace("-", "_")
    for long_form in ("sha-", "sha2-"):
        if name.startswith(long_form):
            name = "sha" + name[len(long_form) :]
    name = _OTHER_NAMES.get(name, name)
    return name if name in hashlib.algorithms_available else None


def _begin(algorithm: str, length: int | None) -> Digest | None:
    name = _name_of(algorithm)
    if name is None:
        return None
    if name in _XOF_LENGTHS:
        state = hashlib.shake_128() if name == "shake_128" else hashlib.shake_256()
        usual = _XOF_LENGTHS[name]
        return Xof(state, usual if length is None else length, usual)
    try:
        state_of = hashlib.new(name)
    except ValueError:
        return None
    if length not in (None, state_of.digest_size):
        raise NotXofError
    return state_of


class Hash(Transform[Data, bytes]):
    """A hash. Use `create_hash`. Node: crypto.Hash"""

    def __init__(self, state: Digest, options: StreamOptions | None = None) -> None:
        super().__init__(**(options or {}))
        self._life.own = state

    def update(self, data: Data, input_encoding: str | None = None) -> Self:
        """Add data.

        Args:
            data: bytes, or text.
            input_encoding: the encoding of the text (default utf8).

        Returns:
            The hash itself.

        Raises:
            InvalidArgTypeError: `data` is neither bytes nor text.
            HashFinalizedError: the digest was asked for before.

        Node: hash.update
        """
        given = as_bytes("data", data, input_encoding)
        _state_of(self).update(given)
        return self

    @overload
    def digest(self, output_encoding: None = ...) -> bytes: ...

    @overload
    def digest(self, output_encoding: str) -> str: ...

    def digest(self, output_encoding: str | None = None) -> Output:
        """The digest of what was added. It can be asked for once.

        Args:
            output_encoding: ``"hex"``, ``"base64"``, ... (default: bytes).

        Raises:
            HashFinalizedError: it was asked for before.

        Node: hash.digest
        """
        made = _state_of(self).digest()
        self._life.own = None
        return as_output(made, output_encoding)

    def copy(self, *, output_length: int | None = None, **options: Unpack[StreamOptions]) -> Hash:
        """Another hash, to which the same was added.

        Args:
            output_length, options: as for `create_hash`: a copy does not take them from the hash.

        Raises:
            HashFinalizedError: the digest was asked for before.

        Node: hash.copy
        """
        state = _state_of(self).copy()
        length = _expect_length(output_length)
        if isinstance(state, Xof):
            state = Xof(state.state, state.usual if length is None else length, state.usual)
        return Hash(state, options)

    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        _state_of(self).update(as_bytes("chunk", chunk, encoding))
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        self.push(_state_of(self).digest())
        callback()


class Hmac(Transform[Data, bytes]):
    """A keyed hash. Use `create_hmac`. Node: crypto.Hmac"""

    def __init__(self, state: Digest, options: StreamOptions | None = None) -> None:
        super().__init__(**(options or {}))
        self._life.own = state

    def update(self, data: Data, input_encoding: str | None = None) -> Self:
        """Add data: see `Hash.update`. Node: hmac.update"""
        given = as_bytes("data", data, input_encoding)
        _state_of(self).update(given)
        return self

    @overload
    def digest(self, output_encoding: None = ...) -> bytes: ...

    @overload
    def digest(self, output_encoding: str) -> str: ...

    def digest(self, output_encoding: str | None = None) -> Output:
        """The digest of what was added; asked for again, nothing.

        Args:
            output_encoding: ``"hex"``, ``"base64"``, ... (default: bytes).

        Node: hmac.digest
        """
        state, self._life.own = self._life.own, None
        return as_output(b"" if state is None else state.digest(), output_encoding)

    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        _state_of(self).update(as_bytes("chunk", chunk, encoding))
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        self.push(self.digest())
        callback()


def _state_of(stream: Hash | Hmac) -> Digest:
    state: Digest | None = stream._life.own
    if state is None:
        raise HashFinalizedError
    return state


@by_name
def create_hash(
    algorithm: str, *, output_length: int | None = None, **options: Unpack[StreamOptions]
) -> Hash:
    """A hash: a stream that gives the digest of what is written to it.

    Args:
        algorithm: ``"sha256"``, ``"md5"``, ...: see `get_hashes`.
        output_length: how many bytes the digest of ``"shake128"`` or ``"shake256"`` has.
        options: those of a `Transform`: `high_water_mark`, `encoding`, ...

    Raises:
        InvalidArgTypeError: `algorithm` is no text.
        OutOfRangeError: `output_length` is below 0.
        CryptoError: there is no such algorithm.
        NotXofError: the algorithm's digest has another length.

    Node: crypto.createHash
    """
    state = _begin(_expect_text("algorithm", algorithm), _expect_length(output_length))
    if state is None:
        raise CryptoError("Digest method not supported")
    return Hash(state, options)


@by_name
def create_hmac(algorithm: str, key: Data, **options: Unpack[StreamOptions]) -> Hmac:
    """A keyed hash: a stream that gives the digest of what is written to it.

    Args:
        algorithm: as for `create_hash`.
        key: bytes, or text, which is encoded as UTF-8.
        options: those of a `Transform`: `high_water_mark`, `encoding`, ...

    Raises:
        InvalidArgTypeError: one of them is of the wrong type.
        InvalidDigestError: there is no such algorithm.

    Node: crypto.createHmac
    """
    _expect_text("hmac", algorithm)
    secret = as_bytes("key", key)
    name = _name_of(algorithm)
    if name is None or name in _XOF_LENGTHS:
        raise InvalidDigestError(algorithm)
    return Hmac(hmac.new(secret, digestmod=name), options)


@overload
def hash_(algorithm: str, data: Data, output_encoding: str = ...) -> str: ...


@overload
def hash_(algorithm: str, data: Data, output_encoding: None) -> bytes: ...


def hash_(algorithm: str, data: Data, output_encoding: str | None = "hex") -> Output:
    """The digest of `data`.

    Args:
        algorithm: as for `create_hash`.
        data: bytes, or text, which is encoded as UTF-8.
        output_encoding: an encoding's name (default ``"hex"``); ``"buffer"`` or None for bytes.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        CryptoError: there is no such algorithm.

    Node: crypto.hash

    >>> hash_("md5", "hello")
    '5d41402abc4b2a76b9719d911017c592'
    """
    state = _begin(_expect_text("algorithm", algorithm), None)
    given = as_bytes("input", data)
    if state is None:
        raise CryptoError(f"Digest method {algorithm} is not supported")
    state.update(given)
    return as_output(state.digest(), output_encoding)


def get_hashes() -> list[str]:
    """The names of algorithms that there are, by Node's names. Node: crypto.getHashes"""
    names = {name.lower().replace("_", "-") for name in hashlib.algorithms_available}
    nodes = {name for name in _OTHER_NAMES if _name_of(name) is not None}
    plain = {name for name in names if _name_of(name) is not None}
    return sorted(name for name in plain | nodes if _is_there(name))


def _is_there(name: str) -> bool:
    try:
        return _begin(name, None) is not None
    except ValueError:
        return False


def _expect_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArgTypeError.given(name, "text", value)
    return value


def _expect_length(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InvalidArgTypeError.given("output_length", "a whole number", value)
    if not is_whole(value) or not 0 <= value < 2**32:
        raise OutOfRangeError.given("output_length", "a whole number >= 0 and < 2**32", value)
    return value
