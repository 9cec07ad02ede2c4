"""Objects from a source to a sink: what lies between them is measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from streams2 import PassThrough, Readable, Transform, Writable, run
from streams2.core.calling import Callback

from .pipe import Count
from .works import Work, node, optional, timed

anyio, aiostream = optional("anyio"), optional("aiostream")
reactivex, operators = optional("reactivex"), optional("reactivex.operators")


def total(count: int) -> int:
    return count * (count - 1) // 2


class Sum(Writable[int]):
    total = 0

    def _write(self, chunk: int, encoding: Any, callback: Callback) -> None:
        self.total += chunk
        callback()


class LaterSum(Writable[int]):
    total = 0

    def _write(self, chunk: int, encoding: Any, callback: Callback) -> None:
        self.total += chunk
        asyncio.get_running_loop().call_soon(callback)


class Same(Transform[int, int]):
    def _transform(self, chunk: int, encoding: Any, callback: Any) -> None:
        callback(None, chunk)


def piped(*between: type[Any], sink_type: type[Any] = Sum) -> Any:
    def work(count: int) -> int:
        sink = sink_type(object_mode=True)

        def main() -> None:
            stream: Any = Count(count)
            for stage in between:
                stream = stream.pipe(stage(object_mode=True))
            stream.pipe(sink)

        run(main)
        return int(sink.total)

    return timed(work)


def fanned_out(count: int) -> int:
    sinks = [Sum(object_mode=True) for _ in range(8)]

    def main() -> None:
        source = Count(count)
        for sink in sinks:
            source.pipe(sink)

    run(main)
    return sum(sink.total for sink in sinks)


def iterated(count: int) -> int:
    async def main() -> int:
        seen = 0
        async for value in Count(count):
            seen += value
        return seen

    return run(main)


def double(value: int) -> int:
    return value * 2


def mapped(count: int) -> int:
    async def main() -> int:
        return sum(await Readable.from_(range(count)).map(double).to_array())

    return run(main)


def through_queue(count: int) -> int:
    async def main() -> int:
        queue: asyncio.Queue[int | None] = asyncio.Queue(16)

        async def produce() -> None:
            for value in range(count):
                await queue.put(value)
            await queue.put(None)

        producer = asyncio.ensure_future(produce())
        seen = 0
        while (value := await queue.get()) is not None:
            seen += value
        await producer
        return seen

    return asyncio.run(main())


def through_anyio(count: int) -> int:
    async def main() -> int:
        sender, receiver = anyio.create_memory_object_stream[int](16)

        async def produce() -> None:
            async with sender:
                for value in range(count):
                    await sender.send(value)

        seen = 0
        async with anyio.create_task_group() as group, receiver:
            group.start_soon(produce)
            async for value in receiver:
                seen += value
        return seen

    return asyncio.run(main())


def mapped_by_aiostream(count: int) -> int:
    async def main() -> int:
        doubled = aiostream.stream.map(aiostream.stream.range(count), lambda n: n * 2)
        return sum(await aiostream.stream.list(doubled))

    return asyncio.run(main())


def mapped_by_reactivex(count: int) -> int:
    seen: list[int] = []
    reactivex.range(count).pipe(operators.map(lambda n: n * 2)).subscribe(seen.append)
    return sum(seen)


def mapped_by_hand(count: int) -> int:
    async def numbers() -> AsyncIterator[int]:
        for value in range(count):
            yield value

    async def main() -> int:
        return sum([value * 2 async for value in numbers()])

    return asyncio.run(main())


def works() -> list[Work]:
    """What is measured with objects."""
    queues = {"asyncio.Queue(16)": timed(through_queue)}
    if anyio is not None:
        queues["anyio stream(16)"] = timed(through_anyio)
    maps = {"async generator": timed(mapped_by_hand)}
    if aiostream is not None:
        maps["aiostream"] = timed(mapped_by_aiostream)
    if reactivex is not None:
        maps["reactivex (no back-pressure)"] = timed(mapped_by_reactivex)

    def of(name: str, about: str, ours: Any, size: int, peers: Any, expected: Any = total) -> Work:
        contestants = {"streams2": ours, **node(name), **peers}
        return Work(name, about, size, size // 50, "objects", expected, contestants)

    return [
        of("pipe", "a pipe of objects", piped(), 100_000, queues),
        of("passthrough", "a pipe with a PassThrough", piped(PassThrough), 50_000, {}),
        of("transforms", "a pipe with five Transforms", piped(*[Same] * 5), 20_000, {}),
        of("later", "a sink that calls back later", piped(sink_type=LaterSum), 50_000, {}),
        of("fanout", "one source, eight sinks", timed(fanned_out), 10_000, {}, eight_times),
        of("iterate", "for await, async for", timed(iterated), 50_000, queues),
        of("map", "from, map, toArray", timed(mapped), 10_000, maps, twice),
    ]


def eight_times(count: int) -> int:
    return 8 * total(count)


def twice(count: int) -> int:
    return 2 * total(count)
