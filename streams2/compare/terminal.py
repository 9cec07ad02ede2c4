"""A comparison on a terminal, in colours and with a progress bar. Needs rich, the extra ``cli``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

import rich.table
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.text import Text

from .runner import OnProgress
from .tables import Cell, Table

__all__ = ["print_table", "progress_bars"]

_SECONDS_BETWEEN_DRAWINGS = 0.1
_BAR_WIDTH = 17
_EIGHTHS = "▏▎▍▌▋▊▉█"


def print_table(table: Table) -> None:
    """Print the table to standard output. Green is as it should be, red is not."""
    # No frame: with one, the table would not fit in 80 columns.
    drawn = rich.table.Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in table.columns:
        drawn.add_column(column.name, justify="left" if column.left else "right", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*map(_drawn_cell, row))
    console = Console(highlight=False)
    console.print(drawn)
    console.print()


def _drawn_cell(cell: Cell) -> Text:
    colour = {None: "", True: "green", False: "bold red"}[cell.good]
    if cell.note:
        return Text(cell.text, style="yellow")
    return Text(cell.text if cell.bar is None else _bar(cell.bar), style=colour)


def _bar(length: float) -> str:
    # What is there at all shows, be it ever so little.
    whole, eighths = divmod(max(length > 0, round(length * _BAR_WIDTH * 8)), 8)
    return "█" * whole + (_EIGHTHS[eighths - 1] if eighths else "")


@contextlib.contextmanager
def progress_bars(names: Sequence[str], size: int, rounds: int) -> Iterator[OnProgress]:
    """Show a bar for each of `names` on standard error, until the context is left.

    Args:
        names: the variants.
        size: how many bytes each of them is going to write in a round.
        rounds: how often.
    """
    total = size * rounds
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        console=Console(stderr=True),
        # Drawn when there is news: a thread that draws would compete with what is measured.
        auto_refresh=False,
        transient=True,
    )
    bars = {name: progress.add_task(name, total=total, start=False) for name in names}
    drawn_at = 0.0

    def on_progress(name: str, round_number: int, written: int) -> None:
        nonlocal drawn_at
        progress.start_task(bars[name])
        progress.update(bars[name], completed=round_number * size + written)
        now = time.monotonic()
        if written == size or now - drawn_at > _SECONDS_BETWEEN_DRAWINGS:
            drawn_at = now
            progress.refresh()

    with progress:
        progress.refresh()
        yield on_progress
