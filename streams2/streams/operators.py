"""What the operators of a Readable do, to any async iterable.

>>> import asyncio
>>> async def numbers():
...     for n in range(4):
...         yield n
>>> async def main():
...     return [n async for n in mapped(numbers(), lambda n: n * n, 1, None, None)]
>>> asyncio.run(main())
[0, 1, 4, 9]

`Readable` has the operators themselves, and says what each is for. Nothing here knows a Readable.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Callable, Protocol, TypeVar, Union

from ..core.chunks import Chunk
from ..errors import AbortError, InvalidArgTypeError, OutOfRangeError, expect, is_number
from ..errors.calling import call
from ..events.abort import AbortSignal, bind_signal
from ..loop.coroutines import failure_of, hear_of
from ..loop.waking import Wakeup
from .finished import settled
from .stream import Stream

__all__ = ["Step"]

T = TypeVar("T")
T_in = TypeVar("T_in", contravariant=True)
U = TypeVar("U")
U_co = TypeVar("U_co", covariant=True)


class _WithSignal(Protocol[T_in, U_co]):
    def __call__(self, chunk: T_in, /, *, signal: AbortSignal) -> U_co: ...


Step = Union[Callable[[T], U], _WithSignal[T, U]]
"""What is called with each chunk, and with a signal if it has a parameter for one."""

_ROLE = "the function given to an operator"

END: Any = object()
SKIP: Any = object()


class _Call:
    """A call of the user's function: its value, its error, or that it still runs."""

    __slots__ = ("error", "task", "value")

    def __init__(self) -> None:
        self.value: object = SKIP
        self.error: BaseException | None = None
        self.task: asyncio.Future[object] | None = None

    async def outcome(self) -> object:
        """What the function returned.

        Raises:
            BaseException: what it raised.
        """
        if self.task is not None:
            # Who is cancelled here leaves the call to itself.
            await asyncio.wait([self.task])
            try:
                return self.task.result()
            except asyncio.CancelledError as error:
                raise failure_of(error) from error
        if self.error is not None:
            raise self.error
        return self.value


class _Calls:
    """Calls a function with each chunk of a stream, a few at a time.

    Args:
        source: where the chunks come from.
        step: called with each of them.
        concurrency: how many calls run at the same time, at most.
        ahead: how many calls may be begun, running or not, before the first is taken.
        signal: ends it all with an `AbortError`, at the next chunk.
        ordered: keep the order of the chunks; if not, a result comes when it is there.
    """

    def __init__(
        self,
        source: AsyncIterable[object],
        step: Callable[[Chunk], object],
        concurrency: int,
        ahead: int,
        signal: AbortSignal,
        ordered: bool,
    ) -> None:
        self.source = source
        self.step = step
        self.concurrency = concurrency
        self.ahead = ahead
        self.signal = signal
        self.ordered = ordered
        self.calls: deque[_Call] = deque()
        # Those that are over, in that order; and how the source ended, which comes last.
        self.over: deque[_Call] = deque()
        self.last: _Call | None = None
        self.running = 0
        self.failed = False
        self.changed = Wakeup()
        self.roomy = Wakeup()

    async def results(self) -> AsyncIterator[object]:
        """What the calls return."""
        reading = asyncio.ensure_future(self.read())
        reading.add_done_callback(hear_of)
        try:
            while True:
                call = self.next_call()
                while call is None:
                    await self.changed.wait()
                    call = self.next_call()
                value = await call.outcome()
                if value is END:
                    return
                if self.signal.aborted:
                    raise AbortError
                if value is not SKIP:
                    yield value
                self.calls.remove(call)
                self.make_room()
        finally:
            # Nobody reads any more: the source is let go.
            reading.cancel()
            await asyncio.wait([reading])

    def next_call(self) -> _Call | None:
        """The one whose result comes next, if that is known yet."""
        if self.ordered and self.calls:
            return self.calls[0]
        if not self.ordered and self.over:
            return self.over.popleft()
        return None if self.calls else self.last

    async def read(self) -> None:
        last = _Call()
        try:
            async with reading(self.source) as chunks:
                async for chunk in chunks:
                    if self.failed:
                        return
                    if self.signal.aborted:
                        raise AbortError
                    self.begin(chunk)
                    await self.room()
            last.value = END
        except (Exception, asyncio.CancelledError) as error:
            last.error = failure_of(error)
        self.last = last
        self.changed.wake()

    def begin(self, chunk: object) -> None:
        call = _Call()
        try:
            value = self.step(chunk)
        except Exception as error:
            call.error = error
            self.failed = True
        else:
            if isinstance(value, Awaitable):
                self.running += 1
                call.task = asyncio.ensure_future(value)
                call.task.add_done_callback(partial(self.ended, call))
            else:
                call.value = value
        self.calls.append(call)
        if call.task is None and not self.ordered:
            self.over.append(call)
        self.changed.wake()

    def ended(self, call: _Call, task: asyncio.Future[object]) -> None:
        self.running -= 1
        if not self.ordered:
            self.over.append(call)
            self.changed.wake()
        if hear_of(task):
            self.failed = True
        self.make_room()

    async def room(self) -> None:
        while not self.has_room():
            await self.roomy.wait()

    def has_room(self) -> bool:
        return self.running < self.concurrency and len(self.calls) < self.ahead

    def make_room(self) -> None:
        if self.has_room():
            self.roomy.wake()


