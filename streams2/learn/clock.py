"""A clock that needs no waiting, and an end to programs that have none.

>>> clock = StandingLoop()
>>> _ = clock.call_later(3600, print, "an hour later")
>>> clock.run_until_quiet()
an hour later
>>> clock.time()
3600.0
>>> clock.close()

Time stands still while code runs, and jumps to the next timer when nothing is left to do. So a run
is over at once, and the same on every machine. The loop asks no selector: it needs no sockets, and
runs in a browser's Python as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..loop.secluded import Secluded

__all__ = ["StandingLoop", "TooLong"]

_MOST_SECONDS = 60.0
_MOST_TURNS = 10_000
_MOST_LOOKS = 30_000


class TooLong(BaseException):
    """The program has no end, as it seems. It is no error for the program to catch."""


class _Nothing:
    """In a selector's place: there is nothing to wait for but the time."""

    def __init__(self, quiet: Callable[[], None]) -> None:
        self.now = 0.0
        self.turns = 0
        self._quiet = quiet

    def select(self, seconds: float | None) -> list[tuple[object, int]]:
        self.turns += 1
        if seconds is None or self.now > _MOST_SECONDS or self.turns > _MOST_TURNS:
            self._quiet()
        else:
            self.now += max(seconds, 0.0)
        return []

    def close(self) -> None:
        """Nothing is open."""


class StandingLoop(Secluded, asyncio.BaseEventLoop):
    """An event loop whose time passes only when nothing is left to do.

    Attributes:
        failures: what nobody caught, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Nothing(self.stop)
        self._looks = 0
        self.failures: list[BaseException] = []
        self.set_exception_handler(self._fail)

    def time(self) -> float:
        # Whole microseconds: sums of delays come to the same whatever their order.
        return round(self._selector.now, 6)

    def look(self) -> float:
        """What time it is, for who looks at every step of a program.

        Raises:
            TooLong: it was asked too often. The program goes round in a circle.
        """
        self._looks += 1
        if self._looks > _MOST_LOOKS:
            raise TooLong
        return self.time()

    @property
    def endless(self) -> bool:
        """Whether it was stopped because there was no end to it."""
        nothing = self._selector
        spent = nothing.now > _MOST_SECONDS or nothing.turns > _MOST_TURNS
        return spent or self._looks > _MOST_LOOKS

    def run_until_quiet(self) -> None:
        """Run until nothing is due any more, nobody caught an exception, or there is no end to it.

        In a browser, whose own loop counts as running all the time, it runs inside of that.
        """
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            self.run_forever()
        finally:
            asyncio._set_running_loop(outer)

    def let_go(self) -> None:
        """Cancel what still waits, in a few turns, and close."""
        self._looks = self._selector.turns = 0
        self._selector.now = 0.0
        for task in asyncio.all_tasks(self):
            task.cancel()
        try:
            with suppress(BaseException):
                self.run_until_quiet()
        finally:
            self.close()

    def _fail(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.failures.append(error)
            self.stop()

    def _process_events(self, events: list[tuple[object, int]]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """There is no other thread that could wake it."""
