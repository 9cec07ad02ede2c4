"""compose: several streams as one."""

from __future__ import annotations

from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    InvalidArgTypeError,
    InvalidArgValueError,
    MissingArgsError,
    PassThrough,
    Readable,
    Transform,
    Writable,
    compose,
    promises,
    run,
)

from .support import BoomError, Sink, Source
from .test_duplex_from import PRELUDE as WATCHING
from .test_duplex_from import end, flow, sides, turns, watch
from .twins import Twins, turn

twins = Twins()

PRELUDE = (
    WATCHING
    + """
const each = (name, make, options) => watch(name, new Transform({
  ...options, transform(chunk, e, done) { done(null, make(chunk)); } }));
const loud = (name, options) => each(name, (chunk) => `${chunk}`.toUpperCase(), options);
"""
)


def each(say: Any, name: str, make: Any, **options: Any) -> Any:
    def transform(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done(None, make(chunk))

    return watch(say, name, Transform(transform=transform, **options))


def loud(say: Any, name: str, **options: Any) -> Any:
    return each(
        say,
        name,
        lambda chunk: (chunk if isinstance(chunk, str) else chunk.decode()).upper(),
        **options,
    )


# -- chunks -------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const d = flow('d', compose(loud('one'), each('two', (chunk) => `${chunk}!`)));
    say(sides(d)); say(d.write('a')); await turns(); say(d.write('b')); d.end('c');
    await turns(); say(end(d));
    const objects = flow('objects', compose(
      each('add', (n) => n + 1, { objectMode: true, highWaterMark: 2 }),
      each('text', (n) => `${n}`, { writableObjectMode: true, highWaterMark: 3 })));
    say(sides(objects)); objects.write(1); objects.end(2); await turns(); say(end(objects));
    const same = new PassThrough(); say(compose(same) === same);
    """
)
async def test_chunks_go_through_all(say: Any) -> None:
    d = flow(say, "d", compose(loud(say, "one"), each(say, "two", lambda c: f"{c.decode()}!")))
    say(sides(d))
    say(d.write("a"))
    await turns()
    say(d.write("b"))
    d.end("c")
    await turns()
    say(end(d))
    add = each(say, "add", lambda n: n + 1, object_mode=True, high_water_mark=2)
    text = each(say, "text", str, writable_object_mode=True, high_water_mark=3)
    objects = flow(say, "objects", compose(add, text))
    say(sides(objects))
    objects.write(1)
    objects.end(2)
    await turns()
    say(end(objects))
    same: PassThrough[Any] = PassThrough()
    say(compose(same) is same)


@twins.program(
    PRELUDE
    + """
    const numbers = function* () { yield 1; yield 2; };
    const add = async function* (source) { for await (const n of source) yield n + 1; };
    const all = { list: [[1, 2], add], generator: [numbers, add],
      promise: [Promise.resolve(5), add], 'two functions': [add, add],
      'a function and a stream': [add, new PassThrough({ objectMode: true })],
      'a stream and a function': [new PassThrough({ objectMode: true }), add],
      three: [add, new PassThrough({ objectMode: true }), add],
      'in the middle': [new PassThrough({ objectMode: true }), add,
                        new PassThrough({ objectMode: true })],
    };
    for (const [name, stages] of Object.entries(all)) {
      const d = flow(name, compose(...stages)); say(sides(d));
      if (d.writable) d.end(10); await turns(40); say(end(d)); d.destroy(); await turns();
    }
    const took = [];
    const eats = watch('eats', compose(add, async (source) => {
      for await (const n of source) took.push(n); }));
    say(sides(eats)); eats.write(1); eats.end(2); await turns(40); say(took, end(eats));
    """
)
async def test_of_functions_and_iterables(say: Any) -> None:
    def numbers(source: Any) -> Any:
        yield 1
        yield 2

    async def add(source: Any) -> Any:
        async for n in source:
            yield n + 1

    async def five() -> int:
        return 5

    def objects() -> Any:
        return PassThrough(object_mode=True)

    stages: dict[str, list[Any]] = {
        "list": [[1, 2], add],
        "generator": [numbers, add],
        "promise": [five(), add],
        "two functions": [add, add],
        "a function and a stream": [add, objects()],
        "a stream and a function": [objects(), add],
        "three": [add, objects(), add],
        "in the middle": [objects(), add, objects()],
    }
    for name, of in stages.items():
        d = flow(say, name, compose(*of))
        say(sides(d))
        if d.writable:
            d.end(10)
        await turns(80)
        say(end(d))
        d.destroy()
        await turns()
    took: list[Any] = []

    async def take(source: Any) -> None:
        async for n in source:
            took.append(n)

    eats = watch(say, "eats", compose(add, take))
    say(sides(eats))
    eats.write(1)
    eats.end(2)
    await turns(80)
    say(took, end(eats))


@twins.program(
    PRELUDE
    + """
    const held = [];
    const slow = new Transform({ highWaterMark: 1, transform(chunk, e, done) {
      held.push(() => done(null, chunk)); } });
    const d = watch('d', compose(new PassThrough({ highWaterMark: 1 }), slow));
    d.on('drain', () => say('drain'));
    const answers = []; for (const n of 'abcdefgh') answers.push(d.write(n, () => say('cb', n)));
    say(answers); say(d.writableNeedDrain);
    for (let n = 0; n < 8; n++) {
      await turns(); say(held.length, d.readableLength); if (held.length) held.shift()();
      if (n % 2) say(d.read());
    }
    """
)
async def test_back_pressure_goes_through_all(say: Any) -> None:
    held: list[Any] = []

    def transform(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        held.append(lambda: done(None, chunk))

    slow: Any = Transform(high_water_mark=1, transform=transform)
    first: Any = PassThrough(high_water_mark=1)
    d = watch(say, "d", compose(first, slow))
    d.on("drain", lambda: say("drain"))
    say([d.write(n, callback=lambda error, n=n: say("cb", n)) for n in "abcdefgh"])
    say(d.writable_need_drain)
    for n in range(8):
        await turns()
        say(len(held), d.readable_length)
        if held:
            held.pop(0)()
        if n % 2:
            say(d.read())


@twins.program(
    PRELUDE
    + """
    const objects = () => new PassThrough({ objectMode: true, highWaterMark: 2 });
    const [first, last] = [objects(), objects()];
    const d = watch('d', compose(first, last));
    const look = () => say(d.readableLength, last.readableLength, last.readableFlowing,
      first.readableLength, d.writableLength, d.writableNeedDrain);
    for (let n = 0; n < 40; n++) d.write(n);
    d.end(); await turns(); look();
    for (let n = 0; n < 10; n++) { say(d.read()); await turn(); look(); }
    d.on('data', (n) => say(n)); await turns(); look();
    """
)
async def test_the_last_stream_is_paused_while_nobody_reads(say: Any) -> None:
    first: PassThrough[Any] = PassThrough(object_mode=True, high_water_mark=2)
    last: PassThrough[Any] = PassThrough(object_mode=True, high_water_mark=2)
    d = watch(say, "d", compose(first, last))

    def look() -> None:
        say(
            *(d.readable_length, last.readable_length, last.readable_flowing),
            *(first.readable_length, d.writable_length, d.writable_need_drain),
        )

    for n in range(40):
        d.write(n)
    d.end()
    await turns()
    look()
    for _ in range(10):
        say(d.read())
        await turn()
        look()
    d.on("data", lambda n: say(n))
    await turns()
    look()


# -- ends ---------------------------------------------------------------------------------------

CASES = ("nothing", "destroy", "fail", "destroy first", "fail first", "destroy last", "fail last",
         "end", "write, end", "write, destroy", "end, destroy", "end first", "fail middle",
         "end last")  # fmt: skip


@twins.program(
    PRELUDE
    + """
    const boom = () => new Error('boom');
    const acts = {
      nothing: () => {}, destroy: (d) => d.destroy(), fail: (d) => d.destroy(boom()),
      'destroy first': (d, a) => a.destroy(), 'fail first': (d, a) => a.destroy(boom()),
      'destroy last': (d, a, b, c) => c.destroy(), 'fail last': (d, a, b, c) => c.destroy(boom()),
      end: (d) => d.end(), 'write, end': (d) => { d.write('x'); d.end('y'); },
      'write, destroy': (d) => { d.write('x'); d.destroy(); },
      'end, destroy': (d) => { d.end('x'); d.destroy(); },
      'end first': (d, a) => a.end('x'), 'fail middle': (d, a, b) => b.destroy(boom()),
      'end last': (d, a, b, c) => c.push(null),
    };
    for (const flowing of [true, false]) for (const [name, act] of Object.entries(acts)) {
      say('case', name);
      const [a, b, c] = [loud('a'), loud('b'), loud('c')];
      const d = (flowing ? flow : watch)('d', compose(a, b, c));
      await turns(); act(d, a, b, c); await turns(); say(end(d), end(a), end(b), end(c));
    }
    """
)
async def test_it_fails_and_goes_as_a_whole(say: Any) -> None:
    def write_end(d: Any, *_: Any) -> None:
        d.write("x")
        d.end("y")

    def write_destroy(d: Any, *_: Any) -> None:
        d.write("x")
        d.destroy()

    def end_destroy(d: Any, *_: Any) -> None:
        d.end("x")
        d.destroy()

    acts: dict[str, Any] = {
        "nothing": lambda *_: None,
        "destroy": lambda d, *_: d.destroy(),
        "fail": lambda d, *_: d.destroy(BoomError("boom")),
        "destroy first": lambda d, a, *_: a.destroy(),
        "fail first": lambda d, a, *_: a.destroy(BoomError("boom")),
        "destroy last": lambda d, a, b, c: c.destroy(),
        "fail last": lambda d, a, b, c: c.destroy(BoomError("boom")),
        "end": lambda d, *_: d.end(),
        "write, end": write_end,
        "write, destroy": write_destroy,
        "end, destroy": end_destroy,
        "end first": lambda d, a, *_: a.end("x"),
        "fail middle": lambda d, a, b, c: b.destroy(BoomError("boom")),
        "end last": lambda d, a, b, c: c.push(None),
    }
    for flowing in (True, False):
        for name, act in acts.items():
            say("case", name)
            a, b, c = (loud(say, stage) for stage in "abc")
            d = (flow if flowing else watch)(say, "d", compose(a, b, c))
            await turns()
            act(d, a, b, c)
            await turns()
            say(end(d), end(a), end(b), end(c))


@twins.program(
    PRELUDE
    + """
    for (const how of ['at once', 'later', 'when over']) {
      say('case', how);
      const controller = new AbortController();
      if (how === 'at once') controller.abort();
      const r = watch('r', source()), through = loud('through');
      const d = flow('d', r.compose(through, { signal: controller.signal }));
      say(sides(d)); r.push('a'); await turns();
      if (how === 'later') controller.abort();
      if (how === 'when over') { r.push(null); await turns(); controller.abort(); }
      await turns(); say(end(d), end(r), end(through));
    }
    """
)
async def test_a_signal_ends_it(say: Any) -> None:
    for how in ("at once", "later", "when over"):
        say("case", how)
        controller = AbortController()
        if how == "at once":
            controller.abort()
        r, through = watch(say, "r", Source()), loud(say, "through")
        d = flow(say, "d", r.compose(through, signal=controller.signal))
        say(sides(d))
        r.push("a")
        await turns()
        if how == "later":
            controller.abort()
        if how == "when over":
            r.push(None)
            await turns()
            controller.abort()
        await turns()
        say(end(d), end(r), end(through))


@twins.program(
    PRELUDE
    + """
    const shout = async function* (words) { for await (const word of words) yield `${word}!`; };
    say(await Readable.from(['a', 'b']).compose(shout).toArray());
    say(await Readable.from(['a', 'b']).compose(shout).map((word) => word.length).toArray());
    const fails = async function* (words) {
      for await (const word of words) { yield word; throw new Error('boom'); } };
    const r = Readable.from(['a', 'b', 'c']);
    try { for await (const word of r.compose(fails)) say(word); } catch (error) { say(error); }
    say(r.destroyed);
    const left = Readable.from(['a', 'b', 'c']);
    for await (const word of left.compose(shout)) { say(word); break; }
    await turns(); say(left.destroyed);
    """
)
async def test_compose_is_a_method_of_what_can_be_read(say: Any) -> None:
    async def shout(words: Any) -> Any:
        async for word in words:
            yield f"{word}!"

    say(await Readable.from_(["a", "b"]).compose(shout).to_array())
    say(await Readable.from_(["a", "b"]).compose(shout).map(len).to_array())

    async def fails(words: Any) -> Any:
        async for word in words:
            yield word
            raise BoomError("boom")

    r = Readable.from_(["a", "b", "c"])
    try:
        async for word in r.compose(fails):
            say(word)
    except BoomError as error:
        say(error)
    say(r.destroyed)
    left = Readable.from_(["a", "b", "c"])
    composed = left.compose(shout).iterator()
    async for word in composed:
        say(word)
        break
    await composed.aclose()
    await turns()
    say(left.destroyed)


# -- what cannot be -----------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const gone = () => { const through = new PassThrough(); through.destroy(); return through; };
    const attempts = {
      'no stream': () => compose(),
      'no stream at all': () => compose(5),
      'no stream first': () => compose(5, loud('x')),
      'not writable': () => compose(source(), source()),
      'not readable': () => compose(sink(), loud('x')),
      'last not writable': () => compose(loud('x'), loud('x'), source()),
      'first destroyed': () => compose(gone(), loud('x')),
      'last destroyed': () => compose(loud('x'), gone()),
      'a function of nothing': () => compose(() => 5, loud('x')),
      'last function of nothing': () => compose(loud('x'), () => 5),
      'middle function of nothing': () => compose(loud('x'), () => 5, loud('x')),
      'onto nothing': () => source().compose(),
      'onto a number': () => source().compose(5),
      'onto no writable': () => source().compose(source()),
      'no signal': () => source().compose(loud('x'), { signal: 5 }),
      'onto a writable': () => source().compose(sink()),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      try { attempt(); say(name, 'made'); } catch (error) { say(name, error); }
    }
    """
)
def test_what_cannot_be_composed(say: Any) -> None:
    def gone() -> Any:
        return PassThrough().destroy()

    def x() -> Any:
        return loud(say, "x")

    attempts: dict[str, Any] = {
        "no stream": lambda: compose(),
        "no stream at all": lambda: compose(5),
        "no stream first": lambda: compose(5, x()),
        "not writable": lambda: compose(Source(), Source()),
        "not readable": lambda: compose(Sink(), x()),
        "last not writable": lambda: compose(x(), x(), Source()),
        "first destroyed": lambda: compose(gone(), x()),
        "last destroyed": lambda: compose(x(), gone()),
        "a function of nothing": lambda: compose(lambda words: 5, x()),
        "last function of nothing": lambda: compose(x(), lambda words: 5),
        "middle function of nothing": lambda: compose(x(), lambda words: 5, x()),
        "onto nothing": lambda: Source().compose(None),
        "onto a number": lambda: Source().compose(5),
        "onto no writable": lambda: Source().compose(Source()),
        "no signal": lambda: Source().compose(x(), signal=5),
        "onto a writable": lambda: Source().compose(Sink()),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
            say(name, "made")
        except Exception as error:
            say(name, error)


def test_errors_name_the_stream_that_is_wrong() -> None:
    with pytest.raises(MissingArgsError, match="streams"):
        compose()
    with pytest.raises(InvalidArgValueError, match=r"streams\[1\].*writable"):
        compose(PassThrough(), Source(), PassThrough())
    with pytest.raises(InvalidArgTypeError, match="signal"):
        Source().compose(PassThrough(), signal=5)  # type: ignore[arg-type]


def test_a_composed_stream_can_be_a_stage_of_a_pipeline() -> None:
    async def shout(words: Any) -> Any:
        async for word in words:
            yield word.upper()

    async def main() -> list[Any]:
        sink = Sink(object_mode=True)
        stage = compose(shout, PassThrough(object_mode=True))
        await promises.pipeline(["a", "b"], stage, sink)
        return sink.got

    assert run(main) == ["A", "B"]


def test_the_reason_of_the_signal_is_the_cause_of_the_error() -> None:
    async def main() -> Any:
        d = Source().compose(PassThrough(), signal=AbortSignal.abort(BoomError("enough")))
        with pytest.raises(Exception, match="aborted") as raised:
            await promises.finished(d)
        return raised.value.__cause__

    assert isinstance(run(main), BoomError)


def test_a_composed_writable_is_a_writable() -> None:
    sink: Writable[Any] = Sink(object_mode=True)

    async def main() -> bool:
        return compose(PassThrough(object_mode=True), sink).readable

    assert run(main) is False


@twins.program(
    PRELUDE
    + """
    const r = watch('r', source()), w = watch('w', sink());
    const d = watch('d', compose(r, w)); say(sides(d));
    r.push('a'); await turns(); say(end(d));
    r.push(null); await turns(); say(end(d), end(r), end(w));
    """
)
async def test_one_that_can_neither_be_written_to_nor_read_from_closes_when_all_is_done(
    say: Any,
) -> None:
    r, w = watch(say, "r", Source()), watch(say, "w", Sink())
    d = watch(say, "d", compose(r, w))
    say(sides(d))
    r.push("a")
    await turns()
    say(end(d))
    r.push(None)
    await turns()
    say(end(d), end(r), end(w))
