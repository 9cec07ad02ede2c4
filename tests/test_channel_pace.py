"""Tasks that never have to wait at a channel: the loop turns, and nothing is lost or reordered."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import pytest

from streams2 import run
from streams2.channel import Channel, alts, dropping_buffer, transforms

COUNT = 5000


async def put(channel):
    for number in range(COUNT):
        await channel.put(number)


async def take(channel):
    for number in range(COUNT):
        assert await channel.take() == number


async def iterate(channel):
    channel.close()
    assert [number async for number in channel] == list(range(COUNT))


async def alts_of_takes(channel):
    for number in range(COUNT):
        assert await alts([channel]) == (number, channel)


async def alts_of_puts(channel):
    for number in range(COUNT):
        assert await alts([(channel, number)]) == (True, channel)


async def alts_with_a_default(_channel):
    for _ in range(COUNT):
        assert await alts([Channel()], default=None) == (None, "default")


async def put_and_take(_channel):
    """Each on a channel of its own: what is counted is the task's."""
    for number in range(COUNT):
        channel = Channel(1)
        await channel.put(number)
        assert await channel.take() == number


async def put_on_a_closed_one(channel):
    channel.close()
    for number in range(COUNT):
        assert not await channel.put(number)


async def take_of_an_ended_one(_channel):
    channel = Channel()
    channel.close()
    for _ in range(COUNT):
        assert await channel.take() is None


async def drop(_channel):
    channel = Channel(dropping_buffer(1))
    for number in range(COUNT):
        await channel.put(number)


async def transform(_channel):
    channel = Channel(1, transforms.filter(lambda _: False))
    for number in range(COUNT):
        await channel.put(number)


FULL = (take, iterate, alts_of_takes)
EMPTY = (
    *(put, alts_of_puts, alts_with_a_default, put_and_take, put_on_a_closed_one),
    *(take_of_an_ended_one, drop, transform),
)

every_work = pytest.mark.parametrize("work", [*FULL, *EMPTY])


def channel_for(work):
    channel = Channel(COUNT)
    for number in range(COUNT) if work in FULL else ():
        channel.offer(number)
    return channel


async def turns_during(work):
    turns = 0

    async def other():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.ensure_future(other())
    try:
        await work(channel_for(work))
        return turns
    finally:
        task.cancel()


@pytest.mark.parametrize("drive", [run, lambda main: asyncio.run(main())], ids=["run", "asyncio"])
@every_work
def test_the_loop_turns(drive, work):
    async def main():
        return await turns_during(work)

    assert drive(main) >= COUNT // 64 - 1


def test_the_loop_turns_in_every_thread():
    turns = []

    def in_thread():
        turns.append(asyncio.run(turns_during(put)))

    threads = [threading.Thread(target=in_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 4
    # They share a count, so that which operation looks who is running is chance.
    assert min(turns) >= COUNT // 64 // 8


@pytest.mark.parametrize("work", [take, iterate, alts_of_takes])
def test_a_take_that_is_cancelled_in_its_pause_loses_nothing(work):
    async def main():
        channel = channel_for(work)
        got = []

        async def take_all():
            if work is take:
                while True:
                    got.append(await channel.take())
            elif work is iterate:
                async for value in channel:
                    got.append(value)
            else:
                while True:
                    got.append((await alts([channel]))[0])

        task = asyncio.ensure_future(take_all())
        await asyncio.sleep(0)
        assert 0 < len(got) < COUNT
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        while channel.buffered:
            got.append(channel.poll())
        return got

    assert asyncio.run(main()) == list(range(COUNT))


@pytest.mark.parametrize("way", ["put", "alts"])
def test_a_put_that_is_cancelled_in_its_pause_was_not_done(way):
    async def main():
        channel = Channel(COUNT)
        done = []

        async def put_all():
            for number in range(COUNT):
                if way == "put":
                    await channel.put(number)
                else:
                    await alts([(channel, number)])
                done.append(number)

        task = asyncio.ensure_future(put_all())
        await asyncio.sleep(0)
        assert 0 < len(done) < COUNT
        task.cancel()
        await asyncio.wait([task])
        channel.close()
        assert [number async for number in channel] == done

    asyncio.run(main())


def test_tasks_that_put_once_are_in_order():
    async def main():
        channel = Channel(1000)
        await asyncio.gather(*(channel.put(number) for number in range(1000)))
        channel.close()
        return [number async for number in channel]

    assert asyncio.run(main()) == list(range(1000))


def test_tasks_that_take_once_are_in_order():
    async def main():
        channel = channel_for(take)
        return await asyncio.gather(*(channel.take() for _ in range(1000)))

    assert asyncio.run(main()) == list(range(1000))


def test_without_a_loop_nothing_pauses():
    channel = Channel(1000)
    for number in range(1000):
        with pytest.raises(StopIteration):
            channel.put(number).send(None)
    assert channel.buffered == 1000


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("work", [put_and_take, take_of_an_ended_one])
def test_it_ends_at_the_first_ctrl_c(work):
    async def main():
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        while True:
            await work(None)

    with pytest.raises(KeyboardInterrupt):
        run(main)
