"""Programs that give a stream options that it does not take: see refused.py."""

from __future__ import annotations

from streams2 import (
    Callback,
    Duplex,
    PassThrough,
    Readable,
    Transform,
    TransformCallback,
    Writable,
    duplex_pair,
)


def a_misspelt_option() -> None:
    Readable.from_([1], hihg_water_mark=3)  # refused: call-arg
    Transform(objectmode=True)  # refused: call-arg
    through: PassThrough[int] = PassThrough(objectmode=True)  # refused: call-arg
    both: Duplex[int, int] = Duplex(objectmode=True)  # refused: call-arg
    duplex_pair(objectmode=True)  # refused: call-arg
    print(through, both)


def an_option_of_another_kind() -> None:
    Readable.from_([1], high_water_mark="3")  # refused: arg-type
    Transform(object_mode="yes")  # refused: arg-type
    Readable.from_([1], write=print)  # refused: call-arg


def read_nothing() -> None: ...


def write(self: Writable[bytes], chunk: bytes, encoding: str, callback: Callback) -> None: ...


def transform(
    self: Transform[str, int], chunk: str, encoding: str, callback: TransformCallback
) -> None: ...


def flush_of_too_much(self: Transform[str, int], chunk: str, callback: Callback) -> None: ...


def a_method_that_cannot_be_called_so() -> None:
    Readable[int](read=read_nothing)  # refused: arg-type
    Readable[int](read=5)  # refused: arg-type
    Writable[int](write=lambda self: None)  # refused: arg-type
    Transform[int, int](flush=lambda: None)  # refused: arg-type
    Writable[str](write=write)  # refused: arg-type
    Transform[bytes, int](transform=transform)  # refused: arg-type
    Transform[str, int](flush=flush_of_too_much)  # refused: arg-type


def other_chunks_than_the_function_says(lines: Writable[str]) -> None:
    Writable(write=write).write(5)  # refused: call-overload
    Transform(transform=transform).pipe(lines)  # refused: arg-type


def text_for_no_bytes(numbers: Writable[int]) -> None:
    numbers.write("text")  # refused: arg-type
    numbers.end("text")  # refused: arg-type
