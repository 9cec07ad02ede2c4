"""Readable: how chunks come in, how they go out, and when the end is told."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Duplex, EventEmitter, Readable, Writable, next_tick, run
from streams2.core.encodings import decode
from streams2.errors import InvalidArgTypeError, OutOfRangeError, UnknownEncodingError

from .support import BoomError, Source, turns
from .twins import Twins, later, turn

twins = Twins()


class Reads(Readable):
    """Pushes what it is made with, one at each `_read`, and None at the end."""

    def __init__(self, chunks, before_push=id, **options):
        super().__init__(**options)
        self.chunks = deque(chunks)
        self.before_push = before_push

    def _read(self, size):
        self.before_push(size)
        self.push(self.chunks.popleft() if self.chunks else None)


def watch(stream, say, *events):
    for event in events:
        stream.on(event, lambda *args, event=event: say(event, *args))


# -- chunks come in --------------------------------------------------------------------------------


@twins.program("""
    const r = new Readable({ highWaterMark: 3, read(size) { say('read', size); } });
    say(r.push('a'), r.push('b'), r.push('c'), r.push('d'), r.readableLength);
    say(r.push(null));
    const o = new Readable({ objectMode: true, highWaterMark: 2, read() {} });
    say(o.push(0), o.push({ a: 1 }), o.push(''), o.readableLength);
""")
def test_push_answers_false_from_the_mark_on(say):
    r = Reads([], lambda size: say("read", size), high_water_mark=3)
    say(*[r.push(chunk) for chunk in "abcd"], r.readable_length)
    say(r.push(None))
    o = Source(object_mode=True, high_water_mark=2)
    say(o.push(0), o.push({"a": 1}), o.push(""), o.readable_length)


@twins.program("""
    let n = 0;
    const r = new Readable({ highWaterMark: 3, read(size) { say('read', size);
      this.push('' + n++); } });
    say(r.read()); await turn(); say(r.readableLength);
    say(String(r.read())); await turn(); say(r.readableLength);
""")
async def test_it_reads_ahead_to_the_mark_and_no_further(say):
    n = 0

    class Counting(Readable):
        def _read(self, size):
            nonlocal n
            say("read", size)
            self.push(str(n))
            n += 1

    r = Counting(high_water_mark=3)
    say(r.read())
    await turn()
    say(r.readable_length)
    say(r.read().decode())
    await turn()
    say(r.readable_length)


@twins.program("""
    let n = 0;
    const r = new Readable({ highWaterMark: 0, read(size) { say('read', size);
      later(() => r.push('' + n++)); } });
    r.on('readable', () => { say('readable', r.readableLength); if (n < 3) say(String(r.read()));
      });
""")
def test_with_a_mark_of_zero_it_reads_only_when_asked(say):
    n = 0

    class Counting(Readable):
        def _read(self, size):
            def push():
                nonlocal n
                n += 1
                self.push(str(n - 1))

            say("read", size)
            later(push)

    def on_readable():
        say("readable", r.readable_length)
        if n < 3:
            say(r.read().decode())

    r = Counting(high_water_mark=0)
    r.on("readable", on_readable)


@twins.program("""
    const r = new Readable({ read() { say('read'); } });
    r.on('data', (chunk) => say(String(chunk)));
    await turn(); r.push('a'); await turn(); r.push('b'); await turn();
    r.push(''); await turn();
""")
async def test_read_is_not_called_again_before_something_was_pushed(say):
    class Asked(Readable):
        def _read(self, size):
            say("read")

    r = Asked()
    r.on("data", lambda chunk: say(chunk.decode()))
    for chunk in ("a", "b", ""):
        await turn()
        r.push(chunk)
    await turn()


@twins.program("""
    const r = new Readable({ read() {} });
    r.push('c'); r.unshift('b'); r.unshift(Buffer.from('a')); say(r.readableLength);
    r.on('data', (chunk) => say(String(chunk)));
    await turn();
    r.once('data', (chunk) => { if (String(chunk) === 'de') r.unshift('e'); });
    r.push('de'); await turn();
    r.push(null); r.unshift('f'); await turn();
""")
async def test_what_is_put_back_comes_next(say):
    r = Source()
    r.push("c")
    r.unshift("b")
    r.unshift(b"a")
    say(r.readable_length)
    r.on("data", lambda chunk: say(chunk.decode()))
    await turn()
    r.once("data", lambda chunk: r.unshift("e") if chunk == b"de" else None)
    r.push("de")
    await turn()
    r.push(None)
    r.unshift("f")
    await turn()


@twins.program("""
    for (const chunk of [5, {}, true]) {
      const r = new Readable({ read() {} });
      r.on('error', (error) => say('error', error)); r.on('close', () => say('close'));
      say(r.push(chunk)); await turn();
    }
    const r = new Readable({ read() {} }); r.on('error', (error) => say(error));
    try { r.push('a', 'klingon'); } catch (error) { say('threw', error); }
