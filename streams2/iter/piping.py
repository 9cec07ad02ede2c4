"""From a stream to a writer.

>>> import io
>>> file = io.BytesIO()
>>> from streams2 import run
>>> run(lambda: pipe_to(["green ", "tea"], file))
9
>>> file.getvalue()
b'green tea'

A writer is any object that can `write`; what else it can is used: `writev` for what came together,
and what ends in ``_sync`` first, as it may save the waiting.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Callable, TypedDict, cast

from ..errors import (
    InvalidArgTypeError,
    InvalidArgValueError,
    InvalidStateError,
    OutOfRangeError,
)
from ..events.abort import AbortSignal
from .batches import Batch
from .protocols import method_of
from .pulling import pull, pull_sync
from .signals import checked, close, failure_of, reason_of
from .sources import Source, SyncSource, from_
from .transforms import Transform, plan_of
from .writer import Writer, WriterLike

__all__ = ["pipe_to", "pipe_to_sync"]

Method = Callable[..., object]


class _Signalled(TypedDict, total=False):
    signal: AbortSignal


async def pipe_to(
    source: Source,
    *transforms_and_writer: Transform | WriterLike | Writer,
    signal: AbortSignal | None = None,
    prevent_close: bool = False,
    prevent_fail: bool = False,
) -> int:
    """Write all of a stream, and end the writer.

    Args:
        source: what `from_` takes.
        transforms_and_writer: what is done to it (see `pull`), and last where it goes.
        signal: stops it, for its reason. It is handed to each write, too.
        prevent_close: leave the writer open at the end.
        prevent_fail: do not tell the writer of a failure.

    Returns:
        How many bytes were written.

    Raises:
        InvalidArgValueError: there is no writer.
        InvalidArgTypeError: an argument is of the wrong type.
        BaseException: what the source, a transform or the writer failed with.

    Node: stream/iter.pipeTo
    """
    transforms, writer = _split(transforms_and_writer, "write")
    signal = checked(signal)
    plan_of(transforms)
    sink = _Sink(writer, signal)
    try:
        if signal is not None and signal.aborted:
            raise reason_of(signal)
        stream = pull(source, *transforms, signal=signal) if transforms or signal else from_(source)
        batches = stream.__aiter__()
        try:
            async for batch in batches:
                await sink.write(batch)
        finally:
            await close(batches)
        if not prevent_close:
            await sink.end()
    except BaseException as error:
        if not prevent_fail:
            sink.fail(failure_of(error))
        raise
    return sink.total


class _Sink:
    """A writer, and what of it can be used."""

    def __init__(self, writer: object, signal: AbortSignal | None) -> None:
        self.total = 0
        self.options: _Signalled = {} if signal is None else {"signal": signal}
        self.one = cast(Method, method_of(writer, "write"))
        self.one_sync = method_of(writer, "write_sync")
        self.many = method_of(writer, "writev")
        self.many_sync = method_of(writer, "writev_sync")
        self.closing = method_of(writer, "end")
        self.closing_sync = method_of(writer, "end_sync")
        self.failing = method_of(writer, "fail")

    async def write(self, batch: Batch) -> None:
        if self.many is not None and len(batch) > 1:
            if self.many_sync is None or not self.many_sync(batch):
                await _settled(self.many(batch, **self.options))
            self.total += sum(map(len, batch))
            return
        accepted = self.write_at_once(batch)
        for chunk in batch[accepted:]:
            if self.one_sync is None or not self.one_sync(chunk):
                await _settled(self.one(chunk, **self.options))
            self.total += len(chunk)

    def write_at_once(self, batch: Batch) -> int:
        """Write what can be written without waiting: how many chunks."""
        if self.one_sync is None:
            return 0
        for accepted, chunk in enumerate(batch):
            if not self.one_sync(chunk):
                return accepted
            self.total += len(chunk)
        return len(batch)

    async def end(self) -> None:
        if self.closing_sync is not None and cast(int, self.closing_sync()) >= 0:
            return
        if self.closing is not None:
            await _settled(self.closing(**self.options))

    def fail(self, error: BaseException) -> None:
        if self.failing is not None:
            self.failing(error)


async def _settled(answer: object) -> None:
    if inspect.isawaitable(answer):
        await answer


def pipe_to_sync(
    source: SyncSource,
    *transforms_and_writer: object,
    prevent_close: bool = False,
    prevent_fail: bool = False,
) -> int:
    """Write all of a stream that waits for nothing, and end the writer.

    Args:
        source: what `from_sync` takes.
        transforms_and_writer: what is done to it (see `pull_sync`), and last where it goes: an
            object with `write_sync`, and with `end_sync` unless `prevent_close` is given.
        prevent_close: leave the writer open at the end.
        prevent_fail: do not tell the writer of a failure.

    Returns:
        How many bytes were written.

    Raises:
        OutOfRangeError: the writer did not accept a chunk.
        InvalidStateError: the writer could not be ended without waiting.
        InvalidArgValueError: there is no writer.
        InvalidArgTypeError: an argument is of the wrong type.
        BaseException: what the source, a transform or the writer failed with.

    Node: stream/iter.pipeToSync
    """
    transforms, writer = _split(transforms_and_writer, "write_sync")
    end = method_of(writer, "end_sync")
    if end is None and not prevent_close:
        raise InvalidArgTypeError.given("writer.end_sync", "a function", end)
    total = 0
    try:
        for batch in pull_sync(source, *transforms):
            _write_sync(writer, batch)
            total += sum(map(len, batch))
        if end is not None and not prevent_close and cast(int, end()) < 0:
            raise InvalidStateError("Writer could not be closed synchronously")
    except BaseException as error:
        fail = method_of(writer, "fail")
        if fail is not None and not prevent_fail:
            fail(failure_of(error))
        raise
    return total


def _write_sync(writer: object, batch: Batch) -> None:
    many = method_of(writer, "writev_sync") if len(batch) > 1 else None
    one = cast(Method, method_of(writer, "write_sync"))
    accepted = bool(many(batch)) if many is not None else all(one(chunk) for chunk in batch)
    if not accepted:
        raise OutOfRangeError("write", "within the writer's budget", "what is past it")


def _split(arguments: Sequence[object], method: str) -> tuple[Sequence[Transform], object]:
    """The transforms, and the writer."""
    if arguments and method_of(arguments[-1], method) is not None:
        return cast("Sequence[Transform]", arguments[:-1]), arguments[-1]
    if arguments:
        raise InvalidArgTypeError.given("writer", f"an object with {method}()", arguments[-1])
    raise InvalidArgValueError("args", f"transforms and, last, a writer with {method}()", "none")
