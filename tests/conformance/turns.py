"""An asyncio loop whose turns are a program's own, and whose order is Node's.

Node runs all ticks when the work of a turn is done, then all promises, and the two in turn until
there is neither. The same here: a program's turn, its ticks, its coroutines, their ticks. The loop
waits for nothing: where it would, the next turn begins.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Iterable
from typing import Any, Callable

from streams2 import ticks

Task = Callable[[], None]


class _Turns(selectors.SelectSelector):
    """What the loop asks for events when no coroutine can go on."""

    begin_turn: Callable[[], bool]
    end: Task

    def __init__(self) -> None:
        super().__init__()
        self.ticks: deque[Task] = deque()

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout == 0:
            return []  # There are coroutines to run.
        if not self.ticks and not self.begin_turn():
            self.end()
        while self.ticks:
            self.ticks.popleft()()
        return []


def run_turns(turn: Callable[[], bool], guard: Callable[[Task], None]) -> None:
    """Call `turn` until it answers False, and run the ticks and coroutines it leaves behind.

    Args:
        turn: does the work of one turn.
        guard: calls a tick, and sees to its exception.
    """
    selector = _Turns()
    loop = asyncio.SelectorEventLoop(selector)
    selector.begin_turn = turn
    selector.end = loop.stop
    loop.set_exception_handler(lambda _, context: guard(_raiser(context)))
    try:
        with ticks.use(lambda drain: selector.ticks.append(lambda: guard(drain))):
            loop.run_forever()
            selector.begin_turn = lambda: False
            _abandon(loop, asyncio.all_tasks(loop))
    finally:
        loop.close()


def _abandon(loop: asyncio.AbstractEventLoop, tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel what still waits for something that never comes."""
    # Before Python 3.11, nothing else tells that tasks are cancelled on purpose.
    loop.ending = True
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_forever()


def _raiser(context: dict[str, Any]) -> Task:
    def fail() -> None:
        raise context.get("exception") or RuntimeError(context["message"])

    return fail
