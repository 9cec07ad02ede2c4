"""The face of a readable side: Node's names for how chunks come in and go out.

>>> from streams2 import Readable, run
>>> def main():
...     numbers = Readable(object_mode=True, read=lambda self, size: None)
...     for n in (1, 2, None):
...         numbers.push(n)
...     numbers.on("data", print)
...     numbers.on("end", lambda: print("end"))
>>> run(main)
1
2
end

A ``'data'`` listener makes the stream flow: chunks are emitted as they come. A ``'readable'``
listener holds them back, to be taken with `read`. `pause` holds them back, too.

What every chunk goes through (`push`, `read`) is spelled out here, and works on the readable side
directly; all the rest is that side's own business (`core.read_side`). `Readable` adds what one does
with whole streams.
"""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, Generic, TypeVar

from ..core.calling import implementable
from ..core.chunks import Chunk, raised_mark, resolve_mark
from ..core.ends import PipeDestination, stays_open, tell_unpiped
from ..core.flow import FLOWING, FlowEvent
from ..core.foreign import as_destination
from ..core.life import GONE
from ..core.nodes_fields import set_flowing
from ..core.object_flow import read_failed, spelled_out
from ..core.pipe import Pipe
from ..core.read_side import ReadSide
from ..core.supply import ENDED_UNTOLD, SUPPLYING, SupplyEvent
from ..errors import MethodNotImplementedError, NoRunningLoopError
from ..events.emitter import Listener, insert
from ..events.listening import Listen
from ..events.naming import by_name
from ..loop.coroutines import run_returned
from ..loop.ticks import next_tick, require_ticks
from .destroy import Scoped, start_life
from .stream import begin, bind

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..events.abort import AbortSignal
    from .options import CallbackMethod, DestroyMethod, ReadMethod

__all__ = ["ReadableBase"]

T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D")


