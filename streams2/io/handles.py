"""Descriptors that are closed once, whatever becomes of the loop, the stream and the threads.

A handle is closed by its stream; or when its loop shuts down, as `asyncio.run` and `streams2.run`
do at their end; or when it is collected, with a `ResourceWarning`. While a thread uses the
descriptor it is not closed under its hands, where another file might take its number: the last
user closes it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
import time
import warnings
from typing import Callable, TypeVar, Union

from ..loop.belongings import belong_to_running_loop

__all__ = ["Borrowed", "Handle"]

T = TypeVar("T")
Path = Union[str, bytes]

# A thread is woken from its `open` only if it has come that far: a matter of microseconds.
_WAKING_ATTEMPTS = 20


class Handle:
    """A descriptor and its users.

    Args:
        fd: an open descriptor, or None for one that `open` will open.
        owned: whether to close it if nobody does. One that its user means to go on with is not.

    Attributes:
        fd: the descriptor; -1 before it is open.
        is_new: whether the file was not there before it was opened.
    """

    __slots__ = (
        *("__weakref__", "_blocked_open", "_closing", "_lock", "_owned", "_users", "fd", "is_new"),
    )

    def __init__(self, fd: int | None = None, *, owned: bool = True) -> None:
        self.fd = -1 if fd is None else fd
        self.is_new = False
        self._owned = owned
        self._lock = threading.Lock()
        self._users = 0
        self._closing = False
        self._blocked_open: tuple[Path, int] | None = None

    def belong_to_loop(self) -> None:
        """Be closed when the running loop shuts down, at the latest."""
        belong_to_running_loop(self)

    # -- in a thread ----------------------------------------------------------------------------

    def open_unless_it_blocks(self, path: Path, flags: int, mode: int) -> bool:
        """Open a file, but not a FIFO or a device: opening those may take for ever.

        Returns:
            Whether it was opened; if not, `open` has to be called where blocking does no harm.
        """
        try:
            kind = os.stat(path).st_mode
        except FileNotFoundError:
            kind = 0
            self.is_new = True
        except OSError:
            kind = 0  # `open` tells what is wrong.
        if stat.S_ISFIFO(kind) or stat.S_ISCHR(kind):
            return False
        self.open(path, flags, mode)
        return True

    def open(self, path: Path, flags: int, mode: int) -> None:
        """Open a file. A FIFO blocks until its other end is opened, or `interrupt` is called."""
        self._enter()
        other_end = os.O_RDONLY if flags & (os.O_WRONLY | os.O_RDWR) else os.O_WRONLY
        self._blocked_open = (path, other_end)
        try:
            self.fd = os.open(path, flags, mode)
        finally:
            self._blocked_open = None
            self._leave()

    def take(self, opener: Callable[..., int], *args: object) -> None:
        """Have the descriptor that ``opener(*args)`` opens, which does not block."""
        self._enter()
        try:
            self.fd = opener(*args)
        finally:
            self._leave()

    def call(self, function: Callable[..., T], *args: object) -> T:
        """Call ``function(fd, *args)``, and keep the descriptor open meanwhile."""
        self._enter()
        try:
            return function(self.fd, *args)
        finally:
            self._leave()

    # -- anywhere -------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Wake an `open` that waits for the other end of a FIFO, by opening that for a moment."""
        if self._blocked_open is None:
            return
        path, other_end = self._blocked_open
        try:
            if stat.S_ISFIFO(os.stat(path).st_mode):
                os.close(os.open(path, other_end | os.O_NONBLOCK))
        except OSError:
            pass  # The thread is not in its `open` yet, or no longer, or we may not.

    def close(self) -> None:
        """Close the descriptor, or leave that to the thread that uses it. Once; then do nothing.

        Raises:
            OSError: what closing said. The descriptor is closed all the same.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
            in_use = self._users > 0
        if not in_use:
            self._close_now()

    def abandon(self) -> None:
        """Close the descriptor, if it is ours to close: nobody will use it any more."""
        if not self._owned:
            return
        # Whatever the system says: nobody is left who could be told.
        with contextlib.suppress(OSError):
            self.close()
        for _ in range(_WAKING_ATTEMPTS):
            if self._blocked_open is None:
                break
            self.interrupt()
            time.sleep(0.001)

    def __del__(self) -> None:
        if self.fd >= 0 and self._owned and not self._closing:
            message = f"unclosed descriptor {self.fd} of a stream"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)
            self.abandon()

    def _enter(self) -> None:
        with self._lock:
            if self._closing:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._users += 1

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            left_to_us = self._closing and self._users == 0
        if left_to_us:
            self._close_now()

    def _close_now(self) -> None:
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)


class Borrowed(Handle):
    """A descriptor that the process was given, such as 0: it is not ours to close, ever."""

    __slots__ = ()

    def __init__(self, fd: int) -> None:
        super().__init__(fd, owned=False)

    def close(self) -> None:
        """Do nothing."""
