"""Duplex: two sides that know little of each other."""

from __future__ import annotations

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    Readable,
    Writable,
    duplex_pair,
    next_tick,
    run,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError, turns
from .twins import Twins, later, turn

twins = Twins()


class Both(Duplex):
    """Is pushed to from outside, and says what is written to it."""

    def __init__(self, say=id, finish=lambda done: done(), **options):
        super().__init__(**options)
        self.say = say
        self.finish = finish

    def _read(self, size):
        pass

    def _write(self, chunk, encoding, callback):
        self.say("write", chunk if self.writable_object_mode else chunk.decode())
        self.finish(callback)


def watch(stream, say, *events):
    for event in events:
        stream.on(event, lambda *args, event=event: say(event, *args))


PRELUDE = """
const both = (options, finish = (done) => done()) => new Duplex({
  read() {},
  write(chunk, e, done) {
    say('write', typeof chunk === 'object' && !Buffer.isBuffer(chunk) ? chunk : String(chunk));
    finish(done); },
  ...options,
});
const watch = (stream, ...events) => {
  for (const event of events) stream.on(event, (...args) => say(event, ...args));
};
"""


@twins.program(
    PRELUDE
    + """
    const d = both({ readableHighWaterMark: 2, writableHighWaterMark: 3 }, later);
    say(d.push('a'), d.push('b'), d.write('c'), d.write('de'));
    say(d.readableLength, d.writableLength, d.readableHighWaterMark, d.writableHighWaterMark);
    d.on('drain', () => say('drain', d.readableLength)); say(String(d.read()));
"""
)
def test_the_two_sides_have_buffers_and_marks_of_their_own(say):
    d = Both(say, later, readable_high_water_mark=2, writable_high_water_mark=3)
    say(d.push("a"), d.push("b"), d.write("c"), d.write("de"))
    say(
        d.readable_length,
        d.writable_length,
        d.readable_high_water_mark,
        d.writable_high_water_mark,
    )
    d.on("drain", lambda: say("drain", d.readable_length))
    say(d.read().decode())


@twins.program(
    PRELUDE
    + """
    const o = both({ readableObjectMode: true });
    say(o.readableObjectMode, o.writableObjectMode, o.readableHighWaterMark,
      o.writableHighWaterMark);
    o.push({ n: 1 }); say(o.read()); o.write('text');
    try { o.write({}); } catch (error) { say(error); }
    const w = both({ writableObjectMode: true }); w.on('error', (error) => say('error', error));
    w.write({ n: 2 }); w.push({});
"""
)
def test_one_side_may_be_of_objects(say):
    o = Both(say, readable_object_mode=True)
    say(
        o.readable_object_mode,
        o.writable_object_mode,
        o.readable_high_water_mark,
        o.writable_high_water_mark,
    )
    o.push({"n": 1})
    say(o.read())
    o.write("text")
    try:
        o.write({})
    except InvalidArgTypeError as error:
        say(error)
    w = Both(say, writable_object_mode=True)
    w.on("error", lambda error: say("error", error))
    w.write({"n": 2})
    w.push({})


@twins.program(
    PRELUDE
    + """
    const d = both(); watch(d, 'end', 'finish', 'close');
    d.push(null); d.resume(); await turn();
    say(d.readable, d.writable, d.destroyed);
    d.write('still open'); d.end(); await turn(); say(d.destroyed);
    const other = both(); watch(other, 'end', 'finish', 'close');
    other.end(); await turn(); say(other.destroyed); other.push(null); other.resume();
"""
)
async def test_it_is_over_when_both_sides_are(say):
    d = Both(say)
    watch(d, say, "end", "finish", "close")
    d.push(None)
    d.resume()
    await turn()
    say(d.readable, d.writable, d.destroyed)
    d.write("still open")
    d.end()
    await turn()
    say(d.destroyed)
    other = Both(say)
    watch(other, say, "end", "finish", "close")
    other.end()
    await turn()
    say(other.destroyed)
    other.push(None)
    other.resume()


