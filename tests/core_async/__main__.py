"""Compare streams2 with the real core.async: ``python -m tests.core_async --programs 20000``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from .compare import differs, outcomes, shrink
from .corpus import record
from .generator import generate
from .jvm import CoreAsync


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.core_async", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many random programs")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first")
    parser.add_argument("--run", metavar="PROGRAM", help="run this program (JSON) on both")
    parser.add_argument("--record", action="store_true", help="record the corpus anew")
    arguments = parser.parse_args()
    with CoreAsync() as core_async:
        if arguments.record:
            print(f"{record(core_async)} outcomes changed")
            return 0
        if arguments.run:
            return show(core_async, json.loads(arguments.run))
        for seed in range(arguments.seed, arguments.seed + arguments.programs):
            program = generate(seed)
            if differs(core_async, program):
                print(f"seed {seed} differs; shrunk:")
                return show(core_async, shrink(core_async, program))
            if (seed + 1) % 1000 == 0:
                print(f"{seed + 1 - arguments.seed} programs, no difference", flush=True)
    return 0


def show(core_async: CoreAsync, program: list[Any]) -> int:
    """Print a program with both outcomes; the exit status."""
    print(json.dumps(program))
    named = outcomes(core_async, program)
    for number, operation in enumerate(program):
        print(json.dumps(operation))
        for name, outcome in named.items():
            print(f"    {name:12} {json.dumps(outcome[number])}")
    return int(differs(core_async, program))


if __name__ == "__main__":
    sys.exit(main())
