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

# Those that Python raises without a number, such as asyncio's "Connection lost".
_CODES = {
    ConnectionAbortedError: "ECONNABORTED",
    ConnectionRefusedError: "ECONNREFUSED",
    ConnectionResetError: "ECONNRESET",
    BrokenPipeError: "EPIPE",
    TimeoutError: "ETIMEDOUT",
}

ErrorT = TypeVar("ErrorT", bound=Exception)


def told(error: ErrorT, syscall: str, path: Any = None, *, on_socket: bool = False) -> ErrorT:
    """Add what Node says of an error: `code`, `syscall`, `message`, and the path it lacks.

    Args:
        error: what the system call raised. What is no `OSError` stays as it is.
        syscall: the call's name.
        path: what it worked on: a path, a descriptor or a name such as ``"<stdout>"``. It becomes
            `filename`, unless the error has one.
        on_socket: the message is of the short kind that sockets and pipes have, ``write EPIPE``.

    Returns:
        `error` itself.
    """
    if not isinstance(error, OSError):
        return error
    code = _code(error)
    if error.filename is None and path is not None:
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


def _code(error: OSError) -> str:
    if error.errno is not None:
        return errno.errorcode.get(error.errno, "UNKNOWN")
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    return "UNKNOWN"
