"""run: a program goes on until nothing is left to do, and ends at the first failure."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streams2 import AbortSignal, EventEmitter, Readable, next_tick, run
from streams2.errors import InvalidArgTypeError
from streams2.loop.keepers import hold

from .support import BoomError, Sink, failing
from .twins import Twins, later

twins = Twins()


# -- until nothing is left -------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 42, [1]])
def test_it_returns_what_main_returns(value):
    async def main():
        return value

    assert run(lambda: value) is value
    assert run(main) is value


def test_it_waits_for_ticks_calls_and_timers():
    order = []

    def main():
        loop = asyncio.get_running_loop()
        loop.call_later(0.002, order.append, "timer")
        loop.call_soon(order.append, "call")
        next_tick(order.append, "tick")
        order.append("main")
        return "value"

    assert run(main) == "value"
    assert order == ["main", "tick", "call", "timer"]


def test_it_waits_for_what_a_timer_sets_going():
    order = []

    def main():
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, lambda: loop.call_later(0.001, next_tick, order.append, "last"))

    run(main)
    assert order == ["last"]


def test_a_timer_that_was_cancelled_is_not_waited_for():
    def main():
        asyncio.get_running_loop().call_later(3600, print).cancel()

    run(main)


def test_it_waits_for_tasks_and_for_tasks_of_tasks():
    order = []

    async def task(depth):
        await asyncio.sleep(0)
        if depth:
            tasks.append(asyncio.ensure_future(task(depth - 1)))
        order.append(depth)

    tasks = []

    def main():
        tasks.append(asyncio.ensure_future(task(3)))

    run(main)
    assert order == [3, 2, 1, 0]


def test_it_waits_for_work_in_threads():
    done = []
    go = threading.Event()

    def main():
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, lambda: (go.wait(30), done.append("worked")))
        later(later, go.set)

    run(main)
    assert done == ["worked"]


def test_it_waits_for_a_call_from_another_thread_while_something_holds_it():
    got = []

    def main():
        loop = asyncio.get_running_loop()
        held = hold()

        def work():
            loop.call_soon_threadsafe(lambda: (got.append("called"), held.release()))

        threading.Thread(target=work).start()

    run(main)
    assert got == ["called"]


def test_a_hold_keeps_it_going_until_it_is_released():
    order = []

    def main():
        held = hold(lambda: order.append("abandoned"))
        later(lambda: later(lambda: (order.append("released"), held.release(), held.release())))

    run(main)
    assert order == ["released"]


def test_outside_of_run_a_hold_does_nothing():
    hold().release()

    async def main():
        hold().release()

    asyncio.run(main())


def test_a_whole_pipe_runs_to_its_end_though_nobody_waits_for_it():
    sink = Sink(finish=later, object_mode=True, high_water_mark=1)
    run(lambda: Readable.from_(range(50)).pipe(sink))
    assert sink.got == list(range(50))
    assert sink.closed


def test_a_stream_that_waits_for_nothing_does_not_keep_it_going():
    """As in Node: a stream alone is no handle."""
    sink = Sink(finish=id)
    run(lambda: sink.write(b"never finished"))
    assert not sink.closed


# -- failures --------------------------------------------------------------------------------------


def raises(error):
    raise error


@pytest.mark.parametrize(
    "main",
    [
        lambda: raises(BoomError()),
        lambda: next_tick(raises, BoomError()),
        lambda: asyncio.get_running_loop().call_soon(raises, BoomError()),
        lambda: asyncio.get_running_loop().call_later(0.001, raises, BoomError()),
        lambda: EventEmitter().emit("error", BoomError()),
        lambda: Sink(finish=failing(BoomError())).write(b"x"),
        lambda: Readable().destroy(BoomError()) and None,
    ],
    ids=["main", "a tick", "a call", "a timer", "emit", "a write", "destroy"],
)
def test_what_nobody_catches_ends_it_and_is_raised(main):
    def keeps_going():
        asyncio.get_running_loop().call_later(3600, print)
        return main()

    with pytest.raises(BoomError):
        run(keeps_going)


def test_a_main_coroutine_that_fails_ends_it():
    async def main():
        asyncio.get_running_loop().call_later(3600, print)
        await asyncio.sleep(0)
        raise BoomError

    with pytest.raises(BoomError):
        run(main)


def test_a_task_that_fails_and_that_nobody_awaits_ends_it():
    async def fail():
        raise BoomError

    def main():
        asyncio.ensure_future(fail())  # noqa: RUF006  # to be collected is what it is for

    with pytest.raises(BoomError):
        run(main)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_an_exit_goes_straight_through(kind):
    with pytest.raises(kind):
        run(lambda: next_tick(raises, kind()))


@twins.program("""
    nextTick(() => { say('tick'); throw new Error('boom'); });
    nextTick(() => say('never'));
    later(() => say('never'));
