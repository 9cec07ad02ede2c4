"""How debug mode tells what it has found: as warnings, one for each kind and place."""

from __future__ import annotations

import warnings

from ..core.life import Life
from ..errors.places import Place

__all__ = ["Teller", "named"]

_UNKNOWN = Place("<unknown>", 1, "<module>")


class Teller:
    """Warns once of each thing at each place."""

    def __init__(self) -> None:
        self._told: set[tuple[type[Warning], Place]] = set()
        self.silent = False

    def knows(self, category: type[Warning], place: Place | None) -> bool:
        """Whether that was told already: to find the words for it takes time."""
        return self.silent or (category, place or _UNKNOWN) in self._told

    def warn(self, category: type[Warning], place: Place | None, text: str) -> None:
        """Warn of what is at `place`, as if it were there that the warning is raised."""
        place = _UNKNOWN if place is None else place
        if not self.silent and (category, place) not in self._told:
            self._told.add((category, place))
            warnings.warn_explicit(text, category, place.file, place.line)


def named(stream: object, life: Life) -> str:
    """A stream in words: its class, and where it was made."""
    place = life.made_at
    return f"the {type(stream).__name__} made at {place}" if place else f"a {type(stream).__name__}"
