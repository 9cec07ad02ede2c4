"""Descriptors that are closed once, whatever becomes of the loop, the stream and the threads.

A handle is closed by its stream; or when its loop shuts down, as `asyncio.run` and `streams2.run`
do at their end; or when it is collected, with a `ResourceWarning`. While a thread uses the
descriptor it is not closed under its hands, where another file might take its number: the last
user closes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
import threading
import time
import warnings
import weakref
from collections.abc import AsyncGenerator
from typing import Any, Callable, TypeVar, Union

__all__ = ["Borrowed", "Handle", "handles_of", "is_shut_down", "shared_by_loop"]

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
    """

    __slots__ = ("__weakref__", "_blocked_open", "_closing", "_lock", "_owned", "_users", "fd")

    def __init__(self, fd: int | None = None, *, owned: bool = True) -> None:
        self.fd = -1 if fd is None else fd
        self._owned = owned
        self._lock = threading.Lock()
        self._users = 0
        self._closing = False
        self._blocked_open: tuple[Path, int] | None = None

    def belong_to_loop(self) -> None:
        """Be closed when the running loop shuts down, at the latest."""
        _of_running_loop().handles.add(self)

    # -- in a thread ----------------------------------------------------------------------------

    def open_unless_it_blocks(self, path: Path, flags: int, mode: int) -> bool:
        """Open a file, but not a FIFO or a device: opening those may take for ever.

        Returns:
            Whether it was opened; if not, `open` has to be called where blocking does no harm.
        """
        try:
            kind = os.stat(path).st_mode
        except OSError:
            kind = 0  # `open` tells what is wrong, if anything is: it may be about to create it.
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

    def call(self, function: Callable[..., T], *args: Any) -> T:
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


class _OfLoop:
    """What belongs to one loop and goes with it.

    Attributes:
        handles: to close when the loop shuts down.
        shared: streams that are handed out to all who ask on this loop, by name.
    """

    def __init__(self) -> None:
        self.handles: weakref.WeakSet[Handle] = weakref.WeakSet()
        self.shared: dict[str, Any] = {}
        self.at_shutdown: AsyncGenerator[None, None] | None = None

    def close(self) -> None:
        self.shared.clear()
        for handle in list(self.handles):
            handle.abandon()


_of_loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}
_shut_down: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def _of_running_loop() -> _OfLoop:
    loop = asyncio.get_running_loop()
    mine = _of_loops.get(loop)
    if mine is None:
        _forget_closed_loops()
        mine = _of_loops[loop] = _OfLoop()
        mine.at_shutdown = _close_at_shutdown(loop, mine)
        _start(mine.at_shutdown)
    return mine


async def _close_at_shutdown(
    loop: asyncio.AbstractEventLoop, mine: _OfLoop
) -> AsyncGenerator[None, None]:
    # A loop has no hook for its end but this: it finalizes the async generators begun on it.
    try:
        yield
    finally:
        _of_loops.pop(loop, None)
        _shut_down.add(loop)
        mine.close()


def _start(generator: AsyncGenerator[None, None]) -> None:
    try:
        generator.__anext__().__await__().__next__()
    except StopIteration:
        pass  # How an awaitable says that it is done: the generator stands at its `yield`.


def _forget_closed_loops() -> None:
    # These were closed without having been shut down.
    for loop in [loop for loop in _of_loops if loop.is_closed()]:
        _of_loops.pop(loop).close()


def handles_of(loop: asyncio.AbstractEventLoop) -> list[Handle]:
    """The handles that will be closed when `loop` shuts down, if they are not collected before."""
    return list(_of_loops[loop].handles) if loop in _of_loops else []


def is_shut_down(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the handles that belonged to `loop` were closed because it shut down."""
    return loop in _shut_down


def shared_by_loop(name: str, wanted: Callable[[Any], bool], make: Callable[[], T]) -> T:
    """The stream that everybody on the running loop gets who asks for it by `name`.

    Without a running loop, everybody gets a stream of his own.

    Args:
        name: its name.
        wanted: whether the present one will still do.
        make: makes the first one, or one in place of one that will not do.
    """
    try:
        shared = _of_running_loop().shared
    except RuntimeError:
        return make()
    if name not in shared or not wanted(shared[name]):
        shared[name] = make()
    found: T = shared[name]
    return found
