"""Ways to stand still, as people write them: with classes, partials, globals, locks and queues.

As in `stuck`: ``# here`` marks the lines that an explanation must name.
"""

from __future__ import annotations

import asyncio
import functools

from streams2 import (
    AbortController,
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Transform,
    Writable,
    bridge,
    consumers,
    duplex_pair,
    on,
    once,
    pipeline,
    promises,
    readline,
    zlib,
)
from streams2 import iter as iterable
from streams2.channel import Channel, go, into, mult, pipeline_async, to_channel

from . import noting

WAYS = []
stuck = noting(WAYS)


def done(self, chunk, encoding, callback):
    callback()


# -- what a task has, and what it still uses ------------------------------------------------------


@stuck("log")
async def a_tap_that_a_variable_has_and_nobody_takes_from():
    events = Channel()
    both = mult(events)
    work = Channel()
    log = Channel(1)  # here
    both.tap(log)
    both.tap(work)

    async def produce():
        for n in range(10):
            await events.put(n)

    go(produce())
    async for n in work:  # here
        print(n)


@stuck("waiter")
async def a_condition_that_main_has_too():
    condition = asyncio.Condition()

    async def waiter():
        async with condition:
            await condition.wait()  # here

    task = asyncio.ensure_future(waiter())
    await task  # here


@stuck("fetch")
async def a_semaphore_that_is_used_up():
    limit = asyncio.Semaphore(1)

    async def fetch():
        await limit.acquire()  # here

    await asyncio.gather(*(fetch() for _ in range(2)))  # here


@stuck("save")
async def a_lock_that_is_taken_twice():
    class Database(Writable):
        def __init__(self):
            super().__init__(object_mode=True)
            self.lock = asyncio.Lock()

        async def _write(self, chunk, encoding):
            async with self.lock:
                await self.save(chunk)

        async def save(self, chunk):
            async with self.lock:  # here
                print(chunk)

    database = Database()
    await promises.pipeline(Readable.from_([1, 2, 3]), database)  # here


@stuck("holder")
async def a_lock_whose_holder_waits():
    lock, event = asyncio.Lock(), asyncio.Event()

    async def holder():
        async with lock:
            await event.wait()  # here

    task = asyncio.ensure_future(holder())
    await asyncio.sleep(0)
    async with lock:  # here
        await task


jobs = Channel()


@stuck("producer")
async def a_channel_that_is_global():
    ready = asyncio.Event()

    async def producer():
        await ready.wait()  # here
        await jobs.put(1)

    go(producer())
    await jobs.take()  # here


@stuck("wait")
async def a_method_that_would_put():
    class App:
        def __init__(self):
            self.jobs, self.ready = Channel(), asyncio.get_running_loop().create_future()

        async def feed(self):
            await self.wait()
            await self.give(1)

        async def wait(self):
            await self.ready  # here

        async def give(self, value):
            await self.jobs.put(value)

    app = App()
    feeding = asyncio.ensure_future(app.feed())
    await app.jobs.take()  # here
    await feeding


@stuck("sink")
async def who_sleeps_and_names_it_no_more():
    def forget(self, chunk, encoding, callback):  # here
        pass

    sink = Writable(write=forget)  # here
    sink.end(b"x")

    async def sleeper(sink):
        sink.cork()
        await asyncio.get_running_loop().create_future()

    asyncio.ensure_future(sleeper(sink)).cancel()
    await promises.finished(sink)  # here


@stuck("consumer")
async def a_sentinel_that_is_forgotten():
    queue = asyncio.Queue()

    async def consumer():
        while await queue.get() is not None:  # here
            pass

    async def producer():
        for n in range(5):
            await queue.put(n)

    await asyncio.gather(producer(), consumer())  # here


@stuck("numbers")
async def a_generator_over_a_channel_that_is_not_closed():
    numbers = Channel()  # here

    async def produce():
        for n in range(3):
            await numbers.put(n)

    async def doubled():
        async for n in numbers:  # here
            yield 2 * n

    go(produce())
    await Readable.from_(doubled()).to_array()  # here


# -- events that do not come ----------------------------------------------------------------------


@stuck("sink")
async def no_close_without_auto_destroy():
    sink = Writable(auto_destroy=False, write=done)  # here
    sink.end(b"x")
    await once(sink, "close")  # here


