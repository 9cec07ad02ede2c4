"""What ports read of a stream's state, and set: under Node's names, and with Node's values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams2 import Duplex, PassThrough, Readable, Writable, run
from streams2.core.nodes_fields import ReadFields, WriteFields

from .support import BoomError, Sink
from .twins import Twins, later

twins = Twins()

READ = """
    ended end_emitted error_emitted object_mode high_water_mark length flowing reading sync
    constructed need_readable emitted_readable readable_listening resume_scheduled emit_close
    auto_destroy destroyed closed close_emitted reading_more data_emitted default_encoding encoding
""".split()  # noqa: SIM905  # a list to be read
WRITE = """
    ending ended finished prefinished error_emitted object_mode high_water_mark length
    corked destroyed decode_strings writing sync buffer_processing constructed emit_close
    auto_destroy closed close_emitted default_encoding pendingcb
""".split()  # noqa: SIM905

NODE = """
    const camel = (name) => name.replace(/_(.)/g, (_, c) => c.toUpperCase());
    const READ = %r, WRITE = %r;
    const read = (where, s) => {
      for (const name of READ) say(where, name, s._readableState[camel(name)]);
      say(where, 'pipes', s._readableState.pipes.length, 'buffer', s._readableState.length);
    };
    const write = (where, s) => {
      for (const name of WRITE) say(where, name, s._writableState[camel(name)]);
    };
""" % (READ, WRITE)  # noqa: UP031  # braces are JavaScript's


def tell_read(say, where, s):
    for name in READ:
        say(where, name, getattr(s._readable_state, name))
    say(where, "pipes", len(s._readable_state.pipes), "buffer", s._readable_state.length)


def tell_write(say, where, s):
    for name in WRITE:
        say(where, name, getattr(s._writable_state, name))


@twins.program(
    NODE
    + """
    const r = new Readable({ highWaterMark: 3, read() {} });
    read('new', r);
    r.push('ab'); read('pushed', r);
    r.push('cd'); read('full', r);
    const w = new Writable({ highWaterMark: 2, write(c, e, cb) { later(cb); } });
    r.pipe(w); read('piped', r);
    r.on('end', () => read('end', r));
    r.on('close', () => read('close', r));
    later(() => { read('later', r); r.push(null); read('ended', r); });
"""
)
def test_the_fields_of_a_readable(say):
    r = Readable(high_water_mark=3, read=lambda self, size: None)
    tell_read(say, "new", r)
    r.push("ab")
    tell_read(say, "pushed", r)
    r.push("cd")
    tell_read(say, "full", r)
    w = Writable(high_water_mark=2, write=lambda self, chunk, enc, done: later(done))
    r.pipe(w)
    tell_read(say, "piped", r)
    assert r._readable_state.pipes == [w]
    r.on("end", lambda: tell_read(say, "end", r))
    r.on("close", lambda: tell_read(say, "close", r))

    def end():
        tell_read(say, "later", r)
        r.push(None)
        tell_read(say, "ended", r)

    later(end)


@twins.program(
    NODE
    + """
    const w = new Writable({ highWaterMark: 3,
      write(c, e, cb) { write('in write', w); later(cb); } });
    write('new', w);
    w.cork(); w.write('a'); write('corked', w); w.uncork();
    w.write('bc'); w.write('d', () => write('callback', w)); write('written', w);
    for (const event of ['drain', 'prefinish', 'finish', 'close'])
      w.on(event, () => write(event, w));
    later(() => { w.end('e'); write('end', w); });
"""
)
def test_the_fields_of_a_writable(say):
    def write(self, chunk, encoding, done):
        tell_write(say, "in write", self)
        later(done)

    w = Writable(high_water_mark=3, write=write)
    tell_write(say, "new", w)
    w.cork()
    w.write("a")
    tell_write(say, "corked", w)
    w.uncork()
    w.write("bc")
    w.write("d", callback=lambda error: tell_write(say, "callback", w))
    tell_write(say, "written", w)
    for event in ("drain", "prefinish", "finish", "close"):
        w.add_listener(event, lambda event=event: tell_write(say, event, w))

    def end():
        w.end("e")
        tell_write(say, "end", w)

    later(end)


@twins.program(
    NODE
    + """
    const s = new Duplex({ objectMode: true, construct(cb) { later(cb); }, read() {},
                           write(c, e, cb) { cb(new Error('boom')); } });
    read('constructing', s); write('constructing', s);
    s.on('error', () => { read('error', s); write('error', s); });
    s.on('close', () => { read('close', s); write('close', s); });
    later(() => { read('constructed', s); s.write(1); read('failed', s); });
