"""What users of streams ask for: room, lines, batches, a pace, results as they come, broadcasts."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import (
    Duplex,
    InvalidArgTypeError,
    InvalidArgValueError,
    MissingArgsError,
    OutOfRangeError,
    PassThrough,
    Readable,
    StreamAlreadyFinishedError,
    StreamDestroyedError,
    StreamSlowConsumerError,
    StreamUnableToPipeError,
    UnknownEncodingError,
    Writable,
    batch,
    broadcast,
    lines,
    once,
    promises,
    run,
    throttle,
)

from .core_async.idle_loop import IdleLoop
from .support import BoomError, Sink, Source
from .twins import later, turn


async def turns(n: int = 8) -> None:
    for _ in range(n):
        await turn()


def ignore(error: BaseException) -> None:
    """Hear an error that the test looks at elsewhere."""


async def within(awaitable: Any, seconds: float = 5) -> Any:
    """What it comes to, in reasonable time."""
    return await asyncio.wait_for(awaitable, seconds)


def on_a_clock_of_its_own(main: Callable[[], Any]) -> Any:
    """Run a program where no machine is too slow for its times."""
    loop = IdleLoop()
    try:
        return loop.run(main(), seconds=60)
    finally:
        loop.close()


# -- drained ------------------------------------------------------------------------------------


def full(**options: Any) -> tuple[Any, list[Callable[..., None]]]:
    """A sink without room, and the callback of the write under way."""
    held: list[Callable[..., None]] = []
    sink: Any = Sink(finish=held.append, object_mode=True, high_water_mark=1, **options)
    sink.on("error", ignore)
    assert not sink.write(1)
    return sink, held


def test_drained_at_once_where_there_is_room() -> None:
    async def main() -> None:
        assert await within(Sink(object_mode=True).drained()) is True

    run(main)


def test_drained_when_there_is_room_again() -> None:
    async def main() -> None:
        sink, held = full()
        waiting = asyncio.ensure_future(sink.drained())
        await turns()
        assert not waiting.done()
        held.pop()()
        assert await within(waiting) is True

    run(main)


ENDS: dict[str, Callable[[Any, list[Any]], object]] = {
    "ended": lambda sink, held: sink.end(),
    "destroyed": lambda sink, held: sink.destroy(),
    "failed": lambda sink, held: sink.destroy(BoomError("boom")),
    "write failed": lambda sink, held: held.pop()(BoomError("boom")),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("options", [{}, {"auto_destroy": False}, {"emit_close": False}])
def test_drained_is_false_once_there_will_be_no_room(
    end: str, first: bool, options: dict[str, Any]
) -> None:
    async def main() -> None:
        sink, held = full(**options)
        if first:
            waiting = asyncio.ensure_future(sink.drained())
            await turns()
        ENDS[end](sink, held)
        if not first:
            await turns()
            waiting = asyncio.ensure_future(sink.drained())
        assert await within(waiting) is False

    run(main)


def test_drained_of_a_side_that_is_not_there() -> None:
    async def main() -> None:
        duplex = Duplex[Any, Any](writable=False, read=lambda self, size: None)
        assert await within(duplex.drained()) is False

    run(main)


@pytest.mark.off
def test_several_who_wait_are_all_told_and_none_stays_behind() -> None:
    async def main() -> None:
        sink, held = full()
        waiting = [asyncio.ensure_future(sink.drained()) for _ in range(3)]
        given_up = asyncio.ensure_future(sink.drained())
        await turns()
        given_up.cancel()
        held.pop()()
        assert await within(asyncio.gather(*waiting)) == [True] * 3
        assert sink._life.onlookers._looks == ()

    run(main)


def test_a_writer_that_always_finds_room_lets_others_work() -> None:
    async def main() -> int:
        sink = Sink(object_mode=True)
        worked = 0

        async def other() -> None:
            nonlocal worked
            for _ in range(10):
                worked += 1
                await asyncio.sleep(0)

        task = asyncio.ensure_future(other())
        for n in range(50):
            if await sink.drained():
                sink.write(n)
        await task
        return worked

    assert run(main) == 10


def test_a_slow_sink_holds_up_a_writer_that_waits() -> None:
    most = 0

    async def main() -> None:
        nonlocal most
        sink = Sink(finish=later, object_mode=True, high_water_mark=3)
        for n in range(50):
            if not sink.write(n):
                assert await sink.drained()
            most = max(most, sink.writable_length)
        sink.end()
        await promises.finished(sink)
        assert sink.got == list(range(50))

    run(main)
    assert most <= 3


# -- once ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["drain", "finish", "close", "prefinish"])
def test_once_of_a_stream_that_has_closed(event: str) -> None:
    async def main() -> None:
        sink, _ = full()
        sink.destroy()
        await turns()
        with pytest.raises(StreamDestroyedError, match=event):
            await within(once(sink, event))

    run(main)


@pytest.mark.parametrize("options", [{}, {"emit_close": False}])
def test_once_while_the_stream_closes(options: dict[str, Any]) -> None:
    async def main() -> None:
        sink, _ = full(**options)
        waiting = once(sink, "drain")
        sink.destroy()
        with pytest.raises(StreamDestroyedError, match="drain"):
            await within(waiting)

    run(main)


def test_once_of_a_drain_after_the_end() -> None:
    async def main() -> None:
        sink, held = full()
        waiting = once(sink, "drain")
        sink.end()
        for future in (waiting, once(sink, "drain")):
            with pytest.raises(StreamAlreadyFinishedError, match="drain"):
                await within(future)
        held.pop()()
        await within(once(sink, "finish"))

    run(main)


def test_once_of_what_fails_raises_the_failure() -> None:
    async def main() -> None:
        sink, _ = full()
        waiting = once(sink, "drain")
        sink.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await within(waiting)
        await turns()
        with pytest.raises(StreamDestroyedError) as raised:
            await within(once(sink, "drain"))
        assert isinstance(raised.value.__cause__, BoomError)

    run(main)


def test_once_of_what_comes_still_resolves() -> None:
    async def main() -> None:
        source = Readable.from_([1])
        end, close = once(source, "end"), once(source, "close")
        assert await within(once(source, "data")) == [1]
        assert await within(end) == []
        assert await within(close) == []
        with pytest.raises(StreamDestroyedError, match="data"):
            await within(once(source, "data"))

    run(main)


def test_one_of_several_that_are_raced_is_no_failure_of_the_run() -> None:
    async def main() -> list[Any]:
        source = Readable.from_([1])
        source.resume()
        waiting = [once(source, event) for event in ("end", "readable", "my own")]
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for future in rest:
            future.cancel()
        return [future for future in done if not future.exception()]

    assert len(run(main)) == 1


# -- lines --------------------------------------------------------------------------------------

TEXTS = {
    "": [],
    "one": ["one"],
    "one\n": ["one"],
    "\n": [""],
    "\n\n": ["", ""],
    "one\r\ntwo": ["one", "two"],
    "one\rtwo\r": ["one", "two"],
    "one\r\n\r\ntwo\n\r": ["one", "", "two", ""],
    "\r\r\n\n": ["", "", ""],
    "\ufeffone\n\ufefftwo": ["one", "\ufefftwo"],
    "\ufeff": [],
    "gr\u00fc\u00dfe\n\u65e5\u672c\u8a9e\n\U0001f600\n": [
        "gr\u00fc\u00dfe",
        "\u65e5\u672c\u8a9e",
        "\U0001f600",
    ],
    "a\x0bb\x0cc\x85d\u2028e": ["a\x0bb\x0cc\x85d\u2028e"],
}


def pieces(data: Any, size: int) -> list[Any]:
    return [data[at : at + size] for at in range(0, len(data), size)]


async def through_lines(chunks: list[Any], **options: Any) -> list[str]:
    found: list[str] = []
    await promises.pipeline(
        Readable.from_(chunks), lines(**options), Sink(found.append, object_mode=True)
    )
    return found


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_wherever_the_chunks_are_cut(text: str, size: int) -> None:
    async def main() -> None:
        for chunks in (pieces(text, size), pieces(text.encode(), size)):
            assert await Readable.from_(chunks).lines().to_array() == TEXTS[text]
            assert await through_lines(chunks) == TEXTS[text]
        encoded = pieces(text.encode("utf-16-le"), size)
        assert await Readable.from_(encoded).lines(encoding="utf16le").to_array() == TEXTS[text]

    run(main)


@given(st.text(alphabet="ab\n\r\u00e9\U0001f600", max_size=30), st.integers(1, 7))
def test_lines_are_python_s_own(text: str, size: int) -> None:
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if expected[-1] == "":
        expected.pop()

    async def main() -> None:
        chunks = pieces(text.encode(), size)
        assert await Readable.from_(chunks).lines().to_array() == expected
        assert await through_lines(chunks) == expected

    run(main)


def test_lines_of_bytes_that_are_no_text() -> None:
    chunks = [b"a\xff\nb", memoryview(b"c"), bytearray(b"\xe2\x82")]
    assert run(lambda: Readable.from_(chunks).lines().to_array()) == ["a\ufffd", "bc\ufffd"]


@pytest.mark.parametrize("method", [True, False])
def test_a_line_that_is_too_long(method: bool) -> None:
    async def main() -> None:
        chunks = ["fine\n", "too ", "long", " by far"]
        way = Readable.from_(chunks).lines(limit=8).to_array if method else None
        with pytest.raises(OutOfRangeError, match="line"):
            await (way() if way else through_lines(chunks, limit=8))
        assert await Readable.from_(["12345678\n12345678"]).lines(limit=8).to_array()

    run(main)


@pytest.mark.parametrize("chunk", [5, ["a"]])
def test_lines_of_what_is_no_text(chunk: Any) -> None:
    async def main() -> None:
        with pytest.raises(InvalidArgTypeError, match="bytes or text"):
            await Readable.from_([chunk]).lines().to_array()
        with pytest.raises(InvalidArgTypeError, match="bytes or text"):
            await through_lines([chunk])

    run(main)


@pytest.mark.parametrize("make", [lines, Readable.from_([]).lines])
def test_lines_cannot_be_made(make: Any) -> None:
    with pytest.raises(UnknownEncodingError):
        make(encoding="klingon")
    with pytest.raises(OutOfRangeError):
        make(limit=0)
    with pytest.raises(InvalidArgTypeError):
        make(limit=1.5)


def test_lines_take_no_more_than_they_have_room_for() -> None:
    async def main() -> int:
        source = Readable.from_(f"{n}\n" for n in range(1000))
        stage = lines(high_water_mark=2)
        source.pipe(stage)
        await turns(50)
        read: int = stage.readable_length + stage.writable_length
        return read

    assert run(main) <= 2 + 16 + 1


# -- batch --------------------------------------------------------------------------------------


async def through(stage: Any, chunks: Any) -> list[Any]:
    found: list[Any] = []
    await promises.pipeline(Readable.from_(chunks), stage, Sink(found.append, object_mode=True))
    return found


@pytest.mark.parametrize("number", [0, 1, 2, 3, 6, 7])
@pytest.mark.parametrize("seconds", [None, 60])
def test_batches_of_a_count(number: int, seconds: Any) -> None:
    expected = [list(range(at, min(at + 3, number))) for at in range(0, number, 3)]

    async def main() -> None:
        assert await Readable.from_(range(number)).batch(3, seconds).to_array() == expected
        assert await through(batch(3, seconds), range(number)) == expected

    begun = time.monotonic()
    run(main)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("method", [True, False])
def test_a_batch_that_is_not_full_goes_when_its_time_is_up(method: bool) -> None:
    async def slow() -> Any:
        yield 1
        yield 2
        await asyncio.sleep(0.3)
        yield 3

    async def main() -> list[Any]:
        if method:
            return await Readable.from_(slow()).batch(10, 0.05).to_array()
        return await through(batch(10, 0.05), slow())

    assert on_a_clock_of_its_own(main) == [[1, 2], [3]]


@pytest.mark.parametrize("method", [True, False])
def test_a_source_of_batches_that_fails(method: bool) -> None:
    async def failing() -> Any:
        yield 1
        raise BoomError("boom")

    async def main() -> None:
        way = Readable.from_(failing()).batch(10, 60).to_array if method else None
        with pytest.raises(BoomError):
            await (way() if way else through(batch(10, 60), failing()))

    begun = time.monotonic()
    run(main)
    # No timer is left that would hold the run open.
    assert time.monotonic() - begun < 30


def test_batches_that_nobody_reads_on_let_their_source_go() -> None:
    async def main() -> bool:
        source = Source(object_mode=True)
        source.on("error", ignore)
        source.push(1)
        batches = source.batch(1, 60)
        batches.on("error", ignore)
        async for found in batches:
            assert found == [1]
            break
        # To leave the loop is enough where references are counted.
        batches.destroy()
        await turns()
        return source.destroyed

    assert run(main) is True


BAD_BATCHES = [(0, None), (-1, None), (1, -0.1), (1, float("inf")), (1, float("nan"))]


@pytest.mark.parametrize("make", [batch, Readable.from_([]).batch])
def test_batches_cannot_be_made(make: Any) -> None:
    for arguments in BAD_BATCHES:
        with pytest.raises(OutOfRangeError):
            make(*arguments)
    for wrong in [("3", None), (1.5, None), (True, None), (3, "1"), (3, True)]:
        with pytest.raises(InvalidArgTypeError):
            make(*wrong)


# -- throttle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["method", "objects", "bytes", "method of bytes"])
def test_no_faster_than_the_rate(way: str) -> None:
    times: list[float] = []

    async def main() -> Any:
        loop = asyncio.get_running_loop()

        def note(chunk: Any) -> None:
            times.append(loop.time())

        sink = Sink(note, object_mode=way in ("method", "objects"))
        if way == "method":
            await promises.pipeline(Readable.from_(range(5)).throttle(20), sink)
        elif way == "objects":
            await promises.pipeline(Readable.from_(range(5)), throttle(20, object_mode=True), sink)
        elif way == "bytes":
            await promises.pipeline(Readable.from_([b"x" * 50] * 5), throttle(1000), sink)
        else:
            source = PassThrough[bytes]()
            for _ in range(5):
                source.write(b"x" * 50)
            source.end()
            await promises.pipeline(source.throttle(1000), sink)
        return sink.got

    assert len(on_a_clock_of_its_own(main)) == 5
    assert times == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_time_that_nobody_used_is_not_saved_up() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        stage = throttle(20, object_mode=True)
        times: list[float] = []
        stage.on("data", lambda chunk: times.append(loop.time()))
        stage.write(1)
        await asyncio.sleep(0.3)
        stage.write(2)
        stage.end(3)
        await promises.finished(stage)
        return times

    assert on_a_clock_of_its_own(main) == pytest.approx([0, 0.3, 0.35])


def test_a_throttle_destroyed_while_it_waits_holds_up_nothing() -> None:
    async def main() -> None:
        stage = throttle(0.001, object_mode=True)
        stage.on("error", ignore)
        stage.resume()
        stage.write(1)
        stage.write(2)
        await turns()
        stage.destroy()

    begun = time.monotonic()
    run(main)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("make", [throttle, Readable.from_([]).throttle])
def test_a_throttle_cannot_be_made(make: Any) -> None:
    for rate in (0, -1, float("inf"), float("nan")):
        with pytest.raises(OutOfRangeError):
            make(rate)
    for wrong in ("1", None, True):
        with pytest.raises(InvalidArgTypeError):
            make(wrong)


# -- map, as it comes ---------------------------------------------------------------------------


async def sleep_and_give(n: int) -> int:
    await asyncio.sleep(n / 50)
    return n


def test_results_as_they_come() -> None:
    async def main() -> None:
        numbers = Readable.from_([5, 1, 3])
        mapped = numbers.map(sleep_and_give, concurrency=3, ordered=False)
        assert await mapped.to_array() == [1, 3, 5]
        numbers = Readable.from_([5, 1, 3])
        assert await numbers.map(sleep_and_give, concurrency=3).to_array() == [5, 1, 3]

    run(main)


@pytest.mark.parametrize("concurrency", [1, 2, 3])
@pytest.mark.parametrize("ordered", [True, False])
def test_every_result_comes_once(concurrency: int, ordered: bool) -> None:
    running = most = 0

    async def work(n: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep((n * 7 % 5) / 1000)
        running -= 1
        return n

    async def main() -> list[int]:
        numbers = Readable.from_(range(30))
        mapped = numbers.map(
            lambda n: work(n) if n % 3 else n, concurrency=concurrency, ordered=ordered
        )
        return await mapped.to_array()

    found = run(main)
    assert sorted(found) == list(range(30))
    assert most <= concurrency
    if ordered or concurrency == 1:
        assert found == list(range(30))


def test_a_call_that_fails_first_fails_the_stream_first() -> None:
    async def work(n: int) -> int:
        await asyncio.sleep(n / 50)
        if n == 1:
            raise BoomError("boom")
        return n

    async def main() -> None:
        mapped = Readable.from_([50, 1]).map(work, concurrency=2, ordered=False)
        with pytest.raises(BoomError):
            await within(mapped.to_array(), 0.5)

    on_a_clock_of_its_own(main)


def test_a_source_that_fails_is_told_after_the_results() -> None:
    async def failing() -> Any:
        yield 2
        yield 1
        raise BoomError("boom")

    async def main() -> None:
        found: list[int] = []
        mapped = Readable.from_(failing()).map(sleep_and_give, concurrency=4, ordered=False)
        with pytest.raises(BoomError):
            await mapped.for_each(found.append)
        assert found == [1, 2]

    run(main)


# -- broadcast ----------------------------------------------------------------------------------


def taker(finish: Any = None, mark: int = 16, **options: Any) -> Sink:
    return Sink(
        finish=finish or (lambda done: done()), object_mode=True, high_water_mark=mark, **options
    )


def test_every_sink_gets_every_chunk() -> None:
    async def main() -> None:
        sinks = [taker(), taker(later), taker(later, 1)]
        result = await within(broadcast(Readable.from_(range(20)), *sinks))
        for sink in sinks:
            assert sink.got == list(range(20))
            assert sink.writable_finished
        assert result.dropped == dict.fromkeys(sinks, 0)
        assert not result.errors

    run(main)


def test_the_slowest_sets_the_pace() -> None:
    async def main() -> None:
        held: list[Any] = []
        fast, slow = taker(), taker(held.append, 2)
        read = 0

        def numbers() -> Any:
            nonlocal read
            for n in range(1000):
                read = n
                yield n

        going = broadcast(numbers(), fast, slow)
        await turns(30)
        assert len(fast.got) == 2
        assert slow.writable_length == 2
        assert read < 6
        while not slow.writable_finished:
            if held:
                held.pop()()
            await turn()
        await within(going)
        assert fast.got == slow.got == list(range(1000))

    run(main)


def test_a_sink_that_has_no_room_misses_chunks() -> None:
    async def main() -> None:
        held: list[Any] = []
        fast, slow = taker(), taker(held.append, 2)
        going = broadcast(range(100), fast, slow, slow="drop")
        await turns(30)
        assert fast.got == list(range(100))
        assert slow.writable_length == 2
        while held:
            held.pop()()
            await turns()
        result = await within(going)
        assert slow.got == [0, 1]
        assert result.dropped == {fast: 0, slow: 98}

    run(main)


def test_a_sink_that_has_no_room_is_sent_away() -> None:
    async def main() -> None:
        fast, slow = taker(), taker(list[Any]().append, 2)
        result = await within(broadcast(range(100), fast, slow, slow="disconnect"))
        assert fast.got == list(range(100))
        assert slow.destroyed
        assert isinstance(result.errors[slow], StreamSlowConsumerError)
        assert slow.errored is result.errors[slow]
        assert result.sinks == [fast]

    run(main)


@pytest.mark.parametrize("slow", ["wait", "drop", "disconnect"])
@pytest.mark.parametrize("leave", ["fail", "destroy", "end"])
def test_a_sink_that_leaves_leaves_the_others(slow: str, leave: str) -> None:
    async def main() -> None:
        source = Source(object_mode=True)
        staying, leaving = taker(), taker(list[Any]().append, 1)
        going = broadcast(source, staying, leaving, slow=slow)
        source.push(0)
        await turns()
        if leave == "end":
            leaving.end()
            leaving.destroy()
        else:
            leaving.destroy(BoomError("boom") if leave == "fail" else None)
        for n in (1, 2):
            source.push(n)
        source.push(None)
        result = await within(going)
        assert staying.got == [0, 1, 2]
        assert list(result.errors) == [leaving]

    run(main)


def test_when_no_sink_is_left_the_source_goes() -> None:
    async def main() -> None:
        source = Source(object_mode=True)
        sinks = [taker(), taker()]
        going = broadcast(source, *sinks)
        await turns()
        sinks[0].destroy()
        await turns()
        assert not source.destroyed
        sinks[1].destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await within(going)
        assert source.destroyed

    run(main)


def test_a_source_that_fails_takes_its_sinks_along() -> None:
    async def main() -> None:
        source = Source(object_mode=True)
        sinks = [taker(), taker()]
        going = broadcast(source, *sinks)
        source.push(1)
        await turns()
        source.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await within(going)
        assert all(isinstance(sink.errored, BoomError) for sink in sinks)

    run(main)


def test_a_failure_that_nobody_awaits_is_the_run_s() -> None:
    def main() -> None:
        source = Source(object_mode=True)
        broadcast(source, taker())
        later(source.destroy, BoomError("boom"))

    with pytest.raises(BoomError):
        run(main)


def test_whoever_gives_up_waiting_gives_up_nothing_else() -> None:
    async def main() -> None:
        source, sink = Source(object_mode=True), taker()
        going = broadcast(source, sink)
        with pytest.raises(asyncio.TimeoutError):
            await within(going, 0.05)
        source.push(1)
        source.push(None)
        assert await within(going) is going
        assert sink.got == [1]

    run(main)


def test_a_broadcast_cannot_be_made() -> None:
    async def main() -> None:
        source, sink = Source(object_mode=True), taker()
        over = taker()
        over.destroy()
        with pytest.raises(MissingArgsError):
            broadcast(source)
        for wrong in (None, 5, source):
            with pytest.raises(InvalidArgTypeError):
                broadcast(source, sink, wrong)
        with pytest.raises(InvalidArgTypeError):
            broadcast(5, sink)
        for arguments in ((sink, sink),):
            with pytest.raises(InvalidArgValueError):
                broadcast(source, *arguments)
        with pytest.raises(InvalidArgValueError):
            broadcast(source, sink, slow="never")
        with pytest.raises(StreamUnableToPipeError):
            broadcast(source, sink, over)
        assert source.listener_count("data") == 0
        assert source.readable_flowing is None

    run(main)


def test_a_sink_that_has_no_room_from_the_beginning() -> None:
    async def main() -> None:
        sink, held = full()
        other = taker()
        going = broadcast([2, 3], sink, other)
        await turns()
        assert other.got == []
        while not sink.writable_finished:
            if held:
                held.pop()()
            await turn()
        await within(going)
        assert sink.got == [1, 2, 3]
        assert other.got == [2, 3]

    run(main)


def test_all_of_it_types() -> None:
    """What the operators give can be read as what it is."""

    async def main() -> None:
        texts: list[str] = await Readable.from_([b"a\nb"]).lines().to_array()
        together: list[list[str]] = await Readable.from_(texts).batch(2).to_array()
        same: list[str] = await Readable.from_(texts).throttle(1e6).to_array()
        assert (texts, together, same) == (["a", "b"], [["a", "b"]], ["a", "b"])
        sink: Writable[Any] = Sink(object_mode=True)
        assert await sink.drained()

    run(main)
