"""Chunks that can be changed while a stream holds them, and whether they were.

>>> held = Held()
>>> chunk = bytearray(b"one")
>>> held.add(chunk, None)
>>> chunk[0] = 0
>>> [entry.chunk for entry in held.leaving([])]
[bytearray(b'\\x00ne')]
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .debug_frames import Place

__all__ = ["Held", "can_change"]


class Entry(NamedTuple):
    """A chunk, what it was when it came, and where it came from."""

    chunk: object
    digest: bytes
    place: Place | None


def can_change(chunk: object) -> bool:
    """Whether somebody else may change the bytes of `chunk`."""
    if isinstance(chunk, memoryview):
        try:
            # One that cannot change what it shows may show what others change.
            return not (chunk.readonly and memoryview(chunk.obj).readonly)
        except ValueError:
            return False  # It was released.
    return isinstance(chunk, bytearray)


def _digest(chunk: object) -> bytes:
    view = memoryview(chunk)  # type: ignore[arg-type]
    return hashlib.blake2b(view if view.c_contiguous else view.tobytes(), digest_size=16).digest()


class Held:
    """The changeable chunks that one side of a stream holds, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()

    def add(self, chunk: object, place: Place | None) -> None:
        """A chunk is about to come in."""
        self._entries.append(Entry(chunk, _digest(chunk), place))

    def keep_first(self, chunk: object, place: Place | None) -> None:
        """A chunk has left, and somebody still works with it: it comes before those that wait."""
        if self._entries and self._entries[0].chunk is chunk:
            self._entries.popleft()
        self._entries.appendleft(Entry(chunk, _digest(chunk), place))

    def hand_on(self, chunk: object) -> None:
        """A chunk is another's from now on."""
        self._entries = deque(entry for entry in self._entries if entry.chunk is not chunk)

    def first_is_changed(self, chunks: Sequence[object]) -> Entry | None:
        """The oldest, if it was changed and comes first of what the side holds."""
        if not self._entries or not chunks or self._entries[0].chunk is not chunks[0]:
            return None
        return self._entries[0] if _is_changed(self._entries[0]) else None

    def forget_gone(self, still_held: Iterable[object]) -> None:
        """Forget those that are held no longer: what becomes of them is their new owner's."""
        if self._entries:
            held = set(map(id, still_held))
            self._entries = deque(entry for entry in self._entries if id(entry.chunk) in held)

    def leaving(self, still_held: Iterable[object]) -> Iterator[Entry]:
        """Forget those that are held no longer. Gives those of them that were changed."""
        if not self._entries:
            return
        held = set(map(id, still_held))
        while self._entries and id(self._entries[0].chunk) not in held:
            entry = self._entries.popleft()
            if _is_changed(entry):
                yield entry


def _is_changed(entry: Entry) -> bool:
    try:
        return _digest(entry.chunk) != entry.digest
    except ValueError:
        return False  # A view that was released: it says nothing any more.