async def _one_by_one(
    source: AsyncIterable[object], step: Callable[[Chunk], object], signal: AbortSignal
) -> AsyncIterator[object]:
    """What `_Calls` gives if one call is begun at a time, without what it takes to begin more."""
    async with reading(source) as chunks:
        async for chunk in chunks:
            if signal.aborted:
                raise AbortError
            value = step(chunk)
            if isinstance(value, Awaitable):
                call = _Call()
                call.task = asyncio.ensure_future(value)
                call.task.add_done_callback(hear_of)
                value = await call.outcome()
                if signal.aborted:
                    raise AbortError
            if value is not SKIP:
                yield value


def mapped(
    source: AsyncIterable[T],
    fn: Step[T, object],
    concurrency: int | None,
    high_water_mark: int | None,
    signal: AbortSignal | None,
    ordered: bool = True,
) -> AsyncIterator[Any]:
    """What `fn` makes of each chunk; arguments as those of `ReadableBase.map`."""
    check_function(fn)
    check_optional(signal)
    concurrency = 1 if concurrency is None else check_count("concurrency", concurrency, 1)
    if high_water_mark is None:
        high_water_mark = concurrency - 1
    else:
        high_water_mark = check_count("high_water_mark", high_water_mark, 0)
    own = signal or AbortSignal()
    step = partial(call, bind_signal(fn, own), _ROLE, ("chunk",))
    ahead = high_water_mark + concurrency
    if ahead == 1:
        return _one_by_one(source, step, own)
    return _Calls(source, step, concurrency, ahead, own, ordered).results()


def filtered(
    source: AsyncIterable[T],
    fn: Step[T, object],
    concurrency: int | None,
    high_water_mark: int | None,
    signal: AbortSignal | None,
    *,
    wanted: bool = True,
) -> AsyncIterator[T]:
    """The chunks for which `fn` answers what is wanted."""
    check_function(fn)
    bound = bind_signal(fn, check_optional(signal) or AbortSignal())
    step = partial(call, bound, _ROLE, ("chunk",))

    async def chosen(chunk: T, answer: Awaitable[object]) -> T:
        return chunk if bool(await answer) is wanted else SKIP

    def choose(chunk: T) -> T | Awaitable[T]:
        answer = step(chunk)
        if isinstance(answer, Awaitable):
            return chosen(chunk, answer)
        return chunk if bool(answer) is wanted else SKIP

    return mapped(source, choose, concurrency, high_water_mark, signal)


async def flattened(source: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async with reading(source) as inners:
        async for inner in inners:
            if isinstance(inner, AsyncIterable):
                async for value in inner:
                    yield value
            else:
                for value in inner:
                    yield (await value) if isinstance(value, Awaitable) else value


async def taken(
    source: AsyncIterable[T], number: float, signal: AbortSignal | None
) -> AsyncIterator[T]:
    raise_if_aborted(signal)
    left = number
    async with reading(source) as chunks:
        async for chunk in chunks:
            raise_if_aborted(signal)
            if left > 0:
                left -= 1
                yield chunk
            if left <= 0:
                return


async def dropped(
    source: AsyncIterable[T], number: float, signal: AbortSignal | None
) -> AsyncIterator[T]:
    raise_if_aborted(signal)
    left = number
    async with reading(source) as chunks:
        async for chunk in chunks:
            raise_if_aborted(signal)
            if left > 0:
                left -= 1
            else:
                yield chunk


async def exhaust(values: AsyncIterator[object]) -> None:
    async with reading(values) as results:
        async for _ in results:
            pass


async def first(values: AsyncIterator[T], otherwise: U) -> T | U:
    async with reading(values) as results:
        async for value in results:
            return value
        return otherwise


@asynccontextmanager
async def reading(source: AsyncIterable[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Iterate over `source`, and close it however that ends."""
    iterator: Any = source.__aiter__()
    try:
        yield iterator
    finally:
        await iterator.aclose()


async def give_up(stream: Stream, error: BaseException) -> None:
    """Destroy a stream before anything was read, and say why."""
    await settled(stream.destroy(error))
    raise error


def raise_if_aborted(signal: AbortSignal | None) -> None:
    """Raise an `AbortError` if `signal` was aborted."""
    if signal is not None and signal.aborted:
        raise AbortError


def check_function(fn: object, name: str = "fn") -> None:
    """Raise an `InvalidArgTypeError` if `fn` cannot be called."""
    if not callable(fn):
        raise InvalidArgTypeError.given(name, "a function", fn)


def check_optional(signal: AbortSignal | None) -> AbortSignal | None:
    """`signal` itself, if it is one or None; if not, that is an `InvalidArgTypeError`."""
    return None if signal is None else expect("signal", signal, AbortSignal)


def check_number(number: float) -> float:
    """`number` itself, if one can count chunks by it: of 1.5 chunks, there are two."""
    if not is_number(number):
        raise InvalidArgTypeError.given("number", "a number", number)
    if number < 0:
        raise OutOfRangeError.given("number", ">= 0", number)
    return number


def check_count(name: str, value: object, least: int) -> int:
    """`value` as a whole number: what is behind its point does not count, as in Node."""
    if not is_number(value) or not -math.inf < value < math.inf or math.floor(value) < least:
        raise OutOfRangeError.given(name, f"a whole number >= {least}", value)
    return math.floor(value)
