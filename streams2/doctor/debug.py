"""Debug mode: what is wrong in a program that uses streams, told while it runs.

>>> import warnings
>>> from streams2 import Writable, run
>>> def main():
...     stuck = Writable(object_mode=True, write=lambda self, chunk, encoding, callback: None)
...     for number in range(1000):
...         stuck.write(number)
>>> with warnings.catch_warnings(record=True) as caught:
...     warnings.simplefilter("always")
...     run(main, debug=True)
>>> [warning.category.__name__ for warning in caught]
['BackpressureWarning', 'CallbackWarning']

While it is off, every class is as it was: it costs nothing before it is turned on, nor after. While
it is on, methods are replaced where they are defined (`debug_hooks`), and those that users define
are watched (`debug_methods`). What is done stays the same; only the warnings come in addition.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors.warnings import UnusedStreamWarning
from .debug_given import Given
from .debug_hooks import Hooks
from .debug_watch import Settings, Watch

__all__ = ["Debugger", "debugger", "debugging"]

_USUAL = 0.05


class Debugger:
    """Debug mode, which is on for as long as anybody wants it."""

    def __init__(self) -> None:
        self._wanted = 0
        self._watch: Watch | None = None
        self._hooks: Hooks | None = None

    @property
    def is_on(self) -> bool:
        """Whether it is."""
        return self._wanted > 0

    def turn_on(self, settings: Settings | None = None) -> None:
        """Begin to look, with these settings if nobody has begun yet."""
        self._wanted += 1
        if self._wanted == 1:
            self._watch = Watch(Settings(blocked=_blocked()) if settings is None else settings)
            self._hooks = Hooks(self._watch)
            self._hooks.put_in()

    def turn_off(self) -> None:
        """Undo one `turn_on`; the last one ends it."""
        self._wanted -= 1
        if self._wanted == 0 and self._watch is not None and self._hooks is not None:
            self._hooks.take_out()
            self._watch.stop()
            self._watch = self._hooks = None

    def given(self, stream: object) -> Given | None:
        """Which chunk a method of `stream` has, if debug mode has counted them."""
        return None if self._watch is None else self._watch.given(stream)

    def look_back(self) -> None:
        """A run has come to its end: warn of what it has left undone."""
        if self._watch is not None:
            self._watch.look_back()

    def turn_on_for_good(self) -> None:
        """Begin to look, for as long as the process lives.

        Python hides warnings of what was left open, unless one asks for them: this is asking.
        """
        self.turn_on()
        if not sys.warnoptions:
            warnings.filterwarnings("default", category=UnusedStreamWarning)


def _blocked() -> float:
    """How many seconds of yours may keep the loop, as the environment says."""
    try:
        return float(os.environ.get("STREAMS2_DEBUG_BLOCKED") or _USUAL)
    except ValueError:
        return _USUAL


debugger = Debugger()
"""That of the process."""


@contextmanager
def debugging(*, marks: int = 8, patience: float = 5.0, blocked: float = 0.05) -> Iterator[None]:
    """Debug mode for what is done in a ``with`` block.

    Args:
        marks: how many high-water marks, and how many answers of False, somebody may go past
            before he is told (default 8).
        patience: how many seconds a method may take to call its callback (default 5).
        blocked: how many seconds a method may keep the loop (default 0.05).
    """
    debugger.turn_on(Settings(marks, patience, blocked))
    try:
        yield
    finally:
        debugger.look_back()
        debugger.turn_off()
