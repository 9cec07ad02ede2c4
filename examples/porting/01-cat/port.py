"""Print files one after the other, as cat does. `-` is standard input; -n numbers the lines.

python port.py [-n] [FILE...]
"""

from __future__ import annotations

import re
import sys
from typing import Callable

from streams2 import Readable, Transform, TransformCallback, Writable, fs, run, stdio

exit_code = 0


class NumberLines(Transform[bytes, bytes]):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.at_start = True

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        text = ""
        for line in re.split(r"(?<=\n)", chunk.decode("latin1")):
            if self.at_start and line:
                self.count += 1
                text += str(self.count).rjust(6) + "\t"
            text += line
            self.at_start = line.endswith("\n")
        callback(None, text.encode("latin1"))


def open_(name: str) -> Readable[bytes]:
    return stdio.stdin() if name == "-" else fs.create_read_stream(name)


def cat(names: list[str], output: Writable[bytes], done: Callable[[], object]) -> None:
    if len(names) == 0:
        done()
        return
    name, *rest = names
    source = open_(name)

    @source.on("error")
    def on_error(err: Exception) -> None:
        global exit_code
        print(f"cat: {name}: {getattr(err, 'code', None)}", file=sys.stderr)
        exit_code = 1
        cat(rest, output, done)

    source.on("end", lambda: cat(rest, output, done))
    source.pipe(output, end=False)


def main() -> None:
    args = sys.argv[1:]
    numbered = args[:1] == ["-n"]
    names = args[1:] if numbered else args

    output: Writable[bytes] = stdio.stdout()
    if numbered:
        number = output = NumberLines()
        number.pipe(stdio.stdout())

    @stdio.stdout().on("error")
    def on_error(err: Exception) -> None:
        print(f"cat: {getattr(err, 'code', None)}", file=sys.stderr)
        sys.exit(2)

    cat(names if len(names) > 0 else ["-"], output, lambda: output.end() if numbered else None)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
