"""Ways to stand still: each a tiny program, with the names of whoever is to blame.

``# here`` marks the lines that an explanation must name. Most of them are from what people ask in
public about Node's streams, asyncio's queues and core.async's channels.
"""

from __future__ import annotations

import asyncio

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    bridge,
    compose,
    consumers,
    duplex_pair,
    finished,
    on,
    once,
    pipe,
    promises,
)
from streams2.channel import Channel, alts, go, into, merge, mult, pub

from . import noting

WAYS = []
stuck = noting(WAYS)


def done(self, chunk, encoding, callback):
    callback()


def same(self, chunk, encoding, callback):
    callback(None, chunk)


def nothing(self, *args):
    pass


# -- callbacks that are forgotten -----------------------------------------------------------------


@stuck("disk")
async def forgotten_write():
    def write(self, chunk, encoding, callback):  # here
        pass

    disk = Writable(write=write)  # here
    disk.end(b"x")
    await promises.finished(disk)  # here


@stuck("disk")
async def forgotten_writev():
    def writev(self, chunks, callback):  # here
        pass

    disk = Writable(writev=writev, write=nothing)  # here
    disk.cork()
    disk.write(b"a")
    disk.write(b"b")
    disk.uncork()
    disk.end()
    await promises.finished(disk)


@stuck("disk")
async def forgotten_final():
    def final(self, callback):  # here
        pass

    disk = Writable(write=done, final=final)  # here
    disk.end(b"x")
    await promises.finished(disk)


@stuck("disk")
async def forgotten_construct():
    def construct(self, callback):  # here
        pass

    disk = Writable(write=done, construct=construct)  # here
    disk.end(b"x")
    await promises.finished(disk)


@stuck("disk")
async def forgotten_destroy():
    def destroy(self, error, callback):  # here
        pass

    disk = Writable(write=done, destroy=destroy)  # here
    disk.destroy()
    await once(disk, "close")


@stuck("shout")
async def forgotten_transform():
    def transform(self, chunk, encoding, callback):  # here
        self.push(chunk)

    shout = Transform(transform=transform)  # here
    Readable.from_([b"a", b"b"]).pipe(shout)
    await shout.to_array()


@stuck("shout")
async def forgotten_flush():
    def flush(self, callback):  # here
        pass

    shout = Transform(transform=same, flush=flush)  # here
    Readable.from_([b"a", b"b"]).pipe(shout)
    await shout.to_array()


@stuck("source")
async def forgotten_push():
    def read(self, size):  # here
        pass

    source = Readable(read=read)  # here
    await source.to_array()


@stuck("disk")
async def forgotten_in_one_branch():
    def write(self, chunk, encoding, callback):  # here
        if chunk != b"skip":
            callback()

    disk = Writable(write=write)  # here
    await promises.pipeline(Readable.from_([b"a", b"skip", b"b"]), disk)


class Disk(Writable):
    def _write(self, chunk, encoding, callback):  # here
        self.callbacks = [callback]


@stuck("disk")
async def forgotten_by_a_subclass():
    disk = Disk()
    disk.end(b"x")
    await promises.finished(disk)


@stuck("write")
async def a_coroutine_that_waits_for_ever():
    async def write(self, chunk, encoding):
        await asyncio.Event().wait()  # here

    disk = Writable(write=write)
    disk.end(b"x")
    await promises.finished(disk)


# -- nobody reads ---------------------------------------------------------------------------------


@stuck("shout")
async def nobody_reads_a_transform():
    numbers = Readable.from_(range(100))
    shout = Transform(object_mode=True, transform=same)  # here
    numbers.pipe(shout)
    await promises.finished(shout)


@stuck("loud")
async def nobody_reads_the_last_of_several():
    numbers = Readable.from_(range(100))
    first = PassThrough(object_mode=True)
    loud = PassThrough(object_mode=True)  # here
    numbers.pipe(first).pipe(loud)
    await promises.finished(first)


@stuck("shout")
async def nobody_reads_and_the_writer_waits_for_drain():
    shout = PassThrough(object_mode=True, high_water_mark=2)  # here
    for number in range(100):
        if not shout.write(number):
            await once(shout, "drain")  # here


@stuck("source")
async def nobody_reads_a_readable():
    source = Readable(read=nothing)  # here
    source.push(b"x")
    source.push(None)
    await promises.finished(source)


@stuck("echo")
async def nobody_reads_a_duplex():
    echo = Duplex(read=nothing, write=done)  # here
    echo.push(b"x")
    echo.push(None)
    echo.end()
    await promises.finished(echo)


