"""Duplex.from_: what can be written to, read from, or both, as a Duplex."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from streams2 import Duplex, PassThrough, Readable, Transform, Writable, run
from streams2.errors import InvalidArgTypeError, InvalidReturnValueError, NoRunningLoopError

from .support import BoomError, Sink, Source
from .twins import Twins, turn

twins = Twins()

PRELUDE = """
const turns = async (n = 12) => { while (n--) await turn(); };
const watch = (name, stream) => {
  for (const event of ['end', 'finish', 'error', 'close'])
    stream.on(event, (value) => say(name, event, value === undefined ? null : value));
  return stream;
};
const flow = (name, stream) => watch(name, stream).on('data', (chunk) => say(name, 'data', chunk));
const sides = (d) => [d.readable, d.writable, d.readableObjectMode, d.writableObjectMode,
  d.readableHighWaterMark, d.writableHighWaterMark];
const end = (d) => [d.destroyed, d.closed, d.errored];
const source = (options) => new Readable({ read() {}, ...options });
const sink = (options) => new Writable({ write(chunk, e, done) { done(); }, ...options });
"""


async def turns(count: int = 40) -> None:
    for _ in range(count):
        await turn()


def watch(say: Any, name: str, stream: Any) -> Any:
    for event in ("end", "finish", "close"):
        stream.on(event, lambda event=event: say(name, event, None))
    stream.on("error", lambda error: say(name, "error", error))
    return stream


def flow(say: Any, name: str, stream: Any) -> Any:
    watch(say, name, stream).on("data", lambda chunk: say(name, "data", chunk))
    return stream


def sides(d: Any) -> list[Any]:
    return [
        *(d.readable, d.writable, d.readable_object_mode, d.writable_object_mode),
        *(d.readable_high_water_mark, d.writable_high_water_mark),
    ]


def end(d: Any) -> list[Any]:
    return [d.destroyed, d.closed, d.errored]


# -- streams ------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const r = watch('r', source({ objectMode: true })); const d = flow('d', Duplex.from(r));
    say(sides(d)); r.push(1); r.push(2); await turns(); r.push(null); await turns();
    say(end(d), end(r));
    const through = new PassThrough(); say(Duplex.from(through) === through);
    """
)
async def test_of_a_readable(say: Any) -> None:
    r = watch(say, "r", Source(object_mode=True))
    d = flow(say, "d", Duplex.from_(r))
    say(sides(d))
    r.push(1)
    r.push(2)
    await turns()
    r.push(None)
    await turns()
    say(end(d), end(r))
    through = PassThrough()
    say(Duplex.from_(through) is through)


@twins.program(
    PRELUDE
    + """
    const held = [];
    const w = watch('w', new Writable({ highWaterMark: 2, write(chunk, e, done) {
      say('write', chunk); held.push(done); } }));
    const d = watch('d', Duplex.from(w)); say(sides(d));
    say(d.write('ab')); say(d.write('c')); d.end('d');
    for (let n = 0; n < 4; n++) {
      await turns(); say(held.length, w.writableLength); (held.shift() || turn)();
    }
    await turns(); say(end(d), end(w));
    """
)
async def test_of_a_writable(say: Any) -> None:
    held: list[Any] = []

    def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        say("write", chunk)
        held.append(done)

    w = watch(say, "w", Writable(high_water_mark=2, write=write))
    d = watch(say, "d", Duplex.from_(w))
    say(sides(d))
    say(d.write("ab"))
    say(d.write("c"))
    d.end("d")
    for _ in range(4):
        await turns()
        say(len(held), w.writable_length)
        if held:
            held.pop(0)()
    await turns()
    say(end(d), end(w))


