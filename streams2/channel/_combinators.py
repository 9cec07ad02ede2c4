"""Channels made of channels: most of these are a loop of takes and puts that one could write."""

from __future__ import annotations

import asyncio
import collections
import copy
from collections.abc import AsyncIterable, Collection, Iterable, Sequence
from typing import Any, Callable, Generic, TypeVar, overload

from ..errors import InvalidArgTypeError, expect, expect_whole
from ._alts import alts
from ._buffers import Buffer, PromiseBuffer
from ._core import AnyChannel, Channel, Sink, Source
from ._dispatch import spawn
from ._functions import plain_function
from ._processes import go
from ._stages import AnyTransducer, Transducer, make_stage

__all__ = [
    "Reduced",
    "into",
    "map",
    "merge",
    "onto_channel",
    "pipe",
    "promise_channel",
    "reduce",
    "split",
    "take",
    "to_channel",
    "transduce",
]

T = TypeVar("T")
A = TypeVar("A")
In = TypeVar("In")
Out = TypeVar("Out")

_BUFFERED_AT_MOST = 100


@overload
def promise_channel() -> AnyChannel: ...


@overload
def promise_channel(
    transform: Transducer[In, T], ex_handler: Callable[[Exception], T | None] | None = None
) -> Channel[T, In]: ...


def promise_channel(
    transform: AnyTransducer | None = None,
    ex_handler: Callable[[Exception], object] | None = None,
) -> AnyChannel:
    """A channel that gives the first value put on it to every take, for good.

    >>> async def main():
    ...     answer = promise_channel()
    ...     await answer.put(42)
    ...     return await answer.take(), await answer.take()
    >>> asyncio.run(main())
    (42, 42)

    Puts never wait, and all values but the first are dropped. Closed with no value, it gives every
    take None, or the error that it was closed with.

    Args:
        transform: see `Channel`.
        ex_handler: see `Channel`.

    core.async: promise-chan
    """
    return Channel(PromiseBuffer(), transform, ex_handler)


def pipe(source: Source[In], dest: Channel[Out, In], close: bool = True) -> Channel[Out, In]:
    """Move values from `source` to `dest`, until the one ends or the other is closed.

    Args:
        source: where values are taken.
        dest: where they are put.
        close: whether `dest` is closed when `source` ends.

    Returns:
        `dest`.

    Raises:
        InvalidArgTypeError: one of the two is no channel.

    core.async: pipe
    """
    expect("source", source, Channel)
    expect("dest", dest, Channel)

    async def move() -> None:
        async for value in source:
            if not await dest.put(value):
                return
        if close:
            dest.close()

    spawn(move())
    return dest


def to_channel(values: Iterable[T] | AsyncIterable[T]) -> Channel[T]:
    """A channel that gives `values`, in order, and closes.

    >>> async def main():
    ...     return [value async for value in to_channel("abc")]
    >>> asyncio.run(main())
    ['a', 'b', 'c']

    It reads ahead: as many values as there are, and at most 100.

    Raises:
        InvalidArgTypeError: the values cannot be iterated over.

    core.async: to-chan!
    """
    size = _BUFFERED_AT_MOST
    if isinstance(values, Collection):
        size = min(size, len(values))
    channel: Channel[T] = Channel(size)
    onto_channel(channel, values)
    return channel


def onto_channel(
    channel: Sink[T], values: Iterable[T] | AsyncIterable[T], close: bool = True
) -> AnyChannel:
    """Put `values` on `channel`, in order; stop if it is closed.

    Args:
        channel: where they are put.
        values: any iterable, or async iterable.
        close: whether `channel` is closed after the last value.

    Returns:
        A channel that closes when that is done.

    Raises:
        InvalidArgTypeError: not a channel, or the values cannot be iterated over.

    core.async: onto-chan!
    """
    expect("channel", channel, Channel)
    if not isinstance(values, (Iterable, AsyncIterable)):
        raise InvalidArgTypeError.given("values", "an iterable or async iterable", values)

    async def copy() -> None:
        try:
            if isinstance(values, AsyncIterable):
                async for value in values:
                    if not await channel.put(value):
                        return
            else:
                for value in values:
                    if not await channel.put(value):
                        return
        finally:
            if close:
                channel.close()

    return go(copy())


