"""Small programs to record, each with what its picture has to say, written down by hand.

A program counts for itself what its callbacks were given: the recording has to come to the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Callable

from streams2 import (
    PassThrough,
    Readable,
    Transform,
    Writable,
    next_tick,
    pipeline,
    promises,
    run,
)
from streams2.bridge import channel_from_readable, readable_from_channel
from streams2.channel import Channel, alts, go, mult
from streams2.errors import UnsettledError
from streams2.trace import Trace, record

from .support import BoomError

#: What was written, by the name of who wrote it: each `sink` notes it.
written: dict[str, list[Any]] = {}
#: What was taken and put, counted by those who did.
counted: dict[str, int] = {}


def sink(name: str, *, slow: bool = True, **options: Any) -> Writable[Any]:
    """A Writable that notes what it is given, one chunk a tick, or at once."""
    got = written.setdefault(name, [])

    def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        got.append(chunk)
        if slow:
            next_tick(done)
        else:
            done()

    return Writable(write=write, **options)


def count(what: str) -> None:
    counted[what] = counted.get(what, 0) + 1


async def put(channel: Channel[Any], value: Any) -> None:
    if await channel.put(value):
        count("puts")


async def take(channel: Channel[Any]) -> Any:
    value = await channel.take()
    if value is not None:
        count("takes")
    return value


@dataclass(frozen=True)
class Program:
    """One of them.

    Attributes:
        main: what runs.
        arrows: who hands on to whom.
        says: a part of a sentence that is to be seen at some step.
        ends: the states of tasks at the end, by name.
        stands: a part of what is said of it at its end, because it stands still.
        code: what of it is recorded line by line, besides `main`.
    """

    main: Callable[[], Any]
    arrows: set[tuple[str, str]]
    says: str = ""
    ends: dict[str, str] = field(default_factory=dict)
    stands: str = ""
    code: tuple[Callable[..., Any], ...] = ()

    @property
    def name(self) -> str:
        return self.main.__name__

    def record(self) -> Trace:
        """Run it. What it counted is in `written` and `counted`."""
        written.clear()
        counted.clear()
        try:
            with record(code=[self.main, *self.code]) as trace:
                run(self.main)
        except UnsettledError:
            assert self.stands
        return trace


# -- streams --------------------------------------------------------------------------------------


def first_of_the_readme() -> None:
    source = Readable.from_(["back", "pressure"])
    printer = sink("printer", object_mode=True, high_water_mark=1)
    source.pipe(printer)


def bytes_through_a_small_mark() -> None:
    source = Readable.from_([b"Row, ", b"row, ", b"row ", b"your "], object_mode=False)
    boat = sink("boat", high_water_mark=12)
    source.pipe(boat)


def a_mark_of_nothing() -> None:
    source = Readable.from_([b"one", b"two"], object_mode=False, high_water_mark=0)
    strict = sink("strict", high_water_mark=0)
    source.pipe(strict)


def sixteen_at_once() -> None:
    source = Readable.from_(range(20))
    sixteen = sink("sixteen", object_mode=True, high_water_mark=16)
    source.pipe(sixteen)


def fan_out() -> None:
    source = Readable.from_(["a", "b", "c", "d"])
    fast = sink("fast", slow=False, object_mode=True, high_water_mark=1)
    slow = sink("slow", object_mode=True, high_water_mark=1)
    wide = sink("wide", object_mode=True)
    for one in (fast, slow, wide):
        source.pipe(one)


def fan_in() -> None:
    letters, digits = Readable.from_(["a", "b"]), Readable.from_(["1", "2"])
    both = sink("both", object_mode=True, high_water_mark=2)
    letters.pipe(both, end=False)
    digits.pipe(both, end=False)


def transform_chain() -> None:
    def upper(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done(None, chunk.upper())

    def twice(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        self.push(chunk)
        done(None, chunk)

    source = Readable.from_(["a", "b", "c"])
    loud = Transform(object_mode=True, high_water_mark=1, transform=upper)
    double = Transform(object_mode=True, high_water_mark=2, transform=twice)
    printer = sink("printer", object_mode=True, high_water_mark=1)
    source.pipe(loud).pipe(double).pipe(printer)


def one_that_passes_on() -> None:
    source = Readable.from_([b"ab", b"cd"], object_mode=False)
    through = PassThrough[bytes](high_water_mark=3)
    end = sink("end", high_water_mark=3)
    source.pipe(through).pipe(end)


def text() -> None:
    words = Readable.from_([b"gr\xc3\xbc", b"\xc3\x9fe"], object_mode=False)
    words.set_encoding("utf8")
    letter = sink("letter", high_water_mark=4)
    words.pipe(letter)


def text_that_stays_text() -> None:
    words = Readable.from_([b"gr\xc3\xbc", b"\xc3\x9fe"], object_mode=False)
    words.set_encoding("utf8")
    letter = sink("letter", decode_strings=False, high_water_mark=4)
    words.pipe(letter)


def dicts() -> None:
    people = Readable.from_([{"name": "Ada", "born": 1815}, {"name": "Grace", "born": 1906}, {}])
    table = sink("table", object_mode=True, high_water_mark=2)
    people.pipe(table)


def empty_chunks() -> None:
    end = sink("end", high_water_mark=4)
    for chunk in (b"", b"abc", b"", b"de", b""):
        end.write(chunk)
    end.end()


def duplicates() -> None:
    same = "the very same"
    source = Readable.from_([same] * 4)
    printer = sink("printer", object_mode=True, high_water_mark=2)
    source.pipe(printer)


def without_a_pipe() -> None:
    def more() -> None:
        while numbers:
            if not paper.write(numbers.pop(0)):
                paper.once("drain", more)
                return
        paper.end()

    numbers = [b"one", b"two", b"three", b"four"]
    paper = sink("paper", high_water_mark=6)
    more()


def by_hand() -> None:
    source = Readable.from_([b"abc", b"def", b"ghi"], object_mode=False)
    paper = sink("paper", high_water_mark=5)

    @source.on("data")
    def each(chunk: bytes) -> None:
        if not paper.write(chunk):
            source.pause()
            paper.once("drain", source.resume)

    source.on("end", paper.end)


def read_to_the_end() -> None:
    got = written.setdefault("nobody", [])
    source = Readable.from_([1, 2, 3])
    source.on("data", got.append)


def a_write_that_fails() -> None:
    source = Readable.from_([b"a", b"b"], object_mode=False)
    broken = Writable[bytes](write=lambda self, chunk, encoding, done: done(BoomError("no")))
    broken.on("error", lambda error: source.destroy())
    source.pipe(broken)


def a_pipeline_that_fails() -> None:
    def fail(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done(BoomError("not that") if chunk == "b" else None, chunk)

    source = Readable.from_(["a", "b", "c"])
    picky = Transform(object_mode=True, transform=fail)
    end = sink("end", object_mode=True)
    pipeline(source, picky, end, callback=lambda error: None)


def very_long_names() -> None:
    the_source_that_has_the_longest_name_of_them_all = Readable.from_(["a chunk that is long, too"])
    the_sink_with_a_name_that_does_not_fit_into_its_card = sink("long", object_mode=True)
    the_source_that_has_the_longest_name_of_them_all.pipe(
        the_sink_with_a_name_that_does_not_fit_into_its_card
    )


def nobody_reads() -> None:
    pile = Readable[bytes](high_water_mark=4, read=lambda self, size: None)
    for chunk in (b"ab", b"cd", b"ef"):
        pile.push(chunk)


async def iteration() -> None:
    source = Readable.from_([b"abc", b"def", b"ghi"], object_mode=False)
    end = sink("end", high_water_mark=4)
    async for chunk in source:
        if not end.write(chunk):
            await asyncio.sleep(0)
    end.end()
    await promises.finished(end)


# -- channels -------------------------------------------------------------------------------------


async def produce(channel: Channel[Any], *values: Any) -> None:
    for value in values:
        await put(channel, value)
    channel.close()


async def rendezvous() -> None:
    words: Channel[str] = Channel()
    going = asyncio.ensure_future(produce(words, "back", "pressure"))
    while await take(words) is not None:
        pass
    await going


async def a_buffer_of_two() -> None:
    numbers: Channel[int] = Channel(2)
    going = asyncio.ensure_future(produce(numbers, 1, 2, 3, 4, 5))
    await asyncio.sleep(0)
    while await take(numbers) is not None:
        await asyncio.sleep(0)
    await going


async def tick(channel: Channel[int], number: int) -> None:
    await put(channel, number)
    await asyncio.sleep(60)


async def two_of_one_function() -> None:
    both: Channel[int] = Channel()
    one = asyncio.ensure_future(tick(both, 1))
    two = asyncio.ensure_future(tick(both, 2))
    await take(both)
    await take(both)
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.wait([one])
    two.cancel()
    await asyncio.wait([two])


async def worker(jobs: Channel[int], results: Channel[int]) -> None:
    while True:
        job = await take(jobs)
        if job is None:
            return
        await put(results, job * 100)


async def workers() -> None:
    jobs: Channel[int] = Channel(3)
    results: Channel[int] = Channel(3)
    for job in (1, 2, 3):
        await put(jobs, job)
    jobs.close()
    going = [asyncio.ensure_future(worker(jobs, results)) for _ in range(2)]
    for _ in range(3):
        await take(results)
    await asyncio.gather(*going)


async def choose() -> None:
    left: Channel[str] = Channel()
    right: Channel[str] = Channel(1)
    assert await alts([(right, "r"), left], priority=True) == (True, right)
    count("puts")
    assert await alts([left, right]) == ("r", right)
    count("takes")
    waiting = asyncio.ensure_future(produce(left, "l"))
    assert await alts([right, left]) == ("l", left)
    count("takes")
    await waiting


async def results_of_go() -> None:
    letters: Channel[str] = Channel(3)

    async def one(letter: str) -> None:
        await put(letters, letter)

    for letter in "abc":
        go(one(letter))
    for _ in range(3):
        await take(letters)


async def stuck() -> None:
    full: Channel[int] = Channel(1)
    await put(full, 1)
    await put(full, 2)


async def stuck_taking() -> None:
    never: Channel[int] = Channel()
    await take(never)


# -- both -----------------------------------------------------------------------------------------


async def to_a_channel_and_back() -> None:
    source = Readable.from_(["a", "b", "c"])
    channel: Channel[str] = Channel(1)
    channel_from_readable(source, channel)
    back = readable_from_channel(channel)
    end = sink("end", object_mode=True, high_water_mark=1)
    back.pipe(end)
    await promises.finished(end)


async def one_to_two() -> None:
    news: Channel[str] = Channel()
    left: Channel[str] = Channel(2)
    right: Channel[str] = Channel(2)
    copies = mult(news)
    copies.tap(left)
    copies.tap(right)
    for word in ("a", "b"):
        await put(news, word)
    news.close()
    while await take(left) is not None:
        pass
    while await take(right) is not None:
        pass


def _p(main: Callable[[], Any], *arrows: str, **expected: Any) -> Program:
    pairs = [tuple(arrow.split(" > ")) for arrow in arrows]
    links = {(one, other) for path in pairs for one, other in zip(path, path[1:])}
    return Program(main, links, code=(produce, tick, worker), **expected)


LONG_SOURCE = "the_source_that_has_the_longest_name_of_them_all"
LONG_SINK = "the_sink_with_a_name_that_does_not_fit_into_its_card"

PROGRAMS = [
    _p(
        first_of_the_readme,
        "source > printer",
        says='Paused because `printer.write("back")` brought printer to 1 of 1. '
        "It goes on when printer is empty.",
    ),
    _p(
        bytes_through_a_small_mark,
        "source > boat",
        says='Paused because `boat.write("row ")` brought boat to 14 of 12. '
        "It goes on when boat is empty, not when it falls below 12.",
    ),
    _p(
        a_mark_of_nothing,
        "source > strict",
        says='Paused because `strict.write("one")` brought strict to 3 of 0. '
        "It goes on when strict is empty.",
    ),
    _p(
        sixteen_at_once,
        "source > sixteen",
        says="Paused because `sixteen.write(15)` brought sixteen to 16 of 16. "
        "It goes on when sixteen is empty, not when it falls below 16.",
    ),
    _p(
        fan_out,
        *("source > fast", "source > slow", "source > wide"),
        says='Paused because `slow.write("a")` brought slow to 1 of 1. '
        "It goes on when slow is empty.",
    ),
    _p(
        fan_in,
        *("letters > both", "digits > both"),
        says='Paused because `both.write("1")` brought both to 3 of 2. '
        "It goes on when both is empty, not when it falls below 2.",
    ),
    _p(
        transform_chain,
        "source > loud > double > printer",
        says='Paused because `printer.write("A")` brought printer to 1 of 1. '
        "It goes on when printer is empty.",
    ),
    _p(
        one_that_passes_on,
        "source > through > end",
        says='Paused because `end.write("cd")` brought end to 4 of 3. '
        "It goes on when end is empty, not when it falls below 3.",
    ),
    _p(
        text,
        "words > letter",
        says='Paused because `letter.write("grü")` brought letter to 4 of 4. '
        "It goes on when letter is empty, not when it falls below 4.",
    ),
    _p(
        text_that_stays_text,
        "words > letter",
        says='Paused because `letter.write("ße")` brought letter to 5 of 4. '
        "It goes on when letter is empty, not when it falls below 4.",
    ),
    _p(
        dicts,
        "people > table",
        says="Paused because `table.write({'name': 'Grace', 'born'…)` brought table to 2 of 2. "
        "It goes on when table is empty, not when it falls below 2.",
    ),
    _p(
        empty_chunks,
        says='`end.write("de")` answered False because it brought end to 5 of 4. '
        "`'drain'` comes when end is empty, not when it falls below 4.",
    ),
    _p(
        duplicates,
        "source > printer",
        says='Paused because `printer.write("the very same")` brought printer to 2 of 2. '
        "It goes on when printer is empty, not when it falls below 2.",
    ),
    _p(
        without_a_pipe,
        says='`paper.write("two")` answered False because it brought paper to 6 of 6. '
        "`'drain'` comes when paper is empty, not when it falls below 6.",
    ),
    _p(
        by_hand,
        "source > paper",
        says='`paper.write("def")` answered False because it brought paper to 6 of 5. '
        "`'drain'` comes when paper is empty, not when it falls below 5.",
    ),
    _p(read_to_the_end),
    _p(
        a_write_that_fails,
        "source > broken",
        says='Paused because `broken.write("a")` answered False: broken takes nothing more.',
    ),
    _p(
        a_pipeline_that_fails,
        "source > picky > end",
        says='Paused because `picky.write("b")` answered False: picky takes nothing more.',
    ),
    _p(very_long_names, f"{LONG_SOURCE} > {LONG_SINK}"),
    _p(nobody_reads),
    _p(
        iteration,
        "source > iteration > end",
        says='`end.write("def")` answered False because it brought end to 6 of 4. '
        "`'drain'` comes when end is empty, not when it falls below 4.",
        ends={"iteration": "done"},
    ),
    _p(
        rendezvous,
        "produce > words > rendezvous",
        says='produce waits because `words.put("pressure")` finds nobody who takes from words. '
        "It goes on when somebody takes.",
        ends={"produce": "done", "rendezvous": "done"},
    ),
    _p(
        a_buffer_of_two,
        "produce > numbers > a_buffer_of_two",
        says="produce waits because `numbers.put(3)` finds numbers full: 2 of 2. "
        "It goes on when somebody takes.",
    ),
    _p(
        two_of_one_function,
        *("tick > both > two_of_one_function", "tick 2 > both"),
        says="two_of_one_function waits because `both.take()` finds both empty. "
        "It goes on when somebody puts, or when both is closed.",
        ends={"tick": "cancelled", "tick 2": "cancelled", "two_of_one_function": "done"},
    ),
    _p(workers, "workers > jobs > worker > results > workers", "jobs > worker 2"),
    _p(
        choose,
        *("choose > right > choose", "produce > left > choose"),
        says="choose waits because `left.take()` finds left empty. "
        "It goes on when somebody puts, or when left is closed.",
    ),
    _p(
        results_of_go,
        *("one > letters > results_of_go", "one 2 > letters", "one 3 > letters"),
        ends={"one": "done", "one 2": "done", "one 3": "done", "results_of_go": "done"},
    ),
    _p(
        stuck,
        "stuck > full",
        says="stuck waits because `full.put(2)` finds full full: 1 of 1. "
        "It goes on when somebody takes.",
        stands="is full, and nobody takes from it: 1 of 1 values, and 1 waiting to be put.",
    ),
    _p(
        stuck_taking,
        "never > stuck_taking",
        says="stuck_taking waits because `never.take()` finds never empty. "
        "It goes on when somebody puts, or when never is closed.",
        stands="is empty, and nobody puts anything on it or closes it",
    ),
    _p(
        to_a_channel_and_back,
        "source > channel > back > end",
        says='Paused because `end.write("a")` brought end to 1 of 1. It goes on when end is empty.',
    ),
    _p(
        one_to_two,
        *("one_to_two > news > left > one_to_two", "news > right > one_to_two"),
        says='one_to_two waits because `news.put("a")` finds nobody who takes from news. '
        "It goes on when somebody takes.",
    ),
]
