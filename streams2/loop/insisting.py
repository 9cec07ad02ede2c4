"""Ctrl-C under `asyncio.run`: it ends a flow that never leaves its callback, too.

`asyncio.run` cancels its main task at the first Ctrl-C, and interrupts what runs at the second. A
task is told only when the callback that runs is done; a flow whose chunks never run out is never
done. So the second one is sent for the user, if the first has not got there after a while.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Callable

from .coroutines import asyncio_run_ends
from .stuck import Interrupts, tell_where_it_waits
from .ticks import forget_ticks

__all__ = ["insist", "insisting_on_interrupts"]

_PATIENCE = 0.2
"""How many seconds a callback has to come to its end after Ctrl-C."""


def insist(left: threading.Event) -> threading.Thread:
    """Send SIGINT again, if `left` is not set soon, and again: an exception that is raised inside
    of a finalizer goes nowhere.

    It is sent to the main thread: one that sleeps, or waits for the system, wakes by that alone.
    """
    ident = threading.main_thread().ident

    def send() -> None:
        while not left.wait(_PATIENCE):
            if ident is not None and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(ident, signal.SIGINT)
            else:
                signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


@contextmanager
def insisting_on_interrupts(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """See to it that the first Ctrl-C ends what runs on `loop` in here."""
    handler = _handler_to_help()
    if handler is None:
        yield
        return
    left = threading.Event()
    sent: list[threading.Thread] = []
    telling = False

    def interrupt(signum: int, frame: FrameType | None) -> None:
        nonlocal telling
        if telling:
            return  # What waits is being told, and that is over soon.
        if not sent and Interrupts.explained:
            telling = True
            tell_where_it_waits(loop, unless_it_moves=True)
            telling = False
        if sent or handler is signal.default_int_handler:
            # What is interrupted now would begin again while the loop shuts down.
            forget_ticks(loop)
        handler(signum, frame)
        if not sent:
            sent.append(insist(left))

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        left.set()
        if signal.getsignal(signal.SIGINT) is interrupt:
            # At its end asyncio.run has looked for its own handler, and has not found it.
            over = sent or asyncio_run_ends()
            signal.signal(signal.SIGINT, signal.default_int_handler if over else handler)


def _handler_to_help() -> Callable[[int, FrameType | None], object] | None:
    """What `asyncio.run` does at Ctrl-C; None if somebody else sees to it.

    Before Python 3.11 that is to interrupt what runs at once, as wherever nobody sees to it.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    handler = signal.getsignal(signal.SIGINT)
    if sys.version_info < (3, 11):
        return handler if handler is signal.default_int_handler else None
    owner = getattr(getattr(handler, "func", None), "__self__", None)
    is_asyncios = type(owner).__module__.partition(".")[0] == "asyncio"
    return handler if is_asyncios and callable(handler) else None
