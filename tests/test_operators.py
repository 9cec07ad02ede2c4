"""The operators of a Readable: the same chunks, errors and end states as Node's."""

from __future__ import annotations

import asyncio
import functools
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import AbortController, AbortSignal, Readable, Writable, promises, run
from streams2.errors import InvalidArgTypeError, MissingArgsError, OutOfRangeError
from streams2.streams.finished import settled

from .support import BoomError
from .twins import Twins, turn

twins = Twins()

PRELUDE = """
const turns = async (n = 12) => { while (n--) await turn(); };
const idle = (...chunks) => {
  const stream = new Readable({ objectMode: true, read() {} });
  for (const chunk of chunks) stream.push(chunk);
  return stream;
};
const attempt = async (work) => {
  try { say('value', await work()); } catch (error) { say('caught', error); }
};
const state = (stream) => [stream.destroyed, stream.readableEnded, stream.errored];
const follow = (stream) => {
  for (const event of ['data', 'end', 'error', 'close'])
    stream.on(event, (value) => say(event, value === undefined ? null : value));
  return stream;
};
"""


async def turns(count: int = 40) -> None:
    for _ in range(count):
        await turn()


def idle(*chunks: Any) -> Readable[Any]:
    stream = Readable(object_mode=True, read=lambda self, size: None)
    for chunk in chunks:
        stream.push(chunk)
    return stream


async def attempt(say: Any, work: Any) -> None:
    try:
        say("value", await work())
    except Exception as error:
        say("caught", error)


def state(stream: Readable[Any]) -> list[Any]:
    return [stream.destroyed, stream.readable_ended, stream.errored]


def follow(say: Any, stream: Readable[Any]) -> Readable[Any]:
    for event in ("end", "close"):
        stream.on(event, lambda event=event: say(event, None))
    for event in ("data", "error"):
        stream.on(event, lambda value, event=event: say(event, value))
    return stream


async def double(n: int) -> int:
    await turn()
    return n * 2


