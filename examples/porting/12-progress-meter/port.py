"""Copy a file, and show how far that is.

python port.py [--every PERCENT] SOURCE TARGET
"""

from __future__ import annotations

import errno
import math
import os
import sys

from streams2 import PassThrough, fs, pipeline, run, stdio

exit_code = 0

Progress = dict[str, int]


class ProgressMeter(PassThrough[bytes]):
    def __init__(self, total: int, every: int, *, high_water_mark: int | None = None) -> None:
        super().__init__(high_water_mark=high_water_mark)
        self.total = total
        self.step = every
        self.transferred = 0
        self.next = every
        self.on("data", lambda chunk: self.count(len(chunk)))

    def count(self, length: int) -> None:
        self.transferred += length
        percentage = self.percentage
        while self.next <= percentage:
            self.emit("progress", {"percentage": self.next, "total": self.total})
            self.next += self.step

    @property
    def percentage(self) -> int:
        return 100 if self.total == 0 else (self.transferred * 100) // self.total


def bar(percentage: int, width: int = 20) -> str:
    full = math.floor((percentage / 100) * width + 0.5)
    return f"[{'#' * full}{'.' * (width - full)}]"


def main() -> None:
    args = sys.argv[1:]
    every = 10
    if args[:1] == ["--every"]:
        every = int(args[1])
        del args[:2]
    if len(args) < 2:
        print("usage: progress [--every PERCENT] SOURCE TARGET", file=sys.stderr)
        sys.exit(2)
    source, target = args

    try:
        stats = os.stat(source)
    except OSError as err:
        global exit_code
        print(f"{errno.errorcode[err.errno or 0]}: {source}", file=sys.stderr)
        exit_code = 1
        return
    meter = ProgressMeter(stats.st_size, every, high_water_mark=4096)

    @meter.on("progress")
    def on_progress(progress: Progress) -> None:
        percentage, total = progress["percentage"], progress["total"]
        stdio.stderr().write(f"{bar(percentage)} {str(percentage).rjust(3)}% of {total}\n")

    def done(err: BaseException | None) -> None:
        global exit_code
        if err is not None:
            text = f"{getattr(err, 'code', None)} after {meter.percentage}%\n"
            stdio.stderr().write(text)
            exit_code = 1
        else:
            print(f"{meter.transferred} bytes copied")

    pipeline(
        fs.create_read_stream(source, high_water_mark=1000),
        meter,
        fs.create_write_stream(target),
        callback=done,
    )


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
