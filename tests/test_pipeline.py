"""pipeline: several streams that succeed or fail as one, and leave nothing open behind them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    PassThrough,
    Readable,
    Transform,
    next_tick,
    pipeline,
    promises,
    run,
)
from streams2.errors import (
    InvalidArgTypeError,
    MissingArgsError,
    StreamsError,
    StreamUnableToPipeError,
)

from .support import BoomError, Sink, Source, failing
from .twins import Twins, later, turn

twins = Twins()

PRELUDE = """
const source = (options) => new Readable({ read() {}, ...options });
const sink = (finish = (done) => done(), options) => new Writable({
  objectMode: true, write(chunk, e, done) { finish(done); }, ...options,
});
const turns = async () => { for (let n = 0; n < 8; n++) await turn(); };
const over = (error, value) => say('over', error, value);
const destroyed = (...streams) => say(streams.map((stream) => stream.destroyed));
const attempt = async (promise) => {
  try { say('value', await promise); } catch (error) { say('caught', error); }
};
"""


async def some_turns():
    for _ in range(8):
        await turn()


class Both(Duplex):
    def _read(self, size):
        pass

    def _write(self, chunk, encoding, callback):
        callback()


def destroyed(say, *streams):
    say([stream.destroyed for stream in streams])


async def attempt(say, awaitable):
    try:
        say("value", await awaitable)
    except Exception as error:
        say("caught", error)


def say_over(say):
    return lambda error, value=None: say("over", error, value)


# -- streams ---------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const got = []; const last = sink();
    last.on('finish', () => say('finish')); last.on('close', () => say('close'));
    const double = new Transform({ objectMode: true, transform(n, e, done) {
      later(() => done(null, 2 * n)); } });
    double.on('data', (n) => got.push(n));
    say(pipeline(Readable.from([1, 2, 3]), double, new PassThrough({
      objectMode: true }), last, over) === last);
    await turns(); say(got); destroyed(double, last);
"""
)
async def test_it_pipes_one_into_the_next_and_calls_back_once(say):
    class Double(Transform):
        def _transform(self, n, encoding, callback):
            later(callback, None, 2 * n)

    got, last = [], Sink(object_mode=True)
    last.on("finish", lambda: say("finish"))
    last.on("close", lambda: say("close"))
    double = Double(object_mode=True)
    double.on("data", got.append)
    through = PassThrough(object_mode=True)
    say(pipeline(Readable.from_([1, 2, 3]), double, through, last, callback=say_over(say)) is last)
    await some_turns()
    say(got)
    destroyed(say, double, last)


@twins.program(
    PRELUDE
    + """
    for (const which of [0, 1, 2]) {
      const streams = [source(), new PassThrough(), sink()];
      pipeline(...streams, over); streams[0].push('a'); await turns();
      streams[which].destroy(new Error('boom')); await turns(); destroyed(...streams);
      say(streams.map((stream) => stream.errored));
    }
    for (const which of [0, 1, 2]) {
      const streams = [source(), new PassThrough(), sink()];
      pipeline(...streams, over); await turns();
      streams[which].destroy(); await turns(); destroyed(...streams);
    }
"""
)
async def test_a_failure_or_a_close_anywhere_destroys_every_stream_and_is_told_once(say):
    def streams():
        return [Source(), PassThrough(), Sink(object_mode=True)]

    for which in range(3):
        three = streams()
        pipeline(*three, callback=say_over(say))
        three[0].push("a")
        await some_turns()
        three[which].destroy(BoomError("boom"))
        await some_turns()
        destroyed(say, *three)
        say([stream.errored for stream in three])
    for which in range(3):
        three = streams()
        pipeline(*three, callback=say_over(say))
        await some_turns()
        three[which].destroy()
        await some_turns()
        destroyed(say, *three)


