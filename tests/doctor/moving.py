"""Flows that move slowly, but do move: nobody is to blame."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    consumers,
    finished,
    once,
    promises,
)
from streams2.channel import Channel, alts, go, into, merge, mult, pipeline_async, thread, timeout

WAYS = []
MOMENT = 0.002


def moves(main):
    WAYS.append(main)
    return main


def later(function, *args):
    asyncio.get_running_loop().call_later(MOMENT, function, *args)


def done(self, chunk, encoding, callback):
    callback()


def same(self, chunk, encoding, callback):
    callback(None, chunk)


def nothing(self, *args):
    pass


def slowly(self, chunk, encoding, callback):
    later(callback)


@moves
async def slow_write():
    disk = Writable(write=slowly)
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def slow_writev():
    disk = Writable(writev=lambda self, chunks, callback: later(callback), write=nothing)
    disk.cork()
    disk.write(b"a")
    disk.write(b"b")
    disk.uncork()
    disk.end()
    await promises.finished(disk)


@moves
async def slow_final():
    disk = Writable(write=done, final=lambda self, callback: later(callback))
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def slow_construct():
    disk = Writable(write=done, construct=lambda self, callback: later(callback))
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def slow_destroy():
    disk = Writable(write=done, destroy=lambda self, error, callback: later(callback))
    disk.destroy()
    await once(disk, "close")


@moves
async def slow_transform():
    def transform(self, chunk, encoding, callback):
        later(callback, None, chunk)

    await Readable.from_([b"a", b"b"]).pipe(Transform(transform=transform)).to_array()


@moves
async def slow_flush():
    shout = Transform(transform=same, flush=lambda self, callback: later(callback))
    await Readable.from_([b"a"]).pipe(shout).to_array()


@moves
async def slow_read():
    def read(self, size):
        later(self.push, None)

    await Readable(read=read).to_array()


@moves
async def slow_push_from_outside():
    source = Readable(read=nothing)
    later(source.push, None)
    await source.to_array()


@moves
async def slow_coroutine_that_writes():
    async def write(self, chunk, encoding):
        await asyncio.sleep(MOMENT)

    disk = Writable(write=write)
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def slow_coroutine_that_transforms():
    async def transform(self, chunk, encoding):
        await asyncio.sleep(MOMENT)
        return chunk

    await Readable.from_([b"a", b"b"]).pipe(Transform(transform=transform)).to_array()


@moves
async def slow_generator():
    async def numbers():
        for number in range(3):
            await asyncio.sleep(MOMENT)
            yield number

    await Readable.from_(numbers()).to_array()


@moves
async def slow_reader():
    async for _ in Readable.from_(range(3)):
        await asyncio.sleep(MOMENT)


@moves
async def slow_reader_of_a_pipe():
    shout = Transform(object_mode=True, high_water_mark=1, transform=same)
    Readable.from_(range(4)).pipe(shout)
    async for _ in shout:
        await asyncio.sleep(MOMENT)


@moves
async def slow_pipeline():
    sink = Writable(object_mode=True, high_water_mark=1, write=slowly)
    await promises.pipeline(Readable.from_(range(3)), PassThrough(object_mode=True), sink)


@moves
async def slow_pipe_awaited_by_its_source():
    source = Readable.from_(range(30))
    source.pipe(Writable(object_mode=True, high_water_mark=16, write=slowly))
    await promises.finished(source)


@moves
async def drain_that_comes():
    disk = Writable(high_water_mark=1, write=slowly)
    disk.write(b"x")
    await once(disk, "drain")


@moves
async def drained_that_comes():
    disk = Writable(high_water_mark=1, write=slowly)
    disk.write(b"x")
    await disk.drained()


@moves
async def a_pause_for_a_while():
    source = Readable.from_([b"a", b"b"])

    def pause(chunk):
        source.pause()
        later(source.resume)

    source.on("data", pause)
    await promises.finished(source)


@moves
async def a_readable_that_is_read_later():
    source = Readable.from_([b"a"])
    later(source.resume)
    await promises.finished(source)


@moves
async def a_transform_that_is_read_later():
    shout = PassThrough(object_mode=True, high_water_mark=1)
    Readable.from_(range(3)).pipe(shout)
    later(shout.resume)
    await promises.finished(shout)


@moves
async def corked_for_a_while():
    disk = Writable(write=done)
    disk.cork()
    disk.write(b"x")
    later(disk.uncork)
    later(disk.end)
    await promises.finished(disk)


@moves
async def ended_later():
    sink = Writable(write=done)
    sink.write(b"x")
    later(sink.end)
    await promises.finished(sink)


@moves
async def a_duplex_that_is_ended_later():
    echo = PassThrough()
    echo.write(b"x")
    later(echo.end)
    await consumers.text(echo)


@moves
async def a_duplex_with_a_slow_side():
    echo = Duplex(read=nothing, write=slowly)
    later(echo.push, None)
    echo.end(b"x")
    echo.resume()
    await promises.finished(echo)


@moves
async def a_writer_that_sleeps():
    sink = Writable(write=done)

    async def write():
        await asyncio.sleep(MOMENT)
        sink.end(b"x")

    task = asyncio.ensure_future(write())
    await promises.finished(sink)
    await task


@moves
async def a_callback_kept_for_later():
    class Disk(Writable):
        def _write(self, chunk, encoding, callback):
            self.callbacks = [callback]
            later(self.let_go)

        def let_go(self):
            for callback in self.callbacks:
                callback()

    disk = Disk()
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def a_partial_of_a_callback():
    def write(self, chunk, encoding, callback):
        later(partial(partial(callback), None))

    disk = Writable(write=write)
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def a_thread_that_writes():
    async def write(self, chunk, encoding):
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, MOMENT)

    disk = Writable(write=write)
    disk.end(b"x")
    await promises.finished(disk)


@moves
async def a_thread_of_ones_own():
    loop = asyncio.get_running_loop()
    told = loop.create_future()

    def work():
        time.sleep(10 * MOMENT)
        loop.call_soon_threadsafe(told.set_result, None)

    threading.Thread(target=work).start()
    await told


@moves
async def a_fan_out_with_a_slow_sink():
    numbers = Readable.from_(range(5))
    good = Writable(object_mode=True, write=done)
    numbers.pipe(good)
    numbers.pipe(Writable(object_mode=True, high_water_mark=1, write=slowly))
    await promises.finished(good)


@moves
async def callback_of_finished():
    over = asyncio.get_running_loop().create_future()
    disk = Writable(write=slowly)
    finished(disk, over.set_result)
    disk.end(b"x")
    await over


@moves
async def an_operator_that_is_slow():
    async def square(number):
        await asyncio.sleep(MOMENT)
        return number * number

    await Readable.from_(range(3)).map(square).to_array()


@moves
async def slow_taker():
    numbers = Channel()

    async def take():
        async for _ in numbers:
            await asyncio.sleep(MOMENT)

    go(take())
    for number in range(3):
        await numbers.put(number)
    numbers.close()


@moves
async def slow_putter():
    numbers = Channel()

    async def put():
        for number in range(3):
            await asyncio.sleep(MOMENT)
            await numbers.put(number)
        numbers.close()

    go(put())
    await into([], numbers).take()


@moves
async def alts_with_a_timeout():
    await alts([Channel(), timeout(MOMENT)])


@moves
async def a_mult_with_a_slow_tap():
    source = Channel()
    slow = mult(source).tap(Channel())

    async def take():
        async for _ in slow:
            await asyncio.sleep(MOMENT)

    over = go(take())
    for number in range(3):
        await source.put(number)
    source.close()
    await over.take()


@moves
async def a_merge_of_slow_channels():
    numbers = Channel()
    later(numbers.close)
    await into([], merge([numbers])).take()


@moves
async def a_pipeline_of_channels():
    async def work(value, results):
        await asyncio.sleep(MOMENT)
        await results.put(value)

    source, results = Channel(3), Channel()
    for number in range(3):
        source.offer(number)
    source.close()
    pipeline_async(2, results, work, source)
    await into([], results).take()


@moves
async def a_thread_for_a_channel():
    await thread(time.sleep, MOMENT).take()


@moves
async def a_process_that_sleeps():
    await go(asyncio.sleep(MOMENT)).take()


@moves
async def a_sleep():
    await asyncio.sleep(MOMENT)


@moves
async def a_queue_that_is_filled_later():
    queue = asyncio.Queue()
    later(queue.put_nowait, 1)
    await queue.get()


@moves
async def several_tasks():
    await asyncio.gather(asyncio.sleep(MOMENT), asyncio.sleep(MOMENT))
