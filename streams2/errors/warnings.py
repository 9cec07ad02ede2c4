"""What debug mode warns of, each kind with a class of its own: filters go by it.

>>> issubclass(BackpressureWarning, RuntimeWarning)
True

Turn one into an error with ``-W error::streams2.errors.warnings.BackpressureWarning`` or by
`warnings.filterwarnings`; the docs have more on that (`docs/debugging.md`).
"""

from __future__ import annotations

__all__ = [
    "BackpressureWarning",
    "CallbackWarning",
    "ChunkChangedWarning",
    "DebugWarning",
    "SlowMethodWarning",
    "ThreadWarning",
    "UnusedStreamWarning",
]


class DebugWarning(RuntimeWarning):
    """The base of what debug mode warns of."""


class BackpressureWarning(DebugWarning):
    """`write()` or `push()` answered False, and its caller went on all the same, for long."""


class CallbackWarning(DebugWarning):
    """A method has not called its callback for long, or has called it twice."""


class ChunkChangedWarning(DebugWarning):
    """A chunk was changed between being written, or pushed, and being taken."""


class SlowMethodWarning(DebugWarning):
    """A method kept the loop from everything else for long."""


class ThreadWarning(DebugWarning):
    """A stream was used in another thread than its loop's."""


class UnusedStreamWarning(ResourceWarning):
    """A stream was made, and neither read nor ended nor destroyed before it was collected."""
