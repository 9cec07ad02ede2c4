"""run_async: what run does, on a loop that runs already, and that goes on with others' work."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading

import pytest

from streams2 import (
    AbortSignal,
    EventEmitter,
    Readable,
    fs,
    next_tick,
    promises,
    run,
    run_async,
)
from streams2.errors import InvalidArgTypeError
from streams2.loop.keepers import hold, unref

from .support import BoomError, Sink, failing
from .twins import later


def run_inside(main):
    """Run `main` as a notebook does: on a loop that runs before and goes on after."""

    async def cell():
        return await asyncio.wait_for(run_async(main), 30)

    return asyncio.run(cell())


def raises(error):
    raise error


# -- until nothing is left -------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 42, [1]])
def test_it_returns_what_main_returns(value):
    async def main():
        await asyncio.sleep(0)
        return value

    assert run_inside(lambda: value) is value
    assert run_inside(main) is value


def test_it_waits_for_ticks_calls_and_timers_and_what_they_set_going():
    order = []

    def main():
        loop = asyncio.get_running_loop()
        loop.call_later(0.002, lambda: loop.call_later(0.001, next_tick, order.append, "last"))
        loop.call_at(loop.time() + 0.001, order.append, "timer")
        loop.call_soon(order.append, "call")
        next_tick(order.append, "tick")
        order.append("main")
        return "value"

    assert run_inside(main) == "value"
    assert order == ["main", "tick", "call", "timer", "last"]


def test_a_timer_that_was_cancelled_is_not_waited_for_nor_is_a_signals():
    def main():
        asyncio.get_running_loop().call_later(3600, print).cancel()
        AbortSignal.timeout(3600)

    run_inside(main)


def test_it_waits_for_tasks_and_for_tasks_of_tasks():
    order = []
    tasks = []

    async def task(depth):
        await asyncio.sleep(0.001)
        if depth:
            tasks.append(asyncio.ensure_future(task(depth - 1)))
        order.append(depth)

    run_inside(lambda: tasks.append(asyncio.ensure_future(task(3))))
    assert order == [3, 2, 1, 0]


def test_it_waits_for_work_in_threads():
    done = []
    go = threading.Event()

    def main():
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, lambda: (go.wait(30), done.append("worked")))
        later(later, go.set)

    run_inside(main)
    assert done == ["worked"]


def test_a_hold_keeps_it_going_until_it_is_released_from_wherever():
    order = []

    def main():
        held = hold(lambda: order.append("abandoned"))
        loop = asyncio.get_running_loop()

        def released():
            order.append("released")
            held.release()

        threading.Thread(target=lambda: loop.call_soon_threadsafe(released)).start()

    run_inside(main)
    assert order == ["released"]


def test_a_whole_pipe_between_files_runs_to_its_end(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.write_bytes(b"chunk" * 100_000)
    order = []

    def main():
        sink = fs.create_write_stream(there)
        sink.on("close", lambda: order.append("closed"))
        fs.create_read_stream(here).pipe(sink)

    run_inside(main)
    assert order == ["closed"]
    assert there.read_bytes() == here.read_bytes()


def test_a_stream_that_waits_for_nothing_does_not_keep_it_going():
    sink = Sink(finish=id)
    run_inside(lambda: sink.write(b"never finished"))
    assert not sink.closed


def test_what_others_do_on_the_loop_is_not_waited_for():
    """A notebook's own timers and tasks go on for as long as it does."""

    async def notebook():
        loop = asyncio.get_running_loop()
        beats = []

        def beat():
            beats.append(loop.call_later(0.001, beat))

        beat()
        forever = asyncio.ensure_future(asyncio.sleep(3600))
        sink = Sink(finish=later)
        await asyncio.wait_for(run_async(lambda: Readable.from_([b"a", b"b"]).pipe(sink)), 30)
        assert sink.got == [b"a", b"b"]
        assert not forever.done()
        count = len(beats)
        await asyncio.sleep(0.01)
        assert len(beats) > count
        beats[-1].cancel()
        forever.cancel()

    asyncio.run(notebook())


