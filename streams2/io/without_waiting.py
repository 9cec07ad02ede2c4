"""Reading what is in memory already, and nothing else: Linux's ``preadv2`` with ``RWF_NOWAIT``.

CPython has it in `os`. PyPy has not, and asks the C library for it through the cffi that comes with
it. Where there is neither, files are read in threads.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from typing import Callable

__all__ = ["ReadInto", "copy_from_memory", "reader_without_waiting"]

ReadInto = Callable[[int, memoryview, int], int]
"""Called with a descriptor, where to put the bytes, and their position or -1 for where it stands.
Returns how many there were; none at the end. Raises `BlockingIOError` if it would have to wait."""

_DECLARATIONS = """
    struct iovec { void *iov_base; size_t iov_len; };
    ssize_t preadv64v2(int fd, const struct iovec *iov, int count, int64_t offset, int flags);
"""
_RWF_NOWAIT = 8


def reader_without_waiting() -> ReadInto | None:
    """What reads without waiting here; None if nothing does."""
    if sys.platform != "linux":
        return None  # A browser's system has the flag, and does not know what it means.
    if hasattr(os, "RWF_NOWAIT"):
        return _by_os
    is_linux = sys.platform.startswith("linux")
    return _by_cffi() if is_linux and sys.implementation.name == "pypy" else None


def copy_from_memory(fd: int, view: memoryview, position: int) -> int:
    """Read a file that is in memory, wherever such a file system has not learnt the flag."""
    if hasattr(os, "preadv"):
        return os.readv(fd, (view,)) if position < 0 else os.preadv(fd, (view,), position)
    data = os.read(fd, len(view)) if position < 0 else os.pread(fd, len(view), position)
    view[: len(data)] = data
    return len(data)


def _by_os(fd: int, view: memoryview, position: int) -> int:
    return os.preadv(fd, (view,), position, os.RWF_NOWAIT)


@functools.lru_cache(maxsize=1)
def _by_cffi() -> ReadInto | None:
    try:
        ffi = importlib.import_module("cffi").FFI()
        ffi.cdef(_DECLARATIONS)
        preadv = ffi.dlopen(None).preadv64v2
    except (ImportError, OSError, AttributeError):
        return None

    def read_into(fd: int, view: memoryview, position: int) -> int:
        held = ffi.from_buffer(view)
        # One for each call: loops in other threads read, too.
        iov = ffi.new("struct iovec *", (held, len(view)))
        count: int = preadv(fd, iov, 1, position, _RWF_NOWAIT)
        if count < 0:
            raise OSError(ffi.errno, os.strerror(ffi.errno))
        return count

    return read_into
