"""Cancelled at any point, no operation loses a value or leaves anybody waiting.

Two tasks write and two read, in every way there is to put and to take. A script cancels whatever
one of them waits for, again and again, and may close the channel, with an error or without, or
abandon it. It is never the whole task that is given up, so that each goes on to its next operation,
and all must come to their end.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2.channel import (
    Channel,
    DroppingBuffer,
    SlidingBuffer,
    alts,
    promise_channel,
    transforms,
)
from streams2.channel.watching import Holdings

from .core_async.idle_loop import IdleLoop
from .support import BoomError

RUNS = 3000 if sys.implementation.name == "cpython" else 1000

KINDS = ["rendezvous", "one", "four", "transform", "dropping", "sliding", "promise"]
PUTS = ["put", "alts", "offer"]
TAKES = ["take", "alts", "next", "poll"]
CLOSE, FAIL, ABANDON = 4, 5, 6


class Dropping(DroppingBuffer[int]):
    """Remembers what it gives up."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.given_up: list[int] = []

    def add(self, value: int) -> None:
        if len(self) == self.size:
            self.given_up.append(value)
        super().add(value)


class Sliding(SlidingBuffer[int]):
    """Remembers what it gives up."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.given_up: list[int] = []

    def add(self, value: int) -> None:
        if len(self) == self.size:
            self.given_up.append(self.values[0])
        super().add(value)


class Run:
    """One run: who put what, and who took it."""

    def __init__(self, kind: str, puts: list[str], takes: list[str]) -> None:
        self.kind = kind
        self.puts = puts
        self.takes = takes
        self.never_put: Channel[int] = Channel()
        self.never_taken: Channel[int] = Channel()
        self.buffer: Any = {"dropping": Dropping, "sliding": Sliding}.get(kind, lambda _: None)(2)
        self.channel: Channel[int] = self.new_channel()
        self.accepted: list[int] = []
        self.cancelled: list[int] = []
        self.taken: list[Any] = []
        self.error = BoomError()
        self.failed = False
        self.abandoned = False

    def new_channel(self) -> Channel[int]:
        if self.kind == "promise":
            return promise_channel()
        if self.kind == "transform":
            return Channel(2, transforms.map(lambda value: value))
        if self.buffer is not None:
            return Channel(self.buffer)
        return Channel({"rendezvous": 0, "one": 1, "four": 4}[self.kind])

    async def put(self, how: str, value: int) -> bool | None:
        if how == "put":
            return await self.channel.put(value)
        if how == "alts":
            accepted, _ = await alts([self.never_put, (self.channel, value)])
            return accepted
        await asyncio.sleep(0)
        return self.channel.offer(value)

    async def take(self, how: str) -> int | None:
        if how == "take":
            return await self.channel.take()
        if how == "alts":
            value, _ = await alts([(self.never_taken, 0), self.channel])
            return value
        if how == "next":
            try:
                return await self.channel.__anext__()
            except StopAsyncIteration:
                return None
        await asyncio.sleep(0)
        value = self.channel.poll()
        return await self.channel.take() if value is None else value

    async def write(self, first: int) -> None:
        for value, how in enumerate(self.puts, first):
            try:
                if await self.put(how, value):
                    self.accepted.append(value)
            except asyncio.CancelledError:
                self.cancelled.append(value)

    async def read(self, offset: int) -> None:
        while len(self.taken) < 20:  # which only a promise channel can give
            how = self.takes[(len(self.taken) + offset) % len(self.takes)]
            try:
                value = await self.take(how)
            except asyncio.CancelledError:
                continue
            if value is None:
                return
            self.taken.append(value)

    async def main(self, script: list[tuple[int, int]]) -> None:
        writers = [asyncio.ensure_future(self.write(first)) for first in (100, 200)]
        readers = [asyncio.ensure_future(self.read(offset)) for offset in (0, 1)]
        await asyncio.sleep(0)  # all have begun
        for turns, who in script:
            for _ in range(turns):
                await asyncio.sleep(0)
            if who == CLOSE:
                self.channel.close()
            elif who == FAIL:
                self.failed = self.failed or not self.channel.closed
                self.channel.close(self.error)
            elif who == ABANDON:
                self.abandoned = True
                self.channel.abandon()
            else:
                (writers + readers)[who].cancel()
        await asyncio.gather(*writers)
        self.channel.close()
        await asyncio.gather(*readers)

    def check(self) -> None:
        if self.abandoned:
            assert self.channel.buffered == 0
            assert self.channel.poll() is None
        ends = {self.error} if self.failed else set()
        if self.kind == "promise":
            assert len(set(self.taken)) <= 1
            assert set(self.taken) <= {*self.accepted, *self.cancelled, *ends}
            return
        # A take that was cancelled with its value in hand has put it back: it is still there.
        while (value := self.channel.poll()) is not None:
            self.taken.append(value)
        gone = self.taken + (self.buffer.given_up if self.buffer is not None else [])
        assert len(set(gone)) == len(gone)
        if not self.abandoned:
            assert {*self.accepted, *ends} <= set(gone)
        # A put that is cancelled in the moment in which it is accepted may be either.
        assert set(gone) <= {*self.accepted, *self.cancelled, *ends}
        for channel in (self.channel, self.never_put, self.never_taken):
            assert "0 putting, 0 taking" in repr(channel)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@settings(max_examples=RUNS, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    puts=st.lists(st.sampled_from(PUTS), min_size=1, max_size=5),
    takes=st.lists(st.sampled_from(TAKES), min_size=1, max_size=3),
    script=st.lists(st.tuples(st.integers(0, 3), st.integers(0, ABANDON)), max_size=12),
)
def test_nothing_is_lost_or_delivered_twice_and_nobody_is_left_waiting(
    kind: str, puts: list[str], takes: list[str], script: list[tuple[int, int]]
) -> None:
    run = Run(kind, puts, takes)
    loop = IdleLoop()
    try:
        loop.run(run.main(script))
    finally:
        loop.close()
    run.check()


def test_who_is_cancelled_in_its_first_turn_of_waiting_takes_no_part():
    """Its task hears of that only when its turn comes; the channel must know before."""

    async def main():
        channel = Channel()
        putting = asyncio.ensure_future(channel.put("withdrawn"))
        asyncio.get_running_loop().call_soon(putting.cancel)
        answers = []
        asyncio.get_running_loop().call_soon(lambda: answers.append(channel.poll()))
        await asyncio.wait([putting])
        taking = asyncio.ensure_future(channel.take())
        asyncio.get_running_loop().call_soon(taking.cancel)
        asyncio.get_running_loop().call_soon(lambda: answers.append(channel.offer("refused")))
        await asyncio.wait([taking])
        return answers, putting.cancelled(), taking.cancelled(), channel.holdings()

    assert asyncio.run(main()) == ([None, None], True, True, Holdings(0, (), (), 0))


@pytest.mark.parametrize("first", ["told", "cancelled"])
def test_a_take_that_is_told_and_cancelled_before_its_turn_loses_nothing(first):
    async def main():
        channel = Channel()
        taking = asyncio.ensure_future(channel.take())
        loop = asyncio.get_running_loop()
        steps = [lambda: channel.put_callback("kept"), taking.cancel]
        for step in steps if first == "told" else reversed(steps):
            loop.call_soon(step)
        await asyncio.wait([taking])
        return taking.cancelled(), channel.poll(), channel.poll()

    assert asyncio.run(main()) == (True, "kept", None)
