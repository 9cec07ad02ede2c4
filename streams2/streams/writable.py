"""Writable: where chunks go, and how it says that they come too fast.

`write` takes every chunk it is given and answers whether there is room for more. From the
high-water mark on the answer is False: the writer should wait for ``'drain'``. Nothing makes it
wait; a writer that does not is what fills a memory.

>>> from streams2 import run
>>> def main():
...     slow = Writable(high_water_mark=4, write=lambda self, chunk, enc, done: next_tick(done))
...     slow.on("drain", lambda: print("drain"))
...     print(slow.write(b"abc"), slow.write(b"def"))
>>> run(main)
True False
drain

One chunk at a time is with `_write`; the others wait in the buffer (or go together to `_writev`).
What the stream says to its writers is a state; its table is in `demand`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from ..core.chunks import BYTES_TYPES, byte_size, resolve_mark
from ..core.demand import (
    ACCEPTING,
    DEMAND,
    ENDED,
    ENDING,
    FINISHED,
    FINISHING,
    REFUSING,
    DemandEvent,
    WriteRequest,
    WriteState,
)
from ..core.encodings import encode, is_encoding
from ..core.machine import Machine
from ..errors import (
    InvalidArgTypeError,
    MethodNotImplementedError,
    MultipleCallbackError,
    StreamAlreadyFinishedError,
    StreamCannotPipeError,
    StreamDestroyedError,
    StreamNullValuesError,
    StreamsError,
    StreamWriteAfterEndError,
    UnknownEncodingError,
)
from ..events.abort import AbortSignal
from ..loop.ticks import next_tick
from .destroy import Scoped, add_abort_signal
from .interop import WritableInterop
from .stream import (
    OPEN,
    Callback,
    DoneCallback,
    optional,
    present,
)

__all__ = ["Writable"]

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..events.listening import Listen, Prepend

T_contra = TypeVar("T_contra", contravariant=True)


class Writable(Scoped, WritableInterop, Generic[T_contra]):
    """A destination for chunks of bytes and text, or of any objects.

    Args:
        high_water_mark: the size from which on `write` answers False, in bytes (default 64 KiB) or
            in objects (default 16).
        object_mode: chunks are any objects but None; each counts as one.
        decode_strings: text becomes bytes before it reaches `_write` (default True).
        default_encoding: the encoding of text written without one (default ``"utf8"``).
        emit_close: emit ``'close'`` at the end (default True).
        auto_destroy: destroy the stream when it is finished, or fails (default True).
        signal: destroys the stream, with an `AbortError`, when it aborts.
        capture_rejections: destroy the stream when a coroutine that listens to it fails
            (default False).
        write, writev, final, construct, destroy: functions that become the methods `_write`,
            `_writev`, `_final`, `_construct` and `_destroy` of this stream.

    Raises:
        InvalidArgValueError: `high_water_mark` is no whole number, or below 0.
        UnknownEncodingError: there is no encoding `default_encoding`.

    Node: stream.Writable
    """

    _writable_state: WriteState

    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        object_mode: bool = False,
        decode_strings: bool = True,
        default_encoding: str = "utf8",
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
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
        self._init_writable(
            resolve_mark("high_water_mark", high_water_mark, object_mode),
            object_mode=object_mode,
            decode_strings=decode_strings,
            default_encoding=default_encoding,
        )
        self._bind_writable(write, writev, final)
        if signal is not None:
            add_abort_signal(signal, self)
        self._start_life()

    def _init_writable(
        self,
        high_water_mark: int,
        *,
        object_mode: bool,
        decode_strings: bool,
        default_encoding: str,
    ) -> None:
        if not is_encoding(default_encoding):
            raise UnknownEncodingError(default_encoding)
        state = self._writable_state = WriteState(self, object_mode, high_water_mark)
        state.decode_strings = decode_strings
        state.default_encoding = _stored(default_encoding)

    @classmethod
    def _plain_writable(cls, **options: Any) -> Writable[Any]:
        return Writable(**options)

    def _bind_writable(
        self,
        write: Callable[..., None] | None,
        writev: Callable[..., None] | None,
        final: Callable[..., None] | None,
    ) -> None:
        self._bind("_write", write)
        self._bind("_writev", writev)
        self._bind("_final", final)

    # -- writing --------------------------------------------------------------------------------

    def write(
        self,
        chunk: T_contra,
        encoding: str | None = None,
        callback: DoneCallback | None = None,
    ) -> bool:
        """Accept a chunk, and say whether there is room for more.

        Args:
            chunk: bytes, a bytearray, a memoryview or text; in object mode anything but None. It is
                passed on as it is: do not change it before it is written.
            encoding: the encoding of `chunk` if that is text.
            callback: called with None when the chunk is written, or with the error.

        Returns:
            False from the high-water mark on: wait for ``'drain'`` before the next write. The
            chunk is accepted all the same. False, too, once the stream has failed.

        Raises:
            StreamNullValuesError: `chunk` is None.
            InvalidArgTypeError: `chunk` is of no type that this stream takes, or `encoding` is a
                function: where Node takes it for the callback, name it.
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.write
        """
        state = self._writable_state
        if state.object_mode and chunk is not None and encoding is None:
            size = 1
        else:
            chunk, encoding, size = self._prepare(chunk, encoding)
        healthy = self._healthy
        demand = state.demand.state
        if not healthy or (demand is not ACCEPTING and demand is not REFUSING):
            refusal = self._refusal()
            if refusal is not None:
                return self._refuse_write(refusal, callback)
        state.pending += 1
        state.length += size
        if state.writing or state.corked or not healthy:
            state.buffer.append(WriteRequest(chunk, encoding, callback))
        else:
            state.in_flight = size
            state.callback = callback
            state.writing = state.sync = True
            self._write(chunk, encoding, state.on_write)
            state.sync = False
        # Asked only now: a chunk that _write has dealt with at once takes no room.
        length = state.length
        if length and length >= state.high_water_mark:
            state.drain_owed = True
            if state.demand.state is ACCEPTING:
                state.demand.step(DemandEvent.REFUSE)
            return False
        return self._healthy or (self._errored is None and not self.destroyed)

    def _prepare(self, chunk: Any, encoding: str | None) -> tuple[Any, str | None, int]:
        """Check a chunk; what goes to `_write`, its encoding, and its size."""
        state = self._writable_state
        if chunk is None:
            raise StreamNullValuesError
        if callable(encoding):
            # Node takes a callback in this place; here it would be forgotten.
            wanted = "the name of an encoding (a callback is given as callback=...)"
            raise InvalidArgTypeError.given("encoding", wanted, encoding)
        if state.object_mode:
            return chunk, encoding, 1
        if encoding and encoding != "buffer" and not is_encoding(encoding):
            raise UnknownEncodingError(encoding)
        if type(chunk) is str:
            encoding = encoding or state.default_encoding
            if state.decode_strings:
                chunk, encoding = encode(chunk, encoding), "buffer"
        elif isinstance(chunk, BYTES_TYPES):
            encoding = "buffer"
        else:
            raise InvalidArgTypeError.given(
                "chunk", "of type str or bytes-like (bytes, bytearray, memoryview)", chunk
            )
        return chunk, encoding, byte_size(chunk)

    def _refusal(self) -> StreamsError | None:
        if self._writable_state.demand.state in ENDED:
            return StreamWriteAfterEndError()
        if self.destroyed:
            return StreamDestroyedError("write")
        return None

    def _refuse_write(self, error: StreamsError, callback: DoneCallback | None) -> bool:
        if callback is not None:
            next_tick(callback, error)
        self._error_or_destroy(error, sync=True)
        return False

    # -- what an implementer defines ------------------------------------------------------------

    def _write(self, chunk: Any, encoding: Any, callback: Callback) -> None:
        """Write one chunk, then call back. Yours to define, unless `_writev` is.

        Args:
            chunk: what to write.
            encoding: ``"buffer"`` for bytes, or the encoding of the text in `chunk`; in object mode
                what was given, or None.
            callback: call it once, with the error if there is one.

        Node: stream.Writable._write
        """
        if not present(self._writev):
            raise MethodNotImplementedError("_write()")
        self._writev([WriteRequest(chunk, encoding, None)], callback)

    @optional
    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> None:
        """Write all that is in the buffer at once, then call back. Yours to define.

        Args:
            chunks: the chunks, each with its `.chunk` and its `.encoding`.
            callback: call it once, with the error if there is one.

        Node: stream.Writable._writev
        """

    @optional
    def _final(self, callback: Callback) -> None:
        """Do what is left to do when all is written, then call back. Yours to define.

        Node: stream.Writable._final
        """

    # -- a chunk is written ---------------------------------------------------------------------

    def _on_write(self, error: BaseException | None = None) -> None:
        state = self._writable_state
        if not state.writing:
            self._error_or_destroy(MultipleCallbackError())
            return
        callback, sync = state.callback, state.sync
        state.writing = False
        state.callback = None
        state.length -= state.in_flight
        if error is not None:
            self._note_error(error)
            if sync:
                next_tick(self._write_failed, error, callback)
            else:
                self._write_failed(error, callback)
            return
        if state.buffer:
            self._flush_buffer()
        if callback is not None:
            if sync:
                self._schedule_after_write(state, callback)
            else:
                self._after_write(1, callback)
        elif not sync and (self._is_drained(state) or self.destroyed):
            self._after_write(1, None)
        elif sync and not state.after_write_due and self._is_drained(state):
            state.after_write_due = True
            next_tick(self._after_write, 1, None)
        else:
            state.pending -= 1
            demand = state.demand.state
            if demand is not ACCEPTING and demand is not REFUSING:
                self._finish_if_done(sync=True)

    def _is_drained(self, state: WriteState) -> bool:
        # Of objects, Node looks after a write whether or not it owes a 'drain'.
        return state.object_mode or (state.drain_owed and state.length == 0)

    def _schedule_after_write(self, state: WriteState, callback: DoneCallback) -> None:
        if state.after_write is not None and state.after_write[1] == callback:
            state.after_write[0] += 1
        else:
            state.after_write = [1, callback]
            next_tick(self._after_write_tick, state.after_write)
        state.after_write_due = True

    def _after_write_tick(self, group: list[Any]) -> None:
        self._writable_state.after_write = None
        self._after_write(*group)

    def _after_write(self, count: int, callback: DoneCallback | None) -> None:
        state = self._writable_state
        state.after_write_due = False
        if state.demand.state is REFUSING and state.length == 0 and not self.destroyed:
            state.drain_owed = False
            state.demand.step(DemandEvent.DRAIN)
        for _ in range(count):
            state.pending -= 1
            if callback is not None:
                callback(None)
        if self.destroyed:
            self._fail_buffered()
        self._finish_if_done(sync=True)

    def _tell_drain(self) -> None:
        self.emit("drain")

    def _write_failed(self, error: BaseException, callback: DoneCallback | None) -> None:
        self._writable_state.pending -= 1
        if callback is not None:
            callback(error)
        self._fail_buffered()
        self._error_or_destroy(error)

    def _fail_buffered(self) -> None:
        """Tell everybody who still waits for a write, or for the end, that it will not happen."""
        state = self._writable_state
        if state.writing:
            return
        while state.buffer:
            request = state.buffer.popleft()
            state.length -= 1 if state.object_mode else byte_size(request.chunk)
            if request.callback is not None:
                request.callback(self._errored or StreamDestroyedError("write"))
        self._call_end_callbacks(self._errored or StreamDestroyedError("end"))

    def _call_end_callbacks(self, error: BaseException | None) -> None:
        callbacks, self._writable_state.end_callbacks = self._writable_state.end_callbacks, []
        for callback in callbacks:
            callback(error)

    # -- the buffer -----------------------------------------------------------------------------

    def cork(self) -> None:
        """Keep chunks in the buffer until `uncork`, so that `_writev` gets many at once.

        Node: stream.Writable.cork
        """
        self._writable_state.corked += 1

    def uncork(self) -> None:
        """Undo one `cork`; the last one lets the buffer go.

        Node: stream.Writable.uncork
        """
        state = self._writable_state
        if state.corked:
            state.corked -= 1
            if not state.writing:
                self._flush_buffer()

    def _flush_buffer(self) -> None:
        state = self._writable_state
        if state.corked or state.flushing or not state.buffer or self._life.state is not OPEN:
            return
        state.flushing = True
        if len(state.buffer) > 1 and present(self._writev):
            self._flush_together(state)
        else:
            while state.buffer and not state.writing:
                chunk, encoding, callback = state.buffer.popleft()
                size = 1 if state.object_mode else byte_size(chunk)
                self._note_in_flight(state, size, callback)
                if self.destroyed:
                    # By the write before.
                    state.on_write(StreamDestroyedError("write"))
                else:
                    self._write(chunk, encoding, state.on_write)
                state.sync = False
        state.flushing = False

    def _flush_together(self, state: WriteState) -> None:
        requests = list(state.buffer)
        state.buffer.clear()
        # They become one write, with one callback.
        state.pending -= len(requests) - 1

        def callback(error: BaseException | None) -> None:
            for request in requests:
                if request.callback is not None:
                    request.callback(error)

        told = callback if any(request.callback is not None for request in requests) else None
        self._note_in_flight(state, state.length, told)
        self._writev(requests, state.on_write)
        state.sync = False

    def _note_in_flight(self, state: WriteState, size: int, callback: DoneCallback | None) -> None:
        state.in_flight = size
        state.callback = callback
        state.writing = state.sync = True

    # -- the end --------------------------------------------------------------------------------

    def end(
        self,
        chunk: T_contra | None = None,
        encoding: str | None = None,
        callback: DoneCallback | None = None,
    ) -> Self:
        """Say that nothing more will be written; ``'finish'`` tells when all is written.

        Args:
            chunk: a last chunk to write.
            encoding: its encoding, if it is text.
            callback: called with None at ``'finish'``, or with the error that prevented it.

        Returns:
            The stream.

        Raises:
            InvalidArgTypeError: `chunk` is of no type that this stream takes.
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.end
        """
        state = self._writable_state
        error: BaseException | None = None
        if chunk is not None:
            error = self._write_last(chunk, encoding)
        if state.corked:
            state.corked = 1
            self.uncork()
        if error is not None:
            pass
        elif self._errored is None and state.demand.state not in ENDED:
            state.demand.step(DemandEvent.END)
            self._finish_if_done(sync=True)
            state.ended = True
        elif state.demand.state is FINISHED:
            error = StreamAlreadyFinishedError("end")
        elif self.destroyed:
            error = StreamDestroyedError("end")
        if callback is not None:
            error = error or self._errored
            if error is not None:
                next_tick(callback, error)
            else:
                state.end_callbacks.append(callback)
        return self

    def _write_last(self, chunk: Any, encoding: str | None) -> BaseException | None:
        refusal = self._refusal()
        if refusal is None:
            Writable.write(self, chunk, encoding)
        else:
            self._prepare(chunk, encoding)
            self._refuse_write(refusal, None)
        return refusal

    def _all_is_written(self) -> bool:
        state = self._writable_state
        return (
            state.demand.state in FINISHING
            and state.length == 0
            and not state.buffer
            and not state.flushing
            and not state.writing
            and self._life.state is OPEN
            and self._errored is None
            and not self._error_emitted
        )

    def _finish_if_done(self, *, sync: bool = False) -> None:
        state = self._writable_state
        if not self._all_is_written():
            return
        if state.demand.state is ENDING:
            state.demand.step(DemandEvent.FINALIZE)
        if state.pending == 0:
            if sync:
                state.pending += 1
                next_tick(self._finish_later)
            elif self._all_is_written():
                state.pending += 1
                self._finish()

    def _finish_later(self) -> None:
        if self._all_is_written():
            self._finish()
        else:
            self._writable_state.pending -= 1

    def _finalize(self) -> None:
        if present(self._final) and not self.destroyed:
            self._run_final()
        else:
            self._writable_state.demand.step(DemandEvent.FLUSH)

    def _run_final(self) -> None:
        state = self._writable_state
        called = False

        def finalized(error: BaseException | None = None) -> None:
            nonlocal called
            if called:
                self._error_or_destroy(error or MultipleCallbackError())
                return
            called = True
            state.pending -= 1
            if error is not None:
                self._call_end_callbacks(error)
                self._error_or_destroy(error, sync=state.sync)
            elif self._all_is_written():
                state.demand.step(DemandEvent.FLUSH)
                # Some time may pass before the tick, and it must not finish twice meanwhile.
                state.pending += 1
                next_tick(self._finish)

        state.sync = True
        state.pending += 1
        try:
            self._final(finalized)
        except Exception as error:
            finalized(error)
        state.sync = False

    def _tell_prefinish(self) -> None:
        self.emit("prefinish")

    def _finish(self) -> None:
        state = self._writable_state
        state.pending -= 1
        state.demand.step(DemandEvent.FINISH)

    def _tell_finish(self) -> None:
        self._call_end_callbacks(None)
        self.emit("finish")
        if self._auto_destroy and self._reading_is_over():
            self.destroy()

    def _reading_is_over(self) -> bool:
        """Whether the other side, if there is one, is done too."""
        return True

    # -- life -----------------------------------------------------------------------------------

    def _constructed(self) -> None:
        self._flush_buffer()
        self._finish_if_done()
        super()._constructed()

    def destroy(
        self, error: BaseException | None = None, callback: DoneCallback | None = None
    ) -> Writable[T_contra]:
        """End all use of the stream and free what it holds. A second call does nothing.

        Chunks still in the buffer are lost, and their callbacks get the error.

        Args:
            error: why; emitted as ``'error'``. None (the default) for no error.
            callback: called when `_destroy` is done, with its error.

        Returns:
            The stream.

        Node: stream.Writable.destroy
        """
        state = self._writable_state
        if not self.destroyed and (state.buffer or state.flushing or state.end_callbacks):
            next_tick(self._fail_buffered)
        super().destroy(error, callback)
        return self

    def _has_come_to_its_end(self) -> bool:
        return self.writable_finished

    def _disable_writable(self) -> None:
        state = self._writable_state
        state.enabled = False
        state.demand = Machine(DEMAND, self, FINISHED)
        state.ended = True

    if TYPE_CHECKING:
        # pyee's, and typed: each event with the listener that it takes.
        @property
        def on(self) -> Listen[Any]: ...  # type: ignore[override]
        @property
        def once(self) -> Listen[Any]: ...  # type: ignore[override]
        @property
        def prepend_listener(self) -> Prepend[Any]: ...  # type: ignore[override]
        @property
        def prepend_once_listener(self) -> Prepend[Any]: ...  # type: ignore[override]

    def pipe(self, destination: Any, *, end: bool = True) -> Any:
        """Fail: a Writable cannot be read. Node: stream.Writable.pipe"""
        self._error_or_destroy(StreamCannotPipeError())

    # -- asking ---------------------------------------------------------------------------------

    def set_default_encoding(self, encoding: str) -> Self:
        """Set the encoding of text that is written without one. Returns the stream.

        Raises:
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.setDefaultEncoding
        """
        if not is_encoding(encoding):
            raise UnknownEncodingError(encoding)
        self._writable_state.default_encoding = _stored(encoding.lower())
        return self

    @property
    def writable(self) -> bool:
        """Whether `write` is safe to call. Node: stream.Writable.writable"""
        state = self._writable_state
        return (
            state.enabled
            and not self.destroyed
            and self._errored is None
            and state.demand.state not in ENDED
        )

    @writable.setter
    def writable(self, value: bool) -> None:
        self._writable_state.enabled = bool(value)

    @property
    def writable_ended(self) -> bool:
        """Whether `end` was called. Node: stream.Writable.writableEnded"""
        return self._writable_state.demand.state in ENDED

    @property
    def writable_finished(self) -> bool:
        """Whether all is written: just before ``'finish'``.

        Node: stream.Writable.writableFinished
        """
        return self._writable_state.demand.state is FINISHED

    @property
    def writable_high_water_mark(self) -> int:
        """The size from which on `write` answers False.

        Node: stream.Writable.writableHighWaterMark
        """
        return self._writable_state.high_water_mark

    @property
    def writable_length(self) -> int:
        """The size of what is not yet written. Node: stream.Writable.writableLength"""
        return self._writable_state.length

    @property
    def writable_object_mode(self) -> bool:
        """Whether chunks are objects. Node: stream.Writable.writableObjectMode"""
        return self._writable_state.object_mode

    @property
    def writable_corked(self) -> int:
        """How many `uncork` calls it takes to let the buffer go.

        Node: stream.Writable.writableCorked
        """
        return self._writable_state.corked

    @property
    def writable_need_drain(self) -> bool:
        """Whether a writer should wait for ``'drain'``. Node: stream.Writable.writableNeedDrain"""
        return self._writable_state.demand.state is REFUSING and not self.destroyed

    @property
    def writable_aborted(self) -> bool:
        """Whether the stream failed or was destroyed before it finished.

        Node: stream.Writable.writableAborted
        """
        state = self._writable_state
        return (
            state.enabled
            and (self.destroyed or self._errored is not None)
            and state.demand.state is not FINISHED
        )


def _stored(encoding: str) -> str:
    # The one name that Node does not hand to _write as it was given.
    return "utf8" if encoding == "utf-8" else encoding
