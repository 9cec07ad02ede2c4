"""Debug mode: what it finds, and that it blames nobody who does as he should."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import streams2
from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    crypto,
    doctor,
    errors,
    next_tick,
    once,
    run,
    run_async,
)
from streams2.core.life import Life
from streams2.doctor import (
    BackpressureWarning,
    CallbackWarning,
    ChunkChangedWarning,
    SlowMethodWarning,
    ThreadWarning,
    UnusedStreamWarning,
)
from streams2.doctor.debug import Debugger, debugger
from streams2.doctor.debug_watch import Settings

pytestmark = pytest.mark.skipif(debugger.is_on, reason="these tests turn it on and off themselves")


@contextmanager
def seen(*, slow: bool = False) -> Iterator[list[warnings.WarningMessage]]:
    """What is warned of; what takes long only if a test keeps the time itself."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if not slow:
            warnings.simplefilter("ignore", SlowMethodWarning)
        yield caught


def told(main, **options):
    """The kinds of what debug mode warns of while `main` runs, and where."""
    with seen() as caught:
        run(main, debug=True, **options)
    gc.collect()
    return [w.category for w in caught]


def line_of(mark, of=None):
    """The line of a test with this comment."""
    lines, first = inspect.getsourcelines(of or inspect.stack()[1].frame.f_code)
    return first + next(n for n, line in enumerate(lines) if line.rstrip().endswith(f"# {mark}"))


class Slow(Writable):
    """Writes a chunk in the loop's next turn."""

    def _write(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback)


class Quick(Writable):
    def _write(self, chunk, encoding, callback):
        callback()


# -- write() and push() that are not heeded -------------------------------------------------------


def test_who_ignores_write_is_told_where_and_how_much():
    def main():
        sink = Slow(high_water_mark=10)
        for _ in range(100):
            sink.write(b"0123456789")  # here
        sink.end()

    with seen() as caught:
        run(main, debug=True)
    (warning,) = caught
    assert warning.category is BackpressureWarning is streams2.BackpressureWarning
    assert (warning.filename, warning.lineno) == (__file__, line_of("here"))
    text = str(warning.message)
    assert f"test_debug.py:{line_of('here')}" in text
    assert "bytes" in text
    assert "over its mark of 10" in text
    assert "drain" in text
    assert "Slow made at" in text


def listener(sink):
    source = Readable.from_([b"x" * 10] * 50)
    source.on("data", sink.write).on("end", sink.end)


async def task(sink):
    for _ in range(50):
        sink.write(b"x" * 10)


def many_lines(sink):
    for _ in range(50):
        sink.write(b"x" * 5)
        sink.write(b"x" * 5)


class Overriding(Slow):
    def write(self, chunk, encoding=None, callback=None):
        return super().write(chunk, encoding, callback)


def by_json(sink):
    import json

    json.dump(list(range(200)), sink)


@pytest.mark.parametrize(
    ("ignore", "make"),
    [(listener, Slow), (task, Slow), (many_lines, Slow), (many_lines, Overriding), (by_json, Slow)],
)
def test_it_is_found_however_it_is_written(ignore, make):
    def main():
        sink = make(high_water_mark=10)
        sink.on("error", print)
        result = ignore(sink)
        if result is not None:
            task = asyncio.ensure_future(result)
            task.add_done_callback(lambda _: sink.end())

    assert BackpressureWarning in told(main)


def ignore_push():
    source = Readable(high_water_mark=10, read=lambda self, size: None)
    for _ in range(100):
        source.push(b"x" * 10)
    source.destroy()


def ignore_push_in_read():
    def read(self, size):
        for _ in range(100):
            self.push({})
        self.push(None)

    Readable(object_mode=True, high_water_mark=2, read=read).resume().pause()


async def ignore_push_in_a_task():
    source = Readable(object_mode=True, high_water_mark=2, read=lambda self, size: None)
    source.on("readable", lambda: None)
    for n in range(100):
        source.push(n)
        await asyncio.sleep(0)
    source.destroy()


@pytest.mark.parametrize("main", [ignore_push, ignore_push_in_read, ignore_push_in_a_task])
def test_who_ignores_push_is_told(main):
    assert BackpressureWarning in told(main)


def test_each_place_is_told_of_once():
    def main():
        for _ in range(3):
            sink = Slow(high_water_mark=1)
            for _ in range(50):
                sink.write(b"x")
            sink.end()

    assert told(main) == [BackpressureWarning]


