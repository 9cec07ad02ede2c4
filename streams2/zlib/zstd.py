"""Zstandard, by the standard library from Python 3.14 on, and by its backport before.

The backport has no wheels for PyPy 3.9. There it is `pyzstd`, which the standard library's module
was made of: two names are others.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Protocol

from . import constants
from .engine import SLICE, Engine, Squeezer
from .errors import TrailingJunkError, ZlibError, ZlibInitializationFailedError, end_of_file

__all__ = ["ZstdDecoder", "ZstdEncoder"]

_MAGIC = b"\x28\xb5\x2f\xfd"
_TRAINED = b"\x37\xa4\x30\xec"

#: The library's words, for what Python's module tells only in words.
_WORDS = {
    "Error (generic)": "GENERIC",
    "Unknown frame descriptor": "prefix_unknown",
    "Version not supported": "version_unsupported",
    "Unsupported frame parameter": "frameParameter_unsupported",
    "Frame requires too much memory for decoding": "frameParameter_windowTooLarge",
    "Data corruption detected": "corruption_detected",
    "Restored data doesn't match checksum": "checksum_wrong",
    "Header of Literals' block doesn't respect format specification": "literals_headerWrong",
    "Dictionary is corrupted": "dictionary_corrupted",
    "Dictionary mismatch": "dictionary_wrong",
    "Src size is incorrect": "srcSize_wrong",
    "Operation not authorized at current processing stage": "stage_wrong",
    "Allocation error : not enough memory": "memory_allocation",
    "Cannot create Dictionary from provided samples": "dictionaryCreation_failed",
    "Unsupported parameter": "parameter_unsupported",
    "Unsupported combination of parameters": "parameter_combination_unsupported",
    "Parameter is out of bound": "parameter_outOfBound",
    "tableLog requires too much memory : unsupported": "tableLog_tooLarge",
    "Unsupported max Symbol Value : too large": "maxSymbolValue_tooLarge",
    "Specified maxSymbolValue is too small": "maxSymbolValue_tooSmall",
    "Context should be init first": "init_missing",
    "workSpace buffer is not large enough": "workSpace_tooSmall",
    "Destination buffer is too small": "dstSize_tooSmall",
    "Operation on NULL destination buffer": "dstBuffer_null",
}


class Zstd(Protocol):
    """A compressor or a decompressor, as each of the libraries has it."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def compress(self, data: memoryview, mode: int) -> bytes: ...

    def decompress(self, data: bytes | memoryview, max_length: int) -> bytes: ...


def _library() -> ModuleType:
    newest = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    library = _imported(newest) or _imported("pyzstd")
    if library is None:
        raise ImportError("Zstandard needs Python 3.14, or: pip install 'streams2[zstd]'")
    return library


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _made(library: ModuleType, kind: str, params: dict[int, int], dictionary: object) -> Zstd:
    """A compressor or a decompressor of the library."""
    option = "options"
    if library.__name__ == "pyzstd":
        option = "level_or_option" if kind == "ZstdCompressor" else "option"
    made: Zstd = getattr(library, kind)(**{option: params or None}, zstd_dict=dictionary)
    return made


def _told(error: Exception) -> ZlibError:
    message = str(error).rpartition(": ")[2].rstrip(".")
    code = "ZSTD_error_" + _WORDS.get(message, "GENERIC")
    return ZlibError(message, code, getattr(constants, code))


