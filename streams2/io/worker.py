"""A thread of the pool that stays with one file for as long as it has work for it.

To get a thread of the pool and a future for each chunk costs more than to write the chunk. Here the
next call finds the thread of the last one still there, and its answer wakes the loop once. A thread
that has nothing to do, or has had its share, goes back to the pool, whose threads are few.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import time
from typing import Any, Callable

from ..loop.belongings import is_shut_down
from .offload import Answer, answer_and_tick, outcome_of

__all__ = ["Worker"]

# How long a thread waits for more, and how long it serves one file while others may want it.
_LINGER = 0.002
_SHARE = 0.02

_Job = tuple[contextvars.Context, Answer, Callable[..., object], tuple[Any, ...]]


class Worker:
    """Makes the calls of one file in a thread, in order: what `in_pool` does, for many of them."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._unanswered = 0
        self._at_work = False

    def __call__(self, answer: Answer, function: Callable[..., object], *args: object) -> None:
        """Call ``function(*args)`` in the thread, and ``answer`` on the loop."""
        self._unanswered += 1
        self._jobs.put((contextvars.copy_context(), answer, function, args))
        self._go_to_work()

    def _go_to_work(self) -> None:
        if not self._at_work:
            self._at_work = True
            loop = asyncio.get_running_loop()
            loop.run_in_executor(None, self._work, loop).add_done_callback(self._left)

    def _left(self, future: asyncio.Future[None]) -> None:
        self._at_work = False
        if self._unanswered and not future.cancelled() and not is_shut_down(future.get_loop()):
            self._go_to_work()

    # -- in the thread --------------------------------------------------------------------------

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        enough = time.monotonic() + _SHARE
        try:
            while time.monotonic() < enough:
                context, answer, function, args = self._jobs.get(timeout=_LINGER)
                outcome = outcome_of(function, args)
                loop.call_soon_threadsafe(self._tell, loop, answer, outcome, context=context)
        except queue.Empty:
            pass
        except RuntimeError:
            pass  # The loop was closed meanwhile: nobody is left who could be told.

    # -- on the loop ----------------------------------------------------------------------------

    def _tell(self, loop: asyncio.AbstractEventLoop, answer: Answer, outcome: Any) -> None:
        self._unanswered -= 1
        # A loop that shuts down has closed the descriptor, and the streams have no more to say.
        if not is_shut_down(loop):
            answer_and_tick(answer, *outcome)
