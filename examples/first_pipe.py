"""A source, a transform and a sink, piped; the source is paused whenever the sink is full.

python examples/first_pipe.py
"""

from __future__ import annotations

import asyncio
from typing import Any

from streams2 import Readable, Transform, TransformCallback, Writable, run
from streams2.core.calling import Callback


class Numbers(Readable[int]):
    """Counts, for as long as somebody reads."""

    def __init__(self, last: int) -> None:
        super().__init__(object_mode=True, high_water_mark=4)
        self.next = 1
        self.last = last

    def _read(self, size: int) -> None:
        self.push(self.next if self.next <= self.last else None)
        self.next += 1


class Square(Transform[int, int]):
    def _transform(self, chunk: int, encoding: Any, callback: TransformCallback) -> None:
        callback(None, chunk * chunk)


class SlowPrinter(Writable[int]):
    """Takes a hundredth of a second for each chunk."""

    def _write(self, chunk: int, encoding: Any, callback: Callback) -> None:
        print(chunk)
        asyncio.get_running_loop().call_later(0.01, callback)


def main() -> None:
    numbers = Numbers(10)
    numbers.on("pause", lambda: print("  the source waits"))
    numbers.on("resume", lambda: print("  the source goes on"))
    printer = SlowPrinter(object_mode=True, high_water_mark=2)
    numbers.pipe(Square(object_mode=True, high_water_mark=2)).pipe(printer)
    printer.on("finish", lambda: print("done"))


if __name__ == "__main__":
    run(main)
