"""pipeline: several streams as one piece of work, which succeeds or fails as a whole.

>>> from streams2 import PassThrough, Readable, Writable, run
>>> def main():
...     pipeline(
...         Readable.from_(["a", "b"]),
...         PassThrough(object_mode=True),
...         Writable(object_mode=True, write=lambda self, chunk, encoding, done: done()),
...         callback=lambda error: print("done:", error),
...     )
>>> run(main)
done: None

A `pipe` moves chunks and leaves failures to its user. A pipeline is told of every failure: it then
destroys every stream in it, and calls back once, with the first error.

A stage may be a function as well: the first one returns an iterable, the others take an async
iterable and return another, and the last may be a coroutine function that eats its input.

It is one module because its length is no work of its own: a type checker wants `pipeline` written
out for each number of stages.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Coroutine,
    Iterable,
    Mapping,
)
from functools import partial
from typing import Any, Callable, TypeVar, Union, overload

from ..core.chunks import Chunk
from ..core.telling import tell
from ..errors import (
    AbortError,
    InvalidArgTypeError,
    InvalidReturnValueError,
    MissingArgsError,
    StreamDestroyedError,
    StreamPrematureCloseError,
    StreamUnableToPipeError,
    expect,
    expect_function,
)
from ..errors.calling import call
from ..events.abort import (
    AbortController,
    AbortSignal,
    aborted_error,
    bind_signal,
    on_abort,
)
from ..events.naming import by_name
from ..loop.coroutines import failure_of
from ..loop.ticks import next_tick, require_ticks, running_loop
from ..loop.waking import Pace, Wakeup, spawn
from .destroy import destroy_early
from .duplexify import duplex_from, old_source
from .finished import finished, has_readable_side, is_destroyed, is_readable
from .foreign import OldStage, as_stage, itself
from .readable import Duplex, Readable
from .stream import Stream
from .transform import PassThrough

__all__ = ["pipeline"]

PipelineCallback = Callable[..., object]
U = TypeVar("U")
Last = TypeVar("Last", bound=Stream)
Stage = Union[Stream, OldStage]
LastStep = Callable[..., Union[AsyncIterable[U], Awaitable[U]]]
"""A last stage that is a function: a stream stands in for it, and what it gives is there."""
Generators = list[AsyncGenerator[object, None]]


def _is_consequence(error: BaseException) -> bool:
    """Whether this is how a failure elsewhere looks from here: that failure is the one to tell."""
    return isinstance(error, AbortError) or getattr(error, "code", None) == _PREMATURE_CLOSE


_PREMATURE_CLOSE = StreamPrematureCloseError.code


class _Pipeline:
    """One call of `pipeline`: what is still to happen, and what to do when something fails."""

    def __init__(self, callback: PipelineCallback, signal: AbortSignal | None, end: bool) -> None:
        self.callback = callback
        self.end = end
        self.error: BaseException | None = None
        self.value: object = None
        self.unfinished = 0
        self.destroyers: list[Callable[[BaseException | None], None]] = []
        self.cleanups: list[Callable[[], object]] = []
        # Those called since the last stream: whatever reads the last of them reads them all.
        self.generators: Generators = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.controller: AbortController | None = None
        self.aborted = False
        self.outer_signal = signal
        self.forget_signal: Callable[[], None] = lambda: None

    # -- over -----------------------------------------------------------------------------------

    def finish(self, error: BaseException | None = None) -> None:
        """One of the things waited for has happened, well or badly."""
        self.unfinished -= 1
        self.settle(error, final=self.unfinished == 0)

    def note(self, error: BaseException | None = None) -> None:
        """Something failed that nobody waits for."""
        self.settle(error, final=False)

    def abort(self) -> None:
        signal = self.outer_signal
        self.note(aborted_error(signal) if signal is not None else AbortError())

    def settle(self, error: BaseException | None, *, final: bool) -> None:
        if error is not None and (self.error is None or _is_consequence(self.error)):
            self.error = error
        if self.error is None and not final:
            return
        while self.destroyers:
            self.destroyers.pop(0)(self.error)
        self.forget_signal()
        self.aborted = True
        if self.controller is not None:
            self.controller.abort()
        if final:
            if self.error is None:
                for cleanup in self.cleanups:
                    cleanup()
            values = () if self.value is None else (self.value,)
            next_tick(tell, self.callback, "the callback of pipeline()", self.error, *values)

    # -- stages ---------------------------------------------------------------------------------

    def guard(self, stream: Stage, *, reading: bool, writing: bool, last: bool) -> None:
        """Have `stream` destroyed when another fails, and hear of its own failure."""
        if not last or self.end:
            cleanup = self.destroy_at_failure(stream, reading, writing)
            if last and is_readable(stream):
                self.cleanups.append(cleanup)

        def on_error(error: BaseException) -> None:
            if not _is_consequence(error):
                self.note(error)

        stream.on("error", on_error)
        if last and is_readable(stream):
            self.cleanups.append(partial(stream.remove_listener, "error", on_error))

    def destroy_at_failure(self, stream: Stage, reading: bool, writing: bool) -> Callable[[], None]:
        done = False

        def over(error: BaseException | None) -> None:
            nonlocal done
            done = error is None

        def closed(*_: object) -> None:
            nonlocal done
            done = True

        def destroy(error: BaseException | None) -> None:
            nonlocal done
            if not done:
                done = True
                destroy_early(stream, StreamDestroyedError("pipe") if error is None else error)

        stream.on("close", closed)
        self.destroyers.append(destroy)
        return finished(itself(stream), over, readable=reading, writable=writing)

    def connect_all(self, streams: tuple[object, ...]) -> object:
        """Make each of `streams` the next after the one before it; the last of all."""
        current: object = None
        for index, given in enumerate(streams):
            last = index == len(streams) - 1
            stage = as_stage(given)
            if isinstance(stage, (Stream, OldStage)):
                if not last and is_destroyed(streams[index + 1]):
                    raise StreamUnableToPipeError
                self.guard(stage, reading=not last, writing=index > 0, last=last)
            elif index and not callable(stage):
                expected = "a stream or a function"
                raise InvalidArgTypeError.given(f"streams[{index}]", expected, stage)
            if index:
                current = self.connect(_begun_lines(current), stage, index, last)
            else:
                current = _first_stage(self, stage)
        return current

    def connect(self, source: object, stage: Any, index: int, last: bool) -> object:
        """Make `stage` the next after `source`; what the stage after it reads."""
        if isinstance(stage, (Stream, OldStage)):
            if isinstance(source, OldStage) or has_readable_side(source):
                self.unfinished += 2
                cleanup = self.pipe(source, stage, end=not last or self.end)
                if last and is_readable(stage):
                    self.cleanups.append(cleanup)
            else:
                self.unfinished += 1
                self.spawn(
                    self.pump,
                    _begun(source, stage),
                    _Room(stage),
                    self.take_generators(),
                    end=not last or self.end,
                )
            return stage
        result = self.call(stage, index, _async_iterable(source))
        if not last:
            if not isinstance(result, (AsyncIterable, Iterable)):
                raise InvalidReturnValueError(
                    "AsyncIterable", f"transform[{index - 1}]", type(result).__name__
                )
            return result
        return self.drain_into_stream(result)

    def call(self, stage: Callable[..., object], index: int, *source: object) -> object:
        gives = ("an async iterable",) if source else ()
        role = f"the function streams[{index}] of pipeline()"
        result = call(bind_signal(stage, self.signal()), role, gives, *source)
        if isinstance(result, AsyncGenerator):
            self.generators.append(result)
        return result

    def signal(self) -> AbortSignal:
        """What tells the functions that it is over. Made for the first: few pipelines have one."""
        if self.controller is None:
            self.controller = AbortController()
            if self.aborted:
                self.controller.abort()
        return self.controller.signal

    def take_generators(self) -> Generators:
        """Those that belong to one reader, which closes them."""
        taken, self.generators = self.generators, []
        return taken

    def drain_into_stream(self, result: object) -> Stream:
        """Stand a stream in for a last stage that is none, so that the pipeline can be piped on."""
        stand_in: PassThrough[Chunk] = PassThrough(object_mode=True)
        if isinstance(result, Awaitable):
            self.unfinished += 1
            self.spawn(self.await_value, result, stand_in, self.take_generators())
        elif isinstance(result, (AsyncIterable, Iterable)):
            self.unfinished += 1
            self.spawn(
                self.pump,
                _async_iterable(result),
                _Room(stand_in),
                self.take_generators(),
                end=self.end,
            )
        else:
            raise InvalidReturnValueError(
                "AsyncIterable or Awaitable", "destination", type(result).__name__
            )
        self.cleanups.append(self.destroy_at_failure(stand_in, False, True))
        return stand_in

    # -- moving chunks --------------------------------------------------------------------------

    def pipe(self, source: Any, destination: Any, *, end: bool) -> Callable[[], None]:
        ended = False

        def end_destination() -> None:
            nonlocal ended
            ended = True
            destination.end()

        def closed(*_: object) -> None:
            if not ended:
                self.note(StreamPrematureCloseError())

        def source_over(error: BaseException | None) -> None:
            state = getattr(source, "_readable_state", None)
            if (
                getattr(error, "code", None) == _PREMATURE_CLOSE
                and state is not None
                and state.ended
                and source.errored is None
                and not source.closed
            ):
                # It closed before its last chunks were read; they are still on their way.
                source.once("end", self.finish)
                source.once("error", self.finish)
                return
            left = source.closed and source.errored is None and not source.readable_ended
            waits = not (
                ended or destination.destroyed or getattr(destination, "writable_ended", False)
            )
            if state is not None and error is None and end and left and waits:
                # Destroyed when all had been read: its 'end' will not come.
                end_destination()
            self.finish(error)

        def destination_over(error: BaseException | None) -> None:
            state = getattr(destination, "_writable_state", None)
            if error is None and state is not None and state.turned_away:
                # It was destroyed, and not all that the source gave had got there.
                error = StreamPrematureCloseError()
            self.finish(error)

        destination.on("close", closed)
        source.pipe(itself(destination), end=False)
        if end:
            if source.readable_ended and source.errored is None:
                next_tick(end_destination)
            else:
                source.once("end", end_destination)
        else:
            self.finish()
        finished(itself(source), source_over, readable=True, writable=False)
        return finished(itself(destination), destination_over, readable=False, writable=True)

    async def pump(
        self, iterable: AsyncIterable[object], room: _Room, generators: Generators, *, end: bool
    ) -> None:
        """Write all of `iterable`, waiting whenever there is no room."""
        destination = room.destination
        outcome: BaseException | None = None
        pace = Pace()
        try:
            await room.wait_for_drain()
            async for chunk in iterable:
                if not destination.write(chunk):
                    await room.wait()
                    pace.begin()
                elif pace.is_due():
                    await asyncio.sleep(0)
            if end:
                destination.end()
                await room.wait_for_end()
        except (Exception, asyncio.CancelledError) as error:
            outcome = failure_of(error)
        finally:
            room.close()
        self.finish(await _close(generators, outcome))

    async def await_value(
        self, result: Awaitable[object], stand_in: PassThrough[Chunk], generators: Generators
    ) -> None:
        value: object = None
        failure: BaseException | None = None
        try:
            value = await result
        except (Exception, asyncio.CancelledError) as error:
            failure = failure_of(error)
        failure = await _close(generators, failure)
        if failure is not None:
            stand_in.destroy(failure)
            next_tick(self.finish, failure)
            return
        self.value = value
        if value is not None:
            stand_in.write(value)
        if self.end:
            stand_in.end()
        next_tick(self.finish)

    def spawn(
        self, work: Callable[..., Coroutine[object, object, None]], *args: object, **options: bool
    ) -> None:
        task = spawn(work(*args, **options))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def give_up(self, error: BaseException) -> None:
        """Stop what runs, and destroy every stream that is not done, for `error`."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.settle(error, final=False)


