"""``process``: what was said on the command line, and how the program ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from ...loop.run import run as run_streams
from .functions import call
from .objects import Object
from .stopping import NotPorted
from .values import number

__all__ = ["Process", "process", "run"]


class Process:
    """What ``process`` knows of this process.

    Args:
        argv: the words of the command line; the first two are the interpreter and the script.
    """

    def __init__(self) -> None:
        self.exit_code: object = None
        self._listeners: list[Callable[..., object]] = []

    @property
    def argv(self) -> list[str]:
        """Interpreter, script and arguments, as in Node."""
        return [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]

    @property
    def env(self) -> Object:
        """The environment; a name that is not in it is None."""
        return Object(**os.environ)

    def on(self, event: str, listener: Callable[..., object]) -> Process:
        """Listen to ``'exit'`` and ``'beforeExit'``."""
        if event not in ("exit", "beforeExit"):
            raise NotPorted(f"process.on({event!r}) has no counterpart")
        self._listeners.append(listener)
        return self

    once = on

    def exit(self, code: object = None) -> NoReturn:
        """End the program at once."""
        sys.exit(self.end(self.exit_code if code is None else code))

    def end(self, code: object = None) -> int:
        """Call the listeners of ``'exit'``; the exit status."""
        self.exit_code = self.exit_code if code is None else code
        while self._listeners:
            call(self._listeners.pop(0), self, self.exit_code or 0)
        return int(number(self.exit_code or 0))

    def hrtime(self) -> list[int]:
        """``process.hrtime()``: seconds and nanoseconds."""
        return list(divmod(time.perf_counter_ns(), 10**9))


process = Process()


def run(main: Callable[[], object]) -> NoReturn:
    """Run a program as ``node file.js`` does, and exit with its status."""
    run_streams(main)
    sys.exit(process.end())
