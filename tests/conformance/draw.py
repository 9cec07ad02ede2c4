"""Where a generated program gets its choices from.

The generator asks a `Draw`. With `RandomDraw` programs come thousands a second; with
`HypothesisDraw` the same generator is a Hypothesis strategy, and what it finds shrinks. Both
are to be asked so that the plainest choice comes first: that is where shrinking goes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Callable, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw(Protocol):
    """Chooses."""

    def integer(self, low: int, high: int) -> int:
        """One of `low` to `high`, both included."""

    def one_of(self, choices: Sequence[T]) -> T:
        """One of `choices`, each as likely."""

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""


class RandomDraw:
    """Chooses by a seed, and fast."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))

    def integer(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent


class HypothesisDraw:
    """Lets Hypothesis choose."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self._draw(st.integers(low, high)))

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.integer(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) >= 100 - percent
