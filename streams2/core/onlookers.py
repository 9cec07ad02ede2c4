"""Whoever waits for something that a stream does, and has to hear when it never will.

A stream that is ended emits no ``'drain'``, and one that has closed emits nothing. Node leaves
whoever waits for that waiting. Here he looks on: he is called whenever something has happened that
may decide it, and then looks at the stream himself.
"""

from __future__ import annotations

from typing import Any, Callable

from ..errors import StreamAlreadyFinishedError, StreamDestroyedError, StreamsError
from .demand import ENDED, FINISHED
from .supply import END_TOLD

__all__ = ["Onlookers"]

#: What a stream emits of itself.
_OF_STREAMS = frozenset(["data", "readable", "end", "drain", "prefinish", "finish", "close"])
_OF_READING = frozenset(["data", "readable", "end"])
_OF_WRITING = frozenset(["prefinish", "finish"])


class Onlookers:
    """Those who look on while a stream lives."""

    __slots__ = ("_life", "_looks")

    def __init__(self, life: Any) -> None:
        self._life = life
        self._looks: tuple[Callable[[], object], ...] = ()

    def add(self, look: Callable[[], object]) -> Callable[[], None]:
        """Call `look` whenever something happens. Returns a function that stops it."""
        self._looks = (*self._looks, look)

        def forget() -> None:
            self._looks = tuple(other for other in self._looks if other is not look)

        return forget

    def tell(self) -> None:
        """Something has happened."""
        for look in self._looks:
            look()

    def why_never(self, event: str) -> StreamsError | None:
        """Why the stream will not emit `event` any more; None if it may."""
        reason = _reason(self._life, event)
        if reason is not None:
            reason.__cause__ = self._life.errored
        return reason


def _reason(life: Any, event: str) -> StreamsError | None:
    call = f"once({event!r})"
    reading, writing = life.read_side, life.write_side
    if life.machine.state.value == "gone" and event in _OF_STREAMS:
        return StreamDestroyedError(call)
    if life.errored is not None and not life.error_emitted:
        # The error itself is on its way, and says more.
        return None
    if event == "drain" and writing is not None:
        if life.failed:
            return StreamDestroyedError(call)
        if writing.demand.state in ENDED:
            return StreamAlreadyFinishedError(call)
    if event in _OF_READING and reading is not None and reading.supply.state is END_TOLD:
        return StreamAlreadyFinishedError(call)
    if event in _OF_WRITING and writing is not None and writing.demand.state is FINISHED:
        return StreamAlreadyFinishedError(call)
    return None
