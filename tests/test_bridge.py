"""Between streams and channels: back-pressure, failures and endings cross from one to the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Duplex, PassThrough, Readable, next_tick, promises, run
from streams2.bridge import (
    channel_from_readable,
    channel_from_writable,
    readable_from_channel,
    writable_from_channel,
)
from streams2.channel import Channel, go, promise_channel, to_channel
from streams2.errors import AbortError, StreamPrematureCloseError

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


def errors_of(stream: Any) -> list[BaseException]:
    """The errors that the stream emits, as they come."""
    heard: list[BaseException] = []
    stream.on("error", heard.append)
    return heard


def nobody_is_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


# -- all of it arrives -----------------------------------------------------------------------------

SPEEDS = (lambda done: done(), next_tick, later)


@given(
    values=st.lists(st.integers(), max_size=40),
    read_mark=st.integers(1, 5),
    size=st.integers(0, 5),
    write_mark=st.integers(1, 5),
    finish=st.sampled_from(SPEEDS),
)
def test_from_a_stream_through_a_channel_to_a_stream(values, read_mark, size, write_mark, finish):
    async def main():
        source = Readable.from_(values, high_water_mark=read_mark)
        sink = Sink(finish=finish, object_mode=True, high_water_mark=write_mark)
        channel = channel_from_readable(source, Channel(size))
        writable_from_channel(channel, sink)
        await promises.finished(sink)
        await some_turns()
        assert sink.got == values
        assert source.destroyed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


@given(
    values=st.lists(st.integers(), max_size=40),
    read_mark=st.integers(1, 5),
    sizes=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    write_mark=st.integers(1, 5),
)
def test_from_a_channel_through_streams_to_a_channel(values, read_mark, sizes, write_mark):
    async def main():
        first, last = Channel(sizes[0]), Channel(sizes[1])
        source = readable_from_channel(first, high_water_mark=read_mark)
        sink = channel_from_writable(last, high_water_mark=write_mark)
        source.pipe(sink)

        async def produce():
            for value in values:
                assert await first.put(value)
            first.close()

        go(produce())
        assert [value async for value in last] == values
        await some_turns()
        assert source.destroyed
        assert sink.writable_finished
        assert sink.destroyed
        assert nobody_is_left()

    asyncio.run(main())


def test_bytes_arrive_as_they_are():
    async def main():
        source, sink = PassThrough(), Sink()
        source.write(b"ab")
        source.end(b"cd")
        writable_from_channel(channel_from_readable(source), sink)
        await promises.finished(sink)
        assert sink.got == [b"ab", b"cd"]
        sink = Sink()
        out = Channel(1)
        readable_from_channel(to_channel([b"ef"]), object_mode=False).pipe(
            channel_from_writable(out, object_mode=False)
        )
        assert [value async for value in out] == [b"ef"]

    asyncio.run(main())


def test_what_a_readable_gave_can_be_taken_after_its_end():
    async def main():
        channel = channel_from_readable(Readable.from_([1, 2, 3]), Channel(10))
        await some_turns()
        assert channel.closed
        assert [value async for value in channel] == [1, 2, 3]

    asyncio.run(main())


def test_a_writable_is_ended_when_the_channel_is_closed():
    async def main():
        sink = Sink(object_mode=True)
        channel = Channel()
        writable_from_channel(channel, sink)
        await channel.put("a")
        await some_turns()
        assert not sink.writable_ended
        channel.close()
        await promises.finished(sink)
        assert sink.got == ["a"]

    asyncio.run(main())


@pytest.mark.parametrize("auto_destroy", [True, False])
def test_the_end_of_one_side_of_a_duplex_leaves_the_other_to_itself(auto_destroy):
    async def main():
        written = []
        ends = Duplex(
            object_mode=True,
            read=lambda self, size: None,
            write=lambda self, chunk, encoding, done: (written.append(chunk), done()),
            auto_destroy=auto_destroy,
        )
        incoming, outgoing = channel_from_readable(ends), Channel()
        writable_from_channel(outgoing, ends)
        ends.push("question")
        ends.push(None)
        assert [value async for value in incoming] == ["question"]
        assert await outgoing.put("answer") is True
        outgoing.close()
        await promises.finished(ends)
        assert written == ["answer"]
        assert ends.errored is None
        assert ends.destroyed is auto_destroy

    asyncio.run(main())


# -- back-pressure ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mark", "size"), [(1, 0), (1, 1), (4, 0), (4, 3)])
def test_a_channel_that_nobody_takes_from_holds_the_readable_up(mark, size):
    async def main():
        source = Counted(mark)
        channel = channel_from_readable(source, Channel(size))
        await some_turns()
        # What is in the channel, the one put that waits, and what the stream has read ahead.
        assert source.given == size + 1 + mark
        for expected in range(5):
            assert await channel.take() == expected
            await some_turns()
            assert source.given == size + 1 + mark + expected + 1

    asyncio.run(main())


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_writable_that_is_slow_holds_the_channel_up(size):
    async def main():
        held: list[Any] = []
        sink = Sink(finish=held.append, object_mode=True, high_water_mark=1000)
        channel = Channel(size)
        writable_from_channel(channel, sink)
        accepted = accepted_by(channel)
        await some_turns()
        # One is being written, whatever the mark: the loop waits for each write.
        assert len(sink.got) == 1
        assert len(accepted) == 1 + size
        for written in range(2, 6):
            held.pop()()
            await some_turns()
            assert len(sink.got) == written
            assert len(accepted) == written + size

    asyncio.run(main())


def accepted_by(channel: Channel[Any]) -> list[int]:
    """Numbers that a channel accepts, as it does: somebody puts them for as long as it lets him."""
    accepted: list[int] = []

    async def put_all():
        while await channel.put(len(accepted)):
            accepted.append(len(accepted))

    go(put_all())
    return accepted


@pytest.mark.parametrize(("mark", "size"), [(1, 0), (1, 2), (3, 0), (3, 2)])
def test_a_readable_that_nobody_reads_holds_the_channel_up(mark, size):
    async def main():
        channel = Channel(size)
        accepted = accepted_by(channel)
        source = readable_from_channel(channel, high_water_mark=mark)
        await some_turns()
        assert len(accepted) == size
        source.read(0)  # which asks for a first chunk
        await some_turns()
        for taken in range(5):
            # What the stream has read ahead, and what is in the channel.
            assert len(accepted) == taken + mark + size
            assert source.read() == taken
            await some_turns()

    asyncio.run(main())


@pytest.mark.parametrize(("mark", "size"), [(1, 0), (1, 2), (3, 0), (3, 2)])
def test_a_channel_that_nobody_takes_from_holds_the_writers_up(mark, size):
    async def main():
        source, channel = Counted(1), Channel(size)
        sink = channel_from_writable(channel, high_water_mark=mark)
        source.pipe(sink)
        await some_turns()
        # In the channel, in the writable (the one that waits to be put included), and read ahead.
        most = size + mark + 1
        assert source.given == most
        for taken in range(1, 10):
            assert await channel.take() == taken - 1
            await some_turns()
            assert source.given - taken <= most
            assert sink.writable_length > 0

    asyncio.run(main())


# -- failures --------------------------------------------------------------------------------------


def test_a_failure_of_a_readable_is_the_last_value_of_its_channel():
    async def main():
        source, boom = Source(object_mode=True), BoomError()
        heard = errors_of(source)
        channel = channel_from_readable(source, Channel(5))
        source.push("a")
        await some_turns()
        source.destroy(boom)
        assert [value async for value in channel] == ["a", boom]
        assert heard == [boom]
        assert nobody_is_left()

    asyncio.run(main())


def test_a_failure_goes_from_stream_to_stream_through_a_channel():
    async def main():
        source, sink, boom = Source(object_mode=True), Sink(object_mode=True), BoomError()
        heard = errors_of(source), errors_of(sink)
        channel = channel_from_readable(source)
        writable_from_channel(channel, sink)
        source.push("a")
        await some_turns()
        source.destroy(boom)
        await some_turns()
        assert heard == ([boom], [boom])
        assert sink.got == ["a"]
        assert sink.closed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_failure_goes_from_channel_to_channel_through_streams():
    async def main():
        boom, first, last = BoomError(), Channel(), Channel(5)
        source, sink = readable_from_channel(first), channel_from_writable(last)
        piped = asyncio.ensure_future(promises.pipeline(source, sink))
        await first.put("a")
        await first.put(boom)
        with pytest.raises(BoomError):
            await piped
        assert [value async for value in last] == ["a", boom]
        assert first.closed
        assert nobody_is_left()

    asyncio.run(main())


@pytest.mark.parametrize("size", [0, 3])
def test_a_failure_of_a_writable_goes_upstream_through_its_channel(size):
    async def main():
        source, boom = Counted(2), BoomError()
        sink = Sink(finish=failing(boom), object_mode=True)
        heard = errors_of(sink)
        channel = channel_from_readable(source, Channel(size))
        writable_from_channel(channel, sink)
        await some_turns()
        assert heard == [boom]
        assert source.destroyed
        assert sink.closed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_whoever_puts_is_answered_false_by_a_writable_that_failed():
    async def main():
        held: list[Any] = []
        sink = Sink(finish=held.append, object_mode=True)
        channel = Channel()
        writable_from_channel(channel, sink)
        errors_of(sink)
        assert await channel.put("is written") is True
        waiting = asyncio.ensure_future(channel.put("waits"))
        await some_turns()
        sink.destroy(BoomError())  # and the write in hand never calls back
        assert await waiting is False
        assert await channel.put("too late") is False
        assert await channel.take() is None
        assert nobody_is_left()

    asyncio.run(main())


def test_a_writable_that_fails_while_nothing_comes_closes_the_channel_at_once():
    async def main():
        sink = Sink(object_mode=True)
        errors_of(sink)
        channel = Channel()
        writable_from_channel(channel, sink)
        await some_turns()
        sink.destroy(BoomError())
        await some_turns()
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


@pytest.mark.parametrize("emit_close", [True, False])
@pytest.mark.parametrize("heard", [True, False])
def test_a_failure_of_a_writable_frees_all_and_is_told_once(heard, emit_close):
    async def main():
        told, boom = reports(), BoomError()
        source, sink = Counted(2), Sink(id, id, object_mode=True, emit_close=emit_close)
        if heard:
            sink.on("error", told.append)
        writable_from_channel(channel_from_readable(source), sink)
        await some_turns()
        sink.destroy(boom)
        await some_turns()
        assert told == [boom]
        assert source.destroyed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_value_that_cannot_be_written_is_a_failure_like_any_other():
    async def main():
        sink = Sink()
        channel, heard = Channel(), errors_of(sink)
        writable_from_channel(channel, sink)
        await channel.put({"not": "bytes"})
        await some_turns()
        assert "chunk" in str(heard)
        assert sink.destroyed
        assert channel.closed

    asyncio.run(main())


@pytest.mark.parametrize("heard", [True, False])
def test_a_failure_of_a_readable_whose_channel_was_closed_already_is_told_once(heard):
    async def main():
        source, boom, told = Source(), BoomError(), reports()
        channel = channel_from_readable(source)
        await some_turns()
        if heard:
            source.on("error", told.append)
        source.destroy(boom)
        channel.close()
        await some_turns()
        assert told == [boom]
        assert nobody_is_left()

    asyncio.run(main())


def test_a_readable_that_only_tells_its_error_is_destroyed_and_the_error_told_once():
    async def main():
        source, boom, told = Source(auto_destroy=False), BoomError(), reports()
        channel = channel_from_readable(source)
        await some_turns()
        source._life.fail(boom)
        channel.close()
        await some_turns()
        assert told == [boom]
        assert source.destroyed
        assert nobody_is_left()

    asyncio.run(main())


def reports() -> list[BaseException]:
    """What the running loop is told of, as it comes: the errors that nobody waits for."""
    told: list[BaseException] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, report: told.append(report["exception"]))
    return told


def test_a_failure_in_freeing_what_a_readable_holds_is_not_swallowed():
    async def main():
        told, boom = reports(), BoomError()
        source = Counted(2)
        source._destroy = lambda error, callback: callback(boom)
        channel = channel_from_readable(source)
        await channel.take()
        channel.close()
        await some_turns()
        assert told == [boom]

    asyncio.run(main())


def test_a_duplex_that_fails_after_all_was_read_of_it_does_so_aloud():
    async def main():
        told, boom = reports(), BoomError()
        ends = Duplex(
            object_mode=True,
            read=lambda self, size: None,
            write=lambda self, chunk, encoding, done: done(boom),
        )
        incoming = channel_from_readable(ends)
        ends.push(None)
        assert await incoming.take() is None
        await some_turns()
        ends.write("answer")
        await some_turns()
        assert told == [boom]

    asyncio.run(main())


@pytest.mark.parametrize("kind", [asyncio.CancelledError, KeyboardInterrupt, GeneratorExit])
def test_any_exception_is_a_failure(kind):
    async def main():
        first, last, told, error = Channel(5), Channel(5), reports(), kind()
        sink = channel_from_writable(last)
        heard = errors_of(sink)
        writable_from_channel(channel_from_readable(readable_from_channel(first)), sink)
        await first.put("a")
        first.close(error)
        assert [value async for value in last] == ["a", error]
        await some_turns()
        assert heard == [error]
        assert told == []
        assert nobody_is_left()

    asyncio.run(main())


def test_a_failure_that_nobody_listens_for_ends_a_run():
    def main():
        channel = Channel(1)
        writable_from_channel(channel, Sink(finish=failing(BoomError()), object_mode=True))
        channel.put_callback(1)

    with pytest.raises(BoomError):
        run(main)


def test_what_is_no_stream_and_no_channel_is_refused_at_the_call():
    for call, what in (
        (lambda: channel_from_readable(42), "a Readable"),
        (lambda: channel_from_readable(Source(), 42), "a Channel"),
        (lambda: writable_from_channel(Channel(), 42), "a Writable"),
        (lambda: writable_from_channel(42, Sink()), "a Channel"),
        (lambda: readable_from_channel(42), "a Channel"),
        (lambda: channel_from_writable(42), "a Channel"),
    ):
        with pytest.raises(TypeError, match=f"{what}.*42"):
            call()


# -- leaving early ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [None, BoomError()])
def test_a_readable_that_is_destroyed_while_a_put_waits_closes_its_channel(error):
    async def main():
        source = Counted(2)
        channel = channel_from_readable(source)
        await some_turns()
        source.destroy(error)
        await some_turns()
        assert channel.closed
        assert nobody_is_left()
        assert isinstance(await channel.take(), BoomError if error else StreamPrematureCloseError)
        assert await channel.take() is None

    asyncio.run(main())


def test_a_readable_that_cannot_be_read_fails_the_channel():
    async def main():
        source = Counted(2)

        def read(size=None):
            raise BoomError()

        source.read = read
        channel = channel_from_readable(source)
        assert isinstance(await channel.take(), BoomError)
        assert await channel.take() is None
        assert source.destroyed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_readable_that_was_destroyed_before_fails_the_channel():
    async def main():
        source = Counted(2)
        source.destroy()
        await some_turns()
        channel = channel_from_readable(source)
        assert isinstance(await channel.take(), StreamPrematureCloseError)
        assert await channel.take() is None
        assert nobody_is_left()

    asyncio.run(main())


def test_a_writable_that_is_destroyed_in_the_middle_of_a_write_may_still_call_back():
    async def main():
        callbacks = []
        sink = Sink(finish=callbacks.append, object_mode=True)
        channel = Channel()
        writable_from_channel(channel, sink)
        await channel.put("a")
        await some_turns()
        sink.destroy()
        await some_turns()
        (callback,) = callbacks
        callback()
        await some_turns()
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())


@pytest.mark.parametrize("leave", ["close", "abandon"])
@pytest.mark.parametrize("size", [0, 2])
def test_whoever_closes_the_channel_early_destroys_the_readable(leave, size):
    async def main():
        source = Counted(2)
        channel = channel_from_readable(source, Channel(size))
        assert await channel.take() == 0
        await some_turns()
        getattr(channel, leave)()
        await some_turns()
        assert source.closed
        assert nobody_is_left()

    asyncio.run(main())


@pytest.mark.parametrize("first", ["stream", "channel"])
def test_to_leave_both_ends_is_no_failure(first):
    async def main():
        source, told = Counted(2), reports()
        channel = channel_from_readable(source)
        await some_turns()
        for leave in (source.destroy, channel.close)[:: 1 if first == "stream" else -1]:
            leave()
        await some_turns()
        assert source.closed
        assert told == []
        assert nobody_is_left()

    asyncio.run(main())


def test_what_the_bridge_itself_does_is_no_option():
    for join, option in (
        (readable_from_channel, "read"),
        (readable_from_channel, "destroy"),
        (channel_from_writable, "write"),
        (channel_from_writable, "final"),
        (channel_from_writable, "destroy"),
    ):
        with pytest.raises(TypeError, match=option):
            join(Channel(), **{option: id})


def test_a_readable_that_gives_nothing_is_destroyed_when_the_channel_is_closed():
    async def main():
        source = Source()
        channel = channel_from_readable(source)
        await some_turns()
        channel.close()
        await some_turns()
        assert source.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_to_close_the_channel_of_a_readable_that_waits_ends_no_run():
    async def main():
        source = Source()
        heard = errors_of(source)
        channel = channel_from_readable(source)
        await some_turns()
        channel.close()
        await some_turns()
        assert source.closed
        return heard

    assert run(main) == []


def test_a_channel_that_is_closed_from_the_start_destroys_the_readable():
    async def main():
        source, channel = Counted(1), Channel()
        channel.close()
        channel_from_readable(source, channel)
        await some_turns()
        assert source.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_readable_that_is_destroyed_says_so_through_its_channel():
    async def main():
        source = Source(object_mode=True)
        channel = channel_from_readable(source, Channel(5))
        source.push("a")
        await some_turns()
        source.destroy()
        values = [value async for value in channel]
        assert values[0] == "a"
        assert isinstance(values[1], StreamPrematureCloseError)
        assert len(values) == 2
        assert nobody_is_left()

    asyncio.run(main())


def test_a_readable_that_is_destroyed_closes_its_channel_and_lets_waiting_puts_go():
    async def main():
        channel = Channel()
        source = readable_from_channel(channel)
        source.on("data", source.pause)
        assert await channel.put("a")
        assert await channel.put("b")
        waiting = asyncio.ensure_future(channel.put("c"))
        await some_turns()
        source.destroy()
        assert await waiting is False
        assert channel.closed
        assert await channel.take() is None
        assert nobody_is_left()

    asyncio.run(main())


def test_a_readable_of_a_channel_that_is_destroyed_fails_its_pipeline():
    async def main():
        source, sink = readable_from_channel(Channel()), Sink(object_mode=True)
        piped = asyncio.ensure_future(promises.pipeline(source, sink))
        await some_turns()
        source.destroy()
        with pytest.raises(StreamPrematureCloseError):
            await piped
        assert sink.destroyed

    asyncio.run(main())


def test_leaving_the_loop_over_a_readable_closes_its_channel():
    async def main():
        channel = Channel()
        accepted = accepted_by(channel)
        source = readable_from_channel(channel)
        values = source.iterator()
        async for value in values:
            if value == 3:
                break
        await values.aclose()
        await some_turns()
        assert channel.closed
        assert 3 < len(accepted) < 8
        assert nobody_is_left()

    asyncio.run(main())


def test_a_promise_channel_can_be_left_like_any_other():
    async def main():
        answer = promise_channel()
        answer.offer(42)
        source = readable_from_channel(answer)
        values = source.iterator()
        assert await values.__anext__() == 42
        await values.aclose()
        await some_turns()
        assert answer.poll() is None
        sink = Sink(finish=failing(BoomError()), object_mode=True)
        errors_of(sink)
        question = promise_channel()
        question.offer(1)
        writable_from_channel(question, sink)
        await some_turns()
        assert nobody_is_left()

    asyncio.run(main())


def test_a_channel_that_is_closed_early_fails_the_writable_that_puts_on_it():
    async def main():
        source, channel = Counted(1), Channel()
        sink = channel_from_writable(channel)
        piped = asyncio.ensure_future(promises.pipeline(source, sink))
        assert await channel.take() == 0
        channel.abandon()
        with pytest.raises(StreamPrematureCloseError):
            await piped
        assert source.closed
        assert nobody_is_left()

    asyncio.run(main())


def test_a_writable_learns_that_its_channel_was_closed_while_nothing_is_written():
    async def main():
        channel = Channel()
        sink = channel_from_writable(channel)
        heard = errors_of(sink)
        await some_turns()
        channel.close()
        await some_turns()
        assert [type(error) for error in heard] == [StreamPrematureCloseError]
        assert sink.closed

    asyncio.run(main())


def test_a_write_that_the_channel_refuses_fails():
    async def main():
        channel = Channel()
        sink = channel_from_writable(channel)
        errors_of(sink)
        channel.close()
        told = asyncio.get_running_loop().create_future()
        sink.write("too late", callback=told.set_result)
        assert isinstance(await told, StreamPrematureCloseError)

    asyncio.run(main())


@pytest.mark.parametrize("error", [None, BoomError()])
def test_a_writable_that_is_destroyed_says_so_through_its_channel(error):
    async def main():
        channel = Channel(5)
        sink = channel_from_writable(channel)
        errors_of(sink)
        sink.write("a")
        await some_turns()
        sink.destroy(error)
        await some_turns()
        values = [value async for value in channel]
        assert values[0] == "a"
        assert isinstance(values[1], BoomError if error else AbortError)
        assert len(values) == 2

    asyncio.run(main())


def test_a_writable_that_others_end_closes_its_channel():
    async def main():
        sink = Sink(object_mode=True)
        channel = Channel()
        writable_from_channel(channel, sink)
        await channel.put("a")
        await some_turns()
        sink.end("b")
        await promises.finished(sink)
        await some_turns()
        assert channel.closed
        assert sink.got == ["a", "b"]
        assert nobody_is_left()

    asyncio.run(main())


def test_a_loop_that_ends_takes_both_ends_along():
    source, sink = Counted(2), Sink(finish=id, object_mode=True)

    async def main():
        writable_from_channel(channel_from_readable(source), sink)
        await some_turns()

    asyncio.run(main())
    assert source.destroyed
    assert sink.destroyed
    assert not sink.writable_finished


def test_a_failed_write_destroys_a_writable_that_does_not_destroy_itself():
    async def main():
        boom = BoomError()
        sink = Sink(finish=failing(boom), object_mode=True, auto_destroy=False)
        heard = errors_of(sink)
        channel = Channel()
        writable_from_channel(channel, sink)
        await channel.put("a")
        await some_turns()
        assert heard == [boom]
        assert sink.destroyed
        assert channel.closed
        assert nobody_is_left()

    asyncio.run(main())
