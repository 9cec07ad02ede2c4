"""Brotli, by the extra `brotlicffi`.

Its classes refuse bytes after the end, and lose what came before them; they tell errors in words,
and take four parameters. So the library itself is called, which the package brings.
"""

from __future__ import annotations

import sys
from types import ModuleType

from . import constants
from .engine import Engine, Squeezer
from .errors import ZlibError, ZlibInitializationFailedError, end_of_file

__all__ = ["BrotliDecoder", "BrotliEncoder"]

_ROOM = 1 << 16
_NEEDED = "Brotli needs brotlicffi: pip install 'streams2[brotli]'"
if sys.implementation.name == "pypy":
    # There are wheels for few of its versions.
    _NEEDED += ", which needs a C compiler and PyPy's headers (pypy3-dev) where there is no wheel"


def _library() -> ModuleType:
    try:
        from brotlicffi import _brotlicffi
    except ImportError as error:
        raise ImportError(_NEEDED) from error
    module: ModuleType = _brotlicffi
    return module


class BrotliEncoder(Squeezer):
    """Compresses.

    Args:
        params: the numbers of parameters, and their values.
    """

    def __init__(self, params: dict[int, int]) -> None:
        super().__init__()
        library = _library()
        self.ffi, self.lib = library.ffi, library.lib
        self.parameters = params
        self.reset()

    def reset(self) -> None:
        self.made.clear()
        create, null = self.lib.BrotliEncoderCreateInstance, self.ffi.NULL
        self.state = self.ffi.gc(create(null, null, null), self.lib.BrotliEncoderDestroyInstance)
        for number, value in self.parameters.items():
            if not self.lib.BrotliEncoderSetParameter(self.state, number, value & 0xFFFFFFFF):
                raise ZlibInitializationFailedError("Initialization failed")

    def compress(self, piece: memoryview) -> bytes:
        # Metadata are all of an input, or none of it.
        metadata = self.flush == constants.BROTLI_OPERATION_EMIT_METADATA
        return self.stream(piece, self.flush if metadata else constants.BROTLI_OPERATION_PROCESS)

    def finish(self, flush: int) -> bytes:
        ends = constants.BROTLI_OPERATION_FLUSH, constants.BROTLI_OPERATION_FINISH
        return self.stream(memoryview(b""), flush) if flush in ends else b""

    def stream(self, piece: memoryview, operation: int) -> bytes:
        """Let the library do something with `piece`; all that it gives."""
        ffi, lib = self.ffi, self.lib
        # Let go at once: CPython crashes where it collects a view that is still looked at.
        with ffi.from_buffer(piece) as held:
            available_in, next_in = ffi.new("size_t *", len(piece)), ffi.new("uint8_t **", held)
            room = ffi.new("uint8_t[]", _ROOM)
            pieces = []
            while True:
                available_out, next_out = ffi.new("size_t *", _ROOM), ffi.new("uint8_t **", room)
                ok = lib.BrotliEncoderCompressStream(
                    *(self.state, operation, available_in, next_in, available_out, next_out),
                    ffi.NULL,
                )
                if not ok:
                    raise ZlibError("Compression failed", "ERR_BROTLI_COMPRESSION_FAILED", 0)
                pieces.append(ffi.buffer(room, _ROOM - available_out[0])[:])
                if not available_in[0] and not lib.BrotliEncoderHasMoreOutput(self.state):
                    return b"".join(pieces)


class BrotliDecoder(Engine):
    """Decompresses."""

    def __init__(self) -> None:
        super().__init__()
        library = _library()
        self.ffi, self.lib = library.ffi, library.lib
        self.reset()

    def reset(self) -> None:
        create, null = self.lib.BrotliDecoderCreateInstance, self.ffi.NULL
        self.state = self.ffi.gc(create(null, null, null), self.lib.BrotliDecoderDestroyInstance)

    def take(self, room: int) -> bytes:
        ffi, lib = self.ffi, self.lib
        piece = self.view[self.position :]
        output = ffi.new("uint8_t[]", room)
        available_out, next_out = ffi.new("size_t *", room), ffi.new("uint8_t **", output)
        # Let go at once: CPython crashes where it collects a view that is still looked at.
        with ffi.from_buffer(piece) as held:
            available_in, next_in = ffi.new("size_t *", len(piece)), ffi.new("uint8_t **", held)
            result = lib.BrotliDecoderDecompressStream(
                self.state, available_in, next_in, available_out, next_out, ffi.NULL
            )
        if result == constants.BROTLI_DECODER_RESULT_ERROR:
            number = lib.BrotliDecoderGetErrorCode(self.state)
            word = ffi.string(lib.BrotliDecoderErrorString(number)).decode()
            raise ZlibError("Decompression failed", f"ERR_{word}", int(number))
        self.use(len(piece) - available_in[0])
        wants_more = result == constants.BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT
        if wants_more and self.flush == constants.BROTLI_OPERATION_FINISH:
            raise end_of_file()
        taken: bytes = ffi.buffer(output, room - available_out[0])[:]
        return taken
