"""How a program that crashes ends: each `finally` to its end, and at the first Ctrl-C."""

import asyncio
import gc
import signal
import subprocess
import sys
import textwrap
import warnings

import anyio
import pytest

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Writable,
    brokers,
    next_tick,
    pipeline,
    promises,
    run,
    run_async,
)

begun = []
cleaned = []


async def numbers():
    begun.append("numbers")
    try:
        number = 0
        while True:
            number += 1
            yield number
            await asyncio.sleep(0.001)
    finally:
        await asyncio.sleep(0.002)
        cleaned.append("numbers")


async def stage(source):
    begun.append("stage")
    try:
        async for chunk in source:
            yield chunk
    finally:
        await asyncio.sleep(0.002)
        cleaned.append("stage")


def write_slowly(self, chunk, encoding, callback):
    asyncio.get_running_loop().call_later(0.001, callback)


def sink():
    return Writable(object_mode=True, write=write_slowly)


def ignore(*_):
    pass


async def eat(source):
    async for _ in source:
        await asyncio.sleep(0.001)


SHAPES = {
    "first stage": lambda: pipeline(numbers, sink(), callback=ignore),
    "stages": lambda: pipeline(numbers, stage, stage, sink(), callback=ignore),
    "streams between": lambda: pipeline(
        Readable.from_(numbers()),
        stage,
        PassThrough(object_mode=True),
        stage,
        sink(),
        callback=ignore,
    ),
    "last is a function": lambda: pipeline(numbers, stage, eat, callback=ignore),
    "from_": lambda: Readable.from_(numbers()).pipe(sink()),
    "Duplex.from_": lambda: Readable.from_(numbers()).pipe(Duplex.from_(stage)).pipe(sink()),
    "compose": lambda: Readable.from_(numbers()).map(lambda n: n).compose(stage).pipe(sink()),
    "async for": lambda: asyncio.ensure_future(eat(Readable.from_(numbers()))),
}


def raise_(error):
    raise error


async def fail():
    raise ValueError("in a task")


CRASHES = {
    "an error": lambda: raise_(ValueError("nobody catches it")),
    "exit": lambda: raise_(SystemExit(3)),
    "interrupt": lambda: raise_(KeyboardInterrupt()),
    "unheard": lambda: Readable().destroy(ValueError("nobody listens")),
    "task": lambda: next_tick(fail),
}


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("way", ["run", "run_async"])
def test_generators_come_to_their_end_when_a_program_crashes(way, shape, crash):
    if way == "run_async" and crash in ("exit", "interrupt") and sys.version_info < (3, 11):
        return  # asyncio.run's cancelling cannot be told from ours there.
    begun.clear()
    cleaned.clear()

    def crash_in_the_midst():
        # A slow machine may take longer to begin.
        asyncio.get_running_loop().call_later(
            0.005, CRASHES[crash] if begun else crash_in_the_midst
        )

    def main():
        SHAPES[shape]()
        crash_in_the_midst()

    def go():
        run(main) if way == "run" else asyncio.run(run_async(main))

    with pytest.raises((ValueError, SystemExit, KeyboardInterrupt)):
        go()
    assert begun
    assert sorted(cleaned) == sorted(begun)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_task_that_outlives_its_cancellation_has_timers_like_others():
    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(0.002, heard.append, "later")

    async def main():
        task = asyncio.ensure_future(stubborn())
        await asyncio.sleep(0)
        task.cancel()
        await task

    for go in (lambda: run(main), lambda: asyncio.run(run_async(main))):
        heard = []
        go()
        assert heard == ["later"]


async def child():
    pass


async def in_a_group():
    async with anyio.create_task_group() as group:
        group.start_soon(child)


async def in_a_callback():
    heard = asyncio.get_running_loop().create_future()
    asyncio.ensure_future(child()).add_done_callback(lambda done: heard.set_result(None))
    await asyncio.shield(heard)


