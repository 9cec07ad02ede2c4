"""Writable: what it answers to its writers, in which order things happen, and how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Writable, next_tick, run
from streams2.errors import (
    InvalidArgTypeError,
    StreamNullValuesError,
    UnknownEncodingError,
)

from .support import BoomError, Sink, failing, turns
from .twins import Twins, later, turn

twins = Twins()


# -- demand ----------------------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({ highWaterMark: 3, write(chunk, e, done) { later(done); } });
    w.on('drain', () => say('drain', w.writableLength, w.writableNeedDrain));
    say(w.write('a'), w.writableNeedDrain); say(w.write('b')); say(w.write('c'));
    say(w.writableNeedDrain, w.writableLength); say(w.write('d'), w.writableLength);
""")
def test_write_answers_false_from_the_mark_on_and_drains_once_when_empty(say):
    w = Sink(finish=later, high_water_mark=3)
    w.on("drain", lambda: say("drain", w.writable_length, w.writable_need_drain))
    say(w.write(b"a"), w.writable_need_drain)
    say(w.write(b"b"))
    say(w.write(b"c"))
    say(w.writable_need_drain, w.writable_length)
    say(w.write(b"d"), w.writable_length)


@twins.program("""
    const w = new Writable({ objectMode: true, highWaterMark: 2, write(c, e, done) { later(done);
      } });
    w.on('drain', () => say('drain'));
    say(w.write({ big: 'x'.repeat(99) })); say(w.write(0)); say(w.write(false)); say(w.write(''));
    say(w.writableLength);
""")
def test_objects_count_one_each(say):
    w = Sink(finish=later, object_mode=True, high_water_mark=2)
    w.on("drain", lambda: say("drain"))
    for chunk in ({"big": "x" * 99}, 0, False, ""):
        say(w.write(chunk))
    say(w.writable_length)


@twins.program("""
    const w = new Writable({ highWaterMark: 1, write(chunk, e, done) { done(); } });
    w.on('drain', () => say('drain'));
    say(w.write('abc'), w.writableLength, w.writableNeedDrain);
    const late = new Writable({ highWaterMark: 1, write(chunk, e, done) { nextTick(done); } });
    late.on('drain', () => say('late drain'));
    say(late.write('abc'), late.writableLength, late.writableNeedDrain);
""")
def test_a_chunk_dealt_with_at_once_takes_no_room(say):
    w = Sink(high_water_mark=1)
    w.on("drain", lambda: say("drain"))
    say(w.write(b"abc"), w.writable_length, w.writable_need_drain)
    late = Sink(finish=next_tick, high_water_mark=1)
    late.on("drain", lambda: say("late drain"))
    say(late.write(b"abc"), late.writable_length, late.writable_need_drain)


@twins.program("""
    const w = new Writable({ highWaterMark: 0, write(chunk, e, done) { later(done); } });
    w.on('drain', () => say('drain'));
    say(w.write(''), w.write('a'), w.writableLength);
""")
def test_with_a_mark_of_zero_every_write_is_refused_but_an_empty_one(say):
    w = Sink(finish=later, high_water_mark=0)
    w.on("drain", lambda: say("drain"))
    say(w.write(b""), w.write(b"a"), w.writable_length)


@twins.program("""
    const w = new Writable({ highWaterMark: 1, write(chunk, e, done) { later(done); } });
    w.on('drain', () => { say('drain'); });
    w.on('finish', () => say('finish'));
    w.write('a'); w.end();
""")
def test_once_ended_it_drains_no_more(say):
    w = Sink(finish=later, high_water_mark=1)
    w.on("drain", lambda: say("drain"))
    w.on("finish", lambda: say("finish"))
    w.write(b"a")
    w.end()


@twins.program("""
    let left = 5;
    const w = new Writable({ highWaterMark: 2, write(chunk, e, done) { say(String(chunk));
      later(done); } });
    const go = () => {
      while (left > 0) { left--; if (!w.write('' + left)) { w.once('drain', go); return; } }
      w.end();
    };
    w.on('finish', () => say('finish'));
    go();
""")
def test_the_loop_that_every_writer_should_be(say):
    left = 5
    w = Sink(lambda chunk: say(chunk.decode()), finish=later, high_water_mark=2)

    def go():
        nonlocal left
        while left > 0:
            left -= 1
            if not w.write(str(left)):
                w.once("drain", go)
                return
        w.end()

    w.on("finish", lambda: say("finish"))
    go()


