"""What is on no disk at all, so that nobody waits for one: files of a file system in memory.

Linux tells of a descriptor on what kind of file system it is. Of a path it does so only when the
path has been looked up, and that may take a while, wherever it leads. So a thread opens the first
file of a directory. If that is in memory, the next ones are opened without a thread, which takes
longer than all that they are opened for; for a second, as something else may be mounted there by
then. A last name that is a link, a FIFO or a device leads elsewhere, and is a thread's.

Memory takes its time, too, where there is much to give back: to empty a large file, or to close one
that has no name any more, is a thread's.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

from .handles import Handle, Path
from .offload import outcome_of

__all__ = [
    "closes_at_once",
    "file_system_of",
    "lives_in_memory",
    "open_and_remember",
    "opened_at_once",
]

_OF_MEMORY = frozenset(("tmpfs", "ramfs"))
_REMEMBERED = 1.0  # seconds
_MOST = 64
_LARGEST = 1 << 20  # bytes: given back in about 0.1 ms

_is_linux = sys.platform.startswith("linux")

# By device: whether it is memory, and since when that is known. And by directory, of those that are
# in memory: since when, and the device.
_devices: dict[int, tuple[float, bool]] = {}
_directories: dict[Path, tuple[float, int]] = {}


def file_system_of(fd: int) -> tuple[str, set[str]]:
    """What kind of file system a file is on, and the options it has; ``""`` if nobody knows."""
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
            mount = next(line.split()[1] for line in file if line.startswith("mnt_id:"))
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            fields = next(line.split() for line in file if line.startswith(f"{mount} "))
    except (OSError, StopIteration):
        return "", set()
    kind, _, options = fields[fields.index("-") + 1 :]
    return kind, {*fields[5].split(","), *options.split(",")}


def lives_in_memory(fd: int, device: int) -> bool:
    """Whether a file is on no disk at all, so that to read it is only to copy it.

    Args:
        fd: an open descriptor.
        device: the number of its file system, as `os.fstat` tells it.
    """
    if not _is_linux:
        return False
    now = time.monotonic()
    since, is_memory = _devices.get(device, (-_REMEMBERED, False))
    if now - since >= _REMEMBERED:
        is_memory = file_system_of(fd)[0] in _OF_MEMORY
        _devices[device] = now, is_memory
    return is_memory


def open_and_remember(handle: Handle, path: Path, flags: int, mode: int) -> bool:
    """`Handle.open_unless_it_blocks`, in a thread; the next one may need none."""
    opened = handle.open_unless_it_blocks(path, flags, mode)
    if opened and _is_linux:
        outcome_of(_remember, (handle.fd, path))
    return opened


def _remember(fd: int, path: Path) -> None:
    if not lives_in_memory(fd, os.fstat(fd).st_dev):
        return
    directory = _directory_of(path)  # Empty for the root, which nobody remembers.
    # The file may be elsewhere: its name may be a link.
    at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        device = os.fstat(at).st_dev
        if lives_in_memory(at, device):
            if len(_directories) >= _MOST:
                _directories.clear()
            _directories[directory] = time.monotonic(), device
    finally:
        os.close(at)


def _directory_of(path: Path) -> Path:
    if isinstance(path, bytes):
        return (path if path[:1] == b"/" else os.path.join(os.getcwdb(), path)).rpartition(b"/")[0]
    return (path if path[:1] == "/" else os.path.join(os.getcwd(), path)).rpartition("/")[0]


def opened_at_once(
    handle: Handle, path: Path, flags: int, mode: int
) -> tuple[Exception | None, bool] | None:
    """Open a file if that needs no thread: the error, or None and True.

    None: it may need one, and nothing was opened.
    """
    if not _directories or not _is_in_memory(path, flags):
        return None
    error, _ = outcome_of(handle.open, (path, flags | os.O_NOFOLLOW, mode))
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return None  # A link, this very moment.
    return error, error is None


def _is_in_memory(path: Path, flags: int) -> bool:
    try:
        directory = _directory_of(path)
        since, device = _directories.get(directory, (-_REMEMBERED, -1))
        if time.monotonic() - since >= _REMEMBERED:
            return False
        found = os.lstat(path)
    except FileNotFoundError:
        return True  # It is about to be created, if that is what the flags say.
    except OSError:
        return False
    is_large = found.st_size > _LARGEST and flags & os.O_TRUNC
    return stat.S_ISREG(found.st_mode) and found.st_dev == device and not is_large


def closes_at_once(fd: int) -> bool:
    """Whether a file that lives in memory is closed without ado."""
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return found.st_nlink > 0 or found.st_size <= _LARGEST
