"""Compression as transforms of iterable streams.

>>> from streams2.iter import pull_sync, text_sync
>>> packed = pull_sync(["green ", "tea"], compress_gzip_sync())
>>> text_sync(pull_sync(packed, decompress_gzip_sync()))
'green tea'

What is not ``_sync`` is for `pull`, and works off the loop where there is much to do.

Node: node:zlib/iter
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Callable

from ..core.chunks import flat_view
from ..events.naming import by_name
from ..iter import Batch, TransformOptions, from_readable, from_writable, pipe_to
from ..loop.waking import spawn
from .engine import Engine
from .options import BrotliOptions, ZlibOptions, ZstdOptions
from .streams import (
    BrotliCompress,
    BrotliDecompress,
    Deflate,
    Gunzip,
    Gzip,
    Inflate,
    ZlibBase,
    ZstdCompress,
    ZstdDecompress,
    work_of,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    *("compress_brotli", "compress_brotli_sync", "compress_deflate", "compress_deflate_sync"),
    *("compress_gzip", "compress_gzip_sync", "compress_zstd", "compress_zstd_sync"),
    *("decompress_brotli", "decompress_brotli_sync"),
    *("decompress_deflate", "decompress_deflate_sync"),
    *("decompress_gzip", "decompress_gzip_sync", "decompress_zstd", "decompress_zstd_sync"),
]


class Squeeze:
    """A transform for `pull`. It may be used more than once."""

    def __init__(self, make: Callable[[], ZlibBase]) -> None:
        self._make = make
        make()  # Bad options raise here.

    async def transform(
        self, source: AsyncIterable[Batch | None], options: TransformOptions
    ) -> AsyncIterator[Batch]:
        """What is made of `source`, as it comes."""
        stream = self._make()
        writer = from_writable(stream, backpressure="unbounded")
        feeding = spawn(pipe_to(_without_end(source), writer))
        output = from_readable(stream).__aiter__()
        try:
            async for batch in output:
                yield batch
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
            stream.destroy()
            if not feeding.cancelled():
                feeding.exception()  # The stream has failed with it.


async def _without_end(source: AsyncIterable[Batch | None]) -> AsyncIterator[Batch]:
    async for batch in source:
        if batch is not None:
            yield batch


class SqueezeSync:
    """A transform for `pull_sync`. It may be used more than once."""

    def __init__(self, make: Callable[[], ZlibBase]) -> None:
        self._make = make
        make()  # Bad options raise here.

    def transform(
        self, source: Iterable[Batch | None], options: TransformOptions
    ) -> Iterator[Batch]:
        """What is made of `source`, piece by piece."""
        work = work_of(self._make())
        engine, size = work.engine, work.options.chunk_size
        for batch in source:
            if batch is None:
                made = [*_made(engine, b"", work.options.finish_flush, size)]
            else:
                made = [
                    piece
                    for chunk in batch
                    for piece in _made(engine, chunk, work.options.flush, size)
                ]
            if made:
                yield made


def _made(engine: Engine, chunk: bytes, flush: int, size: int) -> Iterator[bytes]:
    engine.give(flat_view(chunk), flush)
    while True:
        piece = engine.take(size)
        if piece:
            yield piece
        if len(piece) < size:
            return


@by_name
def compress_brotli(**options: Unpack[BrotliOptions]) -> Squeeze:
    """Compress to Brotli, for `pull`.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressBrotli
    """
    return Squeeze(lambda: BrotliCompress(**options))


@by_name
def compress_brotli_sync(**options: Unpack[BrotliOptions]) -> SqueezeSync:
    """Compress to Brotli, for `pull_sync`.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressBrotliSync
    """
    return SqueezeSync(lambda: BrotliCompress(**options))


@by_name
def decompress_brotli(**options: Unpack[BrotliOptions]) -> Squeeze:
    """Decompress Brotli, for `pull`.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressBrotli
    """
    return Squeeze(lambda: BrotliDecompress(**options))


@by_name
def decompress_brotli_sync(**options: Unpack[BrotliOptions]) -> SqueezeSync:
    """Decompress Brotli, for `pull_sync`.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressBrotliSync
    """
    return SqueezeSync(lambda: BrotliDecompress(**options))


@by_name
def compress_deflate(**options: Unpack[ZlibOptions]) -> Squeeze:
    """Compress to zlib's own format, for `pull`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressDeflate
    """
    return Squeeze(lambda: Deflate(**options))


@by_name
def compress_deflate_sync(**options: Unpack[ZlibOptions]) -> SqueezeSync:
    """Compress to zlib's own format, for `pull_sync`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressDeflateSync
    """
    return SqueezeSync(lambda: Deflate(**options))


@by_name
def decompress_deflate(**options: Unpack[ZlibOptions]) -> Squeeze:
    """Decompress zlib's own format, for `pull`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressDeflate
    """
    return Squeeze(lambda: Inflate(**options))


@by_name
def decompress_deflate_sync(**options: Unpack[ZlibOptions]) -> SqueezeSync:
    """Decompress zlib's own format, for `pull_sync`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressDeflateSync
    """
    return SqueezeSync(lambda: Inflate(**options))


@by_name
def compress_gzip(**options: Unpack[ZlibOptions]) -> Squeeze:
    """Compress to gzip, for `pull`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressGzip
    """
    return Squeeze(lambda: Gzip(**options))


@by_name
def compress_gzip_sync(**options: Unpack[ZlibOptions]) -> SqueezeSync:
    """Compress to gzip, for `pull_sync`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressGzipSync
    """
    return SqueezeSync(lambda: Gzip(**options))


@by_name
def decompress_gzip(**options: Unpack[ZlibOptions]) -> Squeeze:
    """Decompress gzip, for `pull`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressGzip
    """
    return Squeeze(lambda: Gunzip(**options))


@by_name
def decompress_gzip_sync(**options: Unpack[ZlibOptions]) -> SqueezeSync:
    """Decompress gzip, for `pull_sync`.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressGzipSync
    """
    return SqueezeSync(lambda: Gunzip(**options))


@by_name
def compress_zstd(**options: Unpack[ZstdOptions]) -> Squeeze:
    """Compress to Zstandard, for `pull`.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressZstd
    """
    return Squeeze(lambda: ZstdCompress(**options))


@by_name
def compress_zstd_sync(**options: Unpack[ZstdOptions]) -> SqueezeSync:
    """Compress to Zstandard, for `pull_sync`.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.compressZstdSync
    """
    return SqueezeSync(lambda: ZstdCompress(**options))


@by_name
def decompress_zstd(**options: Unpack[ZstdOptions]) -> Squeeze:
    """Decompress Zstandard, for `pull`.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressZstd
    """
    return Squeeze(lambda: ZstdDecompress(**options))


@by_name
def decompress_zstd_sync(**options: Unpack[ZstdOptions]) -> SqueezeSync:
    """Decompress Zstandard, for `pull_sync`.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib/iter.decompressZstdSync
    """
    return SqueezeSync(lambda: ZstdDecompress(**options))
