"""What iterable streams are known by: one thing for each end, whatever a program has of it."""

from __future__ import annotations

from ..iter.broadcasting import Broadcasting
from ..iter.bucket import Bucket
from ..iter.duplexing import DuplexEnd
from ..iter.fan import Place
from ..iter.fan_readers import Cancelled, FanIterator, FanReadable
from ..iter.pulling import OwningIterator, Pipeline
from ..iter.pushing import Pushed, PushIterator, PushReadable
from ..iter.sharing import Sharing
from ..iter.writer import Writer

__all__ = ["behind", "kind_of", "known_as", "parts_of"]

_FACES = frozenset((Cancelled, FanIterator, FanReadable, PushIterator, PushReadable))
_AROUND = frozenset((OwningIterator, Pipeline))
_KINDS = {
    "Place": "FanReadable",
    "PushBucket": "PushReadable",
    "BroadcastBucket": "Broadcast",
    "Sharing": "Share",
}


def known_as(thing: object) -> object:
    """A writer itself; of what is read, the reader's place or what was written; or else None."""
    # Some of these are abstract base classes. To ask those about each thing of a program takes
    # long, fills their caches, and kills Python 3.9 where a thing is a stranger.
    kinds = type(thing).__mro__
    if Writer in kinds:
        return thing
    if not _FACES.isdisjoint(kinds):
        own = list(vars(thing).values())
        places = [one for one in own if isinstance(one, Place)]
        behind = [one for one in own if isinstance(one, (Bucket, Sharing))]
        return next(iter([*places, *behind]), None)
    if not _AROUND.isdisjoint(kinds):
        inner = map(known_as, vars(thing).values())
        return next((one for one in inner if one is not None), None)
    return None


def behind(thing: object) -> object:
    """What was made together with a writer, and knows where; or else the thing itself."""
    if not isinstance(thing, Writer):
        return thing
    return next((one for one in vars(thing).values() if isinstance(one, Bucket)), thing)


def parts_of(thing: object) -> tuple[str, ...]:
    """The attributes of what is made in pairs."""
    if isinstance(thing, (DuplexEnd, Pushed)):
        return "writer", "readable"
    return ("writer", "broadcast") if isinstance(thing, Broadcasting) else ()


def kind_of(thing: object) -> str:
    """What a thing is, as the user knows it."""
    name = type(thing).__name__
    ours = isinstance(thing, (Bucket, Place, Sharing))
    return _KINDS.get(name, name) if ours else name
