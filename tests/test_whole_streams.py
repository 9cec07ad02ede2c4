"""Several streams as one piece of work: what becomes of the rest when one of them goes."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import pytest

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    StreamPrematureCloseError,
    Transform,
    Writable,
    compose,
    finished,
    next_tick,
    pipeline,
    promises,
    run,
)

from .support import BoomError
from .twins import Twins, later, turn

twins = Twins()

PRELUDE = """
const turns = async (n = 6) => { for (let i = 0; i < n; i++) await turn(); };
const watch = (name, stream) => {
  for (const event of ['end', 'prefinish', 'finish', 'error', 'close']) {
    stream.on(event, (error) => say(name, event, error && (error.code || error.message)));
  }
  return stream;
};
const each = (name, make) => watch(name, new Transform({ objectMode: true,
  transform(chunk, e, done) { make(chunk, done); } }));
const add = (name) => each(name, (n, done) => done(null, n + 1));
const failing = (name) => each(name, (n, done) => (
  n === 4 ? done(new Error('boom')) : done(null, n * 2)));
const up = async function* (source) { for await (const n of source) yield n + 1; };
const bad = async function* (source) {
  for await (const n of source) { if (n === 4) throw new Error('boom'); yield n * 2; }
};
"""


async def turns(n: int = 6) -> None:
    for _ in range(n):
        await turn()


def watch(say: Any, name: str, stream: Any) -> Any:
    def tell(event: str) -> Any:
        def told(error: Any = None) -> None:
            say(name, event, error and (getattr(error, "code", None) or str(error)))

        return told

    for event in ("end", "prefinish", "finish", "error", "close"):
        stream.on(event, tell(event))
    return stream


def each(say: Any, name: str, make: Any) -> Any:
    def transform(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        make(chunk, done)

    return watch(say, name, Transform(object_mode=True, transform=transform))


def add(say: Any, name: str) -> Any:
    return each(say, name, lambda n, done: done(None, n + 1))


def failing(say: Any, name: str) -> Any:
    return each(say, name, lambda n, done: done(BoomError("boom")) if n == 4 else done(None, n * 2))


async def up(source: Any) -> Any:
    async for n in source:
        yield n + 1


async def bad(source: Any) -> Any:
    async for n in source:
        if n == 4:
            raise BoomError("boom")
        yield n * 2


def silent(*args: Any) -> None:
    """Say nothing."""


# -- compose ------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    for (const error of [undefined, new Error('boom')]) {
      for (const write of [[], [1], [1, 2]]) {
        for (const read of [false, true]) {
          for (const wait of [0, 4]) {
            const a = add('a'); const b = add('b'); const c = watch('c', compose(a, b));
            for (const n of write) c.write(n);
            c.end(); if (read) c.resume(); if (wait) await turns(wait);
            c.destroy(error); await turns();
            say(a.closed, b.closed, c.closed);
          }
        }
      }
    }
    """
)
async def test_what_is_composed_goes_with_the_whole(say: Any) -> None:
    for error in (None, BoomError("boom")):
        for write in ([], [1], [1, 2]):
            for read in (False, True):
                for wait in (0, 4):
                    a, b = add(say, "a"), add(say, "b")
                    c = watch(say, "c", compose(a, b))
                    for n in write:
                        c.write(n)
                    c.end()
                    if read:
                        c.resume()
                    if wait:
                        await turns(wait)
                    c.destroy(error)
                    await turns()
                    say(a.closed, b.closed, c.closed)


@pytest.mark.parametrize("destroy_at_once", [True, False])
def test_a_stage_whose_reading_side_was_left_open_goes_too(destroy_at_once: bool) -> None:
    """Its writable side has finished, and the pipeline inside has no more to do with it."""

    async def main() -> tuple[bool, bool]:
        a = PassThrough(object_mode=True)
        b = Duplex(
            object_mode=True,
            read=lambda self, size: None,
            write=lambda self, chunk, encoding, done: done(),
        )
        c = compose(a, b)
        c.on("error", silent)
        c.end(1)
        await turns()
        assert b.writable_finished
        c.destroy(None if destroy_at_once else BoomError("boom"))
        await turns()
        return b.destroyed, b.closed

    assert run(main) == (True, True)


MAKERS = {
    "two transforms": lambda: compose(failing(silent, ""), add(silent, "")),
    "two functions": lambda: compose(bad, up),
    "function, transform": lambda: compose(bad, add(silent, "")),
    "one transform": lambda: compose(failing(silent, "")),
    "one function": lambda: compose(bad),
}


