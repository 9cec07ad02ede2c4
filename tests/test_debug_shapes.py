"""Debug mode finds what it looks for in whatever shape it comes, and nothing where nothing is."""

from __future__ import annotations

import array
import asyncio
import functools
import gc
import os
import sys
import types
from collections import Counter

import pytest

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    compose,
    duplex_pair,
    errors,
    finished,
    run,
    zlib,
)
from streams2.doctor import (
    BackpressureWarning,
    CallbackWarning,
    ChunkChangedWarning,
    ThreadWarning,
    UnusedStreamWarning,
)
from streams2.doctor.debug import debugger

from .test_debug import Overriding, Quick, Slow, line_of, seen, slow_told, told

pytestmark = pytest.mark.skipif(debugger.is_on, reason="these tests turn it on and off themselves")


class SlowTransform(Transform):
    def _transform(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback, None, chunk)


def of_another_module(source):
    """Functions of a module of that source."""
    module = types.ModuleType("another")
    exec(compile(source, "another.py", "exec"), module.__dict__)
    return module


# -- a False that is ignored ----------------------------------------------------------------------


class Log(Slow):
    def log(self, text):
        self.write(text)


class Proxy:
    def __init__(self, stream):
        self.stream = stream

    def write(self, chunk):
        self.stream.write(chunk)


def recursively(sink, left=100):
    sink.write(b"0123456789")
    if left:
        recursively(sink, left - 1)


def from_the_loop(sink):
    for _ in range(100):
        asyncio.get_running_loop().call_soon(sink.write, b"0123456789")


def by_a_partial_that_listens(sink):
    Readable.from_([b"0123456789"] * 100).on("data", functools.partial(sink.write))


ANOTHER = of_another_module("def pour(sink):\n for _ in range(100):\n  sink.write(b'0123456789')")

IGNORING = {
    "another module": lambda: ANOTHER.pour(Slow(high_water_mark=10)),
    "a comprehension": lambda: [s.write(b"0123456789") for s in [Slow(high_water_mark=10)] * 100],
    "a generator": lambda: all(s.write(b"x" * 9) or 1 for s in [Slow(high_water_mark=4)] * 100),
    "map": lambda: list(map(Slow(high_water_mark=10).write, [b"0123456789"] * 100)),
    "recursion": lambda: recursively(Slow(high_water_mark=10)),
    "print": lambda: [print("0123456789", file=s) for s in [Slow(high_water_mark=10)] * 100],
    "a method of its own": lambda: [s.log("0123456789") for s in [Log(high_water_mark=10)] * 100],
    "a proxy": lambda: [s.write(b"x" * 10) for s in [Proxy(Slow(high_water_mark=10))] * 100],
    "a subclass": lambda: [s.write(b"x" * 10) for s in [Overriding(high_water_mark=10)] * 100],
    "a listener": lambda: by_a_partial_that_listens(Slow(high_water_mark=10)),
    "compose": lambda: [
        s.write(b"x" * 100_000) for s in [compose(SlowTransform(), PassThrough())] * 30
    ],
    "gzip": lambda: [s.write(b"x" * 10) for s in [zlib.create_gzip(high_water_mark=10)] * 100],
    "a Duplex that is written": lambda: [
        s.write(b"x" * 10)
        for s in [Duplex(read=print, write=lambda *args: None, high_water_mark=10)] * 100
    ],
    "a Duplex that is pushed to": lambda: [
        s.push(b"x" * 10)
        for s in [Duplex(read=lambda *_: None, write=print, high_water_mark=10)] * 100
    ],
}


@pytest.mark.parametrize("shape", IGNORING)
def test_it_is_found_in_each_shape(shape):
    def main():
        IGNORING[shape]()

    with seen() as caught:
        run(main, debug=True)
    places = {(w.filename, w.lineno) for w in caught if w.category is BackpressureWarning}
    assert len(places) == 1, places
    here = {__file__, "another.py", recursively.__code__.co_filename}
    assert {file for file, _ in places} <= here


def test_who_calls_from_the_loop_is_told_where_the_stream_was_made():
    def main():
        from_the_loop(Writable(high_water_mark=10, write=lambda *args: None))

    with seen() as caught:
        run(main, debug=True)
    (warning,) = (w for w in caught if w.category is BackpressureWarning)
    assert warning.filename == __file__


def test_a_flush_may_push_as_much_as_it_likes():
    def flush(self, callback):
        for _ in range(300):
            self.push(b"0123456789")
        callback()

    def main():
        options = {"transform": lambda self, chunk, encoding, callback: callback()}
        Transform(high_water_mark=10, flush=flush, **options).resume().end(b"x")

    assert told(main) == []


# -- a callback that is called twice --------------------------------------------------------------


