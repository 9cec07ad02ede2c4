"""What a loop of `run` has due: calls, with the ticks of each behind it, all in one turn."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from streams2 import doctor, next_tick, run
from streams2.loop.due import DueCalls


def turns_of(loop):
    """A list that gets an entry each time that `loop` asks the system for news."""
    asked, select = [], loop._selector.select

    def selecting(*args):
        asked.append(len(asked))
        return select(*args)

    loop._selector.select = selecting
    return asked


def test_ticks_run_between_the_calls_of_a_turn_and_cost_none():
    seen = []

    def call(name):
        seen.append(name)
        next_tick(seen.append, f"tick of {name}")
        next_tick(next_tick, seen.append, f"tick of a tick of {name}")

    def main():
        loop = asyncio.get_running_loop()
        asked = turns_of(loop)
        for name in "abc":
            loop.call_soon(call, name)
        loop.call_soon(lambda: seen.append(len(asked)))

    run(main)
    of_each = ["{0}", "tick of {0}", "tick of a tick of {0}"]
    assert seen == [*(text.format(name) for name in "abc" for text in of_each), 1]


def test_a_tick_of_the_last_call_comes_before_the_system_is_asked():
    seen = []

    def main():
        loop = asyncio.get_running_loop()
        asked = turns_of(loop)
        loop.call_later(0.001, next_tick, lambda: seen.append(len(asked)))
        loop.call_later(0.001, lambda: loop.call_soon(lambda: seen.append(len(asked))))

    run(main)
    assert seen[0] < seen[1]


def test_ticks_run_in_the_context_of_the_first_that_was_asked_for():
    who = ContextVar("who", default="nobody")
    seen = []

    async def one(name):
        who.set(name)
        next_tick(lambda: seen.append(who.get()))

    async def main():
        await asyncio.gather(one("a"), one("b"))

    run(main)
    assert seen == ["a", "b"]
    assert who.get() == "nobody"


def test_one_that_raises_ends_the_run_and_no_later_one_is_run():
    seen = []

    def main():
        next_tick(lambda: 1 / 0)
        next_tick(seen.append, "a tick")
        asyncio.get_running_loop().call_soon(lambda: seen.append("a call"))

    with pytest.raises(ZeroDivisionError):
        run(main)
    assert seen == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_is_to_end_the_program_does(kind):
    def interrupt():
        raise kind

    with pytest.raises(kind):
        run(lambda: next_tick(interrupt))


def test_elsewhere_what_a_tick_raises_is_told_and_the_others_run():
    told, seen = [], []

    def fail():
        raise ValueError("a tick")

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        due = DueCalls([asyncio.Handle(seen.append, ("a call",), loop)])
        due.call_next(fail)
        handle = due.popleft()
        handle._run()

    asyncio.run(main())
    assert [str(error) for error in told] == ["a tick"]
    assert seen == ["a call"]


def test_a_tick_that_is_due_is_a_way_on():
    said = []

    async def main():
        future = asyncio.get_running_loop().create_future()

        def ask():
            next_tick(future.set_result, None)
            said.append(doctor.explain())

        asyncio.get_running_loop().call_soon(ask)
        await future

    run(main)
    assert said[0].moves
    assert said[0].culprits == []