@stuck("parser")
async def an_event_that_a_subclass_does_not_emit():
    class Parser(Transform):
        def _transform(self, chunk, encoding, callback):
            if chunk == b"header":
                self.emit("header", chunk)
            callback(None, chunk)

    parser = Parser(auto_destroy=False)  # here
    parser.resume().end(b"none")
    await once(parser, "header")  # here


@stuck("events_of_what_is_no_stream")
async def events_of_what_is_no_stream():
    ticker = EventEmitter()
    async for [tick] in on(ticker, "tick"):  # here
        print(tick)


@stuck("source")
async def an_event_that_its_end_would_set():
    source = Readable.from_(["a", "b"])  # here
    over = asyncio.Event()
    source.on("end", over.set)
    await over.wait()  # here


@stuck("input_")
async def lines_of_an_input_that_is_not_ended():
    input_ = PassThrough()  # here
    lines = readline.create_interface(input=input_)
    input_.write(b"one\ntwo\n")
    async for line in lines:  # here
        print(line)


@stuck("here", "there")
async def each_of_a_pair_answers_the_other():
    class Client:
        def __init__(self, stream):
            self.stream, self.pending = stream, {}
            stream.on("data", self.got)

        def got(self, data):
            if data in self.pending:
                self.pending.pop(data).set_result(data)

        async def request(self, text):
            future = self.pending[1] = asyncio.get_running_loop().create_future()
            self.stream.write(text)
            return await future  # here

    here, there = duplex_pair()  # here
    there.on("data", there.write)
    await Client(here).request(b"hello")


@stuck("a", "b")
async def a_circle_of_pipes():
    a = PassThrough()  # here
    b = PassThrough()  # here
    a.pipe(b).pipe(a)
    await promises.finished(b)  # here


# -- methods, however they are written ------------------------------------------------------------


@stuck("sink")
async def an_object_that_is_called():
    class Saver:
        def __call__(self, stream, chunk, encoding, callback):  # here
            self.callback = callback

    sink = Writable(write=Saver())  # here
    sink.end(b"x")
    await promises.finished(sink)  # here


@stuck("sink")
async def a_method_in_a_decorator():
    def logged(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)

        return wrapper

    class Sink(Writable):
        @logged  # here
        def _write(self, chunk, encoding, callback):
            pass

    sink = Sink()  # here
    sink.end(b"x")
    await promises.finished(sink)  # here


@stuck("source")
async def a_push_of_nothing():
    def read(self, size):  # here
        self.push(b"")

    source = Readable(read=read)  # here
    await source.to_array()  # here


@stuck("middle")
async def a_pipeline_in_a_future():
    def transform(self, chunk, encoding, callback):  # here
        if chunk != 2:
            callback(None, chunk)

    over = asyncio.get_running_loop().create_future()
    middle = Transform(object_mode=True, transform=transform)  # here
    sink = Writable(object_mode=True, write=done)
    pipeline(Readable.from_([1, 2, 3]), middle, sink, callback=over.set_result)
    await over  # here


@stuck("second")
async def a_copy_that_nobody_reads():
    source = Readable.from_([b"x" * 60_000] * 10)
    first = source.pipe(PassThrough())
    second = source.pipe(PassThrough())  # here
    await consumers.buffer(first)  # here
    await consumers.buffer(second)


@stuck("out")
async def a_channel_into_a_sink_that_forgets():
    lines = Channel(2)
    out = Writable(object_mode=True, high_water_mark=1, write=lambda *args: None)  # here
    bridge.writable_from_channel(lines, out)
    for n in range(10):
        await lines.put(n)  # here


@stuck("echo")
async def a_half_that_is_never_ended():
    echo = Duplex(read=lambda self, size: self.push(None), write=done)  # here
    echo.resume()
    await promises.finished(echo)  # here


@stuck("silent")
async def a_pair_whose_other_half_has_a_silent_source():
    left, right = duplex_pair()  # here
    silent = Readable(read=lambda self, size: None)  # here
    silent.pipe(right)
    await left.to_array()  # here


@stuck("right")
async def a_pair_whose_other_half_is_not_ended():
    left, right = duplex_pair()  # here
    right.resume()
    left.end(b"x")
    await left.to_array()  # here


