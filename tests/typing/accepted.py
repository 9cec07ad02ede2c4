"""Programs that must type-check."""

from __future__ import annotations

from typing import Any

from streams2 import Duplex, PassThrough, Readable, Transform, Writable, pipe
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
    stream.on("unpipe", lambda source, info: print(source, info))
    stream.on("newListener", lambda event, listener: print(event, listener))


def an_event_of_your_own(rows: Readable[bytes]) -> None:
    rows.add_listener("row", lambda number, row: print(number, row))
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
