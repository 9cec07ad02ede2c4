"""Put five servers to the same load, below what the service can do and above it.

Each runs in a process of its own, and so does the slow authentication service that all of them
need. Prints a table; with --plot, draws a picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .books import account
from .drive import Ordeal, Service, drive
from .picture import plot
from .rate import measured, why_no_lesson
from .server import FORMS
from .show import lesson, table

#: A service that falls short by more says that the machine is busy.
TOLERANCE = 0.1

HOW_TO_PLOT = "\nA picture of all this, second by second: add --plot overload.png"


def main() -> None:
    options = parse()
    service = Service(options.at_once, options.service_time)
    say("how fast is the service here? ...")
    rates = [measured(service)]
    ordeals: list[Ordeal] = []
    for share in (options.below, options.above):
        rate = share * service.capacity
        for form in options.forms:
            say(f"{form}: {rate:g} requests a second ...")
            ordeals.append(drive(form, service, rate, options.seconds, options.patience))
    # A machine may be idle at first, and busy later.
    rates.append(measured(service))
    say("")
    busy = why_no_lesson(service.capacity, rates, options.tolerance)
    accounts = [account(ordeal) for ordeal in ordeals]
    if options.json:
        servers = [account.as_dict() for account in accounts]
        found = {"capacity": service.capacity, "measured": rates, "busy": busy is not None}
        print(json.dumps({**found, "servers": servers}))
    else:
        print(table(accounts, service.capacity))
        print(busy or lesson(accounts))
        if not options.plot:
            print(HOW_TO_PLOT)
    if options.plot:
        plot(ordeals, service.capacity, options.plot)


def say(what: str) -> None:
    """Show what is under way, to somebody who looks."""
    if sys.stderr.isatty():
        print("\r\x1b[2K" + what, end="", file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.overload", description=__doc__)
    add = parser.add_argument
    add("--forms", nargs="+", choices=FORMS, default=list(FORMS), help="which (default: all)")
    add("--seconds", type=float, default=6.0, help="how long each load lasts (default 6)")
    add("--below", type=float, default=0.6, help="the first load, of the capacity (default 0.6)")
    add("--above", type=float, default=2.0, help="the second (default 2)")
    add("--at-once", type=int, default=5, help="requests the service looks at at once (default 5)")
    add("--service-time", type=float, default=0.05, help="seconds for each (default 0.05)")
    add("--patience", type=float, default=1.0, help="seconds to try to connect (default 1)")
    add(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        help="by which part the service may fall short (default 0.1)",
    )
    add("--json", action="store_true", help="print JSON instead of the table")
    add("--plot", type=Path, metavar="FILE", help="draw a picture: .png or .svg")
    return parser.parse_args()


if __name__ == "__main__":
    main()
