"""What a channel does: who waits, for what, and what they are told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams2.channel import (
    Channel,
    ChannelNoneValueError,
    Reduced,
    TooManyPendingError,
    alts,
    dropping_buffer,
    mult,
    sliding_buffer,
    to_channel,
    transduce,
    transforms,
)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_at_a_rendezvous_a_put_waits_for_its_taker() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        put = asyncio.ensure_future(channel.put("x"))
        await turns()
        assert not put.done()
        assert await channel.take() == "x"
        assert await put is True

    asyncio.run(main())


def test_a_fixed_buffer_takes_what_it_holds_without_waiting() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(2)
        assert await channel.put(1) is True
        assert await channel.put(2) is True
        third = asyncio.ensure_future(channel.put(3))
        await turns()
        assert not third.done()
        assert [await channel.take() for _ in range(3)] == [1, 2, 3]
        assert await third is True

    asyncio.run(main())


def test_a_dropping_buffer_keeps_the_oldest_and_a_sliding_one_the_newest() -> None:
    for buffer, kept in ((dropping_buffer(2), [1, 2]), (sliding_buffer(2), [3, 4])):
        channel: Channel[int] = Channel(buffer)
        assert [channel.offer(n) for n in (1, 2, 3, 4)] == [True] * 4
        assert [channel.poll(), channel.poll(), channel.poll()] == [*kept, None]


def test_offer_and_poll_never_wait() -> None:
    channel: Channel[int] = Channel(1)
    assert channel.poll() is None
    assert channel.offer(1) is True
    assert not channel.offer(2)
    assert channel.poll() == 1


def test_after_close_puts_are_refused_and_takes_get_what_is_left() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(2)
        await channel.put(1)
        channel.close()
        channel.close()
        assert channel.closed
        assert await channel.put(2) is False
        assert channel.offer(3) is False
        assert [await channel.take(), await channel.take(), await channel.take()] == [1, None, None]

    asyncio.run(main())


def test_close_lets_waiting_takers_go_and_keeps_waiting_puts() -> None:
    async def main() -> None:
        empty: Channel[int] = Channel()
        take = asyncio.ensure_future(empty.take())
        await turns()
        empty.close()
        assert await take is None
        full: Channel[int] = Channel()
        put = asyncio.ensure_future(full.put(1))
        await turns()
        full.close()
        assert await full.take() == 1
        assert await put is True
        assert await full.take() is None

    asyncio.run(main())


def test_none_is_no_value() -> None:
    channel: Channel[Any] = Channel(1)
    with pytest.raises(ChannelNoneValueError):
        channel.offer(None)
    with pytest.raises(ChannelNoneValueError):
        channel.put_callback(None)
    with pytest.raises(ChannelNoneValueError):
        asyncio.run(channel.put(None))


def test_callbacks_say_what_the_awaited_forms_answer() -> None:
    channel: Channel[int] = Channel(1)
    said: list[Any] = []
    assert channel.put_callback(1, said.append) is True
    channel.take_callback(said.append)
    channel.close()
    assert channel.put_callback(2, said.append) is False
    channel.take_callback(said.append)
    assert said == [True, 1, False, None]


def test_more_than_1024_waiting_puts_or_takes_are_refused() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        for n in range(1, 1024 + 1):
            channel.put_callback(n)
        with pytest.raises(TooManyPendingError, match="1024"):
            channel.put_callback(0)
        assert [channel.poll() for _ in range(1024)] == list(range(1, 1024 + 1))
        for _ in range(1024):
            channel.take_callback(lambda _: None)
        with pytest.raises(TooManyPendingError, match="1024"):
            channel.take_callback(lambda _: None)

    asyncio.run(main())


def test_async_for_ends_at_the_close() -> None:
    async def main() -> list[int]:
        channel: Channel[int] = Channel(3)
        for n in (1, 2, 3):
            await channel.put(n)
        channel.close()
        return [n async for n in channel]

    assert asyncio.run(main()) == [1, 2, 3]


def test_a_cancelled_put_withdraws_its_value() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        gone = asyncio.ensure_future(channel.put("gone"))
        kept = asyncio.ensure_future(channel.put("kept"))
        await turns()
        gone.cancel()
        await turns()
        assert await channel.take() == "kept"
        assert await kept is True

    asyncio.run(main())


def test_a_cancelled_take_that_was_handed_a_value_gives_it_to_the_next() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        first = asyncio.ensure_future(channel.take())
        second = asyncio.ensure_future(channel.take())
        await turns()
        assert channel.offer("x") is True
        first.cancel()
        await turns()
        assert await second == "x"

    asyncio.run(main())


def test_those_who_wait_are_served_in_their_order() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        takes = [asyncio.ensure_future(channel.take()) for _ in range(3)]
        await turns()
        for n in (1, 2, 3):
            await channel.put(n)
        assert await asyncio.gather(*takes) == [1, 2, 3]

    asyncio.run(main())


async def waiting(operation: Any) -> asyncio.Future[Any]:
    task = asyncio.ensure_future(operation)
    await turns()
    return task


async def given_up(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def test_alts_that_is_cancelled_with_a_value_in_hand_puts_it_back() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        task = await waiting(alts([channel, Channel()]))
        assert channel.offer("x") is True
        await given_up(task)
        assert channel.poll() == "x"

    asyncio.run(main())


def test_alts_that_is_cancelled_after_its_put_was_taken_has_put() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        task = await waiting(alts([(channel, "x"), Channel()]))
        assert channel.poll() == "x"
        await given_up(task)
        assert channel.poll() is None

    asyncio.run(main())


def test_what_a_take_gives_back_goes_past_those_who_gave_up() -> None:
    for buffer in (0, 1, sliding_buffer(1)):

        async def main(buffer: Any = buffer) -> None:
            channel: Channel[str] = Channel(buffer)
            first, second = await waiting(channel.take()), await waiting(channel.take())
            third = await waiting(channel.take())
            assert channel.offer("x") is True
            second.cancel()
            first.cancel()
            assert await third == "x"

        asyncio.run(main())


def test_a_value_goes_past_takes_and_puts_that_gave_up() -> None:
    for buffer in (0, sliding_buffer(1)):

        async def main(buffer: Any = buffer) -> None:
            channel: Channel[str] = Channel(buffer)
            first = await waiting(channel.take())
            first.cancel()
            assert channel.offer("x") is (None if buffer == 0 else True)
            puts = [await waiting(channel.put(value)) for value in "ab"]
            puts[0].cancel()
            assert channel.poll() in ("b", "a")

        asyncio.run(main())


def test_a_take_that_is_cancelled_when_it_is_told_of_the_end_gives_nothing_back() -> None:
    async def main() -> None:
        channel: Channel[str] = Channel()
        task = await waiting(channel.take())
        channel.close()
        await given_up(task)
        assert channel.poll() is None
        assert channel.buffered == 0

    asyncio.run(main())


def test_a_mult_waits_for_the_slowest_of_several() -> None:
    async def main() -> None:
        source: Channel[int] = Channel()
        copies = mult(source)
        slow = [copies.tap(Channel()) for _ in range(2)]
        await source.put(1)
        second = await waiting(source.put(2))
        assert await slow[0].take() == 1
        await turns()
        assert not second.done()
        assert await slow[1].take() == 1
        assert await second is True

    asyncio.run(main())


def test_transduce_can_stop_early() -> None:
    async def main() -> int | None:
        source: Channel[int] = to_channel([1, 2, 3])
        return await transduce(transforms.compose(), lambda _, n: Reduced(n), 0, source).take()

    assert asyncio.run(main()) == 1


def test_where_no_loop_runs_a_callback_does_not_get_ahead_of_those_who_wait() -> None:
    taken: list[Any] = []
    channel: Channel[int] = Channel(1, transforms.mapcat(lambda number: range(1, number)))
    channel.take_callback(lambda _: channel.take_callback(lambda n: taken.append(("last", n))))
    channel.take_callback(lambda n: taken.append(("second", n)))
    channel.offer(4)
    assert taken == [("last", 3), ("second", 2)]

    small: Channel[int] = Channel(1, transforms.filter(lambda number: number < 5))
    small.offer(1)
    small.put_callback(9, lambda _: small.put_callback(3))
    small.put_callback(2)
    assert [small.poll(), small.poll(), small.poll()] == [1, 2, 3]
