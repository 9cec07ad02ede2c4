"""The methods of lists that came last: from the end, and those that leave the list as it is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import cast

from .errors import RangeError
from .functions import call
from .stopping import Ambiguous
from .values import compare, same, truthy

__all__ = ["LATE", "in_order"]

Items = list[object]


def in_order(items: Sequence[object], order: object = None) -> Items:
    """A sorted copy, by the text of the items if there is no order.

    Raises:
        Ambiguous: there is a None in it. Only undefined is last, whatever the order.
    """
    if any(each is None for each in items):
        raise Ambiguous("None is null or undefined: only one of them is last")
    function = order or compare
    key = functools.cmp_to_key(lambda a, b: cast("int", call(function, None, a, b)))
    return sorted(items, key=key)


def _last(items: Items, function: object) -> int:
    """Where the last item is that a function says yes to; -1 if nowhere."""
    for index in reversed(range(len(items))):
        if truthy(call(function, None, items[index], index, items)):
            return index
    return -1


def _find_last(items: Items, function: object) -> object:
    index = _last(items, function)
    return None if index < 0 else items[index]


def _last_index_of(items: Items, wanted: object, start: int | None = None) -> int:
    first = len(items) - 1 if start is None else start if start >= 0 else len(items) + start
    places = reversed(range(min(first, len(items) - 1) + 1))
    return next((index for index in places if same(items[index], wanted)), -1)


def _reduce_right(items: Items, function: object, *start: object) -> object:
    rest = list(enumerate(items))
    if not start and not rest:
        raise TypeError("Reduce of empty array with no initial value")
    result = start[0] if start else rest.pop()[1]
    for index, each in reversed(rest):
        result = call(function, None, result, each, index, items)
    return result


def _with(items: Items, index: int, value: object) -> Items:
    if not -len(items) <= index < len(items):
        raise RangeError(f"Invalid index : {index}")
    changed = list(items)
    changed[index] = value
    return changed


def _spliced(items: Items, start: int, count: int | None = None, *new: object) -> Items:
    size = len(items)
    start = max(size + start, 0) if start < 0 else min(start, size)
    stop = size if count is None else min(start + max(count, 0), size)
    return [*items[:start], *new, *items[stop:]]


def _copied_within(items: Items, target: int, start: int, end: int | None = None) -> Items:
    part = items[start:end]
    target = target if target >= 0 else len(items) + target
    part = part[: max(len(items) - target, 0)]
    items[target : target + len(part)] = part
    return items


LATE: dict[str, Callable[..., object]] = {
    "copyWithin": _copied_within,
    "entries": lambda items: ([index, each] for index, each in enumerate(items)),
    "findLast": _find_last,
    "findLastIndex": _last,
    "keys": lambda items: iter(range(len(items))),
    "lastIndexOf": _last_index_of,
    "reduceRight": _reduce_right,
    "toReversed": lambda items: list(reversed(items)),
    "toSorted": in_order,
    "toSpliced": _spliced,
    "values": iter,
    "with": _with,
}
"""By their names in JavaScript."""
