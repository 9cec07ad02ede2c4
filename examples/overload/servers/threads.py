"""Threads: each takes a connection, serves it, and takes the next.

While all are busy, nobody accepts, and those who come wait in the listen backlog. When that is
full, the system itself turns them away. This is what servers did before anything was asynchronous,
and it pushes back without a line of code.
"""

from __future__ import annotations

import socket
import threading

from ..authentication import Authentication
from ..gauge import Gauge
from ..web import serve_blocking

THREADS = 8

#: The most requests that it ever holds.
BOUND = THREADS


def run(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    def work() -> None:
        while True:
            connected, _ = listener.accept()
            serve_blocking(connected, authentication, gauge)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
