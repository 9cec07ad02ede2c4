"""Readable and Duplex: what one does with whole streams, and the streams that come of it.

>>> from streams2 import Readable, run
>>> async def main():
...     numbers = Readable.from_(range(1, 8))
...     return await numbers.filter(lambda n: n % 2).map(lambda n: n * n).to_array()
>>> run(main)
[1, 9, 25, 49]

An operator pulls: it takes a chunk from its stream when its own reader asks for one, so that
back-pressure goes through any number of them. Those that give a stream (`map`, `filter`,
`flat_map`, `take`, `drop`) take no chunk before that stream is read; the others are awaited, and
read at once.

A function may be a coroutine function. `concurrency` of its calls then run at the same time; what
they return keeps the order of the chunks all the same. A function with a parameter `signal` gets an
`AbortSignal`, which aborts when the one does that the operator was given; so does one that cannot
be called without `options`, as ``options.signal``.

Whoever stops reading before the end (`take`, `find`, an error, a loop that is left) destroys the
stream that was read.

The two classes stand in one module because each gives the other: a Duplex is a Readable, and what
`Readable.compose` gives is a Duplex.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Generic, Protocol, TypeVar, overload

from ..core.chunks import Chunk, resolve_mark
from ..core.encodings import Decoder
from ..core.ends import PipeDestination
from ..core.read_side import ReadSide
from ..core.write_side import WriteSide
from ..errors import AbortError, MissingArgsError
from ..errors.calling import call
from ..events.naming import by_name
from ..loop.coroutines import outcome_of
from ..loop.ticks import running_loop
from .destroy import start_life
from .later import Later
from .readable_base import ReadableBase
from .stream import begin, bind
from .writable import Writable

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack
    from typing_extensions import TypeVar as TypeVarWithDefault

    from ..events import abort
    from ..events.abort import AbortSignal
    from . import asyncio_streams, duplexify, files, iteration, operators, pacing, sources
    from .duplexify import Composable, Function
    from .files import ReadableFile
    from .iteration import ReadableIterator
    from .operators import Step
    from .options import (
        CallbackMethod,
        DestroyMethod,
        ReadableOptions,
        ReadMethod,
        WriteMethod,
        WritevMethod,
    )

    V = TypeVarWithDefault("V", default=Any)
else:
    abort = Later("streams2.events.abort")
    asyncio_streams = Later(f"{__package__}.asyncio_streams")
    duplexify = Later(f"{__package__}.duplexify")
    files = Later(f"{__package__}.files")
    iteration = Later(f"{__package__}.iteration")
    operators = Later(f"{__package__}.operators")
    pacing = Later(f"{__package__}.pacing")
    sources = Later(f"{__package__}.sources")

    V = TypeVar("V")

__all__ = ["Duplex", "Readable"]

T = TypeVar("T")
U = TypeVar("U")
W = TypeVar("W")
B = TypeVar("B", str, bytes, bytearray, memoryview)
T_co = TypeVar("T_co", covariant=True)
In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)
D = TypeVar("D")

_READ_SIZE = 64 * 1024
_NOTHING: Any = object()


class Readable(ReadableBase[T_co], Generic[T_co]):
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

    # -- those that give a stream ---------------------------------------------------------------

    @overload
    def map(
        self,
        fn: Step[T_co, Awaitable[U]],
        *,
        concurrency: int = ...,
        ordered: bool = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def map(
        self,
        fn: Step[T_co, U],
        *,
        concurrency: int = ...,
        ordered: bool = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @by_name
    def map(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        ordered: bool = True,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[object]:
        """A stream of what `fn` makes of each chunk.

        Args:
            fn: called with a chunk; may be a coroutine function.
            concurrency: how many calls run at the same time, at most (default 1).
            ordered: keep the order of the chunks (default True). If not, a result comes as soon as
                it is there, and one slow call does not hold up the others.
            high_water_mark: how many results may wait to be read, besides the calls that run
                (default `concurrency` - 1).
            signal: aborts it, at the next chunk.

        Raises:
            InvalidArgTypeError: `fn` is no function, or `signal` no signal.
            OutOfRangeError: `concurrency` is no number from 1 on, or `high_water_mark` from 0 on.

        Node: stream.Readable.map
        """
        results = operators.mapped(self, fn, concurrency, high_water_mark, signal, ordered)
        return _of_results(self, results)

    @by_name
    def filter(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[T_co]:
        """A stream of the chunks for which `fn` answers something true.

        Args:
            fn, concurrency, high_water_mark, signal: as for `map`.

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `map`.

        Node: stream.Readable.filter
        """
        results = operators.filtered(self, fn, concurrency, high_water_mark, signal)
        return _of_results(self, results)

    @overload
    def flat_map(
        self,
        fn: Step[T_co, Awaitable[Iterable[U]]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def flat_map(
        self,
        fn: Step[T_co, Iterable[U]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @overload
    def flat_map(
        self,
        fn: Step[T_co, AsyncIterable[U]],
        *,
        concurrency: int = ...,
        high_water_mark: int | None = ...,
        signal: AbortSignal | None = ...,
    ) -> Readable[U]: ...

    @by_name
    def flat_map(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> Readable[object]:
        """A stream of all that is in what `fn` makes of each chunk.

        >>> from streams2 import Readable, run
        >>> run(Readable.from_(["a b", "c"]).flat_map(str.split).to_array)
        ['a', 'b', 'c']

        Args:
            fn: called with a chunk; what it returns is an iterable, or an async iterable such as
                another stream.
            concurrency, high_water_mark, signal: as for `map`.

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `map`.

        Node: stream.Readable.flatMap
        """
        inners = operators.mapped(self, fn, concurrency, high_water_mark, signal)
        return Readable.from_(operators.flattened(inners))

    @by_name
    def take(self, number: float, *, signal: AbortSignal | None = None) -> Readable[T_co]:
        """A stream of the first `number` chunks. The rest is not read.

        Raises:
            InvalidArgTypeError: `number` is no number, or `signal` no signal.
            OutOfRangeError: `number` is below 0.

        Node: stream.Readable.take
        """
        count, signal = operators.check_number(number), operators.check_optional(signal)
        return _of_results(self, operators.taken(self, count, signal))

    @by_name
    def drop(self, number: float, *, signal: AbortSignal | None = None) -> Readable[T_co]:
        """A stream of all chunks but the first `number`.

        Raises:
            InvalidArgTypeError: `number` is no number, or `signal` no signal.
            OutOfRangeError: `number` is below 0.

        Node: stream.Readable.drop
        """
        count, signal = operators.check_number(number), operators.check_optional(signal)
        return _of_results(self, operators.dropped(self, count, signal))

    def lines(self, *, encoding: str = "utf8", limit: int | None = None) -> Readable[str]:
        """A stream of the lines in the bytes or text of this one. See `streams2.lines`.

        >>> from streams2 import run
        >>> run(lambda: Readable.from_([b"caf\\xc3", b"\\xa9\\r", b"\\nbar"]).lines().to_array())
        ['café', 'bar']

        Back-pressure: a chunk is taken when a line is wanted and none is left of the one before. It
        holds what is left of that chunk, and one line that has not ended.

        Args:
            encoding: of the bytes (default ``"utf8"``).
            limit: the longest line, in characters (default None: any).

        Raises:
            UnknownEncodingError, InvalidArgTypeError, OutOfRangeError: as for `streams2.lines`.
        """
        return Readable.from_(pacing.split(self, pacing.splitter_of(encoding, limit)))

    def batch(self, count: int, seconds: float | None = None) -> Readable[list[T_co]]:
        """A stream of lists of up to `count` chunks. See `streams2.batch`.

        >>> from streams2 import run
        >>> run(lambda: Readable.from_(range(5)).batch(2).to_array())
        [[0, 1], [2, 3], [4]]

        Back-pressure: chunks are taken when a list is wanted. It holds one list that is not full,
        and one chunk more.

        Args:
            count: how many chunks a list has, at most.
            seconds: how long a chunk waits for others, at most (default None: until there are
                `count`).

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `streams2.batch`.
        """
        pacing.check_batch(count, seconds)
        return Readable.from_(pacing.batched(self, count, seconds))

    def throttle(self, rate: float) -> Readable[T_co]:
        """A stream of the same chunks, no faster than `rate`. See `streams2.throttle`.

        Back-pressure: a chunk is taken when one is wanted, and is the only one that waits.

        Args:
            rate: bytes (or characters) a second; of a stream of objects, chunks a second.

        Raises:
            InvalidArgTypeError, OutOfRangeError: as for `streams2.throttle`.
        """
        pacing.check_rate(rate)
        return Readable.from_(pacing.paced(self, pacing.Pace(rate, self.readable_object_mode)))

    @by_name
    def compose(
        self, stream: Composable[V], *, signal: AbortSignal | None = None
    ) -> Duplex[Chunk, V]:
        """Pipe this stream into `stream`; the two as one.

        >>> from streams2 import Readable, run
        >>> async def loud(words):
        ...     async for word in words:
        ...         yield word.upper()
        >>> run(lambda: Readable.from_(["come", "in"]).compose(loud).to_array())
        ['COME', 'IN']

        Args:
            stream: what to pipe into: a stream, or a function as `Duplex.from_` takes.
            signal: destroys the whole, with an `AbortError`, when it aborts.

        Returns:
            A Duplex to read from, which is destroyed if one of the two fails.

        Raises:
            InvalidArgValueError: `stream` cannot be written to.
            InvalidArgTypeError: `stream` is neither, or `signal` no signal.

        Node: stream.Readable.compose
        """
        return _knot.compose(self, stream, signal)

    # -- those that are awaited -----------------------------------------------------------------

    @by_name
    async def for_each(
        self,
        fn: Step[T_co, object],
        *,
        concurrency: int = 1,
        high_water_mark: int | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        """Call `fn` with each chunk, and wait until all calls are done.

        Args:
            fn, concurrency, high_water_mark, signal: as for `map`.

        Raises:
            Exception: what `fn` raised, or what the stream failed with.

        Node: stream.Readable.forEach
        """
        results = operators.mapped(self, fn, concurrency, high_water_mark, signal)
        await operators.exhaust(results)

    @by_name
    async def to_array(self, *, signal: AbortSignal | None = None) -> list[T_co]:
        """Read all of the stream into a list.

        Raises:
            Exception: what the stream failed with.
            AbortError: `signal` was aborted; its ``__cause__`` is the reason.

        Node: stream.Readable.toArray
        """
        operators.check_optional(signal)
        found: list[T_co] = []
        async with operators.reading(self) as chunks:
            async for chunk in chunks:
                if signal is not None and signal.aborted:
                    raise abort.aborted_error(signal)
                found.append(chunk)
        return found

    @by_name
    async def some(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> bool:
        """Whether `fn` answers something true for any chunk. What comes after that is not read.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.some
        """
        return (
            await operators.first(operators.filtered(self, fn, concurrency, None, signal), _NOTHING)
            is not _NOTHING
        )

    @by_name
    async def every(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> bool:
        """Whether `fn` answers something true for all chunks; True if there is none.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.every
        """
        failing = operators.filtered(self, fn, concurrency, None, signal, wanted=False)
        return await operators.first(failing, _NOTHING) is _NOTHING

    @by_name
    async def find(
        self, fn: Step[T_co, object], *, concurrency: int = 1, signal: AbortSignal | None = None
    ) -> T_co | None:
        """The first chunk for which `fn` answers something true, or None.

        Args:
            fn, concurrency, signal: as for `map`.

        Node: stream.Readable.find
        """
        found: T_co | None = await operators.first(
            operators.filtered(self, fn, concurrency, None, signal), None
        )
        return found

    @overload
    async def reduce(
        self, fn: Callable[[T_co, T_co], Awaitable[T_co]], *, signal: AbortSignal | None = ...
    ) -> T_co: ...

    @overload
    async def reduce(
        self, fn: Callable[[T_co, T_co], T_co], *, signal: AbortSignal | None = ...
    ) -> T_co: ...

    @overload
    async def reduce(
        self, fn: Callable[[U, T_co], Awaitable[U]], initial: U, *, signal: AbortSignal | None = ...
    ) -> U: ...

    @overload
    async def reduce(
        self, fn: Callable[[U, T_co], U], initial: U, *, signal: AbortSignal | None = ...
    ) -> U: ...

    @by_name
    async def reduce(
        self,
        fn: Callable[[Any, T_co], object],
        initial: object = _NOTHING,
        *,
        signal: AbortSignal | None = None,
    ) -> Any:
        """Put all chunks together, two at a time.

        >>> from streams2 import Readable, run
        >>> run(lambda: Readable.from_([1, 2, 3]).reduce(lambda total, n: total + n, 0))
        6

        Args:
            fn: called with what it returned for the last chunk, and the next; may be a coroutine
                function. A function with a parameter `signal` gets one that aborts when this is
                over.
            initial: what it is called with for the first chunk. If not given, that chunk itself.
            signal: aborts it; the stream is destroyed.

        Raises:
            MissingArgsError: there is neither a chunk nor an initial value.
            AbortError: `signal` was aborted.
            Exception: what `fn` raised, or what the stream failed with.

        Node: stream.Readable.reduce
        """
        operators.check_function(fn, "reducer")
        operators.check_optional(signal)
        over = abort.AbortController()
        if signal is not None:
            if signal.aborted:
                await operators.give_up(self, abort.aborted_error(signal))
            forget = abort.on_abort(signal, over.abort)
        gives = ("what it returned last", "chunk")
        step = partial(call, bind_signal(fn, over.signal), "the reducer", gives)
        total = initial
        try:
            async with operators.reading(self) as chunks:
                async for chunk in chunks:
                    if signal is not None and signal.aborted:
                        raise AbortError
                    if total is _NOTHING:
                        total = chunk
                        continue
                    total = step(total, chunk)
                    if isinstance(total, Awaitable):
                        total = await outcome_of(total)
        finally:
            if signal is not None:
                forget()
            over.abort()
        if total is _NOTHING:
            raise MissingArgsError("initial")
        return total

    # -- text -----------------------------------------------------------------------------------

    def set_encoding(self, encoding: str | None) -> Readable[str]:
        """Hand out text, decoded by `encoding`; what is in the buffer, too. Returns the stream.

        Args:
            encoding: its name; None for utf8.

        Raises:
            UnknownEncodingError: there is no such encoding.

        Node: stream.Readable.setEncoding
        """
        state = self._readable_state
        decoder = state.decoder = Decoder("utf8" if encoding is None else encoding)
        state.plain_objects = False
        state.encoding = decoder.encoding
        text = "".join([decoder.write(chunk) for chunk in state.buffer])
        if state.ended:
            text += decoder.end()
        state.buffer.clear()
        if text:
            state.buffer.push(text)
        # Its chunks are text from now on.
        return self  # type: ignore[return-value]

    # -- iterables ------------------------------------------------------------------------------

    @classmethod
    @by_name
    def from_(
        cls,
        iterable: Iterable[T] | AsyncIterable[T],
        **options: Unpack[ReadableOptions[Readable[T]]],
    ) -> Readable[T]:
        """A stream of what is in `iterable`, taken one by one as the stream is read.

        >>> from streams2 import run
        >>> run(lambda: Readable.from_([1, 2]).on("data", print))
        1
        2
        <Readable ...>

        Args:
            iterable: any iterable or async iterable. Text and bytes are one chunk. Awaitables in it
                are awaited.
            options: as for `Readable`; `object_mode` is True and `high_water_mark` 1 if not given.

        Raises:
            InvalidArgTypeError: it cannot be iterated over.

        Node: stream.Readable.from
        """
        stream: Readable[T] = sources.readable_from(Readable, iterable, options)
        return stream

    def __aiter__(self) -> ReadableIterator[T_co]:
        return iteration.ReadableIterator(self)

    @by_name
    def iterator(self, *, destroy_on_return: bool = True) -> ReadableIterator[T_co]:
        """Iterate over the chunks, as ``async for`` does.

        Args:
            destroy_on_return: destroy the stream when the loop is left early (default True).

        Node: stream.Readable.iterator
        """
        return iteration.ReadableIterator(self, destroy_on_return=destroy_on_return)

    def wrap(self, stream: Any) -> Self:
        """Read an old-style source: one that emits ``'data'`` and ``'end'`` and can only be paused.

        Args:
            stream: an emitter with `pause` and `resume`.

        Returns:
            This stream, which now reads `stream`.

        Raises:
            InvalidArgTypeError: `stream` is no emitter.

        Node: stream.Readable.wrap
        """
        sources.wrap_source(self, stream)
        return self

    # -- asyncio's readers, and files -----------------------------------------------------------

    # `from_` something is a stream of it, and `as_` something is the stream as that.

    @classmethod
    def from_reader(
        cls, reader: asyncio.StreamReader, **options: Unpack[ReadableOptions[Readable[bytes]]]
    ) -> Readable[bytes]:
        """A stream of what comes from an asyncio reader.

        It takes from the reader when it has room. The connection is not its to close: that is the
        business of whoever has the reader's `asyncio.StreamWriter`.

        Args:
            reader: what to read from.
            options: as for `Readable`.

        Raises:
            InvalidArgTypeError: `reader` is none.

        Node: stream.Readable.fromWeb, for what asyncio has instead
        """
        chunks = asyncio_streams.ReaderChunks(reader, _READ_SIZE)
        stream: Readable[bytes] = _of_chunks(chunks, options)
        return stream

    @classmethod
    @by_name
    def from_file(
        cls,
        file: BinaryIO | io.RawIOBase | io.BufferedIOBase,
        *,
        close: bool = True,
        **options: Unpack[ReadableOptions[Readable[bytes]]],
    ) -> Readable[bytes]:
        """A stream of what is in a binary file object, read in a thread.

        For a file on a disk, `streams2.fs.create_read_stream` does more, and so it does for a pipe:
        ``create_read_stream(None, fd=file.fileno())``. A thread that reads cannot be interrupted,
        and a stream that is destroyed meanwhile is closed when it has read.

        Args:
            file: an object with a `read` or `read1` that gives bytes.
            close: close the file when the stream ends or is destroyed (default True).
            options: as for `Readable`.

        Raises:
            InvalidArgTypeError: `file` has no such method, or is a text file.
        """
        chunks = files.FileChunks(files.check_file(file, "read"), _READ_SIZE, close)
        stream: Readable[bytes] = _of_chunks(chunks, options, interrupt=False)
        return stream

    @by_name
    def as_reader(self, *, limit: int = _READ_SIZE) -> asyncio.StreamReader:
        """This stream as an asyncio reader, with its `readline`, `readexactly` and so on.

        The stream flows from now on, and is paused whenever the reader has more than enough.

        Args:
            limit: how many bytes are enough; the longest line that `readline` reads (default
                64 KiB). A longer one is a ValueError.

        Returns:
            A reader of the stream's bytes; text becomes UTF-8. It raises what the stream fails
            with.

        Raises:
            InvalidArgTypeError: `limit` is no whole number.
            OutOfRangeError: `limit` is less than 1.
            NoRunningLoopError: no event loop is running.

        Node: stream.Readable.toWeb, for what asyncio has instead
        """
        return asyncio_streams.reader_of(self, limit)

    def as_file(self) -> ReadableFile:
        """This stream as a binary file, for a library that wants one.

        A file blocks its reader, so it is for use in another thread than the stream's: with
        `asyncio.loop.run_in_executor`, say. `io.BufferedReader` and `io.TextIOWrapper` make of it
        what many libraries want.

        Returns:
            An `io.RawIOBase` of the stream's bytes; text becomes UTF-8. It raises what the stream
            fails with, and to close it destroys the stream.

        Raises:
            NoRunningLoopError: no event loop is running.
        """
        return files.ReadableFile(self, running_loop())


def _of_chunks(
    chunks: AsyncIterable[bytes], options: Mapping[str, object], *, interrupt: bool = True
) -> Readable[bytes]:
    defaults: dict[str, object] = {"object_mode": False, "high_water_mark": None}
    stream: Readable[bytes] = sources.readable_from(
        Readable, chunks, {**defaults, **options}, interrupt=interrupt
    )
    return stream


def _of_results(source: Readable[Any], results: AsyncIterator[T]) -> Readable[T]:
    """What an operator gives that reads `source`, and awaits nothing of a user's itself."""
    ours = type(source).__aiter__ is Readable.__aiter__
    stream: Readable[T] = sources.readable_from(Readable, results, {}, ours=ours)
    return stream


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

    allow_half_open: bool

    @by_name
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
        default_encoding: str | None = "utf8",
        decode_strings: bool = True,
        emit_close: bool = True,
        auto_destroy: bool = True,
        signal: AbortSignal | None = None,
        capture_rejections: bool | None = None,
        read: ReadMethod[Self] | None = None,
        write: WriteMethod[Self, In] | None = None,
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
        self.allow_half_open = allow_half_open
        reads_objects = object_mode or readable_object_mode
        writes_objects = object_mode or writable_object_mode
        self._readable_state = ReadSide(
            self,
            life,
            _mark("readable", high_water_mark, readable_high_water_mark, reads_objects),
            object_mode=reads_objects,
            encoding=None if encoding == "" else encoding,
            default_encoding="utf8" if default_encoding is None else default_encoding,
        )
        self._writable_state = WriteSide(
            self,
            life,
            _mark("writable", high_water_mark, writable_high_water_mark, writes_objects),
            object_mode=writes_objects,
            decode_strings=decode_strings,
            default_encoding="utf8" if default_encoding is None else default_encoding,
        )
        bind(self, "_read", read)
        bind(self, "_write", write)
        bind(self, "_writev", writev)
        bind(self, "_final", final)
        if not readable:
            self._readable_state.disable()
        if not writable:
            self._writable_state.disable()
        start_life(self, signal)

    @overload  # type: ignore[override]
    @classmethod
    def from_(cls, body: Duplex[W, U]) -> Duplex[W, U]: ...

    @overload
    @classmethod
    def from_(cls, body: B) -> Duplex[Chunk, B]: ...

    @overload
    @classmethod
    def from_(cls, body: Mapping[str, object]) -> Duplex[Chunk, Chunk]: ...

    @overload
    @classmethod
    def from_(
        cls,
        body: Callable[[AsyncIterator[W]], AsyncIterable[V] | Iterable[V] | Awaitable[V]],
    ) -> Duplex[W, V]: ...

    @overload
    @classmethod
    def from_(cls, body: AsyncIterable[V] | Iterable[V]) -> Duplex[Chunk, V]: ...

    @overload
    @classmethod
    def from_(cls, body: Function[V] | Awaitable[V]) -> Duplex[Chunk, V]: ...

    @overload
    @classmethod
    def from_(cls, body: object) -> Duplex[Chunk, Chunk]: ...

    @classmethod
    def from_(cls, body: object) -> Duplex[Chunk, Chunk]:
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
        made: Duplex[Chunk, Chunk] = duplexify.duplex_from(Duplex, body)
        return made

    def pipe(self, destination: PipeDestination[Out, D], *, end: bool = True) -> D:  # type: ignore[override]
        """Write all that this stream emits to `destination`, no faster than it takes it.

        Returns:
            `destination`.

        Node: stream.Readable.pipe
        """
        return Readable.pipe(self, destination, end=end)


def bind_signal(function: Callable[..., U], signal: AbortSignal) -> Callable[..., U]:
    """`function`, which gets `signal` if it wants it. Here for debug mode to replace."""
    return abort.bind_signal(function, signal)


def _mark(side: str, both: int | None, one: int | None, object_mode: bool) -> int:
    if both is not None:
        return resolve_mark("high_water_mark", both, object_mode)
    return resolve_mark(f"{side}_high_water_mark", one, object_mode)


# -- the knot -------------------------------------------------------------------------------------


class Compose(Protocol):
    """Pipes one stream into another; the two as one."""

    def __call__(
        self, source: Readable[Chunk], stream: Composable[Chunk], signal: AbortSignal | None, /
    ) -> Duplex[Chunk, Chunk]: ...


class _Knot:
    """What a Readable needs of those who are made of it: to compose takes a pipeline."""

    compose: Compose


_knot = _Knot()


def tie(compose: Compose) -> None:
    """Say how two streams are composed. The room does, once (`streams2.streams`)."""
    _knot.compose = compose
