"""Many streams in a row that hand a chunk on at once: each is a few calls on Python's stack."""

from __future__ import annotations

import sys
from typing import Any, Callable

import pytest

from streams2 import Duplex, PassThrough, Readable, Transform, Writable, compose, pipeline, run
from streams2.core.nesting import nesting_here

from .support import BoomError, Sink, Source
from .twins import Twins, later, turn

# PyPy raises the other one where the stack is full while such an error is handled.
FULL = (RecursionError, TypeError) if sys.implementation.name == "pypy" else (RecursionError,)

twins = Twins()


def adder(**options: Any) -> Transform[int, int]:
    return Transform(
        object_mode=True,
        transform=lambda self, n, encoding, done: done(None, n + 1),
        **options,
    )


class Forwarder(Duplex[Any, Any]):
    """Pushes what is written to it, from inside of its `_write`."""

    def _read(self, size: int) -> None:
        pass

    def _write(self, chunk: Any, encoding: Any, callback: Any) -> None:
        self.push(chunk)
        callback()

    def _final(self, callback: Any) -> None:
        self.push(None)
        callback()


def through(
    make: Callable[[], list[Any]], chunks: list[Any], **options: Any
) -> tuple[list[Any], list[Any]]:
    """What came out of the streams that `make` made, and what the pipeline called back with."""
    sink = Sink(**{"object_mode": True, **options})
    over: list[Any] = []

    def main() -> None:
        source = Source(object_mode=True)
        pipeline(source, *make(), sink, callback=over.append)

        def feed() -> None:
            for chunk in chunks:
                source.push(chunk)
            later(source.push, None)

        later(feed)

    run(main)
    return sink.got, over


MAKERS: dict[str, Callable[[], Any]] = {
    "transforms": adder,
    "transforms that read nothing ahead": lambda: adder(high_water_mark=1),
    "duplexes": lambda: Forwarder(object_mode=True),
    "composed": lambda: compose(PassThrough(object_mode=True), adder()),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("number", [1, 40, 120, 1000])
def test_a_chunk_goes_through_any_number_of_streams(kind: str, number: int) -> None:
    got, over = through(lambda: [MAKERS[kind]() for _ in range(number)], [0, 1, 2])
    step = 0 if kind == "duplexes" else number
    assert over == [None]
    assert got == [step, step + 1, step + 2]


@pytest.mark.parametrize("finish", ["at once", "later"])
def test_large_chunks_and_a_slow_end(finish: str) -> None:
    stages = [PassThrough[Any](high_water_mark=10) for _ in range(300)]
    chunks = [bytes([n]) * 1000 for n in range(5)]
    ways: dict[str, Any] = {"at once": lambda done: done(), "later": later}
    got, over = through(lambda: stages, chunks, object_mode=False, finish=ways[finish])
    assert over == [None]
    assert b"".join(got) == b"".join(chunks)


def test_one_pipe_after_the_other() -> None:
    got: list[int] = []

    def main() -> None:
        stream: Any = Readable.from_(range(5))
        for _ in range(1000):
            stream = stream.pipe(adder())
        stream.pipe(Sink(got.append, object_mode=True))

    run(main)
    assert got == list(range(1000, 1005))


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 60, 500, 999])
@pytest.mark.parametrize("way", ["raise", "call back"])
def test_a_failure_deep_down_reaches_the_caller(at: int, way: str) -> None:
    def transform(self: Any, n: int, encoding: Any, done: Any) -> None:
        if n != at + 1:
            done(None, n + 1)
        elif way == "raise":
            raise BoomError("boom")
        else:
            done(BoomError("boom"))

    stages: list[Any] = [adder() for _ in range(1000)]
    stages[at] = Transform(object_mode=True, transform=transform)
    _, over = through(lambda: stages, [0, 1, 2])
    assert [type(error) for error in over] == [BoomError]
    assert all(stage.closed for stage in stages)


def nested(calls: int, function: Callable[[], object]) -> object:
    """Call `function` from so many calls further down."""
    return function() if calls == 0 else nested(calls - 1, function)


@pytest.mark.parametrize("calls", [*range(0, 900, 60), *range(900, 1000, 3)])
def test_past_what_can_be_the_error_reaches_the_caller(calls: int) -> None:
    """What a transform calls itself is its own: where it leaves no stack, that is told."""

    def transform(self: Any, n: int, encoding: Any, done: Any) -> None:
        nested(calls, lambda: done(None, n + 1))

    stages = [Transform(object_mode=True, transform=transform) for _ in range(12)]
    got, over = through(lambda: stages, [0, 1, 2])
    if over == [None]:
        assert got == [12, 13, 14]
    else:
        assert len(over) == 1
        assert isinstance(over[0], FULL)


def test_a_full_stack_leaves_nothing_counted() -> None:
    """What is put off later is done by the outermost stream, which counts as the only one."""

    def dig() -> None:
        """Fill the stack; then, one call less deep each time, write to a stream until it does."""
        try:
            dig()
        except FULL:
            streams.pop().write("a")

    async def main() -> None:
        for _ in range(200):
            stream = PassThrough(object_mode=True).on("data", got.append)
            streams.append(stream.on("error", lambda _: None))
        await turn()
        dig()
        assert nesting_here().level == 0

    streams: list[PassThrough] = []
    got: list[str] = []
    run(main)
    assert got[-1] == "a"
    assert 1 < len(streams) < 199


@twins.program(
    """
    const order = [];
    const stage = (i) => new Transform({ objectMode: true, transform(n, e, done) {
      order.push(i); done(null, n); } });
    const source = new Readable({ objectMode: true, read() {} });
    pipeline(source, ...Array.from({ length: 200 }, (_, i) => stage(i)),
      new Writable({ objectMode: true, write(n, e, done) { order.push(n); done(); } }),
      (error) => say('over', error));
    await turn(); source.push('a'); source.push('b'); source.push(null);
    for (let i = 0; i < 600; i++) await turn();
    say(order);
    """
)
async def test_the_order_is_that_of_calls_that_nest(say: Any) -> None:
    order: list[Any] = []

    def stage(i: int) -> Any:
        def transform(self: Any, n: Any, encoding: Any, done: Any) -> None:
            order.append(i)
            done(None, n)

        return Transform(object_mode=True, transform=transform)

    def write(self: Any, n: Any, encoding: Any, done: Any) -> None:
        order.append(n)
        done()

    source = Source(object_mode=True)
    stages = [stage(i) for i in range(200)]
    sink: Any = Writable(object_mode=True, write=write)
    pipeline(source, *stages, sink, callback=lambda error: say("over", error))
    await turn()
    source.push("a")
    source.push("b")
    source.push(None)
    for _ in range(600):
        await turn()
    say(order)
