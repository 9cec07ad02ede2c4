"""Pictures of what was measured: how many times as long each took as streams2."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import Any

from .works import figures_of

__all__ = ["TITLES", "draw", "draw_groups", "grouped", "ratios"]

TITLES = {
    "objects": "Objects through streams",
    "channels": "Channels",
    "files": "Files",
    "tcp": "TCP",
    "nodes_own": "Node's own benchmark",
    "memory": "Memory, and imports",
}

_WIDTH, _LETTERS = 6.0, 72
_TITLE, _BAR = 0.32, 0.23
"""In inches."""

_OURS, _NODES, _OTHERS = "#1f6f8b", "#4c9a2a", "#9aa5ad"


def ours(found: dict[str, Any]) -> str:
    """The name of the contestant that is streams2: the first."""
    return next(iter(figures_of(found)))


def ratios(found: dict[str, Any]) -> dict[str, tuple[float, float, float]]:
    """Each one's median, least and most, as multiples of the median of streams2."""
    figures = figures_of(found)
    base = figures[ours(found)]["median"] or 1.0
    return {
        who: (each["median"] / base, each["least"] / base, each["most"] / base)
        for who, each in figures.items()
    }


def grouped(measured: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What was measured, by the picture that it is part of."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for found in measured:
        groups.setdefault(found.get("group", "objects"), []).append(found)
    return groups


def draw_groups(measured: list[dict[str, Any]], directory: Path) -> dict[str, str]:
    """A picture for each group, into `directory`; their names, by group."""
    names = {}
    for group, members in grouped(measured).items():
        names[group] = f"performance-{group.replace('_', '-')}.png"
        draw(members, str(directory / names[group]))
    return names


def draw(measured: list[dict[str, Any]], path: str) -> None:
    """Draw bars for each work, one below the other on one scale: a phone shows them, too."""
    from matplotlib.figure import Figure

    many = [len(figures_of(found)) for found in measured]
    heights = [_TITLE + _BAR * each for each in many]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 2 * _TITLE), layout="constrained")
    axes = figure.subplots(len(measured), 1, squeeze=False, sharex=True, height_ratios=heights)
    ends = [end for found in measured for each in ratios(found).values() for end in each]
    for plot, found in zip(axes.flat, measured):
        _bars(plot, found)
    plot = axes.flat[0]
    plot.set_xscale("log")
    # The figure of the longest bar stands to the left of it, and left of that its name.
    room = max(3, (max(ends) / min(ends)) ** 0.22)
    plot.set_xlim(min(ends) / room, max(ends) * 3)
    times = all("seconds" in found for found in measured)
    less, more = ("quicker", "slower") if times else ("less", "more")
    figure.suptitle(f"← {less}   1 = streams2   {more} →", fontsize=10, color=_OURS)
    figure.savefig(path, dpi=110)


def _bars(plot: Any, found: dict[str, Any]) -> None:
    shown = sorted(ratios(found).items(), key=lambda item: item[1][0])
    names = [who for who, _ in shown]
    medians = [median for _, (median, _, _) in shown]
    spread = [
        [median - least for _, (median, least, _) in shown],
        [most - median for _, (median, _, most) in shown],
    ]
    colours = [_colour(who, ours(found)) for who in names]
    # From 1, to the left or to the right: a logarithmic scale has no zero to start a bar at.
    lengths = [median - 1 for median in medians]
    plot.barh(names, lengths, left=1, xerr=spread, color=colours, error_kw={"elinewidth": 0.8})
    plot.scatter(medians, names, color=colours, s=12, zorder=3)
    for row, (_, (median, least, most)) in enumerate(shown):
        at, side = (max(median, most) * 1.1, "left") if median >= 1 else (least / 1.1, "right")
        plot.text(at, row, f"{median:.2g}", va="center", ha=side, fontsize=9)
    plot.axvline(1, color=_OURS, linewidth=0.8, linestyle=":")
    plot.invert_yaxis()
    plot.tick_params(labelsize=9, length=0)
    plot.tick_params(axis="x", which="both", labelbottom=False, length=0)
    plot.spines[["top", "right", "bottom", "left"]].set_visible(False)
    title = f"{found['about']}: {found['size']:,} {found['unit']}"
    lines = wrap(title, _LETTERS)
    # From the left of the names, where there is room for it; the empty title keeps its place free.
    plot.set_title("\n" * (len(lines) - 1) + " ", fontsize=9.5)
    plot.annotate(
        "\n".join(lines),
        xy=(0, 1),
        xycoords=("figure fraction", "axes fraction"),
        xytext=(4, 5),
        textcoords="offset points",
        fontsize=9.5,
        weight="bold",
        annotation_clip=False,
    ).set_in_layout(False)


def _colour(who: str, first: str) -> str:
    if who == first or who.startswith(("streams2", first)):
        return _OURS
    return _NODES if who.startswith("Node") else _OTHERS
