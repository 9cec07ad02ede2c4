"""Duplex: a readable and a writable side in one stream, each with a buffer of its own.

Nothing moves from one side to the other by itself: a socket is a Duplex. A `Transform` is one that
does move chunks.
"""

from __future__ import annotations

from typing import Any, Callable, Generic, TypeVar

from ..core.chunks import resolve_mark
from ..core.demand import FINISHED
from ..core.pipe import Destination
from ..events.abort import AbortSignal
from ..loop.ticks import next_tick
from .destroy import add_abort_signal
from .duplexify import duplex_from
from .readable import Readable
from .stream import Callback
from .writable import Writable

__all__ = ["Duplex", "duplex_pair"]

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)
D = TypeVar("D")


class Duplex(Readable[Out], Writable[In], Generic[In, Out]):
    """A stream that is both a `Readable` and a `Writable`.

    Args:
        high_water_mark: the mark of both sides, in bytes (default 64 KiB) or objects (default 16).
        readable_high_water_mark, writable_high_water_mark: the mark of one side, if
            `high_water_mark` is not given.
        object_mode: chunks of both sides are any objects but None.
        readable_object_mode, writable_object_mode: chunks of one side are.
        allow_half_open: keep the writable side open when the readable side has ended
            (default True).
        readable, writable: whether the stream has this side (default True).
        encoding, default_encoding, decode_strings, emit_close, auto_destroy, signal,
            capture_rejections: as for `Readable` and `Writable`.
        read, write, writev, final, construct, destroy: functions that become the methods `_read`,
            `_write`, `_writev`, `_final`, `_construct` and `_destroy` of this stream.

    Raises:
        InvalidArgValueError: a high-water mark is no whole number, or below 0.
        UnknownEncodingError: there is no such encoding.

    Node: stream.Duplex
    """

    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        readable_high_water_mark: int | None = None,
        writable_high_water_mark: int | None = None,
        object_mode: bool = False,
        readable_object_mode: bool = False,
        writable_object_mode: bool = False,
        allow_half_open: bool = True,
        readable: bool = True,
        writable: bool = True,
        encoding: str | None = None,
        default_encoding: str = "utf8",
        decode_strings: bool = True,
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
        read: Callable[..., None] | None = None,
        write: Callable[..., None] | None = None,
        writev: Callable[..., None] | None = None,
        final: Callable[..., None] | None = None,
        construct: Callable[..., None] | None = None,
        destroy: Callable[..., None] | None = None,
    ) -> None:
        self._init_stream(
            auto_destroy=auto_destroy,
            emit_close=emit_close,
            construct=construct,
            destroy=destroy,
            capture_rejections=capture_rejections,
        )
        self.allow_half_open = allow_half_open
        reads_objects = object_mode or readable_object_mode
        writes_objects = object_mode or writable_object_mode
        self._init_readable(
            _side_mark("readable", high_water_mark, readable_high_water_mark, reads_objects),
            object_mode=reads_objects,
            encoding=encoding,
            default_encoding=default_encoding,
        )
        self._init_writable(
            _side_mark("writable", high_water_mark, writable_high_water_mark, writes_objects),
            object_mode=writes_objects,
            decode_strings=decode_strings,
            default_encoding=default_encoding,
        )
        self._bind("_read", read)
        self._bind_writable(write, writev, final)
        if not readable:
            self._disable_readable()
        if not writable:
            self._disable_writable()
        if signal is not None:
            add_abort_signal(signal, self)
        self._start_life()

    @classmethod
    def from_(cls, body: Any) -> Duplex[Any, Any]:  # type: ignore[override]
        """Make a Duplex of something that can be written to, read from, or both.

        Args:
            body: one of these.

                - A stream. A Duplex is returned as it is.
                - An iterable or async iterable, text or bytes: can be read, as by `Readable.from_`.
                - A function from an async iterable to another, such as an async generator function:
                  it gets what is written, and what it returns can be read.
                - A coroutine function: it gets what is written; there is nothing to be read.
                - An awaitable: its value can be read.
                - A pair of two of these, as ``{"readable": ..., "writable": ...}`` or an object
                  with these attributes: what is written goes to the one, what is read comes from
                  the other.

        Raises:
            InvalidArgTypeError: `body` is none of these.
            InvalidReturnValueError: the function returned nothing that can be read or awaited.
            NoRunningLoopError: a coroutine is to run, and no event loop is running.

        Node: stream.Duplex.from
        """
        made: Duplex[Any, Any] = duplex_from(Duplex, body)
        return made

    def _after_end(self) -> None:
        if self.writable and not self.allow_half_open:
            next_tick(self._end_other_side)
        else:
            super()._after_end()

    def _end_other_side(self) -> None:
        if self.writable and not self.writable_ended and not self.destroyed:
            self.end()

    def _writing_is_over(self) -> bool:
        state = self._writable_state
        return state.demand.state is FINISHED or not state.enabled

    def _reading_is_over(self) -> bool:
        state = self._readable_state
        return state.end_emitted or not state.enabled

    def pipe(self, destination: Destination[Out, D], *, end: bool = True) -> D:
        """Write all that this stream emits to `destination`, no faster than it takes it.

        Returns:
            `destination`.

        Node: stream.Readable.pipe
        """
        return Readable.pipe(self, destination, end=end)


def _side_mark(side: str, both: int | None, one: int | None, object_mode: bool) -> int:
    if both is not None:
        return resolve_mark("high_water_mark", both, object_mode)
    return resolve_mark(f"{side}_high_water_mark", one, object_mode)


class _PairSide(Duplex[Any, Any]):
    """One end of a `duplex_pair`: what is written to it is pushed to the other."""

    _other: _PairSide
    _waiting: Callback | None = None

    def _read(self, size: int) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _write(self, chunk: Any, encoding: Any, callback: Callback) -> None:
        if not self._other.writable_object_mode and len(chunk) == 0:
            next_tick(callback)
        else:
            self._other.push(chunk)
            self._other._waiting = callback

    def _final(self, callback: Callback) -> None:
        self._other.on("end", callback)
        self._other.push(None)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if not self._other.destroyed:
            next_tick(self._other._follow, error)
        callback(error)

    def _follow(self, error: BaseException | None) -> None:
        """The other end is destroyed. Its error is its own, but nothing more can come or go."""
        if self.destroyed:
            return
        if error is not None:
            self.destroy()
        else:
            self.push(None)


def duplex_pair(**options: Any) -> tuple[Duplex[Any, Any], Duplex[Any, Any]]:
    """Make two streams: what is written to one can be read from the other.

    Args:
        options: for both, as for `Duplex`.

    Returns:
        The two streams.

    Node: stream.duplexPair
    """
    one, other = _PairSide(**options), _PairSide(**options)
    one._other, other._other = other, one
    return one, other
