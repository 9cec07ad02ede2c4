"""Events: who is called, in which order, and what happens when nobody listens."""

from __future__ import annotations

import asyncio
import copy
import gc
import math
import pickle
import warnings
from typing import Any

import pyee
import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    EventEmitter,
    Readable,
    events,
    on,
    once,
    run,
)
from streams2.errors import InvalidArgTypeError, OutOfRangeError, UnhandledError
from streams2.events import MaxListenersExceededWarning

from .support import BoomError
from .twins import Twins, later, turn

twins = Twins()


# -- who is called, and when ----------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter();
    const f = (x) => say('f', x);
    e.on('x', f); e.on('x', (x) => say('g', x)); e.on('x', f);
    say(e.emit('x', 1), e.listenerCount('x'));
    e.off('x', f);
    say(e.emit('x', 2), e.listenerCount('x'));
    e.off('x', f); e.off('x', f);
    say(e.emit('x', 3), e.listenerCount('x'));
""")
def test_a_listener_added_twice_is_called_twice_and_removed_newest_first(say):
    e = EventEmitter()

    def f(x):
        say("f", x)

    e.on("x", f)
    e.on("x", lambda x: say("g", x))
    e.on("x", f)
    say(e.emit("x", 1), e.listener_count("x"))
    e.off("x", f)
    say(e.emit("x", 2), e.listener_count("x"))
    e.off("x", f)
    e.off("x", f)
    say(e.emit("x", 3), e.listener_count("x"))


@twins.program("""
    const e = new EventEmitter();
    e.on('x', () => say('second'));
    e.prependListener('x', () => say('first'));
    e.prependOnceListener('x', () => say('before it, once'));
    e.once('x', () => say('last, once'));
    say(e.emit('x')); say(e.emit('x'));
""")
def test_prepended_listeners_come_first(say):
    e = EventEmitter()
    e.on("x", lambda: say("second"))
    e.prepend_listener("x", lambda: say("first"))
    e.prepend_once_listener("x", lambda: say("before it, once"))
    e.once("x", lambda: say("last, once"))
    say(e.emit("x"))
    say(e.emit("x"))


@twins.program("""
    const e = new EventEmitter();
    const late = () => say('late');
    e.on('x', () => { say('a'); e.on('x', late); e.removeListener('x', b); });
    const b = () => say('b');
    e.on('x', b);
    e.emit('x'); say('again'); e.emit('x');
""")
def test_changes_during_an_emit_count_from_the_next_emit_on(say):
    e = EventEmitter()

    def late():
        say("late")

    def b():
        say("b")

    def a():
        say("a")
        e.on("x", late)
        e.remove_listener("x", b)

    e.on("x", a)
    e.on("x", b)
    e.emit("x")
    say("again")
    e.emit("x")


@twins.program("""
    const e = new EventEmitter();
    e.once('x', () => {
      say('once'); if (e.listenerCount('x') === 0) say('gone already');
      e.emit('x');
    });
    e.emit('x'); say(e.emit('x'));
""")
def test_a_once_listener_is_gone_before_it_is_called(say):
    e = EventEmitter()

    def only():
        say("once")
        if e.listener_count("x") == 0:
            say("gone already")
        e.emit("x")

    e.once("x", only)
    e.emit("x")
    say(e.emit("x"))


@twins.program("""
    const e = new EventEmitter();
    const f = () => say('f');
    e.on('x', () => { e.emit('x-inner'); });
    e.once('x-inner', f);
    e.on('x', () => e.removeAllListeners('x'));
    e.on('x', f);
    say(e.emit('x'), e.emit('x'));
""")
def test_an_emit_within_an_emit_and_remove_all_during_it(say):
    e = EventEmitter()

    def f():
        say("f")

    e.on("x", lambda: e.emit("x-inner") and None)
    e.once("x-inner", f)
    e.on("x", lambda: e.remove_all_listeners("x"))
    e.on("x", f)
    say(e.emit("x"), e.emit("x"))


@twins.program("""
    const e = new EventEmitter();
    e.on('x', () => { say('a'); throw new Error('boom'); });
    e.on('x', () => say('never'));
    try { e.emit('x'); } catch (error) { say(error); }
