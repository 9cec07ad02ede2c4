"""What failed, and nobody awaited: it is heard of when its task or its future is collected.

>>> Unheard().collect()

So a run collects before it ends. To look through all that a program holds takes 10 to 100 ms, which
is longer than many a run; and a short run has made nothing that is old.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING, Any

__all__ = ["NotedFuture", "NotedTask", "Unheard"]

# From 3.14 on, CPython may collect in small steps, and says less of how far it has come.
_HAS_GENERATIONS = sys.implementation.name == "cpython" and sys.version_info < (3, 14)


class Unheard:
    """The tasks and futures of a run, from its begin on, as far as the collector knows them."""

    __slots__ = ("_looks",)

    def __init__(self) -> None:
        self._looks = _looks_at_the_old()

    def collect(self) -> None:
        """Collect what may have failed unheard.

        What was made since the collector last looked at the middle generation is in it, or is
        younger: then all that the run has made is there.
        """
        if _HAS_GENERATIONS and _looks_at_the_old() == self._looks:
            gc.collect(1)
        else:
            gc.collect()


def _looks_at_the_old() -> list[object]:
    """How often the collector has looked at the two older generations."""
    if not _HAS_GENERATIONS:
        return []
    return [generation["collections"] for generation in gc.get_stats()[1:]]


if sys.implementation.name == "pypy" or TYPE_CHECKING:

    class NotedFuture(asyncio.Future[Any]):
        """A future that notes with its loop that it has failed."""

        def set_exception(self, exception: type | BaseException, /) -> None:
            loop: Any = self.get_loop()
            loop.may_be_unheard = True
            super().set_exception(exception)

    class NotedTask(asyncio.Task[Any], NotedFuture):
        """A task that does: what it fails with, it sets as the next class in line does."""

else:
    NotedFuture, NotedTask = asyncio.Future, asyncio.Task
