"""Ends that come from outside: `destroy`, an `AbortSignal`, the end of an ``async with``.

>>> from streams2 import AbortController, Readable, run
>>> def main():
...     controller = AbortController()
...     stream = add_abort_signal(controller.signal, Readable(read=lambda self, size: None))
...     stream.on("error", lambda error: print(error.code))
...     controller.abort()
>>> run(main)
ABORT_ERR

Whoever ends a stream that is not done has to say why, or nobody could tell it from one that is. So
an `AbortError` is what these end a stream with, unless it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..core.telling import passed
from ..errors import AbortError, expect
from .later import Later
from .stream import Stream

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ..events import abort
    from ..events.abort import AbortSignal
    from . import finished
else:
    abort = Later("streams2.events.abort")
    finished = Later(f"{__package__}.finished")

__all__ = ["Scoped", "add_abort_signal", "destroy", "destroy_early"]

S = TypeVar("S", bound=Stream)


class _Mortal(Protocol):
    """A stream, or what stands for one."""

    @property
    def destroyed(self) -> bool: ...

    def destroy(self, error: BaseException | None = ...) -> object: ...


def destroy_early(stream: _Mortal, error: BaseException | None = None) -> None:
    """Destroy a stream that may not be done; if it is not, an `AbortError` says so."""
    if stream.destroyed:
        return
    if error is None and (finished.is_readable(stream) or finished.is_writable(stream)):
        error = AbortError()
    stream.destroy(error)


def destroy(stream: Stream, error: BaseException | None = None) -> None:
    """Destroy `stream`, if it is not destroyed already.

    Args:
        stream: any stream.
        error: why. If not given, an `AbortError`, unless the stream has ended and was ended.

    Raises:
        InvalidArgTypeError: `stream` is no stream.

    Node: stream.destroy
    """
    error = passed(error, "destroy()")
    destroy_early(expect("stream", stream, Stream), error)


def add_abort_signal(signal: AbortSignal, stream: S) -> S:
    """Destroy `stream` with an `AbortError` when `signal` aborts. Returns `stream`.

    The error's ``__cause__`` is the signal's reason. A stream that is over is left alone. As with
    `finished`, an ``'error'`` of the stream has a listener from now on.

    Raises:
        InvalidArgTypeError: `signal` is no signal, or `stream` no stream.

    Node: stream.addAbortSignal
    """
    expect("signal", signal, abort.AbortSignal)
    expect("stream", stream, Stream)

    def give_up() -> None:
        stream.destroy(abort.aborted_error(signal))

    forget = abort.on_abort(signal, give_up)
    if not signal.aborted:
        finished.finished(stream, lambda _: forget())
    return stream


def start_life(stream: Stream, signal: AbortSignal | None) -> None:
    """Let a stream live, now that it has its sides; `signal` ends its life."""
    if signal is not None:
        add_abort_signal(signal, stream)
    stream._life.start()


class Scoped(Stream):
    """A stream that lives no longer than its ``async with`` block."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Destroy the stream, with an `AbortError` if it is not done, and wait for its close.

        Raises:
            BaseException: the error that the stream had failed with, or else failed with now.

        Node: stream.Readable[Symbol.asyncDispose], stream.Writable[Symbol.asyncDispose]
        """
        reason: BaseException | None = None
        if not self.destroyed:
            reason = None if _came_to_its_end(self) else AbortError()
            self.destroy(reason)
        error = await finished.settled(self)
        if error is not None and error is not reason and error is not raised:
            raise error


def _came_to_its_end(stream: Any) -> bool:
    """Whether the stream ended, or one that cannot be read finished, of itself."""
    if hasattr(stream, "_readable_state"):
        return bool(stream.readable_ended)
    return bool(stream.writable_finished)