""")
def test_what_a_listener_raises_comes_out_of_emit_and_stops_it(say):
    e = EventEmitter()

    def a():
        say("a")
        raise BoomError("boom")

    e.on("x", a)
    e.on("x", lambda: say("never"))
    try:
        e.emit("x")
    except BoomError as error:
        say(error)


# -- 'error' --------------------------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter();
    try { e.emit('error', new Error('boom')); } catch (error) { say(error); }
    try { e.emit('error', 42); } catch (error) { say(error); }
    try { e.emit('error'); } catch (error) { say(error); }
    e.on('error', (error) => say('heard', error));
    say(e.emit('error', new Error('boom')));
""")
def test_an_error_that_nobody_listens_for_is_raised(say):
    e = EventEmitter()

    def emit(*args):
        try:
            e.emit("error", *args)
        except Exception as error:
            say(error)

    emit(BoomError("boom"))
    emit(42)
    emit()
    e.on("error", lambda error: say("heard", error))
    say(e.emit("error", BoomError("boom")))


def test_the_error_raised_is_the_very_one_that_was_emitted():
    boom = BoomError()
    with pytest.raises(BoomError) as caught:
        EventEmitter().emit("error", boom)
    assert caught.value is boom


def test_an_error_that_is_no_exception_is_named_in_the_one_raised():
    with pytest.raises(UnhandledError, match=r"Unhandled error\. \('out of paper'\)"):
        EventEmitter().emit("error", "out of paper")


# -- asking ---------------------------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter();
    const f = () => say('f');
    e.once('x', f); e.on('x', f);
    say(e.listeners('x')[0] === f, e.rawListeners('x')[0] === f, e.rawListeners('x')[1] === f);
    say(e.rawListeners('x')[0].listener === f);
    e.rawListeners('x')[0]();
    say(e.listenerCount('x'), e.listenerCount('x', f), e.listenerCount('y'));
    e.prependOnceListener('x', f);
    e.off('x', f);
    say(e.listenerCount('x'));
    e.off('x', e.rawListeners('x')[0]);
    say(e.listenerCount('x'), e.listeners('y'), e.eventNames());
""")
def test_once_is_seen_in_raw_listeners_only(say):
    e = EventEmitter()

    def f():
        say("f")

    e.once("x", f)
    e.on("x", f)
    raw = e.raw_listeners("x")
    say(e.listeners("x")[0] is f, raw[0] is f, raw[1] is f)
    say(raw[0].listener is f)
    raw[0]()
    say(e.listener_count("x"), e.listener_count("x", f), e.listener_count("y"))
    e.prepend_once_listener("x", f)
    e.off("x", f)
    say(e.listener_count("x"))
    e.off("x", e.raw_listeners("x")[0])
    say(e.listener_count("x"), e.listeners("y"), list(e.event_names()))


@twins.program("""
    const e = new EventEmitter();
    e.on('newListener', (event, f) => {
      if (event === 'x') say('new', event, e.listenerCount('x'));
    });
    e.on('removeListener', (event, f) => say('gone', event, e.listenerCount('x')));
    const f = () => {};
    e.on('x', f); e.once('x', f); e.off('x', f); e.emit('x');
    e.on('x', f); e.on('x', () => {}); e.on('y', f);
    e.removeAllListeners('x');
    e.removeAllListeners();
    say(e.eventNames());
