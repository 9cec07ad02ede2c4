"""Pipelines that read when they are read from.

>>> from streams2 import run
>>> from streams2.iter import text
>>> def shout(batch):
...     return batch and [chunk.upper() for chunk in batch]
>>> async def main():
...     return await text(pull(["green ", "tea"], shout))
>>> run(main)
'GREEN TEA'

Nothing is read ahead: the source is asked for a batch when somebody asks the pipeline for one.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator
from typing import Protocol, cast

from ..errors import AbortError, InvalidReturnValueError, describe
from ..events.abort import AbortController, AbortSignal, on_abort
from .batches import Batch, async_batch_of, batch_of, is_batch
from .signals import checked, close, close_sync, next_or_abort, reason_of
from .sources import Source, SyncSource, from_, from_sync
from .transforms import Bound, Plan, Transform, TransformOptions, plan_of

__all__ = ["pull", "pull_sync"]


def pull(
    source: Source, *transforms: Transform, signal: AbortSignal | None = None
) -> AsyncIterable[Batch]:
    """A pipeline: what is in `source`, changed by each of `transforms` in turn.

    Args:
        source: what `from_` takes.
        transforms: functions, or objects with a method `transform`.
        signal: stops the pipeline. Its reason is raised, and the source is closed.

    Returns:
        An async iterable of batches. A reader that leaves early closes the source; with
        ``contextlib.aclosing``, that has been done when the block is left.

    Raises:
        InvalidArgTypeError: an argument is nothing of the kind.
        BaseException: the reason of a signal that was aborted before.

    Node: stream/iter.pull
    """
    batches = from_(source)
    plan = plan_of(transforms)
    signal = checked(signal)
    if signal is not None and signal.aborted:
        raise reason_of(signal)
    return Pipeline(batches, plan, signal)


class Pipeline(AsyncIterable[Batch]):
    """What `pull` returns: each time it is iterated over, a pipeline begins."""

    def __init__(
        self, batches: AsyncIterable[Batch], plan: Plan, signal: AbortSignal | None
    ) -> None:
        self._batches = batches
        self._plan = plan
        self._signal = signal

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self.begin(self._batches.__aiter__())

    def begin(self, batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        """A pipeline of what `batches` gives."""
        if self._plan:
            return _piped(batches, self._plan, self._signal)
        return _watched(batches, self._signal)


class Owned(Protocol):
    """What iterates over a stream that is one reader's own."""

    def __anext__(self) -> Awaitable[Batch]: ...

    def __aiter__(self) -> AsyncIterator[Batch]: ...

    def leave(self, error: BaseException | None) -> None:
        """Want no more, maybe because of `error`."""