CASES = """
const cases = {
  nothing: (d, r, w) => {},
  'destroy duplex': (d) => d.destroy(),
  'fail duplex': (d) => d.destroy(new Error('boom')),
  'destroy readable': (d, r) => r.destroy(),
  'fail readable': (d, r) => r.destroy(new Error('boom')),
  'destroy writable': (d, r, w) => w.destroy(),
  'fail writable': (d, r, w) => w.destroy(new Error('boom')),
  'end readable': (d, r) => r.push(null),
  'end writable': (d, r, w) => d.end(),
  'end readable, fail writable': async (d, r, w) => {
    r.push(null); await turns(); w.destroy(new Error('boom')); },
  'end writable, fail readable': async (d, r, w) => {
    d.end(); await turns(); r.destroy(new Error('boom')); },
  'end writable, destroy duplex': async (d, r, w) => { d.end(); await turns(); d.destroy(); },
  'end both': (d, r, w) => { d.end(); r.push(null); },
  'write after': (d, r, w) => { d.write('x'); d.end('y'); r.push('z'); r.push(null); },
};
"""


async def end_then_fail_writable(d: Any, r: Any, w: Any) -> None:
    r.push(None)
    await turns()
    w.destroy(BoomError("boom"))


async def end_then_fail_readable(d: Any, r: Any, w: Any) -> None:
    d.end()
    await turns()
    r.destroy(BoomError("boom"))


async def end_then_destroy(d: Any, r: Any, w: Any) -> None:
    d.end()
    await turns()
    d.destroy()


async def end_both(d: Any, r: Any, w: Any) -> None:
    d.end()
    r.push(None)


async def write_after(d: Any, r: Any, w: Any) -> None:
    d.write("x")
    d.end("y")
    r.push("z")
    r.push(None)


CASES_HERE: dict[str, Any] = {
    "nothing": lambda d, r, w: None,
    "destroy duplex": lambda d, r, w: d.destroy(),
    "fail duplex": lambda d, r, w: d.destroy(BoomError("boom")),
    "destroy readable": lambda d, r, w: r.destroy(),
    "fail readable": lambda d, r, w: r.destroy(BoomError("boom")),
    "destroy writable": lambda d, r, w: w.destroy(),
    "fail writable": lambda d, r, w: w.destroy(BoomError("boom")),
    "end readable": lambda d, r, w: r.push(None),
    "end writable": lambda d, r, w: d.end(),
    "end readable, fail writable": end_then_fail_writable,
    "end writable, fail readable": end_then_fail_readable,
    "end writable, destroy duplex": end_then_destroy,
    "end both": end_both,
    "write after": write_after,
}


async def run_case(case: Any, *streams: Any) -> None:
    result = case(*streams)
    if hasattr(result, "__await__") and not hasattr(result, "destroyed"):
        await result


@twins.program(
    PRELUDE
    + CASES
    + """
    for (const [name, act] of Object.entries(cases)) {
      say('case', name);
      const r = watch('r', source()), w = watch('w', sink());
      const d = flow('d', Duplex.from({ readable: r, writable: w }));
      await turns(); await act(d, r, w); await turns();
      say(end(d), end(r), end(w), sides(d));
    }
    """
)
async def test_of_a_pair(say: Any) -> None:
    for name, act in CASES_HERE.items():
        say("case", name)
        r, w = watch(say, "r", Source()), watch(say, "w", Sink())
        d = flow(say, "d", Duplex.from_({"readable": r, "writable": w}))
        await turns()
        await run_case(act, d, r, w)
        await turns()
        say(end(d), end(r), end(w), sides(d))


@twins.program(
    PRELUDE
    + """
    const only = flow('only', Duplex.from({ readable: Readable.from([1]) }));
    say(sides(only)); await turns();
    const took = [];
    const mixed = flow('mixed', Duplex.from({ readable: ['a'], writable: async (words) => {
      for await (const word of words) took.push(word); } }));
    say(sides(mixed)); mixed.end('b'); await turns(); say(end(mixed), took);
    """
)
async def test_a_pair_of_other_things(say: Any) -> None:
    only = flow(say, "only", Duplex.from_({"readable": Readable.from_([1])}))
    say(sides(only))
    await turns()

    # When a coroutine has its turn, and when another stream emits, is Python's affair.
    took: list[Any] = []

    async def take(words: Any) -> None:
        async for word in words:
            took.append(word)

    mixed = flow(say, "mixed", Duplex.from_(SimpleNamespace(readable=["a"], writable=take)))
    say(sides(mixed))
    mixed.end("b")
    await turns()
    say(end(mixed), took)


