"""Programs that must not type-check. Each line that is wrong says with which of mypy's codes."""

from __future__ import annotations

from streams2 import Readable, Transform, Writable, pipe


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

    numbers.on("data", takes_text)  # refused: call-overload
    numbers.once("data", takes_text)  # refused: call-overload
    numbers.prepend_listener("data", takes_text)  # refused: call-overload
    numbers.on("data", lambda number: number.upper())  # refused: call-overload


def a_decorated_listener_of_other_chunks(numbers: Readable[int]) -> None:
    @numbers.on("data")  # refused: arg-type
    def takes_text(chunk: str) -> None: ...


def a_listener_of_the_wrong_arity(stream: Writable[bytes]) -> None:
    stream.on("drain", lambda chunk: None)  # refused: call-overload
    stream.on("close", print, 1)  # refused: call-overload
    stream.on("error", lambda: None)  # refused: call-overload
    stream.on("unpipe", lambda source: None)  # refused: call-overload


def an_event_that_does_not_exist(stream: Readable[bytes]) -> None:
    stream.on("ended", lambda: None)  # refused: call-overload
    stream.once("dta", lambda chunk: None)  # refused: call-overload


def a_write_of_the_wrong_chunk(lines: Writable[str]) -> None:
    lines.write(1)  # refused: arg-type
    lines.end(1)  # refused: arg-type


async def an_iteration_over_other_chunks(numbers: Readable[int]) -> None:
    async for number in numbers:
        number.upper()  # refused: attr-defined


def what_is_read_may_be_nothing(numbers: Readable[int]) -> int:
    return numbers.read()  # refused: return-value
