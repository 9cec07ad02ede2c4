"""What an ordeal is like from moment to moment: who waits where, and for how long."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from .books import percentile
from .drive import Ordeal
from .load import SERVED, Visit


@dataclass(frozen=True)
class Crowd:
    """Those who have come and do not know yet what becomes of them, at one moment.

    Attributes:
        at: when, in seconds since the load began.
        held: how many the server has accepted, says the server.
        backlog: how many have a connection that the server has not accepted: they wait in the
            listen backlog.
        connecting: how many have no connection yet.
    """

    at: float
    held: int
    backlog: int
    connecting: int


@dataclass(frozen=True)
class Waits:
    """How long those waited who were served in one second.

    Attributes:
        second: which, counted from 0 when the load began.
        p50, p95, p99: in seconds: half of them, 95 and 99 of 100 waited at most so long.
    """

    second: int
    p50: float
    p95: float
    p99: float


def crowds(ordeal: Ordeal) -> list[Crowd]:
    """Who waits where, at each reading of the server.

    The people are counted where they come from, those inside by the server. A reading tells the
    most that were inside since the one before, so it may be a few more than have a connection now.
    """
    came = sorted(visit.came for visit in ordeal.visits)
    connected = sorted(visit.came + until_connected(visit) for visit in ordeal.visits)
    answered = sorted(visit.came + visit.seconds for visit in ordeal.visits)
    found = []
    for reading in ordeal.readings:
        in_line = bisect_right(connected, reading.at)
        backlog = max(0, in_line - bisect_right(answered, reading.at) - reading.held)
        connecting = bisect_right(came, reading.at) - in_line
        found.append(Crowd(reading.at, reading.held, backlog, connecting))
    return found


def until_connected(visit: Visit) -> float:
    """How long one tried to connect, in seconds, with success or without."""
    return visit.seconds if visit.connecting is None else visit.connecting


def waits_by_second(ordeal: Ordeal) -> list[Waits]:
    """The percentiles of each second in which somebody was served."""
    waits: defaultdict[int, list[float]] = defaultdict(list)
    for visit in ordeal.visits:
        if visit.outcome == SERVED:
            waits[int(visit.came + visit.seconds)].append(visit.seconds)
    found = []
    for second in sorted(waits):
        p50, p95, p99 = (percentile(waits[second], percent) or 0.0 for percent in (50, 95, 99))
        found.append(Waits(second, p50, p95, p99))
    return found


def learnt_by_second(ordeal: Ordeal, outcome: str) -> list[int]:
    """How many learnt of this outcome in each second, until the last one has learnt of his."""
    counts = [0] * (int(lasts(ordeal)) + 1)
    for visit in ordeal.visits:
        if visit.outcome == outcome:
            counts[int(visit.came + visit.seconds)] += 1
    return counts


def lasts(ordeal: Ordeal) -> float:
    """When the last one learnt what becomes of him, in seconds since the load began."""
    return max((visit.came + visit.seconds for visit in ordeal.visits), default=0.0)