def by_a_partial(self, chunk, encoding, callback):
    done = functools.partial(callback, None)
    done()  # first
    done()  # second


def by_a_wrapper(self, chunk, encoding, callback):
    def done():
        callback()

    done()  # first
    done()  # second


def of_a_base_class(self, chunk, encoding, callback):
    Quick._write(self, chunk, encoding, callback)
    callback()  # second


@pytest.mark.parametrize("write", [by_a_partial, by_a_wrapper, of_a_base_class])
def test_both_places_are_named_through_whatever_calls_it(write):
    with pytest.raises(errors.MultipleCallbackError) as caught:
        run(lambda: Quick(write=write).write(b"x") and None, debug=True)
    note = "\n".join(caught.value.__notes__)
    assert f"test_debug_shapes.py:{line_of('second', of=write)}" in note
    if write is of_a_base_class:
        assert "test_debug.py:" in note
    else:
        assert f"test_debug_shapes.py:{line_of('first', of=write)}" in note


def test_that_of_construct_is_told_of_when_the_stream_is_gone():
    def construct(self, callback):
        callback()
        callback()

    assert told(lambda: Quick(construct=construct).end()) == [CallbackWarning]


# -- a chunk that is changed ----------------------------------------------------------------------


def in_flight(sink, view=bytes):
    buffer = bytearray(b"one")
    sink.write(view(buffer))
    buffer[0] = 0


def changed_before_it_is_read():
    through = PassThrough()
    in_flight(through, lambda buffer: buffer)
    through.resume()


def in_flight_of_a_coroutine():
    async def write(self, chunk, encoding):
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    sink, buffer = Writable(write=write), bytearray(b"one")
    sink.write(buffer)
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, buffer.clear)


def waiting_in_an_array():
    sink, buffer = Slow(), array.array("B", b"one")
    sink.write(b"first")
    sink.write(memoryview(buffer)[1:])
    buffer[1] = 0


def corked():
    sink, buffer = Slow(), bytearray(b"one")
    sink.cork()
    sink.end(buffer)
    buffer[0] = 0


def together():
    def writev(self, chunks, callback):
        asyncio.get_running_loop().call_soon(callback)

    sink, buffer = Writable(writev=writev), bytearray(b"one")
    for chunk in (b"first", b"second", buffer):
        sink.write(chunk)
    asyncio.get_running_loop().call_soon(buffer.clear)


def filled_again():
    sink, buffer = Slow(), bytearray(3)
    for letters in (b"abc", b"def", b"ghi"):
        buffer[:] = letters
        sink.write(buffer)


CHANGING = {
    "in flight": lambda: in_flight(Slow(), lambda buffer: buffer),
    "a view of it": lambda: in_flight(Slow(), memoryview),
    "a view that may not": lambda: in_flight(Slow(), lambda b: memoryview(b).toreadonly()),
    "in a transform": lambda: in_flight(SlowTransform().resume(), lambda buffer: buffer),
    "in gzip": lambda: in_flight(zlib.create_gzip().resume(), lambda buffer: buffer),
    "in what is read later": changed_before_it_is_read,
    "in a coroutine": in_flight_of_a_coroutine,
    "waiting in an array": waiting_in_an_array,
    "corked": corked,
    "together": together,
    "filled again": filled_again,
}


@pytest.mark.parametrize("shape", CHANGING)
def test_a_change_is_found_in_each_shape(shape):
    with seen() as caught:
        run(lambda: CHANGING[shape]() and None, debug=True)
        gc.collect()
    (warning,) = (w for w in caught if w.category is ChunkChangedWarning)
    assert warning.filename == __file__


def changed_by_its_own_method():
    async def write(self, chunk, encoding):
        chunk[0] = 1
        await asyncio.sleep(0)
        chunk.clear()

    sink = Writable(write=write)
    sink.write(bytearray(b"one"))
    sink.end(bytearray(b"two"))


def pushed_at_once(self, chunk, encoding, callback):
    self.push(chunk)
    asyncio.get_running_loop().call_soon(callback)


async def pushed_by_a_coroutine(self, chunk, encoding):
    self.push(chunk)
    await asyncio.sleep(0)


async def returned(self, chunk, encoding):
    await asyncio.sleep(0)
    return chunk


def changed_by_who_reads(transform):
    through = Transform(transform=transform)
    through.on("data", lambda chunk: chunk.clear())
    through.write(bytearray(b"one"))
    through.end(bytearray(b"two"))


ALLOWED = {
    "its own method": changed_by_its_own_method,
    "who reads it": lambda: changed_by_who_reads(SlowTransform._transform),
    "who reads it before the callback": lambda: changed_by_who_reads(pushed_at_once),
    "who reads it of a coroutine": lambda: changed_by_who_reads(pushed_by_a_coroutine),
    "who reads what was returned": lambda: changed_by_who_reads(returned),
}