"""
)
def test_the_fields_of_a_duplex_that_fails(say):
    s = Duplex(
        object_mode=True,
        construct=lambda self, done: later(done),
        read=lambda self, size: None,
        write=lambda self, chunk, enc, done: done(BoomError("boom")),
    )
    tell_read(say, "constructing", s)
    tell_write(say, "constructing", s)
    s.on("error", lambda error: (tell_read(say, "error", s), tell_write(say, "error", s)))
    s.on("close", lambda: (tell_read(say, "close", s), tell_write(say, "close", s)))

    def write():
        tell_read(say, "constructed", s)
        s.write(1)
        tell_read(say, "failed", s)

    later(write)


@pytest.mark.parametrize("name", ["length", "pipes", "ended", "end_emitted", "closed", "errored"])
def test_they_are_read_only_on_a_readable(name):
    with pytest.raises(AttributeError):
        setattr(Readable()._readable_state, name, 1)


@pytest.mark.parametrize("name", ["ending", "finished", "prefinished", "need_drain", "destroyed"])
def test_they_are_read_only_on_a_writable(name):
    with pytest.raises(AttributeError):
        setattr(Writable()._writable_state, name, 1)


def test_every_one_has_its_doc():
    for kind in (ReadFields, WriteFields, *ReadFields.__bases__):
        for name, field in vars(kind).items():
            if isinstance(field, property):
                assert field.__doc__, name


def test_the_docs_list_them():
    docs = (Path(__file__).parents[1] / "docs" / "api-map.md").read_text("utf-8")
    listed = dict(re.findall(r"^- (`_\w+_state`|Both): ((?:.|\n  )*)$", docs, re.MULTILINE))
    names = {where: set(re.findall(r"`(\w+)`", said)) for where, said in listed.items()}
    both = names.pop("Both")
    duplex = PassThrough()
    assert names.keys() == {"`_readable_state`", "`_writable_state`"}
    for where, fields in names.items():
        state = getattr(duplex, where.strip("`"))
        for name in fields | both:
            getattr(state, name)
    assert set(READ) <= names["`_readable_state`"] | both
    assert set(WRITE) <= names["`_writable_state`"] | both


# -- buffers ---------------------------------------------------------------------------------------


@twins.program("""
    const w = new Writable({ highWaterMark: 2, write(c, e, cb) { later(cb); } });
    say(w._writableState.needDrain); w.write('a'); say(w._writableState.needDrain);
    w.write('b'); say(w._writableState.needDrain);
    w.on('drain', () => { say('drain', w._writableState.needDrain); w.write('cd'); w.end();
                          say(w._writableState.needDrain, w.writableNeedDrain); });
""")
def test_a_drain_is_owed(say):
    w = Writable(high_water_mark=2, write=lambda self, chunk, enc, done: later(done))
    say(w._writable_state.need_drain)
    w.write("a")
    say(w._writable_state.need_drain)
    w.write("b")
    say(w._writable_state.need_drain)

    def drained():
        say("drain", w._writable_state.need_drain)
        w.write("cd")
        w.end()
        say(w._writable_state.need_drain, w.writable_need_drain)

    w.on("drain", drained)


@twins.program("""
    const r = new Readable({ read() {} });
    r.push('ab'); r.push('cd');
    say(r.readableBuffer.map(String), r.readableBuffer.length);
    const w = new Writable({ decodeStrings: false, write() {} });
    w.write('ab'); w.write('cd', 'latin1'); w.write('ef', () => {});
    say(w.writableBuffer.map(({ chunk, encoding }) => [chunk, encoding]));
