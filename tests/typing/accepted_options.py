"""Programs that give a stream its options, and must type-check."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from typing_extensions import assert_type

from streams2 import (
    Callback,
    DoneCallback,
    Duplex,
    Encoding,
    PassThrough,
    Readable,
    Transform,
    TransformCallback,
    Writable,
    duplex_pair,
)
from streams2.core.calling import WriteRequest


def read(self: Readable[bytes], size: int) -> None:
    self.push(b"x" * size)


def read_any(self: Any, size: int) -> None:
    self.push(b"x" * size)


async def read_slowly(self: Readable[bytes], size: int) -> None:
    await asyncio.sleep(1)
    self.push(b"x" * size)


def write(self: Writable[bytes], chunk: bytes, encoding: str, callback: Callback) -> None:
    callback()


def write_any(self: Any, chunk: bytes, encoding: Encoding, callback: Callback) -> None:
    callback(None)


def write_to_any_stream(self: object, chunk: bytes, encoding: str, callback: Callback) -> None:
    callback()


async def write_slowly(
    self: Writable[bytes], chunk: bytes, encoding: str, callback: Callback
) -> None:
    await asyncio.sleep(1)
    callback()


async def write_and_return(self: Writable[bytes], chunk: bytes, encoding: str) -> None:
    await asyncio.sleep(1)


async def write_any_and_return(self: Any, chunk: bytes, encoding: str) -> None:
    await asyncio.sleep(1)


def writev(self: Writable[bytes], chunks: Sequence[WriteRequest], callback: Callback) -> None:
    callback()


def final(self: Writable[bytes], callback: Callback) -> None:
    callback()


async def final_and_return(self: Writable[bytes]) -> None:
    await asyncio.sleep(1)


def construct(self: Writable[bytes], callback: Callback) -> None:
    callback(OSError())


def destroy(self: Any, error: BaseException | None, callback: Callback) -> None:
    callback(error)


def transform(
    self: Transform[str, int], chunk: str, encoding: str, callback: TransformCallback
) -> None:
    callback(None, len(chunk))


async def transform_slowly(
    self: Transform[str, int], chunk: str, encoding: str, callback: TransformCallback
) -> None:
    callback(None, len(chunk))


async def transform_and_return(self: Transform[str, int], chunk: str, encoding: str) -> int:
    return len(chunk)


def transform_any(self: Any, chunk: str, encoding: Any, callback: TransformCallback) -> None:
    callback(None, len(chunk))


def flush(self: Transform[str, int], callback: TransformCallback) -> None:
    callback()


def a_typed_function_says_what_the_chunks_are(done: DoneCallback) -> None:
    assert_type(Readable(read=read), Readable[bytes])
    assert_type(Readable(read=read_slowly), Readable[bytes])
    assert_type(Readable[bytes](read=read_any), Readable[bytes])
    source = Readable(read=read_any, construct=lambda self, callback: callback())
    sink = Writable(write=write, writev=writev, final=final, construct=construct, destroy=destroy)
    assert_type(sink, Writable[bytes])
    assert_type(Writable(write=write_slowly), Writable[bytes])
    assert_type(Writable(write=write_and_return, final=final_and_return), Writable[bytes])
    one = Writable(write=write_any)
    other = Writable(write=write_to_any_stream)
    third = Writable(write=write_any_and_return)
    for each in (one, other, third):
        assert_type(each, Writable[bytes])
        each.write(b"x", None, done)
    source.pipe(sink)


def a_typed_transform_says_what_comes_out() -> None:
    assert_type(Transform(transform=transform, flush=flush), Transform[str, int])
    assert_type(Transform(transform=transform_slowly), Transform[str, int])
    assert_type(Transform(transform=transform_and_return), Transform[str, int])
    through = Transform(object_mode=True, transform=transform_any)
    through.write("x")
    assert_type(through, Transform[str, Any])


def a_lambda_is_a_method_too() -> None:
    Writable[int](object_mode=True, write=lambda self, chunk, encoding, done: done(None))
    Transform[str, str](transform=lambda self, chunk, encoding, done: done(None, chunk.upper()))
    shout: Transform[str, str] = Transform(
        transform=lambda self, chunk, encoding, done: done(None, chunk.upper()),
        flush=lambda self, done: done(),
    )
    Readable[int](object_mode=True, read=lambda self, size: self.push(1))
    Readable[int](object_mode=True, read=lambda self, *_: self.push(None))
    Writable[bytes](write=lambda *args: args[-1]())
    print(shout)


class Numbered(Writable[bytes]):
    number = 0


def write_numbered(self: Numbered, chunk: bytes, encoding: str, callback: Callback) -> None:
    self.number += 1
    callback()


class Loud(Transform[str, str]):
    def __init__(self, **options: Any) -> None:
        super().__init__(object_mode=True, transform=Loud.shout, **options)

    def shout(self, chunk: str, encoding: str, callback: TransformCallback) -> None:
        callback(None, chunk.upper())


def a_method_of_a_subclass_knows_it() -> None:
    assert_type(Numbered(write=write_numbered), Numbered)
    Numbered(write=write, high_water_mark=1)
    Loud(high_water_mark=1)


def every_class_takes_its_options() -> None:
    through: PassThrough[str] = PassThrough(object_mode=True, high_water_mark=4)
    both: Duplex[bytes, str] = Duplex(
        allow_half_open=False,
        encoding="utf8",
        readable_high_water_mark=1,
        write=lambda self, chunk, encoding, done: done(),
        read=lambda self, size: None,
    )
    numbers = Readable.from_([1, 2], high_water_mark=3, object_mode=True)
    pair = duplex_pair(object_mode=True)
    assert_type(numbers, Readable[int])
    print(through, both, pair)


def text_can_be_written_to_a_stream_of_bytes(
    sink: Writable[bytes], both: Duplex[bytes, str], callback: DoneCallback
) -> None:
    sink.write("text")
    sink.write("aGk=", "base64", callback)
    sink.end("text", "utf8").on("finish", lambda: None)
    both.write("text")
    assert_type(both.end("text"), Duplex[bytes, str])
