"""Ways to stand still of iterable streams and of queues at a broker in memory.

``# here`` marks the lines that an explanation must name.
"""

from __future__ import annotations

import asyncio

from streams2 import Readable, Transform, Writable, brokers, promises
from streams2 import iter as iterable

from . import noting

WAYS = []
stuck = noting(WAYS)


def nothing(self, *args):
    pass


def done(self, chunk, encoding, callback):
    callback()


MARK = 16_384
WAITS = {"budget": MARK, "backpressure": "unbounded"}


async def endless():
    while True:
        yield [bytes(MARK)]


# -- iterable streams -----------------------------------------------------------------------------


@stuck("absent")
async def a_share_with_a_reader_that_is_not_read():
    shared = iterable.share(endless(), **WAITS)
    absent = shared.pull()  # here
    async for _ in shared.pull():  # here
        pass
    print(absent)


@stuck("absent")
async def a_share_with_a_reader_whose_batches_are_changed():
    shared = iterable.share(endless(), **WAITS)
    absent = shared.pull(lambda batch: batch)  # here
    async for _ in shared.pull(lambda batch: batch):  # here
        pass
    print(absent)


@stuck("slow")
async def a_share_with_a_reader_that_waits():
    shared = iterable.share(endless(), **WAITS)

    async def slow(batches):
        async for _ in batches:
            await asyncio.Event().wait()  # here

    task = asyncio.ensure_future(slow(shared.pull()))  # here
    async for _ in shared.pull():  # here
        pass
    await task


@stuck("absent")
async def a_share_of_a_share():
    shared = iterable.share(endless(), **WAITS)
    absent = shared.pull()  # here
    again = iterable.share(shared.pull(), **WAITS)
    async for _ in again.pull():  # here
        pass
    print(absent)


@stuck("writer")
async def a_share_of_what_nobody_writes():
    writer, readable = iterable.push()  # here
    shared = iterable.share(readable)
    async for _ in shared.pull():  # here
        pass
    print(writer)


@stuck("absent")
async def a_broadcast_whose_writer_and_other_reader_wait():
    writer, both = iterable.broadcast(**WAITS)
    first, absent = both.push(), both.push()  # here
    reading = asyncio.ensure_future(iterable.bytes_(first))
    for _ in range(4):
        await writer.write(bytes(MARK))  # here
    await reading
    print(absent)


@stuck("absent")
async def a_broadcast_of_a_stream():
    both = iterable.Broadcast.from_(endless(), **WAITS).broadcast
    absent = both.push()  # here
    async for _ in both.push():  # here
        pass
    print(absent)


@stuck("both")
async def a_broadcast_that_nobody_reads():
    writer, both = iterable.broadcast(**WAITS)  # here
    for _ in range(4):
        await writer.write(bytes(MARK))  # here
    print(both)


@stuck("absent")
async def a_broadcast_that_is_not_read_to_its_end():
    writer, both = iterable.broadcast()
    absent = both.push()  # here
    await writer.write(b"a")
    await writer.end()  # here
    print(absent)


@stuck("readable")
async def room_that_nobody_makes():
    writer, readable = iterable.push(budget=MARK)  # here
    writer.write_sync(bytes(MARK + 1))
    await iterable.ondrain(writer)  # here
    print(readable)


@stuck("right.writer")
async def an_end_of_a_duplex_that_nobody_writes_to():
    left, right = iterable.duplex()  # here
    async for _ in left.readable:  # here
        pass
    print(right)


@stuck("second")
async def a_merge_of_what_nobody_writes():
    first, one = iterable.push()
    second, two = iterable.push()  # here
    first.end_sync()
    async for _ in iterable.merge(one, two):  # here
        pass
    print(second)


@stuck("writer")
async def a_readable_of_what_nobody_writes():
    writer, readable = iterable.push()  # here
    pages = iterable.to_readable(readable)
    await promises.finished(pages.resume())  # here
    print(writer)


@stuck("readable")
async def a_writable_of_what_nobody_reads():
    writer, readable = iterable.push(budget=MARK)  # here
    sink = iterable.to_writable(writer)  # here
    for _ in range(3):
        sink.write(bytes(MARK))
    sink.end()
    await promises.finished(sink)  # here
    print(readable)


@stuck("late")
async def a_method_that_waits_for_an_event():
    gate = asyncio.Event()

    async def late(self, chunk, encoding):
        await gate.wait()  # here
        return chunk

    shout = Transform(transform=late)  # here
    shout.end(b"a")
    await promises.finished(shout.resume())  # here


# -- queues ---------------------------------------------------------------------------------------

