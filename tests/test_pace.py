"""Whoever reads in a loop that always finds what it wants lets others have their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Callable

import pytest

from streams2 import Readable, Writable, next_tick, promises, run
from streams2.loop.waking import has_not_waited

#: What runs a coroutine function.
DRIVES = [run, lambda main: asyncio.run(main())]


class Others:
    """Another task, which counts the turns that it has."""

    def __init__(self) -> None:
        self.turns = 0
        self.task = asyncio.ensure_future(self.count())

    async def count(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turns += 1


def endless() -> Readable[int]:
    return Readable(object_mode=True, read=lambda stream, size: stream.push(1))


@pytest.mark.parametrize("drive", DRIVES, ids=["run", "asyncio"])
def test_an_async_for_that_never_waits_lets_the_loop_turn(drive: Callable[..., Any]) -> None:
    async def main() -> int:
        others, chunks = Others(), 0
        async for _ in endless():
            chunks += 1
            if chunks == 2000:
                break
        others.task.cancel()
        return others.turns

    assert drive(main) >= 2000 / 64


@pytest.mark.parametrize("drive", DRIVES, ids=["run", "asyncio"])
def test_so_does_a_pipeline_of_a_generator_that_never_waits(drive: Callable[..., Any]) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(2000):
            yield number

    async def main() -> int:
        others = Others()
        sink = Writable(object_mode=True, write=lambda self, chunk, encoding, done: done())
        await promises.pipeline(numbers, sink)
        others.task.cancel()
        return others.turns

    assert drive(main) >= 2000 / 64


@pytest.mark.parametrize("what", ["a timer", "a cancellation"])
def test_what_is_due_ends_a_loop_that_never_waits(what: str) -> None:
    async def main() -> str:
        async def read() -> None:
            async for _ in endless():
                pass

        reading = asyncio.ensure_future(read())
        if what == "a timer":
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(reading, 0.001)
        else:
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait([reading])
        return "ended"

    assert run(main) == "ended"


def test_a_tick_that_fails_between_two_chunks_ends_the_run_and_not_the_loop() -> None:
    seen: list[int] = []

    def fail() -> None:
        raise OSError("between")

    async def main() -> None:
        async for chunk in Readable.from_([1, 2, 3]):
            seen.append(chunk)
            if chunk == 1:
                next_tick(fail)

    with pytest.raises(OSError, match="between"):
        run(main)
    assert seen[0] == 1


@pytest.mark.parametrize("drive", DRIVES, ids=["run", "asyncio"])
def test_a_task_is_told_from_its_first_step_until_it_has_waited(drive: Callable[..., Any]) -> None:
    async def main() -> list[bool]:
        told = [has_not_waited()]
        await asyncio.sleep(0.001)
        told.append(has_not_waited())
        task = asyncio.ensure_future(other())
        await asyncio.sleep(0.001)
        return [*told, await task]

    async def other() -> bool:
        return has_not_waited()

    assert drive(main) == [True, False, True]


def test_where_no_handle_runs_nobody_is_told_to_be_in_a_first_step() -> None:
    assert not has_not_waited()
