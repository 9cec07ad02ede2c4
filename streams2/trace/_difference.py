"""Where two recordings first differ.

What each stream does is compared first, deed by deed; if that is the same in both, so is the order
of what different streams do. A `'close'` may come at any time in that order: it waits for what a
stream frees, which takes each language its own time. So may whatever a file, a socket or another
stream of the library does: of those, the pace is the system's, and is not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from ._deeds import Deed, Deeds, deeds_of, error_codes
from ._pairing import Pair, Pairs, pair_up
from ._trace import Trace
from ._why_different import explain, explain_order, explain_pair

__all__ = ["Difference", "Place", "difference"]


@dataclass(frozen=True)
class Place:
    """Where two recordings differ.

    Attributes:
        stream: which stream; empty for the order of several.
        index: which of its deeds, from 0.
        one, other: what it does there in each recording; None if it does nothing more.
        because: that in words, a sentence each.
    """

    stream: str
    index: int
    one: Deed | None
    other: Deed | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What two recordings differ in: false if that is nothing.

    >>> from streams2 import Readable, run
    >>> from streams2.trace import record
    >>> def recorded(*words):
    ...     with record() as trace:
    ...         run(Readable.from_(words).to_array)
    ...     return trace
    >>> bool(difference(recorded("a", "b"), recorded("a", "b")))
    False
    >>> print(difference(recorded("a", "b"), recorded("a", "c")).first.because[0])
    readable pushes “b” in one, and “c” in the other.

    Attributes:
        pairs: the streams.
        unlike: what is different about streams from their beginning, in words.
        places: by the number of the pair, where it first differs.
        first: where the recordings first differ; None if nothing is done differently.
        one, other: all that is done in each.
    """

    pairs: Pairs
    unlike: tuple[str, ...]
    places: dict[int, Place] = field(default_factory=dict)
    first: Place | None = None
    one: Deeds = field(default_factory=lambda: Deeds([], []))
    other: Deeds = field(default_factory=lambda: Deeds([], []))

    def __bool__(self) -> bool:
        return bool(self.unlike or self.first or self.pairs.only_one or self.pairs.only_other)


def difference(
    one: Trace,
    other: Trace,
    *,
    order: bool = True,
    loose: bool = False,
    names: tuple[str, str] = ("one", "the other"),
) -> Difference:
    """What two recordings differ in.

    Args:
        one, other: the recordings.
        order: whether what different streams do must come in the same order, too (default True).
        loose: whether only what streams do whatever their pace is compared: no answers, levels and
            states, no pauses and drains (default False).
        names: what the recordings are called in the words.

    Returns:
        What they differ in; it is false if that is nothing.
    """
    codes = error_codes((one, other))
    ones, others = deeds_of(one, codes), deeds_of(other, codes)
    pairs = pair_up(ones, others, loose=loose)
    unlike = tuple(line for pair in pairs.both for line in explain_pair(pair, names))
    places = {}
    for number, pair in enumerate(pairs.both):
        index = first_unlike([deed.key for deed in pair.ones], [deed.key for deed in pair.others])
        if index is not None:
            places[number] = _place(pair, index, names)
    first = min(places.values(), key=_when, default=None)
    if first is None and order and not (pairs.only_one or pairs.only_other):
        first = _out_of_order(pairs, names)
    return Difference(pairs, unlike, places, first, ones, others)


def first_unlike(ones: Sequence[object], others: Sequence[object]) -> int | None:
    """Where two sequences first differ; None if they do not."""
    nothing = object()
    for index, (one, other) in enumerate(zip_longest(ones, others, fillvalue=nothing)):
        if one != other:
            return index
    return None


def _place(pair: Pair, index: int, names: tuple[str, str]) -> Place:
    one, other = _at(pair.ones, index), _at(pair.others, index)
    return Place(pair.name, index, one, other, tuple(explain(pair, index, names)))


def _at(deeds: Sequence[Deed], index: int) -> Deed | None:
    return deeds[index] if index < len(deeds) else None


def _when(place: Place) -> int:
    return min(deed.event.number for deed in (place.one, place.other) if deed is not None)


def _out_of_order(pairs: Pairs, names: tuple[str, str]) -> Place | None:
    """Where the order of what different streams do first differs."""
    strict = [pair for pair in pairs.both if not pair.loose]
    ones = _in_order([pair.ones for pair in strict])
    others = _in_order([pair.others for pair in strict])
    index = first_unlike([which for which, _ in ones], [which for which, _ in others])
    if index is None:
        return None
    one, other = ones[index][1], others[index][1]
    return Place("", index, one, other, tuple(explain_order(one, other, names)))


def _in_order(streams: Sequence[Sequence[Deed]]) -> list[tuple[int, Deed]]:
    """What all of them do, but for 'close', in order; each with the number of who does it."""
    found = [(number, deed) for number, deeds in enumerate(streams) for deed in deeds]
    found = [(number, deed) for number, deed in found if deed.what != ("emit", "close")]
    return sorted(found, key=lambda each: each[1].event.number)
