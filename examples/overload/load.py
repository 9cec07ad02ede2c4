"""The load: people who come when they come, whether or not the server keeps up.

An *open-loop* load: nobody waits for anybody else's answer before setting out. Loads that do wait
slow down with the server, and hide what overload does to it.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

NAMES = (b"alice", b"bob", b"carol")

#: What everybody brings along, in bytes: a server that holds a request holds this.
BODY = bytes(64 * 1024)

SERVED, REFUSED, GAVE_UP = "served", "refused", "gave up"


@dataclass(frozen=True)
class Visit:
    """What became of one who came.

    Attributes:
        came: when, in seconds since the load began.
        outcome: SERVED, REFUSED (told so by the server), or GAVE_UP (not even connected in time,
            or parted from without an answer).
        seconds: how long it took to learn that.
        connecting: how much of that it took to connect. None: there was no connection.
    """

    came: float
    outcome: str
    seconds: float
    connecting: float | None = None


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """When people come: independently of each other, `rate` a second on average."""
    chance = random.Random(seed)
    times = [chance.expovariate(rate)]
    while times[-1] < seconds:
        times.append(times[-1] + chance.expovariate(rate))
    return times[:-1]


async def load(port: int, times: list[float], patience: float) -> list[Visit]:
    """Send a visitor at each of `times`, and wait until all are back.

    Args:
        port: the server's.
        times: in seconds from now.
        patience: how long, in seconds, one tries to connect.
    """
    begun = time.perf_counter()
    visitors = []
    for number, at in enumerate(times):
        await asyncio.sleep(begun + at - time.perf_counter())
        name = NAMES[number % len(NAMES)]
        visitors.append(asyncio.create_task(visit(port, name, at, patience)))
    return list(await asyncio.gather(*visitors))


async def visit(port: int, name: bytes, came: float, patience: float) -> Visit:
    """Connect, ask, and wait for the answer, however long it takes."""
    begun = time.perf_counter()
    connecting = None
    try:
        opening = asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.wait_for(opening, patience)
        connecting = time.perf_counter() - begun
        outcome = await ask(reader, writer, name)
    except (OSError, asyncio.TimeoutError):
        outcome = GAVE_UP
    return Visit(came, outcome, time.perf_counter() - begun, connecting)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: bytes) -> str:
    """One request.

    Raises:
        OSError: the connection broke.
    """
    try:
        head = b"POST / HTTP/1.1\r\nhost: here\r\nauthorization: %s\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % (name, len(BODY)) + BODY)
        answer = await reader.read()
    finally:
        writer.close()
    if answer.startswith(b"HTTP/1.1 200 "):
        return SERVED
    return REFUSED if answer.startswith(b"HTTP/1.1 503 ") else GAVE_UP