""")
async def test_a_chunk_of_the_wrong_type_is_an_error(say):
    for chunk in (5, {}, True):
        r = Source()
        watch(r, say, "error", "close")
        say(r.push(chunk))
        await turn()
    r = Source()
    r.on("error", say)
    try:
        r.push("a", "klingon")
    except UnknownEncodingError as error:
        say("threw", error)


@pytest.mark.parametrize("chunk", [b"abc", bytearray(b"abc"), memoryview(b"abcd").cast("I")])
def test_bytes_are_handed_out_as_they_came(chunk):
    with turns():
        r = Source()
        r.push(chunk)
        assert r.read() is chunk


@twins.program("""
    const r = new Readable({ read() { throw new Error('boom'); } });
    for (const event of ['error', 'end', 'close']) r.on(event, (error) => say(event, error));
    r.resume(); await turn(); say(r.errored, r.destroyed, r.readable);
""")
async def test_what_read_raises_destroys_the_stream(say):
    class Bad(Readable):
        def _read(self, size):
            raise BoomError("boom")

    r = Bad()
    for event in ("error", "end", "close"):
        r.on(event, lambda error=None, event=event: say(event, error))
    r.resume()
    await turn()
    say(r.errored, r.destroyed, r.readable)


# -- read(n) ---------------------------------------------------------------------------------------


@twins.program("""
    const text = (chunk) => chunk === null ? null : String(chunk);
    const r = new Readable({ read() {} });
    r.push('abc'); r.push('defg');
    say(text(r.read(2)), text(r.read(3)), r.readableLength, text(r.read(99)), r.readableLength);
    say(text(r.read(0)), text(r.read()), text(r.read(1)));
    r.push('xyz'); r.push(null); say(text(r.read(5)), text(r.read()));
""")
def test_read_takes_what_it_is_asked_for_or_waits_or_takes_the_rest_at_the_end(say):
    def text(chunk):
        return None if chunk is None else chunk.decode()

    r = Source()
    r.push("abc")
    r.push("defg")
    say(
        text(r.read(2)),
        text(r.read(3)),
        r.readable_length,
        text(r.read(99)),
        r.readable_length,
    )
    say(text(r.read(0)), text(r.read()), text(r.read(1)))
    r.push("xyz")
    r.push(None)
    say(text(r.read(5)), text(r.read()))


@twins.program("""
    const r = new Readable({ highWaterMark: 2, read() {} });
    r.push('a'); say(r.read(5), r.readableHighWaterMark);
    try { r.read(2 ** 31); } catch (error) { say(error); }
""")
def test_a_read_beyond_the_mark_raises_the_mark(say):
    r = Source(high_water_mark=2)
    r.push("a")
    say(r.read(5), r.readable_high_water_mark)
    try:
        r.read(2**31)
    except OutOfRangeError as error:
        say(error)


def test_a_size_that_is_no_number_is_refused():
    with pytest.raises(InvalidArgTypeError, match=r'"size" argument must be a whole number'):
        Source().read("5")


@twins.program("""
    const r = new Readable({ objectMode: true, read() {} });
    r.push(1); r.push([2]); r.push(3);
    say(r.read(0), r.read(5), r.read(), r.read(), r.read());
""")
def test_of_objects_one_is_read_whatever_the_size(say):
    r = Source(object_mode=True)
    for chunk in (1, [2], 3):
        r.push(chunk)
    say(r.read(0), r.read(5), r.read(), r.read(), r.read())


@given(
    st.lists(st.binary(min_size=1, max_size=8), max_size=12),
    st.lists(st.one_of(st.none(), st.integers(1, 10)), max_size=40),
    st.integers(0, 12),
)
def test_however_it_is_read_the_bytes_are_the_same(chunks, sizes, mark):
    got, ended = [], []
    with turns() as loop:
        r = Reads(chunks, high_water_mark=mark)
        r.on("end", lambda: ended.append(True))
        for size in [*sizes, *[None] * 200]:
            chunk = r.read(size)
            if chunk is not None:
                got.append(chunk)
                assert size is None or len(chunk) == size or r.readable_length == 0
            loop.run()
    assert b"".join(got) == b"".join(chunks)
    assert ended == [True]
    assert r.closed


# -- 'readable', 'data', 'end' ---------------------------------------------------------------------


@twins.program("""
    const r = new Readable({ read() {} });
    r.on('end', () => say('end')); r.on('close', () => say('close'));
    r.on('readable', () => {
      let chunk; say('readable');
      while ((chunk = r.read()) !== null) say(String(chunk));
    });
    await turn(); r.push('a'); r.push('b'); await turn(); r.push('c'); r.push(null);
