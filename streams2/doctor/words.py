"""How it is said."""

from __future__ import annotations

from .sides import Wait
from .tasks import Awaited

__all__ = ["for_now", "is_idle_reading", "waits_for"]


def waits_for(what: str, awaited: Awaited, things: str) -> str:
    """What a task waits for, after "waits at app.py:7"."""
    if what == "over":
        return f"for {things} to be over"
    if what == "drain":
        return f"for {things} to take more"
    if what == "chunk":
        return f"for the next chunk of {things}"
    if what == "pipeline":
        return f"for a pipeline of {things}"
    return f"{awaited.words} of {things}"


def for_now(reason: str) -> str:
    """The same of what something that is still to run will go on with."""
    reason = reason.replace("never called its callback", "has not called its callback yet")
    return reason.replace("has pushed nothing", "has pushed nothing yet").partition(", and nobody")[
        0
    ]


def is_idle_reading(wait: Wait, found: list[Wait]) -> bool:
    """Whether that nobody reads is no matter: nothing has come, and for another reason."""
    others = [one for one in found if one is not wait]
    return bool(others) and "has nothing to give" in wait.reason
