"""Compress a file: whatever fails, every stream is destroyed and the error arrives once.

python examples/gzip_file.py INPUT OUTPUT
"""

from __future__ import annotations

import sys
import zlib
from typing import Any

from streams2 import Transform, TransformCallback, fs, promises, run


class Gzip(Transform[bytes, bytes]):
    """Compresses what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._gzip = zlib.compressobj(wbits=31)

    def _transform(self, chunk: bytes, encoding: Any, callback: TransformCallback) -> None:
        callback(None, self._gzip.compress(chunk))

    def _flush(self, callback: TransformCallback) -> None:
        callback(None, self._gzip.flush())


async def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, destination = sys.argv[1:]
    await promises.pipeline(
        fs.create_read_stream(source), Gzip(), fs.create_write_stream(destination)
    )


if __name__ == "__main__":
    run(main)