class Reduced(Generic[A]):
    """What the function of `reduce` returns to end early: ``return Reduced(result)``.

    core.async: reduced
    """

    def __init__(self, value: A) -> None:
        self.value = value


def reduce(
    function: Callable[[A, T], A | Reduced[A]], initial: A, channel: Source[T]
) -> Channel[A]:
    """Fold all values of `channel` into one.

    >>> async def main():
    ...     return await reduce(lambda total, value: total + value, 0, to_channel([1, 2, 3])).take()
    >>> asyncio.run(main())
    6

    Args:
        function: ``function(result so far, value)`` returns the new result, or ``Reduced(result)``
            to stop taking.
        initial: the first result.
        channel: where values are taken, until it ends.

    Returns:
        A channel that gives the result.

    Raises:
        InvalidArgTypeError: not a channel, or the function cannot be called or is a
            coroutine function.

    core.async: reduce
    """
    function = plain_function("function", function)
    expect("channel", channel, Channel)

    async def fold() -> A:
        result = initial
        async for value in channel:
            step = function(result, value)
            if isinstance(step, Reduced):
                return step.value
            result = step
        return result

    return go(fold())


def transduce(
    transform: Transducer[T, Out],
    function: Callable[[A, Out], A | Reduced[A]],
    initial: A,
    channel: Source[T],
) -> Channel[A]:
    """Fold what `transform` makes of the values of `channel` into one: see `reduce`.

    Args:
        transform: see `Channel`.
        function: ``function(result so far, output)``, as for `reduce`. It is not called once more
            at the end, as Clojure's is.
        initial: the first result.
        channel: where values are taken, until it ends or `transform` does.

    Returns:
        A channel that gives the result.

    Raises:
        InvalidArgTypeError: not a channel, or one of the functions cannot be called or is a
            coroutine function.

    core.async: transduce
    """
    function = plain_function("function", function)
    expect("channel", channel, Channel)
    result = initial

    def step(value: Out) -> bool:
        nonlocal result
        after = function(result, value)
        if isinstance(after, Reduced):
            result = after.value
            return True
        result = after
        return False

    stage = make_stage(transform, step)

    async def fold() -> A:
        async for value in channel:
            if stage.feed(value):
                break
        stage.finish()
        return result

    return go(fold())


def into(collection: A, channel: Source[object]) -> Channel[A]:
    """All values of `channel`, added to a copy of `collection`.

    >>> async def main():
    ...     return await into([0], to_channel([1, 2])).take()
    >>> asyncio.run(main())
    [0, 1, 2]

    Args:
        collection: a list, tuple, deque, set, frozenset, or a dict (whose values are pairs).
        channel: where values are taken, until it ends.

    Returns:
        A channel that gives the new collection.

    Raises:
        InvalidArgTypeError: a collection of another kind, or not a channel.

    core.async: into
    """
    expect("channel", channel, Channel)
    if not isinstance(collection, (list, tuple, collections.deque, set, frozenset, dict)):
        raise InvalidArgTypeError.given("collection", "a list, tuple, set or dict", collection)
    start = copy.copy(collection)

    async def collect() -> A:
        return _extended(start, [value async for value in channel])  # type: ignore[no-any-return]

    return go(collect())


def _extended(collection: Any, values: list[Any]) -> Any:
    if isinstance(collection, tuple):
        return collection + tuple(values)
    if isinstance(collection, frozenset):
        return collection.union(values)
    if isinstance(collection, (set, dict)):
        collection.update(values)
    else:
        collection.extend(values)
    return collection


