"""Lists, bytes and objects made of something else, and what tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from ... import buffer
from .errors import Error
from .functions import call
from .objects import BYTES, Derived, Object, item
from .text import text
from .values import truthy

__all__ = [
    "bytes_from",
    "bytes_of",
    "check",
    "from_entries",
    "is_bytes",
    "is_list",
    "list_from",
    "tag",
]


def bytes_of(value: object) -> bytearray:
    """``new Uint8Array(value)`` and the old ``new Buffer(value)``: a size, or what is in it."""
    if isinstance(value, (int, float)):
        return bytearray(int(value))
    return bytearray(buffer.from_(cast("str", value)))


def bytes_from(value: object, encoding: str = "utf8") -> bytes:
    """``Buffer.from``."""
    return buffer.from_(cast("str", value), encoding)


def is_bytes(value: object) -> bool:
    """``Buffer.isBuffer``."""
    return isinstance(value, BYTES)


def is_list(value: object) -> bool:
    """``Array.isArray``."""
    return isinstance(value, list)


def list_from(value: object, function: object = None) -> list[object]:
    """``Array.from(value, function)``; `value` may be an object with a length."""
    items: Iterable[object]
    if isinstance(value, Object):
        items = [item(value, index) for index in range(cast("int", item(value, "length")))]
    else:
        items = cast("Iterable[object]", value)
    if function is None:
        return list(items)
    return [call(function, None, each, index) for index, each in enumerate(items)]


def is_object(value: object) -> bool:
    """``value instanceof Object``: anything with properties, unless it has no prototype."""
    if value is None or isinstance(value, (str, int, float)):
        return False
    return not isinstance(value, Derived) or value.has_prototype()


def from_entries(pairs: Iterable[list[object]]) -> Object:
    """``Object.fromEntries``."""
    made = Object()
    for name, value in pairs:
        made[name] = value
    return made


def created_from(prototype: object) -> Object:
    """``Object.create(prototype)``."""
    return Derived(prototype)


class Boxed(Object):
    """``Object(value)`` of text, a number or a truth: an object that has no properties."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        object.__setattr__(self, "_value", value)
        if isinstance(value, str):
            super().__init__(**{str(index): letter for index, letter in enumerate(value)})

    def valueOf(self) -> object:  # noqa: N802
        """What it was made of."""
        return object.__getattribute__(self, "_value")

    def toString(self) -> str:  # noqa: N802
        """Its text."""
        return text(self.valueOf())


def as_object(value: object = None) -> object:
    """``Object(value)``: an object stays what it is."""
    if value is None:
        return Object()
    return Boxed(value) if isinstance(value, (str, int, float)) else value


def tag(value: object) -> str:
    """``Object.prototype.toString.call(value)``."""
    kinds = {list: "Array", str: "String", bool: "Boolean", int: "Number", float: "Number"}
    name = kinds.get(type(value), "Object")
    if isinstance(value, BYTES):
        name = "Uint8Array"
    if isinstance(value, BaseException):
        name = "Error"
    return f"[object {'Undefined' if value is None else 'Function' if callable(value) else name}]"


def check(value: object, message: object = None) -> None:
    """``assert(value)``.

    Raises:
        Error: it is not true.
    """
    if not truthy(value):
        raise Error("The expression evaluated to a falsy value" if message is None else message)
