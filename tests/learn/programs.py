"""Programs that learners might hand in: for each exercise, right ones and wrong ones.

With each wrong one stands what the check is to say of it.
"""

from __future__ import annotations

from textwrap import dedent

from streams2.learn import EXERCISES

RIGHT: dict[str, tuple[int, str]] = {}
WRONG: dict[str, tuple[int, str, str]] = {}


def right(number: int, name: str, text: str) -> None:
    RIGHT[f"{number} {name}"] = (number, dedent(text))


def wrong(number: int, name: str, says: str, text: str) -> None:
    WRONG[f"{number} {name}"] = (number, says, dedent(text))


# -- 1: blocking calls ----------------------------------------------------------------------------

right(
    1,
    "with iter",
    """
    def cat(source, sink):
        for data in iter(lambda: source.read(5), b""):
            sink.write(data)
    """,
)
right(
    1,
    "a library's",
    """
    import shutil
    def cat(source, sink):
        shutil.copyfileobj(source, sink, 12)
    """,
)
wrong(
    1,
    "only once",
    "The sink got 12 of 105 bytes: you stopped after 2 calls.",
    """
    def cat(source, sink):
        sink.write(source.read(12))
    """,
)
wrong(
    1,
    "never looks for the end",
    "Your program has no end: read() answered b''",
    """
    def cat(source, sink):
        while True:
            sink.write(source.read(12))
    """,
)
wrong(
    1,
    "every other part",
    "got something else than the source gave, from byte 0 on",
    """
    def cat(source, sink):
        while source.read(4):
            sink.write(source.read(4))
    """,
)
wrong(
    1,
    "all parts first",
    "You had 105 of 12 bytes in hand after call 18 (18 ms): you read on before",
    """
    def cat(source, sink):
        parts = []
        while True:
            part = source.read(6)
            if not part:
                break
            parts.append(part)
        for part in parts:
            sink.write(part)
    """,
)

wrong(
    1,
    "knows the song",
    "With call 1 you wrote 105 bytes that you had not read.",
    """
    from streams2.learn import SONG

    def cat(source, sink):
        sink.write(b"".join(SONG))
    """,
)

# -- 2: callbacks ---------------------------------------------------------------------------------

right(
    2,
    "with await",
    """
    import asyncio
    async def cat(source, sink):
        async for chunk in source:
            through = asyncio.Event()
            sink.write(chunk, callback=lambda error: through.set())
            await through.wait()
        sink.end()
    """,
)
right(
    2,
    "one by one, with read()",
    """
    def cat(source, sink):
        busy = False

        def next_one(error=None):
            nonlocal busy
            chunk = None if busy else source.read()
            if chunk is not None:
                busy = True
                sink.write(chunk, callback=through)

        def through(error=None):
            nonlocal busy
            busy = False
            next_one()

        source.on("readable", next_one)
        source.on("end", sink.end)
    """,
)
wrong(
    2,
    "pauses and never resumes",
    "the source is paused since step",
    """
    def cat(source, sink):
        @source.on("data")
        def copy(chunk):
            source.pause()
            sink.write(chunk)
        source.on("end", sink.end)
    """,
)
wrong(
    2,
    "resumes at once",
    "wrote after False",
    """
    def cat(source, sink):
        @source.on("data")
        def copy(chunk):
            source.pause()
            sink.write(chunk)
            source.resume()
        source.on("end", sink.end)
    """,
)
wrong(
    2,
    "never ends",
    "nobody called sink.end()",
    """
    def cat(source, sink):
        @source.on("data")
        def copy(chunk):
            source.pause()
            sink.write(chunk, callback=lambda error: source.resume())
    """,
)
wrong(
    2,
    "a list of its own",
    "neither in the tap nor in the bucket, but in a variable of yours",
    """
    def cat(source, sink):
        words = []
        source.on("data", words.append)

        @source.on("end")
        def next_one(error=None):
            if words:
                sink.write(words.pop(0), callback=next_one)
            else:
                sink.end()
    """,
)
wrong(
    2,
    "listens to nothing",
    "nobody ever read from the source",
    """
    def cat(source, sink):
        pass
    """,
)

right(
    2,
    "with a channel for the answer",
    """
    from streams2.channel import Channel

    async def cat(source, sink):
        through = Channel(1)
        async for chunk in source:
            sink.write(chunk, callback=lambda error: through.put_callback(True))
            await through.take()
        sink.end()
    """,
)
right(
    2,
    "through a Writable that holds one",
    """
    from streams2 import Writable

    def cat(source, sink):
        def final(self, callback):
            sink.end()
            callback()

        def write(self, chunk, encoding, callback):
            sink.write(chunk, callback=callback)

        source.pipe(Writable(high_water_mark=1, write=write, final=final))
    """,
)
wrong(
    2,
    "up to the mark",
    "Your sink held 2 words at step",
    """
    def cat(source, sink):
        source.pipe(sink)
    """,
)

