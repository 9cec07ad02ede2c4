"""How deep calls into streams nest, and work that has to wait until the stack is shallow again.

A chunk that a `Transform` turns into another at once is written to the next stream from inside of
that, and so on: a few calls on the stack for each stream that it passes. A hundred such streams in
a row fill Python's stack. So a stream that finds it half full puts its chunk off, and the outermost
stream goes on with it from there: before it returns, and in order.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from typing import Callable

__all__ = ["Nesting", "nesting_here", "raise_if_too_deep"]

# Streams from one look at the stack to the next: what they call has half of a stack for itself.
_LOOK_EVERY = 4
# On PyPy, a look at the stack throws away what was compiled: five Transforms took 300 times as
# long. There, streams are counted, and these take some 300 calls.
_MOST_UNSEEN = 32
_CANNOT_LOOK = sys.implementation.name == "pypy"


class Nesting:
    """The calls of one thread that nest.

    Attributes:
        level: how many streams have a chunk in their hands now, one inside of the other. Who hands
            one on puts it back without a call: where the stack is full, there is none to be had.
        waiting: what was put off.
    """

    __slots__ = ("level", "waiting")

    def __init__(self) -> None:
        self.level = 0
        self.waiting: deque[Callable[[], object]] = deque()

    def is_too_deep(self) -> bool:
        """Whether the stack is half full. Looked at now and then only."""
        if _CANNOT_LOOK:
            return self.level >= _MOST_UNSEEN
        return self.level % _LOOK_EVERY == 0 and _is_half_full()

    def put_off(self, function: Callable[[], object]) -> None:
        """Call `function` when the stack is shallow again, behind what waits already."""
        self.waiting.append(function)

    def go_on(self) -> None:
        """Do what was put off: the outermost stream has nothing in its hands any more."""
        self.level = 1
        try:
            while self.waiting:
                self.waiting.popleft()()
        finally:
            self.level = 0


class _Here(threading.local):
    def __init__(self) -> None:
        self.nesting = Nesting()


_here = _Here()


def nesting_here() -> Nesting:
    """The calls that nest in this thread."""
    return _here.nesting


def raise_if_too_deep(error: BaseException) -> None:
    """Raise `error` again if it says that the stack is full, and there is not much left of it.

    To destroy a stream takes a few calls, and whoever has none left would do it by half. Somebody
    further up handles it.
    """
    if isinstance(error, RecursionError) and _is_half_full():
        raise error


def _is_half_full() -> bool:
    try:
        sys._getframe(sys.getrecursionlimit() // 2)
    except ValueError:
        return False
    return True
