"""Whether a time says anything, or the machine had something else to do.

All that the sink takes is paid for at its rate: a variant that keeps up takes as long as that, and
no variant is faster. So a run that takes longer tells of the machine. So do rounds that differ.
"""

from __future__ import annotations

from collections.abc import Sequence

from .settings import Settings

__all__ = ["FELL_SHORT", "ROUNDS_DIFFER", "TOLERANCE", "why_busy"]

TOLERANCE = 0.1
"""By which part a run may take longer than the rates say, or than the fastest round."""

FELL_SHORT = "fell short of the rate"
ROUNDS_DIFFER = "rounds differ"

_SECONDS_TO_BEGIN_AND_END = 0.05
"""What a run may take besides: it opens two files, and closes them."""


def why_busy(
    seconds: Sequence[float], size: int, settings: Settings, tolerance: float = TOLERANCE
) -> str | None:
    """Why the times of a variant's rounds are no result; None if they are one.

    >>> why_busy([1.0, 1.05], 1000, Settings(sink_rate=1000.0))
    >>> why_busy([1.3, 1.3], 1000, Settings(sink_rate=1000.0))
    'fell short of the rate'
    >>> why_busy([1.0, 1.3], 1000, Settings())
    'rounds differ'

    Args:
        seconds: how long each round took, all of which came to their end.
        size: how many bytes it copied.
        settings: how fast source and sink were.
        tolerance: which part is still no difference.
    """
    if not seconds or not size:
        return None
    rates = [rate for rate in (settings.sink_rate, settings.source_rate) if rate is not None]
    if rates:
        expected = size / min(rates)
        if max(seconds) > expected * (1 + tolerance) + _SECONDS_TO_BEGIN_AND_END:
            return FELL_SHORT
    return ROUNDS_DIFFER if max(seconds) > min(seconds) * (1 + tolerance) else None
