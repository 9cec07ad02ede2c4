"""Numbers in bytes: whole ones of 1 to 8 bytes, and floating-point ones.

>>> header = bytearray(6)
>>> write_uint16_be(header, 513), write_uint32_le(header, 7, 2)
(2, 6)
>>> read_uint16_be(header), read_uint32_le(header, 2)
(513, 7)
"""

from __future__ import annotations

import math
import struct
from typing import Literal

from ..core.encodings import BytesLike
from ..errors import InvalidArgTypeError
from .arguments import Memory, between, fits, flat

__all__ = [
    *("read_double_be", "read_double_le", "read_float_be", "read_float_le"),
    *("read_int16_be", "read_int16_le", "read_int32_be", "read_int32_le"),
    *("read_int64_be", "read_int64_le", "read_int8", "read_int_be", "read_int_le"),
    *("read_uint16_be", "read_uint16_le", "read_uint32_be", "read_uint32_le"),
    *("read_uint64_be", "read_uint64_le", "read_uint8", "read_uint_be", "read_uint_le"),
    *("write_double_be", "write_double_le", "write_float_be", "write_float_le"),
    *("write_int16_be", "write_int16_le", "write_int32_be", "write_int32_le"),
    *("write_int64_be", "write_int64_le", "write_int8", "write_int_be", "write_int_le"),
    *("write_uint16_be", "write_uint16_le", "write_uint32_be", "write_uint32_le"),
    *("write_uint64_be", "write_uint64_le", "write_uint8", "write_uint_be"),
    *("write_uint_le",),
]

Order = Literal["little", "big"]


class ReadWhole:
    """Reads a whole number. Node: buf.readUInt16LE and its kin

    Args:
        data: the bytes.
        offset: where it begins (default 0).

    Raises:
        InvalidArgTypeError: `offset` is no number.
        OutOfRangeError: it is no whole number, or the number would not lie within `data`.
        BufferOutOfBoundsError: `data` is shorter than the number.
    """

    def __init__(self, form: str) -> None:
        self.form = struct.Struct(form)

    def __call__(self, data: BytesLike, offset: int = 0) -> int:
        fits(data, offset, self.form.size)
        number: int = self.form.unpack_from(data, offset)[0]
        return number


class WriteWhole:
    """Writes a whole number, and returns where it ends. Node: buf.writeUInt16LE and its kin

    Args:
        target: what to write into.
        value: the number.
        offset: where it begins (default 0).

    Raises:
        InvalidArgTypeError: `value` is no whole number, or `offset` no number.
        OutOfRangeError: `value` does not fit its form, or it would not lie within `target`.
        BufferOutOfBoundsError: `target` is shorter than the number.
    """

    def __init__(self, form: str) -> None:
        self.form = struct.Struct(form)
        bits = self.form.size * 8
        signed = form[-1].islower()
        self.least = -(1 << (bits - 1)) if signed else 0
        self.most = (1 << (bits - signed)) - 1

    def __call__(self, target: Memory, value: int, offset: int = 0) -> int:
        between("value", value, self.least, self.most)
        fits(target, offset, self.form.size)
        self.form.pack_into(target, offset, value)
        return offset + self.form.size


class ReadReal:
    """Reads a floating-point number. Node: buf.readFloatLE and its kin. As `ReadWhole`."""

    def __init__(self, form: str) -> None:
        self.form = struct.Struct(form)

    def __call__(self, data: BytesLike, offset: int = 0) -> float:
        fits(data, offset, self.form.size)
        number: float = self.form.unpack_from(data, offset)[0]
        return number


class WriteReal:
    """Writes a floating-point number, and returns where it ends. Node: buf.writeFloatLE and its kin

    One that is too large for its form becomes infinity. As `WriteWhole`.
    """

    def __init__(self, form: str) -> None:
        self.form = struct.Struct(form)

    def __call__(self, target: Memory, value: float, offset: int = 0) -> int:
        if not isinstance(value, (int, float)):
            raise InvalidArgTypeError.given("value", "a number", value)
        fits(target, offset, self.form.size)
        try:
            self.form.pack_into(target, offset, value)
        except OverflowError:
            self.form.pack_into(target, offset, math.copysign(math.inf, value))
        return offset + self.form.size