@twins.program(
    PRELUDE
    + """
    say = ((say) => (...args) => (args[1] === undefined || args[0] ? say(...args) : 0))(say);
    const makers = [() => compose(failing(''), add('')), () => compose(bad, up),
      () => compose(bad, add('')), () => compose(failing('')), () => compose(bad)];
    for (const make of makers) {
      const got = [];
      try {
        for await (const n of Readable.from([1, 2, 3, 4, 5]).compose(make())) got.push(n);
      } catch (error) { say('raised', error.message); }
      say('got', got);
      const heard = []; const c = Readable.from([1, 2, 3, 4, 5]).compose(make());
      c.on('data', (n) => heard.push(n)); c.on('error', (error) => say('error', error.message));
      await turns(); say('heard', heard);
    }
    """
)
async def test_what_came_through_before_a_failure_is_read(say: Any) -> None:
    for make in MAKERS.values():
        got = []
        try:
            async for n in Readable.from_([1, 2, 3, 4, 5]).compose(make()):
                got.append(n)
        except BoomError as error:
            say("raised", str(error))
        say("got", got)
        heard: list[Any] = []
        c = Readable.from_([1, 2, 3, 4, 5]).compose(make())
        c.on("data", heard.append)
        c.on("error", lambda error: say("error", str(error)))
        await turns()
        say("heard", heard)


@pytest.mark.parametrize("read", ["for", "data"])
def test_a_last_stage_that_fails_when_all_was_written_to_it_fails_the_whole(read: str) -> None:
    async def main() -> list[Any]:
        c = Readable.from_([1, 2, 3, 4, 5]).compose(compose(add(silent, ""), bad))
        got: list[Any] = []
        try:
            if read == "for":
                async for n in c:
                    got.append(n)
            else:
                c.on("data", got.append)
                await promises.finished(c)
        except BoomError:
            got.append("boom")
        return got

    assert run(main) == [4, 6, "boom"]


OPERATIONS: dict[str, Any] = {
    "some": lambda c: c.some(lambda n: n > 2),
    "every": lambda c: c.every(lambda n: n < 0),
    "find": lambda c: c.find(lambda n: n > 2),
    "some of none": lambda c: c.some(lambda n: n > 200),
    "take": lambda c: c.take(1).to_array(),
    "drop": lambda c: c.drop(1).to_array(),
    "map and take": lambda c: c.map(lambda n: n).take(1).to_array(),
    "reduce": lambda c: c.reduce(lambda total, n: total + n),
    "to_array": lambda c: c.to_array(),
}


@twins.program(
    PRELUDE
    + """
    const operations = [
      (c) => c.some((n) => n > 2), (c) => c.every((n) => n < 0), (c) => c.find((n) => n > 2),
      (c) => c.some((n) => n > 200), (c) => c.take(1).toArray(), (c) => c.drop(1).toArray(),
      (c) => c.map((n) => n).take(1).toArray(), (c) => c.reduce((total, n) => total + n),
      (c) => c.toArray()];
    const quiet = () => new PassThrough({ objectMode: true });
    for (const make of [() => compose(quiet(), quiet()), () => quiet()]) {
      for (const operation of operations) {
        const events = []; const c = Readable.from([1, 2, 3, 4, 5]).compose(make());
        for (const event of ['end', 'error', 'close']) c.on(event, () => events.push(event));
        say(await operation(c)); await turns(12); say(events);
      }
    }
    """
)
async def test_operators_of_what_is_composed(say: Any) -> None:
    def quiet() -> Any:
        return PassThrough(object_mode=True)

    def hear(events: list[str], event: str) -> Any:
        return lambda *args: events.append(event)

    for make in (lambda: compose(quiet(), quiet()), quiet):
        for operation in OPERATIONS.values():
            events: list[str] = []
            c = Readable.from_([1, 2, 3, 4, 5]).compose(make())
            for event in ("end", "error", "close"):
                c.on(event, hear(events, event))
            say(await operation(c))
            await turns(12)
            say(events)


@twins.program(
    PRELUDE
    + """
    const c = Readable.from([1, 2, 3]).compose(new PassThrough({ objectMode: true }));
    c.on('error', (error) => say('error', error));
    for await (const n of c) { say(n); break; }
    await turns(); say(c.destroyed);
    """
)
async def test_a_loop_over_what_is_composed_that_is_left_is_no_failure(say: Any) -> None:
    c = Readable.from_([1, 2, 3]).compose(PassThrough(object_mode=True))
    c.on("error", lambda error: say("error", error))
    async for n in c:
        say(n)
        break
    gc.collect()  # Where references are not counted, the loop is left only now.
    await turns()
    say(c.destroyed)


