"""More ways to stand still, as strangers write them: other shapes, names and places.

``# here`` marks the lines that an explanation must name.
"""

from __future__ import annotations

import asyncio
import functools

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    batch,
    bridge,
    broadcast,
    compose,
    consumers,
    duplex_pair,
    lines,
    once,
    pipeline,
    promises,
    readline,
    timers,
    zlib,
)
from streams2 import channel as csp
from streams2.channel import Channel, alts, go, into, mix, mult, pub, split

from . import noting
from .stuck import done, nothing, same

WAYS = []
stuck = noting(WAYS)


# -- callbacks that are forgotten -----------------------------------------------------------------


class Socket(Duplex):
    def _read(self, size):
        self.push(None)

    def _write(self, chunk, encoding, callback):  # here
        pass


class Closing(Duplex):
    def _read(self, size):
        self.push(None)

    def _write(self, chunk, encoding, callback):
        callback()

    def _final(self, callback):  # here
        pass


class Silent(Duplex):
    def _read(self, size):  # here
        pass

    def _write(self, chunk, encoding, callback):
        callback()


class Many(Writable):
    def _writev(self, chunks, callback):  # here
        pass


class Both(Writable):
    def _write(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback)

    def _writev(self, chunks, callback):  # here
        pass


class Opening(Readable):
    def _construct(self, callback):  # here
        pass

    def _read(self, size):
        self.push(None)


class Leaving(Readable):
    def _read(self, size):
        self.push(None)

    def _destroy(self, error, callback):  # here
        pass


class Upper(Transform):
    def _transform(self, chunk, encoding, callback):  # here
        self.push(chunk.upper())


class Tail(Transform):
    def _transform(self, chunk, encoding, callback):
        callback(None, chunk)

    def _flush(self, callback):  # here
        self.push(b"tail")


class Finishing(Transform):
    def _transform(self, chunk, encoding, callback):
        callback(None, chunk)

    def _final(self, callback):  # here
        pass


@stuck("peer")
async def a_duplex_forgets_write():
    peer = Socket()  # here
    peer.end(b"x")
    peer.resume()
    await promises.finished(peer)


@stuck("peer")
async def a_duplex_forgets_final():
    peer = Closing()  # here
    peer.end(b"x")
    peer.resume()
    await promises.finished(peer)


@stuck("peer")
async def a_duplex_forgets_to_push():
    peer = Silent()  # here
    peer.end(b"x")
    await consumers.buffer(peer)


@stuck("many")
async def only_writev_and_it_forgets():
    many = Many()  # here
    many.end(b"x")
    await promises.finished(many)


@stuck("both")
async def writev_forgets_and_write_does_not():
    both = Both()  # here
    for letter in (b"a", b"b", b"c"):
        both.write(letter)
    both.end()
    await promises.finished(both)


@stuck("opening")
async def a_readable_is_never_constructed():
    opening = Opening()  # here
    await opening.to_array()


@stuck("leaving")
async def a_readable_is_never_destroyed():
    leaving = Leaving()  # here
    leaving.destroy()
    await once(leaving, "close")


@stuck("upper")
async def a_subclass_forgets_transform():
    upper = Upper()  # here
    await promises.pipeline(Readable.from_([b"a", b"b"]), upper, Writable(write=done))


@stuck("tail")
async def a_subclass_forgets_flush():
    tail = Tail()  # here
    await promises.pipeline(Readable.from_([b"a", b"b"]), tail, Writable(write=done))


@stuck("finishing")
async def a_transform_forgets_final():
    finishing = Finishing()  # here
    await promises.pipeline(Readable.from_([b"a"]), finishing, Writable(write=done))


@stuck("disk")
async def a_transform_before_a_forgetful_sink():
    disk = Writable(object_mode=True, write=lambda self, chunk, encoding, callback: None)  # here
    numbers = Readable.from_(range(100))
    await promises.pipeline(numbers, Transform(object_mode=True, transform=same), disk)


@stuck("opened")
async def a_transform_is_never_constructed():
    opened = Transform(construct=lambda self, callback: None, transform=same)  # here
    await consumers.text(Readable.from_(["a"]).pipe(opened))


