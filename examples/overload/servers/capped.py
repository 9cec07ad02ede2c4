"""Capped: counts those inside, and sends away who comes when they are too many.

Who is refused knows it at once, and the server pays for telling him: it reads every request, wanted
or not.
"""

from __future__ import annotations

import asyncio
import socket

from ..authentication import Authentication
from ..gauge import Gauge
from ..web import accept, refuse, serve

CAP = 16

#: Those inside. Those who are being told that they are too many come on top, for a moment.
BOUND = CAP


async def main(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    inside: set[asyncio.Task[None]] = set()
    leaving: set[asyncio.Task[None]] = set()
    while True:
        connection = await accept(listener, gauge)
        if len(inside) < CAP:
            task, group = asyncio.create_task(serve(connection, authentication)), inside
        else:
            task, group = asyncio.create_task(refuse(connection)), leaving
        group.add(task)
        task.add_done_callback(group.discard)


def run(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    asyncio.run(main(listener, authentication, gauge))