""")
def test_the_buffers_can_be_read(say):
    r = Readable(read=lambda self, size: None)
    r.push("ab")
    r.push("cd")
    say([chunk.decode() for chunk in r.readable_buffer], len(r.readable_buffer))
    w = Writable(decode_strings=False, write=lambda self, chunk, enc, done: None)
    w.write("ab")
    w.write("cd", "latin1")
    w.write("ef", callback=id)
    say([[request.chunk, request.encoding] for request in w.writable_buffer])
    for stream, name in ((r, "readable_buffer"), (w, "writable_buffer")):
        with pytest.raises(AttributeError):
            setattr(stream, name, [])


def test_a_buffer_that_was_read_is_a_copy():
    r = Readable(object_mode=True, read=lambda self, size: None)
    run(lambda: r.push(1) and r.readable_buffer.clear())
    assert r.readable_buffer == [1]
    assert r._readable_state.buffer[0] == 1


# -- destroyed is set ------------------------------------------------------------------------------

MAKE = """
    const make = { R: () => new Readable({ read() {} }),
                   W: () => new Writable({ write(c, e, cb) { cb(); } }),
                   D: () => new Duplex({ read() {}, write(c, e, cb) { cb(); } }) };
    const state = (s) => [s.destroyed, s.closed, s.readable ?? null, s.writable ?? null];
    const hear = (s, n) => {
      for (const e of ['close', 'error', 'end', 'finish']) s.on(e, () => say(n, e));
    };
"""


def make(kind):
    options = {"write": lambda self, chunk, enc, done: done()} if kind != "R" else {}
    if kind != "W":
        options["read"] = lambda self, size: None
    return {"R": Readable, "W": Writable, "D": Duplex}[kind](**options)


def state(s):
    return [
        s.destroyed,
        s.closed,
        getattr(s, "readable", None),
        getattr(s, "writable", None),
    ]


def hear(say, s, n):
    for event in ("close", "error", "end", "finish"):
        s.add_listener(event, lambda *_, event=event: say(n, event))


@twins.program(
    MAKE
    + """
    for (const n of ['R', 'W', 'D']) {
      const s = make[n](); hear(s, n);
      s.destroyed = true; say(n, 'set', state(s));
      s.destroy(); say(n, 'destroyed', state(s));
      if (s.write) say(n, 'write', s.write('x'));
      if (s.push) say(n, 'push', s.push('x'), s.read());
      if (s.resume) { s.resume(); s.pause(); say(n, s.readableFlowing); }
      later(() => {
        say(n, 'later', state(s));
        s.destroyed = false; say(n, 'back', state(s));
        s.destroy(); say(n, 'again', state(s));
        later(() => say(n, 'end', state(s)));
      });
    }
"""
)
def test_a_stream_that_is_said_to_be_destroyed_never_closes(say):
    for n in ("R", "W", "D"):
        s = make(n)
        hear(say, s, n)
        s.destroyed = True
        say(n, "set", state(s))
        s.destroy()
        say(n, "destroyed", state(s))
        if n != "R":
            say(n, "write", s.write("x"))
        if n != "W":
            say(n, "push", s.push("x"), s.read())
            s.resume()
            s.pause()
            say(n, s.readable_flowing)

        def back(n=n, s=s):
            say(n, "later", state(s))
            s.destroyed = False
            say(n, "back", state(s))
            s.destroy()
            say(n, "again", state(s))
            later(lambda: say(n, "end", state(s)))

        later(back)


@twins.program(
    MAKE
    + """
    for (const n of ['R', 'W', 'D']) {
      const s = make[n](); hear(s, n);
      s.destroy();
      later(() => {
        s.destroyed = false; say(n, 'revived', state(s));
        if (s.write) say(n, 'write', s.write('x'));
        if (s.push) say(n, 'push', s.push('x'), String(s.read()));
        s.destroy(); say(n, 'again', state(s));
        later(() => say(n, 'end', state(s)));
      });
    }
