"""Compare `streams2.iter` with Node: ``python -m tests.iter_judge --programs 20000 --seed 1``."""

from __future__ import annotations

import argparse
import json
import sys

from ..oracles import node as find_node
from .compare import canonical, differences, differs, shrink
from .corpus import record
from .generator import generate
from .node import Node
from .runner import run_program


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.iter_judge", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many random programs")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first")
    parser.add_argument("--run", metavar="PROGRAM", help="run this program (JSON) on both")
    parser.add_argument("--most", type=int, default=1, help="stop after so many that differ")
    parser.add_argument("--kind", help="programs of one kind")
    parser.add_argument("--record", action="store_true", help="record the corpus anew")
    arguments = parser.parse_args()
    found = 0
    with Node(find_node()) as node:
        if arguments.record:
            print(f"{record(node)} programs recorded")
            return 0
        if arguments.run:
            return show(node, json.loads(arguments.run))
        for seed in range(arguments.seed, arguments.seed + arguments.programs):
            program = generate(seed, arguments.kind)
            if differs(node, program):
                found += 1
                print(f"seed {seed} differs; shrunk:")
                show(node, shrink(node, program))
                if found == arguments.most:
                    return 1
    print(f"{arguments.programs} programs, {found} differ")
    return int(found > 0)


def show(node: Node, program: list[object]) -> int:
    """Print a program and what differs; the exit status."""
    print(json.dumps(program))
    ours, nodes = canonical(run_program(program)), canonical(node.run_program(program))
    for line in differences(ours, nodes):
        print(line)
    return int(ours != nodes)


if __name__ == "__main__":
    sys.exit(main())
