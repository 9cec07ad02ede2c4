"""Archives as tar has them (ustar): files and folders, without times and owners.

    python port.py pack FOLDER ARCHIVE
    python port.py extract ARCHIVE FOLDER

The same folder always gives the same archive. What would get out of FOLDER is not extracted.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import AsyncIterator

from streams2 import Callback, Readable, Writable, buffer, fs, promises, run

BLOCK = 512


def padding(size: int) -> int:
    return (BLOCK - (size % BLOCK)) % BLOCK


def header(name: str, type: str, size: int) -> bytes:
    block = buffer.alloc(BLOCK)
    if len(name.encode()) > 100:
        raise ValueError(f"{name} is too long a name")
    buffer.write(block, name, 0)
    buffer.write(block, "0000755\0" if type == "5" else "0000644\0", 100)
    buffer.write(block, "0000000\0", 108)
    buffer.write(block, "0000000\0", 116)
    buffer.write(block, f"{size:o}".rjust(11, "0") + "\0", 124)
    buffer.write(block, "00000000000\0", 136)
    buffer.write(block, type, 156)
    buffer.write(block, "ustar\0" + "00", 257)
    buffer.write(block, f"{checksum(block):o}".rjust(6, "0") + "\0 ", 148)
    return bytes(block)


# The sum of all bytes; those of the sum itself count as blanks.
def checksum(block: bytes | bytearray) -> int:
    return sum(32 if 148 <= i < 156 else byte for i, byte in enumerate(block))


# What parseInt does: the digits at the beginning count.
def octal(text: str) -> int:
    found = re.match(r"\s*([0-7]+)", text)
    return int(found[1], 8) if found else -1


async def pack(folder: str, below: str = "") -> AsyncIterator[bytes]:
    entries = os.scandir(os.path.join(folder, below))
    for entry in sorted(entries, key=lambda entry: entry.name):
        name = os.path.join(below, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield header(name + "/", "5", 0)
            async for chunk in pack(folder, name):
                yield chunk
        elif entry.is_file(follow_symlinks=False):
            size = os.stat(os.path.join(folder, name)).st_size
            yield header(name, "0", size)
            async for chunk in fs.create_read_stream(os.path.join(folder, name)):
                yield chunk
            yield bytes(padding(size))
    if not below:
        yield bytes(2 * BLOCK)


class Extract(Writable[bytes]):
    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder
        self.rest = b""
        self.file: fs.WriteStream | None = None
        self.left = 0  # bytes of the file that are to come
        self.skip = 0  # bytes that fill up its last block
        self.ended = False

    def _write(self, chunk: bytes, encoding: str, callback: Callback) -> None:
        self.rest += chunk
        self._next(callback)

    def _next(self, callback: Callback) -> None:
        if self.file:
            self._more(self.file, callback)
            return
        skipped = min(self.skip, len(self.rest))
        self.skip -= skipped
        self.rest = self.rest[skipped:]
        if self.ended or len(self.rest) < BLOCK:
            callback()
            return
        block = self.rest[:BLOCK]
        self.rest = self.rest[BLOCK:]
        try:
            self._entry(block)
        except Exception as error:
            callback(error)
            return
        self._next(callback)

    def _entry(self, block: bytes) -> None:
        if block[0] == 0:
            self.ended = True
            return

        def text(start: int, end: int) -> str:
            return block[start:end].decode(errors="replace").split("\0")[0]

        if octal(text(148, 156)) != checksum(block):
            raise ValueError("wrong checksum")
        name = text(0, 100)
        kind = text(156, 157)
        size = octal(text(124, 136))
        target = os.path.join(self.folder, name)
        if os.path.isabs(name) or ".." in name.split("/"):
            raise ValueError(f"{name} leads out")
        print(name if kind == "5" else f"{name} {size}")
        if kind == "5":
            os.makedirs(target, exist_ok=True)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        self.file = fs.create_write_stream(target)
        self.file.on("error", self.destroy)
        self.left = size
        self.skip = padding(size)

    def _more(self, file: fs.WriteStream, callback: Callback) -> None:
        part = self.rest[: self.left]
        self.rest = self.rest[len(part) :]
        self.left -= len(part)
        if self.left > 0:
            file.write(part, callback=callback)
            return

        def written(error: BaseException | None) -> None:
            self.file = None
            if error is not None:
                callback(error)
            else:
                self._next(callback)

        file.end(part, callback=written)

    def _final(self, callback: Callback) -> None:
        callback(None if self.ended else ValueError("the archive breaks off"))

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self.file:
            self.file.destroy()
        callback(error)


async def main(command: str, from_: str, to: str) -> None:
    if command == "pack":
        await promises.pipeline(Readable.from_(pack(from_)), fs.create_write_stream(to))
    else:
        await promises.pipeline(fs.create_read_stream(from_), Extract(to))


if __name__ == "__main__":
    try:
        run(lambda: main(*sys.argv[1:]))
    except OSError as error:
        print(errno.errorcode.get(error.errno or 0), file=sys.stderr)
        sys.exit(1)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
