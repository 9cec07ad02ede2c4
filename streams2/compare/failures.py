"""The errors that a disk is made to give."""

from __future__ import annotations

import errno
import os

__all__ = ["disk_full", "unreadable"]


def unreadable(path: str) -> OSError:
    """What reading fails with, if it is to fail."""
    return OSError(errno.EIO, os.strerror(errno.EIO), path)


def disk_full(path: str) -> OSError:
    """What writing fails with, if it is to fail."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
