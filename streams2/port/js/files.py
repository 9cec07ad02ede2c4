"""Node's functions on whole files: ``fs.readFileSync``, and those that do it later."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from stat import S_ISDIR, S_ISFIFO, S_ISLNK, S_ISREG, S_ISSOCK
from typing import IO, TypeVar, cast

from ... import buffer
from ...io.system_errors import told
from .dates import Date
from .errors import Error
from .functions import call
from .objects import Object, item
from .promises import spawn
from .text import text

T = TypeVar("T")
Content = object


def _named(work: Callable[..., T], syscall: str, path: object, *arguments: object) -> T:
    """Do it; an error has Node's code and words."""
    try:
        return work(path, *arguments)
    except OSError as error:
        named = os.fsdecode(path) if isinstance(path, (str, bytes)) else None
        raise _with_paths(told(error, syscall, named), named, arguments) from None


def _with_paths(error: OSError, path: str | None, arguments: tuple[object, ...]) -> OSError:
    """Say which file it was, and what was to become of it, as Node does."""
    if path is None or hasattr(error, "path"):
        return error
    words = f"{getattr(error, 'message', error)} '{path}'"
    vars(error).update(path=path, message=words)
    if getattr(error, "syscall", "") in ("rename", "copyfile"):
        vars(error).update(dest=arguments[0], message=f"{words} -> '{arguments[0]}'")
    return error


def _encoding(options: object) -> str | None:
    found = options if isinstance(options, str) else item(options, "encoding") if options else None
    return cast("str | None", found)


def _opened(path: object, mode: str) -> IO[bytes]:
    return cast("IO[bytes]", open(cast("str", path), mode))


def read_file(path: object, options: object = None) -> bytes | str:
    """``fs.readFileSync``: text if there is an encoding."""
    if path == 0:
        with open(0, "rb", closefd=False) as standard_input:
            content = standard_input.read()
    else:
        if isinstance(path, str) and os.path.isdir(path):
            raise told(IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)), "read")
        with _named(_opened, "open", path, "rb") as file:
            content = file.read()
    encoding = _encoding(options)
    return content if encoding is None else buffer.to_string(content, encoding)


def _write(path: object, content: Content, mode: str, options: object) -> None:
    if isinstance(content, (bytes, bytearray, memoryview)):
        raw = bytes(content)
    else:
        raw = buffer.from_(text(content), _encoding(options) or "utf8")
    with _named(_opened, "open", path, mode) as file:
        file.write(raw)


def write_file(path: object, content: Content, options: object = None) -> None:
    """``fs.writeFileSync``."""
    flag = item(options, "flag") if isinstance(options, Object) else None
    _write(path, content, "ab" if flag == "a" else "wb", options)


def append_file(path: object, content: Content, options: object = None) -> None:
    """``fs.appendFileSync``."""
    _write(path, content, "ab", options)


def unlink(path: object) -> None:
    """``fs.unlinkSync``."""
    _named(os.unlink, "unlink", path)


def rm(path: object, options: object = None) -> None:
    """``fs.rmSync``."""
    recursive, force = (item(options, name) if options else None for name in ("recursive", "force"))
    if not os.path.lexists(cast("str", path)) and force:
        return
    if recursive and os.path.isdir(cast("str", path)):
        _named(shutil.rmtree, "rm", path)
    else:
        _named(os.lstat, "lstat", path)
        if os.path.isdir(cast("str", path)):
            failure = Error(f"Path is a directory: rm returned EISDIR (is a directory) {path}")
            vars(failure).update(code="ERR_FS_EISDIR", syscall="rm", path=path)
            raise failure
        _named(os.unlink, "unlink", path)


def mkdir(path: object, options: object = None) -> None:
    """``fs.mkdirSync``."""
    if options is not None and item(options, "recursive"):
        _named(lambda where: os.makedirs(cast("str", where), exist_ok=True), "mkdir", path)
    else:
        _named(os.mkdir, "mkdir", path)


def mkdtemp(prefix: str) -> str:
    """``fs.mkdtempSync``."""
    return tempfile.mkdtemp(prefix=os.path.basename(prefix), dir=os.path.dirname(prefix) or ".")


def readdir(path: object, options: object = None) -> list[object]:
    """``fs.readdirSync``, with ``withFileTypes`` too."""
    names = sorted(_named(os.listdir, "scandir", path))
    if options is None or isinstance(options, str) or not item(options, "withFileTypes"):
        return list(names)
    return [_entry(os.path.join(cast("str", path), name), name) for name in names]


def _entry(path: str, name: str) -> Object:
    return Object(
        name=name,
        parentPath=os.path.dirname(path),
        isFile=lambda: os.path.isfile(path) and not os.path.islink(path),
        isDirectory=lambda: os.path.isdir(path) and not os.path.islink(path),
        isSymbolicLink=lambda: os.path.islink(path),
    )


