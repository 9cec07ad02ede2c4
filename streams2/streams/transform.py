"""Transform: a Duplex whose output is made from its input.

>>> from streams2 import run
>>> def main():
...     shout = Transform(transform=lambda self, chunk, encoding, done: done(None, chunk.upper()))
...     shout.on("data", print)
...     shout.write(b"hello")
...     shout.end(b"world")
>>> run(main)
b'HELLO'
b'WORLD'

Back-pressure goes through it: while its output is full, `_transform`'s chunk counts as not yet
written, so that the input fills up in turn.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..core.calling import Callback, TransformCallback, implementable, optional, present
from ..core.chunks import Chunk, get_default_high_water_mark
from ..core.methods import attend, call_method, call_otherwise
from ..core.telling import passed
from ..errors import MethodNotImplementedError, is_whole
from ..events.naming import by_name
from ..loop.ticks import next_tick
from .readable import Duplex
from .stream import bind

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .options import DuplexOptions, FlushMethod, TransformMethod

__all__ = ["PassThrough", "Transform", "TransformCallback"]

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)
T = TypeVar("T")


class Transform(Duplex[In, Out]):
    """A stream that turns what is written to it into what can be read from it.

    Args:
        transform, flush: functions that become the methods `_transform` and `_flush` of this
            stream.
        options: as for `Duplex`.

    Node: stream.Transform
    """

    @by_name
    def __init__(
        self,
        *,
        transform: TransformMethod[Self, In] | None = None,
        flush: FlushMethod[Self] | None = None,
        **options: Unpack[DuplexOptions[Self, In]],
    ) -> None:
        mark = options.get("high_water_mark")
        if mark is None:
            mark = options.get("readable_high_water_mark")
        if mark is None:
            mark = get_default_high_water_mark(False)
        if is_whole(mark) and mark == 0:
            # What reads nothing ahead does not let the other side buffer unasked either.
            options["high_water_mark"] = None
            options["readable_high_water_mark"] = 0
            options["writable_high_water_mark"] = options.get("writable_high_water_mark") or 0
        super().__init__(**options)
        # Nothing calls _read before the first write, so what is pushed is never inside one.
        self._readable_state.sync = False
        bind(self, "_transform", transform)
        bind(self, "_flush", flush)
        self.on("prefinish", partial(_flush_if_overridden, self))

    @implementable
    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> object:
        """Turn one chunk into output: `push` it, or hand it to the callback. Yours to define.

        Args:
            chunk: what was written.
            encoding: ``"buffer"`` for bytes, or the encoding of the text in `chunk`; in object mode
                what was given, or None.
            callback: call it once, with an error, or with None and a last chunk of output.

        Node: stream.Transform._transform
        """
        raise MethodNotImplementedError("_transform()")

    @optional
    def _flush(self, callback: TransformCallback) -> object:
        """Push what is left when all input has come, then call back. Yours to define.

        Node: stream.Transform._flush
        """

    def _final(self, callback: Callback | None) -> None:
        if not present(self._flush) or self.destroyed:
            self.push(None)
            if callback is not None:
                callback()
            return

        def flushed(error: BaseException | None = None, output: object = None) -> None:
            if error is not None:
                error = passed(error, "the callback of _flush")
                if callback is not None:
                    callback(error)
                else:
                    self.destroy(error)
                return
            if output is not None:
                self.push(output)
            self.push(None)
            if callback is not None:
                callback()

        call_method(self, "_flush", (flushed,), flushed)

    def _write(self, chunk: Chunk, encoding: str, callback: Callback) -> None:
        state, writing = self._readable_state, self._writable_state
        size = state.buffer.size

        def transformed(error: BaseException | None = None, output: object = None) -> None:
            if error is not None:
                error = passed(error, "the callback of _transform")
                callback(error)
                return
            if output is not None:
                self.push(output)
            if state.ended:
                # No more output can come, and none may be waited for.
                next_tick(callback)
            elif (
                writing.ended
                or size == state.buffer.size
                or state.buffer.size < state.high_water_mark
            ):
                callback()
            else:
                writing.output_awaited = callback

        try:
            result: object = self._transform(chunk, encoding, transformed)
        except TypeError as error:
            args = chunk, encoding, transformed
            call_otherwise(error, self, "_transform", args, writing.method_failed)
        else:
            if result is not None:
                args = chunk, encoding, transformed
                attend(result, self, "_transform", args, writing.method_failed)

    def _read(self, size: int) -> None:
        state = self._writable_state
        written, state.output_awaited = state.output_awaited, None
        if written is not None:
            written()


def _flush_if_overridden(stream: Transform[Chunk, Chunk]) -> None:
    if getattr(stream._final, "__func__", None) is not Transform._final:
        Transform._final(stream, None)


class PassThrough(Transform[T, T]):
    """A Transform that changes nothing. Node: stream.PassThrough"""

    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        callback(None, chunk)
