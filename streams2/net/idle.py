"""How long nothing has come or gone: what `Socket.set_timeout` asks for."""

from __future__ import annotations

import asyncio
from typing import Callable

from ..io.offload import answer_and_tick
from ..loop.keepers import unref

__all__ = ["Idle"]


class Idle:
    """A timer that begins again with everything that happens. It holds no run open.

    Args:
        on_idle: called when nothing has happened for so long.
    """

    def __init__(self, on_idle: Callable[[], object]) -> None:
        self._on_idle = on_idle
        self._seconds = 0.0
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def set(self, milliseconds: float) -> None:
        """Wait for so long from now on; 0 for no longer."""
        self.stop()
        self._seconds = milliseconds / 1000
        self.touch()

    def touch(self) -> None:
        """Something has happened."""
        if not self._seconds:
            return
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        # What happens a thousand times a second moves no timer: that looks at the clock when due.
        if self._timer is None:
            self._start(self._seconds)

    def stop(self) -> None:
        """Wait no longer."""
        self._seconds = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)
        unref(self._timer)

    def _look(self) -> None:
        self._timer = None
        left = self._last + self._seconds - asyncio.get_running_loop().time()
        if left > 0:
            self._start(left)
        else:
            answer_and_tick(self._on_idle)
