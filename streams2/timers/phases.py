"""When timers and immediates run: Node's turn of the loop, on asyncio's.

Node's loop looks for news (what was read, who has connected), then runs the immediates, then the
timers that are due. asyncio's has one queue of calls. So both are run here, always together and in
this order, by a call that is put where Node's is: behind the news of the turn.

- What asks for an immediate while news are told has it before the loop looks for more, and so
  before a timer of 0 ms that was asked for with it.
- What asks for one in an immediate or in a timer has it after the loop has looked once more.

One `Phases` is for a loop, or for a program of `run_async`, which has its loop not to itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections import deque
from typing import Callable, Protocol, TypeVar

from ..errors.calling import call, shown
from ..loop.coroutines import run_returned
from ..loop.keepers import Hold, hold, keeper_here, program, unref
from ..loop.ticks import current_queue, running_loop
from .lists import Entry, TimerLists

__all__ = ["Job", "Phases", "phases_here"]

T = TypeVar("T")


class Job:
    """A call that somebody asked for, with the context that he asked in."""

    __slots__ = ("args", "callback", "context")

    def __init__(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        self.callback: Callable[..., object] | None = callback
        self.args = args
        self.context = contextvars.copy_context()

    def call(self) -> None:
        """Make the call, and then run the ticks that it asks for."""
        self.context.run(current_queue().call, self._call)

    def _call(self) -> None:
        if self.callback is not None:
            role = "the callback of a timer or an immediate"
            result = call(self.callback, role, shown(self.args), *self.args)
            if result is not None:
                run_returned(result)


class WaitingImmediate(Protocol):
    """What phases know of an immediate."""

    @property
    def refed(self) -> bool: ...
    def run(self) -> None: ...


class WaitingTimer(Protocol):
    """What phases know of a timer."""

    def run(self) -> None: ...


class Phases:
    """The immediates and timers of one loop or program.

    Attributes:
        lists: the timers that wait.
        immediates: the immediates that wait.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, owner: object) -> None:
        self._loop = weakref.ref(loop)
        # Weakly, or a program would keep its phases, and they the program.
        self._program = None if owner is loop else weakref.ref(owner)
        self.lists: TimerLists[WaitingTimer] = TimerLists()
        self.immediates: deque[WaitingImmediate] = deque()
        self._running = False
        self._beginning = False
        self._refs = 0
        self._hold: Hold | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0
        self._check: asyncio.Handle | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop."""
        loop = self._loop()
        assert loop is not None, "whoever asks is called by it, or has it running"
        return loop

    def now(self) -> int:
        """The loop's time, in whole milliseconds."""
        # A time that was asked of the loop in seconds is to be the same when it has come.
        return int(self.loop.time() * 1000 + 0.001)

    def ref(self, count: int) -> None:
        """Hold the run open for `count` more, or for fewer."""
        self._refs += count
        if self._refs and self._hold is None:
            self._hold = self._within(hold, self._abandon)
        elif not self._refs and self._hold is not None:
            held, self._hold = self._hold, None
            held.release()

    def add_timer(self, entry: Entry[WaitingTimer], start: int) -> None:
        """Have a timer wait from `start` on."""
        self.lists.add(entry, start)
        if not self._running:
            self._set_alarm()

    def add_immediate(self, immediate: WaitingImmediate) -> None:
        """Have an immediate wait."""
        self.immediates.append(immediate)
        if not self._running and self._check is None:
            # A program begins with the timers that are due; only then does the loop look for news.
            keeper = keeper_here()
            self._beginning = keeper is not None and keeper.beginning
            self._call_soon(_turn)

    # -- running --------------------------------------------------------------------------------

    def turn(self, due: int = 0) -> None:
        """Run the immediates that wait, and then the timers that are due.

        Args:
            due: what time it is at least: the loop's clock may be coarse.
        """
        if getattr(self.loop, "ending", False):
            return
        self._running = True
        if self._check is not None:
            self._check.cancel()
            self._check = None
        batch, self.immediates = self.immediates, deque()
        beginning, self._beginning = self._beginning, False
        try:
            if not beginning:
                self._run_immediates(batch)
            self.lists.run(max(self.now(), due), _run_item)
        finally:
            self._running = False
            have_looked = bool(batch) and not beginning
            self.immediates.extendleft(reversed(batch))
            if self.immediates and not self._is_over():
                self._call_soon(_turn if have_looked else _look_first)
            self._set_alarm()

    def _run_immediates(self, batch: deque[WaitingImmediate]) -> None:
        # Who has let an immediate go is not called by a run that is over.
        if batch and self._is_over():
            return
        while batch:
            batch.popleft().run()

    def _is_over(self) -> bool:
        """Whether nothing keeps the run going: immediates that are let go do not."""
        keeper = self._within(keeper_here)
        return not self._refs and keeper is not None and not keeper.anything_left()

    def ring(self) -> None:
        """A timer is due, the loop says."""
        self._alarm = None
        self.turn(self._alarm_at)

    def look_first(self) -> None:
        """Let the loop look for news, and then turn."""
        self._call_soon(_turn)

    # -- asking the loop ------------------------------------------------------------------------

    def _within(self, function: Callable[..., T], *args: object) -> T:
        # Others may clear and ref from outside of the program.
        context = contextvars.copy_context()
        context.run(program.set, None if self._program is None else self._program())
        return context.run(function, *args)

    def _call_soon(self, function: Callable[[Phases], None]) -> None:
        self._check = self._within(self.loop.call_soon, function, self)

    def _set_alarm(self) -> None:
        due = self.lists.next_due()
        if self._alarm is not None:
            if due == self._alarm_at:
                return
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            self._alarm_at = due
            self._alarm = self._within(self._ask_for_alarm, due / 1000)

    def _ask_for_alarm(self, when: float) -> asyncio.TimerHandle:
        # What holds the run open is counted here: some timers do, and some do not.
        alarm = self.loop.call_at(when, _ring, self)
        unref(alarm)
        return alarm

    def _abandon(self) -> None:
        self._hold = None
        for handle in (self._alarm, self._check):
            if handle is not None:
                handle.cancel()


# Functions, and no methods: a program that has crashed gets no further in them.


def _turn(phases: Phases) -> None:
    phases.turn()


def _look_first(phases: Phases) -> None:
    phases.look_first()


def _ring(phases: Phases) -> None:
    phases.ring()


def _run_item(entry: Entry[WaitingTimer]) -> None:
    entry.item.run()


# By loop; or by the program of `run_async`, which may be over while its loop runs on.
_phases: weakref.WeakKeyDictionary[object, Phases] = weakref.WeakKeyDictionary()


def phases_here() -> Phases:
    """Those of the running program, or else of the running loop.

    Raises:
        NoRunningLoopError: no loop is running in this thread.
    """
    loop = running_loop()
    of_context = program.get()
    owner = of_context if of_context is not None and of_context.loop is loop else loop
    found = _phases.get(owner)
    if found is None:
        found = _phases[owner] = Phases(loop, owner)
    return found
