"""Whether debug mode is wanted, and by whom: what is below asks here, what is above does it.

>>> class Mode:
...     def turn_on(self): print("on")
...     def turn_off(self): print("off")
...     def look_back(self): print("what was left undone?")
>>> loop, previous = asyncio.new_event_loop(), set_mode(Mode)
>>> end = begin_run(loop, True)
on
>>> end(True)
what was left undone?
off
>>> loop.close()
>>> _ = set_mode(previous)

It is wanted by the environment (``STREAMS2_DEBUG=1``; ``0`` says that it is not), by ``python -X
dev``, by a loop in asyncio's debug mode, or by ``run(main, debug=True)``. Nobody asks per chunk: a
stream that is made asks, and so does a loop's first tick.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import weakref
from typing import Callable, Optional, Protocol

from .belongings import belong_to_running_loop

__all__ = ["Mode", "begin_run", "is_to_be_shown", "is_wanted", "notice_loop", "set_mode"]

ENVIRONMENT = "STREAMS2_DEBUG"


class Mode(Protocol):
    """Debug mode: what is turned on as often as somebody wants it, and off as often."""

    def turn_on(self) -> None: ...
    def turn_off(self) -> None: ...
    def turn_on_for_good(self) -> None: ...
    def look_back(self) -> None:
        """A run has come to its end: warn of what it has left undone."""


LoadMode = Callable[[], Mode]
LoopHere = Callable[[], Optional[asyncio.AbstractEventLoop]]

_load: LoadMode | None = None
_begun: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, object] = weakref.WeakKeyDictionary()


class _Here(threading.local):
    """The loop that was last looked at in this thread."""

    loop: LoopHere = staticmethod(lambda: None)


_here = _Here()


def set_mode(load: LoadMode | None) -> LoadMode | None:
    """Say how to get at debug mode. Returns what was said before."""
    global _load
    before, _load = _load, load
    return before


def is_wanted() -> bool:
    """Whether the process as a whole is to be debugged."""
    said = os.environ.get(ENVIRONMENT)
    return sys.flags.dev_mode if not said else said != "0"


def is_to_be_shown() -> bool:
    """Whether others are to see what goes through the streams of this process: `streams2 top`."""
    return os.environ.get("STREAMS2_TOP", "0") not in ("", "0")


def notice_loop() -> None:
    """Turn debug mode on if the running loop is in asyncio's, until that loop shuts down."""
    loop = asyncio._get_running_loop()
    if loop is None or _here.loop() is loop:
        return
    _here.loop = weakref.ref(loop)
    if loop.get_debug() and loop not in _begun and os.environ.get(ENVIRONMENT) != "0":
        _begun[loop] = session = _OfLoop()
        belong_to_running_loop(session)


def begin_run(loop: asyncio.AbstractEventLoop, debug: bool | None) -> Callable[[bool], None]:
    """Turn debug mode on for a run, if it is wanted.

    Args:
        loop: the run's.
        debug: whether it is; None to ask the environment.

    Returns:
        To be called when the run is over, with whether all went well.
    """
    mode = _load() if _load is not None and (is_wanted() if debug is None else debug) else None
    _begun[loop] = mode
    if mode is None:
        return lambda _: None
    mode.turn_on()

    def end(well: bool) -> None:
        try:
            if well:
                mode.look_back()
        finally:
            mode.turn_off()

    return end


class _OfLoop:
    """Debug mode for as long as a loop runs."""

    def __init__(self) -> None:
        self._mode = None if _load is None else _load()
        if self._mode is not None:
            self._mode.turn_on()

    def abandon(self) -> None:
        mode, self._mode = self._mode, None
        if mode is not None:
            mode.turn_off()