def test_two_at_a_time_and_one_in_another_and_one_in_a_run():
    async def main(name, seconds):
        await asyncio.sleep(seconds)
        return name

    async def both():
        slow = run_async(lambda: main("slow", 0.01))
        fast = run_async(lambda: main("fast", 0.001))
        return await asyncio.gather(slow, fast)

    assert asyncio.run(both()) == ["slow", "fast"]
    assert run_inside(lambda: run_async(both)) == ["slow", "fast"]
    assert run(lambda: run_async(both)) == ["slow", "fast"]


def test_the_loop_is_left_as_it_was():
    async def notebook():
        loop = asyncio.get_running_loop()
        before, handler = dict(vars(loop)), loop.get_exception_handler()
        await run_async(lambda: loop.call_later(0.001, int) and None)
        with pytest.raises(BoomError):
            await run_async(lambda: raises(BoomError()))
        assert vars(loop).keys() == before.keys()
        assert loop.get_exception_handler() is handler

    asyncio.run(notebook())


# -- failures --------------------------------------------------------------------------------------


def a_task_that_nobody_awaits():
    async def fail():
        raise BoomError

    asyncio.ensure_future(fail())  # noqa: RUF006  # to be collected is what it is for


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
        run_inside(keeps_going)


def test_a_task_that_fails_and_that_nobody_awaits_ends_it():
    with pytest.raises(BoomError):
        run_inside(a_task_that_nobody_awaits)


def test_a_main_coroutine_that_fails_ends_it():
    async def main():
        asyncio.get_running_loop().call_later(3600, print)
        await asyncio.sleep(0)
        raise BoomError

    with pytest.raises(BoomError):
        run_inside(main)


def test_nothing_of_it_runs_after_the_failure_and_the_loop_goes_on():
    order = []

    async def wait():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            order.append("cancelled")

    def main():
        hold(lambda: order.append("abandoned"))
        main.task = asyncio.ensure_future(wait())
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, raises, BoomError())
        loop.call_later(0.3, order.append, "never")

    async def notebook():
        with pytest.raises(BoomError):
            await run_async(main)
        order.append("after")
        await asyncio.sleep(0.4)

    asyncio.run(notebook())
    assert sorted(order[:2]) == ["abandoned", "cancelled"]
    assert order[2:] == ["after"]


def test_a_file_that_is_open_at_the_failure_is_closed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    opened = []

    def main():
        stream = fs.create_read_stream(path)
        stream.on("open", opened.append).on("ready", lambda: raises(BoomError()))

    async def notebook():
        with pytest.raises(BoomError):
            await run_async(main)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(opened[0])

    asyncio.run(notebook())


def test_cancelled_it_ends_the_program():
    order = []

    def main():
        hold(lambda: order.append("abandoned"))
        asyncio.get_running_loop().call_later(0.3, order.append, "never")

    async def notebook():
        task = asyncio.ensure_future(run_async(main))
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.4)

    asyncio.run(notebook())
    assert order == ["abandoned"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="calls do not say what they belong to")
def test_a_failure_of_others_is_not_its_own():
    async def notebook():
        loop = asyncio.get_running_loop()
        heard = []
        loop.set_exception_handler(lambda loop, context: heard.append(context["exception"]))
        loop.call_later(0.001, raises, BoomError())
        await run_async(lambda: asyncio.sleep(0.01))
        assert [type(error) for error in heard] == [BoomError]

    asyncio.run(notebook())


# -- how it is used --------------------------------------------------------------------------------


def test_run_says_what_to_use_where_a_loop_runs():
    async def notebook():
        run(print)

    with pytest.raises(RuntimeError, match=r"await main\(\).*await streams2\.run_async\(main\)"):
        asyncio.run(notebook())


@pytest.mark.parametrize("main", [5, None, "main"])
def test_what_cannot_be_called_is_refused_by_name(main):
    with pytest.raises(InvalidArgTypeError, match='"main" argument must be a function'):
        run_inside(main)


def test_it_leaves_nothing_behind():
    async def notebook():
        tasks = len(asyncio.all_tasks())
        for _ in range(3):
            await run_async(lambda: asyncio.sleep(0))
        gc.collect()
        assert len(asyncio.all_tasks()) == tasks

    asyncio.run(notebook())


def test_promises_work_in_it():
    sink = Sink(object_mode=True)
    run_inside(lambda: promises.pipeline(Readable.from_([1, 2]), sink))
    assert sink.got == [1, 2]


