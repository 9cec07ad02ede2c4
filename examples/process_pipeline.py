"""A program, a transform of ours and another program, piped: as `sort FILE | number | head`.

python examples/process_pipeline.py FILE [COUNT]

Prints the first COUNT lines (10) of a sorted file, with numbers. Each is as fast as the slowest;
when the last one has had enough, the others end.
"""

from __future__ import annotations

import sys
from typing import Any

from streams2 import Transform, TransformCallback, child_process, lines, pipeline, run


class Number(Transform[str, str]):
    """Puts its number before each line."""

    def __init__(self) -> None:
        super().__init__(writable_object_mode=True)
        self.count = 0

    def _transform(self, line: str, encoding: Any, callback: TransformCallback) -> None:
        self.count += 1
        callback(None, f"{self.count:6}  {line}\n")


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    path, count = sys.argv[1], "".join(sys.argv[2:]) or "10"
    sort = child_process.spawn("sort", ["--", path], stdio=["ignore", "pipe", "inherit"])
    head = child_process.spawn("head", ["-n", count], stdio=["pipe", "inherit", "inherit"])
    assert sort.stdout
    assert head.stdin

    def done(error: Exception | None) -> None:
        # EPIPE: `head` reads no more; or it has ended already, and took its pipe with it.
        codes = (None, "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED")
        if getattr(error, "code", None) not in codes:
            raise error or AssertionError

    pipeline(sort.stdout, lines(), Number(), head.stdin, callback=done)
    sort.on("exit", lambda code, _: sys.exit(code) if code else None)


if __name__ == "__main__":
    run(main)