""")
async def test_readable_tells_that_there_is_something_to_read_and_of_the_end(say):
    def on_readable():
        say("readable")
        while (chunk := r.read()) is not None:
            say(chunk.decode())

    r = Source()
    watch(r, say, "end", "close")
    r.on("readable", on_readable)
    await turn()
    r.push("a")
    r.push("b")
    await turn()
    r.push("c")
    r.push(None)


@twins.program("""
    const r = new Readable({ read() {} });
    for (const event of ['end', 'close']) r.on(event, () => say(event));
    r.push('a'); r.push(null); await turn();
    say('not yet', r.readableEnded, r.readable);
    say(String(r.read())); await turn(); say(r.readableEnded, r.readable);
""")
async def test_the_end_is_told_only_when_all_is_read(say):
    r = Source()
    watch(r, say, "end", "close")
    r.push("a")
    r.push(None)
    await turn()
    say("not yet", r.readable_ended, r.readable)
    say(r.read().decode())
    await turn()
    say(r.readable_ended, r.readable)


@twins.program("""
    const r = new Readable({ read() {} });
    r.push('lost'); r.resume(); r.on('end', () => say('end'));
    await turn(); r.push('lost too'); r.on('data', (chunk) => say(String(chunk)));
    await turn(); r.push('heard'); r.push(null);
""")
async def test_a_stream_that_flows_with_nobody_listening_loses_its_chunks(say):
    r = Source()
    r.push("lost")
    r.resume()
    r.on("end", lambda: say("end"))
    await turn()
    r.push("lost too")
    r.on("data", lambda chunk: say(chunk.decode()))
    await turn()
    r.push("heard")
    r.push(None)


@twins.program("""
    const r = new Readable({ read() {} });
    const f = (chunk) => say('data', String(chunk));
    r.on('pause', () => say('pause')); r.on('resume', () => say('resume'));
    const look = () => say(r.readableFlowing, r.isPaused());
    look(); r.on('data', f); look(); await turn();
    r.push('a'); r.pause(); look(); r.push('b'); await turn();
    r.pause(); look(); r.resume(); look(); await turn();
    r.off('data', f); look(); r.push('lost'); await turn();
    say(r.readableLength); r.pause(); r.on('data', f); look(); r.push('kept'); await turn();
    say(r.readableLength);
""")
async def test_data_listeners_pause_and_resume(say):
    def f(chunk):
        say("data", chunk.decode())

    def look():
        say(r.readable_flowing, r.is_paused())

    r = Source()
    watch(r, say, "pause", "resume")
    look()
    r.on("data", f)
    look()
    await turn()
    r.push("a")
    r.pause()
    look()
    r.push("b")
    await turn()
    r.pause()
    look()
    r.resume()
    look()
    await turn()
    r.off("data", f)
    look()
    r.push("lost")
    await turn()
    say(r.readable_length)
    r.pause()
    r.on("data", f)
    look()
    r.push("kept")
    await turn()
    say(r.readable_length)


@twins.program("""
    const r = new Readable({ read() {} });
    const f = () => say('readable', String(r.read()));
    const look = () => say(r.readableFlowing, r.isPaused(), r.readableLength);
    r.on('data', (chunk) => say('data', String(chunk)));
    r.on('readable', f); look(); r.push('a'); await turn(); look();
    r.resume(); look(); r.push('b'); await turn(); look();
    r.off('readable', f); look(); await turn(); look(); r.push('c'); await turn(); look();
""")
async def test_a_readable_listener_holds_the_flow_up_until_it_goes(say):
    def f():
        chunk = r.read()
        say("readable", "null" if chunk is None else chunk.decode())

    def look():
        say(r.readable_flowing, r.is_paused(), r.readable_length)

    r = Source()
    r.on("data", lambda chunk: say("data", chunk.decode()))
    r.on("readable", f)
    look()
    r.push("a")
    await turn()
    look()
    r.resume()
    look()
    r.push("b")
    await turn()
    look()
    r.off("readable", f)
    look()
    await turn()
    look()
    r.push("c")
    await turn()
    look()


@twins.program("""
    const r = new Readable({ read() {} });
    r.on('readable', () => say('never')); r.removeAllListeners('readable');
    r.on('data', (chunk) => say(String(chunk)));
    await turn(); r.push('a'); await turn();
    r.removeAllListeners(); r.push('b'); await turn(); say(r.readableFlowing, r.readableLength);
