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
import socket
from typing import Any, TypeVar

from ..errors import add_note, section_of

__all__ = ["told", "told_of_host", "told_of_socket"]

# Where libuv's words are not those of the C library in lower case.
_WORDS = {
    "EADDRNOTAVAIL": "address not available",
    "EAFNOSUPPORT": "address family not supported",
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
            `filename`, unless the error has one; of what could not be opened, `path` as well.
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
            error.__dict__["path"] = os.fsdecode(path)
            message += f" '{os.fsdecode(path)}'"
    error.__dict__.update(code=code, syscall=syscall, message=message)
    add_note(error, section_of(code))
    return error


def told_of_socket(
    error: OSError,
    syscall: str,
    address: str | bytes | None = None,
    port: int | None = None,
    *,
    with_words: bool = False,
) -> OSError:
    """The error of a socket, as Node tells it: ``connect ECONNREFUSED 127.0.0.1:1``.

    >>> told_of_socket(ConnectionResetError(104, "Connection reset by peer"), "read")
    ConnectionResetError(104, 'read ECONNRESET')

    Args:
        error: what the system call raised.
        syscall: the call's name.
        address, port: where it was to go, if that is of interest: a host or a path.
        with_words: say in words what is wrong, as Node does of what a server asked for.

    Returns:
        A new error of the same kind.
    """
    code = _code(error)
    number = error.errno if error.errno is not None else getattr(errno, code, 0)
    message = f"{syscall} {code}"
    if with_words:
        message += f": {_WORDS.get(code) or os.strerror(number).lower()}"
    where = {} if address is None else {"address": os.fsdecode(address)}
    if where:
        message += f" {where['address']}" + ("" if port is None else f":{port}")
    told_error = OSError(number, message)
    told_error.__dict__.update(code=code, syscall=syscall, message=message, **where)
    if port is not None:
        told_error.__dict__["port"] = port
    add_note(told_error, section_of(code))
    return told_error


# A browser's Python has no such numbers.
_NONAME: int = getattr(socket, "EAI_NONAME", -2)
_UNKNOWN_HOST = {_NONAME, getattr(socket, "EAI_NODATA", _NONAME)}
_NAMES_OF_HOSTS = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}


def told_of_host(error: Exception, host: str) -> OSError:
    """Why the addresses of `host` are not known, as Node tells it.

    >>> told_of_host(UnicodeError("no such host"), "nowhere.invalid").code
    'ENOTFOUND'

    Args:
        error: what asking for them raised. A host that cannot even be asked for is unknown.
        host: its name.
    """
    number = error.errno if isinstance(error, socket.gaierror) else _NONAME
    number = _NONAME if number is None else number
    code = "ENOTFOUND" if number in _UNKNOWN_HOST else _NAMES_OF_HOSTS.get(number, "UNKNOWN")
    message = f"getaddrinfo {code} {host}"
    told_error = socket.gaierror(number, message)
    told_error.__dict__.update(code=code, syscall="getaddrinfo", message=message, hostname=host)
    add_note(told_error, section_of(code))
    return told_error


def _code(error: OSError) -> str:
    if error.errno is not None:
        return errno.errorcode.get(error.errno, "UNKNOWN")
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    return "UNKNOWN"
