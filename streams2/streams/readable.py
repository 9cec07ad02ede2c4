"""Readable: where chunks come from, and when.

A source pushes chunks into a buffer, and is asked for more (`_read`) while the buffer is below the
high-water mark. How chunks leave the buffer is up to the reader:

>>> from streams2 import run
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
listener holds them back, to be taken with `read`. `pause` holds them back, too. Which of these it
is, is the state of the flow; its table is in `flow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from ..core.chunks import BYTES_TYPES, byte_size, resolve_mark
from ..core.encodings import Decoder, encode, is_encoding
from ..core.flow import FLOWING, IDLE, PARKED, PAUSED, PULLED, FlowEvent, ReadState
from ..core.pipe import Destination, Fan, Pipe, UnpipeInfo
from ..errors import (
    InvalidArgTypeError,
    MethodNotImplementedError,
    OutOfRangeError,
    StreamPushAfterEofError,
    StreamUnshiftAfterEndEventError,
    UnknownEncodingError,
)
from ..events.abort import AbortSignal
from ..events.emitter import Listener
from ..loop.ticks import next_tick
from .destroy import Scoped, add_abort_signal
from .interop import ReadableInterop
from .iteration import ReadableIterator
from .operators import Operators
from .sources import readable_from, wrap_source
from .stream import CONSTRUCTING, GONE, OPEN

__all__ = ["Readable"]

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from typing_extensions import Self

    from ..events.listening import Listen, Prepend

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D")

_LARGEST_MARK = 1 << 30


class Readable(Scoped, Operators[T_co], ReadableInterop, Generic[T_co]):
    """A source of chunks of bytes or text, or of any objects.

    Args:
        high_water_mark: how much to read ahead, in bytes (default 64 KiB) or in objects
            (default 16).
        object_mode: chunks are any objects but None; each counts as one.
        encoding: hand out text, decoded from bytes by this encoding.
        default_encoding: the encoding of text that is pushed without one (default ``"utf8"``).
        emit_close: emit ``'close'`` at the end (default True).
        auto_destroy: destroy the stream when it has ended, or fails (default True).
        signal: destroys the stream, with an `AbortError`, when it aborts.
        capture_rejections: destroy the stream when a coroutine that listens to it fails
            (default False).
        read, construct, destroy: functions that become the methods `_read`, `_construct` and
            `_destroy` of this stream.

    Raises:
        InvalidArgValueError: `high_water_mark` is no whole number, or below 0.
        UnknownEncodingError: there is no encoding `encoding` or `default_encoding`.

    Node: stream.Readable
    """

    _readable_state: ReadState

    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        object_mode: bool = False,
        encoding: str | None = None,
        default_encoding: str = "utf8",
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
        read: Callable[..., None] | None = None,
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
        self._init_readable(
            resolve_mark("high_water_mark", high_water_mark, object_mode),
            object_mode=object_mode,
            encoding=encoding,
            default_encoding=default_encoding,
        )
        self._bind("_read", read)
        if signal is not None:
            add_abort_signal(signal, self)
        self._start_life()

    def _init_readable(
        self,
        high_water_mark: int,
        *,
        object_mode: bool,
        encoding: str | None,
        default_encoding: str,
    ) -> None:
        if not is_encoding(default_encoding):
            raise UnknownEncodingError(default_encoding)
        state = self._readable_state = ReadState(self, object_mode, high_water_mark)
        state.default_encoding = default_encoding
        if encoding is not None:
            state.decoder = Decoder(encoding)
            state.plain_objects = False
            state.encoding = encoding

    # -- chunks come in -------------------------------------------------------------------------

    def _read(self, size: int) -> None:
        """Fetch more and `push` it, now or later. Yours to define.

        It is called again only after something was pushed.

        Args:
            size: how much would be welcome: the high-water mark.

        Node: stream.Readable._read
        """
        raise MethodNotImplementedError("_read()")

    def push(self, chunk: Any, encoding: str | None = None) -> bool:
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
            state.reading = False
            self._end_of_input(state)
            return False
        if (
            state.plain_objects
            and state.sync
            and state.reading_more
            and not state.need_readable
            and not state.ended
            and self._healthy
        ):
            state.reading = False
            buffer = state.buffer
            buffer.chunks.append(chunk)
            buffer.size = size = buffer.size + 1
            return size < state.high_water_mark
        return self._push(chunk, encoding)

    def _push(self, chunk: Any, encoding: str | None) -> bool:
        state = self._readable_state
        decoder = state.decoder
        if not state.object_mode:
            chunk, undecoded = self._incoming(chunk, encoding or state.default_encoding)
            if chunk is None:
                return False
            if not len(chunk):
                state.reading = False
                self._maybe_read_more(state)
                return self._wants_more(state)
            if not undecoded:
                decoder = None
        elif encoding:
            decoder = None
        if state.ended:
            self._error_or_destroy(StreamPushAfterEofError())
            return False
        if self._errored is not None or (self._life.state is not OPEN and self.destroyed):
            return False
        state.reading = False
        if decoder is not None:
            chunk = decoder.write(chunk)
            if not chunk and not state.object_mode:
                self._maybe_read_more(state)
                return self._wants_more(state)
        self._add_chunk(state, chunk)
        return self._wants_more(state)

    def unshift(self, chunk: Any, encoding: str | None = None) -> bool:
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
            state.reading = False
            self._end_of_input(state)
            return False
        if not state.object_mode:
            chunk, _ = self._incoming(chunk, encoding or state.default_encoding, keep=True)
            if chunk is None:
                return False
            if not len(chunk):
                return self._wants_more(state)
        if state.end_emitted:
            self._error_or_destroy(StreamUnshiftAfterEndEventError())
        elif self.destroyed or self._errored is not None:
            return False
        else:
            self._add_chunk(state, chunk, front=True)
        return self._wants_more(state)

    def _incoming(self, chunk: Any, encoding: str, keep: bool = False) -> tuple[Any, bool]:
        """The chunk as it goes to the buffer, and whether it is still to be decoded.

        `keep`: text for a stream of text is taken as it is, whatever its encoding.
        """
        state = self._readable_state
        if type(chunk) is str:
            if state.encoding is None:
                return encode(chunk, encoding), True
            if state.encoding != encoding:
                recoded = encode(chunk, encoding)
                return (Decoder(state.encoding).end(recoded), False) if keep else (recoded, True)
            return chunk, False
        if isinstance(chunk, BYTES_TYPES):
            return chunk, True
        self._error_or_destroy(
            InvalidArgTypeError.given(
                "chunk", "of type str or bytes-like (bytes, bytearray, memoryview)", chunk
            )
        )
        return None, False

    def _wants_more(self, state: ReadState) -> bool:
        size = state.buffer.size
        return not state.ended and (size < state.high_water_mark or size == 0)

    def _add_chunk(self, state: ReadState, chunk: Any, front: bool = False) -> None:
        buffer = state.buffer
        if (
            not state.sync
            and state.flow.state is FLOWING
            and buffer.size == 0
            and state.data_listened
        ):
            if state.fan.awaiting:
                state.fan.emitted()
            state.data_emitted = True
            self.emit("data", chunk)
        else:
            if front:
                buffer.unshift(chunk)
            else:
                buffer.push(chunk)
            if state.need_readable:
                self._emit_readable(state)
        if not state.reading_more and not state.reading:
            self._maybe_read_more(state)

    def _end_of_input(self, state: ReadState) -> None:
        if state.ended:
            return
        if state.decoder is not None:
            rest = state.decoder.end()
            if rest:
                state.buffer.push(rest)
        state.ended = True
        if not state.sync:
            state.need_readable = False
            state.emitted_readable = True
            self._emit_readable_now()
        elif (
            state.need_readable
            or state.flow.state is FLOWING
            or self.listener_count("readable") > 0
        ):
            # Nobody may be called from inside _read: the listeners hear of it in a tick.
            self._emit_readable(state)
        else:
            state.end_untold = True

    # -- 'readable', and reading ahead ------------------------------------------------------------

    def _emit_readable(self, state: ReadState) -> None:
        state.need_readable = False
        if not state.emitted_readable:
            state.emitted_readable = True
            next_tick(self._emit_readable_now)

    def _emit_readable_now(self) -> None:
        state = self._readable_state
        if (state.buffer.size or state.ended) and self._errored is None and not self.destroyed:
            self.emit("readable")
            state.emitted_readable = False
        if (
            state.flow.state is not FLOWING
            and not state.ended
            and state.buffer.size <= state.high_water_mark
        ):
            state.need_readable = True
        self._flow()

    def _maybe_read_more(self, state: ReadState) -> None:
        if not state.reading_more and self._life.state is not CONSTRUCTING:
            state.reading_more = True
            next_tick(self._read_more)

    def _read_more(self) -> None:
        """Read ahead, for as long as the source answers at once."""
        state = self._readable_state
        while (
            not state.reading
            and not state.ended
            and (
                state.buffer.size < state.high_water_mark
                or (state.flow.state is FLOWING and state.buffer.size == 0)
            )
        ):
            before = state.buffer.size
            self.read(0)
            if state.buffer.size == before:
                break
        state.reading_more = False

    # -- chunks go out --------------------------------------------------------------------------

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
        if size is not None:
            self._raise_mark_to(size, state)
        if size is None or size != 0:
            state.emitted_readable = state.end_untold = False
        elif state.need_readable and self._has_enough(state):
            if buffer.size == 0 and state.ended:
                self._end_reading(state)
            else:
                self._emit_readable(state)
            return None
        # Spelled out for objects here and in push: their way through a pipe is a third shorter so.
        one_object = size is None and state.plain_objects
        buffered = buffer.size
        amount = 1 if one_object and buffered else self._how_much(size, state)
        if amount == 0 and state.ended:
            if buffered == 0:
                self._end_reading(state)
            return None
        if (
            not (state.reading or state.ended)
            and (buffered - amount < state.high_water_mark or state.need_readable or buffered == 0)
            and self._healthy
        ):
            state.reading = state.sync = True
            if buffered == 0:
                state.need_readable = True
            try:
                self._read(state.high_water_mark)
            except Exception as error:
                self._error_or_destroy(error)
            state.sync = False
            if not state.reading and not (amount and one_object):
                amount = self._how_much(size, state)
        chunk: T_co | None
        if one_object and buffer.size:
            chunk = buffer.chunks.popleft()
            buffer.size = left = buffer.size - 1
        else:
            chunk = self._take(amount, state)
            left = buffer.size
        if chunk is None:
            state.need_readable = left <= state.high_water_mark
            amount = 0
        elif state.fan.awaiting:
            state.fan.emitted()
        if left == 0:
            if not state.ended:
                state.need_readable = True
            elif size is None or size != amount:
                self._end_reading(state)
        if chunk is not None and not self._error_emitted and self._life.state is not GONE:
            state.data_emitted = True
            self.emit("data", chunk)
        return chunk

    def _raise_mark_to(self, size: object, state: ReadState) -> None:
        if not isinstance(size, int):
            raise InvalidArgTypeError.given("size", "a whole number or None", size)
        if size > state.high_water_mark:
            if size > _LARGEST_MARK:
                raise OutOfRangeError.given("size", "<= 1 GiB", size)
            state.high_water_mark = 1 << (size - 1).bit_length()

    def _has_enough(self, state: ReadState) -> bool:
        if state.high_water_mark:
            return state.buffer.size >= state.high_water_mark or state.ended
        return state.buffer.size > 0 or state.ended

    def _how_much(self, size: int | None, state: ReadState) -> int:
        buffered = state.buffer.size
        if not buffered:
            # Of objects, one is asked for whatever there is.
            return int(state.object_mode and not state.ended and (size or 0) > 0)
        if state.object_mode:
            return 1 if size is None or size > 0 else 0
        if size is None:
            if state.decoder is not None and state.flow.state is not FLOWING:
                return buffered
            return byte_size(state.buffer.chunks[0])
        if size <= 0:
            return 0
        if size <= buffered:
            return size
        return buffered if state.ended else 0

    def _take(self, amount: int, state: ReadState) -> Any:
        buffer = state.buffer
        if not amount or not buffer.size:
            return None
        if state.object_mode:
            return buffer.shift()
        if amount >= buffer.size:
            return buffer.take_all(text=state.decoder is not None)
        return buffer.take(amount)

    # -- the end --------------------------------------------------------------------------------

    def _end_reading(self, state: ReadState) -> None:
        if not state.end_emitted:
            state.ended = True
            next_tick(self._end_if_read)

    def _end_if_read(self) -> None:
        state = self._readable_state
        if (
            self._errored is None
            and self._life.state is not GONE
            and not state.end_emitted
            and state.buffer.size == 0
        ):
            state.end_emitted = True
            self.emit("end")
            self._after_end()

    def _after_end(self) -> None:
        if self._auto_destroy and self._writing_is_over():
            self.destroy()

    def _writing_is_over(self) -> bool:
        """Whether the other side, if there is one, is done too."""
        return True

    # -- flow -----------------------------------------------------------------------------------

    def resume(self) -> Self:
        """Let chunks flow: each is emitted as ``'data'``, or lost if nobody listens.

        With a ``'readable'`` listener, nothing flows: that listener reads. Returns the stream.

        Node: stream.Readable.resume
        """
        if not self.destroyed:
            state = self._readable_state
            state.flow.step(FlowEvent.PULL if state.listened else FlowEvent.RESUME)
            state.paused_again = False
        return self

    def pause(self) -> Self:
        """Hold chunks back. Returns the stream.

        Node: stream.Readable.pause
        """
        if not self.destroyed:
            state = self._readable_state
            state.flow.step(FlowEvent.PAUSE)
            state.paused_again = state.flow.state is FLOWING
        return self

    def is_paused(self) -> bool:
        """Whether chunks are held back. Node: stream.Readable.isPaused"""
        state = self._readable_state
        return state.flow.state in (PAUSED, PULLED, PARKED) or state.paused_again

    def _schedule_resume(self) -> None:
        state = self._readable_state
        if not state.resume_scheduled:
            state.resume_scheduled = True
            next_tick(self._resume_now)

    def _resume_now(self) -> None:
        state = self._readable_state
        if not state.reading:
            self.read(0)
        state.resume_scheduled = False
        self.emit("resume")
        self._flow()
        if state.flow.state is FLOWING and not state.reading:
            self.read(0)

    def _tell_pause(self) -> None:
        self.emit("pause")

    def _flow(self) -> None:
        flow = self._readable_state.flow
        while flow.state is FLOWING and self.read() is not None:
            pass

    # -- listeners ------------------------------------------------------------------------------

    if TYPE_CHECKING:
        # pyee's, and typed: a listener of 'data' takes this stream's chunks.
        @property
        def on(self) -> Listen[T_co]: ...  # type: ignore[override]
        @property
        def once(self) -> Listen[T_co]: ...  # type: ignore[override]
        @property
        def prepend_listener(self) -> Prepend[T_co]: ...  # type: ignore[override]
        @property
        def prepend_once_listener(self) -> Prepend[T_co]: ...  # type: ignore[override]

    def _add_event_handler(self, event: str, k: Listener, v: Listener) -> None:
        super()._add_event_handler(event, k, v)
        state = self._readable_state
        if event == "data":
            state.data_listened = True
            # Never cleared here: a 'readable' listener that has gone counts until the tick that
            # looks after it.
            state.listened = state.listened or self.listener_count("readable") > 0
            if self.readable_flowing is not False:
                self.resume()
        elif event == "readable" and not state.end_emitted and not state.listened:
            state.listened = state.need_readable = True
            state.emitted_readable = False
            state.flow.step(FlowEvent.LISTEN)
            if state.buffer.size:
                self._emit_readable(state)
                return
            if state.end_untold:
                state.end_untold = False
                self._emit_readable(state)
            if not state.reading:
                next_tick(self.read, 0)

    def remove_listener(self, event: str, f: Listener) -> None:
        """Take one `f` away, the newest if it was added more than once.

        When the last ``'readable'`` listener goes, the stream flows again if there is a ``'data'``
        listener. Node: stream.Readable.removeListener
        """
        super().remove_listener(event, f)
        if event == "readable":
            # In a tick: `once` takes a listener away before it calls it, and that may add another.
            next_tick(self._forget_readable_listeners)
        elif event == "data" and self.listener_count("data") == 0:
            self._readable_state.data_listened = False

    def remove_all_listeners(self, event: str | None = None) -> None:
        """Take every listener away, or every listener of `event`.

        Node: stream.Readable.removeAllListeners
        """
        super().remove_all_listeners(event)
        if event is None or event == "readable":
            next_tick(self._forget_readable_listeners)

    def _forget_readable_listeners(self) -> None:
        state = self._readable_state
        state.listened = self.listener_count("readable") > 0
        if state.resume_scheduled and state.flow.state in (FLOWING, PULLED):
            state.flow.step(FlowEvent.RESUME)
        elif state.data_listened:
            self.resume()
        elif not state.listened:
            state.flow.step(FlowEvent.RELEASE)

    # -- pipes ----------------------------------------------------------------------------------

    def pipe(self, destination: Destination[T_co, D], *, end: bool = True) -> D:
        """Write all that this stream emits to `destination`, no faster than it takes it.

        Args:
            destination: a `Writable`.
            end: call the destination's `end` at ``'end'`` (default True).

        Returns:
            `destination`. Use `streams2.pipe` for the `Pipe` itself.

        Node: stream.Readable.pipe
        """
        Pipe(self, destination, end=end and not destination._is_stdio)
        # A type checker knows of a Destination only that its end() returns itself.
        return destination  # type: ignore[return-value]

    def unpipe(self, destination: Any = None) -> Self:
        """Take the pipe to `destination` away, or every pipe. Returns the stream.

        Node: stream.Readable.unpipe
        """
        pipes = self._fan.pipes
        if destination is None:
            gone = list(pipes)
            pipes.clear()
            if gone:
                self.pause()
            for pipe in gone:
                pipe.destination.emit("unpipe", self, UnpipeInfo())
            return self
        for pipe in pipes:
            if pipe.destination is destination:
                pipes.remove(pipe)
                if not pipes:
                    self.pause()
                destination.emit("unpipe", self, UnpipeInfo())
                break
        return self

    @property
    def _fan(self) -> Fan:
        return self._readable_state.fan

    @property
    def _data_listened(self) -> bool:
        return self._readable_state.data_listened

    # -- text -----------------------------------------------------------------------------------

    def set_encoding(self, encoding: str) -> Readable[Any]:
        """Hand out text, decoded by `encoding`; what is in the buffer, too. Returns the stream.

        Raises:
            UnknownEncodingError: there is no such encoding.

        Node: stream.Readable.setEncoding
        """
        state = self._readable_state
        decoder = Decoder(encoding)
        state.decoder = decoder
        state.plain_objects = False
        state.encoding = decoder.encoding
        text = "".join([decoder.write(chunk) for chunk in state.buffer])
        if state.ended:
            text += decoder.end()
        state.buffer.clear()
        if text:
            state.buffer.push(text)
        return self

    # -- iterables ------------------------------------------------------------------------------

    @classmethod
    def from_(cls, iterable: Iterable[T] | AsyncIterable[T], **options: Any) -> Readable[T]:
        """A stream of what is in `iterable`, taken one by one as the stream is read.

        >>> from streams2 import run
        >>> run(lambda: Readable.from_([1, 2]).on("data", print))
        1
        2
        <built-in function print>

        Args:
            iterable: any iterable or async iterable. Text and bytes are one chunk. Awaitables in it
                are awaited.
            options: as for `Readable`; `object_mode` is True and `high_water_mark` 1 if not given.

        Raises:
            InvalidArgTypeError: it cannot be iterated over.

        Node: stream.Readable.from
        """
        stream: Readable[T] = readable_from(Readable, iterable, options)
        return stream

    @classmethod
    def _plain_readable(cls, **options: Any) -> Readable[Any]:
        return Readable(**options)

    def __aiter__(self) -> ReadableIterator[T_co]:
        return ReadableIterator(self)

    def _stream_of(self, iterable: Any) -> Readable[Any]:
        return Readable.from_(iterable)

    def iterator(self, *, destroy_on_return: bool = True) -> ReadableIterator[T_co]:
        """Iterate over the chunks, as ``async for`` does.

        Args:
            destroy_on_return: destroy the stream when the loop is left early (default True).

        Node: stream.Readable.iterator
        """
        return ReadableIterator(self, destroy_on_return=destroy_on_return)

    def wrap(self, stream: Any) -> Self:
        """Read an old-style source: one that emits ``'data'`` and ``'end'`` and can only be paused.

        Args:
            stream: an emitter with `pause` and `resume`.

        Returns:
            This stream, which now reads `stream`.

        Node: stream.Readable.wrap
        """
        wrap_source(self, stream)
        return self

    # -- life -----------------------------------------------------------------------------------

    def _constructed(self) -> None:
        state = self._readable_state
        if state.need_readable:
            self._maybe_read_more(state)
        super()._constructed()

    def _has_come_to_its_end(self) -> bool:
        return self.readable_ended

    def _disable_readable(self) -> None:
        state = self._readable_state
        state.enabled = False
        state.ended = state.end_emitted = True

    # -- asking ---------------------------------------------------------------------------------

    @property
    def readable(self) -> bool:
        """Whether `read` is safe to call. Node: stream.Readable.readable"""
        state = self._readable_state
        return (
            state.enabled
            and not state.end_emitted
            and not self._error_emitted
            and not self.destroyed
        )

    @readable.setter
    def readable(self, value: bool) -> None:
        self._readable_state.enabled = bool(value)

    @property
    def readable_flowing(self) -> bool | None:
        """None before anybody asked for chunks, then whether they flow.

        Node: stream.Readable.readableFlowing
        """
        flow = self._readable_state.flow.state
        if flow is FLOWING:
            return True
        return None if flow is IDLE or flow is PARKED else False

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
        return (
            state.enabled
            and (self.destroyed or self._errored is not None)
            and not state.end_emitted
        )

    @property
    def readable_did_read(self) -> bool:
        """Whether a chunk was read, or emitted. Node: stream.Readable.readableDidRead"""
        return self._readable_state.data_emitted
