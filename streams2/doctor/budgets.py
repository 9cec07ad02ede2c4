"""What waits at an iterable stream: for room, for a batch, or for all to be read; and why."""

from __future__ import annotations

from typing import NamedTuple

from ..iter.broadcasting import BroadcastBucket
from ..iter.bucket import Bucket
from ..iter.fan import Place
from ..iter.sharing import Sharing
from .answers import Thing

__all__ = ["Budgets", "Held", "figure_of_unread"]

Shared = (BroadcastBucket, Sharing)


class Held(NamedTuple):
    """What a future at an iterable stream is for.

    Attributes:
        bucket: what was written or shared, and is unread.
        how: ``"room"``, ``"batch"`` or ``"end"``.
        reader: who waits for a batch, if there are several readers.
    """

    bucket: Bucket | Sharing
    how: str
    reader: Place | None = None

    @property
    def is_full(self) -> bool:
        """Whether somebody waits for room there."""
        bucket = self.bucket
        return bool(bucket.waiting or getattr(bucket, "draining", ()))

    @property
    def slow(self) -> list[Place] | None:
        """The readers who hold it up; None if there are not several."""
        bucket = self.bucket
        if not isinstance(bucket, Shared):
            return None
        if self.how == "end":
            return list(bucket.fan.places)
        return [one for one in bucket.fan.places if bucket.fan.unread(one) >= bucket.budget]


class Budgets:
    """The futures of all iterable streams.

    Args:
        buckets: what is behind each writer, and what is shared.
        writers: the writers.
    """

    def __init__(self, buckets: list[Thing], writers: list[Thing]) -> None:
        self._found: dict[int, Held] = {}
        self._writers: dict[int, Thing] = {}
        self._read: dict[int, Thing] = {}
        for writer in writers:
            for behind in vars(writer).values():
                self._writers[id(behind)] = writer
        for bucket in buckets:
            if isinstance(bucket, Shared):
                self._read.update({id(place): bucket for place in bucket.fan.places})
            if isinstance(bucket, Sharing):
                self._note(Held(bucket, "room"), bucket.waiting)
            else:
                self._note_all(bucket)

    def _note_all(self, bucket: Thing) -> None:
        waiting = [offer.told for offer in bucket.waiting]
        self._note(Held(bucket, "room"), [*waiting, *bucket.draining])
        self._note(Held(bucket, "end"), bucket.ending)
        readers = getattr(bucket, "readers", ())
        if isinstance(readers, dict):
            for place, its in readers.items():
                self._note(Held(bucket, "batch", place), its)
        else:
            self._note(Held(bucket, "batch"), readers)

    def _note(self, held: Held, futures: Thing) -> None:
        self._found.update({id(one): held for one in futures if one is not None})

    def of(self, future: object) -> Held | None:
        """What a future is for, if it is an iterable stream's."""
        return self._found.get(id(future))

    def waited_for(self) -> list[Held]:
        """What somebody waits for that a reader has to do."""
        return [held for held in self._found.values() if held.how != "batch"]

    def bucket_of(self, reader: Place) -> Thing:
        """What one of several readers reads; None if he does no more."""
        return self._read.get(id(reader))

    def writer_of(self, bucket: object) -> Thing:
        """Who writes there; None if the program has no writer any more."""
        return self._writers.get(id(bucket))


def figure_of_unread(bucket: Bucket | Sharing, reader: Place | None) -> str:
    """How much of it is unread: by one of several readers, or at all."""
    size = bucket.size if isinstance(bucket, Bucket) else bucket.fan.size
    if reader is not None and isinstance(bucket, Shared):
        size = bucket.fan.unread(reader)
    return f"{size} of {bucket.budget} bytes are unread"
