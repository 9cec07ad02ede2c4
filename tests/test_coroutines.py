"""Coroutines where a callback or a method is expected: they run, and what fails is told."""

from __future__ import annotations

import asyncio
import functools
import itertools
from typing import Any

import pytest

from streams2 import (
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Transform,
    Writable,
    finished,
    next_tick,
    once,
    pipeline,
    promises,
    run,
)
from streams2.errors import AbortError, InvalidArgTypeError, SignatureError

from .support import BoomError, Sink, Source


async def turn():
    await asyncio.sleep(0)


async def cancelled_future():
    """What a user's code may await: a future that was cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    return await future


# -- methods --------------------------------------------------------------------------------------


class Async:
    """Every method as a coroutine function: with its callback, and without."""

    def __init__(self, with_callback):
        self.with_callback = with_callback
        self.seen = []

    def method(self, name, arguments):
        seen = self.seen

        async def with_callback(stream, *args):
            assert len(args) == arguments + 1
            await turn()
            seen.append((name, *args[:-1]))
            args[-1](*([args[0]] if name == "destroy" else []))

        # inspect.signature() tells the one from the other.
        if self.with_callback:
            return with_callback
        if arguments == 0:

            async def bare(stream):
                await turn()
                seen.append((name,))

            return bare
        if arguments == 1:

            async def one(stream, first):
                await turn()
                seen.append((name, first))

            return one

        async def two(stream, first, second):
            await turn()
            seen.append((name, first, second))

        return two


ARGUMENTS = {"construct": 0, "write": 2, "final": 0, "destroy": 1}


class AsyncCallable:
    def __init__(self, function):
        self.function = function

    async def __call__(self, *args):
        return await self.function(*args)


def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def wrapped_async(function):
    @functools.wraps(function)
    async def wrapper(*args):
        return await function(*args)

    return wrapper


HOW = {
    "option": lambda functions: Writable(**functions),
    "partial": lambda functions: Writable(
        **{name: functools.partial(function) for name, function in functions.items()}
    ),
    "decorated": lambda functions: Writable(
        **{name: wrapped(function) for name, function in functions.items()}
    ),
    "decorated with a coroutine": lambda functions: Writable(
        **{name: wrapped_async(function) for name, function in functions.items()}
    ),
    "method": lambda functions: type(
        "Mine", (Writable,), {f"_{name}": function for name, function in functions.items()}
    )(),
    "assigned": lambda functions: assigned(Writable(construct=functions["construct"]), functions),
}


def assigned(stream, functions):
    for name, function in functions.items():
        setattr(stream, f"_{name}", functools.partial(function, stream))
    return stream


@pytest.mark.parametrize("with_callback", [True, False])
@pytest.mark.parametrize("how", HOW)
def test_methods_of_a_writable_are_awaited_in_order(how, with_callback):
    methods = Async(with_callback)
    events = []

    def main():
        stream = HOW[how]({name: methods.method(name, n) for name, n in ARGUMENTS.items()})
        for event in ("finish", "close"):
            stream.on(event, functools.partial(events.append, event))
        stream.write(b"a", callback=lambda error: events.append(error))
        stream.write(b"b")
        stream.end()

    run(main)
    assert methods.seen == [
        ("construct",),
        ("write", b"a", "buffer"),
        ("write", b"b", "buffer"),
        ("final",),
        ("destroy", None),
    ]
    assert events == [None, "finish", "close"]


def test_a_callable_object_is_awaited():
    seen = []

    async def write(stream, chunk, encoding, callback):
        await turn()
        seen.append(chunk)
        callback()

    run(lambda: Writable(write=AsyncCallable(write)).end(b"x") and None)
    assert seen == [b"x"]


def test_writev_is_awaited():
    seen = []

    async def writev(stream, chunks):
        await turn()
        seen.append([entry.chunk for entry in chunks])

    def main():
        stream = Writable(writev=writev)
        for chunk in (b"a", b"b", b"c"):
            stream.write(chunk)
        stream.end()

    run(main)
    assert list(itertools.chain(*seen)) == [b"a", b"b", b"c"]


def test_read_is_awaited():
    chunks = iter([b"a", b"b", None])

    async def read(stream, size):
        await turn()
        stream.push(next(chunks))

    assert run(Readable(read=read).to_array) == [b"a", b"b"]


@pytest.mark.parametrize("flush", ["a value", "nothing"])
def test_what_transform_and_flush_return_is_pushed(flush):
    class Upper(Transform):
        async def _transform(self, chunk, encoding):
            await turn()
            return chunk.upper() if chunk != b"skip" else None

        async def _flush(self):
            await turn()
            return b"the end" if flush == "a value" else None

    async def main():
        upper = Upper()
        for chunk in (b"a", b"skip", b"b"):
            upper.write(chunk)
        upper.end()
        return await upper.to_array()

    assert run(main) == [b"A", b"B", *([b"the end"] if flush == "a value" else [])]


def test_a_coroutine_that_takes_the_callback_pushes_nothing_by_returning():
    async def transform(stream, chunk, encoding, callback):
        await turn()
        callback(None, chunk)
        return b"ignored"

    async def main():
        stream = Transform(transform=transform)
        stream.end(b"x")
        return await stream.to_array()

    assert run(main) == [b"x"]


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
def test_back_pressure_goes_through_an_async_transform():
    seen = []

    async def transform(stream, chunk, encoding):
        seen.append(chunk)
        return chunk

    async def main():
        stream = Transform(object_mode=True, high_water_mark=1, transform=transform)
        for n in range(10):
            stream.write(n)
        await asyncio.sleep(0.01)
        assert len(seen) < 4
        stream.end()
        return await stream.to_array()

    assert run(main) == list(range(10))


def test_a_function_with_too_few_parameters_is_no_coroutine_function_and_is_named():
    with pytest.raises(SignatureError, match="option 'write'"):
        run(lambda: Writable(write=lambda stream, chunk, done: None).write(b"x") and None)


@pytest.mark.parametrize("with_callback", [True, False])
@pytest.mark.parametrize("name", ["construct", "write", "writev", "final", "destroy"])
def test_what_fails_in_a_method_destroys_the_stream(name, with_callback):
    error = BoomError()
    told = []

    async def fails(*args):
        await turn()
        raise error

    if with_callback:
        fail = fails
    elif name == "write":

        async def fail(stream, chunk, encoding):
            await fails()
    elif name in ("writev", "destroy"):

        async def fail(stream, argument):
            await fails()
    else:

        async def fail(stream):
            await fails()

    async def main():
        stream = Writable(**{name: fail})
        stream.on("error", told.append)
        stream.on("close", lambda: told.append("close"))
        for _ in range(2):
            stream.write(b"x", callback=lambda error: None)
        stream.end()
        if name == "destroy":
            stream.destroy()
        with pytest.raises(BoomError):
            await promises.finished(stream)
        await once(stream, "close") if "close" not in told else None
        assert stream.destroyed

    if name in ("final", "construct", "destroy"):
        Writable._write, original = (lambda s, c, e, done: done()), Writable._write
        try:
            run(main)
        finally:
            Writable._write = original
    else:
        run(main)
    assert told == [error, "close"]


@pytest.mark.parametrize("make", [Readable, Writable, Transform])
def test_a_destroy_that_returns_hides_no_error(make):
    error = BoomError()
    told = []

    async def destroy(stream, why):
        await turn()
        told.append(why)

    async def main():
        failed = make(destroy=destroy).destroy(error)
        failed.on("error", told.append).on("close", lambda: told.append("close"))
        with pytest.raises(BoomError):
            await promises.finished(failed)
        await once(make(destroy=destroy).destroy(), "close")

    run(main)
    assert told == [error, error, "close", None]


def test_a_read_and_a_transform_that_fail_destroy_the_stream():
    error = BoomError()

    async def fails(*args):
        await turn()
        raise error

    async def main():
        with pytest.raises(BoomError):
            await Readable(read=fails).to_array()
        stream = Transform(transform=fails)
        stream.end(b"x")
        with pytest.raises(BoomError):
            await stream.to_array()
        stream = Transform(transform=lambda s, c, e, done: done(), flush=fails)
        stream.end(b"x")
        with pytest.raises(BoomError):
            await stream.to_array()

    run(main)


def test_a_failure_after_the_callback_destroys_the_stream():
    error = BoomError()

    async def write(stream, chunk, encoding, callback):
        callback()
        await turn()
        raise error

    async def main():
        stream = Writable(write=write)
        stream.write(b"x")
        with pytest.raises(BoomError):
            await promises.finished(stream)

    run(main)


# -- callbacks ------------------------------------------------------------------------------------

CALLBACKS = {
    "next_tick": lambda callback: next_tick(callback, None),
    "write": lambda callback: Sink().write(b"x", callback=callback),
    "a write that fails": lambda callback: failing_sink().write(b"x", callback=callback),
    "end": lambda callback: Sink().end(callback=callback),
    "destroy": lambda callback: Sink().destroy(None, callback),
    "finished": lambda callback: finished(Sink().end(), callback),
    "pipeline": lambda callback: pipeline(Readable.from_(["x"]), Sink(), callback=callback),
}


def failing_sink():
    sink = Sink(finish=lambda done: done(BoomError("of the sink")))
    return sink.on("error", lambda error: None)


@pytest.mark.parametrize("who", CALLBACKS)
def test_a_callback_may_be_a_coroutine_function(who):
    called = []

    async def callback(argument):
        await turn()
        called.append(argument)

    def main():
        CALLBACKS[who](callback)

    run(main)
    assert len(called) == 1


@pytest.mark.parametrize("who", CALLBACKS)
def test_a_callback_that_fails_is_heard_of(who):
    error = BoomError()

    async def callback(argument):
        await turn()
        raise error

    def main():
        CALLBACKS[who](callback)

    if who == "a write that fails":
        with pytest.raises(BoomError) as caught:
            run(main)
        assert caught.value is error
        return
    with pytest.raises(BoomError) as caught:
        run(main)
    assert caught.value is error


def test_a_write_whose_callback_fails_destroys_its_stream():
    error = BoomError()

    async def callback(_):
        raise error

    async def main():
        sink = Sink()
        sink.write(b"x", callback=callback)
        with pytest.raises(BoomError):
            await promises.finished(sink)
        assert sink.errored is error

    run(main)


@pytest.mark.parametrize("kind", ["coroutine", "task", "future"])
def test_capture_rejections_captures_what_a_listener_returns(kind):
    error = BoomError()

    async def fails():
        raise error

    def listener():
        loop = asyncio.get_running_loop()
        if kind == "coroutine":
            return fails()
        if kind == "task":
            return loop.create_task(fails())
        future = loop.create_future()
        loop.call_soon(future.set_exception, error)
        return future

    async def main():
        emitter = EventEmitter(capture_rejections=True)
        failed = once(emitter, "error")
        emitter.on("event", listener)
        emitter.emit("event")
        return await failed

    assert run(main) == [error]


# -- cancellations that nobody asked for ----------------------------------------------------------


async def of_generator():
    yield b"a"
    await cancelled_future()


async def passes_then_fails(chunks):
    async for chunk in chunks:
        yield chunk
        await cancelled_future()


async def eats_then_fails(chunks):
    async for _ in chunks:
        await cancelled_future()


async def writes(stream, chunk, encoding):
    await cancelled_future()


SHAPES: dict[str, Any] = {
    "a generator": lambda: promises.pipeline(of_generator(), Sink()),
    "a generator function": lambda: promises.pipeline(of_generator, Sink()),
    "Readable.from_": lambda: promises.pipeline(Readable.from_(of_generator()), Sink()),
    "async for": lambda: Readable.from_(of_generator()).to_array(),
    "a middle stage": lambda: promises.pipeline(Readable.from_(["x"]), passes_then_fails, Sink()),
    "a last stage": lambda: promises.pipeline(Readable.from_(["x"]), eats_then_fails),
    "map": lambda: Readable.from_(["x"]).map(lambda _: cancelled_future()).to_array(),
    "filter": lambda: Readable.from_(["x"]).filter(lambda _: cancelled_future()).to_array(),
    "for_each": lambda: Readable.from_(["x"]).for_each(lambda _: cancelled_future()),
    "flat_map": lambda: Readable.from_(["x"]).flat_map(lambda _: cancelled_future()).to_array(),
    "reduce": lambda: Readable.from_(["x"]).reduce(lambda *_: cancelled_future(), 0),
    "some": lambda: Readable.from_(["x"]).some(lambda _: cancelled_future()),
    "find": lambda: Readable.from_(["x"]).find(lambda _: cancelled_future()),
    "Duplex.from_, a generator": lambda: promises.pipeline(
        Readable.from_(["x"]), Duplex.from_(passes_then_fails), Sink()
    ),
    "Duplex.from_, a coroutine": lambda: promises.pipeline(
        Readable.from_(["x"]), Duplex.from_(eats_then_fails)
    ),
    "Duplex.from_, an awaitable": lambda: Duplex.from_(cancelled_future()).to_array(),
    "an awaitable in a list": lambda: Readable.from_([cancelled_future()]).to_array(),
    "an awaitable in a pipeline": lambda: promises.pipeline([cancelled_future()], Sink()),
    "_read": lambda: Readable(read=lambda stream, size: cancelled_future()).to_array(),
    "_write": lambda: promises.pipeline(Readable.from_(["x"]), Writable(write=writes)),
    "compose": lambda: Readable.from_(["x"]).compose(passes_then_fails).to_array(),
}


@pytest.mark.parametrize("drive", [run, lambda main: asyncio.run(main())], ids=["run", "asyncio"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_cancellation_that_nobody_asked_for_is_a_failure(shape, drive):
    async def main():
        async def wait():
            await SHAPES[shape]()

        with pytest.raises(AbortError) as caught:
            await asyncio.wait_for(wait(), 10)
        error = caught.value
        while error.__cause__ is not None and not isinstance(error, asyncio.CancelledError):
            error = error.__cause__
        assert isinstance(error, asyncio.CancelledError)

    drive(main)


@pytest.mark.parametrize("drive", [run, lambda main: asyncio.run(main())], ids=["run", "asyncio"])
def test_a_reducer_is_cancelled_with_whoever_asked_for_it(drive):
    told = []

    async def reducer(total, chunk):
        try:
            await asyncio.sleep(60)
        finally:
            told.append("cancelled")

    async def main():
        source = Readable.from_(["x"])
        reducing = asyncio.ensure_future(source.reduce(reducer, 0))
        while not source.readable_did_read:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        reducing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reducing
        return source.destroyed

    assert drive(main)
    assert told == ["cancelled"]


def test_a_synchronous_method_that_raises_a_cancellation_fails():
    def read(stream, size):
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        return future.result()

    async def main():
        with pytest.raises(AbortError):
            await Readable(read=read).to_array()
        with pytest.raises(AbortError):
            await promises.finished(
                Writable(write=lambda s, c, e, done: done(), final=lambda s, d: read(s, 0)).end()
            )

    run(main)


@pytest.mark.skipif(not hasattr(asyncio.Task, "cancelling"), reason="before 3.11, nobody can tell")
def test_a_loop_that_shuts_down_cancels_in_silence(caplog):
    async def for_ever():
        yield b"a"
        await asyncio.sleep(3600)

    async def main():
        Readable.from_(for_ever()).pipe(Sink())

        async def write(stream, chunk, encoding):
            await asyncio.sleep(3600)

        Writable(write=write).write(b"x")
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert caplog.records == []


# -- what is no error -----------------------------------------------------------------------------

NO_ERRORS = ["x", "", 5, 0, False, True, 0.0, float("nan"), [], {}, b"", BoomError]


@pytest.mark.parametrize("value", NO_ERRORS, ids=repr)
@pytest.mark.parametrize("name", ["construct", "write", "writev", "final", "destroy", "transform"])
def test_what_is_no_error_is_refused_at_the_call(name, value):
    caught = []

    def method(*args):
        with pytest.raises(InvalidArgTypeError) as info:
            args[-1](value)
        caught.append(info.value.code)
        args[-1]()

    def main():
        if name == "transform":
            Transform(transform=method).end(b"x")
            return
        options = {"write": lambda stream, chunk, encoding, done: done(), name: method}
        if name == "writev":
            del options["write"]
            stream = Writable(**options)
            stream.cork()
            stream.write(b"x")
        else:
            stream = Writable(**options)
        stream.end(b"x")

    run(main)
    assert set(caught) == {"ERR_INVALID_ARG_TYPE"}


@pytest.mark.parametrize("value", NO_ERRORS, ids=repr)
def test_destroy_takes_errors_only(value):
    def main():
        stream = PassThrough()
        with pytest.raises(InvalidArgTypeError):
            stream.destroy(value)
        assert not stream.destroyed

    run(main)


class FalsyError(Exception):
    """An error that counts as false, as an empty group of errors may."""

    def __bool__(self):
        return False


def test_an_error_that_counts_as_false_is_an_error():
    error = FalsyError()
    told = []

    async def main():
        sink = Sink(finish=told_later(error))
        sink.write(b"a", callback=told.append)
        sink.write(b"b", callback=told.append)
        with pytest.raises(FalsyError):
            await promises.finished(sink)

    def told_later(error):
        return lambda done: next_tick(done, error)

    run(main)
    assert told == [error, error]


# -- StopIteration --------------------------------------------------------------------------------


def stops(*_):
    return next(iter(()))


async def stops_async(*_):
    raise StopAsyncIteration


STOPPING = {
    "read": lambda: Readable(read=stops),
    "async read": lambda: Readable(read=stops_async),
    "destroy": lambda: Readable(read=lambda *_: None, destroy=stops).destroy(),
    "construct": lambda: Readable(read=lambda *_: None, construct=stops),
    "transform": lambda: Readable.from_(["x"]).pipe(PassThrough(transform=stops)),
    "flush": lambda: Readable.from_(["x"]).pipe(PassThrough(flush=stops)),
    "final": lambda: Readable.from_(["x"]).pipe(PassThrough(final=stops)),
    "destroyed with one": lambda: Source().destroy(StopIteration()),
    "a callback with one": lambda: Readable.from_(["x"]).pipe(
        Transform(transform=lambda s, c, e, done: done(StopIteration()))
    ),
    "async for": lambda: Source().destroy(StopAsyncIteration()),
}


@pytest.mark.parametrize(
    "wait",
    [
        lambda stream: promises.finished(stream),
        lambda stream: stream.to_array(),
        lambda stream: once(stream, "nothing"),
        lambda stream: promises.pipeline(stream, Sink(object_mode=True)),
    ],
    ids=["finished", "to_array", "once", "pipeline"],
)
@pytest.mark.parametrize("method", STOPPING)
def test_a_method_that_stops_iterating_fails_as_in_a_generator(method, wait):
    async def main():
        stream = STOPPING[method]()
        stream.on("error", lambda error: None)
        if hasattr(stream, "resume") and wait.__code__.co_names[0] != "to_array":
            stream.resume()
        with pytest.raises((RuntimeError, Exception)) as caught:
            await asyncio.wait_for(wait(stream), 10)
        assert not isinstance(caught.value, (StopIteration, StopAsyncIteration, TimeoutError))
        assert not isinstance(caught.value, asyncio.TimeoutError)

    run(main)
