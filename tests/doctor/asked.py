"""What one asks about besides streams, channels and tasks: who is to blame if it does not go on.

Each program answers what it was told, and what it keeps alive.
"""

from __future__ import annotations

import asyncio

from streams2 import PassThrough, Writable, brokers, readline
from streams2 import iter as iterable
from streams2.channel import Channel, go, mix, mult, pub
from streams2.doctor import explain

STUCK, MOVING, OVER = [], [], []
MARK = 16_384
WAITS = {"budget": MARK, "backpressure": "unbounded"}


def stuck(*culprits, says=""):
    def note(program):
        STUCK.append((program, set(culprits), says))
        return program

    return note


def moving(program):
    MOVING.append(program)
    return program


def over(program):
    OVER.append(program)
    return program


async def endless():
    while True:
        yield [bytes(MARK)]


async def some_turns():
    for _ in range(20):
        await asyncio.sleep(0)


# -- a writer and its reader ----------------------------------------------------------------------


@stuck("readable", says=f"{MARK + 1} of {MARK} bytes are unread")
async def a_writer_without_room():
    writer, readable = iterable.push(budget=MARK)
    writer.write_sync(bytes(MARK + 1))
    return [*map(explain, [writer])], readable


@stuck("readable", says="is full, and nobody reads it")
async def a_reader_that_is_full():
    writer, readable = iterable.push(budget=MARK)
    writer.write_sync(bytes(MARK + 1))
    return [*map(explain, [readable])], writer


@stuck("readable", says=f"holds batches, and nobody reads it: 1 of {MARK} bytes")
async def a_reader_with_a_batch():
    writer, readable = iterable.push(budget=MARK)
    writer.write_sync(b"a")
    return [*map(explain, [readable])], writer


@stuck("readable", says="`writer` (a Writer, made at")
async def a_writer_that_was_ended():
    writer, readable = iterable.push()
    writer.write_sync(b"a")
    writer.end_sync()
    return [*map(explain, [writer])], readable


@stuck("writer", says="is not ended, and nobody writes to it")
async def a_writer_that_nobody_uses():
    writer, readable = iterable.push()
    return [*map(explain, [writer])], readable


@stuck("writer", says="`readable` (a PushReadable, made at")
async def a_reader_without_a_batch():
    writer, readable = iterable.push()
    return [*map(explain, [readable])], writer


@stuck("readable", says="its writer is gone")
async def a_reader_whose_writer_is_gone():
    _, readable = iterable.push()
    del _
    return [*map(explain, [readable])], None


@stuck("writer")
async def an_iterator():
    writer, readable = iterable.push()
    batches = readable.__aiter__()
    return [*map(explain, [batches])], writer


@stuck("readable")
async def a_bucket():
    writer, readable = iterable.push(budget=MARK)
    writer.write_sync(bytes(MARK))
    return [*map(explain, [writer._bucket])], readable


@stuck("pair.readable")
async def a_pair():
    pair = iterable.push(budget=MARK)
    pair.writer.write_sync(bytes(MARK))
    return [*map(explain, [pair])], None


@stuck("left.writer", "right.writer")
async def an_end_of_a_duplex():
    left, right = iterable.duplex()
    return [*map(explain, [left])], right


@stuck("writer")
async def a_pipeline():
    writer, readable = iterable.push()
    changed = iterable.pull(readable, lambda batch: batch)
    return [*map(explain, [changed])], writer


@stuck("second")
async def a_merge():
    first, one = iterable.push()
    second, two = iterable.push()
    first.end_sync()
    both = iterable.merge(one, two)
    return [*map(explain, [both])], second


@stuck("writer")
async def what_iterates_over_a_pipeline():
    writer, readable = iterable.push()
    shared = iterable.share(iterable.from_(readable))
    changed = iterable.pull(iterable.from_(readable), lambda batch: batch)
    return [*map(explain, [changed, iterable.merge(changed)])], writer, shared


@stuck("source")
async def a_stream_of_a_readable():
    source = PassThrough()
    batches = iterable.from_readable(source)
    return [*map(explain, [batches, iterable.pull(batches)])], source


@stuck("slow")
async def a_writer_whose_reader_waits():
    writer, readable = iterable.push(budget=MARK)
    writer.write_sync(bytes(MARK))
    writer.write(bytes(MARK))

    async def slow(batches):
        async for _ in batches:
            await asyncio.Event().wait()

    task = asyncio.ensure_future(slow(readable))
    await some_turns()
    writer.write_sync(bytes(MARK))
    return [*map(explain, [writer, readable])], task


