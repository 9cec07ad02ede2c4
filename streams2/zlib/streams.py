"""Compression as streams.

    >>> from streams2 import run
    >>> def main():
    ...     unpack = Gunzip()
    ...     unpack.on("data", print)
    ...     pack = Gzip(level=9)
    ...     pack.pipe(unpack)
    ...     pack.end(b"hello")
    >>> run(main)
    b'hello'

Node: zlib.Gzip and the others
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Callable, Union

from ..core.calling import Callback, DoneCallback, TransformCallback
from ..core.chunks import Chunk, flat_view
from ..core.encodings import BytesLike
from ..errors import InvalidArgTypeError, OutOfRangeError, StreamDestroyedError, is_number
from ..events.naming import by_name
from ..loop.ticks import next_tick
from ..streams.finished import finished
from ..streams.transform import Transform
from . import constants as c
from .brotli import BrotliDecoder, BrotliEncoder
from .deflating import Deflater, Inflater
from .engine import Engine
from .errors import ZlibError, ZlibInitializationFailedError
from .options import (
    BrotliOptions,
    Common,
    ZlibOptions,
    ZstdOptions,
    check_names,
    checked_number,
    common,
    number,
    parameters,
)
from .working import Work
from .zstd import ZstdDecoder, ZstdEncoder

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    *("BrotliCompress", "BrotliDecompress", "Deflate", "DeflateRaw", "Gunzip", "Gzip", "Inflate"),
    *("InflateRaw", "Unzip", "Zlib", "ZlibBase", "ZstdCompress", "ZstdDecompress"),
]

Data = Union[BytesLike, str]

# How many bytes of input are worked on without a thread. To a thread and back costs a stream of
# 64 KiB chunks a third of a millisecond, on a machine that is busy; zlib takes some 1.5 for such a
# chunk, so that the way alone would make it a fifth slower than a plain loop (`python -m benchmarks
# gzip`). The loop waits for one chunk of a file, then: 3 ms at the most, where the level is not one
# of the slow ones. Larger chunks go to a thread.
_COMPRESSED_AT_ONCE = 1 << 16
# From these on, 64 KiB may take from 4 ms to 100, and a thread costs next to nothing beside that.
_SLOW_LEVEL, _SLOWLY_AT_ONCE = 8, 1 << 14
_SLOW_QUALITY, _SLOW_BROTLI_AT_ONCE = 9, 1 << 10
_SLOW_ZSTD, _SLOW_ZSTD_AT_ONCE = 10, 1 << 12
_LEAST_ZSTD, _MOST_ZSTD = -(1 << 17), 22
# What is decompressed is made as there is room for it, 64 KiB at a time: a fifth of a millisecond.
_DECOMPRESSED_AT_ONCE = 1 << 17

_STRENGTH = {
    flush: strength
    for strength, flush in enumerate(
        (c.Z_NO_FLUSH, c.Z_BLOCK, c.Z_PARTIAL_FLUSH, c.Z_SYNC_FLUSH, c.Z_FULL_FLUSH, c.Z_FINISH)
    )
}


class _Flush(bytes):
    """A chunk without bytes that asks for a flush, and for what is to be done after it."""

    kind: int
    then: Callable[[], None] | None = None


class ZlibBase(Transform[Data, bytes]):
    """What all streams of compression have in common."""

    @property
    def bytes_written(self) -> int:
        """How many bytes of the input were worked on. Node: zlib.bytesWritten"""
        return work_of(self).bytes_written

    def flush(self, kind: int | None = None, callback: DoneCallback | None = None) -> None:
        """Give all output that there can be for what was written so far.

        Args:
            kind: how: ``constants.Z_SYNC_FLUSH``, say (default: ``Z_FULL_FLUSH``, or what Brotli
                and Zstandard have).
            callback: called when it is done, with the error or None.

        Raises:
            InvalidArgTypeError: `kind` is no whole number.
            OutOfRangeError: there is no such kind.

        Node: zlib.flush
        """
        work = work_of(self)
        if kind is None:
            kind = work.full_flush
        given = kind
        kind = checked_number("kind", given, 0, work.most_flush, work.full_flush)
        if kind != given and not math.isnan(given):
            raise InvalidArgTypeError.given("kind", "a whole number", given)
        if self.writable_finished:
            if callback is not None:
                next_tick(callback, None)
        elif self.writable_ended:
            if callback is not None:
                told = callback
                self.once("end", lambda: told(None))
        else:
            request = _Flush()
            request.kind = kind
            self.write(request, None, callback)

    def close(self, callback: DoneCallback | None = None) -> None:
        """Be done, whatever is left.

        Args:
            callback: called when the stream is closed, with None or with the error.

        Node: zlib.close
        """
        if callback is not None:
            finished(self, callback)
        self.destroy()

    def reset(self) -> None:
        """Forget what was written, and begin again.

        Raises:
            StreamDestroyedError: the stream is closed.

        Node: zlib.reset
        """
        expect_open(self, "reset").reset()

    def _transform(self, chunk: Chunk, encoding: str, callback: TransformCallback) -> None:
        work, writing = work_of(self), self._writable_state
        flush = chunk.kind if isinstance(chunk, _Flush) else work.options.flush
        view = flat_view(chunk)
        if writing.ended and writing.length == len(view):
            flush = stronger(work, flush, work.options.finish_flush)
        then = chunk.then if isinstance(chunk, _Flush) else None
        work.process(view, flush, callback if then is None else after(then, callback))

    def _flush(self, callback: TransformCallback) -> None:
        work = work_of(self)
        work.process(memoryview(b""), work.options.finish_flush, callback)

    def _read(self, size: int) -> None:
        work_of(self).read()
        super()._read(size)

    def _final(self, callback: Callback | None) -> None:
        if callback is not None:
            callback()

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        work_of(self).close()
        callback(error)


def work_of(stream: ZlibBase) -> Work:
    """What is at work beneath a stream."""
    work: Work = stream._life.own
    return work


def expect_open(stream: ZlibBase, name: str) -> Engine:
    """The engine of a stream that is not closed."""
    work = work_of(stream)
    if work.closed:
        raise StreamDestroyedError(name)
    return work.engine


def after(then: Callable[[], None], callback: TransformCallback) -> TransformCallback:
    """A callback that does something first, if all went well."""

    def called(error: BaseException | None = None, output: object = None) -> None:
        if error is None:
            try:
                then()
            except ZlibError as failure:
                error = failure
        callback(error, output)

    return called


def stronger(work: Work, flush: int, other: int) -> int:
    """Which of two flushes does more."""
    if work.most_flush == c.Z_BLOCK:
        return max(flush, other, key=_STRENGTH.__getitem__)
    return max(flush, other)


def start(stream: ZlibBase, work: Work) -> None:
    """Let `stream` be one of the work's."""
    Transform.__init__(stream, **work.options.of_stream)  # type: ignore[arg-type]
    work.belong_to(stream)


