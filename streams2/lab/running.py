"""A program is run: recorded, on a clock that needs no waiting, and stopped if it has no end."""

from __future__ import annotations

import asyncio
import gc
import linecache
import math
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..loop.quiet import QuietLoop, StandingClock, set_page_aside, use_clock
from ..trace import Chunk, Counters, Event, SourceCode, Subject, Trace, record
from .imports import time_goes_by
from .printing import printing

__all__ = ["FILE", "Outcome", "Problem", "Recording", "record_program"]

FILE = "program.py"
"""What a program's file is called, in its recording and in its tracebacks."""

MOST_EVENTS = 4_000
MOST_STEPS = 300_000
MOST_SECONDS = 3600.0
PATIENCE = 3.0

_LOOKS = 256
"""After how many steps to look how long a program has taken."""


@dataclass(frozen=True)
class Problem:
    """What went wrong.

    Attributes:
        kind: the class of the exception; ``"Stopped"`` of a program that had no end.
        message: what it says.
        line: of the program, from 1; None where it is of no line.
        column: in that line, from 1; None where nobody knows.
        traceback: as Python prints it, of the program's own lines.
    """

    kind: str
    message: str
    line: int | None = None
    column: int | None = None
    traceback: str = ""


class Recording(NamedTuple):
    """What was recorded of a program. It keeps nothing of the program alive.

    Attributes:
        events, chunks, subjects, sources, counters, complete: as of `trace.Trace`.
    """

    events: list[Event]
    chunks: list[Chunk]
    subjects: list[Subject]
    sources: list[SourceCode]
    counters: Counters
    complete: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a program.

    Attributes:
        recording: up to the end, to where it stopped, or to the most events; None of what is no
            Python.
        printed: what it printed.
        problem: what went wrong, or None.
    """

    recording: Recording | None
    printed: str
    problem: Problem | None

    @property
    def counters(self) -> Counters:
        """What the recording comes to."""
        return self.recording.counters if self.recording is not None else Counters()


class Stopped(KeyboardInterrupt):
    """The program had no end."""


class _Limits(StandingClock):
    """A clock that stops a program when it has gone on for too long.

    Everything that is recorded asks what time it is, and so does each line of the program.
    """

    def __init__(
        self, most_events: int, most_steps: int, most_seconds: float, patience: float
    ) -> None:
        super().__init__()
        self._steps = 0
        self._most_events = most_events
        self._most_steps = most_steps
        self._most_seconds = most_seconds
        self._patience = patience
        self._late = math.inf
        self._said = False

    def stamp(self) -> float:
        """What time it is, of one step more."""
        self._step()
        return self.time()

    def wait(self, seconds: float) -> None:
        """Let so much time pass, at once."""
        super().wait(seconds)
        self._step()
        if self.time() > self._most_seconds:
            self._stop(f"{self.time():,.0f} seconds of its clock")

    def _step(self) -> None:
        self._steps += 1
        if self._steps > self._most_steps:
            self._stop(f"{self._most_steps:,} steps")
        elif self._steps == self._most_events:
            # Not before: what is recorded is the same on every machine.
            self._late = time.monotonic() + self._patience
        elif self._steps % _LOOKS == 0 and time.monotonic() > self._late:
            self._stop(f"{self._most_events:,} events and {self._patience:g} seconds")

    def _stop(self, limit: str) -> None:
        # Once: what a program does at its end may be recorded, too.
        if not self._said:
            self._said = True
            raise Stopped(f"it had not come to an end after {limit}, and was stopped")


def record_program(
    text: str,
    *,
    most_events: int = MOST_EVENTS,
    most_steps: int = MOST_STEPS,
    most_seconds: float = MOST_SECONDS,
    patience: float = PATIENCE,
) -> Outcome:
    """Run a program as ``python program.py`` would, and record what it does.

    `streams2.run`, `asyncio.run`, timers and `time.sleep` go by a clock that stands while code runs
    and jumps where the program waits.

    Args:
        text: the program.
        most_events: how many events to write down; it goes on after them.
        most_steps: stop it after so many steps: events and, behind the most, lines of its own.
        most_seconds: stop it after so much of its own time, in seconds.
        patience: behind the most events, stop it after so much of yours, in seconds.

    Returns:
        What became of it. What the program raises is in there, and is not raised.
    """
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    try:
        code = compile(text, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return Outcome(None, "", _problem(error))
    limits = _Limits(most_events, most_steps, most_seconds, patience)
    names: dict[str, object] = {"__name__": "__main__", "__file__": FILE}
    problem = None
    with printing() as printed, _on_clock(limits), _no_collection():
        recording_it = record(code=[FILE], clock=limits.stamp, most=most_events)
        with warnings.catch_warnings(), recording_it as trace:
            warnings.simplefilter("default")
            try:
                with time_goes_by(limits, names):
                    exec(code, names)
            except BaseException as error:
                # SystemExit and Ctrl-C are the program's own, too.
                problem = _problem(error)
        recording = _recording_of(trace)
        del trace, recording_it
        names.clear()
        said = printed()
    return Outcome(recording, said, problem)


def _recording_of(trace: Trace) -> Recording:
    events = trace.events
    # Those that came later are in no event.
    seen = max((event.chunk or 0 for event in events), default=0)
    chunks = trace.chunks[:seen]
    subjects, sources = trace.subjects, trace.sources
    return Recording(events, chunks, subjects, sources, trace.counters, trace.complete)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect what the program leaves when it is over, not in the middle of it, or of the next.

    A stream that is collected is destroyed: that would be recorded, at a moment of chance.
    """
    collects = gc.isenabled()
    gc.disable()
    # What is there already need not be looked through for what the program leaves. PyPy cannot.
    freeze, unfreeze = getattr(gc, "freeze", None), getattr(gc, "unfreeze", None)
    if freeze is not None:
        freeze()
    try:
        yield
    finally:
        gc.collect()
        if unfreeze is not None:
            unfreeze()
        if collects:
            gc.enable()


def _problem(error: BaseException) -> Problem | None:
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return None
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    line, column = (own[-1].lineno if own else None), None
    if isinstance(error, SyntaxError):
        line, column = error.lineno, error.offset
        message = error.msg
    else:
        message = str(error)
    said = "".join(
        [*traceback.format_list(own), *traceback.format_exception_only(type(error), error)]
    )
    return Problem(type(error).__name__, message, line, column, "".join(said))


# -- the clock ------------------------------------------------------------------------------------


@contextmanager
def _on_clock(clock: StandingClock) -> Iterator[None]:
    back_to_page = set_page_aside()
    replaced = asyncio.run
    # In a browser, `asyncio.run` is one that needs the page's loop.
    asyncio.run = getattr(replaced, "__wrapped__", replaced)
    with warnings.catch_warnings():
        # That asyncio's policies are to go: until then, nothing else says which loop to make.
        warnings.simplefilter("ignore", DeprecationWarning)
        policy: Any = asyncio.get_event_loop_policy()
        ours: Any = asyncio.DefaultEventLoopPolicy()
        ours.new_event_loop = lambda: QuietLoop(clock)
        asyncio.set_event_loop_policy(ours)
    try:
        with use_clock(clock):
            yield
    finally:
        asyncio.run = replaced
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            asyncio.set_event_loop_policy(policy)
        back_to_page()