""")
def test_nothing_runs_after_the_failure(say):
    def fail():
        say("tick")
        raise BoomError("boom")

    next_tick(fail)
    next_tick(say, "never")
    later(say, "never")


def test_at_a_failure_what_is_held_is_abandoned_and_tasks_are_cancelled():
    order = []

    async def wait():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            order.append("cancelled")

    def main():
        hold(lambda: order.append("abandoned"))
        main.task = asyncio.ensure_future(wait())
        later(raises, BoomError())

    with pytest.raises(BoomError):
        run(main)
    assert sorted(order) == ["abandoned", "cancelled"]


def test_a_second_failure_is_reported_and_the_first_one_raised(caplog):
    def main():
        loop = asyncio.get_running_loop()
        loop.call_soon(raises, BoomError("first"))
        loop.call_soon(raises, BoomError("second"))

    with pytest.raises(BoomError, match="first"):
        run(main)


# -- how it is used --------------------------------------------------------------------------------


def test_it_cannot_be_used_within_itself_or_within_another_loop():
    def main():
        with pytest.raises(RuntimeError, match="while an event loop is running"):
            run(print)
        return "refused"

    async def in_another():
        return main()

    assert run(main) == "refused"
    assert asyncio.run(in_another()) == "refused"


@pytest.mark.parametrize("main", [5, None, "main"])
def test_what_cannot_be_called_is_refused_by_name(main):
    with pytest.raises(InvalidArgTypeError, match='"main" argument must be a function'):
        run(main)


def test_a_coroutine_instead_of_a_function_is_refused():
    async def main():
        pass

    coroutine = main()
    with pytest.raises(InvalidArgTypeError, match='"main"'):
        run(coroutine)
    coroutine.close()


def test_it_can_be_used_again_and_in_several_threads():
    assert [run(lambda n=n: n) for n in range(3)] == [0, 1, 2]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(run(lambda: 1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_it_leaves_no_file_open():
    def fail():
        hold()
        raise BoomError

    def work():
        asyncio.get_running_loop().run_in_executor(None, int)

    def once_each():
        run(int)
        run(work)
        with pytest.raises(BoomError):
            run(fail)

    once_each()
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        once_each()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_leaves_no_running_loop_and_no_thread_behind():
    before = threading.active_count()
    run(lambda: asyncio.get_running_loop().run_in_executor(None, int) and None)
    assert threading.active_count() == before
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


PROGRAM = """
from streams2 import Writable, run

def main():
    broken = Writable(write=lambda self, chunk, encoding, done: done(OSError("disk full")))
    broken.write(b"x")
    print("written")

run(main)
"""


def test_a_program_that_fails_exits_as_a_failed_program_does():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stdout.split() == ["written"]
    assert "OSError: disk full" in ended.stderr.splitlines()


# -- Ctrl-C ---------------------------------------------------------------------------------------


@pytest.fixture
def _ctrl_c():
    """Ctrl-C is heard, even where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c")
def test_ctrl_c_ends_the_run_between_two_callbacks():
    order = []

    def main():
        hold(abandon=lambda: order.append("abandoned"))
        next_tick(order.append, "a tick of the same turn")
        signal.raise_signal(signal.SIGINT)
        order.append("the callback goes on")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(main)
    assert order == ["the callback goes on", "a tick of the same turn", "abandoned"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("_ctrl_c")
def test_a_second_ctrl_c_does_not_wait():
    order = []

    def main():
        signal.raise_signal(signal.SIGINT)
        order.append("first")
        signal.raise_signal(signal.SIGINT)
        order.append("never")

    with pytest.raises(KeyboardInterrupt):
        run(main)
    assert order == ["first"]


@pytest.mark.usefixtures("_ctrl_c")
def test_ctrl_c_closes_what_the_coroutine_has_open():
    closed = []

    async def main():
        try:
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        run(main)
    assert closed == [True]


def test_a_handler_of_the_programs_own_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        run(lambda: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


# -- timers that nobody waits for -----------------------------------------------------------------


def test_it_does_not_wait_for_the_timeout_of_a_signal():
    assert not run(lambda: AbortSignal.timeout(3600)).aborted


def test_what_the_loop_tells_of_without_an_exception_is_logged_and_ends_nothing(caplog):
    def main():
        asyncio.get_running_loop().call_exception_handler({"message": "by the way"})
        return "done"

    assert run(main) == "done"
    assert "by the way" in caplog.text


def a_future_that_fails_and_that_only_it_knows():
    future = asyncio.get_running_loop().create_future()
    future.itself = future
    future.set_exception(BoomError())


def test_what_failed_unheard_is_heard_of_after_a_short_run():
    """What it made is young, and no more is looked at."""
    with pytest.raises(BoomError):
        run(a_future_that_fails_and_that_only_it_knows)


@pytest.mark.parametrize("generation", [0, 1, 2])
def test_what_failed_unheard_is_heard_of_when_it_is_old(generation):
    kept = []

    def main():
        future = asyncio.get_running_loop().create_future()
        kept.append(future)
        future.itself = future
        future.set_exception(BoomError())
        gc.collect(generation)
        next_tick(kept.clear)

    with pytest.raises(BoomError):
        run(main)
