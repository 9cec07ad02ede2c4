"""A comparison as a picture. Needs matplotlib, the extra ``plot``."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullLocator

from .measurements import Measurement
from .presentation import Report
from .rates import format_bytes
from .saving import save
from .tables import BUSY, header

__all__ = ["BEYOND", "LINE", "WITHIN", "draw_timeline", "write_plot"]

_COLUMNS = 4
WITHIN, BEYOND, LINE = "#2a7f9e", "#c8452b", "#333333"
_NO_RESULT = "#bbbbbb"


def write_plot(report: Report, path: str) -> None:
    """Draw `report` into the file at `path`, which is a PNG or an SVG by the end of its name.

    Above: what each variant held over time, all on one scale, with the high-water mark. Below: the
    most it held, and how long it took.

    Raises:
        OSError: the file cannot be written.
    """
    found = report.measurements
    rows = math.ceil(len(found) / _COLUMNS)
    columns = min(_COLUMNS, len(found))
    heights = 1.9 * rows + 0.4, 1.9 * rows + 0.4, 0.8 + 0.27 * len(found)
    figure = Figure(figsize=(12.8, 0.9 + sum(heights)), layout="constrained")
    figure.suptitle(_title(report), fontsize=11, ha="left", x=0.01)
    *both, below = _stacked(figure, heights)
    for part, linear in zip(both, (False, True)):
        part.supxlabel("seconds", fontsize=9)
        part.supylabel(f"bytes held ({'linear' if linear else 'log'} scale)", fontsize=9)
        panels = part.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, measurement in zip(panels.flat, found):
            draw_timeline(axes, measurement, report, linear=linear)
        for axes in panels.flat[len(found) :]:
            axes.set_axis_off()
    peaks, times = below.subplots(1, 2, sharey=True)
    _draw_peaks(peaks, report)
    _draw_times(times, found)
    _save(figure, path)


def _stacked(figure: Figure, heights: tuple[float, ...]) -> Any:
    return figure.subfigures(len(heights), 1, height_ratios=heights)


def _title(report: Report) -> str:
    mark = format_bytes(report.settings.high_water_mark)
    key = f"dashed: the high-water mark of {mark}; red: above its bound, or without one"
    return f"{header(report)}\n{key}"


def draw_timeline(
    axes: Axes, measurement: Measurement, report: Report, *, linear: bool = False
) -> None:
    """Draw what one variant held over time on matplotlib's `axes`, with the high-water mark.

    Args:
        axes: where to.
        measurement: the variant's.
        report: all of them, which decide the scales.
        linear: whether twice as high is to be twice as much, and not the next power.
    """
    colour = _colour(measurement)
    seconds = [point[0] for point in measurement.timeline]
    held = [point[1] for point in measurement.timeline]
    axes.fill_between(seconds, held, step="post", color=colour, alpha=0.25, linewidth=0)
    axes.plot(seconds, held, drawstyle="steps-post", color=colour, linewidth=0.8)
    mark = report.settings.high_water_mark
    axes.axhline(mark, color=LINE, linewidth=0.9, linestyle="--")
    axes.set_title(measurement.name, fontsize=10, loc="left", color=colour, fontweight="bold")
    axes.set_title(
        f"peak {format_bytes(measurement.peak_buffered_bytes)}", fontsize=8.5, loc="right"
    )
    (_scale_bytes_linearly if linear else _scale_bytes)(axes, report)
    axes.set_xlim(0, 1.02 * _last_second(report))
    axes.tick_params(labelsize=8)
    axes.grid(axis="y", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _last_second(report: Report) -> float:
    lasts = [found.timeline[-1][0] for found in report.measurements if found.timeline]
    return max([0.001, *lasts])


def _limits(report: Report) -> tuple[float, float]:
    """From half of what is small, so that an empty buffer is at the bottom, to above all peaks."""
    small = min(report.settings.high_water_mark, report.settings.chunk_size)
    peaks = [found.peak_buffered_bytes for found in report.measurements]
    return small / 2, 2 * max([report.settings.high_water_mark, *peaks])


def _scale_bytes(axes: Axes, report: Report) -> None:
    axes.set_yscale("log", base=2)
    smallest, largest = _limits(report)
    doublings = math.log2(largest / smallest)
    axes.yaxis.set_major_locator(LogLocator(base=2 ** max(1, math.ceil(doublings / 5))))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_size))
    axes.set_ylim(smallest, largest)


def _scale_bytes_linearly(axes: Axes, report: Report) -> None:
    peaks = [found.peak_buffered_bytes for found in report.measurements]
    top = 1.1 * max([report.settings.high_water_mark, *peaks])
    axes.yaxis.set_major_locator(MultipleLocator(2 ** math.floor(math.log2(top / 2))))
    axes.yaxis.set_major_formatter(FuncFormatter(_size))
    axes.set_ylim(0, top)


def _size(size: float, _position: object = None) -> str:
    return format_bytes(size).replace(".0", "")


def _draw_peaks(axes: Axes, report: Report) -> None:
    found = report.measurements
    bars = axes.barh(
        [measurement.name for measurement in found],
        [measurement.peak_buffered_bytes for measurement in found],
        color=[_colour(measurement) for measurement in found],
    )
    axes.bar_label(
        bars,
        [format_bytes(measurement.peak_buffered_bytes) for measurement in found],
        padding=3,
        fontsize=8,
    )
    axes.set_xlim(0, 1.2 * max(1, *(measurement.peak_buffered_bytes for measurement in found)))
    axes.set_xticks([])
    axes.set_title("most bytes held (linear scale)", fontsize=10, loc="left")
    axes.invert_yaxis()
    _tidy_bars(axes)


def _draw_times(axes: Axes, found: list[Measurement]) -> None:
    times = [measurement.seconds for measurement in found]
    spread = [
        [measurement.seconds - measurement.seconds_min for measurement in found],
        [measurement.seconds_max - measurement.seconds for measurement in found],
    ]
    several = any(measurement.rounds > 1 for measurement in found)
    busy = any(measurement.busy for measurement in found)
    bars = axes.barh(
        [measurement.name for measurement in found],
        times,
        xerr=spread if several else None,
        error_kw={"elinewidth": 1, "capsize": 2},
        color=[_NO_RESULT if measurement.busy else _colour(measurement) for measurement in found],
    )
    axes.bar_label(
        bars,
        [BUSY if each.busy else f"{each.seconds:.2f} s" for each in found],
        padding=3,
        fontsize=8,
    )
    axes.set_xlim(
        0,
        (1.5 if busy else 1.15) * max([0.01, *(measurement.seconds_max for measurement in found)]),
    )
    title = "seconds, with the fastest and the slowest round" if several else "seconds"
    axes.set_title(
        f"{title}: no ranking" if busy else title,
        fontsize=10,
        loc="left",
    )
    _tidy_bars(axes)


def _tidy_bars(axes: Axes) -> None:
    axes.tick_params(labelsize=8.5)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _colour(measurement: Measurement) -> str:
    return WITHIN if measurement.within_bound else BEYOND


def _save(figure: Figure, path: str) -> None:
    # Of ".png", matplotlib would make ".png.png".
    kind = path.lower().rpartition(".")[2]
    save(path, lambda place: figure.savefig(place, dpi=150, format=kind))
