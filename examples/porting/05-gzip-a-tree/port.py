"""Compress every file of a folder, or with -d unpack every one that is compressed.

python port.py [-d] [-j JOBS] FOLDER
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from streams2 import Transform, fs, promises, run, zlib

exit_code = 0


def walk(folder: str) -> Iterator[str]:
    entries = list(os.scandir(folder))
    entries.sort(key=lambda entry: entry.name)
    for entry in entries:
        full = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from walk(full)
        elif entry.is_file(follow_symlinks=False):
            yield full


async def convert(from_: str, to: str, stage: Transform[bytes, bytes]) -> None:
    try:
        await promises.pipeline(
            fs.create_read_stream(from_),
            stage,
            fs.create_write_stream(to, flags="wx"),
        )
    except Exception as err:
        if getattr(err, "code", None) != "EEXIST":
            Path(to).unlink()
        raise
    Path(from_).unlink()


async def convert_all(args: list[str]) -> None:
    unpack = args[:1] == ["-d"]
    if unpack:
        args.pop(0)
    jobs = 2
    if args[:1] == ["-j"]:
        jobs = int(args[1])
        del args[:2]
    results = []

    async def work(files: Iterator[str]) -> None:
        global exit_code
        for file in files:
            if file.endswith(".gz") != unpack:
                continue
            target = file[: -len(".gz")] if unpack else f"{file}.gz"
            stage = zlib.create_gunzip() if unpack else zlib.create_gzip(level=9)
            try:
                await convert(file, target, stage)
                results.append(f"{file} -> {target}")
            except Exception as err:
                results.append(f"{file}: {getattr(err, 'code', None)}")
                exit_code = 1

    # All take from one and the same generator, so that each file is taken once.
    files = walk(args[0])
    await asyncio.gather(*(work(files) for _ in range(jobs)))
    results.sort()
    for line in results:
        print(line)


async def main() -> None:
    try:
        await convert_all(sys.argv[1:])
    except OSError as err:
        print(f"{errno.errorcode[err.errno or 0]}: {err.filename}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
