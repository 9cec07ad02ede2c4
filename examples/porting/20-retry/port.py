"""Copy a file from an unreliable place: where the reading breaks off, it goes on.

    python port.py SOURCE TARGET [CHUNKS [BREAKS]]

To try it out, the first BREAKS connections are reset after so many CHUNKS of 1 KiB.
"""

from __future__ import annotations

import os
import sys
from typing import Callable

from streams2 import Callback, Readable, Transform, TransformCallback, fs, pipeline, run
from streams2.timers import Timeout, clear_timeout, set_timeout


class ResetError(Exception):
    code = "ECONNRESET"


def code_of(error: object) -> object:
    return getattr(error, "code", None)


class Retrying(Readable[bytes]):
    def __init__(
        self,
        open: Callable[[int], Readable[bytes]],
        *,
        tries: int = 4,
        delay: int = 5,
        high_water_mark: int | None = None,
    ) -> None:
        super().__init__(high_water_mark=high_water_mark)
        self.open = open
        self.tries = tries
        self.delay = delay
        self.offset = 0
        self.failures = 0
        self.source: Readable[bytes] | None = None
        self.timer: Timeout | None = None

    def _read(self, size: int) -> None:
        if self.source:
            self.source.resume()
        elif not self.timer:
            self.connect()

    def connect(self) -> None:
        self.timer = None
        self.source = source = self.open(self.offset)

        def on_data(chunk: bytes) -> None:
            self.offset += len(chunk)
            self.failures = 0
            if not self.push(chunk):
                source.pause()

        source.on("data", on_data)
        source.on("end", lambda: self.push(None))
        source.on("error", self.again)

    def again(self, error: Exception) -> None:
        self.source = None
        self.failures += 1
        if code_of(error) != "ECONNRESET" or self.failures == self.tries:
            self.destroy(error)
            return
        delay = self.delay * 2 ** (self.failures - 1)
        self.emit("retry", error, self.offset, delay)
        self.timer = set_timeout(self.connect, delay)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        clear_timeout(self.timer)
        if self.source:
            self.source.destroy()
        callback(error)


def main(source: str, target: str, chunks: str = "inf", breaks: str = "0") -> None:
    connections = 0

    def connect(offset: int) -> Readable[bytes]:
        nonlocal connections
        file = fs.create_read_stream(source, start=offset, high_water_mark=1024)
        connections += 1
        breaks_off = connections <= int(breaks)
        left = float(chunks)

        def transform(
            _: Transform[bytes, bytes], chunk: bytes, _encoding: str, callback: TransformCallback
        ) -> None:
            nonlocal left
            left -= 1
            if not breaks_off or left >= 0:
                callback(None, chunk)
            else:
                callback(ResetError("connection reset"))

        line = Transform(transform=transform)
        return pipeline(file, line, callback=lambda _: None)

    def retry(error: Exception, offset: int, delay: float) -> None:
        print(f"{code_of(error)} at {offset}: again in {delay} ms")

    def over(error: BaseException | None) -> None:
        if error is None:
            print(f"{retrying.offset} bytes by {connections} connections")
            return
        print(f"given up at {retrying.offset}: {code_of(error)}", file=sys.stderr)
        os.unlink(target)
        sys.exit(1)

    retrying = Retrying(connect, tries=4)
    retrying.on("retry", retry)
    pipeline(retrying, fs.create_write_stream(target), callback=over)


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
