"""For who wraps a queue or a stream that is not streams2's: have a recording tell of it, too.

>>> from collections import deque
>>> from streams2.trace import record
>>> class Letters(Place):
...     kind, name, waiting = "channel", "letters", deque()
...     def held(self):
...         return [Held("values", self.waiting, len(self.waiting), 2, unit="values")]
>>> letters = Letters()
>>> with record(code=[]) as trace:
...     called(letters, "put", "a")
...     letters.waiting.append("a")
...     answered(letters, "put", None)
>>> [(event.kind, event.owner, event.holds[0].length) for event in trace.events]
[('call', 'letters', 0), ('answer', 'letters', 1)]

What is told here is written down by every recording that hears this thread, and by nobody else. A
`Place` says what it holds each time: nothing is told of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ._hooks import NO_CHUNK, listeners_here

__all__ = [
    *("Held", "Place", "Row"),
    *("answered", "blocks", "called", "emitted", "failed", "goes_on", "read", "waits", "written"),
]


class Row(Protocol):
    """Chunks one after the other: a buffer."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> object: ...


class Held(NamedTuple):
    """What one side of a place holds now: as `Level`, with the chunks themselves.

    Attributes:
        side: ``"readable"``, ``"writable"``, ``"values"``, ``"putting"`` or ``"taking"``.
        row: the chunks, the one that leaves next first.
        length: how much that is, in its `unit`.
        mark: what `length` is measured against; None for nothing.
        unit: as of `Level`.
        in_flight: how many chunks are being written.
    """

    side: str
    row: Row
    length: int
    mark: int | None
    unit: str = "bytes"
    in_flight: int = 0


class Place:
    """Something that holds chunks, and is no stream and no channel of streams2.

    Attributes:
        kind: ``"readable"``, ``"writable"`` or ``"channel"``: what it is most like.
        name: what it is called, unless `record` is given another name for it.
    """

    kind: str
    name: str

    def held(self) -> Sequence[Held]:
        """What it holds now, side by side."""
        raise NotImplementedError


def called(place: Place, method: str, chunk: object = NO_CHUNK) -> None:
    """The method was called, with this chunk."""
    for listener in listeners_here():
        listener.called(place, method, chunk)


def answered(place: Place, method: str, answer: object) -> None:
    """The method has returned: what it took, if it takes; None for nothing."""
    for listener in listeners_here():
        listener.answered(place, method, answer)


def failed(place: Place, method: str, error: BaseException) -> None:
    """The method has raised."""
    for listener in listeners_here():
        listener.failed(place, method, error)


def waits(place: Place, method: str, chunk: object = NO_CHUNK, why: str | None = None) -> None:
    """The call has to wait; `why`, and what ends that, where it is no put and no take."""
    for listener in listeners_here():
        listener.waits(place, method, chunk, why)


def read(place: Place, chunk: object) -> None:
    """The chunk has come from where the place reads."""
    for listener in listeners_here():
        listener.moved(place, "read", chunk)


def written(place: Place, chunk: object) -> None:
    """The chunk has left for where the place writes."""
    for listener in listeners_here():
        listener.moved(place, "written", chunk)


def emitted(place: Place, event: str, why: str | None = None) -> None:
    """This has become of it: ``"pause"``, ``"resume"``, ``"drain"`` or ``"close"``."""
    for listener in listeners_here():
        listener.told(place, event, why)


def blocks(method: str) -> None:
    """This thread goes no further for now: a call of `method` in its recorded line blocks it."""
    for listener in listeners_here():
        listener.blocks(method)


def goes_on() -> None:
    """This thread goes on."""
    for listener in listeners_here():
        listener.goes_on()