""")
def test_listeners_coming_and_going_are_announced(say):
    e = EventEmitter()

    def new(event, _):
        if event == "x":
            say("new", event, e.listener_count("x"))

    def f():
        pass

    e.on("newListener", new)
    e.on("removeListener", lambda event, _: say("gone", event, e.listener_count("x")))
    e.on("x", f)
    e.once("x", f)
    e.off("x", f)
    e.emit("x")
    e.on("x", f)
    e.on("x", lambda: None)
    e.on("y", f)
    e.remove_all_listeners("x")
    e.remove_all_listeners()
    say(list(e.event_names()))


def test_on_is_a_decorator_and_gives_the_listener_back():
    e = EventEmitter()
    seen = []

    @e.on("x")
    def f(value):
        seen.append(value)

    @e.once("x")
    def g(value):
        seen.append(-value)

    assert f.__name__ == "f"
    assert g.__name__ == "g"
    e.emit("x", 1)
    e.emit("x", 2)
    assert seen == [1, -1, 2]


def test_a_bound_method_is_found_again_though_it_is_made_anew():
    class Ear:
        heard = 0

        def hear(self):
            self.heard += 1

    ear, e = Ear(), EventEmitter()
    e.on("x", ear.hear)
    e.once("x", ear.hear)
    e.emit("x")
    e.off("x", ear.hear)
    assert not e.emit("x")
    assert ear.heard == 2


def test_it_is_a_pyee_emitter():
    assert isinstance(EventEmitter(), pyee.EventEmitter)


def test_an_emitter_copies_and_pickles():
    e = EventEmitter()
    e.on("x", print)
    assert copy.copy(e).listeners("x") == [print]
    assert pickle.loads(pickle.dumps(e)).listeners("x") == [print]


@pytest.mark.parametrize("method", ["on", "once", "prepend_listener", "prepend_once_listener"])
def test_a_listener_that_cannot_be_called_is_refused(method):
    with pytest.raises(InvalidArgTypeError, match=r'"listener".* a function.*int \(42\)'):
        getattr(EventEmitter(), method)("x", 42)


# -- too many listeners ---------------------------------------------------------------------------


def test_the_eleventh_listener_of_one_event_warns_once():
    e = EventEmitter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(10):
            e.on("x", print)
            e.on("y", print)
    with pytest.warns(MaxListenersExceededWarning, match="11 'x' listeners") as warned:
        _ = [e.on("x", print) for _ in range(5)]
    assert len(warned) == 1
    assert warned[0].filename == __file__
    with pytest.warns(MaxListenersExceededWarning, match="11 'y' listeners"):
        e.on("y", print)


@pytest.mark.parametrize("limit", [0, 1000, math.inf])
def test_the_limit_can_be_raised_or_lifted(limit):
    e = EventEmitter()
    e.set_max_listeners(limit)
    assert e.get_max_listeners() == limit
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(100):
            e.on("x", print)


def test_the_limit_can_be_lowered():
    e = EventEmitter()
    e.set_max_listeners(1)
    e.on("x", print)
    with pytest.warns(MaxListenersExceededWarning):
        e.once("x", print)


@pytest.mark.parametrize("limit", [-1, -0.5, math.nan, -math.inf])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(OutOfRangeError, match='"n"'):
        EventEmitter().set_max_listeners(limit)
    with pytest.raises(OutOfRangeError, match='"n"'):
        events.set_max_listeners(limit)


# -- coroutine listeners --------------------------------------------------------------------------


def test_a_coroutine_function_may_listen_and_runs_as_a_task():
    said = []

    async def main():
        e = EventEmitter()

        async def hear(value):
            said.append(f"began {value}")
            await asyncio.sleep(0)
            said.append(f"ended {value}")

        e.on("x", hear)
        e.once("x", hear)
        assert e.emit("x", 1)
        said.append("emitted")

    run(main)
    assert said == ["emitted", "began 1", "began 1", "ended 1", "ended 1"]


def test_a_coroutine_listener_that_fails_is_reported():
    async def main():
        reports: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        e = EventEmitter()

        @e.on("x")
        async def hear():
            raise BoomError("heard that")

        e.emit("x")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return reports

    (report,) = asyncio.run(main())
    assert isinstance(report["exception"], BoomError)
    assert "coroutine" in report["message"]


def test_a_coroutine_listener_that_fails_ends_a_run():
    def main():
        e = EventEmitter()

        @e.on("x")
        async def hear():
            raise BoomError

        e.emit("x")

    with pytest.raises(BoomError):
        run(main)


def test_a_coroutine_listener_is_not_collected_while_it_waits():
    async def main():
        e, ended = EventEmitter(), []

        @e.on("x")
        async def hear():
            await asyncio.sleep(0)
            gc.collect()
            await asyncio.sleep(0)
            ended.append(True)

        e.emit("x")
        gc.collect()
        for _ in range(4):
            await asyncio.sleep(0)
        return ended

    assert asyncio.run(main()) == [True]


# -- once() ---------------------------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter();
    later(() => say(e.emit('x', 1, 'two')));
    say(await events.once(e, 'x'));
    say(e.listenerCount('x'), e.listenerCount('error'));
    later(() => e.emit('error', new Error('boom')));
    try { await events.once(e, 'x'); } catch (error) { say(error); }
    say(e.listenerCount('x'), e.listenerCount('error'));
    later(() => e.emit('error', new Error('wanted')));
    say(await events.once(e, 'error'));
    say(e.listenerCount('error'));
""")
async def test_once_waits_for_the_event_and_fails_with_an_error(say):
    e = EventEmitter()
    later(lambda: say(e.emit("x", 1, "two")))
    say(await once(e, "x"))
    say(e.listener_count("x"), e.listener_count("error"))
    later(lambda: e.emit("error", BoomError("boom")))
    try:
        await once(e, "x")
    except BoomError as error:
        say(error)
    say(e.listener_count("x"), e.listener_count("error"))
    later(lambda: e.emit("error", BoomError("wanted")))
    say(await once(e, "error"))
    say(e.listener_count("error"))