""")
async def test_all_listeners_removed(say):
    r = Source()
    r.on("readable", lambda: say("never"))
    r.remove_all_listeners("readable")
    r.on("data", lambda chunk: say(chunk.decode()))
    await turn()
    r.push("a")
    await turn()
    r.remove_all_listeners()
    r.push("b")
    await turn()
    say(r.readable_flowing, r.readable_length)


@twins.program("""
    const r = new Readable({ read() {} });
    for (const event of ['data', 'end', 'error', 'close']) r.on(event, (x) => say(event, x));
    r.push('a'); r.push(null); r.push('late'); await turn(); say(r.errored, r.readableAborted);
""")
async def test_a_push_after_the_end_is_an_error(say):
    r = Source()
    for event in ("data", "end", "error", "close"):
        r.on(event, lambda x=None, event=event: say(event, x))
    r.push("a")
    r.push(None)
    r.push("late")
    await turn()
    say(r.errored, r.readable_aborted)


# -- text ------------------------------------------------------------------------------------------


@twins.program("""
    const euro = Buffer.from('1€2');
    const r = new Readable({ read() {} }); r.push(euro.subarray(0, 2));
    say(r.setEncoding('utf8') === r, r.readableEncoding, r.readableLength);
    r.on('data', (chunk) => say(chunk));
    await turn(); r.push(euro.subarray(2, 3)); await turn(); r.push(euro.subarray(3));
    r.push(Buffer.from([0xe2, 0x82])); r.push(null); r.on('end', () => say('end'));
    const h = new Readable({ encoding: 'hex', read() {} });
    h.push(Buffer.from([1, 255])); h.push('ab'); h.push('6162', 'hex');
    say(h.readableLength, h.read(3), h.read());
    try { r.setEncoding('klingon'); } catch (error) { say(error); }
    try { new Readable({ encoding: 'klingon' }); } catch (error) { say(error); }
""")
async def test_text_is_decoded_across_chunks(say):
    euro = "1€2".encode()
    r = Source()
    r.push(euro[:2])
    say(r.set_encoding("utf8") is r, r.readable_encoding, r.readable_length)
    r.on("data", say)
    await turn()
    r.push(euro[2:3])
    await turn()
    r.push(euro[3:])
    r.push(b"\xe2\x82")
    r.push(None)
    r.on("end", lambda: say("end"))
    h = Source(encoding="hex")
    h.push(b"\x01\xff")
    h.push("ab")
    h.push("6162", "hex")
    say(h.readable_length, h.read(3), h.read())
    for attempt in (lambda: r.set_encoding("klingon"), lambda: Source(encoding="klingon")):
        say_what_it_raises(attempt, say)


def say_what_it_raises(attempt, say):
    try:
        attempt()
    except Exception as error:
        say(error)


@given(st.text(max_size=20), st.data(), st.sampled_from(["utf8", "utf16le", "base64", "hex"]))
def test_text_cut_anywhere_is_the_same_text(text, data, encoding):
    whole = text.encode("utf-8", "surrogatepass")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)])]
    got = []
    with turns() as loop:
        r = Reads([piece for piece in pieces if piece], encoding=encoding)
        r.on("data", got.append)
        loop.run()
    assert "".join(got) == decode(whole, encoding)


# -- from_ -----------------------------------------------------------------------------------------


@twins.program("""
    const tell = async (iterable, options) => {
      const r = Readable.from(iterable, options);
      say(r.readableObjectMode, r.readableHighWaterMark);
      r.on('data', (chunk) => say(chunk)); r.on('end', () => say('end'));
      r.on('error', (error) => say('error', error));
      for (let n = 0; n < 8; n++) await turn();
    };
    await tell([1, 'two', [3]]);
    await tell('one chunk'); await tell(Buffer.from('one chunk'));
    await tell((function* () { yield 1; yield 2; })());
    await tell((async function* () { yield 1; await turn(); yield 2; })());
    await tell([Promise.resolve(1), 2]);
    await tell(['a', 'b'], { objectMode: false });
    await tell((function* () { yield 1; throw new Error('boom'); })());
    await tell((async function* () { yield 1; throw new Error('boom'); })());
    await tell([1, null, 2]);
    await tell([]);