async def waits_for_drain():
    sink = Slow(high_water_mark=4)
    for _ in range(100):
        if not sink.write(b"1234"):
            await once(sink, "drain")
    sink.end()


async def waits_by_drained():
    sink = Slow(high_water_mark=4)
    for _ in range(100):
        sink.write(b"12345678")
        await sink.drained()
    sink.end()


async def a_hundred_tasks_that_wait():
    sink = Slow(high_water_mark=1, object_mode=True)

    async def client():
        for n in range(5):
            if not sink.write(n):
                await sink.drained()

    await asyncio.gather(*(client() for _ in range(40)))
    sink.end()


def a_hundred_callbacks_that_wait():
    sink = Slow(high_water_mark=1, object_mode=True)

    def client(left):
        if left and sink.write(left):
            next_tick(client, left - 1)
        elif left:
            sink.once("drain", lambda: client(left - 1))

    sink.set_max_listeners(0)
    for _ in range(100):
        client(5)


def fan_in_by_hand():
    sink = Slow(high_water_mark=1, object_mode=True)
    sources = [Readable.from_(range(10)) for _ in range(60)]

    def forward(source):
        def on_data(chunk):
            if not sink.write(chunk):
                source.pause()

        source.on("data", on_data)
        sink.on("drain", source.resume)

    sink.set_max_listeners(0)
    for source in sources:
        forward(source)


def one_listener_resumes_all():
    sink = Slow(high_water_mark=1, object_mode=True)
    sources = [Readable.from_(range(10)) for _ in range(60)]

    def on_data(source):
        return lambda chunk: sink.write(chunk) or source.pause()

    for source in sources:
        source.on("data", on_data(source))
    sink.on("drain", lambda: [source.resume() for source in sources])


def pipes():
    sink = Slow(high_water_mark=1, object_mode=True)
    for _ in range(30):
        Readable.from_(range(20)).pipe(sink, end=False)


def pipes_into_what_overrides_write():
    sink = Overriding(high_water_mark=1, object_mode=True)
    for _ in range(30):
        Readable.from_(range(20)).pipe(sink, end=False)


def corks():
    sink = Writable(
        high_water_mark=2,
        object_mode=True,
        writev=lambda self, chunks, callback: next_tick(callback),
    )
    sink.cork()
    for n in range(200):
        sink.write(n)
    sink.uncork()
    sink.end()


def writes_a_little_and_ends():
    sink = Slow(high_water_mark=1, object_mode=True)
    for n in range(6):
        sink.write(n)
    sink.end()


def writes_what_is_large():
    sink = Slow(high_water_mark=1)
    sink.write(b"x" * 1_000_000)
    sink.end(b"x" * 1_000_000)


def sinks_that_are_never_full():
    sink = Quick(high_water_mark=1)
    for _ in range(1000):
        sink.write(b"x" * 1000)
    sink.end()


def paced_by_callbacks():
    sink = Slow(high_water_mark=1)

    def write(left):
        if left:
            sink.write(b"xx", callback=lambda error: write(left - 1))
        else:
            sink.end()

    write(100)


async def polls():
    sink = Slow(high_water_mark=1, object_mode=True)
    for n in range(100):
        while sink.writable_length >= sink.writable_high_water_mark:
            await asyncio.sleep(0)
        sink.write(n)
    sink.end()


def a_splitter():
    def transform(self, chunk, encoding, callback):
        for letter in chunk:
            self.push(letter)
        callback()

    split = Transform(readable_object_mode=True, readable_high_water_mark=1, transform=transform)
    split.on("readable", lambda: split.read())
    split.write(b"x" * 500)
    asyncio.get_running_loop().call_soon(split.destroy)


def a_splitter_that_takes_its_time():
    async def transform(self, chunk, encoding):
        for letter in chunk:
            self.push(letter)
            await asyncio.sleep(0)

    split = Transform(readable_object_mode=True, readable_high_water_mark=1, transform=transform)
    split.write(b"x" * 300)
    split.end()
    split.resume()


def an_echo():
    def write(self, chunk, encoding, callback):
        self.push(chunk)
        callback()

    echo = Duplex(read=lambda self, size: None, write=write, high_water_mark=4)
    Readable.from_([b"abcd"] * 50).pipe(echo).on("data", id)
    echo.on("finish", lambda: echo.push(None))