# -- iterables and values -----------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const many = { list: [1, 2], text: 'abc', bytes: Buffer.from('abc'),
      generator: (function* () { yield 1; })(), async: (async function* () { yield 2; })(),
      fails: (function* () { yield 1; throw new Error('boom'); })() };
    for (const [name, body] of Object.entries(many)) {
      const d = flow(name, Duplex.from(body)); say(name, sides(d)); await turns(); say(end(d));
    }
    const promises = { value: async () => 'v', nothing: async () => {},
      fails: async () => { throw new Error('boom'); } };
    for (const [name, body] of Object.entries(promises)) {
      const d = flow(name, Duplex.from(body())); say(name, sides(d)); await turns(); say(end(d));
    }
    """
)
async def test_of_what_can_be_read(say: Any) -> None:
    def fails() -> Any:
        yield 1
        raise BoomError("boom")

    async def numbers() -> Any:
        yield 2

    many: dict[str, Any] = {
        "list": [1, 2],
        "text": "abc",
        "bytes": b"abc",
        "generator": (n for n in [1]),
        "async": numbers(),
        "fails": fails(),
    }
    for name, body in many.items():
        d = flow(say, name, Duplex.from_(body))
        say(name, sides(d))
        await turns()
        say(end(d))

    async def value(of: Any) -> Any:
        return of

    async def failure() -> Any:
        raise BoomError("boom")

    for name, body in {"value": value("v"), "nothing": value(None), "fails": failure()}.items():
        d = flow(say, name, Duplex.from_(body))
        say(name, sides(d))
        await turns()
        say(end(d))


# -- functions ----------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const d = flow('d', Duplex.from(async function* (words) {
      say('begun'); for await (const word of words) { say('took', word); yield `${word}!`; }
      yield 'done'; }));
    say(sides(d)); await turns();
    say(d.write('a', () => say('a is written'))); say(d.write('b')); d.end('c');
    await turns(); say(end(d));
    const slow = watch('slow', Duplex.from(async function* (words) {
      for await (const word of words) { say('took', word); yield word; } }));
    for (let n = 0; n < 5; n++) slow.write(n, () => say('written', n));
    await turns(); say(slow.read()); await turns(); say(slow.read()); await turns(); say(end(slow));
    """
)
async def test_of_an_async_generator_function(say: Any) -> None:
    async def shout(words: Any) -> Any:
        say("begun")
        async for word in words:
            say("took", word)
            yield f"{word}!"
        yield "done"

    d = flow(say, "d", Duplex.from_(shout))
    say(sides(d))
    await turns()
    say(d.write("a", callback=lambda error: say("a is written")))
    say(d.write("b"))
    d.end("c")
    await turns()
    say(end(d))

    async def same(words: Any) -> Any:
        async for word in words:
            say("took", word)
            yield word

    slow = watch(say, "slow", Duplex.from_(same))
    for n in range(5):
        slow.write(n, callback=lambda error, n=n: say("written", n))
    await turns()
    say(slow.read())
    await turns()
    say(slow.read())
    await turns()
    say(end(slow))


