"""Transform: what is written comes out changed, no faster than it is read."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import PassThrough, Readable, Transform, next_tick

from .support import BoomError, Sink, turns
from .twins import Twins, later, turn

twins = Twins()


class Shout(Transform):
    """Turns text to capitals; when, `how` says."""

    def __init__(self, how=lambda done, output: done(None, output), **options):
        super().__init__(**options)
        self.how = how

    def _transform(self, chunk, encoding, callback):
        self.how(callback, chunk.decode().upper())


def watch(stream, say, *events):
    for event in events:
        stream.on(event, lambda *args, event=event: say(event, *args))


@twins.program("""
    const t = new Transform({ transform(chunk, e, done) { done(null, String(chunk).toUpperCase());
      } });
    t.on('data', (chunk) => say(String(chunk)));
    for (const event of ['prefinish', 'finish', 'end', 'close']) t.on(event, () => say(event));
    say(t.write('a')); t.end('b', () => say('ended'));
""")
def test_what_is_written_comes_out_changed(say):
    t = Shout()
    t.on("data", lambda chunk: say(chunk.decode()))
    watch(t, say, "prefinish", "finish", "end", "close")
    say(t.write("a"))
    t.end("b", callback=lambda _: say("ended"))


@twins.program("""
    const t = new Transform({
      transform(chunk, e, done) { for (const c of String(chunk)) this.push(c); later(done); },
      flush(done) { say('flush'); this.push('!'); later(() => done(null, '?')); },
    });
    t.on('data', (chunk) => say(String(chunk))); t.on('end', () => say('end'));
    t.write('ab'); t.write(''); t.end('c');
""")
def test_a_chunk_may_become_many_or_none_and_flush_adds_the_rest(say):
    class Letters(Transform):
        def _transform(self, chunk, encoding, callback):
            for letter in chunk.decode():
                self.push(letter)
            later(callback)

        def _flush(self, callback):
            say("flush")
            self.push("!")
            later(callback, None, "?")

    t = Letters()
    t.on("data", lambda chunk: say(chunk.decode()))
    t.on("end", lambda: say("end"))
    t.write("ab")
    t.write("")
    t.end("c")


@twins.program("""
    const t = new Transform({ objectMode: true, highWaterMark: 2, transform(n, e, done) {
      say('transform', n); done(null, n); } });
    t.on('drain', () => say('drain'));
    for (let n = 0; n < 8; n++) say(t.write(n));
    await turn(); say(t.readableLength, t.writableLength);
    say(t.read()); await turn(); say(t.readableLength, t.writableLength);
    t.on('data', (n) => say('data', n));
""")
async def test_back_pressure_goes_through_it(say):
    def transform(_, n, _encoding, done):
        say("transform", n)
        done(None, n)

    t = Transform(object_mode=True, high_water_mark=2, transform=transform)
    t.on("drain", lambda: say("drain"))
    for n in range(8):
        say(t.write(n))
    await turn()
    say(t.readable_length, t.writable_length)
    say(t.read())
    await turn()
    say(t.readable_length, t.writable_length)
    t.on("data", lambda n: say("data", n))


@twins.program("""
    for (const how of ['calls back', 'throws', 'flush']) {
      const fails = () => new Error(how);
      const t = new Transform({
        transform(chunk, e, done) { if (how === 'throws') throw fails();
          done(how === 'calls back' ? fails() : null, chunk); },
        flush(done) { done(how === 'flush' ? fails() : null); },
      });
      for (const event of ['error', 'finish', 'end', 'close']) t.on(event, (error) => say(event,
        error));
      t.resume();
      try { t.write('a', (error) => say('told', error)); } catch (error) { say('threw', error); }
      t.end((error) => say('ended', error)); await turn(); await turn(); await turn();
      say(t.errored);
      t.destroy(); await turn();
    }
