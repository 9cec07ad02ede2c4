"""Queues at a broker beside the broker's own client: `python -m benchmarks.brokers redis nats`.

Both send the same messages, 64 of them on their way at once, and take them from there, 64 at once.
What the clients alone do not: an id for each message, a limit, a stream. Each round runs both, one
after the other, and what arrives is counted before any time is told.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, Callable

from streams2 import Readable, Writable, brokers, promises

WINDOW = 64
DATA = bytes(200)
NAME = "bench"

Work = Callable[[str, int], Awaitable[int]]


async def through_streams(url: str, count: int) -> int:
    """A queue of streams2."""
    received = 0
    async with brokers.connect(url) as broker:
        await broker.declare(NAME, limit=count, duplicate_window=0)
        writer = broker.publisher(NAME, high_water_mark=WINDOW)
        await promises.pipeline(Readable.from_(DATA for _ in range(count)), writer)
        source = broker.subscriber(NAME, high_water_mark=WINDOW)

        def take(_stream: object, message: brokers.Message, _encoding: str, done: Any) -> None:
            nonlocal received
            received += 1
            message.ack()
            if received == count:
                source.stop()
            done()

        await promises.pipeline(source, Writable(object_mode=True, write=take))
        await broker.delete(NAME)
    return received


async def bare_redis(url: str, count: int) -> int:
    """Redis's own client: as many commands in one round trip."""
    redis: Any = importlib.import_module("redis.asyncio")

    received = 0
    client: Any = redis.Redis.from_url(url)
    await client.xgroup_create(NAME, "group", "0", mkstream=True)
    for _ in range(0, count, WINDOW):
        pipe = client.pipeline(transaction=False)
        for _ in range(WINDOW):
            pipe.xadd(NAME, {"d": DATA})
        await pipe.execute()
    while received < count:
        got = await client.xreadgroup("group", "one", {NAME: ">"}, count=WINDOW)
        entries = [entry for entry, _ in got[0][1]]
        received += len(entries)
        pipe = client.pipeline(transaction=False)
        pipe.xack(NAME, "group", *entries)
        pipe.xdel(NAME, *entries)
        await pipe.execute()
    await client.delete(NAME)
    await client.aclose()
    return received


async def bare_nats(url: str, count: int) -> int:
    """NATS's own client: as many messages that wait for the broker's word."""
    nats: Any = importlib.import_module("nats")
    api: Any = importlib.import_module("nats.js.api")
    received = 0
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    config = api.StreamConfig(NAME, subjects=[NAME], retention=api.RetentionPolicy.WORK_QUEUE)
    await jetstream.add_stream(config)
    subscription = await jetstream.pull_subscribe(NAME, durable="one")
    for _ in range(0, count, WINDOW):
        await asyncio.gather(*[jetstream.publish(NAME, DATA) for _ in range(WINDOW)])
    while received < count:
        messages = await subscription.fetch(WINDOW)
        received += len(messages)
        for message in messages:
            await message.ack()
    await connection.flush()
    await jetstream.delete_stream(NAME)
    await connection.close()
    return received


BARE: dict[str, Work] = {"redis": bare_redis, "nats": bare_nats}


@contextmanager
def server(kind: str) -> Iterator[str]:
    """A broker of its own, in memory or on a disk as it comes."""
    program = shutil.which(f"{kind}-server")
    if program is None:
        raise SystemExit(f"{kind}-server is not there: install the package {kind}-server")
    with socket.socket() as probe, tempfile.TemporaryDirectory() as directory:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        options = {
            "redis": ["--port", str(port), "--dir", directory, "--save", ""],
            "nats": ["-js", "-sd", directory, "-a", "127.0.0.1", "-p", str(port)],
        }
        silent = subprocess.DEVNULL
        process = subprocess.Popen([program, *options[kind]], stdout=silent, stderr=silent)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield f"{kind}://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def timed(work: Work, url: str, count: int) -> float:
    """Seconds that a work takes; all must have arrived."""

    async def main() -> float:
        begun = time.perf_counter()
        received = await work(url, count)
        assert received == count, received
        return time.perf_counter() - begun

    return asyncio.run(main())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.brokers")
    parser.add_argument("kinds", nargs="*", default=[], metavar="KIND", help="redis, nats (all)")
    parser.add_argument("--messages", type=int, default=12_800)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    count = given.messages // WINDOW * WINDOW
    for kind in given.kinds or sorted(BARE):
        with server(kind) as url:
            bare, ours = [], []
            for _ in range(given.rounds):
                bare.append(timed(BARE[kind], url, count))
                ours.append(timed(through_streams, url, count))
        ratio = statistics.median(one / other for one, other in zip(ours, bare))
        print(
            f"{kind}: streams2 {count / statistics.median(ours):,.0f} messages a second, "
            f"its client {count / statistics.median(bare):,.0f}; time {ratio:.2f} of the client's"
        )


if __name__ == "__main__":
    main()
