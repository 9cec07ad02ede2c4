"""Compression: gzip, deflate, Brotli and Zstandard, as streams and all at once.

>>> from streams2 import zlib
>>> zlib.gunzip_sync(zlib.gzip_sync(b"hello"))
b'hello'

- `streams`, `creating`: the streams, and the functions that make them.
- `at_once`, `shapes`: data that are in memory.
- `checksum`: `crc32`.
- `options`, `errors`, `constants`: what may be given, what goes wrong, and the numbers for both.
- `engine`, `deflating`, `brotli`, `zstd`: what does the work, and knows no stream.
- `iter`: transforms of iterable streams.
- `working`: an engine beneath a stream, now on the loop and now in a thread.

Brotli needs ``pip install 'streams2[brotli]'``; Zstandard, before Python 3.14,
``pip install 'streams2[zstd]'``.

Not here: zip files, which Python's own `zipfile` reads and writes.

Node: node:zlib
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from . import constants as constants
from .at_once import brotli_compress as brotli_compress
from .at_once import brotli_compress_sync as brotli_compress_sync
from .at_once import brotli_decompress as brotli_decompress
from .at_once import brotli_decompress_sync as brotli_decompress_sync
from .at_once import deflate as deflate
from .at_once import deflate_raw as deflate_raw
from .at_once import deflate_raw_sync as deflate_raw_sync
from .at_once import deflate_sync as deflate_sync
from .at_once import gunzip as gunzip
from .at_once import gunzip_sync as gunzip_sync
from .at_once import gzip as gzip
from .at_once import gzip_sync as gzip_sync
from .at_once import inflate as inflate
from .at_once import inflate_raw as inflate_raw
from .at_once import inflate_raw_sync as inflate_raw_sync
from .at_once import inflate_sync as inflate_sync
from .at_once import unzip as unzip
from .at_once import unzip_sync as unzip_sync
from .at_once import zstd_compress as zstd_compress
from .at_once import zstd_compress_sync as zstd_compress_sync
from .at_once import zstd_decompress as zstd_decompress
from .at_once import zstd_decompress_sync as zstd_decompress_sync
from .checksum import codes as codes
from .checksum import crc32 as crc32
from .creating import create_brotli_compress as create_brotli_compress
from .creating import create_brotli_decompress as create_brotli_decompress
from .creating import create_deflate as create_deflate
from .creating import create_deflate_raw as create_deflate_raw
from .creating import create_gunzip as create_gunzip
from .creating import create_gzip as create_gzip
from .creating import create_inflate as create_inflate
from .creating import create_inflate_raw as create_inflate_raw
from .creating import create_unzip as create_unzip
from .creating import create_zstd_compress as create_zstd_compress
from .creating import create_zstd_decompress as create_zstd_decompress
from .errors import BrotliInvalidParamError as BrotliInvalidParamError
from .errors import BufferTooLargeError as BufferTooLargeError
from .errors import TrailingJunkError as TrailingJunkError
from .errors import ZlibError as ZlibError
from .errors import ZlibInitializationFailedError as ZlibInitializationFailedError
from .errors import ZstdInvalidParamError as ZstdInvalidParamError
from .options import BrotliOptions as BrotliOptions
from .options import ZlibOptions as ZlibOptions
from .options import ZstdOptions as ZstdOptions
from .shapes import Info as Info
from .streams import BrotliCompress as BrotliCompress
from .streams import BrotliDecompress as BrotliDecompress
from .streams import Deflate as Deflate
from .streams import DeflateRaw as DeflateRaw
from .streams import Gunzip as Gunzip
from .streams import Gzip as Gzip
from .streams import Inflate as Inflate
from .streams import InflateRaw as InflateRaw
from .streams import Unzip as Unzip
from .streams import ZstdCompress as ZstdCompress
from .streams import ZstdDecompress as ZstdDecompress

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__, later=("iter",))
