"""Kills workers, again and again, and counts what arrives.

    python -m tests.brokers.harness redis --messages 200000

A producer fills one queue, workers move each message to another, where a consumer counts. One
worker is killed, and another one started, every so often. Then nothing may be missing, what came
twice may only have been in the hands of a worker that died, and each key has kept its order.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams2 import Readable, brokers, promises, run

from .servers import Server

KEYS = 500
LANES = 64
MARK = 64
AT_LEAST = 4 * MARK  # messages between two deaths: a busy machine takes long to start a worker


@dataclass
class Outcome:
    """What was seen.

    Attributes:
        last: the highest number of each key that came.
        killed: how many workers.
        backlogs: the most that either queue held.
    """

    messages: int
    came: int = 0
    twice: int = 0
    out_of_order: int = 0
    killed: int = 0
    seconds: float = 0.0
    last: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: -1))

    @property
    def lost(self) -> int:
        return self.messages - self.came

    def count(self, message: brokers.Message) -> None:
        """A message has come. Its number is one more than that of the one before it of its key."""
        assert message.key is not None
        number, last = int(message.data), self.last[message.key]
        if number == last + 1:
            self.came += 1
            self.last[message.key] = number
        elif number <= last:
            self.twice += 1
        else:
            self.out_of_order += 1

    def __str__(self) -> str:
        return (
            f"{self.messages} messages in {self.seconds:.0f} s, {self.killed} workers killed: "
            f"{self.lost} lost, {self.twice} twice, {self.out_of_order} out of their order"
        )


def messages(count: int) -> Iterator[brokers.Message]:
    for number in range(count):
        yield brokers.Message(f"{number // KEYS}", key=f"k{number % KEYS}", id=f"{number}")


class Workers:
    """Processes that die."""

    def __init__(self, url: str, count: int, seed: int) -> None:
        self._command = [sys.executable, "-m", "tests.brokers.worker", url, "work", "done"]
        self._count = count
        self._random = random.Random(seed)
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        while len(self._running) < self._count:
            self._running.append(await asyncio.create_subprocess_exec(*self._command))

    async def kill_one(self) -> None:
        victim = self._running.pop(self._random.randrange(len(self._running)))
        assert victim.returncode is None, "a worker has ended by itself"
        victim.kill()
        await victim.wait()

    async def stop(self) -> None:
        while self._running:
            await self.kill_one()


async def ordeal(url: str, count: int, *, workers: int, every: float, seed: int) -> Outcome:
    """Move `count` messages while a worker is killed every so many seconds, if some have come."""
    outcome, begun = Outcome(count), time.monotonic()
    crowd = Workers(url, workers, seed)
    async with brokers.connect(url) as broker:
        for queue in ("work", "done"):
            # What comes twice is to be seen, so nothing is taken for known.
            await broker.declare(queue, limit=5000, lanes=LANES, ack_wait=1000, duplicate_window=0)
        await crowd.start()

        async def kill() -> None:
            while True:
                before = outcome.came
                await asyncio.sleep(every)
                while outcome.came < before + AT_LEAST:
                    await asyncio.sleep(0.01)
                await crowd.kill_one()
                outcome.killed += 1
                await crowd.start()

        async def consume() -> None:
            async for message in broker.subscriber("done", high_water_mark=MARK):
                outcome.count(message)
                message.ack()
                if outcome.came == count:
                    return

        killing = asyncio.ensure_future(kill())
        writer = broker.publisher("work", high_water_mark=MARK)
        try:
            await asyncio.gather(
                promises.pipeline(Readable.from_(messages(count)), writer), consume()
            )
        finally:
            killing.cancel()
            await asyncio.wait([killing])
            await crowd.stop()
    outcome.seconds = time.monotonic() - begun
    return outcome


def check(outcome: Outcome) -> None:
    """What must hold, whoever dies."""
    assert outcome.lost == 0, outcome
    assert outcome.out_of_order == 0, outcome
    assert outcome.twice <= outcome.killed * MARK, outcome


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.brokers.harness")
    parser.add_argument("kind", choices=["redis", "nats"])
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two deaths")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = Server(given.kind, Path(directory), durable=False).start()
        try:
            options = {"workers": given.workers, "every": given.every, "seed": given.seed}
            outcome = run(lambda: ordeal(server.url, given.messages, **options))
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(outcome)
            print(f"broker: {server.resident >> 20} MiB; producer and consumer: {grown} MiB")
        finally:
            server.stop()
    check(outcome)


if __name__ == "__main__":
    main()
