"""What is no `Exception`, as that of `pytest.fail` or a library's own cancellation, ends a run.

It is none that a program handles: it fails no stream, and nobody waits on for what it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

import pytest

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    channel,
    next_tick,
    promises,
    run,
    run_async,
)
from streams2.timers import set_interval


class Odd(BaseException):
    """None that a program handles."""


async def coroutine(*_: object) -> None:
    raise Odd


async def generator() -> AsyncIterator[str]:
    yield "a"
    raise Odd


def plain_generator() -> Iterator[str]:
    yield "a"
    raise Odd


async def middle(source: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in source:
        yield chunk
        raise Odd


async def last(source: AsyncIterator[str]) -> None:
    async for _ in source:
        raise Odd


def raising(*_: object) -> None:
    raise Odd


def flowing(stream: Any) -> None:
    stream.on("error", print)
    stream.resume()


def written(stream: Any, **named: Any) -> None:
    stream.on("error", print)
    stream.write(b"chunk", **named)


async def iterated() -> None:
    async for _ in Readable.from_(generator()):
        pass


async def piped(*stages: Any) -> None:
    await promises.pipeline(*stages)


async def process() -> None:
    await channel.go(coroutine()).take()


PROGRAMS: dict[str, Callable[[], Any]] = {
    "main": lambda: coroutine(),
    "a tick": lambda: next_tick(coroutine),
    "a listener": lambda: Readable.from_(["a"]).on("data", coroutine),
    "a plain listener": lambda: Readable.from_(["a"]).on("data", raising),
    "write": lambda: written(Writable(write=coroutine)),
    "a plain write": lambda: written(Writable(write=raising)),
    "a callback": lambda: written(PassThrough(), callback=coroutine),
    "read": lambda: flowing(Readable(read=coroutine)),
    "transform": lambda: written(Transform(transform=coroutine)),
    "construct": lambda: flowing(Readable(construct=coroutine)),
    "destroy": lambda: Writable(destroy=coroutine).on("error", print).destroy(),
    "from_": lambda: flowing(Readable.from_(generator())),
    "from_ of awaitables": lambda: flowing(Readable.from_([coroutine()])),
    "from_ of a plain generator": lambda: flowing(Readable.from_(plain_generator())),
    "async for": iterated,
    "the first of a pipeline": lambda: piped(generator(), PassThrough(object_mode=True)),
    "the middle of a pipeline": lambda: piped(["a"], middle, PassThrough(object_mode=True)),
    "the last of a pipeline": lambda: piped(["a"], last),
    "map": lambda: Readable.from_(["a"]).map(coroutine).to_array(),
    "map, two at once": lambda: Readable.from_(["a"]).map(coroutine, concurrency=2).to_array(),
    "the source of map, two at once": lambda: (
        Readable.from_(generator()).map(str, concurrency=2).to_array()
    ),
    "for_each": lambda: Readable.from_(["a"]).for_each(coroutine),
    "Duplex.from_": lambda: flowing(Duplex.from_(generator())),
    "a process": process,
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("how", ["run", "run_async"])
def test_it_ends_the_run(name: str, how: str) -> None:
    def main() -> Any:
        set_interval(lambda: None, 1000)  # Without an end, this goes on.
        return PROGRAMS[name]()

    async def main_task() -> None:
        returned = main()
        if asyncio.iscoroutine(returned):
            await returned

    with pytest.raises(Odd):
        run(main_task) if how == "run" else asyncio.run(run_async(main_task))
