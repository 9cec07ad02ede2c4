"""A comparison as tables that fit in 80 columns, however they are then drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from .measurements import FaultFound, Measurement
from .noise import FELL_SHORT, ROUNDS_DIFFER
from .presentation import Report
from .rates import format_bytes, format_rate
from .settings import FAULTS
from .variants import bridge_lines

__all__ = [
    "BUSY",
    "Cell",
    "Column",
    "Table",
    "about_busy",
    "about_luck",
    "fault_cells",
    "footer",
    "header",
    "lines_table",
    "plain",
    "results",
    "tables",
]

_BAR_WIDTH = 16


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: in words; of a bar, nothing.
        good: whether that is as it should be; None if that is no question.
        bar: how long the bar is, between 0 and 1; None if it is none.
        note: whether it stands in the place of a result, and says why there is none.
    """

    text: str
    good: bool | None = None
    bar: float | None = None
    note: bool = False


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: what stands above it.
        left: whether it is words; numbers are to the right.
    """

    name: str
    left: bool = False


@dataclass(frozen=True)
class Table:
    """A table; its rows have as many cells as it has columns."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def header(report: Report) -> str:
    """What was compared, in one line or two."""
    settings = report.settings
    what = "an input made for this run" if report.source.made else report.source.path
    size = format_bytes(report.source.digest.bytes)
    chunk, mark = format_bytes(settings.chunk_size), format_bytes(settings.high_water_mark)
    rounds = "1 round" if settings.rounds == 1 else f"medians of {settings.rounds} rounds"
    lines = [
        f"cat of {what} ({size}) into a sink of {_speed(settings.sink_rate)}",
        f"chunks of {chunk}, high-water marks of {mark}, {rounds}",
    ]
    if settings.source_rate is not None:
        lines[1] += f", a source of {_speed(settings.source_rate)}"
    if settings.fault is not None:
        lines.append(f"fault: {settings.fault}: {FAULTS[settings.fault]}")
    return "\n".join(lines)


def _speed(rate: float | None) -> str:
    return "unlimited speed" if rate is None else format_rate(rate)


def tables(report: Report) -> list[Table]:
    """What there is to show."""
    if report.settings.fault is not None:
        return results(report)
    return [*results(report), lines_table(report)]


def results(report: Report) -> list[Table]:
    """What was measured."""
    if report.settings.fault is not None:
        return [_fault_table(report)]
    spread = [_spread_table(report)] if report.settings.rounds > 1 else []
    return [_memory_table(report), _speed_table(report), *spread]


# -- memory ---------------------------------------------------------------------------------------


def _memory_table(report: Report) -> Table:
    largest = max((found.peak_buffered_bytes for found in report.measurements), default=0) or 1
    columns = [
        Column("variant", left=True),
        Column("output", left=True),
        Column("peak buffered"),
        Column("bound"),
        Column("peak RSS"),
        Column("buffered, drawn", left=True),
    ]
    return Table(columns, [_memory_row(found, largest) for found in report.measurements])


def _memory_row(found: Measurement, largest: int) -> list[Cell]:
    bounded = found.within_bound
    return [
        Cell(found.name),
        Cell(_verdict(found), found.ok),
        Cell(format_bytes(found.peak_buffered_bytes), bounded),
        Cell("none" if found.bound_bytes is None else format_bytes(found.bound_bytes)),
        Cell("?" if found.peak_rss_bytes is None else format_bytes(found.peak_rss_bytes)),
        Cell("", bounded, found.peak_buffered_bytes / largest),
    ]


def _verdict(found: Measurement) -> str:
    if found.error is not None:
        return "failed"
    return "equal" if found.ok else "WRONG"


# -- speed ----------------------------------------------------------------------------------------


def _speed_table(report: Report) -> Table:
    columns = [
        Column("variant", left=True),
        *(Column(name) for name in ("time", "throughput", "CPU", "pauses", "drains")),
    ]
    return Table(columns, [_speed_row(found) for found in report.measurements])


BUSY = "this machine was busy"
"""What stands where a speed would, if it were a result."""


