"""``python -m streams2.trace PROGRAM [ARGUMENT...]``: run a program, and write down what it does.

The recording is JSON (`Trace.to_json`), and goes to ``$STREAMS2_TRACE``, or to ``trace.json``: as
that of the recorder for Node, which ``streams2 trace-diff`` compares it with.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from . import record

__all__ = ["main"]


class _FromOutside(record):
    """A recording without lines: who did not ask for one step by step need not wait for it."""

    _lines = False


def main() -> None:
    """Run the program that the command line names, as ``python PROGRAM`` does.

    Raises:
        SystemExit: no program is named (status 2), or the program says so.
        Exception: the program fails.
    """
    if len(sys.argv) < len(("streams2.trace", "program")):
        print("usage: python -m streams2.trace PROGRAM [ARGUMENT...]", file=sys.stderr)
        sys.exit(2)
    path = Path(sys.argv[1])
    del sys.argv[0]
    sys.path[0] = str(path.resolve().parent)
    # What the program does to its folder or its environment is none of the recording's business.
    target = os.path.abspath(os.environ.get("STREAMS2_TRACE") or "trace.json")
    with _FromOutside(code=[str(path)]) as trace:
        try:
            runpy.run_path(str(path), run_name="__main__")
        finally:
            trace.to_json(target)


if __name__ == "__main__":
    main()
