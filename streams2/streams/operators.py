"""Operators: what one does to the chunks of a Readable, one after the other, as to those of a list.

>>> from streams2 import Readable, run
>>> async def main():
...     numbers = Readable.from_(range(1, 8))
...     return await numbers.filter(lambda n: n % 2).map(lambda n: n * n).to_array()
>>> run(main)
[1, 9, 25, 49]

An operator pulls: it takes a chunk from its stream when its own reader asks for one, so that
back-pressure goes through any number of them. Those that give a stream (`map`, `filter`,
`flat_map`, `take`, `drop`) take no chunk before that stream is read; the others are awaited, and
read at once.

A function may be a coroutine function. `concurrency` of its calls then run at the same time; what
they return keeps the order of the chunks all the same. A function with a parameter `signal` gets an
`AbortSignal`, which aborts when the one does that the operator was given.

Whoever stops reading before the end (`take`, `find`, an error, a loop that is left) destroys the
stream that was read.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Generic,
    Optional,
    Protocol,
    TypeVar,
    Union,
    overload,
)

from ..errors import AbortError, InvalidArgTypeError, MissingArgsError, OutOfRangeError, expect
from ..events.abort import AbortController, AbortSignal, aborted_error, bind_signal, on_abort
from .finished import finished

if TYPE_CHECKING:
    from .duplex import Duplex
    from .readable import Readable

__all__ = ["Operators", "Step"]

T = TypeVar("T")
T_in = TypeVar("T_in", contravariant=True)
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
U_co = TypeVar("U_co", covariant=True)


class _WithSignal(Protocol[T_in, U_co]):
    def __call__(self, chunk: T_in, /, *, signal: AbortSignal) -> U_co: ...


Step = Union[Callable[[T], U], _WithSignal[T, U]]
"""What is called with each chunk, and with a signal if it has a parameter for one."""

Composer = Callable[[Any, Any, Optional[AbortSignal]], "Duplex[Any, Any]"]

_END: Any = object()
_SKIP: Any = object()


class _Call:
    """A call of the user's function: its value, its error, or that it still runs."""

    __slots__ = ("error", "task", "value")

    def __init__(self) -> None:
        self.value: Any = _SKIP
        self.error: BaseException | None = None
        self.task: asyncio.Future[Any] | None = None

    async def outcome(self) -> Any:
        """What the function returned.

        Raises:
            BaseException: what it raised.
        """
        if self.task is not None:
            return await asyncio.shield(self.task)
        if self.error is not None:
            raise self.error
        return self.value


class _Calls:
    """Calls a function with each chunk of a stream, a few at a time, and keeps them in order.

    Args:
        source: where the chunks come from.
        step: called with each of them.
        concurrency: how many calls run at the same time, at most.
        ahead: how many calls may be begun, running or not, before the first is taken.
        signal: ends it all with an `AbortError`, at the next chunk.
    """

    def __init__(
        self,
        source: AsyncIterable[Any],
        step: Callable[[Any], Any],
        concurrency: int,
        ahead: int,
        signal: AbortSignal,
    ) -> None:
        self.source = source
        self.step = step
        self.concurrency = concurrency
        self.ahead = ahead
        self.signal = signal
        self.calls: deque[_Call] = deque()
        self.running = 0
        self.failed = False
        self.changed: asyncio.Future[None] | None = None
        self.roomy: asyncio.Future[None] | None = None

    async def results(self) -> AsyncIterator[Any]:
        """What the calls return, in the order of the chunks."""
        reading = asyncio.ensure_future(self.read())
        try:
            while True:
                while not self.calls:
                    self.changed = asyncio.get_running_loop().create_future()
                    await self.changed
                value = await self.calls[0].outcome()
                if value is _END:
                    return
                if self.signal.aborted:
                    raise AbortError
                if value is not _SKIP:
                    yield value
                self.calls.popleft()
                self.make_room()
        finally:
            # Nobody reads any more: the source is let go.
            reading.cancel()
            await asyncio.wait([reading])

    async def read(self) -> None:
        last = _Call()
        try:
            async with _reading(self.source) as chunks:
                async for chunk in chunks:
                    if self.failed:
                        return
                    if self.signal.aborted:
                        raise AbortError
                    self.begin(chunk)
                    await self.room()
            last.value = _END
        except Exception as error:
            last.error = error
        self.add(last)

    def begin(self, chunk: Any) -> None:
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
                call.task.add_done_callback(self.ended)
            else:
                call.value = value
        self.add(call)

    def add(self, call: _Call) -> None:
        self.calls.append(call)
        if self.changed is not None and not self.changed.done():
            self.changed.set_result(None)

    def ended(self, task: asyncio.Future[Any]) -> None:
        self.running -= 1
        # Asking keeps asyncio from complaining of an error that came too late to matter.
        if task.cancelled() or task.exception() is not None:
            self.failed = True
        self.make_room()

    async def room(self) -> None:
        while not self.has_room():
            self.roomy = asyncio.get_running_loop().create_future()
            await self.roomy

    def has_room(self) -> bool:
        return self.running < self.concurrency and len(self.calls) < self.ahead

    def make_room(self) -> None:
        if self.roomy is not None and not self.roomy.done() and self.has_room():
            self.roomy.set_result(None)