# -- what comes out -----------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const source = Readable.from([1, 2, 3]);
    follow(source.map((n) => n * 2)).on('close', () => say(state(source)));
    """
)
def test_map_gives_a_stream(say: Any) -> None:
    source = Readable.from_([1, 2, 3])
    follow(say, source.map(lambda n: n * 2)).on("close", lambda: say(state(source)))


@twins.program(
    PRELUDE
    + """
    const of = (n) => Readable.from(Array.from({ length: n }, (_, i) => i));
    const later = async (n) => { await turn(); return n; };
    await attempt(() => of(6).filter((n) => n % 2).toArray());
    await attempt(() => of(6).filter(async (n) => later(n % 3)).toArray());
    await attempt(() => of(6).flatMap((n) => [n, [n]]).toArray());
    await attempt(() => of(3).flatMap((n) => Readable.from(['a', n])).toArray());
    await attempt(() => of(3).flatMap(async (n) => `${n}!`).toArray());
    await attempt(() => of(6).take(2).toArray());
    await attempt(() => of(6).take(0).toArray());
    await attempt(() => of(6).take(9).toArray());
    await attempt(() => of(6).drop(4).toArray());
    await attempt(() => of(6).drop(0).toArray());
    await attempt(() => of(6).drop(9).toArray());
    await attempt(() => of(6).drop(1).map((n) => n + 1).take(3).toArray());
    await attempt(() => of(6).some((n) => n === 3));
    await attempt(() => of(6).some((n) => n === 7));
    await attempt(() => of(6).every((n) => n < 6));
    await attempt(() => of(6).every(async (n) => later(n < 3)));
    await attempt(() => of(0).every(() => false));
    await attempt(() => of(6).find((n) => n > 3));
    await attempt(() => of(6).find((n) => n > 3, { concurrency: 4 }));
    await attempt(() => of(5).reduce((a, b) => a + b));
    await attempt(() => of(5).reduce(async (a, b) => { await turn(); return a + b; }, 10));
    await attempt(() => of(1).reduce(() => { throw new Error('never called'); }));
    const seen = [];
    await of(4).forEach(async (n) => { await turn(); seen.push(n); }, { concurrency: 2 });
    say(seen);
    """
)
async def test_what_comes_out(say: Any) -> None:
    def of(n: int) -> Readable[int]:
        return Readable.from_(range(n))

    async def later(n: Any) -> Any:
        await turn()
        return n

    async def text(n: int) -> str:
        return f"{n}!"

    async def plus(a: int, b: int) -> int:
        await turn()
        return a + b

    def never(a: int, b: int) -> int:
        raise BoomError("never called")

    await attempt(say, lambda: of(6).filter(lambda n: n % 2).to_array())
    await attempt(say, lambda: of(6).filter(lambda n: later(n % 3)).to_array())
    await attempt(say, lambda: of(6).flat_map(lambda n: [n, [n]]).to_array())
    await attempt(say, lambda: of(3).flat_map(lambda n: Readable.from_(["a", n])).to_array())
    await attempt(say, lambda: of(3).flat_map(text).to_array())
    await attempt(say, lambda: of(6).take(2).to_array())
    await attempt(say, lambda: of(6).take(0).to_array())
    await attempt(say, lambda: of(6).take(9).to_array())
    await attempt(say, lambda: of(6).drop(4).to_array())
    await attempt(say, lambda: of(6).drop(0).to_array())
    await attempt(say, lambda: of(6).drop(9).to_array())
    await attempt(say, lambda: of(6).drop(1).map(lambda n: n + 1).take(3).to_array())
    await attempt(say, lambda: of(6).some(lambda n: n == 3))
    await attempt(say, lambda: of(6).some(lambda n: n == 7))
    await attempt(say, lambda: of(6).every(lambda n: n < 6))
    await attempt(say, lambda: of(6).every(lambda n: later(n < 3)))
    await attempt(say, lambda: of(0).every(lambda n: False))
    await attempt(say, lambda: of(6).find(lambda n: n > 3))
    await attempt(say, lambda: of(6).find(lambda n: n > 3, concurrency=4))
    await attempt(say, lambda: of(5).reduce(lambda a, b: a + b))
    await attempt(say, lambda: of(5).reduce(plus, 10))
    await attempt(say, lambda: of(1).reduce(never))
    seen = []

    async def see(n: int) -> None:
        await turn()
        seen.append(n)

    await of(4).for_each(see, concurrency=2)
    say(seen)


# -- concurrency --------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    for (const [concurrency, highWaterMark] of [[1], [2], [3, 0], [2, 5], [1, 3], [9]]) {
      const waiting = []; let begun = 0, running = 0, most = 0;
      const stream = Readable.from([...'abcdefghij']).map((letter) => {
        begun++; most = Math.max(most, ++running);
        return new Promise((resolve) => waiting.push(() => { running--; resolve(letter); }));
      }, { concurrency, highWaterMark });
      const got = []; stream.on('data', (letter) => got.push(letter));
      await turns();
      say('begun', begun, 'most', most);
      while (waiting.length) {
        // The last one begun is the first to be done.
        waiting.pop()();
        await turns();
        say('begun', begun, 'got', got.join(''));
      }
    }
    """
)
async def test_results_keep_their_order_and_calls_their_number(say: Any) -> None:
    for concurrency, mark in [(1, None), (2, None), (3, 0), (2, 5), (1, 3), (9, None)]:
        waiting: list[asyncio.Future[str]] = []
        letters: list[str] = []
        running: list[int] = []

        def step(
            letter: str, waiting: Any = waiting, letters: Any = letters, running: Any = running
        ) -> asyncio.Future[str]:
            letters.append(letter)
            waiting.append(asyncio.get_running_loop().create_future())
            waiting[-1].letter = letter
            running.append(len(waiting))
            return waiting[-1]

        source = Readable.from_(list("abcdefghij"))
        stream = source.map(step, concurrency=concurrency, high_water_mark=mark)
        got: list[str] = []
        stream.on("data", got.append)
        await turns()
        say("begun", len(letters), "most", max(running))
        while waiting:
            last: Any = waiting.pop()
            last.set_result(last.letter)
            await turns()
            say("begun", len(letters), "got", "".join(got))


