"""Programs that must type-check."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Callable, Union

from typing_extensions import assert_type

from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    add_abort_signal,
    compose,
    consumers,
    destroy,
    finished,
    is_destroyed,
    is_disturbed,
    is_errored,
    is_readable,
    is_writable,
    pipe,
    pipeline,
    promises,
)
from streams2.bridge import (
    channel_from_readable,
    channel_from_writable,
    readable_from_channel,
    writable_from_channel,
)
from streams2.channel import Channel
from streams2.fs import ReadStream, WriteStream, create_read_stream, create_write_stream


def chunks_are_known(numbers: Readable[int], lines: Readable[str]) -> None:
    numbers.on("data", lambda number: print(number + 1))
    lines.on("data", lambda line: print(line.upper()))

    @numbers.on("data")
    def half(number: int) -> float:
        return number / 2

    assert half(3) == 1.5


def a_listener_may_take_more(numbers: Readable[bool]) -> None:
    def any_int(number: int) -> None: ...
    def anything(value: object) -> None: ...

    numbers.on("data", any_int)
    numbers.once("data", anything)
    numbers.prepend_listener("data", any_int)
    numbers.prepend_once_listener("data", anything)


def a_listener_may_be_a_coroutine_function(numbers: Readable[int]) -> None:
    @numbers.on("data")
    async def wait(number: int) -> None: ...

    @numbers.once("end")
    async def at_the_end() -> None: ...


def every_event_of_node(stream: Duplex[bytes, bytes]) -> None:
    for bare in ("close", "end", "finish", "drain", "pause", "resume", "readable", "prefinish"):
        stream.add_listener(bare, lambda: None)
    stream.on("close", lambda: None)
    stream.on("drain", lambda: None)
    stream.on("readable", lambda: None)
    stream.on("error", lambda error: print(error.args))
    stream.on("pipe", lambda source: print(source))
    stream.on("unpipe", lambda source: print(source))
    stream.on("newListener", lambda event, listener: print(event, listener))


def listener_methods_return_the_stream(stream: PassThrough[bytes]) -> PassThrough[bytes]:
    def show(chunk: bytes) -> None: ...

    stream.on("data", show).once("end", lambda: None).prepend_listener("data", show)
    stream.off("data", show).remove_listener("data", show).set_max_listeners(20)
    return stream.add_listener("row", show).remove_all_listeners("row").on("close", lambda: None)


def an_event_of_your_own(rows: Readable[bytes]) -> None:
    def on_headers(headers: dict[str, str], status: int) -> None: ...

    rows.add_listener("row", lambda number, row: print(number, row))
    rows.on("headers", on_headers).once("row", print).on("data", lambda chunk: print(chunk[0]))

    @rows.on("headers")
    def count(headers: dict[str, str], status: int) -> int:
        return len(headers)

    total: int = count({}, 200)
    print(total)
    for event in ("row", "headers"):
        rows.on(event, print)
    rows.emit("row", 1, b"")


def a_listener_of_errors_may_take_any(stream: Writable[bytes]) -> None:
    def report(error: BaseException) -> None: ...

    stream.on("error", report)


def pipes_know_their_chunks(
    numbers: Readable[int], spell: Transform[int, str], lines: Writable[str]
) -> None:
    numbers.pipe(spell).pipe(lines)
    pipe(numbers, spell).unpipe()
    sink: Writable[object] = Writable(object_mode=True)
    numbers.pipe(sink)
    through: PassThrough[int] = PassThrough(object_mode=True)
    numbers.pipe(through).pipe(spell)


def pipe_returns_the_destination_itself(source: ReadStream, target: WriteStream) -> None:
    written: int = source.pipe(target).bytes_written
    assert written >= 0
    create_read_stream("a").pipe(create_write_stream("b"), end=False)


def self_is_kept(file: ReadStream) -> None:
    assert file.pause().resume().unpipe().bytes_read == 0


def subclasses(source: Readable[bytes]) -> None:
    class Shout(Transform[bytes, str]):
        def _transform(self, chunk: bytes, encoding: str, callback: Any) -> None:
            callback(None, chunk.decode().upper())

    source.pipe(Shout()).on("data", lambda text: print(text.lower()))


async def iteration_knows_its_chunks(numbers: Readable[int]) -> int:
    total = 0
    async for number in numbers:
        total += number
    return total


async def operators_know_what_they_give(words: Readable[str], numbers: Readable[int]) -> None:
    lengths: Readable[int] = words.map(len)
    long: Readable[str] = words.filter(lambda word: len(word) > 3).take(5).drop(1)
    letters: Readable[str] = words.flat_map(list)
    total: int = await numbers.reduce(lambda total, n: total + n, 0)
    shown: str = await numbers.reduce(lambda text, n: text + str(n), "")
    everything: list[int] = await numbers.to_array()
    found: str | None = await words.find(str.isupper, concurrency=2)
    any_long: bool = await words.some(lambda word: len(word) > 3)
    all_long: bool = await words.every(lambda word: len(word) > 3)
    await words.for_each(print, concurrency=4, high_water_mark=8)
    print(lengths, long, letters, total, shown, everything, found, any_long, all_long)


async def operators_take_coroutine_functions(words: Readable[str]) -> None:
    async def measure(word: str) -> int:
        return len(word)

    async def split(word: str, *, signal: AbortSignal) -> list[str]:
        return [] if signal.aborted else list(word)

    lengths: Readable[int] = words.map(measure, concurrency=3, signal=AbortSignal.timeout(1))
    letters: Readable[str] = words.flat_map(split)
    print(lengths, letters)


async def a_stream_of_many_things(path: str) -> None:
    numbers: Readable[int] = Readable.from_([1, 2])
    reader, writer = await asyncio.open_connection("127.0.0.1", 80)
    received: Readable[bytes] = Readable.from_reader(reader, high_water_mark=1024)
    both: Duplex[Any, Any] = Duplex.from_(
        {"readable": received, "writable": Writable.from_writer(writer, close=False)}
    )
    with open(path, "rb") as file:
        read: Readable[bytes] = Readable.from_file(file, close=False)
        raw: io.RawIOBase = read.as_file()
    line: bytes = await both.as_reader(limit=100).readline()
    await both.as_writer().drain()
    print(numbers, raw, line, io.BufferedWriter(both.as_writable_file()))


async def composed(words: Readable[str], shout: Transform[str, str]) -> None:
    async def count(source: AsyncIterable[str]) -> AsyncIterator[int]:
        async for word in source:
            yield len(word)

    one: Duplex[Any, Any] = compose(shout, count)
    other: Duplex[Any, Any] = words.compose(shout, signal=AbortSignal.abort())
    print(await one.to_array(), await other.to_array(), Duplex.from_(count))
    destroy(one)


async def what_comes_out_of_a_composition_is_known(
    words: Readable[str], spell: Transform[int, str], lines: Writable[str], anything: Any
) -> None:
    async def count(source: AsyncIterable[str]) -> AsyncIterator[int]:
        async for word in source:
            yield len(word)

    async def show(source: AsyncIterable[str], *, signal: AbortSignal) -> None:
        async for word in source:
            print(word, signal)

    assert_type(words.compose(count), Duplex[Any, int])
    assert_type(words.compose(count).compose(spell), Duplex[Any, str])
    assert_type(await words.compose(count).map(str).to_array(), list[str])
    assert_type(compose(spell, count), Duplex[Any, int])
    assert_type(compose(spell, spell, count, spell), Duplex[Any, str])
    assert_type(compose(count), Duplex[Any, int])
    stages = [spell, spell]
    dynamic = compose(*stages)
    unknown = compose(spell, anything)
    eaten = words.compose(lines)
    compose(count, show)
    words.compose(lambda source: source)
    print(dynamic, unknown, eaten)


async def what_a_duplex_is_made_of_is_known(
    words: Readable[str], spell: Transform[int, str], lines: Writable[str], anything: Any
) -> None:
    async def count(source: AsyncIterable[str]) -> AsyncIterator[int]:
        async for word in source:
            yield len(word)

    async def show(source: AsyncIterable[str], *, signal: AbortSignal) -> AsyncIterator[int]:
        async for word in source:
            yield len(word)

    async def soon() -> int:
        return 1

    assert_type(Duplex.from_(spell), Duplex[int, str])
    assert_type(Duplex.from_(count), Duplex[str, int])
    assert_type(Duplex.from_(show), Duplex[Any, int])
    assert_type(Duplex.from_(words), Duplex[Any, str])
    assert_type(Duplex.from_([1, 2]), Duplex[Any, int])
    assert_type(Duplex.from_(b"text"), Duplex[Any, bytes])
    assert_type(Duplex.from_("text"), Duplex[Any, str])
    assert_type(Duplex.from_(soon()), Duplex[Any, int])
    made = [Duplex.from_(lines), Duplex.from_(anything), Duplex.from_({"readable": words})]
    print(made, words.pipe(Duplex.from_(count)).on("data", lambda n: print(n + 1)))


async def the_end_of_streams(stream: Duplex[str, str], controller: AbortController) -> None:
    stop: Callable[[], None] = finished(stream, print, readable=False, signal=controller.signal)
    await promises.finished(stream, cleanup=True)
    await promises.pipeline([b"a"], stream, end=False, signal=controller.signal)
    same: Duplex[str, str] = add_abort_signal(controller.signal, stream)
    text: str = await consumers.text(same)
    data: bytes = await consumers.buffer(stream)
    async with stream as held:
        chunk: str | None = held.read()
    answers: list[bool] = [is_readable(stream), is_writable(stream), is_errored(stream)]
    print(stop, text, data, chunk, answers, is_destroyed(stream), is_disturbed(stream))


def chunks_are_known_across_a_bridge(numbers: Readable[int], sums: Writable[int]) -> None:
    new: Channel[int] = channel_from_readable(numbers)
    given: Channel[int] = channel_from_readable(numbers, Channel(3))
    for channel in (new, given):
        writable_from_channel(channel, sums).write(1)
        readable_from_channel(channel).on("data", lambda number: print(number + 1))
        channel_from_writable(channel, high_water_mark=4).write(1)


def a_channel_with_a_transform_has_two_kinds_of_values(
    parsed: Channel[int, str], words: Readable[str], sums: Writable[int]
) -> None:
    channel_from_readable(words, parsed)
    channel_from_writable(parsed).write("1")
    writable_from_channel(parsed, sums)
    readable_from_channel(parsed).on("data", lambda number: print(number + 1))


def a_file_with_an_encoding_is_text(path: str, encoding: str | None) -> None:
    text: Readable[str] = create_read_stream(path, encoding="utf8")
    assert_type(create_read_stream(path, encoding="utf8"), ReadStream[str])
    assert_type(create_read_stream(path, start=3), ReadStream[bytes])
    assert_type(
        create_read_stream(path, encoding=encoding), Union[ReadStream[bytes], ReadStream[str]]
    )
    create_read_stream(path, encoding="utf8").on("data", lambda line: print(line.upper()))
    assert_type(create_read_stream(path).set_encoding("hex"), Readable[str])
    read: int = create_read_stream(path, encoding="utf8").bytes_read
    print(text, read)


async def a_pipeline_knows_its_last_stage(
    source: Readable[str], count: Transform[str, int], sums: Writable[int], signal: AbortSignal
) -> None:
    async def lengths(words: AsyncIterable[str]) -> AsyncIterator[int]:
        async for word in words:
            yield len(word)

    async def total(numbers: AsyncIterable[int]) -> int:
        return sum([number async for number in numbers])

    assert_type(pipeline(source, count, callback=print), Transform[str, int])
    assert_type(pipeline(source, count, sums, callback=print, signal=signal), Writable[int])
    assert_type(pipeline(["a"], count, count, sums, callback=print, end=False), Writable[int])
    assert_type(pipeline(source, lengths, sums, callback=print), Writable[int])
    assert_type(pipeline(source, lengths, callback=print), PassThrough[int])
    assert_type(pipeline(source, count, total, callback=print), PassThrough[int])
    pipeline(source, count, count, count, count, sums, callback=print)
    assert_type(await promises.pipeline(source, lengths, total), int)
    assert_type(await promises.pipeline(source, total, signal=signal), int)
    await promises.pipeline(source, count, count, sums)
    await promises.pipeline([source, count, sums])
    await promises.pipeline(source, count, count, count, sums, end=False)
