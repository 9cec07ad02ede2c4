"""All at once: data that are in memory.

>>> gunzip_sync(gzip_sync(b"hello", level=9))
b'hello'

Without a callback, what is not `_sync` is awaited:

>>> from streams2 import run
>>> async def main():
...     return await gunzip(await gzip("hello"))
>>> run(main)
b'hello'
"""

from __future__ import annotations

from .shapes import (
    Asked,
    AskedOfBrotli,
    AskedOfZstd,
    Sync,
    SyncOfBrotli,
    SyncOfZstd,
    in_time,
    now,
)
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

__all__ = [
    *("deflate", "deflate_sync"),
    *("inflate", "inflate_sync"),
    *("gzip", "gzip_sync"),
    *("gunzip", "gunzip_sync"),
    *("deflate_raw", "deflate_raw_sync"),
    *("inflate_raw", "inflate_raw_sync"),
    *("unzip", "unzip_sync"),
    *("brotli_compress", "brotli_compress_sync"),
    *("brotli_decompress", "brotli_decompress_sync"),
    *("zstd_compress", "zstd_compress_sync"),
    *("zstd_decompress", "zstd_decompress_sync"),
]

deflate: Asked = in_time(Deflate, "deflate", "Compress to zlib's own format.", "deflate")
deflate_sync: Sync = now(
    Deflate, "deflate_sync", "Compress to zlib's own format, here and now.", "deflateSync"
)
inflate: Asked = in_time(Inflate, "inflate", "Decompress zlib's own format.", "inflate")
inflate_sync: Sync = now(
    Inflate, "inflate_sync", "Decompress zlib's own format, here and now.", "inflateSync"
)
gzip: Asked = in_time(Gzip, "gzip", "Compress to gzip.", "gzip")
gzip_sync: Sync = now(Gzip, "gzip_sync", "Compress to gzip, here and now.", "gzipSync")
gunzip: Asked = in_time(Gunzip, "gunzip", "Decompress gzip, of one member or of several.", "gunzip")
gunzip_sync: Sync = now(
    Gunzip,
    "gunzip_sync",
    "Decompress gzip, of one member or of several, here and now.",
    "gunzipSync",
)
deflate_raw: Asked = in_time(
    DeflateRaw, "deflate_raw", "Compress to deflate without a header.", "deflateRaw"
)
deflate_raw_sync: Sync = now(
    DeflateRaw,
    "deflate_raw_sync",
    "Compress to deflate without a header, here and now.",
    "deflateRawSync",
)
inflate_raw: Asked = in_time(
    InflateRaw, "inflate_raw", "Decompress deflate without a header.", "inflateRaw"
)
inflate_raw_sync: Sync = now(
    InflateRaw,
    "inflate_raw_sync",
    "Decompress deflate without a header, here and now.",
    "inflateRawSync",
)
unzip: Asked = in_time(Unzip, "unzip", "Decompress gzip or zlib's own format.", "unzip")
unzip_sync: Sync = now(
    Unzip, "unzip_sync", "Decompress gzip or zlib's own format, here and now.", "unzipSync"
)
brotli_compress: AskedOfBrotli = in_time(
    BrotliCompress, "brotli_compress", "Compress to Brotli.", "brotliCompress"
)
brotli_compress_sync: SyncOfBrotli = now(
    BrotliCompress,
    "brotli_compress_sync",
    "Compress to Brotli, here and now.",
    "brotliCompressSync",
)
brotli_decompress: AskedOfBrotli = in_time(
    BrotliDecompress, "brotli_decompress", "Decompress Brotli.", "brotliDecompress"
)
brotli_decompress_sync: SyncOfBrotli = now(
    BrotliDecompress,
    "brotli_decompress_sync",
    "Decompress Brotli, here and now.",
    "brotliDecompressSync",
)
zstd_compress: AskedOfZstd = in_time(
    ZstdCompress, "zstd_compress", "Compress to Zstandard.", "zstdCompress"
)
zstd_compress_sync: SyncOfZstd = now(
    ZstdCompress, "zstd_compress_sync", "Compress to Zstandard, here and now.", "zstdCompressSync"
)
zstd_decompress: AskedOfZstd = in_time(
    ZstdDecompress, "zstd_decompress", "Decompress Zstandard.", "zstdDecompress"
)
zstd_decompress_sync: SyncOfZstd = now(
    ZstdDecompress,
    "zstd_decompress_sync",
    "Decompress Zstandard, here and now.",
    "zstdDecompressSync",
)