class _Room:
    """Waits until a destination takes more, is finished, or has failed."""

    def __init__(self, destination: Any) -> None:
        self.destination = destination
        self.error: BaseException | None = None
        self.news = Wakeup()
        # Waited for from now on: the coroutine that is going to wait begins only later.
        self.full = self.news.wait() if destination.writable_need_drain else None
        destination.on("drain", self.resume)
        self.is_over = False
        self.forget = finished(itself(destination), self.over, readable=False)

    def resume(self, error: BaseException | None = None) -> None:
        if error is not None:
            self.error = error
        self.news.wake()

    def over(self, error: BaseException | None) -> None:
        self.is_over = True
        self.resume(error)

    async def wait_for_drain(self) -> None:
        """Wait, if the destination was full when the pipeline was made."""
        if self.full is not None:
            await self.full
            self.check()

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    async def wait(self) -> None:
        if self.error is None:
            await self.news.wait()
        self.check()

    async def wait_for_end(self) -> None:
        # An old-style stream may finish from inside of its `end`; one of ours takes its time.
        if not (self.is_over and isinstance(self.destination, OldStage)):
            await self.wait()
        self.check()

    def close(self) -> None:
        self.forget()
        self.destination.remove_listener("drain", self.resume)


async def _close(generators: Generators, failure: BaseException | None) -> BaseException | None:
    """Close generators that nobody reads any more, the last one first; what failed first of all."""
    while generators:
        generator = generators.pop()
        # One that is just running is closed by its own end.
        if not getattr(generator, "ag_running", False):
            try:
                await generator.aclose()
            except (Exception, asyncio.CancelledError) as error:
                failure = failure_of(error) if failure is None else failure
    return failure


