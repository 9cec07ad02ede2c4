"""Between streams and channels: back-pressure, failures and endings cross from one to the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import PassThrough, Readable, next_tick
from streams2.bridge import channel_from_readable, writable_from_channel
from streams2.channel import Channel
from streams2.errors import AbortError

from .support import BoomError, Sink, Source, failing
from .twins import later, turn


async def some_turns() -> None:
    for _ in range(8):
        await turn()


class Counted(Readable[int]):
    """Gives numbers for ever, and counts them."""

    def __init__(self, high_water_mark: int) -> None:
        super().__init__(object_mode=True, high_water_mark=high_water_mark)
        self.given = 0

    def _read(self, size: int) -> None:
        self.given += 1
        self.push(self.given - 1)


async def cancelled(task: asyncio.Future[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def nobody_is_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


# -- all of it arrives -----------------------------------------------------------------------------


@given(
    values=st.lists(st.integers(), max_size=40),
    read_mark=st.integers(1, 5),
    size=st.integers(0, 5),
    write_mark=st.integers(1, 5),
    how=st.integers(0, 2),
)
def test_whatever_the_sizes_and_the_speeds_all_of_it_arrives(
    values, read_mark, size, write_mark, how
):
    async def main():
        finish = (lambda done: done(), next_tick, later)[how]
        source = Readable.from_(values, high_water_mark=read_mark)
        channel: Channel[Any] = Channel(size)
        sink = Sink(finish=finish, object_mode=True, high_water_mark=write_mark)
        await asyncio.gather(
            channel_from_readable(source, channel), writable_from_channel(channel, sink)
        )
        assert sink.got == values
        assert sink.writable_finished
        assert source.destroyed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_bytes_arrive_as_they_are():
    async def main():
        channel: Channel[Any] = Channel(1)
        source, sink = PassThrough(), Sink()
        source.write(b"ab")
        source.end(b"cd")
        await asyncio.gather(
            channel_from_readable(source, channel), writable_from_channel(channel, sink)
        )
        return sink.got

    assert asyncio.run(main()) == [b"ab", b"cd"]


def test_a_channel_is_closed_when_the_readable_has_ended_and_its_values_can_still_be_taken():
    async def main():
        channel: Channel[Any] = Channel(10)
        await channel_from_readable(Readable.from_([1, 2, 3]), channel)
        assert channel.closed
        return [value async for value in channel]

    assert asyncio.run(main()) == [1, 2, 3]


def test_a_writable_is_ended_when_the_channel_is_closed():
    async def main():
        channel: Channel[Any] = Channel(0)
        sink = Sink(object_mode=True)
        writing = asyncio.ensure_future(writable_from_channel(channel, sink))
        await channel.put("a")
        await some_turns()
        assert not sink.writable_ended
        channel.close()
        await writing
        return sink.got, sink.writable_finished

    assert asyncio.run(main()) == (["a"], True)


# -- back-pressure ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mark", "size"), [(1, 0), (1, 1), (4, 0), (4, 3)])
def test_a_channel_that_nobody_takes_from_holds_the_readable_up(mark, size):
    async def main():
        source, channel = Counted(mark), Channel(size)
        source.on("error", id)
        task = asyncio.ensure_future(channel_from_readable(source, channel))
        await some_turns()
        # What is in the channel, the one put that waits, and what the stream has read ahead.
        assert source.given == size + 1 + mark
        for expected in range(5):
            assert await channel.take() == expected
            await some_turns()
            assert source.given == size + 1 + mark + expected + 1
        await cancelled(task)

    asyncio.run(main())


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_writable_that_is_slow_holds_the_channel_up(size):
    async def main():
        held: list[Any] = []
        channel: Channel[Any] = Channel(size)
        sink = Sink(finish=held.append, object_mode=True, high_water_mark=1000)
        sink.on("error", id)
        task = asyncio.ensure_future(writable_from_channel(channel, sink))
        accepted = 0

        async def put_for_ever():
            nonlocal accepted
            while await channel.put(accepted):
                accepted += 1

        putting = asyncio.ensure_future(put_for_ever())
        await some_turns()
        # One is being written, whatever the mark: the loop waits for each write.
        assert len(sink.got) == 1
        assert accepted == 1 + size
        for written in range(2, 6):
            held.pop()()
            await some_turns()
            assert len(sink.got) == written
            assert accepted == written + size
        await cancelled(task)
        await putting

    asyncio.run(main())


# -- failures --------------------------------------------------------------------------------------


def test_a_failure_of_the_readable_crosses_the_channel_and_fails_the_writable():
    async def main():
        source, channel, sink = Source(object_mode=True), Channel(0), Sink(object_mode=True)
        heard = []
        sink.on("error", heard.append)
        both = asyncio.gather(
            channel_from_readable(source, channel),
            writable_from_channel(channel, sink),
            return_exceptions=True,
        )
        source.push("a")
        await some_turns()
        boom = BoomError()
        source.destroy(boom)
        outcome = await both
        assert outcome == [None, boom]
        assert heard == [boom]
        assert sink.got == ["a"]
        assert sink.closed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


@pytest.mark.parametrize("size", [0, 3])
def test_a_failure_of_the_writable_closes_the_channel_and_destroys_the_readable(size):
    async def main():
        source, channel = Counted(2), Channel(size)
        boom = BoomError()
        sink = Sink(finish=failing(boom), object_mode=True)
        heard = []
        sink.on("error", heard.append)
        source.on("error", id)
        outcome = await asyncio.gather(
            channel_from_readable(source, channel),
            writable_from_channel(channel, sink),
            return_exceptions=True,
        )
        assert outcome == [None, boom]
        assert heard == [boom]
        assert source.destroyed
        assert sink.closed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_writable_that_fails_while_nothing_comes_closes_the_channel_at_once():
    async def main():
        channel, sink = Channel(0), Sink(object_mode=True)
        sink.on("error", id)
        task = asyncio.ensure_future(writable_from_channel(channel, sink))
        await some_turns()
        sink.destroy(BoomError())
        await some_turns()
        assert channel.closed
        assert await channel.put("too late") is False
        with pytest.raises(BoomError):
            await task

    asyncio.run(main())


def test_a_value_that_cannot_be_written_is_a_failure_like_any_other():
    async def main():
        channel, sink = Channel(2), Sink()
        sink.on("error", id)
        await channel.put({"not": "bytes"})
        with pytest.raises(TypeError, match="chunk"):
            await writable_from_channel(channel, sink)
        return sink.destroyed, channel.closed

    assert asyncio.run(main()) == (True, True)


def test_a_failure_of_the_readable_with_the_channel_closed_already_is_raised():
    async def main():
        source, channel = Source(), Channel(0)
        task = asyncio.ensure_future(channel_from_readable(source, channel))
        await some_turns()
        channel.close()
        source.destroy(BoomError())
        with pytest.raises(BoomError):
            await task

    asyncio.run(main())


# -- leaving early ---------------------------------------------------------------------------------


def test_whoever_closes_the_channel_early_destroys_the_readable():
    async def main():
        source, channel = Counted(2), Channel(1)
        source.on("error", id)
        task = asyncio.ensure_future(channel_from_readable(source, channel))
        assert await channel.take() == 0
        await some_turns()
        channel.close()
        while await channel.take() is not None:
            pass
        await task
        await some_turns()
        return source.destroyed

    assert asyncio.run(main())


def test_a_cancelled_reading_destroys_the_readable_and_tells_the_other_side():
    async def main():
        source, channel, sink = Counted(2), Channel(0), Sink(finish=id, object_mode=True)
        source.on("error", id)
        sink.on("error", id)
        reading = asyncio.ensure_future(channel_from_readable(source, channel))
        await some_turns()
        await cancelled(reading)
        await some_turns()
        assert source.destroyed
        assert channel.closed
        taken = [value async for value in channel]
        assert isinstance(taken[-1], AbortError)
        assert nobody_is_left()

    asyncio.run(main())


def test_a_cancelled_reading_fails_the_writable_at_the_other_side():
    async def main():
        source, channel = Counted(2), Channel(0)
        sink = Sink(finish=later, object_mode=True)
        for stream in (source, sink):
            stream.on("error", id)
        reading = asyncio.ensure_future(channel_from_readable(source, channel))
        writing = asyncio.ensure_future(writable_from_channel(channel, sink))
        await some_turns()
        await cancelled(reading)
        with pytest.raises(AbortError):
            await writing
        assert sink.closed
        # Nothing that was taken was lost, or written out of order.
        assert sink.got == list(range(len(sink.got)))

    asyncio.run(main())


def test_a_cancelled_writing_destroys_the_writable_and_closes_the_channel():
    async def main():
        held: list[Any] = []
        source, channel = Counted(2), Channel(0)
        sink = Sink(finish=held.append, object_mode=True)
        for stream in (source, sink):
            stream.on("error", id)
        reading = asyncio.ensure_future(channel_from_readable(source, channel))
        writing = asyncio.ensure_future(writable_from_channel(channel, sink))
        await some_turns()
        await cancelled(writing)
        await some_turns()
        assert sink.closed
        assert channel.closed
        # The put that waits must be taken, or the channel's reader never learns of the close.
        while await channel.take() is not None:
            pass
        await reading
        assert source.destroyed
        assert nobody_is_left()

    asyncio.run(main())
