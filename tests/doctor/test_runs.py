"""A run that can never go on says so; one that is asked from outside answers."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

import pytest

from streams2 import (
    InvalidArgValueError,
    PassThrough,
    Readable,
    Transform,
    UnsettledError,
    Writable,
    child_process,
    net,
    once,
    promises,
    run,
    timers,
)
from streams2.channel import Channel, go
from streams2.doctor import explain, watch
from streams2.loop import stuck
from streams2.loop import stuck as loop_stuck


def test_a_run_that_can_never_go_on():
    async def main():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(UnsettledError, match=r"`main` waits at .*test_runs\.py"):
        run(main)


def test_a_transform_that_has_a_thread_wakes_nobody():
    """Its thread waits for values; those come from this run, or from another that is over."""

    def doubled(values):
        for value in values:
            yield 2 * value

    kept = []

    async def earlier():
        channel = Channel(4, doubled)
        await channel.put(21)
        assert await channel.take() == 42
        kept.append(channel)

    async def main():
        await kept[0].take()

    run(earlier)
    names = [thread.name for thread in threading.enumerate()]
    assert "streams2 transform" in names
    with pytest.raises(UnsettledError, match="nobody puts anything on it"):
        run(main)


def test_so_does_one_of_callbacks_that_has_left_a_task():
    def main():
        go(Channel().take())

    with pytest.raises(UnsettledError, match="nobody puts anything on it"):
        run(main)


def test_streams_that_wait_end_with_the_run():
    def main():
        Readable(read=lambda self, size: None).pipe(Writable(write=lambda *args: None))
        return "over"

    assert run(main) == "over"


def test_what_catches_its_cancellation_is_let_go():
    ended = []

    async def main():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    with pytest.raises(UnsettledError):
        run(main)
    assert ended == [True]


def test_only_two_ways_when_stuck():
    with pytest.raises(InvalidArgValueError, match="when_stuck"):
        run(print, when_stuck="ignore")


def test_who_means_to_wait_waits():
    async def main():
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        assert not loop.raises_when_stuck
        loop.call_later(0.001, told.set_result, "told")
        return await told

    assert run(main, when_stuck="wait") == "told"


@pytest.mark.host
def test_a_thread_may_wake_it():
    async def main():
        loop = asyncio.get_running_loop()
        told, begun = loop.create_future(), threading.Event()

        def work():
            begun.wait()
            loop.call_soon_threadsafe(told.set_result, "told")

        threading.Thread(target=work).start()
        threading.Timer(0.01, begun.set).start()
        return await told

    assert run(main) == "told"


@pytest.mark.host
@pytest.mark.slow
def test_a_thread_that_ends_and_wakes_nobody():
    async def main():
        threading.Timer(0.01, lambda: None).start()
        await asyncio.get_running_loop().create_future()

    with pytest.raises(UnsettledError):
        run(main)


def test_explain_takes_what_can_wait():
    with pytest.raises(TypeError, match="streams, pipes, channels, tasks"):
        explain(5)
    assert str(explain(Channel(1))) != ""


def test_a_pipe_is_asked_about():
    from streams2 import pipe

    async def main():
        source = Readable.from_(range(100))
        dead = Writable(object_mode=True, high_water_mark=1, write=lambda *args: None)
        joint = pipe(source, dead)
        for _ in range(9):
            await asyncio.sleep(0)
        return explain(joint)

    assert [culprit.name for culprit in run(main).culprits] == ["dead"]


@pytest.mark.parametrize("seconds", ["5", None, True])
def test_watch_takes_a_number(seconds):
    with pytest.raises(TypeError):
        watch(seconds=seconds)


def test_watch_takes_no_time_below_nothing():
    with pytest.raises(ValueError, match="seconds"):
        watch(seconds=0)


def test_watch_says_nothing_of_what_is_done_in_time():
    async def main():
        with watch(seconds=60) as watching:
            await asyncio.sleep(0)
        return watching.told

    assert asyncio.run(main()) == 0


STUCK = """
    import asyncio, sys
    from streams2 import Writable, promises, run

    def forget(self, chunk, encoding, callback):
        print("ready", flush=True)

    async def main():
        disk = Writable(write=forget)
        disk.end(b"x")
        await promises.finished(disk)

    run(main, when_stuck="wait")
"""


IN_ASYNC_RUN = """
    from streams2 import run_async
    asyncio.run(run_async(main))
"""

WATCHED = """
    from streams2 import doctor
    async def watched():
        with doctor.watch(seconds=600):
            await main()
    asyncio.run(watched())