@twins.program(
    PRELUDE
    + """
    const d = both({ allowHalfOpen: false }, later); watch(d, 'end', 'finish', 'close');
    say(d.allowHalfOpen); d.write('a'); d.push(null); d.resume(); await turn();
    say(d.writableEnded);
"""
)
async def test_half_open_can_be_forbidden(say):
    d = Both(say, later, allow_half_open=False)
    watch(d, say, "end", "finish", "close")
    say(d.allow_half_open)
    d.write("a")
    d.push(None)
    d.resume()
    await turn()
    say(d.writable_ended)


@twins.program(
    PRELUDE
    + """
    for (const options of [{ readable: false }, { writable: false }]) {
      const d = both(options); watch(d, 'end', 'finish', 'error', 'close');
      say(d.readable, d.writable, d.readableEnded, d.writableEnded, d.writableFinished);
      if (options.readable === false) d.end('a'); else { d.push(null); d.resume(); }
      await turn(); say(d.destroyed);
    }
    const d = both({ writable: false }); d.on('error', (error) => say('error', error));
    d.write('x');
"""
)
async def test_a_side_can_be_left_out(say):
    for options in ({"readable": False}, {"writable": False}):
        d = Both(say, **options)
        watch(d, say, "end", "finish", "error", "close")
        say(d.readable, d.writable, d.readable_ended, d.writable_ended, d.writable_finished)
        if d.writable:
            d.end("a")
        else:
            d.push(None)
            d.resume()
        await turn()
        say(d.destroyed)
    d = Both(say, writable=False)
    d.on("error", lambda error: say("error", error))
    d.write("x")


@twins.program(
    PRELUDE
    + """
    const d = both({}, (done) => later(() => done(new Error('boom'))));
    watch(d, 'data', 'end', 'finish', 'error', 'close');
    d.push('lost'); d.pause(); d.write('a', (error) => say('told', error));
    await turn(); await turn(); say(d.errored, d.readable, d.writable, d.read());
"""
)
async def test_a_failure_of_one_side_destroys_both(say):
    d = Both(say, lambda done: later(done, BoomError("boom")))
    watch(d, say, "data", "end", "finish", "error", "close")
    d.push("lost")
    d.pause()
    d.write("a", callback=lambda error: say("told", error))
    await turn()
    await turn()
    say(d.errored, d.readable, d.writable, d.read())


def test_it_is_a_readable_and_a_writable():
    d = Both()
    assert isinstance(d, Readable)
    assert isinstance(d, Writable)


def test_functions_given_as_options_become_its_methods():
    seen = []

    def write(_, chunk, _encoding, done):
        seen.append(chunk)
        done()

    def final(_, done):
        seen.append("final")
        done()

    def destroy(_, error, done):
        seen.append("destroy")
        done(error)

    with turns() as loop:
        d = Duplex(
            object_mode=True,
            read=lambda self, _: self.push(None),
            write=write,
            final=final,
            destroy=destroy,
        )
        d.resume()
        d.end("last")
        loop.run()
    assert seen == ["last", "final", "destroy"]


@twins.program("""
    const [a, b] = duplexPair({ highWaterMark: 2 });
    say(a.write('xyz', () => say('a told')), b.readableLength);
    b.on('data', (chunk) => say('b got', String(chunk))); await turn();
    b.write('back'); a.on('data', (chunk) => say('a got', String(chunk))); await turn();
    for (const [name, side] of [['a', a], ['b', b]]) {
      for (const event of ['end', 'finish', 'close']) side.on(event, () => say(name, event));
    }
    a.end(); await turn(); await turn(); say(b.writable); b.end();
""")
async def test_a_pair_hands_over_both_ways(say):
    a, b = duplex_pair(high_water_mark=2)
    say(a.write("xyz", callback=lambda _: say("a told")), b.readable_length)
    b.on("data", lambda chunk: say("b got", chunk.decode()))
    await turn()
    b.write("back")
    a.on("data", lambda chunk: say("a got", chunk.decode()))
    await turn()
    for name, side in (("a", a), ("b", b)):
        for event in ("end", "finish", "close"):
            side.on(event, lambda name=name, event=event: say(name, event))
    a.end()
    await turn()
    await turn()
    say(b.writable)
    b.end()


