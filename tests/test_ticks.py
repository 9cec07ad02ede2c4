"""The tick queue: what runs before the loop turns again, and who may drive it."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Readable, next_tick, run, ticks
from streams2.errors import InvalidArgTypeError, NoRunningLoopError

from .support import BoomError, Sink, Source, failing
from .twins import Twins, later

twins = Twins()


def fail() -> None:
    raise BoomError


# -- order ----------------------------------------------------------------------------------------


@twins.program("""
    nextTick((...args) => { say('tick', args); nextTick(() => say('tick of a tick')); }, 1, 2);
    nextTick(() => say('second tick'));
    later(() => { say('turn'); nextTick(() => say('tick after the turn')); });
    later(() => say('next turn'));
    say('now');
""")
def test_ticks_run_after_the_code_and_before_the_next_turn(say):
    def first(*args):
        say("tick", args)
        next_tick(lambda: say("tick of a tick"))

    def a_turn():
        say("turn")
        next_tick(lambda: say("tick after the turn"))

    next_tick(first, 1, 2)
    next_tick(lambda: say("second tick"))
    later(a_turn)
    later(lambda: say("next turn"))
    say("now")


def test_ticks_run_before_calls_that_were_scheduled_after_them():
    order = []

    async def main():
        loop = asyncio.get_running_loop()
        next_tick(order.append, "tick")
        loop.call_soon(order.append, "turn")
        next_tick(order.append, "tick asked for later")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert order == ["tick", "tick asked for later", "turn"]


def test_the_queue_runs_dry_in_one_turn():
    async def main():
        loop, turns, depth = asyncio.get_running_loop(), [], 0

        def again():
            nonlocal depth
            depth += 1
            if depth < 1000:
                next_tick(again)

        next_tick(again)
        loop.call_soon(lambda: turns.append(depth))
        await asyncio.sleep(0)
        return turns

    assert asyncio.run(main()) == [1000]


def test_all_ticks_of_a_turn_share_one_call_of_the_driver():
    asked: list[Callable[[], None]] = []
    with ticks.use(asked.append) as queue:
        for _ in range(5):
            next_tick(lambda: None)
        assert len(asked) == 1
        assert len(queue) == 5
        asked.pop()()
        assert len(queue) == 0
        next_tick(lambda: None)
        assert len(asked) == 1


# -- a tick that raises ---------------------------------------------------------------------------


def test_a_tick_that_raises_is_reported_and_the_rest_still_runs():
    async def main():
        reports: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        ran: list[str] = []
        next_tick(ran.append, "before")
        next_tick(fail)
        next_tick(ran.append, "after")
        next_tick(fail)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        next_tick(ran.append, "much later")
        await asyncio.sleep(0)
        return ran, [type(report["exception"]) for report in reports]

    assert asyncio.run(main()) == (["before", "after", "much later"], [BoomError, BoomError])


@given(st.lists(st.booleans(), max_size=30))
def test_a_queue_is_never_stuck_whichever_ticks_raise(raises):
    asked: deque[Callable[[], None]] = deque()
    ran: list[int] = []
    failures = 0

    def tick(n: int, bad: bool) -> None:
        ran.append(n)
        if bad:
            raise BoomError

    with ticks.use(asked.append) as queue:
        for n, bad in enumerate(raises):
            next_tick(tick, n, bad)
        while asked:
            with suppress(BoomError):
                asked.popleft()()
                failures -= 1
            failures += 1
        assert ran == list(range(len(raises)))
        assert failures == sum(raises)
        assert len(queue) == 0
        next_tick(ran.append, -1)
        asked.popleft()()
        assert ran[-1] == -1


def test_a_queue_whose_loop_was_stopped_by_an_exit_goes_on_when_it_runs_again():
    loop = asyncio.new_event_loop()
    ran: list[str] = []

    def leave() -> None:
        raise SystemExit

    def first() -> None:
        next_tick(leave)
        next_tick(ran.append, "after the exit")

    loop.call_soon(first)
    with pytest.raises(SystemExit):
        loop.run_forever()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert ran == ["after the exit"]


# -- whose queue ----------------------------------------------------------------------------------


def test_a_tick_without_a_loop_is_a_clear_error():
    with pytest.raises(
        NoRunningLoopError, match=r"No event loop is running.*streams2\.run\(main\)"
    ):
        next_tick(print)


def test_making_a_stream_needs_no_loop():
    assert not Source().destroyed
    assert Sink().write(b"abc")


def test_every_loop_has_a_queue_of_its_own():
    ran: list[str] = []

    async def leave_a_tick(name: str) -> None:
        next_tick(ran.append, name)

    one, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    one.call_soon(lambda: (next_tick(ran.append, "one"), one.stop()))
    one.run_forever()
    other.run_until_complete(leave_a_tick("other"))
    other.run_until_complete(asyncio.sleep(0))
    assert "one" not in ran
    one.run_until_complete(asyncio.sleep(0))
    one.close()
    other.close()
    assert ran == ["other", "one"]


def test_a_loop_that_ends_with_ticks_left_does_not_disturb_the_next():
    ran: list[str] = []
    loop = asyncio.new_event_loop()
    loop.call_soon(lambda: (next_tick(ran.append, "lost with its loop"), loop.stop()))
    loop.run_forever()
    loop.close()

    async def main() -> None:
        next_tick(ran.append, "ran")
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ran == ["ran"]


def test_a_queue_does_not_keep_its_loop_alive():
    async def main() -> None:
        next_tick(lambda: None)
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()
    gone = weakref.ref(loop)
    del loop
    asyncio.run(main())
    for _ in range(3):
        gc.collect()
    assert gone() is None


@pytest.mark.host
def test_two_loops_in_two_threads_do_not_meet():
    together = threading.Barrier(2, timeout=30)
    ran: dict[str, list[tuple[int, int]]] = {"one": [], "other": []}

    async def main(name: str) -> None:
        for n in range(50):
            together.wait()
            next_tick(lambda n=n: ran[name].append((n, threading.get_ident())))
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    threads = [threading.Thread(target=asyncio.run, args=(main(name),)) for name in ran]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread, name in zip(threads, ran):
        assert ran[name] == [(n, thread.ident) for n in range(50)]


@pytest.mark.host
def test_a_pipe_in_each_of_two_threads():
    copied: dict[str, list[int]] = {"one": [], "other": []}

    def copy(name: str) -> None:
        def main() -> None:
            sink = Sink(copied[name].append, finish=next_tick, object_mode=True)
            Readable.from_(range(500)).pipe(sink)

        run(main)

    threads = [threading.Thread(target=copy, args=(name,)) for name in copied]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert copied == {"one": list(range(500)), "other": list(range(500))}


# -- another driver -------------------------------------------------------------------------------


class Idler:
    """A main loop in the manner of Tk's: idle calls, and exceptions shown to a handler."""

    def __init__(self) -> None:
        self.idle: deque[Callable[[], object]] = deque()
        self.reported: list[BaseException] = []

    def after_idle(self, callback: Callable[[], object]) -> str:
        self.idle.append(callback)
        return f"after#{len(self.idle)}"

    def main_loop(self) -> None:
        while self.idle:
            self.call(self.idle.popleft())

    def call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Exception as error:
            self.reported.append(error)


