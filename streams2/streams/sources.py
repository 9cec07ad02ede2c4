"""Readable.from_: any iterable, as a Readable.

A chunk is taken from the iterable when the stream asks for one, so an iterable is held up by
back-pressure like any other source.
"""

from __future__ import annotations

import asyncio
import inspect
import types
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
)
from contextvars import copy_context
from typing import Any, Callable

from ..core.calling import Callback
from ..core.chunks import BYTES_TYPES, Chunk
from ..core.foreign import is_emitter
from ..errors import InvalidArgTypeError, StreamNullValuesError
from ..loop.coroutines import failure_of, is_being_cancelled
from ..loop.ticks import current_queue, next_tick, running_loop
from ..loop.waking import spawn
from .iteration import reads_for_stream

__all__ = ["readable_from", "wrap_source"]


def readable_from(
    make: Callable[..., Any],
    iterable: Any,
    options: Mapping[str, object],
    *,
    interrupt: bool = True,
    ours: bool = False,
) -> Any:
    """A stream of what is in `iterable`, made by `make`.

    Args:
        make, iterable, options: a kind of stream, what is in it, and its options.
        interrupt: an async iterator that works on its next value is cancelled when the stream is
            destroyed; if not, the stream closes when it is done with it.
        ours: it is an async iterator that needs no task to run in until it waits.
    """
    if isinstance(iterable, (str, *BYTES_TYPES)):

        def read_once(stream: Any, size: int) -> None:  # noqa: ARG001
            stream.push(iterable)
            stream.push(None)

        return make(**{"object_mode": True, **options, "read": read_once})
    pump: _Pump
    if isinstance(iterable, AsyncIterable):
        pump = (_OwnPump if ours else AsyncPump)(iterable.__aiter__(), interrupt)
    elif isinstance(iterable, Iterable):
        pump = SyncPump(iterable)
    else:
        raise InvalidArgTypeError.given("iterable", "an iterable or an async iterable", iterable)
    stream = make(**{"object_mode": True, "high_water_mark": 1, **options})
    pump.stream = stream
    stream._read = pump.read
    stream._destroy = pump.destroy
    return stream


class _Pump:
    """Moves values from an iterator to a stream, as many as it asks for."""

    stream: Any

    def __init__(self) -> None:
        self.reading = False

    def read(self, size: int) -> None:
        if not self.reading:
            self.reading = True
            self.start()

    def start(self) -> None:
        raise NotImplementedError

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        raise NotImplementedError

    def accept(self, value: Chunk) -> bool:
        """Push one value; whether the next is welcome."""
        if value is None:
            self.reading = False
            raise StreamNullValuesError
        if self.stream.push(value):
            return True
        self.reading = False
        return False

    def spawn(self, work: Callable[..., Coroutine[object, object, None]], *args: object) -> None:
        self.task = spawn(work(*args))


class SyncPump(_Pump):
    """Moves the values of a plain iterable."""

    def __init__(self, iterable: Iterable[object]) -> None:
        super().__init__()
        self.iterator = iter(iterable)

    def start(self) -> None:
        try:
            for value in self.iterator:
                if inspect.isawaitable(value):
                    self.spawn(self.push_awaited, value)
                    return
                if not self.accept(value):
                    return
            self.stream.push(None)
        except (Exception, asyncio.CancelledError) as error:
            self.stream.destroy(failure_of(error))

    async def push_awaited(self, value: Chunk) -> None:
        """Push a value that has to be waited for, and go on."""
        try:
            more = self.accept(await value)
        except (Exception, asyncio.CancelledError) as error:
            self.stream.destroy(failure_of(error))
        else:
            if more:
                self.start()

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        next_tick(callback, self.close(error))

    def close(self, error: BaseException | None) -> BaseException | None:
        """Tell the iterator that it is over, and why; what its own end comes to."""
        try:
            if error is not None and hasattr(self.iterator, "throw"):
                self.iterator.throw(error)
            if hasattr(self.iterator, "close"):
                self.iterator.close()
        except StopIteration:
            return error
        except (Exception, asyncio.CancelledError) as raised:
            return failure_of(raised)
        return error