@stuck("disk")
async def a_partial_forgets():
    def write(mode, self, chunk, encoding, callback):  # here
        pass

    disk = Writable(write=functools.partial(write, "fast"))  # here
    disk.end(b"x")
    await promises.finished(disk)


@stuck("sink")
async def a_method_that_is_assigned_later():
    sink = Writable()  # here

    def write(chunk, encoding, callback):  # here
        pass

    sink._write = write
    sink.end(b"x")
    await promises.finished(sink)


# -- pipelines, compose, from_ --------------------------------------------------------------------


@stuck("last")
async def a_pipeline_of_callbacks():
    told = asyncio.get_running_loop().create_future()
    last = Writable(object_mode=True, write=nothing)  # here
    pipeline(
        Readable.from_(range(9)),
        PassThrough(object_mode=True),
        last,
        callback=lambda error, value: told.set_result(value),
    )
    await told  # here


@stuck("whole")
async def nobody_reads_what_compose_made():
    whole = compose(  # here
        PassThrough(object_mode=True), Transform(object_mode=True, transform=same)
    )
    Readable.from_(range(200)).pipe(whole)
    await promises.finished(whole)


@stuck("middle")
async def a_stage_inside_of_a_compose():
    middle = Transform(object_mode=True, transform=nothing)  # here
    whole = compose(PassThrough(object_mode=True), middle, PassThrough(object_mode=True))
    await Readable.from_(range(20)).pipe(whole).to_array()


@stuck("source")
async def a_pipeline_into_a_function():
    source = Readable(read=nothing)  # here

    async def collect(chunks):
        return [chunk async for chunk in chunks]

    await promises.pipeline(source, collect)


@stuck("produce")
async def a_pipeline_from_a_generator():
    async def produce():
        yield b"a"
        await asyncio.get_running_loop().create_future()  # here

    await promises.pipeline(produce, PassThrough(), consumers.buffer)


@stuck("change")
async def a_generator_in_the_middle():
    async def change(source):
        async for chunk in source:
            yield chunk
            await asyncio.Event().wait()  # here

    await promises.pipeline(Readable.from_([b"a", b"b"]), change, Writable(write=done))


@stuck("inside")
async def duplex_from_a_pair_of_streams():
    inside = Readable(read=nothing)  # here
    both = Duplex.from_({"readable": inside, "writable": Writable(write=done)})
    both.end(b"x")
    await consumers.buffer(both)


@stuck("never")
async def a_filter_that_waits_for_ever():
    async def never(value):
        await asyncio.Event().wait()  # here

    await Readable.from_([1, 2, 3]).filter(never).for_each(print)


@stuck("slow")
async def a_broadcast_with_a_dead_sink():
    good = Writable(object_mode=True, write=done)
    slow = Writable(object_mode=True, high_water_mark=1, write=nothing)  # here
    numbers = Readable.from_(range(100))
    broadcast(numbers, good, slow)
    await promises.finished(good)


@stuck("grouped")
async def nobody_reads_batches():
    grouped = batch(2)  # here
    Readable.from_(range(200)).pipe(grouped)
    await promises.finished(grouped)


# -- flow -----------------------------------------------------------------------------------------


@stuck("source")
async def read_once_and_never_again():
    source = Readable(object_mode=True, read=nothing)  # here
    for number in range(3):
        source.push(number)
    source.push(None)
    source.read()
    await promises.finished(source)


@stuck("source")
async def an_iteration_that_was_left():
    source = Readable.from_([1, 2, 3])  # here
    async for _ in source.iterator(destroy_on_return=False):
        break
    await once(source, "end")


@stuck("source")
async def unpiped_by_nobody_but_the_end():
    source = Readable(read=nothing)  # here
    sink = Writable(write=done)
    source.pipe(sink)
    source.push(b"a")
    await asyncio.sleep(0)
    sink.destroy()
    await asyncio.sleep(0)
    source.push(b"b")
    source.push(None)
    await promises.finished(source)


@stuck("source")
async def paused_while_piped():
    source = Readable.from_([b"a", b"b"])  # here
    sink = Writable(write=done)
    source.pipe(sink)
    source.pause()
    await promises.finished(sink)


