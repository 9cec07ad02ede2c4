"""When nothing is left that could wake the tasks of a run, and what is said then.

>>> explained(None)
'Nothing is left that could wake what waits'

Who can say why lives upstairs (`doctor`), and tells this module so.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Callable
from weakref import WeakKeyDictionary

from ..errors.places import is_between

__all__ = [
    "Interrupts",
    "asked_by_a_signal",
    "explain_things_with",
    "explain_with",
    "explained",
    "explained_things",
    "knows_flows_by",
    "may_be_woken",
    "others",
    "tell",
    "tell_where_it_waits",
]

Explainer = Callable[[Any, bool], str]
_explainers: list[Explainer] = []
_of_things: list[Callable[..., object]] = []
_knows: list[Callable[[object], bool]] = []

# What a time limit or a profiler is called by.
_OF_TIMERS = frozenset(
    getattr(signal, name) for name in ("SIGALRM", "SIGVTALRM", "SIGPROF") if hasattr(signal, name)
)
_before_it: WeakKeyDictionary[Any, dict[int, object]] = WeakKeyDictionary()
"""What heard the signals of timers before each loop ran."""


def explain_with(explainer: Explainer) -> None:
    """Have `explainer` say why the tasks of a loop wait."""
    _explainers[:] = [explainer]


def explain_things_with(explainer: Callable[..., object]) -> None:
    """Have `explainer` say why streams and channels stand still that no task waits for."""
    _of_things[:] = [explainer]


def knows_flows_by(knows: Callable[[object], bool]) -> None:
    """Have `knows` say whether a function knows a loop, a stream or the like, to wake it."""
    _knows[:] = [knows]


def explained_things(*things: object) -> str:
    """Why streams and channels stand still, as far as anybody can say it; empty if nobody can."""
    try:
        return str(_of_things[0](*things)) if _of_things and things else ""
    except Exception:
        # Whoever explains looks into what others have made.
        return ""


def explained(loop: Any, *, asked: bool = False) -> str:
    """Why the tasks of `loop` wait, as far as anybody can say it.

    Args:
        loop: a loop of `run`.
        asked: whether another process may have asked, and is to be told, too.
    """
    if loop is None or not _explainers:
        return "Nothing is left that could wake what waits"
    try:
        return _explainers[0](loop, asked)
    except Exception as error:
        # Whoever explains looks into what others have made; that it stands still is known anyhow.
        return f"Nothing is left that could wake what waits. (To find out why raised {error!r})"


def may_be_woken(loop: Any) -> bool:
    """Whether the loop itself has anything that may call: a descriptor, a signal.

    A timer that does not hold the run is nothing to wait for, in Node neither.
    """
    registered = getattr(getattr(loop, "_selector", None), "get_map", None)
    if registered is None or loop._ready:
        # What waits for input in another way (on Windows) does not tell what for.
        return True
    hears = bool(getattr(loop, "_signal_handlers", None))
    return len(registered() or ()) > 1 or hears or _hears_signals(loop)


def _hears_signals(loop: Any) -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    return any(
        callable(handler) and not getattr(handler, "of_run", False)
        for number in signal.valid_signals()
        for handler in [signal.getsignal(number)]
        if handler is not signal.default_int_handler
        and not isinstance(handler, signal.Handlers)
        and not _is_time_limit(loop, number, handler)
    )


def _is_time_limit(loop: Any, number: int, handler: object) -> bool:
    """Whether this only ends what takes too long.

    A handler that was there before the run cannot know what the run has made since; unless it is
    handed on to it, by a variable that both name.
    """
    is_older = number in _OF_TIMERS and _before_it.get(loop, {}).get(number) is handler
    return is_older and bool(_knows) and not _knows[0](handler)


def others() -> list[threading.Thread]:
    """The threads of the user's that may wake the loop."""
    here = threading.current_thread()
    return [
        thread
        for thread in threading.enumerate()
        if thread is not here
        and thread is not threading.main_thread()
        and not thread.name.startswith(("asyncio_", "streams2 "))
    ] + ([threading.main_thread()] if here is not threading.main_thread() else [])


class Interrupts:
    """What a run says at Ctrl-C.

    Attributes:
        explained: whether it says why its tasks waited. A command ends in silence, as others do.
    """

    explained = True


def tell(text: str) -> None:
    """Say something about the run where errors are said."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def tell_where_it_waits(loop: Any, *, unless_it_moves: bool = False) -> None:
    """Say why the tasks of `loop` wait; if it is asked for, only if there are such tasks."""
    if unless_it_moves and not asyncio.all_tasks(loop):
        return
    text = explained(loop)
    if text:
        tell(text)


def _goes_on_soon(frame: FrameType | None) -> bool:
    """Whether a signal has come while no line of the user's runs, in a turn of the loop.

    What the loop has just taken to call it, or heard of, may be nowhere to be seen at this moment:
    a call later, all is in its place.
    """
    while frame is not None and frame.f_code.co_name != "_run_once":
        module = str(frame.f_globals.get("__name__"))
        if module != "selectors" and not is_between(frame.f_code.co_filename, module):
            return False
        frame = frame.f_back
    return frame is not None


@contextmanager
def asked_by_a_signal(loop: Any) -> Iterator[None]:
    """Say at SIGUSR1 why what waits does, and go on; where nobody else hears that signal."""
    _before_it.setdefault(loop, {number: signal.getsignal(number) for number in _OF_TIMERS})
    asked: int = getattr(signal, "SIGUSR1", 0)

    answering = asked_again = False

    def say() -> None:
        nonlocal answering, asked_again
        answering, asked_again = True, False
        try:
            tell(explained(loop, asked=True))
        finally:
            answering = False
        if asked_again:
            # The program has a turn between two answers, however often it is asked.
            loop.call_soon_threadsafe(say)

    def answer(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal asked_again
        if answering:
            asked_again = True
        elif _goes_on_soon(frame):
            loop.call_soon_threadsafe(say)
        else:
            say()

    answer.of_run = True  # type: ignore[attr-defined]
    ours = (
        asked != 0
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(asked) is signal.SIG_DFL
    )
    if ours:
        signal.signal(asked, answer)
    try:
        yield
    finally:
        if ours and signal.getsignal(asked) is answer:
            signal.signal(asked, signal.SIG_DFL)