""")
async def test_from_takes_any_iterable(say):
    async def tell(iterable, **options):
        r = Readable.from_(iterable, **options)
        say(r.readable_object_mode, r.readable_high_water_mark)
        r.on("data", say)
        r.on("end", lambda: say("end"))
        r.on("error", lambda error: say("error", error))
        for _ in range(8):
            await turn()

    def numbers(fails):
        yield 1
        if fails:
            raise BoomError("boom")
        yield 2

    async def async_numbers(fails):
        yield 1
        await turn()
        if fails:
            raise BoomError("boom")
        yield 2

    promised = asyncio.get_running_loop().create_future()
    promised.set_result(1)
    await tell([1, "two", [3]])
    await tell("one chunk")
    await tell(b"one chunk")
    await tell(numbers(False))
    await tell(async_numbers(False))
    await tell([promised, 2])
    await tell(["a", "b"], object_mode=False)
    await tell(numbers(True))
    await tell(async_numbers(True))
    await tell([1, None, 2])
    await tell([])


@twins.program("""
    let taken = 0;
    const r = Readable.from((function* () { while (true) yield taken++; })(), { highWaterMark: 2 });
    await turn(); say(taken); say(r.read()); await turn(); say(taken <= 4);
    r.destroy();
""")
async def test_from_takes_no_more_than_it_is_asked_for(say):
    taken = 0

    def forever():
        nonlocal taken
        while True:
            taken += 1
            yield taken - 1

    r = Readable.from_(forever(), high_water_mark=2)
    await turn()
    say(taken)
    say(r.read())
    await turn()
    say(taken <= 4)
    r.destroy()


@twins.program("""
    function* source() { try { yield 1; yield 2; } catch (error) { say('caught', error);
      throw error; } finally { say('closed'); } }
    const r = Readable.from(source()); r.on('error', (error) => say('error', error));
    r.on('close', () => say('close'));
    r.once('data', (chunk) => { say(chunk); r.destroy(new Error('enough')); });
    await turn(); await turn();
    async function* later_source() { try { yield 1; yield 2; } finally { await turn();
      say('closed late'); } }
    const l = Readable.from(later_source()); l.on('close', () => say('close'));
    l.once('data', (chunk) => { say(chunk); l.destroy(); });
""")
async def test_from_destroyed_early_closes_its_generator(say):
    def source():
        try:
            yield 1
            yield 2
        except BoomError as error:
            say("caught", error)
            raise
        finally:
            say("closed")

    async def later_source():
        try:
            yield 1
            yield 2
        finally:
            await turn()
            say("closed late")

    r = Readable.from_(source())
    watch(r, say, "error", "close")
    r.once("data", lambda chunk: (say(chunk), r.destroy(BoomError("enough"))))
    await turn()
    await turn()
    late = Readable.from_(later_source())
    late.on("close", lambda: say("close"))
    late.once("data", lambda chunk: (say(chunk), late.destroy()))


@pytest.mark.parametrize("thing", [5, None, object()])
def test_from_refuses_what_cannot_be_iterated_over(thing):
    with pytest.raises(InvalidArgTypeError, match=r'"iterable" argument must be an iterable'):
        Readable.from_(thing)


@given(st.lists(st.integers(), max_size=50), st.integers(0, 20), st.booleans())
def test_from_hands_out_all_in_order(values, mark, in_turns):
    got = []
    with turns() as loop:
        r = Readable.from_(values, high_water_mark=mark)

        def take(value):
            got.append(value)
            if in_turns:
                r.pause()
                loop.soon(r.resume)

        r.on("data", take)
        loop.run()
    assert got == values


# -- wrap ------------------------------------------------------------------------------------------


@twins.program("""
    const old = new EventEmitter(); old.pause = () => say('pause');
    old.resume = () => say('resume');
    const r = new Readable({ highWaterMark: 2 }).wrap(old);
    old.emit('data', 'a'); old.emit('data', 'bc'); await turn();
    r.on('data', (chunk) => say(String(chunk))); r.on('end', () => say('end'));
    await turn(); old.emit('data', 'd'); old.emit('end'); await turn();
    const bad = new EventEmitter(); bad.pause = bad.resume = () => {};
    new Readable().wrap(bad).on('error', (error) => say(error));
    bad.emit('error', new Error('boom'));
""")
async def test_an_old_style_source_can_be_wrapped(say):
    class Old(EventEmitter):
        def __init__(self, say):
            super().__init__()
            self.say = say

        def pause(self):
            self.say("pause")

        def resume(self):
            self.say("resume")

    old = Old(say)
    r = Readable(high_water_mark=2).wrap(old)
    old.emit("data", "a")
    old.emit("data", "bc")
    await turn()
    r.on("data", lambda chunk: say(chunk.decode()))
    r.on("end", lambda: say("end"))
    await turn()
    old.emit("data", "d")
    old.emit("end")
    await turn()
    bad = Old(id)
    Readable().wrap(bad).on("error", say)
    bad.emit("error", BoomError("boom"))


# -- life ------------------------------------------------------------------------------------------


@twins.program("""
    const r = new Readable({
      construct(done) { say('construct'); later(() => { say('constructed'); done(); }); },
      read() { say('read'); this.push(null); },
      destroy(error, done) { say('destroy', error); later(() => done(error)); },
    });
    for (const event of ['data', 'end', 'close']) r.on(event, () => say(event));
    await turn(); await turn(); await turn(); await turn(); say(r.closed);
