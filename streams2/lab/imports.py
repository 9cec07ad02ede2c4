"""What ``import time`` gives a program that runs on a clock of its own."""

from __future__ import annotations

import builtins
import time
from types import ModuleType, SimpleNamespace

from ..loop.quiet import Clock

__all__ = ["builtins_on"]


def builtins_on(clock: Clock) -> dict[str, object]:
    """The builtins of a program whose ``time`` is `clock`'s.

    Only what the program itself imports is another: the library's modules have the machine's.
    """
    on_clock = ModuleType("time", time.__doc__)
    vars(on_clock).update(vars(time))
    clocks = SimpleNamespace(
        time=clock.time,
        monotonic=clock.time,
        perf_counter=clock.time,
        sleep=clock.wait,
        time_ns=lambda: int(clock.time() * 1e9),
        monotonic_ns=lambda: int(clock.time() * 1e9),
        perf_counter_ns=lambda: int(clock.time() * 1e9),
    )
    vars(on_clock).update(vars(clocks))

    def import_(name: str, *args: object) -> object:
        return on_clock if name == "time" else builtins.__import__(name, *args)  # type: ignore[arg-type]

    return {**vars(builtins), "__import__": import_}