@twins.program(
    PRELUDE
    + """
    let taken = 0;
    const source = Readable.from((function* () { while (true) yield taken++; })());
    const stream = source.map((n) => n, { concurrency: 2, highWaterMark: 3 });
    await turns(); say('unread', taken);
    stream.read(); await turns(); say(taken);
    for (let n = 0; n < 3; n++) { say(stream.read()); await turns(); say(taken); }
    stream.destroy(); await turns();
    """
)
async def test_no_more_is_taken_than_has_room(say: Any) -> None:
    taken = 0

    def count() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield taken - 1

    stream = Readable.from_(count()).map(lambda n: n, concurrency=2, high_water_mark=3)
    await turns()
    say("unread", taken)
    stream.read()
    await turns()
    say(taken)
    for _ in range(3):
        say(stream.read())
        await turns()
        say(taken)
    stream.destroy()
    await turns()


# -- what goes wrong ----------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const cases = {
      throws: (n) => { if (n === 2) throw new Error('boom'); return n; },
      rejects: async (n) => { await turn(); if (n === 2) throw new Error('boom'); return n; },
    };
    for (const [name, step] of Object.entries(cases)) {
      for (const concurrency of [1, 3]) {
        const source = Readable.from([1, 2, 3, 4]);
        await attempt(() => source.map(step, { concurrency }).toArray());
        await turns(); say(name, concurrency, state(source));
      }
      for (const make of [(s) => s.forEach(step), (s) => s.filter(step).toArray(),
        (s) => s.flatMap(step).toArray(), (s) => s.reduce((a, b) => step(b)), (s) => s.find(step),
        (s) => s.some(async (n) => { await step(n); return false; }),
        (s) => s.every(async (n) => { await step(n); return true; })]) {
        const source = Readable.from([[1], 2, 3]);
        await attempt(() => make(source)); await turns(); say(state(source));
      }
    }
    """
)
async def test_a_function_that_fails(say: Any) -> None:
    def throws(n: Any) -> Any:
        if n == 2:
            raise BoomError("boom")
        return n

    async def rejects(n: Any) -> Any:
        await turn()
        return throws(n)

    async def to_bool(step: Any, n: Any, answer: bool) -> bool:
        outcome = step(n)
        if asyncio.iscoroutine(outcome):
            await outcome
        return answer

    for name, step in {"throws": throws, "rejects": rejects}.items():
        for concurrency in (1, 3):
            source = Readable.from_([1, 2, 3, 4])
            made = source.map(step, concurrency=concurrency)
            await attempt(say, made.to_array)
            await turns()
            say(name, concurrency, state(source))
        works: list[Any] = [
            lambda s, f=step: s.for_each(f),
            lambda s, f=step: s.filter(f).to_array(),
            lambda s, f=step: s.flat_map(f).to_array(),
            lambda s, f=step: s.reduce(lambda a, b: f(b)),
            lambda s, f=step: s.find(f),
            lambda s, f=step: s.some(lambda n: to_bool(f, n, False)),
            lambda s, f=step: s.every(lambda n: to_bool(f, n, True)),
        ]
        for work in works:
            other: Readable[Any] = Readable.from_([[1], 2, 3])
            await attempt(say, lambda work=work, other=other: work(other))
            await turns()
            say(state(other))


@twins.program(
    PRELUDE
    + """
    for (const make of [(s) => s.map((n) => n), (s) => s.filter((n) => n), (s) => s.take(9),
      (s) => s.drop(1), (s) => s.flatMap((n) => [n])]) {
      const source = idle(1, 2); source.on('error', (error) => say('source', error));
      const stream = follow(make(source)); await turns();
      source.destroy(new Error('boom')); await turns();
      say(state(source), state(stream));
    }
    for (const work of [(s) => s.toArray(), (s) => s.reduce((a, b) => a + b),
      (s) => s.some(() => false), (s) => s.every(() => true), (s) => s.forEach(() => {}),
      (s) => s.find(() => false)]) {
      const source = idle(1, 2);
      const done = attempt(() => work(source)); await turns();
      source.destroy(new Error('boom')); await done; say(state(source));
    }
    """
)
async def test_a_source_that_fails(say: Any) -> None:
    streams: list[Any] = [
        lambda s: s.map(lambda n: n),
        lambda s: s.filter(lambda n: n),
        lambda s: s.take(9),
        lambda s: s.drop(1),
        lambda s: s.flat_map(lambda n: [n]),
    ]
    for make in streams:
        source = idle(1, 2)
        source.on("error", lambda error: say("source", error))
        stream = follow(say, make(source))
        await turns()
        source.destroy(BoomError("boom"))
        await turns()
        say(state(source), state(stream))
    works: list[Any] = [
        lambda s: s.to_array(),
        lambda s: s.reduce(lambda a, b: a + b),
        lambda s: s.some(lambda n: False),
        lambda s: s.every(lambda n: True),
        lambda s: s.for_each(lambda n: None),
        lambda s: s.find(lambda n: False),
    ]
    for work in works:
        source = idle(1, 2)
        task = asyncio.ensure_future(attempt(say, lambda work=work, s=source: work(s)))
        await turns()
        source.destroy(BoomError("boom"))
        await task
        say(state(source))


@twins.program(
    PRELUDE
    + """
    for (const [name, work] of Object.entries({
      take: (s) => s.take(2).toArray(), find: (s) => s.find((n) => n === 2),
      some: (s) => s.some((n) => n === 2), every: (s) => s.every((n) => n < 2),
      none: (s) => s.take(0).toArray(),
      loop: async (s) => { for await (const n of s.map((n) => n)) if (n === 2) return n; },
    })) {
      const source = Readable.from([1, 2, 3, 4, 5]);
      await attempt(() => work(source)); await turns(); say(name, state(source));
    }
    """
)
async def test_who_stops_early_destroys_the_source(say: Any) -> None:
    async def loop(stream: Readable[int]) -> Any:
        numbers = stream.map(lambda n: n).iterator()
        async for n in numbers:
            if n == 2:
                break
        await numbers.aclose()
        return n

    works: dict[str, Any] = {
        "take": lambda s: s.take(2).to_array(),
        "find": lambda s: s.find(lambda n: n == 2),
        "some": lambda s: s.some(lambda n: n == 2),
        "every": lambda s: s.every(lambda n: n < 2),
        "none": lambda s: s.take(0).to_array(),
        "loop": loop,
    }
    for name, work in works.items():
        source = Readable.from_([1, 2, 3, 4, 5])
        await attempt(say, lambda work=work, source=source: work(source))
        await turns()
        say(name, state(source))


def test_what_waits_for_an_idle_source_is_let_go_at_once() -> None:
    """Node destroys the source with its next chunk; here it is not left open until then."""

    async def main() -> list[Any]:
        source = idle(1)
        stream = source.map(lambda n: n)
        stream.on("data", lambda n: stream.destroy())
        await turns()
        return [stream.closed, source.closed, getattr(source.errored, "code", None)]

    assert run(main) == [True, True, "ABORT_ERR"]


# -- signals ------------------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    for (const make of [(s, o) => s.map((n) => n, o), (s, o) => s.filter((n) => n, o),
      (s, o) => s.take(9, o), (s, o) => s.drop(0, o), (s, o) => s.flatMap((n) => [n], o)]) {
      for (const when of ['before', 'after']) {
        const controller = new AbortController(); const { signal } = controller;
        const source = idle(1); if (when === 'before') controller.abort();
        const stream = follow(make(source, { signal })); await turns();
        controller.abort(); await turns(); say('idle', state(source), state(stream));
        if (source.destroyed) continue;
        source.push(2); await turns(); say(when, state(source), state(stream));
      }
    }
    """
)
async def test_a_stream_of_an_aborted_operator_fails_at_the_next_chunk(say: Any) -> None:
    makes: list[Any] = [
        lambda s, o: s.map(lambda n: n, signal=o),
        lambda s, o: s.filter(lambda n: n, signal=o),
        lambda s, o: s.take(9, signal=o),
        lambda s, o: s.drop(0, signal=o),
        lambda s, o: s.flat_map(lambda n: [n], signal=o),
    ]
    for make in makes:
        for when in ("before", "after"):
            controller = AbortController()
            source = idle(1)
            if when == "before":
                controller.abort()
            stream = follow(say, make(source, controller.signal))
            await turns()
            controller.abort()
            await turns()
            say("idle", state(source), state(stream))
            if source.destroyed:
                continue
            source.push(2)
            await turns()
            say(when, state(source), state(stream))