@stuck("out")
async def twice_corked_and_once_uncorked():
    out = Writable(object_mode=True, write=done)  # here
    out.cork()
    out.cork()
    out.write(1)
    out.uncork()
    await promises.finished(out)


@stuck("strict")
async def a_writable_with_a_mark_of_nothing():
    strict = Writable(high_water_mark=0, write=nothing)  # here
    strict.write(b"x")
    await once(strict, "drain")


@stuck("source")
async def an_async_for_over_nothing():
    source = Readable(object_mode=True, read=nothing)  # here
    async for chunk in source:  # here
        print(chunk)


# -- names ----------------------------------------------------------------------------------------


@stuck("sinks[1]")
async def streams_in_a_list():
    sinks = [Writable(write=done), Writable(write=nothing)]  # here
    for sink in sinks:
        sink.end(b"x")
    del sink
    await asyncio.gather(*[promises.finished(one) for one in sinks])


@stuck("sinks['b']")
async def streams_in_a_dictionary():
    sinks = {}
    for name, write in (("a", done), ("b", nothing)):
        sinks[name] = Writable(write=write)  # here
        sinks[name].end(b"x")
    await promises.finished(sinks["a"])
    await promises.finished(sinks["b"])


def factory():
    return Writable(write=nothing)  # here


@stuck("sink")
async def made_by_a_function():
    sink = factory()
    sink.end(b"x")
    await promises.finished(sink)


class Server:
    def __init__(self):
        self.connections = [PassThrough(object_mode=True)]  # here

    async def serve(self):
        Readable.from_(range(100)).pipe(self.connections[0])
        await promises.finished(self.connections[0])


@stuck("self.connections[0]")
async def in_a_list_of_an_object():
    await Server().serve()


@stuck("one", "other")
async def several_culprits_at_once():
    one = Writable(write=nothing)  # here
    other = Readable(read=nothing)  # here
    one.end(b"x")
    await asyncio.gather(promises.finished(one), other.to_array())


@stuck("sink")
async def several_names_for_one():
    sink = Writable(write=nothing)  # here
    alias = sink
    sink.end(b"x")
    await promises.finished(alias)


@stuck("Writable")
async def no_name_at_all():
    await promises.pipeline(Readable.from_([b"a"]), Writable(write=nothing))  # here


@stuck("out")
async def a_name_of_a_nested_function():
    out = Writable(high_water_mark=1, write=nothing)  # here

    async def emit():
        out.write(b"x")
        await out.drained()  # here

    await emit()


@stuck("sink")
async def one_of_a_loop():
    for kind in (done, done, nothing):
        sink = Writable(write=kind)  # here
        sink.end(b"x")
        await promises.finished(sink)


# -- bridges --------------------------------------------------------------------------------------


@stuck("source")
async def a_channel_of_a_silent_readable():
    source = Readable(read=nothing)  # here
    await bridge.channel_from_readable(source).take()  # here


@stuck("sink")
async def a_channel_that_fills_a_corked_writable():
    sink = Writable(object_mode=True, high_water_mark=1, write=done)  # here
    sink.cork()
    words = Channel()
    bridge.writable_from_channel(words, sink)
    for number in range(9):
        await words.put(number)


@stuck("sink")
async def a_readable_of_a_channel_into_a_dead_sink():
    sink = Writable(object_mode=True, high_water_mark=1, write=nothing)  # here
    words = Channel()
    bridge.readable_from_channel(words).pipe(sink)
    for number in range(99):
        await words.put(number)


@stuck("words")
async def a_channel_of_a_writable_that_nobody_takes():
    words = Channel(1)  # here
    await promises.pipeline(Readable.from_(range(9)), bridge.channel_from_writable(words))


# -- channels -------------------------------------------------------------------------------------


@stuck("jobs")
async def a_full_buffer():
    jobs = Channel(2)  # here
    for number in range(5):
        await jobs.put(number)  # here


@stuck("results")
async def workers_whose_results_nobody_takes():
    jobs, results = Channel(9), Channel()  # here

    async def work():
        async for job in jobs:
            await results.put(job)  # here

    over = go(work())
    for number in range(3):
        await jobs.put(number)
    jobs.close()
    await over.take()