def _async_iterable(iterable: Any) -> AsyncIterable[object]:
    if isinstance(iterable, OldStage):
        iterable = old_source(Duplex, iterable, object_mode=True)
    if isinstance(iterable, AsyncIterable):
        return iterable
    return _iterate_async(iterable)


def _begun_lines(source: object) -> object:
    """What an emitter that cannot be piped gives to whoever iterates it: `readline` has lines.

    It does not wait for its reader, so it is listened to from now on.
    """
    if not isinstance(source, OldStage) or source.can_be_piped:
        return source
    emitter = itself(source)
    if isinstance(emitter, AsyncIterable):
        return emitter.__aiter__()
    return emitter if isinstance(emitter, Iterable) else source


def _begun(source: object, destination: Any) -> AsyncIterable[object]:
    """The chunks of `source`, which is listened to from now on if its first is wanted now."""
    if isinstance(source, Readable) and not destination.writable_need_drain:
        iterator = source.iterator()
        iterator.begin()
        return iterator
    return _async_iterable(source)


async def _iterate_async(iterable: Iterable[object]) -> AsyncIterator[object]:
    for value in iterable:
        yield (await value) if inspect.isawaitable(value) else value


def _first_stage(work: _Pipeline, stage: object) -> object:
    if callable(stage) and not isinstance(stage, Stream):
        stage = work.call(stage, 0)
        if not isinstance(stage, (AsyncIterable, Iterable)):
            raise InvalidReturnValueError(
                "Iterable, AsyncIterable or Stream", "source", type(stage).__name__
            )
    elif not isinstance(stage, (Stream, OldStage, AsyncIterable, Iterable)) or isinstance(
        stage, Mapping
    ):
        return duplex_from(Duplex, stage, name="source")
    return stage


