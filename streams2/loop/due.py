"""The calls that are due on a loop, and the ticks that run between them.

Ticks run when the call that asked for them is done, before any other. A loop of asyncio takes its
calls from the left of a deque: as many as there are when a turn begins, so one that is put there
meanwhile keeps another waiting for the next turn, and the system is asked for news in between. Here
ticks are no call. They run before the next call is taken, and at the end of a turn: of the time of
a stream that a channel feeds, that saves a tenth.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextvars import Context, copy_context
from typing import Callable

__all__ = ["DueCalls"]

_take = deque.popleft


class DueCalls(deque):  # type: ignore[type-arg]  # Python 3.9 knows no deque[...] at run time.
    """What a loop keeps its due calls in.

    Attributes:
        next: what is called before the next call, if anything is.
    """

    __slots__ = ("_context", "next")

    def __init__(self, calls: Iterable[asyncio.Handle]) -> None:
        super().__init__(calls)
        self.next: Callable[[], object] | None = None
        self._context: Context

    def call_next(self, drain: Callable[[], object]) -> None:
        """Call ``drain()`` once the present call is done. It is asked for once at a time."""
        self.next, self._context = drain, copy_context()

    def run_next(self) -> None:
        """Run what was asked for, and what that asks for."""
        while (drain := self.next) is not None:
            self.next = None
            try:
                self._context.run(drain)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                said = {"message": f"Exception in {drain!r}", "exception": error}
                asyncio.get_running_loop().call_exception_handler(said)

    def popleft(self) -> asyncio.Handle:
        if self.next is not None:
            self.run_next()
        handle: asyncio.Handle = _take(self)
        return handle
