"""Why one variant holds more than another, told from the figures of the runs themselves.

Where the bytes of the peak were was seen when they were held. What is said of it here follows from
that, and from how large a chunk is beside a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .measurements import Whereabouts
from .presentation import Report
from .rates import format_bytes
from .small_plan import SmallPlan
from .small_run import SmallRun
from .variants import VARIANTS

__all__ = ["why_they_hold_it"]

_WITH_NO_BUFFER = {"blocking", "anyio", "trio"}

Held = tuple[str, int, Whereabouts]
"""A variant's name, the most that it held, and where."""


def why_they_hold_it(report: Report, runs: Sequence[SmallRun], plan: SmallPlan) -> list[str]:
    """Sentences on what was held at the worst moment, a paragraph each.

    Args:
        report: the real runs.
        runs: the ones to step through.
        plan: of these.
    """
    settings = report.settings
    real = [
        (found.name, found.peak_buffered_bytes, found.at_peak)
        for found in report.measurements
        if found.at_peak is not None and found.bound_bytes is not None
    ]
    small = [
        (run.variant.name, run.counters.peak_buffered_bytes, run.at_peak)
        for run in runs
        if run.at_peak is not None
    ]
    sizes = sorted(set(map(len, plan.chunks)))
    return [
        *_paragraph(
            "In the tables",
            [settings.chunk_size],
            settings.high_water_mark,
            [each for each in real if each[2] is not None],
            format_bytes,
        ),
        *_queues(report),
        *_paragraph("In the run to step through", sizes, plan.high_water_mark, small, str),
    ]


def _queues(report: Report) -> list[str]:
    """Those whose files hold nothing: all is in the queue between two hands."""
    queues = {variant.name for variant in VARIANTS if variant.endpoints in _WITH_NO_BUFFER}
    alike: dict[int, list[str]] = {}
    for found in report.measurements:
        if found.name in queues and found.bound_bytes == found.peak_buffered_bytes:
            alike.setdefault(found.peak_buffered_bytes, []).append(found.name)
    return [
        f"{_listed(names)}: a queue with room for as many chunks as make it {format_bytes(peak)} "
        "with one in either hand: what two marks and a chunk on the way come to."
        for peak, names in alike.items()
    ]


def _paragraph(
    where: str,
    sizes: Sequence[int],
    mark: int,
    held: Sequence[Held],
    show: Callable[[int], str],
) -> list[str]:
    if not held:
        return []
    chunks = show(sizes[0]) if len(sizes) == 1 else f"{show(sizes[0])} to {show(sizes[-1])}"
    unit = " bytes" if show is str else ""
    if sizes[0] >= mark:
        size = "as large as" if sizes == [mark] else "larger than"
        beside = f"{size} a mark ({show(mark)}{unit})"
        rule = f"{where}, a chunk ({chunks}{unit}) is {beside}: one fills a side."
    elif sizes[-1] < mark:
        rule = (
            f"{where}, a chunk ({chunks}{unit}) is smaller than a mark ({show(mark)}{unit}): a "
            "side takes chunks until it has that much, and the last may take it beyond."
        )
    else:
        rule = f"{where}, chunks have {chunks}{unit}, some less than a mark of {show(mark)}."
    full = -(-mark // sizes[-1]) * sizes[-1]
    return [" ".join([rule, *_each(held, full, show)])]


def _each(held: Sequence[Held], full: int, show: Callable[[int], str]) -> list[str]:
    """A sentence for each figure, with all the variants that come to it in the same way.

    Args:
        held: what was held, and where.
        full: what a side has that takes chunks until it is at its mark.
        show: a figure in words.
    """
    alike: dict[tuple[int, Whereabouts], list[str]] = {}
    for name, peak, at_peak in held:
        alike.setdefault((peak, at_peak), []).append(name)
    told = []
    for (peak, at), names in alike.items():
        parts = [(at.source, "in the source"), (at.way, "on the way"), (at.sink, "in the sink")]
        there = [f"{show(size)} {place}" for size, place in parts if size]
        sum_of = " + ".join(there)
        told.append(f"{_listed(names)}: {sum_of or 'nothing'} = {show(peak)}.")
    on_the_way = any(at.way for _, _, at in held)
    below = [name for name, _, at in held if at.way and at.sink < max(a.sink for _, _, a in held)]
    above = [name for name, _, at in held if name == "asyncio" and max(at.source, at.sink) > full]
    if above:
        told.append("asyncio pushes back above a mark and not at it: a side takes a chunk more.")
    if on_the_way:
        told.append("What is on the way is a chunk that a put holds until it is taken.")
    if below:
        told.append(
            f"{_listed(below)} {'takes' if len(below) == 1 else 'take'} the next chunk when one is "
            "written, so the sink never has more than that one, whatever its mark."
        )
    return told


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
