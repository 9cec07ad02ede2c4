"""How transforms are run: async or plain, to their end or ended early, failing or not."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from streams2.channel import (
    Channel,
    ChannelNoneValueError,
    pipeline,
    promise_channel,
    sliding_buffer,
    to_channel,
    transduce,
    transforms,
)

from .support import BoomError


def drained(channel: Channel[Any]) -> list[Any]:
    values = []
    while (value := channel.poll()) is not None:
        values.append(value)
    return values


def passing(log: list[Any], clean_up: str = ""):
    """An async transform that changes nothing, and what it does when it is ended."""

    async def transform(values):
        try:
            async for value in values:
                yield value
        finally:
            log.append("cleaned up")
            if clean_up == "ask":
                log.append([value async for value in values])
            elif clean_up == "await":
                await asyncio.sleep(0)
            elif clean_up == "yield":
                yield "more"

    return transform


def passing_plainly(log: list[Any]):
    def transform(values):
        try:
            yield from values
        finally:
            log.append("cleaned up")

    return transform


def one(values):
    return transforms.take(1)(values)


@pytest.mark.parametrize("kind", [passing, pytest.param(passing_plainly, marks=pytest.mark.host)])
def test_a_transform_that_is_ended_early_cleans_up(kind):
    log: list[Any] = []
    channel = Channel(5, transforms.compose(kind(log), one))
    assert channel.offer(1) is True
    assert log == ["cleaned up"]
    assert channel.closed
    assert drained(channel) == [1]


def test_clean_up_that_asks_for_more_is_told_that_there_is_none():
    log: list[Any] = []
    Channel(5, transforms.compose(passing(log, "ask"), one)).offer(1)
    assert log == ["cleaned up", []]


@pytest.mark.parametrize(("clean_up", "error"), [("await", TypeError), ("yield", RuntimeError)])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_clean_up_that_fails_is_reported_and_the_channel_closes(clean_up, error, monkeypatch):
    told = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind))
    channel = Channel(5, transforms.compose(passing([], clean_up), one))
    assert channel.offer(1) is True
    assert channel.closed
    assert told == [error]


def test_a_transform_can_await_nothing_but_its_input():
    log: list[Any] = []

    async def sleeping(values):
        try:
            async for value in values:
                await asyncio.sleep(0)
                yield value
        finally:
            log.append("cleaned up")

    channel = Channel(5, sleeping, repr)
    channel.offer(1)
    assert "can await nothing but its input" in channel.poll()
    assert log == ["cleaned up"]


def test_an_iterator_that_cannot_be_closed_will_do():
    class Doubled:
        def __init__(self, values):
            self.values = values

        def __aiter__(self):
            return self

        async def __anext__(self):
            return 2 * await self.values.__anext__()

    channel = Channel(5, transforms.compose(Doubled, one))
    assert channel.offer(1)
    assert drained(channel) == [2]

    plain = Channel(5, transforms.compose(lambda values: map(str, values), one))
    assert plain.offer(1)
    plain.close()
    assert drained(plain) == ["1"]

    async def main():
        out = Channel(5)
        pipeline(1, out, transforms.compose(lambda values: map(str, values), one), to_channel([1]))
        return [value async for value in out]

    assert asyncio.run(main()) == ["1"]


@pytest.mark.host
def test_no_thread_is_left_of_a_plain_generator():
    before = threading.active_count()
    channel = Channel(5, passing_plainly([]))
    channel.offer(1)
    assert threading.active_count() == before + 1
    channel.close()
    assert threading.active_count() == before
    assert drained(channel) == [1]


@pytest.mark.host
def test_a_plain_generator_that_fails_is_called_afresh():
    def doubled(values):
        for value in values:
            if value == 2:
                raise BoomError
            yield 2 * value

    channel = Channel(9, doubled, lambda error: type(error).__name__)
    for value in (1, 2, 3):
        channel.offer(value)
    channel.close()
    assert drained(channel) == [2, "BoomError", 6]


@pytest.mark.host
def test_a_plain_generator_that_fails_at_the_end_is_rescued_too():
    def failing_at_the_end(values):
        yield from values
        raise BoomError

    for puts in (0, 1):
        channel = Channel(9, failing_at_the_end, lambda error: "rescued")
        for _ in range(puts):
            channel.offer(1)
        channel.close()
        assert drained(channel) == [1] * puts + ["rescued"]


def test_what_reads_ahead_is_no_transform():
    with pytest.raises(RuntimeError, match="lazily"):
        Channel(1, lambda values: iter(list(values)))


@pytest.mark.parametrize(("transform", "error"), [(42, "transform"), (lambda _: 42, "iterator")])
def test_what_is_no_transform_is_refused(transform, error):
    with pytest.raises(TypeError, match=error):
        Channel(1, transform)


def test_no_stages_change_nothing():
    channel = Channel(2, transforms.compose())
    channel.offer(1)
    assert channel.poll() == 1
    assert repr(transforms.compose()) == "compose()"


def test_a_handler_that_fails_is_reported(monkeypatch):
    told = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind))

    def handler(error):
        raise BoomError

    channel = Channel(2, transforms.map(int), handler)
    assert channel.offer("x") is True
    assert told == [BoomError]
    assert channel.poll() is None


def test_none_from_a_transform_is_an_error():
    caught: list[Any] = []
    channel = Channel(2, transforms.map(lambda _: None), caught.append)
    channel.offer(1)
    assert [type(error) for error in caught] == [ChannelNoneValueError]


def test_takes_that_gave_up_do_not_keep_a_transform_from_its_last_values():
    async def main():
        channel = Channel(1, transforms.partition_all(2))
        for value in (1, 2, 3, 4):
            channel.put_callback(value)
        waiting = asyncio.ensure_future(channel.put(5))
        await asyncio.sleep(0)
        channel.close()
        waiting.cancel()
        await asyncio.sleep(0)
        return drained(channel)

    assert asyncio.run(main()) == [[1, 2], [3, 4]]


def test_an_abandoned_channel_gives_nothing_whatever_its_buffer():
    ended: list[Any] = []
    for channel in (
        Channel(3),
        Channel(sliding_buffer(3)),
        Channel(3, passing(ended)),
        promise_channel(),
    ):
        channel.offer(1)
        channel.abandon()
        assert channel.closed
        assert channel.poll() is None
        assert channel.offer(1) is False
    assert ended == ["cleaned up"]


@pytest.mark.host
def test_pipeline_and_transduce_run_plain_generators():
    async def main():
        def doubled(values):
            for value in values:
                yield 2 * value

        out = Channel(5)
        pipeline(2, out, doubled, to_channel([1, 2]))
        assert [value async for value in out] == [2, 4]
        return await transduce(doubled, lambda a, b: a + b, 0, to_channel([1, 2])).take()

    assert asyncio.run(main()) == 6


def test_a_plain_generator_that_fails_in_a_pipeline_fails_for_one_value():
    def halves(values):
        for value in values:
            if value % 2:
                raise BoomError
            yield value // 2

    async def main():
        out = Channel(5)
        pipeline(1, out, halves, to_channel([2, 3, 4]), ex_handler=lambda error: "odd")
        return [value async for value in out]

    assert asyncio.run(main()) == [1, "odd", 2]


def test_a_plain_generator_that_is_ended_early_in_a_pipeline_cleans_up():
    log: list[Any] = []

    async def main():
        out = Channel(5)
        stages = transforms.compose(passing_plainly(log), one)
        pipeline(1, out, stages, to_channel([1, 2]))
        return [value async for value in out]

    assert asyncio.run(main()) == [1, 2]
    assert log == ["cleaned up"] * 2


def test_a_plain_iterator_that_cannot_be_closed_will_do_in_a_pipeline():
    async def main():
        out = Channel(5)
        pipeline(
            1, out, transforms.compose(lambda values: map(str, values), one), to_channel([1, 2])
        )
        return [value async for value in out]

    assert asyncio.run(main()) == ["1", "2"]


async def marking_the_end(values):
    async for value in values:
        yield value
    yield "end"


@pytest.mark.parametrize("given_up", [False, True])
def test_the_end_is_told_when_the_last_waiting_put_is_accepted_or_given_up(given_up):
    async def main():
        channel = Channel(1, marking_the_end)
        await channel.put("a")
        waiting = asyncio.ensure_future(channel.put("b"))
        await asyncio.sleep(0)
        channel.close()
        if given_up:
            waiting.cancel()
            await asyncio.sleep(0)
        return [value async for value in channel]

    assert asyncio.run(main()) == (["a", "end"] if given_up else ["a", "b", "end"])


def test_who_waits_gets_what_is_kept_back_when_a_transform_ends_early():
    async def main():
        channel = Channel(1, transforms.compose(transforms.take(1), transforms.partition_all(2)))
        taking = asyncio.ensure_future(channel.take())
        await asyncio.sleep(0)
        await channel.put("a")
        return await taking, await channel.take()

    assert asyncio.run(main()) == (["a"], None)


def test_the_transform_of_an_abandoned_channel_is_told_the_end():
    log: list[Any] = []

    async def main():
        channel = Channel(1, passing(log))
        await channel.put("a")
        waiting = asyncio.ensure_future(channel.put("b"))
        await asyncio.sleep(0)
        channel.abandon()
        return await waiting, list(log)

    assert asyncio.run(main()) == (False, ["cleaned up"])