""")
async def test_the_life_of_a_stream_in_order(say):
    class Whole(Readable):
        def _construct(self, callback):
            say("construct")
            later(lambda: (say("constructed"), callback()))

        def _read(self, size):
            say("read")
            self.push(None)

        def _destroy(self, error, callback):
            say("destroy", error)
            later(callback, error)

    r = Whole()
    watch(r, say, "data", "end", "close")
    for _ in range(4):
        await turn()
    say(r.closed)


@twins.program("""
    const r = new Readable({ read() {} });
    for (const event of ['data', 'end', 'error', 'close']) r.on(event, (x) => say(event, x));
    r.push('a'); r.destroy(new Error('stop')); say(r.push('b'), r.read(), r.readableLength);
    r.destroy(new Error('again')); await turn();
    say(r.destroyed, r.closed, r.errored, r.readableAborted, r.readable);
    r.pause(); r.resume(); say(r.readableFlowing);
""")
async def test_destroyed_it_gives_nothing_more(say):
    r = Source()
    for event in ("data", "end", "error", "close"):
        r.on(event, lambda x=None, event=event: say(event, x))
    r.push("a")
    r.destroy(BoomError("stop"))
    say(r.push("b"), r.read(), r.readable_length)
    r.destroy(BoomError("again"))
    await turn()
    say(r.destroyed, r.closed, r.errored, r.readable_aborted, r.readable)
    r.pause()
    r.resume()
    say(r.readable_flowing)


@twins.program("""
    const looks = (r) => [r.readable, r.readableFlowing, r.readableEnded, r.readableLength,
      r.readableHighWaterMark, r.readableObjectMode, r.readableEncoding, r.readableAborted,
      r.readableDidRead, r.isPaused(), r.errored, r.closed, r.destroyed];
    const r = new Readable({ highWaterMark: 5, read() {} });
    say(looks(r)); r.push('abc'); say(looks(r)); r.read(1); say(looks(r)); r.on('data', () => {});
    say(looks(r)); await turn(); say(looks(r)); r.push(null); say(looks(r)); await turn();
    say(looks(r));
    const o = new Readable({ objectMode: true, encoding: 'utf8', read() {} });
    o.pause(); say(looks(o)); o.on('readable', () => {}); say(looks(o)); o.destroy(); say(looks(o));
    const p = new Readable({ read() {} }); p.readable = false; say(p.readable);
""")
async def test_every_property_at_every_stage(say):
    def looks(r):
        return [
            r.readable,
            r.readable_flowing,
            r.readable_ended,
            r.readable_length,
            r.readable_high_water_mark,
            r.readable_object_mode,
            r.readable_encoding,
            r.readable_aborted,
            r.readable_did_read,
            r.is_paused(),
            r.errored,
            r.closed,
            r.destroyed,
        ]

    r = Source(high_water_mark=5)
    say(looks(r))
    r.push("abc")
    say(looks(r))
    r.read(1)
    say(looks(r))
    r.on("data", id)
    say(looks(r))
    await turn()
    say(looks(r))
    r.push(None)
    say(looks(r))
    await turn()
    say(looks(r))
    o = Source(object_mode=True, encoding="utf8")
    o.pause()
    say(looks(o))
    o.on("readable", lambda: None)
    say(looks(o))
    o.destroy()
    say(looks(o))
    p = Source()
    p.readable = False
    say(p.readable)


def test_a_function_given_as_an_option_is_bound_as_a_method():
    seen = []
    with turns() as loop:
        r = Readable(object_mode=True, read=lambda self, size: seen.append((self, size)))
        r.resume()
        loop.run()
    assert seen == [(r, 16)]


def test_a_method_assigned_later_counts_and_so_does_a_replaced_push():
    seen = []
    with turns() as loop:
        r = Source(object_mode=True)
        r._read = lambda _: next_tick(r.push, None)
        real, r.push = r.push, lambda chunk: (seen.append(chunk), real(chunk))[1]
        r.resume()
        loop.run()
    assert seen == [None]
    assert r.readable_ended


# -- corners of iterables and of what is wrapped --------------------------------------------------


@twins.program("""
    const attempt = async (stream) => {
      stream.on('close', () => say('close'));
      try { for await (const chunk of stream) say(chunk); } catch (error) { say('caught', error); }
    };
    await attempt(Readable.from([1, Promise.reject(new Error('rejected'))]));
    await attempt(Readable.from([Promise.resolve(1), Promise.resolve(2)], { highWaterMark: 0 }));
    const stubborn = (stops) => (function* () {
      try { yield 1; yield 2; } catch (error) { say('thrown in', error); if (!stops) yield 3; }
    })();
    for (const stops of [true, false]) {
      const r = Readable.from(stubborn(stops)); r.on('error', (error) => say('error', error));
      r.on('data', (chunk) => { say(chunk); r.destroy(new Error('early')); });
      for (let n = 0; n < 6; n++) await turn();
    }
    const calm = Readable.from((async function* () {
      try { yield 1; yield 2; } catch (error) { say('thrown in', error); }
    })());
    calm.on('error', (error) => say('error', error));
    calm.on('data', (chunk) => { say(chunk); calm.destroy(new Error('early')); });
    for (let n = 0; n < 6; n++) await turn();