def test_once_listens_from_the_call_on():
    async def main():
        e = EventEmitter()
        first = once(e, "x")
        e.emit("x", 1)
        e.emit("x", 2)
        return await first

    assert asyncio.run(main()) == [1]


def test_once_cancelled_stops_listening():
    async def main():
        e = EventEmitter()

        async def wait():
            await once(e, "x")

        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        assert e.listener_count("x") == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return e.event_names()

    assert asyncio.run(main()) == []


def test_once_on_a_plain_pyee_emitter():
    async def main():
        e = pyee.EventEmitter()
        waiting = once(e, "x")
        e.emit("x", 1)
        return await waiting, e.event_names()

    assert asyncio.run(main()) == ([1], set())


def test_once_needs_a_running_loop():
    with pytest.raises(RuntimeError, match="loop"):
        once(EventEmitter(), "x")


# -- on() -----------------------------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter();
    const all = events.on(e, 'x', { close: ['end'] });
    e.emit('x', 1); e.emit('x', 2, 3);
    later(() => { e.emit('x', 4); e.emit('end'); e.emit('x', 5); });
    for await (const args of all) say(args);
    say('over', e.listenerCount('x'), e.listenerCount('error'), e.listenerCount('end'));
""")
async def test_on_misses_nothing_and_ends_with_the_closing_event(say):
    e = EventEmitter()
    every = on(e, "x", close=["end"])
    e.emit("x", 1)
    e.emit("x", 2, 3)

    def go_on():
        e.emit("x", 4)
        e.emit("end")
        e.emit("x", 5)

    later(go_on)
    async for args in every:
        say(args)
    say("over", e.listener_count("x"), e.listener_count("error"), e.listener_count("end"))


@twins.program("""
    const e = new EventEmitter();
    const all = events.on(e, 'x');
    e.emit('x', 1); e.emit('error', new Error('boom')); e.emit('x', 2);
    try { for await (const args of all) say(args); } catch (error) { say(error); }
    say(e.listenerCount('x'), e.listenerCount('error'));
    say((await all.next()).done);
""")
async def test_on_raises_the_error_after_what_came_before_it(say):
    e = EventEmitter()
    every = on(e, "x")
    e.emit("x", 1)
    e.emit("error", BoomError("boom"))
    e.emit("x", 2)
    try:
        async for args in every:
            say(args)
    except BoomError as error:
        say(error)
    say(e.listener_count("x"), e.listener_count("error"))
    try:
        await every.__anext__()
    except StopAsyncIteration:
        say(True)


@twins.program("""
    const e = new EventEmitter();
    const all = events.on(e, 'x');
    e.emit('x', 1); e.emit('x', 2);
    for await (const args of all) { say(args); break; }
    say(e.listenerCount('x'), e.listenerCount('error'));
