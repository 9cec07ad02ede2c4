"""A pipe as one writes it by hand, and every way in which Node's own once got it wrong.

`HandMadePipe` uses nothing of streams2's pipe. Without a fault it does the same; with one it hangs
or loses, which proves that a test for that fault can see it.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Callable


class Fault(Enum):
    """What can be wrong with a pipe. The values say what it does."""

    COUNTS_EVERY_REFUSAL = "counts the drains that are owed, one for each refusal"
    COUNTS_ONCE_PER_CHUNK = "counts them, one for each chunk that came from outside"
    KEEPS_OLD_REFUSALS = "waits for a destination that has since taken another chunk"
    PAUSES_WHEN_GONE = "pauses the source though it was unpiped during that very write"
    KEEPS_THE_GONE = "still waits for a destination that was unpiped"
    RELEASES_ONLY_THE_FULL = "stops waiting for one that was unpiped only if it owes a drain"
    IGNORES_A_FULL_DESTINATION = "waits for a full destination only if the source flows already"
    OVERFILLS = "does not ask whether the destination is full already"


class Hub:
    """All the hand-made pipes of one source.

    Args:
        source: a Readable, or what behaves like one.
        fault: what is wrong with these pipes; None for nothing.
    """

    def __init__(self, source: Any, fault: Fault | None = None) -> None:
        self.source = source
        self.fault = fault
        self.pipes: list[HandMadePipe] = []
        # One entry for every drain that is waited for.
        self.awaited: list[HandMadePipe] = []
        self.counts = fault in (Fault.COUNTS_EVERY_REFUSAL, Fault.COUNTS_ONCE_PER_CHUNK)
        source.prepend_listener("data", self.on_chunk)

    def on_chunk(self, chunk: Any) -> None:
        if not self.counts and self.fault is not Fault.KEEPS_OLD_REFUSALS:
            self.awaited.clear()

    def connect(self, destination: Any) -> HandMadePipe:
        return HandMadePipe(self, destination)

    def wait_for(self, pipe: HandMadePipe) -> None:
        if self.counts or pipe not in self.awaited:
            self.awaited.append(pipe)
        self.source.pause()
        pipe.listen("drain", pipe.on_drain)

    def stop_waiting_for(self, pipe: HandMadePipe) -> None:
        if pipe in self.awaited:
            self.awaited.remove(pipe)
        if not self.awaited and self.pipes:
            self.source.resume()


class HandMadePipe:
    """One source, one destination."""

    def __init__(self, hub: Hub, destination: Any) -> None:
        self.hub = hub
        self.destination = destination
        self.refused_this_chunk = False
        self.listeners: dict[str, Callable[..., None]] = {}
        hub.pipes.append(self)
        hub.source.on("data", self.on_data)
        self.listen("error", self.on_error)
        self.listen("close", self.unpipe)
        self.begin()

    def listen(self, event: str, listener: Callable[..., None]) -> None:
        if event not in self.listeners:
            self.listeners[event] = listener
            self.destination.on(event, listener)

    def begin(self) -> None:
        source, fault = self.hub.source, self.hub.fault
        if fault is not Fault.OVERFILLS and self.destination.writable_need_drain:
            if fault is not Fault.IGNORES_A_FULL_DESTINATION or source.readable_flowing:
                self.hub.wait_for(self)
        elif not source.readable_flowing:
            source.resume()

    def on_data(self, chunk: Any) -> None:
        self.refused_this_chunk = False
        if self.destination.write(chunk):
            return
        if self not in self.hub.pipes and self.hub.fault is not Fault.PAUSES_WHEN_GONE:
            return
        if self.refused_this_chunk and self.hub.fault is Fault.COUNTS_ONCE_PER_CHUNK:
            return
        self.refused_this_chunk = True
        self.hub.wait_for(self)

    def on_drain(self) -> None:
        self.hub.stop_waiting_for(self)

    def on_error(self, error: Any) -> None:
        self.unpipe()

    def unpipe(self) -> None:
        hub, destination = self.hub, self.destination
        if self not in hub.pipes:
            return
        hub.pipes.remove(self)
        hub.source.remove_listener("data", self.on_data)
        for event, listener in self.listeners.items():
            destination.remove_listener(event, listener)
        # Who has ever refused may be the reason for the pause, even if nobody waits for it by now.
        if "drain" in self.listeners and self.releases():
            hub.awaited = [pipe for pipe in hub.awaited if pipe is not self]
            hub.stop_waiting_for(self)
        if not hub.pipes:
            hub.source.pause()

    def releases(self) -> bool:
        if self.hub.fault is Fault.RELEASES_ONLY_THE_FULL:
            return bool(self.destination.writable_need_drain)
        return self.hub.fault is not Fault.KEEPS_THE_GONE
