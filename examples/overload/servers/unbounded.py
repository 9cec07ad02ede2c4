"""Unbounded: takes everybody, and lets them wait inside. What an event loop does by default.

Nothing here is slow, and so nothing here pushes back. What waits is a request, its body and a task,
one for each who came too many.
"""

from __future__ import annotations

import asyncio
import socket

from ..authentication import Authentication
from ..gauge import Gauge
from ..web import accept, serve

#: There is none.
BOUND = None


async def main(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    tasks: set[asyncio.Task[None]] = set()
    while True:
        connection = await accept(listener, gauge)
        task = asyncio.create_task(serve(connection, authentication))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def run(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    asyncio.run(main(listener, authentication, gauge))
