"""``async for`` over a Readable: every chunk, every error, and nothing left open."""

from __future__ import annotations

import asyncio
import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import PassThrough, Readable, next_tick, once, run
from streams2.errors import AbortError, StreamPrematureCloseError

from .support import BoomError, Source
from .twins import Twins, later, turn

twins = Twins()


async def some_turns():
    for _ in range(4):
        await turn()


@twins.program("""
    const r = new Readable({ read() {} }); r.push('a'); r.push('b');
    later(() => { r.push('c'); later(() => r.push(null)); });
    r.on('end', () => say('end')); r.on('close', () => say('close'));
    for await (const chunk of r) say(String(chunk));
    say('over', r.destroyed, r.readableEnded);
""")
async def test_every_chunk_comes_and_then_the_end(say):
    r = Source()
    r.push("a")
    r.push("b")
    later(lambda: (r.push("c"), later(r.push, None)))
    r.on("end", lambda: say("end"))
    r.on("close", lambda: say("close"))
    async for chunk in r:
        say(chunk.decode())
    say("over", r.destroyed, r.readable_ended)


@twins.program("""
    const r = Readable.from([1, 2, 3, 4]); r.on('close', () => say('close'));
    r.on('error', (error) => say('error', error));
    for await (const n of r) { say(n); if (n === 2) break; }
    await turn(); say(r.destroyed, r.errored, r.readableAborted);
    const s = Readable.from([1, 2]);
    try { for await (const n of s) throw new Error('boom'); } catch (error) {
      say('caught', error); }
    await turn(); say(s.destroyed, s.errored);
""")
async def test_leaving_early_destroys_the_stream(say):
    r = Readable.from_([1, 2, 3, 4])
    r.on("close", lambda: say("close"))
    r.on("error", lambda error: say("error", error))
    chunks = r.iterator()
    async for n in chunks:
        say(n)
        if n == 2:
            break
    await chunks.aclose()
    await turn()
    say(r.destroyed, r.errored, r.readable_aborted)
    s = Readable.from_([1, 2])
    chunks = s.iterator()
    try:
        async for _ in chunks:
            raise BoomError("boom")
    except BoomError as error:
        say("caught", error)
    await chunks.aclose()
    await turn()
    say(s.destroyed, s.errored)


def test_leaving_by_break_destroys_the_stream_when_the_iterator_is_collected():
    async def main():
        r = Readable.from_(range(100))
        r.on("error", id)
        async for n in r:
            if n == 2:
                break
        for _ in range(3):
            gc.collect()
            await turn()
        return r.destroyed

    assert run(main)


@twins.program("""
    const r = new Readable({ read() {} }); r.push('a');
    later(() => r.destroy(new Error('boom')));
    try { for await (const chunk of r) say(String(chunk)); } catch (error) { say('caught', error); }
    const s = new Readable({ read() {} }); later(() => s.destroy());
    try { for await (const chunk of s) say('never'); } catch (error) { say('caught', error); }
    const t = new Readable({ read() {} }); t.on('error', () => say('heard'));
    t.destroy(new Error('before'));
    await turn();
    try { for await (const chunk of t) say('never'); } catch (error) { say('caught', error); }
    const u = new Readable({ read() { this.push('x'); this.destroy(new Error('in read')); } });
    try { for await (const chunk of u) say(String(chunk)); } catch (error) { say('caught', error); }
""")
async def test_the_error_of_the_stream_is_raised(say):
    async def iterate(stream):
        try:
            async for chunk in stream:
                say(chunk.decode())
        except Exception as error:
            say("caught", error)

    class Failing(Readable):
        def _read(self, size):
            self.push("x")
            self.destroy(BoomError("in read"))

    r = Source()
    r.push("a")
    later(r.destroy, BoomError("boom"))
    await iterate(r)
    s = Source()
    later(s.destroy)
    await iterate(s)
    t = Source()
    t.on("error", lambda _: say("heard"))
    t.destroy(BoomError("before"))
    await turn()
    await iterate(t)
    await iterate(Failing())


@twins.program("""
    const r = new Readable({ objectMode: true, read() {} });
    for (const n of [1, 2, 3]) r.push(n);
    for await (const n of r.iterator({ destroyOnReturn: false })) { say(n); break; }
    await turn(); say(r.destroyed, r.listenerCount('readable'));
    r.push(null);
    for await (const n of r) say(n);
    await turn(); say(r.destroyed);
""")
async def test_the_stream_can_be_kept_for_the_next_loop(say):
    r = Source(object_mode=True)
    for n in (1, 2, 3):
        r.push(n)
    chunks = r.iterator(destroy_on_return=False)
    async for n in chunks:
        say(n)
        break
    await chunks.aclose()
    await turn()
    say(r.destroyed, r.listener_count("readable"))
    r.push(None)
    async for n in r:
        say(n)
    await turn()
    say(r.destroyed)