@twins.program(
    PRELUDE
    + """
    const bad = sink((done) => done(new Error('disk full'))); const r = Readable.from([1, 2]);
    pipeline(r, bad, over); await turns(); destroyed(r, bad);
    const t = new Transform({ objectMode: true, transform(n, e, done) {
      throw new Error('in transform'); } });
    const s = Readable.from([1]); const w = sink(); pipeline(s, t, w, over); await turns();
    destroyed(s, t, w);
    const g = Readable.from((function* () { yield 1; throw new Error('in source'); })());
    const v = sink();
    pipeline(g, v, over); await turns(); destroyed(g, v);
    const f = new Writable({ objectMode: true, write(c, e, done) { done(); }, final(done) {
      done(new Error('in final')); } });
    const h = Readable.from([1]); pipeline(h, f, over); await turns(); destroyed(h, f);
"""
)
async def test_the_first_error_is_the_one_that_is_told(say):
    class BadTransform(Transform):
        def _transform(self, chunk, encoding, callback):
            raise BoomError("in transform")

    class BadFinal(Sink):
        def _final(self, callback):
            callback(BoomError("in final"))

    def bad_source():
        yield 1
        raise BoomError("in source")

    for streams in (
        [Readable.from_([1, 2]), Sink(finish=failing(OSError("disk full")), object_mode=True)],
        [Readable.from_([1]), BadTransform(object_mode=True), Sink(object_mode=True)],
        [Readable.from_(bad_source()), Sink(object_mode=True)],
        [Readable.from_([1]), BadFinal(object_mode=True)],
    ):
        pipeline(*streams, callback=say_over(say))
        await some_turns()
        destroyed(say, *streams)


@twins.program(
    PRELUDE
    + """
    const held = []; const slow = sink((done) => held.push(done), { highWaterMark: 1 });
    let taken = 0;
    pipeline(Readable.from((function* () { while (taken < 100) yield taken++; })()), slow, over);
    await turns(); say(taken < 5, held.length);
    while (held.length) { held.shift()(); await turns(); }
    say(taken);
"""
)
async def test_a_slow_sink_holds_the_source_up(say):
    held, taken = [], 0
    slow = Sink(finish=held.append, object_mode=True, high_water_mark=1)

    def numbers():
        nonlocal taken
        while taken < 100:
            taken += 1
            yield taken - 1

    pipeline(Readable.from_(numbers()), slow, callback=say_over(say))
    await some_turns()
    say(taken < 5, len(held))
    while held:
        held.pop(0)()
        await some_turns()
    say(taken)


@twins.program(
    PRELUDE
    + """
    const w = sink(); await attempt(promises.pipeline(Readable.from([1]), w, { end: false }));
    await turns(); say(w.writableEnded, w.destroyed); w.end(); await turns(); destroyed(w);
"""
)
async def test_the_last_stream_can_be_left_open(say):
    w = Sink(object_mode=True)
    await attempt(say, promises.pipeline(Readable.from_([1]), w, end=False))
    await some_turns()
    say(w.writable_ended, w.destroyed)
    w.end()
    await some_turns()
    destroyed(say, w)


@twins.program(
    PRELUDE
    + """
    const last = new PassThrough({ objectMode: true });
    const ended = pipeline(Readable.from([1, 2]), last, over);
    await turns(); const got = []; for await (const n of ended) got.push(n); say(got);
    await turns();
    const both = new Duplex({ read() {}, write(c, e, done) { done(); }, objectMode: true });
    pipeline(Readable.from([1]), both, over); await turns(); destroyed(both);
    both.push(null); both.resume(); await turns(); destroyed(both);
"""
)
async def test_a_last_stream_that_can_be_read_lives_on(say):
    last = PassThrough(object_mode=True)
    ended = pipeline(Readable.from_([1, 2]), last, callback=say_over(say))
    await some_turns()
    got = [n async for n in ended]
    say(got)
    await some_turns()
    both = Both(object_mode=True)
    pipeline(Readable.from_([1]), both, callback=say_over(say))
    await some_turns()
    destroyed(say, both)
    both.push(None)
    both.resume()
    await some_turns()
    destroyed(say, both)


