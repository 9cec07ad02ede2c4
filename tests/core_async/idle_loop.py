"""An event loop for tests: it never waits, and stops when nothing is left to do.

Time stands still until a test moves it, so that nothing here depends on the speed of a machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NeverWaits(selectors.SelectSelector):
    """Stops the loop where it would sleep; until then, moves its clock to the next timer."""

    loop: IdleLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or self.loop.now + timeout > self.loop.deadline:
            self.loop.stop()
        else:
            self.loop.now += timeout
        return []


class IdleLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.now = self.deadline = 0.0
        selector = _NeverWaits()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def settle(self, seconds: float = 0) -> None:
        """Run until there is nothing more to do within `seconds`, and let that time pass."""
        self.deadline = self.now + seconds
        self.run_forever()
        self.now = self.deadline

    def run(self, main: Coroutine[Any, Any, T], seconds: float = 0) -> T:
        """Run `main` to its end.

        Raises:
            RuntimeError: it has come to wait for something that never happens.
        """
        task = self.create_task(main)
        self.settle(seconds)
        if not task.done():
            self.cancel_all()
            raise RuntimeError(f"never ends: {main!r}")
        return task.result()

    def cancel_all(self) -> None:
        """Cancel every task, and let each come to its end."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.settle()

    def close(self) -> None:
        if not self.is_closed():
            self.cancel_all()
        super().close()
