"""Objects from a source to a sink: what lies between them is measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Callable

from streams2 import PassThrough, Readable, Transform, Writable, run
from streams2.bridge import channel_from_readable, writable_from_channel
from streams2.core.calling import Callback

from .chains import chain, fan_out
from .libraries import Library, Put, Take, libraries
from .pipe import Count
from .works import Run, Work, node, not_installed, optional, timed, without_node

aiostream = optional("aiostream")
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


def bridged(count: int) -> int:
    sink = Sum(object_mode=True)
    run(lambda: writable_from_channel(channel_from_readable(Count(count)), sink))
    return sink.total


def bridged_by_queues() -> dict[str, Run]:
    """The same by hand: a task reads and puts; another takes, and waits for each write."""

    async def read(count: int, put: Put) -> None:
        async for value in Count(count):
            await put(value)

    async def write(count: int, take: Take, sink: Sum) -> None:
        for _ in range(count):
            written = asyncio.get_running_loop().create_future()
            sink.write(await take(), callback=written.set_result)
            await written

    def through(library: Library) -> Run:
        def work(count: int) -> int:
            sink = Sum(object_mode=True)

            async def main() -> None:
                put, take = library.make(1)
                await library.together(partial(read, count, put), partial(write, count, take, sink))

            library.run(main)
            return sink.total

        return timed(work)

    return {f"{library.name}(1), two tasks": through(library) for library in others()}


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


def queued(
    stages: int = 0, later: bool = False, step: Callable[[int], int] | None = None
) -> dict[str, Run]:
    """The same numbers through queues for 16, with as many tasks between that do `step`."""

    def through(library: Library) -> Run:
        return timed(lambda count: chain(library, count, 16, stages, later, step))

    return {f"{library.name}(16)": through(library) for library in others()}


def others() -> list[Library]:
    return [each for each in libraries() if each.name not in ("Channel", "trio channel")]


def fanned_out_by_queues() -> dict[str, Run]:
    def through(library: Library) -> Run:
        return timed(lambda count: fan_out(library, count, 16, 8))

    return {f"{library.name}(16)": through(library) for library in others()}


def same(value: int) -> int:
    return value


def by_aiostream(stages: int = 0, later: bool = False) -> dict[str, Run]:
    if aiostream is None:
        return {}

    async def slowly(value: int) -> int:
        await asyncio.sleep(0)
        return value

    def work(count: int) -> int:
        async def main() -> int:
            stream: Any = aiostream.stream.range(count)
            for _ in range(stages):
                stream = aiostream.stream.map(stream, same)
            if later:
                stream = aiostream.stream.map(stream, slowly, task_limit=1)
            seen = 0
            async with stream.stream() as values:
                async for value in values:
                    seen += value
            return seen

        return asyncio.run(main())

    return {"aiostream": timed(work)}


def by_reactivex(stages: int = 0, width: int = 1) -> dict[str, Run]:
    if reactivex is None:
        return {}

    def work(count: int) -> int:
        seen = [0]

        def add(value: int) -> None:
            seen[0] += value

        source = reactivex.range(count).pipe(*[operators.map(same)] * stages)
        published = source.pipe(operators.publish())
        for _ in range(width):
            published.subscribe(add)
        published.connect()
        return seen[0]

    return {"reactivex (no back-pressure)": timed(work)}


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
    missing = [*without_node(), *not_installed("anyio", "aiochan", "aiostream", "reactivex")]
    maps = {"async generator": timed(mapped_by_hand)}
    if aiostream is not None:
        maps["aiostream"] = timed(mapped_by_aiostream)
    if reactivex is not None:
        maps["reactivex (no back-pressure)"] = timed(mapped_by_reactivex)
    maps.update(queued(1, step=double))

    def of(
        name: str, ours: Any, size: int, peers: Any, expected: Any = total, absent: Any = ()
    ) -> Work:
        contestants = {"streams2": ours, **node(name), **peers}
        about, without = _ABOUT[name], (*absent, *missing)
        return Work(name, about, size, size // 50, "objects", expected, contestants, without)

    def between(stages: int) -> dict[str, Run]:
        return {**queued(stages), **by_aiostream(stages), **by_reactivex(stages)}

    no_waiting = ("reactivex (its sink cannot make the source wait)",)
    no_streams = ("aiostream and reactivex (they write to no stream)",)
    no_fan = ("aiostream (one reader for each stream)",)
    fans = {**fanned_out_by_queues(), **by_reactivex(width=8)}
    later = {**queued(later=True), **by_aiostream(later=True)}
    return [
        of("pipe", piped(), 500_000, between(0)),
        of("passthrough", piped(PassThrough), 50_000, between(1)),
        of("transforms", piped(*[Same] * 5), 10_000, between(5)),
        of("later", piped(sink_type=LaterSum), 20_000, later, absent=no_waiting),
        of("fanout", timed(fanned_out), 10_000, fans, eight_times, no_fan),
        of("bridge", timed(bridged), 20_000, bridged_by_queues(), absent=no_streams),
        of("iterate", timed(iterated), 50_000, between(0)),
        of("map", timed(mapped), 10_000, maps, twice),
    ]


_ABOUT = {
    "pipe": "a pipe of objects",
    "passthrough": "a pipe with a PassThrough",
    "transforms": "a pipe with five Transforms",
    "later": "a sink that calls back later",
    "fanout": "one source, eight sinks",
    "bridge": "from a stream through a channel to a stream",
    "iterate": "for await, async for",
    "map": "from, map, toArray",
}


def eight_times(count: int) -> int:
    return 8 * total(count)


def twice(count: int) -> int:
    return 2 * total(count)