""")
async def test_from_awaits_values_and_tells_generators_of_an_early_end(say):
    async def attempt(stream):
        stream.on("close", lambda: say("close"))
        try:
            async for chunk in stream:
                say(chunk)
        except BoomError as error:
            say("caught", error)

    async def fails():
        raise BoomError("rejected")

    async def value(n):
        return n

    def stubborn(stops):
        try:
            yield 1
            yield 2
        except BoomError as error:
            say("thrown in", error)
            if not stops:
                yield 3

    async def calmly():
        try:
            yield 1
            yield 2
        except BoomError as error:
            say("thrown in", error)

    def read_one(stream):
        stream.on("error", lambda error: say("error", error))
        stream.on("data", lambda chunk: (say(chunk), stream.destroy(BoomError("early"))))

    await attempt(Readable.from_([1, fails()]))
    await attempt(Readable.from_([value(1), value(2)], high_water_mark=0))
    for source in (stubborn(True), stubborn(False), calmly()):
        read_one(Readable.from_(source))
        for _ in range(6):
            await turn()


@twins.program("""
    const old = new EventEmitter();
    old.pause = () => say('pause'); old.resume = () => say('resume');
    const r = new Readable({ objectMode: true, highWaterMark: 2 }).wrap(old);
    r.on('error', (error) => say('error', error)); r.on('close', () => say('close'));
    r.read(); old.emit('data', 1); old.emit('data', 2); old.emit('data', 3);
    say(r.read(), r.read(), r.read()); await turn();
    old.emit('close'); await turn(); say(r.destroyed);
    const bare = new EventEmitter();
    const q = new Readable({ objectMode: true, highWaterMark: 1 }).wrap(bare);
    q.on('close', () => say('q close'));
    bare.emit('data', 1); bare.emit('data', 2); say(q.read(), q.read()); bare.emit('end');
    q.resume(); await turn(); await turn(); bare.emit('destroy'); say(q.readableEnded);
""")
async def test_what_is_wrapped_may_close_early_and_may_not_be_able_to_pause(say):
    class Old(EventEmitter):
        def pause(self):
            say("pause")

        def resume(self):
            say("resume")

    old = Old()
    r = Readable(object_mode=True, high_water_mark=2).wrap(old)
    r.on("error", lambda error: say("error", error))
    r.on("close", lambda: say("close"))
    r.read()
    for n in (1, 2, 3):
        old.emit("data", n)
    say(r.read(), r.read(), r.read())
    await turn()
    old.emit("close")
    await turn()
    say(r.destroyed)
    bare = EventEmitter()
    q = Readable(object_mode=True, high_water_mark=1).wrap(bare)
    q.on("close", lambda: say("q close"))
    bare.emit("data", 1)
    bare.emit("data", 2)
    say(q.read(), q.read())
    bare.emit("end")
    q.resume()
    await turn()
    await turn()
    bare.emit("destroy")
    say(q.readable_ended)


class BareAsyncIterator:
    """Nothing but what the protocol asks for: it can be neither thrown into nor closed."""

    def __init__(self):
        self.count = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.count += 1
        return self.count


@pytest.mark.parametrize("error", [None, BoomError("why")])
def test_from_needs_no_more_of_an_iterator_than_that_it_iterates(error):
    async def main():
        stream = Readable.from_(BareAsyncIterator())
        told = []
        stream.on("error", told.append)
        stream.on("data", lambda chunk: stream.destroy(error))
        while not stream.closed:
            await turn()
        await turn()
        assert told == ([error] if error else [])

    run(main)


@twins.program("""
    try { new Readable({ defaultEncoding: 'klingon' }); } catch (error) { say(error); }
    const r = new Readable({ encoding: 'utf8', read() {} });
    r.unshift(Buffer.from('bytes')); r.push('text'); say(r.read(7)); say(r.read(2));
    const o = new Readable({ objectMode: true, encoding: 'utf8', read() {} });
    o.push(Buffer.from('decoded')); o.push('as it is', 'utf8'); say(o.read(), o.read());
