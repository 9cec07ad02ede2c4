"""Writable: where chunks go, and how it says that they come too fast.

`write` takes every chunk it is given and answers whether there is room for more. From the
high-water mark on the answer is False: the writer should wait for ``'drain'``. Nothing makes it
wait; a writer that does not is what fills a memory.

>>> from streams2 import next_tick, run
>>> def main():
...     slow = Writable(high_water_mark=4, write=lambda self, chunk, enc, done: next_tick(done))
...     slow.on("drain", lambda: print("drain"))
...     print(slow.write(b"abc"), slow.write(b"def"))
>>> run(main)
True False
drain

What every chunk goes through (`write`) is spelled out here, and works on the writable side
directly; all the rest is that side's own business (`core.write_side`).

It is one module, because it is one face: what a user may call, and what is said of each.
"""

from __future__ import annotations

import asyncio
import io
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar, overload

from ..core.calling import Callback, DoneCallback, WriteRequest, implementable, optional, present
from ..core.chunks import NOTHING_YET, Chunk, resolve_mark
from ..core.demand import ACCEPTING, ENDED, REFUSING
from ..core.encodings import BytesLike, is_encoding
from ..core.intake import stored, written
from ..core.methods import attend, call_method, call_otherwise
from ..core.write_side import ONE_OBJECT, WriteSide
from ..errors import (
    MethodNotImplementedError,
    NoRunningLoopError,
    StreamCannotPipeError,
    UnknownEncodingError,
    expect_function,
)
from ..events.listening import Listen
from ..events.naming import by_name
from ..loop.ticks import loop_here, require_ticks, running_loop
from ..loop.waking import Wakeup
from .destroy import Scoped, start_life
from .later import Later
from .stream import begin, bind

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ..events.abort import AbortSignal
    from . import asyncio_streams, files, sinks
    from .files import WritableFile
    from .options import (
        CallbackMethod,
        DestroyMethod,
        WritableOptions,
        WriteMethod,
        WritevMethod,
    )
else:
    asyncio_streams = Later(f"{__package__}.asyncio_streams")
    files = Later(f"{__package__}.files")
    sinks = Later(f"{__package__}.sinks")

__all__ = ["Writable"]

T_contra = TypeVar("T_contra", contravariant=True)
OfBytes = TypeVar("OfBytes", bound="Writable[bytes]")