class ReadableBase(Scoped, Generic[T_co]):
    """What a `Readable` is made of, without what one does with whole streams."""

    _readable_state: ReadSide

    @by_name
    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        object_mode: bool = False,
        encoding: str | None = None,
        default_encoding: str | None = "utf8",
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
        read: ReadMethod[Self] | None = None,
        construct: CallbackMethod[Self] | None = None,
        destroy: DestroyMethod[Self] | None = None,
    ) -> None:
        life = begin(
            self,
            auto_destroy=auto_destroy,
            emit_close=emit_close,
            construct=construct,
            destroy=destroy,
            capture_rejections=capture_rejections,
        )
        self._readable_state = ReadSide(
            self,
            life,
            resolve_mark("high_water_mark", high_water_mark, object_mode),
            object_mode=object_mode,
            encoding=None if encoding == "" else encoding,
            default_encoding="utf8" if default_encoding is None else default_encoding,
        )
        bind(self, "_read", read)
        start_life(self, signal)

    # -- chunks come in -------------------------------------------------------------------------

    @implementable
    def _read(self, size: int) -> object:
        """Fetch more and `push` it, now or later. Yours to define.

        It is called again only after something was pushed.

        Args:
            size: how much would be welcome: the high-water mark.

        Node: stream.Readable._read
        """
        raise MethodNotImplementedError("_read()")

    def push(self, chunk: Chunk, encoding: str | None = None) -> bool:
        """Put a chunk into the stream; None ends it.

        Args:
            chunk: bytes, a bytearray, a memoryview or text; in object mode anything.
            encoding: the encoding of `chunk` if that is text.

        Returns:
            Whether more is welcome. From the high-water mark on it is not: wait for `_read`.

        Node: stream.Readable.push
        """
        state = self._readable_state
        if chunk is None:
            state.end_of_input()
            return False
        if (
            state.plain_objects
            and state.sync
            and state.reading_more
            and not state.need_readable
            and state.life.healthy
            and state.supply.state is SUPPLYING
        ):
            # The same as what follows, for an object that is read ahead and that nobody waits for.
            state.reading = False
            buffer = state.buffer
            buffer.chunks.append(chunk)
            buffer.size = size = buffer.size + 1
            return size < state.high_water_mark
        return state.add(chunk, encoding)

    def unshift(self, chunk: Chunk, encoding: str | None = None) -> bool:
        """Put a chunk back at the front of the buffer, to be read next.

        Args:
            chunk: what `push` takes; None ends the stream.
            encoding: the encoding of `chunk` if that is text.

        Returns:
            Whether more is welcome.

        Node: stream.Readable.unshift
        """
        state = self._readable_state
        if chunk is None:
            state.end_of_input()
            return False
        return state.put_back(chunk, encoding)

    # -- chunks go out --------------------------------------------------------------------------

    @spelled_out
    def read(self, size: int | None = None) -> T_co | None:
        """Take a chunk out of the buffer.

        Args:
            size: exactly so many bytes or characters, or what is left if the stream has ended. None
                (the default) for the first chunk in the buffer; the whole buffer, joined, if the
                stream has an encoding. 0 takes nothing and only makes the stream read ahead. In
                object mode one object, whatever the size.

        Returns:
            The chunk, or None if the buffer has too little.

        Raises:
            InvalidArgTypeError: `size` is no whole number.
            OutOfRangeError: `size` is above 1 GiB.

        Node: stream.Readable.read
        """
        state = self._readable_state
        buffer = state.buffer
        supply = state.supply.state
        buffered = buffer.size
        # Spelled out for an object that waits, here and in push: the way of objects through a pipe
        # is a third shorter so.
        objects = size is None and state.plain_objects
        one_object = objects and buffered
        if size or (size is not None and type(size) is not int):
            state.high_water_mark = raised_mark(state.high_water_mark, size)
        if size is None or size != 0:
            state.emitted_readable = False
            if supply is ENDED_UNTOLD:
                state.supply.step(SupplyEvent.READ)
        elif state.need_readable and state.has_enough():
            if buffered == 0 and supply is not SUPPLYING:
                state.end_soon()
            else:
                state.emit_readable()
            return None
        amount = 1 if one_object else state.how_much(size)
        if amount == 0 and supply is not SUPPLYING:
            if buffered == 0:
                state.end_soon()
            return None
        life = state.life
        if (
            supply is SUPPLYING
            and not state.reading
            and (buffered - amount < state.high_water_mark or state.need_readable or buffered == 0)
            and life.healthy
        ):
            state.reading = state.sync = True
            if buffered == 0:
                needed, state.need_readable = state.need_readable, True
            try:
                result: object = self._read(state.high_water_mark)
                if result is not None:
                    run_returned(result, life.fail)
            except (Exception, CancelledError) as error:
                if buffered == 0 and isinstance(error, NoRunningLoopError):
                    state.need_readable = needed
                read_failed(state, error)
            state.sync = False
            if not one_object and not state.reading:
                amount = state.how_much(size)
        chunk: T_co | None
        if objects and buffer.size:
            chunk = buffer.chunks.popleft()
            buffer.size = left = buffer.size - 1
        else:
            chunk = state.take(amount)
            left = buffer.size
        if chunk is None:
            state.need_readable = left <= state.high_water_mark
            amount = 0
        elif state.fan.awaiting:
            state.fan.emitted()
        if left == 0:
            if state.supply.state is SUPPLYING:
                state.need_readable = True
            elif size is None or size != amount:
                state.end_soon()
        if chunk is not None and (
            life.healthy or not (life.error_emitted or life.machine.state is GONE)
        ):
            state.data_emitted = True
            self.emit("data", chunk)
        return chunk

    # -- flow -----------------------------------------------------------------------------------

    def resume(self) -> Self:
        """Let chunks flow: each is emitted as ``'data'``, or lost if nobody listens.

        With a ``'readable'`` listener, nothing flows: that listener reads. Returns the stream.

        Node: stream.Readable.resume
        """
        state = self._readable_state
        if state.life.healthy or not state.life.destroyed:
            if state.flow.state is not FLOWING:
                require_ticks()
            state.flow.step(FlowEvent.PULL if state.listened else FlowEvent.RESUME)
            state.paused_again = False
        return self

    def pause(self) -> Self:
        """Hold chunks back. Returns the stream.

        Node: stream.Readable.pause
        """
        state = self._readable_state
        if state.life.healthy or not state.life.destroyed:
            state.flow.step(FlowEvent.PAUSE)
            state.paused_again = state.flow.state is FLOWING
        return self

    def is_paused(self) -> bool:
        """Whether chunks are held back. Node: stream.Readable.isPaused"""
        return self._readable_state.paused

    # -- listeners ------------------------------------------------------------------------------

    if TYPE_CHECKING:
        # pyee's, and typed: a listener of 'data' takes this stream's chunks.
        @property
        def on(self) -> Listen[T_co, Self]: ...  # type: ignore[override]
        @property
        def once(self) -> Listen[T_co, Self]: ...  # type: ignore[override]
        @property
        def prepend_listener(self) -> Listen[T_co, Self]: ...  # type: ignore[override]
        @property
        def prepend_once_listener(self) -> Listen[T_co, Self]: ...  # type: ignore[override]

    def _add_event_handler(self, event: str, k: Listener, v: Listener) -> None:
        if event == "data" or event == "readable":
            state = self._readable_state
            if not state.life.destroyed and state.flowing is not False:
                require_ticks()
            insert(self, event, v)
            state.listen(event)
        else:
            insert(self, event, v)

    def remove_listener(self, event: str, f: Listener) -> Self:  # type: ignore[override]
        """Take one `f` away, the newest if it was added more than once. Returns the stream.

        When the last ``'readable'`` listener goes, the stream flows again if there is a ``'data'``
        listener. Node: stream.Readable.removeListener
        """
        if event == "readable":
            require_ticks()
        super().remove_listener(event, f)
        self._readable_state.forget(event)
        return self

    def remove_all_listeners(self, event: str | None = None) -> Self:  # type: ignore[override]
        """Take every listener away, or every listener of `event`. Returns the stream.

        Node: stream.Readable.removeAllListeners
        """
        if event is None or event == "readable":
            require_ticks()
        super().remove_all_listeners(event)
        if event is None or event == "readable":
            next_tick(self._readable_state.forget_readable)
        return self

    # -- pipes ----------------------------------------------------------------------------------

    @by_name
    def pipe(self, destination: PipeDestination[T_co, D], *, end: bool = True) -> D:  # type: ignore[override]
        """Write all that this stream emits to `destination`, no faster than it takes it.

        Args:
            destination: a `Writable`, or any emitter with `write` and `end`.
            end: call the destination's `end` at ``'end'`` (default True).

        Returns:
            `destination`. Use `streams2.pipe` for the `Pipe` itself.

        Raises:
            InvalidArgTypeError: `destination` is neither. Nothing is connected.

        Node: stream.Readable.pipe
        """
        as_destination(destination)
        require_ticks()
        Pipe(self, destination, end=end and not stays_open(destination))
        # A type checker knows of a PipeDestination only that its end() returns itself.
        return destination  # type: ignore[return-value]

    def unpipe(self, destination: object = None) -> Self:
        """Take the pipe to `destination` away, or every pipe. Returns the stream.

        Node: stream.Readable.unpipe
        """
        pipes = self._readable_state.fan.pipes
        if destination is None:
            gone = list(pipes)
            pipes.clear()
            if gone:
                self.pause()
            for pipe in gone:
                tell_unpiped(self, pipe.destination)
            return self
        for pipe in pipes:
            if pipe.destination is destination:
                pipes.remove(pipe)
                if not pipes:
                    self.pause()
                tell_unpiped(self, destination)
                break
        return self

    # -- asking ---------------------------------------------------------------------------------

    @property
    def readable(self) -> bool:
        """Whether `read` is safe to call. Node: stream.Readable.readable"""
        state, life = self._readable_state, self._life
        return (
            state.enabled
            and not state.end_emitted
            and not life.error_emitted
            and not life.destroyed
        )

    @readable.setter
    def readable(self, value: bool) -> None:
        self._readable_state.enabled = bool(value)

    @property
    def readable_flowing(self) -> bool | None:
        """None before anybody asked for chunks, then whether they flow.

        To set it resumes nothing and pauses nothing: see `resume` and `pause`.
        Node: stream.Readable.readableFlowing
        """
        return self._readable_state.flowing

    @readable_flowing.setter
    def readable_flowing(self, value: bool | None) -> None:
        set_flowing(self._readable_state, value)

    @property
    def readable_buffer(self) -> list[T_co]:
        """What was pushed and not read, as a list. Node: stream.Readable.readableBuffer"""
        return list(self._readable_state.buffer)

    @property
    def readable_ended(self) -> bool:
        """Whether ``'end'`` was emitted. Node: stream.Readable.readableEnded"""
        return self._readable_state.end_emitted

    @property
    def readable_length(self) -> int:
        """The size of the buffer. Node: stream.Readable.readableLength"""
        return self._readable_state.buffer.size

    @property
    def readable_high_water_mark(self) -> int:
        """How much is read ahead. Node: stream.Readable.readableHighWaterMark"""
        return self._readable_state.high_water_mark

    @property
    def readable_object_mode(self) -> bool:
        """Whether chunks are objects. Node: stream.Readable.readableObjectMode"""
        return self._readable_state.object_mode

    @property
    def readable_encoding(self) -> str | None:
        """The encoding of the text that is handed out, or None for bytes.

        Node: stream.Readable.readableEncoding
        """
        return self._readable_state.encoding

    @property
    def readable_aborted(self) -> bool:
        """Whether the stream failed or was destroyed before its end.

        Node: stream.Readable.readableAborted
        """
        state = self._readable_state
        return state.enabled and self._life.failed and not state.end_emitted

    @property
    def readable_did_read(self) -> bool:
        """Whether a chunk was read, or emitted. Node: stream.Readable.readableDidRead"""
        return self._readable_state.data_emitted
