"""Dates, as far as programs with streams use them."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import cast

from .errors import RangeError
from .stopping import NotPorted

__all__ = ["Date"]

_START = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WRITTEN = re.compile(
    r"([+-]\d{6}|\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?"
)
_FIELDS = {
    "FullYear": 0,
    "Month": 1,
    "Date": 2,
    "Hours": 3,
    "Minutes": 4,
    "Seconds": 5,
    "Milliseconds": 6,
}
_LARGEST = 8.64e15


class Date:
    """A moment, in milliseconds since 1970: ``getHours`` and its like, ``setHours`` and its like.

    >>> Date(0).toISOString(), Date(2020, 0, 31).getMonth()
    ('1970-01-01T00:00:00.000Z', 0)

    Args:
        parts: milliseconds, an ISO date, another Date, or year, month and so on (default: now).
    """

    def __init__(self, *parts: object) -> None:
        first = parts[0] if parts else int(time.time() * 1000)
        if len(parts) > 1:
            self.ms = _ms_of([cast("float", part) for part in parts], utc=False)
        elif isinstance(first, Date):
            self.ms = first.ms
        elif isinstance(first, str):
            self.ms = Date.parse(first)
        else:
            self.ms = _clipped(float(cast("float", first)))

    @staticmethod
    def UTC(*parts: float) -> float:  # noqa: N802
        """The milliseconds of a moment that is given in UTC."""
        return _plain(_ms_of(list(parts), utc=True))

    @staticmethod
    def parse(words: str) -> float:
        """The milliseconds of an ISO date; NaN if the date is none.

        Raises:
            NotPorted: it is no ISO date, and Node may know what it is.
        """
        found = _WRITTEN.fullmatch(words)
        if found is None:
            if not any(letter.isdigit() for letter in words):
                return math.nan
            raise NotPorted(f"{words!r} is no ISO date: say when it is")
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        parts = [int(year), int(month or 1) - 1, *map(int, (day or 1, hour or 0, minute or 0))]
        parts += [int(second or 0), int((fraction or "0")[:3].ljust(3, "0"))]
        if not (0 <= parts[1] < 12 and 1 <= parts[2] <= 31 and parts[3] <= 24):
            return math.nan
        if zone is None and hour is not None:
            return _ms_of(cast("list[float]", parts), utc=False)
        ahead = 0
        if zone not in (None, "Z"):
            ahead = int(f"{zone[0]}1") * (int(zone[1:3]) * 60 + int(zone[4:]))
        return _ms_of(cast("list[float]", parts), utc=True) - ahead * 60_000

    def moment(self, utc: bool) -> datetime:
        """The same moment as Python has it."""
        found = _START + timedelta(milliseconds=self.ms)
        return found if utc else found.astimezone()

    def getTime(self) -> float:  # noqa: N802
        """The milliseconds."""
        return _plain(self.ms)

    valueOf = getTime  # noqa: N815

    def setTime(self, ms: float) -> float:  # noqa: N802
        """Be another moment."""
        self.ms = _clipped(float(ms))
        return self.getTime()

    def toISOString(self) -> str:  # noqa: N802
        """As ISO 8601 has it, in UTC.

        Raises:
            RangeError: the date is none.
        """
        if math.isnan(self.ms):
            raise RangeError("Invalid time value")
        moment = self.moment(utc=True)
        whole = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
        return f"{whole}Z"

    def toJSON(self) -> str | None:  # noqa: N802
        """The same, or None."""
        return None if math.isnan(self.ms) else self.toISOString()

    def toString(self) -> str:  # noqa: N802
        """As Node writes it out, with the name of the time zone.

        Raises:
            NotPorted: it is a date at all.
        """
        if math.isnan(self.ms):
            return "Invalid Date"
        raise NotPorted("a date as text has the name of a time zone: say how it is written")

    def toUTCString(self) -> str:  # noqa: N802
        """As HTTP has it."""
        if math.isnan(self.ms):
            return "Invalid Date"
        moment = self.moment(utc=True)
        day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
        return f"{day}, {moment:%d} {_MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} GMT"

    def getTimezoneOffset(self) -> float:  # noqa: N802
        """How many minutes UTC is ahead of here."""
        if math.isnan(self.ms):
            return math.nan
        ahead = self.moment(utc=False).utcoffset() or timedelta()
        return _plain(-ahead.total_seconds() / 60)

    def get(self, field: str, utc: bool) -> float:
        """``getHours()`` and its like: a part of the date, here or in UTC."""
        if math.isnan(self.ms):
            return math.nan
        moment = self.moment(utc)
        if field == "Day":
            return moment.isoweekday() % 7
        return _parts_of(moment)[_FIELDS[field]]

    def set(self, field: str, utc: bool, *values: float) -> float:
        """``setHours(hours, minutes)`` and its like."""
        at = _FIELDS[field]
        moment = self.moment(utc) if not math.isnan(self.ms) else _START
        parts: list[float] = [*_parts_of(moment)]
        parts[at : at + len(values)] = values
        self.ms = _ms_of(parts, utc)
        return self.getTime()


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _getter(field: str, utc: bool) -> Callable[[Date], float]:
    return lambda date: date.get(field, utc)


def _setter(field: str, utc: bool) -> Callable[..., float]:
    return lambda date, *values: date.set(field, utc, *values)


for _utc, _zone in ((False, ""), (True, "UTC")):
    for _field in (*_FIELDS, "Day"):
        setattr(Date, f"get{_zone}{_field}", _getter(_field, _utc))
        if _field != "Day":
            setattr(Date, f"set{_zone}{_field}", _setter(_field, _utc))


def _parts_of(moment: datetime) -> list[int]:
    day = [moment.year, moment.month - 1, moment.day]
    return [*day, moment.hour, moment.minute, moment.second, moment.microsecond // 1000]


def _plain(ms: float) -> float:
    return int(ms) if ms.is_integer() else ms


def _clipped(ms: float) -> float:
    return float(math.trunc(ms)) if abs(ms) <= _LARGEST else math.nan


def _ms_of(parts: list[float], utc: bool) -> float:
    """The milliseconds of year, month and so on; what is too much of one goes to the next."""
    if any(not math.isfinite(part) for part in parts):
        return math.nan
    year, month, day, hour, minute, second, ms = [
        *(int(part) for part in parts),
        *(0, 0, 1, 0, 0, 0, 0)[len(parts) :],
    ]
    year = 1900 + year if 0 <= year <= 99 else year
    try:
        start = datetime(year + month // 12, month % 12 + 1, 1)
        more = timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=ms)
        moment = start + more
    except (ValueError, OverflowError):
        raise NotPorted(f"Python has no date in the year {year}") from None
    if utc:
        return (moment.replace(tzinfo=timezone.utc) - _START) / timedelta(milliseconds=1)
    return (moment.astimezone(timezone.utc) - _START) / timedelta(milliseconds=1)
