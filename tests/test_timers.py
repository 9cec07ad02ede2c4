"""timers: Node's, and in its order."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import weakref
from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    UnsettledError,
    next_tick,
    run,
    run_async,
    timers,
)
from streams2.errors import AbortError, InvalidArgTypeError, NoRunningLoopError
from streams2.timers import (
    Immediate,
    Timeout,
    clear_immediate,
    clear_interval,
    clear_timeout,
    promises,
    set_immediate,
    set_interval,
    set_timeout,
)
from streams2.timers.promises import scheduler
from streams2.timers.timeouts import milliseconds

from . import timer_programs
from .support import BoomError
from .twins import Twins

twins = Twins()


# -- order -----------------------------------------------------------------------------------------


@twins.program("""
    setTimeout(() => {
        say('a timer');
        setTimeout(() => say('0 ms'), 0);
        setImmediate(() => {
            say('an immediate');
            setImmediate(() => say('its immediate'));
            process.nextTick(() => say('its tick'));
        });
        setImmediate(() => say('another'));
        process.nextTick(() => say('a tick'));
        const end = Date.now() + 5;
        while (Date.now() < end);
    }, 1);
    await new Promise((done) => setTimeout(done, 50));
""")
def test_a_turn_is_immediates_then_timers_and_ticks_after_each(say: Any) -> None:
    def first() -> None:
        say("a timer")
        set_timeout(say, 0, "0 ms")
        set_immediate(second)
        set_immediate(say, "another")
        next_tick(say, "a tick")
        end = asyncio.get_running_loop().time() + 0.005
        while asyncio.get_running_loop().time() < end:
            pass

    def second() -> None:
        say("an immediate")
        set_immediate(say, "its immediate")
        next_tick(say, "its tick")

    set_timeout(first, 1)


@twins.program("""
    const t = setTimeout(() => {}, 5), i = setImmediate(() => {});
    say(t.hasRef(), t.unref() === t, t.hasRef(), t.ref() === t, t.hasRef(), t.refresh() === t);
    say(t.close() === t, t.hasRef(), t.unref().hasRef(), t.ref().hasRef(), t.refresh() === t);
    say(i.hasRef(), i.unref() === i, i.hasRef(), i.ref() === i, i.hasRef());
    clearImmediate(i);
    say(i.hasRef(), i.ref().hasRef());
    const inside = setImmediate(() => say(inside.hasRef(), inside.ref().hasRef()));
    const once = setTimeout(() => say(once.hasRef()), 100);
    await new Promise((done) => setTimeout(done, 200));
""")
def test_has_ref(say: Any) -> None:
    t, i = set_timeout(id, 5, None), set_immediate(id, None)
    say(t.has_ref(), t.unref() is t, t.has_ref(), t.ref() is t, t.has_ref(), t.refresh() is t)
    say(t.close() is t, t.has_ref(), t.unref().has_ref(), t.ref().has_ref(), t.refresh() is t)
    say(i.has_ref(), i.unref() is i, i.has_ref(), i.ref() is i, i.has_ref())
    clear_immediate(i)
    say(i.has_ref(), i.ref().has_ref())
    inside: Immediate = set_immediate(lambda: say(inside.has_ref(), inside.ref().has_ref()))
    once: Timeout = set_timeout(lambda: say(once.has_ref()), 100)


@twins.program("""
    let n = 0, m = 0, k = 0;
    const self = setTimeout(() => { say('self', ++n); if (n < 3) self.refresh(); }, 2);
    const again = setTimeout(() => {
        say('again', ++m);
        if (m < 2) setTimeout(() => again.refresh(), 40);
    }, 40);
    const every = setInterval(() => { say('every', ++k); if (k === 2) every.close(); }, 180);
    const gone = setTimeout(say, 1, 'never');
    clearInterval(gone);
    gone.refresh();
    await new Promise((done) => setTimeout(done, 500));