# -- one chunk at a time ---------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { say('write', String(chunk)); later(done); } });
    const told = (name) => (error) => say('told', name, error);
    w.write('a', told('a')); w.write('b', told('b')); w.write('c', 'utf8', told('c'));
    say(w.writableLength); w.end(told('end'));
    w.on('finish', () => say('finish')); w.on('close', () => say('close'));
""")
def test_chunks_wait_for_one_another_and_callbacks_come_in_order(say):
    w = Sink(lambda chunk: say("write", chunk.decode()), finish=later)

    def told(name):
        return lambda error: say("told", name, error)

    w.write("a", callback=told("a"))
    w.write("b", callback=told("b"))
    w.write("c", "utf8", told("c"))
    say(w.writable_length)
    w.end(callback=told("end"))
    w.on("finish", lambda: say("finish"))
    w.on("close", lambda: say("close"))


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { say('write', String(chunk)); done(); } });
    w.write('a', () => say('a written'));
    say('after write'); nextTick(() => say('tick'));
    w.write('b', () => say('b written'));
""")
def test_a_callback_never_comes_before_write_has_returned(say):
    w = Sink(lambda chunk: say("write", chunk.decode()))
    w.write("a", callback=lambda _: say("a written"))
    say("after write")
    next_tick(say, "tick")
    w.write("b", callback=lambda _: say("b written"))


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@given(
    st.lists(st.tuples(st.binary(max_size=4), st.integers(0, 2)), max_size=20),
    st.integers(0, 6),
    st.booleans(),
)
def test_every_chunk_arrives_once_in_order_and_every_callback_is_called_once(writes, mark, corks):
    """Whether a write is finished at once, in a tick or on a later turn."""
    with turns() as loop:
        when = iter([how for _, how in writes])
        ways = (lambda done: done(), next_tick, loop.soon)
        w = Sink(finish=lambda done: ways[next(when)](done), high_water_mark=mark)
        told = []
        if corks:
            w.cork()
        for n, (chunk, _) in enumerate(writes):
            w.write(chunk, callback=lambda error, n=n: told.append((n, error)))
        w.end(callback=lambda error: told.append(("end", error)))
        loop.run()
    assert w.got == [chunk for chunk, _ in writes]
    assert told == [*((n, None) for n in range(len(writes))), ("end", None)]
    assert w.writable_length == 0
    assert w.closed


# -- what reaches _write ---------------------------------------------------------------------------


@twins.program("""
    const options = [{}, { decodeStrings: false }, { defaultEncoding: 'hex' }, {
      objectMode: true }];
    for (const each of options) {
      const w = new Writable({ ...each, write(chunk, e, done) {
        say(chunk, e === undefined ? null : e); done(); } });
      w.write('6162'); w.write('6162', 'latin1'); w.write(Buffer.from('ab'));
      if (!each.objectMode) { w.setDefaultEncoding('utf16le'); w.write('ab'); }
    }
""")
def test_text_is_decoded_unless_told_otherwise(say):
    def write(_, chunk, encoding, done):
        say(chunk, encoding)
        done()

    for options in (
        {},
        {"decode_strings": False},
        {"default_encoding": "hex"},
        {"object_mode": True},
    ):
        w = Writable(write=write, **options)
        w.write("6162")
        w.write("6162", "latin1")
        w.write(b"ab")
        if not w.writable_object_mode:
            w.set_default_encoding("utf16le")
            w.write("ab")


@pytest.mark.parametrize("chunk", [b"abc", bytearray(b"abc"), memoryview(b"abcd").cast("I")])
def test_bytes_are_passed_on_as_they_are(chunk):
    with turns():
        w = Sink()
        w.write(chunk)
        assert w.got[0] is chunk


def test_the_length_of_a_memoryview_is_its_bytes():
    w = Sink(finish=id)
    w.write(memoryview(bytes(8)).cast("I"))
    assert w.writable_length == 8