# -- 3: the machine by hand -----------------------------------------------------------------------

right(
    3,
    "asks the sinks",
    """
    def cat(source, *sinks):
        @source.on("data")
        def copy(chunk):
            for sink in sinks:
                sink.write(chunk)
            if any(sink.writable_need_drain for sink in sinks):
                source.pause()

        def drained():
            if not any(sink.writable_need_drain for sink in sinks):
                source.resume()

        for sink in sinks:
            sink.on("drain", drained)
            source.on("end", sink.end)
    """,
)
right(
    3,
    "a coroutine",
    """
    async def cat(source, *sinks):
        async for chunk in source:
            for sink in sinks:
                sink.write(chunk)
            for sink in sinks:
                if sink.writable_need_drain:
                    await sink.drained()
        for sink in sinks:
            sink.end()
    """,
)
wrong(
    3,
    "asks only the first",
    "Your slow sink held 95 of 12 bytes",
    """
    def cat(source, *sinks):
        @source.on("data")
        def copy(chunk):
            for sink in reversed(sinks):
                enough = not sink.write(chunk)
            if enough:
                source.pause()
        sinks[0].on("drain", source.resume)
        for sink in sinks:
            source.on("end", sink.end)
    """,
)
wrong(
    3,
    "does not listen",
    "wrote after False",
    """
    def cat(source, *sinks):
        for sink in sinks:
            source.on("data", sink.write)
            source.on("end", sink.end)
    """,
)
wrong(
    3,
    "counts the pauses, and not the sinks",
    "nobody resumes it",
    """
    def cat(source, *sinks):
        full = 0

        @source.on("data")
        def copy(chunk):
            nonlocal full
            for sink in sinks:
                if not sink.write(chunk):
                    full += 2
                    source.pause()

        def drained():
            nonlocal full
            full -= 1
            if full == 0:
                source.resume()

        for sink in sinks:
            sink.on("drain", drained)
            source.on("end", sink.end)
    """,
)
wrong(
    3,
    "forgets a sink",
    "Your slow sink got 0 of 105 bytes",
    """
    def cat(source, *sinks):
        source.pipe(sinks[0])
    """,
)

right(
    3,
    "takes when all have room",
    """
    def cat(source, *sinks):
        def flow():
            while not any(sink.writable_need_drain for sink in sinks):
                chunk = source.read()
                if chunk is None:
                    return
                for sink in sinks:
                    sink.write(chunk)

        source.on("readable", flow)
        for sink in sinks:
            sink.on("drain", flow)
            source.on("end", sink.end)
    """,
)
right(
    3,
    "with a channel for each",
    """
    import asyncio
    from streams2.channel import Channel

    async def cat(source, *sinks):
        channels = [Channel() for _ in sinks]

        async def read():
            async for chunk in source:
                for channel in channels:
                    await channel.put(chunk)
            for channel in channels:
                channel.close()

        async def write(channel, sink):
            async for chunk in channel:
                if not sink.write(chunk):
                    await sink.drained()
            sink.end()

        await asyncio.gather(read(), *map(write, channels, sinks))
    """,
)
wrong(
    3,
    "listens to the last, which may be the fast one",
    "Your slow sink got 14 of 105 bytes, and then nothing more came",
    """
    def cat(source, *sinks):
        @source.on("data")
        def copy(chunk):
            for sink in sinks:
                if not sink.write(chunk):
                    source.pause()

        sinks[-1].on("drain", source.resume)
        for sink in sinks:
            source.on("end", sink.end)
    """,
)

# -- 4: the table ---------------------------------------------------------------------------------

LEFT = '(FLOWING, "left"): (OVER, "nothing"),'
DRAINED = '(WAITING, "drained"): (FLOWING, "release"),'
TABLE = EXERCISES[3].program

wrong(
    4,
    "a row that does nothing",
    "nobody resumes it",
    TABLE.replace(LEFT, f'{LEFT} (WAITING, "left"): (OVER, "nothing"),'),
)
wrong(
    4,
    "a row that does not go on",
    "Your first sink got ",
    TABLE.replace(LEFT, f'{LEFT} (WAITING, "left"): (OVER, "end"),'),
)
wrong(
    4,
    "without the row for 'drain'",
    "Your sink got 14 of 105 bytes, and then nothing more came: the source is paused",
    TABLE.replace(DRAINED, '(WAITING, "left"): (OVER, "release"),'),
)

