"""finished: told once when a stream is over, however it came to be over."""

from __future__ import annotations

import asyncio

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    PassThrough,
    Readable,
    finished,
    is_destroyed,
    is_disturbed,
    is_errored,
    is_readable,
    is_writable,
    promises,
    run,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError, Sink, Source
from .twins import Twins, later, turn

twins = Twins()

PRELUDE = """
const source = (options) => new Readable({ read() {}, ...options });
const sink = (options) => new Writable({ write(chunk, e, done) { done(); }, ...options });
const both = (options) => new Duplex({ read() {}, write(chunk, e, done) { done(); }, ...options });
const turns = async () => { for (let n = 0; n < 4; n++) await turn(); };
const watch = (name, stream, options = {}) => finished(stream, options, (e) => say(name, e));
"""


class Both(Duplex):
    def _read(self, size):
        pass

    def _write(self, chunk, encoding, callback):
        callback()


async def some_turns():
    for _ in range(4):
        await turn()


def watcher(say):
    def watch(name, stream, **options):
        return finished(stream, lambda error: say(name, error), **options)

    return watch


@twins.program(
    PRELUDE
    + """
    const r = source(); watch('read', r); r.on('close', () => say('close'));
    r.push('a'); r.push(null); await turns(); say('not yet'); r.resume(); await turns();
    const w = sink(); watch('written', w); w.on('finish', () => say('finish')); w.end('a');
    await turns();
    const d = both(); watch('both', d); d.push(null); d.resume(); await turns(); say('half');
    d.end();
    await turns();
"""
)
async def test_it_tells_of_a_good_end(say):
    watch = watcher(say)
    r = Source()
    watch("read", r)
    r.on("close", lambda: say("close"))
    r.push("a")
    r.push(None)
    await some_turns()
    say("not yet")
    r.resume()
    await some_turns()
    w = Sink()
    watch("written", w)
    w.on("finish", lambda: say("finish"))
    w.end("a")
    await some_turns()
    d = Both()
    watch("both", d)
    d.push(None)
    d.resume()
    await some_turns()
    say("half")
    d.end()
    await some_turns()


@twins.program(
    PRELUDE
    + """
    for (const [name, make] of [['source', source], ['sink', sink], ['both', both]]) {
      const failed = make(); watch(name + ' failed', failed); failed.destroy(new Error('boom'));
      await turns();
      const closed = make(); watch(name + ' closed', closed); closed.destroy(); await turns();
    }
    const silent = sink({ emitClose: false }); watch('silent', silent);
    silent.destroy(new Error('boom'));
    await turns();
    const half = both(); watch('half', half); half.end(); await turns(); half.destroy();
    await turns();
    const early = source(); watch('early', early); early.push('a'); early.push(null);
    early.destroy();
    await turns();
"""
)
async def test_it_tells_of_failures_and_of_a_close_that_came_too_early(say):
    watch = watcher(say)
    for name, make in (("source", Source), ("sink", Sink), ("both", Both)):
        failed = make()
        watch(f"{name} failed", failed)
        failed.destroy(BoomError("boom"))
        await some_turns()
        closed = make()
        watch(f"{name} closed", closed)
        closed.destroy()
        await some_turns()
    silent = Sink(emit_close=False)
    watch("silent", silent)
    silent.destroy(BoomError("boom"))
    await some_turns()
    half = Both()
    watch("half", half)
    half.end()
    await some_turns()
    half.destroy()
    await some_turns()
    early = Source()
    watch("early", early)
    early.push("a")
    early.push(None)
    early.destroy()
    await some_turns()


@twins.program(
    PRELUDE
    + """
    const r = source(); r.push(null); r.resume();
    const w = sink(); w.end(); const d = both(); d.destroy();
    const failed = sink(); failed.on('error', () => {}); failed.destroy(new Error('boom'));
    const kept = sink({ autoDestroy: false }); kept.end();
    await turns();
    for (const [name, s] of Object.entries({ r, w, d, failed, kept })) { watch(name, s);
      say('asked'); await turns(); }
"""
)
async def test_it_tells_of_a_stream_that_was_over_before(say):
    watch = watcher(say)
    r = Source()
    r.push(None)
    r.resume()
    w = Sink()
    w.end()
    d = Both()
    d.destroy()
    failed = Sink()
    failed.on("error", id)
    failed.destroy(BoomError("boom"))
    kept = Sink(auto_destroy=False)
    kept.end()
    await some_turns()
    streams = {"r": r, "w": w, "d": d, "failed": failed, "kept": kept}
    for name, stream in streams.items():
        watch(name, stream)
        say("asked")
        await some_turns()


