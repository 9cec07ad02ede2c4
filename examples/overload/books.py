"""What an ordeal comes to, in a few numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .drive import Ordeal
from .load import GAVE_UP, REFUSED, SERVED


@dataclass(frozen=True)
class Account:
    """One server under one load.

    Attributes:
        form: which server.
        rate: how many came a second.
        served: how many a second were answered with yes, while the load lasted.
        refused: how many of those who came in a second were told that there is no room.
        gave_up: how many of those who came in a second could not even connect.
        p50, p95, p99: how long those served waited, in seconds: half of them, 95 and 99 of 100 at
            most so long. None if nobody was served.
        early, late: how long half of those served waited at most, of those who came in the first
            and in the last quarter of the load. None if nobody was.
        most_held: the most requests that the server held at once.
        memory: how many bytes its memory grew by, at most.
    """

    form: str
    rate: float
    served: float
    refused: float
    gave_up: float
    p50: float | None
    p95: float | None
    p99: float | None
    early: float | None
    late: float | None
    most_held: int
    memory: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def account(ordeal: Ordeal) -> Account:
    """Sum up an ordeal."""
    outcomes = [visit.outcome for visit in ordeal.visits]
    served = [visit for visit in ordeal.visits if visit.outcome == SERVED]
    in_time = [visit for visit in served if visit.came + visit.seconds <= ordeal.seconds]
    waits = [visit.seconds for visit in served]
    quarter = ordeal.seconds / 4
    memory = [reading.memory for reading in ordeal.readings]
    return Account(
        form=ordeal.form,
        rate=ordeal.rate,
        served=len(in_time) / ordeal.seconds,
        refused=outcomes.count(REFUSED) / ordeal.seconds,
        gave_up=outcomes.count(GAVE_UP) / ordeal.seconds,
        p50=percentile(waits, 50),
        p95=percentile(waits, 95),
        p99=percentile(waits, 99),
        early=percentile([visit.seconds for visit in served if visit.came < quarter], 50),
        late=percentile([visit.seconds for visit in served if visit.came >= 3 * quarter], 50),
        most_held=max((reading.held for reading in ordeal.readings), default=0),
        memory=max(memory) - memory[0] if memory else 0,
    )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """What `percent` of 100 values do not exceed; None of no values."""
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
