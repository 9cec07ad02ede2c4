"""Speed beside others: ``python -m benchmarks [NAME...] [--quick] [--json F] [--plot F]``.

All contestants of a work do it in turns, so that what slows the machine slows them all. Nobody's
time is shown before its result was checked.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from . import files, importing, objects, queues
from .works import machine, measure


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say what was found."""
    formatter = argparse.RawDescriptionHelpFormatter
    works = [*objects.works(), *queues.works(), *files.works(), *importing.works()]
    names = [work.name for work in works]
    parser = argparse.ArgumentParser("benchmarks", description=__doc__, formatter_class=formatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join(names) + " (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="little work, once: does it run?")
    parser.add_argument("--rounds", type=int, help="how often each does it (default: 7)")
    parser.add_argument("--json", metavar="F", help="write the figures to this file")
    parser.add_argument("--plot", metavar="F", help="draw them into this file (needs matplotlib)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in names]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(names)}")
    rounds = options.rounds or (1 if options.quick else 7)
    on = machine()
    print(", ".join(f"{what}: {value}" for what, value in on.items()))
    measured = []
    for work in works:
        if not options.names or work.name in options.names:
            measured.append(measure(work, rounds=rounds, quick=options.quick))
            show(measured[-1])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": on, "rounds": rounds, "works": measured}, file, indent=1)
    if options.plot:
        plot(measured, options.plot)


def show(found: dict[str, Any]) -> None:
    """Print a table."""
    print(f"\n{found['name']}: {found['about']}; {found['size']:,} {found['unit']}\n")
    print(f"{'':42}{'median s':>10}{'least':>9}{'most':>9}{'ratio':>8}")
    first = next(iter(found["seconds"].values()))["median"]
    for who, times in found["seconds"].items():
        figures = "".join(f"{times[which]:9.4f}" for which in ("least", "most"))
        print(f"{who:42}{times['median']:10.4f}{figures}{times['median'] / first:8.2f}")


def plot(measured: list[dict[str, Any]], path: str) -> None:
    """Draw a row of bars for each work."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2 * len(measured)), layout="constrained")
    axes = figure.subplots(len(measured), squeeze=False)
    for row, found in zip(axes[:, 0], measured):
        times = found["seconds"]
        medians = [each["median"] for each in times.values()]
        spread = [
            [each["median"] - each["least"] for each in times.values()],
            [each["most"] - each["median"] for each in times.values()],
        ]
        row.barh(list(times), medians, xerr=spread)
        row.invert_yaxis()
        row.set_title(f"{found['about']}: {found['size']:,} {found['unit']}, seconds", fontsize=9)
    figure.savefig(path)


if __name__ == "__main__":
    main()