@twins.program(
    PRELUDE
    + """
    const d = both(); watch('reading', d, { writable: false }); watch('writing', d, {
      readable: false });
    d.push(null); d.resume(); await turns(); say('now the other side'); d.end(); await turns();
    const e = both({ autoDestroy: false }); watch('no errors', e, { error: false });
    e.on('error', () => say('error')); e.destroy(new Error('boom')); await turns();
"""
)
async def test_it_can_wait_for_one_side_only_and_leave_errors_out(say):
    watch = watcher(say)
    d = Both()
    watch("reading", d, writable=False)
    watch("writing", d, readable=False)
    d.push(None)
    d.resume()
    await some_turns()
    say("now the other side")
    d.end()
    await some_turns()
    e = Both(auto_destroy=False)
    watch("no errors", e, error=False)
    e.on("error", lambda _: say("error"))
    e.destroy(BoomError("boom"))
    await some_turns()


@twins.program(
    PRELUDE
    + """
    const r = source(); const before = r.eventNames().length;
    const stop = watch('never', r); say(r.eventNames().length > before);
    stop(); say(r.eventNames().length === before); r.destroy(); await turns();
    const late = sink(); watch('late', late); late.end(); await turns();
    say(late.emit('error', new Error('nobody minds')));
"""
)
async def test_it_can_be_stopped_and_until_then_hears_later_errors(say):
    watch = watcher(say)
    r = Source()
    before = len(r.event_names())
    stop = watch("never", r)
    say(len(r.event_names()) > before)
    stop()
    say(len(r.event_names()) == before)
    r.destroy()
    await some_turns()
    late = Sink()
    watch("late", late)
    late.end()
    await some_turns()
    say(late.emit("error", BoomError("nobody minds")))


@twins.program(
    PRELUDE
    + """
    const control = new AbortController(); const r = source();
    watch('given up', r, { signal: control.signal }); await turns(); control.abort();
    say('aborted');
    await turns(); say(r.destroyed); r.destroy(); await turns();
    watch('at once', source(), { signal: AbortSignal.abort() }); say('asked'); await turns();
    const done = source(); const after = new AbortController();
    watch('done', done, { signal: after.signal }); done.push(null); done.resume(); await turns();
    after.abort(); await turns();
"""
)
async def test_a_signal_gives_the_waiting_up_and_leaves_the_stream_alone(say):
    watch = watcher(say)
    control = AbortController()
    r = Source()
    watch("given up", r, signal=control.signal)
    await some_turns()
    control.abort()
    say("aborted")
    await some_turns()
    say(r.destroyed)
    r.destroy()
    await some_turns()
    watch("at once", Source(), signal=AbortSignal.abort())
    say("asked")
    await some_turns()
    done = Source()
    after = AbortController()
    watch("done", done, signal=after.signal)
    done.push(None)
    done.resume()
    await some_turns()
    after.abort()
    await some_turns()


def test_the_reason_of_the_signal_is_the_cause_of_the_error():
    told = []

    def main():
        reason = BoomError("enough")
        finished(Source(), told.append, signal=AbortSignal.abort(reason))
        return reason

    reason = run(main)
    assert [error.__cause__ for error in told] == [reason]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((5, print), "stream"), ((Source(), None), "callback")],
)
def test_bad_arguments_are_refused_by_name(arguments, name):
    with pytest.raises(InvalidArgTypeError, match=f'"{name}" argument'):
        finished(*arguments)
    with pytest.raises(InvalidArgTypeError, match='"signal" argument'):
        finished(Source(), print, signal=5)


# -- awaited ---------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const w = sink(); later(() => w.end());
    say(await promises.finished(w) ?? null, w.writableFinished);
    for (const error of [undefined, new Error('boom')]) {
      const r = source(); later(() => r.destroy(error));
      try { await promises.finished(r); } catch (caught) { say(caught); }
    }
    const r = source();
    try { await promises.finished(r, { signal: AbortSignal.abort() }); } catch (caught) {
      say(caught, r.destroyed); }
    const tidy = sink(); later(() => tidy.end()); await promises.finished(tidy, { cleanup: true });
    say(tidy.listenerCount('error'), tidy.listenerCount('end'), w.listenerCount('error') > 0);
