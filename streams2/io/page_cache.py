"""Whether a write will only be copied to memory, and so may be made on the loop's own time.

The system takes what is written to a file into memory, which is quick, and brings it to the disk
later. It makes the writer wait, up to 200 ms a call, when

* too much is on its way to the disk already: Linux tells how much that is, and below the middle of
  its two limits it lets nobody wait;
* the file system has little space left, and looks where to put things before it takes more;
* a disk is busy with much of that now, and the journal of its file system with it;
* the file asks for it (``O_SYNC``, ``O_DIRECT``), or its file system does not work that way: one
  over a network or in another process. The kinds that do are listed here;
* the processes of a container have a limit of their own, which the system's figures do not show;
* a page of the file must be read, because it is written only in part: as it can be with what was
  in the file before;
* something else is in the way. That is learnt: after a write that took long, a thread writes for a
  while, and for twice as long each time that it is found so again. (A write that took long only
  because other programs had the processor waited for nothing, and teaches nothing.)

Where none of this can be found out, the answer is no.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import stat
import sys
import time
from typing import Protocol

from .file_systems import OF_DISKS, OF_MEMORY, file_system_of, lives_in_memory

if sys.platform != "win32":
    import fcntl

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]  # Neither Windows nor a browser's Python tells.

__all__ = ["WritesAtOnce", "writes_at_once"]

_NULL_ZERO_FULL = ((1, 3), (1, 5), (1, 7))

_THIS_THREAD = getattr(resource, "RUSAGE_THREAD", 1)  # PyPy does not name it.

_LARGEST = 1 << 20  # bytes: copied in about 0.2 ms
_LOOK_AFTER = 4 << 20  # bytes
_LOOK_EVERY = 0.1  # seconds
_LOOK_AGAIN = 0.01  # seconds
_BUSY = 8 << 20  # bytes
_PLENTY = 4 << 30  # bytes
_LONG = 0.004  # seconds
_SHORTLY = 0.0005  # seconds
_LEAST_DETOUR, _LONGEST_DETOUR = 8 << 20, 1 << 30  # bytes
_FORGOTTEN_AFTER = 64 << 20  # bytes


class WritesAtOnce(Protocol):
    """Knows of one descriptor whether a write to it waits for nothing."""

    def takes(self, size: int, position: int | None) -> bool:
        """Whether `size` bytes at `position` can be written now without having to wait."""

    def begin(self) -> None:
        """A write begins on the loop's time."""

    def took(self, size: int) -> None:
        """So many bytes were written since `begin`."""


class _Memory:
    """A device, or a file, that is no more than memory."""

    def __init__(self, most: float) -> None:
        self._most = most

    def takes(self, size: int, position: int | None) -> bool:
        return size <= self._most

    def begin(self) -> None:
        pass

    def took(self, size: int) -> None:
        pass


class _File:
    """A file on a disk."""

    def __init__(self, fd: int, size: int, place: _Place) -> None:
        self._fd = fd
        self._old_size = size
        self._all_is_new = size == 0
        self._place = place
        self._until_look = 0
        self._has_space = False
        self._began = 0.0
        self._waits = 0
        self._waits_known_until = 0.0

    def takes(self, size: int, position: int | None) -> bool:
        if not self._all_is_new:
            # The write that gets there may have to read the last page first, and is a thread's.
            at = os.lseek(self._fd, 0, os.SEEK_CUR) if position is None else position
            self._all_is_new = at > self._old_size
        return self._all_is_new and self._finds_space(size) and self._place.takes(size)

    def _finds_space(self, size: int) -> bool:
        self._until_look -= size
        if self._until_look <= 0:
            self._until_look = _LOOK_AFTER
            self._has_space = _space_left(self._fd) > _PLENTY
        return self._has_space

    def begin(self) -> None:
        self._began = time.perf_counter()
        # To ask before each chunk of many would be a twentieth of the time of a copy.
        if self._began > self._waits_known_until:
            self._waits, self._waits_known_until = _times_waited(), self._began + _SHORTLY

    def took(self, size: int) -> None:
        was_long = time.perf_counter() - self._began > _LONG
        self._place.took(size, was_slow=was_long and _times_waited() > self._waits)


class _Place:
    """A file system, and what was learnt of it."""

    def __init__(self, kind_is_known: bool) -> None:
        self.kind_is_known = kind_is_known
        self.known_since = time.monotonic()
        self._detour = _LEAST_DETOUR
        self._left_of_detour = 0
        self._since_it_was_slow = 0

    def takes(self, size: int) -> bool:
        if self._left_of_detour > 0:
            self._left_of_detour -= size
            return False
        return size <= _LARGEST and _waiting_for_disk.leaves_room(size)

    def took(self, size: int, was_slow: bool) -> None:
        self._since_it_was_slow += size
        if was_slow:
            self._left_of_detour = self._detour
            self._detour = min(2 * self._detour, _LONGEST_DETOUR)
            self._since_it_was_slow = 0
        elif self._since_it_was_slow > _FORGOTTEN_AFTER:
            self._detour = _LEAST_DETOUR