""")
async def test_a_failure_of_transform_or_flush(say):
    class Failing(Transform):
        how: str

        def _transform(self, chunk, encoding, callback):
            if self.how == "throws":
                raise BoomError(self.how)
            callback(BoomError(self.how) if self.how == "calls back" else None, chunk)

        def _flush(self, callback):
            callback(BoomError(self.how) if self.how == "flush" else None)

    for how in ("calls back", "throws", "flush"):
        t = Failing()
        t.how = how
        for event in ("error", "finish", "end", "close"):
            t.on(event, lambda error=None, event=event: say(event, error))
        t.resume()
        try:
            t.write("a", callback=lambda error: say("told", error))
        except BoomError as error:
            say("threw", error)
        t.end(callback=lambda error: say("ended", error))
        for _ in range(3):
            await turn()
        say(t.errored)
        t.destroy()
        await turn()


@twins.program("""
    const t = new Transform({ transform(chunk, e, done) { this.push(chunk); this.push(null);
      done(); } });
    for (const event of ['data', 'end', 'error', 'finish', 'close']) t.on(event, (x) => say(event,
      x instanceof Uint8Array ? String(x) : x));
    t.write('a'); await turn(); say(t.readableEnded, t.destroyed); t.end();
""")
async def test_it_may_end_its_output_before_its_input_has_ended(say):
    class First(Transform):
        def _transform(self, chunk, encoding, callback):
            self.push(chunk)
            self.push(None)
            callback()

    t = First()
    for event in ("data", "end", "error", "finish", "close"):
        t.on(event, lambda x=None, event=event: say(event, x.decode() if x else None))
    t.write("a")
    await turn()
    say(t.readable_ended, t.destroyed)
    t.end()


@twins.program("""
    const t = new Transform({
      transform(chunk, e, done) { done(null, chunk); },
      final(done) { say('final'); later(done); },
      flush(done) { say('flush'); done(); },
    });
    for (const event of ['prefinish', 'finish', 'end', 'close']) t.on(event, () => say(event));
    t.resume(); t.end('a');
""")
def test_a_final_of_its_own_comes_before_the_flush(say):
    class Both(PassThrough):
        def _final(self, callback):
            say("final")
            later(callback)

        def _flush(self, callback):
            say("flush")
            callback()

    t = Both()
    watch(t, say, "prefinish", "finish", "end", "close")
    t.resume()
    t.end("a")


@twins.program("""
    const t = new Transform({ readableObjectMode: true, transform(chunk, e, done) { done(null, {
      length: chunk.length }); } });
    t.on('data', (chunk) => say(chunk)); t.write('abc');
    say(t.readableObjectMode, t.writableObjectMode);
    const plain = new Transform(); plain.on('error', (error) => say('error', error));
    try { plain.write('a'); } catch (error) { say('threw', error); }
    const p = new PassThrough(); p.on('data', (chunk) => say(String(chunk))); p.end('through');
    for (const mark of [{ highWaterMark: 0 }, { readableHighWaterMark: 0 }, { highWaterMark: 5 }]) {
      const m = new PassThrough(mark); say(m.readableHighWaterMark, m.writableHighWaterMark);
    }
""")
def test_sides_marks_and_a_pass_through(say):
    def measure(_, chunk, _encoding, done):
        done(None, {"length": len(chunk)})

    t = Transform(readable_object_mode=True, transform=measure)
    t.on("data", say)
    t.write("abc")
    say(t.readable_object_mode, t.writable_object_mode)
    plain = Transform()
    plain.on("error", lambda error: say("error", error))
    try:
        plain.write("a")
    except NotImplementedError as error:
        say("threw", error)
    p = PassThrough()
    p.on("data", lambda chunk: say(chunk.decode()))
    p.end("through")
    for mark in ({"high_water_mark": 0}, {"readable_high_water_mark": 0}, {"high_water_mark": 5}):
        m = PassThrough(**mark)
        say(m.readable_high_water_mark, m.writable_high_water_mark)


@twins.program("""
    const t = new PassThrough(); const noted = [];
    for (const event of ['error', 'finish', 'end', 'close']) t.on(event, (error) => say(event,
      error));
    t.write('a'); t.destroy(new Error('stop')); say(t.read()); await turn();
    t.write('b', (error) => say('told', error)); await turn(); say(t.destroyed);
