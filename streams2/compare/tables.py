"""A comparison as tables that fit in 80 columns, however they are then drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from .measurements import FaultFound, Measurement
from .presentation import Report
from .rates import format_bytes, format_rate
from .settings import FAULTS, Settings

__all__ = ["Cell", "Column", "Table", "footer", "header", "plain", "tables"]

_BAR_WIDTH = 16


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: in words; of a bar, nothing.
        good: whether that is as it should be; None if that is no question.
        bar: how long the bar is, between 0 and 1; None if it is none.
    """

    text: str
    good: bool | None = None
    bar: float | None = None


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
        return [_fault_table(report)]
    shown = [_memory_table(report), _speed_table(report)]
    return [*shown, _spread_table(report)] if report.settings.rounds > 1 else shown


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
        *(Column(name) for name in ("time", "throughput", "CPU", "pauses", "drains", "lines")),
    ]
    return Table(columns, [_speed_row(found) for found in report.measurements])


def _speed_row(found: Measurement) -> list[Cell]:
    return [
        Cell(found.name),
        Cell(f"{found.seconds:.2f} s"),
        Cell(format_rate(found.throughput)),
        Cell(f"{found.cpu_seconds:.2f} s"),
        Cell(str(found.pauses)),
        Cell(str(found.drains)),
        Cell(str(found.lines)),
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
    if name not in found.spread:
        return "?"
    lowest, highest = map(show, found.spread[name])
    return lowest if lowest == highest else f"{lowest}-{highest}"


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
                    *_fault_cells(found.fault),
                    Cell(f"{written:.0%}"),
                    Cell(format_bytes(found.peak_buffered_bytes), found.within_bound),
                ]
            )
    return Table(columns, rows)


def _fault_cells(fault: FaultFound) -> list[Cell]:
    if fault.error_reached_caller is None:
        told = Cell("no error")
    elif fault.error_reached_caller:
        told = Cell("yes", True)
    else:
        told = Cell(_OUTCOMES[fault.outcome], False)
    closed, lost = fault.files_closed, fault.bytes_lost
    return [
        told,
        Cell("?" if closed is None else "closed" if closed else "LEFT OPEN", closed is True),
        Cell("?" if lost is None else format_bytes(lost), lost == 0),
    ]


# -- around them ----------------------------------------------------------------------------------


def footer(report: Report) -> str:
    """What a reader of the tables may ask, and what went wrong."""
    lines = _fault_footer(report.settings) if report.settings.fault else _FOOTER
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
    "lines          of code; read them in streams2/compare/variants/. Some are there",
    "               for failures: what happens without them, --fault shows",
]


def _fault_footer(settings: Settings) -> list[str]:
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
        "pipe and node run as pipeline; lines to read: streams2/compare/variants/",
    ]


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
