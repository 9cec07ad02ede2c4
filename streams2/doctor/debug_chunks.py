"""Chunks that can be changed while a stream holds them, and whether they were.

What counts is bytes: those of a chunk, or of a list, tuple, dict or plain object that is one. A
list that grows may be meant to; bytes that change are a buffer that was used again.

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
from itertools import islice
from typing import NamedTuple

from .debug_frames import Place

__all__ = ["Held", "can_change", "said_of"]


class Entry(NamedTuple):
    """A chunk, those bytes in it that can change, what they were, and where it came from."""

    chunk: object
    parts: tuple[object, ...]
    digest: bytes
    place: Place | None


def can_change(chunk: object) -> bool:
    """Whether somebody else may change bytes of `chunk`."""
    return any(True for _ in _changeable(chunk, _DEEPEST))


# How far down is looked for bytes, and at how many items of each.
_DEEPEST = 4
_MOST = 100


def _changeable(chunk: object, depth: int) -> Iterator[object]:
    """The bytes in `chunk` that somebody may change, or a view shows that somebody may."""
    if isinstance(chunk, memoryview):
        try:
            # One that cannot change what it shows may show what others change.
            if not (chunk.readonly and memoryview(chunk.obj).readonly):
                yield chunk
        except ValueError:
            return  # It was released.
    elif isinstance(chunk, bytearray):
        yield chunk
    elif depth:
        for item in islice(_items_of(chunk), _MOST):
            yield from _changeable(item, depth - 1)


def _items_of(chunk: object) -> Iterable[object]:
    kind = type(chunk)
    if kind in (str, bytes, int, float, bool, type(None)):
        return ()
    if isinstance(chunk, (list, tuple, set, frozenset)):
        return chunk
    if isinstance(chunk, dict):
        return chunk.values()
    # What an object keeps; no code of its own is run for it. What it calls private is its own to
    # change: a connection that is a chunk has a buffer, and fills it again and again.
    try:
        own: object = object.__getattribute__(chunk, "__dict__")
    except AttributeError:
        return ()
    if type(own) is not dict:
        return ()
    return [value for name, value in own.items() if not str(name).startswith("_")]


def _digest(parts: Iterable[object]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        view = memoryview(part)  # type: ignore[arg-type]
        digest.update(view if view.c_contiguous else view.tobytes())
        digest.update(b"%d," % view.nbytes)
    return digest.digest()


def _entry(chunk: object, place: Place | None) -> Entry:
    parts = tuple(_changeable(chunk, _DEEPEST))
    return Entry(chunk, parts, _digest(parts), place)


def said_of(entry: Entry) -> str:
    """What to call what was changed."""
    kind = type(entry.chunk).__name__
    if entry.parts and entry.parts[0] is entry.chunk:
        return f"a {kind}"
    return f"a {type(entry.parts[0]).__name__} in a {kind}"


class Held:
    """The changeable chunks that one side of a stream holds, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()

    def add(self, chunk: object, place: Place | None) -> None:
        """A chunk is about to come in."""
        self._entries.append(_entry(chunk, place))

    def keep_first(self, chunk: object, place: Place | None) -> None:
        """A chunk has left, and somebody still works with it: it comes before those that wait."""
        if self._entries and self._entries[0].chunk is chunk:
            self._entries.popleft()
        self._entries.appendleft(_entry(chunk, place))

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
        return _digest(entry.parts) != entry.digest
    except ValueError:
        return False  # A view that was released: it says nothing any more.
