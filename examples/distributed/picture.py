"""The picture: rates, what the queues hold, and memory, over the same seconds.

The colours are those of Okabe and Ito, which people of all kinds of sight tell apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .figures import MIB, Record, rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"producer": "#d55e00", "consumer": "#000000", "broker": "#cc79a7"}
WORKERS = ("#0072b2", "#56b4e9", "#009e73", "#e69f00", "#999999")
QUEUES = {"work": "#0072b2", "done": "#e69f00"}


def colour(name: str) -> str:
    number = int(name.rpartition("-")[2]) - 1 if "-" in name else 0
    return COLOURS.get(name) or WORKERS[number % len(WORKERS)]


def plot(record: Record, path: Path) -> None:
    """Draw a run; the suffix of `path` says in which format."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure, rows = pyplot.subplots(4, 1, sharex=True, figsize=(10.5, 11))
    pace, backlog, unacknowledged, memory = rows
    for name, samples in record.samples.items():
        if name != "broker":
            points = rates(samples)
            pace.plot(*zip(*points), color=colour(name), label=name) if points else None
        times = [sample.at for sample in samples]
        memory.plot(
            times, [s.said["memory"] / MIB for s in samples], color=colour(name), label=name
        )
    for axes, what in ((backlog, "backlog"), (unacknowledged, "unacknowledged")):
        for name, samples in record.queues.items():
            held = [sample.said[what] for sample in samples]
            axes.plot([s.at for s in samples], held, color=QUEUES[name], label=f"queue {name!r}")
    for axes, limit in ((backlog, record.limit), (unacknowledged, record.lanes)):
        axes.axhline(limit, color="#666666", linestyle="--", linewidth=1, label=f"limit: {limit}")
    names = ("messages a second", "messages in the queue", "unacknowledged", "memory, MiB")
    for axes, name in zip(rows, names):
        finish(axes, name, record)
    for at, what in record.marks:
        pace.annotate(what, (at, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    memory.set_xlabel("seconds")
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def finish(axes: Axes, name: str, record: Record) -> None:
    axes.set_ylabel(name)
    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    for at, _ in record.marks:
        axes.axvline(at, color="#666666", linestyle=":", linewidth=1)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
