"""Compare streams2 with Node on random programs, or record the corpus anew.

python -m tests.conformance --programs 100000 --seed 7 --jobs 2
python -m tests.conformance record
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from pathlib import Path

from ..oracles import node as find_node
from .corpus import record
from .hunt import Findings, dump, hunt
from .node import Node

#: Programs that a worker looks at before it reports.
SLICE = 1000
#: A program's callbacks can be as deep as its trace is long, some twenty Python frames each.
RECURSION_LIMIT = 10_000
STACK_SIZE = 512 * 1024 * 1024


def main() -> int:
    options = _options()
    if options.command == "record":
        with Node(find_node()) as node:
            print(f"{record(node)} traces changed")
        return 0
    findings = Findings()
    slices = [
        range(start, min(start + SLICE, options.programs))
        for start in range(0, options.programs, SLICE)
    ]
    begun = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        without = options.without.split(",") if options.without else []
        futures = [pool.submit(work, find_node(), options.seed, part, without) for part in slices]
        for future in as_completed(futures):
            findings.add(future.result())
            _progress(findings, begun)
    print(file=sys.stderr)
    _report(findings, options)
    return 1 if findings.counts else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["hunt", "record"], default="hunt")
    parser.add_argument("--programs", type=int, default=10_000, help="how many (default 10000)")
    parser.add_argument("--seed", default="0", help="which programs; any word (default 0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with a Node")
    parser.add_argument("--without", default="", help="leave out programs with these verbs: a,b")
    parser.add_argument("--out", type=Path, help="a directory for the differences found")
    return parser.parse_args()


def work(node: str, seed: str, part: range, without: list[str]) -> Findings:
    """What one worker does: its part of the programs."""
    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(STACK_SIZE)
    with Node(node) as running, ThreadPoolExecutor(1) as deep:
        return deep.submit(hunt, running, seed, part, without).result()


def _progress(findings: Findings, begun: float) -> None:
    rate = findings.programs / (time.monotonic() - begun)
    differing = sum(findings.counts.values())
    line = f"{findings.programs} programs, {differing} differ, {rate:.0f} a second"
    print(f"\r{line}", end="", file=sys.stderr)


def _report(findings: Findings, options: argparse.Namespace) -> None:
    kinds = sorted(findings.examples, key=lambda kind: len(dump(findings.examples[kind].program)))
    differing = sum(findings.counts.values())
    head = f"seed {options.seed}: {findings.programs} programs, {differing} differ"
    summary = [f"{head}, in {len(kinds)} ways"]
    summary += [f"{findings.counts[kind]:6}  {n:03}  {kind}" for n, kind in enumerate(kinds)]
    print(findings.coverage)
    print("\n".join(summary))
    if options.out is None:
        for kind in kinds:
            print(f"\n{findings.examples[kind]}")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for old in options.out.glob("*.txt"):
        old.unlink()
    (options.out / "SUMMARY.txt").write_text("\n".join(summary) + "\n")
    for n, kind in enumerate(kinds):
        (options.out / f"{n:03}.txt").write_text(f"{findings.examples[kind]}\n")


if __name__ == "__main__":
    sys.exit(main())