# -- finished -----------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const acts = {
      read: (r) => { r.push(1); r.push(null); r.resume(); },
      unread: (r) => { r.push(1); r.push(null); },
      destroy: (r) => r.destroy(), fail: (r) => r.destroy(new Error('boom')),
      end: (r) => r.emit('end'), finish: (r) => r.emit('finish'), close: (r) => r.emit('close'),
    };
    for (const name in acts) {
      for (const settings of [{}, { autoDestroy: false }, { emitClose: false }]) {
        for (const first of [true, false]) {
          for (const readable of [undefined, true, false]) {
            for (const writable of [true, false]) {
              const r = new Readable({ objectMode: true, read() {}, ...settings });
              r.on('error', () => {}); const told = [];
              const ask = () => finished(r, { readable, writable },
                (error) => told.push(error ? error.code || error.message : 'fine'));
              if (first) ask();
              acts[name](r); await turns(2);
              if (!first) ask();
              await turns(2); say(told);
            }
          }
        }
      }
    }
    """
)
async def test_finished_asked_of_a_side_that_a_readable_has_not(say: Any) -> None:
    def read(r: Any) -> None:
        unread(r)
        r.resume()

    def unread(r: Any) -> None:
        r.push(1)
        r.push(None)

    acts: list[Any] = [read, unread, lambda r: r.destroy(), lambda r: r.destroy(BoomError("boom"))]
    acts += [lambda r, event=event: r.emit(event) for event in ("end", "finish", "close")]
    options: list[dict[str, Any]] = [{}, {"auto_destroy": False}, {"emit_close": False}]
    for act, settings, first, readable, writable in itertools.product(
        acts, options, (True, False), (None, True, False), (True, False)
    ):
        r: Any = Readable(object_mode=True, read=lambda self, size: None, **settings)
        r.on("error", silent)
        told: list[Any] = []

        def tell(error: Any, told: list[Any] = told) -> None:
            told.append((getattr(error, "code", None) or str(error)) if error else "fine")

        if first:
            finished(r, tell, readable=readable, writable=writable)
        act(r)
        await turns(2)
        if not first:
            finished(r, tell, readable=readable, writable=writable)
        await turns(2)
        say(told)


# -- functions as streams -----------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const eat = async function* (source) { for await (const n of source); };
    const sum = async function* (source) {
      let total = 0; for await (const n of source) total += n; yield total; };
    const first = async function* (source) { yield 0; for await (const n of source) yield n; };
    const ways = {
      flow: async (d) => { d.on('data', (n) => say(n)); d.write(1); d.end(2); await turns(); },
      iterate: async (d) => { d.write(1); d.end(2); for await (const n of d) say(n); },
      array: async (d) => { d.write(1); d.end(2); say(await d.toArray()); },
      late: async (d) => { d.write(1); d.end(2); await turns(); d.resume(); },
      pulled: async (d) => { d.on('readable', () => { let n; while ((n = d.read()) !== null) say(n);
        }); d.write(1); d.end(2); },
    };
    for (const make of [up, eat, sum, first]) {
      for (const way in ways) {
        const d = watch('d', Duplex.from(make)); await ways[way](d); await turns(8);
      }
    }
    """
)
async def test_a_function_as_a_stream_ends_before_it_finishes(say: Any) -> None:
    async def eat(source: Any) -> Any:
        async for _ in source:
            pass
        return
        yield

    async def total(source: Any) -> Any:
        result = 0
        async for n in source:
            result += n
        yield result

    async def first(source: Any) -> Any:
        yield 0
        async for n in source:
            yield n

    async def flow(d: Any) -> None:
        d.on("data", say)
        d.write(1)
        d.end(2)
        await turns()

    async def iterate(d: Any) -> None:
        d.write(1)
        d.end(2)
        async for n in d:
            say(n)

    async def array(d: Any) -> None:
        d.write(1)
        d.end(2)
        say(await d.to_array())

    async def late(d: Any) -> None:
        d.write(1)
        d.end(2)
        await turns()
        d.resume()

    async def pulled(d: Any) -> None:
        def take() -> None:
            while (n := d.read()) is not None:
                say(n)

        d.on("readable", take)
        d.write(1)
        d.end(2)

    for make in (up, eat, total, first):
        for way in (flow, iterate, array, late, pulled):
            d = watch(say, "d", Duplex.from_(make))
            await way(d)
            await turns(8)


