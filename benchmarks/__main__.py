"""Speed beside others: ``python -m benchmarks [NAME...] [--quick] [--json F] [--plot F]``.

All contestants of a work do it in turns, so that what slows the machine slows them all. Nobody's
time is shown before its result was checked.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from .every import every_work
from .lane import with_lane
from .pictures import draw
from .works import figures_of, leave_alone_what_is_imported, machine, measure


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say what was found."""
    formatter = argparse.RawDescriptionHelpFormatter
    works = every_work()
    names = [work.name for work in works]
    parser = argparse.ArgumentParser("benchmarks", description=__doc__, formatter_class=formatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join(names) + " (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="little work, once: does it run?")
    parser.add_argument("--rounds", type=int, help="how often each does it (default: 7)")
    parser.add_argument("--pypy", metavar="PATH", help="a PyPy that has pyee (default: pypy3)")
    parser.add_argument("--json", metavar="F", help="write the figures to this file")
    parser.add_argument("--plot", metavar="F", help="draw them into this file (needs matplotlib)")
    parser.add_argument("--note", metavar="TEXT", help="what else was so, kept with the figures")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in names]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(names)}")
    rounds = options.rounds or (1 if options.quick else 7)
    on = machine()
    if options.note:
        on["note"] = options.note
    print(", ".join(f"{what}: {value}" for what, value in on.items()))
    measured = []
    leave_alone_what_is_imported()
    for work in with_lane(works, options.pypy):
        if not options.names or work.name in options.names:
            measured.append(measure(work, rounds=rounds, quick=options.quick))
            show(measured[-1])
            if options.json:  # After each, for all of it takes long.
                keep(options.json, on, rounds, measured)
    if options.plot:
        draw(measured, options.plot)


def keep(path: str, on: dict[str, Any], rounds: int, measured: list[dict[str, Any]]) -> None:
    """Write what is known so far."""
    kinds = {
        "works": [each for each in measured if "seconds" in each],
        "memory": [each for each in measured if "seconds" not in each],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": on, "rounds": rounds, **kinds}, file, indent=1)


def show(found: dict[str, Any]) -> None:
    """Print a table."""
    figures = figures_of(found)
    print(f"\n{found['name']}: {found['about']}; {found['size']:,} {found['unit']}\n")
    print(f"{found['measured']:42}{'median':>14}{'least':>14}{'most':>14}{'ratio':>8}")
    # Of little work, the system may not have noticed that it holds more.
    first = next(iter(figures.values()))["median"] or 1.0
    width = ".4f" if "seconds" in found else ",.0f"
    for who, each in figures.items():
        shown = "".join(f"{each[which]:14{width}}" for which in ("median", "least", "most"))
        print(f"{who:42}{shown}{each['median'] / first:8.2f}")
    if found["missing"]:
        print(f"without: {', '.join(found['missing'])}")


if __name__ == "__main__":
    main()
