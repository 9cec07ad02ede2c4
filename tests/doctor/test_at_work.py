"""Whoever is asked about while he is at work is not to blame for what he has not done yet."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from streams2 import PassThrough, Readable, Transform, Writable, bridge, promises, run
from streams2.channel import Channel
from streams2.doctor import explain
from streams2.loop import stuck as loop_stuck
from streams2.loop.run_async import run_async

pytestmark = [
    pytest.mark.host,
    pytest.mark.skipif(sys.platform == "win32", reason="sends signals"),
]


def ask() -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


@pytest.fixture
def told(monkeypatch):
    """What a run has said when it was asked by a signal."""
    said: list[str] = []
    monkeypatch.setattr(loop_stuck, "tell", said.append)
    return said


def moves(text: str) -> bool:
    # Somebody may ask just as it comes to its end.
    said = "It moves" in text or text == "Nothing stands still."
    return said and "What would end it" not in text and "wait for each other" not in text


async def piped(source, *others):
    await promises.pipeline(source, *others)


def numbers():
    return Readable.from_(range(3))


def sink(**options):
    return Writable(object_mode=True, **options)


def taking(self, chunk, encoding, callback):
    callback()


def flow_with(method, look):
    """A pipeline with one method that has somebody look while it is at work."""

    def answering(*args):
        look(args[0])
        callback = args[-1]
        if method == "destroy":
            callback(args[1])
        else:
            callback()

    def reading(self, size):
        look(self)
        self.push(None)

    if method == "read":
        return Readable(object_mode=True, read=reading), sink(write=taking)
    if method in ("transform", "flush"):
        given = {"transform": lambda self, chunk, encoding, callback: callback()}
        return (
            numbers(),
            Transform(object_mode=True, **{**given, method: answering}),
            sink(write=taking),
        )
    given = {} if method == "writev" else {"write": taking}
    return numbers(), sink(**{**given, method: answering})


METHODS = ["construct", "read", "write", "writev", "transform", "flush", "final", "destroy"]


@pytest.mark.once
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("way", [run, lambda main: asyncio.run(run_async(main))])
def test_a_method_at_work_when_a_signal_asks(told, method, way):
    asked = []

    def look(stream):
        if not asked:
            asked.append(stream)
            ask()

    way(lambda: piped(*flow_with(method, look)))
    assert "is at work at" in told[0]
    assert moves(told[0]), told[0]


@pytest.mark.once
@pytest.mark.parametrize("method", [one for one in METHODS if one != "construct"])
def test_a_method_at_work_that_asks_itself(method):
    found = []

    async def main():
        flow = flow_with(method, lambda stream: found.append(explain(stream)))
        await piped(*flow)

    run(main)
    assert [one.culprits for one in found if one.culprits] == []
    assert any(one.moves for one in found) or method == "destroy"


class Disk(Writable):
    """Its methods are its class's own."""

    def _write(self, chunk, encoding, callback):
        ask()
        asyncio.get_running_loop().call_soon(callback)


def test_a_method_of_a_class_that_answers_later(told):
    run(lambda: piped(numbers(), Disk(object_mode=True)))
    assert len(told) == 3
    assert [one for one in told if not moves(one)] == []


@pytest.mark.parametrize("later", ["call_soon", "call_later", "thread"])
def test_a_call_at_work_that_is_going_to_answer(told, later):
    def write(self, chunk, encoding, callback):
        loop = asyncio.get_running_loop()

        def answer():
            ask()
            callback()

        if later == "call_later":
            loop.call_later(0.001, answer)
        elif later == "call_soon":
            loop.call_soon(answer)
        else:
            loop.run_in_executor(None, int).add_done_callback(lambda _: answer())

    run(lambda: piped(numbers(), sink(write=write)))
    assert len(told) == 3
    assert [one for one in told if not moves(one)] == []


def test_a_task_at_work_that_others_wait_for(told):
    async def main():
        channel = Channel()
        taking = asyncio.ensure_future(channel.take())
        await asyncio.sleep(0)
        ask()
        await channel.put(1)
        return await taking

    assert run(main) == 1
    assert "\n`main` is at work." in told[0]
    assert moves(told[0]), told[0]


def test_another_that_forgot_is_blamed_all_the_same(told):
    def forgets(self, chunk, encoding, callback):
        pass

    async def main():
        forgetful = Writable(write=forgets)
        forgetful.write(b"x")

        async def waits():
            await promises.finished(forgetful)

        waiting = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        await piped(numbers(), Disk(object_mode=True))
        waiting.cancel()

    run(main)
    assert len(told) == 3
    for one in told:
        assert one.count("never called its callback") == 1, one
        assert "`forgetful` (a Writable" in one
        assert "What would end it: call the callback of `_write`" in one


def test_a_method_that_has_returned_is_blamed_by_whoever_asks_in_another():
    found = []

    def forgets(self, chunk, encoding, callback):
        pass

    def asks(self, chunk, encoding, callback):
        found.append(explain(forgetful))
        callback()

    forgetful = Writable(write=forgets)

    async def main():
        forgetful.write(b"x")
        await piped(numbers(), sink(write=asks))

    run(main)
    assert [one.method for one in found[0].culprits] == ["_write"]


ASKING = """
import os, signal, sys, time
while True:
    os.kill(int(sys.argv[1]), signal.SIGUSR1)
    time.sleep(0.03)
"""


async def through_bytes(values):
    def later(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback)

    chunks = (b"x" * 1000 for _ in values)
    await piped(Readable.from_(chunks), PassThrough(), Writable(write=later))


async def through_transforms(values):
    same = Transform(object_mode=True, transform=lambda _s, value, _e, done: done(None, value))
    await piped(Readable.from_(values), same, sink(write=taking))


async def through_channels(values):
    first, second = Channel(), Channel(4)

    async def put():
        for value in values:
            await first.put(value)
        first.close()

    async def move():
        async for value in first:
            await second.put(value)
        second.close()

    moving = [asyncio.ensure_future(one()) for one in (put, move)]
    async for _ in second:
        pass
    await asyncio.gather(*moving)


async def through_a_bridge(values):
    channel = bridge.channel_from_readable(Readable.from_(values))
    await promises.finished(bridge.writable_from_channel(channel, sink(write=taking)))


async def by_iteration(values):
    async for _ in Readable.from_(values).map(str):
        pass


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("way", [run, lambda main: asyncio.run(run_async(main))])
@pytest.mark.parametrize(
    "flow",
    [through_bytes, through_transforms, through_channels, through_a_bridge, by_iteration],
)
def test_at_any_moment_what_moves_is_said_to_move(told, flow, way):
    def until_told_enough(asking):
        while len(told) < 8:
            yield "value"
        asking.kill()

    async def main():
        command = [sys.executable, "-c", ASKING, str(os.getpid())]
        with subprocess.Popen(command) as asking:
            await flow(until_told_enough(asking))

    way(main)
    assert [one for one in told if not moves(one)] == []