def _speed_row(found: Measurement) -> list[Cell]:
    if found.busy is None:
        time, speed = Cell(f"{found.seconds:.2f} s"), Cell(format_rate(found.throughput))
    else:
        span = _span(found.seconds_min, found.seconds_max, lambda value: f"{value:.2f}")
        time, speed = Cell(f"{span} s"), Cell(BUSY, note=True)
    return [
        Cell(found.name),
        time,
        speed,
        Cell(f"{found.cpu_seconds:.2f} s"),
        Cell(str(found.pauses)),
        Cell(str(found.drains)),
    ]


# -- spread ---------------------------------------------------------------------------------------

_SPREADS: list[tuple[str, str, Callable[[float], str]]] = [
    ("seconds", "time, s", lambda value: f"{value:.2f}"),
    ("cpu_seconds", "CPU, s", lambda value: f"{value:.2f}"),
    ("peak_rss_bytes", "RSS, MiB", lambda value: f"{value / 1024**2:.1f}"),
    ("peak_buffered_bytes", "held, KiB", lambda value: f"{value / 1024:.0f}"),
    ("pauses", "pauses", lambda value: f"{value:.0f}"),
    ("drains", "drains", lambda value: f"{value:.0f}"),
]


def _spread_table(report: Report) -> Table:
    columns = [
        Column("lowest-highest", left=True),
        *(Column(heading) for _, heading, _ in _SPREADS),
    ]
    rows = []
    for found in report.measurements:
        ranges = [_range(found, name, show) for name, _, show in _SPREADS]
        rows.append([Cell(found.name), *map(Cell, ranges)])
    return Table(columns, rows)


def _range(found: Measurement, name: str, show: Callable[[float], str]) -> str:
    return "?" if name not in found.spread else _span(*found.spread[name], show)


def _span(lowest: float, highest: float, show: Callable[[float], str]) -> str:
    one, other = show(lowest), show(highest)
    return one if one == other else f"{one}-{other}"


# -- lines ----------------------------------------------------------------------------------------


def lines_table(report: Report) -> Table:
    """How long each variant is, in both forms."""
    columns = [
        Column("lines of code", left=True),
        Column("when all goes well"),
        Column("with failures handled"),
    ]
    rows = []
    for found in report.measurements:
        handled = found.lines_with_failures
        rows.append(
            [
                Cell(found.name),
                Cell(str(found.lines)),
                Cell("none" if handled is None else str(handled)),
            ]
        )
    return Table(columns, rows)


# -- faults ---------------------------------------------------------------------------------------

_OUTCOMES = {
    "completed": "no: silence",
    "uncaught": "no: uncaught",
    "hung": "no: it hangs",
    "died": "no: it died",
}


def _fault_table(report: Report) -> Table:
    columns = [
        Column("variant", left=True),
        Column("caller told", left=True),
        Column("files", left=True),
        Column("bytes lost"),
        Column("written"),
        Column("peak buffered"),
    ]
    rows = []
    for found in report.measurements:
        if found.fault is not None:
            written = found.bytes / (report.source.digest.bytes or 1)
            rows.append(
                [
                    Cell(found.name),
                    *fault_cells(found.fault, lucky=found.luck is not None),
                    Cell(f"{written:.0%}"),
                    Cell(format_bytes(found.peak_buffered_bytes), found.within_bound),
                ]
            )
    return Table(columns, rows)


def fault_cells(fault: FaultFound, *, lucky: bool = False) -> list[Cell]:
    """What a variant made of a fault: the caller told, the files, the bytes lost.

    Args:
        fault: what was found.
        lucky: whether something of it is luck, which a footnote tells.
    """
    if fault.error_reached_caller is None:
        told = Cell("no error")
    elif fault.error_reached_caller:
        told = Cell("yes", True)
    else:
        told = Cell(_OUTCOMES[fault.outcome], False)
    closed, lost = fault.files_closed, fault.bytes_lost
    files = "?" if closed is None else "closed" if closed else "LEFT OPEN"
    star = "*" if lucky else ""
    starred = "closed" if closed else "lost"
    return [
        told,
        Cell(files + star * (starred == "closed"), None if lucky and closed else closed is True),
        Cell(
            ("?" if lost is None else format_bytes(lost)) + star * (starred == "lost"),
            None if lucky and lost == 0 else lost == 0,
        ),
    ]