class ZstdEncoder(Squeezer):
    """Compresses.

    Args:
        params: the numbers of parameters, and their values.
        dictionary: what the data are likely to repeat.
        pledged_size: how many bytes are to come, or None.
    """

    def __init__(
        self, params: dict[int, int], dictionary: bytes, pledged_size: int | None = None
    ) -> None:
        super().__init__()
        self.library = _library()
        self.parameters = params
        self.dictionary = _dictionary(self.library, dictionary)
        self.pledged_size = pledged_size
        self.reset()

    def reset(self) -> None:
        self.made.clear()
        self.given = 0
        try:
            self.zstd = _made(self.library, "ZstdCompressor", self.parameters, self.dictionary)
            if self.pledged_size is not None:
                self.pledge(self.pledged_size)
        except (ValueError, self.library.ZstdError):
            raise ZlibInitializationFailedError("Setting parameter failed") from None

    def pledge(self, size: int) -> None:
        """Say how many bytes are to come."""
        name = "set_pledged_input_size"
        getattr(self.zstd, name if hasattr(self.zstd, name) else "_" + name)(size)

    def compress(self, piece: memoryview) -> bytes:
        self.given += len(piece)
        return self.squeeze(piece, constants.ZSTD_e_continue)

    def finish(self, flush: int) -> bytes:
        if flush == constants.ZSTD_e_continue:
            return b""
        ends = flush == constants.ZSTD_e_end
        if ends and self.pledged_size not in (None, self.given):
            raise _told(ValueError("Src size is incorrect"))
        return self.squeeze(memoryview(b""), flush)

    def squeeze(self, piece: memoryview, flush: int) -> bytes:
        try:
            return self.zstd.compress(piece, flush)
        except self.library.ZstdError as error:
            raise _told(error) from None


class ZstdDecoder(Engine):
    """Decompresses, frame after frame.

    Args:
        params: the numbers of parameters, and their values.
        dictionary: what the data were compressed with.
        junk_is_an_error: whether bytes after the last frame are wrong.
    """

    def __init__(
        self, params: dict[int, int], dictionary: bytes, junk_is_an_error: bool = False
    ) -> None:
        super().__init__()
        self.junk_is_an_error = junk_is_an_error
        self.library = _library()
        self.parameters = params
        self.dictionary = _dictionary(self.library, dictionary)
        self.reset()

    def reset(self) -> None:
        try:
            self.zstd = _made(self.library, "ZstdDecompressor", self.parameters, self.dictionary)
        except (ValueError, self.library.ZstdError):
            raise ZlibInitializationFailedError("Setting parameter failed") from None
        # What came after a frame, and may be the beginning of the next one; or it was none, and
        # neither is what follows.
        self.magic = b""
        self.over = False

    def take(self, room: int) -> bytes:
        pieces = []
        wanted = room
        while wanted and not self.cancelled:
            if self.zstd.eof:
                if not self.another_frame():
                    break
                self.begin()
            piece = self.decompress(wanted)
            pieces.append(piece)
            wanted -= len(piece)
            if not (self.left or self.zstd.eof) and self.zstd.needs_input:
                break
        cut = wanted and not self.zstd.eof and self.flush == constants.ZSTD_e_end
        if cut and not self.cancelled:
            raise end_of_file()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def another_frame(self) -> bool:
        """Whether another frame follows, as far as can be seen."""
        if self.over:
            return False
        ahead = self.magic + bytes(self.view[self.position : self.position + 4])
        if not _MAGIC.startswith(ahead[:4]):
            if self.junk_is_an_error:
                raise TrailingJunkError
            self.over = True
            return False
        lacking = len(_MAGIC) - len(self.magic)
        self.magic = ahead[:4]
        self.use(min(lacking, self.left))
        is_cut = 0 < len(self.magic) < len(_MAGIC) and self.flush == constants.ZSTD_e_end
        if is_cut and self.junk_is_an_error:
            raise TrailingJunkError
        return self.magic == _MAGIC

    def begin(self) -> None:
        """Begin with a frame, the first bytes of which have been seen."""
        self.reset()
        self.zstd.decompress(_MAGIC, 0)

    def decompress(self, wanted: int) -> bytes:
        """The next output of this frame."""
        hungry = self.zstd.needs_input
        piece = self.view[self.position : self.position + SLICE] if hungry else memoryview(b"")
        try:
            made: bytes = self.zstd.decompress(piece, wanted)
        except self.library.ZstdError as error:
            raise _told(error) from None
        self.use(len(piece) - (len(self.zstd.unused_data) if self.zstd.eof else 0))
        return made


def _dictionary(library: ModuleType, dictionary: bytes) -> object:
    # Zstandard makes no use of fewer bytes than eight. Trained ones have a format of their own.
    if len(dictionary) < 8:
        return None
    return library.ZstdDict(dictionary, is_raw=not dictionary.startswith(_TRAINED))