@stuck("silent")
async def a_pair_of_streams_of_which_one_is_silent():
    silent = Readable(object_mode=True, read=lambda self, size: None)  # here
    both = Duplex.from_({"readable": silent, "writable": Writable(write=done)})  # here
    await both.to_array()  # here


@stuck("late")
async def a_duplex_of_what_never_comes():
    late = Duplex.from_(asyncio.get_running_loop().create_future())  # here
    await late.to_array()  # here


@stuck("source")
async def a_future_that_one_event_would_resolve():
    source = PassThrough()  # here
    over = asyncio.get_running_loop().create_future()
    source.on("data", over.set_result)
    source.write(b"")
    await over  # here


@stuck("Channel")
async def results_that_are_never_closed():
    def work(value, results):  # here
        results.offer(value)

    source, out = to_channel([1, 2]), Channel()  # here
    pipeline_async(2, out, work, source)
    await into([], out).take()  # here


@stuck("question_that_nobody_answers")
async def a_question_that_nobody_answers():
    question_that_nobody_answers = PassThrough()  # here
    asking = readline.create_interface(input=question_that_nobody_answers, output=PassThrough())
    answer = asyncio.get_running_loop().create_future()
    asking.question("name? ", answer.set_result)
    await answer  # here


@stuck("gz")
async def a_flush_that_was_forgotten():
    gz = zlib.create_gzip()  # here
    text = gz.pipe(zlib.create_gunzip())
    gz.write(b"hello")
    async for _ in text:  # here
        pass


@stuck("silent")
async def a_signal_that_nobody_aborts():
    silent = Readable(read=lambda self, size: None)  # here
    signal = AbortController().signal
    await promises.pipeline(silent, Writable(write=done), signal=signal)  # here


# -- iterable streams -----------------------------------------------------------------------------


@stuck("_readable")
async def a_writer_whose_stream_nobody_reads():
    writer, _readable = iterable.push()  # here
    while True:
        await writer.write(bytes(10_000))  # here


@stuck("writer")
async def a_writer_that_is_not_ended():
    writer, readable = iterable.push()  # here
    await writer.write(b"a")
    await iterable.text(readable)  # here


@stuck("produce")
async def a_writer_that_waits_for_something_else():
    writer, readable = iterable.push()

    async def produce():
        await writer.write(b"a")
        await asyncio.Event().wait()  # here
        await writer.end()

    task = asyncio.ensure_future(produce())
    await iterable.text(readable)  # here
    await task


@stuck("consume")
async def a_reader_that_waits_for_something_else():
    writer, readable = iterable.push()

    async def consume():
        async for _ in readable:
            await asyncio.Event().wait()  # here

    task = asyncio.ensure_future(consume())
    while not task.done():
        await writer.write(bytes(10_000))  # here


@stuck("second")
async def a_broadcast_with_a_reader_that_does_not_read():
    writer, both = iterable.broadcast()
    first, second = both.push(), both.push()  # here
    reading = asyncio.ensure_future(iterable.bytes_(first))
    while not reading.done():
        await writer.write(bytes(10_000))  # here
    print(second)


@stuck("silent")
async def an_iterable_stream_of_a_silent_readable():
    silent = Readable(read=lambda self, size: None)  # here
    await iterable.text(iterable.pull(iterable.from_readable(silent), lambda batch: batch))  # here


@stuck("letters")
async def a_readable_of_a_generator_that_waits():
    async def letters():
        yield [b"a"]
        await asyncio.Event().wait()  # here

    await iterable.to_readable(letters()).to_array()  # here


@stuck("out")
async def a_readable_of_an_iterable_stream_that_nobody_reads():
    out = iterable.to_readable(iterable.from_([bytes(100_000)] * 10))  # here
    await promises.finished(out)  # here


SPACE = {"__name__": "notebook"}
CELL = "from streams2 import *\nshout = Transform(transform=lambda self, c, e, callback: None)"
exec(compile(CELL, "<cell 1>", "exec"), SPACE)


@stuck("SPACE['shout']")
async def a_stream_of_a_notebook():
    Readable.from_([b"a"]).pipe(SPACE["shout"])
    await SPACE["shout"].to_array()  # here