@twins.program("""
    const r = new Readable({ read() {} }); r.push(null); r.resume(); await turn();
    for await (const chunk of r) say('never'); say('empty', r.destroyed);
    const all = r[Symbol.asyncIterator](); say((await all.next()).done, (await all.next()).done);
""")
async def test_a_stream_that_is_over_gives_nothing(say):
    r = Source()
    r.push(None)
    r.resume()
    await turn()
    async for _ in r:
        say("never")
    say("empty", r.destroyed)
    chunks = r.__aiter__()
    say(await anext_or(chunks, True), await anext_or(chunks, True))


async def anext_or(iterator, default):
    try:
        return await iterator.__anext__()
    except StopAsyncIteration:
        return default


@twins.program("""
    const p = new PassThrough({ objectMode: true, highWaterMark: 1 });
    const write = async () => {
      for (let n = 0; n < 5; n++) if (!p.write(n)) await events.once(p, 'drain');
      p.end();
    };
    const got = [];
    const writing = write();
    for await (const n of p) { got.push(n); await turn(); }
    await writing; say(got, p.destroyed);
""")
async def test_a_slow_loop_holds_the_writer_up(say):
    p = PassThrough(object_mode=True, high_water_mark=1)

    async def write():
        for n in range(5):
            if not p.write(n):
                await once(p, "drain")
        p.end()

    got = []
    writing = asyncio.ensure_future(write())
    async for n in p:
        got.append(n)
        await turn()
    await writing
    say(got, p.destroyed)


def test_cancelled_it_destroys_the_stream_and_leaves_no_listener():
    async def main():
        r = Source()
        closed = []
        r.on("close", lambda: closed.append(True))
        r.on("error", id)

        async def iterate():
            async for _ in r:
                pass

        task = asyncio.ensure_future(iterate())
        await turn()
        assert r.listener_count("readable") == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        return r.destroyed, closed

    assert run(main) == (True, [True])


def test_cancelled_it_keeps_a_stream_that_is_to_be_kept():
    async def main():
        r = Source(object_mode=True)

        async def iterate():
            async for n in r.iterator(destroy_on_return=False):
                raise AssertionError(n)

        task = asyncio.ensure_future(iterate())
        await turn()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        assert not r.destroyed
        assert r.listener_count("readable") == r.listener_count("error") == 0
        r.push(1)
        r.push(None)
        return [n async for n in r]

    assert run(main) == [1]


def test_cancelled_it_closes_the_generator_behind_the_stream():
    said = []

    async def source():
        try:
            yield 1
            await asyncio.get_running_loop().create_future()
        finally:
            said.append("closed")

    async def main():
        r = Readable.from_(source())
        r.on("error", id)

        async def iterate():
            async for n in r:
                said.append(n)  # one by one: it is cancelled

        task = asyncio.ensure_future(iterate())
        await some_turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await some_turns()
        return r.closed

    assert run(main)
    assert said == [1, "closed"]


def test_a_timeout_around_one_step_ends_the_iteration_as_a_cancellation_does():
    async def main():
        r = Source()
        r.on("error", id)
        chunks = r.iterator()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(chunks.__anext__(), 0.001)
        await some_turns()
        assert r.destroyed
        return await anext_or(chunks, "over")

    assert run(main) == "over"


def test_an_error_that_the_loop_raised_is_not_reported_again():
    async def main():
        r = Source()
        later(r.destroy, BoomError())
        with pytest.raises(BoomError):
            async for _ in r:
                pass
        await some_turns()

    run(main)


def test_a_premature_close_and_an_early_exit_have_errors_of_their_own():
    async def main():
        r = Source()
        later(r.destroy)
        with pytest.raises(StreamPrematureCloseError):
            async for _ in r:
                pass
        s = Readable.from_([1, 2, 3])
        s.on("error", id)
        chunks = s.iterator()
        await chunks.__anext__()
        await chunks.aclose()
        return s.errored

    assert isinstance(run(main), AbortError)


def test_two_iterators_share_the_chunks_between_them():
    async def main():
        r = Readable.from_(range(20))
        got = [[], []]

        async def iterate(which):
            async for n in r.iterator(destroy_on_return=False):
                got[which].append(n)
                await turn()

        await asyncio.gather(iterate(0), iterate(1))
        return got

    one, other = run(main)
    assert sorted(one + other) == list(range(20))


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=12),
    st.integers(0, 5),
    st.integers(0, 2),
)
def test_however_chunks_come_the_loop_gets_all_of_them(batches, mark, how):
    """At once, in a tick, or on a later turn."""
    remaining = list(batches)

    class Batches(Readable):
        def _read(self, size):
            (lambda f: f(), next_tick, later)[how](self.push_batch)

        def push_batch(self):
            if not remaining:
                self.push(None)
                return
            batch = remaining.pop(0)
            for n in batch:
                self.push(n)
            if not batch:
                self.push_batch()

    async def main():
        return [n async for n in Batches(object_mode=True, high_water_mark=mark)]

    assert asyncio.run(main()) == [n for batch in batches for n in batch]