def test_a_write_method_assigned_later_counts():
    got = []
    with turns() as loop:
        w = Sink()
        w._write = lambda chunk, _encoding, done: (got.append(chunk), done())
        w.write(b"a")
        loop.run()
    assert (got, w.got) == ([b"a"], [])


@twins.program("""
    const w = new Writable({ write() { throw new Error('boom'); } });
    w.on('error', (error) => say('error', error)); w.on('close', () => say('close'));
    try { w.write('a'); } catch (error) { say('threw', error); }
    await turn(); say(w.destroyed, w.writableLength);
""")
async def test_what_write_raises_comes_out_of_the_call(say):
    def fail(_):
        raise BoomError("boom")

    w = Sink(fail)
    w.on("error", lambda error: say("error", error))
    w.on("close", lambda: say("close"))
    try:
        w.write(b"a")
    except BoomError as error:
        say("threw", error)
    await turn()
    say(w.destroyed, w.writable_length)


# -- corks, and many at once -----------------------------------------------------------------------


@twins.program("""
    const w = new Writable({
      write(chunk, e, done) { say('write', String(chunk)); done(); },
      writev(chunks, done) { say('writev', chunks.map(({
        chunk, encoding }) => [String(chunk), encoding])); later(done); },
    });
    w.on('drain', () => say('drain'));
    w.write('one'); await turn();
    w.cork(); w.cork(); say(w.writableCorked);
    w.write('a'); w.write('b', 'latin1'); w.write(Buffer.from('c'));
    w.uncork(); say(w.writableCorked, w.writableLength);
    w.uncork(); say(w.writableCorked);
    w.uncork(); say(w.writableCorked);
    await turn(); await turn();
    w.cork(); w.write('single'); w.uncork();
""")
async def test_corked_chunks_go_together_to_writev(say):
    class Both(Writable):
        def _write(self, chunk, encoding, callback):
            say("write", chunk.decode())
            callback()

        def _writev(self, chunks, callback):
            say("writev", [[entry.chunk.decode(), entry.encoding] for entry in chunks])
            later(callback)

    w = Both()
    w.on("drain", lambda: say("drain"))
    w.write("one")
    await turn()
    w.cork()
    w.cork()
    say(w.writable_corked)
    w.write("a")
    w.write("b", "latin1")
    w.write(b"c")
    w.uncork()
    say(w.writable_corked, w.writable_length)
    w.uncork()
    say(w.writable_corked)
    w.uncork()
    say(w.writable_corked)
    await turn()
    await turn()
    w.cork()
    w.write("single")
    w.uncork()


@twins.program("""
    const w = new Writable({ writev(chunks, done) { say(chunks.map(({ chunk }) => String(chunk)));
      later(done); } });
    const told = (name) => (error) => say('told', name, error);
    for (const name of 'abc') w.write(name, told(name));
    w.end('d', told('d')); w.on('finish', () => say('finish'));
""")
def test_what_comes_during_a_write_goes_together_to_writev(say):
    class Together(Writable):
        def _writev(self, chunks, callback):
            say([entry.chunk.decode() for entry in chunks])
            later(callback)

    def told(name):
        return lambda error: say("told", name, error)

    w = Together()
    for name in "abc":
        w.write(name, callback=told(name))
    w.end("d", callback=told("d"))
    w.on("finish", lambda: say("finish"))


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { say(String(chunk)); done(); } });
    w.cork(); w.cork(); w.write('a'); say(w.writableLength);
    w.end('b'); say(w.writableCorked, w.writableLength);
    w.on('finish', () => say('finish'));
