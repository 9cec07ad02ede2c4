"""Opening a file whose name the system has in memory, and no other: Linux's ``openat2``.

With ``RESOLVE_CACHED`` it looks at nothing that would have to be read first, and gives up where it
would have to. CPython has no name for the call, and so the C library is asked for it. It is for
reading alone: to create a file, or to empty one, the system may always have to wait.
"""

from __future__ import annotations

import errno
import functools
import importlib
import os
import stat
import struct
import sys
from typing import Callable

from .handles import Path

__all__ = ["OpenCached", "opener_without_waiting"]

OpenCached = Callable[[Path, int], int]
"""Called with a path, and the number of the file system that it must lead to. Returns a descriptor
of the regular file there. Raises `OSError` if there is none, or if it cannot be known at once."""

_OPENAT2 = 437  # On all processors the same.
_AT_FDCWD = -100
_RESOLVE_CACHED = 0x20
# A link, as the last part, leads elsewhere; and a FIFO would be waited for.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@functools.lru_cache(maxsize=1)
def opener_without_waiting() -> OpenCached | None:
    """What opens so here; None if nothing does."""
    if sys.platform != "linux":
        return None
    try:
        ctypes = importlib.import_module("ctypes")
        syscall = ctypes.CDLL(None, use_errno=True).syscall
    except (ImportError, OSError, AttributeError):
        return None
    syscall.restype = ctypes.c_long
    syscall.argtypes = [
        *(ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    ]
    how = struct.pack("=QQQ", _FLAGS | os.O_CLOEXEC, 0, _RESOLVE_CACHED)

    def open_cached(path: Path, device: int) -> int:
        sys.audit("open", path, None, _FLAGS)
        fd: int = syscall(_OPENAT2, _AT_FDCWD, os.fsencode(path), how, len(how))
        if fd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_dev != device:
            os.close(fd)
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        os.set_blocking(fd, True)
        return fd

    return open_cached
