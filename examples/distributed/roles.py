"""The processes: a producer, a worker, a consumer. Each says on standard output how it fares.

    python -m examples.distributed.roles worker nats://10.0.0.1:4222

A line is an object of JSON. On standard input `total 1000` tells the consumer how many there are,
and `stop` a worker to finish; a role whose standard input ends was left alone, and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Callable

from streams2 import Readable, Transform, brokers, promises, run
from streams2.brokers import Broker, Message
from streams2.streams.transform import TransformCallback

from .memory import resident
from .stage import stage

__all__ = ["Books", "parse"]

EVERY = 0.25


def say(**what: object) -> None:
    sys.stdout.write(json.dumps({"at": time.time(), **what}) + "\n")
    sys.stdout.flush()


def listen(hear: Callable[[str], None]) -> None:
    """Hear each line of standard input."""
    loop = asyncio.get_running_loop()
    rest = b""

    def read() -> None:
        nonlocal rest
        data = os.read(0, 4096)
        if not data:
            os._exit(1)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            hear(line.decode())

    loop.add_reader(0, read)


async def keep_saying(what: Callable[[], dict[str, int]]) -> None:
    while True:
        say(memory=resident(), **what())
        await asyncio.sleep(EVERY)


class Books:
    """What the consumer has seen: each number of each key is to come once, and in order."""

    def __init__(self) -> None:
        self.messages = self.distinct = self.disordered = self.wrong = 0
        self._seen: set[str] = set()
        self._last: dict[str, int] = {}

    def enter(self, message: Message) -> None:
        assert message.id is not None
        key, _, text = message.id.partition("/")
        number = int(text)
        self.messages += 1
        self.wrong += int(message.data) != number**2
        if message.id in self._seen:
            return
        self._seen.add(message.id)
        self.distinct += 1
        self.disordered += number != self._last.get(key, -1) + 1
        self._last[key] = number

    def said(self) -> dict[str, int]:
        return {
            "done": self.distinct,
            "duplicates": self.messages - self.distinct,
            "disordered": self.disordered,
            "wrong": self.wrong,
        }


async def numbers(options: argparse.Namespace, made: list[int]) -> AsyncIterator[Message]:
    """So many a second, in turn for each key; what could not be sent in time is left out."""
    clock = asyncio.get_running_loop().time
    due = clock()
    end = due + options.seconds
    while made[0] < options.messages and clock() < end:
        number, key = divmod(made[0], options.keys)
        yield Message(str(number), key=f"key-{key}", id=f"key-{key}/{number}")
        made[0] += 1
        due = max(due + 1 / options.rate, clock() - 0.1)
        await asyncio.sleep(max(0.0, due - clock()))


async def produce(broker: Broker, options: argparse.Namespace) -> None:
    made = [0]
    listen(lambda _line: None)
    publisher = broker.publisher("work", high_water_mark=options.mark)

    def said() -> dict[str, int]:
        held = publisher.writable_length
        return {"done": max(0, made[0] - held), "held": held}

    saying = asyncio.ensure_future(keep_saying(said))
    await promises.pipeline(Readable.from_(numbers(options, made)), publisher)
    saying.cancel()
    say(memory=resident(), done=made[0], held=0, total=made[0])


class Counter(Transform[Message, Message]):
    """Counts what passes, and what was given to somebody before."""

    def __init__(self) -> None:
        super().__init__(object_mode=True, high_water_mark=1)
        self.done = self.again = 0

    def _transform(self, chunk: Message, _encoding: str, callback: TransformCallback) -> None:
        self.done += 1
        self.again += chunk.tries > 1
        callback(None, chunk)


async def work(broker: Broker, options: argparse.Namespace) -> None:
    counter = Counter()
    subscriber = broker.subscriber("work", high_water_mark=options.mark)

    def said() -> dict[str, int]:
        held = subscriber.unacknowledged
        return {"done": counter.done, "again": counter.again, "held": held}

    listen(lambda _line: subscriber.stop())
    saying = asyncio.ensure_future(keep_saying(said))
    done = broker.publisher("done", high_water_mark=options.mark)
    await promises.pipeline(subscriber, counter, stage(), done)
    saying.cancel()
    say(memory=resident(), **said())


async def consume(broker: Broker, options: argparse.Namespace) -> None:
    books = Books()
    total: list[int] = []
    subscriber = broker.subscriber("done", high_water_mark=options.mark)

    def stop_if_all() -> None:
        if total and books.distinct >= total[0]:
            subscriber.stop()

    def hear(line: str) -> None:
        total.append(int(line.split()[1]))
        stop_if_all()

    listen(hear)
    saying = asyncio.ensure_future(
        keep_saying(lambda: {**books.said(), "held": subscriber.unacknowledged})
    )
    clock = asyncio.get_running_loop().time
    due = clock()
    async for message in subscriber:
        books.enter(message)
        message.ack()
        stop_if_all()
        due = max(due + 1 / options.rate, clock() - 0.1)
        # When all is sent, it need not be slow any more.
        if not total:
            await asyncio.sleep(max(0.0, due - clock()))
    saying.cancel()
    say(memory=resident(), held=0, end=True, **books.said())


ROLES = {"producer": produce, "worker": work, "consumer": consume}


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.distributed.roles")
    add = parser.add_argument
    add("role", choices=ROLES)
    add("url", help="the broker's address, such as nats://127.0.0.1:4222")
    add("--rate", type=float, default=1000.0, help="messages a second, at most (default 1000)")
    add("--seconds", type=float, default=1e9, help="how long the producer produces")
    add("--messages", type=int, default=10**12, help="how many at most")
    add("--keys", type=int, default=64, help="how many keys there are (default 64)")
    add("--mark", type=int, default=32, help="high-water mark, in messages (default 32)")
    return parser.parse_args(words)


async def main(options: argparse.Namespace) -> None:
    async with brokers.connect(options.url) as broker:
        try:
            await ROLES[options.role](broker, options)
        finally:
            asyncio.get_running_loop().remove_reader(0)


if __name__ == "__main__":
    options = parse()
    run(lambda: main(options))