class OwningPipeline(Pipeline):
    """A pipeline of a stream that nobody else reads."""

    def begin(self, batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        return OwningIterator(super().begin(batches), cast(Owned, batches))


class OwningIterator(AsyncIterator[Batch]):
    """Leaves its stream at its end, also where it has not begun to read it."""

    def __init__(self, changed: AsyncIterator[Batch], owned: Owned) -> None:
        self._changed = changed
        self._owned = owned

    async def __anext__(self) -> Batch:
        try:
            return await self._changed.__anext__()
        except StopAsyncIteration:
            self._owned.leave(None)
            raise
        except Exception as error:
            self._owned.leave(error)
            raise

    async def aclose(self) -> None:
        """Want no more."""
        await close(self._changed)
        self._owned.leave(None)


async def _watched(
    batches: AsyncIterator[Batch], signal: AbortSignal | None
) -> AsyncIterator[Batch]:
    if signal is not None and signal.aborted:
        raise reason_of(signal)
    try:
        while True:
            try:
                batch = await next_or_abort(batches, signal)
            except StopAsyncIteration:
                return
            yield batch
    finally:
        await close(batches)


async def _piped(
    batches: AsyncIterator[Batch], plan: Plan, signal: AbortSignal | None
) -> AsyncIterator[Batch]:
    if signal is not None and signal.aborted:
        raise reason_of(signal)
    control = AbortController()
    if signal is not None:
        on_stop = on_abort(signal, lambda: control.abort(reason_of(signal)))
    options = TransformOptions(control.signal)
    for functions, whole in plan:
        if whole is None:
            batches = _through_functions(batches, functions, options)
        else:
            batches = _through_whole(batches, whole, options)
    try:
        while True:
            try:
                batch = await next_or_abort(batches, signal)
            except StopAsyncIteration:
                return
            yield batch
    except Exception as error:
        control.abort(error)
        raise
    except BaseException:
        # Its reader has left: by break, by an exception, by cancellation.
        control.abort(AbortError("Aborted"))
        raise
    finally:
        if signal is not None:
            on_stop()
        await close(batches)


async def _through_functions(
    source: AsyncIterator[Batch], functions: tuple[Bound, ...], options: TransformOptions
) -> AsyncIterator[Batch]:
    try:
        async for given in source:
            batch: Batch | None = given
            for function in functions:
                result = function(batch, options)
                batch = cast(Batch, result) if is_batch(result) else await _batch_from(result)
                if not batch:
                    break
            if batch:
                yield batch
        flushed: list[Batch] = []
        for function in functions:
            results = [await _batch_from(function(batch, options)) for batch in (*flushed, None)]
            flushed = [batch for batch in results if batch]
        for batch in flushed:
            yield batch
    finally:
        await close(source)


async def _batch_from(result: object) -> Batch | None:
    """What a function returned, as a batch; None for nothing."""
    if inspect.isawaitable(result):
        result = await result
    return None if result is None else await async_batch_of(result, "result")


async def _through_whole(
    source: AsyncIterator[Batch], transform: Bound, options: TransformOptions
) -> AsyncIterator[Batch]:
    given = _with_end(source)
    try:
        values = _iterate(transform(given, options))
        try:
            async for value in values:
                if value is None:
                    continue
                batch = (
                    cast(Batch, value) if is_batch(value) else await async_batch_of(value, "value")
                )
                if batch:
                    yield batch
        finally:
            await close(values)
    finally:
        await close(given)


async def _with_end(source: AsyncIterator[Batch]) -> AsyncIterator[Batch | None]:
    # Closed by one who has begun to read it, and by nobody else.
    try:
        async for batch in source:
            yield batch
        yield None
    finally:
        await close(source)


def _iterate(output: object) -> AsyncIterator[object]:
    if isinstance(output, AsyncIterable):
        return output.__aiter__()
    if isinstance(output, Iterable):
        return _in_turn(output)
    raise InvalidReturnValueError("an iterable or async iterable", "transform", describe(output))


async def _in_turn(values: Iterable[object]) -> AsyncIterator[object]:
    iterator = iter(values)
    try:
        for value in iterator:
            yield value
    finally:
        close_sync(iterator)


def pull_sync(source: SyncSource, *transforms: Transform) -> Iterable[Batch]:
    """A pipeline that waits for nothing.

    Args:
        source: what `from_sync` takes.
        transforms: functions, or objects with a method `transform`; none may be a coroutine
            function. Their options have no signal.

    Returns:
        An iterable of batches.

    Raises:
        InvalidArgTypeError: an argument is nothing of the kind.

    Node: stream/iter.pullSync
    """
    batches = from_sync(source)
    plan = plan_of(transforms)
    return SyncPipeline(batches, plan) if plan else batches


class SyncPipeline(Iterable[Batch]):
    """What `pull_sync` returns."""

    def __init__(self, batches: Iterable[Batch], plan: Plan) -> None:
        self._batches = batches
        self._plan = plan

    def __iter__(self) -> Iterator[Batch]:
        batches = iter(self._batches)
        for functions, whole in self._plan:
            if whole is None:
                batches = _through_functions_sync(batches, functions)
            else:
                batches = _through_whole_sync(batches, whole)
        return batches


_NO_SIGNAL = TransformOptions(None)


def _through_functions_sync(
    source: Iterator[Batch], functions: tuple[Bound, ...]
) -> Iterator[Batch]:
    for given in source:
        batch: Batch | None = given
        try:
            for function in functions:
                batch = _batch_from_sync(function(batch, _NO_SIGNAL))
                if not batch:
                    break
            if batch:
                yield batch
        except BaseException:
            close_sync(source)
            raise
    flushed: list[Batch] = []
    for function in functions:
        results = [_batch_from_sync(function(batch, _NO_SIGNAL)) for batch in (*flushed, None)]
        flushed = [batch for batch in results if batch]
    yield from flushed


def _batch_from_sync(result: object) -> Batch | None:
    return None if result is None else batch_of(result, "result")


def _through_whole_sync(source: Iterator[Batch], transform: Bound) -> Iterator[Batch]:
    given = _with_end_sync(source)
    try:
        output = transform(given, _NO_SIGNAL)
        if not isinstance(output, Iterable):
            raise InvalidReturnValueError("an iterable", "transform", describe(output))
        values = iter(output)
        try:
            for value in values:
                if value is not None and (batch := batch_of(value, "value")):
                    yield batch
        finally:
            close_sync(values)
    finally:
        close_sync(given)


def _with_end_sync(source: Iterator[Batch]) -> Iterator[Batch | None]:
    # Closed by one who has begun to read it, and by nobody else.
    for batch in source:
        try:
            yield batch
        except BaseException:  # noqa: PERF203 - what the source itself fails with is not caught
            close_sync(source)
            raise
    yield None
