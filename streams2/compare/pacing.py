"""Letting bytes pass at a given rate."""

from __future__ import annotations

import time
from typing import Callable

__all__ = ["TokenBucket"]

_BURST_SECONDS = 0.05


class TokenBucket:
    """Says how long to wait so that bytes pass at a given rate, and no faster for long.

    It earns so many bytes a second, and every chunk spends its size. While nobody spends, it goes
    on earning for a twentieth of a second: that makes up for timers that fire late.

    >>> now = 0.0
    >>> bucket = TokenBucket(1000, clock=lambda: now)
    >>> bucket.spend(500), bucket.spend(500)
    (0.5, 1.0)
    >>> now = 2.0
    >>> bucket.spend(50), bucket.spend(100)
    (0.0, 0.1)

    Args:
        rate: bytes per second.
        clock: what time it is, in seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._most = rate * _BURST_SECONDS
        self._tokens = 0.0
        self._counted_at = clock()

    def spend(self, size: int) -> float:
        """Spend `size` bytes, on credit if need be; the seconds to wait until they are earned."""
        now = self._clock()
        earned = (now - self._counted_at) * self._rate
        self._counted_at = now
        self._tokens = min(self._most, self._tokens + earned) - size
        return max(0.0, -self._tokens / self._rate)