# -- functions as stages ---------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const got = []; const last = () => { const w = sink(); w._write = (n, e, done) => {
      got.push(n); later(done); }; return w; };
    await attempt(promises.pipeline([1, 2], last()));
    await attempt(promises.pipeline(function* () { yield 3; yield 4; }, last()));
    await attempt(promises.pipeline(async function* () { yield 5; await turn(); yield 6;
      }, last()));
    await attempt(promises.pipeline([7, 8], async function* (all) { for await (const n of all) {
      yield n; yield -n; } }, last()));
    await attempt(promises.pipeline(Readable.from([9]), async function* (all) {
      for await (const n of all) yield n + 1; }, new PassThrough({ objectMode: true }), last()));
    await attempt(promises.pipeline([1, 2, 3], async (all) => { let sum = 0;
      for await (const n of all) sum += n; return sum; }));
    await attempt(promises.pipeline([1], async function* (all) {
      for await (const n of all) yield n; }, async (all) => {
        for await (const n of all) got.push(n); }));
    say(got);
"""
)
async def test_generators_and_coroutine_functions_can_be_stages(say):
    got = []

    def last():
        return Sink(got.append, finish=later, object_mode=True)

    def numbers():
        yield 3
        yield 4

    async def async_numbers():
        yield 5
        await turn()
        yield 6

    async def mirror(numbers):
        async for n in numbers:
            yield n
            yield -n

    async def add_one(numbers):
        async for n in numbers:
            yield n + 1

    async def add_up(numbers):
        return sum([n async for n in numbers])

    async def same(numbers):
        async for n in numbers:
            yield n

    async def keep(numbers):
        got.extend([n async for n in numbers])

    through = PassThrough(object_mode=True)
    await attempt(say, promises.pipeline([1, 2], last()))
    await attempt(say, promises.pipeline(numbers, last()))
    await attempt(say, promises.pipeline(async_numbers, last()))
    await attempt(say, promises.pipeline([7, 8], mirror, last()))
    await attempt(say, promises.pipeline(Readable.from_([9]), add_one, through, last()))
    await attempt(say, promises.pipeline([1, 2, 3], add_up))
    await attempt(say, promises.pipeline([1], same, keep))
    say(got)


@twins.program(
    PRELUDE
    + """
    const closing = (name, fails) => async function* (all) {
      try { for await (const n of all) { if (fails) throw new Error(name); yield n; } } finally {
        say('closed', name); }
    };
    const r = Readable.from([1, 2, 3]); const w = sink();
    await attempt(promises.pipeline(r, closing('bad', true), w)); await turns(); destroyed(r, w);
    const s = Readable.from([1, 2, 3]); const bad = sink((done) => done(new Error('sink')));
    await attempt(promises.pipeline(s, closing('good'), bad)); await turns(); destroyed(s, bad);
    const t = source({ objectMode: true }); later(() => t.destroy(new Error('source')));
    const v = sink(); await attempt(promises.pipeline(t, closing('middle'), v)); await turns();
    destroyed(t, v);
    const u = Readable.from([1, 2, 3]);
    await attempt(promises.pipeline(u, async (all) => {
      for await (const n of all) throw new Error('eater'); }));
    await turns(); destroyed(u);
"""
)
async def test_a_failing_function_destroys_every_stream_and_closes_every_generator(say):
    def closing(name, fails=False):
        async def stage(numbers):
            try:
                async for n in numbers:
                    if fails:
                        raise BoomError(name)
                    yield n
            finally:
                say("closed", name)

        return stage

    async def eater(numbers):
        async for _ in numbers:
            raise BoomError("eater")

    r, w = Readable.from_([1, 2, 3]), Sink(object_mode=True)
    await attempt(say, promises.pipeline(r, closing("bad", True), w))
    await some_turns()
    destroyed(say, r, w)
    s, bad = Readable.from_([1, 2, 3]), Sink(finish=failing(OSError("sink")), object_mode=True)
    await attempt(say, promises.pipeline(s, closing("good"), bad))
    await some_turns()
    destroyed(say, s, bad)
    t, v = Source(object_mode=True), Sink(object_mode=True)
    later(t.destroy, BoomError("source"))
    await attempt(say, promises.pipeline(t, closing("middle"), v))
    await some_turns()
    destroyed(say, t, v)
    u = Readable.from_([1, 2, 3])
    await attempt(say, promises.pipeline(u, eater))
    await some_turns()
    destroyed(say, u)


@twins.program(
    PRELUDE
    + """
    let seen;
    await attempt(promises.pipeline(
      async function* ({ signal }) { seen = signal; yield 1; },
      async function* (all, { signal }) { for await (const n of all) { say(signal === seen);
        yield n; } },
      async (all, { signal }) => { for await (const n of all) say(n, signal.aborted); },
    ));
    await turns(); say(seen.aborted);