@twins.program(
    PRELUDE
    + """
    for (const work of [(s, o) => s.toArray(o), (s, o) => s.reduce((a, b) => a + b, 0, o),
      (s, o) => s.some(() => false, o), (s, o) => s.every(() => true, o),
      (s, o) => s.forEach(() => {}, o), (s, o) => s.find(() => false, o)]) {
      for (const when of ['before', 'after']) {
        const controller = new AbortController(); const { signal } = controller;
        const source = idle(1); if (when === 'before') controller.abort(new Error('why'));
        const done = attempt(() => work(source, { signal })); await turns();
        controller.abort(new Error('why')); await turns();
        say(when, state(source)); if (!source.destroyed) { source.push(2); source.push(3); }
        await done; await turns(); say(state(source));
      }
    }
    """
)
async def test_an_aborted_operator_raises_at_the_next_chunk(say: Any) -> None:
    works: list[Any] = [
        lambda s, o: s.to_array(signal=o),
        lambda s, o: s.reduce(lambda a, b: a + b, 0, signal=o),
        lambda s, o: s.some(lambda n: False, signal=o),
        lambda s, o: s.every(lambda n: True, signal=o),
        lambda s, o: s.for_each(lambda n: None, signal=o),
        lambda s, o: s.find(lambda n: False, signal=o),
    ]
    for work in works:
        for when in ("before", "after"):
            controller = AbortController()
            source = idle(1)
            if when == "before":
                controller.abort(BoomError("why"))
            done = asyncio.ensure_future(
                attempt(say, lambda work=work, s=source, c=controller: work(s, c.signal))
            )
            await turns()
            controller.abort(BoomError("why"))
            await turns()
            say(when, state(source))
            if not source.destroyed:
                source.push(2)
                source.push(3)
            await done
            await turns()
            say(state(source))


