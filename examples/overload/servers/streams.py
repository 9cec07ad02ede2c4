"""Streams: connections flow from a Readable into a Writable, which serves a few at once.

While all its places are taken, the Writable takes no more from its buffer. When the buffer is at
the high-water mark, it says so, and the pipe pauses the Readable. That one asks for no next
connection then: those who come wait in the listen backlog.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any, Callable

import streams2
from streams2 import Readable, Writable, promises

from ..authentication import Authentication
from ..gauge import Gauge
from ..web import Connection, accept, serve

PLACES = 8
HIGH_WATER_MARK = 8

#: Those served, those in the Writable's buffer, and one in the Readable's. The last of those served
#: counts against the Writable's mark until a place is free.
BOUND = PLACES + HIGH_WATER_MARK


class Desk(Writable[Connection]):
    """Serves those written to it: `PLACES` at once. While a place is free it asks for the next."""

    def __init__(self, authentication: Authentication) -> None:
        super().__init__(object_mode=True, high_water_mark=HIGH_WATER_MARK)
        self._authentication = authentication
        self._serving: set[asyncio.Task[None]] = set()
        self._next: Callable[[], object] | None = None

    def _write(self, connection: Connection, encoding: Any, callback: Callable[[], object]) -> None:
        task = asyncio.create_task(serve(connection, self._authentication))
        task.add_done_callback(self._served)
        self._serving.add(task)
        if len(self._serving) < PLACES:
            callback()
        else:
            self._next = callback

    def _served(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        if self._next is not None:
            callback, self._next = self._next, None
            callback()


async def connections(listener: socket.socket, gauge: Gauge) -> AsyncIterator[Connection]:
    while True:
        yield await accept(listener, gauge)


async def main(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    requests = Readable.from_(connections(listener, gauge))
    await promises.pipeline(requests, Desk(authentication))


def run(listener: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    streams2.run(lambda: main(listener, authentication, gauge))
