"""Numbers from one task to another, through a channel and through queues of the same size."""

from __future__ import annotations

from typing import Any

from .channels import groups
from .side_by_side import Contestant
from .works import Work, timed


def works() -> list[Work]:
    """What is measured with channels."""
    named = zip(("channel-16", "channel-1", "channel-0"), groups().items())
    return [work(name, title, contestants) for name, (title, contestants) in named]


def work(name: str, title: str, contestants: list[Contestant]) -> Work:
    return Work(
        name,
        f"numbers between two tasks, {title}",
        50_000,
        1_000,
        "numbers",
        lambda count: count,
        {who: timed(counting(move)) for who, move in contestants},
    )


def counting(move: Any) -> Any:
    def run(count: int) -> int:
        # It takes as many as were put, one by one, or it does not return.
        move(count)
        return count

    return run
