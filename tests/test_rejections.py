"""Node's `events` beyond the emitter's methods: captured rejections, monitors, limits, signals."""

from __future__ import annotations

from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    EventEmitter,
    InvalidArgTypeError,
    OutOfRangeError,
    Readable,
    Transform,
    Writable,
    add_abort_listener,
    events,
    on,
    once,
    run,
)

from .support import BoomError, Sink, Source
from .twins import Twins, turn

twins = Twins()

# -- coroutine listeners that fail --------------------------------------------------------------


@twins.program(
    """
    const fails = async (value) => { throw new Error(`boom ${value}`); };
    const e = new EventEmitter({ captureRejections: true });
    e.on('x', fails); e.on('error', (error) => say('error', error));
    say(e.emit('x', 1)); say('emitted'); await turn(); await turn();
    const own = new EventEmitter({ captureRejections: true });
    own[Symbol.for('nodejs.rejection')] = (error, event, ...args) => say(error, event, args);
    own.on('x', fails); own.emit('x', 2, 3); await turn(); await turn();
    say(events.captureRejections);
    try { new EventEmitter({ captureRejections: 5 }); } catch (error) { say(error); }
    const again = new EventEmitter({ captureRejections: true });
    again.on('error', async (error) => { say('hears', error); throw new Error('again'); });
    again.on('x', fails); again.emit('x', 4); await turn(); await turn();
    """
)
async def test_a_failure_of_a_coroutine_listener_is_captured(say: Any) -> None:
    async def fails(value: Any, *_: Any) -> None:
        raise BoomError(f"boom {value}")

    e = EventEmitter(capture_rejections=True)
    e.on("x", fails)
    e.on("error", lambda error: say("error", error))
    say(e.emit("x", 1))
    say("emitted")
    await turn()
    await turn()

    class Own(EventEmitter):
        def __rejection__(self, error: Exception, event: str, *args: Any) -> None:
            say(error, event, args)

    own = Own(capture_rejections=True)
    own.on("x", fails)
    own.emit("x", 2, 3)
    await turn()
    await turn()
    say(EventEmitter.capture_rejections)
    try:
        EventEmitter(capture_rejections=5)  # type: ignore[arg-type]
    except InvalidArgTypeError as error:
        say(error)
    again = EventEmitter(capture_rejections=True)

    async def hears(error: Any) -> None:
        say("hears", error)
        raise BoomError("again")

    again.on("error", hears)
    again.on("x", fails)
    again.emit("x", 4)
    await turn()
    await turn()


@twins.program(
    """
    const never = () => {}, write = (chunk, encoding, done) => done();
    const make = {
      readable: (o) => new Readable({ read: never, ...o }),
      writable: (o) => new Writable({ write, ...o }),
      duplex: (o) => new Duplex({ read: never, write, ...o }),
      transform: (o) => new Transform({ transform: write, ...o }),
    };
    for (const [name, build] of Object.entries(make)) {
      const stream = build({ captureRejections: true });
      stream.on('error', (error) => say(name, error)).on('close', () => say(name, 'close'));
      stream.on('x', async () => { throw new Error('boom'); });
      stream.emit('x'); for (let n = 0; n < 5; n++) await turn();
      say(stream.destroyed, stream.errored);
    }
    """
)
async def test_a_captured_failure_destroys_a_stream(say: Any) -> None:
    def never(*_: Any) -> None:
        pass

    def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done()

    make: dict[str, Any] = {
        "readable": lambda **o: Readable(read=never, **o),
        "writable": lambda **o: Writable(write=write, **o),
        "duplex": lambda **o: Duplex(read=never, write=write, **o),
        "transform": lambda **o: Transform(transform=write, **o),
    }

    async def fails() -> None:
        raise BoomError("boom")

    for name, build in make.items():
        stream = build(capture_rejections=True)
        stream.on("error", lambda error, name=name: say(name, error))
        stream.on("close", lambda name=name: say(name, "close"))
        stream.on("x", fails)
        stream.emit("x")
        for _ in range(5):
            await turn()
        say(stream.destroyed, stream.errored)


# -- monitors and limits ------------------------------------------------------------------------


