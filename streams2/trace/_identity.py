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

import re
from collections import OrderedDict
from collections.abc import Hashable
from zlib import crc32

from ..core.chunks import BYTES_TYPES
from ._events import Chunk
from ._windows import Line, Window
from .telling import Row

__all__ = ["Identities"]

_PREVIEW = 24


class _Traveller:
    """A chunk on its way. It holds the object, so that no other one can get its identity."""

    __slots__ = ("number", "object", "place")

    def __init__(self, number: int, obj: object) -> None:
        self.number = number
        self.object = obj
        self.place: Hashable = None


class _Buffer:
    """Who was in a buffer when it was last looked into."""

    def __init__(self) -> None:
        self.travellers: list[_Traveller] = []
        # How many of these have left since.
        self.start = 0
        self.line = Line()


class Identities:
    """The numbers of chunks, and where each was last seen.

    Attributes:
        chunks: all that were seen.
    """

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self._by_number: dict[int, _Traveller] = {}
        # By object and place. Ordered: a plain dict takes ever longer to find its first entry
        # when first entries are what is removed.
        self._at: dict[tuple[int, Hashable], OrderedDict[int, _Traveller]] = {}
        self._in: dict[Hashable, _Buffer] = {}
        # Who has just left a buffer may be handed to several, one after the other, though the first
        # of them is done with it.
        self._just_left: _Traveller | None = None
        self._forget_next = False
        # What each task took last: it may put the same into several channels, as a `mult` does.
        self._taken: dict[int, _Traveller] = {}

    def enters(self, obj: object, *, anew: bool = False, actor: int = 0) -> int:
        """The number of a chunk that somebody hands in: in nobody's buffer, or not seen yet.

        Args:
            obj: the chunk.
            anew: whether its way begins here: then it is not the one that came to its end just now.
            actor: who hands it in, as of `Event`; 0 for nobody in particular.
        """
        if anew and self._forget_next:
            self._let_go()
        taken = self._taken.get(actor)
        if taken is not None and taken.object is obj and (id(obj), None) not in self._at:
            # Handed on once already, and now to somebody else: it is in both places.
            self._put(_Traveller(taken.number, obj))
        return self._oldest(obj, None).number

    def leaves(self, obj: object, *places: Hashable, actor: int = 0) -> int:
        """The number of a chunk that has left one of the buffers `places`, or was in none.

        Args:
            obj: the chunk.
            places: the buffers.
            actor: who took it out of a channel; 0 for nobody in particular.
        """
        traveller = self._oldest(obj, *places, None)
        self._move(traveller, None)
        if actor:
            self._taken[actor] = traveller
        if traveller is not self._just_left:
            self._let_go()
            self._just_left = traveller
        return traveller.number

    def held(self, objects: Row, place: Hashable) -> Window:
        """The numbers of the chunks that are in the buffer `place` now."""
        buffer = self._in.get(place)
        if buffer is None:
            buffer = self._in[place] = _Buffer()
        if not self._went_on(buffer, objects, place):
            self._look_at_all(buffer, objects, place)
        return buffer.line.window()

    def gone(self, number: int) -> None:
        """The chunk is where it was to go: forget the object."""
        if self._just_left is not None and self._just_left.number == number:
            self._forget_next = True
            return
        traveller = self._by_number.get(number)
        # What a Transform passes on as it is has its way before it still.
        if traveller is not None and traveller.place is None:
            self._leave(traveller)
            del self._by_number[number]

    def _let_go(self) -> None:
        left, forget = self._just_left, self._forget_next
        self._just_left, self._forget_next = None, False
        if left is not None and forget:
            self.gone(left.number)

    # -- what is in a buffer --------------------------------------------------------------------

    def _went_on(self, buffer: _Buffer, objects: Row, place: Hashable) -> bool:
        """Whether some have left at the front and some have come at the end, and no more than that.

        That is what nearly always happens, and then only these are looked at.
        """
        travellers, start, many = buffer.travellers, buffer.start, len(objects)
        if not many and start == len(travellers):
            return True
        while start < len(travellers) and travellers[start].place != place:
            start += 1
        start = max(start, len(travellers) - many)
        if many:
            first = objects[0]
            while start < len(travellers) and travellers[start].object is not first:
                start += 1
        stayed = len(travellers) - start
        if stayed == 0 and buffer.start < len(travellers) and many:
            return False
        if stayed and travellers[-1].object is not objects[stayed - 1]:
            return False
        for traveller in travellers[buffer.start : start]:
            if traveller.place == place:
                self._move(traveller, None)
        buffer.line.leave(start - buffer.start)
        buffer.start = start
        for index in range(stayed, many):
            self._join(buffer, self._oldest(objects[index], None), place)
        return True

    def _look_at_all(self, buffer: _Buffer, objects: Row, place: Hashable) -> None:
        here = [one for one in buffer.travellers[buffer.start :] if one.place == place]
        for traveller in here:
            self._move(traveller, None)
        known: dict[int, list[_Traveller]] = {}
        for traveller in reversed(here):
            known.setdefault(id(traveller.object), []).append(traveller)
        buffer.travellers, buffer.start, buffer.line = [], 0, Line()
        for index in range(len(objects)):
            same = known.get(id(objects[index]))
            traveller = same.pop() if same else self._oldest(objects[index], None)
            self._join(buffer, traveller, place)

    def _join(self, buffer: _Buffer, traveller: _Traveller, place: Hashable) -> None:
        self._move(traveller, place)
        buffer.travellers.append(traveller)
        buffer.line.join(traveller.number)

    # -- who is where ---------------------------------------------------------------------------

    def _oldest(self, obj: object, *places: Hashable) -> _Traveller:
        for place in places:
            here = self._at.get((id(obj), place))
            if here:
                return next(iter(here.values()))
        return self._new(obj)

    def _new(self, obj: object) -> _Traveller:
        number = len(self.chunks) + 1
        self.chunks.append(_described(number, obj))
        traveller = self._by_number[number] = _Traveller(number, obj)
        self._put(traveller)
        return traveller

    def _move(self, traveller: _Traveller, place: Hashable) -> None:
        self._leave(traveller)
        traveller.place = place
        self._put(traveller)

    def _put(self, traveller: _Traveller) -> None:
        key = (id(traveller.object), traveller.place)
        self._at.setdefault(key, OrderedDict())[traveller.number] = traveller

    def _leave(self, traveller: _Traveller) -> None:
        key = (id(traveller.object), traveller.place)
        here = self._at.get(key)
        if here is not None:
            here.pop(traveller.number, None)
            if not here:
                del self._at[key]


def _described(number: int, obj: object) -> Chunk:
    if isinstance(obj, BYTES_TYPES):
        flat = memoryview(obj).cast("B")
        text = bytes(flat[: _PREVIEW + 1]).decode("utf-8", "replace")
        return Chunk(number, len(flat), _short(text), True, "bytes", crc32(flat))
    if isinstance(obj, str):
        crc = crc32(obj.encode("utf-8", "surrogatepass"))
        return Chunk(number, len(obj), _short(obj), True, "text", crc)
    text = _shown(obj)
    return Chunk(number, 1, _short(text), False, "object", _crc_of_object(text))


def _short(text: str) -> str:
    return text if len(text) <= _PREVIEW else f"{text[:_PREVIEW]}…"


def _crc_of_object(shown: str) -> int | None:
    """What tells an object from others, for who compares it with one of JavaScript."""
    if "<" in shown:
        return None
    # JavaScript has no other 1.0 than 1.
    return crc32(re.sub(r"(?<=\d)\.0(?!\d)", "", shown).encode("utf-8", "surrogatepass"))


def _shown(obj: object) -> str:
    try:
        return repr(obj)
    except Exception:
        # What cannot be shown can be recorded all the same: the program itself never asked.
        return f"<{type(obj).__name__}>"