class Operators(Generic[T_co]):
    """The operators of a `Readable`."""

    if TYPE_CHECKING:

        def __aiter__(self) -> AsyncIterator[T_co]: ...
        def _stream_of(self, iterable: Any) -> Readable[Any]: ...

    _compose: ClassVar[Composer]

    @staticmethod
    def composer(function: Composer) -> Composer:
        """Say how two streams are composed: a Readable exists before the Duplex that comes of it.

        A decorator, for compose.py.
        """
        Operators._compose = staticmethod(function)
        return function

    # -- those that give a stream ---------------------------------------------------------------

    @overload
    def map(
        self,
        fn: Step[T_co, Awaitable[U]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def map(
        self,
        fn: Step[T_co, U],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    def map(
        self,
        fn: Step[T_co, Any],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[Any]:
        """A stream of what `fn` makes of each chunk.

        Args:
            fn: called with a chunk; may be a coroutine function.
            concurrency: how many calls run at the same time, at most (default 1).
            high_water_mark: how many results may wait to be read, besides the calls that run
                (default `concurrency` - 1).
            signal: aborts it, at the next chunk.

        Raises:
            InvalidArgTypeError: `fn` is no function, or an option is of the wrong type.
            OutOfRangeError: `concurrency` is below 1, or `high_water_mark` below 0.

        Node: stream.Readable.map
        """
        return self._stream_of(_map(self, fn, concurrency, high_water_mark, signal))

    def filter(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[T_co]:
        """A stream of the chunks for which `fn` answers something true.

        Args:
            fn, concurrency, high_water_mark, signal: as for `map`.

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `map`.

        Node: stream.Readable.filter
        """
        return self._stream_of(_filter(self, fn, concurrency, high_water_mark, signal))

    @overload
    def flat_map(
        self,
        fn: Step[T_co, Awaitable[Iterable[U]]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def flat_map(
        self,
        fn: Step[T_co, Iterable[U]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def flat_map(
        self,
        fn: Step[T_co, AsyncIterable[U]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    def flat_map(
        self,
        fn: Step[T_co, Any],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[Any]:
        """A stream of all that is in what `fn` makes of each chunk.

        >>> from streams2 import Readable, run
        >>> run(Readable.from_(["a b", "c"]).flat_map(str.split).to_array)
        ['a', 'b', 'c']

        Args:
            fn: called with a chunk; what it returns is an iterable, or an async iterable such as
                another stream.
            concurrency, high_water_mark, signal: as for `map`.

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `map`.

        Node: stream.Readable.flatMap
        """
        mapped = _map(self, fn, concurrency, high_water_mark, signal)
        return self._stream_of(_flat(mapped))

    def take(self, number: int, *, signal: AbortSignal | None = None) -> Readable[T_co]:
        """A stream of the first `number` chunks. The rest is not read.

        Raises:
            InvalidArgTypeError: `number` is no whole number, or `signal` no signal.
            OutOfRangeError: `number` is below 0.

        Node: stream.Readable.take
        """
        return self._stream_of(_take(self, _check_number(number), _check_optional(signal)))

    def drop(self, number: int, *, signal: AbortSignal | None = None) -> Readable[T_co]:
        """A stream of all chunks but the first `number`.

        Raises:
            InvalidArgTypeError: `number` is no whole number, or `signal` no signal.
            OutOfRangeError: `number` is below 0.

        Node: stream.Readable.drop
        """
        return self._stream_of(_drop(self, _check_number(number), _check_optional(signal)))

    def compose(self, stream: Any, *, signal: AbortSignal | None = None) -> Duplex[Any, Any]:
        """Pipe this stream into `stream`; the two as one.

        >>> from streams2 import Readable, run
        >>> async def loud(words):
        ...     async for word in words:
        ...         yield word.upper()
        >>> run(lambda: Readable.from_(["come", "in"]).compose(loud).to_array())
        ['COME', 'IN']

        Args:
            stream: what to pipe into: a stream, or a function as `Duplex.from_` takes.
            signal: destroys the whole, with an `AbortError`, when it aborts.

        Returns:
            A Duplex to read from, which is destroyed if one of the two fails.

        Raises:
            InvalidArgValueError: `stream` cannot be written to.
            InvalidArgTypeError: `stream` is neither, or `signal` no signal.

        Node: stream.Readable.compose
        """
        return Operators._compose(self, stream, signal)

    # -- those that are awaited -----------------------------------------------------------------

    async def for_each(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        """Call `fn` with each chunk, and wait until all calls are done.

        Args:
            fn, concurrency, high_water_mark, signal: as for `map`.

        Raises:
            Exception: what `fn` raised, or what the stream failed with.

        Node: stream.Readable.forEach
        """
        results = _map(self, fn, concurrency, high_water_mark, signal)
        await _exhaust(results)

    async def to_array(self, *, signal: AbortSignal | None = None) -> list[T_co]:
        """Read all of the stream into a list.

        Raises:
            Exception: what the stream failed with.
            AbortError: `signal` was aborted; its ``__cause__`` is the reason.

        Node: stream.Readable.toArray
        """
        _check_optional(signal)
        found: list[T_co] = []
        async with _reading(self) as chunks:
            async for chunk in chunks:
                if signal is not None and signal.aborted:
                    raise aborted_error(signal)
                found.append(chunk)
        return found

    async def some(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> bool:
        """Whether `fn` answers something true for any chunk. What comes after that is not read.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.some
        """
        return await _first(_filter(self, fn, concurrency, None, signal), _END) is not _END

    async def every(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> bool:
        """Whether `fn` answers something true for all chunks; True if there is none.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.every
        """
        failing = _filter(self, fn, concurrency, None, signal, wanted=False)
        return await _first(failing, _END) is _END

    async def find(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> T_co | None:
        """The first chunk for which `fn` answers something true, or None.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.find
        """
        found: T_co | None = await _first(_filter(self, fn, concurrency, None, signal), None)
        return found

    @overload
    async def reduce(
        self, fn: Callable[[T_co, T_co], Awaitable[T_co]], *, signal: AbortSignal | None = ...
    ) -> T_co: ...

    @overload
    async def reduce(
        self, fn: Callable[[T_co, T_co], T_co], *, signal: AbortSignal | None = ...
    ) -> T_co: ...

    @overload
    async def reduce(
        self, fn: Callable[[U, T_co], Awaitable[U]], initial: U, *, signal: AbortSignal | None = ...
    ) -> U: ...

    @overload
    async def reduce(
        self, fn: Callable[[U, T_co], U], initial: U, *, signal: AbortSignal | None = ...
    ) -> U: ...

    async def reduce(
        self,
        fn: Callable[[Any, Any], Any],
        initial: Any = _END,
        *,
        signal: AbortSignal | None = None,
    ) -> Any:
        """Put all chunks together, two at a time.

        >>> from streams2 import Readable, run
        >>> run(lambda: Readable.from_([1, 2, 3]).reduce(lambda total, n: total + n, 0))
        6

        Args:
            fn: called with what it returned for the last chunk, and the next; may be a coroutine
                function. A function with a parameter `signal` gets one that aborts when this is
                over.
            initial: what it is called with for the first chunk. If not given, that chunk itself.
            signal: aborts it; the stream is destroyed.

        Raises:
            MissingArgsError: there is neither a chunk nor an initial value.
            AbortError: `signal` was aborted.
            Exception: what `fn` raised, or what the stream failed with.

        Node: stream.Readable.reduce
        """
        _check_function(fn, "reducer")
        _check_optional(signal)
        over = AbortController()
        if signal is not None:
            if signal.aborted:
                await _give_up(self, aborted_error(signal))
            forget = on_abort(signal, over.abort)
        step = bind_signal(fn, over.signal)
        total = initial
        try:
            async with _reading(self) as chunks:
                async for chunk in chunks:
                    if signal is not None and signal.aborted:
                        raise AbortError
                    if total is _END:
                        total = chunk
                        continue
                    total = step(total, chunk)
                    if isinstance(total, Awaitable):
                        total = await total
        finally:
            if signal is not None:
                forget()
            over.abort()
        if total is _END:
            raise MissingArgsError("initial")
        return total


# -- the same, of any async iterable ------------------------------------------------------------


def _map(
    source: AsyncIterable[Any],
    fn: Any,
    concurrency: int,
    high_water_mark: int | None,
    signal: AbortSignal | None,
) -> AsyncIterator[Any]:
    _check_function(fn)
    _check_optional(signal)
    _check_at_least("concurrency", concurrency, 1)
    if high_water_mark is None:
        high_water_mark = concurrency - 1
    _check_at_least("high_water_mark", high_water_mark, 0)
    own = signal or AbortSignal()
    step = bind_signal(fn, own)
    return _Calls(source, step, concurrency, high_water_mark + concurrency, own).results()


def _filter(
    source: AsyncIterable[Any],
    fn: Any,
    concurrency: int,
    high_water_mark: int | None,
    signal: AbortSignal | None,
    *,
    wanted: bool = True,
) -> AsyncIterator[Any]:
    """The chunks for which `fn` answers what is wanted."""
    _check_function(fn)
    step = bind_signal(fn, _check_optional(signal) or AbortSignal())

    async def chosen(chunk: Any, answer: Awaitable[Any]) -> Any:
        return chunk if bool(await answer) is wanted else _SKIP

    def choose(chunk: Any) -> Any:
        answer = step(chunk)
        if isinstance(answer, Awaitable):
            return chosen(chunk, answer)
        return chunk if bool(answer) is wanted else _SKIP

    return _map(source, choose, concurrency, high_water_mark, signal)


async def _flat(source: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async with _reading(source) as inners:
        async for inner in inners:
            if isinstance(inner, AsyncIterable):
                async for value in inner:
                    yield value
            else:
                for value in inner:
                    yield (await value) if isinstance(value, Awaitable) else value


async def _take(
    source: AsyncIterable[Any], number: int, signal: AbortSignal | None
) -> AsyncIterator[Any]:
    _raise_if_aborted(signal)
    left = number
    async with _reading(source) as chunks:
        async for chunk in chunks:
            _raise_if_aborted(signal)
            if left > 0:
                left -= 1
                yield chunk
            if left <= 0:
                return


async def _drop(
    source: AsyncIterable[Any], number: int, signal: AbortSignal | None
) -> AsyncIterator[Any]:
    _raise_if_aborted(signal)
    left = number
    async with _reading(source) as chunks:
        async for chunk in chunks:
            _raise_if_aborted(signal)
            if left > 0:
                left -= 1
            else:
                yield chunk


async def _exhaust(values: AsyncIterator[Any]) -> None:
    async with _reading(values) as results:
        async for _ in results:
            pass


async def _first(values: AsyncIterator[Any], otherwise: Any) -> Any:
    async with _reading(values) as results:
        async for value in results:
            return value
        return otherwise


@asynccontextmanager
async def _reading(source: AsyncIterable[Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """Iterate over `source`, and close it however that ends."""
    iterator: Any = source.__aiter__()
    try:
        yield iterator
    finally:
        await iterator.aclose()


async def _give_up(stream: Any, error: BaseException) -> None:
    """Destroy a stream before anything was read, and say why."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    finished(stream.destroy(error), lambda _: over.set_result(None))
    await over
    raise error


def _raise_if_aborted(signal: AbortSignal | None) -> None:
    if signal is not None and signal.aborted:
        raise AbortError


def _check_function(fn: object, name: str = "fn") -> None:
    if not callable(fn):
        raise InvalidArgTypeError.given(name, "a function", fn)


def _check_optional(signal: AbortSignal | None) -> AbortSignal | None:
    return None if signal is None else expect("signal", signal, AbortSignal)


def _check_number(number: int) -> int:
    _check_at_least("number", number, 0)
    return number


def _check_at_least(name: str, value: int, least: int) -> None:
    if not isinstance(value, int):
        raise InvalidArgTypeError.given(name, "a whole number", value)
    if value < least:
        raise OutOfRangeError.given(name, f">= {least}", value)