async def heeds_push():
    def read(self, size):
        while self.push(next(numbers, None)):
            pass

    numbers = iter(range(500))
    async for _ in Readable(object_mode=True, high_water_mark=2, read=read):
        await asyncio.sleep(0)


async def pushes_when_asked():
    loop = asyncio.get_running_loop()
    numbers = iter(range(200))
    source = Readable(
        object_mode=True,
        high_water_mark=1,
        read=lambda self, size: loop.call_soon(self.push, next(numbers, None)) and None,
    )
    async for _ in source:
        pass


HEEDING = [
    *(waits_for_drain, waits_by_drained, a_hundred_tasks_that_wait, fan_in_by_hand, pipes),
    *(a_hundred_callbacks_that_wait, one_listener_resumes_all, pipes_into_what_overrides_write),
    *(corks, writes_a_little_and_ends, writes_what_is_large, sinks_that_are_never_full, polls),
    *(paced_by_callbacks, a_splitter, a_splitter_that_takes_its_time, an_echo, heeds_push),
    pushes_when_asked,
]


@pytest.mark.parametrize("main", HEEDING)
def test_who_heeds_it_is_told_nothing(main):
    assert BackpressureWarning not in told(main)


# -- callbacks ------------------------------------------------------------------------------------


def forgets(name, *args):
    def method(self, *args):  # forgotten
        pass

    return method


FORGETTING = {
    "_write": lambda: Writable(write=forgets("write")).write(b"x"),
    "_writev": lambda: Writable(writev=forgets("writev")).write(b"x"),
    "_final": lambda: Writable(write=print, final=forgets("final")).end(),
    "_construct": lambda: Writable(write=print, construct=forgets("construct")).write(b"x"),
    "_destroy": lambda: Writable(write=print, destroy=forgets("destroy")).destroy(),
    "_transform": lambda: Transform(transform=forgets("transform")).resume().write(b"x"),
    "_flush": lambda: Transform(transform=print, flush=forgets("flush")).resume().end(),
}


@pytest.mark.parametrize("name", FORGETTING)
def test_a_callback_that_never_comes_is_told_at_the_end_of_a_run(name):
    with seen() as caught:
        run(lambda: FORGETTING[name]() and None, debug=True)
    (warning,) = (w for w in caught if w.category is CallbackWarning)
    assert str(warning.message).startswith(name)
    assert warning.filename == __file__
    assert warning.lineno == line_of("forgotten", of=forgets)


def test_a_callback_that_is_late_is_told_of_while_it_is_awaited():
    now = [0.0]

    class Stuck(Writable):
        def _write(self, chunk, encoding, callback):  # stuck
            self.callback = callback

    async def main():
        sink = Stuck()
        sink.write(b"x")
        sink.cork()
        now[0] = 3.0
        await asyncio.sleep(0.01)
        sink.callback()
        sink.destroy()

    mine = Debugger()
    mine.turn_on(Settings(patience=0.002, now=lambda: now[0]))
    with seen() as caught:
        try:
            run(main)
        finally:
            mine.turn_off()
    (text,) = [str(w.message) for w in caught if w.category is CallbackWarning]
    assert text.startswith("_write (")
    assert text.endswith("has not called its callback for 3 s")


def test_both_places_of_a_callback_that_is_called_twice_are_named():
    def write(self, chunk, encoding, callback):
        callback()  # first
        callback()  # second

    def main():
        Writable(write=write).write(b"x")

    with pytest.raises(errors.MultipleCallbackError) as caught:
        run(main, debug=True)
    note = "\n".join(caught.value.__notes__)
    first, second = line_of("first", of=write), line_of("second", of=write)
    assert f"first at {_here(first)}, and again at {_here(second)}" in note


def _here(line):
    return str(streams2.errors.places.Place(__file__, line, ""))


def test_a_callback_of_before_that_is_called_again_is_found_out():
    """Without debug mode it counts as that of the chunk that is being written."""
    kept = []

    def write(self, chunk, encoding, callback):
        kept.append(callback)
        asyncio.get_running_loop().call_soon(kept[0])

    def main():
        sink = Writable(write=write)
        sink.write(b"x")
        sink.end(b"y")

    assert CallbackWarning in told(main)