"""
)
async def test_a_function_that_wants_the_signal_hears_when_all_is_over(say):
    seen = []

    async def first(signal):
        seen.append(signal)
        yield 1

    async def second(numbers, signal):
        async for n in numbers:
            say(signal is seen[0])
            yield n

    async def third(numbers, signal):
        async for n in numbers:
            say(n, signal.aborted)

    await attempt(say, promises.pipeline(first, second, third))
    await some_turns()
    say(seen[0].aborted)


# -- signals, arguments ----------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const control = new AbortController(); const r = source(); const w = sink();
    later(() => control.abort());
    await attempt(promises.pipeline(r, w, { signal: control.signal }));
    await turns(); destroyed(r, w); say(r.errored, w.errored);
    const s = source(); const v = sink();
    await attempt(promises.pipeline(s, v, { signal: AbortSignal.abort() }));
    await turns(); destroyed(s, v);
    const after = new AbortController();
    await attempt(promises.pipeline(Readable.from([1]), sink(), { signal: after.signal }));
    after.abort(); await turns();
"""
)
async def test_a_signal_gives_it_up(say):
    control = AbortController()
    r, w = Source(), Sink(object_mode=True)
    later(control.abort)
    await attempt(say, promises.pipeline(r, w, signal=control.signal))
    await some_turns()
    destroyed(say, r, w)
    say(r.errored, w.errored)
    s, v = Source(), Sink(object_mode=True)
    await attempt(say, promises.pipeline(s, v, signal=AbortSignal.abort()))
    await some_turns()
    destroyed(say, s, v)
    after, last = AbortController(), Sink(object_mode=True)
    await attempt(say, promises.pipeline(Readable.from_([1]), last, signal=after.signal))
    after.abort()
    await some_turns()


def test_a_signal_and_end_are_options_of_the_callback_form_too():
    told = []

    async def main():
        control = AbortController()
        r, w, kept = Source(), Sink(object_mode=True), Sink(object_mode=True)
        pipeline(r, w, signal=control.signal, callback=told.append)
        pipeline(Readable.from_([1]), kept, end=False, callback=told.append)
        await some_turns()
        control.abort()
        await some_turns()
        kept.end()
        return r.destroyed, w.destroyed, kept.got

    assert run(main) == (True, True, [1])
    assert [getattr(error, "code", error) for error in told] == [None, "ABORT_ERR"]


@pytest.mark.parametrize(
    ("streams", "error", "named"),
    [
        ([], MissingArgsError, "streams"),
        ([Source()], MissingArgsError, "streams"),
        ([Source(), 5], InvalidArgTypeError, r"streams\[1\]"),
        ([5, Sink()], InvalidArgTypeError, "source"),
    ],
)
def test_a_stage_that_is_none_is_refused_by_name(streams, error, named):
    with pytest.raises(error, match=named):
        run(lambda: pipeline(*streams, callback=print))


def test_a_destroyed_stream_cannot_be_piped_to():
    def main():
        gone = Sink()
        gone.destroy()
        with pytest.raises(StreamUnableToPipeError):
            pipeline(Source(), gone, callback=print)

    run(main)


def test_a_signal_that_is_none_is_refused_by_name():
    with pytest.raises(InvalidArgTypeError, match="signal"):
        pipeline(Source(), Sink(), callback=print, signal=5)


