"""What ``import time`` gives a program that runs on a clock of its own."""

from __future__ import annotations

import builtins
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ..loop.quiet import Clock

__all__ = ["time_goes_by"]


@contextmanager
def time_goes_by(clock: Clock, program: Mapping[str, object]) -> Iterator[None]:
    """Have a program import a ``time`` that is `clock`'s.

    Only what the program itself imports is another: the library's modules have the machine's, those
    that are imported meanwhile, too.

    Args:
        clock: what time it is, and how to wait.
        program: the program's globals.
    """
    on_clock, original = _time_on(clock), builtins.__import__

    def import_(
        name: str, globals: Mapping[str, object] | None = None, *more: Any, **named: Any
    ) -> ModuleType:
        if name == "time" and globals is program:
            return on_clock
        return original(name, globals, *more, **named)

    # PyPy does not ask the program's own ``__builtins__`` for it, as CPython does.
    builtins.__import__ = import_
    try:
        yield
    finally:
        builtins.__import__ = original


def _time_on(clock: Clock) -> ModuleType:
    module = ModuleType("time", time.__doc__)
    names = vars(module)
    names.update(vars(time))
    names.update(dict.fromkeys(("time", "monotonic", "perf_counter"), clock.time))
    names.update(sleep=clock.wait)

    def nanoseconds() -> int:
        return int(clock.time() * 1e9)

    names.update(dict.fromkeys(("time_ns", "monotonic_ns", "perf_counter_ns"), nanoseconds))
    return module
