"""Errors of the operating system, told as Node tells them.

>>> error = told(FileNotFoundError(2, "No such file or directory"), "open", "missing.txt")
>>> str(error)
"[Errno 2] No such file or directory: 'missing.txt'"
>>> error.code, error.syscall, error.message
('ENOENT', 'open', "ENOENT: no such file or directory, open 'missing.txt'")

The exception stays Python's own, so ``except FileNotFoundError`` goes on working, and gets what a
program ported from Node looks at.
"""

from __future__ import annotations

import errno
import os
from typing import Any, TypeVar

__all__ = ["told"]

# Where libuv's words are not those of the C library in lower case.
_WORDS = {
    "EBUSY": "resource busy or locked",
    "EEXIST": "file already exists",
    "EFAULT": "bad address in system call argument",
    "EIO": "i/o error",
    "EISDIR": "illegal operation on a directory",
    "ELOOP": "too many symbolic links encountered",
    "ENAMETOOLONG": "name too long",
    "ENFILE": "file table overflow",
    "ENOMEM": "not enough memory",
    "ENOTCONN": "socket is not connected",
    "ENOTSUP": "operation not supported on socket",
    "ESPIPE": "invalid seek",
    "ETXTBSY": "text file is busy",
    "EXDEV": "cross-device link not permitted",
}

ErrorT = TypeVar("ErrorT", bound=OSError)


def told(error: ErrorT, syscall: str, path: Any = None, *, on_socket: bool = False) -> ErrorT:
    """Add what Node says of an error: `code`, `syscall`, `message`, and the path it lacks.

    Args:
        error: what the system call raised.
        syscall: the call's name.
        path: what it worked on: a path, a descriptor or a name such as ``"<stdout>"``. It becomes
            `filename`, unless the error has one.
        on_socket: the message is of the short kind that sockets and pipes have, ``write EPIPE``.

    Returns:
        `error` itself.
    """
    code = errno.errorcode.get(error.errno or 0, "UNKNOWN")
    if error.filename is None:
        error.filename = path
    if on_socket:
        message = f"{syscall} {code}"
    else:
        words = _WORDS.get(code) or os.strerror(error.errno or 0).lower()
        message = f"{code}: {words}, {syscall}"
        # Like Node: what was opened has a path; what is read or written is only a descriptor.
        if syscall == "open":
            message += f" '{os.fsdecode(path)}'"
    error.__dict__.update(code=code, syscall=syscall, message=message)
    return error
