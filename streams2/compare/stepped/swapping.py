"""Another thing by a module's name for one, for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

__all__ = ["swapped"]


@contextmanager
def swapped(module: ModuleType, name: str, other: Callable[[object], object]) -> Iterator[None]:
    """Have `name` in `module` be what `other` makes of it."""
    original = getattr(module, name)
    setattr(module, name, other(original))
    try:
        yield
    finally:
        setattr(module, name, original)