""")
async def test_on_closed_stops_listening(say):
    e = EventEmitter()
    every = on(e, "x")
    e.emit("x", 1)
    e.emit("x", 2)
    async for args in every:
        say(args)
        break
    await every.aclose()
    say(e.listener_count("x"), e.listener_count("error"))


def test_on_cancelled_while_it_waits_can_be_gone_on_with():
    async def main():
        e = EventEmitter()
        every = on(e, "x")
        task = asyncio.ensure_future(every.__anext__())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        e.emit("x", 1)
        seen = await every.__anext__()
        await every.aclose()
        return seen, e.event_names()

    assert asyncio.run(main()) == ([1], [])


def test_on_is_woken_by_an_event_that_comes_later():
    async def main():
        e = EventEmitter()
        every = on(e, "x", close=["end"])

        async def collect():
            return [args async for args in every]

        task = asyncio.ensure_future(collect())
        for n in range(3):
            await turn()
            e.emit("x", n)
        await turn()
        e.emit("end")
        return await task

    assert asyncio.run(main()) == [[0], [1], [2]]


# -- for several emitters, from outside -----------------------------------------------------------


@twins.program("""
    const e = new EventEmitter(); const f = () => {};
    e.on('x', f); e.once('x', f);
    say(events.getEventListeners(e, 'x').map((one) => one === f), events.listenerCount(e, 'x'));
    say(events.getMaxListeners(e), new EventEmitter().getMaxListeners());
    const others = [new EventEmitter(), new EventEmitter()];
    events.setMaxListeners(3, ...others);
    say(others.map((one) => one.getMaxListeners()), e.getMaxListeners());
    events.setMaxListeners(20); say(e.getMaxListeners(), others[0].getMaxListeners());
    events.setMaxListeners(10);
    for (const ask of [events.getEventListeners, events.listenerCount, events.getMaxListeners])
      try { ask(5, 'x'); } catch (error) { say(error instanceof TypeError); }
    try { events.setMaxListeners(5, 5); } catch (error) { say(error); }
""")
def test_the_functions_that_take_an_emitter(say):
    e = EventEmitter()

    def f():
        pass

    e.on("x", f)
    e.once("x", f)
    say([one is f for one in events.get_event_listeners(e, "x")], events.listener_count(e, "x"))
    say(events.get_max_listeners(e), EventEmitter().get_max_listeners())
    others = [EventEmitter(), EventEmitter()]
    events.set_max_listeners(3, *others)
    say([one.get_max_listeners() for one in others], e.get_max_listeners())
    try:
        events.set_max_listeners(20)
        say(e.get_max_listeners(), others[0].get_max_listeners())
    finally:
        events.set_max_listeners(10)
    for ask in (
        lambda: events.get_event_listeners(5, "x"),
        lambda: events.listener_count(5, "x"),
        lambda: events.get_max_listeners(5),
    ):
        with pytest.raises(InvalidArgTypeError, match='"emitter"') as raised:
            ask()
        say(isinstance(raised.value, TypeError))
    try:
        events.set_max_listeners(5, 5)
    except InvalidArgTypeError as error:
        say(error)


@twins.program("""
    const e = new EventEmitter();
    e.on(events.errorMonitor, (error) => say('monitor', error));
    try { e.emit('error', new Error('unheard')); } catch (error) { say('raised', error); }
    e.on('error', (error) => say('listener', error));
    say(e.emit('error', new Error('heard')));
""")
def test_a_monitor_sees_errors_first_and_hears_none(say):
    e = EventEmitter()
    e.on(events.error_monitor, lambda error: say("monitor", error))
    try:
        e.emit("error", BoomError("unheard"))
    except BoomError as error:
        say("raised", error)
    e.on("error", lambda error: say("listener", error))
    say(e.emit("error", BoomError("heard")))


@twins.program("""
    const e = new EventEmitter(); e.once('x', () => say('x'));
    const [raw] = e.rawListeners('x');
    raw(); raw(); say(e.listenerCount('x'), e.emit('x'));