""")
def test_end_pulls_every_cork(say):
    w = Sink(lambda chunk: say(chunk.decode()))
    w.cork()
    w.cork()
    w.write("a")
    say(w.writable_length)
    w.end("b")
    say(w.writable_corked, w.writable_length)
    w.on("finish", lambda: say("finish"))


# -- the end ---------------------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({
      write(chunk, e, done) { say('write', String(chunk)); later(done); },
      final(done) { say('final'); later(() => { say('final done'); done(); }); },
      destroy(error, done) { say('destroy', error); done(error); },
    });
    for (const event of ['prefinish', 'finish', 'close']) w.on(event, () => say(event));
    w.end('a', (error) => say('ended', error));
    say(w.writable, w.writableEnded, w.writableFinished, w.closed);
    w.on('close', () => {
      say(w.writable, w.writableEnded, w.writableFinished, w.closed, w.destroyed);
    });
""")
def test_the_end_in_order(say):
    class Whole(Sink):
        def _final(self, callback):
            say("final")
            later(lambda: (say("final done"), callback()))

        def _destroy(self, error, callback):
            say("destroy", error)
            callback(error)

    w = Whole(lambda chunk: say("write", chunk.decode()), finish=later)
    for event in ("prefinish", "finish", "close"):
        w.on(event, lambda event=event: say(event))
    w.end("a", callback=lambda error: say("ended", error))
    say(w.writable, w.writable_ended, w.writable_finished, w.closed)
    w.on(
        "close",
        lambda: say(w.writable, w.writable_ended, w.writable_finished, w.closed, w.destroyed),
    )


@twins.program("""
    for (const how of ['calls back', 'throws', 'later']) {
      const w = new Writable({
        write(chunk, e, done) { done(); },
        final(done) {
          if (how === 'throws') throw new Error(how);
          if (how === 'later') later(() => done(new Error(how))); else done(new Error(how));
        },
      });
      for (const event of ['error', 'finish', 'close']) w.on(event, (error) => say(event, error));
      w.end((error) => say('ended', error));
      await turn(); await turn(); say(w.writableFinished);
    }
""")
async def test_a_final_that_fails_is_an_error_and_no_finish(say):
    class Failing(Sink):
        how: str

        def _final(self, callback):
            if self.how == "throws":
                raise BoomError(self.how)
            if self.how == "later":
                later(callback, BoomError(self.how))
            else:
                callback(BoomError(self.how))

    for how in ("calls back", "throws", "later"):
        w = Failing()
        w.how = how
        for event in ("error", "finish", "close"):
            w.on(event, lambda error=None, event=event: say(event, error))
        w.end(callback=lambda error: say("ended", error))
        await turn()
        await turn()
        say(w.writable_finished)


@twins.program("""
    const w = new Writable({ final(done) { done(); done(); }, write(c, e, done) { done(); } });
    w.on('error', (error) => say(error)); w.on('finish', () => say('finish')); w.end();
""")
def test_a_final_that_calls_back_twice_is_told(say):
    class Twice(Sink):
        def _final(self, callback):
            callback()
            callback()

    w = Twice()
    w.on("error", say)
    w.on("finish", lambda: say("finish"))
    w.end()


@twins.program("""
    const sink = (options) => {
      const w = new Writable({ ...options, write(chunk, e, done) { done(); } });
      for (const event of ['finish', 'close']) w.on(event, () => say(event, w.destroyed));
      return w;
    };
    sink({ autoDestroy: false }).end(); await turn(); say('-');
    sink({ emitClose: false }).end(); await turn(); say('-');
    const w = sink(); w.destroy(); await turn(); say('-');
    w.destroy(); await turn(); say('over');
""")
async def test_auto_destroy_and_emit_close_can_be_turned_off(say):
    def listen(w, event):
        w.on(event, lambda: say(event, w.destroyed))
        return w

    def watched(**options):
        return listen(listen(Sink(**options), "finish"), "close")

    watched(auto_destroy=False).end()
    await turn()
    say("-")
    watched(emit_close=False).end()
    await turn()
    say("-")
    w = watched()
    w.destroy()
    await turn()
    say("-")
    w.destroy()
    await turn()
    say("over")


# -- failures --------------------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { later(() => done(new Error('disk full')));
      } });
    const told = (name) => (error) => say('told', name, error);
    for (const event of ['error', 'finish', 'close']) w.on(event, (error) => say(event, error));
    w.write('a', told('a')); w.write('b', told('b')); w.write('c', told('c')); w.end(told('end'));
    await turn(); await turn(); await turn();
    say(w.errored, w.destroyed, w.writable, w.writableAborted, w.writableLength);
