"""``streams2 top``: what goes through the streams of a running program, as a table that lives.

Drawn with rich, the extra ``top``.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Callable

from .publishing import Snapshot, ask
from .untyped import Untyped

__all__ = ["Row", "rows_of", "run_and_watch", "watch"]

ENVIRONMENT = "STREAMS2_TOP"
_BAR = 4
_STARTING = 10.0
Row = tuple[str, ...]
COLUMNS = ("stream", "", "state", "held", "peak", "out", "out/s", "waited")


def _rich(module: str) -> Untyped:
    try:
        return importlib.import_module(f"rich.{module}")
    except ImportError as error:
        raise ImportError("streams2 top needs rich: pip install 'streams2[top]'") from error


def rows_of(now: Snapshot, before: Snapshot | None) -> list[Row]:
    """The rows of the table: a text for each of `COLUMNS`.

    Args:
        now: what the program shows.
        before: what it has shown the last time, for what happens in a second.
    """
    earlier = {(f["name"], f["side"]): f for f in before["figures"]} if before else {}
    seconds = now["time"] - before["time"] if before else 0.0
    rows: list[Row] = []
    for figure in now["figures"]:
        counts = "bytes_out" if figure["bytes_out"] else "chunks_out"
        last = earlier.get((figure["name"], figure["side"]), {counts: 0})
        rate = (figure[counts] - last[counts]) / seconds if seconds > 0 else 0.0
        amount = _bytes if counts == "bytes_out" else _count
        held = _bytes if figure["unit"] == "bytes" else _count
        rows.append(
            (
                *(figure["name"], figure["side"][0], figure["state"]),
                f"{_bar(figure['held'], figure['mark'])} {held(figure['held'])}",
                *(held(figure["peak"]), _count(figure["chunks_out"])),
                *(amount(max(rate, 0)), f"{figure['seconds_waiting']:.1f} s"),
            )
        )
    return rows


def _bar(held: int, mark: int) -> str:
    full = _BAR if held >= mark and held else int(held / mark * _BAR) if mark else 0
    return "█" * full + "·" * (_BAR - full)


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _bytes(number: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


def _drawn(now: Snapshot, before: Snapshot | None) -> Untyped:
    title = f"{now['program'] or 'python'} ({now['pid']}): {len(now['figures'])} sides of streams"
    table = _rich("table").Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        words, name = column in ("stream", "", "state", "held"), column == "stream"
        # A name says at its end where the stream was made: it goes on in the next line.
        table.add_column(
            column,
            justify="left" if words else "right",
            no_wrap=not name,
            overflow="fold",
            min_width=18 if name else None,
        )
    for row, figure in zip(rows_of(now, before), now["figures"]):
        full = figure["held"] >= max(figure["mark"], 1)
        style = "dim" if figure["state"] == "gone" else "bold red" if full else ""
        table.add_row(*(_rich("text").Text(cell) for cell in row), style=style)
    return table


def watch(pid: int, *, once: bool = False, interval: float = 1.0) -> int:
    """Show the table of a program until it ends, or Ctrl-C is pressed.

    Args:
        pid: the program's number.
        once: show it one time.
        interval: how many seconds to wait from one time to the next.

    Returns:
        The exit status: 0, or 1 if the program shows nothing.
    """
    try:
        first = ask(pid)
    except OSError:
        hint = f"{ENVIRONMENT}=1 python app.py, or streams2.doctor.serve() in it"
        print(f"streams2 top: {pid} shows nothing. Ask it to: {hint}", file=sys.stderr)
        return 1
    if once:
        _rich("console").Console().print(_drawn(first, None))
    else:
        _follow(pid, first, interval, lambda: False)
    return 0


def _follow(pid: int, first: Snapshot, interval: float, is_over: Callable[[], bool]) -> None:
    before, now = None, first
    console = _rich("console").Console()
    live = _rich("live").Live(_drawn(now, None), console=console, auto_refresh=False)
    try:
        with live:
            while not is_over():
                time.sleep(interval)
                before, now = now, ask(pid)
                live.update(_drawn(now, before), refresh=True)
    except (OSError, KeyboardInterrupt):
        pass  # The last table stays.


def run_and_watch(command: Sequence[str], *, once: bool = False, interval: float = 1.0) -> int:
    """Run a script, and show its table until it ends. What it prints follows then.

    Args:
        command: the script and its arguments.
        once: show the table one time, and not again.
        interval: how many seconds to wait from one time to the next.

    Returns:
        The script's exit status.
    """
    _rich("console")
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, ENVIRONMENT: "1"},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            first = _first(child)
            if first is not None and once:
                time.sleep(interval)
                then = _asked(child.pid, first) or first
                _rich("console").Console().print(_drawn(then, first))
            elif first is not None:
                _follow(child.pid, first, interval, lambda: child.poll() is not None)
        except KeyboardInterrupt:
            pass
        finally:
            status = child.wait()
            printed.seek(0)
            sys.stdout.write(printed.read().decode(errors="replace"))
    return status


def _asked(pid: int, otherwise: Snapshot | None) -> Snapshot | None:
    try:
        return ask(pid)
    except OSError:
        return otherwise


def _first(child: subprocess.Popen[bytes]) -> Snapshot | None:
    """What it shows as soon as it has a stream; None if it ends before."""
    until = time.monotonic() + _STARTING
    while child.poll() is None and time.monotonic() < until:
        shown = _asked(child.pid, None)
        if shown is not None and shown["figures"]:
            return shown
        time.sleep(0.02)
    return None
