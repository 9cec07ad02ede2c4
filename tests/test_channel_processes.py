"""Processes: a failure never disappears, and nothing outlives its loop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from streams2 import run
from streams2.channel import (
    Channel,
    _dispatch,
    go,
    merge,
    mult,
    split,
    thread,
    timeout,
    to_channel,
)

from .core_async.idle_loop import IdleLoop
from .support import BoomError


async def fail() -> None:
    raise BoomError


def heard_by_the_loop() -> list[Any]:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: told.append(report))
    return told


def test_a_process_that_fails_is_reported_once_and_its_channel_closes():
    async def main():
        told = heard_by_the_loop()
        assert await go(fail()).take() is None
        assert [type(report["exception"]) for report in told] == [BoomError]
        assert told[0]["task"].done()

    asyncio.run(main())


def test_a_process_that_fails_ends_a_run():
    async def main():
        go(fail())
        await Channel().take()

    with pytest.raises(BoomError):
        run(main)


def test_a_combinator_whose_function_fails_is_reported():
    async def main():
        told = heard_by_the_loop()
        source = mult(to_channel([1]))

        def odd(_):
            raise BoomError

        from_split = split(odd, source.tap(Channel()))
        assert [await out.take() for out in from_split] == [None, None]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [type(report["exception"]) for report in told] == [BoomError]

    asyncio.run(main())


def start_for_ever(ended: list[bool]) -> None:
    async def for_ever():
        try:
            await Channel().take()
        finally:
            ended.append(True)

    go(for_ever())
    merge([Channel()])


def test_no_process_outlives_its_loop():
    ended: list[bool] = []

    async def main():
        start_for_ever(ended)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ended == [True]
    assert not [loop for loop in _dispatch._running if loop.is_closed()]


def test_no_process_outlives_a_run_that_fails():
    ended: list[bool] = []

    async def main():
        start_for_ever(ended)
        await asyncio.sleep(0)
        raise BoomError

    with pytest.raises(BoomError):
        run(main)
    assert ended == [True]
    assert not [loop for loop in _dispatch._running if loop.is_closed()]


def test_a_process_that_nobody_holds_lives_on():
    async def main():
        out = Channel()

        async def process():
            await asyncio.sleep(0)
            await out.put("alive")

        go(process())
        gc.collect()
        assert await out.take() == "alive"

    asyncio.run(main())


def test_the_tasks_of_a_loop_that_was_closed_under_them_are_forgotten():
    loop = IdleLoop()

    async def start():
        go(Channel().take())

    loop.run(start())
    asyncio.SelectorEventLoop.close(loop)  # without cancelling what it runs
    assert loop in _dispatch._running
    left = _dispatch._running[loop]

    async def main():
        go(asyncio.sleep(0))

    asyncio.run(main())
    assert loop not in _dispatch._running
    for task in left:
        task._log_destroy_pending = False
        task.get_coro().close()


def test_go_wants_a_coroutine_and_a_loop():
    async def main():
        with pytest.raises(TypeError, match="coroutine"):
            go(fail)

    asyncio.run(main())
    with pytest.raises(RuntimeError):
        go(fail())


@pytest.mark.host
def test_a_thread_that_fails_is_reported_and_its_channel_closes():
    async def main():
        told = heard_by_the_loop()
        assert await thread(divmod, 1, 0).take() is None
        assert [type(report["exception"]) for report in told] == [ZeroDivisionError]
        with pytest.raises(TypeError, match="function"):
            thread(42)

    asyncio.run(main())


@pytest.mark.parametrize("seconds", ["1", None, float("nan"), True])
def test_a_timeout_wants_a_number(seconds):
    async def main():
        with pytest.raises(TypeError, match="seconds"):
            timeout(seconds)

    asyncio.run(main())


def test_timeouts_end_in_their_order():
    loop = IdleLoop()
    try:

        async def main():
            late, soon = timeout(2), timeout(1)
            await soon.take()
            assert not late.closed
            await late.take()
            return loop.time()

        assert loop.run(main(), seconds=10) == 2
    finally:
        loop.close()


def test_a_callback_that_fails_where_no_loop_runs_goes_to_the_excepthook(monkeypatch):
    told = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, traceback: told.append(kind))
    channel = Channel()

    def callback(_):
        raise BoomError

    channel.take_callback(callback)
    assert channel.offer(1) is True
    assert told == [BoomError]
    assert channel.offer(2) is None


def test_when_closed_calls_once_and_at_once_if_it_is_closed_already():
    channel, told = Channel(1), []
    channel.when_closed(lambda: told.append("before"))
    channel.offer(1)
    assert told == []
    channel.close()
    channel.close()
    channel.when_closed(lambda: told.append("after"))
    assert told == ["before", "after"]
    assert channel.take_callback(told.append) is None
    assert told == ["before", "after", 1]


def test_a_callback_of_the_close_can_be_taken_back():
    channel, told = Channel(), []
    channel.when_closed(lambda: told.append("kept"))
    forget = channel.when_closed(lambda: told.append("forgotten"))
    forget()
    channel.close()
    forget()
    assert told == ["kept"]
    with pytest.raises(TypeError, match=r"callback.*a function.*42"):
        channel.when_closed(42)


def test_a_callback_of_the_close_can_be_taken_back_until_it_runs():
    async def main():
        channel, told = Channel(), []
        forget = channel.when_closed(lambda: told.append("forgotten"))
        channel.when_closed(lambda: told.append("kept"))
        channel.close()
        forget()
        await asyncio.sleep(0)
        assert told == ["kept"]
        channel.when_closed(lambda: told.append("forgotten"))()
        await asyncio.sleep(0)
        assert told == ["kept"]

    asyncio.run(main())


def test_a_callback_of_the_close_that_was_taken_back_is_not_held():
    channel = Channel()

    def callback():
        pass

    held = weakref.ref(callback)
    forget = channel.when_closed(callback)
    forget()
    del callback, forget
    gc.collect()
    assert held() is None
    assert not channel._on_close


def test_a_timeout_that_is_closed_early_holds_nothing_until_its_time():
    def closed_early():
        limit = timeout(3600)
        limit.close()
        return weakref.ref(limit)

    async def main():
        held = [closed_early() for _ in range(10)]
        await asyncio.sleep(0)
        gc.collect()
        # PyPy may have the last one in hand still.
        assert sum(limit() is not None for limit in held) <= 1

    asyncio.run(main())


def test_a_timeout_nobody_holds_still_tells_who_waits():
    loop = IdleLoop()
    told = []
    try:

        async def main():
            timeout(1).take_callback(told.append)
            timeout(1).when_closed(lambda: told.append("closed"))
            gc.collect()
            await timeout(2).take()

        loop.run(main(), seconds=10)
    finally:
        loop.close()
    assert told == [None, "closed"]
