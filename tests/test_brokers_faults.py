"""Brokers that end and begin again, workers that are killed, and consumers that are slow."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams2 import Readable, Writable, brokers, promises, run

from .brokers import harness
from .brokers.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.host, pytest.mark.once, pytest.mark.live]

# NATS tells that it keeps a message a moment before it has written it.
HOWS = [("redis", signal.SIGTERM), ("redis", signal.SIGKILL), ("nats", signal.SIGTERM)]


@pytest.fixture(params=["redis", "nats"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    started = Server(request.param, tmp_path).start()
    yield started
    started.stop()


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


# -- a broker that begins again -------------------------------------------------------------------


@pytest.mark.parametrize(("server", "how"), HOWS, indirect=["server"])
def test_a_broker_that_begins_again_loses_nothing(server, how):
    count = 800

    async def main():
        seen: list[int] = []
        async with brokers.connect(server.url) as broker:
            for queue in ("work", "done"):
                await broker.declare(queue, limit=200, lanes=32, ack_wait=500)
            sent = (brokers.Message(f"{n}", key=f"{n % 32}", id=f"{n}") for n in range(count))
            filling = asyncio.ensure_future(
                promises.pipeline(Readable.from_(sent), broker.publisher("work"))
            )
            source = broker.subscriber("work")
            working = asyncio.ensure_future(
                promises.pipeline(
                    source,
                    brokers.work(lambda message: message.data, concurrency=32),
                    broker.publisher("done"),
                )
            )

            async def eat():
                async for message in broker.subscriber("done"):
                    seen.append(int(message.data))
                    message.ack()
                    if len(set(seen)) == count:
                        return

            eating = asyncio.ensure_future(eat())
            for part in (1, 2):
                await until(lambda part=part: len(seen) > count * part // 4)
                server.stop(how)
                await asyncio.sleep(0.3)
                server.start()
            await asyncio.gather(filling, eating)
            source.stop()
            await working
        return seen

    seen = run(main)
    assert set(seen) == set(range(count))
    # Who has a message when the broker ends cannot say that it is done.
    assert len(seen) <= count + 2 * 3 * 64
    for key in range(32):
        firsts = list(dict.fromkeys(number for number in seen if number % 32 == key))
        assert firsts == sorted(firsts)


def test_a_broker_that_stays_away_fails_each_stream_once(server):
    async def main():
        failed = []
        async with brokers.connect(server.url, patience=300) as broker:
            await broker.declare("work")
            source, writer = broker.subscriber("work"), broker.publisher("work")
            source.on("error", lambda error: failed.append(("source", error)))
            writer.on("error", lambda error: failed.append(("writer", error)))
            taken = []
            source.on("data", taken.append)
            writer.write("a")
            await until(lambda: taken)
            server.stop()
            writer.write("b")
            await until(lambda: source.closed and writer.closed)
            with pytest.raises(brokers.BrokerLostError):
                await broker.info("work")
        return failed

    failed = run(main)
    assert sorted(name for name, _ in failed) == ["source", "writer"]
    for _, error in failed:
        assert error.code == "ERR_BROKER_LOST"
        assert f"{server.url} could not be reached for 300 ms" in str(error)


def test_a_broker_that_has_lost_its_queues_says_so(tmp_path):
    forgetful = Server("redis", tmp_path, durable=False).start()

    async def main():
        async with brokers.connect(forgetful.url) as broker:
            await broker.declare("work")
            writer = broker.publisher("work")
            writer.write("a")
            await until(lambda: not writer.writable_length)
            source = broker.subscriber("work")
            source.resume()
            await until(lambda: source.unacknowledged)
            failed = []
            for stream in (source, writer):
                stream.on("error", failed.append)
            forgetful.stop()
            forgetful.start()
            writer.write("b")
            await until(lambda: source.closed and writer.closed)
            return failed

    try:
        failed = run(main)
    finally:
        forgetful.stop()
    assert [error.code for error in failed] == ["ERR_QUEUE_NOT_FOUND"] * 2


def test_a_program_that_begins_before_its_broker_waits_for_it(server):
    async def main():
        server.stop()
        connecting = asyncio.ensure_future(_work_with(server.url))
        await asyncio.sleep(0.2)
        server.start()
        return await connecting

    async def _work_with(url):
        async with brokers.connect(url) as broker:
            await broker.declare("work")
            await promises.pipeline(Readable.from_(["a"]), broker.publisher("work"))
            (message,) = await broker.subscriber("work").take(1).to_array()
            return message.data

    assert run(main) == b"a"


# -- workers that are killed ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["redis", "nats"])
def test_nothing_is_lost_when_workers_are_killed(kind, tmp_path):
    """The same with 200,000: ``python -m tests.brokers.harness redis``."""
    server = Server(kind, tmp_path, durable=False).start()
    try:
        outcome = run(lambda: harness.ordeal(server.url, 5_000, workers=3, every=1.0, seed=7))
    finally:
        server.stop()
    assert outcome.killed
    harness.check(outcome)


# -- consumers that are slow ----------------------------------------------------------------------


def test_a_slow_consumer_holds_up_the_producer_and_no_memory_grows(server):
    """A hundred messages are offered for each that is consumed: all that waits is within limits."""
    limit, mark, size = 200, 16, 4096

    async def main():
        offered = 0

        def offer():
            nonlocal offered
            while True:
                offered += 1
                yield bytes(size)

        async with brokers.connect(server.url) as broker:
            for queue in ("work", "done"):
                await broker.declare(queue, limit=limit)
            writer = broker.publisher("work", high_water_mark=mark)
            filling = asyncio.ensure_future(promises.pipeline(Readable.from_(offer()), writer))
            source = broker.subscriber("work", high_water_mark=mark)
            working = asyncio.ensure_future(
                promises.pipeline(
                    source,
                    brokers.work(lambda message: message.data),
                    broker.publisher("done", high_water_mark=mark),
                )
            )
            await until(lambda: writer.waits_for_room)
            consumed, resident, backlogs = 0, [], []
            slow = broker.subscriber("done", high_water_mark=1)

            async def consume():
                nonlocal consumed
                async for message in slow:
                    await asyncio.sleep(0.005)
                    message.ack()
                    consumed += 1
                    if consumed % 50 == 0:
                        resident.append(server.resident)
                        infos = [await broker.info(queue) for queue in ("work", "done")]
                        backlogs.extend(info.backlog for info in infos)
                    if consumed == 400:
                        return

            await consume()
            for task in (filling, working):
                task.cancel()
            await asyncio.wait([filling, working])
        return offered, consumed, resident, backlogs

    offered, consumed, resident, backlogs = run(main)
    # Both queues are full, and so are the marks; the rest has been consumed.
    assert max(backlogs) <= limit
    assert min(backlogs) >= limit - 2 * mark
    assert offered - consumed <= 2 * limit + 4 * mark + 8
    # The broker has held as much from the beginning: what it adds is what its allocator pleases.
    assert max(resident) - resident[0] < 16 * 1024 * 1024


def test_what_cannot_be_written_is_not_acknowledged(server):
    async def main():
        async with brokers.connect(server.url) as broker:
            await broker.declare("work")
            messages = Readable.from_([f"{n}" for n in range(5)])
            await promises.pipeline(messages, broker.publisher("work"))
            held = []
            sink = Writable(object_mode=True, write=lambda _s, m, _e, done: held.append(done))
            source = broker.subscriber("work")
            source.pipe(sink)
            await until(lambda: held)
            return (await broker.info("work")).backlog

    assert run(main) == 5
