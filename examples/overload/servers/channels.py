"""Channels: one puts connections into a bounded channel, a few workers take them out.

While the channel is full, `put` does not return, and the next connection is not accepted: those who
come wait in the listen backlog.
"""

from __future__ import annotations

import asyncio
import socket

from streams2.channel import Channel

from ..authentication import Authentication
from ..gauge import Gauge
from ..web import Connection, accept, serve

WORKERS = 8
BUFFER = 8

#: Those served, those in the channel, and one who waits to be put there.
BOUND = WORKERS + BUFFER + 1


async def work(requests: Channel[Connection], authentication: Authentication) -> None:
    async for connection in requests:
        await serve(connection, authentication)


async def listen(listener: socket.socket, requests: Channel[Connection], gauge: Gauge) -> None:
    while True:
        await requests.put(await accept(listener, gauge))


async def main(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    requests: Channel[Connection] = Channel(BUFFER)
    workers = [work(requests, authentication) for _ in range(WORKERS)]
    await asyncio.gather(listen(listener, requests, gauge), *workers)


def run(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    asyncio.run(main(listener, authentication, gauge))