right(
    4,
    "pipe itself",
    """
    def cat(source, *sinks):
        for sink in sinks:
            source.pipe(sink)
    """,
)
wrong(
    4,
    "without drain",
    "wrote after False",
    """
    def cat(source, *sinks):
        for sink in sinks:
            source.on("data", lambda chunk, sink=sink: sink.destroyed or sink.write(chunk))
            source.on("end", sink.end)
    """,
)
right(
    4,
    "asks the sinks",
    """
    def cat(source, *sinks):
        @source.on("data")
        def copy(chunk):
            for sink in sinks:
                sink.write(chunk)
            if any(sink.writable_need_drain for sink in sinks):
                source.pause()

        def look(*_):
            if not any(sink.writable_need_drain for sink in sinks):
                source.resume()

        for sink in sinks:
            sink.on("drain", look)
            sink.on("close", look)
            source.on("end", sink.end)
    """,
)

right(
    4,
    "with the library's bridge",
    """
    from streams2.bridge import channel_from_readable, writable_from_channel
    from streams2.channel import Channel, mult

    def cat(source, *sinks):
        words = mult(channel_from_readable(source))
        for sink in sinks:
            writable_from_channel(words.tap(Channel()), sink)
    """,
)

# -- 5: the bridge --------------------------------------------------------------------------------

right(
    5,
    "by the mark",
    """
    import asyncio
    from streams2.channel import Channel

    async def cat(source, sink):
        words = Channel(1)

        async def write():
            async for word in words:
                if not sink.write(word):
                    await sink.drained()
            sink.end()

        writer = asyncio.ensure_future(write())
        async for word in source:
            await words.put(word)
        words.close()
        await writer
    """,
)
right(
    5,
    "with the library's bridge",
    """
    from streams2.bridge import writable_from_channel
    from streams2.channel import Channel

    async def cat(source, sink):
        words = Channel()
        writable_from_channel(words, sink)
        async for word in source:
            await words.put(word)
        words.close()
    """,
)
wrong(
    5,
    "a large channel",
    "words waited at the channel channel",
    """
    import asyncio
    from streams2.channel import Channel

    async def cat(source, sink):
        channel = Channel(1000)

        async def read():
            async for chunk in source:
                await channel.put(chunk)
            channel.close()

        async def write():
            async for chunk in channel:
                if not sink.write(chunk):
                    await sink.drained()
            sink.end()

        await asyncio.gather(read(), write())
    """,
)
wrong(
    5,
    "offers and does not look",
    "Your sink got something else than the tap gave",
    """
    import asyncio
    from streams2.channel import Channel

    async def cat(source, sink):
        channel = Channel(1)

        async def read():
            async for chunk in source:
                channel.offer(chunk)
            channel.close()

        async def write():
            async for chunk in channel:
                if not sink.write(chunk):
                    await sink.drained()
            sink.end()

        await asyncio.gather(read(), write())
    """,
)
wrong(
    5,
    "does not close",
    "nobody called sink.end()",
    """
    import asyncio
    from streams2.channel import Channel

    async def cat(source, sink):
        channel = Channel(1)

        async def read():
            async for chunk in source:
                await channel.put(chunk)

        async def write():
            async for chunk in channel:
                if not sink.write(chunk):
                    await sink.drained()
            sink.end()

        await asyncio.gather(read(), write())
    """,
)
wrong(
    5,
    "without a channel",
    "There is no channel in it",
    """
    def cat(source, sink):
        source.pipe(sink)
    """,
)

right(
    5,
    "with callbacks",
    """
    from streams2.channel import Channel

    def cat(source, sink):
        words = Channel(1)

        @source.on("data")
        def put(chunk):
            source.pause()
            words.put_callback(chunk, lambda ok: source.resume())

        def write(chunk):
            if chunk is None:
                sink.end()
            else:
                sink.write(chunk, callback=lambda error: words.take_callback(write))

        source.on("end", words.close)
        words.take_callback(write)
    """,
)
wrong(
    5,
    "a channel that stands aside",
    "18 of 18 words went through no channel",
    """
    from streams2.channel import Channel

    def cat(source, sink):
        channel = Channel(1)
        source.pipe(sink)
    """,
)

# -- 6: failures ----------------------------------------------------------------------------------

