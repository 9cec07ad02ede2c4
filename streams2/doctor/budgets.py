"""What waits at a writer of an iterable stream: for room, for a batch, or for all to be read."""

from __future__ import annotations

from typing import NamedTuple

from ..iter.bucket import Bucket
from .answers import Thing

__all__ = ["Budgets", "Held"]


class Held(NamedTuple):
    """What a future at a writer's bucket is for.

    Attributes:
        bucket: what was written, and is unread.
        how: ``"room"``, ``"batch"`` or ``"end"``.
    """

    bucket: Bucket
    how: str

    @property
    def words(self) -> str:
        """In words, after "waits at app.py:7"; the second half for where nobody is to do it."""
        figure = f"{self.bucket.size} of {self.bucket.budget} bytes are unread"
        return {
            "room": f"for room: {figure}, and nobody reads them",
            "batch": "for a batch, and nobody writes one, or ends it",
            "end": f"for all to be read: {figure}, and nobody reads them",
        }[self.how]

    @property
    def remedy(self) -> str:
        """What would end it."""
        if self.how == "batch":
            return "Write to its writer, or call its `end`"
        return "Read it, or take the reader away that does not"


class Budgets:
    """The futures of all writers.

    Args:
        buckets: what is behind each.
    """

    def __init__(self, buckets: list[Thing]) -> None:
        self._found: dict[int, Held] = {}
        for bucket in buckets:
            waiting = [offer.told for offer in bucket.waiting]
            self._note(bucket, "room", [*waiting, *bucket.draining])
            self._note(bucket, "end", bucket.ending)
            readers: Thing = getattr(bucket, "readers", ())
            if isinstance(readers, dict):
                readers = [one for several in readers.values() for one in several]
            self._note(bucket, "batch", readers)

    def _note(self, bucket: Bucket, how: str, futures: Thing) -> None:
        self._found.update({id(one): Held(bucket, how) for one in futures if one is not None})

    def of(self, future: object) -> Held | None:
        """What a future is for, if it is a writer's."""
        return self._found.get(id(future))
