"""Flows that move slowly, of other shapes: globals, objects, peers, children, files, threads."""

from __future__ import annotations

import asyncio
import os
import queue
import subprocess
import threading
import time
import zlib as pythons_zlib

from streams2 import (
    PassThrough,
    Readable,
    Transform,
    Writable,
    bridge,
    child_process,
    compose,
    duplex_pair,
    fs,
    http,
    net,
    once,
    promises,
    readline,
    timers,
    zlib,
)
from streams2.channel import Channel, go, into, mult, pipeline_async, pub

WAYS = []
OF_HOSTS = []
MOMENT = 0.003


def moves(main):
    WAYS.append(main)
    return main


def moves_on_a_host(main):
    OF_HOSTS.append(main)
    return main


def later(function, *args):
    asyncio.get_running_loop().call_later(MOMENT, function, *args)


def done(self, chunk, encoding, callback):
    callback()


def nothing(self, *args):
    pass


# -- who will go on with it, by ways that are not plain to see ------------------------------------

source = Readable(read=nothing)


def finish():
    source.push(None)


def tick():
    finish()


@moves
async def a_global_that_a_timer_uses():
    global source
    source = Readable(read=nothing)
    later(tick)
    await source.to_array()


class App:
    def __init__(self):
        self.callbacks = []

    def write(self, stream, chunk, encoding, callback):
        self.callbacks.append(callback)

    def tick(self):
        self.flush()

    def flush(self):
        for callback in self.callbacks:
            callback()


@moves
async def callbacks_that_an_object_keeps():
    app = App()
    sink = Writable(write=lambda *args: app.write(*args))
    sink.end(b"x")
    later(app.tick)
    await promises.finished(sink)


@moves
async def an_interval():
    ticks = Readable(read=nothing)
    left = iter([b"a", b"b", None])

    def tick():
        chunk = next(left)
        ticks.push(chunk)
        if chunk is None:
            timers.clear_interval(timer)

    timer = timers.set_interval(tick, MOMENT * 1000)
    await ticks.to_array()


@moves
async def a_task_that_waits_for_another_that_sleeps():
    sink, event = Writable(write=done), asyncio.Event()

    async def closer():
        await event.wait()
        sink.end()

    async def setter():
        await asyncio.sleep(MOMENT)
        event.set()

    tasks = [asyncio.ensure_future(closer()), asyncio.ensure_future(setter())]
    await promises.finished(sink)
    await asyncio.gather(*tasks)


@moves
async def a_lock_whose_holder_sleeps():
    lock = asyncio.Lock()

    async def hold():
        async with lock:
            await asyncio.sleep(MOMENT)

    holding = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    async with lock:
        await holding


@moves
async def a_semaphore_of_two_sinks():
    limit = asyncio.Semaphore(1)

    async def write(self, chunk, encoding):
        async with limit:
            await asyncio.sleep(MOMENT)

    sinks = [Writable(object_mode=True, write=write) for _ in range(2)]
    await asyncio.gather(*(promises.pipeline(Readable.from_([1, 2]), sink) for sink in sinks))


@moves
async def a_condition_that_is_notified_later():
    condition = asyncio.Condition()

    async def notify():
        await asyncio.sleep(MOMENT)
        async with condition:
            condition.notify_all()

    notifying = asyncio.ensure_future(notify())
    async with condition:
        await condition.wait()
    await notifying


@moves
async def a_sink_that_is_asked_again_and_again():
    sink = Writable(high_water_mark=1, write=lambda s, c, e, callback: later(callback))
    for _ in range(2):
        sink.write(b"x")
        while sink.writable_length:
            await asyncio.sleep(0)
    sink.destroy()


@moves
async def a_time_limit_that_is_not_reached():
    await asyncio.wait_for(Readable(read=lambda self, size: later(self.push, None)).to_array(), 60)


@moves
async def a_sink_that_tries_again():
    async def write(self, chunk, encoding):
        for attempt in range(2):
            if not attempt:
                await asyncio.sleep(MOMENT)

    sink = Writable(write=write)
    sink.end(b"x")
    await promises.finished(sink)


# -- streams and channels of several parts --------------------------------------------------------


@moves
async def a_stage_of_a_compose():
    async def transform(self, chunk, encoding):
        await asyncio.sleep(MOMENT)
        return chunk

    whole = compose(PassThrough(), Transform(transform=transform), PassThrough())
    whole.end(b"x")
    await whole.to_array()


@moves
async def the_other_half_of_a_pair():
    here, there = duplex_pair()
    later(there.end, b"x")
    here.end()
    await here.to_array()


@moves
async def operators_that_work_at_once():
    async def slowly(number):
        await asyncio.sleep(MOMENT)
        return number

    await Readable.from_(range(4)).map(slowly, concurrency=2).filter(bool).to_array()


@moves
async def lines_that_come_late():
    input_ = PassThrough()

    async def feed():
        await asyncio.sleep(MOMENT)
        input_.end(b"one\ntwo\n")

    feeding = asyncio.ensure_future(feed())
    async for _ in readline.create_interface(input=input_):
        pass
    await feeding


