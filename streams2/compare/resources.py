"""What a process has and uses: descriptors, memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

try:
    import resource
except ModuleNotFoundError:  # Windows has none.
    resource = None  # type: ignore[assignment]

__all__ = ["any_open", "peak_rss_bytes"]

_DESCRIPTORS = ("/proc/self/fd", "/dev/fd")
_MOST_DESCRIPTORS = 4096


def any_open(paths: Iterable[str]) -> bool:
    """Whether this process has a descriptor of one of `paths`; they are told apart by inode."""
    wanted = {_identity(os.stat(path)) for path in paths if os.path.exists(path)}
    return any(_identity_of(descriptor) in wanted for descriptor in _descriptors())


def _descriptors() -> Iterable[int]:
    for directory in _DESCRIPTORS:
        if os.path.isdir(directory):
            return [int(name) for name in os.listdir(directory)]
    return range(_MOST_DESCRIPTORS)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _identity_of(descriptor: int) -> tuple[int, int] | None:
    try:
        return _identity(os.fstat(descriptor))
    except OSError:
        return None  # Not open, or no longer: listing the descriptors takes one, too.


def peak_rss_bytes() -> int | None:
    """The most memory this process has had; None where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    if resource is None:
        return None
    # Not as good: what a process was started by counts as its own until it has grown past that.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