def test_an_error_that_was_passed_still_says_where():
    def main():
        Writable(write=lambda self, c, e, callback: callback(ValueError("no"))).write(b"x")

    with pytest.raises(ValueError, match="no") as caught:
        run(main, debug=True)
    assert any("passed to the callback of _write" in note for note in caught.value.__notes__)
    assert any("test_debug.py" in note for note in caught.value.__notes__)


# -- chunks that are changed ----------------------------------------------------------------------


def test_a_chunk_that_is_changed_before_it_is_written_is_told_of():
    def main():
        sink = Slow()
        buffer = bytearray(b"one")
        sink.write(b"first")
        sink.write(buffer)  # written
        buffer[:] = b"two"
        sink.end()

    with seen() as caught:
        run(main, debug=True)
    (warning,) = caught
    assert warning.category is ChunkChangedWarning
    assert warning.lineno == line_of("written")


class Record:
    def __init__(self, data):
        self.data = data


NESTS = [
    (lambda data: [data], "a bytearray in a list"),
    (lambda data: ("head", data), "a bytearray in a tuple"),
    (lambda data: {"head": 1, "data": [data]}, "a bytearray in a dict"),
    (lambda data: Record(memoryview(data)), "a memoryview in a Record"),
    (lambda data: Record({"rows": [{"data": data}]}), "a bytearray in a Record"),
]


@pytest.mark.parametrize(("nest", "name"), NESTS)
def test_bytes_in_a_chunk_that_are_changed_are_told_of(nest, name):
    def main():
        buffer = bytearray(b"one")
        sink = Slow(object_mode=True)
        sink.write(nest(bytearray(b"first")))
        sink.write(nest(buffer))
        buffer[0] = 0
        sink.end()
        source = Readable(object_mode=True, read=lambda self, size: None)
        source.push(nest(buffer))
        buffer[0] = 1
        source.push(None)
        source.on("data", id)

    with seen() as caught:
        run(main, debug=True)
    assert [warning.category for warning in caught] == [ChunkChangedWarning] * 2
    assert all(name in str(warning.message) for warning in caught)


def test_a_list_that_grows_and_bytes_that_are_replaced_are_not():
    def main():
        sink = Slow(object_mode=True)
        sink.write(["first"])
        rows, record = [bytearray(b"one")], Record(bytearray(b"one"))
        looped = {"data": bytearray(b"one")}
        looped["itself"] = looped
        for chunk in (rows, record, looped):
            sink.write(chunk)
        rows.append(bytearray(b"two"))
        record.data = bytearray(b"two")
        sink.end()

    assert told(main) == []


def test_an_object_may_change_a_buffer_of_its_own():
    class Connection:
        def __init__(self):
            self._received = bytearray(b"one")

    def main():
        sink = Slow(object_mode=True)
        sink.write(["first"])
        connection = Connection()
        sink.write(connection)
        connection._received[0] = 0
        sink.end()

    assert told(main) == []


def test_a_chunk_that_is_changed_before_it_is_read_is_told_of():
    def main():
        source = Readable(read=lambda self, size: None)
        buffer = bytearray(b"one")
        source.push(memoryview(buffer))
        buffer[0] = 0
        source.push(None)
        source.on("data", id)

    assert told(main) == [ChunkChangedWarning]


def test_a_chunk_that_is_changed_by_whom_it_was_given_to_is_not():
    def write(self, chunk, encoding, callback):
        chunk[0] = 0
        next_tick(callback)

    def main():
        sink = Writable(write=write)
        for _ in range(3):
            sink.write(bytearray(b"one"))
        buffer = bytearray()

        def again(left):
            buffer[:] = b"%d" % left
            if left:
                sink.write(buffer, callback=lambda error: again(left - 1))
            else:
                sink.end()

        again(9)
        through = PassThrough()
        through.on("data", lambda chunk: chunk.clear())
        through.end(bytearray(b"to be cleared"))

    assert told(main) == []


# -- streams that are left, threads, and what takes long ------------------------------------------


@pytest.mark.parametrize(
    ("make", "never"),
    [
        (lambda: Readable(read=print), "read, destroyed"),
        (lambda: Quick(), "ended, destroyed"),
        (lambda: PassThrough(), "read, ended, destroyed"),
    ],
)
def test_a_stream_that_is_left_is_told_of(make, never):
    def main():
        make()
        gc.collect()

    with seen() as caught:
        run(main, debug=True)
    (warning,) = caught
    assert warning.category is UnusedStreamWarning
    assert issubclass(warning.category, ResourceWarning)
    assert warning.filename == __file__
    assert str(warning.message).endswith(f"was never {never}")


