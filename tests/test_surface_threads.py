"""From another thread: what would be lost there raises, says what to do, and changes nothing."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streams2 import Readable, next_tick, run
from streams2.channel import Channel, alts
from streams2.errors import NoRunningLoopError

from .support import Sink


async def in_a_thread(function, *args):
    """What `function` raises in a thread without a loop, or what it returns."""
    answers = []

    def work():
        try:
            answers.append(function(*args))
        except Exception as error:
            answers.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.001)
    return answers[0]


def refused(answer):
    return isinstance(answer, NoRunningLoopError) and "call_soon_threadsafe" in str(answer)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Readable(read=lambda self, size: None).push(b"x"),
        lambda: Readable().resume(),
        lambda: Readable().on("data", print),
        lambda: Sink().write(b"x", callback=print),
        lambda: Sink().end(),
        lambda: next_tick(print),
    ],
    ids=["push", "resume", "on data", "write", "end", "next_tick"],
)
def test_a_stream_says_what_to_use(call):
    async def main():
        assert refused(await in_a_thread(call))

    run(main)


WAKING = {
    "offer": lambda channel: channel.offer(1),
    "put_callback": lambda channel: channel.put_callback(1),
    "close": lambda channel: channel.close(),
    "close with an error": lambda channel: channel.close(ValueError()),
    "abandon": lambda channel: channel.abandon(),
    "put": lambda channel: asyncio.run(channel.put(1)),
    "alts": lambda channel: asyncio.run(alts([(channel, 1)])),
}


def kinds():
    return [Channel(), Channel(1), Channel(1, lambda values: (value for value in values))]


@pytest.mark.parametrize("call", WAKING.values(), ids=WAKING)
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("how", ["take", "alts"])
def test_a_taker_is_not_woken_from_another_thread(call, number, how):
    async def main():
        channel = kinds()[number]
        waiting = asyncio.ensure_future(channel.take() if how == "take" else alts([channel]))
        await asyncio.sleep(0)
        assert refused(await in_a_thread(call, channel))
        assert not channel.closed
        assert not waiting.done()
        loop = asyncio.get_running_loop()
        await in_a_thread(loop.call_soon_threadsafe, channel.offer, "value")
        taken = await asyncio.wait_for(waiting, 10)
        assert (taken if how == "take" else taken[0]) == "value"

    run(main)


TAKING = {
    "poll": lambda channel: channel.poll(),
    "take_callback": lambda channel: channel.take_callback(print),
    "abandon": lambda channel: channel.abandon(),
    "take": lambda channel: asyncio.run(channel.take()),
    "alts": lambda channel: asyncio.run(alts([channel])),
}


@pytest.mark.parametrize("call", TAKING.values(), ids=TAKING)
@pytest.mark.parametrize("room", [0, 1])
def test_a_putter_is_not_woken_from_another_thread(call, room):
    async def main():
        channel = Channel(room)
        for _ in range(room):
            await channel.put("first")
        waiting = asyncio.ensure_future(channel.put("value"))
        await asyncio.sleep(0)
        assert refused(await in_a_thread(call, channel))
        assert (channel.closed, channel.buffered, waiting.done()) == (False, room, False)
        for _ in range(room):
            assert await channel.take() == "first"
        assert await channel.take() == "value"
        assert await asyncio.wait_for(waiting, 10) is True

    run(main)


def test_where_nobody_waits_nothing_can_be_lost():
    async def main():
        channel = Channel(2)
        assert await in_a_thread(channel.offer, 1) is True
        assert await in_a_thread(channel.poll) == 1
        await in_a_thread(channel.close)
        assert channel.closed

    run(main)


def test_a_loop_that_does_not_run_is_woken_when_it_runs_again():
    loop = asyncio.new_event_loop()
    channel = Channel()

    async def begin():
        task = asyncio.ensure_future(channel.take())
        await asyncio.sleep(0)
        return task

    task = loop.run_until_complete(begin())
    assert channel.offer("value") is True
    assert loop.run_until_complete(task) == "value"
    loop.close()
