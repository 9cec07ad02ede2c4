"""What goes from whom to whom: a recording as a list of messages, for those who draw it as text.

A message is a chunk that is handed on, or the answer that holds somebody back. What concerns one
alone is a note.
"""

from __future__ import annotations

from typing import NamedTuple

from ._events import Event
from ._lane import Lane
from ._methods import PUTS, WRITES
from ._topology import Links, tanks_of, topology
from ._words import ended_as, given

__all__ = ["Message", "messages", "participants"]

_PUTS = PUTS | WRITES | {"push"}
_TOLD = frozenset(["end", "finish", "close", "error", "pause"])


class Message(NamedTuple):
    """One thing that happens.

    Attributes:
        seconds: when.
        giver, getter: from whom to whom; the same for a note.
        text: what.
        answer: whether it answers, and hands on nothing.
    """

    seconds: float
    giver: str
    getter: str
    text: str
    answer: bool = False


def participants(lane: Lane) -> list[str]:
    """The streams, channels and tasks of `lane`: givers before those who get."""
    layers = topology(lane).layers
    return list(dict.fromkeys(_name(node) for layer in layers for node in layer))


def messages(lane: Lane) -> list[Message]:
    """What happens in `lane`, in order."""
    writer = _Writer(lane)
    for event in lane.events:
        writer.see(event)
    return writer.found


class _Writer:
    def __init__(self, lane: Lane) -> None:
        self.found: list[Message] = []
        self._lane = lane
        self._links = Links(lane, tanks_of(lane))
        self._known = set(participants(lane))
        # Who last gave something to each.
        self._givers: dict[str, str] = {}
        self._piped = {giver.partition("|")[0] for giver, _ in topology(lane).links}

    def see(self, event: Event) -> None:
        giver, getter = map(_name, self._links.see(event))
        if event.kind == "return" and event.owner == event.task:
            self._note(event, event.owner, ended_as(event.value))
        if event.owner not in self._known:
            return
        if event.kind == "call" and event.name in _PUTS and (event.chunk or event.name == "end"):
            self._hand(event, giver or event.owner, f"{event.name}({self._given(event)})")
        elif event.kind == "call" and event.name == "close":
            self._note(event, event.owner, "close()")
        elif event.kind == "wait":
            self._wait(event)
        elif event.kind == "answer":
            self._answer(event, giver, getter)
        elif event.kind in ("read", "written"):
            self._note(event, event.owner, f"has {event.kind} {self._given(event)}")
        elif event.kind == "error":
            self._note(event, event.owner, f"{event.name} fails: {event.value}")
        elif event.kind == "emit":
            self._tell(event)

    def _given(self, event: Event) -> str:
        return given(event, self._lane.chunks)

    def _note(self, event: Event, who: str, text: str) -> None:
        if who in self._known:
            self.found.append(Message(event.seconds, who, who, text))

    def _hand(self, event: Event, giver: str, text: str) -> None:
        giver = giver if giver in self._known else event.owner
        self.found.append(Message(event.seconds, giver, event.owner, text))
        if giver != event.owner:
            self._givers[event.owner] = giver

    def _wait(self, event: Event) -> None:
        who = event.task if event.task in self._known else event.owner
        self._note(event, who or "", f"waits: {event.name}")

    def _answer(self, event: Event, giver: str, getter: str) -> None:
        if event.name == "write" and event.value == "False":
            hold = next((hold for hold in event.holds if hold.side == "writable"), None)
            level = f": {hold.length} of {hold.mark}" if hold is not None and hold.length else ""
            self._back(event, f"False{level}")
        elif giver == event.owner and event.chunk is not None:
            getter = getter if getter in self._known else giver
            text = f"{event.name} {self._given(event)}"
            self.found.append(Message(event.seconds, giver, getter, text))

    def _tell(self, event: Event) -> None:
        if event.name == "drain":
            self._back(event, "drain")
        elif event.name == "data" and event.owner not in self._piped:
            self._note(event, event.owner, f"data {self._given(event)}")
        elif event.name in _TOLD:
            error = event.value or "" if event.name == "error" else ""
            self._note(event, event.owner, f"{event.name} {error}".rstrip())

    def _back(self, event: Event, text: str) -> None:
        giver = self._givers.get(event.owner, event.owner)
        self.found.append(Message(event.seconds, event.owner, giver, text, answer=True))


def _name(node: str) -> str:
    """The participant that a node of the topology belongs to."""
    return node[len("task:") :] if node.startswith("task:") else node.partition("|")[0]