@moves
async def two_slow_workers():
    jobs = Channel()

    async def work():
        async for _ in jobs:
            await asyncio.sleep(MOMENT)

    for _ in range(2):
        go(work())
    for job in range(4):
        await jobs.put(job)
    jobs.close()


@moves
async def a_pipeline_of_channels_that_is_fed_slowly():
    jobs, results = Channel(1), Channel()

    async def work(value, to):
        await to.put(value)

    async def feed():
        for n in range(3):
            await asyncio.sleep(MOMENT)
            await jobs.put(n)
        jobs.close()

    pipeline_async(2, results, work, jobs)
    go(feed())
    await into([], results).take()


@moves
async def a_slow_subscriber():
    news = Channel()
    even = pub(news, lambda n: n % 2).sub(0, Channel())

    async def read():
        async for _ in even:
            await asyncio.sleep(MOMENT)

    over = go(read())
    for n in range(4):
        await news.put(n)
    news.close()
    await over.take()


@moves
async def a_slow_tap_beside_a_quick_one():
    events = Channel()
    both = mult(events)
    quick, slow = both.tap(Channel(9)), both.tap(Channel())

    async def read(channel, seconds):
        async for _ in channel:
            await asyncio.sleep(seconds)

    over = [go(read(quick, 0)), go(read(slow, MOMENT))]
    for n in range(3):
        await events.put(n)
    events.close()
    for channel in over:
        await channel.take()


@moves
async def a_bridge_to_a_slow_sink():
    lines = Channel()
    sink = Writable(
        object_mode=True, high_water_mark=1, write=lambda s, c, e, callback: later(callback)
    )
    bridge.writable_from_channel(lines, sink)
    for n in range(3):
        await lines.put(n)
    lines.close()
    await promises.finished(sink)


@moves
async def a_bridge_from_a_slow_source():
    async def numbers():
        for n in range(2):
            await asyncio.sleep(MOMENT)
            yield n

    async for _ in bridge.channel_from_readable(Readable.from_(numbers())):
        pass


# -- endpoints, processes and threads -------------------------------------------------------------


async def listening(server):
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server.address()["port"]


@moves_on_a_host
async def a_peer_that_answers_late():
    server = net.create_server(lambda socket: later(socket.end, b"late"))
    client = net.connect(await listening(server), "127.0.0.1")
    await client.to_array()
    server.close()


@moves_on_a_host
async def a_response_that_trickles():
    def handle(request, response):
        async def trickle():
            for _ in range(2):
                response.write(b"x")
                await asyncio.sleep(MOMENT)
            response.end()

        tasks.append(asyncio.ensure_future(trickle()))

    tasks = []
    server = http.create_server(handle)
    request = http.get(f"http://127.0.0.1:{await listening(server)}/", agent=http.Agent())
    [response] = await once(request, "response")
    await response.to_array()
    server.close()


@moves_on_a_host
async def a_child_that_sleeps():
    child = child_process.spawn("sh", ["-c", "sleep 0.05; echo hi"])
    await child.stdout.to_array()


@moves_on_a_host
async def the_exit_of_a_child():
    await once(child_process.spawn("sleep", ["0.05"]), "exit")


@moves_on_a_host
async def lines_of_a_child():
    child = child_process.spawn("sh", ["-c", "sleep 0.02; echo 1; sleep 0.02; echo 2"])
    async for _ in readline.create_interface(input=child.stdout):
        pass


@moves_on_a_host
async def a_fifo(tmp_path):
    path = os.path.join(tmp_path, "fifo")
    os.mkfifo(path)
    writer = subprocess.Popen(["sh", "-c", 'sleep 0.05; echo hi > "$0"', path])
    await fs.create_read_stream(path).to_array()
    writer.wait()


@moves_on_a_host
async def a_bomb():
    inflate = zlib.create_inflate()
    inflate.end(pythons_zlib.compress(bytes(10_000_000)))
    async for _ in inflate:
        pass


@moves_on_a_host
async def a_thread_that_pushes():
    global source
    source, loop = Readable(read=nothing), asyncio.get_running_loop()

    def work():
        time.sleep(MOMENT)
        loop.call_soon_threadsafe(finish)

    thread = threading.Thread(target=work)
    thread.start()
    await source.to_array()
    thread.join()


@moves_on_a_host
async def a_thread_with_a_queue():
    given, loop = queue.Queue(), asyncio.get_running_loop()

    def work():
        for callback in iter(given.get, None):
            time.sleep(MOMENT)
            loop.call_soon_threadsafe(callback)

    thread = threading.Thread(target=work)
    thread.start()
    sink = Writable(write=lambda self, chunk, encoding, callback: given.put(callback))
    sink.end(b"x")
    await promises.finished(sink)
    given.put(None)
    thread.join()


@moves_on_a_host
async def a_stream_of_asyncios():
    async def serve(reader, writer):
        await asyncio.sleep(MOMENT)
        writer.write(b"x")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await reader.read()
    writer.close()
    server.close()


@moves_on_a_host
async def a_group_of_anyios():
    import anyio

    sink = Writable(write=done)

    async def work():
        await anyio.sleep(MOMENT)
        sink.end(b"x")

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await promises.finished(sink)
