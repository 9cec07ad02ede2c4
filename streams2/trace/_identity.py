"""Which chunk is which, as they move.

A chunk is the object that was pushed, written or put, and keeps its number wherever that object
goes. The same object may be on its way several times: then the one that came first leaves first.

>>> chunks = Identities()
>>> first = chunks.enters("a")
>>> chunks.held(["a"], "buffer")
(1,)
>>> chunks.enters("a"), chunks.leaves("a", "buffer")
(2, 1)

A chunk that was cut or joined is a new one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ..core.chunks import BYTES_TYPES, byte_size
from ._events import Chunk

__all__ = ["Identities"]

_PREVIEW = 24


class _Traveller:
    """A chunk on its way. It holds the object, so that no other one can get its identity."""

    __slots__ = ("number", "object", "place")

    def __init__(self, number: int, obj: object) -> None:
        self.number = number
        self.object = obj
        self.place: Hashable = None


class Identities:
    """The numbers of chunks, and where each was last seen.

    Attributes:
        chunks: all that were seen.
    """

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self._by_object: dict[int, list[_Traveller]] = {}
        self._by_number: dict[int, _Traveller] = {}
        # Who was in each buffer when it was last looked into.
        self._in: dict[Hashable, list[_Traveller]] = {}

    def enters(self, obj: object) -> int:
        """The number of a chunk that somebody hands in: in nobody's buffer, or not seen yet."""
        return self._oldest(obj, None).number

    def leaves(self, obj: object, *places: Hashable) -> int:
        """The number of a chunk that has left one of the buffers `places`, or was in none."""
        traveller = self._oldest(obj, *places, None)
        traveller.place = None
        return traveller.number

    def held(self, objects: Iterable[Any], place: Hashable) -> tuple[int, ...]:
        """The numbers of the chunks that are in the buffer `place` now."""
        here = [one for one in self._in.get(place, ()) if one.place == place]
        for traveller in here:
            traveller.place = None
        unseen = {traveller.number for traveller in here}
        now = self._in[place] = []
        for obj in objects:
            waiting = [one for one in self._by_object.get(id(obj), ()) if one.number in unseen]
            traveller = waiting[0] if waiting else self._oldest(obj, None)
            traveller.place = place
            unseen.discard(traveller.number)
            now.append(traveller)
        return tuple(traveller.number for traveller in now)

    def gone(self, number: int) -> None:
        """The chunk is where it was to go: forget the object."""
        traveller = self._by_number.pop(number, None)
        if traveller is not None:
            same = self._by_object[id(traveller.object)]
            same.remove(traveller)
            if not same:
                del self._by_object[id(traveller.object)]

    def _oldest(self, obj: object, *places: Hashable) -> _Traveller:
        same = self._by_object.get(id(obj), [])
        for place in places:
            for traveller in same:
                if traveller.place == place:
                    return traveller
        return self._new(obj)

    def _new(self, obj: object) -> _Traveller:
        number = len(self.chunks) + 1
        self.chunks.append(Chunk(number, _size(obj), _preview(obj)))
        traveller = self._by_number[number] = _Traveller(number, obj)
        self._by_object.setdefault(id(obj), []).append(traveller)
        return traveller


def _size(obj: object) -> int:
    return byte_size(obj) if isinstance(obj, (*BYTES_TYPES, str)) else 1


def _preview(obj: object) -> str:
    if isinstance(obj, BYTES_TYPES):
        text = bytes(memoryview(obj).cast("B")[: _PREVIEW + 1]).decode("utf-8", "replace")
    else:
        text = obj[: _PREVIEW + 1] if isinstance(obj, str) else repr(obj)
    return text if len(text) <= _PREVIEW else f"{text[:_PREVIEW]}…"
