"""Time: ticks run after every callback of the loop; what holds a run open; what ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from streams2 import PassThrough, Readable, next_tick, pipeline, run
from streams2.channel import Channel, alts, timeout
from streams2.errors import InvalidArgTypeError, OutOfRangeError

from .support import BoomError, Sink, Source

# What asyncio.run drives as well: its loops are asyncio's own.
both_runs = pytest.mark.parametrize("drive", [run, asyncio.run])


def late(seconds=0.02):
    """Keep the loop from turning, until what is due by then is due in one turn."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


# -- ticks after every callback -------------------------------------------------------------------


@both_runs
def test_ticks_run_between_two_timers_that_are_due_in_one_turn(drive):
    order = []

    def fire(name):
        order.append(name)
        next_tick(order.append, f"tick of {name}")
        next_tick(next_tick, order.append, f"tick of a tick of {name}")

    async def main():
        loop = asyncio.get_running_loop()
        loop.call_later(0.005, fire, "a")
        loop.call_later(0.005, fire, "b")
        late()
        await asyncio.sleep(0.01)

    drive(main() if drive is asyncio.run else main)
    assert order == [
        *("a", "tick of a", "tick of a tick of a"),
        *("b", "tick of b", "tick of a tick of b"),
    ]


@both_runs
def test_ticks_run_between_calls_futures_callbacks_and_steps_of_tasks(drive):
    order = []

    def say(name, *_):
        order.append(name)
        next_tick(order.append, f"tick of {name}")

    async def step(name):
        say(name)

    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        future.add_done_callback(lambda _: say("future 1"))
        future.add_done_callback(lambda _: say("future 2"))
        loop.call_soon(say, "call 1")
        loop.call_soon(say, "call 2")
        tasks = [loop.create_task(step("task 1")), loop.create_task(step("task 2"))]
        future.set_result(None)
        await asyncio.wait(tasks)
        await asyncio.sleep(0)

    drive(main() if drive is asyncio.run else main)
    assert order[::2] == ["call 1", "call 2", "task 1", "task 2", "future 1", "future 2"]
    assert order[1::2] == [f"tick of {name}" for name in order[::2]]


@pytest.mark.skipif(sys.platform == "win32", reason="no add_reader there")
@both_runs
def test_ticks_run_between_two_readers_that_are_ready_in_one_turn(drive):
    order = []

    async def main():
        loop = asyncio.get_running_loop()
        pairs = [socket.socketpair() for _ in range(2)]

        def ready(name):
            order.append(f"ready {name}")
            next_tick(order.append, f"tick {name}")
            loop.remove_reader(pairs[name][0])

        for name, (mine, other) in enumerate(pairs):
            loop.add_reader(mine, ready, name)
            other.send(b"x")
        await asyncio.sleep(0.01)
        for pair in pairs:
            for end in pair:
                end.close()

    drive(main() if drive is asyncio.run else main)
    assert order[1] == f"tick {order[0][-1]}"
    assert order[3] == f"tick {order[2][-1]}"


def test_a_tick_that_fails_does_not_keep_the_others_from_running_first():
    order = []

    def fails():
        raise BoomError

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: order.append(context["exception"]))
        loop.call_soon(order.append, "call")
        error = BoomError()
        next_tick(raise_, error)
        next_tick(order.append, "tick")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return error

    def raise_(error):
        raise error

    error = asyncio.run(main())
    assert order == [error, "tick", "call"]


def test_what_two_timers_pipe_and_unpipe_flows_in_between():
    # Node: the same.
    got = []

    def main():
        later = asyncio.get_running_loop().call_later
        source, sink = Source(), Sink(got.append)
        source.push(b"a")
        source.push(b"b")
        later(0.005, source.pipe, sink)
        later(0.005, source.unpipe, sink)
        late()

    run(main)
    assert got == [b"a", b"b"]


def test_a_pipeline_whose_sink_a_later_timer_destroys_has_failed():
    # Node: ERR_STREAM_PREMATURE_CLOSE, and one chunk written.
    outcome, got = [], []

    def main():
        later = asyncio.get_running_loop().call_later
        source = Source(object_mode=True)
        sink = Sink(got.append, object_mode=True, finish=lambda done: later(0.001, done))
        pipeline(source, sink, callback=lambda error: outcome.append(error and error.code))

        def give():
            for chunk in (1, 2, None):
                source.push(chunk)

        later(0.005, give)
        later(0.005, sink.destroy)
        late()

    run(main)
    assert outcome == ["ERR_STREAM_PREMATURE_CLOSE"]
    assert got == [1]


def test_a_loop_that_is_not_asyncios_runs_ticks_all_the_same():
    order = []

    class Own(asyncio.SelectorEventLoop):
        def _run_once(self):
            super()._run_once()

    async def main():
        next_tick(order.append, "tick")
        await asyncio.sleep(0)

    loop = Own()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    assert order == ["tick"]


# -- what holds a run open ------------------------------------------------------------------------


def test_a_server_that_listens_holds_the_run_until_it_is_closed():
    order = []

    async def main():
        async def serve(reader, writer):
            writer.close()
            await writer.wait_closed()
            order.append("connected")
            server.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        def connect():
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.recv(1)

        # Nothing but the server holds the run until then.
        threading.Timer(0.05, connect).start()
        order.append("main is done")

    run(main)
    assert order == ["main is done", "connected"]


def test_a_server_is_closed_when_the_run_fails():
    servers = []

    async def main():
        servers.append(await asyncio.start_server(lambda *_: None, "127.0.0.1", 0))
        raise BoomError

    with pytest.raises(BoomError):
        run(main)
    (server,) = servers
    assert [listening.fileno() for listening in server.sockets] in ([], [-1])


