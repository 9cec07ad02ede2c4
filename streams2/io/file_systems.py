"""Which files can be opened and closed without a thread, as nobody has to wait for a disk.

Linux tells of a descriptor on what kind of file system it is. Of a path it does so only when the
path has been looked up, and that may take a while, wherever it leads. So a thread opens the first
file of a directory, and what that is on is remembered; for a second, as something else may be
mounted there by then. A last name that is a link, a FIFO or a device leads elsewhere, and is a
thread's. The next files of the directory

* are opened and closed without a thread, if they are in memory and on no disk at all. Memory takes
  its time, too, where there is much to give back: to empty a large file, or to close one that has
  no name any more, is a thread's;
* are opened without a thread to be read, on a disk of this machine, if the system has their names
  in memory (`cached`); to be written, never. They are closed without a thread if they were only
  read, or are small and new: of a file that was emptied first, some systems begin to write to the
  disk what is in it now, and of one without a name, all look for what it held there.

A network's file systems, and those of other processes, are neither: there, a thread does it all.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

if sys.platform != "win32":
    import fcntl

from .cached import opener_without_waiting
from .handles import Handle, Path
from .offload import outcome_of

__all__ = [
    "OF_DISKS",
    "OF_MEMORY",
    "closes_at_once",
    "file_system_of",
    "lives_in_memory",
    "open_and_remember",
    "opened_at_once",
]

OF_MEMORY = frozenset(("tmpfs", "ramfs"))
OF_DISKS = frozenset(("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "overlay"))
"""Those of this machine's own disks, whose writes go to memory first."""
_REMEMBERED = 1.0  # seconds
_MOST = 64
_LARGEST = 1 << 20  # bytes: given back in about 0.1 ms

_is_linux = sys.platform.startswith("linux")

# By device: of what kind it is, and since when that is known. And by directory, of those that are
# in memory or on a disk: since when, the device, and its kind.
_devices: dict[int, tuple[float, str]] = {}
_directories: dict[Path, tuple[float, int, str]] = {}


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
    return _is_linux and _kind_of(fd, device) in OF_MEMORY


def _kind_of(fd: int, device: int) -> str:
    now = time.monotonic()
    since, kind = _devices.get(device, (-_REMEMBERED, ""))
    if now - since >= _REMEMBERED:
        kind = file_system_of(fd)[0]
        _devices[device] = now, kind
    return kind


def open_and_remember(handle: Handle, path: Path, flags: int, mode: int) -> bool:
    """`Handle.open_unless_it_blocks`, in a thread; the next one may need none."""
    opened = handle.open_unless_it_blocks(path, flags, mode)
    if opened and _is_linux:
        outcome_of(_remember, (handle.fd, path))
    return opened


def _remember(fd: int, path: Path) -> None:
    directory = _directory_of(path)  # Empty for the root, which nobody remembers.
    if _known_of(directory) is not None or not _may_be_quick(_kind_of(fd, os.fstat(fd).st_dev)):
        return
    # The file may be elsewhere: its name may be a link.
    at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        device = os.fstat(at).st_dev
        kind = _kind_of(at, device)
        if _may_be_quick(kind):
            if len(_directories) >= _MOST:
                _directories.clear()
            _directories[directory] = time.monotonic(), device, kind
    finally:
        os.close(at)


def _may_be_quick(kind: str) -> bool:
    return kind in OF_MEMORY or kind in OF_DISKS


def _known_of(directory: Path) -> tuple[int, str] | None:
    """The device of a directory, and its kind, if that is known at present."""
    since, device, kind = _directories.get(directory, (-_REMEMBERED, -1, ""))
    return None if time.monotonic() - since >= _REMEMBERED else (device, kind)


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
    known = _known_of(_directory_of(path)) if _directories else None
    if known is None:
        return None
    device, kind = known
    if kind in OF_DISKS:
        opener = opener_without_waiting() if flags == os.O_RDONLY else None
        # Whatever is wrong, a thread will say it.
        failed = opener is None or outcome_of(handle.take, (opener, path, device))[0] is not None
        return None if failed else (None, True)
    if not _is_in_memory(path, flags, device):
        return None
    error, _ = outcome_of(handle.open, (path, flags | os.O_NOFOLLOW, mode))
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return None  # A link, this very moment.
    return error, error is None


def _is_in_memory(path: Path, flags: int, device: int) -> bool:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return True  # It is about to be created, if that is what the flags say.
    except OSError:
        return False
    is_large = found.st_size > _LARGEST and flags & os.O_TRUNC
    return stat.S_ISREG(found.st_mode) and found.st_dev == device and not is_large


def closes_at_once(handle: Handle) -> bool:
    """Whether a file is closed without ado."""
    if not _is_linux:
        return False
    try:
        found = os.fstat(handle.fd)
        kind = _kind_of(handle.fd, found.st_dev)
        if kind in OF_MEMORY:
            return found.st_nlink > 0 or found.st_size <= _LARGEST
        if kind not in OF_DISKS or not found.st_nlink:
            return False
        is_read = not fcntl.fcntl(handle.fd, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR)
    except OSError:
        return False
    return is_read or (handle.is_new and found.st_size <= _LARGEST)