class Writable(Scoped, Generic[T_contra]):
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

    _writable_state: WriteSide

    @by_name
    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        object_mode: bool = False,
        decode_strings: bool = True,
        default_encoding: str | None = "utf8",
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
        write: WriteMethod[Self, T_contra] | None = None,
        writev: WritevMethod[Self] | None = None,
        final: CallbackMethod[Self] | None = None,
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
        self._writable_state = WriteSide(
            self,
            life,
            resolve_mark("high_water_mark", high_water_mark, object_mode),
            object_mode=object_mode,
            decode_strings=decode_strings,
            default_encoding="utf8" if default_encoding is None else default_encoding,
        )
        bind(self, "_write", write)
        bind(self, "_writev", writev)
        bind(self, "_final", final)
        start_life(self, signal)

    # -- writing --------------------------------------------------------------------------------

    @overload
    def write(
        self,
        chunk: T_contra,
        encoding: str | None = ...,
        callback: DoneCallback | None = ...,
    ) -> bool: ...

    @overload
    def write(
        self: Writable[bytes],
        chunk: str,
        encoding: str | None = ...,
        callback: DoneCallback | None = ...,
    ) -> bool: ...

    def write(
        self,
        chunk: Chunk,
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
            InvalidArgTypeError: `chunk` is of no type that this stream takes, or `callback` no
                function. Where Node takes a function in the place of another argument for the
                callback, name it.
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.write
        """
        state = self._writable_state
        if callback is None and encoding is None and state.object_mode and chunk is not None:
            in_flight = ONE_OBJECT
        elif type(chunk) is bytes and callback is None and not (encoding or state.object_mode):
            # The same as what follows, for most chunks.
            encoding, in_flight = "buffer", (len(chunk), None)
        else:
            if callback is not None:
                expect_function("callback", callback)
            chunk, encoding, size = written(state, chunk, encoding)
            in_flight = size, callback
        life = state.life
        healthy = life.healthy
        demand = state.demand.state
        if not healthy or (demand is not ACCEPTING and demand is not REFUSING):
            refusal = state.refusal()
            if refusal is not None:
                return state.refuse_write(refusal, callback)
        if state.in_flight is not None or state.corked or not healthy:
            if state.buffer is NOTHING_YET:
                state.buffer = deque()
            state.buffer.append(WriteRequest(chunk, encoding, callback))
            state.queued += in_flight[0]
        else:
            state.in_flight = in_flight
            state.sync = True
            try:
                result: object = self._write(chunk, encoding, state.on_write)
            except TypeError as error:
                args = chunk, encoding, state.on_write
                call_otherwise(error, self, "_write", args, state.method_failed)
            except NoRunningLoopError:
                state.take_back()
                raise
            else:
                if result is not None:
                    args = chunk, encoding, state.on_write
                    attend(result, self, "_write", args, state.method_failed)
            state.sync = False
        # Asked only now: a chunk that _write has dealt with at once takes no room.
        if state.in_flight is not None or state.queued:
            length = state.length
            if length and length >= state.high_water_mark:
                return state.refuse_more()
        return life.healthy or not life.failed

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
            if state.corked == 1 and state.buffer:
                require_ticks()
            state.corked -= 1
            if state.in_flight is None:
                state.flush()

    @overload
    def end(
        self,
        chunk: T_contra | None = ...,
        encoding: str | None = ...,
        callback: DoneCallback | None = ...,
    ) -> Self: ...

    @overload
    def end(
        self: OfBytes,
        chunk: str,
        encoding: str | None = ...,
        callback: DoneCallback | None = ...,
    ) -> OfBytes: ...

    def end(
        self,
        chunk: Chunk | None = None,
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
            InvalidArgTypeError: `chunk` is of no type that this stream takes, or `callback` no
                function. Where Node takes a function in the place of another argument for the
                callback, name it.
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.end
        """
        state = self._writable_state
        if callback is not None:
            expect_function("callback", callback)
        if loop_here() is None and state.in_flight is None and state.life.healthy:
            if chunk is not None:
                # What is wrong with the chunk is told first.
                written(state, chunk, encoding)
            require_ticks()
        error: BaseException | None = None
        if chunk is not None:
            error = state.refusal()
            if error is None:
                Writable.write(self, chunk, encoding)
            else:
                written(state, chunk, encoding)
                state.refuse_write(error, None)
        if state.corked:
            state.corked = 1
            self.uncork()
        error = state.end(error)
        if callback is not None:
            state.tell_ended(error, callback)
        return self

    async def drained(self) -> bool:
        """Wait until there is room for more.

        >>> from streams2 import next_tick, run
        >>> async def main():
        ...     def write(self, chunk, encoding, done):
        ...         next_tick(done)
        ...     slow = Writable(high_water_mark=1, write=write)
        ...     slow.write(b"x")
        ...     print(await slow.drained())
        ...     slow.end()
        ...     print(await slow.drained())
        >>> run(main)
        True
        False

        It never waits for a ``'drain'`` that will not come. Whoever writes without waiting is what
        fills a memory: ``if not stream.write(chunk): await stream.drained()``.

        Returns:
            True when there is room. False if nothing can be written any more: the stream was ended,
            has failed or was destroyed.
        """
        life = self._life
        news = Wakeup()
        forget = life.onlookers.add(news.wake)
        try:
            # Whoever always finds room lets the others work, too.
            await asyncio.sleep(0)
            while self.writable:
                if not self.writable_need_drain:
                    return True
                await news.wait()
            return False
        finally:
            forget()

    # -- what an implementer defines ------------------------------------------------------------

    @implementable
    def _write(self, chunk: Chunk, encoding: str, callback: Callback) -> Any:
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
        args = [WriteRequest(chunk, encoding, None)], callback
        call_method(self, "_writev", args, self._writable_state.method_failed)

    @optional
    def _writev(self, chunks: Sequence[WriteRequest], callback: Callback) -> object:
        """Write all that is in the buffer at once, then call back. Yours to define.

        Args:
            chunks: the chunks, each with its `.chunk` and its `.encoding`.
            callback: call it once, with the error if there is one.

        Node: stream.Writable._writev
        """

    @optional
    def _final(self, callback: Callback) -> object:
        """Do what is left to do when all is written, then call back. Yours to define.

        Node: stream.Writable._final
        """

    if TYPE_CHECKING:
        # pyee's, and typed: each event with the listener that it takes.
        @property
        def on(self) -> Listen[Any, Self]: ...  # type: ignore[override]
        @property
        def once(self) -> Listen[Any, Self]: ...  # type: ignore[override]
        @property
        def prepend_listener(self) -> Listen[Any, Self]: ...  # type: ignore[override]
        @property
        def prepend_once_listener(self) -> Listen[Any, Self]: ...  # type: ignore[override]

    @by_name
    def pipe(self, destination: Any, *, end: bool = True) -> Any:
        """Fail: a Writable cannot be read. Node: stream.Writable.pipe"""
        self._life.fail(StreamCannotPipeError())

    # -- asking ---------------------------------------------------------------------------------

    def set_default_encoding(self, encoding: str) -> Self:
        """Set the encoding of text that is written without one. Returns the stream.

        Raises:
            UnknownEncodingError: there is no such encoding.

        Node: stream.Writable.setDefaultEncoding
        """
        if not is_encoding(encoding):
            raise UnknownEncodingError(encoding)
        self._writable_state.default_encoding = stored(encoding.lower())
        return self

    @property
    def writable(self) -> bool:
        """Whether `write` is safe to call. Node: stream.Writable.writable"""
        state = self._writable_state
        return state.enabled and not self._life.failed and state.demand.state not in ENDED

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
        return self._writable_state.finished

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
    def writable_buffer(self) -> list[WriteRequest]:
        """The writes that wait for `_write`, as a list: each has a `.chunk`, and its `.encoding`.

        Node: stream.Writable.writableBuffer
        """
        return list(self._writable_state.buffer)

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
        return state.enabled and self._life.failed and not state.finished

    # -- asyncio's writers, and files -----------------------------------------------------------

    # What is written to it is the stream (`from_writer`, `to_file`); `as_` something is the stream
    # as that.

    @classmethod
    @by_name
    def from_writer(
        cls,
        writer: asyncio.StreamWriter,
        *,
        close: bool = True,
        **options: Unpack[WritableOptions[Writable[BytesLike], BytesLike]],
    ) -> Writable[BytesLike]:
        """A stream that writes to an asyncio writer.

        A chunk counts as written when the writer's `drain` says that there is room. A stream that
        is destroyed before it has finished aborts the connection.

        Args:
            writer: what to write to.
            close: close the connection when the stream is over, and wait for that before
                ``'finish'`` (default True). With False the end of the stream only closes the
                writing half, where there is one, and the connection can still be read from.
            options: as for `Writable`.

        Raises:
            InvalidArgTypeError: `writer` is none.

        Node: stream.Writable.fromWeb, for what asyncio has instead
        """
        stream: Writable[BytesLike] = sinks.writable_to(
            Writable, asyncio_streams.WriterSink(writer, close), options
        )
        return stream

    @classmethod
    @by_name
    def to_file(
        cls,
        file: BinaryIO | io.RawIOBase | io.BufferedIOBase,
        *,
        close: bool = True,
        **options: Unpack[WritableOptions[Writable[BytesLike], BytesLike]],
    ) -> Writable[BytesLike]:
        """A stream that writes to a binary file object, in a thread.

        For a file on a disk, `streams2.fs.create_write_stream` does more.

        Args:
            file: an object with a `write` that takes bytes.
            close: close the file when the stream has finished or is destroyed (default True).
            options: as for `Writable`.

        Raises:
            InvalidArgTypeError: `file` has no such method, or is a text file.
        """
        sink = files.FileSink(files.check_file(file, "write"), close)
        stream: Writable[BytesLike] = sinks.writable_to(Writable, sink, options)
        return stream

    def as_writer(self) -> asyncio.StreamWriter:
        """This stream as an asyncio writer.

        Returns:
            A writer whose `drain` waits for the stream's ``'drain'``, whose `close` ends the
            stream, and whose `wait_closed` waits until it is over. Both raise what it fails with.

        Raises:
            NoRunningLoopError: no event loop is running.

        Node: stream.Writable.toWeb, for what asyncio has instead
        """
        return asyncio_streams.writer_of(self)

    def as_writable_file(self) -> WritableFile:
        """This stream as a binary file, for a library that wants one.

        A file blocks its writer while the stream has no room, so it is for use in another thread
        than the stream's: with `asyncio.loop.run_in_executor`, say.

        Returns:
            An `io.RawIOBase` that raises what the stream fails with. To close it ends the stream,
            and waits until all is written.

        Raises:
            NoRunningLoopError: no event loop is running.
        """
        return files.WritableFile(self, running_loop())