def take(count: int, channel: Source[T], buffer: int | Buffer[T] = 0) -> Channel[T]:
    """A channel that gives the first `count` values of `channel`, and closes.

    If the new channel is closed before that, they are still taken, and dropped.

    Args:
        count: how many values are taken, at most.
        channel: where they are taken. The others stay on it.
        buffer: the buffer of the new channel.

    Raises:
        InvalidArgTypeError, OutOfRangeError: not a channel, or `count` is no number >= 0.

    core.async: take
    """
    expect("channel", channel, Channel)
    expect_whole("count", count, least=0)
    out: Channel[T] = Channel(buffer)

    async def move() -> None:
        for _ in range(count):
            value = await channel.take()
            if value is None:
                break
            await out.put(value)
        out.close()

    spawn(move())
    return out


def merge(channels: Iterable[Source[T]], buffer: int | Buffer[T] = 0) -> Channel[T]:
    """A channel that gives what any of `channels` gives, and closes when all have.

    If the new channel is closed before that, values are still taken, and dropped.

    Args:
        channels: where values are taken, from any that has one.
        buffer: the buffer of the new channel.

    Raises:
        InvalidArgTypeError: what is given are no channels.

    core.async: merge
    """
    sources = _listed(channels)
    out: Channel[T] = Channel(buffer)

    async def move() -> None:
        while sources:
            value, source = await alts(sources)
            if value is None:
                sources.remove(source)
            else:
                await out.put(value)
        out.close()

    spawn(move())
    return out


def split(
    predicate: Callable[[T], object],
    channel: Source[T],
    true_buffer: int | Buffer[T] = 0,
    false_buffer: int | Buffer[T] = 0,
) -> tuple[Channel[T], Channel[T]]:
    """Two channels: one with the values for which `predicate` is true, one with the others.

    Args:
        predicate: called with each value.
        channel: where values are taken. Both new channels close when it ends. No more are taken
            once a value was refused because one of the two had been closed.
        true_buffer: the buffer of the first channel.
        false_buffer: the buffer of the second.

    Returns:
        The two channels.

    Raises:
        InvalidArgTypeError: not a channel, or the predicate cannot be called or is a
            coroutine function.

    core.async: split
    """
    predicate = plain_function("predicate", predicate)
    expect("channel", channel, Channel)
    chosen: Channel[T] = Channel(true_buffer)
    others: Channel[T] = Channel(false_buffer)

    async def sort() -> None:
        try:
            async for value in channel:
                if not await (chosen if predicate(value) else others).put(value):
                    return
        except Exception:
            close_both()
            raise
        close_both()

    def close_both() -> None:
        chosen.close()
        others.close()

    spawn(sort())
    return chosen, others


def map(  # noqa: A001  # core.async's name
    function: Callable[..., T], channels: Sequence[Source[object]], buffer: int | Buffer[T] = 0
) -> Channel[T]:
    """A channel of ``function(a, b, ...)`` of the first values of `channels`, of the second, ...

    It ends with the first of the channels to end. What was taken of the others at that time is
    dropped. If the new channel is closed before that, values are still taken, and dropped.

    Args:
        function: called with a value of each channel.
        channels: where values are taken, from all at the same time.
        buffer: the buffer of the new channel.

    Raises:
        InvalidArgTypeError: what is given are no channels, or the function cannot be called or is a
            coroutine function.

    core.async: map
    """
    function = plain_function("function", function)
    sources = _listed(channels)
    out: Channel[T] = Channel(buffer)

    async def combine() -> None:
        try:
            while sources:
                values = await asyncio.gather(*(source.take() for source in sources))
                if any(value is None for value in values):
                    return
                await out.put(function(*values))
        finally:
            out.close()

    spawn(combine())
    return out


def _listed(channels: Iterable[Source[T]]) -> list[Source[T]]:
    """The channels, as they were given for the argument `channels`."""
    if isinstance(channels, Iterable):
        listed = list(channels)
        if all(isinstance(channel, Channel) for channel in listed):
            return listed
    raise InvalidArgTypeError.given("channels", "an iterable of several channels", channels)
