"""Copy standard input to standard output, no faster than so many bytes a second.

python port.py [--burst BYTES] RATE

A bucket of tokens: it holds a burst, fills up at the rate, and each byte takes one.
"""

from __future__ import annotations

import math
import sys
import time

from streams2 import Callback, Transform, TransformCallback, pipeline, run, stdio
from streams2.timers import Timeout, clear_timeout, set_timeout

exit_code = 0


class RateLimiter(Transform[bytes, bytes]):
    def __init__(
        self, rate: float, burst: float | None = None, *, high_water_mark: int | None = None
    ) -> None:
        if not rate > 0:
            raise ValueError("the rate must be above 0")
        super().__init__(high_water_mark=high_water_mark)
        self.rate = rate
        self.burst = burst or rate
        self.tokens = self.burst
        self.filled_at = time.monotonic()
        self.timer: Timeout | None = None
        self.passed = 0

    def fill(self) -> None:
        now = time.monotonic()
        more = (now - self.filled_at) * self.rate
        self.tokens = min(self.burst, self.tokens + more)
        self.filled_at = now

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        self.fill()
        some = min(len(chunk), math.floor(self.tokens))
        if some > 0:
            self.tokens -= some
            self.passed += some
            self.push(chunk[:some])
            chunk = chunk[some:]
        if len(chunk) == 0:
            callback()
            return
        wanted = min(len(chunk), self.burst) - self.tokens

        def go_on() -> None:
            self.timer = None
            self._transform(chunk, encoding, callback)

        self.timer = set_timeout(go_on, math.ceil((wanted / self.rate) * 1000))

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        clear_timeout(self.timer)
        callback(error)


def main() -> None:
    args = sys.argv[1:]
    burst = None
    if args[:1] == ["--burst"]:
        burst = float(args[1])
        del args[:2]
    try:
        limiter = RateLimiter(float(args[0]), burst, high_water_mark=16 * 1024)
    except ValueError as err:
        print(err, file=sys.stderr)
        sys.exit(2)

    def done(err: BaseException | None) -> None:
        global exit_code
        text = f"broken off: {getattr(err, 'code', None)}" if err else f"{limiter.passed} bytes"
        print(text, file=sys.stderr)
        if err:
            exit_code = 1

    pipeline(stdio.stdin(), limiter, stdio.stdout(), callback=done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
