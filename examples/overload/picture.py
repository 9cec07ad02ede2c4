"""The picture: a column for each server, what happens in it second by second downwards.

The loads stand one after the other on the axis of time. The colours are those of Okabe and Ito,
which people of all kinds of sight tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .drive import Ordeal
from .load import GAVE_UP, REFUSED, SERVED
from .moments import crowds, lasts, learnt_by_second, waits_by_second

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIB = 1024 * 1024

OUTCOMES = {SERVED: "#0072b2", REFUSED: "#d55e00", GAVE_UP: "#999999"}
PLACES = {"in the server": "#0072b2", "in the listen backlog": "#e69f00", "connecting": "#999999"}
MEMORY = "#009e73"
PERCENTILES: dict[str, tuple[str, Literal["-", "--", ":"]]] = {
    "p50": ("#0072b2", "-"),
    "p95": ("#56b4e9", "--"),
    "p99": ("#000000", ":"),
}
LOADED = "#eeeeee"

#: Seconds between two loads, on paper.
PAUSE = 2

#: The names of the rows, and how high they are beside each other.
ROWS = {
    "people waiting": 1.0,
    "MiB grown": 0.7,
    "wait, seconds (log)": 1.5,
    "people a second": 1.0,
}

#: The row on a logarithmic scale.
WAITS = 2


def plot(ordeals: Sequence[Ordeal], capacity: float, path: Path) -> None:
    """Draw all servers and loads, on the same scales.

    Args:
        ordeals: of one or more servers and loads.
        capacity: how many requests a second can be served.
        path: where to; its suffix says in which format.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    forms = list(dict.fromkeys(ordeal.form for ordeal in ordeals))
    pyplot.rcParams.update({"font.size": 13, "axes.spines.top": False, "axes.spines.right": False})
    figure, rows = pyplot.subplots(
        len(ROWS),
        len(forms),
        sharex="all",
        sharey="row",
        figsize=(2.9 * len(forms) + 3.3, 10),
        squeeze=False,
        gridspec_kw={"height_ratios": list(ROWS.values())},
    )
    # From the tens of milliseconds of a server at ease to the seconds of one that drowns. Set
    # before anything is drawn, or a load to which nobody came has no scale.
    rows[WAITS][0].set_yscale("log")
    begins = starts(ordeals)
    for ordeal in ordeals:
        column = forms.index(ordeal.form)
        draw(ordeal, begins[ordeal.rate], [row[column] for row in rows])
    label(rows, forms)
    rates = ", then ".join(f"{rate:g}" for rate in begins)
    title = f"Grey: {rates} requests a second come. {capacity:g} can be served"
    figure.suptitle(title, fontsize=18)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def starts(ordeals: Sequence[Ordeal]) -> dict[float, int]:
    """Where on the axis of time each load begins: when all are done with the one before."""
    begins: dict[float, int] = {}
    at = 0
    for rate in dict.fromkeys(ordeal.rate for ordeal in ordeals):
        begins[rate] = at
        longest = max(lasts(ordeal) for ordeal in ordeals if ordeal.rate == rate)
        at += math.ceil(longest) + PAUSE
    return begins


def draw(ordeal: Ordeal, start: float, axes: Sequence[Axes]) -> None:
    """One server under one load, from `start` on the axis of time."""
    for each in axes:
        each.axvspan(start, start + ordeal.seconds, color=LOADED, linewidth=0, zorder=0)
    waiting, memory, waits, fates = axes
    top = waiting.get_xaxis_transform()
    middle = start + ordeal.seconds / 2
    waiting.text(middle, 0.98, f"{ordeal.rate:g}/s", transform=top, ha="center", va="top")
    draw_crowds(ordeal, start, waiting)
    base = ordeal.readings[0].memory if ordeal.readings else 0
    times = [start + reading.at for reading in ordeal.readings]
    grown = [(reading.memory - base) / MIB for reading in ordeal.readings]
    memory.fill_between(times, grown, color=MEMORY, linewidth=1)
    draw_waits(ordeal, start, waits)
    draw_fates(ordeal, start, fates)


def draw_crowds(ordeal: Ordeal, start: float, axes: Axes) -> None:
    """Those who wait, by where they do."""
    found = crowds(ordeal)
    axes.stackplot(
        [start + crowd.at for crowd in found],
        [crowd.held for crowd in found],
        [crowd.backlog for crowd in found],
        [crowd.connecting for crowd in found],
        colors=list(PLACES.values()),
        linewidth=0,
    )


def draw_waits(ordeal: Ordeal, start: float, axes: Axes) -> None:
    """The percentiles of those served, and one dot for each of the others."""
    for outcome in (REFUSED, GAVE_UP):
        visits = [visit for visit in ordeal.visits if visit.outcome == outcome]
        xs = [start + visit.came + visit.seconds for visit in visits]
        ys = [visit.seconds for visit in visits]
        axes.plot(xs, ys, ".", color=OUTCOMES[outcome], markersize=4)
    found = waits_by_second(ordeal)
    middles = [start + waits.second + 0.5 for waits in found]
    for name, (colour, style) in PERCENTILES.items():
        ys = [getattr(waits, name) for waits in found]
        axes.plot(middles, ys, style, color=colour, linewidth=2)


def draw_fates(ordeal: Ordeal, start: float, axes: Axes) -> None:
    """How many learnt what in each second."""
    below = [0] * (int(lasts(ordeal)) + 1)
    seconds = [start + second for second in range(len(below))]
    for outcome, colour in OUTCOMES.items():
        learnt = learnt_by_second(ordeal, outcome)
        axes.bar(seconds, learnt, 0.9, below, align="edge", color=colour)
        below = [low + more for low, more in zip(below, learnt)]


def label(rows: Any, forms: Sequence[str]) -> None:
    """Names and scales of the axes, and a legend at the right of each row."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    for axes, form in zip(rows[0], forms):
        axes.set_title(form, fontsize=16, fontweight="bold")
    for row, name in zip(rows, ROWS):
        row[0].set_ylabel(name)
    waiting, memory, waits, fates = (row[0] for row in rows)
    for axes in (waiting, memory, fates):
        # Room above, for the rates.
        axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    waits.yaxis.set_major_formatter("{x:g}")
    for axes in rows[-1]:
        axes.set_xlabel("seconds")
    lines = [
        Line2D([], [], color=colour, linestyle=style, linewidth=2)
        for colour, style in PERCENTILES.values()
    ]
    dots = [
        Line2D([], [], color=OUTCOMES[outcome], marker=".", markersize=10, linestyle="")
        for outcome in (REFUSED, GAVE_UP)
    ]
    legends: tuple[tuple[list[Any], list[str]], ...] = (
        ([Patch(color=colour) for colour in PLACES.values()], list(PLACES)),
        (lines + dots, [*(f"{name} of served" for name in PERCENTILES), REFUSED, GAVE_UP]),
        ([Patch(color=colour) for colour in OUTCOMES.values()], list(OUTCOMES)),
    )
    for row, (handles, names) in zip((rows[0], *rows[2:]), legends):
        # The legend reads downwards as the areas and bars are stacked: the last is on top.
        row[-1].legend(
            handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False
        )
