"""One of the five servers, in a process of its own: it prints its port, and then its gauge."""

from __future__ import annotations

import argparse
import socket
from types import ModuleType

from .authentication import Authentication
from .gauge import Gauge, report
from .servers import capped, channels, streams, threads, unbounded

#: In the order in which they are shown.
FORMS: dict[str, ModuleType] = {
    "threads": threads,
    "unbounded": unbounded,
    "capped": capped,
    "streams": streams,
    "channels": channels,
}

#: How many connections the system keeps for a server that does not accept. The same for all.
BACKLOG = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("authentication", type=int, help="the port of the service")
    options = parser.parse_args()
    form = FORMS[options.form]
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        # A thread waits in `accept`; a loop must not.
        listener.setblocking(options.form == "threads")
        print(listener.getsockname()[1], flush=True)
        gauge = Gauge()
        report(gauge)
        form.run(listener, Authentication(options.authentication), gauge)


if __name__ == "__main__":
    main()
