"""Threads of the pool that stay for as long as there is work for them.

To get a thread of the pool and a future for each call costs more than most of the calls. Here the
next one finds the thread of the last one still there, and its answer wakes the loop once. A thread
that has nothing to do, or has had its share, goes back to the pool, whose threads are few.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import sys
import time
import weakref
from typing import Callable, Optional

from ..loop.belongings import is_shut_down
from .offload import Answer, answer_and_tick, outcome_of

__all__ = ["Worker", "in_pool"]

# Threads that make calls which have nothing to do with each other. Node's has as many.
_MOST_IN_POOL = 4

# How long the only thread of a file waits for more, and how long it serves one file while others
# may want it. Before Python 3.11 a wait with a limit goes by the time of day: if that is set back,
# it lasts. Of several threads that wait at one queue, Python may forget the limit of the one that
# was not quick enough: it waits for ever.
_LINGER: float | None = 0.002 if sys.version_info >= (3, 11) else None
_SHARE = 0.02

_Outcome = tuple[Optional[Exception], object]
_Job = tuple[contextvars.Context, Answer, Callable[..., object], tuple[object, ...]]


class Worker:
    """Makes calls in threads: those of one file, in order; or of many, if it may have more threads.

    Args:
        most: how many threads it may have at a time.
    """

    def __init__(self, most: int = 1) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._most = most
        self._linger = _LINGER if most == 1 else None
        self._unanswered = 0
        self._at_work = 0

    def __call__(self, answer: Answer, function: Callable[..., object], *args: object) -> None:
        """Call ``function(*args)`` in the thread, and ``answer`` on the loop."""
        self._unanswered += 1
        self._jobs.put((contextvars.copy_context(), answer, function, args))
        self._go_to_work()

    def _go_to_work(self) -> None:
        if self._at_work >= min(self._most, self._unanswered):
            return
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(None, self._work, loop)
        except RuntimeError as error:
            # No thread can be started, say. Whoever is at work does it all.
            if not self._at_work:
                self._fail(loop, error)
            return
        self._at_work += 1
        future.add_done_callback(self._left)

    def _fail(self, loop: asyncio.AbstractEventLoop, error: RuntimeError) -> None:
        while not self._jobs.empty():
            context, answer, _, _ = self._jobs.get()
            loop.call_soon(self._tell, loop, answer, (error, None), context=context)

    def _left(self, future: asyncio.Future[None]) -> None:
        self._at_work -= 1
        if self._unanswered and not future.cancelled() and not is_shut_down(future.get_loop()):
            self._go_to_work()

    # -- in the thread --------------------------------------------------------------------------

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        enough, linger = time.monotonic() + _SHARE, self._linger
        try:
            while time.monotonic() < enough:
                context, answer, function, args = self._jobs.get(linger is not None, linger)
                outcome = outcome_of(function, args)
                loop.call_soon_threadsafe(self._tell, loop, answer, outcome, context=context)
        except queue.Empty:
            pass
        except RuntimeError:
            pass  # The loop was closed meanwhile: nobody is left who could be told.

    # -- on the loop ----------------------------------------------------------------------------

    def _tell(self, loop: asyncio.AbstractEventLoop, answer: Answer, outcome: _Outcome) -> None:
        self._unanswered -= 1
        # A loop that shuts down has closed the descriptor, and the streams have no more to say.
        if not is_shut_down(loop):
            answer_and_tick(answer, *outcome)


_of_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Worker] = (
    weakref.WeakKeyDictionary()
)


def in_pool(answer: Answer, function: Callable[..., object], *args: object) -> None:
    """Call ``function(*args)`` in the loop's thread pool. It must not block for ever.

    A pool's threads are few, and the interpreter waits for them before it exits. What runs in one
    keeps the run open.
    """
    loop = asyncio.get_running_loop()
    worker = _of_loops.get(loop)
    if worker is None:
        worker = _of_loops[loop] = Worker(_MOST_IN_POOL)
    worker(answer, function, *args)