# -- around them ----------------------------------------------------------------------------------


def footer(report: Report) -> str:
    """What a reader of the tables may ask, and what went wrong."""
    lines = _fault_footer(report) if report.settings.fault else _footer(report)
    failures = [
        f"{found.name} failed: {found.error}"
        for found in report.measurements
        if found.error is not None and report.settings.fault is None
    ]
    return "\n".join([*lines, *report.notes, *failures])


_FOOTER = [
    "output         compared with the input by SHA-256",
    "peak buffered  read and not yet written, at the worst moment; bound: what",
    "               back-pressure allows of it",
    "peak RSS, CPU  the whole process's memory, interpreter included; time on the",
    "               processors while it copied",
    "pauses, drains how often the source was paused, and the sink asked for more",
]

_ABOUT_LINES = [
    "lines of code  without comments, docstrings and what only closes a bracket; with",
    "               what is called on the same page. Read them in",
    "               streams2/compare/variants/. By the bridge, channel has {bridge} lines",
]


def _footer(report: Report) -> list[str]:
    about_lines = "\n".join(_ABOUT_LINES).format(bridge=bridge_lines()).split("\n")
    return [*_FOOTER, *about_lines, *_about_time(report)]


def _about_time(report: Report) -> list[str]:
    told = about_busy(report)
    if told or report.settings.sink_rate is None:
        return [line for text in told for line in _wrapped(text)]
    return ["time           the sink's rate decides it: differences this small rank nothing"]


def about_busy(report: Report) -> list[str]:
    """Why some times are no result, if they are not."""
    busy = [found for found in report.measurements if found.busy is not None]
    if not busy:
        return []
    told = [f"{BUSY}: its times are no result, and do not rank the variants."]
    for why, text in _WHY_BUSY.items():
        names = [found.name for found in busy if found.busy == why]
        if names:
            told.append(f"{text.format(part=_percent(report.tolerance))}: {', '.join(names)}.")
    return [" ".join(told)]


def about_luck(report: Report) -> list[str]:
    """Which results are luck, and why."""
    lucky = [found for found in report.measurements if found.luck is not None]
    return [f"* {found.name}: luck: {found.luck}." for found in lucky]


_WHY_BUSY = {
    FELL_SHORT: "More than {part} below the rates that were asked for",
    ROUNDS_DIFFER: "Rounds that differ by more than {part}",
}


def _fault_footer(report: Report) -> list[str]:
    settings = report.settings
    told = {
        "abort": "caller told    whether what the caller awaits ended when it gave up",
        "slow-start": "caller told    nothing fails here: it is only late",
    }
    return [
        told.get(
            settings.fault or "",
            "caller told    whether the error reached whoever called the variant",
        ),
        "               (uncaught: an 'error' that nobody listens for ends a program)",
        "files          whether both were closed by then, of all descriptors open",
        "bytes lost     read, not written, and no error told the caller",
        *_which_form(report),
        *(line for text in about_luck(report) for line in _wrapped(text, "  ")),
    ]


def _which_form(report: Report) -> list[str]:
    if report.form == "handled":
        return ["Each variant runs in the form that handles failures."]
    if report.form == "plain":
        return ["Each variant runs in the form for when all goes well."]
    return [
        "pipe, channel, node, anyio and trio run in the form that handles failures, and",
        "the others in the one for when all goes well. For one form: --form handled",
    ]


def _percent(part: float) -> str:
    return f"{100 * part:.3g}%"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, 80, subsequent_indent=indent)


def plain(table: Table) -> str:
    """The table in plain characters."""
    names = [column.name for column in table.columns]
    rows = [names, *([_plain_cell(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(names))]
    lines = []
    for row in rows:
        texts = [
            text.ljust(width) if column.left else text.rjust(width)
            for text, width, column in zip(row, widths, table.columns)
        ]
        lines.append("  ".join(texts).rstrip())
    return "\n".join(lines)


def _plain_cell(cell: Cell) -> str:
    # What is there at all shows, be it ever so little.
    return cell.text if cell.bar is None else "#" * max(cell.bar > 0, round(cell.bar * _BAR_WIDTH))
