"""How the end of a child is noticed, without holding up the loop.

Linux has descriptors for processes, which the loop waits for as for any other. Elsewhere a thread
waits. Either way the child is told dead and buried on the loop: its number belongs to nobody else
for as long as somebody here may send it a signal. (Where Python has no `os.waitid`, the thread
buries it.)

asyncio's child watchers are not used: they are gone from Python 3.14, and before that they depend
on which thread runs what.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import subprocess
import threading
from typing import Callable

from ..io.offload import answer_and_tick
from ..loop.belongings import belong_to_running_loop
from ..loop.keepers import Hold, hold

__all__ = ["Watch"]


class Watch:
    """Waits for one child.

    Args:
        process: the child.
        tell: called on the loop with its return code, as `subprocess.Popen` has it.

    Attributes:
        process: the child.
        over: whether it has ended, or nobody waits for it any more.
    """

    def __init__(self, process: subprocess.Popen[bytes], tell: Callable[[int], object]) -> None:
        self.process = process
        self.over = False
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._held: Hold | None = None
        self._pidfd = -1
        belong_to_running_loop(self)
        self.ref()
        try:
            self._pidfd = os.pidfd_open(process.pid)
            self._loop.add_reader(self._pidfd, self._on_ready)
        except (AttributeError, OSError, NotImplementedError):
            # There are none here, or no more of them, or the loop cannot watch one.
            self._close_pidfd()
            self._wait_in_thread()

    def ref(self) -> None:
        """Keep the run open until the child has ended."""
        if self._held is None and not self.over:
            self._held = hold()

    def unref(self) -> None:
        """Let the run end before the child."""
        if self._held is not None:
            self._held.release()
            self._held = None

    def abandon(self) -> None:
        """The loop is over. The child may live on: it is buried when it has ended, all the same."""
        if self.over:
            return
        self.over = True
        self.unref()
        had_pidfd = self._pidfd >= 0
        if had_pidfd:
            with contextlib.suppress(RuntimeError):  # The loop is closed already.
                self._loop.remove_reader(self._pidfd)
            self._close_pidfd()
        if self.process.poll() is None and had_pidfd:
            _in_thread("streams2 undertaker", self.process.wait)

    # -- with a descriptor ------------------------------------------------------------------------

    def _on_ready(self) -> None:
        self._loop.remove_reader(self._pidfd)
        self._close_pidfd()
        # What the child wrote before it ended is there to be read, too, and comes first.
        self._loop.call_soon(self._bury)

    def _close_pidfd(self) -> None:
        fd, self._pidfd = self._pidfd, -1
        if fd >= 0:
            os.close(fd)

    # -- with a thread ----------------------------------------------------------------------------

    def _wait_in_thread(self) -> None:
        context = contextvars.copy_context()

        def wait() -> None:
            if hasattr(os, "waitid"):
                os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            else:
                self.process.wait()
            try:
                self._loop.call_soon_threadsafe(self._on_dead, context=context)
            except RuntimeError:
                pass  # The loop was closed meanwhile: nobody is left who could be told.
            if self.over:
                self.process.wait()

        _in_thread("streams2 child", wait)

    def _on_dead(self) -> None:
        # The loop may not have looked at the pipes since the child ended: the next turn has.
        self._loop.call_soon(self._loop.call_soon, self._bury)

    # -- either way -------------------------------------------------------------------------------

    def _bury(self) -> None:
        if self.over:
            return
        self.over = True
        code = self.process.wait()
        self.unref()
        answer_and_tick(self._tell, code)


def _in_thread(name: str, function: Callable[[], object]) -> None:
    threading.Thread(target=function, name=name, daemon=True).start()
