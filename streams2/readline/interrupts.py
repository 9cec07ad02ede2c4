"""Ctrl-C at a terminal, for as long as somebody reads its lines.

A terminal that edits its lines by itself sends a signal for Ctrl-C, which Python otherwise takes
for the end of the program.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Callable

__all__ = ["on_interrupt"]


def on_interrupt(callback: Callable[[], object]) -> Callable[[], None]:
    """Call `callback` at Ctrl-C, until what is returned is called.

    Only the main thread can be told of signals; in any other, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, callback)
    except (NotImplementedError, RuntimeError):
        return lambda: None

    def forget() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)

    return forget
