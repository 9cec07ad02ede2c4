"""Within `run_async` the same is said as within `run`: of `main`, and of what it left."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress

import pytest

from streams2 import AbortError, PassThrough, promises, run, run_async
from streams2.doctor import explain

from . import moving, some, stuck

TURNS = 40


def run_on_a_loop_of_asyncio(main):
    return asyncio.run(run_async(main))


RUNNERS = [run, run_on_a_loop_of_asyncio]


def said_by_a_call(main, *, turns=TURNS, runner):
    """What a call of the loop is told while `main` is all of the program, after so many turns."""
    said = []

    async def program():
        loop, left = asyncio.get_running_loop(), iter(range(turns))

        def look():
            if next(left, None) is not None:
                loop.call_soon(look)
                return
            said.append(explain())
            sys.exit()

        look()
        await main()

    with suppress(SystemExit, AbortError, asyncio.CancelledError):
        runner(program)
    return said[0]


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize(
    ("main", "culprits"), some(stuck.WAYS)[::4], ids=lambda way: getattr(way, "__name__", "")
)
def test_main_itself_is_told_who_keeps_it(main, culprits):
    explanation = said_by_a_call(main, runner=run_on_a_loop_of_asyncio)
    assert {one.name for one in explanation.culprits} == culprits, explanation.text
    assert not explanation.moves


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("main", some(moving.WAYS)[::4], ids=lambda main: main.__name__)
def test_main_itself_moves(main):
    explanation = said_by_a_call(main, turns=1, runner=run_on_a_loop_of_asyncio)
    assert explanation.culprits == [], explanation.text
    assert explanation.moves or explanation.external, explanation.text


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("besides", some(["a call", "nothing", "a timer", "a signal's handler"]))
def test_what_else_is_due_is_no_way_on(runner, besides):
    said = []

    def note(*args):
        said.append(explain())
        sys.exit()

    def ask():
        loop = asyncio.get_running_loop()
        if besides == "a call":
            loop.call_soon(print)
        if besides == "a timer":
            loop.call_later(60, print)
        if besides == "a signal's handler":
            signal.raise_signal(signal.SIGINT)
        note()

    async def main():
        shout = PassThrough()
        if besides == "a signal's handler":
            signal.signal(signal.SIGINT, note)
        asyncio.get_running_loop().call_later(0, asyncio.get_running_loop().call_soon, ask)
        await promises.finished(shout)

    before = signal.getsignal(signal.SIGINT)
    try:
        with suppress(SystemExit):
            runner(main)
    finally:
        signal.signal(signal.SIGINT, before)
    assert [one.name for one in said[0].culprits] == ["shout"], said[0].text
    assert "`main` waits at" in said[0].text


# Of streams that wait for nobody, a process of its own has no others.
PROGRAM = """
    import asyncio, sys, time
    from streams2 import PassThrough, net, promises, run, run_async
    from streams2.doctor import explain

    async def forgotten():
        shout = PassThrough()
        await promises.finished(shout)

    def ask():
        print(explain().text)
        sys.exit()

    async def main():
        loop = asyncio.get_running_loop()
        {left}
        loop.call_later(0, loop.call_soon, ask)

    {run}
    """
LEFT = {
    "task = asyncio.ensure_future(forgotten())": "`forgotten` waits at",
    "net.create_server(lambda socket: None).listen(0)": "Nothing stands still.",
    "loop.run_in_executor(None, time.sleep, 0.5)": "Nothing stands still.",
    "": "Nothing stands still.",
}


@pytest.mark.host
@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("run", ["run(main)", "asyncio.run(run_async(main))"])
@pytest.mark.parametrize("left", LEFT)
def test_once_main_is_over_what_it_left_is_looked_at(run, left):
    program = textwrap.dedent(PROGRAM).format(left=left, run=run)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert said.stdout.decode().startswith(LEFT[left]), said
    assert b"run_async" not in said.stdout