@stuck("disk")
async def a_writer_of_a_writable():
    disk = Writable(write=lambda self, chunk, encoding, callback: None)
    disk.write(b"a")
    writer = iterable.from_writable(disk)
    return [*map(explain, [writer])], disk


# -- several readers ------------------------------------------------------------------------------


async def read_all(batches):
    async for _ in batches:
        pass


@stuck("shared", says="has no reader")
async def a_share_that_nobody_reads():
    shared = iterable.share(endless(), **WAITS)
    return [*map(explain, [shared])], None


@stuck("absent", says=f"{MARK} of {MARK} bytes are unread")
async def a_share_with_a_slow_reader():
    shared = iterable.share(endless(), **WAITS)
    absent = shared.pull()
    task = asyncio.ensure_future(read_all(shared.pull()))
    await some_turns()
    return [*map(explain, [shared])], absent, task


@stuck("absent")
async def a_reader_that_another_holds_up():
    shared = iterable.share(endless(), **WAITS)
    absent, quick = shared.pull(), shared.pull()
    task = asyncio.ensure_future(read_all(quick))
    await some_turns()
    return [*map(explain, [quick])], absent, task


@stuck("absent", says="is full, and nobody reads it")
async def a_reader_that_holds_another_up():
    shared = iterable.share(endless(), **WAITS)
    absent = shared.pull(lambda batch: batch)
    task = asyncio.ensure_future(read_all(shared.pull()))
    await some_turns()
    return [*map(explain, [absent])], task


@stuck("first", "second", says="waits to be read, and nobody reads it")
async def a_share_whose_readers_do_not_read():
    shared = iterable.share(endless(), **WAITS)
    first, second = shared.pull(), shared.pull()
    return [*map(explain, [shared])], first, second


@stuck("writer", says="the next batch of its source")
async def a_share_of_what_nobody_writes():
    writer, readable = iterable.push()
    shared = iterable.share(readable)
    task = asyncio.ensure_future(read_all(shared.pull()))
    await some_turns()
    return [*map(explain, [shared])], writer, task


@stuck("absent", says="is not read to its end")
async def a_share_that_is_not_read_to_its_end():
    shared = iterable.share([b"a"])
    absent = shared.pull()
    await read_all(shared.pull())
    return [*map(explain, [shared, absent])], None


@stuck("both", says="has no reader")
async def a_broadcast_that_nobody_reads():
    writer, both = iterable.broadcast(**WAITS)
    return [*map(explain, [both])], writer


@stuck("absent")
async def a_broadcast_with_a_slow_reader():
    writer, both = iterable.broadcast(**WAITS)
    absent = both.push()
    task = asyncio.ensure_future(read_all(both.push()))
    writer.write_sync(bytes(MARK))
    waiting = writer.write(b"a")
    await some_turns()
    return [*map(explain, [both, writer])], absent, task, waiting


@stuck("writer")
async def a_broadcast_that_nobody_writes_to():
    writer, both = iterable.broadcast()
    readers = [both.push(), both.push()]
    return [*map(explain, [both, *readers])], writer


@stuck("absent", says="is not read to its end")
async def a_broadcast_that_was_ended():
    writer, both = iterable.broadcast()
    absent = both.push()
    writer.write_sync(b"a")
    writer.end_sync()
    return [*map(explain, [writer, both, absent])], None


@stuck("source")
async def a_broadcast_of_what_nobody_writes():
    source, readable = iterable.push()
    both = iterable.Broadcast.from_(readable).broadcast
    reader = both.push()
    await some_turns()
    return [*map(explain, [both, reader])], source


# -- channels made of channels --------------------------------------------------------------------


@stuck("tap")
async def a_mult_with_a_tap_that_nobody_takes_from():
    numbers, tap = Channel(), Channel()
    copies = mult(numbers)
    copies.tap(tap)
    numbers.put_callback(1)
    await some_turns()
    return [*map(explain, [copies])], numbers, tap


@stuck("numbers")
async def a_mult_of_what_nobody_puts_on():
    numbers, tap = Channel(), Channel()
    copies = mult(numbers)
    copies.tap(tap)
    await some_turns()
    return [*map(explain, [copies])], numbers, tap


