"""Results under a fault that are not the variant's doing, and might be others the next time."""

from __future__ import annotations

from .job import Job, Observed
from .variants import Variant

__all__ = ["luck_of"]


def luck_of(variant: Variant, job: Job, seen: Observed) -> str | None:
    """Why a result of this run is luck; None if it is not.

    Args:
        variant: what ran.
        job: what it was to do.
        seen: what was seen of it.
    """
    kind = job.settings.fault
    if kind in (None, "slow-start") or job.function == variant.handled:
        return None
    read_all = seen.bytes_read >= job.size
    if seen.outcome == "completed":
        return "wrote all, because it had read to the end before the caller gave up"
    if seen.files_closed and seen.outcome in ("uncaught", "hung") and read_all:
        return "closed, because it had read to the end"
    if seen.files_closed and kind in variant.luck:
        return variant.luck[kind]
    if seen.outcome in ("uncaught", "hung") and seen.bytes_held == 0:
        return "lost nothing, because what it had read was just written"
    return None