""")
async def test_a_write_that_fails_fails_all_that_wait_and_is_told_once(say):
    w = Sink(finish=lambda done: later(done, OSError("disk full")))

    def told(name):
        return lambda error: say("told", name, error)

    for event in ("error", "finish", "close"):
        w.on(event, lambda error=None, event=event: say(event, error))
    for name in "abc":
        w.write(name, callback=told(name))
    w.end(callback=told("end"))
    for _ in range(3):
        await turn()
    say(w.errored, w.destroyed, w.writable, w.writable_aborted, w.writable_length)


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(new Error('disk full')); } });
    w.on('error', (error) => say('error', error));
    say(w.write('a', (error) => say('told', error)));
    say(w.write('b', (error) => say('told', error)), w.errored, w.destroyed);
    await turn();
    say(w.write('c', (error) => say('told', error)));
""")
async def test_a_write_that_fails_at_once_answers_false(say):
    w = Sink(finish=failing(OSError("disk full")))
    w.on("error", lambda error: say("error", error))
    say(w.write(b"a", callback=lambda error: say("told", error)))
    say(w.write(b"b", callback=lambda error: say("told", error)), w.errored, w.destroyed)
    await turn()
    say(w.write(b"c", callback=lambda error: say("told", error)))


@twins.program("""
    const w = new Writable({ autoDestroy: false, write(chunk, e, done) { done(new Error('no'));
      } });
    w.on('error', (error) => say('error', error)); w.on('close', () => say('close'));
    w.write('a'); await turn(); say(w.destroyed, w.errored, w.writable);
    w.write('b'); await turn(); say(w.writableLength);
""")
async def test_without_auto_destroy_a_failure_is_told_and_the_stream_stays(say):
    w = Sink(finish=failing(OSError("no")), auto_destroy=False)
    w.on("error", lambda error: say("error", error))
    w.on("close", lambda: say("close"))
    w.write(b"a")
    await turn()
    say(w.destroyed, w.errored, w.writable)
    w.write(b"b")
    await turn()
    say(w.writable_length)


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(); later(done); } });
    w.on('error', (error) => say('error', error)); w.write('a', (error) => say('told', error));
""")
def test_a_callback_called_twice_is_an_error(say):
    w = Sink(finish=lambda done: (done(), later(done)))
    w.on("error", lambda error: say("error", error))
    w.write(b"a", callback=lambda error: say("told", error))


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(); } });
    w.write('a'); w.end();
    w.on('error', (error) => say('error', error));
    say(w.write('b', (error) => say('told', error)));
    w.on('close', () => { w.write('c', (error) => say('after close', error)); });
""")
def test_a_write_after_the_end_is_an_error(say):
    w = Sink()
    w.write(b"a")
    w.end()
    w.on("error", lambda error: say("error", error))
    say(w.write(b"b", callback=lambda error: say("told", error)))
    w.on("close", lambda: w.write(b"c", callback=lambda error: say("after close", error)) and None)


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(); } });
    for (const event of ['error', 'finish', 'close']) w.on(event, (error) => say(event, error));
    w.end((error) => say('first', error)); w.end((error) => say('second', error));
    await turn();
    w.end((error) => say('third', error));
    const d = new Writable({ write(chunk, e, done) { done(); } });
    d.destroy(); d.end((error) => say('destroyed', error));
    await turn();
    const late = new Writable({ write(chunk, e, done) { done(); } });
    late.on('error', (error) => say('error', error));
    late.end(); late.end('chunk', (error) => say('chunk after end', error));
