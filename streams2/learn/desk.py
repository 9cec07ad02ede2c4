"""A service under load, for chapter 7: visitors who come whether or not there is room.

>>> async def serve(visitors, machine):
...     async for visitor in visitors:
...         visitor.answer(await machine(visitor.word))
>>> desk = watch_desk(serve, visitors=6)
>>> print(desk)
6 came: 6 were answered, 0 refused, 0 went away.
At most 1 was inside at once; the longest wait was 19 ms.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable
from itertools import cycle, islice
from typing import Callable

from ..trace import Code, Trace, record
from .clock import StandingLoop, TooLong
from .stage import SONG

__all__ = ["BETWEEN", "PATIENCE", "Desk", "Visitor", "play_desk", "watch_desk"]

BETWEEN = 0.001
"""Seconds from one visitor to the next."""

SERVICE = 0.004
"""Seconds that the machine takes for a word."""

PATIENCE = 0.04
"""Seconds after which a visitor at the door goes away."""

Machine = Callable[[str], Awaitable[str]]
Serve = Callable[..., object]


class Visitor:
    """Somebody who wants a word copied.

    Attributes:
        word: the word.
        came: when, in seconds.
        entered: when somebody took them in; None for never.
        learnt: when they learnt what becomes of their word; None for never.
        outcome: ``"answered"``, ``"refused"``, ``"went away"``, or ``""`` as long as they were told
            nothing.
        copy: what they were given.
    """

    def __init__(self, word: str, clock: Callable[[], float]) -> None:
        self.word = word
        self.came = clock()
        self.entered: float | None = None
        self.learnt: float | None = None
        self.outcome = ""
        self.copy = ""
        self._clock = clock

    def answer(self, copy: str) -> None:
        """Give them the copy."""
        self.copy = copy
        self._learn("answered")

    def refuse(self) -> None:
        """Tell them that there is no room."""
        self._learn("refused")

    def go_away(self) -> None:
        """They have waited at the door for long enough."""
        if self.entered is None:
            self._learn("went away")

    @property
    def wait(self) -> float:
        """How long they waited until they knew, in seconds; until now, if they do not know yet."""
        return (self._clock() if self.learnt is None else self.learnt) - self.came

    def _learn(self, outcome: str) -> None:
        if not self.outcome:
            self.outcome, self.learnt = outcome, self._clock()


class Door:
    """Visitors, in the order in which they came: ``async for visitor in door``."""

    def __init__(self) -> None:
        self._outside: deque[Visitor] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def comes(self, visitor: Visitor) -> None:
        """One more is at the door."""
        self._outside.append(visitor)
        self._news.set()

    def close(self) -> None:
        """Nobody else will come."""
        self._closed = True
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[Visitor]:
        while True:
            while self._outside:
                visitor = self._outside.popleft()
                if not visitor.outcome:
                    visitor.entered = asyncio.get_running_loop().time()
                    yield visitor
            if self._closed:
                return
            self._news.clear()
            await self._news.wait()


class Desk:
    """How a service went, and the stage that it ran on.

    Attributes:
        visitors: all who came.
        trace: the recording; None until there is one.
        error: what the service, or nobody, caught.
        returned: whether the service came to its end.
        endless: whether it was stopped because there was no end to it.
    """

    def __init__(self) -> None:
        self.visitors: list[Visitor] = []
        self.trace: Trace | None = None
        self.error: BaseException | None = None
        self.returned = False
        self.endless = False

    def how_many(self, outcome: str) -> int:
        """How many visitors have this outcome."""
        return sum(visitor.outcome == outcome for visitor in self.visitors)

    @property
    def crowd(self) -> tuple[float, int]:
        """When the most were inside, in seconds, and how many of those who were told something."""
        inside_once = [one for one in self.visitors if one.entered is not None and one.outcome]
        came = [(one.entered or 0.0, 1) for one in inside_once]
        left = [(one.learnt or 0.0, -1) for one in inside_once]
        inside, most = 0, (0.0, 0)
        for seconds, change in sorted(came + left):
            inside += change
            most = max(most, (seconds, inside), key=lambda found: found[1])
        return most

    def __str__(self) -> str:
        outcomes = ("answered", "refused", "went away")
        answered, refused, away = map(self.how_many, outcomes)
        most = self.crowd[1]
        longest = max((visitor.wait for visitor in self.visitors), default=0.0)
        return (
            f"{len(self.visitors)} came: {answered} were answered, {refused} refused, "
            f"{away} went away.\n"
            f"At most {most} {'was' if most == 1 else 'were'} inside at once; "
            f"the longest wait was {longest * 1000:.0f} ms."
        )


def watch_desk(serve: Serve, *, visitors: int = 60) -> Desk:
    """Run ``await serve(visitors, machine)`` under load, on a clock that needs no waiting.

    Args:
        serve: a coroutine function.
        visitors: how many come, one each millisecond.

    Raises:
        BaseException: what `serve` raised, or nobody caught.
    """
    desk = play_desk(serve, visitors, [serve])
    if desk.error is not None:
        raise desk.error
    return desk


def play_desk(serve: Serve, visitors: int, code: Iterable[Code]) -> Desk:
    """The same, recorded where its lines are in `code`; a failure is only written down."""
    loop, desk = StandingLoop(), Desk()
    try:
        with record(code=code, clock=loop.look) as desk.trace:
            main = loop.create_task(_under_load(serve, visitors, desk))
            try:
                loop.run_until_quiet()
            except BaseException as error:
                desk.error = error
        if main.done() and not main.cancelled():
            desk.error = desk.error or main.exception()
        desk.error = next((one for one in (desk.error, *loop.failures) if one), None)
        desk.endless = loop.endless or isinstance(desk.error, TooLong)
    finally:
        loop.let_go()
    return desk


async def _under_load(serve: Serve, visitors: int, desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    door, one_at_a_time = Door(), asyncio.Lock()

    async def machine(word: str) -> str:
        async with one_at_a_time:
            await asyncio.sleep(SERVICE)
        return word

    def comes(word: str) -> None:
        visitor = Visitor(word, loop.time)
        desk.visitors.append(visitor)
        loop.call_later(PATIENCE, visitor.go_away)
        door.comes(visitor)

    words = islice(cycle(SONG), visitors)
    for number, word in enumerate(words):
        loop.call_later(number * BETWEEN, comes, word.decode().strip())
    loop.call_later(visitors * BETWEEN, door.close)
    going = serve(door, machine)
    if inspect.isawaitable(going):
        await going
    desk.returned = True