""")
async def test_destroyed_early(say):
    t = PassThrough()
    for event in ("error", "finish", "end", "close"):
        t.on(event, lambda error=None, event=event: say(event, error))
    t.write("a")
    t.destroy(BoomError("stop"))
    say(t.read())
    await turn()
    t.write("b", callback=lambda error: say("told", error))
    await turn()
    say(t.destroyed)


class Deflate(Transform):
    def __init__(self, when, **options):
        super().__init__(**options)
        self.when = when
        self.packer = zlib.compressobj()

    def _transform(self, chunk, encoding, callback):
        output = self.packer.compress(chunk)
        self.when(lambda: callback(None, output or None))

    def _flush(self, callback):
        self.when(lambda: callback(None, self.packer.flush()))


@pytest.mark.parametrize("how", ["at once", "in a tick", "on a later turn"])
@given(
    chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=20),
    mark=st.integers(1, 20),
)
def test_through_a_chain_of_transforms_nothing_is_lost(how, chunks, mark):
    with turns() as loop:
        ways = {"at once": lambda f: f(), "in a tick": next_tick, "on a later turn": loop.soon}
        packed = Deflate(ways[how], high_water_mark=mark)
        sink = Sink(finish=ways[how], high_water_mark=mark)
        source = Readable.from_(chunks, object_mode=False, high_water_mark=mark)
        source.pipe(PassThrough(high_water_mark=mark)).pipe(packed).pipe(sink)
        loop.run()
    assert sink.writable_finished
    assert zlib.decompress(b"".join(sink.got)) == b"".join(chunks)


@twins.program("""
    const flushes = [undefined, (done) => done(new Error('flush')), (done) => done(null, 'z')];
    for (const flush of flushes) {
      const t = new Transform({
        transform(chunk, e, done) { done(null, chunk); },
        final(done) { say('final'); done(); }, ...(flush && { flush }),
      });
      for (const event of ['data', 'end', 'finish', 'error', 'close'])
        t.on(event, (value) => say(event, value));
      t.end('a'); await turn(); await turn();
    }
""")
async def test_a_final_of_its_own_whatever_the_flush_does(say):
    def fails(self, done):
        done(BoomError("flush"))

    def adds(self, done):
        done(None, "z")

    for flush in (None, fails, adds):
        t = Transform(
            transform=lambda self, chunk, encoding, done: done(None, chunk),
            final=lambda self, done: (say("final"), done()),
            flush=flush,
        )
        for event in ("data", "end", "finish", "error", "close"):
            t.on(event, lambda value=None, event=event: say(event, value))
        t.end("a")
        await turn()
        await turn()


@twins.program("""
    class Told extends Transform {
      _transform(chunk, encoding, done) { say('transform'); done(null, chunk); }
      _write(chunk, encoding, done) { say('write', chunk); super._write(chunk, encoding, done); }
      _read(size) { say('read', size); super._read(size); }
    }
    const t = new Told({ highWaterMark: 2 });
    say(t.write('abc')); say(t.write('d')); await turn();
    say(t.read()); await turn(); say(t.read()); t.end(); await turn(); say(t.read());
""")
async def test_both_ends_of_it_can_be_extended(say):
    class Told(Transform):
        def _transform(self, chunk, encoding, callback):
            say("transform")
            callback(None, chunk)

        def _write(self, chunk, encoding, callback):
            say("write", chunk)
            super()._write(chunk, encoding, callback)

        def _read(self, size):
            say("read", size)
            super()._read(size)

    t = Told(high_water_mark=2)
    say(t.write("abc"))
    say(t.write("d"))
    await turn()
    say(t.read())
    await turn()
    say(t.read())
    t.end()
    await turn()
    say(t.read())
