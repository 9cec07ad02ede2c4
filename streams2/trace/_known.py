"""What a recorder remembers of a stream, a channel, a pipe or a place, and what it calls it."""

from __future__ import annotations

from collections.abc import Hashable

from ..channel import Channel
from ..core.chunks import byte_size
from ..core.pipe import Pipe
from ..core.read_side import ReadSide
from ..core.write_side import WriteSide
from ..streams.readable import Duplex, Readable
from ..streams.stream import Stream
from ..streams.transform import PassThrough, Transform
from ..streams.writable import Writable
from ._windows import Line, Window
from .telling import Place

__all__ = [
    *("Known", "class_name", "in_words", "place_of", "places_of", "side_of", "takes_chunks"),
    *("unit_to_read", "unlike", "weigh"),
]

_BASES = (Readable, Writable, Duplex, Transform, PassThrough)
_OPTIONAL = ("_construct", "_final", "_flush", "_writev")


class Known:
    """What the recorder remembers of a stream, channel or pipe."""

    def __init__(self, thing: object) -> None:
        self.thing = thing
        self.name = thing.name if isinstance(thing, Place) else _standard_name(thing)
        # The numbers of the chunks that a writable has accepted and not written yet.
        self.accepted = Line()
        # A chunk is leaving it and still counted.
        self.leaving = 0
        # How much each chunk is that it has accepted, in its own unit.
        self.weights: dict[int, int] = {}

    @property
    def kind(self) -> str:
        thing = self.thing
        if isinstance(thing, Readable):
            return "duplex" if isinstance(thing, Writable) else "readable"
        if isinstance(thing, Writable):
            return "writable"
        if isinstance(thing, (Channel, Pipe)):
            return type(thing).__name__.lower()
        return thing.kind if isinstance(thing, Place) else "other"

    @property
    def methods(self) -> tuple[str, ...] | None:
        """Those of its optional methods that the program has given to a stream."""
        return _own_methods(self.thing) if isinstance(self.thing, Stream) else None

    @property
    def objects(self) -> bool:
        thing = self.thing
        if isinstance(thing, Readable):
            return thing._readable_state.object_mode
        if isinstance(thing, Writable):
            return thing._writable_state.object_mode
        return not isinstance(thing, Place) or thing.kind == "channel"


def weigh(weights: dict[int, int], state: WriteSide, numbers: Window, queued: int) -> None:
    """Note how much the newest chunk is where it is now: text becomes bytes, or one object."""
    if not len(numbers):
        return
    if queued:
        chunk = state.buffer[-1].chunk
        weights[numbers[-1]] = 1 if state.object_mode else byte_size(chunk)
    elif state.in_flight is not None and len(numbers) == 1:
        weights[numbers[-1]] = state.in_flight[0]


def unit_to_read(side: ReadSide) -> str:
    """What is measured of what can be read."""
    if side.object_mode:
        return "objects"
    return "bytes" if side.decoder is None else "characters"


def _standard_name(thing: object) -> str | None:
    """What a stream of the process's own is called, in whichever language."""
    if type(thing).__module__ != "streams2.stdio":
        return None
    names: dict[object, str] = {0: "stdin", 1: "stdout", 2: "stderr"}
    return names.get(getattr(thing, "fd", None))


def class_name(thing: object) -> str:
    """What to call a thing that nothing else names."""
    return type(thing).__name__.lstrip("_").lower()


def unlike(name: str, taken: set[str]) -> str:
    """`name`, with a number if it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} {number}"
    taken.add(found)
    return found


def _own_methods(stream: Stream) -> tuple[str, ...] | None:
    """Which of a stream's optional methods its program defines; None of a stream of ours."""
    cls = type(stream)
    if cls.__module__.startswith("streams2.") and cls not in _BASES:
        return None
    found = set(_OPTIONAL) & set(vars(stream))
    for base in cls.__mro__:
        if base in _BASES:
            break
        found |= set(_OPTIONAL) & set(vars(base))
    return tuple(sorted(found))


def place_of(owner: object, side: str = "") -> tuple[int, str]:
    """What a buffer is known by."""
    return (id(owner), side)


def places_of(owner: object) -> tuple[Hashable, ...]:
    """Where what a take or a read answers may have been."""
    if isinstance(owner, (Channel, Place)):
        return (place_of(owner), place_of(owner, "door"), place_of(owner, "readable"))
    return ()


def side_of(place: Place, side: str) -> tuple[int, str]:
    """The same of a place that is not ours."""
    return place_of(place, {"values": "", "putting": "door"}.get(side, side))


def takes_chunks(stream: Writable[object]) -> bool:
    """Whether `stream` accepts what is written to it."""
    return not stream.destroyed and not stream.writable_ended and not stream.errored


def in_words(answer: object) -> str:
    """What a method answered, shortly."""
    if answer is None or isinstance(answer, (bool, int)):
        return repr(answer)
    return type(answer).__name__
