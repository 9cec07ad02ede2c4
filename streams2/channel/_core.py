"""The channel: a queue that two sides can wait at.

A channel holds three queues and nothing else that moves:

- `values`: what has been put and not been taken yet;
- `putters`: puts that wait for room, each with its value;
- `takers`: takes that wait for a value.

Two rules say all that happens:

- **a put** gives its value to the taker that has waited longest; or else leaves it among the
  values if there is room; or else waits among the putters;
- **a take** gets the oldest value, and the putter that has waited longest may now leave its own
  in the room that this made; or else it gets its value from a putter directly; or else it waits
  among the takers.

So takers wait only while there is no value, and putters only while there is no room; and since
each rule serves who came first, values leave in the order in which they came. Room for none makes
a rendezvous: a put waits until its value is taken.

**Closing** ends the puts, not the takes: what was accepted, waiting puts included, can still be
taken, and then every take answers None.

**Nothing is lost when a task gives up.** A waiting put that is cancelled takes its value along. A
waiting take that is cancelled after it was handed a value, and before its task ran, gives the
value back: to the next taker, or to the front of the values.

A put that finds room, and a take that finds a value, touch neither a future nor the event loop, but
for a pause now and then (`_pace`). That is most of them, and why the first lines of `put` and
`take` count for themselves and say the rule a second time.

One module, because the rules hold of all three queues at once: whatever touches one of them has to
leave the other two right.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from types import GenericAlias
from typing import TYPE_CHECKING, Callable, Generic, TypeVar, cast, overload

from ..errors import InvalidArgValueError, expect, expect_function, expect_whole
from ..errors.places import Place, made_here
from ._buffers import Buffer, FixedBuffer, Value
from ._dispatch import CallbackWaiter, Waiter, call, dispatch, expect_own_thread
from ._errors import ChannelNoneValueError, TooManyPendingError
from ._intake import Intake, expect_ex_handler
from ._pace import pace
from ._stages import Transducer
from ._waiting import NOT_TOLD, TaskWaiter, a_turn
from .watching import Glimpse, Holdings, watchers

__all__ = ["MAX_PENDING", "AnyChannel", "Channel", "Sink", "Source"]

T = TypeVar("T")
if TYPE_CHECKING:
    from typing_extensions import TypeAlias
    from typing_extensions import TypeVar as TypeVarWithDefault

    In = TypeVarWithDefault("In", default=T)
else:
    In = TypeVar("In")

MAX_PENDING = 1024
"""How many puts, and how many takes, may wait on one channel (core.async: the same)."""

MUST_WAIT = object()
"""What `_try_take` answers when there is nothing to take and the channel is open."""


class Channel(Generic[T, In]):
    """A channel: values go in at one side and come out, in order, at the other.

    >>> async def main():
    ...     channel = Channel(2)
    ...     await channel.put("one")
    ...     await channel.put("two")
    ...     channel.close()
    ...     return [value async for value in channel]
    >>> asyncio.run(main())
    ['one', 'two']

    ``Channel[int]`` takes and gives ints. A channel with a transform may take other values than it
    gives: ``Channel[int, str]`` is put strings and gives ints.

    A channel needs no running loop, except to wait. It belongs to one thread; from another, use
    ``loop.call_soon_threadsafe``: what would have to wake somebody up raises `NoRunningLoopError`
    there, and changes nothing.

    Args:
        buffer: how many values it holds before a put waits (default 0: a put waits for its
            taker), or a buffer such as ``dropping_buffer(10)``.
        transform: what happens to values on their way in: a generator function over the values
            that are put, ``async def`` for speed (see `streams2.channel.transforms`). It may
            yield several values for one or none, ends the channel when it returns, and can yield
            what it kept back when its input ends, at `close`.
        ex_handler: called with an exception that the transform raised; what it returns, unless
            None, goes into the buffer. Without it, the running loop's exception handler is told.

    Raises:
        InvalidArgTypeError, OutOfRangeError: the buffer is neither a buffer nor a number >= 0, or
            one of the functions cannot be called or is a coroutine function.
        InvalidArgValueError: the buffer belongs to another channel, or there is a transform and
            room for none.

    core.async: chan
    """

    __slots__ = (
        "__weakref__",
        "_buffer",
        "_closed",
        "_failure",
        "_made_at",
        "_on_close",
        "_putters",
        "_room",
        "_size",
        "_takers",
        "_values",
    )

    if not TYPE_CHECKING:
        # Generic's own would refuse `Channel[int]`: before Python 3.13 it knows no defaults.
        __class_getitem__ = classmethod(GenericAlias)

    @overload
    def __init__(self: Channel[T, T], buffer: int | Buffer[T] = 0) -> None: ...

    @overload
    def __init__(
        self,
        buffer: int | Buffer[T],
        transform: Transducer[In, T] | None,
        ex_handler: Callable[[Exception], T | None] | None = None,
    ) -> None: ...

    def __init__(
        self,
        buffer: int | Buffer[T] = 0,
        transform: Transducer[In, T] | None = None,
        ex_handler: Callable[[Exception], T | None] | None = None,
    ) -> None:
        self._takers: deque[Waiter] = deque()
        self._putters: deque[tuple[Waiter, Value]] = deque()
        self._closed = False
        self._failure: BaseException | None = None
        self._on_close: dict[object, Callable[[], object]] = {}
        # A plain channel (a fixed buffer or none, no transform) keeps all in _values, and _room is
        # what _values may hold. Any other keeps its values in _buffer: _room is 0, and _values
        # holds only what cancelled takes gave back. In both, _values is taken from first.
        self._values: deque[Value] = deque()
        self._buffer: Buffer[T] | None = None
        self._size = 0
        kept = _as_buffer(buffer)
        if ex_handler is not None:
            ex_handler = expect_ex_handler(ex_handler)
        if transform is not None:
            if kept is None:
                raise InvalidArgValueError.given(
                    "buffer", "a buffer, or at least 1, where there is a transform", buffer
                )
            self._buffer = Intake(kept, transform, ex_handler)
        elif type(kept) is FixedBuffer:
            self._size, self._values = kept.size, kept.values
        else:
            self._buffer = kept
        self._room = self._size
        self._made_at = made_here(self)

    # What a user does

    async def put(self, value: In) -> bool:
        """Put `value`, waiting while there is no room.

        Cancelled while it waits, it withdraws the value, unless the value was accepted at that
        same moment.

        Returns:
            True, or False if the channel is closed and the value was not accepted.

        Raises:
            ChannelNoneValueError: the value is None.
            TooManyPendingError: 1024 puts wait already.

        core.async: >!
        """
        pace.left = left = pace.left - 1
        if left <= 0 and pace.is_due():
            await asyncio.sleep(0)
        if len(self._values) < self._room and not self._takers and value is not None:
            self._values.append(value)
            return True
        accepted = self._try_put(value)
        if accepted is not None:
            return accepted
        waiter: TaskWaiter[bool] = TaskWaiter()
        self._add_putter(waiter, value)
        pace.waits()
        try:
            await a_turn()
            if waiter.answer is NOT_TOLD:
                await waiter.longer()
        except BaseException:
            self._forget_putter(waiter)
            raise
        return waiter.answer

    async def take(self) -> T | None:
        """Take the next value, waiting while there is none.

        Cancelled while it waits, it takes nothing: a value it was handed goes back to the front.

        Returns:
            The value, or None if the channel is closed and empty.

        Raises:
            TooManyPendingError: 1024 takes wait already.

        core.async: <!
        """
        pace.left = left = pace.left - 1
        if left <= 0 and pace.is_due():
            await asyncio.sleep(0)
        if self._values and not self._putters:
            kept: T = self._values.popleft()
            return kept
        taken: T | None = self._try_take()
        if taken is not MUST_WAIT:
            return taken
        waiter: TaskWaiter[T | None] = TaskWaiter()
        self._add_taker(waiter)
        pace.waits()
        try:
            await a_turn()
            if waiter.answer is NOT_TOLD:
                await waiter.longer()
        except BaseException:
            if waiter.answer is NOT_TOLD:
                self._forget_taker(waiter)
            else:
                self._give_back(waiter.answer)
            raise
        return waiter.answer

    def put_callback(
        self,
        value: In,
        callback: Callable[[bool], object] | None = None,
        on_caller: bool = True,
    ) -> bool:
        """Put `value`, and call ``callback(accepted)`` when that is done.

        Done at once, it calls back before it returns; `on_caller=False` puts that off. Done later,
        the callback runs on the running loop's next turn, or, where no loop runs, inside the
        operation that made it possible. It may be a coroutine function: that runs as a task, and
        if it fails, the loop's exception handler is told, as of a process that `go` runs.

        Returns:
            True (the value was accepted, or waits to be), or False if the channel is closed.

        Raises:
            InvalidArgTypeError: the callback cannot be called.
            ChannelNoneValueError: the value is None.
            TooManyPendingError: 1024 puts wait already.

        core.async: put!
        """
        if callback is not None:
            expect_function("callback", callback)
        accepted = self._try_put(value)
        if accepted is None:
            self._add_putter(CallbackWaiter(callback or _ignore), value)
            return True
        if callback is not None:
            if on_caller:
                call(callback, accepted)
            else:
                dispatch(callback, accepted)
        return accepted

    def take_callback(self, callback: Callable[[T | None], object], on_caller: bool = True) -> None:
        """Take the next value and call ``callback(value)`` with it; with None once closed.

        When the callback runs, and what it may be, is as for `put_callback`.

        Raises:
            InvalidArgTypeError: the callback cannot be called.
            TooManyPendingError: 1024 takes wait already.

        core.async: take!
        """
        expect_function("callback", callback)
        value = self._try_take()
        if value is MUST_WAIT:
            self._add_taker(CallbackWaiter(callback))
        elif on_caller:
            call(callback, value)
        else:
            dispatch(callback, value)

    def offer(self, value: In) -> bool | None:
        """Put `value` if that needs no waiting.

        Returns:
            True if it was accepted, None if there is no room now, False if the channel is closed.

        Raises:
            ChannelNoneValueError: the value is None.

        core.async: offer!
        """
        return self._try_put(value)

    def poll(self) -> T | None:
        """Take a value if that needs no waiting.

        Returns:
            The value, or None if there is none now.

        core.async: poll!
        """
        value = self._try_take()
        return None if value is MUST_WAIT else value

    def close(self, error: BaseException | None = None) -> None:
        """End the puts. What was accepted, and what waits to be, can still be taken.

        A transform is told that its input has ended, once the last waiting put was accepted.
        Closing again does nothing.

        Args:
            error: why, if the end is not a good one. It is taken once, after all the values; it
                needs no room, and no transform sees it. A promise channel with no value gives
                it to every take; one that has its value keeps that. It is taken as a value, so
                look for it. (So a channel can be the callback of an operation: `close` for a
                callback, `take` to wait for it.)

        Raises:
            InvalidArgTypeError: `error` is no exception.

        core.async: close!, where an error is put first, like any other value
        """
        if error is not None:
            expect("error", error, BaseException)
        if self._closed:
            return
        if self._takers:
            expect_own_thread(self._takers[0])
        self._failure = error
        self._room = 0
        self._closed = True
        self._end_input_if_drained()
        self._serve_takers()
        self._tell_takers_the_end()
        self._tell_closed()

    def abandon(self) -> None:
        """Close, and give up what has not been taken: for the one who takes, and leaves early.

        The puts that wait are answered False. Every take from now on answers None.

        core.async has nothing like it: there, a put that waits on a closed channel waits until it
        is taken, or for ever.
        """
        if self._putters:
            expect_own_thread(self._putters[0][0])
        self.close()
        while (putter := self._next_putter()) is not None:
            putter[0].set_result(False)
        self._end_input_if_drained()
        # It keeps nothing from now on, not even what a take that is cancelled gives back.
        self._values = deque(maxlen=0)
        self._buffer = None
        self._failure = None

    def when_closed(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call ``callback()`` when the channel is closed; soon, if it is already.

        It runs when the callback of an operation would, and may be what that may be: see
        `put_callback`.

        Returns:
            A function that forgets the callback, until it runs.

        Raises:
            InvalidArgTypeError: the callback cannot be called.

        core.async has nothing like it.
        """
        expect_function("callback", callback)
        key = object()
        self._on_close[key] = callback
        if self._closed:
            dispatch(self._tell_closed_to, key)

        def forget() -> None:
            self._on_close.pop(key, None)

        return forget

    @property
    def closed(self) -> bool:
        """Whether the channel is closed. There may still be values to take.

        core.async: impl.protocols/closed?
        """
        return self._closed

    @property
    def made_at(self) -> Place | None:
        """The line of the user's program that made the channel; None if nobody's code did.

        core.async has nothing like it.
        """
        return self._made_at

    @property
    def buffered(self) -> int:
        """The number of values kept: without waiting puts, and what a transform has kept back."""
        return len(self._values) + (0 if self._buffer is None else len(self._buffer))

    def holdings(self) -> Holdings:
        """What it holds at this moment, for those who watch: see `watching`."""
        size, values, putting, taking = self.glimpse()
        return Holdings(size, tuple(values), tuple(putting), taking)

    def glimpse(self) -> Glimpse:
        """What it holds until it moves on: as `holdings`, and quick however much that is."""
        buffer = self._buffer
        kept: Sequence[object] = getattr(buffer, "values", ())
        # Both have some only while a channel with a buffer has what cancelled takes gave back.
        values = (*self._values, *kept) if self._values and kept else self._values or kept
        return Glimpse(
            self._size if buffer is None else getattr(buffer, "size", None),
            cast("Sequence[object]", values),
            [value for waiter, value in self._putters if not waiter.done()],
            sum(not waiter.done() for waiter in self._takers),
        )

    def __aiter__(self) -> Channel[T, In]:
        return self

    async def __anext__(self) -> T:
        pace.left = left = pace.left - 1
        if left <= 0 and pace.is_due():
            await asyncio.sleep(0)
        if self._values and not self._putters:
            kept: T = self._values.popleft()
            return kept
        value: T | None = self._try_take()
        if value is MUST_WAIT:
            value = await self.take()
        if value is None:
            raise StopAsyncIteration
        return value

    def __repr__(self) -> str:
        size = self._size if self._buffer is None else self._buffer
        counts = (
            f"{self.buffered} buffered, {len(self._putters)} putting, {len(self._takers)} taking"
        )
        return f"<Channel {size}{' closed' if self._closed else ''}: {counts}>"

    # The two rules, without waiting. Also what `alts` is made of.

    def _try_put(self, value: object) -> bool | None:
        """Put without waiting: True, False if closed, or None if the value would have to wait."""
        if value is None:
            raise ChannelNoneValueError
        if self._closed:
            return False
        takers = self._takers
        if takers:
            expect_own_thread(takers[0])
        buffer = self._buffer
        if buffer is None:
            while takers:
                taker = takers.popleft()
                if not taker.done():
                    taker.set_result(value)
                    return True
            if len(self._values) >= self._room:
                return None
            self._values.append(value)
            return True
        if buffer.full():
            return None
        self._add(buffer, value)
        return True

    def _try_take(self) -> Value:
        """Take without waiting: a value, None if closed and empty, or MUST_WAIT."""
        if self._putters:
            expect_own_thread(self._putters[0][0])
        if self._values:
            value = self._values.popleft()
            if self._putters:
                self._admit_putters()
            return value
        if self._buffer is not None:
            return self._try_take_from_buffer(self._buffer)
        putter = self._next_putter()
        if putter is not None:
            waiter, value = putter
            waiter.set_result(True)
            return value
        return self._last() if self._closed else MUST_WAIT

    def _try_take_from_buffer(self, buffer: Buffer[T]) -> object:
        if not len(buffer):
            # The last put may have been accepted, or given up, since the channel was closed.
            self._end_input_if_drained()
        if len(buffer):
            value = buffer.remove()
            self._admit_putters()
            return value
        return self._last() if self._closed else MUST_WAIT

    def _admit_putters(self) -> None:
        """Let waiting puts leave their values while there is room."""
        callbacks: list[Waiter] = []
        while self._has_room():
            putter = self._next_putter()
            if putter is None:
                break
            waiter, value = putter
            if self._buffer is None:
                self._values.append(value)
            else:
                self._add(self._buffer, value)
            if type(waiter) is CallbackWaiter:
                callbacks.append(waiter)  # it may run at once, so not before all had their turn
            else:
                waiter.set_result(True)
        for waiter in callbacks:
            waiter.set_result(True)

    def _has_room(self) -> bool:
        if self._buffer is None:
            return len(self._values) < self._size
        return not self._buffer.full()

    def _add(self, buffer: Buffer[T], value: Value) -> None:
        buffer.add(value)
        self._serve_takers()
        if buffer.ended:
            self._end_early()

    def _serve_takers(self) -> None:
        """Hand values from the buffer to those who wait for one."""
        buffer = self._buffer
        takers = self._takers
        callbacks: list[tuple[Waiter, T]] = []
        while takers and buffer is not None and len(buffer):
            taker = takers.popleft()
            if type(taker) is CallbackWaiter:
                callbacks.append((taker, buffer.remove()))
            elif not taker.done():
                taker.set_result(buffer.remove())
        for taker, value in callbacks:
            taker.set_result(value)

    # The end

    def _end_input_if_drained(self) -> None:
        """Tell the buffer that no value will come: closed, and no put waits any more."""
        if self._closed and self._buffer is not None and not self._live_putters():
            self._buffer.end_input()

    def _end_early(self) -> None:
        """The transform wants no more values: close, and let waiting puts go.

        They are answered True, as core.async does: their values were accepted, as are all that a
        transform does nothing with.
        """
        self._closed = True
        while True:
            putter = self._next_putter()
            if putter is None:
                break
            putter[0].set_result(True)
        self._end_input_if_drained()
        self._serve_takers()
        self._tell_takers_the_end()
        self._tell_closed()

    def _tell_closed(self) -> None:
        for key in tuple(self._on_close):
            dispatch(self._tell_closed_to, key)

    def _tell_closed_to(self, key: object) -> None:
        callback = self._on_close.pop(key, None)
        if callback is not None:
            call(callback)

    def _tell_takers_the_end(self) -> None:
        takers = self._takers
        while takers:
            taker = takers.popleft()
            if not taker.done():
                taker.set_result(self._last())

    def _last(self) -> BaseException | None:
        """What a take gets after the last value: the error, once or for all, and then None."""
        failure = self._failure
        if not self._is_lasting():
            self._failure = None
        return failure

    def _is_lasting(self) -> bool:
        return self._buffer is not None and self._buffer.lasting

    # Waiting

    def _add_putter(self, waiter: Waiter, value: object) -> None:
        """Have `waiter` told True when `value` has been accepted."""
        if len(self._putters) >= MAX_PENDING and self._live_putters() >= MAX_PENDING:
            raise TooManyPendingError(MAX_PENDING, "puts")
        self._putters.append((waiter, value))
        for watcher in watchers:
            watcher.waits(self, "put", value)

    def _add_taker(self, waiter: Waiter) -> None:
        """Have `waiter` told the next value, or None at the end."""
        if len(self._takers) >= MAX_PENDING:
            self._takers = deque(taker for taker in self._takers if not taker.done())
            if len(self._takers) >= MAX_PENDING:
                raise TooManyPendingError(MAX_PENDING, "takes")
        self._takers.append(waiter)
        for watcher in watchers:
            watcher.waits(self, "take", None)

    def _forget_putter(self, waiter: Waiter) -> None:
        """Take a put that waits no more, if it is still there, off the queue."""
        for entry in self._putters:
            if entry[0] is waiter:
                self._putters.remove(entry)
                return

    def _forget_taker(self, waiter: Waiter) -> None:
        """Take a take that waits no more, if it is still there, off the queue."""
        if waiter in self._takers:
            self._takers.remove(waiter)

    def _give_back(self, value: T | None) -> None:
        """Undo a take: the value is the next to be taken again."""
        if value is None or self._is_lasting():
            return
        takers = self._takers
        while takers:
            taker = takers.popleft()
            if not taker.done():
                taker.set_result(value)
                return
        self._values.appendleft(value)

    def _next_putter(self) -> tuple[Waiter, Value] | None:
        while self._putters:
            putter = self._putters.popleft()
            if not putter[0].done():
                return putter
        return None

    def _live_putters(self) -> int:
        """How many puts wait, after dropping those whose task has given up."""
        if self._putters:
            self._putters = deque(entry for entry in self._putters if not entry[0].done())
        return len(self._putters)


def _as_buffer(buffer: int | Buffer[T]) -> Buffer[T] | None:
    if not isinstance(buffer, Buffer):
        size = expect_whole("buffer", buffer, least=0)
        return FixedBuffer(size) if size else None
    if buffer.owned:
        raise InvalidArgValueError.given("buffer", "a buffer no channel has yet", buffer)
    buffer.owned = True
    return buffer


def _ignore(_accepted: bool) -> None:
    pass


AnyChannel: TypeAlias = Channel[Value, Value]
"""A channel, whatever is put on it and comes out of it."""

Source: TypeAlias = Channel[T, Value]
"""A channel one takes from, whatever is put on it."""

Sink: TypeAlias = Channel[Value, T]
"""A channel one puts on, whatever comes out of it."""
