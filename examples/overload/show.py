"""The table, the lesson and the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .books import Account
from .drive import Ordeal
from .load import GAVE_UP, REFUSED, SERVED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = ("", "served/s", "refused/s", "gave up/s", "p50", "p95", "p99", "held", "memory")
WIDTHS = (10, 9, 10, 10, 8, 8, 8, 6, 11)

#: A wait that has grown so much from the first quarter of the load to the last is no longer flat.
CLIMBED = 2.0

MIB = 1024 * 1024

OUTCOMES = {SERVED: "#0072b2", REFUSED: "#d55e00", GAVE_UP: "#999999"}
MUTED = "#666666"


def table(accounts: Sequence[Account], capacity: float) -> str:
    """All numbers, one load after the other; at most 80 columns."""
    lines = []
    for rate in dict.fromkeys(account.rate for account in accounts):
        lines += [f"{rate:g} requests a second come; {capacity:g} can be served", row(HEADER)]
        lines += [row(cells(account)) for account in accounts if account.rate == rate]
        lines.append("")
    return "\n".join(lines)


def row(columns: Sequence[str]) -> str:
    first, *others = columns
    return first.ljust(WIDTHS[0]) + "".join(
        text.rjust(width) for text, width in zip(others, WIDTHS[1:])
    )


def cells(account: Account) -> tuple[str, ...]:
    return (
        account.form,
        f"{account.served:.0f}",
        f"{account.refused:.0f}",
        f"{account.gave_up:.0f}",
        milliseconds(account.p50),
        milliseconds(account.p95),
        milliseconds(account.p99),
        str(account.most_held),
        f"{account.memory / MIB:+.1f} MiB",
    )


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f}ms"


def lesson(accounts: Sequence[Account]) -> str:
    """What each server makes of the heaviest load, in a line."""
    heaviest = max(account.rate for account in accounts)
    return "\n".join(
        f"{account.form.ljust(WIDTHS[0])} {verdict(account)}"
        for account in accounts
        if account.rate == heaviest
    )


def verdict(account: Account) -> str:
    """Whether a server got slower for as long as the load lasted, and who paid."""
    if account.early is None or account.late is None:
        return "serves nobody in the end"
    from_to = f"{milliseconds(account.early)} at first, {milliseconds(account.late)} at last"
    climbs = account.late > CLIMBED * account.early
    waits = f"the wait climbs: {from_to}" if climbs else f"the wait stays flat: {from_to}"
    turned_away = max(account.refused, account.gave_up)
    if turned_away < 1:
        return f"{waits}; nobody is turned away"
    how = "is told so" if account.refused >= account.gave_up else "finds no connection"
    return f"{waits};\n{'':{WIDTHS[0]}} {turned_away:.0f} a second are too many: each {how}"


# -- the picture --------------------------------------------------------------------------------


def plot(ordeals: Sequence[Ordeal], capacity: float, path: Path) -> None:
    """Draw the heaviest load: a column for each server, all on the same scales.

    Args:
        ordeals: of one or more servers and loads.
        capacity: how many requests a second can be served.
        path: where to; its suffix says in which format.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    heaviest = max(ordeal.rate for ordeal in ordeals)
    shown = [ordeal for ordeal in ordeals if ordeal.rate == heaviest]
    pyplot.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure, rows = pyplot.subplots(
        4,
        len(shown),
        sharex="all",
        sharey="row",
        figsize=(2.6 * len(shown) + 0.8, 8),
        squeeze=False,
    )
    for column, ordeal in enumerate(shown):
        draw(ordeal, [row[column] for row in rows])
    label(rows, shown[0].seconds)
    title = f"{heaviest:g} requests a second come until the dotted line; {capacity:g} can be served"
    figure.suptitle(title, fontsize=15)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    handles = [Patch(color=colour) for colour in OUTCOMES.values()]
    figure.legend(handles, list(OUTCOMES), loc="lower center", ncols=len(OUTCOMES), frameon=False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def draw(ordeal: Ordeal, axes: Sequence[Axes]) -> None:
    """One server's column: what it holds, its memory, the waits, and what became of people."""
    held, memory, waits, fates = axes
    held.set_title(ordeal.form, fontsize=13, fontweight="bold")
    times = [reading.at for reading in ordeal.readings]
    held.fill_between(times, [reading.held for reading in ordeal.readings], color="#0072b2")
    base = ordeal.readings[0].memory if ordeal.readings else 0
    grown = [(reading.memory - base) / MIB for reading in ordeal.readings]
    memory.fill_between(times, grown, color="#009e73")
    for outcome, colour in OUTCOMES.items():
        visits = [visit for visit in ordeal.visits if visit.outcome == outcome]
        xs, ys = [visit.came for visit in visits], [visit.seconds for visit in visits]
        waits.plot(xs, ys, ".", color=colour, markersize=3)
    below = [0] * (last_second(ordeal) + 1)
    for outcome, colour in OUTCOMES.items():
        learnt = per_second_of(ordeal, outcome)
        fates.bar(range(len(learnt)), learnt, 0.9, below, align="edge", color=colour)
        below = [low + more for low, more in zip(below, learnt)]


def last_second(ordeal: Ordeal) -> int:
    """The second in which the last one learnt what becomes of him."""
    return int(max((visit.came + visit.seconds for visit in ordeal.visits), default=0))


def per_second_of(ordeal: Ordeal, outcome: str) -> list[int]:
    """How many learnt of this outcome in each second."""
    counts = [0] * (last_second(ordeal) + 1)
    for visit in ordeal.visits:
        if visit.outcome == outcome:
            counts[int(visit.came + visit.seconds)] += 1
    return counts


def label(rows: Any, seconds: float) -> None:
    names = ("requests held", "memory (MiB)", "seconds waited", "people a second")
    for row, name in zip(rows, names):
        row[0].set_ylabel(name)
        for axes in row:
            axes.set_ylim(bottom=0)
            axes.axvline(seconds, color=MUTED, linewidth=0.8, linestyle=":")
    for axes in rows[-1]:
        axes.set_xlabel("seconds")