"""


@contextmanager
def begun(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(text))
    process = subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def program(tmp_path):
    with begun(tmp_path, STUCK) as process:
        yield process


SAYS = ["`disk`", "program.py:9", "program.py:5", "program.py:11", "never called its callback"]


@pytest.mark.host
@pytest.mark.once
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("works", [True, False])
def test_whoever_asks_is_told_what_keeps_the_loop(works, monkeypatch):
    told = []
    monkeypatch.setattr(loop_stuck, "tell", told.append)

    def ask():
        os.kill(os.getpid(), signal.SIGUSR1)  # here

    async def main():
        if works:
            asyncio.get_running_loop().call_soon(ask)
        else:
            threading.Timer(0.05, ask).start()
        while not told:
            await asyncio.sleep(0.02)

    run(main)
    lines, first = inspect.getsourcelines(test_whoever_asks_is_told_what_keeps_the_loop)
    line = first + next(n for n, line in enumerate(lines) if "# here" in line)
    at_work = f"`ask` is at work at tests/doctor/test_runs.py:{line}, and nothing else goes on"
    assert (at_work in told[0].replace(os.path.join(os.getcwd(), ""), "")) == works, told


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
class TestFromOutside:
    def test_ctrl_c(self, program):
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=30)
        assert [word for word in SAYS if word not in said] == []
        assert said.rstrip().endswith("KeyboardInterrupt")

    @pytest.mark.parametrize("how", [None, IN_ASYNC_RUN, WATCHED], ids=["run", "async", "watch"])
    def test_sigusr1_and_the_command(self, tmp_path, how):
        text = STUCK if how is None else STUCK.rpartition("    run(")[0] + how
        with begun(tmp_path, text) as program:
            command = [sys.executable, "-m", "streams2", "doctor", str(program.pid)]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            assert answer.returncode == 0, answer.stderr
            assert [word for word in SAYS if word not in answer.stdout] == []
            assert program.poll() is None
            program.kill()
            assert program.communicate()[1].strip() == answer.stdout.strip()

    def test_a_process_that_is_in_no_run(self):
        command = [sys.executable, "-m", "streams2", "doctor", str(os.getpid())]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert answer.returncode == 1
        assert "is in no streams2.run" in answer.stderr


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process waits for")
def test_a_child_that_waits_for_its_input():
    async def main():
        child = child_process.spawn("cat")
        await once(child, "spawn")
        reading = asyncio.ensure_future(child.stdout.to_array())
        while not (explanation := explain(reading)).culprits:
            await asyncio.sleep(0.01)
        child.stdin.end()
        await reading
        return explanation

    explanation = run(main)
    assert [culprit.name for culprit in explanation.culprits] == ["child.stdin"]
    assert explanation.external == ["the child"]


@pytest.mark.host
def test_a_peer_that_says_nothing():
    async def main():
        server = socket.create_server(("127.0.0.1", 0))
        client = net.connect(server.getsockname()[1], "127.0.0.1")
        await once(client, "connect")
        reading = asyncio.ensure_future(client.to_array())
        await asyncio.sleep(0)
        explanation = explain(reading)
        reading.cancel()
        client.destroy()
        server.close()
        return explanation

    explanation = run(main)
    assert explanation.culprits == []
    assert "`client`" in explanation.text
    assert "waits for its peer" in explanation.text


def test_who_sleeps_and_knows_a_task_does_not_move_it():
    async def main():
        async def helper():
            await asyncio.Event().wait()

        async def sleeper():
            known = asyncio.ensure_future(helper())
            await asyncio.sleep(60)
            await known

        sleeping = asyncio.ensure_future(sleeper())
        for _ in range(3):
            await asyncio.sleep(0)
        helpers = [task for task in asyncio.all_tasks() if "helper" in repr(task.get_coro())]
        explanation = explain(*helpers)
        for task in (sleeping, *helpers):
            task.cancel()
        return explanation

    assert [culprit.name for culprit in run(main).culprits] == ["helper"]


def test_a_run_that_stands_still_ends_though_nobody_can_say_why(monkeypatch):
    def fails(loop, asked):
        raise LookupError("nothing there")

    async def main():
        await promises.finished(PassThrough())

    monkeypatch.setattr(stuck, "_explainers", [fails])
    with pytest.raises(UnsettledError, match="nothing there"):
        run(main)


@pytest.mark.off
def test_which_of_two_methods_has_what_was_written_is_known():
    def write(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback)

    disk = Writable(write=write, writev=lambda self, chunks, callback: None)

    async def main():
        for letter in (b"a", b"bc", b"d"):
            disk.write(letter)
        await once(disk, "close")

    with pytest.raises(UnsettledError) as caught:
        run(main, debug=False)
    assert "was given 2 chunks of 3 bytes, and its `_writev` (" in str(caught.value)
    assert "`_write`" not in str(caught.value)
    with pytest.raises(UnsettledError, match="was given a chunk of 1 byte, and its `_write` "):
        run(lambda: promises.finished(forgetful(writev=print)), debug=False)


def forgetful(**options):
    disk = Writable(write=lambda self, chunk, encoding, callback: None, **options)
    disk.end(b"x")
    return disk


class Loud(Transform):
    def _transform(self, chunk, encoding, callback):
        if chunk != b"x":
            callback(None, chunk)


class Louder(Loud):
    def _transform(self, chunk, encoding, callback):
        super()._transform(chunk, encoding, callback)


async def written(stream):
    stream.write(b"a")
    stream.write(b"b")
    stream.write(b"x")  # here
    stream.write(b"c")
    await stream.to_array()


def said_in_debug_mode(main):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            run(main, debug=True)
        except UnsettledError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("kind", [Loud, Louder])
def test_in_debug_mode_so_is_the_chunk_and_who_wrote_it(kind):
    here = inspect.getsourcelines(written)[1] + 3
    said = said_in_debug_mode(lambda: written(kind()))
    assert f"was given chunk 3 (1 byte) at tests/doctor/test_runs.py:{here}, and its " in said


@pytest.mark.off
def test_of_a_stream_that_was_made_before_the_chunk_is_not_known():
    disk = Writable(write=lambda self, chunk, encoding, callback: None)

    async def main():
        disk.end(b"x")
        await promises.finished(disk)

    assert "was given a chunk of 1 byte, and its" in said_in_debug_mode(main)


def test_chunks_that_a_pipe_brings_are_counted_too():
    async def main():
        await promises.pipeline(Readable.from_([b"a", b"b", b"x", b"c"]), Loud(), PassThrough())

    assert "was given chunk 3 (1 byte), and its `_transform` (" in said_in_debug_mode(main)


# -- time limits --------------------------------------------------------------------------------


class Limit:
    """A time limit as test runners set one: it knows the test, and the test knows much."""

    def __init__(self) -> None:
        self.test = {"name": "a test", "parent": {"children": [{"loops": {1: [object()]}}]}}
        self.knows: list[object] = []

    def too_late(self, *_: object) -> None:
        raise TimeoutError(self.test["name"])


@contextmanager
def limited(number: int, handler: Callable[..., object]) -> Iterator[None]:
    """While a timer is set whose signal `handler` hears; it is far off."""
    timers = {
        signal.SIGALRM: signal.ITIMER_REAL,
        signal.SIGVTALRM: signal.ITIMER_VIRTUAL,
        signal.SIGPROF: signal.ITIMER_PROF,
    }
    before = signal.signal(number, handler)
    signal.setitimer(timers[signal.Signals(number)], 1000)
    try:
        yield
    finally:
        signal.setitimer(timers[signal.Signals(number)], 0)
        signal.signal(number, before)


needs_timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are none")


async def never() -> None:
    await asyncio.get_running_loop().create_future()


@needs_timers
@pytest.mark.parametrize("name", ["SIGALRM", "SIGVTALRM", "SIGPROF"])
def test_a_time_limit_that_was_there_keeps_no_run_open(name: str) -> None:
    with limited(getattr(signal, name), Limit().too_late), pytest.raises(UnsettledError):
        run(never)


@needs_timers
@pytest.mark.parametrize("how", ["set before", "set in the run"])
def test_a_handler_that_may_wake_is_waited_for(how: str) -> None:
    made: list[Any] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def wake(*_: object) -> None:
        loops[0].call_soon_threadsafe(made[0].set)

    async def main() -> str:
        made.append(asyncio.Event())
        loops.append(asyncio.get_running_loop())
        if how == "set in the run":
            signal.signal(signal.SIGALRM, lambda *_: wake())
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        await made[0].wait()
        return "woken"

    with limited(signal.SIGALRM, Limit().too_late if how == "set in the run" else wake):
        assert run(main) == "woken"


def test_debug_mode_keeps_no_callback_within_reach():
    """What it has put around a method knows all that is owed, and would never call it."""

    async def main():
        quick = Writable(write=lambda self, chunk, encoding, callback: callback())
        ticking = timers.set_interval(lambda: quick.write(b"tick"), 1)
        disk = Writable(write=lambda self, chunk, encoding, callback: None)
        disk.end(b"x")
        explanation = explain(disk)
        timers.clear_interval(ticking)
        return explanation

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explanation = run(main, debug=True)
    assert [culprit.name for culprit in explanation.culprits] == ["disk"], explanation.text