# -- a source that is read at once --------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const give = (stream) => { stream.push('a'); stream.push(null); };
    const sources = [
      (o) => new Readable({ ...o, read() { give(this); } }),
      (o) => new Readable({ ...o, encoding: 'utf8', read() { give(this); } }),
      (o) => new Readable({ ...o, autoDestroy: false, read() { give(this); } }),
      (o) => new Readable({ ...o, objectMode: true, read() { give(this); } }),
      (o) => new Readable({ ...o, read() { nextTick(give, this); } }),
      (o) => new Readable({ ...o, read() { later(give, this); } }),
      (o) => { const t = new PassThrough(o); t.end('a'); return t; },
      (o) => { const r = new Readable({ ...o, read() {} }); give(r); return r; },
    ];
    const ways = [
      (r) => r.take(1).toArray(), (r) => r.drop(0).take(1).toArray(),
      (r) => r.map((n) => n).take(1).toArray(),
      async (r) => { const got = []; r.take(1).on('data', (n) => got.push(n)); await turns();
        return got; },
      async (r) => { const got = []; await promises.pipeline(r.take(1), new Writable({
        objectMode: true, write(n, e, done) { got.push(n); done(); } })); return got; },
    ];
    for (const highWaterMark of [1, 16]) {
      for (const make of sources) {
        for (const way of ways) {
          const r = make({ highWaterMark }); const events = [];
          for (const event of ['end', 'error', 'close']) r.on(event, () => events.push(event));
          const got = (await way(r)).map((n) => `${n}`); await turns();
          say(got, events, r.destroyed);
        }
      }
    }
    """
)
async def test_take_of_a_source_that_gives_its_only_chunk_and_its_end_at_once(say: Any) -> None:
    def give(stream: Any, *_: Any) -> None:
        stream.push("a")
        stream.push(None)

    def written(**o: Any) -> Any:
        t: Any = PassThrough(**o)
        t.end("a")
        return t

    def pushed(**o: Any) -> Any:
        r: Any = Readable(**o, read=lambda self, size: None)
        give(r)
        return r

    sources: list[Any] = [
        lambda **o: Readable(**o, read=give),
        lambda **o: Readable(**o, encoding="utf8", read=give),
        lambda **o: Readable(**o, auto_destroy=False, read=give),
        lambda **o: Readable(**o, object_mode=True, read=give),
        lambda **o: Readable(**o, read=lambda self, size: next_tick(give, self)),
        lambda **o: Readable(**o, read=lambda self, size: later(give, self)),
        written,
        pushed,
    ]

    async def flow(r: Any) -> list[Any]:
        got: list[Any] = []
        r.take(1).on("data", got.append)
        await turns()
        return got

    async def pipe(r: Any) -> list[Any]:
        got: list[Any] = []

        def write(self: Any, n: Any, encoding: Any, done: Any) -> None:
            got.append(n)
            done()

        await promises.pipeline(r.take(1), Writable(object_mode=True, write=write))
        return got

    ways: list[Any] = [
        lambda r: r.take(1).to_array(),
        lambda r: r.drop(0).take(1).to_array(),
        lambda r: r.map(lambda n: n).take(1).to_array(),
        flow,
        pipe,
    ]
    for mark, make, way in itertools.product((1, 16), sources, ways):
        r = make(high_water_mark=mark)
        events: list[str] = []
        r.on("end", lambda events=events: events.append("end"))
        r.on("error", lambda error, events=events: events.append("error"))
        r.on("close", lambda events=events: events.append("close"))
        got = [n if isinstance(n, str) else n.decode() for n in await way(r)]
        await turns()
        say(got, events, r.destroyed)


# -- construct and destroy in a pipeline --------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const constructs = { sync: (done, error) => done(error), tick: nextTick, later };
    for (const way in constructs) {
      for (const failing of ['0', '1', '2', '01', '12', '02', '012']) {
        for (const act of ['', '0', '1', '2', '0e', '1e', '2e']) {
          const made = (i, Class, methods) => watch(`s${i}`, new Class({ objectMode: true,
            construct(done) {
              constructs[way](done, failing.includes(i) ? new Error(`c${i}`) : undefined); },
            ...methods }));
          const streams = [made(0, Readable, { read() {} }), made(1, PassThrough, {}),
            made(2, Writable, { write(n, e, done) { done(); } })];
          pipeline(...streams, (error) => say('over', error && (error.code || error.message),
            error && error.errors ? error.errors.map((e) => e.code || e.message) : null));
          await turn();
          if (act) streams[+act[0]].destroy(act[1] && new Error(`d${act[0]}`));
          await turns();
        }
      }
    }
    """
)
async def test_a_pipeline_whose_streams_fail_to_construct_while_others_go(say: Any) -> None:
    constructs: list[Any] = [lambda done, error: done(error), next_tick, later]
    failures = ("0", "1", "2", "01", "12", "02", "012")
    for way, failing_ones, act in itertools.product(
        constructs, failures, ("", "0", "1", "2", "0e", "1e", "2e")
    ):

        def made(
            i: int, kind: Any, way: Any = way, fail: str = failing_ones, **methods: Any
        ) -> Any:
            def construct(self: Any, done: Any) -> None:
                way(done, BoomError(f"c{i}") if str(i) in fail else None)

            return watch(say, f"s{i}", kind(object_mode=True, construct=construct, **methods))

        def over(error: Any = None, value: Any = None) -> None:
            errors = getattr(error, "errors", None)
            say(
                "over",
                error and (getattr(error, "code", None) or str(error)),
                [getattr(e, "code", None) or str(e) for e in errors] if errors else None,
            )

        streams = [
            made(0, Readable, read=lambda self, size: None),
            made(1, PassThrough),
            made(2, Writable, write=lambda self, n, encoding, done: done()),
        ]
        pipeline(*streams, callback=over)
        await turn()
        if act:
            streams[int(act[0])].destroy(BoomError(f"d{act[0]}") if act[1:] else None)
        await turns()


