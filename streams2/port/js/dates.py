"""Dates, as far as programs with streams use them."""

from __future__ import annotations

import time
from datetime import datetime, timezone

__all__ = ["Date"]


class Date:
    """A moment, in milliseconds since 1970.

    >>> Date(0).toISOString()
    '1970-01-01T00:00:00.000Z'

    Args:
        value: milliseconds, an ISO date, or another Date (default: now).
    """

    def __init__(self, value: float | str | Date | None = None) -> None:
        self.ms: float
        if isinstance(value, Date):
            self.ms = value.ms
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
            moment = (
                moment if moment.tzinfo or "T" in value else moment.replace(tzinfo=timezone.utc)
            )
            self.ms = moment.timestamp() * 1000
        else:
            self.ms = float(int(time.time() * 1000) if value is None else value)

    def getTime(self) -> float:  # noqa: N802
        """The milliseconds."""
        return int(self.ms) if self.ms.is_integer() else self.ms

    valueOf = getTime  # noqa: N815

    def toISOString(self) -> str:  # noqa: N802
        """As ISO 8601 has it, in UTC."""
        moment = datetime.fromtimestamp(self.ms // 1 / 1000, timezone.utc)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(self.ms) % 1000:03d}Z"

    toJSON = toISOString  # noqa: N815

    def getFullYear(self) -> int:  # noqa: N802
        """The year, here."""
        return datetime.fromtimestamp(self.ms / 1000).year