@twins.program(
    PRELUDE
    + """
    const controller = new AbortController();
    const source = idle(1, 2);
    const stream = follow(source.map(async (n) => { await turns(4); return n; }, controller));
    await turn(); await turn(); controller.abort(); await turns(); say(state(source));
    """
)
async def test_a_call_that_runs_when_it_is_aborted_counts_no_more(say: Any) -> None:
    controller = AbortController()
    source = idle(1, 2)

    async def slow(n: int) -> int:
        await turns(4)
        return n

    follow(say, source.map(slow, signal=controller.signal))
    await turns(2)
    controller.abort()
    await turns()
    say(state(source))


@twins.program(
    PRELUDE
    + """
    const controller = new AbortController(); const signals = [];
    const keep = (n, options) => { signals.push(options.signal); return n; };
    await Readable.from([1]).map(keep, { signal: controller.signal }).toArray();
    await Readable.from([1]).filter(keep).toArray();
    await Readable.from([1, 2]).reduce((a, b, options) => { keep(b, options); return a; });
    say(signals.map((signal) => signal.aborted));
    controller.abort();
    say(signals.map((signal) => signal.aborted));
    """
)
async def test_a_function_may_have_a_signal(say: Any) -> None:
    controller = AbortController()
    signals: list[AbortSignal] = []

    def keep(n: int, *, signal: AbortSignal) -> int:
        signals.append(signal)
        return n

    def keep_two(a: int, b: int, options: Any) -> int:
        signals.append(options.signal)
        return a

    await Readable.from_([1]).map(keep, signal=controller.signal).to_array()
    await Readable.from_([1]).filter(keep).to_array()
    await Readable.from_([1, 2]).reduce(keep_two)
    say([signal.aborted for signal in signals])
    controller.abort()
    say([signal.aborted for signal in signals])