right(
    6,
    "by hand",
    """
    import asyncio
    from streams2 import promises

    async def cat(source, sink):
        async def copy():
            async for chunk in source:
                if not sink.write(chunk) and not await sink.drained():
                    return
            sink.end()

        work = [asyncio.ensure_future(part) for part in (promises.finished(sink), copy())]
        try:
            await asyncio.gather(*work)
        finally:
            for part in work:
                part.cancel()
            source.destroy()
            sink.destroy()
    """,
)
wrong(
    6,
    "pipe",
    "The bucket broke, with 19 of 105 bytes through, and nobody listened for its error",
    """
    def cat(source, sink):
        source.pipe(sink)
    """,
)
wrong(
    6,
    "swallows it",
    "The bucket broke, with 19 of 105 bytes through, and cat returned as if all were well",
    """
    from streams2 import promises

    async def cat(source, sink):
        try:
            await promises.pipeline(source, sink)
        except OSError:
            pass
    """,
)
wrong(
    6,
    "leaves the source open",
    "The bucket broke, with 19 of 105 bytes through, and you left source open",
    """
    from streams2 import promises

    async def cat(source, sink):
        source.pipe(sink)
        await promises.finished(sink)
    """,
)
wrong(
    6,
    "leaves the sink open",
    "The tap broke, with 14 of 105 bytes through, and you left sink open",
    """
    from streams2 import promises

    async def cat(source, sink):
        sink.on("error", source.destroy)
        source.pipe(sink)
        await promises.finished(source)
    """,
)

wrong(
    6,
    "does not let itself be cancelled",
    "The caller cancelled cat after 20 ms, and it went on until all was copied",
    """
    import asyncio
    from streams2 import promises

    async def cat(source, sink):
        copying = asyncio.ensure_future(promises.pipeline(source, sink))
        while not copying.done():
            try:
                await asyncio.shield(copying)
            except asyncio.CancelledError:
                pass
        copying.result()
    """,
)

# -- 7: overload ----------------------------------------------------------------------------------

right(
    7,
    "counts",
    """
    import asyncio

    async def serve(visitors, machine):
        inside = 0

        async def attend(visitor):
            nonlocal inside
            visitor.answer(await machine(visitor.word))
            inside -= 1

        tasks = []
        async for visitor in visitors:
            if inside == 8:
                visitor.refuse()
                continue
            inside += 1
            tasks.append(asyncio.ensure_future(attend(visitor)))
        await asyncio.gather(*tasks)
    """,
)
wrong(
    7,
    "refuses everybody",
    "Only 0 of 60 visitors were answered",
    """
    async def serve(visitors, machine):
        async for visitor in visitors:
            visitor.refuse()
    """,
)
wrong(
    7,
    "one at a time, and the others may wait outside",
    "stood at the door for 40 ms and went away without a word",
    """
    async def serve(visitors, machine):
        async for visitor in visitors:
            visitor.answer(await machine(visitor.word))
    """,
)
wrong(
    7,
    "refuses those who have waited",
    "47 visitors waited for more than 40 ms, the longest 64 ms, to be answered: say no",
    """
    import asyncio
    from streams2.channel import Channel

    async def serve(visitors, machine):
        queue = Channel(1000)

        async def work():
            async for visitor in queue:
                if visitor.wait > 0.06:
                    visitor.refuse()
                else:
                    visitor.answer(await machine(visitor.word))

        worker = asyncio.ensure_future(work())
        async for visitor in visitors:
            await queue.put(visitor)
        queue.close()
        await worker
    """,
)
wrong(
    7,
    "drops them without a word",
    "visitors never learnt what became of their word",
    """
    import asyncio
    from streams2.channel import Channel

    async def serve(visitors, machine):
        queue = Channel(6)

        async def work():
            async for visitor in queue:
                visitor.answer(await machine(visitor.word))

        worker = asyncio.ensure_future(work())
        async for visitor in visitors:
            queue.offer(visitor)
        queue.close()
        await worker
    """,
)
wrong(
    7,
    "answers without the machine",
    "A visitor gave 'Row,', and got ''",
    """
    async def serve(visitors, machine):
        async for visitor in visitors:
            visitor.answer("")
    """,
)

right(
    7,
    "a stream with a mark",
    """
    from streams2 import Writable, promises

    async def serve(visitors, machine):
        async def write(self, visitor, encoding):
            visitor.answer(await machine(visitor.word))

        desk = Writable(object_mode=True, high_water_mark=7, write=write)
        async for visitor in visitors:
            if desk.writable_need_drain:
                visitor.refuse()
            else:
                desk.write(visitor)
        desk.end()
        await promises.finished(desk)
    """,
)

