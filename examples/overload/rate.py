"""How much the service really does on this machine, before anybody draws a lesson from it.

All five servers wait for that one service. If it does not get done what it should, the machine has
something else to do, and what then piles up at a server is not the server's doing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from .authentication import Authentication
from .drive import Service, first_line, running

#: So many times as many ask as the service looks at at once: it never has nothing to do.
CROWD = 4

#: How long it is asked, in seconds.
SECONDS = 0.5


def measured(service: Service, seconds: float = SECONDS) -> float:
    """How many questions a second the service answers, if there is always one more.

    Args:
        service: how slow it is to be.
        seconds: for how long it is asked.
    """
    with running("authentication", str(service.at_once), str(service.seconds)) as process:
        port = int(first_line(process))
        return asyncio.run(answers_a_second(Authentication(port), CROWD * service.at_once, seconds))


async def answers_a_second(authentication: Authentication, crowd: int, seconds: float) -> float:
    """Ask for so many seconds, so many at a time, each again as soon as it has its answer."""
    answered = 0
    begun = time.perf_counter()

    async def ask() -> None:
        nonlocal answered
        while time.perf_counter() < begun + seconds:
            await authentication.allows(b"alice")
            answered += 1

    await asyncio.gather(*(ask() for _ in range(crowd)))
    return answered / (time.perf_counter() - begun)


def why_no_lesson(capacity: float, rates: Sequence[float], tolerance: float) -> str | None:
    """Why no lesson can be drawn; None if one can.

    Args:
        capacity: how many a second the service should answer.
        rates: how many it did, each time that it was measured.
        tolerance: which part of them may be missing.
    """
    rate = min(rates)
    if rate >= capacity * (1 - tolerance):
        return None
    return (
        f"this machine was busy: alone, the service answered {rate:.0f} a second, and it should\n"
        f"answer {capacity:g}. What became of the servers is not their doing: no lesson can be\n"
        "drawn from it. Run this again when there is nothing else to do."
    )
