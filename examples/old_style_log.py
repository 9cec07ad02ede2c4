"""An old-style stream, as many an npm package is one: a logger that emits lines and can be piped.

python examples/old_style_log.py

It has no buffer of its own: it is told by `pause` and `resume` when its destination is full.
"""

from __future__ import annotations

from streams2 import Stream, Writable, next_tick, run
from streams2.core.calling import Callback


class Log(Stream):
    """Emits its entries as they come; those that come while it is held up, afterwards."""

    readable = True

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[str] = []
        self.held_up = self.over = False

    def info(self, message: str) -> None:
        """Log a message."""
        self.waiting.append(f"info: {message}\n")
        self.resume_if_free()

    def pause(self) -> None:
        """The destination is full."""
        print("  held up")
        self.held_up = True

    def resume(self) -> None:
        """The destination has room."""
        self.held_up = False
        self.resume_if_free()

    def resume_if_free(self) -> None:
        """Emit what waits."""
        while self.waiting and not self.held_up:
            self.emit("data", self.waiting.pop(0))
        if self.over and not self.waiting:
            self.emit("end")

    def close(self) -> None:
        """That was all: whoever it is piped to is ended, too."""
        self.over = True
        self.resume_if_free()


def write(_: Writable[str], chunk: str, _encoding: object, callback: Callback) -> None:
    """Print, and take a tick for it."""
    print(chunk, end="")
    next_tick(callback)


def main() -> None:
    log = Log()
    log.pipe(Writable(decode_strings=False, high_water_mark=20, write=write))
    for message in ("one", "two", "three"):
        log.info(message)
    log.close()


if __name__ == "__main__":
    run(main)