class Keeps:
    """Callables that take a signal, or do not, each in its way; and what came of it."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def by_name(self, chunk: Any, *, signal: AbortSignal) -> Any:
        self.given.append(signal)
        return chunk

    def in_place(self, chunk: Any, options: Any) -> Any:
        self.given.append(options.signal)
        return chunk

    def by_any_name(self, chunk: Any, **names: Any) -> Any:
        self.given += names.values()
        return chunk

    def in_any_place(self, *values: Any, **names: Any) -> Any:
        self.given += [*values[1:], *names.values()]
        return values[0]

    def without_need(self, chunk: Any, options: int = 0) -> Any:
        self.given += [options] * bool(options)
        return chunk


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("by_name", True),
        ("in_place", True),
        ("by_any_name", False),
        ("in_any_place", False),
        ("without_need", False),
    ],
)
def test_a_signal_is_given_to_who_names_it_and_to_nobody_else(name: str, takes: bool) -> None:
    async def main() -> None:
        keeps = Keeps()
        keep = getattr(keeps, name)
        source = lambda: Readable.from_([1])  # noqa: E731
        assert await source().map(keep).to_array() == [1]
        assert await source().filter(keep).to_array() == [1]
        assert await source().some(keep)
        assert await source().every(keep)
        assert await source().find(keep) == 1
        await source().for_each(keep)
        assert all(isinstance(given, AbortSignal) for given in keeps.given)
        assert len(keeps.given) == 6 * takes

    run(main)


def test_functions_of_the_standard_library_are_operators() -> None:
    async def main() -> None:
        texts = ['{"a": 1}', "[2]"]
        assert await Readable.from_(texts).map(json.loads).to_array() == [{"a": 1}, [2]]
        assert await Readable.from_([[1], {}]).map(json.dumps).to_array() == ["[1]", "{}"]
        assert await Readable.from_([{"a": 1}]).map(dict).to_array() == [{"a": 1}]
        assert await Readable.from_(["{}"]).every(lambda text, **_: json.loads(text) == {})
        await Readable.from_([1]).for_each(functools.partial(print, file=io.StringIO()))
        assert await Readable.from_([1, 2]).reduce(lambda a, b, **names: a + b + len(names)) == 3
        made: list[Any] = []

        async def eat(source: Any, **names: Any) -> None:
            made.extend([names, *[chunk async for chunk in source]])

        await promises.pipeline(Readable.from_([1]), eat)
        assert made == [{}, 1]

    run(main)


# -- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "misuse",
    [
        lambda s: s.map("x"),
        lambda s: s.filter(None),
        lambda s: s.flat_map(1),
        lambda s: s.map(print, signal=1),
        lambda s: s.filter(print, signal=1),
        lambda s: s.take("1"),
        lambda s: s.take(1, signal=1),
        lambda s: s.drop("1"),
    ],
)
def test_wrong_types_raise_at_the_call(misuse: Any) -> None:
    with pytest.raises(InvalidArgTypeError):
        misuse(Readable.from_([1]))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda s: s.map(print, concurrency=0),
        lambda s: s.map(print, concurrency="2"),
        lambda s: s.map(print, high_water_mark="2"),
        lambda s: s.map(print, high_water_mark=-1),
        lambda s: s.take(-1),
        lambda s: s.drop(-1),
    ],
)
def test_wrong_numbers_raise_at_the_call(misuse: Any) -> None:
    with pytest.raises(OutOfRangeError):
        misuse(Readable.from_([1]))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda s: s.for_each("x"),
        lambda s: s.some(None),
        lambda s: s.every(1),
        lambda s: s.find(1),
        lambda s: s.reduce(1),
        lambda s: s.reduce(max, 0, signal=1),
        lambda s: s.to_array(signal=1),
    ],
)
def test_wrong_types_raise_when_awaited(misuse: Any) -> None:
    async def main() -> None:
        with pytest.raises(InvalidArgTypeError):
            await misuse(Readable.from_([1]))

    run(main)


def test_reduce_of_nothing_needs_an_initial_value() -> None:
    async def main() -> None:
        assert await Readable.from_([]).reduce(max, None) is None
        with pytest.raises(MissingArgsError) as caught:
            await Readable.from_([]).reduce(max)
        assert caught.value.code == "ERR_MISSING_ARGS"

    run(main)


# -- as lists -----------------------------------------------------------------------------------

ON_STREAMS: dict[str, Any] = {
    "map": lambda s, n, c: s.map(lambda x: x + n, concurrency=c),
    "double": lambda s, n, c: s.map(double, concurrency=c),
    "filter": lambda s, n, c: s.filter(lambda x: x % (n + 2), concurrency=c),
    "flat_map": lambda s, n, c: s.flat_map(lambda x: [x] * n, concurrency=c),
    "take": lambda s, n, c: s.take(n),
    "drop": lambda s, n, c: s.drop(n),
}
ON_LISTS: dict[str, Any] = {
    "map": lambda xs, n: [x + n for x in xs],
    "double": lambda xs, n: [x * 2 for x in xs],
    "filter": lambda xs, n: [x for x in xs if x % (n + 2)],
    "flat_map": lambda xs, n: [x for x in xs for _ in range(n)],
    "take": lambda xs, n: xs[:n],
    "drop": lambda xs, n: xs[n:],
}
steps_of_a_chain = st.tuples(
    st.sampled_from(sorted(ON_LISTS)), st.integers(0, 4), st.integers(1, 4)
)


@given(
    st.lists(st.integers(0, 20), max_size=12),
    st.lists(steps_of_a_chain, max_size=5),
)
def test_operators_do_what_they_do_to_lists(
    values: list[int], steps: list[tuple[str, int, int]]
) -> None:
    async def main() -> list[int]:
        stream: Readable[int] = Readable.from_(values)
        for name, n, concurrency in steps:
            stream = ON_STREAMS[name](stream, n, concurrency)
        return await stream.to_array()

    expected = values
    for name, n, _ in steps:
        expected = ON_LISTS[name](expected, n)
    # Not `run`, which collects all garbage at its end: of a test run, that takes long.
    assert asyncio.run(main()) == expected


def a_wrong_one() -> int:
    return 1


@pytest.mark.parametrize(
    ("operate", "gives"),
    [
        (lambda stream: stream.map(a_wrong_one).to_array(), "chunk"),
        (lambda stream: stream.filter(a_wrong_one).to_array(), "chunk"),
        (lambda stream: stream.flat_map(a_wrong_one).to_array(), "chunk"),
        (lambda stream: stream.for_each(a_wrong_one), "chunk"),
        (lambda stream: stream.some(a_wrong_one), "chunk"),
        (lambda stream: stream.find(a_wrong_one), "chunk"),
        (lambda stream: stream.reduce(a_wrong_one, 0), "what it returned last, chunk"),
    ],
)
def test_a_function_that_does_not_take_a_chunk_is_named(operate: Any, gives: str) -> None:
    said = rf"a_wrong_one \(.*test_operators.py, line \d+\), is called with {gives}"
    with pytest.raises(InvalidArgTypeError, match=said):
        run(lambda: operate(Readable.from_([1, 2])))


# -- when it comes out ----------------------------------------------------------------------------


@twins.program(
    PRELUDE
    + """
    const of = (n) => Readable.from(Array.from({ length: n }, (_, i) => i));
    const call = (name, answer = (n) => n) => (n) => { say(name, n); return answer(n); };
    const loop = async (stream) => { for await (const n of stream) say('loop', n); };
    await loop(of(4).map(call('map')));
    await loop(of(4).map(call('map', async (n) => n)));
    await loop(of(4).map(call('first')).map(call('second')));
    await loop(of(6).filter(call('filter', (n) => n % 2)).map(call('map')));
    await loop(of(6).map(call('map')).take(3));
    await loop(of(6).map(call('map')).drop(2));
    const write = (n, _, done) => { say('write', n); done(); };
    const sink = new Writable({ objectMode: true, write });
    const closed = new Promise((resolve) => sink.on('close', resolve));
    of(4).map(call('map')).pipe(sink);
    await closed;
    """
)
async def test_a_function_is_called_when_its_result_is_wanted(say: Any) -> None:
    def of(n: int) -> Readable[int]:
        return Readable.from_(range(n))

    def call(name: str, answer: Any = lambda n: n) -> Any:
        def called(n: int) -> Any:
            say(name, n)
            return answer(n)

        return called

    async def loop(stream: Readable[Any]) -> None:
        async for n in stream:
            say("loop", n)

    async def later(n: int) -> int:
        return n

    await loop(of(4).map(call("map")))
    await loop(of(4).map(call("map", later)))
    await loop(of(4).map(call("first")).map(call("second")))
    await loop(of(6).filter(call("filter", lambda n: n % 2)).map(call("map")))
    await loop(of(6).map(call("map")).take(3))
    await loop(of(6).map(call("map")).drop(2))

    def write(self: Any, n: int, encoding: str, done: Any) -> None:
        say("write", n)
        done()

    sink: Writable[int] = Writable(object_mode=True, write=write)
    closed = asyncio.get_running_loop().create_future()
    sink.on("close", lambda: closed.set_result(None))
    of(4).map(call("map")).pipe(sink)
    await closed


def test_a_step_that_waits_is_let_go_before_its_task_has_begun() -> None:
    """`map` waits for a chunk that never comes, and its stream is destroyed in the same turn."""

    async def main() -> None:
        source = idle()
        doubled = source.map(lambda n: n * 2)
        doubled.read()
        asyncio.get_running_loop().call_soon(doubled.destroy)
        await settled(doubled)
        await turns(3)
        assert source.destroyed

    run(main)