""")
async def test_end_again(say):
    w = Sink()
    for event in ("error", "finish", "close"):
        w.on(event, lambda error=None, event=event: say(event, error))
    w.end(callback=lambda error: say("first", error))
    w.end(callback=lambda error: say("second", error))
    await turn()
    w.end(callback=lambda error: say("third", error))
    d = Sink()
    d.destroy()
    d.end(callback=lambda error: say("destroyed", error))
    await turn()
    late = Sink()
    late.on("error", lambda error: say("error", error))
    late.end()
    late.end(b"chunk", callback=lambda error: say("chunk after end", error))


@pytest.mark.parametrize(
    ("chunk", "encoding", "error"),
    [
        (None, None, StreamNullValuesError),
        (5, None, InvalidArgTypeError),
        ({}, None, InvalidArgTypeError),
        (None, "klingon", StreamNullValuesError),
        ("text", "klingon", UnknownEncodingError),
        (5, "klingon", UnknownEncodingError),
        ("text", print, InvalidArgTypeError),
    ],
)
def test_a_bad_argument_raises_at_the_call_and_breaks_nothing(chunk, encoding, error):
    with turns() as loop:
        w = Sink()
        with pytest.raises(error):
            w.write(chunk, encoding)
        w.end(b"still fine")
        loop.run()
    assert w.got == [b"still fine"]
    assert w.writable_finished


def test_a_bad_argument_is_named_with_what_would_do():
    with pytest.raises(
        InvalidArgTypeError, match=r'"chunk" argument must be .*str or bytes-like.* type int \(5\)'
    ):
        Sink().write(5)


@pytest.mark.parametrize("object_mode", [False, True])
def test_a_callback_in_the_place_of_the_encoding_is_not_forgotten(object_mode):
    sink = Sink(object_mode=object_mode)
    for method in (sink.write, sink.end):
        with pytest.raises(InvalidArgTypeError, match=r"as callback=\.\.\.\).* function print"):
            method("text", print)
    assert sink.got == []
    assert sink.writable


def test_none_is_refused_in_object_mode_too():
    with pytest.raises(StreamNullValuesError):
        Sink(object_mode=True).write(None)


def test_an_unknown_default_encoding_is_refused():
    with pytest.raises(UnknownEncodingError, match="klingon"):
        Sink(default_encoding="klingon")
    with pytest.raises(UnknownEncodingError, match="klingon"):
        Sink().set_default_encoding("klingon")


@pytest.mark.parametrize("option", ["write", "writev", "final", "construct", "destroy"])
def test_an_option_that_should_be_a_function_is_refused_by_name(option):
    with pytest.raises(InvalidArgTypeError, match=f'"{option}" argument must be a function'):
        Writable(**{option: 5})


@twins.program("""
    const w = new Writable(); w.on('error', (error) => say('error', error));
    try { w.write('a'); } catch (error) { say('threw', error); }
""")
def test_a_writable_that_cannot_write(say):
    w = Writable()
    w.on("error", lambda error: say("error", error))
    try:
        w.write(b"a")
    except NotImplementedError as error:
        say("threw", error)


# -- construct and destroy -------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({
      construct(done) { say('construct'); later(() => { say('constructed'); done(); }); },
      write(chunk, e, done) { say('write', String(chunk)); done(); },
      final(done) { say('final'); done(); },
    });
    say('made', w.write('a'), w.writableLength); w.end('b'); w.on('close', () => say('close'));
""")
def test_everything_waits_for_construct(say):
    class Constructed(Sink):
        def _construct(self, callback):
            say("construct")
            later(lambda: (say("constructed"), callback()))

        def _final(self, callback):
            say("final")
            callback()

    w = Constructed(lambda chunk: say("write", chunk.decode()))
    say("made", w.write(b"a"), w.writable_length)
    w.end(b"b")
    w.on("close", lambda: say("close"))


@twins.program("""
    for (const how of ['calls back', 'throws']) {
      const w = new Writable({
        construct(done) { if (how === 'throws') throw new Error(how);
          later(() => done(new Error(how))); },
        write(chunk, e, done) { say('never'); done(); },
        destroy(error, done) { say('destroy', error); done(error); },
      });
      w.on('error', (error) => say('error', error)); w.on('close', () => say('close'));
      w.write('a', (error) => say('told', error));
      await turn(); await turn();
    }
""")
async def test_a_construct_that_fails(say):
    class Constructed(Sink):
        how: str

        def _construct(self, callback):
            if self.how == "throws":
                raise BoomError(self.how)
            later(callback, BoomError(self.how))

        def _destroy(self, error, callback):
            say("destroy", error)
            callback(error)

    for how in ("calls back", "throws"):
        w = Constructed(lambda _: say("never"))
        w.how = how
        w.on("error", lambda error: say("error", error))
        w.on("close", lambda: say("close"))
        w.write(b"a", callback=lambda error: say("told", error))
        await turn()
        await turn()