"""
)
def test_one_that_is_said_not_to_be_is_open_again(say):
    for n in ("R", "W", "D"):
        s = make(n)
        hear(say, s, n)
        s.destroy()

        def revive(n=n, s=s):
            s.destroyed = False
            say(n, "revived", state(s))
            if n != "R":
                say(n, "write", s.write("x"))
            if n != "W":
                say(n, "push", s.push("x"), s.read().decode())
            s.destroy()
            say(n, "again", state(s))
            later(lambda: say(n, "end", state(s)))

        later(revive)


@twins.program("""
    const s = new Writable({ destroy(e, cb) { later(cb); } });
    s.on('close', () => say('close', s.destroyed, s.closed));
    s.destroy(); s.destroyed = false;
    say(s.destroyed, s.closed);
    later(() => say(s.destroyed));
""")
def test_one_that_is_being_torn_down_is_torn_down(say):
    s = Writable(destroy=lambda self, error, done: later(done))
    s.on("close", lambda: say("close", s.destroyed, s.closed))
    s.destroy()
    s.destroyed = False
    say(s.destroyed, s.closed)
    later(lambda: say(s.destroyed))


def test_what_was_opened_by_one_that_constructs_is_freed():
    freed = []

    def main():
        s = Writable(
            construct=lambda self, done: later(done),
            destroy=lambda self, error, done: (freed.append(error), done(error)),
        )
        s.destroyed = True
        return s

    assert run(main).destroyed
    assert freed == [None]


# -- readable_flowing is set -----------------------------------------------------------------------

FLOWING = """
    const one = (was_, value, then_) => {
      const s = new Readable({ read() {} }), told = [], tell = (...heard) => told.push(heard);
      const data = (chunk) => tell('data', String(chunk));
      ({ fresh() {}, paused() { s.pause(); }, flowing() { s.on('data', data); },
         held() { s.on('data', data).pause(); },
         listened() { s.on('readable', () => tell('readable')); } })[was_]();
      s.readableFlowing = value;
      for (const e of ['pause', 'resume']) s.on(e, () => tell(e));
      tell(s.readableFlowing, s.isPaused());
      ({ nothing() {}, resume() { s.resume(); }, pause() { s.pause(); },
         data() { s.on('data', data); } })[then_]();
      tell(s.readableFlowing, s.isPaused());
      later(() => {
        tell(s.readableFlowing, s.isPaused()); s.push('x');
        later(() => later(() => {
          tell(s.readableLength, s.readableFlowing, s.isPaused());
          say(was_, value, then_, told);
        }));
      });
    };
    for (const was of ['fresh', 'paused', 'flowing', 'held', 'listened'])
      for (const value of [true, false, null])
        for (const then of ['nothing', 'resume', 'pause', 'data']) one(was, value, then);
"""


@twins.program(FLOWING)
def test_flowing_is_set_as_in_node(say):
    for was in ("fresh", "paused", "flowing", "held", "listened"):
        for value in (True, False, None):
            for then in ("nothing", "resume", "pause", "data"):
                set_flowing(say, was, value, then)


def set_flowing(say, was, value, then):
    s = Readable(read=lambda self, size: None)
    told = []

    def tell(*heard):
        told.append(list(heard))

    def data(chunk):
        tell("data", chunk.decode())

    {
        "fresh": lambda: None,
        "paused": s.pause,
        "flowing": lambda: s.on("data", data),
        "held": lambda: s.on("data", data).pause(),
        "listened": lambda: s.on("readable", lambda: tell("readable")),
    }[was]()
    s.readable_flowing = value
    s.on("pause", lambda: tell("pause")).on("resume", lambda: tell("resume"))
    tell(s.readable_flowing, s.is_paused())
    {
        "nothing": lambda: None,
        "resume": s.resume,
        "pause": s.pause,
        "data": lambda: s.on("data", data),
    }[then]()
    tell(s.readable_flowing, s.is_paused())

    def push():
        tell(s.readable_flowing, s.is_paused())
        s.push("x")
        later(later, done)

    def done():
        tell(s.readable_length, s.readable_flowing, s.is_paused())
        say(was, value, then, told)

    later(push)


def test_values_are_taken_for_true_or_false():
    s = PassThrough()
    s.destroyed = 5
    assert s.destroyed is True
    s.destroyed = 0
    assert s.destroyed is False
    s.readable_flowing = 1
    assert s.readable_flowing is True
    s.readable_flowing = 0
    assert s.readable_flowing is False
    assert not Sink().destroyed
