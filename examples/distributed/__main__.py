"""A producer, workers and a slow consumer over a broker, while a worker is killed and one is added.

Each is a process of its own. Prints what they do; with --plot, draws a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from streams2 import run

from .conduct import conduct
from .figures import Record, rates, summary
from .server import find


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.distributed", description=__doc__)
    add = parser.add_argument
    add("--broker", choices=("nats", "redis"), default="nats", help="which (default nats)")
    add("--workers", type=int, default=3, help="how many at first (default 3)")
    add("--seconds", type=float, default=24.0, help="how long it produces (default 24)")
    add("--rate", type=float, default=500.0, help="messages a second to send (default 500)")
    add("--slow", type=float, default=0.2, help="the consumer's part of that rate (default 0.2)")
    add("--limit", type=int, default=500, help="messages a queue holds at most (default 500)")
    add("--lanes", type=int, default=16, help="messages worked at at once, in all (default 16)")
    add("--ack-wait", type=int, default=2000, help="ms until a silent worker is given up")
    add("--plot", type=Path, metavar="FILE", help="draw a picture: .png or .svg")
    options = parser.parse_args(words)
    if options.workers < 1:
        parser.error("--workers must be at least 1")
    if not 0 < options.slow <= 1:
        parser.error("--slow must be more than 0, and at most 1")
    return options


def line(record: Record) -> str:
    """How it stands, on a line."""
    parts = []
    for name, samples in record.samples.items():
        if name != "broker" and samples:
            pace = rates(samples[-8:])
            parts.append(f"{name} {pace[-1][1] if pace else 0:.0f}/s")
    for name, samples in record.queues.items():
        held = samples[-1].said
        parts.append(f"[{name}: {held['backlog']}, {held['unacknowledged']} unacknowledged]")
    return "  ".join(parts)


def show(record: Record) -> None:
    """Show it to somebody who looks."""
    if sys.stderr.isatty():
        print("\r\x1b[2K" + line(record), end="", file=sys.stderr, flush=True)


def main() -> None:
    options = parse()
    find(options.broker)
    try:
        record = run(lambda: conduct(options, show))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit(130) from None
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(summary(record))
    if options.plot:
        from .picture import plot

        plot(record, options.plot)


if __name__ == "__main__":
    main()