@stuck("source")
async def a_pause_that_is_left():
    source = Readable.from_([b"a", b"b"])  # here
    source.on("data", lambda chunk: source.pause())
    await promises.finished(source)


@stuck("source")
async def paused_before_the_pipe():
    source = Readable.from_([b"a", b"b"])  # here
    source.on("data", lambda chunk: None)
    source.pause()
    await once(source, "end")


@stuck("source")
async def a_readable_listener_that_does_not_read():
    source = Readable.from_([b"a", b"b"])  # here
    source.on("readable", lambda: None)
    await promises.finished(source)


@stuck("source")
async def the_destination_has_left():
    source = Readable(read=nothing)  # here
    disk = Writable(write=done)
    source.pipe(disk)
    source.push(b"a")
    await asyncio.sleep(0)
    source.unpipe(disk)
    source.push(b"b")
    source.push(None)
    await once(source, "end")


# -- full, and nothing drains it ------------------------------------------------------------------


@stuck("dead")
async def a_fan_out_with_a_dead_sink():
    numbers = Readable.from_(range(100))
    good = Writable(object_mode=True, write=done)
    dead = Writable(object_mode=True, high_water_mark=1, write=nothing)  # here
    numbers.pipe(good)
    numbers.pipe(dead)
    await promises.finished(good)


@stuck("disk")
async def corked_for_ever():
    disk = Writable(write=done)  # here
    disk.cork()
    disk.write(b"x")
    await once(disk, "drain") if disk.writable_need_drain else await promises.finished(disk)


@stuck("disk")
async def corked_under_a_pipe():
    disk = Writable(object_mode=True, high_water_mark=2, write=done)  # here
    disk.cork()
    numbers = Readable.from_(range(10))
    numbers.pipe(disk)
    await promises.finished(numbers)


@stuck("tiny")
async def a_mark_of_nothing():
    tiny = PassThrough(high_water_mark=0)  # here
    tiny.write(b"x")
    await once(tiny, "drain")


@stuck("disk")
async def drain_that_nobody_was_refused():
    disk = Writable(write=done)  # here
    disk.write(b"x")
    await once(disk, "drain")  # here


@stuck("slow")
async def drained_waits():
    slow = Writable(high_water_mark=1, write=nothing)  # here
    slow.write(b"x")
    await slow.drained()  # here


# -- nothing comes, or nobody ends it -------------------------------------------------------------


@stuck("sink")
async def never_ended():
    sink = Writable(write=done)  # here
    sink.write(b"x")
    await promises.finished(sink)


@stuck("echo")
async def a_duplex_that_is_never_ended():
    echo = PassThrough()  # here
    echo.write(b"x")
    await consumers.text(echo)  # here


@stuck("sink")
async def a_pipe_that_does_not_end():
    sink = Writable(write=done)  # here
    pipe(Readable.from_([b"a"]), sink, end=False)
    await promises.finished(sink)


@stuck("source")
async def a_source_that_was_destroyed():
    source = Readable(read=nothing)  # here
    sink = Writable(write=done)
    source.pipe(sink)
    source.push(b"x")
    source.destroy()
    await promises.finished(sink)


@stuck("source")
async def a_pipeline_of_a_silent_source():
    source = Readable(read=nothing)  # here
    await promises.pipeline(source, PassThrough(), Writable(write=done))


@stuck("numbers")
async def a_generator_that_waits_for_ever():
    async def numbers():
        yield 1
        await asyncio.Event().wait()  # here

    print(await Readable.from_(numbers()).to_array())


@stuck("an_event_that_is_never_emitted")
async def an_event_that_is_never_emitted():
    await asyncio.get_running_loop().create_future()  # here


# -- channels -------------------------------------------------------------------------------------


@stuck("full")
async def a_put_without_a_taker():
    full = Channel()  # here
    await full.put(1)  # here


@stuck("empty")
async def a_take_without_a_putter():
    empty = Channel(3)  # here
    await empty.take()  # here


@stuck("results")
async def a_result_channel_that_is_never_closed():
    results = Channel(3)  # here

    async def work():
        for number in range(3):
            await results.put(number)

    go(work())
    print([value async for value in results])  # here


@stuck("left", "right")
async def alts_of_silent_channels():
    left = Channel()  # here
    right = Channel()  # here
    await alts([left, right])  # here


@stuck("slow")
async def a_mult_with_a_tap_that_nobody_takes_from():
    source = Channel()
    taps = mult(source)
    slow = taps.tap(Channel())  # here
    fast = taps.tap(Channel(10))
    for number in range(10):
        await source.put(number)
    print(fast, slow)


