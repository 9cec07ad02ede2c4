"""What every stream that a program uses has: a life, and Node's names for it."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, Callable

from ..core.calling import Callback, DoneCallback, implementable, optional
from ..core.life import Life
from ..core.nodes_fields import set_destroyed
from ..core.telling import passed
from ..errors import expect_function
from ..events.emitter import EventEmitter
from ..loop.debugging import notice_loop
from .legacy import Stream as OldStream

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Stream", "begin", "bind"]


class Stream(OldStream):
    """The base of all streams with a life. Use `Readable`, `Writable` and their kin.

    To users, `streams2.Stream` is the base of this one, as in Node: a stream without a life.
    """

    _life: Life

    @optional
    def _construct(self, callback: Callback) -> object:
        """Prepare the stream, then call back; everything else waits for it. Yours to define.

        Node: stream._construct
        """

    @implementable
    def _destroy(self, error: BaseException | None, callback: Callback) -> Any:
        """Free what the stream holds, then call back with `error`. Yours to replace.

        Node: stream._destroy
        """
        callback(error)

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> Self:
        """End all use of the stream and free what it holds. A second call does nothing.

        Chunks still to be written are lost, and their callbacks get the error.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when `_destroy` is done, with its error.

        Returns:
            The stream.

        Raises:
            InvalidArgTypeError: `callback` is no function.

        Node: stream.destroy
        """
        if callback is not None:
            expect_function("callback", callback)
        error = passed(error, "destroy()")
        self._life.destroy(error, callback)
        return self

    def __repr__(self) -> str:
        from .describing import described  # Few programs look.

        return described(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Two streams would read one file, or answer for the same chunks.
        raise TypeError(f"cannot copy or pickle {type(self).__name__!r} object: a stream is one")

    def __rejection__(self, error: Exception, event: str, *args: object) -> None:
        self.destroy(error)

    @property
    def destroyed(self) -> bool:
        """Whether `destroy` was called. To set it changes nothing else. Node: stream.destroyed"""
        return self._life.destroyed

    @destroyed.setter
    def destroyed(self, value: bool) -> None:
        set_destroyed(self._life, value)

    @property
    def closed(self) -> bool:
        """Whether the stream was destroyed and `_destroy` is done. Node: stream.closed"""
        return self._life.closed

    @property
    def errored(self) -> BaseException | None:
        """The error that the stream failed with, or None. Node: stream.errored"""
        return self._life.errored


def begin(
    stream: Stream,
    *,
    auto_destroy: bool,
    emit_close: bool,
    construct: Callable[..., object] | None,
    destroy: Callable[..., object] | None,
    capture_rejections: bool | None,
) -> Life:
    """Give `stream` its listeners and its life, which starts when its sides are there."""
    notice_loop()
    EventEmitter.__init__(stream, capture_rejections=capture_rejections)
    bind(stream, "_construct", construct)
    bind(stream, "_destroy", destroy)
    life = stream._life = Life(stream, auto_destroy=auto_destroy, emit_close=emit_close)
    return life


def bind(stream: Stream, name: str, function: Callable[..., object] | None) -> None:
    """Make a function given as an option a method of this one stream."""
    if function is None:
        return
    # Bound so, and not by its own __get__: any callable will do, not only a function.
    setattr(stream, name, MethodType(expect_function(name[1:], function), stream))
