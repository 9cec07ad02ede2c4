"""Methods of values whose kind is known only when the program runs."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import cast

from ... import buffer
from .functions import call
from .letters import BLANKS, locale_compare
from .lists import LATE, in_order
from .objects import BYTES, Object, get, item, snake
from .promises import Promise
from .text import text
from .values import same, to_exponential, to_fixed, to_precision, truthy

__all__ = ["concat", "flat", "index_of", "invoke", "sort", "splice", "sub", "substring"]

Items = list[object]


def invoke(value: object, name: str, *arguments: object) -> object:
    """``value.name(...arguments)``, whatever `value` is: a list, text, bytes, a stream.

    >>> invoke([1, 2], "push", 3), invoke("ab", "slice", 1), invoke(b"ab", "toString")
    (3, 'b', 'ab')
    """
    for kinds, methods in (((list, tuple), _LISTS), (str, _TEXTS), (BYTES, _BYTES)):
        if isinstance(value, kinds) and name in methods:
            return methods[name](value, *arguments)
    if name == "toString" and not hasattr(value, "toString"):
        return _number_text(value, *arguments)
    if isinstance(value, (int, float)) and name in _NUMBERS:
        return _NUMBERS[name](value, *arguments)
    if isinstance(value, re.Pattern) and name == "test":
        return value.search(text(arguments[0])) is not None
    if isinstance(value, re.Pattern) and name == "exec":
        return value.search(text(arguments[0]))
    found = get(value, name)
    if found is None and name == "next":
        return next_of(value)
    if found is None:
        raise TypeError(f"{type(value).__name__}.{name} is not a function")
    return call(found, value, *arguments)


def next_of(iterator: object) -> object:
    """``iterator.next()``: an object with ``value`` and ``done``, or a promise of it."""
    if isinstance(iterator, AsyncIterator):
        return Promise.resolve(_next_later(iterator))
    done = object()
    found = next(cast("Iterator[object]", iterator), done)
    return Object(value=None if found is done else found, done=found is done)


async def _next_later(iterator: AsyncIterator[object]) -> Object:
    try:
        return Object(value=await iterator.__anext__(), done=False)
    except StopAsyncIteration:
        return Object(value=None, done=True)


_NUMBERS: dict[str, Callable[..., object]] = {
    "toExponential": to_exponential,
    "toFixed": to_fixed,
    "toPrecision": to_precision,
}


def _number_text(value: object, radix: object = None) -> str:
    if isinstance(value, int) and isinstance(radix, int) and radix != 10:
        digits, rest = "", abs(value)
        while rest or not digits:
            rest, digit = divmod(rest, radix)
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        return ("-" if value < 0 else "") + digits
    return text(value)


# -- lists ----------------------------------------------------------------------------------------


def sort(items: Items, order: Callable[..., object] | None = None) -> Items:
    """``items.sort(order)``: in place, by the text of the items if there is no order."""
    items[:] = in_order(items, order)
    return items


def splice(items: Items, start: int, count: float | None = None, *new: object) -> Items:
    """``items.splice(start, count, ...new)``: what was taken out."""
    size = len(items)
    start = max(size + start, 0) if start < 0 else min(start, size)
    stop = size if count is None else int(min(start + max(count, 0), size))
    taken = items[start:stop]
    items[start:stop] = new
    return taken


def index_of(items: Iterable[object], wanted: object, start: int = 0) -> int:
    """Where an item is, as ``===`` finds it; -1 if nowhere."""
    if start < 0:
        items = list(items)
        start = max(len(items) + start, 0)
    for index, each in enumerate(items):
        if index >= start and same(each, wanted):
            return index
    return -1


def concat(items: Items, *more: object) -> Items:
    """``items.concat(...more)``: lists are taken apart."""
    result = list(items)
    for each in more:
        if isinstance(each, (list, tuple)):
            result.extend(each)
        else:
            result.append(each)
    return result


def flat(items: Items, depth: float = 1) -> Items:
    """``items.flat(depth)``."""
    result: Items = []
    for each in items:
        if isinstance(each, list) and depth >= 1:
            result.extend(flat(each, depth - 1))
        else:
            result.append(each)
    return result


def join(items: Items, between: str = ",") -> str:
    """``items.join(between)``: None is nothing."""
    return between.join("" if each is None else text(each) for each in items)


def reduce(items: Items, function: object, *start: object) -> object:
    """``items.reduce(function, start)``."""
    rest = list(enumerate(items))
    if not start and not rest:
        raise TypeError("Reduce of empty array with no initial value")
    result = start[0] if start else rest.pop(0)[1]
    for index, each in rest:
        result = call(function, None, result, each, index, items)
    return result


def _push(items: Items, *more: object) -> int:
    items.extend(more)
    return len(items)


def _unshift(items: Items, *more: object) -> int:
    items[:0] = more
    return len(items)


def _each(items: Items, function: object, this: object = None) -> Iterable[tuple[object, object]]:
    for index, each in enumerate(items):
        yield each, call(function, this, each, index, items)


def _find(items: Items, function: object, this: object = None) -> object:
    return next((each for each, found in _each(items, function, this) if truthy(found)), None)


def _find_index(items: Items, function: object, this: object = None) -> int:
    found = (at for at, (_, is_it) in enumerate(_each(items, function, this)) if truthy(is_it))
    return next(found, -1)


def _for_each(items: Items, function: object, this: object = None) -> None:
    for _ in _each(items, function, this):
        pass


def _every(items: Items, function: object, this: object = None) -> bool:
    return all(truthy(found) for _, found in _each(items, function, this))


def _some(items: Items, function: object, this: object = None) -> bool:
    return any(truthy(found) for _, found in _each(items, function, this))


def _fill(items: Items, value: object, start: int = 0, end: int | None = None) -> Items:
    for index in range(len(items))[start:end]:
        items[index] = value
    return items


def _shift(items: Items) -> object:
    return items.pop(0) if items else None


def _pop(items: Items) -> object:
    return items.pop() if items else None


def _reverse(items: Items) -> Items:
    items.reverse()
    return items


def _map(items: Items, function: object, this: object = None) -> Items:
    return [result for _, result in _each(items, function, this)]


def _filter(items: Items, function: object, this: object = None) -> Items:
    return [each for each, kept in _each(items, function, this) if truthy(kept)]


def _slice(items: Items, start: float | None = None, end: float | None = None) -> Items:
    return items[_place(start) : _place(end)]


def _place(index: float | None) -> int | None:
    """A place as ``slice`` takes it: numbers are cut to whole ones."""
    if index is None or isinstance(index, int):
        return index
    return int(index) if math.isfinite(index) else sys.maxsize if index > 0 else 0


Methods = dict[str, Callable[..., object]]

_LISTS: Methods = {
    "at": lambda items, index: items[index] if -len(items) <= index < len(items) else None,
    "concat": concat,
    **LATE,
    "every": _every,
    "fill": _fill,
    "filter": _filter,
    "find": _find,
    "findIndex": _find_index,
    "flat": flat,
    "flatMap": lambda items, function: flat(_map(items, function)),
    "forEach": _for_each,
    "includes": lambda items, wanted, start=0: index_of(items, wanted, start) >= 0,
    "indexOf": index_of,
    "join": join,
    "map": _map,
    "pop": _pop,
    "push": _push,
    "reduce": reduce,
    "reverse": _reverse,
    "shift": _shift,
    "slice": _slice,
    "some": _some,
    "sort": sort,
    "splice": splice,
    "toString": join,
    "unshift": _unshift,
}

# -- text -----------------------------------------------------------------------------------------


def substring(words: str, start: float = 0, end: float | None = None) -> str:
    """``words.substring(start, end)``, in either order, and within what there is."""
    first, second = max(start, 0), len(words) if end is None else max(end, 0)
    return words[_place(min(first, second)) : _place(max(first, second))]


def split(words: str, between: object = None, limit: int | None = None) -> Items:
    """``words.split(between, limit)``."""
    if between is None:
        found: Items = [words]
    elif isinstance(between, re.Pattern):
        found = list(_split_by(words, between))
    else:
        found = list(words.split(text(between))) if between else list(words)
    return found if limit is None else found[:limit]


def _split_by(words: str, pattern: re.Pattern[str]) -> list[str | None]:
    if not words:
        return [] if pattern.fullmatch("") else [""]
    pieces: list[str | None] = []
    start = 0
    for match in pattern.finditer(words):
        if match.end() == match.start() and match.start() in (0, len(words)):
            continue
        pieces.append(words[start : match.start()])
        pieces.extend(match.groups())
        start = match.end()
    return [*pieces, words[start:]]


def sub(words: str, pattern: object, new: object, every: bool = False) -> str:
    """``words.replace(pattern, new)``.

    Args:
        words: where to look.
        pattern: a regular expression, or text.
        new: text, in which ``$1`` and ``$&`` stand for what was found; or a function.
        every: whether all are replaced (default: the first).
    """
    found = pattern if isinstance(pattern, re.Pattern) else re.compile(re.escape(text(pattern)))

    def filled(match: re.Match[str]) -> str:
        if callable(new):
            return text(call(new, None, match[0], *match.groups(), match.start(), words))
        return _REFERENCE.sub(lambda mark: _meant(mark[1], match), text(new))

    return found.sub(filled, words, 0 if every else 1)


_REFERENCE = re.compile(r"\$(\$|&|\d\d?|<\w+>)")


def _meant(mark: str, match: re.Match[str]) -> str:
    if mark == "$":
        return "$"
    if mark == "&":
        return match[0]
    if mark.startswith("<"):
        return match[mark[1:-1]] or ""
    number = int(mark)
    return (match[number] or "") if 0 < number <= len(match.groups()) else f"${mark}"


def _pad(words: str, size: int, fill: str, at_start: bool) -> str:
    missing = max(size - len(words), 0)
    padding = (fill * missing)[:missing] if fill else ""
    return padding + words if at_start else words + padding


_TEXTS: Methods = {
    "at": lambda words, index: words[index] if -len(words) <= index < len(words) else None,
    "charAt": lambda words, index=0: item(words, index) or "",
    "charCodeAt": lambda words, index=0: ord(words[index]) if 0 <= index < len(words) else math.nan,
    "codePointAt": lambda words, index=0: ord(words[index]) if index < len(words) else None,
    "concat": lambda words, *more: words + "".join(map(text, more)),
    "endsWith": lambda words, end: words.endswith(end),
    "includes": lambda words, wanted, start=0: wanted in words[start:],
    "indexOf": lambda words, wanted, start=0: words.find(wanted, start),
    "lastIndexOf": lambda words, wanted: words.rfind(wanted),
    "localeCompare": lambda words, other: locale_compare(words, other),
    "match": lambda words, pattern: pattern.search(words),
    "matchAll": lambda words, pattern: pattern.finditer(words),
    "normalize": lambda words, form="NFC": unicodedata.normalize(form, words),
    "padEnd": lambda words, size, fill=" ": _pad(words, size, fill, False),
    "padStart": lambda words, size, fill=" ": _pad(words, size, fill, True),
    "repeat": lambda words, times: words * times,
    "replace": sub,
    "search": lambda words, pattern: found.start() if (found := pattern.search(words)) else -1,
    "replaceAll": lambda words, pattern, new: sub(words, pattern, new, every=True),
    "slice": _slice,
    "split": split,
    "startsWith": lambda words, start, at=0: words.startswith(start, at),
    "substr": lambda words, start, size=None: substr(words, start, size),
    "substring": substring,
    "toLowerCase": str.lower,
    "toString": str,
    "toUpperCase": str.upper,
    "trim": lambda words: words.strip(BLANKS),
    "trimEnd": lambda words: words.rstrip(BLANKS),
    "trimLeft": lambda words: words.lstrip(BLANKS),
    "trimRight": lambda words: words.rstrip(BLANKS),
    "trimStart": lambda words: words.lstrip(BLANKS),
}


def has_method(kind: str, name: str) -> bool:
    """Whether lists (``"list"``) or text (``"str"``) have a method here."""
    return name in {"list": _LISTS, "str": _TEXTS}[kind]


def substr(words: str, start: float, size: float | None = None) -> str:
    """``words.substr(start, size)``."""
    start = int(start)
    start = max(len(words) + start, 0) if start < 0 else start
    return words[start:] if size is None else words[start : start + max(int(size), 0)]


# -- bytes ----------------------------------------------------------------------------------------


def copy(
    source: bytes,
    target: bytearray,
    at: int = 0,
    start: int = 0,
    end: int | None = None,
) -> int:
    """``source.copy(target, at, start, end)``: how many bytes were copied."""
    part = source[start:end][: len(target) - at]
    target[at : at + len(part)] = part
    return len(part)


def to_string(
    value: bytes, encoding: str | None = None, start: int = 0, end: int | None = None
) -> str:
    """``buffer.toString(encoding, start, end)``."""
    return buffer.to_string(value[start:end], encoding or "utf8")


_BYTES: Methods = {
    "at": lambda value, index: value[index] if -len(value) <= index < len(value) else None,
    "copy": copy,
    "forEach": _for_each,
    "includes": buffer.includes,
    "indexOf": buffer.index_of,
    "slice": _slice,
    "subarray": _slice,
    "toString": to_string,
}
_OF_BUFFER = (
    *("equals", "compare", "fill", "lastIndexOf", "write"),
    *(f"{verb}{kind}8" for verb in ("read", "write") for kind in ("Int", "UInt")),
    *(
        f"{verb}{kind}{order}"
        for verb in ("read", "write")
        for kind in ("Int16", "UInt16", "Int32", "UInt32", "Float", "Double", "Int", "UInt")
        for order in ("LE", "BE")
    ),
)


def _of_buffer(name: str) -> Callable[..., object]:
    return cast("Callable[..., object]", getattr(buffer, buffer_name(name)))


def buffer_name(name: str) -> str:
    """A method of Node's Buffer, as ``streams2.buffer`` has it: ``readUInt32BE``, say."""
    plain = name.replace("BigUInt", "UInt").replace("BigInt", "Int").replace("UInt", "Uint")
    plain = plain.replace("Uint64", "Uint64").replace("LE", "Le").replace("BE", "Be")
    return snake(plain)


_BYTES.update({name: _of_buffer(name) for name in _OF_BUFFER})
_BYTES.update(
    {name: _LISTS[name] for name in ("every", "find", "findIndex", "join", "reduce", "some")}
)
