"""What stands between a subscriber and a publisher, or in a publisher's place."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Iterable
from typing import Callable, Union

from ..core.calling import Callback
from ..core.chunks import Chunk
from ..errors import InvalidArgTypeError, OutOfRangeError, expect, expect_function, is_whole
from ..events.naming import by_name
from ..loop.coroutines import failure_of
from ..loop.waking import spawn
from ..streams.transform import Transform
from ..streams.writable import Writable
from .messages import Data, Message

__all__ = ["Made", "into", "work"]

Made = Union[Data, Message, None, Iterable[Union[Data, Message]]]
"""What a message may be made into: one, none, or many."""


@by_name
def work(
    function: Callable[[Message], Made | Awaitable[Made]], *, concurrency: int = 1
) -> Transform[Message, Message]:
    """A stage that does one thing with each message; one that fails does not end the pipeline.

    Args:
        function: is given a message, and returns what it is made into: data, a message, a list of
            such, or None if nothing comes of it. It may be a coroutine function. If it fails, the
            message is given back with the error: it is given out again later, or becomes a dead
            letter.
        concurrency: how many messages are worked at at once (default 1). What is done first
            goes on first. In a queue with lanes, no two of these have the same key.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        OutOfRangeError: `concurrency` is less than 1.
    """
    expect_function("function", function)
    if not is_whole(concurrency):
        raise InvalidArgTypeError.given("concurrency", "a whole number", concurrency)
    if concurrency < 1:
        raise OutOfRangeError.given("concurrency", ">= 1", concurrency)
    return _Work(function, concurrency)


class _Work(Transform[Message, Message]):
    def __init__(self, function: Callable[[Message], object], concurrency: int) -> None:
        super().__init__(
            readable_object_mode=True,
            writable_object_mode=True,
            readable_high_water_mark=concurrency,
            writable_high_water_mark=concurrency,
        )
        self._function = function
        self._concurrency = concurrency
        self._running: set[asyncio.Task[None]] = set()
        self._next: Callback | None = None
        self._flushed: Callback | None = None

    def _transform(self, chunk: Message, encoding: str, callback: Callback) -> None:
        message = expect("chunk", chunk, Message)
        task = spawn(self._do(message))
        self._running.add(task)
        task.add_done_callback(self._done)
        if len(self._running) < self._concurrency:
            callback()
        else:
            self._next = callback

    async def _do(self, message: Message) -> None:
        try:
            made = self._function(message)
            if inspect.isawaitable(made):
                made = await made
            parts = message.split(*_parts(made))
        except (Exception, asyncio.CancelledError) as error:
            message.nack(failure_of(error))
            return
        if not self.destroyed:
            for part in parts:
                self.push(part)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        going_on, self._next = self._next, None
        if going_on is not None:
            going_on()
        if self._flushed is not None and not self._running:
            self._flushed()

    def _flush(self, callback: Callback) -> None:
        if self._running:
            self._flushed = callback
        else:
            callback()

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        for task in self._running:
            task.cancel()
        callback(error)


def _parts(made: object) -> list[Chunk]:
    if made is None:
        return []
    if isinstance(made, (Message, str, bytes, bytearray, memoryview)):
        return [made]
    if isinstance(made, Iterable):
        return list(made)
    wanted = "bytes, text, a message, a list of such, or None"
    raise InvalidArgTypeError.given("what the function returned", wanted, made)


@by_name
def into(
    writable: Writable[Chunk], encode: Callable[[Message], object] = lambda message: message.data
) -> Writable[Message]:
    """A Writable of messages over one of anything else: each is acknowledged when it is written.

    Args:
        writable: what is written to. It ends and fails when this one does; if it fails, so does
            this one.
        encode: what is written for a message (default: its data).

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
    """
    return _Into(expect("writable", writable, Writable), expect_function("encode", encode))


class _Into(Writable[Message]):
    def __init__(self, inner: Writable[Chunk], encode: Callable[[Message], object]) -> None:
        super().__init__(object_mode=True, high_water_mark=1)
        self._inner = inner
        self._encode = encode
        inner.on("error", self.destroy)
        inner.on("close", self._inner_closed)

    def _inner_closed(self) -> None:
        if not self._inner.writable_finished:
            self.destroy()

    def _write(self, chunk: Message, encoding: str, callback: Callback) -> None:
        message = expect("chunk", chunk, Message)

        def written(error: BaseException | None = None) -> None:
            if error is None:
                message.ack()
            else:
                message.nack(error)
            callback(error)

        try:
            data = self._encode(message)
        except Exception as error:
            message.nack(error)
            callback(error)
        else:
            self._inner.write(data, None, written)

    def _final(self, callback: Callback) -> None:
        self._inner.end(None, None, callback)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if not self._inner.writable_finished:
            self._inner.destroy(error)
        callback(error)
