"""Draw the figures of the course from recordings of its programs.

    python docs/learn/figures.py

Each is an SVG file beside the chapters. The programs are those of the exercises, broken and right:
what is drawn is what runs.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Callable

from streams2.iter import push
from streams2.learn import EXERCISES, Scene, Seen, watch, watch_desk, watch_files
from streams2.learn.broker import Broker
from streams2.learn.figures import Dot, Line, Point, chart, held_by, held_in_hand, signals, waits
from streams2.learn.programs import loading
from streams2.learn.watching import play

HERE = Path(__file__).parent
MARK = [(12, "high-water mark: 12")]
KIB = 1024
TWO = (("fast", 0.001), ("slow", 0.006))


def program(number: int, name: str = "cat", *, broken: bool = False) -> Callable[..., object]:
    """A function of an exercise."""
    exercise = EXERCISES[number - 1]
    with loading(exercise.program if broken else exercise.solution) as loaded:
        return loaded.function(name)


def pipe(source, *sinks):
    for sink in sinks:
        source.pipe(sink)


def blocking() -> str:
    return chart(
        "What a copy holds that reads all at once, and one that reads 12 bytes at a time",
        [
            Line("12 bytes at a time", held_in_hand(watch_files(program(1)))),
            Line("all at once", held_in_hand(watch_files(program(1, broken=True)))),
        ],
    )


RECORDINGS: dict[str, Callable[[], Seen]] = {
    "2-climb": lambda: watch(program(2, broken=True)),
    "3-by-hand": lambda: watch(program(3)),
    "3-hole": lambda: watch(program(3, broken=True), buckets=TWO),
    "4-pipe": lambda: watch(pipe),
    "5-channel": lambda: watch(program(5)),
}
"""What can be stepped through on the site, by the name of the figure."""


def climb() -> str:
    seen = RECORDINGS["2-climb"]()
    line = Line("in the sink", held_by(seen, "sink"), filled=True)
    return chart("What the sink holds when nobody listens to it", [line], marks=MARK)


def by_hand() -> str:
    seen = RECORDINGS["3-by-hand"]()
    line = Line("in the sink", held_by(seen, "sink"), filled=True)
    title = "What the sink holds with the machine by hand"
    return chart(title, [line], marks=MARK, dots=signals(seen, "sink"))


def hole() -> str:
    return chart(
        "What the slow one of two sinks holds, with the hole and without",
        [
            Line("mended", held_by(watch(program(3), buckets=TWO), "slow")),
            Line("with the hole", held_by(RECORDINGS["3-hole"](), "slow")),
        ],
        marks=MARK,
    )


def piped() -> str:
    seen = RECORDINGS["4-pipe"]()
    lines = [
        Line("in the sink", held_by(seen, "sink"), filled=True),
        Line("in the source", held_by(seen, "source")),
    ]
    title = "What source and sink of a pipe hold"
    return chart(title, lines, marks=MARK, dots=signals(seen, "sink")[1::2])


def channel() -> str:
    seen = RECORDINGS["5-channel"]()
    lines = [
        Line("in the source", held_by(seen, "source")),
        Line("in the sink", held_by(seen, "sink"), filled=True),
    ]
    return chart("What source and sink hold, with a channel between them", lines, marks=MARK)


def failure() -> str:
    def left_behind(name: str, cat: Callable[..., object]) -> Line:
        seen = play(cat, Scene(bucket_fails_after=4), [])
        return Line(name, [*_open(seen), (40.0, _open(seen)[-1][1])])

    def piped(source, sink):
        sink.on("error", lambda _: None)
        source.pipe(sink)

    lines = [left_behind("pipe", piped), left_behind("pipeline", program(6))]
    return chart(
        "How many streams are open, before and after the bucket breaks", lines, unit="open"
    )


def _open(seen: Seen) -> list[tuple[float, float]]:
    points, count = [(0.0, 2.0)], 2.0
    for event in seen.events:
        if event.kind == "emit" and event.name == "close":
            count -= 1
            points.append((event.seconds * 1000, count))
    return points


def overload() -> str:
    async def one_at_a_time(visitors, machine):
        async for visitor in visitors:
            visitor.answer(await machine(visitor.word))

    desks = [
        ("a queue for 6", watch_desk(program(7, "serve"))),
        ("everybody taken in", watch_desk(program(7, "serve", broken=True))),
        ("one at a time", watch_desk(one_at_a_time)),
    ]
    lines = [Line(name, waits(desk), steps=False) for name, desk in desks]
    return chart("How long each visitor waited for a word", lines, unit="ms waited")


def broker() -> str:
    def run(prefetch: int | None) -> Seen:
        def cat(_, sink):
            def take(message):
                sink.write(message.body, callback=lambda error: error or message.ack())

            Broker().consume(take, prefetch=prefetch)

        return watch(cat)

    lines = [
        Line("prefetch of 2", held_by(run(2), "sink")),
        Line("without a prefetch", held_by(run(None), "sink")),
    ]
    return chart("What the sink holds of what a broker sends", lines, marks=MARK)


def budget() -> str:
    awaited, _ = _within_budget("strict", awaits=True)
    unbounded, _ = _within_budget("unbounded", awaits=False)
    strict, refused = _within_budget("strict", awaits=False)
    return chart(
        "What is written and not yet read, with a budget of 16 KiB",
        [
            Line("awaited", awaited, filled=True),
            Line("unbounded, not awaited", unbounded),
            Line("strict, not awaited", strict),
        ],
        marks=[(16, "budget: 16")],
        dots=[Dot(at, "a write fails", "#e03131") for at in refused],
        unit="KiB held",
    )


def _within_budget(policy: str, *, awaits: bool) -> tuple[list[Point], list[Point]]:
    """How many KiB are held, over time, until a write fails; and when that was.

    Each word of the song is written as 4 KiB.
    """
    points, refused = [(0.0, 0.0)], []

    async def cat(source, sink):
        loop = asyncio.get_running_loop()
        writer, readable = push(budget=16 * KIB, backpressure=policy)

        def note(size: int) -> None:
            points.append((loop.time() * 1000, points[-1][1] + size))

        async def read():
            async for _ in source:
                write = writer.write(bytes(4 * KIB))
                if write.done() and write.exception() is not None:
                    refused.append((loop.time() * 1000, points[-1][1]))
                    break
                note(4)
                if awaits:
                    await write
            await writer.end()

        async def drink():
            async for batch in readable:
                note(-4 * len(batch))
                for chunk in batch:
                    done = loop.create_future()
                    sink.write(chunk[:5], callback=done.set_result)
                    await done
            sink.end()

        await asyncio.gather(read(), drink())

    watch(cat)
    return points, refused


FIGURES = {
    "1-blocking.svg": blocking,
    "2-climb.svg": climb,
    "3-by-hand.svg": by_hand,
    "3-hole.svg": hole,
    "4-pipe.svg": piped,
    "5-channel.svg": channel,
    "6-failure.svg": failure,
    "7-overload.svg": overload,
    "8-broker.svg": broker,
    "9-budget.svg": budget,
}


def main() -> None:
    """Draw all of them."""
    for name, draw in FIGURES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")
        print(HERE / name)


if __name__ == "__main__":
    main()
