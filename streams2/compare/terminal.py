"""A comparison on a terminal, in colours and with a progress bar. Needs rich, the extra ``cli``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from .presentation import COLUMNS, Report, cells
from .runner import OnProgress

__all__ = ["print_table", "progress_bars"]

_SECONDS_BETWEEN_DRAWINGS = 0.1


def print_table(report: Report) -> None:
    """Print the table to standard output. Green is as it should be, red is not."""
    # No frame: with one, the table would not fit in 80 columns.
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column, name in enumerate(COLUMNS):
        table.add_column(name, justify="left" if column < 2 else "right", no_wrap=True)
    for measurement in report.measurements:
        row = list(cells(measurement))
        row[1] = _coloured(row[1], measurement.ok)
        held = measurement.peak_buffered_bytes
        row[4] = _coloured(row[4], held <= report.memory_bound)
        table.add_row(*row)
    console = Console()
    console.print(table)
    console.print()


def _coloured(text: str, good: bool) -> str:
    colour = "green" if good else "bold red"
    return f"[{colour}]{text}[/{colour}]"


@contextlib.contextmanager
def progress_bars(names: Sequence[str], total: int) -> Iterator[OnProgress]:
    """Show a bar for each of `names` on standard error, until the context is left.

    Args:
        names: the variants.
        total: how many bytes each of them is going to write.
    """
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        console=Console(stderr=True),
        # Drawn from the loop's own thread: a thread that draws would compete with what is measured.
        auto_refresh=False,
        transient=True,
    )
    bars = {name: progress.add_task(name, total=total, start=False) for name in names}
    drawn_at = 0.0

    def on_progress(name: str, written: int) -> None:
        nonlocal drawn_at
        progress.start_task(bars[name])
        progress.update(bars[name], completed=written)
        now = time.monotonic()
        if written == total or now - drawn_at > _SECONDS_BETWEEN_DRAWINGS:
            drawn_at = now
            progress.refresh()

    with progress:
        progress.refresh()
        yield on_progress