@twins.program(
    PRELUDE
    + """
    for (const how of ['returns', 'value', 'throws', 'early']) {
      const d = watch(how, Duplex.from(async (words) => {
        for await (const word of words) { say('took', word); if (how === 'early') return;
          if (how === 'throws') throw new Error('boom'); }
        if (how === 'value') return 5;
      }));
      say(sides(d)); d.write('a'); await turns(); d.end('b'); await turns(); say(end(d));
    }
    """
)
async def test_of_a_coroutine_function(say: Any) -> None:
    for how in ("returns", "value", "throws", "early"):

        async def take(words: Any, how: str = how) -> Any:
            async for word in words:
                say("took", word)
                if how == "early":
                    return None
                if how == "throws":
                    raise BoomError("boom")
            return 5 if how == "value" else None

        d = watch(say, how, Duplex.from_(take))
        say(sides(d))
        d.write("a")
        await turns()
        d.end("b")
        await turns()
        say(end(d))


@twins.program(
    PRELUDE
    + """
    let signals = [];
    const body = async function* (words, { signal }) {
      signals.push(signal); try { for await (const word of words) yield word; }
      catch (error) { say('caught', error); throw error; } finally { say('closed'); } };
    for (const error of [undefined, new Error('boom')]) {
      const d = watch('d', Duplex.from(body)); d.write('a'); d.write('b'); d.resume();
      await turns(); d.destroy(error); await turns(); say(end(d), signals.map((s) => s.aborted));
    }
    """
)
async def test_a_duplex_of_a_function_that_is_destroyed(say: Any) -> None:
    signals: list[Any] = []

    async def body(words: Any, signal: Any) -> Any:
        signals.append(signal)
        try:
            async for word in words:
                yield word
        except Exception as error:
            say("caught", error)
            raise
        finally:
            say("closed")

    for error in (None, BoomError("boom")):
        d = watch(say, "d", Duplex.from_(body))
        d.write("a")
        d.write("b")
        d.resume()
        await turns()
        d.destroy(error)
        await turns()
        say(end(d), [signal.aborted for signal in signals])


@twins.program(
    PRELUDE
    + """
    const made = new Transform({ transform(c, e, done) { done(null, `${c}!`); } });
    const d = Duplex.from(() => made); say(d === made);
    for (const body of [() => 5, () => {}, 5, null, {}, { readable: 5 }, true]) {
      try { Duplex.from(body); say('none'); } catch (error) { say(error); }
    }
    """
)
def test_what_cannot_be_a_duplex(say: Any) -> None:
    made: Transform[Any, Any] = Transform(transform=lambda self, c, e, done: done(None, c))
    say(Duplex.from_(lambda words: made) is made)
    bodies: list[Any] = [lambda words: 5, lambda words: None, 5, None, {}, {"readable": 5}, True]
    for body in bodies:
        try:
            Duplex.from_(body)
            say("none")
        except (InvalidArgTypeError, InvalidReturnValueError) as error:
            say(error)


def test_a_coroutine_needs_a_loop() -> None:
    async def take(words: Any) -> None:
        pass

    coroutine = take(None)
    with pytest.raises(NoRunningLoopError):
        Duplex.from_(lambda words: coroutine)
    coroutine.close()


def test_back_pressure_goes_through_a_function() -> None:
    async def same(numbers: Any) -> Any:
        async for n in numbers:
            yield n

    async def main() -> int:
        taken = 0

        def count() -> Any:
            nonlocal taken
            while True:
                taken += 1
                yield taken

        d = Readable.from_(count()).pipe(Duplex.from_(same))
        await turns(200)
        d.destroy()
        return taken

    assert run(main) < 10


# -- a pair whose streams are used by others, too -----------------------------------------------


@twins.program(
    PRELUDE
    + """
    const held = [];
    const w = new Writable({ highWaterMark: 2, write(c, e, done) { held.push(done); } });
    w.on('drain', () => say('drain'));
    const d = watch('d', Duplex.from({ writable: w }));
    w.write('mine'); await turns(); held.shift()(); await turns(); say(end(d), d.writableLength);
    d.write('yours', () => say('written')); await turns(); say(held.length);
    held.shift()(); await turns(); say(w.writableLength, d.writableLength);
    """
)
async def test_a_drain_of_what_others_wrote_tells_no_write(say: Any) -> None:
    held: list[Any] = []
    w = Sink(high_water_mark=2, finish=held.append)
    w.on("drain", lambda: say("drain"))
    d = watch(say, "d", Duplex.from_({"writable": w}))
    w.write(b"mine")
    await turns()
    held.pop(0)()
    await turns()
    say(end(d), d.writable_length)
    d.write("yours", callback=lambda error=None: say("written"))
    await turns()
    say(len(held))
    held.pop(0)()
    await turns()
    say(w.writable_length, d.writable_length)