""")
def test_a_once_listener_called_by_hand_has_no_second_call(say):
    e = EventEmitter()
    e.once("x", lambda: say("x"))
    (raw,) = e.raw_listeners("x")
    raw()
    raw()
    say(e.listener_count("x"), e.emit("x"))


# -- captured rejections --------------------------------------------------------------------------


@twins.program("""
    const fails = async (name) => { throw new Error(name); };
    const e = new EventEmitter({ captureRejections: true });
    e.on('x', fails); e.on('error', (error) => say('error', error));
    e.emit('x', 'caught'); await turn();
    const own = new EventEmitter({ captureRejections: true });
    own[Symbol.for('nodejs.rejection')] = (error, ...rest) => say('own', error, ...rest);
    own.on('x', fails); own.emit('x', 'mine'); await turn();
    events.captureRejections = true;
    const later = new EventEmitter();
    events.captureRejections = false;
    later.on('x', fails); later.on('error', (error) => say('default', error));
    later.emit('x', 'by default'); await turn();
    try { new EventEmitter({ captureRejections: 1 }); } catch (error) { say(error); }
    const stream = new Readable({ captureRejections: true, read() {} });
    stream.on('x', fails); stream.on('error', (error) => say('stream', error));
    stream.emit('x', 'destroys'); await turn(); say(stream.destroyed);
    e.removeAllListeners('error'); e.on('error', async (error) => { throw error; });
    e.emit('x', 'a'); await turn(); await turn();
""")
async def test_the_failure_of_a_coroutine_listener_can_be_an_error_event(say):
    async def fails(name):
        raise BoomError(name)

    async def turns():
        for _ in range(4):
            await turn()

    e = EventEmitter(capture_rejections=True)
    e.on("x", fails)
    e.on("error", lambda error: say("error", error))
    e.emit("x", "caught")
    await turns()

    class Own(EventEmitter):
        def __rejection__(self, error, event, *args):
            say("own", error, event, *args)

    own = Own(capture_rejections=True)
    own.on("x", fails)
    own.emit("x", "mine")
    await turns()
    EventEmitter.capture_rejections = True
    try:
        by_default = EventEmitter()
    finally:
        EventEmitter.capture_rejections = False
    by_default.on("x", fails)
    by_default.on("error", lambda error: say("default", error))
    by_default.emit("x", "by default")
    await turns()
    try:
        EventEmitter(capture_rejections=1)
    except InvalidArgTypeError as error:
        say(error)
    stream = Readable(capture_rejections=True, read=lambda self, size: None)
    stream.on("x", fails)
    stream.on("error", lambda error: say("stream", error))
    stream.emit("x", "destroys")
    await turns()
    say(stream.destroyed)
    e.remove_all_listeners("error")
    # The failure of who listens for failures is not told to the same listener again.
    e.on("error", fails_with_the_error)
    e.emit("x", "a")
    await turns()


async def fails_with_the_error(error):
    raise error


# -- signals and marks ----------------------------------------------------------------------------


@twins.program("""
    const e = new EventEmitter(); const attempt = async (work) => {
      try { say('value', await work()); } catch (error) { say('caught', error); }
      say(e.eventNames().length);
    };
    const aborted = AbortSignal.abort();
    await attempt(() => events.once(e, 'x', { signal: aborted }));
    const one = new AbortController();
    await attempt(() => {
      const next = events.once(e, 'x', { signal: one.signal });
      one.abort(); one.abort(); return next;
    });
    const unused = new AbortController();
    await attempt(() => {
      const next = events.once(e, 'x', { signal: unused.signal });
      e.emit('x', 1); unused.abort(); return next;
    });
    await attempt(() => { const next = events.once(e, 'error'); e.emit('error', 1); return next; });
    await attempt(() => events.once(e, 'x', { signal: 5 }));
    await attempt(() => { events.on(e, 'x', { signal: aborted }); });
    await attempt(() => { events.on(e, 'x', { signal: 5 }); });
    await attempt(async () => {
      const other = new AbortController();
      const seen = events.on(e, 'x', { signal: other.signal });
      e.emit('x', 1); e.emit('x', 2); other.abort();
      for await (const value of seen) say('seen', value);
    });
    await attempt(async () => {
      const other = new AbortController();
      later(() => other.abort());
      for await (const value of events.on(e, 'x', { signal: other.signal })) say(value);
    });
    await attempt(async () => {
      const seen = events.on(e, 'error');
      e.emit('error', 'as an event'); say((await seen.next()).value); await seen.return();
    });