@stuck("first", "second")
async def a_circle_of_two():
    first = Channel()  # here
    second = Channel()  # here

    async def other():
        value = await second.take()  # here
        await first.put(value)

    go(other())
    value = await first.take()  # here
    await second.put(value)


@stuck("numbers")
async def a_merge_of_a_channel_that_stays_open():
    numbers = Channel(3)  # here
    numbers.offer(1)
    await into([], merge([numbers])).take()


@stuck("words")
async def a_bridge_to_a_channel_that_nobody_takes_from():
    words = Channel()  # here
    source = Readable.from_(["a", "b", "c"])
    bridge.channel_from_readable(source, words)
    await promises.finished(source)


@stuck("jobs")
async def a_writer_to_a_channel_that_nobody_takes_from():
    jobs = Channel()  # here
    sink = bridge.channel_from_writable(jobs)
    sink.end("x")
    await promises.finished(sink)


@stuck("work")
async def a_process_that_waits_for_ever():
    async def work():
        await asyncio.Event().wait()  # here

    await go(work()).take()


@stuck("queue_without_a_putter")
async def queue_without_a_putter():
    queue = asyncio.Queue()
    await queue.get()  # here


@stuck("helper")
async def a_task_that_waits_for_ever():
    async def helper():
        await asyncio.get_running_loop().create_future()  # here

    await asyncio.gather(helper(), asyncio.sleep(0))


@stuck("sink")
async def callback_of_finished():
    over = asyncio.get_running_loop().create_future()
    sink = Writable(write=done)  # here
    finished(sink, over.set_result)
    await over  # here


# -- what is made of others -----------------------------------------------------------------------


class App:
    def __init__(self):
        self.out = Writable(high_water_mark=1, write=nothing)  # here

    async def start(self):
        self.out.write(b"x")
        await self.out.drained()


@stuck("self.out")
async def an_attribute():
    await App().start()


@stuck("dead")
async def what_compose_made():
    dead = Writable(object_mode=True, high_water_mark=1, write=nothing)  # here
    whole = compose(PassThrough(object_mode=True), dead)
    await promises.pipeline(Readable.from_(range(50)), whole)


@stuck("eat")
async def a_function_that_eats_no_more():
    async def eat(source):
        async for _ in source:
            await asyncio.Event().wait()  # here

    await promises.pipeline(Readable.from_(range(50)), eat)


@stuck("eat")
async def duplex_from_a_function():
    async def eat(source):
        async for _ in source:
            await asyncio.Event().wait()  # here

    await promises.pipeline(Readable.from_(range(50)), Duplex.from_(eat))


@stuck("never")
async def a_map_that_waits_for_ever():
    async def never(value):
        await asyncio.Event().wait()  # here

    await Readable.from_([1, 2]).map(never).to_array()


@stuck("even")
async def a_subscriber_that_takes_nothing():
    source = Channel()
    numbers = pub(source, lambda number: number % 2)
    even = numbers.sub(0, Channel())  # here
    for number in range(10):
        await source.put(number)
    print(even)


@stuck("words")
async def a_readable_of_a_silent_channel():
    words = Channel()  # here
    await bridge.readable_from_channel(words).to_array()


@stuck("dead")
async def a_channel_into_a_dead_writable():
    words = Channel()
    dead = Writable(object_mode=True, write=nothing)  # here
    bridge.writable_from_channel(words, dead)
    for number in range(40):
        await words.put(number)


@stuck("right")
async def a_pair_whose_other_half_is_not_read():
    left, right = duplex_pair()  # here
    left.write(b"x" * 100_000)
    await once(left, "drain")
    print(right)


@stuck("dead")
async def a_callback_of_write():
    dead = Writable(write=nothing)  # here
    told = asyncio.get_running_loop().create_future()
    dead.write(b"x", callback=told.set_result)
    await told  # here


@stuck("source")
async def events_that_do_not_come():
    source = Readable(read=nothing)  # here
    async for [chunk] in on(source, "data"):
        print(chunk)


@stuck("inner")
async def under_a_time_limit():
    async def inner():
        await asyncio.Event().wait()  # here

    await asyncio.shield(asyncio.ensure_future(inner()))


@stuck("helper")
async def a_task_of_one_that_is_never_woken():
    async def helper():
        await asyncio.Event().wait()  # here

    task = asyncio.ensure_future(helper())
    await asyncio.wait([task])