read_int8, read_uint8 = ReadWhole("<b"), ReadWhole("<B")
read_int16_le, read_int16_be = ReadWhole("<h"), ReadWhole(">h")
read_int32_le, read_int32_be = ReadWhole("<i"), ReadWhole(">i")
read_int64_le, read_int64_be = ReadWhole("<q"), ReadWhole(">q")
read_uint16_le, read_uint16_be = ReadWhole("<H"), ReadWhole(">H")
read_uint32_le, read_uint32_be = ReadWhole("<I"), ReadWhole(">I")
read_uint64_le, read_uint64_be = ReadWhole("<Q"), ReadWhole(">Q")
read_float_le, read_float_be = ReadReal("<f"), ReadReal(">f")
read_double_le, read_double_be = ReadReal("<d"), ReadReal(">d")

write_int8, write_uint8 = WriteWhole("<b"), WriteWhole("<B")
write_int16_le, write_int16_be = WriteWhole("<h"), WriteWhole(">h")
write_int32_le, write_int32_be = WriteWhole("<i"), WriteWhole(">i")
write_int64_le, write_int64_be = WriteWhole("<q"), WriteWhole(">q")
write_uint16_le, write_uint16_be = WriteWhole("<H"), WriteWhole(">H")
write_uint32_le, write_uint32_be = WriteWhole("<I"), WriteWhole(">I")
write_uint64_le, write_uint64_be = WriteWhole("<Q"), WriteWhole(">Q")
write_float_le, write_float_be = WriteReal("<f"), WriteReal(">f")
write_double_le, write_double_be = WriteReal("<d"), WriteReal(">d")


def read_int_le(data: BytesLike, offset: int, size: int) -> int:
    """A whole number of 1 to 6 bytes, the lowest first. Node: buf.readIntLE"""
    return _read(data, offset, size, "little", signed=True)


def read_int_be(data: BytesLike, offset: int, size: int) -> int:
    """A whole number of 1 to 6 bytes, the highest first. Node: buf.readIntBE"""
    return _read(data, offset, size, "big", signed=True)


def read_uint_le(data: BytesLike, offset: int, size: int) -> int:
    """A whole number from 0 on, of 1 to 6 bytes, the lowest first. Node: buf.readUIntLE"""
    return _read(data, offset, size, "little", signed=False)


def read_uint_be(data: BytesLike, offset: int, size: int) -> int:
    """A whole number from 0 on, of 1 to 6 bytes, the highest first. Node: buf.readUIntBE"""
    return _read(data, offset, size, "big", signed=False)


def write_int_le(target: Memory, value: int, offset: int, size: int) -> int:
    """Write a number of 1 to 6 bytes, the lowest first; where it ends. Node: buf.writeIntLE"""
    return _write(target, value, offset, size, "little", signed=True)


def write_int_be(target: Memory, value: int, offset: int, size: int) -> int:
    """Write a number of 1 to 6 bytes, the highest first; where it ends. Node: buf.writeIntBE"""
    return _write(target, value, offset, size, "big", signed=True)


def write_uint_le(target: Memory, value: int, offset: int, size: int) -> int:
    """Write a number from 0 on, the lowest byte first; where it ends. Node: buf.writeUIntLE"""
    return _write(target, value, offset, size, "little", signed=False)


def write_uint_be(target: Memory, value: int, offset: int, size: int) -> int:
    """Write a number from 0 on, the highest byte first; where it ends. Node: buf.writeUIntBE"""
    return _write(target, value, offset, size, "big", signed=False)


def _read(data: BytesLike, offset: int, size: int, order: Order, *, signed: bool) -> int:
    between("size", size, 1, 6)
    fits(data, offset, size)
    return int.from_bytes(flat("data", data)[offset : offset + size], order, signed=signed)


def _write(
    target: Memory,
    value: int,
    offset: int,
    size: int,
    order: Order,
    *,
    signed: bool,
) -> int:
    between("size", size, 1, 6)
    bits = size * 8
    between("value", value, -(1 << (bits - 1)) if signed else 0, (1 << (bits - signed)) - 1)
    fits(target, offset, size)
    target[offset : offset + size] = value.to_bytes(size, order, signed=signed)
    return offset + size
