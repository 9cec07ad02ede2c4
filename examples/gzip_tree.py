"""Compress a tree of files, some at a time: beside each file, one with ``.gz``.

python examples/gzip_tree.py DIRECTORY
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from streams2 import Readable, fs, promises, run, zlib

AT_A_TIME = 4


def files_below(directory: str) -> Iterator[Path]:
    """What is not compressed yet."""
    for folder, _, names in os.walk(directory):
        for name in sorted(names):
            if not name.endswith(".gz"):
                yield Path(folder, name)


async def compress(path: Path) -> None:
    packed = path.with_name(path.name + ".gz")
    try:
        await promises.pipeline(
            fs.create_read_stream(path), zlib.create_gzip(level=9), fs.create_write_stream(packed)
        )
    except OSError:
        packed.unlink(missing_ok=True)
        raise
    print(path, path.stat().st_size, packed.stat().st_size)


async def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    paths = Readable.from_(files_below(sys.argv[1]))
    await paths.for_each(compress, concurrency=AT_A_TIME)


if __name__ == "__main__":
    run(main)