@overload
def pipeline(
    source: object,
    last: Last,
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> Last: ...


@overload
def pipeline(
    source: object,
    second: object,
    last: Last,
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> Last: ...


@overload
def pipeline(
    source: object,
    second: object,
    third: object,
    last: Last,
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> Last: ...


@overload
def pipeline(
    source: object,
    last: LastStep[U],
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> PassThrough[U]: ...


@overload
def pipeline(
    source: object,
    second: object,
    last: LastStep[U],
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> PassThrough[U]: ...


@overload
def pipeline(
    source: object,
    second: object,
    third: object,
    last: LastStep[U],
    /,
    *,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> PassThrough[U]: ...


@overload
def pipeline(
    *streams: object,
    callback: PipelineCallback,
    signal: AbortSignal | None = ...,
    end: bool = ...,
) -> Any: ...


@by_name
def pipeline(
    *streams: object,
    callback: PipelineCallback,
    signal: AbortSignal | None = None,
    end: bool = True,
) -> Any:
    """Pipe `streams` one into the next, and call back once when all are done or one has failed.

    Args:
        streams: two or more, old-style ones or emitters of others among them. The first may be an
            iterable, a function that returns one, or what else `Duplex.from_` takes; those
            between may be functions from an async iterable to another (async generator functions);
            the last may be such a function, or a coroutine function. A function with a parameter
            `signal` gets an `AbortSignal` that tells when the pipeline is over.
        callback: called with None or the error; and with what a coroutine function at the end
            returned, if that is not None.
        signal: gives the pipeline up, with an `AbortError`.
        end: end the last stream when its source has ended (default True).

    Returns:
        The last stream.

    Raises:
        MissingArgsError: there are fewer than two streams.
        InvalidArgTypeError: a stage is nothing that can be one.
        StreamUnableToPipeError: a stream to be written to is destroyed.
        InvalidReturnValueError: a function returned nothing that can be read.

    Node: stream.pipeline
    """
    return start_pipeline(streams, callback, signal, end)[1]


def start_pipeline(
    streams: tuple[object, ...],
    callback: PipelineCallback,
    signal: AbortSignal | None,
    end: bool,
) -> tuple[_Pipeline, Any]:
    """Do what `pipeline` does; return the work, which can be given up, and the last stream."""
    expect_function("callback", callback)
    if len(streams) == 1 and isinstance(streams[0], (list, tuple)):
        streams = tuple(streams[0])
    if len(streams) < 2:
        raise MissingArgsError("streams")
    if isinstance(streams[-1], dict):
        # Node takes an object in this place for the options.
        wanted = "streams (options are given by name: signal=..., end=...)"
        raise InvalidArgTypeError.given("streams", wanted, streams[-1])
    if signal is not None:
        expect("signal", signal, AbortSignal)
    require_ticks()
    work = _Pipeline(callback, signal, end)
    if signal is not None and not signal.aborted:
        work.forget_signal = on_abort(signal, work.abort)
    try:
        current = work.connect_all(streams)
    except Exception:
        if signal is not None and signal.aborted:
            # What was connected before is given up all the same.
            running_loop().call_soon(work.abort)
        raise
    if work.aborted or (signal is not None and signal.aborted):
        # What failed at once has not seen the streams behind it.
        next_tick(work.abort)
    return work, itself(current)