def test_a_timeout_that_nobody_waits_for_any_more_holds_nothing():
    async def main():
        channel = Channel(1)
        await channel.put("value")
        began = time.monotonic()
        limit = timeout(30)
        assert await alts([channel, limit], priority=True) == ("value", channel)
        slow = asyncio.get_running_loop().call_later(0.001, channel.put_callback, "late")
        assert await alts([channel, limit]) == ("late", channel)
        assert slow is not None
        return began

    began = run(main)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "wait",
    [
        lambda limit, told: limit.take_callback(told.append),
        lambda limit, told: limit.when_closed(lambda: told.append(None)),
        lambda limit, told: asyncio.ensure_future(take_into(limit, told)),
    ],
    ids=["take_callback", "when_closed", "take"],
)
def test_a_timeout_that_somebody_waits_for_holds_the_run(wait):
    told = []

    def main():
        wait(timeout(0.01), told)

    run(main)
    assert told == [None]


async def take_into(channel, told):
    told.append(await channel.take())


def test_a_timeout_has_closed_whether_or_not_somebody_waits():
    async def main():
        limit, waited = timeout(0.01), timeout(0.01)
        assert not limit.closed
        assert limit.poll() is None
        forget = waited.when_closed(lambda: None)
        forget()
        await asyncio.sleep(0.02)
        assert limit.closed
        assert waited.closed
        assert limit.offer("too late") is False
        assert await limit.take() is None
        assert await timeout(0).take() is None
        assert await timeout(-1).take() is None

    run(main)


def test_a_value_put_on_a_timeout_is_taken_before_it_closes():
    async def main():
        limit = timeout(30)
        limit.put_callback("value")
        assert await limit.take() == "value"
        limit.close()
        assert await limit.take() is None

    began = time.monotonic()
    run(main)
    assert time.monotonic() - began < 5


# -- a line that is too long ----------------------------------------------------------------------


def test_a_line_that_is_too_long_for_a_reader_names_the_limit():
    async def main():
        source = PassThrough()
        reader = source.as_reader(limit=10)
        source.end(b"x" * 100 + b"\n")
        with pytest.raises(ValueError, match=r"longer than 10 bytes: as_reader\(limit=...\)"):
            await reader.readline()

    run(main)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", True, None])
def test_a_limit_that_is_none_is_refused_at_the_call(limit):
    async def main():
        stream = Readable.from_([b"a line\n"])
        with pytest.raises((InvalidArgTypeError, OutOfRangeError), match="limit"):
            stream.as_reader(limit=limit)

    asyncio.run(main())


def test_a_reader_with_a_limit_reads_longer_lines():
    line = b"x" * 100_000 + b"\n"

    async def main():
        source = PassThrough()
        source.end(line * 2)
        return [got async for got in source.as_reader(limit=1 << 20)]

    assert run(main) == [line, line]


# -- Ctrl-C, and sys.exit -------------------------------------------------------------------------

ENDLESS = {
    "a flow": """
        def main():
            source = Readable(read=lambda stream, size: stream.push(b"x"))
            source.pipe(Writable(write=lambda stream, chunk, encoding, done: done()))
    """,
    "data": """
        def main():
            source = Readable(object_mode=True, read=lambda stream, size: stream.push(1))
            source.on("data", lambda chunk: None)
    """,
    "ticks": """
        def main():
            next_tick(main)
    """,
    "async for": """
        async def main():
            source = Readable(object_mode=True, read=lambda stream, size: stream.push(1))
            async for chunk in source:
                pass
    """,
    "a channel": """
        async def main():
            channel = Channel(10)
            async def put():
                while True:
                    await channel.put(1)
            async def take():
                while True:
                    await channel.take()
            await asyncio.gather(put(), take())
    """,
    "a pipeline that is awaited": """
        async def main():
            source = Readable(read=lambda s, n: s.push(b"x"))
            sink = Writable(write=lambda s, chunk, encoding, done: done())
            await promises.pipeline(source, PassThrough(), sink)
    """,
    "a sink of coroutines": """
        async def main():
            async def write(s, chunk, encoding): pass
            source = Readable(read=lambda s, n: s.push(b"x"))
            await promises.pipeline(source, Writable(write=write))
    """,
    "a timer": """
        def main():
            asyncio.get_running_loop().call_later(3600, print)
    """,
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process is not sent a Ctrl-C there")
@pytest.mark.parametrize("program", ENDLESS)
def test_the_first_ctrl_c_ends_it(program):
    code = PRELUDE + textwrap.dedent(ENDLESS[program]) + "\nprint('go', flush=True)\nrun(main)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout.readline() == "go\n"
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode in (-signal.SIGINT, 130)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "never retrieved" not in errors
    assert errors.count("Traceback") == 1


PRELUDE = """
import asyncio, sys
from streams2 import PassThrough, Readable, Writable, next_tick, promises, run
from streams2.channel import Channel
"""


@pytest.mark.parametrize(
    "body",
    [
        "async def main(): sys.exit('usage: this')",
        "def main(): sys.exit('usage: this')",
        "def main(): next_tick(sys.exit, 'usage: this')",
        """
async def leave(): sys.exit('usage: this')
async def main(): await asyncio.gather(leave(), asyncio.sleep(10))
""",
        "def main(): asyncio.get_running_loop().call_later(0.001, sys.exit, 'usage: this')",
        "def main(): Readable.from_(['x']).on('data', lambda chunk: sys.exit('usage: this'))",
    ],
)
def test_to_exit_says_what_was_said_and_nothing_else(body):
    done = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}\n{body}\nrun(main)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "usage: this\n")


def test_a_main_that_is_cancelled_ends_the_run_with_that():
    async def main():
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    with pytest.raises(asyncio.CancelledError):
        run(main)