"""
)
async def test_it_can_be_awaited(say):
    w = Sink()
    later(w.end)
    say(await promises.finished(w), w.writable_finished)
    for error in (None, BoomError("boom")):
        r = Source()
        later(r.destroy, error)
        try:
            await promises.finished(r)
        except Exception as caught:
            say(caught)
    r = Source()
    try:
        await promises.finished(r, signal=AbortSignal.abort())
    except Exception as caught:
        say(caught, r.destroyed)
    tidy = Sink()
    later(tidy.end)
    await promises.finished(tidy, cleanup=True)
    say(
        tidy.listener_count("error"),
        tidy.listener_count("end"),
        w.listener_count("error") > 0,
    )


def test_a_cancelled_wait_stops_listening_and_spares_the_stream():
    async def main():
        r = PassThrough()
        before = r.event_names()
        task = asyncio.ensure_future(promises.finished(r))
        await turn()
        assert set(r.event_names()) > set(before)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return r.event_names() == before, r.destroyed

    assert run(main) == (True, False)


def test_the_error_is_raised_and_not_reported_twice():
    async def main():
        r = Readable.from_(range(3))
        later(r.destroy, BoomError())
        with pytest.raises(BoomError):
            await promises.finished(r)
        await some_turns()

    run(main)


# -- what can be asked at any time ----------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const { isErrored, isDisturbed, isReadable, isWritable } = await import('node:stream');
    const ask = (stream) => say(isErrored(stream), isDisturbed(stream), isReadable(stream),
      isWritable(stream), Boolean(stream.destroyed));
    for (const make of [source, sink, both]) {
      const [fresh, gone, failed] = [make(), make(), make()];
      failed.on('error', () => {});
      gone.destroy(); failed.destroy(new Error('boom'));
      for (const stream of [fresh, gone, failed]) ask(stream);
      await turns();
      for (const stream of [gone, failed]) ask(stream);
    }
    const read = source(); read.push('a'); read.read(); ask(read);
    const over = both(); over.resume(); over.push(null); over.end(); ask(over);
    await turns(); ask(over);
    ask(both({ readable: false })); ask(both({ writable: false }));
"""
)
async def test_what_a_stream_is_like_can_be_asked(say):
    def ask(stream):
        say(
            is_errored(stream),
            is_disturbed(stream),
            is_readable(stream) if hasattr(stream, "_readable_state") else None,
            is_writable(stream) if hasattr(stream, "_writable_state") else None,
            is_destroyed(stream),
        )

    async def turns():
        for _ in range(4):
            await turn()

    for make in (Source, Sink, Both):
        fresh, gone, failed = make(), make(), make()
        failed.on("error", id)
        gone.destroy()
        failed.destroy(BoomError("boom"))
        for stream in (fresh, gone, failed):
            ask(stream)
        await turns()
        for stream in (gone, failed):
            ask(stream)
    read = Source()
    read.push(b"a")
    read.read()
    ask(read)
    over = Both()
    over.resume()
    over.push(None)
    over.end()
    ask(over)
    await turns()
    ask(over)
    ask(Both(readable=False))
    ask(Both(writable=False))


@pytest.mark.parametrize(
    "question", [is_destroyed, is_disturbed, is_errored, is_readable, is_writable]
)
def test_what_is_no_stream_is_none_of_it(question):
    assert question(5) is False


@twins.program(
    PRELUDE
    + """
    const over = sink(); over.on('error', (error) => say('error', error));
    over.destroy(new Error('boom')); await turns();
    watch('closed', over, { error: false }); await turns();
    const d = both({ autoDestroy: false });
    d.resume(); watch('both', d); d.push(null); await turns(); say('ended'); d.end(); await turns();
    const e = both({ autoDestroy: false });
    watch('other order', e); e.end(); await turns(); say('finished');
    e.resume(); e.push(null); await turns();
"""
)
async def test_without_auto_destroy_the_later_of_two_sides_counts(say):
    async def turns():
        for _ in range(4):
            await turn()

    def watch(name, stream, **options):
        finished(stream, lambda error: say(name, error), **options)

    over = Sink()
    over.on("error", lambda error: say("error", error))
    over.destroy(BoomError("boom"))
    await turns()
    watch("closed", over, error=False)
    await turns()
    d = Both(auto_destroy=False)
    d.resume()
    watch("both", d)
    d.push(None)
    await turns()
    say("ended")
    d.end()
    await turns()
    e = Both(auto_destroy=False)
    watch("other order", e)
    e.end()
    await turns()
    say("finished")
    e.resume()
    e.push(None)
    await turns()


@twins.program(
    PRELUDE
    + """
    const r = source({ destroy(error, done) { later(() => later(() => done(error))); } });
    for (const event of ['end', 'close']) r.on(event, () => say(event));
    watch('over', r); r.push(null); r.read(); r.destroy(); await turns(); say(r.closed);
"""
)
async def test_an_end_of_a_destroyed_stream_is_not_followed_by_a_wait_for_its_close(say):
    r = Source(destroy=lambda self, error, done: later(later, done, error))
    for event in ("end", "close"):
        r.on(event, lambda event=event: say(event))
    watcher(say)("over", r)
    r.push(None)
    r.read()
    r.destroy()
    await some_turns()
    say(r.closed)


@twins.program(
    PRELUDE
    + """
    const controller = new AbortController(); const { signal } = controller;
    const r = source(); let forget;
    signal.addEventListener('abort', () => { say('first'); forget(); });
    forget = finished(r, { signal }, (error) => say('over', error));
    controller.abort(); await turns(); say(r.destroyed);
"""
)
async def test_who_stops_listening_while_a_signal_aborts_hears_nothing(say):
    controller, r = AbortController(), Source()

    def first():
        say("first")
        forget()

    controller.signal.on("abort", first)
    forget = finished(r, lambda error: say("over", error), signal=controller.signal)
    controller.abort()
    await some_turns()
    say(r.destroyed)