""")
def test_bytes_put_back_among_text_and_objects_with_an_encoding(say):
    try:
        Readable(default_encoding="klingon")
    except UnknownEncodingError as error:
        say(error)
    r = Source(encoding="utf8")
    r.unshift(b"bytes")
    r.push("text")
    say(r.read(7))
    say(r.read(2))
    o = Source(object_mode=True, encoding="utf8")
    o.push(b"decoded")
    o.push("as it is", "utf8")
    say(o.read(), o.read())


@twins.program("""
    const r = new Readable({ read(size) { say('read'); } });
    r.read(); r.on('readable', () => say('readable', r.read())); await turn();
    r.push('a'); await turn(); r.push(null); await turn(); say(r.readableEnded);
""")
async def test_a_listener_that_comes_while_a_read_is_on_its_way_asks_for_no_other(say):
    r = Readable(read=lambda self, size: say("read"))
    r.read()
    r.on("readable", lambda: say("readable", r.read()))
    await turn()
    r.push("a")
    await turn()
    r.push(None)
    await turn()
    say(r.readable_ended)


@twins.program("""
    for (const flow of [(r) => r.resume(), (r) => { r.pause(); r.resume(); }, (r) => r.pause()]) {
      const r = new Readable({ read() {} }); const nothing = () => say('readable');
      r.on('readable', nothing); await turn(); r.on('data', (chunk) => say('data', String(chunk)));
      r.removeListener('readable', nothing); flow(r); say(r.readableFlowing);
      nextTick(() => say(r.readableFlowing)); await turn();
      r.push('a'); await turn(); say(r.readableFlowing);
    }
    const r = new Readable({ read() {} }); const nothing = () => say('readable');
    r.on('readable', nothing); await turn();
    r.removeListener('readable', nothing); r.resume(); say(r.readableFlowing);
    nextTick(() => say(r.readableFlowing)); await turn(); say(r.readableFlowing);
""")
async def test_to_resume_while_the_last_readable_listener_goes_makes_it_flow(say):
    def flows(r):
        r.pause()
        r.resume()

    for flow in (Readable.resume, flows, Readable.pause):
        r = Source()

        def nothing():
            say("readable")

        r.on("readable", nothing)
        await turn()
        r.on("data", lambda chunk: say("data", chunk.decode()))
        r.remove_listener("readable", nothing)
        flow(r)
        say(r.readable_flowing)
        next_tick(lambda r=r: say(r.readable_flowing))
        await turn()
        r.push("a")
        await turn()
        say(r.readable_flowing)
    r = Source()

    def nothing_more():
        say("readable")

    r.on("readable", nothing_more)
    await turn()
    r.remove_listener("readable", nothing_more)
    r.resume()
    say(r.readable_flowing)
    next_tick(lambda: say(r.readable_flowing))
    await turn()
    say(r.readable_flowing)


@twins.program("""
    for (const encoding of [null, '']) {
      const r = new Readable({ encoding, read() {} }); r.push('a');
      say(r.readableEncoding, r.read());
      const s = new Readable({ read() {} }); s.push('a'); s.setEncoding(encoding);
      say(s.readableEncoding, s.read());
    }
    const t = new Readable({ defaultEncoding: null, read() {} });
    say(t._readableState.defaultEncoding);
    const d = new Duplex({ defaultEncoding: null, read() {}, write() {} });
    say(d._readableState.defaultEncoding, d._writableState.defaultEncoding);
    const w = new Writable({ defaultEncoding: null, write() {} });
    say(w._writableState.defaultEncoding);
    try { w.setDefaultEncoding(null); } catch (error) { say(error); }
    try { new Readable({ defaultEncoding: '' }); } catch (error) { say(error); }
""")
def test_an_encoding_that_is_none(say):
    for encoding in (None, ""):
        r = Source(encoding=encoding)
        r.push("a")
        say(r.readable_encoding, r.read())
        s = Source()
        s.push("a")
        s.set_encoding(encoding)
        say(s.readable_encoding, s.read())
    say(Source(default_encoding=None)._readable_state.default_encoding)
    d = Duplex(default_encoding=None)
    say(d._readable_state.default_encoding, d._writable_state.default_encoding)
    w = Writable(default_encoding=None)
    say(w._writable_state.default_encoding)
    for refused in (lambda: w.set_default_encoding(None), lambda: Readable(default_encoding="")):
        try:
            refused()
        except UnknownEncodingError as error:
            say(error)