@pytest.mark.parametrize("who", ALLOWED)
def test_whose_it_is_may_change_it(who):
    assert told(lambda: ALLOWED[who]() and None) == []


# -- streams that are left, and threads -----------------------------------------------------------

LEFT = {
    "a generator": lambda: Readable.from_(n for n in range(3)),
    "a subclass": lambda: type("Mine", (Readable,), {"_read": print})(),
    "one with a parameter": lambda: Readable[int](read=print),
    "an operator": lambda: Readable.from_([1]).map(str),
    "compose": lambda: compose(PassThrough(), PassThrough()),
    "a pair": duplex_pair,
    "gzip": zlib.create_gzip,
    "one that was written": lambda: Quick().write(b"x"),
    "one that was pushed to": lambda: Readable(read=print).push(b"x"),
    "one with a listener": lambda: Quick().on("error", print),
}


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="collects some later")
@pytest.mark.parametrize("how", LEFT)
def test_however_a_stream_was_made_it_is_told_of(how):
    def main():
        LEFT[how]()
        gc.collect()

    with seen() as caught:
        run(main, debug=True)
    kinds = {w.category for w in caught}
    assert kinds == {UnusedStreamWarning}
    assert {w.filename for w in caught} == {__file__}


USING = {
    "write": lambda stream: stream.write(b"x"),
    "end": lambda stream: stream.end(),
    "cork": lambda stream: stream.cork(),
    "uncork": lambda stream: stream.uncork(),
    "set_default_encoding": lambda stream: stream.set_default_encoding("utf8"),
    "push": lambda stream: stream.push(b"x"),
    "unshift": lambda stream: stream.unshift(b"x"),
    "read": lambda stream: stream.read(),
    "resume": lambda stream: stream.resume(),
    "pause": lambda stream: stream.pause(),
    "pipe": lambda stream: stream.pipe(Quick()),
    "unpipe": lambda stream: stream.unpipe(),
    "set_encoding": lambda stream: stream.set_encoding("utf8"),
    "destroy": lambda stream: stream.destroy(),
    "emit": lambda stream: stream.emit("news"),
    "on": lambda stream: stream.on("news", print),
    "once": lambda stream: stream.once("news", print),
    "off": lambda stream: stream.off("news", print),
    "finished": lambda stream: finished(stream, print),
}


@pytest.mark.host
@pytest.mark.parametrize("used", [True, False], ids=["used before", "only made"])
@pytest.mark.parametrize("method", USING)
def test_each_method_is_told_of_in_another_thread(method, used):
    def use(stream):
        try:
            USING[method](stream)
        except (errors.StreamsError, KeyError):
            pass  # It may notice by itself that no loop runs there.

    async def main():
        stream = PassThrough()
        if used:
            stream.write(b"x")
        await asyncio.get_running_loop().run_in_executor(None, use, stream)
        stream.on("error", print).destroy()

    assert ThreadWarning in told(main)


# -- what takes long ------------------------------------------------------------------------------


def test_a_listener_that_keeps_the_loop_is_named_and_no_method():
    def main(clock):
        def hands_on(self, chunk, encoding, callback):
            self.push(chunk)
            callback()

        def listen(chunk):  # slow
            clock.works(0.2)

        Transform(transform=hands_on).on("data", listen).end(b"x")

    (text,) = slow_told(main)
    assert text.startswith("what listens to 'data' (")
    assert "test_debug_shapes.py:" in text
    assert "200 ms" in text


# -- while it is off ------------------------------------------------------------------------------


@pytest.mark.off
@pytest.mark.skipif(sys.implementation.name == "pypy", reason="has no calls left once it is warm")
def test_off_a_chunk_costs_no_call_more_than_if_it_had_never_been_on():
    def work():
        chunks = iter([b"x"] * 300)
        source = Readable(read=lambda self, size: self.push(next(chunks, None)))
        source.pipe(PassThrough()).pipe(Quick())

    def calls_of_a_run():
        calls = Counter()

        def count(frame, event, arg):
            calls[frame.f_code.co_filename, frame.f_code.co_name, event] += 1

        sys.setprofile(count)
        try:
            run(work)
        finally:
            sys.setprofile(None)
        return calls

    calls_of_a_run()
    before = calls_of_a_run()
    told(work)
    after = calls_of_a_run()
    ours = [call for call in before if "doctor" in call[0]]
    per_chunk = [call for call in ours if before[call] > 10]
    assert per_chunk == []
    streams = os.path.join("streams2", "")
    differ = [call for call in before | after if before[call] != after[call] and streams in call[0]]
    assert differ == []
