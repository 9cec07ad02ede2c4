"""Work on several values at a time, with the results in order."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Callable, TypeVar

from ..errors import expect, expect_function, expect_whole
from ..errors.places import place_of_code
from ._buffers import Value
from ._core import AnyChannel, Channel, Sink, Source
from ._dispatch import report, spawn
from ._errors import ChannelNoneValueError
from ._intake import expect_ex_handler, rescue
from ._processes import go
from ._stages import AnyTransducer, Transducer, make_stage

__all__ = ["pipeline", "pipeline_async", "pipeline_blocking"]

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")

ExHandler = Callable[[Exception], Value]
Work = Callable[[Value], Awaitable[AnyChannel]]
"""Makes of a value a channel of its results."""


def pipeline(
    n: int,
    dest: Sink[Out],
    transform: Transducer[In, Out],
    source: Source[In],
    close: bool = True,
    ex_handler: Callable[[Exception], Out | None] | None = None,
) -> AnyChannel:
    """Move values from `source` through `transform` to `dest`.

    The transform is applied to each value on its own, and may make of it any number of values.
    Once `dest` is closed, values are still taken, and what is made of them is dropped.
    It runs on the event loop: for work that takes long, `pipeline_blocking`.

    Args:
        n: how many values are in work at a time.
        dest: where results are put, in the order of the values they come from.
        transform: see `Channel`.
        source: where values are taken.
        close: whether `dest` is closed when `source` ends.
        ex_handler: see `Channel`.

    Returns:
        A channel that closes when the last result was put.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `n` is no number >= 1, `source` or `dest` no channel,
            or what is given as a function cannot be called.

    core.async: pipeline
    """
    ex_handler = _checked(transform, ex_handler)

    async def work(value: In) -> AnyChannel:
        return _results(*_apply(transform, value), ex_handler)

    return _run(n, dest, work, source, close)


def pipeline_blocking(
    n: int,
    dest: Sink[Out],
    transform: Transducer[In, Out],
    source: Source[In],
    close: bool = True,
    ex_handler: Callable[[Exception], Out | None] | None = None,
) -> AnyChannel:
    """As `pipeline`, with the transform run in threads, `n` at a time.

    They are the threads of the loop's default executor, which may have fewer than `n`.

    core.async: pipeline-blocking
    """
    ex_handler = _checked(transform, ex_handler)

    async def work(value: In) -> AnyChannel:
        loop = asyncio.get_running_loop()
        outputs, error = await loop.run_in_executor(None, _apply, transform, value)
        return _results(outputs, error, ex_handler)

    return _run(n, dest, work, source, close)


def pipeline_async(
    n: int,
    dest: Sink[Out],
    function: Callable[[In, Channel[Out]], Awaitable[None] | None],
    source: Source[In],
    close: bool = True,
) -> AnyChannel:
    """Move values from `source` through an asynchronous `function` to `dest`.

    >>> from streams2.channel import to_channel
    >>> async def length(word, results):
    ...     await asyncio.sleep(0)
    ...     await results.put(len(word))
    >>> async def main():
    ...     lengths = Channel()
    ...     pipeline_async(4, lengths, length, to_channel(["one", "three"]))
    ...     return [value async for value in lengths]
    >>> asyncio.run(main())
    [3, 5]

    Args:
        n: how many values are in work at a time.
        dest: where results are put, in the order of the values they come from.
        function: ``function(value, results)`` puts the results on the channel `results`. A
            coroutine function is run as a process, and the channel closed when it returns. Any
            other function starts what it starts, and the channel must be closed by that.
        source: where values are taken.
        close: whether `dest` is closed when `source` ends.

    Returns:
        A channel that closes when the last result was put.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `n` is no number >= 1, `source` or `dest` no channel,
            or what is given as a function cannot be called.

    core.async: pipeline-async
    """
    expect_function("function", function)
    code = getattr(inspect.unwrap(function), "__code__", None)
    made_for = None if code is None else place_of_code(code)

    async def work(value: In) -> AnyChannel:
        results: Channel[Out] = Channel(1)
        results._made_at = made_for
        started = function(value, results)
        if inspect.isawaitable(started):
            spawn(_run_and_close(started, results))
        return results

    return _run(n, dest, work, source, close)


def _checked(transform: AnyTransducer, ex_handler: ExHandler | None) -> ExHandler | None:
    """The `ex_handler`, after refusing here, at the call, what could not be run."""
    make_stage(transform, bool)
    return None if ex_handler is None else expect_ex_handler(ex_handler)


async def _run_and_close(started: Awaitable[None], results: AnyChannel) -> None:
    try:
        await started
    finally:
        results.close()


def _apply(transform: AnyTransducer, value: object) -> tuple[list[object], Exception | None]:
    """What `transform` makes of `value` alone, and the error that kept it from making more."""
    outputs: list[object] = []

    def keep(output: object) -> bool:
        if output is None:
            raise ChannelNoneValueError
        outputs.append(output)
        return False

    stage = make_stage(transform, keep)
    try:
        try:
            stage.feed(value, last=True)
        finally:
            stage.finish()
    except Exception as error:
        return outputs, error
    return outputs, None


def _results(
    outputs: list[object], error: Exception | None, ex_handler: ExHandler | None
) -> AnyChannel:
    if error is not None:
        rescue(error, ex_handler, outputs.append)
    results: AnyChannel = Channel(len(outputs))
    for output in outputs:
        results.offer(output)
    results.close()
    return results


def _run(n: int, dest: AnyChannel, work: Work, source: AnyChannel, close: bool) -> AnyChannel:
    """Have `n` workers do `work`, and put what comes of it on `dest` in order.

    Each value has a slot, where the channel of its results will be. The slots go to the workers
    and, in the same order, to the one who puts the results on `dest`.
    """
    expect_whole("n", n, least=1)
    expect("dest", dest, Channel)
    expect("source", source, Channel)
    jobs: Channel[tuple[Value, AnyChannel]] = Channel(n)
    slots: Channel[AnyChannel] = Channel(n)

    async def feed() -> None:
        async for value in source:
            slot: AnyChannel = Channel(1)
            await jobs.put((value, slot))
            await slots.put(slot)
        jobs.close()
        slots.close()

    async def labour() -> None:
        async for value, slot in jobs:
            try:
                slot.offer(await work(value))
            except Exception as error:
                report(error, "the function of a pipeline failed")
            finally:
                slot.close()

    async def collect() -> None:
        async for slot in slots:
            async for results in slot:
                async for result in results:
                    if not await dest.put(result):
                        break
        if close:
            dest.close()

    helpers = [spawn(feed()), *(spawn(labour()) for _ in range(n))]

    async def run() -> None:
        try:
            await collect()
        finally:
            for helper in helpers:
                helper.cancel()

    return go(run())