# -- nothing accepted is lost -------------------------------------------------------------------


def a_destroy(way: str) -> Any:
    def destroy(self: Any, error: Any, done: Any) -> None:
        if way == "sync":
            done(error)
        elif way == "tick":
            next_tick(done, error)
        else:
            later(done, error)

    return destroy


@pytest.mark.parametrize("way", ["sync", "tick", "later"])
@pytest.mark.parametrize("pending", [0, 1, 2, 3])
@pytest.mark.parametrize("wait", [0, 1, 2, 5])
@pytest.mark.parametrize("how", ["finished", "pipeline"])
def test_a_sink_destroyed_with_writes_pending_is_no_success(
    way: str, pending: int, wait: int, how: str
) -> None:
    """docs/differences.md: Node's succeeds where `_destroy` takes its time."""

    async def main() -> None:
        written: list[int] = []
        told: list[Any] = []

        def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
            def work() -> None:
                written.append(chunk)
                done()

            later(work)

        sink: Any = Writable(object_mode=True, write=write, destroy=a_destroy(way))
        if how == "finished":
            finished(sink, told.append)
            for n in range(pending):
                sink.write(n)
            sink.end()
        else:
            pipeline(Readable.from_(range(pending)), sink, callback=told.append)
        await turns(wait)
        sink.destroy()
        await turns(12)
        assert len(told) == 1
        if told[0] is None:
            assert len(written) == pending
        else:
            assert isinstance(told[0], StreamPrematureCloseError)

    run(main)


@pytest.mark.parametrize("way", ["sync", "later"])
@pytest.mark.parametrize("pushed", [0, 1, 2, 3])
@pytest.mark.parametrize("wait", [0, 1, 2])
@pytest.mark.parametrize("slow", [True, False])
@pytest.mark.parametrize("auto_destroy", [True, False])
def test_a_source_destroyed_before_its_last_read_leaves_no_pipeline_waiting(
    way: str, pushed: int, wait: int, slow: bool, auto_destroy: bool
) -> None:
    """docs/differences.md: Node's pipeline waits for ever."""

    async def main() -> None:
        got: list[Any] = []
        told: list[Any] = []

        def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
            got.append(chunk)
            if slow:
                later(done)
            else:
                done()

        source: Any = Readable(
            object_mode=True,
            read=lambda self, size: None,
            destroy=a_destroy(way),
            auto_destroy=auto_destroy,
        )
        sink: Any = Writable(object_mode=True, high_water_mark=1, write=write)
        pipeline(source, sink, callback=told.append)
        await turn()
        for n in range(pushed):
            source.push(n)
        source.push(None)
        await turns(wait)
        source.destroy()
        await turns(12)
        assert len(told) == 1
        if told[0] is None:
            assert len(got) == pushed
        else:
            assert isinstance(told[0], StreamPrematureCloseError)
        assert sink.closed

    run(main)
