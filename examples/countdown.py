"""Count down by an interval, unless a line is typed before the end.

python examples/countdown.py TENTHS_OF_A_SECOND
"""

from __future__ import annotations

import sys

from streams2 import run, stdio
from streams2.timers import clear_interval, set_immediate, set_interval


def main() -> None:
    left = int(sys.argv[1])

    def tick() -> None:
        nonlocal left
        left -= 1
        print(left)
        if left == 0:
            stop("lift-off")

    def stop(why: str) -> None:
        clear_interval(ticking)
        lines.destroy()
        # Behind the lines that are still to come in this turn.
        set_immediate(print, why)

    lines = stdio.stdin()
    print(left)
    ticking = set_interval(tick, 100)
    lines.once("data", lambda _: stop("held"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    run(main)
