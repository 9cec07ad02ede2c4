"""Count the lines, words and bytes of files, as wc does.

python port.py [FILE...]
"""

from __future__ import annotations

import sys

from streams2 import Callback, Writable, fs, pipeline, run, stdio

NEWLINE = 10
exit_code = 0


class Counter(Writable[bytes]):
    def __init__(self, high_water_mark: int | None = None) -> None:
        super().__init__(high_water_mark=high_water_mark)
        self.lines = 0
        self.words = 0
        self.bytes = 0
        self._in_word = False

    def _write(self, chunk: bytes, encoding: str, callback: Callback) -> None:
        self.bytes += len(chunk)
        for byte in chunk:
            if byte == NEWLINE:
                self.lines += 1
            is_space = byte == 32 or 9 <= byte <= 13
            if not is_space and not self._in_word:
                self.words += 1
            self._in_word = not is_space
        callback()


total = {"lines": 0, "words": 0, "bytes": 0}
names = sys.argv[1:]


def show(lines: int, words: int, bytes_: int, name: str = "") -> None:
    columns = [str(n).rjust(8) for n in (lines, words, bytes_)]
    print("".join(columns) + (" " + name if name else ""))


def count_next(index: int) -> None:
    if index == len(names):
        if len(names) > 1:
            show(total["lines"], total["words"], total["bytes"], "total")
        return
    name = names[index]
    counter = Counter()
    source = fs.create_read_stream(name)

    def done(err: BaseException | None) -> None:
        global exit_code
        if err is not None:
            print("wc: " + getattr(err, "message", str(err)), file=sys.stderr)
            exit_code = 1
        else:
            for key in total:
                total[key] += getattr(counter, key)
            show(counter.lines, counter.words, counter.bytes, name)
        count_next(index + 1)

    pipeline(source, counter, callback=done)


def main() -> None:
    if len(names) == 0:
        input = Counter(high_water_mark=1024)
        stdio.stdin().pipe(input).on("finish", lambda: show(input.lines, input.words, input.bytes))
    else:
        count_next(0)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