@pytest.mark.parametrize(
    "use",
    [
        lambda: Readable(read=lambda self, size: self.push(None)).resume(),
        lambda: PassThrough().end(),
        lambda: crypto.create_hash("sha256").update(b"x").digest(),
        lambda: crypto.create_hmac("sha256", b"key").update(b"x").digest(),
        lambda: Quick().destroy(),
        lambda: Quick().end(b"x"),
        lambda: Readable.from_([1]).pipe(Quick(object_mode=True)),
    ],
)
def test_one_that_is_used_is_not(use):
    def main():
        use()
        gc.collect()

    assert told(main) == []


@pytest.mark.host
def test_use_in_another_thread_is_told_of():
    async def main():
        sink = Quick()
        sink.write(b"x")
        await asyncio.get_running_loop().run_in_executor(None, sink.write, b"from there")
        sink.end()

    with seen() as caught:
        run(main, debug=True)
    assert [w.category for w in caught] == [ThreadWarning]
    assert "call_soon_threadsafe" in str(caught[0].message)


@pytest.mark.host
def test_a_stream_may_move_to_another_thread_with_its_loop():
    sink = Quick()

    def work():
        run(lambda: sink.write(b"x") and None)

    thread = threading.Thread(target=work)

    def main():
        thread.start()
        thread.join()
        sink.end()

    assert told(main) == []


@pytest.mark.host
def test_a_stream_may_be_made_for_another_loop():
    def work(sink):
        run(lambda: sink.end(b"x") and None)

    async def main():
        await asyncio.get_running_loop().run_in_executor(None, work, Quick())

    assert told(main) == []