""")
def test_a_timer_begins_anew_until_it_is_cleared(say: Any) -> None:
    counts = {"self": 0, "again": 0, "every": 0}

    def counted(name: str) -> int:
        counts[name] += 1
        say(name, counts[name])
        return counts[name]

    own: Timeout = set_timeout(lambda: counted("self") < 3 and own.refresh(), 2)
    again: Timeout = set_timeout(
        lambda: counted("again") < 2 and set_timeout(lambda: again.refresh(), 40), 40
    )
    every: Timeout = set_interval(lambda: counted("every") == 2 and every.close(), 180)
    gone = set_timeout(say, 1, "never")
    clear_interval(gone)
    gone.refresh()


RECORDS = json.loads(timer_programs.RECORDED.read_text("utf8"))


@pytest.mark.host
@pytest.mark.parametrize("number", range(0, len(RECORDS), 20))
def test_random_programs_run_in_nodes_order(number: int) -> None:
    for program, order in RECORDS[number : number + 20]:
        assert timer_programs.Trace(None).of(program) == order, program


@pytest.mark.live
@pytest.mark.host
@pytest.mark.once
@pytest.mark.parametrize("seed", ["spring"])
def test_so_do_others(seed: str) -> None:
    left = timer_programs.programs(seed, 25)
    # A busy machine may call one of Node's timers so late that another is due as well: a program
    # is asked again, until it was called in time.
    for _ in range(12):
        if not left:
            break
        orders = timer_programs.in_node(left)
        left = [
            program
            for program, order in zip(left, orders)
            if timer_programs.Trace(None).of(program) != order
        ]
    assert left == []


# -- arguments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [set_timeout, set_interval, set_immediate])
@pytest.mark.parametrize("callback", [None, 5, "x", {}])
def test_what_cannot_be_called_is_refused(ask: Any, callback: Any) -> None:
    with pytest.raises(InvalidArgTypeError, match='"callback" argument'):
        run(lambda: ask(callback, 1))


@pytest.mark.parametrize("delay", ["10", b"1", [], {}])
def test_so_is_a_delay_that_is_none(delay: Any) -> None:
    with pytest.raises(InvalidArgTypeError, match='"delay" argument'):
        run(lambda: set_timeout(id, delay, 1))


@pytest.mark.parametrize("delay", [None, 0, 0.5, 1, 1.9, True])
def test_a_short_delay_is_a_millisecond(delay: Any) -> None:
    assert milliseconds(delay) == 1


@pytest.mark.parametrize(
    ("delay", "warning"),
    [
        (2**31, timers.TimeoutOverflowWarning),
        (math.inf, timers.TimeoutOverflowWarning),
        (-5, timers.TimeoutNegativeWarning),
        (-math.inf, timers.TimeoutNegativeWarning),
        (math.nan, timers.TimeoutNaNWarning),
    ],
)
@pytest.mark.parametrize("ask", [set_timeout, set_interval])
def test_so_is_one_that_cannot_be_and_it_is_said_where(ask: Any, delay: Any, warning: Any) -> None:
    called: list[int] = []

    def main() -> None:
        def callback() -> None:
            called.append(1)
            clear_timeout(handle)

        with pytest.warns(warning, match="1 ms") as warned:
            handle = ask(callback, delay)
        assert warned[0].filename == __file__

    run(main)
    assert called == [1]


@pytest.mark.parametrize("thing", [None, 5, "5", "x", "", {}, True, math.nan, object(), b"1"])
def test_anything_can_be_cleared(thing: Any) -> None:
    clear_timeout(thing)
    clear_interval(thing)
    clear_immediate(thing)


def test_a_timer_is_cleared_by_its_number() -> None:
    called: list[str] = []

    def main() -> None:
        set_timeout(called.append, 1, "kept")
        clear_timeout(int(set_timeout(called.append, 1, "a number")))
        clear_interval(str(int(set_interval(called.append, 1, "a text"))))
        with set_timeout(called.append, 1, "a block"), set_immediate(called.append, "another"):
            pass
        clear_immediate(set_timeout(called.append, 1, "a timer is no immediate"))
        immediate = set_immediate(called.append, "nor an immediate a timer")
        clear_timeout(immediate)

    run(main)
    assert sorted(called) == ["a timer is no immediate", "kept", "nor an immediate a timer"]


@pytest.mark.parametrize("ask", [lambda: set_timeout(id, 1, 1), lambda: set_immediate(id, 1)])
def test_there_must_be_a_loop(ask: Any) -> None:
    with pytest.raises(NoRunningLoopError):
        ask()


# -- what holds a run open -------------------------------------------------------------------------


def ways() -> list[Any]:
    return [run, lambda main: asyncio.run(run_async(main))]


@pytest.mark.parametrize("way", ways())
def test_what_is_let_go_does_not_hold_the_run(way: Any) -> None:
    called: list[str] = []

    def main() -> None:
        set_timeout(called.append, 100_000, "late").unref()
        set_interval(called.append, 100_000, "later").unref()
        set_immediate(called.append, "alone").unref()
        set_timeout(called.append, 100_000, "cleared").close()

    way(main)
    assert called == []


@pytest.mark.parametrize("way", ways())
def test_what_is_not_does(way: Any) -> None:
    called: list[str] = []

    def main() -> None:
        set_timeout(called.append, 60, "ref").unref().ref()
        set_timeout(called.append, 1, "unref").unref()
        set_immediate(called.append, "immediate").unref()

    way(main)
    assert sorted(called) == ["immediate", "ref", "unref"]


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("ask", [set_immediate, lambda f: set_timeout(f, 1)])
def test_an_exception_ends_the_run(way: Any, ask: Any) -> None:
    called: list[str] = []

    def fail() -> None:
        raise BoomError

    async def fail_later() -> None:
        fail()

    for callback in (fail, fail_later, lambda: next_tick(fail)):

        def main(callback: Any = callback) -> None:
            ask(callback)
            set_timeout(called.append, 50, "after")

        with pytest.raises(BoomError):
            way(main)
    assert called == []


def test_under_asyncio_run_the_rest_goes_on_after_one() -> None:
    called: list[Any] = []

    def fail() -> None:
        raise BoomError

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: called.append(type(context["exception"]))
        )
        set_immediate(fail)
        set_immediate(called.append, "immediate")
        set_timeout(fail, 1)
        set_timeout(called.append, 1, "timer")
        await promises.set_timeout(10)

    asyncio.run(main())
    assert called == [BoomError, "immediate", BoomError, "timer"]


def test_a_program_that_is_over_is_forgotten() -> None:
    async def main() -> None:
        programs = []

        def program() -> None:
            from streams2.loop.keepers import program as current

            programs.append(weakref.ref(current.get()))
            set_timeout(id, 1, None)
            set_immediate(id, None)

        await run_async(program)
        await asyncio.sleep(0)
        gc.collect()
        assert programs[0]() is None

    asyncio.run(main())


# -- promises --------------------------------------------------------------------------------------


def test_promises_give_their_value() -> None:
    async def main() -> list[Any]:
        return [
            await promises.set_timeout(1, "a"),
            await promises.set_timeout(),
            await promises.set_immediate("b"),
            await scheduler.wait(1),
            await promises.scheduler.yield_(),
        ]

    assert run(main) == asyncio.run(main()) == ["a", None, "b", None, None]


def test_a_promise_of_a_timer_that_does_not_hold_is_not_waited_for() -> None:
    """Node ends with exit code 13."""

    async def main(ms: float = 60_000) -> str:
        return await promises.set_timeout(ms, "c", ref=False)

    assert asyncio.run(main(1)) == "c"
    with pytest.raises(UnsettledError, match="`main` waits at"):
        run(main)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: promises.set_timeout("x"),  # type: ignore[call-overload]
        lambda: promises.set_timeout(True and "1", "v"),  # type: ignore[call-overload]
        lambda: promises.set_timeout(1, "v", signal=5),  # type: ignore[call-overload]
        lambda: promises.set_timeout(1, "v", ref=5),  # type: ignore[call-overload]
        lambda: promises.set_immediate("v", ref=None),  # type: ignore[call-overload]
        lambda: promises.set_immediate("v", signal={}),  # type: ignore[call-overload]
        lambda: scheduler.wait("x"),  # type: ignore[arg-type]
        lambda: promises.set_interval("x").__anext__(),  # type: ignore[call-overload]
        lambda: promises.set_interval(1, signal=5).__anext__(),  # type: ignore[call-overload]
    ],
)
def test_bad_arguments_of_promises(ask: Any) -> None:
    async def main() -> None:
        with pytest.raises(InvalidArgTypeError):
            await ask()

    run(main)


@pytest.mark.parametrize(
    "ask",
    [
        lambda signal: promises.set_timeout(100_000, signal=signal),
        lambda signal: promises.set_immediate(signal=signal),
        lambda signal: scheduler.wait(100_000, signal=signal),
        lambda signal: promises.set_interval(100_000, signal=signal).__anext__(),
    ],
)
def test_a_signal_gives_up_and_is_listened_to_no_more(ask: Any) -> None:
    why = BoomError("why")

    async def main() -> None:
        with pytest.raises(AbortError) as before:
            await ask(AbortSignal.abort(why))
        assert before.value.__cause__ is why
        assert before.value.code == "ABORT_ERR"
        controller = AbortController()
        next_tick(controller.abort, why)
        with pytest.raises(AbortError) as meanwhile:
            await ask(controller.signal)
        assert meanwhile.value.__cause__ is why
        assert controller.signal.listener_count("abort") == 0

    run(main)


def test_an_interval_counts_what_its_reader_is_late_for_and_ends_with_its_signal() -> None:
    got: list[str] = []

    async def main() -> None:
        controller = AbortController()
        async for value in promises.set_interval(4, "v", signal=controller.signal):
            got.append(value)
            if len(got) == 1:
                await promises.set_timeout(30)
                controller.abort()

    with pytest.raises(AbortError):
        run(main)
    assert len(got) > 2


def test_an_interval_that_is_left_or_closed_gives_no_more() -> None:
    async def main() -> list[Any]:
        async for _ in promises.set_interval(1):
            break
        interval = promises.set_interval(1, "v")
        got = [await interval.__anext__()]
        await interval.aclose()
        return got + [value async for value in interval]

    assert run(main) == ["v"]
