"""Copy a file; broken off, it goes on where it was when it is called again.

python port.py [--at-most BYTES] SOURCE TARGET

What is not whole yet is in TARGET.part. With --at-most it breaks off by itself.
"""

from __future__ import annotations

import errno
import math
import os
import sys
from pathlib import Path

from streams2 import fs, promises, run
from streams2.crypto import create_hash

exit_code = 0


def size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


async def digest(path: str, bytes_: int) -> str:
    hash = create_hash("md5")
    if bytes_ > 0:
        await promises.pipeline(fs.create_read_stream(path, end=bytes_ - 1), hash)
    return hash.digest("hex")


async def copy(source: str, target: str, *, at_most: float = math.inf) -> tuple[int, bool]:
    part = f"{target}.part"
    size = os.stat(source).st_size
    start = size_of(part)
    if start > size or await digest(part, start) != await digest(source, start):
        print(f"{part} is of something else")
        start = 0
    elif start > 0:
        print(f"{start} bytes are there already")

    end = int(min(size, start + at_most))
    if end > start:
        await promises.pipeline(
            fs.create_read_stream(source, start=start, end=end - 1),
            fs.create_write_stream(part, flags="r+" if start > 0 else "w", start=start),
        )
    elif start == 0:
        Path(part).write_text("")
    if end < size:
        return end - start, False
    os.replace(part, target)
    return end - start, True


async def copy_as_told() -> int:
    args = sys.argv[1:]
    at_most = math.inf
    if args[:1] == ["--at-most"]:
        at_most = float(args[1])
        del args[:2]
    source, target = args
    copied, whole = await copy(source, target, at_most=at_most)
    print(f"{copied} bytes copied{'' if whole else ', and more to come'}")
    return 0 if whole else 3


async def main() -> None:
    global exit_code
    try:
        exit_code = await copy_as_told()
    except OSError as err:
        # Only an error of a stream says by itself which call it was.
        syscall = getattr(err, "syscall", "stat")
        print(f"{syscall}: {errno.errorcode[err.errno or 0]}", file=sys.stderr)
        exit_code = 1


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