QUEUES = []


def stuck_at_a_queue(culprit, *words):
    def note(main):
        QUEUES.append((main, culprit, words))
        return main

    return note


@stuck_at_a_queue("letters", "room in queue `jobs` at memory://", "its limit of 3 messages")
async def a_queue_from_which_nobody_takes(broker):
    letters = broker.publisher("jobs")  # here
    await promises.pipeline(Readable.from_(list("abcde")), letters)  # here


@stuck_at_a_queue("inbox", "3 of 3 messages are not acknowledged", "Call `ack`")
async def messages_that_nobody_acknowledges(broker):
    letters = broker.publisher("jobs")
    letters.write("a")
    inbox = broker.subscriber("jobs", high_water_mark=3)  # here
    letters.write("b")
    letters.write("c")
    async for _ in inbox:  # here
        pass


@stuck_at_a_queue("inbox", "its limit of 3 messages", "3 of 64 messages are not acknowledged")
async def a_queue_that_is_full_of_what_nobody_acknowledges(broker):
    kept = []
    inbox = broker.subscriber("jobs").on("data", kept.append)  # here
    letters = broker.publisher("jobs")  # here
    await promises.pipeline(Readable.from_(list("abcde")), letters)  # here
    print(inbox)


@stuck_at_a_queue("inbox", "waits for a message of queue `jobs` at memory://")
async def a_queue_to_which_nobody_publishes(broker):
    inbox = broker.subscriber("jobs")  # here
    async for _ in inbox:  # here
        pass


@stuck_at_a_queue("inbox", "nobody reads it", "its limit of 3 messages")
async def a_subscriber_that_is_not_read(broker):
    inbox = broker.subscriber("jobs")  # here
    letters = broker.publisher("jobs")  # here
    await promises.pipeline(Readable.from_(list("abcde")), letters)  # here
    print(inbox)


@stuck_at_a_queue("disk", "2 of 2 messages are not acknowledged")
async def messages_that_a_dead_sink_has(broker):
    letters = broker.publisher("jobs")
    letters.write("a")
    letters.write("b")
    inbox = broker.subscriber("jobs", high_water_mark=2)  # here
    disk = Writable(object_mode=True, write=nothing)  # here
    await promises.pipeline(inbox, disk)  # here


@stuck_at_a_queue("disk", "never called its callback")
async def messages_that_are_written_to_a_dead_sink(broker):
    broker.publisher("jobs").write("a")
    disk = Writable(write=nothing)  # here
    await promises.pipeline(broker.subscriber("jobs"), brokers.into(disk))  # here


@stuck_at_a_queue("work")
async def work_that_waits(broker):
    async def work(message):
        await asyncio.Event().wait()  # here

    broker.publisher("jobs").write("a")
    out = Writable(object_mode=True, write=done)
    await promises.pipeline(broker.subscriber("jobs"), brokers.work(work), out)  # here


# -- queues that move -----------------------------------------------------------------------------

MOVING = []


def moves(main):
    MOVING.append(main)
    return main


MOMENT = 0.02


@moves
async def a_slow_worker(broker):
    letters = broker.publisher("jobs")
    feeding = asyncio.ensure_future(promises.pipeline(Readable.from_(list("abcde")), letters))
    async for message in broker.subscriber("jobs", high_water_mark=1):
        await asyncio.sleep(MOMENT)
        message.ack()
    await feeding


@moves
async def a_publisher_that_is_slow(broker):
    letters = broker.publisher("jobs")

    async def publish():
        while True:
            await asyncio.sleep(MOMENT)
            letters.write("a")

    publishing = asyncio.ensure_future(publish())
    async for message in broker.subscriber("jobs"):
        message.ack()
    await publishing


@moves
async def messages_that_a_timer_acknowledges(broker):
    letters = broker.publisher("jobs")
    for _ in range(9):
        letters.write("a")
    async for message in broker.subscriber("jobs", high_water_mark=1):
        asyncio.get_running_loop().call_later(MOMENT, message.ack)


@moves
async def messages_that_are_tried_again(broker):
    broker.publisher("jobs").write("a")
    async for message in broker.subscriber("jobs"):
        message.nack(delay=20)


@moves
async def messages_that_are_kept_for_a_while(broker):
    letters, kept = broker.publisher("jobs"), []
    for _ in range(9):
        letters.write("a")

    async def settle():
        while True:
            await asyncio.sleep(MOMENT)
            for message in kept:
                message.ack()

    settling = asyncio.ensure_future(settle())
    async for message in broker.subscriber("jobs", high_water_mark=2):
        kept.append(message)
    await settling
