"""The streams, made by functions, as Node makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events.naming import by_name
from .options import BrotliOptions, ZlibOptions, ZstdOptions
from .streams import (
    BrotliCompress,
    BrotliDecompress,
    Deflate,
    DeflateRaw,
    Gunzip,
    Gzip,
    Inflate,
    InflateRaw,
    Unzip,
    ZstdCompress,
    ZstdDecompress,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "create_brotli_compress",
    "create_brotli_decompress",
    "create_deflate",
    "create_deflate_raw",
    "create_gunzip",
    "create_gzip",
    "create_inflate",
    "create_inflate_raw",
    "create_unzip",
    "create_zstd_compress",
    "create_zstd_decompress",
]


@by_name
def create_deflate(**options: Unpack[ZlibOptions]) -> Deflate:
    """A stream: compress to zlib's own format.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createDeflate
    """
    return Deflate(**options)


@by_name
def create_inflate(**options: Unpack[ZlibOptions]) -> Inflate:
    """A stream: decompress zlib's own format.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createInflate
    """
    return Inflate(**options)


@by_name
def create_gzip(**options: Unpack[ZlibOptions]) -> Gzip:
    """A stream: compress to gzip.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createGzip
    """
    return Gzip(**options)


@by_name
def create_gunzip(**options: Unpack[ZlibOptions]) -> Gunzip:
    """A stream: decompress gzip, of one member or of several.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createGunzip
    """
    return Gunzip(**options)


@by_name
def create_deflate_raw(**options: Unpack[ZlibOptions]) -> DeflateRaw:
    """A stream: compress to deflate without a header.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createDeflateRaw
    """
    return DeflateRaw(**options)


@by_name
def create_inflate_raw(**options: Unpack[ZlibOptions]) -> InflateRaw:
    """A stream: decompress deflate without a header.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createInflateRaw
    """
    return InflateRaw(**options)


@by_name
def create_unzip(**options: Unpack[ZlibOptions]) -> Unzip:
    """A stream: decompress gzip or zlib's own format.

    Args:
        options: see `ZlibOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.

    Node: zlib.createUnzip
    """
    return Unzip(**options)


@by_name
def create_brotli_compress(**options: Unpack[BrotliOptions]) -> BrotliCompress:
    """A stream: compress to Brotli.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.
        ImportError: `brotlicffi` is not installed.
        BrotliInvalidParamError: there is no such parameter.

    Node: zlib.createBrotliCompress
    """
    return BrotliCompress(**options)


@by_name
def create_brotli_decompress(**options: Unpack[BrotliOptions]) -> BrotliDecompress:
    """A stream: decompress Brotli.

    Args:
        options: see `BrotliOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.
        ImportError: `brotlicffi` is not installed.
        BrotliInvalidParamError: there is no such parameter.

    Node: zlib.createBrotliDecompress
    """
    return BrotliDecompress(**options)


@by_name
def create_zstd_compress(**options: Unpack[ZstdOptions]) -> ZstdCompress:
    """A stream: compress to Zstandard.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.
        ImportError: before Python 3.14, ``streams2[zstd]`` is not installed.
        ZstdInvalidParamError: there is no such parameter.

    Node: zlib.createZstdCompress
    """
    return ZstdCompress(**options)


@by_name
def create_zstd_decompress(**options: Unpack[ZstdOptions]) -> ZstdDecompress:
    """A stream: decompress Zstandard.

    Args:
        options: see `ZstdOptions`.

    Raises:
        InvalidArgTypeError: an option is of the wrong type.
        OutOfRangeError: an option is too small or too large.
        ImportError: before Python 3.14, ``streams2[zstd]`` is not installed.
        ZstdInvalidParamError: there is no such parameter.

    Node: zlib.createZstdDecompress
    """
    return ZstdDecompress(**options)