def stat(path: object, _options: object = None) -> Object:
    """``fs.statSync``."""
    return _told_of(_named(os.stat, "stat", path))


def lstat(path: object, _options: object = None) -> Object:
    """``fs.lstatSync``: of a link itself."""
    return _told_of(_named(os.lstat, "lstat", path))


def _told_of(found: os.stat_result) -> Object:
    mode = found.st_mode
    return Object(
        dev=found.st_dev,
        mode=mode,
        nlink=found.st_nlink,
        uid=found.st_uid,
        gid=found.st_gid,
        ino=found.st_ino,
        size=found.st_size,
        atimeMs=found.st_atime * 1000,
        mtimeMs=found.st_mtime * 1000,
        ctimeMs=found.st_ctime * 1000,
        atime=Date(found.st_atime * 1000),
        mtime=Date(found.st_mtime * 1000),
        ctime=Date(found.st_ctime * 1000),
        isFile=lambda: S_ISREG(mode),
        isDirectory=lambda: S_ISDIR(mode),
        isSymbolicLink=lambda: S_ISLNK(mode),
        isFIFO=lambda: S_ISFIFO(mode),
        isSocket=lambda: S_ISSOCK(mode),
    )


def rename(path: object, new: object) -> None:
    """``fs.renameSync``."""
    _named(os.rename, "rename", path, new)


def copy_file(path: object, new: object, _mode: int = 0) -> None:
    """``fs.copyFileSync``."""
    _named(shutil.copyfile, "copyfile", path, new)


def truncate(path: object, size: int = 0) -> None:
    """``fs.truncateSync``."""
    _named(os.truncate, "open", path, size)


def open_file(path: object, flags: str = "r", mode: int = 0o666) -> int:
    """``fs.openSync``: a descriptor."""
    kinds = {
        "r": os.O_RDONLY,
        "r+": os.O_RDWR,
        "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
        "w+": os.O_RDWR | os.O_CREAT | os.O_TRUNC,
        "wx": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
        "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
        "a+": os.O_RDWR | os.O_CREAT | os.O_APPEND,
    }
    return _named(os.open, "open", path, kinds[flags], mode)


def close(fd: int) -> None:
    """``fs.closeSync``."""
    _named(os.close, "close", fd)


def read(
    fd: int, target: bytearray, at: int = 0, size: int | None = None, place: int | None = None
) -> int:
    """``fs.readSync``: how many bytes were read into `target`."""
    wanted = len(target) - at if size is None else size
    found = os.read(fd, wanted) if place is None or place < 0 else os.pread(fd, wanted, place)
    target[at : at + len(found)] = found
    return len(found)


def write(fd: int, content: Content, *places: int | None) -> int:
    """``fs.writeSync``: how many bytes were written."""
    if not isinstance(content, (bytes, bytearray, memoryview)):
        return os.write(fd, buffer.from_(text(content)))
    at, size, place = (*places, None, None, None)[:3]
    part = bytes(content)[at or 0 :][:size]
    return os.write(fd, part) if place is None else os.pwrite(fd, part, place)


def fstat(fd: int, _options: object = None) -> Object:
    """``fs.fstatSync``."""
    return _told_of(_named(os.fstat, "fstat", fd))


def _async(work: Callable[..., object]) -> Callable[..., Awaitable[object]]:
    """The same, for ``fs.promises``."""

    async def later(*arguments: object) -> object:
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)

    later.__doc__ = f"{(work.__doc__ or '').replace('fs.', 'fs.promises.').replace('Sync', '')}"
    return later


def _later(work: Callable[..., object]) -> Callable[..., None]:
    """The same, with a callback at the end."""
    in_thread = _async(work)

    def begin(*arguments: object) -> None:
        callback = arguments[-1]

        async def told_of() -> None:
            try:
                result = await in_thread(*arguments[:-1])
            except OSError as error:
                failure: Exception | None = error
            else:
                failure = None
            more = [] if failure else [result, *arguments[1:2]]
            call(callback, None, failure, *more)

        spawn(told_of())

    return begin


read_file_async, write_file_async = _async(read_file), _async(write_file)
append_file_async, unlink_async, rm_async = _async(append_file), _async(unlink), _async(rm)
mkdir_async, mkdtemp_async, readdir_async = _async(mkdir), _async(mkdtemp), _async(readdir)
stat_async, rename_async, copy_file_async = _async(stat), _async(rename), _async(copy_file)
truncate_async = _async(truncate)
read_file_later, write_file_later, stat_later = _later(read_file), _later(write_file), _later(stat)
unlink_later, rename_later = _later(unlink), _later(rename)
mkdir_later, readdir_later = _later(mkdir), _later(readdir)
open_later, close_later, fstat_later = _later(open_file), _later(close), _later(fstat)
read_later, write_later = _later(read), _later(write)