@twins.program("""
    const w = new Writable({
      construct(done) { later(() => { say('constructed'); done(); }); },
      write(chunk, e, done) { say('never'); done(); },
      destroy(error, done) { say('destroy', error); done(error); },
    });
    for (const event of ['error', 'close']) w.on(event, (error) => say(event, error));
    w.write('a', (error) => say('told', error));
    w.destroy(new Error('stop')); say(w.destroyed, w.closed);
""")
def test_destroyed_while_it_is_constructed_it_is_torn_down_afterwards(say):
    class Constructed(Sink):
        def _construct(self, callback):
            later(lambda: (say("constructed"), callback()))

        def _destroy(self, error, callback):
            say("destroy", error)
            callback(error)

    w = Constructed(lambda _: say("never"))
    for event in ("error", "close"):
        w.on(event, lambda error=None, event=event: say(event, error))
    w.write(b"a", callback=lambda error: say("told", error))
    w.destroy(BoomError("stop"))
    say(w.destroyed, w.closed)


@twins.program("""
    const w = new Writable({
      write(chunk, e, done) { later(done); },
      destroy(error, done) { later(() => done(error || new Error('could not close'))); },
    });
    const told = (name) => (error) => say('told', name, error);
    for (const event of ['error', 'finish', 'close']) w.on(event, (error) => say(event, error));
    w.write('a', told('a')); w.write('b', told('b')); w.end(told('end'));
    say(w.destroy() === w, w.destroyed, w.closed); w.destroy(new Error('too late'));
    await turn(); await turn(); await turn(); say(w.closed, w.errored);
""")
async def test_destroyed_early_the_buffer_fails_and_close_is_last(say):
    class Closing(Sink):
        def _destroy(self, error, callback):
            later(callback, error or OSError("could not close"))

    def told(name):
        return lambda error: say("told", name, error)

    w = Closing(finish=later)
    for event in ("error", "finish", "close"):
        w.on(event, lambda error=None, event=event: say(event, error))
    w.write(b"a", callback=told("a"))
    w.write(b"b", callback=told("b"))
    w.end(callback=told("end"))
    say(w.destroy() is w, w.destroyed, w.closed)
    w.destroy(BoomError("too late"))
    for _ in range(3):
        await turn()
    say(w.closed, w.errored)


@twins.program(
    """
    const w = new Writable({ write(chunk, e, done) { done(); } });
    w.destroy(new Error('nobody listens'));
""".replace("w.destroy", "say(w.destroyed); w.destroy")
)
def test_an_error_that_nobody_listens_for_ends_the_program(say):
    w = Sink()
    say(w.destroyed)
    w.destroy(BoomError("nobody listens"))


@twins.program("""
    const looks = (w) => [w.writable, w.writableEnded, w.writableFinished, w.writableNeedDrain,
      w.writableLength, w.writableCorked, w.writableHighWaterMark, w.writableObjectMode,
      w.writableAborted, w.errored, w.closed, w.destroyed];
    const w = new Writable({ highWaterMark: 2, write(chunk, e, done) { later(done); } });
    say(looks(w)); w.write('ab'); say(looks(w)); w.cork(); say(looks(w)); w.end(); say(looks(w));
    await turn(); say(looks(w)); await turn(); await turn(); say(looks(w));
    const d = new Writable({ objectMode: true, write(chunk, e, done) { later(done); } });
    d.on('error', () => {}); d.write({}); d.destroy(new Error('stop')); say(looks(d));
    await turn(); await turn(); say(looks(d));
    d.writable = false; say(d.writable);
""")
async def test_every_property_at_every_stage(say):
    def looks(w):
        return [
            w.writable,
            w.writable_ended,
            w.writable_finished,
            w.writable_need_drain,
            w.writable_length,
            w.writable_corked,
            w.writable_high_water_mark,
            w.writable_object_mode,
            w.writable_aborted,
            w.errored,
            w.closed,
            w.destroyed,
        ]

    w = Sink(finish=later, high_water_mark=2)
    say(looks(w))
    w.write(b"ab")
    say(looks(w))
    w.cork()
    say(looks(w))
    w.end()
    say(looks(w))
    await turn()
    say(looks(w))
    await turn()
    await turn()
    say(looks(w))
    d = Sink(finish=later, object_mode=True)
    d.on("error", id)
    d.write({})
    d.destroy(BoomError("stop"))
    say(looks(d))
    await turn()
    await turn()
    say(looks(d))
    d.writable = False
    say(d.writable)