# -- zlib -----------------------------------------------------------------------------------------


class Zlib(ZlibBase):
    """The base of the streams that zlib does the work of. Node: zlib.Zlib"""

    @by_name
    def __init__(self, **options: Unpack[ZlibOptions]) -> None:
        check_names(type(self).__name__, options, ZlibOptions)
        shared = common(options, c.Z_BLOCK, c.Z_FINISH)
        start(self, zlib_work(self, options, shared))

    def params(self, level: int, strategy: int, callback: DoneCallback | None = None) -> None:
        """Compress what is written from now on with another level and strategy.

        Args:
            level: from -1 to 9.
            strategy: from 0 to 4.
            callback: called with None when what was written before is compressed.

        Raises:
            InvalidArgTypeError: one of them is no number.
            OutOfRangeError: one of them is too small or too large.

        Node: zlib.params
        """
        level = checked_number("level", level, -1, 9, -1)
        strategy = checked_number("strategy", strategy, 0, 4, 0)
        engine = expect_open(self, "params")
        if not isinstance(engine, Deflater) or (engine.level, engine.strategy) == (level, strategy):
            if callback is not None:
                next_tick(callback, None)
        elif self.writable_ended:
            self.flush(c.Z_SYNC_FLUSH, callback)
        else:
            request = _Flush()
            request.kind = c.Z_SYNC_FLUSH
            # Before the next chunk, which may be there already.
            request.then = partial(engine.params, level, strategy)
            self.write(request, None, callback)


_FRAMES = {"Gzip": "gzip", "Deflate": "zlib", "DeflateRaw": "raw"}
_BITS = {"Gunzip": 16, "Inflate": 0, "Unzip": 32}


def zlib_work(stream: Zlib, options: Mapping[str, object], shared: Common) -> Work:
    """What is at work beneath a stream of zlib's."""
    kind = next(cls.__name__ for cls in type(stream).__mro__ if cls.__name__ in NAMES)
    bits = options.get("window_bits")
    if kind in _BITS and bits in (None, 0) and not isinstance(bits, bool):
        bits = 0 if bits == 0 else 15
    else:
        bits = number(options, "window_bits", 9 if kind == "Gzip" else 8, 15, 15)
    level = number(options, "level", -1, 9, -1)
    mem_level = number(options, "mem_level", 1, 9, 8)
    strategy = number(options, "strategy", 0, 4, 0)
    engine: Engine
    if kind in _FRAMES:
        engine = Deflater(_FRAMES[kind], level, bits, mem_level, strategy, shared.dictionary)
        at_once = _SLOWLY_AT_ONCE if level >= _SLOW_LEVEL else _COMPRESSED_AT_ONCE
    else:
        bits = bits + _BITS[kind] if kind in _BITS else -bits
        engine = Inflater(bits, shared.dictionary, shared.reject_garbage_after_end)
        at_once = _DECOMPRESSED_AT_ONCE
    return Work(engine, shared, c.Z_FULL_FLUSH, c.Z_BLOCK, at_once)


class Gzip(Zlib):
    """Compresses to gzip. Node: zlib.Gzip"""


