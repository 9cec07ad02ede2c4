"""What a server has on its hands: requests accepted and not yet answered, and memory."""

from __future__ import annotations

import resource
import sys
import threading
import time
from pathlib import Path

EVERY = 0.05

_MEMORY = Path("/proc/self/statm")


class Gauge:
    """Counts the requests that a server has accepted and not answered yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = 0
        self._most = 0

    def entered(self) -> None:
        """A request was accepted."""
        with self._lock:
            self._held += 1
            self._most = max(self._most, self._held)

    def left(self) -> None:
        """A request was answered, one way or the other."""
        with self._lock:
            self._held -= 1

    def read(self) -> int:
        """The most requests that were held at once since the last reading."""
        with self._lock:
            most, self._most = self._most, self._held
            return most


def report(gauge: Gauge) -> None:
    """Print the requests held and the memory, in bytes, again and again, from a thread."""

    def work() -> None:
        while True:
            # In one piece: a server that is terminated leaves no half of a line.
            sys.stdout.write(f"{gauge.read()} {resident()}\n")
            sys.stdout.flush()
            time.sleep(EVERY)

    threading.Thread(target=work, daemon=True).start()


def resident() -> int:
    """How many bytes of memory this process occupies. Where that is not told: at most, so far."""
    try:
        return int(_MEMORY.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
