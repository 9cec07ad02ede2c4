"""Write standard input to a log, and begin a new one when it is full.

python port.py [--size BYTES] [--keep N] LOG

LOG.1 is the one before, LOG.2 the one before that; those behind N are removed. No line is cut.
"""

from __future__ import annotations

import errno
import os
import sys

from streams2 import (
    Callback,
    DoneCallback,
    Transform,
    TransformCallback,
    Writable,
    fs,
    pipeline,
    run,
    stdio,
)

exit_code = 0


class RotatingLog(Writable[bytes]):
    def __init__(self, path: str, *, size: int = 1000, keep: int = 3) -> None:
        super().__init__(decode_strings=False)
        self.path = path
        self.size = size
        self.keep = keep
        self.written = 0
        self.file: fs.WriteStream
        self.rotations = 0

    def _construct(self, callback: Callback) -> None:
        try:
            self.written = os.stat(self.path).st_size
        except OSError:
            self.written = 0
        self.open("a", callback)

    def open(self, flags: str, callback: Callback) -> None:
        file = fs.create_write_stream(self.path, flags=flags)
        file.once("error", callback)

        @file.once("open")
        def on_open(_: int) -> None:
            file.off("error", callback)
            file.on("error", self.destroy)
            self.file = file
            callback()

    def _write(self, line: bytes, encoding: str, callback: Callback) -> None:
        length = len(line)
        if self.written > 0 and self.written + length > self.size:

            def rotated(err: BaseException | None) -> None:
                if err is not None:
                    callback(err)
                else:
                    self._write(line, encoding, callback)

            self.rotate(rotated)
            return
        self.written += length
        if self.file.write(line):
            callback()
        else:
            self.file.once("drain", callback)

    def rotate(self, callback: DoneCallback) -> None:
        def reopened(error: BaseException | None = None) -> None:
            callback(error)

        def ended(_: BaseException | None) -> None:
            for number in range(self.keep, 0, -1):
                from_ = self.path if number == 1 else f"{self.path}.{number - 1}"
                try:
                    os.replace(from_, f"{self.path}.{number}")
                except FileNotFoundError:
                    pass
                except OSError as err:
                    callback(err)
                    return
            self.written = 0
            self.rotations += 1
            self.open("w", reopened)

        self.file.end(callback=ended)

    def _final(self, callback: Callback) -> None:
        self.file.end(callback=callback)


class Lines(Transform[bytes, bytes]):
    def __init__(self) -> None:
        super().__init__(readable_object_mode=True)
        self.rest = b""

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        rest = self.rest + chunk
        while (end := rest.find(b"\n")) >= 0:
            self.push(rest[: end + 1])
            rest = rest[end + 1 :]
        self.rest = rest
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        if len(self.rest) > 0:
            self.push(self.rest)
        callback()


def main() -> None:
    options: dict[str, int] = {}
    args = sys.argv[1:]
    while len(args) > 1:
        name = args.pop(0)[2:]
        options[name] = int(args.pop(0))
    log = RotatingLog(args[0], **options)

    def done(err: BaseException | None) -> None:
        global exit_code
        if isinstance(err, OSError):
            syscall = getattr(err, "syscall", "rename")
            print(f"{syscall}: {errno.errorcode[err.errno or 0]}", file=sys.stderr)
            exit_code = 1
        else:
            print(f"{log.rotations} rotations, {log.written} bytes in {log.path}")

    pipeline(stdio.stdin(), Lines(), log, callback=done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