# -- corners --------------------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(); } });
    const told = (error) => say('told', error);
    w.write('a', told); w.write('b', told); w.write('c', (error) => say('other', error));
    w.write('d', told); nextTick(() => say('tick'));
""")
def test_a_callback_shared_by_several_writes_is_called_for_each(say):
    def told(error):
        say("told", error)

    w = Sink()
    w.write(b"a", callback=told)
    w.write(b"b", callback=told)
    w.write(b"c", callback=lambda error: say("other", error))
    w.write(b"d", callback=told)
    next_tick(lambda: say("tick"))


@twins.program("""
    const w = new Writable({
      construct(done) { later(done); }, write(chunk, e, done) { say('write'); done(); } });
    for (const event of ['prefinish', 'finish', 'close']) w.on(event, () => say(event));
    w.on('prefinish', () => w.destroy());
    w.end((error) => say('end', error));
    await turn(); await turn(); await turn();
    say(w.writableFinished, w.destroyed);
""")
async def test_ended_while_it_is_constructed_and_destroyed_at_prefinish(say):
    w = Sink(construct=lambda self, done: later(done))
    for event in ("prefinish", "finish", "close"):
        w.on(event, lambda event=event: say(event))
    w.on("prefinish", lambda: w.destroy())
    w.end(callback=lambda error: say("end", error))
    for _ in range(3):
        await turn()
    say(w.writable_finished, w.destroyed)


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { say(String(chunk)); w.held = done; } });
    w.on('error', (error) => say('error', error)); w.on('close', () => say('close'));
    for (const chunk of 'abc') w.write(chunk, (error) => say(chunk, error));
    const write = w._write;
    w._write = (chunk, e, done) => { say(String(chunk)); w.destroy(); done(); };
    w.held(); await turn(); say(w.writableLength);
""")
async def test_destroyed_by_a_chunk_of_the_buffer_the_rest_of_it_fails(say):
    held = []
    w = Sink(finish=held.append)
    w.on("error", lambda error: say("error", error))
    w.on("close", lambda: say("close"))
    w.take = lambda chunk: say(chunk.decode())
    for chunk in "abc":
        w.write(chunk, callback=lambda error, chunk=chunk: say(chunk, error))

    def write(chunk, encoding, done):
        say(chunk.decode())
        w.destroy()
        done()

    w._write = write
    held.pop()()
    await turn()
    say(w.writable_length)


@twins.program("""
    const w = new Writable({ write(chunk, e, done) { done(); },
      destroy(error, done) { later(() => done(error)); } });
    w.on('error', (error) => say('error', error)); w.on('close', () => say('close'));
    w.destroy(new Error('first'), (error) => say('first', error));
    w.destroy(new Error('second'), (error) => say('second', error));
    await turn(); await turn();
    w.destroy(null, (error) => say('third', error));
""")
async def test_the_callback_of_destroy(say):
    w = Sink(destroy=lambda self, error, done: later(done, error))
    w.on("error", lambda error: say("error", error))
    w.on("close", lambda: say("close"))
    w.destroy(BoomError("first"), lambda error: say("first", error))
    w.destroy(BoomError("second"), lambda error: say("second", error))
    await turn()
    await turn()
    w.destroy(None, lambda error: say("third", error))


def test_a_refused_writer_that_finished_is_owed_no_drain():
    """docs/differences.md, 26."""
    owed = []

    def main():
        w = Writable(high_water_mark=1, write=lambda self, chunk, encoding, done: next_tick(done))
        w.on("finish", lambda: owed.append(w._writable_state.need_drain))
        w.write(b"abc")
        w.end()
        owed.append(w._writable_state.need_drain)

    run(main)
    assert owed == [True, False]