class AsyncPump(_Pump):
    """Moves the values of an async iterator, each in its turn."""

    def __init__(self, iterator: AsyncIterator[object], interrupt: bool) -> None:
        super().__init__()
        self.iterator: Any = iterator
        self.interrupt = interrupt
        self.just_asked = False

    def start(self) -> None:
        self.just_asked = True
        self.spawn(self.push_all)
        # Behind the first step of the task.
        running_loop().call_soon(self.a_turn_later)

    def a_turn_later(self) -> None:
        self.just_asked = False

    async def let_ticks_run(self) -> None:
        """Before the first value of those that a tick has asked for goes on, the other ticks run.

        They may tell the end of what was read to get it, for one, and then it is not left early.
        """
        self.just_asked = False
        if len(current_queue()):
            await asyncio.sleep(0)

    async def push_all(self, begun: Awaitable[Chunk] | None = None) -> None:
        """Push value after value, the first of which may have been begun."""
        reads_for_stream.set(True)
        try:
            if begun is not None:
                value = await begun
                if self.stream.destroyed or not self.accept(value):
                    return
            async for value in self.iterator:
                if self.just_asked:
                    await self.let_ticks_run()
                if self.stream.destroyed or not self.accept(value):
                    return
            self.stream.push(None)
        except StopAsyncIteration:
            self.stream.push(None)
        except (Exception, asyncio.CancelledError) as error:
            self.stream.destroy(failure_of(error))

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        spawn(self.close(error, callback), closing=True)

    async def close(self, error: BaseException | None, callback: Callback) -> None:
        """Tell the iterator that it is over, and why, and then call back."""
        outcome = error
        reads_for_stream.set(True)
        try:
            running = getattr(self, "task", None)
            if running is not None and not running.done():
                if self.interrupt and not is_being_cancelled(running):
                    running.cancel()
                await asyncio.wait([running])
            if error is not None and hasattr(self.iterator, "athrow"):
                await self.iterator.athrow(error)
            if hasattr(self.iterator, "aclose"):
                await self.iterator.aclose()
        except StopAsyncIteration:
            pass
        except (Exception, asyncio.CancelledError) as raised:
            outcome = failure_of(raised)
        next_tick(callback, outcome)


class _OwnPump(AsyncPump):
    """Moves values of our own operators, which as a rule wait for nothing: a task for each value
    would take longer than the value.

    All happens when it would with a task: the first step is the loop's next turn.
    """

    def __init__(self, iterator: AsyncIterator[object], interrupt: bool) -> None:
        super().__init__(iterator, interrupt)
        self.due: asyncio.Handle | None = None
        # A step that waits, before the task that goes on with it has begun.
        self.waiting: Any = None
        self.context = copy_context()
        self.context.run(reads_for_stream.set, True)

    def start(self) -> None:
        # With the ticks that come of it: for these, the loop need not be asked.
        call = current_queue().call
        self.due = running_loop().call_soon(call, self.push_some, context=self.context)

    def push_some(self) -> None:
        """Push what comes without waiting; a task goes on from there."""
        try:
            while True:
                step = self.iterator.__anext__()
                try:
                    awaited = step.send(None)
                except StopIteration as got:
                    value = got.value
                else:
                    self.waiting = step
                    self.spawn(self.wait_and_push, awaited)
                    return
                if self.due is not None and len(current_queue()):
                    # As `let_ticks_run` has it.
                    next_tick(self.go_on, value)
                    return
                self.due = None
                if self.stream.destroyed or not self.accept(value):
                    return
        except StopAsyncIteration:
            self.stream.push(None)
        except (Exception, asyncio.CancelledError) as error:
            self.stream.destroy(failure_of(error))

    def go_on(self, value: Chunk) -> None:
        self.due = None
        try:
            if self.stream.destroyed or not self.accept(value):
                return
        except StreamNullValuesError as error:
            self.stream.destroy(error)
        else:
            self.push_some()

    async def wait_and_push(self, awaited: object) -> None:
        step, self.waiting = self.waiting, None
        await self.push_all(_resumed(step, awaited))

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self.due is not None:
            self.due.cancel()
        super().destroy(error, callback)

    async def close(self, error: BaseException | None, callback: Callback) -> None:
        if self.waiting is not None:
            # The task that is to go on with it will be cancelled before its first step.
            self.task.cancel()
            try:
                await _resumed(self.waiting, None, asyncio.CancelledError())
            except (StopAsyncIteration, asyncio.CancelledError):
                pass
            except Exception as raised:
                error = error or raised
        await super().close(error, callback)


@types.coroutine
def _resumed(
    step: Any, awaited: object, error: BaseException | None = None
) -> Generator[object, object, Chunk]:
    """Go on with a step that was begun outside of a task, and waits.

    Args:
        step, awaited: the step, and what it waits for.
        error: what came of that, if something did.
    """
    try:
        while True:
            sent = None
            if error is not None:
                awaited, error = step.throw(error), None
            try:
                sent = yield awaited
            except BaseException as raised:  # a step is long
                error = raised
            else:
                awaited = step.send(sent)
    except StopIteration as got:
        return got.value


def wrap_source(readable: Any, source: Any) -> None:
    """Make `readable` read an emitter that can do no more than be paused."""
    if not is_emitter(source):
        raise InvalidArgTypeError.given("stream", "an emitter", source)
    paused = False

    def on_data(chunk: Chunk) -> None:
        nonlocal paused
        if not readable.push(chunk) and hasattr(source, "pause"):
            paused = True
            source.pause()

    def read(size: int) -> None:  # noqa: ARG001
        nonlocal paused
        if paused and hasattr(source, "resume"):
            paused = False
            source.resume()

    source.on("data", on_data)
    source.on("end", lambda: readable.push(None))
    source.on("error", lambda error: readable._life.fail(error))
    for event in ("close", "destroy"):
        source.on(event, lambda *_: readable.destroy())
    readable._read = read
