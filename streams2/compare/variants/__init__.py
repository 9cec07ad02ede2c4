"""Ways to write `cat`, one module each: open them side by side.

Every one is a function ``cat(source, sink)``. It copies all of a `Readable` to a `Writable` and
ends that. A plain function sets the copying going and returns; a coroutine function returns when it
is done.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from ...readable import Readable
from ...writable import Writable
from . import channel, naive, pause_resume, pipe

__all__ = ["VARIANTS", "Cat", "Variant"]

Cat = Callable[[Readable[bytes], Writable[bytes]], Any]


class Variant(NamedTuple):
    """A way to write `cat`.

    Attributes:
        name: the name of its module.
        model: what keeps the producer from running ahead: ``"state machine"``, ``"channel"``, or
            ``"none"``.
        cat: the function.
    """

    name: str
    model: str
    cat: Cat


VARIANTS: tuple[Variant, ...] = (
    Variant("naive", "none", naive.cat),
    Variant("pause_resume", "state machine", pause_resume.cat),
    Variant("pipe", "state machine", pipe.cat),
    Variant("channel", "channel", channel.cat),
)
