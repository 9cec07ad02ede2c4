"""Why what has to do with an iterable stream does not go on: a writer, a reader, what is shared."""

from __future__ import annotations

from ..errors.places import Place as Line
from ..iter.broadcasting import BroadcastBucket
from ..iter.bucket import Bucket
from ..iter.fan import Place
from ..iter.policies import ACCEPTING, CLOSING, LIVE, OPEN, PushEvent
from ..iter.sharing import Sharing
from ..iter.writer import Writer
from .answers import Thing
from .budgets import Held, figure_of_unread
from .scene import Scene
from .sides import Wait
from .streamables import behind

__all__ = ["OF_ITER", "Iterables"]

OF_ITER = (Bucket, Place, Sharing, Writer)
"""What one can ask about."""

_DROPS = (PushEvent.DROP_OLDEST, PushEvent.DROP_NEWEST)


class Iterables:
    """What the iterable streams of a scene wait for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    # -- whoever asks -----------------------------------------------------------------------------

    def of(self, thing: Thing) -> list[Wait]:
        """Why a writer, a reader, or what is shared does not go on; nothing if it is over."""
        if isinstance(thing, Writer):
            return self._of_writer(thing)
        if isinstance(thing, Place):
            bucket = self._scene.budgets.bucket_of(thing)
            return [] if bucket is None or thing.over else self._of_reader(bucket, thing)
        if isinstance(thing, Sharing):
            return self._of_sharing(thing)
        if isinstance(thing, BroadcastBucket):
            return self._of_broadcast(thing)
        return self._of_reader(thing, None)

    def of_task(self, task: Thing, held: Held, at: str, place: Line | None) -> Wait:
        """Of who waits at an iterable stream: whoever should read there, or write."""
        bucket = held.bucket
        writer = self._scene.budgets.writer_of(bucket)
        whose = self._scene.name(bucket if writer is None else writer)
        if held.how == "batch":
            reader = bucket if held.reader is None else held.reader
            words, on = f"for a batch of {self._scene.name(reader)}", self._unbrought_by(held)
        elif held.how == "room":
            words, on = f"for room in {whose}", self.unread_by(held)
        else:
            words, on = f"for all to be read that was written to {whose}", self.unread_by(held)
        return Wait(task, f"{at}{words}" if place else "", place=place, on=list(on))

    # -- who writes, who reads --------------------------------------------------------------------

    def _of_writer(self, writer: Writer) -> list[Wait]:
        bucket: Thing = behind(writer)
        state = bucket.machine.state
        if state is CLOSING:
            on: list[Thing] = self.unread_by(Held(bucket, "end"))
            return [Wait(writer, "is ended, and waits for all to be read", on=on)]
        if _is_full(bucket):
            on = self.unread_by(Held(bucket, "room"))
            return [Wait(writer, "has no room", on=on)]
        return [self._unwritten_by(bucket, writer, writer)] if state in OPEN else []

    def _of_reader(self, bucket: Thing, reader: Place | None) -> list[Wait]:
        thing = bucket if reader is None else reader
        unread = bucket.size if reader is None else bucket.fan.unread(reader)
        is_sharing = isinstance(bucket, Sharing)
        ended = bucket.ended if is_sharing else bucket.machine.state is CLOSING
        if ended:
            return [self._unread_one(Held(bucket, "end", reader), reader)]
        if unread:
            how = "room" if unread >= bucket.budget else "batch"
            return [self._unread_one(Held(bucket, how, reader), reader)]
        if is_sharing:
            return [self._unshared_with(bucket, thing)]
        if bucket.machine.state not in OPEN:
            return []
        on = self._unbrought_by(Held(bucket, "batch", reader))
        return [Wait(thing, "waits for a batch", on=list(on))]

    def _unshared_with(self, sharing: Sharing, reader: Thing) -> Wait:
        """Why a reader who has read all there is gets no more."""
        if _is_full(sharing):
            on: list[Thing] = self.unread_by(Held(sharing, "room"))
            return Wait(reader, "waits for other readers", on=on)
        if sharing.pulling is not None:
            return Wait(reader, "waits for the next batch of its source", on=[sharing.pulling])
        return self._unread_one(Held(sharing, "more", reader), reader)

    # -- what several read ------------------------------------------------------------------------

    def _of_sharing(self, sharing: Sharing) -> list[Wait]:
        places = list(sharing.fan.places)
        if not places or _is_full(sharing):
            return [] if sharing.ended else self.unread_by(Held(sharing, "room"))
        if sharing.pulling is not None:
            return [Wait(sharing, "waits for the next batch of its source", on=[sharing.pulling])]
        return [wait for place in places for wait in self._of_reader(sharing, place)]

    def _of_broadcast(self, bucket: BroadcastBucket) -> list[Wait]:
        state = bucket.machine.state
        if state not in LIVE:
            return []
        if state is CLOSING:
            return self.unread_by(Held(bucket, "end"))
        if not bucket.fan.places or _is_full(bucket):
            return self.unread_by(Held(bucket, "room"))
        writer = self._scene.budgets.writer_of(bucket)
        return [self._unwritten_by(bucket, writer, bucket)]

    # -- whose part it is -------------------------------------------------------------------------

    def _unbrought_by(self, held: Held) -> list[Wait]:
        """Why a reader gets no batch: others do not read, or nobody writes."""
        bucket = held.bucket
        if held.is_full and held.slow:
            return self.unread_by(held)
        writer = self._scene.budgets.writer_of(bucket)
        reader = bucket if held.reader is None else held.reader
        return [self._unwritten_by(bucket, writer, reader)]

    def unread_by(self, held: Held) -> list[Wait]:
        """Why what was written to an iterable stream is not read."""
        bucket, slow = held.bucket, held.slow
        if slow == []:
            why = "has no reader"
            remedy = "Make a reader of it, and read that"
            return [Wait(bucket, why, figure_of_unread(bucket, None), None, remedy, needs=[bucket])]
        readers: list[Thing] = slow or [None]
        return [self._unread_one(held, one) for one in readers]

    def _unread_one(self, held: Held, reader: Thing) -> Wait:
        bucket = held.bucket
        thing = bucket if reader is None else reader
        figure = figure_of_unread(bucket, reader)
        others = self._scene.who_holds(thing, bucket)
        why = _UNREAD.get(held.how, "is full")
        if others:
            return Wait(thing, why, figure, on=others, any_of=True)
        why = f"{why}, and nobody reads it"
        return Wait(thing, why, figure, remedy="Read it, or leave it (`aclose`)", needs=[thing])

    def _unwritten_by(self, bucket: Thing, writer: Thing, reader: Thing) -> Wait:
        pump = getattr(bucket, "pump", None)
        if pump is not None and not pump.done():
            return Wait(reader, "waits for the next batch of its source", on=[pump])
        if writer is None:
            why = "can get no more: its writer is gone, and was not ended"
            return Wait(reader, why, remedy="Call `end` of its writer", needs=[bucket])
        others = self._scene.who_holds(writer, bucket)
        if others:
            return Wait(writer, "is not ended", on=others, any_of=True, needs=[writer])
        return Wait(
            writer,
            "is not ended, and nobody writes to it",
            remedy="Write to it, or call its `end`",
            needs=[writer],
        )


_UNREAD = {
    "end": "is not read to its end",
    "batch": "holds batches",
    "more": "waits to be read",
}


def _is_full(bucket: Thing) -> bool:
    """Whether nobody goes on there until somebody has read."""
    if isinstance(bucket, Sharing):
        return bucket.fan.size >= bucket.budget and bucket.overflow not in _DROPS
    if bucket.machine.state not in OPEN or bucket.machine.state is ACCEPTING:
        return False
    return bool(bucket.waiting or bucket.draining) or bucket.overflow not in _DROPS