@pytest.mark.parametrize("stages", [lambda r, w: [[r, w]], lambda r, w: [(r, w)]])
def test_the_streams_can_come_as_one_list(stages):
    async def main():
        w = Sink(object_mode=True)
        await promises.pipeline(*stages(Readable.from_([1, 2]), w))
        return w.got

    assert run(main) == [1, 2]


# -- cancellation ----------------------------------------------------------------------------------


def test_cancelled_it_destroys_every_stream_and_frees_what_they_hold():
    freed = []

    class Holding(Source):
        def _destroy(self, error, callback):
            freed.append("source")
            later(callback, error)

    class Writing(Sink):
        def _destroy(self, error, callback):
            freed.append("sink")
            callback(error)

    async def main():
        r, t, w = Holding(), PassThrough(), Writing()
        task = asyncio.ensure_future(promises.pipeline(r, t, w))
        r.push("a")
        await some_turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        assert sorted(freed) == ["sink", "source"]
        assert (r.closed, t.closed, w.closed) == (True, True, True)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main)


def test_cancelled_it_has_closed_every_stream_by_the_time_it_returns():
    async def main():
        r, w = Source(), Sink()
        task = asyncio.ensure_future(promises.pipeline(r, w))
        await some_turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return r.closed, w.closed

    assert run(main) == (True, True)


def test_cancelled_it_closes_the_generators_among_its_stages():
    said = []

    def forever(name):
        async def stage(*numbers):
            try:
                for all_of_it in numbers:
                    async for n in all_of_it:
                        yield n
                yield 1
                await asyncio.get_running_loop().create_future()
            finally:
                said.append(f"closed {name}")

        return stage

    async def main():
        w = Sink(object_mode=True)
        task = asyncio.ensure_future(promises.pipeline(forever("first"), forever("second"), w))
        await some_turns()
        assert w.got == [1]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        assert sorted(said) == ["closed first", "closed second"]
        assert w.destroyed
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main)


def test_cancelled_it_cancels_the_coroutine_function_at_its_end():
    said = []

    async def eat(numbers):
        try:
            async for _ in numbers:
                pass
        except asyncio.CancelledError:
            said.append("cancelled")
            raise
        finally:
            said.append("left")

    async def main():
        r = Source()
        task = asyncio.ensure_future(promises.pipeline(r, eat))
        await some_turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        assert said[-1:] == ["left"]
        assert r.destroyed
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main)


# -- nothing is lost -------------------------------------------------------------------------------


def test_a_generator_is_closed_by_its_own_reader_alone():
    """The first stage is done long before the generator has read what the streams still hold."""

    async def same(numbers):
        async for n in numbers:
            yield n

    async def main():
        def through():
            return PassThrough(object_mode=True, high_water_mark=2)

        w = Sink(finish=next_tick, object_mode=True, high_water_mark=2)
        await promises.pipeline([1, 2, 3, 4], through(), through(), same, w)
        return w.got

    assert asyncio.run(main()) == [1, 2, 3, 4]


@given(
    st.lists(st.integers(), max_size=30),
    st.lists(st.sampled_from(["stream", "generator"]), max_size=3),
    st.integers(1, 4),
    st.integers(0, 2),
)
def test_whatever_the_stages_all_chunks_arrive_in_order(values, stages, mark, how):
    async def same(numbers):
        async for n in numbers:
            yield n

    async def main():
        finish = (lambda done: done(), next_tick, later)[how]
        middle = [
            same if stage == "generator" else PassThrough(object_mode=True, high_water_mark=mark)
            for stage in stages
        ]
        w = Sink(finish=finish, object_mode=True, high_water_mark=mark)
        await promises.pipeline(values, *middle, w)
        return w.got, w.writable_finished

    assert asyncio.run(main()) == (values, True)