@twins.program(
    """
    const e = new EventEmitter();
    e.on(events.errorMonitor, (error) => say('monitor', error));
    try { e.emit('error', new Error('boom')); } catch (error) { say('raised', error); }
    e.on('error', (error) => say('heard', error)); say(e.emit('error', new Error('again')));
    const f = () => {}, g = () => {};
    e.on('x', f); e.once('x', g);
    const listeners = events.getEventListeners(e, 'x');
    say(listeners.length, listeners[0] === f, listeners[1] === g, e.listenerCount('x'));
    say(events.getMaxListeners(e), e.getMaxListeners());
    events.setMaxListeners(5, e); say(events.getMaxListeners(e));
    say(events.getMaxListeners(new EventEmitter()));
    for (const attempt of [() => events.getEventListeners(5, 'x'), () => events.getMaxListeners(5),
        () => events.setMaxListeners(-1, e), () => events.setMaxListeners(1, 5)]) {
      try { attempt(); say('none'); } catch (error) { say(error); }
    }
    """
)
def test_monitors_listeners_and_limits(say: Any) -> None:
    e = EventEmitter()
    e.on(events.error_monitor, lambda error: say("monitor", error))
    try:
        e.emit("error", BoomError("boom"))
    except BoomError as error:
        say("raised", error)
    e.on("error", lambda error: say("heard", error))
    say(e.emit("error", BoomError("again")))

    def f() -> None: ...
    def g() -> None: ...

    e.on("x", f)
    e.once("x", g)
    listeners = events.get_event_listeners(e, "x")
    say(len(listeners), listeners[0] is f, listeners[1] is g, events.listener_count(e, "x"))
    say(events.get_max_listeners(e), e.get_max_listeners())
    events.set_max_listeners(5, e)
    say(events.get_max_listeners(e))
    say(events.get_max_listeners(EventEmitter()))
    wrong: Any = 5
    for attempt in (
        lambda: events.get_event_listeners(wrong, "x"),
        lambda: events.get_max_listeners(wrong),
        lambda: events.set_max_listeners(-1, e),
        lambda: events.set_max_listeners(1, wrong),
    ):
        try:
            attempt()
            say("none")
        except (InvalidArgTypeError, OutOfRangeError) as error:
            say(error)


def test_the_default_limit_is_for_all_emitters() -> None:
    before = EventEmitter.default_max_listeners
    try:
        events.set_max_listeners(7)
        assert EventEmitter().get_max_listeners() == Source().get_max_listeners() == 7
    finally:
        events.set_max_listeners(before)


# -- signals ------------------------------------------------------------------------------------


@twins.program(
    """
    const c = new AbortController();
    const stop = events.addAbortListener(c.signal, () => say('first'));
    events.addAbortListener(c.signal, () => say('second'));
    stop[Symbol.dispose](); c.abort(); say('aborted');
    events.addAbortListener(c.signal, () => say('late')); say('listened'); await turn();
    for (const [signal, listener] of [[5, () => {}], [c.signal, 5]]) {
      try { events.addAbortListener(signal, listener); } catch (error) { say(error); }
    }
    """
)
async def test_add_abort_listener(say: Any) -> None:
    c = AbortController()
    stop = add_abort_listener(c.signal, lambda: say("first"))
    add_abort_listener(c.signal, lambda: say("second"))
    stop()
    c.abort()
    say("aborted")
    add_abort_listener(c.signal, lambda: say("late"))
    say("listened")
    await turn()
    wrong: Any = 5
    for signal, listener in ((wrong, lambda: None), (c.signal, wrong)):
        try:
            add_abort_listener(signal, listener)
        except InvalidArgTypeError as error:
            say(error)


@twins.program(
    """
    const e = new EventEmitter(), c = new AbortController();
    const waiting = events.once(e, 'x', { signal: c.signal });
    c.abort(); try { await waiting; } catch (error) { say(error); }
    say(e.listenerCount('x'), e.listenerCount('error'));
    for (const signal of [AbortSignal.abort(), 5]) {
      try { await events.once(e, 'x', { signal }); } catch (error) { say(error); } }
    const d = new AbortController(), seen = events.on(e, 'x', { signal: d.signal });
    e.emit('x', 1); say((await seen.next()).value); e.emit('x', 2); d.abort();
    try { for await (const value of seen) say(value); } catch (error) { say(error); }
    say(e.listenerCount('x'));
    try { events.on(e, 'x', { signal: AbortSignal.abort() }); } catch (error) { say(error); }
    """
)
async def test_a_signal_gives_waiting_for_events_up(say: Any) -> None:
    e, c = EventEmitter(), AbortController()
    waiting = once(e, "x", signal=c.signal)
    c.abort()
    try:
        await waiting
    except Exception as error:
        say(error)
    say(e.listener_count("x"), e.listener_count("error"))
    for signal in (AbortSignal.abort(), 5):
        try:
            await once(e, "x", signal=signal)  # type: ignore[arg-type]
        except Exception as error:
            say(error)
    d = AbortController()
    seen = on(e, "x", signal=d.signal)
    e.emit("x", 1)
    say(await seen.__anext__())
    e.emit("x", 2)
    d.abort()
    try:
        async for value in seen:
            say(value)
    except Exception as error:
        say(error)
    say(e.listener_count("x"))
    try:
        on(e, "x", signal=AbortSignal.abort())
    except Exception as error:
        say(error)


