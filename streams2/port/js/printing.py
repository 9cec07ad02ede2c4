"""What ``console.log`` writes: Node's way to show values."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence

from .collections import Map, Set
from .dates import Date
from .making import Boxed
from .objects import BYTES, Derived, Object, key_of, vars_of
from .promises import Promise
from .stopping import NotPorted
from .text import error_text, number_text, text
from .urls import URL, URLSearchParams

__all__ = ["error", "format_", "inspect", "log"]

_WIDTH = 80
_MOST_ITEMS = 100
_MOST_BYTES = 50
_IN_COLUMNS = 6
_INNER_LEVELS = 3


def log(*values: object) -> None:
    """``console.log``: to standard output."""
    print(format_(*values), flush=True)


def error(*values: object) -> None:
    """``console.error``: to standard error."""
    print(format_(*values), file=sys.stderr)


def format_(*values: object) -> str:
    """``util.format``: a text that comes first may have ``%s``, ``%d``, ``%j`` and the others."""
    rest = list(values)
    pieces = []
    if rest and isinstance(rest[0], str):
        pieces.append(_filled(rest.pop(0), rest) if len(rest) > 1 else str(rest.pop(0)))
    pieces.extend(each if isinstance(each, str) else inspect(each) for each in rest)
    return " ".join(pieces)


def _filled(pattern: object, rest: list[object]) -> str:
    pieces, words = [], str(pattern)
    while True:
        before, percent, words = words.partition("%")
        pieces.append(before)
        if not percent:
            return "".join(pieces)
        kind, words = words[:1], words[1:]
        if kind == "%":
            pieces.append("%")
        elif kind in _SHOWN and rest:
            pieces.append(_SHOWN[kind](rest.pop(0)))
        else:
            pieces.append(percent + kind)


def _as_number(value: object) -> str:
    return number_text(value) if isinstance(value, (int, float)) else "NaN"


def _as_whole(value: object) -> str:
    return number_text(math.trunc(value)) if isinstance(value, (int, float)) else "NaN"


def _as_text(value: object) -> str:
    if isinstance(value, (Object, list, *BYTES)):
        return inspect(value)
    return inspect(value) if value is None else text(value)


def _as_json(value: object) -> str:
    from .json import stringify

    return str(stringify(value))


_SHOWN: dict[str, Callable[[object], str]] = {
    "s": _as_text,
    "d": _as_number,
    "i": _as_whole,
    "f": _as_number,
    "j": _as_json,
    "o": lambda value: inspect(value),
    "O": lambda value: inspect(value),
}


def inspect(value: object, none: str = "") -> str:
    """``util.inspect(value)``.

    Raises:
        Ambiguous: `value` is None, and nobody said whether null or undefined.
    """
    if value is None:
        return text(value, none or None)
    return _Inspection().show(value, 0, 0)


class _Inspection:
    """One value being shown: how deep the last part went decides what fits on a line."""

    def __init__(self) -> None:
        self.deepest = 0
        self.around: list[object] = []

    def show(self, value: object, depth: int, indent: int) -> str:
        plain = _plain(value)
        if plain is not None:
            return plain
        if any(value is other for other in self.around):
            return "[Circular *1]"
        if depth > 2:
            return f"[{'Array' if isinstance(value, (list, tuple)) else _name_of(value)}]"
        self.deepest = depth
        self.around.append(value)
        try:
            return self._compound(value, depth, indent)
        finally:
            self.around.pop()

    def _compound(self, value: object, depth: int, indent: int) -> str:
        if isinstance(value, (list, tuple)):
            shown = [self.show(each, depth + 1, indent + 2) for each in value[:_MOST_ITEMS]]
            more = len(value) - _MOST_ITEMS
            extra = [f"... {more} more item{'s' * (more > 1)}"] if more > 0 else []
            return self._together("", "[", shown, extra, "]", depth, indent, value)
        if isinstance(value, Map):
            shown = [
                " => ".join(self.show(part, depth + 1, indent + 2) for part in pair)
                for pair in value
            ]
            return self._together(f"Map({value.size})", "{", shown, [], "}", depth, indent)
        if isinstance(value, Set):
            shown = [self.show(each, depth + 1, indent + 2) for each in value]
            return self._together(f"Set({value.size})", "{", shown, [], "}", depth, indent)
        shown = [
            f"{_key(name)}: {self.show(each, depth + 1, indent + 2)}"
            for name, each in vars_of(value)
        ]
        prefix = "" if isinstance(value, (Object, dict)) else _name_of(value)
        if isinstance(value, Derived) and not value.has_prototype():
            prefix = "[Object: null prototype]"
        return self._together(prefix, "{", shown, [], "}", depth, indent)

    def _together(
        self,
        prefix: str,
        opening: str,
        shown: list[str],
        extra: list[str],
        closing: str,
        depth: int,
        indent: int,
        items: Sequence[object] = (),
    ) -> str:
        start = f"{prefix} {opening}" if prefix else opening
        if not shown:
            return f"{start}{closing}"
        output = [*shown, *extra]
        if opening == "[" and len(output) > _IN_COLUMNS:
            output = _columns(shown, items, indent) + extra
        if self.deepest - depth < _INNER_LEVELS and output == [*shown, *extra]:
            room = len(output) + indent + len(start) + 10
            total = sum(map(len, output)) + len(output) + room
            if total <= _WIDTH and not any("\n" in each for each in output):
                return f"{start} {', '.join(output)} {closing}"
        line = "\n" + " " * indent
        return f"{start}{line}  {f',{line}  '.join(output)}{line}{closing}"


def _columns(shown: list[str], items: Sequence[object], indent: int) -> list[str]:
    """Many short items, some on a line: about as wide as high, and in columns."""
    widths = [len(each) + 2 for each in shown]
    widest = max(widths)
    total = sum(widths)
    if widest * 3 + indent >= _WIDTH or not (total / widest > 5 or widest <= _IN_COLUMNS + 2):
        return shown
    bias = math.sqrt(widest - total / len(shown))
    biased = max(widest - 3 - bias, 1)
    number = min(
        round(math.sqrt(2.5 * biased * len(shown)) / biased),
        (_WIDTH - indent) // widest,
        12,
        15,
    )
    if number <= 1:
        return shown
    columns = [max(widths[column::number]) for column in range(number)]
    numeric = all(isinstance(each, (int, float)) for each in items)
    rows = []
    for first in range(0, len(shown), number):
        row = shown[first : first + number]
        cells = []
        for column, each in enumerate(row):
            last = column == len(row) - 1
            cell = each if last else f"{each}, "
            width = columns[column] - (2 if last else 0)
            cells.append(cell.rjust(width) if numeric else cell if last else cell.ljust(width))
        rows.append("".join(cells))
    return rows


def _plain(value: object) -> str | None:
    """How a value without parts is shown; None if it has some."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0:
        return "-0"
    if value is None:
        return "null"
    if isinstance(value, Date):
        return "Invalid Date" if math.isnan(value.ms) else value.toISOString()
    if isinstance(value, (Boxed, URL, URLSearchParams, Promise)):
        raise NotPorted(f"{type(value).__name__} is shown with its parts: say what to show")
    if isinstance(value, re.Match):
        raise NotPorted("a match is shown with its index and input: say what to show")
    if isinstance(value, (bool, int, float)):
        return text(value)
    if isinstance(value, BYTES):
        raw = bytes(value)
        more = len(raw) - _MOST_BYTES
        shown = "".join(f" {byte:02x}" for byte in raw[:_MOST_BYTES])
        return f"<Buffer{shown}{f' ... {more} more byte' + 's' * (more > 1) if more > 0 else ''}>"
    if isinstance(value, BaseException):
        return f"[{error_text(value)}]"
    if isinstance(value, type):
        return f"[class {value.__name__}]"
    if callable(value) and not isinstance(value, Object):
        name = getattr(value, "__name__", "")
        name = "" if name == "<lambda>" else name
        return f"[Function: {name}]" if name else "[Function (anonymous)]"
    return None


def _quoted(words: str) -> str:
    quote = "'"
    if "'" in words:
        quote = '"' if '"' not in words else "`" if "`" not in words and "${" not in words else "'"
    names = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    shown = []
    for letter in words:
        if letter in names:
            shown.append(names[letter])
        elif letter in ("\\", quote):
            shown.append("\\" + letter)
        elif ord(letter) < 32 or 127 <= ord(letter) < 160:
            shown.append(f"\\x{ord(letter):02X}")
        else:
            shown.append(letter)
    return quote + "".join(shown) + quote


def _key(name: object) -> str:
    words = key_of(name)
    plain = words.replace("$", "_").isidentifier() and words.isascii()
    return words if plain else _quoted(words)


def _name_of(value: object) -> str:
    return "Object" if isinstance(value, (Object, dict)) else type(value).__name__


def shown(value: object, none: str) -> object:
    """What `log` is given of a value that is ``null`` or ``undefined`` if it is None."""
    return Bare(none) if value is None else value


class Bare(str):
    """Text that stands for a value, and is shown without quotes."""