@given(
    st.integers(0, 5),
    st.integers(0, 3),
    st.lists(st.sampled_from(["stream", "generator"]), max_size=2),
)
def test_wherever_it_fails_every_stream_is_destroyed_and_the_error_comes_once(after, where, stages):
    def fail_at(count):
        seen = 0

        def check(_):
            nonlocal seen
            seen += 1
            if seen > count:
                raise BoomError

        return check

    opened, closed = [], []

    async def main():
        places = [*stages, "sink"]
        bad = min(where, len(places) - 1)
        streams = [Readable.from_(range(10))]
        for place, kind in enumerate(places):
            check = fail_at(after if place == bad else 100)
            streams.append(stage(kind, check))
        told = []
        pipeline(*streams, callback=lambda *outcome: told.append(outcome[0]))
        for _ in range(60):
            await turn()
        assert [type(error) for error in told] == [BoomError]
        assert all(stream.destroyed for stream in streams if not callable(stream))
        assert len(opened) == len(closed), "a generator is left open"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def stage(kind, check):
        if kind == "sink":
            return Checked(check)
        if kind == "stream":
            return CheckedThrough(check)

        async def checked(numbers):
            opened.append(check)
            try:
                async for n in numbers:
                    check(n)
                    yield n
            finally:
                closed.append(check)

        return checked

    asyncio.run(main())


class Checked(Sink):
    def __init__(self, check):
        super().__init__(object_mode=True)
        self.check = check

    def _write(self, chunk, encoding, callback):
        call_back(self.check, chunk, callback)


class CheckedThrough(PassThrough):
    def __init__(self, check):
        super().__init__(object_mode=True)
        self.check = check

    def _transform(self, chunk, encoding, callback):
        call_back(self.check, chunk, lambda error=None: callback(error, chunk))


def call_back(check, chunk, callback):
    try:
        check(chunk)
    except BoomError as error:
        callback(error)
    else:
        callback()


# -- functions that return what they should not ---------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const cases = [
      [() => 5, sink()], [() => null, sink()], [source(), () => 5, sink()],
      [source(), () => 5], [5, sink()],
      [source(), sink(), 5], [source()], [],
    ];
    for (const stages of cases)
      try { pipeline(...stages, over); } catch (error) { say(error); }
    try { pipeline(source(), sink(), 5); } catch (error) { say(error); }
"""
)
def test_what_no_stage_may_be_or_return(say):
    cases = [
        [lambda: 5, Sink()],
        [lambda: None, Sink()],
        [Source(), lambda source: 5, Sink()],
        [Source(), lambda source: 5],
        [5, Sink()],
        [Source(), Sink(), 5],
        [Source()],
        [],
    ]
    for stages in cases:
        try:
            pipeline(*stages, callback=say_over(say))
        except StreamsError as error:
            say(error)
    try:
        pipeline(Source(), Sink(), callback=5)
    except StreamsError as error:
        say(error)


@twins.program(
    PRELUDE
    + """
    const twice = async function* (source) { for await (const n of source) yield 2 * n; };
    const out = pipeline(Readable.from([1, 2]), twice, (source) => twice(source), over);
    out.on('data', (n) => say(n)); out.on('end', () => say('end'));
    await turns(); await turns();
    const kept = sink();
    await attempt(promises.pipeline(Readable.from(['a', 'b']), async function* (source) {
      yield* source; }, kept, { end: false }));
    say(kept.writableEnded);
    const full = sink(undefined, { highWaterMark: 1 }); const held = [];
    full._write = (chunk, e, done) => { say(chunk); held.push(done); };
    full.write('before');
    const rest = promises.pipeline(async function* () { yield 'after'; }, full);
    await turns(); held.pop()(); await turns(); held.pop()(); await attempt(rest);
"""
)
async def test_generators_that_end_it_are_kept_open_behind_it_or_wait_for_room(say):
    async def twice(source):
        async for n in source:
            yield 2 * n

    async def same(source):
        async for chunk in source:
            yield chunk

    out = pipeline(
        Readable.from_([1, 2]), twice, lambda source: twice(source), callback=say_over(say)
    )
    out.on("data", say)
    out.on("end", lambda: say("end"))
    for _ in range(3):
        await some_turns()
    kept = Sink(object_mode=True)
    await attempt(say, promises.pipeline(Readable.from_(["a", "b"]), same, kept, end=False))
    say(kept.writable_ended)
    held = []
    full = Sink(say, finish=held.append, object_mode=True, high_water_mark=1)
    full.write("before")

    async def after():
        yield "after"

    rest = asyncio.ensure_future(promises.pipeline(after, full))
    await some_turns()
    held.pop()()
    await some_turns()
    held.pop()()
    await attempt(say, rest)


@twins.program(
    PRELUDE
    + """
    const last = sink(); const held = [];
    last._write = (chunk, e, done) => { say(String(chunk)); held.push(done); };
    const ended = new PassThrough({ highWaterMark: 1 }); ended.write('x'); ended.end('y');
    const done = promises.pipeline(ended, last);
    await turns(); ended.emit('close'); await turns();
    while (held.length > 0) { held.pop()(); await turns(); }
    await attempt(done);
