"""Waiting for a variant as long as it gets on."""

from __future__ import annotations

import asyncio
from typing import Any

from ..measurements import Gauge

__all__ = ["Onlooker", "in_words"]


def in_words(error: BaseException) -> str:
    """An error in one line."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


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

    def _on_uncaught(self, _loop: Any, context: dict[str, Any]) -> None:
        if not self.uncaught.done():
            self.uncaught.set_result(context.get("exception") or RuntimeError(context["message"]))

    async def wait_for(self, happening: asyncio.Future[Any]) -> bool:
        """Wait for it; False if there was an uncaught exception, or nothing moved any more."""
        while True:
            before = (self._gauge.total_read, self._gauge.total_written)
            done, _ = await asyncio.wait(
                {happening, self.uncaught},
                timeout=self._patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                return not self.uncaught.done()
            if before == (self._gauge.total_read, self._gauge.total_written):
                return False
