"""The page of one run: ``python -m benchmarks.page FIGURES.json > docs/performance.md``."""

from __future__ import annotations

import json
import sys
from typing import Any


def page(figures: dict[str, Any]) -> str:
    """The page in Markdown: a table for each work, the quickest first."""
    on = ", ".join(f"{what} {value}" for what, value in figures["machine"].items())
    lines = [
        "# Performance",
        "",
        "How long the same work takes beside others. All take turns; the result is checked before",
        "a time is shown. For your own machine: `python -m benchmarks --json figures.json`.",
        "",
        f"Measured on: {on}. Medians of {figures['rounds']} rounds.",
    ]
    for work in figures["works"]:
        lines += ["", f"## {work['about']}: {work['size']:,} {work['unit']}", ""]
        lines += ["| | median, s | least | most | times the quickest |", "|---|---|---|---|---|"]
        ranked = sorted(work["seconds"].items(), key=lambda item: item[1]["median"])
        quickest = ranked[0][1]["median"]
        for who, times in ranked:
            cells = [f"{times[which]:.3f}" for which in ("median", "least", "most")]
            ratio = f"{times['median'] / quickest:.1f}"
            lines.append(f"| {' | '.join([who, *cells, ratio])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page."""
    with open(sys.argv[1], encoding="utf-8") as file:
        print(page(json.load(file)), end="")


if __name__ == "__main__":
    main()