@stuck("odd")
async def a_pub_with_a_subscriber_that_does_not_take():
    numbers, odd = Channel(5), Channel()
    topics = pub(numbers, lambda number: number % 2)
    topics.sub(1, odd)
    for number in (1, 3, 5):
        numbers.offer(number)
    await some_turns()
    return [*map(explain, [topics])], numbers, odd


@stuck("voice")
async def a_mix_of_what_nobody_puts_on():
    out, voice = Channel(), Channel()
    sound = mix(out)
    sound.admix(voice)
    await some_turns()
    return [*map(explain, [sound])], out, voice


# -- and the rest ---------------------------------------------------------------------------------


@stuck("source")
async def an_interface():
    source = PassThrough()
    lines = readline.create_interface(source)
    await some_turns()
    return [*map(explain, [lines])], source


@stuck("letters")
async def a_broker():
    broker = await brokers.connect("memory://asked").__aenter__()
    await broker.declare("jobs", limit=1)
    letters = broker.publisher("jobs")
    for _ in range(3):
        letters.write(b"a")
    await some_turns()
    return [*map(explain, [broker])], letters


# -- what moves -----------------------------------------------------------------------------------


@moving
async def a_reader_that_takes_its_time():
    writer, readable = iterable.push(budget=MARK)

    async def slow():
        async for _ in readable:
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(slow())
    await some_turns()
    writer.write_sync(bytes(MARK))
    await some_turns()
    writer.write_sync(bytes(MARK))
    return [*map(explain, [writer, readable])], task


@moving
async def a_writer_that_takes_its_time():
    writer, readable = iterable.push()

    async def slow():
        await asyncio.sleep(0.01)
        await writer.write(b"a")

    task = asyncio.ensure_future(slow())
    await some_turns()
    return [*map(explain, [writer, readable])], task


@moving
async def a_timer_that_writes():
    writer, readable = iterable.push()
    timer = asyncio.get_running_loop().call_later(0.01, writer.write_sync, b"a")
    return [*map(explain, [readable])], timer


@moving
async def a_share_whose_slow_reader_moves():
    shared = iterable.share(endless(), **WAITS)

    async def slow(batches):
        async for _ in batches:
            await asyncio.sleep(0.01)

    tasks = [asyncio.ensure_future(one(shared.pull())) for one in (slow, read_all)]
    await some_turns()
    return [*map(explain, [shared])], tasks


@moving
async def a_share_of_a_source_that_moves():
    async def source():
        await asyncio.sleep(0.01)
        yield [b"a"]

    shared = iterable.share(source())
    reader = shared.pull()
    task = asyncio.ensure_future(read_all(reader))
    await some_turns()
    return [*map(explain, [shared, reader])], task


@moving
async def a_mult_that_moves():
    numbers = Channel()
    copies = mult(numbers)

    async def slow():
        await asyncio.sleep(0.01)
        await numbers.put(1)

    result = go(slow())
    await some_turns()
    return [*map(explain, [copies])], result


# -- what is over ---------------------------------------------------------------------------------


@over
async def all_was_read():
    writer, readable = iterable.push()
    writer.write_sync(b"a")
    writer.end_sync()
    await iterable.bytes_(readable)
    return [*map(explain, [writer, readable])], None


@over
async def it_failed():
    writer, readable = iterable.push()
    writer.fail(ValueError("no"))
    return [*map(explain, [writer, readable])], None


@over
async def its_reader_left():
    writer, readable = iterable.push()
    await readable.__aiter__().aclose()
    return [*map(explain, [writer, readable])], None


@over
async def a_share_that_was_cancelled():
    shared = iterable.share(endless())
    reader = shared.pull()
    shared.cancel()
    return [*map(explain, [shared, reader])], None


@over
async def a_broadcast_that_was_read():
    writer, both = iterable.broadcast()
    reader = both.push()
    writer.end_sync()
    await read_all(reader)
    return [*map(explain, [writer, both, reader])], None


@over
async def what_waits_for_nothing():
    shared = iterable.share_sync([b"a"])
    return [*map(explain, [shared])], None


@over
async def a_mult_whose_source_is_closed():
    numbers = Channel()
    copies = mult(numbers)
    numbers.close()
    await some_turns()
    return [*map(explain, [copies])], None


@over
async def an_interface_that_is_closed():
    source = PassThrough()
    lines = readline.create_interface(source)
    lines.close()
    return [*map(explain, [lines])], None