@twins.program(
    """
    const e = new EventEmitter();
    e.pause = () => say('pause'); e.resume = () => say('resume');
    const seen = events.on(e, 'x', { highWaterMark: 3, lowWaterMark: 2, close: ['end'] });
    for (let n = 0; n < 6; n++) { say('emit', n); e.emit('x', n); }
    e.emit('end');
    for await (const [n] of seen) say(n);
    for (const options of [{ highWaterMark: 0 }, { lowWaterMark: 0 }, { highWaterMark: 1.5 }]) {
      try { events.on(e, 'x', options); say('none'); } catch (error) { say(error); }
    }
    """
)
async def test_an_iteration_over_events_holds_its_emitter_up(say: Any) -> None:
    class Paused(EventEmitter):
        def pause(self) -> None:
            say("pause")

        def resume(self) -> None:
            say("resume")

    e = Paused()
    seen = on(e, "x", high_water_mark=3, low_water_mark=2, close=["end"])
    for n in range(6):
        say("emit", n)
        e.emit("x", n)
    e.emit("end")
    async for (n,) in seen:
        say(n)
    for options in ({"high_water_mark": 0}, {"low_water_mark": 0}, {"high_water_mark": 1.5}):
        try:
            on(e, "x", **options)  # type: ignore[arg-type]
            say("none")
        except OutOfRangeError as error:
            say(error)


@twins.program(
    """
    const one = new AbortController(), other = new AbortController();
    const either = AbortSignal.any([one.signal, other.signal]);
    const nested = AbortSignal.any([either, new AbortController().signal]);
    one.signal.addEventListener('abort', () => say('one', either.aborted, nested.aborted));
    either.addEventListener('abort', () => say('either', nested.aborted));
    nested.addEventListener('abort', () => say('nested'));
    say(either.aborted, either.reason); one.abort('why'); other.abort('late');
    say(either.reason, nested.reason, other.signal.reason);
    say(AbortSignal.any([]).aborted, AbortSignal.any([one.signal]).aborted);
    for (const wrong of [[5], 5]) {
      try { AbortSignal.any(wrong); } catch (error) { say(error); } }
    try { either.throwIfAborted(); } catch (error) { say(String(error)); }
    say(new AbortController().signal.throwIfAborted());
    """
)
def test_a_signal_of_several(say: Any) -> None:
    one, other = AbortController(), AbortController()
    either = AbortSignal.any([one.signal, other.signal])
    nested = AbortSignal.any([either, AbortController().signal])
    one.signal.on("abort", lambda: say("one", either.aborted, nested.aborted))
    either.on("abort", lambda: say("either", nested.aborted))
    nested.on("abort", lambda: say("nested"))
    say(either.aborted, either.reason)
    one.abort("why")
    other.abort("late")
    say(either.reason, nested.reason, other.signal.reason)
    say(AbortSignal.any([]).aborted, AbortSignal.any([one.signal]).aborted)
    for wrong in ([5], 5):
        try:
            AbortSignal.any(wrong)  # type: ignore[arg-type]
        except InvalidArgTypeError as error:
            say(error)
    try:
        either.throw_if_aborted()
    except Exception as error:
        say(str(error))
    say(AbortController().signal.throw_if_aborted())  # type: ignore[func-returns-value]


# -- scopes -------------------------------------------------------------------------------------


@twins.program(
    """
    for (const make of [() => new Readable({ read() {} }),
                        () => new Writable({ write(c, e, done) { done(); } }),
                        () => new Transform({ transform(c, e, done) { done(null, c); } })]) {
      for (const act of [() => {}, (s) => s.destroy(), (s) => s.destroy(new Error('boom')),
                         (s) => s.push && s.push(null), (s) => s.end && s.end(),
                         (s) => { if (s.push) s.resume().push(null); if (s.end) s.end(); }]) {
        const stream = make(); stream.on('error', (error) => say('error', error));
        stream.on('close', () => say('close'));
        await (async () => { await using held = stream; act(stream); await turn(); })()
          .then(() => say('left'), (error) => say('raised', error));
        say(stream.destroyed, stream.closed, stream.errored);
      }
    }
    """
)
async def test_a_scope_ends_its_stream(say: Any) -> None:
    def end_both(s: Any) -> None:
        if hasattr(s, "push"):
            s.resume().push(None)
        if hasattr(s, "end"):
            s.end()

    acts: list[Any] = [
        lambda s: None,
        lambda s: s.destroy(),
        lambda s: s.destroy(BoomError("boom")),
        lambda s: hasattr(s, "push") and s.push(None),
        lambda s: hasattr(s, "end") and s.end(),
        end_both,
    ]

    def same(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done(None, chunk)

    for make in (Source, Sink, lambda: Transform(transform=same)):
        for act in acts:
            stream: Any = make()
            stream.on("error", lambda error: say("error", error))
            stream.on("close", lambda: say("close"))
            try:
                async with stream:
                    act(stream)
                    await turn()
                say("left")
            except Exception as error:
                say("raised", error)
            say(stream.destroyed, stream.closed, stream.errored)


def test_an_emitter_that_cannot_be_paused_is_refused_as_one_that_can() -> None:
    with pytest.raises(InvalidArgTypeError, match="pause"):
        run(lambda: on(EventEmitter(), "x", high_water_mark=1))