class Ticking:
    """A clock that goes on when it is told to."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time

    def works(self, seconds):
        self.time += seconds


def slow_told(main):
    clock = Ticking()
    mine = Debugger()
    mine.turn_on(Settings(now=clock))
    try:
        with seen(slow=True) as caught:
            run(lambda: main(clock))
    finally:
        mine.turn_off()
    return [str(w.message) for w in caught if w.category is SlowMethodWarning]


def test_a_method_that_keeps_the_loop_is_named():
    def main(clock):
        def write(self, chunk, encoding, callback):
            clock.works(0.06)
            callback()

        Writable(write=write).end(b"x")

    (text,) = slow_told(main)
    assert text.startswith("_write of the Writable made at")
    assert "60 ms" in text


def test_so_is_a_step_of_a_coroutine():
    def main(clock):
        async def transform(self, chunk, encoding):
            await asyncio.sleep(0)
            clock.works(0.1)
            await asyncio.sleep(0)

        Transform(transform=transform).resume().end(b"x")

    (text,) = slow_told(main)
    assert text.startswith("_transform of the Transform")


def slow_generator(clock):
    def values():
        yield 1
        clock.works(0.1)

    return Readable.from_(values()).to_array()


def slow_async_generator(clock):
    async def values():
        await asyncio.sleep(0)
        yield 1
        clock.works(0.1)

    return Readable.from_(values()).to_array()


def slow_mapper(clock):
    return Readable.from_([1]).map(lambda n: clock.works(0.1) or n).to_array()


def slow_coroutine_mapper(clock):
    async def step(n):
        await asyncio.sleep(0)
        clock.works(0.1)
        return n

    return Readable.from_([1]).filter(step).to_array()


def slow_reducer(clock):
    return Readable.from_([1]).reduce(lambda total, n: clock.works(0.1), 0)


async def slow_coroutine_listener(clock):
    async def listener(chunk):
        await asyncio.sleep(0)
        clock.works(0.1)

    source = Readable.from_([1])
    source.on("data", listener)
    await streams2.promises.finished(source)
    await turns()


async def turns():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("main", "who"),
    [
        (slow_generator, "the generator read from"),
        (slow_async_generator, "the generator read from"),
        (slow_mapper, "the function given to an operator"),
        (slow_coroutine_mapper, "the function given to an operator"),
        (slow_reducer, "the function given to an operator"),
        (slow_coroutine_listener, "a coroutine"),
    ],
)
def test_so_is_whatever_else_is_called(main, who):
    (text,) = slow_told(main)
    first = main.__code__.co_firstlineno
    assert re.match(rf"{who} \(.*test_debug\.py:({first + 1}|{first + 2})\) kept the loop", text)


def test_what_waits_or_calls_others_is_not():
    async def main(clock):
        async def values():
            for n in range(3):
                await asyncio.sleep(0)
                clock.works(0.03)
                yield n

        async def step(n):
            await asyncio.sleep(0)
            clock.works(0.03)
            return n

        mapped = Readable.from_(values()).map(step, concurrency=3)
        assert await mapped.to_array() == [0, 1, 2]

    assert slow_told(main) == []


def test_nobody_is_blamed_for_what_others_do_in_the_meantime():
    def main(clock):
        async def waits(self, chunk, encoding):
            for _ in range(10):
                await asyncio.sleep(0)
                clock.works(0.02)

        def hands_on(self, chunk, encoding, callback):
            self.push(chunk)
            callback(None, chunk)

        Writable(write=waits).end(b"x")
        shout = Transform(transform=hands_on)
        shout.on("data", lambda chunk: clock.works(0.04)).on("data", lambda chunk: None)
        shout.end(b"x")

    assert slow_told(main) == []


# -- on and off -----------------------------------------------------------------------------------


def ignoring(sink):
    for _ in range(100):
        sink.write(b"x")
    sink.end()


def test_it_is_off_unless_it_is_asked_for():
    with seen() as caught:
        run(lambda: ignoring(Slow(high_water_mark=1)))
    assert caught == []


def test_everything_is_as_it_was_when_it_is_over():
    def of():
        return (Writable.write, Readable.push, Readable.read, Life.start, Slow._write)

    before = of()
    with doctor.debugging():
        assert of() != before or debugger.is_on
        Slow()
    assert of() == before


def test_asyncios_debug_mode_turns_it_on_for_as_long_as_its_loop_runs():
    async def main():
        assert debugger.is_on or Slow()
        assert debugger.is_on
        ignoring(Slow(high_water_mark=1))

    with seen() as caught:
        asyncio.run(run_async(main), debug=True)
    assert BackpressureWarning in [w.category for w in caught]
    assert not debugger.is_on


def test_it_can_be_had_for_a_block():
    async def main():
        with doctor.debugging(marks=2):
            sink = Slow(high_water_mark=1, object_mode=True)
            for n in range(5):
                sink.write(n)
            sink.end()

    with seen() as caught:
        asyncio.run(main())
    assert [w.category for w in caught] == [BackpressureWarning]


PAGE = Path(streams2.__file__).parent.parent / "docs" / "debugging.md"
LEFT = "import gc; from streams2 import Readable; Readable(read=print); gc.collect()"


def warned(*command, **environment):
    """What a program says that is wrong with it."""
    environment = {**{k: v for k, v in os.environ.items() if k != "STREAMS2_DEBUG"}, **environment}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment, check=True
    )
    return done.stderr


@pytest.mark.host
@pytest.mark.parametrize(
    ("options", "environment", "found"),
    [
        ([], {"STREAMS2_DEBUG": "1"}, True),
        (["-X", "dev"], {}, True),
        ([], {}, False),
        ([], {"STREAMS2_DEBUG": "0"}, False),
        (["-X", "dev"], {"STREAMS2_DEBUG": "0"}, False),
    ],
)
def test_a_process_is_debugged_that_asks_for_it(options, environment, found):
    said = warned(*options, "-c", LEFT, **environment)
    assert ("UnusedStreamWarning" in said) is found
    assert ("<string>:1" in said) is found


@pytest.mark.host
def test_the_docs_first_program_is_warned_of_as_they_say(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.S)
    said = re.findall(r"```text\n(.*?)```", text, re.S)[0]
    app = tmp_path / "app.py"
    app.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "app.py"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert " ".join(done.stderr.replace(str(tmp_path) + os.sep, "").split()).startswith(
        " ".join(said.split())
    )


# -- the suite, as far as it is quick -------------------------------------------------------------


@pytest.mark.host
@pytest.mark.once
@pytest.mark.slow
def test_nobody_is_blamed_in_the_examples_that_there_are_tests_of():
    """All of the tests can be run so; these are quick, and use pipes, pipelines and duplexes."""
    names = ["duplex_from", "compose", "finished"]
    here = Path(__file__).parent
    files = [str(here / f"test_{n}.py") for n in names if (here / f"test_{n}.py").exists()]
    warned(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default"),
        *("-W", "error::streams2.errors.warnings.BackpressureWarning", *files),
        STREAMS2_DEBUG="1",
    )
