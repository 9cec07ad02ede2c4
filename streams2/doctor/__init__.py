"""The doctor: what is wrong with a flow, and why it stands still.

- `debug`: debug mode, which warns of mistakes while a program runs (`docs/debugging.md`);
  `debug_watch`: what it looks for; `debug_hooks`, `debug_methods`: how it hears of things.

Not here: what the machines did, step by step (`trace`); anything that a stream needs to run.
"""

from ..errors.warnings import (
    BackpressureWarning,
    CallbackWarning,
    ChunkChangedWarning,
    DebugWarning,
    SlowMethodWarning,
    ThreadWarning,
    UnusedStreamWarning,
)
from .debug import debugging

__all__ = [
    "BackpressureWarning",
    "CallbackWarning",
    "ChunkChangedWarning",
    "DebugWarning",
    "SlowMethodWarning",
    "ThreadWarning",
    "UnusedStreamWarning",
    "debugging",
]
