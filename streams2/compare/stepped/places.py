"""Source and sink of those who are not streams2's own: what they hold, for a recording.

And the words that are read and written, as files that take no time.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from typing_extensions import Buffer

from ...trace.telling import Held, Place
from ..small_plan import SmallPlan

__all__ = ["Paper", "SinkPlace", "SourcePlace", "Words"]


class SourcePlace(Place):
    """A file that is read. Nothing of it is kept: whoever reads has what was read."""

    kind = "readable"
    name = "source"

    def held(self) -> Sequence[Held]:
        return [Held("readable", (), 0, None)]


class SinkPlace(Place):
    """A file that is written.

    Attributes:
        writing: the chunk that is being written, if one is.
        next: what has come together with it.
    """

    kind = "writable"
    name = "sink"

    def __init__(self) -> None:
        self.writing: tuple[bytes, ...] = ()
        self.next: tuple[bytes, ...] = ()

    def held(self) -> Sequence[Held]:
        here = self.writing + self.next
        return [Held("writable", here, sum(map(len, here)), None, in_flight=len(self.writing))]


class Words(io.RawIOBase):
    """A file of the plan's words: each read gives one."""

    def __init__(self, plan: SmallPlan) -> None:
        self._chunks = iter(plan.chunks)

    def read(self, size: int = -1, /) -> bytes:
        return next(self._chunks, b"")


class Paper(io.RawIOBase):
    """A file in memory.

    Attributes:
        text: what was written.
    """

    def __init__(self) -> None:
        self.text = b""

    def write(self, data: Buffer, /) -> int:
        new = bytes(data)
        self.text += new
        return len(new)