class _WaitingForDisk:
    """How much the whole system has in memory that is yet to be written to a disk.

    To ask takes longer than a write: it is asked every few MiB, and what was written meanwhile is
    added.
    """

    def __init__(self) -> None:
        self._room = 0
        self._was_full = False
        self._good_until = 0.0

    def leaves_room(self, size: int) -> bool:
        now = time.monotonic()
        if now >= self._good_until or (self._room < size and not self._was_full):
            self._room = min(_LOOK_AFTER, _room_in_memory())
            self._was_full = self._room < size
            self._good_until = now + (_LOOK_AGAIN if self._was_full else _LOOK_EVERY)
        if self._room < size:
            return False
        self._room -= size
        return True


def _times_waited() -> int:
    """How often this thread has waited for something."""
    return 0 if resource is None else resource.getrusage(_THIS_THREAD).ru_nvcsw


_waiting_for_disk = _WaitingForDisk()
_places: dict[int, _Place] = {}


def _room_in_memory() -> int:
    """How many bytes can be written before anybody has to wait."""
    wanted = ("nr_dirty", "nr_writeback", "nr_dirty_threshold", "nr_dirty_background_threshold")
    try:
        with open("/proc/vmstat", "rb") as file:
            lines = file.read().decode("ascii").splitlines()
        pages = dict(line.split(" ", 1) for line in lines)
        dirty, writeback, limit, background = (int(pages[name]) for name in wanted)
    except (OSError, KeyError, ValueError):
        return 0
    page = os.sysconf("SC_PAGE_SIZE")
    if writeback * page > _BUSY:
        return 0
    return ((limit + background) // 2 - dirty - writeback) * page


def _space_left(fd: int) -> int:
    """How many bytes the file system of a descriptor has room for."""
    found = os.fstatvfs(fd)
    return found.f_bavail * found.f_frsize


@functools.lru_cache(maxsize=1)
def _memory_is_limited() -> bool:
    """Whether this process is in a container that may have only so much memory."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            groups = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return True
    for _, controllers, path in groups:
        if controllers == "":
            root, names = "/sys/fs/cgroup", ["memory.max", "memory.high"]
        elif "memory" in controllers.split(","):
            root, names = "/sys/fs/cgroup/memory", ["memory.limit_in_bytes"]
        else:
            continue
        parts = [part for part in path.split("/") if part and part != ".."]
        above = ["/".join((root, *parts[:depth])) for depth in range(len(parts) + 1)]
        if any(_is_limit(f"{group}/{name}") for group in above for name in names):
            return True
    return False


def _is_limit(path: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
        # The older kind says "none" by a number that no machine has.
        return text != "max" and int(text) < 1 << 60
    return False


def _place_of(fd: int, device: int) -> _Place:
    place = _places.get(device)
    # The number may be another file system's by now.
    if place is None or time.monotonic() - place.known_since > 1:
        known = _copies_to_memory(fd)
        if place is None or place.kind_is_known != known:
            place = _places[device] = _Place(known)
        place.known_since = time.monotonic()
    return place


def _copies_to_memory(fd: int) -> bool:
    """Whether the file is on a file system whose writes go to memory first."""
    kind, options = file_system_of(fd)
    return kind in OF_DISKS | OF_MEMORY and not options & {"sync", "dirsync"}


def writes_at_once(fd: int, found: os.stat_result) -> WritesAtOnce | None:
    """What knows when writes to a descriptor can be made at once; None if they never can.

    Args:
        fd: an open descriptor.
        found: what `os.fstat` says of it.
    """
    if not sys.platform.startswith("linux"):
        return None
    if stat.S_ISCHR(found.st_mode):
        device = os.major(found.st_rdev), os.minor(found.st_rdev)
        return _Memory(math.inf) if device in _NULL_ZERO_FULL else None
    waits = os.O_DSYNC | os.O_SYNC | os.O_DIRECT
    if not stat.S_ISREG(found.st_mode) or fcntl.fcntl(fd, fcntl.F_GETFL) & waits:
        return None
    if _memory_is_limited():
        return None
    if lives_in_memory(fd, found.st_dev):
        return _Memory(_LARGEST)
    place = _place_of(fd, found.st_dev)
    if not place.kind_is_known:
        return None
    return _File(fd, found.st_size, place)