# -- 8: a broker ----------------------------------------------------------------------------------

right(
    8,
    "one at a time",
    """
    import asyncio

    async def write(message, sink):
        through = asyncio.get_running_loop().create_future()
        sink.write(message.body, callback=through.set_result)
        if await through is None:
            message.ack()

    def consume(broker, sink):
        tasks = []

        def take(message):
            tasks.append(asyncio.ensure_future(write(message, sink)))

        broker.consume(take, prefetch=1)
    """,
)
wrong(
    8,
    "no prefetch",
    "wrote after False",
    """
    def consume(broker, sink):
        def take(message):
            sink.write(message.body, callback=lambda error: error or message.ack())
        broker.consume(take)
    """,
)
wrong(
    8,
    "never acknowledges",
    "2 of 18 messages were sent, and 2 are not acknowledged",
    """
    def consume(broker, sink):
        broker.consume(lambda message: sink.write(message.body), prefetch=2)
    """,
)
wrong(
    8,
    "acknowledges what failed, too",
    "18 were acknowledged: 12 are lost",
    """
    def consume(broker, sink):
        sink.on("error", lambda error: None)
        def take(message):
            sink.write(message.body, callback=lambda error: message.ack())
        broker.consume(take, prefetch=1)
    """,
)
wrong(
    8,
    "acknowledges before it is through",
    "are lost, for the broker has forgotten them",
    """
    def consume(broker, sink):
        def take(message):
            if sink.write(message.body):
                message.ack()
            else:
                sink.once("drain", message.ack)
        broker.consume(take, prefetch=1)
    """,
)
right(
    8,
    "a loop",
    """
    import asyncio

    async def consume(broker, sink):
        messages = asyncio.Queue()
        broker.consume(messages.put_nowait, prefetch=2)
        while True:
            message = await messages.get()
            through = asyncio.get_running_loop().create_future()
            sink.write(message.body, callback=through.set_result)
            if await through is not None:
                return
            message.ack()
    """,
)
wrong(
    8,
    "drops what is too much",
    "Your sink got ",
    """
    def consume(broker, sink):
        def take(message):
            if sink.writable_need_drain:
                message.ack()
            else:
                sink.write(message.body, callback=lambda error: error or message.ack())
        broker.consume(take, prefetch=4)
    """,
)


# -- 9: a budget ----------------------------------------------------------------------------------

right(
    9,
    "one that asks for room",
    """
    import asyncio
    from streams2 import once
    from streams2.iter import ondrain, push

    async def cat(source, sink):
        writer, readable = push(budget=16384)
        async def read():
            async for chunk in source:
                await ondrain(writer)
                await writer.write(chunk * 4096)
            await writer.end()
        async def write():
            async for batch in readable:
                for chunk in batch:
                    if not sink.write(chunk[: len(chunk) // 4096]):
                        await once(sink, "drain")
            sink.end()
        await asyncio.gather(read(), write())
    """,
)
wrong(
    9,
    "throws the oldest away",
    "Your sink",
    """
    import asyncio
    from streams2 import once
    from streams2.iter import push

    async def cat(source, sink):
        writer, readable = push(backpressure="drop-oldest")
        async def read():
            async for chunk in source:
                await writer.write(chunk * 4096)
            await writer.end()
        async def write():
            async for batch in readable:
                for chunk in batch:
                    if not sink.write(chunk[: len(chunk) // 4096]):
                        await once(sink, "drain")
            sink.end()
        await asyncio.gather(read(), write())
    """,
)
wrong(
    9,
    "throws what is new away",
    "Your sink",
    """
    import asyncio
    from streams2 import once
    from streams2.iter import push

    async def cat(source, sink):
        writer, readable = push(backpressure="drop-newest")
        async def read():
            async for chunk in source:
                writer.write(chunk * 4096)
            await writer.end()
        async def write():
            async for batch in readable:
                for chunk in batch:
                    if not sink.write(chunk[: len(chunk) // 4096]):
                        await once(sink, "drain")
            sink.end()
        await asyncio.gather(read(), write())
    """,
)
wrong(
    9,
    "does not listen to the sink",
    "Your sink held",
    """
    import asyncio
    from streams2 import once
    from streams2.iter import push

    async def cat(source, sink):
        writer, readable = push(budget=16384)
        async def read():
            async for chunk in source:
                await writer.write(chunk * 4096)
            await writer.end()
        async def write():
            async for batch in readable:
                for chunk in batch:
                    sink.write(chunk[: len(chunk) // 4096])
            sink.end()
        await asyncio.gather(read(), write())
    """,
)
