"""What the caller of a variant on an event loop does: call it, wait, perhaps give up, and look.

The caller waits for what the variant offers. Of a coroutine that is its end; of a plain function,
which offers nothing, that both files are closed. It listens to no ``'error'``: one that the variant
does not listen to either is uncaught, and would end a program. It gives up by cancelling the
coroutine.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Callable, cast

from ..measurements import Gauge
from .patience import Onlooker, in_words
from .record import Record

__all__ = ["Caller"]

_SECONDS_TO_CLOSE = 1.0
"""How long a variant that has failed may take to close what it is going to close."""

_SECONDS_TO_OPEN = 5.0
"""How long a busy machine may take to open a file."""


class Caller:
    """Calls a variant once.

    Args:
        gauge: shows whether the variant gets on.
        record: is told how it ended.
        patience: after how many seconds without any movement it is given up.
        closed: done when both files are closed.
        opened: done when both are open, or will never be: before that, nobody looks whether they
            are closed. None if they are open from the beginning.
    """

    def __init__(
        self,
        gauge: Gauge,
        record: Record,
        patience: float,
        closed: asyncio.Future[Any],
        opened: asyncio.Future[list[None]] | None = None,
    ) -> None:
        self._record = record
        self._onlooker = Onlooker(gauge, patience)
        self._closed = closed
        self._opened = opened
        self._task: asyncio.Future[object] | None = None

    async def call(self, begin: Callable[[], object]) -> None:
        """Do it all: `begin` calls the variant."""
        try:
            going = begin()
        except Exception as error:
            self._record.end("raised", in_words(error))
        else:
            await self._see_through(going)
            if self._opened is not None:
                await asyncio.wait({self._opened}, timeout=_SECONDS_TO_OPEN)
        self._record.look_at_files()

    async def _see_through(self, going: object) -> None:
        if inspect.isawaitable(going):
            self._task = asyncio.ensure_future(going)
        if not await self._onlooker.wait_for(self._task or self._closed):
            self._end_badly()
        elif self._task is None:
            self._record.end("completed")
        elif self._task.cancelled() or self._task.exception() is not None:
            self._record.end("raised", self._error_of(self._task))
            await asyncio.wait({self._closed}, timeout=_SECONDS_TO_CLOSE)
            if self._onlooker.uncaught.done():
                self._end_badly()
        elif await self._onlooker.wait_for(self._closed):
            self._record.end("completed")
        else:
            self._end_badly()

    def _error_of(self, task: asyncio.Future[object]) -> str:
        return "CancelledError" if task.cancelled() else in_words(cast(Exception, task.exception()))

    def _end_badly(self) -> None:
        if self._onlooker.uncaught.done():
            self._record.end("uncaught", in_words(self._onlooker.uncaught.result()))
        else:
            self._record.end("hung")

    def give_up(self) -> bool:
        """Cancel the variant; False if it offers nothing that could be cancelled."""
        if self._task is not None:
            self._task.cancel()
        return self._task is not None

    async def clear_away(self) -> None:
        """Leave no task behind."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_SECONDS_TO_CLOSE)
