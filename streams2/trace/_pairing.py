"""Which stream of one recording is which of the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..events.naming import snake_case
from ._deeds import Deed, Deeds, loosely
from ._events import Subject

__all__ = ["Pair", "Pairs", "pair_up"]

# Those whose value is another stream.
_OF_TWO = frozenset(["pipe", "unpipe"])


# Those of which the program may have defined methods.
_STREAMS = frozenset(["readable", "writable", "duplex"])
_STANDARD = frozenset(["stdin", "stdout", "stderr"])


class Pair(NamedTuple):
    """A stream in two recordings, and what it does in each.

    Attributes:
        loose: whether only what it does whatever its pace is compared.
    """

    one: Subject
    other: Subject
    ones: list[Deed]
    others: list[Deed]
    loose: bool = False

    @property
    def name(self) -> str:
        """What it is called; in both recordings, if they call it differently."""
        one, other = self.one.name, self.other.name
        return one if one == other else f"{one} ({other})"


class Pairs(NamedTuple):
    """The streams of two recordings.

    Attributes:
        both: those that are in both, in the order of the first.
        only_one, only_other: those that are in one alone.
    """

    both: list[Pair]
    only_one: list[Subject]
    only_other: list[Subject]


def pair_up(one: Deeds, other: Deeds, *, loose: bool) -> Pairs:
    """Find the streams of `one` in `other`: by name, and else by kind and order.

    A name and the same one in snake_case are the same. Where several have one name, the order in
    which they were made counts.

    Args:
        one, other: what they do.
        loose: compare no more than what they do whatever their pace.
    """
    found = _matches(one.subjects, other.subjects)
    matched = {subject.name for subject in found.values()}
    numbers = {name: str(number) for number, name in enumerate(found)}
    of_other = {match.name: numbers[name] for name, match in found.items()}
    both = []
    for subject in one.subjects:
        if subject.name in found:
            match = found[subject.name]
            ones = [_of_two(deed, numbers) for deed in one.of(subject.name)]
            others = [_of_two(deed, of_other) for deed in other.of(match.name)]
            both.append(_pair(Pair(subject, match, ones, others), loose))
    only_one = [subject for subject in one.subjects if subject.name not in found]
    return Pairs(both, only_one, [each for each in other.subjects if each.name not in matched])


def _pair(pair: Pair, loose: bool) -> Pair:
    """`pair`, of which the pace is left out if it is the system's."""
    of_system = pair.one.kind in _STREAMS and None in (pair.one.methods, pair.other.methods)
    if not (loose or of_system):
        return pair
    ones, others = loosely(pair.ones), loosely(pair.others)
    if {pair.one.name, pair.other.name} & _STANDARD:
        # Whether these are closed before the process is gone is as it happens.
        ones, others = _unclosed(ones), _unclosed(others)
    return Pair(pair.one, pair.other, ones, others, loose=True)


def _unclosed(deeds: list[Deed]) -> list[Deed]:
    return [deed for deed in deeds if deed.what != ("emit", "close")]


def _of_two(deed: Deed, numbers: dict[str, str]) -> Deed:
    """`deed`, with the number of the other stream if there is one."""
    if deed.event.kind != "emit" or deed.event.name not in _OF_TWO:
        return deed
    return deed._replace(value=numbers.get(deed.event.value or "", ""))


def _matches(ones: Sequence[Subject], others: Sequence[Subject]) -> dict[str, Subject]:
    """The streams of `others`, by the names of what they are in `ones`."""
    found: dict[str, Subject] = {}
    left = list(others)
    # A name that several share says less than the order in which they were made.
    alone = _names_of_one(ones) & _names_of_one(others)

    def same_name(one: Subject, other: Subject) -> bool:
        return _base(one) == _base(other) in alone

    def same_kind(one: Subject, other: Subject) -> bool:
        return one.kind == other.kind

    for same in (same_name, same_kind):
        for one in ones:
            match = next((each for each in left if same(one, each)), None)
            if match is not None and one.name not in found:
                found[one.name] = match
                left.remove(match)
    return found


def _names_of_one(subjects: Sequence[Subject]) -> set[str]:
    """The names that only one stream has, and that are not those of classes."""
    count = Counter(map(_base, subjects))
    return {_base(each) for each in subjects if each.named and count[_base(each)] == 1}


def _base(subject: Subject) -> str:
    """A name in snake_case, without the number that tells it from others."""
    return re.sub(r" \d+$", "", snake_case(subject.name))
