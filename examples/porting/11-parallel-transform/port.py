"""Print the SHA-256 of files, several at a time, in the order in which they are named.

python port.py [-j JOBS] < NAMES
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Callable, Optional

from streams2 import Callback, Transform, TransformCallback, crypto, fs, pipeline, run, stdio

exit_code = 0

Done = Callable[[Optional[BaseException], Optional[str]], None]


@dataclass
class Slot:
    done: bool = False
    value: str | None = None


class ParallelTransform(Transform[str, str]):
    def __init__(self, jobs: int, work: Callable[[str, Done], object]) -> None:
        super().__init__(object_mode=True)
        self.jobs = jobs
        self.work = work
        self.running = 0
        self.results: list[Slot] = []  # In order; those that are not done yet, too.
        # The callback of a chunk that had to wait for a job to end.
        self.waiting: TransformCallback | None = None
        self.flushed: Callback | None = None

    def _transform(self, chunk: str, encoding: str, callback: TransformCallback) -> None:
        slot = Slot()
        self.results.append(slot)
        self.running += 1

        def done(err: BaseException | None, value: str | None) -> None:
            if err is not None:
                self.destroy(err)
                return
            slot.done = True
            slot.value = value
            self.running -= 1
            self.settle()

        self.work(chunk, done)
        if self.running < self.jobs:
            callback()
            return
        self.waiting = callback

    def settle(self) -> None:
        while len(self.results) > 0 and self.results[0].done:
            self.push(self.results.pop(0).value)
        if self.waiting is not None and self.running < self.jobs:
            callback = self.waiting
            self.waiting = None
            callback()
        if self.flushed is not None and len(self.results) == 0:
            done = self.flushed
            self.flushed = None  # What follows may settle once more.
            done()

    def _flush(self, callback: Callback) -> None:
        self.flushed = callback
        self.settle()


def lines() -> Transform[bytes, str]:
    rest = b""

    def transform(
        self: Transform[bytes, str], chunk: bytes, encoding: str, callback: TransformCallback
    ) -> None:
        nonlocal rest
        *found, rest = (rest + chunk).split(b"\n")
        for line in found:
            self.push(line.decode())
        callback()

    def flush(self: Transform[bytes, str], callback: TransformCallback) -> None:
        callback(None, rest.decode() or None)

    return Transform(readable_object_mode=True, transform=transform, flush=flush)


def hash_file(name: str, done: Done) -> None:
    hash = crypto.create_hash("sha256")

    def hashed(err: BaseException | None) -> None:
        done(err, None if err else f"{hash.digest('hex')}  {name}\n")

    pipeline(fs.create_read_stream(name), hash, callback=hashed)


def main() -> None:
    args = sys.argv[1:]
    jobs = int(args[1]) if args[:1] == ["-j"] else 4

    def done(err: BaseException | None) -> None:
        global exit_code
        if err is None:
            return
        print(getattr(err, "message", str(err)), file=sys.stderr)
        exit_code = 1

    parallel = ParallelTransform(jobs, hash_file)
    pipeline(stdio.stdin(), lines(), parallel, stdio.stdout(), callback=done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
