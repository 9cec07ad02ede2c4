"""Run several programs in turns, so that what slows the machine slows them all."""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Callable, NamedTuple


class Contestant(NamedTuple):
    """A program that moves `count` values when it is called with `count`."""

    name: str
    move: Callable[[int], None]


def values(about: str | None, default: int) -> int:
    """How many values the command line asks for."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=about, formatter_class=formatter)
    parser.add_argument(
        "values",
        nargs="?",
        type=int,
        default=default,
        metavar="VALUES",
        help="how many values each moves (default: %(default)s)",
    )
    count: int = parser.parse_args().values
    return count


def compare(contestants: list[Contestant], count: int, rounds: int = 5) -> dict[str, float]:
    """The median time that each needs for one value, in microseconds."""
    times: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for name, move in contestants:
            start = time.perf_counter()
            move(count)
            times[name].append((time.perf_counter() - start) / count * 1e6)
    return {name: statistics.median(measured) for name, measured in times.items()}


def report(title: str, medians: dict[str, float]) -> None:
    """Print a table; each time also as a multiple of the first one's."""
    first = next(iter(medians.values()))
    print(f"{title}\n")
    print(f"{'':34}{'us a value':>12}{'ratio':>8}")
    for name, median in medians.items():
        print(f"{name:34}{median:12.2f}{median / first:8.2f}")
    print()
