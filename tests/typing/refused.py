"""Programs that must not type-check. Each line that is wrong says with which of mypy's codes."""

from __future__ import annotations

import asyncio
import io

from streams2 import (
    AbortSignal,
    Duplex,
    Readable,
    Transform,
    Writable,
    add_abort_signal,
    compose,
    finished,
    pipe,
    pipeline,
)
from streams2.bridge import (
    channel_from_readable,
    channel_from_writable,
    readable_from_channel,
    writable_from_channel,
)
from streams2.channel import Channel
from streams2.fs import create_read_stream


def a_pipe_into_the_wrong_chunks(numbers: Readable[int], lines: Writable[str]) -> None:
    numbers.pipe(lines)  # refused: arg-type
    pipe(numbers, lines)  # refused: misc


def a_pipe_through_the_wrong_chunks(
    numbers: Readable[int], shout: Transform[str, str], lines: Writable[str]
) -> None:
    numbers.pipe(shout).pipe(lines)  # refused: arg-type


def a_pipe_out_of_the_wrong_chunks(
    lines: Readable[str], count: Transform[str, int], shout: Writable[str]
) -> None:
    lines.pipe(count).pipe(shout)  # refused: arg-type


def a_pipe_to_what_is_no_stream(numbers: Readable[int]) -> None:
    numbers.pipe(print)  # refused: arg-type
    numbers.pipe(numbers)  # refused: arg-type


def a_listener_of_other_chunks(numbers: Readable[int]) -> None:
    def takes_text(chunk: str) -> None: ...

    numbers.on("data", takes_text)  # refused: unused-coroutine
    numbers.once("data", takes_text)  # refused: unused-coroutine
    numbers.prepend_listener("data", takes_text)  # refused: unused-coroutine
    numbers.on("data", lambda number: number.upper())  # refused: unused-coroutine


def a_decorated_listener_of_other_chunks(numbers: Readable[int]) -> None:
    @numbers.on("data")  # refused: arg-type
    def takes_text(chunk: str) -> None: ...


def a_listener_of_the_wrong_arity(stream: Writable[bytes]) -> None:
    stream.on("drain", lambda chunk: None)  # refused: unused-coroutine
    stream.on("close", print, 1)  # refused: call-overload
    stream.on("error", lambda: None)  # refused: unused-coroutine
    stream.on("unpipe", lambda source, info: None)  # refused: unused-coroutine


def a_wrong_listener_in_a_chain(numbers: Readable[int]) -> None:
    numbers.on("end", lambda chunk: None).on("close", print)  # refused: attr-defined


def a_write_of_the_wrong_chunk(lines: Writable[str]) -> None:
    lines.write(1)  # refused: arg-type
    lines.end(1)  # refused: arg-type


async def an_iteration_over_other_chunks(numbers: Readable[int]) -> None:
    async for number in numbers:
        number.upper()  # refused: attr-defined


def what_is_read_may_be_nothing(numbers: Readable[int]) -> int:
    return numbers.read()  # refused: return-value


def an_operator_on_other_chunks(numbers: Readable[int]) -> None:
    def takes_text(text: str) -> list[str]:
        return [text]

    numbers.filter(takes_text)  # refused: arg-type
    numbers.map(takes_text)  # refused: arg-type
    numbers.flat_map(takes_text)  # refused: arg-type


async def an_operator_s_result_of_another_type(numbers: Readable[int]) -> None:
    def add(total: int, number: int) -> int:
        return total + number

    doubled = numbers.map(lambda n: n + 1)
    words: Readable[str] = doubled  # refused: assignment
    numbers.map(str).pipe(Writable[int](object_mode=True))  # refused: arg-type
    text: str = await numbers.reduce(add)  # refused: assignment
    numbers.take("2")  # refused: arg-type
    numbers.map(str, concurrency="2")  # refused: call-overload
    print(words, text)


async def an_operator_that_gives_no_stream(numbers: Readable[int]) -> None:
    print((await numbers.to_array()).pipe)  # refused: attr-defined


def a_stream_of_what_is_none(file: io.StringIO) -> None:
    Readable.from_(5)  # refused: arg-type
    Readable.from_reader(file)  # refused: arg-type
    Readable.from_file(file)  # refused: arg-type
    Writable.from_writer(print)  # refused: arg-type
    Writable.to_file("name")  # refused: arg-type


def a_received_chunk_is_bytes(reader: asyncio.StreamReader, lines: Writable[str]) -> None:
    Readable.from_reader(reader).pipe(lines)  # refused: arg-type


def a_composition_with_a_wrong_option(words: Readable[str], stream: Transform[str, str]) -> None:
    words.compose(stream, signal=5)  # refused: arg-type
    words.compose()  # refused: call-arg
    compose(stream, signal=AbortSignal.abort())  # refused: call-arg


async def a_composition_of_other_chunks(numbers: Readable[int], spell: Transform[int, str]) -> None:
    print((await numbers.compose(spell).to_array())[0].real)  # refused: attr-defined
    print((await compose(spell, spell).to_array())[0].real)  # refused: attr-defined
    numbers.pipe(Duplex.from_(spell)).pipe(Writable[int](object_mode=True))  # refused: arg-type
    numbers.compose(5)  # refused: arg-type


def an_end_of_what_is_no_stream(stream: Duplex[str, str]) -> None:
    finished(5, print)  # refused: arg-type
    finished(stream)  # refused: call-arg
    add_abort_signal(AbortSignal.abort(), 5)  # refused: type-var
    pipeline([1], stream)  # refused: call-overload
    print(pipeline([1], stream, callback=print).bytes_written)  # refused: attr-defined


def a_bridge_for_the_wrong_chunks(
    numbers: Readable[int], lines: Writable[str], parsed: Channel[int, str]
) -> None:
    writable_from_channel(channel_from_readable(numbers), lines)  # refused: misc
    channel_from_readable(numbers, parsed)  # refused: misc
    channel_from_writable(parsed).write(1)  # refused: arg-type
    readable_from_channel(lines)  # refused: arg-type


def a_file_of_other_chunks(path: str, numbers: Writable[int], lines: Writable[str]) -> None:
    create_read_stream(path, encoding="utf8").pipe(numbers)  # refused: arg-type
    create_read_stream(path).pipe(lines)  # refused: arg-type
    text: Readable[str] = create_read_stream(path)  # refused: assignment
    print(text)
