"""A channel that is closed with an error gives it last, whatever holds its values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2.channel import (
    Channel,
    alts,
    dropping_buffer,
    into,
    map,  # noqa: A004  # core.async's name
    merge,
    mix,
    mult,
    pipe,
    pipeline,
    promise_channel,
    pub,
    sliding_buffer,
    split,
    take,
    transforms,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError


def pairs(values: Iterator[Any]) -> Iterator[Any]:
    """Values in twos; one that is left over comes at the end."""
    for first in values:
        yield (first, next(values, None))


KINDS = {
    "none": lambda size: Channel(),
    "fixed": lambda size: Channel(size),
    "dropping": lambda size: Channel(dropping_buffer(size)),
    "sliding": lambda size: Channel(sliding_buffer(size)),
    "transform": lambda size: Channel(size, pairs),
    "promise": lambda size: promise_channel(),
}


def takes(channel: Channel[Any], most: int = 30) -> list[Any]:
    """What a channel that is closed gives until its end, or for so many takes."""
    got: list[Any] = []
    for _ in range(most):
        channel.take_callback(got.append)
    return got


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "promise"])
@given(size=st.integers(1, 4), count=st.integers(0, 6))
def test_the_error_comes_after_all_that_is_taken_without_it(kind, size, count):
    def closed_with(error):
        channel = KINDS[kind](size)
        for value in range(count):
            channel.put_callback(value)  # of which some may wait, and be taken all the same
        channel.close(error)
        return [value for value in takes(channel) if value is not None]

    boom = BoomError()
    assert closed_with(boom) == [*closed_with(None), boom]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "promise"])
def test_one_of_those_who_wait_to_take_is_told_and_the_others_the_end(kind):
    async def main():
        channel, boom = KINDS[kind](2), BoomError()
        waiting = [asyncio.ensure_future(channel.take()) for _ in range(3)]
        await asyncio.sleep(0)
        channel.close(boom)
        assert await asyncio.gather(*waiting) == [boom, None, None]
        assert await channel.take() is None

    asyncio.run(main())


def test_a_promise_that_is_closed_with_an_error_gives_it_to_everyone():
    async def main():
        boom = BoomError()
        for promise in (promise_channel(), promise_channel(pairs)):
            waiting = [asyncio.ensure_future(promise.take()) for _ in range(3)]
            await asyncio.sleep(0)
            promise.close(boom)
            waiting.pop().cancel()
            assert await asyncio.gather(*waiting) == [boom, boom]
            assert await promise.take() is boom
            assert promise.poll() is boom
            promise.abandon()
            assert await promise.take() is None

    asyncio.run(main())


def test_a_promise_that_was_kept_stays_kept():
    promise = promise_channel()
    promise.offer(1)
    promise.close(BoomError())
    assert takes(promise, 3) == [1, 1, 1]


def test_every_way_to_take_gives_the_error_once():
    async def alternative(channel):
        value, port = await alts([channel, Channel()])
        assert port is channel
        return value

    async def next_of(channel):
        return await channel.__anext__()

    async def polled(channel):
        return channel.poll()

    async def main():
        for way in (Channel.take, alternative, next_of, polled):
            channel, boom = Channel(1), BoomError()
            channel.offer("before")
            channel.close(boom)
            assert await way(channel) == "before"
            assert await way(channel) is boom
            assert await channel.take() is None

    asyncio.run(main())


def test_only_the_first_close_counts():
    channel = Channel(1)
    channel.close()
    channel.close(BoomError())
    assert takes(channel, 1) == [None]
    channel, boom = Channel(1), BoomError()
    channel.close(boom)
    channel.close(BoomError())
    channel.close()
    assert takes(channel, 2) == [boom, None]


def test_a_channel_that_is_abandoned_keeps_no_error():
    channel = Channel(1)
    channel.close(BoomError())
    channel.abandon()
    assert takes(channel, 1) == [None]


def test_a_take_that_is_cancelled_with_the_error_in_hand_gives_it_back():
    async def main():
        channel, boom = Channel(), BoomError()
        taking = asyncio.ensure_future(channel.take())
        await asyncio.sleep(0)
        channel.close(boom)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert await channel.take() is boom
        assert await channel.take() is None

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_a_take_that_is_cancelled_after_the_channel_was_abandoned_gives_nothing_back(kind):
    async def main():
        ends = (lambda channel: channel.offer("x"), lambda channel: channel.close(BoomError()))
        for end in ends:
            channel = KINDS[kind](2)
            taking = asyncio.ensure_future(channel.take())
            await asyncio.sleep(0)
            end(channel)
            channel.abandon()
            taking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await taking
            assert channel.buffered == 0
            assert await channel.take() is None

    asyncio.run(main())


def test_a_channel_can_be_the_callback_of_an_operation():
    async def main():
        loop = asyncio.get_running_loop()
        done, boom = Channel(), BoomError()
        loop.call_soon(done.close)
        assert await done.take() is None
        done = Channel()
        loop.call_soon(done.close, boom)
        assert await done.take() is boom

    asyncio.run(main())


def test_what_is_no_exception_is_refused():
    channel = Channel()
    with pytest.raises(InvalidArgTypeError, match=r"error.*BaseException.*boom"):
        channel.close("boom")
    assert not channel.closed


THROUGH = {
    "pipe": lambda source: pipe(source, Channel()),
    "merge": lambda source: merge([source]),
    "mult": lambda source: mult(source).tap(Channel()),
    "pub": lambda source: pub(source, lambda value: "all").sub("all", Channel()),
    "take": lambda source: take(9, source),
    "split": lambda source: split(lambda value: True, source)[0],
    "map": lambda source: map(lambda value: value, [source]),
    "pipeline": lambda source: pipelined(source),
}


def pipelined(source):
    out = Channel()
    pipeline(2, out, transforms.compose(), source)
    return out


@pytest.mark.parametrize("way", THROUGH)
def test_an_error_goes_on_to_the_next_channel_like_any_value(way):
    async def main():
        source, boom = Channel(2), BoomError()
        source.offer(1)
        source.close(boom)
        assert await into([], THROUGH[way](source)).take() == [1, boom]

    asyncio.run(main())


def test_an_error_of_an_input_is_heard_in_a_mix():
    async def main():
        source, out, boom = Channel(), Channel(), BoomError()
        mix(out).admix(source)
        source.close(boom)
        assert await out.take() is boom

    asyncio.run(main())