class Gunzip(Zlib):
    """Decompresses gzip, of one member or of several. Node: zlib.Gunzip"""


class Deflate(Zlib):
    """Compresses to zlib's own format. Node: zlib.Deflate"""


class Inflate(Zlib):
    """Decompresses zlib's own format. Node: zlib.Inflate"""


class DeflateRaw(Zlib):
    """Compresses without a header and a checksum. Node: zlib.DeflateRaw"""


class InflateRaw(Zlib):
    """Decompresses what has no header. Node: zlib.InflateRaw"""


class Unzip(Zlib):
    """Decompresses gzip or zlib's own format, whichever it is. Node: zlib.Unzip"""


NAMES = {kind.__name__ for kind in (Gzip, Gunzip, Deflate, Inflate, DeflateRaw, InflateRaw, Unzip)}


# -- Brotli and Zstandard -------------------------------------------------------------------------


class BrotliCompress(ZlibBase):
    """Compresses to Brotli. Needs ``streams2[brotli]``. Node: zlib.BrotliCompress"""

    @by_name
    def __init__(self, **options: Unpack[BrotliOptions]) -> None:
        check_names(type(self).__name__, options, BrotliOptions)
        shared = common(options, c.BROTLI_OPERATION_EMIT_METADATA, c.BROTLI_OPERATION_FINISH)
        given = parameters(options, "BROTLI_PARAM")
        quality = given.get(c.BROTLI_PARAM_QUALITY, c.BROTLI_DEFAULT_QUALITY)
        at_once = _SLOW_BROTLI_AT_ONCE if quality >= _SLOW_QUALITY else _COMPRESSED_AT_ONCE
        start(self, Work(BrotliEncoder(given), shared, c.BROTLI_OPERATION_FLUSH, 3, at_once))


class BrotliDecompress(ZlibBase):
    """Decompresses Brotli. Needs ``streams2[brotli]``. Node: zlib.BrotliDecompress"""

    @by_name
    def __init__(self, **options: Unpack[BrotliOptions]) -> None:
        check_names(type(self).__name__, options, BrotliOptions)
        shared = common(options, c.BROTLI_OPERATION_EMIT_METADATA, c.BROTLI_OPERATION_FINISH)
        # Node counts those of the compressor, of which the decompressor has two.
        if any(number not in _OF_DECODER for number in parameters(options, "BROTLI_PARAM")):
            raise ZlibInitializationFailedError("Initialization failed")
        work = Work(BrotliDecoder(), shared, c.BROTLI_OPERATION_FLUSH, 3, _DECOMPRESSED_AT_ONCE)
        start(self, work)


_OF_DECODER = (
    c.BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION,
    c.BROTLI_DECODER_PARAM_LARGE_WINDOW,
)


def pledged(options: Mapping[str, object]) -> int | None:
    """The option `pledged_src_size`."""
    size = options.get("pledged_src_size")
    if size is None:
        return None
    if not is_number(size):
        raise InvalidArgTypeError.given("pledged_src_size", "a number", size)
    if size < 0 or size % 1:
        raise OutOfRangeError.given("pledged_src_size", "a whole number >= 0", size)
    return int(size)


class ZstdCompress(ZlibBase):
    """Compresses to Zstandard. Before Python 3.14, needs ``streams2[zstd]``.

    Node: zlib.ZstdCompress
    """

    @by_name
    def __init__(self, **options: Unpack[ZstdOptions]) -> None:
        check_names(type(self).__name__, options, ZstdOptions)
        shared = common(options, c.ZSTD_e_end, c.ZSTD_e_end)
        given = parameters(options, "ZSTD_c_")
        if c.ZSTD_c_compressionLevel in given:
            # The library itself takes the next level that there is; Python's module refuses.
            level = given[c.ZSTD_c_compressionLevel]
            given[c.ZSTD_c_compressionLevel] = max(_LEAST_ZSTD, min(_MOST_ZSTD, level))
        engine = ZstdEncoder(given, shared.dictionary, pledged(options))
        level = given.get(c.ZSTD_c_compressionLevel, c.ZSTD_CLEVEL_DEFAULT)
        at_once = _SLOW_ZSTD_AT_ONCE if level >= _SLOW_ZSTD else _COMPRESSED_AT_ONCE
        start(self, Work(engine, shared, c.ZSTD_e_flush, c.ZSTD_e_end, at_once))


class ZstdDecompress(ZlibBase):
    """Decompresses Zstandard. Before Python 3.14, needs ``streams2[zstd]``.

    Node: zlib.ZstdDecompress
    """

    @by_name
    def __init__(self, **options: Unpack[ZstdOptions]) -> None:
        check_names(type(self).__name__, options, ZstdOptions)
        shared = common(options, c.ZSTD_e_end, c.ZSTD_e_end)
        pledged(options)
        engine = ZstdDecoder(
            parameters(options, "ZSTD_d_"), shared.dictionary, shared.reject_garbage_after_end
        )
        start(self, Work(engine, shared, c.ZSTD_e_flush, c.ZSTD_e_end, _DECOMPRESSED_AT_ONCE))