"""
)
async def test_a_source_that_closes_with_chunks_on_their_way(say):
    held = []
    last = Sink(lambda chunk: say(chunk.decode()), finish=held.append, object_mode=True)
    ended = PassThrough(high_water_mark=1)
    ended.write("x")
    ended.end("y")
    done = asyncio.ensure_future(promises.pipeline(ended, last))
    await some_turns()
    ended.emit("close")
    await some_turns()
    while held:
        held.pop()()
        await some_turns()
    await attempt(say, done)


def test_what_stands_in_for_a_coroutine_function_can_be_left_open():
    async def nothing(source):
        return [chunk async for chunk in source]

    async def main():
        over = asyncio.get_running_loop().create_future()
        last = pipeline(
            Readable.from_([1]), nothing, end=False, callback=lambda *args: over.set_result(args)
        )
        assert await over == (None, [1])
        assert not last.writable_ended
        assert last.read() == [1]

    asyncio.run(main())


@twins.program(
    PRELUDE
    + """
    const held = []; const first = source(); const last = sink((done) => held.push(done), {
      highWaterMark: 1 });
    pipeline(first, last, over);
    first.push('a'); await turns(); first.push('b'); first.push(null); await turns();
    say(held.length, first.readableLength);
    first.destroy(new Error('boom')); await turns(); destroyed(first, last);
    while (held.length > 0) { held.pop()(); await turns(); }
    destroyed(first, last); say(last.writableEnded);
"""
)
async def test_a_source_that_fails_when_it_has_ended_and_is_not_read(say):
    """Without an error, Node's pipeline waits for ever; see tests/test_whole_streams.py."""
    held, first = [], Source()
    last = Sink(finish=held.append, object_mode=True, high_water_mark=1)
    pipeline(first, last, callback=say_over(say))
    first.push("a")
    await some_turns()
    first.push("b")
    first.push(None)
    await some_turns()
    say(len(held), first.readable_length)
    first.destroy(BoomError("boom"))
    await some_turns()
    destroyed(say, first, last)
    while held:
        held.pop()()
        await some_turns()
    destroyed(say, first, last)
    say(last.writable_ended)


def test_a_generator_that_is_read_elsewhere_when_the_pipeline_fails_is_left_to_its_reader():
    said = []

    async def slow(source):
        try:
            async for chunk in source:
                yield chunk
                await go_on
        finally:
            said.append("slow is closed")

    async def read_ahead(source):
        yield await source.__anext__()
        ahead.append(asyncio.ensure_future(source.__anext__()))
        await turn()
        yield "more"

    async def main():
        nonlocal go_on
        go_on = asyncio.get_running_loop().create_future()
        last = Sink(finish=later, object_mode=True)
        last.on("error", lambda error: None)
        done = promises.pipeline(Readable.from_([1, 2]), slow, read_ahead, last)
        failed = asyncio.ensure_future(done)
        while "more" not in last.got:
            await turn()
        last.destroy(BoomError("boom"))
        with pytest.raises(BoomError):
            await asyncio.wait_for(failed, 60)
        # PyPy has closed it already: there one generator can be closed under its reader.
        go_on.set_result(None)
        await asyncio.wait(ahead)
        assert isinstance(ahead[0].exception(), (BoomError, RuntimeError, StopAsyncIteration))
        assert said == ["slow is closed"]

    ahead, go_on = [], None
    asyncio.run(main())