""")
async def test_signals_end_once_and_on(say):
    e = EventEmitter()

    async def attempt(work):
        try:
            result = work()
            say("value", await result if hasattr(result, "__await__") else result)
        except Exception as error:
            say("caught", error)
        say(len(e.event_names()))

    aborted = AbortSignal.abort()
    await attempt(lambda: once(e, "x", signal=aborted))
    one = AbortController()

    def abort_twice():
        future = once(e, "x", signal=one.signal)
        one.abort()
        one.abort()
        return future

    await attempt(abort_twice)
    unused = AbortController()

    def abort_late():
        future = once(e, "x", signal=unused.signal)
        e.emit("x", 1)
        unused.abort()
        return future

    await attempt(abort_late)

    def error_as_an_event():
        future = once(e, "error")
        e.emit("error", 1)
        return future

    await attempt(error_as_an_event)
    await attempt(lambda: once(e, "x", signal=5))
    await attempt(lambda: on(e, "x", signal=aborted))
    await attempt(lambda: on(e, "x", signal=5))

    async def abort_with_events_left():
        other = AbortController()
        seen = on(e, "x", signal=other.signal)
        e.emit("x", 1)
        e.emit("x", 2)
        other.abort()
        async for value in seen:
            say("seen", value)

    await attempt(abort_with_events_left)

    async def abort_while_it_waits():
        other = AbortController()
        later(other.abort)
        async for value in on(e, "x", signal=other.signal):
            say(value)

    await attempt(abort_while_it_waits)

    async def errors_as_events():
        seen = on(e, "error")
        e.emit("error", "as an event")
        say(await seen.__anext__())
        await seen.aclose()

    await attempt(errors_as_events)


@twins.program("""
    class Tap extends EventEmitter { pause() { say('pause'); } resume() { say('resume'); } }
    const e = new Tap();
    const seen = events.on(e, 'x', { highWaterMark: 2, lowWaterMark: 2 });
    for (const n of [1, 2, 3, 4]) e.emit('x', n);
    for (let n = 0; n < 4; n++) say((await seen.next()).value);
    await seen.return();
    for (const options of [{ highWaterMark: 0 }, { lowWaterMark: 0 }])
      try { events.on(e, 'x', options); } catch (error) { say(error); }
""")
async def test_on_pauses_an_emitter_that_is_too_fast(say):
    class Tap(EventEmitter):
        def pause(self):
            say("pause")

        def resume(self):
            say("resume")

    e = Tap()
    seen = on(e, "x", high_water_mark=2, low_water_mark=2)
    for n in (1, 2, 3, 4):
        e.emit("x", n)
    for _ in range(4):
        say(await seen.__anext__())
    await seen.aclose()
    for options in ({"high_water_mark": 0}, {"low_water_mark": 0}):
        try:
            on(e, "x", **options)
        except OutOfRangeError as error:
            say(error)


def test_on_asks_for_an_emitter_that_can_be_paused():
    with pytest.raises(InvalidArgTypeError, match=r'"emitter".* pause\(\) and resume\(\)'):
        on(EventEmitter(), "x", high_water_mark=1)


def test_on_forgets_a_plain_pyee_emitter():
    async def main():
        e = pyee.EventEmitter()
        seen = on(e, "x", close=["x"])
        e.emit("x", 1)
        assert [args async for args in seen] == [[1]]
        await seen.aclose()
        assert not e.listeners("x")

    asyncio.run(main())


@pytest.mark.parametrize("how", ["event", "error", "signal"])
def test_a_once_that_was_cancelled_by_an_earlier_listener_of_the_same_event_stays_so(how):
    async def main():
        e, controller = EventEmitter(), AbortController()
        waits = []
        e.on("x", lambda: waits[0].cancel())
        e.on("error", lambda error: waits[0].cancel())
        controller.signal.on("abort", lambda: waits[0].cancel())
        waits.append(once(e, "x", signal=controller.signal))
        if how == "signal":
            controller.abort()
        else:
            e.emit(*(["x"] if how == "event" else ["error", BoomError()]))
        await asyncio.sleep(0)
        assert waits[0].cancelled()
        assert (e.listener_count("x"), e.listener_count("error")) == (1, 1)

    asyncio.run(main())


def test_once_on_a_plain_pyee_emitter_whose_listeners_were_taken_away():
    async def main():
        e = pyee.EventEmitter()
        waits = once(e, "x")
        e.remove_all_listeners()
        waits.cancel()
        await asyncio.sleep(0)
        assert waits.cancelled()

    asyncio.run(main())