@twins.program(
    PRELUDE
    + """
    const r = source({ objectMode: true, highWaterMark: 100 });
    const d = watch('d', Duplex.from({ readable: r }));
    const look = () => say(d.readableLength, r.readableLength);
    await turns();
    for (let n = 0; n < 40; n++) r.push(n);
    await turns(); look();
    for (let n = 40; n < 60; n++) r.push(n);
    await turns(); look();
    for (let n = 0; n < 20; n++) say(d.read());
    await turns(); look();
    d.on('data', (n) => say(n)); await turns(); look();
    r.push(60); r.push(null); await turns(); say(end(d), end(r));
    """
)
async def test_back_pressure_goes_to_what_is_read(say: Any) -> None:
    r = Source(object_mode=True, high_water_mark=100)
    d = watch(say, "d", Duplex.from_({"readable": r}))

    def look() -> None:
        say(d.readable_length, r.readable_length)

    await turns()
    for n in range(40):
        r.push(n)
    await turns()
    look()
    for n in range(40, 60):
        r.push(n)
    await turns()
    look()
    for _ in range(20):
        say(d.read())
    await turns()
    look()
    d.on("data", lambda n: say(n))
    await turns()
    look()
    r.push(60)
    r.push(None)
    await turns()
    say(end(d), end(r))


# -- functions that do what they should not -----------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const d = watch('d', Duplex.from(async (words) => {
      for await (const word of words) say('took', word);
      for await (const word of words) say('again', word);
      say('ended twice');
    }));
    d.write('a'); d.end('b'); await turns(); say(end(d));
    """
)
async def test_what_has_ended_stays_ended_for_the_function_that_reads_it(say: Any) -> None:
    async def take(words: Any) -> None:
        async for word in words:
            say("took", word)
        async for word in words:
            say("again", word)
        say("ended twice")

    d = watch(say, "d", Duplex.from_(take))
    d.write("a")
    d.end("b")
    await turns()
    say(end(d))


@twins.program(
    PRELUDE
    + """
    const d = watch('d', Duplex.from(async (words) => 5));
    d.write('a', () => say('written')); await turns(); say(end(d));
    """
)
async def test_a_function_that_returns_a_value_before_the_end_ends_the_program(say: Any) -> None:
    async def give(words: Any) -> int:
        return 5

    d = watch(say, "d", Duplex.from_(give))
    d.write("a", callback=lambda error=None: say("written"))
    await turns()
    say(end(d))


@pytest.mark.skipif(not hasattr(asyncio.Task, "cancelling"), reason="before 3.11, nobody can tell")
def test_a_function_that_is_stopped_with_its_loop_finishes_nothing() -> None:
    said: list[Any] = []

    async def take(words: Any) -> None:
        async for _ in words:
            pass
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            said.append("stopped")

    async def main() -> Any:
        d = Duplex.from_(take)
        for event in ("finish", "close"):
            d.on(event, lambda event=event: said.append(event))
        d.on("error", said.append)
        d.end(b"all")
        await turns()
        return d

    d = asyncio.run(main())
    assert said == ["stopped"]
    assert not d.writable_finished


def test_of_a_future():
    async def main():
        loop = asyncio.get_running_loop()
        there, to_come = loop.create_future(), loop.create_future()
        there.set_result("there")
        loop.call_soon(to_come.set_result, "to come")
        assert await Duplex.from_(there).to_array() == ["there"]
        assert await Duplex.from_({"readable": to_come}).to_array() == ["to come"]

    asyncio.run(main())
