"""What runs in the process of a check.

An order comes on standard input, and the verdict goes into a file.

Not to standard output: what a learner's program prints there counts for nothing.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys

from ..trace import page
from .checking import check
from .watching import lane_of

__all__ = ["main"]


def main() -> None:
    """Do what the order says: as of `running.check_file`."""
    order = json.load(sys.stdin)
    sys.argv = [order["file"]]
    sys.path.insert(0, os.path.dirname(order["file"]))
    with open(order["stuck"], "w", encoding="utf-8") as stuck:
        faulthandler.dump_traceback_later(order["seconds"], exit=True, file=stuck)
        verdict = check(order["number"], order["source"], file=order["file"])
        faulthandler.cancel_dump_traceback_later()
    if order["page"] is not None and verdict.trace is not None:
        title = f"Exercise {verdict.exercise}"
        with open(order["page"], "w", encoding="utf-8") as file:
            file.write(page(title, [lane_of(verdict.trace, os.path.basename(order["file"]))]))
    told = {"passed": verdict.passed, "sentences": verdict.sentences}
    with open(order["told"], "w", encoding="utf-8") as file:
        json.dump(told, file)
    sys.stdout.flush()
    # Threads and tasks that the program has left behind end with the process.
    os._exit(0)


if __name__ == "__main__":
    main()