WAITS = {
    "gather": lambda: asyncio.gather(child()),
    "wait": lambda: asyncio.wait([asyncio.ensure_future(child())]),
    "shield": lambda: asyncio.shield(child()),
    "wait_for": lambda: asyncio.wait_for(child(), 1),
    "as_completed": lambda: next(iter(asyncio.as_completed([child()]))),
    "a task group": in_a_group,
    "a callback": in_a_callback,
}


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("waits", WAITS)
@pytest.mark.parametrize("way", ["run", "run_async"])
def test_what_a_future_calls_is_not_lost_when_a_program_crashes(way, waits, turns):
    """A future that is done calls what somebody waits for, in the turn after."""
    ends = []

    async def worker():
        try:
            await WAITS[waits]()
        finally:
            ends.append("worker")

    async def main():
        working = asyncio.ensure_future(worker())
        for _ in range(1 + turns):
            await asyncio.sleep(0)
        assert working
        raise ValueError("nobody catches it")

    with pytest.raises(ValueError, match="nobody catches it"):
        run(main) if way == "run" else asyncio.run(run_async(main))
    assert ends == ["worker"]


@pytest.mark.parametrize("way", ["run", "run_async"])
def test_timers_of_a_program_that_crashes_are_over_but_for_those_that_somebody_waits_for(way):
    heard = []

    async def worker():
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_later(0.002, done.set_result, None)
        asked_before = asyncio.ensure_future(asyncio.shield(asyncio.sleep(0.002)))
        loop.call_later(0.001, lambda: heard.append("the program's own"))
        try:
            await asyncio.sleep(10)
        finally:
            loop.call_later(0.001, lambda: heard.append("asked at the end"))
            await done
            await asyncio.wait([asked_before])
            await asyncio.sleep(0.002)
            heard.append("done")

    async def main():
        working = asyncio.ensure_future(worker())
        await asyncio.sleep(0)
        assert working
        raise ValueError("nobody catches it")

    with pytest.raises(ValueError, match="nobody catches it"):
        run(main) if way == "run" else asyncio.run(run_async(main))
    assert heard == ["asked at the end", "done"]


FLOWS = {
    "pipe": "Readable(read=lambda s, n: s.push(b'x')).pipe(Writable(write=lambda *a: a[-1]()))",
    "ticks": "tick()",
    "a timer": "asyncio.get_running_loop().call_later(1000, print)",
}


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("way", ["run(main)", "asyncio.run(run_async(main))"])
def test_one_interrupt_ends_a_flow_that_never_leaves_its_callback(way, flow):
    program = f"""
        import asyncio
        from streams2 import Readable, Writable, next_tick, run, run_async

        def tick():
            next_tick(tick)

        def main():
            print("begun", flush=True)
            {FLOWS[flow]}

        {way}
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGINT)
        try:
            _, told = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode in (-signal.SIGINT, 130)
    assert told.rstrip().endswith("KeyboardInterrupt")
    assert "pending" not in told
    assert "never retrieved" not in told


@pytest.mark.parametrize("way", [run, lambda main: asyncio.run(run_async(main))])
@pytest.mark.parametrize("error", [SystemExit, ValueError, KeyboardInterrupt])
def test_what_is_destroyed_just_as_the_program_ends_comes_to_its_end(way, error):
    """Who does it has not begun when all are told to end: cancelled now, it would never begin."""
    begun.clear()
    cleaned.clear()
    streams = []

    async def main():
        source = Readable.from_(numbers())
        streams.append(source)
        async for _ in source.iterator(destroy_on_return=False):
            break

        async def waits_for_its_close():
            try:
                await asyncio.sleep(60)
            finally:
                while not source.closed:
                    await asyncio.sleep(0.001)

        waiting = asyncio.ensure_future(waits_for_its_close())
        await asyncio.sleep(0)
        assert not waiting.done()
        asyncio.get_running_loop().call_soon(source.destroy)
        raise error

    with pytest.raises(error):
        way(main)
    assert cleaned == ["numbers"]
    assert streams[0].closed


def test_a_chunk_that_a_sink_of_coroutines_has_not_begun_with_is_no_complaint():
    async def publishes():
        async with brokers.connect("memory://left") as broker:
            await broker.declare("left", limit=3)
            await promises.pipeline(Readable.from_(list("abcde")), broker.publisher("left"))

    async def main(turns):
        publishing = asyncio.ensure_future(publishes())
        for _ in range(turns):
            await asyncio.sleep(0)
        assert not publishing.done()
        raise SystemExit

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for turns in range(12):
            with pytest.raises(SystemExit):
                run(lambda turns=turns: main(turns))
        gc.collect()
    assert [str(one.message) for one in caught] == []
