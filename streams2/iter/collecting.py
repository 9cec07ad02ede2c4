"""All that a stream has, in one piece.

>>> text_sync(["green ", b"tea"])
'green tea'

Node's ``arrayBuffer`` has no kin here: `bytes` is what bytes are in.
"""

from __future__ import annotations

import builtins
import codecs

from ..errors import (
    EncodingInvalidEncodedDataError,
    InvalidArgValueError,
    OutOfRangeError,
    expect_whole,
)
from ..events.abort import AbortSignal
from .batches import Batch
from .signals import checked, close, next_or_abort
from .sources import Source, SyncSource, from_, from_sync

__all__ = ["array", "array_sync", "bytes_", "bytes_sync", "text", "text_sync"]

# What browsers, and Node with them, take for the same as windows-1252.
_WESTERN = frozenset(["ascii", "iso8859-1", "cp1252"])
_MIDDLE = {
    byte: builtins.bytes([byte]).decode("cp1252", "ignore") or chr(byte)
    for byte in range(0x80, 0xA0)
}


async def array(
    source: Source, *, signal: AbortSignal | None = None, limit: int | None = None
) -> Batch:
    """All chunks, in a list.

    Args:
        source: what `from_` takes.
        signal: stops it, for its reason.
        limit: how many bytes there may be at most; None for any number.

    Raises:
        OutOfRangeError: there are more. The source is closed.
        InvalidArgTypeError: an argument is of the wrong type.
        BaseException: what the stream failed with.

    Node: stream/iter.array
    """
    most = _checked_limit(limit)
    found: Batch = []
    total = 0
    checked(signal)
    batches = from_(source).__aiter__()
    try:
        while True:
            try:
                batch = await next_or_abort(batches, signal)
            except StopAsyncIteration:
                return found
            total = _added(total, batch, most)
            found += batch
    finally:
        await close(batches)


async def bytes_(
    source: Source, *, signal: AbortSignal | None = None, limit: int | None = None
) -> bytes:
    """All bytes, in one piece.

    Args:
        source: what `from_` takes.
        signal: stops it, for its reason.
        limit: how many bytes there may be at most; None for any number.

    Raises:
        OutOfRangeError: there are more. The source is closed.
        InvalidArgTypeError: an argument is of the wrong type.
        BaseException: what the stream failed with.

    Node: stream/iter.bytes
    """
    return b"".join(await array(source, signal=signal, limit=limit))


async def text(
    source: Source,
    *,
    signal: AbortSignal | None = None,
    limit: int | None = None,
    encoding: str = "utf-8",
) -> str:
    """All bytes, as text.

    Args:
        source: what `from_` takes.
        signal: stops it, for its reason.
        limit: how many bytes there may be at most; None for any number.
        encoding: what the bytes are. A byte-order mark at the start is left out.

    Raises:
        EncodingInvalidEncodedDataError: they are not that.
        InvalidArgValueError: there is no such encoding.
        OutOfRangeError: there are more than `limit`. The source is closed.
        InvalidArgTypeError: an argument is of the wrong type.
        BaseException: what the stream failed with.

    Node: stream/iter.text
    """
    codec = _codec(encoding)
    return _decoded(await bytes_(source, signal=signal, limit=limit), codec, encoding)


def array_sync(source: SyncSource, *, limit: int | None = None) -> Batch:
    """All chunks of a stream that waits for nothing, in a list.

    Args:
        source: what `from_sync` takes.
        limit: how many bytes there may be at most; None for any number.

    Raises:
        OutOfRangeError: there are more.
        InvalidArgTypeError: an argument is of the wrong type.

    Node: stream/iter.arraySync
    """
    most = _checked_limit(limit)
    found: Batch = []
    total = 0
    for batch in from_sync(source):
        total = _added(total, batch, most)
        found += batch
    return found


def bytes_sync(source: SyncSource, *, limit: int | None = None) -> bytes:
    """All bytes of a stream that waits for nothing, in one piece.

    Args:
        source: what `from_sync` takes.
        limit: how many bytes there may be at most; None for any number.

    Raises:
        OutOfRangeError: there are more.
        InvalidArgTypeError: an argument is of the wrong type.

    Node: stream/iter.bytesSync
    """
    return b"".join(array_sync(source, limit=limit))


def text_sync(source: SyncSource, *, limit: int | None = None, encoding: str = "utf-8") -> str:
    """All bytes of a stream that waits for nothing, as text.

    Args:
        source: what `from_sync` takes.
        limit: how many bytes there may be at most; None for any number.
        encoding: what the bytes are. A byte-order mark at the start is left out.

    Raises:
        EncodingInvalidEncodedDataError: they are not that.
        InvalidArgValueError: there is no such encoding.
        OutOfRangeError: there are more than `limit`.
        InvalidArgTypeError: an argument is of the wrong type.

    Node: stream/iter.textSync
    """
    codec = _codec(encoding)
    return _decoded(bytes_sync(source, limit=limit), codec, encoding)


def _checked_limit(limit: int | None) -> int | None:
    return limit if limit is None else expect_whole("options.limit", limit, 0)


def _added(total: int, batch: Batch, limit: int | None) -> int:
    for chunk in batch:
        total += len(chunk)
        if limit is not None and total > limit:
            raise OutOfRangeError.given("totalBytes", f"<= {limit}", total)
    return total


def _codec(encoding: object) -> str:
    if isinstance(encoding, str):
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            pass
    raise InvalidArgValueError.given("options.encoding", "a text encoding", encoding)


def _decoded(data: bytes, codec: str, encoding: str) -> str:
    if codec in _WESTERN:
        return data.decode("latin-1").translate(_MIDDLE)
    try:
        decoded = data.decode(codec)
    except UnicodeError:
        raise EncodingInvalidEncodedDataError(encoding) from None
    return decoded[1:] if decoded.startswith("\ufeff") else decoded
