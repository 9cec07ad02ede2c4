"""Debug mode names whatever of the user's keeps the loop, methods of streams or not."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import subprocess
import sys

import pytest

import streams2
from streams2 import (
    AbortController,
    EventEmitter,
    PassThrough,
    Readable,
    Writable,
    http,
    net,
    next_tick,
    once,
    readline,
    timers,
)
from streams2 import iter as iterable
from streams2.channel import Channel, transforms

from .test_debug import slow_told, turns

pytestmark = pytest.mark.once


def done(self, chunk, encoding, callback):
    callback()


async def timeout(clock):
    timers.set_timeout(lambda: clock.works(0.1), 1)  # here
    await timers.promises.set_timeout(2)


async def interval(clock):
    def again():  # here
        clock.works(0.1)
        timers.clear_interval(ticking)

    ticking = timers.set_interval(again, 1)
    await timers.promises.set_timeout(2)


async def immediate(clock):
    timers.set_immediate(lambda: clock.works(0.1))  # here
    await timers.promises.set_immediate()


async def tick(clock):
    next_tick(lambda: clock.works(0.1))  # here
    await turns()


async def tick_of_a_tick(clock):
    def work():  # here
        clock.works(0.1)

    next_tick(lambda: next_tick(work))
    await turns()


async def callback_of_write(clock):
    sink = Writable(write=done)
    sink.write(b"x", callback=lambda error: clock.works(0.1))  # here
    await turns()


async def callback_of_end(clock):
    sink = Writable(write=done)
    sink.end(callback=lambda *error: clock.works(0.1))  # here
    await turns()


async def callback_of_finished(clock):
    sink = Writable(write=done)
    streams2.finished(sink, lambda error: clock.works(0.1))  # here
    sink.end()
    await turns()


async def callback_of_pipeline(clock):
    over = lambda error, value=None: clock.works(0.1)  # noqa: E731 # here
    streams2.pipeline(Readable.from_([b"x"]), Writable(write=done), callback=over)
    await turns()


async def listener(clock):
    source = Readable.from_([b"x"])
    source.on("end", lambda: clock.works(0.1)).resume()  # here
    await turns()


async def listener_of_no_stream(clock):
    EventEmitter().on("news", lambda: clock.works(0.1)).emit("news")  # here


async def listener_to_abort(clock):
    controller = AbortController()
    controller.signal.add_listener("abort", lambda: clock.works(0.1))  # here
    controller.abort()


async def generator_of_a_pipeline(clock):
    async def shout(source):  # here
        async for chunk in source:
            clock.works(0.1)
            yield chunk

    sink = Writable(object_mode=True, write=done)
    await streams2.promises.pipeline(Readable.from_([1]), shout, sink)


async def source_of_a_pipeline(clock):
    def numbers():  # here
        yield 1
        clock.works(0.1)

    await streams2.promises.pipeline(numbers, Writable(object_mode=True, write=done))


async def end_of_a_pipeline(clock):
    async def count(source):  # here
        async for _ in source:
            clock.works(0.1)

    await streams2.promises.pipeline(Readable.from_([1]), count)


async def construct(clock):
    def construct(self, callback):
        clock.works(0.1)
        callback()

    sink = Writable(construct=construct, write=done)  # here
    sink.end()
    await once(sink, "finish")


async def callback_of_put(clock):
    channel = Channel(1)
    channel.put_callback(1, lambda accepted: clock.works(0.1))  # here
    await turns()


async def callback_of_take(clock):
    channel = Channel()
    channel.take_callback(lambda value: clock.works(0.1))  # here
    await channel.put(1)
    await turns()


async def transform_of_a_channel(clock):
    async def doubled(values):  # here
        async for value in values:
            clock.works(0.1)
            yield 2 * value

    channel = Channel(1, doubled)
    await channel.put(1)
    assert await channel.take() == 2


async def function_of_a_transform(clock):
    double = lambda value: clock.works(0.1) or 2 * value  # noqa: E731 # here
    channel = Channel(1, transforms.compose(transforms.map(double), transforms.filter(bool)))
    await channel.put(1)
    assert await channel.take() == 2


async def source_of_an_iterable_stream(clock):
    async def letters():  # here
        yield [b"a"]
        clock.works(0.1)

    assert await iterable.text(letters()) == "a"


async def function_of_an_iterable_stream(clock):
    shout = lambda batch: batch and (clock.works(0.1) or [b"A"])  # noqa: E731 # here
    assert await iterable.text(iterable.pull([b"a"], shout)) == "A"


async def lines(clock):
    given = PassThrough()
    interface = readline.create_interface(input=given)
    interface.on("line", lambda line: clock.works(0.1))  # here
    given.end(b"one\n")
    await once(interface, "close")


@pytest.mark.parametrize(
    "main",
    [
        *(timeout, interval, immediate, tick, tick_of_a_tick, construct),
        *(callback_of_write, callback_of_end, callback_of_finished, callback_of_pipeline),
        *(listener, listener_of_no_stream, listener_to_abort, lines),
        *(generator_of_a_pipeline, source_of_a_pipeline, end_of_a_pipeline),
        *(callback_of_put, callback_of_take, transform_of_a_channel, function_of_a_transform),
        *(source_of_an_iterable_stream, function_of_an_iterable_stream),
    ],
)
def test_what_keeps_the_loop_is_named(main):
    (text,) = slow_told(main)
    assert f"test_debug_calls.py:{marked(main)}" in text
    assert "kept the loop for 100 ms" in text


def marked(main):
    lines_of, first = inspect.getsourcelines(main)
    return next(first + n for n, line in enumerate(lines_of) if line.rstrip().endswith("# here"))


@pytest.mark.host
@pytest.mark.parametrize("make", [net.create_server, http.create_server])
def test_so_are_the_handlers_of_servers(make):
    async def main(clock):
        server = make(lambda *given: clock.works(0.1))  # here
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        client = net.connect(server.address()["port"], "127.0.0.1")
        client.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not clock.time:
            await asyncio.sleep(0.001)
        client.destroy()
        server.close()

    (text,) = slow_told(main)
    assert re.search(r"test_debug_calls\.py:\d+", text)
    assert "kept the loop for 100 ms" in text


@pytest.mark.host
@pytest.mark.parametrize(("limit", "is_told"), [("0.001", True), ("60", False)])
def test_the_environment_says_how_long_is_long(limit, is_told):
    code = "import time; from streams2 import next_tick, run; "
    code += "run(lambda: next_tick(lambda: time.sleep(0.002)))"
    environment = {**os.environ, "STREAMS2_DEBUG": "1", "STREAMS2_DEBUG_BLOCKED": limit}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=True)
    assert ("SlowMethodWarning" in done.stderr) is is_told