@stuck("full")
async def alts_of_a_put():
    full = Channel()  # here
    await alts([(full, 1)])  # here


@stuck("mixed")
async def a_mix_whose_output_nobody_takes():
    mixed = Channel()  # here
    numbers = Channel()
    mix(mixed).admix(numbers)
    for number in range(5):
        await numbers.put(number)


@stuck("mixed")
async def a_mix_with_an_input_that_is_paused():
    mixed, numbers = Channel(), Channel()  # here
    mix(mixed).toggle({numbers: {"pause": True}})
    await mixed.take()


@stuck("small")
async def a_split_with_a_side_that_nobody_takes():
    numbers = Channel()
    small, large = split(lambda number: number < 2, numbers)  # here
    for number in (1, 1, 5):
        await numbers.put(number)
    print(small, large)


@stuck("target")
async def a_pipe_of_channels():
    source, target = Channel(), Channel()  # here
    csp.pipe(source, target)
    for number in range(9):
        await source.put(number)


@stuck("jobs")
async def a_pipeline_of_channels_without_an_end():
    jobs, results = Channel(3), Channel()  # here
    csp.pipeline(2, results, csp.transforms.map(lambda x: x), jobs)
    jobs.offer(1)
    await into([], results).take()


@stuck("work")
async def an_async_pipeline_that_waits_for_ever():
    async def work(value, results):
        await asyncio.Event().wait()  # here

    jobs, results = Channel(3), Channel()
    csp.pipeline_async(1, results, work, jobs)
    jobs.offer(1)
    jobs.close()
    await into([], results).take()


@stuck("news")
async def a_topic_that_nobody_publishes():
    news = Channel()  # here
    topic = pub(news, lambda item: item[0]).sub("sports", Channel())  # here
    await topic.take()  # here


@stuck("first", "second")
async def a_tap_of_a_mult_that_is_read_first():
    source = Channel()
    taps = mult(source)
    first, second = taps.tap(Channel()), taps.tap(Channel())  # here
    go(csp.onto_channel(source, [1, 2, 3]).take())
    await into([], first).take()
    await into([], second).take()


@stuck("promised")
async def a_promise_that_is_never_kept():
    promised = csp.promise_channel()  # here
    await promised.take()  # here


@stuck("numbers")
async def a_reduce_without_an_end():
    numbers = Channel(3)  # here
    numbers.offer(1)
    await csp.reduce(lambda a, b: a + b, 0, numbers).take()


@stuck("a", "b")
async def two_go_blocks_that_take_the_wrong_way_round():
    a = Channel()  # here
    b = Channel()  # here

    async def left():
        await a.put(1)  # here
        await b.take()

    async def right():
        await b.put(1)  # here
        await a.take()

    go(left())
    await go(right()).take()


# -- endpoints, timers ----------------------------------------------------------------------------


@stuck("packed")
async def a_gzip_that_is_never_ended():
    packed = zlib.create_gzip()  # here
    packed.write(b"x")
    await consumers.buffer(packed)  # here


@stuck("input_")
async def lines_of_a_silent_input():
    input_ = PassThrough()  # here
    async for line in readline.create_interface(input=input_):  # here
        print(line)


@stuck("source")
async def a_line_without_an_end():
    source = Readable(read=nothing)  # here
    source.push(b"half a line")
    await source.pipe(lines()).to_array()


@stuck("sink")
async def a_timer_that_does_not_hold():
    sink = Writable(write=done)  # here
    timers.set_timeout(sink.end, 100_000).unref()
    await promises.finished(sink)


@stuck("left")
async def a_pair_that_is_never_ended():
    left, right = duplex_pair()  # here
    left.write(b"x")
    await consumers.buffer(right)


@stuck("helper")
async def three_deep():
    async def helper():
        await asyncio.Event().wait()  # here

    async def middle():
        await asyncio.ensure_future(helper())

    await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(middle())), None)


@stuck("holder")
async def a_lock_that_is_held():
    lock = asyncio.Lock()

    async def holder():
        async with lock:
            await asyncio.Event().wait()  # here

    holding = asyncio.ensure_future(holder())
    await asyncio.sleep(0)
    async with lock:
        print(holding)
