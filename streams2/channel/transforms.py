"""Ready-made transforms for channels, each a few lines that could be one's own.

>>> import asyncio
>>> from streams2.channel import Channel, transforms
>>> async def main():
...     squares_of_odd = transforms.compose(
...         transforms.filter(lambda number: number % 2),
...         transforms.map(lambda number: number**2),
...     )
...     channel = Channel(10, squares_of_odd)
...     for number in range(6):
...         await channel.put(number)
...     channel.close()
...     return [value async for value in channel]
>>> asyncio.run(main())
[1, 9, 25]

A transform is any generator function over an iterator, as the functions that these return are.
What follows its loop is what it does when the channel closes; its `return` closes the channel.

The functions that these take answer at once. A coroutine function is refused: for one, there are
`pipeline_async`, `map` of a stream, and an `async for` in a `go` process.

core.async: a channel's transducer
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Callable, TypeVar

from ..errors import expect_whole
from ._functions import plain_function
from ._stages import AnyTransducer, Composed, Transducer

__all__ = [
    "cat",
    "compose",
    "dedupe",
    "distinct",
    "drop",
    "drop_while",
    "filter",
    "interpose",
    "keep",
    "map",
    "map_indexed",
    "mapcat",
    "partition_all",
    "partition_by",
    "remove",
    "take",
    "take_nth",
    "take_while",
]

In = TypeVar("In")
Out = TypeVar("Out")
T = TypeVar("T")


def compose(*transforms: AnyTransducer) -> Composed[Any, Any]:
    """Several transforms as one: values go through the first, what it yields through the second.

    The transforms stay apart from each other: an exception ends what one of them was doing with
    one value, and the others keep what they have gathered. Of none, values come out unchanged.

    Raises:
        InvalidArgTypeError: one of them is no function.

    Clojure: comp
    """
    return Composed(transforms)


def map(function: Callable[[In], Out]) -> Transducer[In, Out]:  # noqa: A001  # Clojure's name
    """Values are replaced by ``function(value)``. Clojure: map"""
    function = plain_function("function", function)

    async def mapped(values: AsyncIterator[In]) -> AsyncIterator[Out]:
        async for value in values:
            yield function(value)

    return mapped


def filter(predicate: Callable[[T], object]) -> Transducer[T, T]:  # noqa: A001  # Clojure's name
    """Only values with a true ``predicate(value)``. Clojure: filter"""
    predicate = plain_function("predicate", predicate)

    async def filtered(values: AsyncIterator[T]) -> AsyncIterator[T]:
        async for value in values:
            if predicate(value):
                yield value

    return filtered


def remove(predicate: Callable[[T], object]) -> Transducer[T, T]:
    """Only values with a false ``predicate(value)``. Clojure: remove"""
    predicate = plain_function("predicate", predicate)
    return filter(lambda value: not predicate(value))


def keep(function: Callable[[In], Out | None]) -> Transducer[In, Out]:
    """Values are replaced by ``function(value)``, and dropped where it is None. Clojure: keep"""
    function = plain_function("function", function)

    async def kept(values: AsyncIterator[In]) -> AsyncIterator[Out]:
        async for value in values:
            output = function(value)
            if output is not None:
                yield output

    return kept


def map_indexed(function: Callable[[int, In], Out]) -> Transducer[In, Out]:
    """Values are replaced by ``function(index, value)``, from 0. Clojure: map-indexed"""
    function = plain_function("function", function)

    async def numbered(values: AsyncIterator[In]) -> AsyncIterator[tuple[int, In]]:
        index = 0
        async for value in values:
            yield index, value
            index += 1

    # A stage of its own, so that the count goes on when the function fails.
    return compose(numbered, map(lambda pair: function(*pair)))


async def cat(values: AsyncIterator[Iterable[T]]) -> AsyncIterator[T]:
    """Values, each an iterable, are replaced by all that is in them. Clojure: cat"""
    async for value in values:
        for output in value:
            yield output


def mapcat(function: Callable[[In], Iterable[Out]]) -> Transducer[In, Out]:
    """Values are replaced by all of ``function(value)``. Clojure: mapcat"""
    function = plain_function("function", function)

    async def expanded(values: AsyncIterator[In]) -> AsyncIterator[Out]:
        async for value in values:
            for output in function(value):
                yield output

    return expanded


def take(count: int) -> Transducer[T, T]:
    """The first `count` values; then the channel closes. Clojure: take"""
    expect_whole("count", count, least=0)

    async def taken(values: AsyncIterator[T]) -> AsyncIterator[T]:
        left = count
        if not left:
            return
        async for value in values:
            yield value
            left -= 1
            if not left:
                return

    return taken


def take_while(predicate: Callable[[T], object]) -> Transducer[T, T]:
    """Values up to the first with a false ``predicate(value)``; then the channel closes.

    Clojure: take-while
    """
    predicate = plain_function("predicate", predicate)

    async def taken(values: AsyncIterator[T]) -> AsyncIterator[T]:
        async for value in values:
            if not predicate(value):
                return
            yield value

    return taken


def take_nth(count: int) -> Transducer[T, T]:
    """The first value and every one that is `count` after the last. Clojure: take-nth"""
    expect_whole("count", count, least=1)

    async def taken(values: AsyncIterator[T]) -> AsyncIterator[T]:
        index = 0
        async for value in values:
            if index % count == 0:
                yield value
            index += 1

    return taken


def drop(count: int) -> Transducer[T, T]:
    """All but the first `count` values. Clojure: drop"""
    expect_whole("count", count, least=0)

    async def rest(values: AsyncIterator[T]) -> AsyncIterator[T]:
        left = count
        async for value in values:
            if left:
                left -= 1
            else:
                yield value

    return rest


def drop_while(predicate: Callable[[T], object]) -> Transducer[T, T]:
    """The first value with a false ``predicate(value)``, and all after it. Clojure: drop-while"""
    predicate = plain_function("predicate", predicate)

    async def rest(values: AsyncIterator[T]) -> AsyncIterator[T]:
        dropping = True
        async for value in values:
            dropping = dropping and bool(predicate(value))
            if not dropping:
                yield value

    return rest


def interpose(separator: T) -> Transducer[T, T]:
    """The values, and `separator` between them. Clojure: interpose"""

    async def separated(values: AsyncIterator[T]) -> AsyncIterator[T]:
        first = True
        async for value in values:
            if not first:
                yield separator
            first = False
            yield value

    return separated


def partition_all(size: int) -> Transducer[T, list[T]]:
    """Lists of `size` values; the last, at the close, may be shorter. Clojure: partition-all"""
    expect_whole("size", size, least=1)

    async def partitioned(values: AsyncIterator[T]) -> AsyncIterator[list[T]]:
        part: list[T] = []
        async for value in values:
            part.append(value)
            if len(part) == size:
                whole, part = part, []
                yield whole
        if part:
            yield part

    return partitioned


def partition_by(function: Callable[[T], object]) -> Transducer[T, list[T]]:
    """Lists of values in a row with an equal ``function(value)``. Clojure: partition-by"""
    function = plain_function("function", function)

    async def partitioned(pairs: AsyncIterator[tuple[object, T]]) -> AsyncIterator[list[T]]:
        part: list[T] = []
        last: object = None
        async for key, value in pairs:
            if part and key != last:
                whole, part = part, []
                yield whole
            last = key
            part.append(value)
        if part:
            yield part

    # A stage of its own, so that the part goes on when the function fails.
    return compose(map(lambda value: (function(value), value)), partitioned)


def dedupe() -> Transducer[T, T]:
    """Values that differ from the one before. Clojure: dedupe"""

    async def deduped(values: AsyncIterator[T]) -> AsyncIterator[T]:
        last: object = object()
        async for value in values:
            if value != last:
                last = value
                yield value

    return deduped


def distinct() -> Transducer[T, T]:
    """Values that have not been seen before; all are remembered. Clojure: distinct"""

    async def seen_first(values: AsyncIterator[T]) -> AsyncIterator[T]:
        hashed: set[T] = set()
        others: list[T] = []
        async for value in values:
            try:
                seen = value in hashed
                hashed.add(value)
            except TypeError:  # what cannot be hashed, as a list, can still be compared
                seen = value in others
                if not seen:
                    others.append(value)
            if not seen:
                yield value

    return seen_first
