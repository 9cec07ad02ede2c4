"""Waiting for a variant as long as it gets on."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ..measurements import Gauge

__all__ = ["Onlooker", "Patience", "in_words"]


def in_words(error: BaseException) -> str:
    """An error in one line. A group of one error is that error, to who reads of it."""
    inside: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    if len(inside) == 1:
        return in_words(inside[0])
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class Patience:
    """Has an end when nothing moves for too long.

    Attributes:
        look_again_after: seconds to wait before the next look.
    """

    def __init__(self, gauge: Gauge, seconds: float) -> None:
        self.look_again_after = seconds / 10
        self._gauge = gauge
        self._seconds = seconds
        self._seen = -1
        self._moved_at = 0.0

    def is_exhausted(self) -> bool:
        """Whether nothing has been read and nothing written for so long."""
        moved = self._gauge.total_read + self._gauge.total_written
        now = time.monotonic()
        if moved != self._seen:
            self._seen = moved
            self._moved_at = now
        return now - self._moved_at >= self._seconds


class Onlooker:
    """Waits for what is to happen on the running loop, unless something else ends it.

    Args:
        gauge: shows whether anything moves.
        patience: after how many seconds in which nothing moved there is no hope left.

    Attributes:
        uncaught: done with the first exception that nobody caught. It would have ended a program.
    """

    def __init__(self, gauge: Gauge, patience: float) -> None:
        loop = asyncio.get_running_loop()
        self.uncaught: asyncio.Future[BaseException] = loop.create_future()
        self._gauge = gauge
        self._patience = patience
        loop.set_exception_handler(self._on_uncaught)

    def _on_uncaught(self, _loop: object, context: dict[str, Any]) -> None:
        if not self.uncaught.done():
            self.uncaught.set_result(context.get("exception") or RuntimeError(context["message"]))

    async def wait_for(self, happening: asyncio.Future[Any]) -> bool:
        """Wait for it; False if there was an uncaught exception, or nothing moved any more."""
        patience = Patience(self._gauge, self._patience)
        while not patience.is_exhausted():
            done, _ = await asyncio.wait(
                {happening, self.uncaught},
                timeout=patience.look_again_after,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                return not self.uncaught.done()
        return False