# -- what tasks need to come to their end ----------------------------------------------------------


async def _sleep():
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)


async def _inner_task():
    await asyncio.wait_for(_sleep(), 30)


async def _call():
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: done.set_result(None))
    await done


async def _close_of_a_stream():
    readable = Readable(read=lambda stream, size: None)
    readable.on("close", lambda: None).destroy()
    await promises.finished(readable, readable=False)


@pytest.mark.parametrize("run_it", [run, run_inside])
@pytest.mark.parametrize("cleanup", [_sleep, _inner_task, _call, _close_of_a_stream])
@pytest.mark.parametrize("crash", ["a tick", "main"])
def test_a_program_that_crashes_lets_its_tasks_come_to_their_end(run_it, cleanup, crash):
    told = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            await cleanup()
            told.append("clean")

    async def main():
        working = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        if crash == "main":
            raise BoomError
        next_tick(raises, BoomError())
        await working

    with pytest.raises(BoomError):
        run_it(main)
    assert told == ["clean"]


@pytest.mark.parametrize("run_it", [run, run_inside])
def test_a_pipeline_under_way_does_not_hold_up_a_program_that_crashes(run_it):
    async def main():
        source = Readable(read=lambda stream, size: None)
        working = asyncio.ensure_future(promises.pipeline(source, Sink()))
        await asyncio.sleep(0)
        next_tick(raises, BoomError())
        await working

    with pytest.raises(BoomError):
        run_it(main)


@pytest.mark.parametrize("code", [0, "usage: this"])
def test_to_exit_from_main_says_nothing_else(code, capsys):
    async def main():
        await asyncio.sleep(0)
        sys.exit(code)

    with pytest.raises(SystemExit) as exited:
        run_inside(main)
    gc.collect()
    assert exited.value.code == code
    assert capsys.readouterr().err == ""


EXITS = """
import asyncio, sys
from streams2 import Readable, Writable, promises, run, run_async
from streams2.channel import go
async def leave(*_):
    sys.exit("usage: this")
async def stage(source):
    async for chunk in source:
        sys.exit("usage: this")
        yield chunk
def sink(write=lambda self, chunk, encoding, done: done()):
    return Writable(object_mode=True, write=write)
async def main():
    {work}
async def inside():
    await run_async(main)
# asyncio.run cancels the tasks that it finds in no certain order.
found = asyncio.tasks.all_tasks
asyncio.tasks.all_tasks = lambda loop: sorted(
    found(loop), key=lambda task: int(task.get_name()[5:]), reverse={newest_first}
)
{drive}
"""


@pytest.mark.host
@pytest.mark.parametrize(
    ("drive", "newest_first"),
    [
        ("run(main)", False),
        ("asyncio.run(inside())", False),
        ("asyncio.run(inside())", True),
        ("asyncio.run(main())", False),
    ],
)
@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        "await leave()",
        "await go(leave()).take()",
        "await promises.pipeline([1, 2], stage, sink())",
        "await promises.pipeline([1, 2], leave)",
        "await Readable.from_([1]).map(leave).to_array()",
        "await Readable.from_([1]).reduce(leave, 0)",
        "await promises.pipeline([1], sink(leave))",
    ],
)
def test_to_exit_from_any_coroutine_says_what_was_said_and_nothing_else(work, drive, newest_first):
    done = subprocess.run(
        [sys.executable, "-c", EXITS.format(work=work, drive=drive, newest_first=newest_first)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "usage: this\n", 1)


@pytest.mark.host
def test_a_server_that_listens_holds_a_program_until_it_is_closed():
    said = []

    async def main():
        async def serve(reader, writer):
            said.append(await reader.read())
            writer.close()
            server.close()

        async def connect():
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello")
            writer.write_eof()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        # Nothing but the server holds the program when the client asks for it.
        unref(loop.call_later(0.01, lambda: asyncio.ensure_future(connect())))

    run_inside(main)
    assert said == [b"hello"]


@pytest.mark.host
def test_a_server_of_a_program_that_crashes_is_closed():
    addresses = []

    async def main():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        addresses.append(server.sockets[0].getsockname())
        next_tick(raises, BoomError())

    with pytest.raises(BoomError):
        run_inside(main)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(addresses[0], timeout=5).close()