@contextmanager
def idler() -> Iterator[Idler]:
    root = Idler()
    with ticks.use(root.after_idle):
        yield root


def test_a_whole_pipe_runs_under_another_main_loop_with_no_asyncio_at_all():
    with idler() as root:
        sink = Sink(finish=root.after_idle, object_mode=True, high_water_mark=2)
        Readable.from_(range(20)).pipe(sink)
        root.main_loop()
    assert sink.got == list(range(20))
    assert sink.writable_finished
    assert root.reported == []


def test_another_main_loop_is_shown_an_error_that_nobody_listens_for():
    with idler() as root:
        Sink(finish=failing(BoomError())).write(b"x")
        root.main_loop()
    assert [type(error) for error in root.reported] == [BoomError]


def test_use_begins_with_an_empty_queue_and_gives_the_old_one_back():
    outer: list[Callable[[], None]] = []
    inner: list[Callable[[], None]] = []
    ran: list[str] = []
    with ticks.use(outer.append) as outer_queue:
        next_tick(ran.append, "outer")
        with ticks.use(inner.append) as inner_queue:
            assert len(inner_queue) == 0
            next_tick(ran.append, "inner")
            inner.pop()()
        assert ran == ["inner"]
        assert len(outer_queue) == 1
        next_tick(ran.append, "outer again")
        outer.pop()()
    assert ran == ["inner", "outer", "outer again"]
    with pytest.raises(NoRunningLoopError):
        next_tick(print)


def test_use_comes_before_a_running_loop_and_ends_with_its_block_even_by_an_exception():
    async def main() -> list[str]:
        asked: list[Callable[[], None]] = []
        ran: list[str] = []
        with suppress(BoomError), ticks.use(asked.append):
            next_tick(ran.append, "driven")
            raise BoomError
        next_tick(ran.append, "the loop's")
        await asyncio.sleep(0)
        assert len(asked) == 1
        return ran

    assert asyncio.run(main()) == ["the loop's"]


@pytest.mark.host
def test_use_is_for_one_thread():
    seen: list[object] = []

    def other_thread() -> None:
        try:
            next_tick(print)
        except NoRunningLoopError as error:
            seen.append(type(error))

    with ticks.use(id):
        thread = threading.Thread(target=other_thread)
        thread.start()
        thread.join()
    assert seen == [NoRunningLoopError]


def test_a_driver_that_is_no_function_is_refused():
    with pytest.raises(InvalidArgTypeError, match=r'"call_soon".*a function'), ticks.use(None):
        pass


def test_loops_that_take_turns_in_one_thread_keep_their_queues():
    loops = [asyncio.new_event_loop() for _ in range(2)]
    order = []

    async def tick(name):
        next_tick(order.append, name)
        await asyncio.sleep(0)

    try:
        for name, loop in ("a", loops[0]), ("b", loops[1]), ("a again", loops[0]):
            loop.run_until_complete(tick(name))
    finally:
        for loop in loops:
            loop.close()
    assert order == ["a", "b", "a again"]


def test_a_call_of_the_driver_is_followed_by_its_ticks_and_asks_for_no_other():
    asked: list[Any] = []
    seen: list[str] = []
    with ticks.use(asked.append) as queue:
        queue.call(lambda: (next_tick(seen.append, "tick"), seen.append("call")))
        assert seen == ["call", "tick"]
        assert asked == []
        next_tick(seen.append, "later")
        assert len(asked) == 1


def test_a_call_that_fails_leaves_its_ticks_to_the_driver():
    asked: list[Any] = []
    seen: list[str] = []

    def fails() -> None:
        next_tick(seen.append, "tick")
        raise BoomError

    with ticks.use(asked.append) as queue:
        with pytest.raises(BoomError):
            queue.call(fails)
        assert seen == []
        asked.pop()()
        assert seen == ["tick"]
        assert asked == []
