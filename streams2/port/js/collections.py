"""``Map`` and ``Set``: keys are the same if they are the same thing, lists and bytes included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from .functions import call
from .stopping import Ambiguous

__all__ = ["Map", "Set"]


def _key(value: object) -> object:
    """What tells a key from the others: its value for text and numbers, else which thing it is."""
    if isinstance(value, bool):
        return ("bool", value)
    if value is None or isinstance(value, (str, int, float)):
        return "NaN" if value != value else value if not isinstance(value, str) else ("", value)
    return ("thing", id(value))


class Map:
    """JavaScript's Map, which keeps the order in which keys came.

    >>> Map([["a", 1]]).set("b", 2).size
    2
    """

    def __init__(self, pairs: Iterable[object] | None = None) -> None:
        self._pairs: dict[object, tuple[object, object]] = {}
        for pair in pairs or ():
            key, value = cast("Iterable[object]", pair)
            self.set(key, value)

    @property
    def size(self) -> int:
        """How many keys there are."""
        return len(self._pairs)

    def get(self, key: object) -> object:
        """The value of a key, or None."""
        return self._pairs.get(_key(key), (None, None))[1]

    def set(self, key: object, value: object) -> Map:
        """Give a key a value."""
        if key is None:
            raise Ambiguous("None is null or undefined: as keys, they are two")
        self._pairs[_key(key)] = (key, value)
        return self

    def has(self, key: object) -> bool:
        """Whether there is such a key."""
        return _key(key) in self._pairs

    def delete(self, key: object) -> bool:
        """Take a key away; whether there was one."""
        return self._pairs.pop(_key(key), None) is not None

    def clear(self) -> None:
        """Take all keys away."""
        self._pairs.clear()

    def keys(self) -> Iterator[object]:
        """The keys."""
        return (key for key, _ in self._live())

    def values(self) -> Iterator[object]:
        """The values."""
        return (value for _, value in self._live())

    def entries(self) -> Iterator[list[object]]:
        """Keys with their values."""
        return ([key, value] for key, value in self._live())

    def for_each(self, function: Callable[..., object]) -> None:
        """Call a function with each value, its key and the map."""
        for key, value in self._live():
            call(function, None, value, key, self)

    forEach = for_each  # noqa: N815

    def __iter__(self) -> Iterator[list[object]]:
        return self.entries()

    def _live(self) -> Iterator[tuple[object, object]]:
        """All pairs, those that are added meanwhile too, and without those taken away."""
        seen: set[object] = set()
        again = True
        while again:
            again = False
            for name in list(self._pairs):
                if name not in seen and name in self._pairs:
                    seen.add(name)
                    again = True
                    yield self._pairs[name]


class Set:
    """JavaScript's Set, which keeps the order in which values came.

    >>> list(Set([2, 1, 2]))
    [2, 1]
    """

    def __init__(self, values: Iterable[object] | None = None) -> None:
        self._map = Map()
        for value in values or ():
            self.add(value)

    @property
    def size(self) -> int:
        """How many values there are."""
        return self._map.size

    def add(self, value: object) -> Set:
        """Put a value in."""
        if not self._map.has(value):
            self._map.set(value, value)
        return self

    def has(self, value: object) -> bool:
        """Whether it is in."""
        return self._map.has(value)

    def delete(self, value: object) -> bool:
        """Take it out; whether it was in."""
        return self._map.delete(value)

    def clear(self) -> None:
        """Take all out."""
        self._map.clear()

    def values(self) -> Iterator[object]:
        """The values."""
        return self._map.keys()

    keys = values

    def for_each(self, function: Callable[..., object]) -> None:
        """Call a function with each value, twice, and the set."""
        for value in self._map:
            call(function, None, value, value, self)

    forEach = for_each  # noqa: N815

    def __iter__(self) -> Iterator[object]:
        return self._map.keys()