ORDER = """
    const make = {
      pushed: () => { const r = new Readable({ read() {} });
        for (const c of 'abc') r.push(c); r.push(null); return r; },
      asked: (mark) => { const all = [...'abc', null];
        return new Readable({ objectMode: true, highWaterMark: mark,
          read() { this.push(all.shift()); } }); },
      through: () => { const p = new PassThrough({ objectMode: true });
        for (const c of 'abc') p.write(c); p.end(); return p; },
    };
    async function order(r) {
      r.on('readable', () => say('readable'));
      r.on('end', () => say('end')); r.on('close', () => say('close'));
      for await (const chunk of r) say(String(chunk));
      say('over');
    }
"""


async def order(say, r):
    r.on("readable", lambda: say("readable"))
    r.on("end", lambda: say("end"))
    r.on("close", lambda: say("close"))
    async for chunk in r:
        say(chunk if isinstance(chunk, str) else chunk.decode())
    say("over")


def pushed():
    r = Source()
    for chunk in ("a", "b", "c", None):
        r.push(chunk)
    return r


def asked(mark):
    remaining = ["a", "b", "c", None]
    return Readable(
        object_mode=True, high_water_mark=mark, read=lambda r, size: r.push(remaining.pop(0))
    )


def through():
    p = PassThrough(object_mode=True)
    for chunk in "abc":
        p.write(chunk)
    p.end()
    return p


@twins.program(ORDER + "await order(make.pushed());")
async def test_ticks_come_before_the_first_chunk_of_what_was_pushed(say):
    await order(say, pushed())


@twins.program(ORDER + "await order(make.asked(16));")
async def test_ticks_come_before_the_first_chunk_of_what_is_asked(say):
    await order(say, asked(16))


@twins.program(ORDER + "await order(make.asked(1));")
async def test_ticks_come_before_the_first_chunk_at_a_mark_of_one(say):
    await order(say, asked(1))


@twins.program(ORDER + "await order(make.through());")
async def test_ticks_come_before_the_first_chunk_of_a_transform(say):
    await order(say, through())


@twins.program(ORDER + "await order(Readable.from(['a', 'b', 'c']));")
async def test_ticks_come_before_the_first_chunk_of_an_iterable(say):
    await order(say, Readable.from_(["a", "b", "c"]))


@twins.program(
    ORDER
    + """
    await turn();
    for (const r of [make.pushed(), make.asked(16), make.asked(1), make.through()]) await order(r);
"""
)
async def test_after_something_was_awaited_ticks_come_when_the_chunks_are_read(say):
    await turn()
    for r in (pushed(), asked(16), asked(1), through()):
        await order(say, r)


@twins.program(
    ORDER
    + """
    const r = make.pushed(); nextTick(say, 'a tick'); nextTick(() => nextTick(say, 'a tick of it'));
    for await (const chunk of r) { say(String(chunk)); nextTick(say, 'after ' + chunk); }
"""
)
async def test_a_tick_asked_for_before_the_loop_runs_before_its_first_chunk(say):
    r = pushed()
    next_tick(say, "a tick")
    next_tick(lambda: next_tick(say, "a tick of it"))
    async for chunk in r:
        say(chunk.decode())
        next_tick(say, "after " + chunk.decode())


@pytest.mark.parametrize("keep", [False, True])
def test_whoever_is_cancelled_before_the_first_chunk_loses_none_that_he_keeps(keep):
    async def main():
        r = pushed()
        r.on("error", id)
        got = []

        async def iterate():
            next_tick(lambda: reading.cancel())
            async for chunk in r.iterator(destroy_on_return=not keep):
                got.append(chunk)

        reading = asyncio.ensure_future(iterate())
        await asyncio.wait([reading])
        await some_turns()
        return b"".join(got), r.destroyed

    assert run(main) == ((b"abc", True) if keep else (b"", True))


def test_an_iterator_that_never_began_has_nothing_to_close():
    async def main():
        stream = Source()
        iterator = stream.iterator()
        await iterator.aclose()
        assert [chunk async for chunk in iterator] == []
        assert not stream.destroyed

    run(main)


def test_an_iterator_that_outlives_its_loop_is_collected_in_silence():
    async def main():
        stream = Source()
        stream.push("a")
        iterator = stream.iterator()
        await iterator.__anext__()
        return iterator

    iterator = asyncio.run(main())
    del iterator
    gc.collect()