@twins.program("""
    const [a, b] = duplexPair({ objectMode: true, highWaterMark: 1 });
    let told = 0; for (let n = 0; n < 5; n++) a.write(n, () => told++);
    await turn(); say(told, a.writableLength, b.readableLength);
    say(b.read()); await turn(); say(told, a.writableLength);
""")
async def test_a_write_to_one_of_a_pair_waits_until_the_other_reads(say):
    told = []
    a, b = duplex_pair(object_mode=True, high_water_mark=1)
    for n in range(5):
        a.write(n, callback=told.append)
    await turn()
    say(len(told), a.writable_length, b.readable_length)
    say(b.read())
    await turn()
    say(len(told), a.writable_length)


def test_what_has_no_length_comes_out_of_a_pair_of_objects_all_the_same():
    came = []

    def main():
        a, b = duplex_pair(object_mode=True)
        b.on("data", came.append)
        for thing in ("", [], 0):
            a.write(thing)

    run(main)
    assert came == ["", [], 0]


@pytest.mark.parametrize("side", ["readable", "writable"])
def test_one_mark_for_both_sides_comes_before_the_mark_of_one(side):
    d = Both(high_water_mark=3, **{f"{side}_high_water_mark": 5})
    assert (d.readable_high_water_mark, d.writable_high_water_mark) == (3, 3)


@twins.program("""
    const own = new AbortController();
    const d = new Duplex({ read() {}, write(c, e, done) { done(); }, signal: own.signal });
    d.on('error', (error) => say('error', error)); own.abort(); say(d.destroyed);
    const half = new Duplex({ allowHalfOpen: false, read() {}, write(c, e, done) { done(); } });
    for (const event of ['end', 'finish', 'close']) half.on(event, () => say(event));
    half.on('end', () => half.destroy()); half.resume(); half.push(null);
    await turn(); await turn();
    const [one, other] = duplexPair();
    other.read(); one.on('finish', () => say('one finished'));
    one.write('', (error) => say('empty', error)); one.write('x', (error) => say('x', error));
    await turn(); say(other.read()); one.end(); await turn(); other.resume(); await turn();
""")
async def test_a_signal_a_half_open_one_that_is_destroyed_and_an_empty_chunk_between_a_pair(say):
    own = AbortController()
    d = Both(signal=own.signal)
    d.on("error", lambda error: say("error", error))
    own.abort()
    say(d.destroyed)
    half = Both(allow_half_open=False)
    for event in ("end", "finish", "close"):
        half.on(event, lambda event=event: say(event))
    half.on("end", lambda: half.destroy())
    half.resume()
    half.push(None)
    await turn()
    await turn()
    one, other = duplex_pair()
    other.read()
    one.on("finish", lambda: say("one finished"))
    one.write(b"", callback=lambda error: say("empty", error))
    one.write(b"x", callback=lambda error: say("x", error))
    await turn()
    say(other.read())
    one.end()
    await turn()
    other.resume()
    await turn()


@twins.program("""
    const d = new Duplex({ allowHalfOpen: false, read() {}, write(c, e, done) { done(); } });
    for (const event of ['end', 'finish', 'close']) d.on(event, () => say(event));
    d.on('end', () => nextTick(() => { say('destroy'); d.destroy(); }));
    d.resume(); d.push(null);
""")
def test_destroyed_before_its_other_side_was_ended(say):
    d = Both(allow_half_open=False)
    for event in ("end", "finish", "close"):
        d.on(event, lambda event=event: say(event))
    d.on("end", lambda: next_tick(lambda: (say("destroy"), d.destroy())))
    d.resume()
    d.push(None)


def test_a_pair_may_be_given_up_before_it_is_made() -> None:
    heard: list[str] = []

    def main() -> None:
        for end in duplex_pair(signal=AbortSignal.abort()):
            end.on("error", lambda error: heard.append(error.code))
            end.on("close", lambda: heard.append("close"))

    run(main)
    assert heard == ["ABORT_ERR", "close", "ABORT_ERR", "close"]
