"""Duplex.from_: a Duplex of whatever can be written to, read from, or both.

>>> from streams2 import Duplex, Readable, promises, run
>>> async def shout(words):
...     async for word in words:
...         yield word.upper()
>>> async def main():
...     loud = Readable.from_(["come", "in"]).pipe(Duplex.from_(shout))
...     return await loud.to_array()
>>> run(main)
['COME', 'IN']

What a function gets is an async iterable of the chunks that are written; what it returns is what
can be read. A chunk counts as written when the function takes it, so that back-pressure goes
through it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar, Union

from ..core.calling import Callback
from ..core.chunks import Chunk
from ..errors import AbortError, InvalidArgTypeError, InvalidReturnValueError
from ..errors.calling import call
from ..events.abort import AbortController, aborted_error, bind_signal
from ..events.listening import Listen
from ..loop.coroutines import failure_of
from ..loop.ticks import next_tick, require_ticks
from ..loop.waking import Wakeup, spawn
from .destroy import destroy_early
from .finished import finished, has_readable_side, has_writable_side, is_readable, is_writable
from .foreign import OldStage, as_stage, itself
from .sources import readable_from, wrap_source
from .stream import Stream

__all__ = ["Composable", "Ends", "Function", "Giving", "duplex_from"]

Make = Callable[..., Any]
"""Makes a Duplex, which is made of what is here."""

# Of a function without types, nothing is known, and that is no error.
if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    U = TypeVarWithDefault("U", default=Any)
else:
    U = TypeVar("U")


class Giving(Protocol[U]):
    """A stream that one hears chunks `U` of; of a Writable, anything."""

    @property
    def on(self) -> Listen[U, object]: ...


Function = Callable[..., Union[AsyncIterable[U], Iterable[U], Awaitable[U]]]
"""A function from an async iterable to what can be read: results, or one that is awaited."""

Composable = Union[Giving[U], Function[U]]
"""What others can be composed with, and `U` then come of it."""


class Ends:
    """The two streams that a Duplex stands for: what is written to it goes to one of them, what is
    read from it comes from the other.

    Args:
        make: makes a Duplex.
        head: what to write to; None if nothing can be written.
        tail: what to read from; None if nothing can be read.
    """

    def __init__(self, make: Make, head: Any, tail: Any) -> None:
        self.head: Any = head if head is not None and _takes_chunks(head) else None
        self.tail: Any = tail if tail is not None and is_readable(tail) else None
        # A method of the duplex that is not done: its callback.
        self.writing: Callback | None = None
        self.ending: Callback | None = None
        self.destroying: Callback | None = None
        self.over = False
        # Whoever read the duplex, and no stream of it, has left before its end.
        self.left_by_reader = False
        self.duplex = make(
            readable_object_mode=bool(getattr(tail, "readable_object_mode", False)),
            writable_object_mode=bool(getattr(head, "writable_object_mode", False)),
            readable=self.tail is not None,
            writable=self.head is not None,
        )
        self.duplex._destroy = self.destroy
        self.duplex._life.own = self
        if self.head is not None:
            self.duplex._write = self.write
            self.duplex._final = self.final
            self.head.on("drain", self.drained)
        if self.tail is not None:
            self.duplex._read = self.read
            self.listen_to_tail()
            self.tail.on("end", lambda: self.duplex.push(None))

    def write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        if self.head.write(chunk, encoding):
            callback()
        else:
            self.writing = callback

    def drained(self) -> None:
        callback, self.writing = self.writing, None
        if callback is not None:
            callback()

    def final(self, callback: Callback) -> None:
        self.head.end()
        self.ending = callback

    def ended(self) -> None:
        callback, self.ending = self.ending, None
        if callback is not None:
            callback()

    def listen_to_tail(self) -> None:
        """Hear of what can be read from the tail."""
        raise NotImplementedError

    def read(self, size: int) -> None:
        """The duplex has room for what can be read from the tail."""
        raise NotImplementedError

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        if error is None and not self.over:
            error = AbortError()
        self.writing = self.ending = None
        if self.over:
            callback(error)
        else:
            self.destroying = callback
            self.destroy_ends(error)

    def destroy_ends(self, error: BaseException | None) -> None:
        raise NotImplementedError

    def settle(self, error: BaseException | None) -> bool:
        """The streams are over, or one of them is. Whether the duplex was told."""
        callback, self.destroying = self.destroying, None
        self.over = True
        if callback is not None:
            callback(error)
        elif error is not None:
            self.duplex.destroy(error)
        else:
            return False
        return True


class _Pair(Ends):
    """Two streams that know nothing of each other. Each goes when the other fails."""

    def __init__(self, make: Make, head: Any, tail: Any) -> None:
        require_ticks()
        self.starved = False
        super().__init__(make, head, tail)
        self.streams: list[Any] = [stream for stream in (head, tail) if stream is not None]
        if self.head is not None:
            finished(itself(self.head), lambda error: self.one_is_over(error, tail))
            self.head.on("finish", self.ended)
        if self.tail is not None:
            finished(self.tail, lambda error: self.one_is_over(error, head))

    def listen_to_tail(self) -> None:
        self.tail.on("readable", self.fed)

    def read(self, size: int) -> None:
        while (chunk := self.tail.read()) is not None:
            if not self.duplex.push(chunk):
                return
        self.starved = True

    def fed(self) -> None:
        if self.starved and not self.duplex.destroyed:
            self.starved = False
            self.duplex._read(0)

    def one_is_over(self, error: BaseException | None, other: Stream | OldStage | None) -> None:
        if error is not None and other is not None:
            destroy_early(other, error)
        self.settle(error)

    def destroy_ends(self, error: BaseException | None) -> None:
        for stream in self.streams:
            destroy_early(stream, error)


class _Feed(AsyncIterator[Chunk]):
    """What a function reads: the chunks that are written to its Duplex, one at a time."""

    def __init__(self) -> None:
        self.controller = AbortController()
        # A chunk that is there, or the end, with the callback of who wrote it.
        self.given: tuple[object, bool, Callback] | None = None
        self.news = Wakeup()
        self.over = False

    async def __anext__(self) -> object:
        if self.over:
            raise StopAsyncIteration
        while self.given is None:
            await self.news.wait()
        (chunk, last, callback), self.given = self.given, None
        next_tick(callback)
        if last:
            self.over = True
            raise StopAsyncIteration
        if self.controller.signal.aborted:
            self.over = True
            raise aborted_error(self.controller.signal)
        return chunk

    def give(self, chunk: object, last: bool, callback: Callback) -> None:
        self.given = (chunk, last, callback)
        self.news.wake()

    def write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        self.give(chunk, False, callback)

    def final(self, callback: Callback) -> None:
        self.give(None, True, callback)

    def stop(self, error: BaseException | None) -> None:
        """The Duplex is destroyed: the function is told by its signal, and gets no more chunks."""
        self.controller.abort(error)
        if self.given is None:
            self.give(None, True, _nothing)


def _nothing(error: BaseException | None = None) -> None:
    pass


def _raise(error: BaseException) -> None:
    raise error


class _Eater:
    """A coroutine function: it takes all that is written, and has nothing to be read."""

    def __init__(self, make: Make, value: Awaitable[object], feed: _Feed) -> None:
        self.feed = feed
        self.ending = False
        self.failure: BaseException | None = None
        self.work = spawn(self.wait_for(value))
        self.duplex = make(object_mode=True, readable=False)
        self.duplex._write = feed.write
        self.duplex._final = self.final
        self.duplex._destroy = self.destroy

    async def wait_for(self, value: Awaitable[object]) -> None:
        try:
            result = await value
        except (Exception, asyncio.CancelledError) as error:
            self.failure = failure_of(error)
            destroy_early(self.duplex, self.failure)
            return
        if result is not None:
            self.failure = InvalidReturnValueError("None", "body", type(result).__name__)
            if not self.feed.over:
                # No end of the Duplex waits for it, so that nobody else would hear of it.
                next_tick(_raise, self.failure)
        elif not self.ending:
            # It takes no more, and there may be more to come.
            destroy_early(self.duplex)

    def final(self, callback: Callback) -> None:
        def told(work: asyncio.Future[None]) -> None:
            if not work.cancelled():
                next_tick(callback, self.failure)

        self.ending = True
        self.feed.final(lambda *_: self.work.add_done_callback(told))

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        self.feed.stop(error)
        callback(error)


class _Value:
    """An awaitable: its value is all there is to be read."""

    def __init__(self, make: Make, value: Awaitable[object]) -> None:
        self.duplex = make(object_mode=True, writable=False)
        self.duplex._read = self.read
        spawn(self.push(value))

    async def push(self, value: Awaitable[object]) -> None:
        try:
            result = await value
        except (Exception, asyncio.CancelledError) as error:
            destroy_early(self.duplex, failure_of(error))
            return
        if result is not None:
            self.duplex.push(result)
        self.duplex.push(None)

    def read(self, size: int) -> None:
        """The value is pushed when it is there, whoever asks."""


def duplex_from(make: Make, body: object, *, name: str = "body") -> Any:
    """A Duplex of `body`, made by `make`. `name` is what an error calls it."""
    if isinstance(body, Stream):
        return _of_stream(make, body)
    old = as_stage(body)
    if isinstance(old, OldStage):
        return _of_old(make, old)
    if callable(body):
        return _of_function(make, body, name)
    if isinstance(body, Mapping):
        if "readable" in body or "writable" in body:
            return _of_pair(make, body.get("readable"), body.get("writable"))
    elif _can_be_read(body):
        return readable_from(make, body, {"writable": False})
    elif isinstance(body, Awaitable):
        return _Value(make, body).duplex
    elif hasattr(body, "readable") or hasattr(body, "writable"):
        return _of_pair(make, getattr(body, "readable", None), getattr(body, "writable", None))
    wanted = "a stream, an iterable, a function, an awaitable or a pair of streams"
    raise InvalidArgTypeError.given(name, wanted, body)


def _can_be_read(body: object) -> bool:
    # A future of asyncio's has an __iter__ of its own, for `await` alone.
    return isinstance(body, (Iterable, AsyncIterable)) and not asyncio.isfuture(body)


def _of_stream(make: Make, stream: Any) -> Any:
    if hasattr(stream, "_readable_state") and hasattr(stream, "_writable_state"):
        return stream
    reads, writes = has_readable_side(stream), has_writable_side(stream)
    return _Pair(make, stream if writes else None, stream if reads else None).duplex


def _takes_chunks(head: Any) -> bool:
    return head.writable if isinstance(head, OldStage) else is_writable(head)


def _of_old(make: Make, old: OldStage) -> Any:
    """Of an old-style stream: one that can be read is a source, whatever else it can."""
    if callable(getattr(old.emitter, "pipe", None)):
        return _Pair(make, None, old_source(make, old)).duplex
    return _Pair(make, old, None).duplex


def old_source(make: Make, old: OldStage, *, object_mode: bool | None = None) -> Any:
    """A stream of what an old-style one emits, which takes that one with it."""
    if object_mode is None:
        given = getattr(old.emitter, "readable_object_mode", None)
        object_mode = getattr(old.emitter, "object_mode", True) if given is None else given

    def destroy(_: object, error: BaseException | None, callback: Callback) -> None:
        destroy_early(old, error)
        callback(error)

    source = make(object_mode=object_mode, writable=False, destroy=destroy)
    wrap_source(source, old.emitter)
    return source


def _of_pair(make: Make, readable: Any, writable: Any) -> Any:
    tail, head = as_stage(readable), as_stage(writable)
    source = old_source(make, tail) if isinstance(tail, OldStage) else _side(make, tail)
    return _Pair(make, head if isinstance(head, OldStage) else _side(make, head), source).duplex


def _side(make: Make, side: object) -> object:
    return side if side is None or isinstance(side, Stream) else duplex_from(make, side)


def _of_function(make: Make, function: Callable[..., object], name: str) -> object:
    feed = _Feed()
    bound = bind_signal(function, feed.controller.signal)
    value = call(bound, f"the function {name}", ("an async iterable",), feed)
    if isinstance(value, Stream):
        return duplex_from(make, value)
    if _can_be_read(value):
        return _of_results(make, value, feed)
    if isinstance(value, Awaitable):
        return _Eater(make, value, feed).duplex
    wanted = "Iterable, AsyncIterable or Awaitable"
    raise InvalidReturnValueError(wanted, "body", type(value).__name__)


def _of_results(make: Make, results: object, feed: _Feed) -> object:
    """Of what a function makes of the chunks that it is fed."""
    # A function that works has its signal to be told by; what it waits for is not cancelled.
    duplex = readable_from(make, results, {}, interrupt=False)
    close_results = duplex._destroy

    def destroy(error: BaseException | None, callback: Callback) -> None:
        feed.stop(error)
        close_results(error, callback)

    duplex._write, duplex._final, duplex._destroy = feed.write, feed.final, destroy
    return duplex
